//! Durations (`15s`, `1h30m`, `14d`) and sizes (`64MiB`, `1GB`, `4096`) as people write them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A duration, in whole milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span(u64);

const SPAN_UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 7 * 86_400_000),
    ("y", 365 * 86_400_000),
];

impl Span {
    /// A number of seconds.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Span(seconds * 1000)
    }

    /// As a standard duration.
    pub(crate) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// `None` for 0.
    pub(crate) fn nonzero(self) -> Option<Duration> {
        (self.0 > 0).then(|| self.duration())
    }

    /// Reads `1h30m`; a number without a unit is seconds.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no duration; write one such as 15s, 1h30m or 14d");
        if let Ok(seconds) = text.parse::<u64>() {
            return seconds.checked_mul(1000).map(Span).ok_or_else(wrong);
        }
        let mut total: u64 = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or_else(wrong)?;
            let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (_, millis) = SPAN_UNITS.iter().find(|(unit, _)| *unit == &rest[..end]).ok_or_else(wrong)?;
            total = number.checked_mul(*millis).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            rest = &rest[end..];
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Span(total)) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, millis) in SPAN_UNITS.iter().take(5).rev() {
            if rest / millis > 0 {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub u64);

const SIZE_UNITS: [(&str, u64); 13] = [
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
];

impl ByteSize {
    /// `None` for 0.
    pub(crate) fn nonzero(self) -> Option<u64> {
        (self.0 > 0).then_some(self.0)
    }

    /// Reads `64MiB`; a number without a unit is bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no size; write one such as 64MiB, 1GB or 4096");
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
        let unit = text[digits..].trim();
        let factor = if unit.is_empty() {
            1
        } else {
            SIZE_UNITS.iter().find(|(u, _)| *u == unit).ok_or_else(wrong)?.1
        };
        number.checked_mul(factor).map(ByteSize).ok_or_else(wrong)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 > 0 && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}", self.0)
    }
}

/// A scalar of the file: a string or a plain number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(u64),
    Text(String),
}

macro_rules! written_as_text {
    ($kind:ident) => {
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = match Scalar::deserialize(deserializer)? {
                    Scalar::Number(number) => number.to_string(),
                    Scalar::Text(text) => text,
                };
                $kind::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        /// A text for editors: what it may say is checked when it is read.
        impl schemars::JsonSchema for $kind {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": ["string", "integer"] })
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

written_as_text!(Span);
written_as_text!(ByteSize);

/// Texts by name; numbers and flags are taken as they are written: `allow_http: true`.
pub(super) fn scalars<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Flag(bool),
        Int(i64),
        Text(String),
    }
    let read = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
    let text = |scalar| match scalar {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Text(text) => text,
    };
    Ok(read.into_iter().map(|(key, scalar)| (key, text(scalar))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read_and_printed() {
        for (text, millis, printed) in
            [("15s", 15_000, "15s"), ("1h30m", 5_400_000, "1h30m"), ("30", 30_000, "30s"), ("0", 0, "0s")]
        {
            let span = Span::parse(text).unwrap();
            assert_eq!((span.0, span.to_string().as_str()), (millis, printed));
        }
        for bad in ["", "x", "5q", "s", "99999999999999999999s", "1h-3m"] {
            assert!(Span::parse(bad).is_err(), "{bad:?}");
        }
        for (text, bytes) in [("64MiB", 64 << 20), ("1GB", 1_000_000_000), ("7", 7), ("2 KiB", 2048)] {
            assert_eq!(ByteSize::parse(text).unwrap().0, bytes);
        }
        assert_eq!(ByteSize(64 << 20).to_string(), "64MiB");
        assert!(ByteSize::parse("1XB").is_err() && ByteSize::parse("").is_err());
        let texts = scalars(serde_json::json!({"a": true, "b": 7, "c": "x"})).unwrap();
        assert_eq!(texts.values().collect::<Vec<_>>(), ["true", "7", "x"]);
        assert!(scalars(serde_json::json!({"a": [1]})).is_err());
    }
}

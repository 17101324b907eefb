//! How severe a line is: `trace`, `debug`, `info`, `warn`, `error`, `critical`, `fatal` or `unknown`.
//!
//! Asked in this order: a label or structured metadata that names a level, OpenTelemetry's severity number, a level field
//! of a JSON or logfmt line, the first level word in the text. What labels and metadata say is kept as it is when it is
//! none of the known words.

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The structured metadata that holds the answer.
pub const DETECTED_LEVEL: &str = "detected_level";

/// What lines are found to be.
pub(super) const KNOWN_LEVELS: [&str; 8] =
    ["info", "error", "warn", "debug", "unknown", "trace", "critical", "fatal"];

/// Names of labels, metadata and fields that hold a level. `log_level` is the common schema's `log.level` in the alphabet
/// of labels.
const LEVEL_NAMES: [&str; 15] = [
    "level",
    "LEVEL",
    "Level",
    "log.level",
    "log_level",
    "severity",
    "SEVERITY",
    "Severity",
    "SeverityText",
    "lvl",
    "LVL",
    "Lvl",
    "severity_text",
    "Severity_Text",
    "SEVERITY_TEXT",
];

/// How deep a JSON line is searched for a level field.
const JSON_DEPTH: usize = 2;

type Pair = (Arc<str>, Arc<str>);

/// The level of a line of a stream whose labels say `from_labels`. `None`: the metadata holds it already.
pub fn detect<'a>(from_labels: Option<&'a str>, metadata: &'a [Pair], line: &'a str) -> Option<Cow<'a, str>> {
    if metadata.iter().any(|(name, _)| &**name == DETECTED_LEVEL) {
        return None;
    }
    let named =
        from_labels.or_else(|| find(|name| metadata.iter().find(|(n, _)| &**n == name).map(|(_, v)| &**v)));
    if let Some(level) = named {
        return Some(known(level).map_or(Cow::Borrowed(level), Cow::Borrowed));
    }
    if let Some((_, number)) = metadata.iter().find(|(name, _)| &**name == "severity_number") {
        return Some(Cow::Borrowed(of_severity(number)));
    }
    Some(Cow::Borrowed(of_line(line)))
}

/// What the labels of a stream say about the level of all its lines.
pub fn of_labels(labels: &model::Labels) -> Option<&str> {
    find(|name| labels.get(name))
}

fn find<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    LEVEL_NAMES.iter().find_map(|name| get(name))
}

/// The level that a word stands for.
fn known(word: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 13] = [
        ("trace", "trace"),
        ("trc", "trace"),
        ("debug", "debug"),
        ("dbg", "debug"),
        ("info", "info"),
        ("inf", "info"),
        ("information", "info"),
        ("warn", "warn"),
        ("wrn", "warn"),
        ("warning", "warn"),
        ("error", "error"),
        ("err", "error"),
        ("critical", "critical"),
    ];
    // Most words of most lines end here.
    let begins = word.as_bytes().first().is_some_and(|first| b"tdiwecfTDIWECF".contains(first));
    if !begins || !(3..=11).contains(&word.len()) {
        return None;
    }
    let fatal = word.eq_ignore_ascii_case("fatal").then_some("fatal");
    WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, level)| *level).or(fatal)
}

fn of_severity(number: &str) -> &'static str {
    match number.parse::<i64>() {
        Err(_) => "info",
        Ok(1..=4) => "trace",
        Ok(5..=8) => "debug",
        Ok(9..=12) => "info",
        Ok(13..=16) => "warn",
        Ok(17..=20) => "error",
        Ok(21..=24) => "fatal",
        Ok(_) => "unknown",
    }
}

/// The level that a line's own text names.
pub fn of_line(line: &str) -> &'static str {
    let trimmed = line.trim();
    let field = if trimmed.starts_with('{') && trimmed.ends_with('}') {
        json_field(trimmed)
    } else if line.contains('=') {
        logfmt_field(line).map(Cow::Borrowed)
    } else {
        None
    };
    field.and_then(|value| known(&value)).unwrap_or_else(|| first_word(line))
}

/// The first known word that stands alone.
fn first_word(line: &str) -> &'static str {
    // "inf" is a level only where a field says so: in text it is infinity.
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| !word.eq_ignore_ascii_case("inf")).find_map(known).unwrap_or("unknown")
}

/// The first level field of a logfmt line.
fn logfmt_field(line: &str) -> Option<&str> {
    let mut rest = line;
    while let Some(at) = rest.find('=') {
        let key = rest[..at].rsplit([' ', '\t']).next().unwrap_or("");
        rest = &rest[at + 1..];
        let value = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').unwrap_or(quoted.len());
                rest = quoted.get(end + 1..).unwrap_or("");
                &quoted[..end]
            }
            None => {
                let end = rest.find([' ', '\t']).unwrap_or(rest.len());
                let value = &rest[..end];
                rest = &rest[end..];
                value
            }
        };
        if LEVEL_NAMES.contains(&key) {
            return Some(value);
        }
    }
    None
}

/// The first level field of a JSON object, found without building it.
fn json_field(text: &str) -> Option<Cow<'_, str>> {
    let mut found = None;
    let mut json = serde_json::Deserializer::from_str(text);
    // A line that breaks off after its level still has one.
    let _ = json.deserialize_map(Search { depth: JSON_DEPTH, found: &mut found });
    found.map(Cow::Owned)
}

struct Search<'f> {
    depth: usize,
    found: &'f mut Option<String>,
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if self.found.is_some() {
                map.next_value::<IgnoredAny>()?;
            } else if LEVEL_NAMES.contains(&&*key) {
                *self.found = map.next_value::<Scalar>()?.0;
            } else if self.depth > 1 {
                map.next_value_seed(Inside(Search { depth: self.depth - 1, found: &mut *self.found }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Any value; objects are searched.
struct Inside<'f>(Search<'f>);

impl<'de> serde::de::DeserializeSeed<'de> for Inside<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! ignore {
    ($($name:ident: $type:ty),+) => {
        $(fn $name<E>(self, _: $type) -> Result<Self::Value, E> { Ok(Default::default()) })+
    };
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    ignore!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }
}

/// Text, or nothing for every other value.
#[derive(Default)]
struct Scalar(Option<String>);

impl<'de> serde::Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Scalar;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            ignore!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(text.to_owned())))
            }
            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(V)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_their_level() {
        for (line, level) in [
            ("", "unknown"),
            ("ts=1 level=info msg=\"an error\"", "info"),
            ("lvl=dbg x=1", "debug"),
            ("value=\"+Inf\" x=1", "unknown"),
            ("level=CRIT x=1", "unknown"),
            ("msg=\"level=error\" level=\"WARN\"", "warn"),
            ("something ERROR [worker] failed", "error"),
            ("PANIC: errorless", "unknown"),
            ("W1120 10:00:00.665446 eviction.go:632] x", "unknown"),
            (r#"{"level":"error","msg":"x"}"#, "error"),
            (r#"{"a":{"severity":"Warning"},"b":1}"#, "warn"),
            (r#"{"a":{"b":{"level":"error"}},"x":"info"}"#, "error"),
            (r#"{"level":5,"msg":"fatal"}"#, "fatal"),
            (r#"{"msg":"no level here"}"#, "unknown"),
        ] {
            assert_eq!(of_line(line), level, "{line}");
        }
    }

    #[test]
    fn labels_and_metadata_come_first() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<Pair> {
            pairs.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v))).collect()
        };
        let severity = pairs(&[("severity_number", "18")]);
        assert_eq!(detect(None, &severity, "info").unwrap(), "error");
        assert_eq!(detect(Some("WARN"), &severity, "info").unwrap(), "warn");
        let text = pairs(&[("severity_number", "10"), ("severity_text", "INFO2")]);
        assert_eq!(detect(None, &text, "error").unwrap(), "INFO2");
        assert_eq!(detect(None, &pairs(&[("level", "Information")]), "").unwrap(), "info");
        assert_eq!(detect(None, &pairs(&[(DETECTED_LEVEL, "x")]), "error"), None);
    }
}

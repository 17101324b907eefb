//! Texts with a meaning: durations, sizes, names, URLs, secrets. Each refuses what the format refuses.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// `15s`, `1h30m`, `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let millis = query::duration::parse(&text)?;
        Ok(Span(Duration::from_millis(u64::try_from(millis).unwrap_or(0))))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX);
        f.write_str(&query::duration::format(millis))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `10MB`, `1GiB`, `0`: bytes with a unit of base 1024.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size {
    /// Bytes.
    pub bytes: u64,
    text: String,
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || {
            format!(
                "units: invalid size {text:?}: a number with one of the units B, KB, MB, GB, TB, PB, EB is wanted"
            )
        };
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let unit = text[digits..].trim();
        let power = match unit.strip_suffix("iB").or_else(|| unit.strip_suffix('B')) {
            Some("") => 0,
            Some(prefix) => "KMGTPE".find(prefix).filter(|_| prefix.len() == 1).ok_or_else(bad)? + 1,
            None if text == "0" => 0,
            None => return Err(bad()),
        };
        let number: f64 = text[..digits].parse().map_err(|_| bad())?;
        let bytes = (number * 1024f64.powi(i32::try_from(power).unwrap_or(0))) as u64;
        Ok(Size { bytes, text })
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A password or token: printed as `<secret>`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("<secret>")
    }
}

/// An absolute URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(pub String);

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty URL".to_owned());
        }
        // `localhost:9090` is a URL of the scheme `localhost` to the format, and taken as it is.
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(format!("{text:?} is no URL"));
        }
        Ok(Link(text))
    }
}

impl From<Link> for String {
    fn from(link: Link) -> String {
        link.0
    }
}

/// Whether a text is a label name of the old alphabet.
pub(super) fn is_legacy_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_those_of_the_format() {
        let span = |text: &str| Span::try_from(text.to_owned()).map(|span| span.0.as_millis());
        assert_eq!(span("1h30m"), Ok(5_400_000));
        assert_eq!(span("15s"), Ok(15_000));
        assert_eq!(span("0"), Ok(0));
        assert_eq!(span("2w1d3ms"), Ok(15 * 86_400_000 + 3));
        for bad in ["", "5", "-1h", "30m1h", "1h1h", "1.5h", "99999999999999999999s", "h"] {
            assert!(span(bad).is_err(), "{bad}");
        }
        let size = |text: &str| Size::try_from(text.to_owned()).map(|size| size.bytes);
        assert_eq!(size("10MB"), Ok(10 << 20));
        assert_eq!(size("1.5KiB"), Ok(1536));
        assert_eq!(size("7B"), Ok(7));
        assert_eq!(size("0"), Ok(0));
        for bad in ["100", "-1GB", "5XB", "KB", "1KKB", ""] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}

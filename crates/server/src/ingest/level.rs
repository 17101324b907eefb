//! How severe a line is: `trace`, `debug`, `info`, `warn`, `error`, `critical`, `fatal` or `unknown`.
//!
//! Asked in this order: a label or structured metadata that names a level, OpenTelemetry's severity number, a level field
//! of a JSON or logfmt line, the first level word in the text. What labels and metadata say is kept as it is when it is
//! none of the known words.

use codec::classes::{BLOCK, Classes};
use memchr::memchr;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
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

/// The level of a line (UTF-8) of a stream whose labels say `from_labels`. `None`: the metadata holds it already.
pub fn detect<'a>(
    from_labels: Option<&'a str>,
    metadata: &'a [Pair],
    line: &'a [u8],
) -> Option<Cow<'a, str>> {
    if metadata.iter().any(|(name, _)| &**name == DETECTED_LEVEL) {
        return None;
    }
    let named =
        from_labels.or_else(|| find(|name| metadata.iter().find(|(n, _)| &**n == name).map(|(_, v)| &**v)));
    if let Some(level) = named {
        return Some(known(level.as_bytes()).map_or(Cow::Borrowed(level), Cow::Borrowed));
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

/// The longest of [`WORDS`].
const MAX_WORD: usize = 11;

/// What words stand for which level.
const WORDS: [(&str, &str); 14] = [
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
    ("fatal", "fatal"),
];

/// Whether one of [`WORDS`] begins with a byte: most words of most lines end here.
const FIRST_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut word = 0;
    while word < WORDS.len() {
        let first = WORDS[word].0.as_bytes()[0];
        table[first as usize] = true;
        table[first.to_ascii_uppercase() as usize] = true;
        word += 1;
    }
    table
};

/// The level that a word stands for.
fn known(word: &[u8]) -> Option<&'static str> {
    let begins = word.first().is_some_and(|first| FIRST_BYTES[usize::from(*first)]);
    if !begins || !(3..=MAX_WORD).contains(&word.len()) {
        return None;
    }
    WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|(_, level)| *level)
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
pub fn of_line(line: &[u8]) -> &'static str {
    let trimmed = line.trim_ascii();
    let field = if trimmed.starts_with(b"{") && trimmed.ends_with(b"}") {
        json_field(trimmed)
    } else {
        logfmt_field(line).map(Cow::Borrowed)
    };
    field.and_then(|value| known(&value)).unwrap_or_else(|| first_word(line))
}

/// The first known word that stands alone.
fn first_word(line: &[u8]) -> &'static str {
    let mut before = 0;
    for (bytes, base) in line.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        let classes = Classes::of(bytes);
        let words = classes.alphanumeric | classes.underscores;
        let mut begins = words & !(words << 1 | before);
        before = words >> (BLOCK - 1);
        while begins != 0 {
            let at = begins.trailing_zeros() as usize;
            begins &= begins - 1;
            if FIRST_BYTES[usize::from(bytes[at])]
                && let Some(level) = word_at(&line[base + at..])
            {
                return level;
            }
        }
    }
    "unknown"
}

/// The level that the word stands for with which a text begins.
fn word_at(text: &[u8]) -> Option<&'static str> {
    let length = text.iter().take(MAX_WORD + 1).position(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    let word = match length {
        Some(length) => &text[..length],
        None if text.len() <= MAX_WORD => text,
        None => return None,
    };
    // "inf" is a level only where a field says so: in text it is infinity.
    if word.eq_ignore_ascii_case(b"inf") { None } else { known(word) }
}

/// The first level field of a logfmt line.
fn logfmt_field(line: &[u8]) -> Option<&[u8]> {
    let space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut rest = line;
    while let Some(at) = memchr(b'=', rest) {
        let key = &rest[..at];
        let key = &key[key.iter().rposition(space).map_or(0, |space| space + 1)..];
        rest = &rest[at + 1..];
        let value = match rest.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = memchr(b'"', quoted).unwrap_or(quoted.len());
                rest = quoted.get(end + 1..).unwrap_or_default();
                &quoted[..end]
            }
            None => {
                let end = rest.iter().position(space).unwrap_or(rest.len());
                let value = &rest[..end];
                rest = &rest[end..];
                value
            }
        };
        if is_level_name(key) {
            return Some(value);
        }
    }
    None
}

/// Whether a field of this name holds a level.
fn is_level_name(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'l' | b'L' | b's' | b'S'))
        && LEVEL_NAMES.iter().any(|known| known.as_bytes() == name)
}

/// The first level field of a JSON object, found without building it.
fn json_field(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut found = None;
    let mut json = serde_json::Deserializer::from_slice(text);
    // A line that breaks off after its level still has one: nothing is read behind it.
    let _ = json.deserialize_map(Search { depth: JSON_DEPTH, found: &mut found });
    found.map(|level| Cow::Owned(level.into_bytes()))
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
            if is_level_name(key.as_bytes()) {
                *self.found = map.next_value::<Scalar>()?.0;
            } else if self.depth > 1 {
                map.next_value_seed(Inside(Search { depth: self.depth - 1, found: &mut *self.found }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            if self.found.is_some() {
                return Err(A::Error::custom("the rest of the line is not needed"));
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
            (r#"  {"level":"warn","broken":} "#, "warn"),
            (r#"{"a":1,"Level":"DEBUG","b":}"#, "debug"),
            ("x_info information-desk", "info"),
            ("infö Errør errors warn", "error"),
            ("+Inf INF inf", "unknown"),
            ("key=info tracer=1", "info"),
            ("level", "unknown"),
            ("err", "error"),
            ("informations informationinfo err_ _err err9", "unknown"),
        ] {
            assert_eq!(of_line(line.as_bytes()), level, "{line}");
        }
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        for at in [0, 1, 59, 60, 61, 62, 63, 64, 65, 126, 127, 128, 200] {
            let line = format!("{}error{}", "-".repeat(at), " and more".repeat(20));
            assert_eq!(of_line(line.as_bytes()), "error", "{at}");
            let longer = format!("{}_error", "-".repeat(at));
            assert_eq!(of_line(longer.as_bytes()), "unknown", "{at}");
        }
    }

    #[test]
    fn labels_and_metadata_come_first() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<Pair> {
            pairs.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v))).collect()
        };
        let severity = pairs(&[("severity_number", "18")]);
        assert_eq!(detect(None, &severity, b"info").unwrap(), "error");
        assert_eq!(detect(Some("WARN"), &severity, b"info").unwrap(), "warn");
        let text = pairs(&[("severity_number", "10"), ("severity_text", "INFO2")]);
        assert_eq!(detect(None, &text, b"error").unwrap(), "INFO2");
        assert_eq!(detect(None, &pairs(&[("level", "Information")]), b"").unwrap(), "info");
        assert_eq!(detect(None, &pairs(&[(DETECTED_LEVEL, "x")]), b"error"), None);
    }
}

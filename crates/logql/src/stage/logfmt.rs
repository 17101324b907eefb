//! `logfmt`: `key=value key="quoted value" flag`, and what to do with damage.

use super::labels::{Category, LineLabels, sanitise};
use super::parts::{Names, place_of};
use contract::LineSample;
use std::borrow::Cow;
use std::ops::Range;

pub(crate) const ERROR: &str = "LogfmtParserErr";

/// Reads pairs; damage is remembered and skipped.
struct Decoder<'l> {
    line: &'l str,
    at: usize,
    error: Option<String>,
}

impl<'l> Decoder<'l> {
    fn fail(&mut self, what: &str) {
        self.error.get_or_insert_with(|| format!("logfmt syntax error at pos {} : {what}", self.at + 1));
    }

    fn unexpected(&mut self, byte: u8) {
        self.fail(&format!("unexpected '{}'", char::from(byte)));
        let rest = &self.line.as_bytes()[self.at..];
        self.at += rest.iter().position(|b| *b <= b' ').unwrap_or(rest.len());
    }

    fn ended(&self) -> bool {
        self.at >= self.line.len()
    }

    /// The next pair; `None` at the end or after damage.
    fn pair(&mut self) -> Option<(&'l str, Cow<'l, str>)> {
        let (line, bytes) = (self.line, self.line.as_bytes());
        let rest = &bytes[self.at..];
        self.at += rest.iter().position(|b| *b > b' ').unwrap_or(rest.len());
        if self.ended() {
            return None;
        }
        let start = self.at;
        let stop = bytes[start..].iter().position(|b| matches!(b, b'=' | b'"') || *b <= b' ');
        self.at = stop.map_or(bytes.len(), |n| start + n);
        let key = &line[start..self.at];
        match bytes.get(self.at) {
            Some(b'"') => {
                self.unexpected(b'"');
                return None;
            }
            Some(b'=') if key.is_empty() => {
                self.unexpected(b'=');
                return None;
            }
            Some(b'=') => {}
            _ if key.contains('\u{fffd}') => {
                self.fail("invalid key");
                return None;
            }
            _ => return Some((key, Cow::Borrowed(""))),
        }
        if key.contains('\u{fffd}') {
            self.fail("invalid key");
            self.unexpected(b'=');
            return None;
        }
        self.at += 1;
        self.value().map(|value| (key, value))
    }

    fn value(&mut self) -> Option<Cow<'l, str>> {
        let (line, bytes) = (self.line, self.line.as_bytes());
        let start = self.at;
        if bytes.get(start) == Some(&b'"') {
            return self.quoted();
        }
        let stop = bytes[start..].iter().position(|b| matches!(b, b'=' | b'"') || *b <= b' ');
        self.at = stop.map_or(bytes.len(), |n| start + n);
        match bytes.get(self.at) {
            Some(byte @ (b'=' | b'"')) => {
                self.unexpected(*byte);
                None
            }
            _ => Some(Cow::Borrowed(&line[start..self.at])),
        }
    }

    fn quoted(&mut self) -> Option<Cow<'l, str>> {
        let (line, bytes) = (self.line, self.line.as_bytes());
        let start = self.at + 1;
        let (mut at, mut escaped) = (start, false);
        loop {
            match bytes.get(at) {
                None => {
                    self.at = bytes.len();
                    self.fail("unterminated quoted value");
                    return None;
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        let inside = &line[start..at];
        if !escaped {
            return Some(Cow::Borrowed(inside));
        }
        match serde_json::from_str::<String>(&line[start - 1..=at]) {
            Ok(text) => Some(Cow::Owned(text)),
            Err(_) => match crate::syntax::lexer::unquote(inside) {
                Some(text) => Some(Cow::Owned(text)),
                None => {
                    self.fail("invalid quoted value");
                    None
                }
            },
        }
    }
}

/// How `logfmt` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) strict: bool,
    pub(crate) keep_empty: bool,
}

/// `logfmt`: every pair becomes a label.
pub(crate) fn extract_all(line: &str, mode: Mode, labels: &mut LineLabels<'_>) {
    if labels.parsing_is_idle() {
        return;
    }
    let mut decoder = Decoder { line, at: 0, error: None };
    while !decoder.ended() {
        let Some((key, value)) = decoder.pair() else {
            if mode.strict && decoder.error.is_some() {
                break;
            }
            continue;
        };
        let name = sanitise(key, true);
        if name.is_empty() {
            continue;
        }
        let Some(name) = labels.name_for(&name) else { continue };
        let value = if value.contains('\u{fffd}') { "" } else { &value };
        if value.is_empty() && !mode.keep_empty {
            continue;
        }
        if labels.found(&name, value) {
            break;
        }
    }
    if let Some(error) = decoder.error.filter(|_| mode.strict) {
        labels.fail_parsing(ERROR, Some(&error));
    }
}

/// `logfmt a="b"`: one label a key. Every label is set; what is not found is empty. A pair whose key is the name of the label sets
/// it too, and the last pair that does so counts: that is what the replaced system does.
pub(crate) fn extract_keys(line: &str, keys: &[(String, String)], mode: Mode, labels: &mut LineLabels<'_>) {
    if labels.parsing_is_idle() {
        return;
    }
    for (label, _) in keys {
        if !labels.is_taken(label) {
            labels.set(Category::Parsed, label, "");
        }
    }
    let mut decoder = Decoder { line, at: 0, error: None };
    while !decoder.ended() {
        let Some((key, value)) = decoder.pair() else {
            if mode.strict && decoder.error.is_some() {
                break;
            }
            continue;
        };
        let name = sanitise(key, true);
        let value = if value.contains('\u{fffd}') { "" } else { &value };
        let is_wanted = keys.iter().any(|(_, wanted)| *wanted == name);
        for (label, wanted) in keys {
            let named = if is_wanted { wanted } else { label };
            if *named == name {
                let label = labels.name_for_forced(label);
                labels.set(Category::Parsed, &label, value);
            }
        }
        if labels.all_found() {
            break;
        }
    }
    if let Some(error) = decoder.error.filter(|_| mode.strict) {
        labels.fail_parsing(ERROR, Some(&error));
    }
}

/// The pairs of lines of a shape that matter to [`extract_all`], each with the byte that ends it. `None` when there is damage:
/// digits may decide whether there is (`"\12"` is damaged, `"\123"` is not).
pub(crate) fn parts(sample: &LineSample<'_>, mode: Mode, names: &Names) -> Option<Vec<Range<usize>>> {
    let line = sample.line;
    let mut decoder = Decoder { line, at: 0, error: None };
    let mut parts = Vec::new();
    while !decoder.ended() {
        let pair = decoder.pair();
        if decoder.error.is_some() {
            return None;
        }
        let Some((key, value)) = pair else { continue };
        let key = place_of(line, key)?;
        let matters = names.key_matters(sample, &key, |key| names.matter(&sanitise(key, true)))?;
        if matters && (mode.keep_empty || !value.is_empty()) {
            let ended = line.as_bytes().get(decoder.at).is_some_and(|byte| *byte <= b' ');
            parts.push(key.start..decoder.at + usize::from(ended));
        }
    }
    Some(parts)
}

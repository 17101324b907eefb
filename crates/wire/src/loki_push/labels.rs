//! A stream's labels as text: `{app="web", env='prod'}` to [`Labels`].
//!
//! Grammar: `{` (name op string (`,` name op string)* `,`?)? `}` with strings in double quotes, single quotes (both with
//! Go's escapes) or back-quotes (as they are). Columns in errors count bytes from 1, as the replaced system's do.

use crate::error::WireError;
use model::{Labels, LabelsBuilder};

/// 16 MiB: the longest label text that the replaced system takes.
pub const MAX_LABELS_BYTES: usize = 16 << 20;

/// Reads a stream's labels. A name that occurs twice is refused, an empty value is an absent label.
pub fn parse(text: &str) -> Result<Labels, WireError> {
    if text.len() > MAX_LABELS_BYTES {
        return Err(WireError::TooLarge { what: "the text of a stream's labels", limit: MAX_LABELS_BYTES });
    }
    Parser { text, at: 0 }.labels()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn labels(&mut self) -> Result<Labels, WireError> {
        self.skip_space();
        if !self.take("{") {
            return Err(match self.peek() {
                None => self.error(self.at, "unexpected end of input"),
                Some(c) => self.error(self.at, &format!("unexpected character: {c:?}")),
            });
        }
        let mut pairs: Vec<(&str, String)> = Vec::new();
        loop {
            self.skip_space();
            if self.take("}") {
                break;
            }
            let name = self.name()?;
            self.skip_space();
            self.equals()?;
            self.skip_space();
            let value = self.string()?;
            pairs.push((name, value));
            self.skip_space();
            if !self.take(",") {
                self.skip_space();
                if self.take("}") {
                    break;
                }
                return Err(self.unexpected("\",\" or \"}\""));
            }
        }
        self.skip_space();
        if self.peek().is_some() {
            return Err(self.unexpected("end of input"));
        }
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        if let Some(twice) = pairs.windows(2).find(|w| w[0].0 == w[1].0) {
            return Err(WireError::Value(format!("duplicate label name: {}", twice[0].0)));
        }
        if pairs.iter().all(|(_, value)| !value.is_empty()) {
            return Ok(Labels::from_sorted(pairs.iter().map(|(n, v)| (*n, v.as_str()))));
        }
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
            builder.set(name, value);
        }
        Ok(builder.build())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.at += token.len();
        }
        here
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn error(&self, at: usize, reason: &str) -> WireError {
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = at - before.rfind('\n').map_or(0, |n| n + 1) + 1;
        WireError::Value(format!("{line}:{column}: parse error: {reason}"))
    }

    /// What stands here instead of `expected`.
    fn unexpected(&mut self, expected: &str) -> WireError {
        let start = self.at;
        match self.peek() {
            None => self.error(start, "unexpected end of input inside braces"),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let word = self.word();
                self.error(
                    start,
                    &format!("unexpected identifier {word:?} in label set, expected {expected}"),
                )
            }
            Some(c) => self.error(start, &format!("unexpected character inside braces: '{c}'")),
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn name(&mut self) -> Result<&'a str, WireError> {
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => Ok(self.word()),
            _ => Err(self.unexpected("identifier or \"}\"")),
        }
    }

    fn equals(&mut self) -> Result<(), WireError> {
        let start = self.at;
        for other in ["=~", "!~", "!="] {
            if self.take(other) {
                return Err(self.error(
                    start,
                    &format!("unexpected label matching operator {other:?} in label set, expected \"=\""),
                ));
            }
        }
        if self.take("=") { Ok(()) } else { Err(self.unexpected("\"=\"")) }
    }

    fn string(&mut self) -> Result<String, WireError> {
        let start = self.at;
        let Some(quote @ ('"' | '\'' | '`')) = self.peek() else { return Err(self.unexpected("string")) };
        self.at += 1;
        if quote == '`' {
            let Some(end) = self.rest().find('`') else {
                return Err(self.error(start, "unterminated raw string"));
            };
            let raw = self.rest()[..end].to_owned();
            self.at += end + 1;
            return Ok(raw);
        }
        // Escapes can name bytes that only together are UTF-8, so the string is collected as bytes.
        let mut out: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                None | Some('\n') => return Err(self.error(start, "unterminated quoted string")),
                Some('\\') => self.escape(quote, &mut out)?,
                Some(c) => {
                    self.at += c.len_utf8();
                    if c == quote {
                        return Ok(String::from_utf8_lossy(&out).into_owned());
                    }
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    fn escape(&mut self, quote: char, out: &mut Vec<u8>) -> Result<(), WireError> {
        let start = self.at;
        let bad = |this: &Self| this.error(start, "invalid escape sequence in string");
        self.at += 1;
        let Some(c) = self.peek() else { return Err(self.error(start, "escape sequence not terminated")) };
        self.at += c.len_utf8();
        let simple = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            _ if c == quote => quote as u8,
            'x' => self.digits(2, 16).and_then(|n| u8::try_from(n).ok()).ok_or_else(|| bad(self))?,
            '0'..='7' => {
                self.at -= 1;
                self.digits(3, 8).and_then(|n| u8::try_from(n).ok()).ok_or_else(|| bad(self))?
            }
            'u' | 'U' => {
                let count = if c == 'u' { 4 } else { 8 };
                let c = self.digits(count, 16).and_then(char::from_u32).ok_or_else(|| bad(self))?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(bad(self)),
        };
        out.push(simple);
        Ok(())
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, radix).ok()
    }
}

//! Go's verdict on a pattern: the same patterns are refused, with the same words.

use super::scan::{Item, class_items, counted, octal};
use super::{RegexpError, failure};

/// The largest repeat count Go takes.
const MAX_REPEAT: u32 = 1000;
/// Names of `[[:name:]]`.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// `Err` says what Go says about a pattern it does not compile.
pub fn check(pattern: &str) -> Result<(), RegexpError> {
    Walk { pattern, rest: pattern, open: 0, operand: false, repeated: None }.run()
}

struct Walk<'a> {
    pattern: &'a str,
    rest: &'a str,
    open: usize,
    /// Whether something stands before that can be repeated.
    operand: bool,
    /// The repetition operator that was just read.
    repeated: Option<&'a str>,
}

impl<'a> Walk<'a> {
    fn run(mut self) -> Result<(), RegexpError> {
        while let Some(c) = self.rest.chars().next() {
            let repeated = self.repeated.take();
            match c {
                '(' => self.group()?,
                ')' => {
                    if self.open == 0 {
                        return Err(failure("unexpected )", self.pattern));
                    }
                    self.open -= 1;
                    self.advance(1);
                    self.operand = true;
                }
                '|' => {
                    self.advance(1);
                    self.operand = false;
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '*' | '+' | '?' => self.repetition(1, repeated)?,
                '{' => match self.counted()? {
                    Some(length) => self.repetition(length, repeated)?,
                    None => {
                        self.advance(1);
                        self.operand = true;
                    }
                },
                _ => {
                    self.advance(c.len_utf8());
                    self.operand = true;
                }
            }
        }
        if self.open > 0 { Err(failure("missing closing )", self.pattern)) } else { Ok(()) }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn group(&mut self) -> Result<(), RegexpError> {
        self.operand = false;
        let Some(perl) = self.rest.strip_prefix("(?") else {
            self.open += 1;
            self.advance(1);
            return Ok(());
        };
        let named = perl.strip_prefix("P<").or_else(|| perl.strip_prefix('<'));
        if let Some(name) = named.filter(|n| !n.starts_with(['=', '!']) || perl.starts_with('P')) {
            let Some(end) = name.find('>') else {
                return Err(failure("invalid named capture", self.rest));
            };
            let valid = end > 0 && name[..end].chars().all(|c| c == '_' || c.is_alphanumeric());
            let length = self.rest.len() - name.len() + end + 1;
            if !valid {
                return Err(failure("invalid named capture", &self.rest[..length]));
            }
            self.open += 1;
            self.advance(length);
            return Ok(());
        }
        for (at, c) in perl.char_indices() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' => {
                    self.open += 1;
                    self.advance(2 + at + 1);
                    return Ok(());
                }
                ')' if at > 0 => {
                    self.advance(2 + at + 1);
                    return Ok(());
                }
                _ => {
                    let length = 2 + at + c.len_utf8();
                    return Err(failure("invalid or unsupported Perl syntax", &self.rest[..length]));
                }
            }
        }
        Err(failure("missing argument to repetition operator", "?"))
    }

    fn class(&mut self) -> Result<(), RegexpError> {
        let Some((items, length)) = class_items(self.rest) else {
            return Err(failure("missing closing ]", self.rest));
        };
        for item in items {
            match item {
                Item::Range(low, high, text) if low > high => {
                    return Err(failure("invalid character class range", text));
                }
                Item::Named(text) if !POSIX.contains(&text[2..text.len() - 2].trim_start_matches('^')) => {
                    return Err(failure("invalid character class range", text));
                }
                Item::Escape(text)
                    if !matches!(
                        text.as_bytes().get(1),
                        Some(b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'p' | b'P')
                    ) =>
                {
                    return Err(failure("invalid escape sequence", text));
                }
                _ => {}
            }
        }
        self.advance(length);
        self.operand = true;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), RegexpError> {
        let Some(c) = self.rest[1..].chars().next() else {
            return Err(failure("trailing backslash at end of expression", ""));
        };
        let length = 1 + c.len_utf8();
        match c {
            'Q' => {
                let quoted = self.rest.find("\\E").map_or(self.rest.len(), |end| end + 2);
                self.advance(quoted);
                self.operand = true;
                return Ok(());
            }
            'a' | 'f' | 'n' | 'r' | 't' | 'v' | 'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' | 'A' | 'z'
            | 'x' | 'p' | 'P' | 'C' => {}
            '0'..='7' => match octal(self.rest) {
                Some((_, length)) => {
                    self.advance(length);
                    self.operand = true;
                    return Ok(());
                }
                None => return Err(failure("invalid escape sequence", &self.rest[..length])),
            },
            c if c.is_ascii_alphanumeric() || !c.is_ascii() && c.is_alphanumeric() => {
                return Err(failure("invalid escape sequence", &self.rest[..length]));
            }
            _ => {}
        }
        self.advance(length);
        self.operand = true;
        Ok(())
    }

    /// The length of the counted repetition that begins here, in bytes; other braces are literal.
    fn counted(&self) -> Result<Option<usize>, RegexpError> {
        let Some((low, high, length)) = counted(self.rest) else { return Ok(None) };
        let bad = low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || high < low);
        if bad {
            return Err(failure("invalid repeat count", &self.rest[..length]));
        }
        Ok(Some(length))
    }

    fn repetition(&mut self, length: usize, before: Option<&'a str>) -> Result<(), RegexpError> {
        let lazy = usize::from(self.rest[length..].starts_with('?'));
        if let Some(before) = before {
            let both = before.len() - self.rest.len() + length + lazy;
            return Err(failure("invalid nested repetition operator", &before[..both]));
        }
        if !self.operand {
            return Err(failure("missing argument to repetition operator", &self.rest[..length + lazy]));
        }
        self.repeated = Some(self.rest);
        self.advance(length + lazy);
        Ok(())
    }
}

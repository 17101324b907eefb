//! Text -> tokens. Stateful: after a `.` or a scope's dot everything up to a delimiter is an attribute's name, so that
//! `.a+1` is the attribute `a+1` and `. a` is an error.
//!
//! Invariant: positions in errors are those of the replaced system, down to the lines it loses: its scanner forgets the
//! line of a token once it looks beyond it (second character of `>=`, an attribute's name, a duration's unit).

use super::token::{JOINED, Place, SCOPES, SINGLE, Token, WORDS};
use crate::error::TraceqlError;
use query::duration;

/// Splits a whole query. The last token is [`Token::End`].
pub fn lex(text: &str) -> Result<Vec<(Token, Place)>, TraceqlError> {
    match lex_to_error(text) {
        (tokens, None) => Ok(tokens),
        (_, Some(error)) => Err(error),
    }
}

/// Splits a query up to what is no token. The last token is [`Token::End`], also before an error: a parser that does not
/// come so far has an earlier error to tell.
pub(crate) fn lex_to_error(text: &str) -> (Vec<(Token, Place)>, Option<TraceqlError>) {
    let mut lexer = Lexer { text, at: 0, line: 1, column: 0, in_attribute: false, last: (0, 0) };
    let mut tokens = Vec::new();
    loop {
        match lexer.next() {
            Ok((Token::End, place)) => {
                tokens.push((Token::End, place));
                return (tokens, None);
            }
            Ok(token) => tokens.push(token),
            Err(error) => {
                tokens.push((Token::End, lexer.place(lexer.at)));
                return (tokens, Some(error));
            }
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Characters of this line before `at`.
    column: usize,
    in_attribute: bool,
    /// Line and column that an error at this moment would carry.
    last: (usize, usize),
}

/// Whether a character may stand in an attribute's name.
pub(crate) fn is_attribute_char(c: char) -> bool {
    !c.is_whitespace() && !"{}()=~!<>&|^,".contains(c)
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn place(&self, start: usize) -> Place {
        Place { line: self.last.0, column: self.last.1, start, end: self.at }
    }

    fn error(&self, start: usize, message: impl Into<String>) -> TraceqlError {
        TraceqlError::parse(self.place(start), message)
    }

    fn next(&mut self) -> Result<(Token, Place), TraceqlError> {
        if self.in_attribute && !self.peek().is_some_and(is_attribute_char) {
            self.in_attribute = false;
            return Ok((Token::EndAttribute, self.place(self.at)));
        }
        if self.in_attribute {
            return self.attribute();
        }
        self.skip_blanks();
        let start = self.at;
        self.last = if self.text.is_empty() { (0, 0) } else { (self.line, self.column + 1) };
        let token = match self.peek() {
            None => Token::End,
            Some('"' | '`') => self.text_literal()?,
            Some(c) if c.is_ascii_digit() => self.number(start)?,
            Some('.') if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(start)?,
            Some(c) if c.is_alphabetic() || c == '_' => self.word(start),
            Some('\'') => self.character(start)?,
            Some(_) => self.sign(start),
        };
        Ok((token, self.place(start)))
    }

    /// A character in single quotes is nothing that a query has a use for, but a token.
    fn character(&mut self, start: usize) -> Result<Token, TraceqlError> {
        self.bump();
        let mut length = 0;
        loop {
            match self.bump() {
                None | Some('\n') => return Err(self.error(start, "literal not terminated")),
                Some('\'') => break,
                Some('\\') => drop(self.bump()),
                Some(_) => {}
            }
            length += 1;
        }
        if length != 1 {
            return Err(self.error(start, "invalid char literal"));
        }
        Ok(Token::Identifier(self.text[start..self.at].to_owned()))
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if rest.starts_with("/*") && rest.contains("*/") {
                let end = self.at + rest.find("*/").unwrap_or(0) + 2;
                while self.at < end {
                    self.bump();
                }
            } else if rest.starts_with(char::is_whitespace) {
                self.bump();
            } else {
                return;
            }
        }
    }

    /// The name of an attribute, or a scope inside `parent.`.
    fn attribute(&mut self) -> Result<(Token, Place), TraceqlError> {
        let start = self.at;
        self.last = (self.line, self.column + 1);
        for scope in ["resource.", "span."] {
            if self.text[..start].ends_with("parent.") && self.rest().starts_with(scope) {
                scope.chars().for_each(|_| {
                    self.bump();
                });
                self.last.0 = 0;
                return Ok((Token::Sign(sign_of(scope, SCOPES).unwrap_or("span.")), self.place(start)));
            }
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| is_attribute_char(*c)) {
            self.bump();
            if c == '"' { self.quoted(start, &mut name)? } else { name.push(c) }
        }
        self.last.0 = 0;
        Ok((Token::Identifier(name), self.place(start)))
    }

    /// The rest of a quoted part of an attribute's name: `\"` and `\\` are the only escapes.
    fn quoted(&mut self, start: usize, name: &mut String) -> Result<(), TraceqlError> {
        loop {
            match self.bump() {
                Some('"') => return Ok(()),
                Some('\\') => match self.bump() {
                    Some(c @ ('"' | '\\')) => name.push(c),
                    Some(c) => return Err(self.error(start, format!("invalid escape sequence: \\{c}"))),
                    None => return Err(self.error(start, "unexpected EOF, expecting \"")),
                },
                Some(c) => name.push(c),
                None => return Err(self.error(start, "unexpected EOF, expecting \"")),
            }
        }
    }

    fn text_literal(&mut self) -> Result<Token, TraceqlError> {
        let start = self.at;
        let quote = self.bump();
        loop {
            match self.bump() {
                None => return Err(self.error(start, "literal not terminated")),
                Some('\n') if quote == Some('"') => return Err(self.error(start, "literal not terminated")),
                Some('\\') if quote == Some('"') => {
                    self.bump();
                }
                c if c == quote => break,
                Some(_) => {}
            }
        }
        let literal = &self.text[start..self.at];
        if quote == Some('`') {
            return Ok(Token::Text(literal[1..literal.len() - 1].replace('\r', "")));
        }
        let bytes = query::quote::unquote(literal).ok_or_else(|| self.error(start, "invalid syntax"))?;
        Ok(Token::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A number, or a duration when a unit follows.
    fn number(&mut self, start: usize) -> Result<Token, TraceqlError> {
        let duration =
            self.rest().find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(self.rest().len());
        let candidate = &self.rest()[..duration];
        if let Some(nanos) = parse_duration(candidate) {
            candidate.chars().for_each(|_| {
                self.bump();
            });
            self.last.0 = 0;
            return Ok(Token::Duration(nanos));
        }
        let (length, float) = number_length(self.rest());
        (0..length).for_each(|_| {
            self.bump();
        });
        let literal = &self.text[start..self.at];
        let plain = literal.replace('_', "");
        if float {
            let value = plain.parse().ok().filter(|float: &f64| float.is_finite());
            return value.map(Token::Float).ok_or_else(|| {
                self.error(start, format!("strconv.ParseFloat: parsing {literal:?}: value out of range"))
            });
        }
        let value = match plain.strip_prefix("0x").or(plain.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16),
            None => plain.parse(),
        };
        value
            .map(Token::Integer)
            .map_err(|_| self.error(start, format!("strconv.Atoi: parsing {literal:?}: value out of range")))
    }

    fn word(&mut self, start: usize) -> Token {
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.bump();
        }
        let word = &self.text[start..self.at];
        if let Some(next) = self.peek()
            && let Some(scope) = sign_of(&format!("{word}{next}"), SCOPES)
        {
            self.bump();
            self.last.0 = 0;
            self.in_attribute = scope.ends_with('.');
            return Token::Sign(scope);
        }
        match sign_of(word, WORDS) {
            Some(keyword) => Token::Sign(keyword),
            None => Token::Identifier(word.to_owned()),
        }
    }

    fn sign(&mut self, start: usize) -> Token {
        if let Some(joined) = JOINED.iter().find(|sign| self.rest().starts_with(**sign)) {
            joined.chars().for_each(|_| {
                self.bump();
            });
            self.last.0 = 0;
            return Token::Sign(joined);
        }
        self.bump();
        match sign_of(&self.text[start..self.at], SINGLE) {
            Some(sign) => {
                self.in_attribute = sign == ".";
                Token::Sign(sign)
            }
            None => Token::Identifier(self.text[start..self.at].to_owned()),
        }
    }
}

fn sign_of(text: &str, among: &[&'static str]) -> Option<&'static str> {
    among.iter().find(|sign| **sign == text).copied()
}

/// Length of a number's digits, and whether it is a float.
fn number_length(text: &str) -> (usize, bool) {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
    if text.starts_with("0x") || text.starts_with("0X") {
        let length = 2 + bytes[2..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
        return (length, false);
    }
    let mut at = digits(0);
    let mut float = false;
    if bytes.get(at) == Some(&b'.') {
        float = true;
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits((at + 1 + sign).min(bytes.len()));
        if end > at + 1 + sign {
            return (end, true);
        }
    }
    (at, float)
}

/// A duration in nanoseconds: Go's units (`1.5h`, `10us`) or days, weeks and years (`1d`, `2w`).
pub fn parse_duration(text: &str) -> Option<i64> {
    parse_go_duration(text).or_else(|| {
        let millis = duration::parse(text).ok()?;
        millis.checked_mul(1_000_000).filter(|_| text.ends_with(|c: char| c.is_alphabetic()))
    })
}

fn parse_go_duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (mut rest, mut total) = (text, 0i64);
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|l| *l > 0)?;
        let (number, after) = rest.split_at(length);
        let length = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let nanos = whole.checked_mul(scale)?.checked_add(fraction_of(fraction, scale)?)?;
        total = total.checked_add(nanos)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// `0.digits * scale`, exact down to the nanosecond; digits beyond the fifteenth cannot change it.
fn fraction_of(digits: &str, scale: i64) -> Option<i64> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = &digits[..digits.len().min(15)];
    let value: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    i64::try_from(value * i128::from(scale) / 10i128.pow(digits.len() as u32)).ok()
}

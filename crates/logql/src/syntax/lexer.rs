//! Text -> tokens, one at a time, as the parser asks for them.
//!
//! The grammar of numbers, strings and names is that of Go's `text/scanner`, because positions in error texts are part
//! of what users see: a column counts characters from 1, the end of the text has a position of its own, and a token
//! that was completed by reading ahead (`==`, `5m`, `[5m]`) reports line 0.

use crate::units;
use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    End,
    /// A name that is no keyword; also a character that means nothing here.
    Identifier,
    Text(String),
    Number,
    /// Nanoseconds.
    Duration(i64),
    Bytes(u64),
    /// `[5m]`, in nanoseconds.
    Range(i64),
    /// `--strict`, without the dashes.
    Flag,
    /// A function's name that an opening parenthesis or a grouping follows.
    Function,
    /// A keyword, operator or bracket.
    Symbol(&'static str),
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    /// Line and column as they are reported; line 0 after reading ahead.
    pub(crate) at: (usize, usize),
}

/// An error of the scanner, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) message: String,
    pub(crate) at: (usize, usize),
}

const SYMBOLS: &[&str] = &[
    ",",
    ".",
    "{",
    "}",
    "=",
    "==",
    "!=",
    "=~",
    "!~",
    ">",
    ">=",
    "<",
    "<=",
    "|=",
    "|~",
    "|>",
    "!>",
    "|",
    "(",
    ")",
    "by",
    "without",
    "bool",
    "[",
    "]",
    "or",
    "and",
    "unless",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "json",
    "regexp",
    "unpack",
    "pattern",
    "logfmt",
    "label_format",
    "line_format",
    "unwrap",
    "offset",
    "decolorize",
    "drop",
    "keep",
];

const FUNCTIONS: &[&str] = &[
    "rate",
    "rate_counter",
    "count_over_time",
    "bytes_rate",
    "bytes_over_time",
    "avg_over_time",
    "sum_over_time",
    "min_over_time",
    "max_over_time",
    "stdvar_over_time",
    "stddev_over_time",
    "quantile_over_time",
    "first_over_time",
    "last_over_time",
    "absent_over_time",
    "approx_count_distinct",
    "vector",
    "sum",
    "avg",
    "max",
    "min",
    "count",
    "stddev",
    "stdvar",
    "bottomk",
    "topk",
    "approx_topk",
    "sort",
    "sort_desc",
    "label_replace",
    "bytes",
    "duration",
    "duration_seconds",
    "ip",
];

/// Reads tokens of one query.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    /// Byte offset of the next character.
    offset: usize,
    line: usize,
    column: usize,
    /// The first error; later ones are consequences.
    pub(crate) error: Option<LexError>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Lexer { text, offset: 0, line: 1, column: 0, error: None }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.offset..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.offset += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn bump_while(&mut self, accept: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.bump();
        }
    }

    fn fail(&mut self, message: impl Into<String>, at: (usize, usize)) {
        if self.error.is_none() {
            self.error = Some(LexError { message: message.into(), at });
        }
    }

    /// The next token; [`Kind::End`] at the end and after an error.
    pub(crate) fn next_token(&mut self) -> Token {
        loop {
            self.bump_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            if self.peek() != Some('#') {
                break;
            }
            self.bump_while(|c| c != '\n');
        }
        let start = self.offset;
        let at = if self.text.is_empty() { (0, 0) } else { (self.line, self.column + 1) };
        let Some(first) = self.peek() else {
            return Token { kind: Kind::End, span: start..start, at };
        };
        let (kind, ahead) = match first {
            '"' => self.string(at),
            '`' => self.raw_string(at),
            '\'' => self.character(at),
            '[' => self.range(at),
            c if c.is_ascii_digit() => self.number(start),
            '.' if self.text[start + 1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(start),
            '-' => self.dash(start),
            c if c == '_' || c.is_alphabetic() => self.name(start),
            _ => self.operator(start),
        };
        let at = if ahead { (0, at.1) } else { at };
        Token { kind, span: start..self.offset, at }
    }

    fn string(&mut self, at: (usize, usize)) -> (Kind, bool) {
        let start = self.offset;
        self.bump();
        loop {
            match self.bump() {
                None | Some('\n') => {
                    self.fail("literal not terminated", at);
                    return (Kind::End, false);
                }
                Some('"') => break,
                Some('\\') => {
                    self.bump();
                }
                Some(_) => {}
            }
        }
        match unquote(&self.text[start + 1..self.offset - 1]) {
            Some(text) => (Kind::Text(text), false),
            None => {
                self.fail("invalid char escape", at);
                (Kind::End, false)
            }
        }
    }

    fn raw_string(&mut self, at: (usize, usize)) -> (Kind, bool) {
        let start = self.offset;
        self.bump();
        self.bump_while(|c| c != '`');
        if self.bump().is_none() {
            self.fail("literal not terminated", at);
            return (Kind::End, false);
        }
        (Kind::Text(self.text[start + 1..self.offset - 1].replace('\r', "")), false)
    }

    /// Character literals mean nothing in a query: one that is well formed is a stray character.
    fn character(&mut self, at: (usize, usize)) -> (Kind, bool) {
        self.bump();
        let mut length = 0;
        loop {
            match self.bump() {
                None | Some('\n') => {
                    self.fail("literal not terminated", at);
                    return (Kind::End, false);
                }
                Some('\'') => break,
                Some('\\') => {
                    self.bump();
                    length += 1;
                }
                Some(_) => length += 1,
            }
        }
        if length != 1 {
            self.fail("invalid char literal", at);
        }
        (Kind::Identifier, false)
    }

    fn range(&mut self, at: (usize, usize)) -> (Kind, bool) {
        self.bump();
        let start = self.offset;
        self.bump_while(|c| c != ']');
        let inside = &self.text[start..self.offset];
        let at = (0, at.1);
        if self.bump().is_none() {
            self.fail("missing closing ']' in duration", at);
            return (Kind::End, true);
        }
        match units::parse_range(inside) {
            Ok(nanos) => (Kind::Range(nanos), true),
            Err(message) => {
                self.fail(message, at);
                (Kind::End, true)
            }
        }
    }

    fn number(&mut self, start: usize) -> (Kind, bool) {
        let rest = &self.text[start..];
        let base = |c: char| matches!(c, 'x' | 'X' | 'b' | 'B' | 'o' | 'O');
        let prefixed = rest.len() > 2 && rest.strip_prefix('0').is_some_and(|rest| rest.starts_with(base));
        if prefixed {
            self.bump();
            self.bump();
            self.bump_while(|c| c.is_ascii_hexdigit() || c == '_');
        } else {
            self.bump_while(|c| c.is_ascii_digit() || c == '_');
            if self.peek() == Some('.') {
                self.bump();
                self.bump_while(|c| c.is_ascii_digit() || c == '_');
            }
            self.exponent();
        }
        match self.with_unit(start) {
            Some(kind) => (kind, true),
            None => (Kind::Number, false),
        }
    }

    fn exponent(&mut self) {
        let mut after = self.text[self.offset..].chars();
        if !matches!(after.next(), Some('e' | 'E')) {
            return;
        }
        let mut next = after.next();
        if matches!(next, Some('+' | '-')) {
            next = after.next();
        }
        if next.is_some_and(|c| c.is_ascii_digit()) {
            self.bump();
            self.bump();
            self.bump_while(|c| c.is_ascii_digit());
        }
    }

    /// A duration or a size when what follows the number makes it one.
    fn with_unit(&mut self, start: usize) -> Option<Kind> {
        let tail = |lexer: &Self, accept: fn(char) -> bool| {
            let rest = &lexer.text[lexer.offset..];
            rest.find(|c: char| !accept(c)).map_or(lexer.text.len(), |n| lexer.offset + n)
        };
        let end = tail(self, |c| c.is_numeric() || c == '.' || "nuµmshdwy".contains(c));
        if end > self.offset
            && let Some(nanos) = units::parse_duration_any(&self.text[start..end])
        {
            self.bump_to(end);
            return Some(Kind::Duration(nanos));
        }
        let end = tail(self, |c| c.is_numeric() || c == '.' || "BikKMGTP".contains(c));
        if end > self.offset
            && let Ok(bytes) = units::parse_bytes(&self.text[start..end])
        {
            self.bump_to(end);
            return Some(Kind::Bytes(bytes));
        }
        None
    }

    fn bump_to(&mut self, end: usize) {
        while self.offset < end {
            self.bump();
        }
    }

    fn dash(&mut self, start: usize) -> (Kind, bool) {
        self.bump();
        if self.peek() == Some('-') {
            let flag = self.text[self.offset + 1..]
                .find(|c: char| !(c.is_alphabetic() || c == '-'))
                .map_or(self.text.len(), |n| self.offset + 1 + n);
            if matches!(&self.text[self.offset + 1..flag], "strict" | "keep-empty") {
                self.bump_to(flag);
                return (Kind::Flag, true);
            }
        }
        match self.with_unit(start) {
            Some(kind @ Kind::Duration(_)) => (kind, true),
            _ => (Kind::Symbol("-"), false),
        }
    }

    fn name(&mut self, start: usize) -> (Kind, bool) {
        self.bump_while(|c| c == '_' || c.is_alphanumeric());
        let word = &self.text[start..self.offset];
        if FUNCTIONS.contains(&word) && self.calls() {
            return (Kind::Function, false);
        }
        match SYMBOLS.iter().find(|symbol| **symbol == word) {
            Some(symbol) => (Kind::Symbol(symbol), false),
            // A name outside of ASCII is taken as text by the reference.
            None if !word.is_ascii() => (Kind::Text(word.to_owned()), false),
            None => (Kind::Identifier, false),
        }
    }

    /// Whether `(`, `by (` or `without (` follows.
    fn calls(&self) -> bool {
        let rest = self.text[self.offset..].trim_start();
        let grouped = rest.strip_prefix("by").or_else(|| rest.strip_prefix("without"));
        grouped.unwrap_or(rest).trim_start().starts_with('(')
    }

    fn operator(&mut self, start: usize) -> (Kind, bool) {
        self.bump();
        let single = self.offset;
        if let Some(next) = self.peek() {
            let two = &self.text[start..single + next.len_utf8()];
            if let Some(symbol) = SYMBOLS.iter().find(|symbol| **symbol == two) {
                self.bump();
                return (Kind::Symbol(symbol), true);
            }
        }
        match SYMBOLS.iter().find(|symbol| **symbol == &self.text[start..single]) {
            Some(symbol) => (Kind::Symbol(symbol), false),
            None => (Kind::Identifier, false),
        }
    }
}

/// The text of a double-quoted Go string without its quotes; `None` for a bad escape. Bytes written as `\\xNN` or in
/// octal may form a character together; those that form none become U+FFFD.
pub(crate) fn unquote(inside: &str) -> Option<String> {
    let mut out: Vec<u8> = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        let simple = match escape {
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 0x0b,
            '\\' | '"' | '\'' => escape as u8,
            'x' => {
                let code = u8::from_str_radix(rest.get(..2)?, 16).ok()?;
                rest = &rest[2..];
                code
            }
            '0'..='7' => {
                let code =
                    rest.get(..2).and_then(|two| u8::from_str_radix(&format!("{escape}{two}"), 8).ok())?;
                rest = &rest[2..];
                code
            }
            'u' | 'U' => {
                let digits = if escape == 'u' { 4 } else { 8 };
                let code = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
                rest = &rest[digits..];
                out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return None,
        };
        out.push(simple);
    }
    out.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8(out).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned()))
}

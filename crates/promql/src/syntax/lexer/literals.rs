//! Strings, numbers and durations: what a token is made of once its first character says which it is.

use super::{Kind, Lexed, Lexer, is_alphanumeric};
use query::quote::{quote, quote_char};

impl Lexer<'_> {
    pub(super) fn string(&mut self, delimiter: char) -> Lexed {
        loop {
            match self.bump() {
                None if delimiter == '`' => return Err("unterminated raw string".to_owned()),
                None => return Err("unterminated quoted string".to_owned()),
                Some('\n') if delimiter != '`' => return Err("unterminated quoted string".to_owned()),
                Some('\u{fffd}') => return Err("invalid UTF-8 rune".to_owned()),
                Some('\\') if delimiter != '`' => self.escape(delimiter)?,
                Some(c) if c == delimiter => return self.emit(Kind::Text),
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self, delimiter: char) -> Result<(), String> {
        let (digits, radix, first) = match self.bump() {
            None => return Err("escape sequence not terminated".to_owned()),
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\') => return Ok(()),
            Some(c) if c == delimiter => return Ok(()),
            Some(c @ '0'..='7') => (3, 8, Some(c)),
            Some('x') => (2, 16, self.bump()),
            Some('u') => (4, 16, self.bump()),
            Some('U') => (8, 16, self.bump()),
            Some(c) => return Err(format!("unknown escape sequence U+{:04X} {}", c as u32, quote_char(c))),
        };
        let mut code: u64 = 0;
        let mut current = first;
        for left in (0..digits).rev() {
            let c = current.ok_or("escape sequence not terminated")?;
            let digit = c.to_digit(radix).ok_or_else(|| {
                format!("illegal character U+{:04X} {} in escape sequence", c as u32, quote_char(c))
            })?;
            code = code * u64::from(radix) + u64::from(digit);
            current = if left > 0 { self.bump() } else { None };
        }
        let limit = if digits < 4 { 255 } else { 0x10_ffff };
        if code > limit || (0xd800..0xe000).contains(&code) {
            return Err("escape sequence is an invalid Unicode code point".to_owned());
        }
        Ok(())
    }

    pub(super) fn number_or_duration(&mut self) -> Lexed {
        self.at = self.start;
        if self.scan_number() {
            return self.emit(Kind::Number);
        }
        match self.scan_duration() {
            true => self.emit(Kind::Duration),
            false => {
                Err(format!("bad number or duration syntax: {}", quote(&self.text[self.start..self.at])))
            }
        }
    }

    fn scan_number(&mut self) -> bool {
        let mut digits = "0123456789";
        if self.accept("0") && self.accept("xX") {
            self.accept("_");
            digits = "0123456789abcdefABCDEF";
        }
        let hexadecimal = digits.len() > 10;
        let is_digit = |c: char| digits.contains(c);
        self.accept(".");
        if self.peek().is_some_and(is_digit) {
            self.bump();
        }
        let (mut dot, mut exponent) = (false, false);
        while let Some(c) = self.peek().filter(|c| is_digit(*c) || "._eE".contains(*c)) {
            match c {
                c if is_digit(c) => self.skip_while(is_digit),
                '.' => {
                    self.bump();
                    if dot || self.accept("_.") || hexadecimal {
                        return false;
                    }
                    dot = true;
                }
                '_' => {
                    self.bump();
                    if self.accept("._eE") || self.peek().is_none() {
                        return false;
                    }
                }
                _ => {
                    self.bump();
                    if exponent {
                        return false;
                    }
                    exponent = true;
                    self.accept("+-");
                    if self.accept("._eE") || self.peek().is_none() {
                        return false;
                    }
                }
            }
        }
        self.at > self.start && !self.peek().is_some_and(is_alphanumeric)
    }

    /// The rest of a duration, after its first digits.
    fn scan_duration(&mut self) -> bool {
        if !self.accept("smhdwy") {
            return false;
        }
        self.accept("s");
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.skip_while(|c| c.is_ascii_digit());
            if !self.accept("smhdw") {
                return false;
            }
            self.accept("s");
        }
        match self.peek() {
            Some(c) if is_alphanumeric(c) => {
                self.bump();
                false
            }
            _ => true,
        }
    }
}

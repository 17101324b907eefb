//! Tokens of a query. The texts of errors are those that users of the language know.
//!
//! Three states, as the same character means different things: outside, inside of `{}`, and right after `[` where a
//! duration expression begins. The first error ends the token stream.

mod literals;
mod words;

use query::Span;
use query::quote::{quote, quote_char};
use words::{DURATION_WORDS, word_of};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// No more text.
    End,
    /// The rest cannot be read; the message is ready for users.
    Error(String),
    /// A word without `:`.
    Identifier,
    /// A word with `:`, which can only be a metric's name.
    MetricIdentifier,
    /// A quoted string, quotes included.
    Text,
    /// A number.
    Number,
    /// A duration such as `5m`.
    Duration,
    /// A word with a meaning of its own, in lower case.
    Word(Word),
    /// Punctuation and operators made of signs.
    Sign(&'static str),
}

/// The classes of words with a meaning; they decide how an error names the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// `and`, `or`, `unless`, `atan2`.
    Operator(&'static str),
    /// `sum` and the like.
    Aggregator(&'static str),
    /// `by`, `offset` and the like.
    Keyword(&'static str),
    /// `start`, `end`, `step`, `range`, `min_of`, `max_of`.
    Moment(&'static str),
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What.
    pub kind: Kind,
    /// Where.
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Outside,
    Braces,
    Duration,
}

/// Cuts `text` into tokens; the last one is [`Kind::End`] or [`Kind::Error`].
pub fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        start: 0,
        at: 0,
        state: State::Outside,
        parens: 0,
        bracket: false,
        colon: false,
        duration: false,
    };
    let mut out = Vec::new();
    loop {
        match lexer.next_token() {
            Ok(Some(token)) => {
                let last = token.kind == Kind::End;
                out.push(token);
                if last {
                    return out;
                }
            }
            Ok(None) => {}
            Err(message) => {
                out.push(Token { kind: Kind::Error(message), span: Span::new(lexer.start, text.len()) });
                return out;
            }
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// Where the current token began.
    start: usize,
    at: usize,
    state: State,
    parens: i32,
    bracket: bool,
    colon: bool,
    duration: bool,
}

type Lexed = Result<Option<Token>, String>;

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_alphanumeric(c: char) -> bool {
    is_alpha(c) || c.is_ascii_digit()
}

/// A character as errors show it; the end of the text shows as the replacement character.
fn shown(c: Option<char>) -> String {
    quote_char(c.unwrap_or(char::REPLACEMENT_CHARACTER))
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn accept(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|c| wanted.contains(c));
        if found {
            self.bump();
        }
        found
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&keep) {
            self.bump();
        }
    }

    fn emit(&mut self, kind: Kind) -> Lexed {
        let span = Span::new(self.start, self.at);
        self.start = self.at;
        Ok(Some(Token { kind, span }))
    }

    fn sign(&mut self, sign: &'static str) -> Lexed {
        self.emit(Kind::Sign(sign))
    }

    fn ignore(&mut self) -> Lexed {
        self.start = self.at;
        Ok(None)
    }

    fn next_token(&mut self) -> Lexed {
        if self.state != State::Duration && self.peek() == Some('#') {
            self.skip_while(|c| c != '\n' && c != '\r');
            return self.ignore();
        }
        match self.state {
            State::Braces => self.inside_braces(),
            State::Duration => self.duration_expression(),
            State::Outside => self.outside(),
        }
    }

    fn outside(&mut self) -> Lexed {
        let Some(c) = self.bump() else {
            return match (self.parens != 0, self.bracket) {
                (true, _) => Err("unclosed left parenthesis".to_owned()),
                (_, true) => Err("unclosed left bracket".to_owned()),
                _ => self.emit(Kind::End),
            };
        };
        match c {
            c if is_space(c) => {
                self.skip_while(is_space);
                self.ignore()
            }
            '=' => match self.peek() {
                Some('=') => {
                    self.bump();
                    self.sign("==")
                }
                Some('~') => Err(format!("unexpected character after '=': {}", shown(Some('~')))),
                _ => self.sign("="),
            },
            '!' => match self.bump() {
                Some('=') => self.sign("!="),
                other => Err(format!("unexpected character after '!': {}", shown(other))),
            },
            '<' | '>' => self.comparison(c),
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => self.number_or_duration(),
            c if c.is_ascii_digit() => self.number_or_duration(),
            '"' | '\'' | '`' => self.string(c),
            c if is_alpha(c) || c == ':' => self.word_or_colon(c),
            '{' => {
                self.state = State::Braces;
                self.sign("{")
            }
            '[' if self.bracket => Err(format!("unexpected left bracket {}", shown(Some('[')))),
            '[' => {
                (self.bracket, self.colon, self.duration, self.state) = (true, false, false, State::Duration);
                let token = self.sign("[");
                self.skip_while(is_space);
                self.start = self.at;
                token
            }
            ']' if !self.bracket => Err(format!("unexpected right bracket {}", shown(Some(']')))),
            ']' => {
                self.bracket = false;
                self.sign("]")
            }
            '@' => self.sign("@"),
            c => self
                .shared_sign(c)
                .unwrap_or_else(|| Err(format!("unexpected character: {}", shown(Some(c))))),
        }
    }

    /// Signs that mean the same outside and in duration expressions.
    fn shared_sign(&mut self, c: char) -> Option<Lexed> {
        let sign = match c {
            ',' => ",",
            '*' => "*",
            '/' => "/",
            '%' => "%",
            '+' => "+",
            '-' => "-",
            '^' => "^",
            '(' => {
                self.parens += 1;
                "("
            }
            ')' => {
                self.parens -= 1;
                if self.parens < 0 {
                    self.start = self.at;
                    return Some(Err(format!("unexpected right parenthesis {}", shown(Some(')')))));
                }
                ")"
            }
            _ => return None,
        };
        Some(self.sign(sign))
    }

    fn comparison(&mut self, c: char) -> Lexed {
        let less = c == '<';
        let sign = match self.peek() {
            Some('=') if less => "<=",
            Some('=') => ">=",
            Some('/') if less => "</",
            Some('/') => ">/",
            _ => return self.sign(if less { "<" } else { ">" }),
        };
        self.bump();
        self.sign(sign)
    }

    fn word_or_colon(&mut self, first: char) -> Lexed {
        if !self.bracket {
            return self.word();
        }
        if first == ':' {
            if self.colon {
                return Err(format!("unexpected colon {}", shown(Some(':'))));
            }
            self.colon = true;
            return self.sign(":");
        }
        match self.duration_word() {
            Some(word) => self.emit(Kind::Word(word)),
            None => {
                Err(format!("unexpected character: {}, expected {}", shown(Some(first)), shown(Some(':'))))
            }
        }
    }

    fn duration_word(&mut self) -> Option<Word> {
        self.skip_while(is_alpha);
        let lower = self.text[self.start..self.at].to_ascii_lowercase();
        DURATION_WORDS.iter().find(|w| **w == lower).map(|w| Word::Moment(w))
    }

    fn word(&mut self) -> Lexed {
        self.skip_while(|c| is_alphanumeric(c) || c == ':');
        let word = &self.text[self.start..self.at];
        if matches!(word.to_ascii_lowercase().as_str(), "inf" | "nan") {
            return self.emit(Kind::Number);
        }
        match word_of(word) {
            // Metrics may be called like the fill modifiers, which are always followed by a parenthesis.
            Some(Word::Keyword("fill" | "fill_left" | "fill_right"))
                if !self.text[self.at..].trim_start_matches(is_space).starts_with('(') =>
            {
                self.emit(Kind::Identifier)
            }
            Some(known) => self.emit(Kind::Word(known)),
            None if word.contains(':') => self.emit(Kind::MetricIdentifier),
            None => self.emit(Kind::Identifier),
        }
    }

    fn inside_braces(&mut self) -> Lexed {
        let Some(c) = self.bump() else {
            return Err("unexpected end of input inside braces".to_owned());
        };
        match c {
            c if is_space(c) => {
                self.skip_while(is_space);
                self.ignore()
            }
            c if is_alpha(c) => {
                self.skip_while(is_alphanumeric);
                self.emit(Kind::Identifier)
            }
            ',' => self.sign(","),
            '"' | '\'' | '`' => self.string(c),
            '=' if self.accept("~") => self.sign("=~"),
            '=' => self.sign("="),
            '!' => match self.bump() {
                Some('~') => self.sign("!~"),
                Some('=') => self.sign("!="),
                other => Err(format!("unexpected character after '!' inside braces: {}", shown(other))),
            },
            '{' => Err(format!("unexpected left brace {}", shown(Some('{')))),
            '}' => {
                self.state = State::Outside;
                self.sign("}")
            }
            c => Err(format!("unexpected character inside braces: {}", shown(Some(c)))),
        }
    }

    fn duration_expression(&mut self) -> Lexed {
        let Some(c) = self.bump() else {
            return Err("unexpected end of input in duration expression".to_owned());
        };
        let unexpected = || Err(format!("unexpected character in duration expression: {}", shown(Some(c))));
        match c {
            ']' => {
                (self.bracket, self.colon, self.state) = (false, false, State::Outside);
                self.sign("]")
            }
            ':' if !self.duration => {
                self.start = self.at;
                Err("unexpected colon before duration in duration expression".to_owned())
            }
            ':' if self.colon => {
                self.start = self.at;
                Err("unexpected repeated colon in duration expression".to_owned())
            }
            ':' => {
                self.colon = true;
                self.sign(":")
            }
            c if is_space(c) => {
                self.skip_while(is_space);
                self.ignore()
            }
            c if c.is_ascii_digit() || (c == '.' && self.peek().is_some_and(|d| d.is_ascii_digit())) => {
                (self.duration, self.state) = (true, State::Outside);
                self.number_or_duration()
            }
            c if matches!(c.to_ascii_lowercase(), 's' | 'r' | 'm') => match self.duration_word() {
                Some(word) => self.emit(Kind::Word(word)),
                None => unexpected(),
            },
            c => self.shared_sign(c).unwrap_or_else(unexpected),
        }
    }
}

impl Token {
    /// The token as an error names it.
    pub fn describe(&self, text: &str) -> String {
        let written = &text[self.span.start.min(text.len())..self.span.end.min(text.len())];
        match &self.kind {
            Kind::End => "end of input".to_owned(),
            Kind::Error(message) => message.clone(),
            Kind::Identifier => format!("identifier {}", quote(written)),
            Kind::MetricIdentifier => format!("metric identifier {}", quote(written)),
            Kind::Text => format!("string {}", shortened(written)),
            Kind::Number => format!("number {}", shortened(written)),
            Kind::Duration => format!("duration {}", shortened(written)),
            Kind::Word(Word::Operator(_)) => format!("<op:{written}>"),
            Kind::Word(Word::Aggregator(_)) => format!("<aggr:{written}>"),
            Kind::Word(Word::Keyword(_)) => format!("<{written}>"),
            Kind::Word(Word::Moment(_)) => quote(written),
            Kind::Sign(sign) if matches!(*sign, "(" | ")" | "{" | "}" | "[" | "]" | "," | "=" | ":") => {
                quote(sign)
            }
            Kind::Sign(sign) => format!("<op:{sign}>"),
        }
    }
}

/// At most ten characters, in quotes.
fn shortened(written: &str) -> String {
    if written.len() <= 10 {
        return quote(written);
    }
    format!("{}...", quote(&written.chars().take(10).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> (usize, String) {
        match tokens(text).pop() {
            Some(Token { kind: Kind::Error(message), span }) => (span.start, message),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn errors_have_the_known_texts_and_places() {
        for (text, at, message) in [
            ("up{", 3, "unexpected end of input inside braces"),
            ("sum(", 4, "unclosed left parenthesis"),
            ("foo[5m", 6, "unclosed left bracket"),
            ("\"abc", 0, "unterminated quoted string"),
            ("1y1y", 0, "bad number or duration syntax: \"1y1\""),
            ("foo[", 4, "unexpected end of input in duration expression"),
            ("a ! b", 2, "unexpected character after '!': ' '"),
            ("a $ b", 2, "unexpected character: '$'"),
            ("a)", 2, "unexpected right parenthesis ')'"),
        ] {
            assert_eq!(error_of(text), (at, message.to_owned()), "{text}");
        }
    }

    #[test]
    fn words_and_numbers_are_told_apart() {
        let kinds: Vec<Kind> =
            tokens("sum a:b 0x1f 5m inf fill + fill(1)").into_iter().map(|t| t.kind).collect();
        assert_eq!(kinds[0], Kind::Word(Word::Aggregator("sum")));
        assert_eq!(
            kinds[1..6],
            [Kind::MetricIdentifier, Kind::Number, Kind::Duration, Kind::Number, Kind::Identifier]
        );
        assert_eq!(kinds[7], Kind::Word(Word::Keyword("fill")));
    }
}

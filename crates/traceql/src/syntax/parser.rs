//! Tokens -> tree: a Pratt parser for each of the three expression languages (fields, span sets, metrics).
//!
//! Precedences, from loose to tight: `|`; `&&` and `||` alike; comparisons and structural operators alike; `+ -`; `!`;
//! `* / %`; `^` (to the right); unary `-`. Invariant: nesting is bounded, and error texts name the token and what was
//! expected exactly where the replaced system's generated parser does.

mod fields;
mod metrics;
mod pipelines;

use super::ast::{Body, Query};
use super::lexer::lex_to_error;
use super::token::{Place, Token};
use crate::error::TraceqlError;
use crate::value::Value;

/// Nesting of parentheses and operators: far above any real query, far below the stack.
pub const MAX_DEPTH: usize = 128;

/// Operators of one query: trees lean to the left, so this bounds their height, and with it every walk over them.
pub const MAX_OPERATORS: usize = 1_000;

/// Operators of metrics arithmetic: each runs queries of its own.
pub const MAX_METRICS_OPERATORS: usize = 32;

/// The longest query, in bytes: what the replaced system accepts.
pub const MAX_QUERY_BYTES: usize = 131_072;

/// Parses a query. It is not checked yet.
pub fn parse(text: &str) -> Result<Query, TraceqlError> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(TraceqlError::Limit(format!(
            "TraceQL expression exceeds the configured maximum size of {MAX_QUERY_BYTES} bytes, reduce the query \
             expression size or contact your system administrator"
        )));
    }
    let (tokens, broken) = lex_to_error(text);
    let mut parser = Parser { tokens, broken, at: 0, depth: 0, operators: 0, metrics_operators: 0 };
    let body = parser.body()?;
    let mut hints = Vec::new();
    while parser.eat("with") {
        hints.extend(parser.hints()?);
    }
    match parser.peek() {
        Token::End if parser.broken.is_none() => Ok(Query { body, hints }),
        _ => Err(parser.unexpected(&["with"])),
    }
}

pub(crate) struct Parser {
    tokens: Vec<(Token, Place)>,
    /// What is wrong behind the last token.
    broken: Option<TraceqlError>,
    at: usize,
    depth: usize,
    operators: usize,
    metrics_operators: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].0
    }

    fn place(&self) -> Place {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.peek().is(sign);
        self.at += usize::from(found);
        found
    }

    /// The next token must be `sign`; `expected` is what the error lists (nothing when the list would be long).
    fn expect(&mut self, sign: &str, expected: &[&str]) -> Result<(), TraceqlError> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &[&str]) -> TraceqlError {
        if let (Token::End, Some(broken)) = (self.peek(), &self.broken) {
            return broken.clone();
        }
        let mut message = format!("syntax error: unexpected {}", self.peek().describe());
        for (i, token) in expected.iter().enumerate() {
            message.push_str(if i == 0 { ", expecting " } else { " or " });
            message.push_str(token);
        }
        TraceqlError::parse(self.place(), message)
    }

    /// Counts an operator.
    fn operator(&mut self) -> Result<(), TraceqlError> {
        self.operators += 1;
        match self.operators > MAX_OPERATORS {
            true => Err(TraceqlError::parse(self.place(), format!("more than {MAX_OPERATORS} operators"))),
            false => Ok(()),
        }
    }

    /// Counts an operator or second stage of metrics.
    fn metrics_step(&mut self) -> Result<(), TraceqlError> {
        self.metrics_operators += 1;
        let text = || format!("more than {MAX_METRICS_OPERATORS} operators and stages of metrics");
        match self.metrics_operators > MAX_METRICS_OPERATORS {
            true => Err(TraceqlError::parse(self.place(), text())),
            false => Ok(()),
        }
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, TraceqlError>,
    ) -> Result<T, TraceqlError> {
        if self.depth == MAX_DEPTH {
            return Err(TraceqlError::parse(self.place(), format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn body(&mut self) -> Result<Body, TraceqlError> {
        let node = self.sequence()?;
        self.finish(node)
    }

    /// `(name=value, ...)`
    fn hints(&mut self) -> Result<Vec<(String, Value)>, TraceqlError> {
        self.expect("(", &["("])?;
        let mut hints = Vec::new();
        loop {
            let Token::Identifier(name) = self.peek().clone() else {
                return Err(self.unexpected(&["IDENTIFIER"]));
            };
            self.at += 1;
            self.expect("=", &["="])?;
            hints.push((name, self.literal()?));
            if self.eat(")") {
                return Ok(hints);
            }
            self.expect(",", &[")", ","])?;
        }
    }
}

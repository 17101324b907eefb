//! A Pratt parser: operators by binding power here, what stands between them in `primary` and `selector`.
//!
//! The first syntax error ends the parse; a tree without one is then checked for types, and all of those errors are
//! returned. Texts and positions of errors are those that users of the language know, so an error inside of an
//! aggregation, an offset or a bracket is reported in the words of the innermost of these.

use crate::check;
use crate::options::ParseOptions;
use crate::syntax::ast::{Binary, BinaryOp, Expr, Unary};
use crate::syntax::lexer::{Kind, Token, Word, tokens};
use query::{Cardinality, Diagnostic, Span, VectorMatching};
use std::fmt;

/// Greatest height of a tree: higher ones would exhaust the stack of whoever walks them. Operators in a row count too,
/// as each has the one before it as an operand.
pub const MAX_DEPTH: usize = 200;

/// Why a query does not parse: at least one message, the most telling first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseErrors(pub Vec<Diagnostic>);

impl fmt::Display for ParseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.first() {
            Some(first) => write!(f, "{}: parse error: {}", first.position, first.message),
            None => f.write_str("error contains no error message"),
        }
    }
}

impl std::error::Error for ParseErrors {}

/// Parses and checks an expression.
pub fn parse(text: &str, options: &ParseOptions) -> Result<Expr, ParseErrors> {
    let mut parser = Parser::new(text, options);
    let parsed = parser.whole();
    let mut errors = parser.errors;
    if let (Ok(expr), true) = (&parsed, errors.is_empty()) {
        errors = check::check(text, expr);
    }
    match parsed {
        Ok(expr) if errors.is_empty() => Ok(check::finish(expr)),
        _ => Err(ParseErrors(errors)),
    }
}

/// Parses a series selector such as `up{job="a"}` (the `match[]` of the API).
pub fn parse_selector(text: &str) -> Result<Vec<model::Matcher>, ParseErrors> {
    let options = ParseOptions::default();
    let mut parser = Parser::new(text, &options);
    let parsed = parser.selector_only();
    let mut errors = parser.errors;
    if let (Ok(selector), true) = (&parsed, errors.is_empty()) {
        errors = check::check(text, &Expr::Vector(Box::new(selector.clone())));
    }
    match parsed {
        Ok(selector) if errors.is_empty() => Ok(selector.matchers),
        _ => Err(ParseErrors(errors)),
    }
}

/// A syntax error was recorded; the parse cannot go on.
#[derive(Debug)]
pub(super) struct Failed;

pub(super) type Parsed<T> = Result<T, Failed>;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) options: &'a ParseOptions,
    tokens: Vec<Token>,
    at: usize,
    pub(super) errors: Vec<Diagnostic>,
    /// Where we are and what was expected there, for errors that have no better words.
    pub(super) contexts: Vec<(&'static str, &'static str)>,
    depth: usize,
    /// Height of the expression read last.
    height: usize,
    /// Terms read of the current duration expression.
    pub(super) duration_terms: usize,
}

/// How tightly operators bind; higher is tighter.
fn power(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
        BinaryOp::Pow => POW_POWER,
        _ => 3,
    }
}

pub(super) const POW_POWER: u8 = 6;

pub(super) fn binary_op(kind: &Kind) -> Option<BinaryOp> {
    Some(match kind {
        Kind::Sign(sign) => match *sign {
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Sub,
            "*" => BinaryOp::Mul,
            "/" => BinaryOp::Div,
            "%" => BinaryOp::Mod,
            "^" => BinaryOp::Pow,
            "==" => BinaryOp::Equal,
            "!=" => BinaryOp::NotEqual,
            ">" => BinaryOp::Greater,
            "<" => BinaryOp::Less,
            ">=" => BinaryOp::GreaterEqual,
            "<=" => BinaryOp::LessEqual,
            "</" => BinaryOp::TrimUpper,
            ">/" => BinaryOp::TrimLower,
            _ => return None,
        },
        Kind::Word(Word::Operator(word)) => match *word {
            "and" => BinaryOp::And,
            "or" => BinaryOp::Or,
            "unless" => BinaryOp::Unless,
            _ => BinaryOp::Atan2,
        },
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, options: &'a ParseOptions) -> Self {
        Parser {
            text,
            options,
            tokens: tokens(text),
            at: 0,
            errors: Vec::new(),
            contexts: Vec::new(),
            depth: 0,
            height: 0,
            duration_terms: 0,
        }
    }

    fn whole(&mut self) -> Parsed<Expr> {
        if self.peek().kind == Kind::End {
            // Positions cannot be told in a text without an expression, unless it has other bytes.
            return Err(self.fail(Span::default(), "no expression found in input"));
        }
        let expr = self.expression(0)?;
        match self.peek().kind {
            Kind::End => Ok(expr),
            _ => Err(self.unexpected()),
        }
    }

    fn selector_only(&mut self) -> Parsed<crate::syntax::ast::VectorSelector> {
        let Some(selector) = self.try_vector_selector()? else { return Err(self.unexpected()) };
        match self.peek().kind {
            Kind::End => Ok(selector),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek_second(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)]
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.peek().kind, Kind::Sign(s) if *s == sign)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(&self.peek().kind, Kind::Word(Word::Keyword(k)) if *k == keyword)
    }

    pub(super) fn accept_sign(&mut self, sign: &str) -> Option<Token> {
        self.is_sign(sign).then(|| self.advance())
    }

    pub(super) fn accept_keyword(&mut self, keyword: &str) -> Option<Token> {
        self.is_keyword(keyword).then(|| self.advance())
    }

    /// `sign`, or an error in the words of the context.
    pub(super) fn expect_sign(&mut self, sign: &str) -> Parsed<Token> {
        self.accept_sign(sign).ok_or_else(|| self.unexpected())
    }

    /// The end of the last token read.
    pub(super) fn last_end(&self) -> usize {
        self.tokens[..self.at.min(self.tokens.len())].last().map_or(0, |t| t.span.end)
    }

    /// The text of a token.
    pub(super) fn written(&self, token: &Token) -> &'a str {
        &self.text[token.span.start..token.span.end]
    }

    /// Records an error that does not end the parse.
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(self.text, span, message));
    }

    pub(super) fn fail(&mut self, span: Span, message: impl Into<String>) -> Failed {
        self.error(span, message);
        Failed
    }

    /// The next token cannot stand here.
    pub(super) fn unexpected(&mut self) -> Failed {
        let (context, expected) = self.contexts.last().copied().unwrap_or(("", ""));
        self.unexpected_in(context, expected)
    }

    /// The next token cannot stand here, in the words of one place.
    pub(super) fn unexpected_in(&mut self, context: &str, expected: &str) -> Failed {
        let token = self.peek().clone();
        if let Kind::Error(message) = &token.kind {
            return self.fail(token.span, message.clone());
        }
        let mut message = format!("unexpected {}", token.describe(self.text));
        if !context.is_empty() {
            message.push_str(" in ");
            message.push_str(context);
        }
        if !expected.is_empty() {
            message.push_str(", expected ");
            message.push_str(expected);
        }
        self.fail(token.span, message)
    }

    /// Runs `inner` with other words for errors.
    pub(super) fn within<T>(
        &mut self,
        context: &'static str,
        expected: &'static str,
        inner: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        self.contexts.push((context, expected));
        let result = inner(self);
        self.contexts.pop();
        result
    }

    pub(super) fn expression(&mut self, least: u8) -> Parsed<Expr> {
        self.depth += 1;
        self.limit(self.depth)?;
        let mut lhs = self.operand()?;
        while let Some(op) = binary_op(&self.peek().kind).filter(|op| power(*op) >= least) {
            let height = self.height;
            self.advance();
            lhs = self.binary(lhs, op)?;
            self.grown(self.height.max(height))?;
        }
        self.depth -= 1;
        Ok(lhs)
    }

    fn limit(&mut self, reached: usize) -> Parsed<()> {
        if reached <= MAX_DEPTH {
            return Ok(());
        }
        let span = self.peek().span;
        Err(self.fail(span, format!("expression is nested more than {MAX_DEPTH} deep")))
    }

    /// The expression just read stands one above operands of height `below`.
    pub(super) fn grown(&mut self, below: usize) -> Parsed<()> {
        self.height = below + 1;
        self.limit(self.height)
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Counts one more term of a duration expression.
    pub(super) fn another_term(&mut self) -> Parsed<()> {
        self.duration_terms += 1;
        self.limit(self.duration_terms)
    }

    /// An operand with its signs. A sign binds like `*`, so only `^` is read into its operand.
    fn operand(&mut self) -> Parsed<Expr> {
        let negative = match &self.peek().kind {
            Kind::Sign("-") => true,
            Kind::Sign("+") => false,
            _ => return self.postfix(),
        };
        let start = self.advance().span.start;
        Ok(match self.expression(POW_POWER)? {
            Expr::Number(mut number) => {
                if negative {
                    number.value = -number.value;
                }
                number.span.start = start;
                Expr::Number(number)
            }
            operand => {
                self.grown(self.height)?;
                let span = Span::new(start, operand.span().end);
                Expr::Unary(Box::new(Unary { negative, operand, span }))
            }
        })
    }

    fn binary(&mut self, lhs: Expr, op: BinaryOp) -> Parsed<Expr> {
        let return_bool = self.accept_keyword("bool").is_some();
        let mut matching = VectorMatching::default();
        let matched = match (self.is_keyword("on"), self.is_keyword("ignoring")) {
            (false, false) => false,
            (on, _) => {
                self.advance();
                matching.on = on;
                matching.labels = self.grouping_labels()?;
                true
            }
        };
        if matched {
            let group = if self.accept_keyword("group_left").is_some() {
                Some(Cardinality::ManyToOne)
            } else {
                self.accept_keyword("group_right").map(|_| Cardinality::OneToMany)
            };
            if let Some(cardinality) = group {
                matching.cardinality = cardinality;
                if self.is_sign("(") {
                    matching.include = self.grouping_labels()?;
                }
            }
        }
        self.fill_modifiers(&mut matching)?;
        let rhs = self.expression(if op == BinaryOp::Pow { POW_POWER } else { power(op) + 1 })?;
        if matching.fills() && !self.options.fill_modifiers {
            let span = lhs.span().to(rhs.span());
            self.error(span, "binop fill modifiers are experimental and not enabled");
        }
        Ok(Expr::Binary(Box::new(Binary { op, lhs, rhs, return_bool, matching: Some(matching) })))
    }

    fn fill_modifiers(&mut self, matching: &mut VectorMatching) -> Parsed<()> {
        if self.accept_keyword("fill").is_some() {
            let value = self.fill_value()?;
            (matching.fill_left, matching.fill_right) = (Some(value), Some(value));
            return Ok(());
        }
        for _ in 0..2 {
            if matching.fill_left.is_none() && self.accept_keyword("fill_left").is_some() {
                matching.fill_left = Some(self.fill_value()?);
            } else if matching.fill_right.is_none() && self.accept_keyword("fill_right").is_some() {
                matching.fill_right = Some(self.fill_value()?);
            }
        }
        Ok(())
    }

    fn fill_value(&mut self) -> Parsed<f64> {
        self.expect_sign("(")?;
        let negative = self.accept_sign("-").is_some();
        if !negative {
            self.accept_sign("+");
        }
        let Some(number) = self.try_number()? else { return Err(self.unexpected()) };
        self.expect_sign(")")?;
        Ok(if negative { -number.value } else { number.value })
    }
}

#[cfg(test)]
mod tests;

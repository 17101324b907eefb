//! Tokens -> expression: recursive descent for stages, precedence climbing for operators.
//!
//! An error names the token that could not be used, and up to four that could: the same ones, in the same order, as the
//! table-driven parser of the replaced system does. [`Parser::unexpected`] takes that list; where more than four tokens
//! fit, the list is empty.

use super::ast::*;
use super::lexer::{Kind, Lexer, Token};
use crate::error::ParseError;
use crate::units;
use model::{MatchOp, Matcher};

mod metric;
mod stages;

/// The deepest nesting of brackets and operators: far beyond any query, and below what the stack holds.
const MAX_DEPTH: usize = 100;

/// The most operators and joined conditions of a query: each makes the expression one level deeper, and what walks the
/// expression must fit a thread's stack of 2 MiB (a level takes up to 4 KiB where nothing is optimised).
const MAX_LINKS: usize = 200;

pub(super) type Parsed<T> = Result<T, ParseError>;

pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token,
    depth: usize,
    links: usize,
    /// Open parentheses of label filters: as many as there may be joined conditions, since that is how they print.
    open: usize,
}

/// Reads and checks a query.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    let expr = parse_unchecked(text)?;
    crate::check::check(&expr)?;
    Ok(expr)
}

/// Reads a query, checks it, and sees that its stages compile: what files of rules are checked with.
pub fn parse_and_compile(text: &str) -> Result<Expr, ParseError> {
    let expr = parse(text)?;
    crate::check::check_stages(&expr)?;
    Ok(expr)
}

/// Reads a query without the checks that need its meaning.
pub(crate) fn parse_unchecked(text: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(text);
    let parsed = parser.query();
    match parser.lexer.error {
        Some(error) => Err(ParseError::at(error.message, error.at)),
        None => parsed,
    }
}

/// Reads a stream selector on its own (`{a="b"}`), as label and series requests use it. Any matchers are allowed.
pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>, ParseError> {
    match parse_unchecked(text)? {
        Expr::Log(LogExpr { matchers, stages }) if stages.is_empty() => Ok(matchers),
        _ => Err(ParseError::bare("only label matchers are supported")),
    }
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let mut lexer = Lexer::new(text);
        let token = lexer.next_token();
        Parser { text, lexer, token, depth: 0, links: 0, open: 0 }
    }

    fn query(&mut self) -> Parsed<Expr> {
        let expr = self.expr(0)?;
        match self.token.kind {
            Kind::End => Ok(expr),
            _ => self.unexpected(&[]),
        }
    }

    fn word(&self) -> &'a str {
        &self.text[self.token.span.clone()]
    }

    fn advance(&mut self) -> Token {
        let next = self.lexer.next_token();
        std::mem::replace(&mut self.token, next)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token.kind, Kind::Symbol(s) if s == symbol)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &'static str, expected: &[&str]) -> Parsed<()> {
        if self.eat(symbol) { Ok(()) } else { self.unexpected(expected) }
    }

    /// Fails at the current token.
    fn unexpected<T>(&self, expected: &[&str]) -> Parsed<T> {
        let mut message = format!("syntax error: unexpected {}", self.token_name());
        if !expected.is_empty() {
            message.push_str(", expecting ");
            message.push_str(&expected.join(" or "));
        }
        Err(ParseError::at(message, self.token.at))
    }

    fn token_name(&self) -> String {
        match &self.token.kind {
            Kind::End => "$end".to_owned(),
            Kind::Identifier => "IDENTIFIER".to_owned(),
            Kind::Text(_) => "STRING".to_owned(),
            Kind::Number => "NUMBER".to_owned(),
            Kind::Duration(_) => "DURATION".to_owned(),
            Kind::Bytes(_) => "BYTES".to_owned(),
            Kind::Range(_) => "RANGE".to_owned(),
            Kind::Flag => "FUNCTION_FLAG".to_owned(),
            Kind::Function => match self.word() {
                "ip" => "ip".to_owned(),
                word @ ("bytes" | "duration" | "duration_seconds") => format!("{}_CONV", word.to_uppercase()),
                word => word.to_uppercase(),
            },
            Kind::Symbol(symbol) => (*symbol).to_owned(),
        }
    }

    fn is_function(&self, name: &str) -> bool {
        self.token.kind == Kind::Function && self.word() == name
    }

    fn identifier(&mut self, expected: &[&str]) -> Parsed<String> {
        match self.token.kind {
            // A stray character is an identifier to the reference, and then a name that cannot be printed and read again.
            Kind::Identifier if self.word().starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) => {
                let name = self.word().to_owned();
                self.advance();
                Ok(name)
            }
            _ => self.unexpected(expected),
        }
    }

    fn text_literal(&mut self, expected: &[&str]) -> Parsed<String> {
        match &self.token.kind {
            Kind::Text(text) if self.word().starts_with(['"', '`']) => {
                let text = text.clone();
                self.advance();
                Ok(text)
            }
            _ => self.unexpected(expected),
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(ParseError::at(
                format!("query is nested deeper than {MAX_DEPTH} levels"),
                self.token.at,
            ));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }

    /// Counts an operator or a joined condition.
    fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        if self.links > MAX_LINKS {
            let message = format!("query joins more than {MAX_LINKS} expressions or conditions");
            return Err(ParseError::at(message, self.token.at));
        }
        Ok(())
    }

    /// Operators of at least this precedence. `^` binds to the right, the others to the left.
    fn expr(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.deeper(Self::operand)?;
        while let Some(op) = self.binary_op() {
            if op.precedence() < least {
                break;
            }
            self.advance();
            self.link()?;
            let matching = self.matching()?;
            let next = if op == BinaryOp::Pow { op.precedence() } else { op.precedence() + 1 };
            let right = self.deeper(|p| p.expr(next))?;
            left = Expr::Metric(binary(op, matching, left, right)?);
        }
        Ok(left)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        match self.token.kind {
            Kind::Symbol("{") => self.log_expr().map(Expr::Log),
            Kind::Symbol("(") => {
                self.advance();
                let inner = self.expr(0)?;
                self.expect(")", &[])?;
                Ok(inner)
            }
            Kind::Symbol(sign @ ("+" | "-")) => {
                self.advance();
                let value = self.number(&["NUMBER"])?;
                Ok(Expr::Metric(MetricExpr::Literal(if sign == "-" { -value } else { value })))
            }
            Kind::Number => self.number(&[]).map(|value| Expr::Metric(MetricExpr::Literal(value))),
            Kind::Function => self.function().map(Expr::Metric),
            _ => self.unexpected(&[]),
        }
    }

    fn number(&mut self, expected: &[&str]) -> Parsed<f64> {
        match self.token.kind {
            Kind::Number => {
                let value = units::parse_go_float(self.word())
                    .map_err(|e| ParseError::bare(format!("unable to parse literal as a float: {e}")))?;
                self.advance();
                Ok(value)
            }
            _ => self.unexpected(expected),
        }
    }

    fn log_expr(&mut self) -> Parsed<LogExpr> {
        let matchers = self.selector()?;
        let stages = self.stages()?;
        Ok(LogExpr { matchers, stages })
    }

    fn selector(&mut self) -> Parsed<Vec<Matcher>> {
        self.expect("{", &[])?;
        let mut matchers = Vec::new();
        if self.eat("}") {
            return Ok(matchers);
        }
        loop {
            let expected: &[&str] = if matchers.is_empty() { &["IDENTIFIER", "}"] } else { &["IDENTIFIER"] };
            matchers.push(self.matcher(expected)?);
            if self.eat("}") {
                return Ok(matchers);
            }
            self.expect(",", &["}", ","])?;
        }
    }

    fn matcher(&mut self, expected: &[&str]) -> Parsed<Matcher> {
        let name = self.identifier(expected)?;
        let op = self.match_op(&["=", "=~", "!~", "!="])?;
        let value = self.text_literal(&["STRING"])?;
        self.make_matcher(name, op, value)
    }

    fn match_op(&mut self, expected: &[&str]) -> Parsed<MatchOp> {
        let op = match self.token.kind {
            Kind::Symbol("=") => MatchOp::Equal,
            Kind::Symbol("!=") => MatchOp::NotEqual,
            Kind::Symbol("=~") => MatchOp::Regex,
            Kind::Symbol("!~") => MatchOp::NotRegex,
            _ => return self.unexpected(expected),
        };
        self.advance();
        Ok(op)
    }

    fn make_matcher(&self, name: String, op: MatchOp, value: String) -> Parsed<Matcher> {
        if matches!(op, MatchOp::Regex | MatchOp::NotRegex) {
            crate::regexp::check(&value).map_err(ParseError::bare)?;
        }
        Matcher::new(name, op, value.as_str())
            .map_err(|e| ParseError::bare(format!("error parsing regexp: {}: `{value}`", e.reason)))
    }
}

/// Joins two sides; two numbers become one.
fn binary(op: BinaryOp, matching: Matching, left: Expr, right: Expr) -> Parsed<MetricExpr> {
    let side = |expr: Expr, name: &str| match expr {
        Expr::Metric(metric) => Ok(metric),
        Expr::Log(log) => {
            let kind = if log.stages.is_empty() { "MatchersExpr" } else { "PipelineExpr" };
            Err(ParseError::bare(format!(
                "unexpected type for {name} leg of binary operation ({}): *syntax.{kind}",
                op.as_str()
            )))
        }
    };
    let (left, right) = (side(left, "left")?, side(right, "right")?);
    if op.is_set() {
        for (expr, name) in [(&left, "left"), (&right, "right")] {
            if let MetricExpr::Literal(value) = expr {
                return Err(ParseError::bare(format!(
                    "unexpected literal for {name} leg of logical/set binary operation ({}): {value:.6}",
                    op.as_str()
                )));
            }
        }
    }
    if let (MetricExpr::Literal(a), MetricExpr::Literal(b)) = (&left, &right) {
        return Ok(MetricExpr::Literal(crate::exec::binary::apply_literals(op, *a, *b)));
    }
    Ok(MetricExpr::Binary { op, matching, left: Box::new(left), right: Box::new(right) })
}

//! Series selectors (`up{job="a"}`) and duration expressions (`5m * 2`).

use super::ast::{BinaryOp, Duration, DurationExpr, DurationKind, NumberLiteral, VectorSelector};
use super::lexer::{Kind, Word};
use super::parser::{POW_POWER, Parsed, Parser, binary_op};
use model::{METRIC_NAME, MatchOp, Matcher};
use query::Span;

/// Durations beyond this many seconds do not fit into 64 bits of nanoseconds.
const MAX_SECONDS: f64 = 9_223_372_036.854_775;

const LABELS: &str = "label matching";

impl Parser<'_> {
    /// A selector, if one comes next.
    pub(super) fn try_vector_selector(&mut self) -> Parsed<Option<VectorSelector>> {
        let named = match &self.peek().kind {
            Kind::Identifier | Kind::MetricIdentifier => true,
            Kind::Word(Word::Aggregator(_) | Word::Moment(_)) => true,
            Kind::Word(Word::Operator(word)) => *word != "atan2",
            Kind::Word(Word::Keyword(word)) => {
                matches!(
                    *word,
                    "by" | "without"
                        | "offset"
                        | "anchored"
                        | "smoothed"
                        | "fill"
                        | "fill_left"
                        | "fill_right"
                )
            }
            _ => false,
        };
        if !named && !self.is_sign("{") {
            return Ok(None);
        }
        let start = self.peek().span.start;
        let mut name = String::new();
        if named {
            let token = self.advance();
            name = self.written(&token).to_owned();
        }
        let mut matchers = if self.is_sign("{") { self.label_matchers()? } else { Vec::new() };
        if !name.is_empty() {
            matchers.push(Matcher::equal(METRIC_NAME, name.clone()));
        }
        let span = Span::new(start, self.last_end());
        Ok(Some(VectorSelector {
            name,
            matchers,
            offset: Duration::ZERO,
            at: None,
            anchored: false,
            smoothed: false,
            span,
        }))
    }

    fn label_matchers(&mut self) -> Parsed<Vec<Matcher>> {
        self.advance();
        let mut matchers = Vec::new();
        while self.accept_sign("}").is_none() {
            let token = self.peek().clone();
            let name = match token.kind {
                Kind::Identifier => {
                    self.advance();
                    self.written(&token).to_owned()
                }
                Kind::Text => {
                    self.advance();
                    self.text_literal(&token).value
                }
                _ => return Err(self.unexpected_in(LABELS, "identifier or \"}\"")),
            };
            let op = match &self.peek().kind {
                Kind::Sign("=") => Some(MatchOp::Equal),
                Kind::Sign("!=") => Some(MatchOp::NotEqual),
                Kind::Sign("=~") => Some(MatchOp::Regex),
                Kind::Sign("!~") => Some(MatchOp::NotRegex),
                _ => None,
            };
            match op {
                Some(op) => {
                    self.advance();
                    let value = self.peek().clone();
                    if value.kind != Kind::Text {
                        return Err(self.unexpected_in(LABELS, "string"));
                    }
                    self.advance();
                    let literal = self.text_literal(&value);
                    match Matcher::new(name, op, literal.value) {
                        Ok(matcher) => matchers.push(matcher),
                        Err(bad) => {
                            self.error(token.span.to(value.span), bad.to_string());
                        }
                    }
                }
                // A string alone is the metric's name.
                None if token.kind == Kind::Text => matchers.push(Matcher::equal(METRIC_NAME, name)),
                None => return Err(self.unexpected_in(LABELS, "label matching operator")),
            }
            if !self.is_sign("}") && self.accept_sign(",").is_none() {
                return Err(self.unexpected_in(LABELS, "\",\" or \"}\""));
            }
        }
        Ok(matchers)
    }

    /// The duration of a range or of a subquery's step: constants must be above 0.
    pub(super) fn positive_duration(&mut self) -> Parsed<Duration> {
        self.duration_terms = 0;
        let expr = self.duration_expression(0)?;
        if let DurationKind::Number(number) = &expr.kind
            && number.value <= 0.0
        {
            self.error(number.span, "duration must be greater than 0");
        }
        Ok(as_duration(expr))
    }

    /// The duration of an offset: one operand with at most one sign; more needs parentheses, as operators belong to the
    /// expression around it.
    pub(super) fn offset_duration(&mut self) -> Parsed<Duration> {
        self.duration_terms = 0;
        let sign =
            self.accept_sign("-").map(|t| (true, t)).or_else(|| self.accept_sign("+").map(|t| (false, t)));
        let operand = self.duration_operand()?;
        Ok(as_duration(match sign {
            Some((negative, token)) => self.signed(operand, negative, token.span.start),
            None => operand,
        }))
    }

    fn duration_expression(&mut self, least: u8) -> Parsed<DurationExpr> {
        self.another_term()?;
        let mut lhs = match (self.is_sign("-"), self.is_sign("+")) {
            (false, false) => self.duration_operand()?,
            (negative, _) => {
                let start = self.advance().span.start;
                let operand = self.duration_expression(POW_POWER)?;
                self.signed(operand, negative, start)
            }
        };
        while let Some((op, power)) = duration_op(&self.peek().kind).filter(|(_, power)| *power >= least) {
            let token = self.advance();
            self.experimental(lhs.span);
            let rhs = self.duration_expression(if op == BinaryOp::Pow { power } else { power + 1 })?;
            let by_zero = matches!(&rhs.kind, DurationKind::Number(n) if n.value == 0.0);
            match op {
                BinaryOp::Div if by_zero => self.error(token.span, "division by zero"),
                BinaryOp::Mod if by_zero => self.error(token.span, "modulo by zero"),
                _ => {}
            }
            let span = lhs.span.to(rhs.span);
            let kind = DurationKind::Binary(op, Box::new(lhs), Box::new(rhs));
            lhs = DurationExpr { kind, wrapped: false, span };
        }
        Ok(lhs)
    }

    fn duration_operand(&mut self) -> Parsed<DurationExpr> {
        self.another_term()?;
        if let Some(number) = self.try_number()? {
            if number.value.abs() > MAX_SECONDS {
                self.error(number.span, "duration out of range");
            }
            let span = number.span;
            return Ok(DurationExpr { kind: DurationKind::Number(number), wrapped: false, span });
        }
        let start = self.peek().span.start;
        let kind = match self.peek().kind {
            Kind::Sign("(") => {
                self.advance();
                let inner = self.duration_expression(0)?;
                self.expect_sign(")")?;
                self.experimental(inner.span);
                return Ok(wrap(inner, Span::new(start, self.last_end())));
            }
            Kind::Word(Word::Moment(word @ ("step" | "range"))) => {
                self.advance();
                self.expect_sign("(")?;
                self.expect_sign(")")?;
                if word == "step" { DurationKind::Step } else { DurationKind::Range }
            }
            Kind::Word(Word::Moment(word @ ("min_of" | "max_of"))) => {
                self.advance();
                self.expect_sign("(")?;
                let first = Box::new(self.duration_expression(0)?);
                self.expect_sign(",")?;
                let second = Box::new(self.duration_expression(0)?);
                self.expect_sign(")")?;
                if word == "min_of" {
                    DurationKind::MinOf(first, second)
                } else {
                    DurationKind::MaxOf(first, second)
                }
            }
            _ => return Err(self.unexpected()),
        };
        let span = Span::new(start, self.last_end());
        self.experimental(span);
        Ok(DurationExpr { kind, wrapped: false, span })
    }

    fn signed(&mut self, operand: DurationExpr, negative: bool, start: usize) -> DurationExpr {
        let span = Span::new(start, operand.span.end);
        match operand.kind {
            DurationKind::Number(number) if !operand.wrapped => {
                let value = if negative { -number.value } else { number.value };
                DurationExpr {
                    kind: DurationKind::Number(NumberLiteral { value, span, ..number }),
                    wrapped: false,
                    span,
                }
            }
            _ if negative => {
                DurationExpr { kind: DurationKind::Minus(Box::new(operand)), wrapped: false, span }
            }
            _ => operand,
        }
    }

    fn experimental(&mut self, span: Span) {
        if !self.options.duration_expressions {
            self.error(span, "experimental duration expression is not enabled");
        }
    }
}

fn duration_op(kind: &Kind) -> Option<(BinaryOp, u8)> {
    match binary_op(kind)? {
        op @ (BinaryOp::Add | BinaryOp::Sub) => Some((op, 4)),
        op @ (BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod) => Some((op, 5)),
        BinaryOp::Pow => Some((BinaryOp::Pow, POW_POWER)),
        _ => None,
    }
}

/// A number in parentheses is kept as an expression, so that it prints as it was written.
fn wrap(inner: DurationExpr, span: Span) -> DurationExpr {
    match inner.kind {
        DurationKind::Number(_) => {
            DurationExpr { kind: DurationKind::Plus(Box::new(inner)), wrapped: true, span }
        }
        kind => DurationExpr { kind, wrapped: true, span },
    }
}

fn as_duration(expr: DurationExpr) -> Duration {
    match expr.kind {
        DurationKind::Number(number) => Duration::Millis(millis_of(number.value)),
        _ => Duration::Expr(expr),
    }
}

/// Milliseconds of a literal: rounded to nanoseconds first, then cut.
fn millis_of(seconds: f64) -> i64 {
    ((seconds * 1e9).round() as i64) / 1_000_000
}

//! What stands between operators: literals, parentheses, calls, aggregations, and the modifiers that follow them.

use super::ast::{
    Aggregate, AggregateOp, At, Call, Duration, Expr, MatrixSelector, NumberLiteral, Paren, Subquery,
    TextLiteral,
};
use super::lexer::{Kind, Token, Word};
use super::parser::{Failed, Parsed, Parser};
use crate::functions;
use query::quote::{quote, quote_bytes, unquote};
use query::{Grouping, Span, duration, number};

const BRACKET: (&str, &str) = ("subquery or range selector", "number, duration, step(), or range()");
const SUBQUERY_STEP: (&str, &str) = ("subquery selector", "number, duration, step(), range(), or \"]\"");

impl Parser<'_> {
    /// A primary expression and the modifiers after it.
    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
        self.grown(0)?;
        let mut expr = self.primary()?;
        loop {
            expr = match &self.peek().kind {
                Kind::Sign("[") => {
                    self.grown(self.height())?;
                    self.range(expr)?
                }
                Kind::Sign("@") => self.at_modifier(expr)?,
                Kind::Word(Word::Keyword("offset")) => self.offset(expr)?,
                Kind::Word(Word::Keyword("anchored")) => self.extended(expr, true),
                Kind::Word(Word::Keyword("smoothed")) => self.extended(expr, false),
                _ => return Ok(expr),
            };
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        if let Some(number) = self.try_number()? {
            return Ok(Expr::Number(number));
        }
        let call_follows = matches!(self.peek_second().kind, Kind::Sign("("));
        match self.peek().kind.clone() {
            Kind::Text => {
                let token = self.advance();
                Ok(Expr::Text(self.text_literal(&token)))
            }
            Kind::Sign("(") => {
                let open = self.advance();
                let inner = self.expression(0)?;
                self.grown(self.height())?;
                let close = self.expect_sign(")")?;
                Ok(Expr::Paren(Box::new(Paren { inner, span: open.span.to(close.span) })))
            }
            Kind::Identifier if call_follows => self.call(),
            Kind::Word(Word::Moment(_)) if call_follows => self.call(),
            Kind::Word(Word::Aggregator(name)) if self.is_aggregation() => self.aggregation(name),
            _ => match self.try_vector_selector()? {
                Some(selector) => Ok(Expr::Vector(Box::new(selector))),
                None => Err(self.unexpected()),
            },
        }
    }

    /// Whether the aggregator that comes next aggregates, rather than being a metric of that name.
    fn is_aggregation(&self) -> bool {
        matches!(self.peek_second().kind, Kind::Sign("(") | Kind::Word(Word::Keyword("by" | "without")))
    }

    pub(super) fn try_number(&mut self) -> Parsed<Option<NumberLiteral>> {
        let kind = self.peek().kind.clone();
        if !matches!(kind, Kind::Number | Kind::Duration) {
            return Ok(None);
        }
        let token = self.advance();
        let written = self.written(&token);
        let value = match kind {
            Kind::Number => self.number(token.span, written),
            _ => duration::parse(written).map_or_else(
                |message| {
                    self.error(token.span, message);
                    0.0
                },
                |millis| millis as f64 / 1000.0,
            ),
        };
        Ok(Some(NumberLiteral { value, duration: kind == Kind::Duration, span: token.span }))
    }

    fn number(&mut self, span: Span, written: &str) -> f64 {
        let (value, reason) = match number::parse(written) {
            None => (0.0, "invalid syntax"),
            // Only the word may mean infinity.
            Some(value) if value.is_infinite() && written.starts_with(|c: char| !c.is_alphabetic()) => {
                (value, "value out of range")
            }
            Some(value) => return value,
        };
        let message =
            format!("error parsing number: strconv.ParseFloat: parsing {}: {reason}", quote(written));
        self.error(span, message);
        value
    }

    pub(super) fn text_literal(&mut self, token: &Token) -> TextLiteral {
        let written = self.written(token);
        let bytes = unquote(written).unwrap_or_else(|| {
            self.error(token.span, format!("error unquoting string {}: invalid syntax", quote(written)));
            Vec::new()
        });
        match String::from_utf8(bytes) {
            Ok(value) => TextLiteral { value, invalid: None, span: token.span },
            Err(bad) => {
                let bytes = bad.into_bytes();
                let value = String::from_utf8_lossy(&bytes).into_owned();
                TextLiteral { value, invalid: Some(bytes), span: token.span }
            }
        }
    }

    fn call(&mut self) -> Parsed<Expr> {
        let name = self.advance();
        let written = self.written(&name);
        let args = self.arguments()?;
        let span = Span::new(name.span.start, self.last_end());
        let lookup = if matches!(name.kind, Kind::Identifier) {
            written.to_owned()
        } else {
            written.to_ascii_lowercase()
        };
        let Some(function) = functions::find(&lookup) else {
            return Err(self.fail(name.span, format!("unknown function with name {}", quote(written))));
        };
        if function.experimental && !self.options.experimental_functions {
            self.error(name.span, format!("function {} is not enabled", quote(written)));
        }
        Ok(Expr::Call(Box::new(Call { function, args, span })))
    }

    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect_sign("(")?;
        let mut args = Vec::new();
        if self.accept_sign(")").is_some() {
            return Ok(args);
        }
        args.push(self.expression(0)?);
        let mut tallest = self.height();
        while let Some(comma) = self.accept_sign(",") {
            if self.is_sign(")") {
                self.error(comma.span, "trailing commas not allowed in function call args");
                break;
            }
            args.push(self.expression(0)?);
            tallest = tallest.max(self.height());
        }
        self.grown(tallest)?;
        self.expect_sign(")")?;
        Ok(args)
    }

    fn aggregation(&mut self, name: &str) -> Parsed<Expr> {
        let token = self.advance();
        let (mut args, grouping) = self.within("aggregation", "", |p| {
            let mut grouping = p.try_grouping()?;
            let args = p.arguments()?;
            if grouping.is_none() {
                grouping = p.try_grouping()?;
            }
            Ok((args, grouping.unwrap_or_default()))
        })?;
        let span = Span::new(token.span.start, self.last_end());
        let Some(op) = AggregateOp::ALL.iter().find(|(n, _)| *n == name).map(|(_, op)| *op) else {
            return Err(self.unexpected());
        };
        if args.is_empty() {
            return Err(self.fail(span, "no arguments for aggregate expression provided"));
        }
        if op.is_experimental() && !self.options.experimental_functions {
            let flag = "--enable-feature=promql-experimental-functions";
            return Err(self.fail(span, format!("{name}() is experimental and must be enabled with {flag}")));
        }
        let wanted = if op.has_parameter() { 2 } else { 1 };
        if args.len() != wanted {
            let count = args.len();
            let message = format!(
                "wrong number of arguments for aggregate expression provided, expected {wanted}, got {count}"
            );
            return Err(self.fail(span, message));
        }
        let expr = args.pop().ok_or(Failed)?;
        Ok(Expr::Aggregate(Box::new(Aggregate { op, expr, param: args.pop(), grouping, span })))
    }

    fn try_grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = self.is_keyword("without");
        if !without && !self.is_keyword("by") {
            return Ok(None);
        }
        self.advance();
        Ok(Some(Grouping { labels: self.grouping_labels()?, without }))
    }

    /// `(a, b, "c.d")`
    pub(super) fn grouping_labels(&mut self) -> Parsed<Vec<String>> {
        const PLACE: &str = "grouping opts";
        if self.accept_sign("(").is_none() {
            return Err(self.unexpected_in(PLACE, "\"(\""));
        }
        let mut labels = Vec::new();
        while self.accept_sign(")").is_none() {
            let token = self.peek().clone();
            let label = match &token.kind {
                Kind::Text => {
                    self.advance();
                    let literal = self.text_literal(&token);
                    if literal.invalid.is_some() || literal.value.is_empty() {
                        let shown = quote_bytes(literal.bytes());
                        self.error(token.span, format!("invalid label name for grouping: {shown}"));
                    }
                    literal.value
                }
                Kind::Identifier | Kind::MetricIdentifier | Kind::Word(_) => {
                    self.advance();
                    self.written(&token).to_owned()
                }
                _ => return Err(self.unexpected_in(PLACE, "label")),
            };
            labels.push(label);
            if !self.is_sign(")") && self.accept_sign(",").is_none() {
                return Err(self.unexpected_in(PLACE, "\",\" or \")\""));
            }
        }
        Ok(labels)
    }

    fn range(&mut self, expr: Expr) -> Parsed<Expr> {
        let open = self.advance();
        let range = self.within(BRACKET.0, BRACKET.1, Parser::positive_duration)?;
        if let Some(close) = self.accept_sign("]") {
            return Ok(self.matrix(expr, range, open.span.to(close.span)));
        }
        if self.accept_sign(":").is_none() {
            return Err(self.unexpected_in("subquery or range", "\":\" or \"]\""));
        }
        let mut step = Duration::ZERO;
        if !self.is_sign("]") {
            step = self.within(SUBQUERY_STEP.0, SUBQUERY_STEP.1, Parser::positive_duration)?;
            if !self.is_sign("]") {
                return Err(self.unexpected_in("subquery selector", "\"]\""));
            }
        }
        let close = self.advance();
        let span = expr.span().to(close.span);
        Ok(Expr::Subquery(Box::new(Subquery { expr, range, step, offset: Duration::ZERO, at: None, span })))
    }

    fn matrix(&mut self, expr: Expr, range: Duration, brackets: Span) -> Expr {
        let span = expr.span().to(brackets);
        let selector = match expr {
            Expr::Vector(selector) => {
                if !selector.offset.is_zero() {
                    self.error(brackets, "no offset modifiers allowed before range");
                } else if selector.at.is_some() {
                    self.error(brackets, "no @ modifiers allowed before range");
                }
                *selector
            }
            other => {
                self.error(brackets, "ranges only allowed for vector selectors");
                return other;
            }
        };
        Expr::Matrix(Box::new(MatrixSelector { selector, range, span }))
    }

    fn offset(&mut self, mut expr: Expr) -> Parsed<Expr> {
        self.advance();
        let offset =
            self.within("offset", "number, duration, step(), or range()", Parser::offset_duration)?;
        let (span, end) = (expr.span(), self.last_end());
        let target = match &mut expr {
            Expr::Vector(e) => {
                e.span.end = end;
                &mut e.offset
            }
            Expr::Matrix(e) => {
                e.span.end = end;
                &mut e.selector.offset
            }
            Expr::Subquery(e) => {
                e.span.end = end;
                &mut e.offset
            }
            _ => {
                let message = "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery";
                self.error(span, message);
                return Ok(expr);
            }
        };
        if target.is_zero() {
            *target = offset;
        } else {
            self.error(span, "offset may not be set multiple times");
        }
        Ok(expr)
    }

    fn at_modifier(&mut self, mut expr: Expr) -> Parsed<Expr> {
        self.advance();
        let span = expr.span();
        let at = self.within("@", "timestamp", Parser::timestamp)?;
        let end = self.last_end();
        let at = match at {
            Ok(at) => at,
            Err(seconds) => {
                let shown = number::format_fixed(seconds, 6);
                self.error(span, format!("timestamp out of bounds for @ modifier: {shown}"));
                At::Time(0)
            }
        };
        let target = match &mut expr {
            Expr::Vector(e) => {
                e.span.end = end;
                &mut e.at
            }
            Expr::Matrix(e) => {
                e.span.end = end;
                &mut e.selector.at
            }
            Expr::Subquery(e) => {
                e.span.end = end;
                &mut e.at
            }
            _ => {
                let message = "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery";
                self.error(span, message);
                return Ok(expr);
            }
        };
        if target.is_none() {
            *target = Some(at);
        } else {
            self.error(span, "@ <timestamp> may not be set multiple times");
        }
        Ok(expr)
    }

    /// What follows `@`. The inner error is a number of seconds that is no time.
    fn timestamp(&mut self) -> Parsed<Result<At, f64>> {
        if let Kind::Word(Word::Moment(word @ ("start" | "end"))) = self.peek().kind {
            self.advance();
            self.expect_sign("(")?;
            self.expect_sign(")")?;
            return Ok(Ok(if word == "start" { At::Start } else { At::End }));
        }
        let negative = self.accept_sign("-").is_some();
        if !negative {
            self.accept_sign("+");
        }
        let Some(number) = self.try_number()? else { return Err(self.unexpected()) };
        let seconds = if negative { -number.value } else { number.value };
        let millis = (seconds * 1000.0).round();
        let fits = seconds.is_finite() && seconds.abs() < i64::MAX as f64;
        Ok(if fits { Ok(At::Time(millis as i64)) } else { Err(seconds) })
    }

    fn extended(&mut self, mut expr: Expr, anchored: bool) -> Expr {
        self.advance();
        let name = if anchored { "anchored" } else { "smoothed" };
        let span = expr.span();
        if !self.options.extended_range_selectors {
            self.error(span, format!("{name} modifier is experimental and not enabled"));
            return expr;
        }
        let selector = match &mut expr {
            Expr::Vector(e) => &mut **e,
            Expr::Matrix(e) => &mut e.selector,
            Expr::Subquery(_) => {
                self.error(span, format!("{name} modifier is not supported for subqueries"));
                return expr;
            }
            _ => {
                self.error(span, format!("{name} modifier not implemented"));
                return expr;
            }
        };
        let other = if anchored { selector.smoothed } else { selector.anchored };
        if anchored {
            selector.anchored = true;
        } else {
            selector.smoothed = true;
        }
        if other {
            self.error(span, "anchored and smoothed modifiers cannot be used together");
        }
        expr
    }
}

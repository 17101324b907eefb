//! Functions of numbers: range aggregations, vector aggregations, operators with their matching.

use super::{Parsed, Parser};
use crate::error::ParseError;
use crate::syntax::ast::*;
use crate::syntax::lexer::Kind;

impl Parser<'_> {
    pub(super) fn function(&mut self) -> Parsed<MetricExpr> {
        let name = self.word();
        if let Some(op) = RangeOp::ALL.into_iter().find(|op| op.as_str() == name) {
            return self.range_aggregation(op);
        }
        if let Some(op) = VectorOp::ALL.into_iter().find(|op| op.as_str() == name) {
            return self.vector_aggregation(op);
        }
        match name {
            "vector" => {
                self.advance();
                self.expect("(", &["("])?;
                let value = self.number(&["NUMBER"])?;
                self.expect(")", &[")"])?;
                Ok(MetricExpr::Vector(value))
            }
            "label_replace" => self.label_replace(),
            _ => self.unexpected(&[]),
        }
    }

    fn label_replace(&mut self) -> Parsed<MetricExpr> {
        self.advance();
        self.expect("(", &["("])?;
        let inner = Box::new(self.metric()?);
        let mut texts = Vec::with_capacity(4);
        for _ in 0..4 {
            self.expect(",", &[","])?;
            texts.push(self.text_literal(&["STRING"])?);
        }
        self.expect(")", &[")"])?;
        let [target, replacement, source, pattern] =
            <[String; 4]>::try_from(texts).expect("the loop above pushed four");
        Ok(MetricExpr::LabelReplace { inner, target, replacement, source, pattern })
    }

    /// An expression that must be a number.
    fn metric(&mut self) -> Parsed<MetricExpr> {
        let at = self.token.at;
        match self.deeper(|p| p.expr(0))? {
            Expr::Metric(metric) => Ok(metric),
            Expr::Log(_) if matches!(self.token.kind, Kind::End) => self.unexpected(&[]),
            Expr::Log(_) => match self.unexpected::<()>(&[]) {
                Err(error) => Err(error),
                Ok(()) => Err(ParseError::at("a metric query is expected here", at)),
            },
        }
    }

    fn range_aggregation(&mut self, op: RangeOp) -> Parsed<MetricExpr> {
        self.advance();
        self.expect("(", &["("])?;
        let (mut parameter, mut counted) = (None, None);
        if op == RangeOp::ApproxCountDistinct {
            counted = Some(self.identifier(&["IDENTIFIER"])?);
            self.expect(",", &[","])?;
        } else if self.token.kind == Kind::Number {
            parameter = Some(self.number(&[])?);
            self.expect(",", &[","])?;
            if !self.is("{") && !self.is("(") {
                return self.unexpected(&["{", "("]);
            }
        } else if !self.is("{") && !self.is("(") {
            return self.unexpected(&["NUMBER", "{", "("]);
        }
        let range = self.deeper(Self::log_range)?;
        self.expect(")", &[")"])?;
        let grouping = self.grouping()?;
        Ok(MetricExpr::Range { op, parameter, counted, range, grouping })
    }

    /// Selector, stages and range; the range may stand before or after the stages, and the selector in parentheses.
    fn log_range(&mut self) -> Parsed<LogRange> {
        if self.eat("(") {
            let mut inner = self.deeper(|p| p.log_range_open(true))?;
            self.expect(")", &[])?;
            if inner.interval < 0 {
                inner = self.range_and_offset(inner)?;
            }
            return Ok(inner);
        }
        self.log_range_open(false)
    }

    /// Without the closing parenthesis; `interval` is negative when the range may still come after one.
    fn log_range_open(&mut self, inside: bool) -> Parsed<LogRange> {
        if inside && self.is("(") {
            return self.log_range();
        }
        let matchers = self.selector()?;
        let log = LogExpr { matchers, stages: Vec::new() };
        let mut range = LogRange { log, unwrap: None, interval: -1, offset: 0 };
        if matches!(self.token.kind, Kind::Range(_)) {
            range = self.range_and_offset(range)?;
            range.log.stages = self.stages()?;
            self.unwrap(&mut range)?;
            return Ok(range);
        }
        range.log.stages = self.stages()?;
        self.unwrap(&mut range)?;
        match self.token.kind {
            Kind::Range(_) => self.range_and_offset(range),
            _ if inside && self.is(")") => Ok(range),
            _ if range.unwrap.as_ref().is_some_and(|u| u.filters.is_empty()) => {
                self.unexpected(&["RANGE", "|"])
            }
            _ => self.unexpected(&[]),
        }
    }

    fn range_and_offset(&mut self, mut range: LogRange) -> Parsed<LogRange> {
        match self.token.kind {
            Kind::Range(nanos) => range.interval = nanos,
            _ => return self.unexpected(&[]),
        }
        self.advance();
        if self.eat("offset") {
            match self.token.kind {
                Kind::Duration(nanos) => range.offset = nanos,
                _ => return self.unexpected(&["DURATION"]),
            }
            self.advance();
        }
        Ok(range)
    }

    /// `| unwrap x | filters`: the bar is taken already by the stages that end before it.
    fn unwrap(&mut self, range: &mut LogRange) -> Parsed<()> {
        if !self.eat("unwrap") {
            return Ok(());
        }
        let conversion = match (&self.token.kind, self.word()) {
            (Kind::Function, "bytes") => Conversion::Bytes,
            (Kind::Function, "duration") => Conversion::Duration,
            (Kind::Function, "duration_seconds") => Conversion::DurationSeconds,
            _ => Conversion::None,
        };
        let label = if conversion == Conversion::None {
            self.identifier(&["IDENTIFIER", "BYTES_CONV", "DURATION_CONV", "DURATION_SECONDS_CONV"])?
        } else {
            self.advance();
            self.expect("(", &["("])?;
            let label = self.identifier(&["IDENTIFIER"])?;
            self.expect(")", &[")"])?;
            label
        };
        let mut unwrap = Unwrap { label, conversion, filters: Vec::new() };
        while self.eat("|") {
            if !matches!(self.token.kind, Kind::Identifier) && !self.is("(") {
                return self.unexpected(&["IDENTIFIER", "("]);
            }
            unwrap.filters.push(self.label_filter()?);
        }
        range.unwrap = Some(unwrap);
        Ok(())
    }

    fn vector_aggregation(&mut self, op: VectorOp) -> Parsed<MetricExpr> {
        self.advance();
        let mut grouping = self.grouping()?;
        self.expect("(", &["("])?;
        let mut parameter = None;
        let mut inner = None;
        if self.token.kind == Kind::Number {
            let text = self.word().to_owned();
            let value = self.number(&[])?;
            if self.eat(",") {
                parameter = Some(text);
            } else if self.binary_op().is_some() {
                inner = Some(self.metric_after(value)?);
            } else if self.is(")") {
                inner = Some(MetricExpr::Literal(value));
            } else {
                return self.unexpected(&[]);
            }
        }
        let inner = match inner {
            Some(inner) => inner,
            None => self.metric()?,
        };
        self.expect(")", &[])?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        Ok(MetricExpr::Aggregate { op, parameter, grouping, inner: Box::new(inner) })
    }

    /// An expression whose first operand was read already.
    fn metric_after(&mut self, first: f64) -> Parsed<MetricExpr> {
        let mut left = Expr::Metric(MetricExpr::Literal(first));
        while let Some(op) = self.binary_op() {
            self.advance();
            self.link()?;
            let matching = self.matching()?;
            let next = if op == BinaryOp::Pow { op.precedence() } else { op.precedence() + 1 };
            let right = self.deeper(|p| p.expr(next))?;
            left = Expr::Metric(super::binary(op, matching, left, right)?);
        }
        match left {
            Expr::Metric(metric) => Ok(metric),
            Expr::Log(_) => self.unexpected(&[]),
        }
    }

    pub(super) fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = self.is("without");
        if !without && !self.is("by") {
            return Ok(None);
        }
        self.advance();
        let labels = self.label_list()?;
        Ok(Some(Grouping { without, labels }))
    }

    fn label_list(&mut self) -> Parsed<Vec<String>> {
        self.expect("(", &["("])?;
        let mut labels = Vec::new();
        if self.eat(")") {
            return Ok(labels);
        }
        loop {
            let expected: &[&str] = if labels.is_empty() { &["IDENTIFIER", ")"] } else { &["IDENTIFIER"] };
            labels.push(self.identifier(expected)?);
            if self.eat(")") {
                return Ok(labels);
            }
            self.expect(",", &[",", ")"])?;
        }
    }

    pub(super) fn binary_op(&self) -> Option<BinaryOp> {
        let Kind::Symbol(symbol) = self.token.kind else { return None };
        Some(match symbol {
            "or" => BinaryOp::Or,
            "and" => BinaryOp::And,
            "unless" => BinaryOp::Unless,
            "==" => BinaryOp::Compare(CompareOp::Equal),
            "!=" => BinaryOp::Compare(CompareOp::NotEqual),
            ">" => BinaryOp::Compare(CompareOp::Greater),
            ">=" => BinaryOp::Compare(CompareOp::GreaterEqual),
            "<" => BinaryOp::Compare(CompareOp::Less),
            "<=" => BinaryOp::Compare(CompareOp::LessEqual),
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Sub,
            "*" => BinaryOp::Mul,
            "/" => BinaryOp::Div,
            "%" => BinaryOp::Mod,
            "^" => BinaryOp::Pow,
            _ => return None,
        })
    }

    pub(super) fn matching(&mut self) -> Parsed<Matching> {
        let mut matching = Matching { return_bool: self.eat("bool"), ..Matching::default() };
        let on = self.is("on");
        if !on && !self.is("ignoring") {
            return Ok(matching);
        }
        self.advance();
        matching.labels = Some((on, self.label_list()?));
        matching.cardinality = match self.token.kind {
            Kind::Symbol("group_left") => Cardinality::ManyToOne,
            Kind::Symbol("group_right") => Cardinality::OneToMany,
            _ => return Ok(matching),
        };
        self.advance();
        if self.is("(") {
            matching.include = self.label_list()?;
        }
        Ok(matching)
    }
}

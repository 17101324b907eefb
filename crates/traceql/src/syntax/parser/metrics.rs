//! Metrics: functions over pipelines, what may follow on them, and arithmetic between parenthesised queries.

use super::Parser;
use crate::error::TraceqlError;
use crate::syntax::ast::{Metrics, MetricsFunction, MetricsQuery, Name, Op, Pipeline, SecondStage};
use crate::syntax::token::Token;

/// Values an attribute that `compare()` keeps unless told otherwise.
const DEFAULT_TOP: usize = 10;

/// How tight arithmetic binds; looser than what joins span sets, which cannot meet it.
fn binding(op: Op) -> u8 {
    match op {
        Op::Add | Op::Subtract => 3,
        _ => 4,
    }
}

impl Parser {
    /// A metrics function with its arguments, if one starts here.
    pub(super) fn metrics_function(&mut self) -> Result<Option<MetricsFunction>, TraceqlError> {
        let Token::Sign(name) = *self.peek() else { return Ok(None) };
        let of: fn(Name) -> MetricsFunction = match name {
            "rate" | "count_over_time" => {
                self.at += 1;
                self.expect("(", &["("])?;
                self.expect(")", &[")"])?;
                let rate = name == "rate";
                return Ok(Some(if rate { MetricsFunction::Rate } else { MetricsFunction::CountOverTime }));
            }
            "quantile_over_time" => return self.quantile().map(Some),
            "compare" => return self.compare().map(Some),
            "min_over_time" => MetricsFunction::MinOverTime,
            "max_over_time" => MetricsFunction::MaxOverTime,
            "sum_over_time" => MetricsFunction::SumOverTime,
            "avg_over_time" => MetricsFunction::AvgOverTime,
            "histogram_over_time" => MetricsFunction::HistogramOverTime,
            _ => return Ok(None),
        };
        self.at += 1;
        self.expect("(", &["("])?;
        let name = self.name()?.ok_or_else(|| self.unexpected(&[]))?;
        self.expect(")", &[")"])?;
        Ok(Some(of(name)))
    }

    fn quantile(&mut self) -> Result<MetricsFunction, TraceqlError> {
        self.at += 1;
        self.expect("(", &["("])?;
        let name = self.name()?.ok_or_else(|| self.unexpected(&[]))?;
        let mut quantiles = Vec::new();
        self.expect(",", &[","])?;
        loop {
            quantiles.push(self.number(&["INTEGER", "FLOAT"])?);
            if self.eat(")") {
                return Ok(MetricsFunction::QuantileOverTime(name, quantiles));
            }
            self.expect(",", &[")", ","])?;
        }
    }

    fn number(&mut self, expected: &[&str]) -> Result<f64, TraceqlError> {
        let value = match *self.peek() {
            Token::Integer(int) => int as f64,
            Token::Float(float) => float,
            _ => return Err(self.unexpected(expected)),
        };
        self.at += 1;
        Ok(value)
    }

    fn integer(&mut self) -> Result<i64, TraceqlError> {
        let Token::Integer(int) = *self.peek() else { return Err(self.unexpected(&["INTEGER"])) };
        self.at += 1;
        Ok(int)
    }

    fn compare(&mut self) -> Result<MetricsFunction, TraceqlError> {
        self.at += 1;
        self.expect("(", &["("])?;
        self.expect("{", &["{"])?;
        let selection = Box::new(self.filter()?);
        let (mut top, mut window) = (DEFAULT_TOP, None);
        if !self.peek().is(")") {
            self.expect(",", &[")", ","])?;
            top = usize::try_from(self.integer()?).unwrap_or(0);
        }
        if !self.peek().is(")") {
            self.expect(",", &[")", ","])?;
            let start = self.integer()?;
            self.expect(",", &[","])?;
            // Zeros stand for no window.
            window = Some((start, self.integer()?)).filter(|window| *window != (0, 0));
        }
        self.expect(")", &[")"])?;
        Ok(MetricsFunction::Compare { selection, top, window })
    }

    /// The rest of a metrics query after its function.
    pub(super) fn metrics_query(
        &mut self,
        spans: Pipeline,
        function: MetricsFunction,
    ) -> Result<Metrics, TraceqlError> {
        let mut by = Vec::new();
        let compare = matches!(function, MetricsFunction::Compare { .. });
        if !compare && self.eat("by") {
            self.expect("(", &["("])?;
            by = self.names_until_closed()?;
        }
        Ok(Metrics::Query(Box::new(MetricsQuery { spans, function, by })))
    }

    /// `| topk(n)`, `| bottomk(n)` and comparisons with a number, any number of them.
    pub(super) fn second_stages(&mut self, mut metrics: Metrics) -> Result<Metrics, TraceqlError> {
        if matches!(metrics, Metrics::Number(_)) {
            return Ok(metrics);
        }
        loop {
            let stage = match *self.peek() {
                Token::Sign("|") => {
                    self.at += 1;
                    let top = match *self.peek() {
                        Token::Sign("topk") => true,
                        Token::Sign("bottomk") => false,
                        _ => return Err(self.unexpected(&["topk", "bottomk"])),
                    };
                    self.at += 1;
                    self.expect("(", &["("])?;
                    let limit = usize::try_from(self.integer()?).unwrap_or(0);
                    self.expect(")", &[")"])?;
                    if top { SecondStage::TopK(limit) } else { SecondStage::BottomK(limit) }
                }
                Token::Sign(sign @ ("=" | "!=" | "<" | "<=" | ">" | ">=")) => {
                    self.at += 1;
                    let value = self.literal()?;
                    let number = match value {
                        crate::value::Value::Duration(nanos) => Some(nanos as f64 / 1e9),
                        other => other.number(),
                    };
                    let number = number.ok_or_else(|| {
                        self.at -= 1;
                        self.unexpected(&[])
                    })?;
                    SecondStage::Filter(Op::binary(sign).unwrap_or(Op::Equal), number)
                }
                _ => return Ok(metrics),
            };
            self.metrics_step()?;
            metrics = Metrics::Second(Box::new(metrics), stage);
        }
    }

    /// One operator of metrics arithmetic and its right side; `false` when none follows.
    pub(super) fn metrics_operator(
        &mut self,
        left: Metrics,
        least: u8,
    ) -> Result<(Metrics, bool), TraceqlError> {
        let op = match *self.peek() {
            Token::Sign(sign @ ("+" | "-" | "*" | "/")) => Op::binary(sign).unwrap_or(Op::Add),
            _ => return Ok((left, false)),
        };
        if binding(op) < least {
            return Ok((left, false));
        }
        self.metrics_step()?;
        self.at += 1;
        let right = match *self.peek() {
            Token::Integer(_) | Token::Float(_) => {
                let number = Metrics::Number(self.number(&[])?);
                self.tighter(number, binding(op) + 1)?
            }
            _ => match self.spansets(binding(op) + 1)? {
                super::pipelines::Node::Metrics(metrics) => metrics,
                _ => return Err(self.unexpected(&[])),
            },
        };
        Ok((Metrics::Binary { left: Box::new(left), op, right: Box::new(right) }, true))
    }

    /// `left` with the operators after it that bind at least as tight as `least`.
    fn tighter(&mut self, mut left: Metrics, least: u8) -> Result<Metrics, TraceqlError> {
        loop {
            match self.metrics_operator(left, least)? {
                (metrics, true) => left = metrics,
                (metrics, false) => return Ok(metrics),
            }
        }
    }
}

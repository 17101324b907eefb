//! Span sets and pipelines, and how parentheses decide between the languages.
//!
//! A parenthesised group may hold a span set, a pipeline or a metrics query; what it held decides which operators may
//! follow. A pipeline in parentheses combines only with another parenthesis, as in the replaced system.

use super::Parser;
use crate::error::TraceqlError;
use crate::syntax::ast::{
    Aggregate, AggregateFunction, Body, Field, Metrics, Op, Pipeline, Spanset, SpansetOp, Stage,
};
use crate::syntax::token::Token;
use crate::value::Value;

/// What a sequence of tokens turned out to be.
pub(super) enum Node {
    /// Span sets without a pipe.
    Spans(Spanset),
    /// A pipeline of more than span sets.
    Piped(Pipeline),
    /// Metrics, or a number of metrics arithmetic.
    Metrics(Metrics),
}

/// How tight a span set operator binds.
fn binding(op: SpansetOp) -> u8 {
    match op {
        SpansetOp::And | SpansetOp::Or => 1,
        SpansetOp::Structural(..) => 2,
    }
}

impl Parser {
    pub(super) fn finish(&mut self, node: Node) -> Result<Body, TraceqlError> {
        Ok(match node {
            Node::Spans(spanset) => Body::Spans(Pipeline { stages: vec![Stage::Spanset(spanset)] }),
            Node::Piped(pipeline) => Body::Spans(pipeline),
            Node::Metrics(Metrics::Number(_)) => return Err(self.unexpected(&[])),
            Node::Metrics(metrics) => Body::Metrics(metrics),
        })
    }

    /// A span set, a pipeline, or metrics, up to a closing parenthesis, `with` or the end.
    pub(super) fn sequence(&mut self) -> Result<Node, TraceqlError> {
        self.nested(|parser| {
            let first = match *parser.peek() {
                Token::Sign("by" | "select") => Node::Piped(Pipeline { stages: vec![parser.stage()?] }),
                Token::Sign(name) if AggregateFunction::of(name).is_some() => {
                    Node::Piped(Pipeline { stages: vec![parser.stage()?] })
                }
                _ => parser.spansets(0)?,
            };
            parser.pipes(first)
        })
    }

    /// What follows a first stage.
    fn pipes(&mut self, first: Node) -> Result<Node, TraceqlError> {
        let mut pipeline = match first {
            Node::Spans(spanset) if !self.peek().is("|") => return Ok(Node::Spans(spanset)),
            Node::Spans(spanset) => Pipeline { stages: vec![Stage::Spanset(spanset)] },
            Node::Piped(pipeline) => pipeline,
            Node::Metrics(metrics) => return self.second_stages(metrics).map(Node::Metrics),
        };
        while self.eat("|") {
            if let Some(function) = self.metrics_function()? {
                let metrics = self.metrics_query(pipeline, function)?;
                return self.second_stages(metrics).map(Node::Metrics);
            }
            pipeline.stages.push(self.stage()?);
        }
        Ok(Node::Piped(pipeline))
    }

    fn stage(&mut self) -> Result<Stage, TraceqlError> {
        if self.eat("by") {
            self.expect("(", &["("])?;
            let field = self.field(0)?;
            self.expect(")", &[])?;
            return Ok(Stage::By(field));
        }
        if self.eat("coalesce") {
            self.expect("(", &["("])?;
            self.expect(")", &[")"])?;
            return Ok(Stage::Coalesce);
        }
        if self.eat("select") {
            self.expect("(", &["("])?;
            return Ok(Stage::Select(self.names_until_closed()?));
        }
        if let Some(aggregate) = self.aggregate()? {
            let sign = match *self.peek() {
                Token::Sign(sign @ ("=" | "!=" | "<" | "<=" | ">" | ">=")) => sign,
                _ => return Err(self.unexpected(&[])),
            };
            self.at += 1;
            let op = Op::binary(sign).unwrap_or(Op::Equal);
            return Ok(Stage::Scalar { aggregate, op, with: self.literal()? });
        }
        match self.spansets(0)? {
            Node::Spans(spanset) => Ok(Stage::Spanset(spanset)),
            Node::Piped(pipeline) => Ok(Stage::Spanset(Spanset::Piped(pipeline))),
            Node::Metrics(_) => Err(self.unexpected(&[])),
        }
    }

    /// Names separated by commas, and the closing parenthesis.
    pub(super) fn names_until_closed(&mut self) -> Result<Vec<crate::syntax::Name>, TraceqlError> {
        let mut names = Vec::new();
        loop {
            names.push(self.name()?.ok_or_else(|| self.unexpected(&[]))?);
            if self.eat(")") {
                return Ok(names);
            }
            self.expect(",", &[")", ","])?;
        }
    }

    fn aggregate(&mut self) -> Result<Option<Aggregate>, TraceqlError> {
        let Token::Sign(name) = *self.peek() else { return Ok(None) };
        let Some(function) = AggregateFunction::of(name) else { return Ok(None) };
        self.at += 1;
        self.expect("(", &["("])?;
        let of = match function {
            AggregateFunction::Count => {
                self.expect(")", &[")"])?;
                None
            }
            _ => {
                let field: Field = self.field(0)?;
                self.expect(")", &[])?;
                Some(field)
            }
        };
        Ok(Some(Aggregate { function, of }))
    }

    /// Span sets, or metrics, joined by operators that bind at least as tight as `least`.
    pub(super) fn spansets(&mut self, least: u8) -> Result<Node, TraceqlError> {
        self.nested(|parser| {
            let mut bare = !parser.peek().is("(");
            let mut left = parser.group()?;
            loop {
                let Token::Sign(sign) = *parser.peek() else { return Ok(left) };
                if let Node::Metrics(metrics) = left {
                    match parser.metrics_operator(metrics, least)? {
                        (metrics, true) => left = Node::Metrics(metrics),
                        (metrics, false) => return Ok(Node::Metrics(metrics)),
                    }
                    continue;
                }
                let Some(op) = SpansetOp::of(sign) else { return Ok(left) };
                if binding(op) < least {
                    return Ok(left);
                }
                parser.operator()?;
                parser.at += 1;
                let piped = matches!(left, Node::Piped(_));
                let opening = parser.peek().is("(") || !piped && parser.peek().is("{");
                if !opening {
                    return Err(parser.unexpected(if piped { &["("] } else { &["{", "("] }));
                }
                let right = parser.spansets(binding(op) + 1)?;
                if bare && matches!(right, Node::Piped(_)) || matches!(right, Node::Metrics(_)) {
                    return Err(parser.unexpected(&[]));
                }
                bare = bare && !piped;
                left = Node::Spans(Spanset::Binary {
                    left: Box::new(as_spanset(left)),
                    op,
                    right: Box::new(as_spanset(right)),
                });
            }
        })
    }

    /// `{...}`, a group in parentheses, or a number of metrics arithmetic.
    fn group(&mut self) -> Result<Node, TraceqlError> {
        if self.eat("{") {
            return Ok(Node::Spans(Spanset::Filter(self.filter()?)));
        }
        if self.eat("(") {
            let inner = self.sequence()?;
            let expected: &[&str] = if matches!(inner, Node::Piped(_)) { &[")", "|"] } else { &[] };
            self.expect(")", expected)?;
            return Ok(inner);
        }
        let arithmetic = |token: &Token| ["+", "-", "*", "/"].iter().any(|sign| token.is(sign));
        match self.peek().clone() {
            Token::Integer(int) if arithmetic(self.peek_at(1)) => {
                self.at += 1;
                Ok(Node::Metrics(Metrics::Number(int as f64)))
            }
            Token::Float(float) if arithmetic(self.peek_at(1)) => {
                self.at += 1;
                Ok(Node::Metrics(Metrics::Number(float)))
            }
            _ => Err(self.unexpected(&[])),
        }
    }

    /// The rest of a filter after its `{`.
    pub(super) fn filter(&mut self) -> Result<Field, TraceqlError> {
        if self.eat("}") {
            return Ok(Field::Literal(Value::Bool(true)));
        }
        let field = self.field(0)?;
        self.expect("}", &[])?;
        Ok(field)
    }
}

fn as_spanset(node: Node) -> Spanset {
    match node {
        Node::Spans(spanset) => spanset,
        Node::Piped(pipeline) => Spanset::Piped(pipeline),
        Node::Metrics(_) => unreachable!("metrics are told apart before operators of span sets"),
    }
}

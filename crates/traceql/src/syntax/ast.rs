//! The tree of a query. What it means is in `exec`; how it is written is in `printer.rs`.

use crate::value::Value;
use contract::{Intrinsic, SpanScope};
use std::sync::Arc;

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What it asks for.
    pub body: Body,
    /// `with(...)`, in order.
    pub hints: Vec<(String, Value)>,
}

/// Spans or metrics.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Sets of spans.
    Spans(Pipeline),
    /// Series.
    Metrics(Metrics),
}

/// Stages joined by `|`. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// In order.
    pub stages: Vec<Stage>,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Keeps spans.
    Spanset(Spanset),
    /// Keeps span sets.
    Scalar {
        /// What is computed of each set.
        aggregate: Aggregate,
        /// How it is compared: `= != < <= > >=`.
        op: Op,
        /// With what.
        with: Value,
    },
    /// Splits span sets by a value.
    By(Field),
    /// Joins the span sets of a trace.
    Coalesce,
    /// Adds attributes to the answer.
    Select(Vec<Name>),
}

/// An expression over sets of spans.
#[derive(Debug, Clone, PartialEq)]
pub enum Spanset {
    /// `{ field }`; `{}` is `{ true }`.
    Filter(Field),
    /// Two sets joined.
    Binary {
        /// Left side.
        left: Box<Spanset>,
        /// The operator.
        op: SpansetOp,
        /// Right side.
        right: Box<Spanset>,
    },
    /// A pipeline in parentheses.
    Piped(Pipeline),
}

/// How two span sets are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpansetOp {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `>`, `<<`, `!~`, `&>>` ...
    Structural(Relation, Form),
}

/// Which spans of the right side are meant, seen from the left side's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `>`: children of the left.
    Child,
    /// `<`: parents of the left.
    Parent,
    /// `>>`: descendants of the left.
    Descendant,
    /// `<<`: ancestors of the left.
    Ancestor,
    /// `~`: siblings of the left.
    Sibling,
}

/// How a relation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The right side's spans that have the relation.
    Plain,
    /// `!`: the right side's spans that do not.
    Negated,
    /// `&`: the spans of both sides that have it.
    Union,
}

/// An aggregate over a span set.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Of what; `count()` has none.
    pub of: Option<Field>,
}

/// The aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateFunction {
    /// `count()`
    Count,
    /// `avg(x)`
    Avg,
    /// `max(x)`
    Max,
    /// `min(x)`
    Min,
    /// `sum(x)`
    Sum,
}

/// An expression over one span.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A literal.
    Literal(Value),
    /// An attribute or intrinsic.
    Name(Name),
    /// `-x`, `!x`
    Unary(Op, Box<Field>),
    /// `x op y`
    Binary(Box<Field>, Op, Box<Field>),
}

/// What a name refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// A property of every span.
    Intrinsic(Intrinsic),
    /// `parent`, which parses but is not evaluated.
    Parent,
    /// An attribute.
    Attribute {
        /// Of the parent span (`parent.x`), which parses but is not evaluated.
        of_parent: bool,
        /// Where; nowhere said: the span, then the resource.
        scope: Option<SpanScope>,
        /// Its key.
        key: Arc<str>,
    },
}

/// Operators over values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its sign")]
pub enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Regex,
    NotRegex,
    And,
    Or,
    Not,
}

/// A metrics expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Metrics {
    /// Spans counted or measured over time.
    Query(Box<MetricsQuery>),
    /// A number.
    Number(f64),
    /// Arithmetic over two expressions.
    Binary {
        /// Left side.
        left: Box<Metrics>,
        /// `+ - * /`
        op: Op,
        /// Right side.
        right: Box<Metrics>,
    },
    /// What follows on an expression.
    Second(Box<Metrics>, SecondStage),
}

/// `pipeline | function by(...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsQuery {
    /// Which spans.
    pub spans: Pipeline,
    /// What of them.
    pub function: MetricsFunction,
    /// Grouped by.
    pub by: Vec<Name>,
}

/// The functions of the first stage.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricsFunction {
    /// Spans a second.
    Rate,
    /// Spans.
    CountOverTime,
    /// Least value.
    MinOverTime(Name),
    /// Greatest value.
    MaxOverTime(Name),
    /// Sum of values.
    SumOverTime(Name),
    /// Mean value.
    AvgOverTime(Name),
    /// Quantiles of values.
    QuantileOverTime(Name, Vec<f64>),
    /// Counts by powers of two.
    HistogramOverTime(Name),
    /// Attribute values of the spans that the filter selects, against those of the rest.
    Compare {
        /// Selects.
        selection: Box<Field>,
        /// Values an attribute: the most frequent ones.
        top: usize,
        /// Only spans that start in this window are selected: nanoseconds since 1970.
        window: Option<(i64, i64)>,
    },
}

/// What may follow on series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SecondStage {
    /// The greatest at each time.
    TopK(usize),
    /// The least at each time.
    BottomK(usize),
    /// Samples that compare so.
    Filter(Op, f64),
}

impl Field {
    /// Visits every name in it.
    pub fn names<'a>(&'a self, visit: &mut dyn FnMut(&'a Name)) {
        match self {
            Field::Literal(_) => {}
            Field::Name(name) => visit(name),
            Field::Unary(_, inner) => inner.names(visit),
            Field::Binary(left, _, right) => {
                left.names(visit);
                right.names(visit);
            }
        }
    }

    /// Whether it depends on the span.
    pub fn references_span(&self) -> bool {
        let mut any = false;
        self.names(&mut |_| any = true);
        any
    }
}

impl Op {
    /// Whether it answers true or false.
    pub fn is_boolean(self) -> bool {
        !matches!(self, Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo | Op::Power)
    }

    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::Subtract => "-",
            Op::Multiply => "*",
            Op::Divide => "/",
            Op::Modulo => "%",
            Op::Power => "^",
            Op::Equal => "=",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessEqual => "<=",
            Op::Greater => ">",
            Op::GreaterEqual => ">=",
            Op::Regex => "=~",
            Op::NotRegex => "!~",
            Op::And => "&&",
            Op::Or => "||",
            Op::Not => "!",
        }
    }

    /// The operator with this sign, between two values.
    pub fn binary(sign: &str) -> Option<Op> {
        use Op::*;
        let all = [
            Add,
            Subtract,
            Multiply,
            Divide,
            Modulo,
            Power,
            Equal,
            NotEqual,
            Less,
            LessEqual,
            Greater,
            GreaterEqual,
            Regex,
            NotRegex,
            And,
            Or,
        ];
        all.into_iter().find(|op| op.as_str() == sign)
    }
}

impl SpansetOp {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            SpansetOp::And => "&&",
            SpansetOp::Or => "||",
            SpansetOp::Structural(relation, form) => {
                let signs = match form {
                    Form::Plain => [">", "<", ">>", "<<", "~"],
                    Form::Negated => ["!>", "!<", "!>>", "!<<", "!~"],
                    Form::Union => ["&>", "&<", "&>>", "&<<", "&~"],
                };
                signs[relation as usize]
            }
        }
    }

    /// The operator with this sign.
    pub fn of(sign: &str) -> Option<SpansetOp> {
        let relations =
            [Relation::Child, Relation::Parent, Relation::Descendant, Relation::Ancestor, Relation::Sibling];
        let structural = [Form::Plain, Form::Negated, Form::Union]
            .into_iter()
            .flat_map(|form| relations.map(|relation| SpansetOp::Structural(relation, form)));
        [SpansetOp::And, SpansetOp::Or].into_iter().chain(structural).find(|op| op.as_str() == sign)
    }
}

impl AggregateFunction {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            AggregateFunction::Count => "count",
            AggregateFunction::Avg => "avg",
            AggregateFunction::Max => "max",
            AggregateFunction::Min => "min",
            AggregateFunction::Sum => "sum",
        }
    }

    /// The aggregate of this name.
    pub fn of(name: &str) -> Option<Self> {
        use AggregateFunction::*;
        [Count, Avg, Max, Min, Sum].into_iter().find(|f| f.as_str() == name)
    }
}

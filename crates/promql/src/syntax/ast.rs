//! The tree of a query. Every node knows its bytes in the text; messages at run time point there.
//!
//! Parentheses are nodes of their own, so that printing gives back what was written.

use model::Matcher;
use query::{Grouping, Span, VectorMatching};

use crate::functions::Function;

/// What an expression yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One number a step.
    Scalar,
    /// A string.
    Text,
    /// One point a series and step.
    Vector,
    /// Many points a series.
    Matrix,
}

impl ValueType {
    /// As error texts name it.
    pub fn documented(self) -> &'static str {
        match self {
            ValueType::Scalar => "scalar",
            ValueType::Text => "string",
            ValueType::Vector => "instant vector",
            ValueType::Matrix => "range vector",
        }
    }

    /// As answers name it.
    pub fn as_str(self) -> &'static str {
        match self {
            ValueType::Scalar => "scalar",
            ValueType::Text => "string",
            ValueType::Vector => "vector",
            ValueType::Matrix => "matrix",
        }
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `sum by (job) (x)`
    Aggregate(Box<Aggregate>),
    /// `a + b`
    Binary(Box<Binary>),
    /// `rate(x[5m])`
    Call(Box<Call>),
    /// `x[5m]`
    Matrix(Box<MatrixSelector>),
    /// `1.5`, `5m`
    Number(NumberLiteral),
    /// `(x)`
    Paren(Box<Paren>),
    /// `x[1h:5m]`
    Subquery(Box<Subquery>),
    /// `"text"`
    Text(TextLiteral),
    /// `-x`
    Unary(Box<Unary>),
    /// `x{job="a"}`
    Vector(Box<VectorSelector>),
}

/// A number, or a duration in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberLiteral {
    /// The number; seconds of a duration.
    pub value: f64,
    /// Whether it was written as a duration.
    pub duration: bool,
    /// Its bytes.
    pub span: Span,
}

/// A string.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLiteral {
    /// Its value; bytes that are no UTF-8 are replaced.
    pub value: String,
    /// The exact bytes, when they are no UTF-8.
    pub invalid: Option<Vec<u8>>,
    /// Its bytes in the text, quotes included.
    pub span: Span,
}

impl TextLiteral {
    /// The string's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.invalid.as_deref().unwrap_or(self.value.as_bytes())
    }
}

/// Something in parentheses.
#[derive(Debug, Clone, PartialEq)]
pub struct Paren {
    /// What.
    pub inner: Expr,
    /// Its bytes, parentheses included.
    pub span: Span,
}

/// A sign before an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Unary {
    /// Whether the sign is `-`.
    pub negative: bool,
    /// The expression.
    pub operand: Expr,
    /// Its bytes.
    pub span: Span,
}

/// An operator between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    GreaterEqual,
    /// `<=`
    LessEqual,
    /// `</`: keep observations below
    TrimUpper,
    /// `>/`: keep observations above
    TrimLower,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

impl BinaryOp {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "^",
            BinaryOp::Atan2 => "atan2",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Greater => ">",
            BinaryOp::Less => "<",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::LessEqual => "<=",
            BinaryOp::TrimUpper => "</",
            BinaryOp::TrimLower => ">/",
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Unless => "unless",
        }
    }

    /// `==`, `!=`, `<`, `>`, `<=`, `>=`.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        matches!(self, Equal | NotEqual | Greater | Less | GreaterEqual | LessEqual)
    }

    /// `and`, `or`, `unless`.
    pub fn is_set(self) -> bool {
        matches!(self, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
    }

    /// Whether the result is another quantity, so that the metric's name no longer fits.
    pub fn changes_metric(self) -> bool {
        use BinaryOp::{Add, Atan2, Div, Mod, Mul, Pow, Sub};
        matches!(self, Add | Sub | Mul | Div | Mod | Pow | Atan2)
    }
}

/// An operator and its sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// The operator.
    pub op: BinaryOp,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// Whether a comparison yields 0 and 1 instead of filtering.
    pub return_bool: bool,
    /// How series match, when both sides are vectors.
    pub matching: Option<VectorMatching>,
}

/// An aggregation's operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateOp {
    /// `avg`
    Avg,
    /// `bottomk`
    BottomK,
    /// `count`
    Count,
    /// `count_values`
    CountValues,
    /// `group`
    Group,
    /// `limit_ratio`
    LimitRatio,
    /// `limitk`
    LimitK,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `quantile`
    Quantile,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `sum`
    Sum,
    /// `topk`
    TopK,
}

impl AggregateOp {
    /// All, with their names.
    pub const ALL: [(&'static str, AggregateOp); 14] = [
        ("avg", AggregateOp::Avg),
        ("bottomk", AggregateOp::BottomK),
        ("count", AggregateOp::Count),
        ("count_values", AggregateOp::CountValues),
        ("group", AggregateOp::Group),
        ("limit_ratio", AggregateOp::LimitRatio),
        ("limitk", AggregateOp::LimitK),
        ("max", AggregateOp::Max),
        ("min", AggregateOp::Min),
        ("quantile", AggregateOp::Quantile),
        ("stddev", AggregateOp::Stddev),
        ("stdvar", AggregateOp::Stdvar),
        ("sum", AggregateOp::Sum),
        ("topk", AggregateOp::TopK),
    ];

    /// As written, in lower case.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(name, _)| name)
    }

    /// Whether the first argument is a parameter.
    pub fn has_parameter(self) -> bool {
        use AggregateOp::{BottomK, CountValues, LimitK, LimitRatio, Quantile, TopK};
        matches!(self, TopK | BottomK | CountValues | Quantile | LimitK | LimitRatio)
    }

    /// Whether it must be enabled.
    pub fn is_experimental(self) -> bool {
        matches!(self, AggregateOp::LimitK | AggregateOp::LimitRatio)
    }
}

/// An aggregation.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The operator.
    pub op: AggregateOp,
    /// What is aggregated.
    pub expr: Expr,
    /// The parameter of `topk` and the like.
    pub param: Option<Expr>,
    /// How it groups.
    pub grouping: Grouping,
    /// Its bytes.
    pub span: Span,
}

/// A function call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which function.
    pub function: &'static Function,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Its bytes.
    pub span: Span,
}

/// The `@` of a selector or subquery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// A time in milliseconds.
    Time(i64),
    /// `@ start()`: the start of the whole query.
    Start,
    /// `@ end()`: its end.
    End,
}

/// A duration as a constant or as an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Duration {
    /// Milliseconds.
    Millis(i64),
    /// To be computed when the grid of the query is known.
    Expr(DurationExpr),
}

impl Duration {
    /// The constant 0.
    pub const ZERO: Duration = Duration::Millis(0);

    /// Whether it is the constant 0, that is: not given.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

/// Arithmetic of durations.
#[derive(Debug, Clone, PartialEq)]
pub struct DurationExpr {
    /// What it computes.
    pub kind: DurationKind,
    /// Whether it stands in parentheses.
    pub wrapped: bool,
    /// Its bytes.
    pub span: Span,
}

/// The forms of [`DurationExpr`].
#[derive(Debug, Clone, PartialEq)]
pub enum DurationKind {
    /// A number of seconds, or a duration.
    Number(NumberLiteral),
    /// `step()`
    Step,
    /// `range()`
    Range,
    /// `min_of(a, b)`
    MinOf(Box<DurationExpr>, Box<DurationExpr>),
    /// `max_of(a, b)`
    MaxOf(Box<DurationExpr>, Box<DurationExpr>),
    /// `+a`; only written out when in parentheses
    Plus(Box<DurationExpr>),
    /// `-a`
    Minus(Box<DurationExpr>),
    /// `a + b` and the like
    Binary(BinaryOp, Box<DurationExpr>, Box<DurationExpr>),
}

/// An instant vector selector.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorSelector {
    /// The metric's name before the braces, or "".
    pub name: String,
    /// All matchers; the name outside of the braces is the last one.
    pub matchers: Vec<Matcher>,
    /// `offset`
    pub offset: Duration,
    /// `@`
    pub at: Option<At>,
    /// `anchored`
    pub anchored: bool,
    /// `smoothed`
    pub smoothed: bool,
    /// Its bytes.
    pub span: Span,
}

/// A range vector selector; offset and `@` are in the vector selector.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixSelector {
    /// Which series.
    pub selector: VectorSelector,
    /// How far back.
    pub range: Duration,
    /// Its bytes.
    pub span: Span,
}

/// An expression evaluated over a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    /// The expression.
    pub expr: Expr,
    /// How far back.
    pub range: Duration,
    /// How often; 0 for the default.
    pub step: Duration,
    /// `offset`
    pub offset: Duration,
    /// `@`
    pub at: Option<At>,
    /// Its bytes.
    pub span: Span,
}

impl Expr {
    /// Its bytes.
    pub fn span(&self) -> Span {
        match self {
            Expr::Aggregate(e) => e.span,
            Expr::Binary(e) => e.lhs.span().to(e.rhs.span()),
            Expr::Call(e) => e.span,
            Expr::Matrix(e) => e.span,
            Expr::Number(e) => e.span,
            Expr::Paren(e) => e.span,
            Expr::Subquery(e) => e.span,
            Expr::Text(e) => e.span,
            Expr::Unary(e) => e.span,
            Expr::Vector(e) => e.span,
        }
    }

    /// What it yields.
    pub fn value_type(&self) -> ValueType {
        match self {
            Expr::Aggregate(_) | Expr::Vector(_) => ValueType::Vector,
            Expr::Binary(e) => match (e.lhs.value_type(), e.rhs.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Expr::Call(e) => e.function.returns,
            Expr::Matrix(_) | Expr::Subquery(_) => ValueType::Matrix,
            Expr::Number(_) => ValueType::Scalar,
            Expr::Paren(e) => e.inner.value_type(),
            Expr::Text(_) => ValueType::Text,
            Expr::Unary(e) => e.operand.value_type(),
        }
    }

    /// The expression inside of any parentheses.
    pub fn unwrapped(&self) -> &Expr {
        let mut expr = self;
        while let Expr::Paren(paren) = expr {
            expr = &paren.inner;
        }
        expr
    }

    /// The direct parts, from left to right.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Aggregate(e) => e.param.iter().chain([&e.expr]).collect(),
            Expr::Binary(e) => vec![&e.lhs, &e.rhs],
            Expr::Call(e) => e.args.iter().collect(),
            Expr::Paren(e) => vec![&e.inner],
            Expr::Subquery(e) => vec![&e.expr],
            Expr::Unary(e) => vec![&e.operand],
            Expr::Matrix(_) | Expr::Number(_) | Expr::Text(_) | Expr::Vector(_) => Vec::new(),
        }
    }

    /// The direct parts, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Aggregate(e) => e.param.iter_mut().chain([&mut e.expr]).collect(),
            Expr::Binary(e) => vec![&mut e.lhs, &mut e.rhs],
            Expr::Call(e) => e.args.iter_mut().collect(),
            Expr::Paren(e) => vec![&mut e.inner],
            Expr::Subquery(e) => vec![&mut e.expr],
            Expr::Unary(e) => vec![&mut e.operand],
            Expr::Matrix(_) | Expr::Number(_) | Expr::Text(_) | Expr::Vector(_) => Vec::new(),
        }
    }

    /// All vector selectors in the tree, those of range selectors included.
    pub fn selectors(&self) -> Vec<&VectorSelector> {
        match self {
            Expr::Vector(selector) => vec![selector],
            Expr::Matrix(matrix) => vec![&matrix.selector],
            other => other.children().into_iter().flat_map(Expr::selectors).collect(),
        }
    }
}

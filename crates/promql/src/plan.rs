//! From a checked tree to something that can be executed: selectors are numbered and know their time range, durations
//! and `@` are resolved, constants are folded, what does not depend on the step is marked to be computed once,
//! and so is what the query says more than once.
//!
//! On the read walk: [`crate::check`] comes before, the source of series after, [`crate::exec`] last. A plan prints as a
//! tree (EXPLAIN).

mod build;
mod digest;
mod explain;

pub use build::build;
pub(crate) use digest::ask_for_digests;

use crate::functions::Function;
use crate::syntax::ast::{AggregateOp, BinaryOp, TextLiteral, ValueType};
use contract::{Digest, Need};
use model::Matcher;
use query::{Grid, Grouping, Span, VectorMatching};

/// What is to be executed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The whole expression.
    pub root: Node,
    /// What it yields.
    pub value_type: ValueType,
    /// When it is evaluated.
    pub grid: Grid,
    /// What the source is asked for; equal requests occur once.
    pub selects: Vec<Select>,
}

/// One request to the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// Which series.
    pub matchers: Vec<Matcher>,
    /// Samples from this time on, in milliseconds.
    pub start: i64,
    /// Samples before this time.
    pub end: i64,
    /// What of them.
    pub need: Need,
    /// What is computed of them, when values that stand for them will do; windows begin and end at multiples of so many
    /// milliseconds.
    pub digest: Option<(Digest, i64)>,
}

/// A part of the plan.
#[derive(Debug, Clone)]
pub struct Node {
    /// What to compute.
    pub kind: Kind,
    /// Its bytes in the query, for annotations.
    pub span: Span,
}

/// The forms of [`Node`].
#[derive(Debug, Clone)]
pub enum Kind {
    /// The same number at every step.
    Number(f64),
    /// A string.
    Text(Box<TextLiteral>),
    /// The latest sample of each series.
    Instant(Instant),
    /// A range of samples on its own; only at the top.
    Range(Box<Range>),
    /// A function of vectors and scalars.
    Call(&'static Function, Vec<Node>),
    /// A function of a range.
    RangeCall(Box<RangeCall>),
    /// `info`
    Info(Box<Info>),
    /// An aggregation.
    Aggregate(Box<Aggregation>),
    /// An operator.
    Binary(Box<Operation>),
    /// A minus.
    Negate(Box<Node>),
    /// Computed once and repeated at every step.
    Invariant(Box<Node>),
    /// Occurs more than once, each time with the same number: computed at the first.
    Shared(usize, Box<Node>),
}

/// What an instant selector yields of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The value.
    Value,
    /// The time, in seconds.
    Time,
    /// The start timestamp, in seconds.
    Start,
}

/// An instant selector.
#[derive(Debug, Clone)]
pub struct Instant {
    /// Number of the request.
    pub select: usize,
    /// Milliseconds to look back.
    pub offset: i64,
    /// A fixed time.
    pub at: Option<i64>,
    /// Interpolate between samples.
    pub smoothed: bool,
    /// Only count and sum of histograms are needed.
    pub stats_only: bool,
    /// What of the sample.
    pub part: Part,
}

/// A range of samples.
#[derive(Debug, Clone)]
pub struct Range {
    /// Where the samples come from.
    pub source: RangeSource,
    /// Length in milliseconds.
    pub range: i64,
    /// Milliseconds to look back.
    pub offset: i64,
    /// A fixed time.
    pub at: Option<i64>,
    /// Begin with the last sample before the range.
    pub anchored: bool,
    /// Interpolate at the edges.
    pub smoothed: bool,
    /// Only count and sum of histograms are needed.
    pub stats_only: bool,
    /// Its bytes.
    pub span: Span,
}

/// Where the samples of a range come from.
#[derive(Debug, Clone)]
pub enum RangeSource {
    /// A request with that number.
    Select(usize),
    /// A subquery and the grid on which it is evaluated.
    Subquery(Box<Node>, Grid),
}

/// A function of a range.
#[derive(Debug, Clone)]
pub struct RangeCall {
    /// Which function.
    pub function: &'static Function,
    /// The range.
    pub range: Range,
    /// The other arguments, in order.
    pub args: Vec<Node>,
    /// Bytes of the first argument.
    pub first: Span,
}

/// `info`: labels of other series are added.
#[derive(Debug, Clone)]
pub struct Info {
    /// The series to enrich.
    pub base: Node,
    /// Matchers of the second argument, the metric's name among them.
    pub matchers: Vec<Matcher>,
    /// Matchers of the info metrics' name.
    pub names: Vec<Matcher>,
    /// How the info series are selected.
    pub series: Instant,
}

/// An aggregation.
#[derive(Debug, Clone)]
pub struct Aggregation {
    /// The operator.
    pub op: AggregateOp,
    /// What is aggregated.
    pub input: Node,
    /// The parameter.
    pub param: Option<Node>,
    /// How it groups.
    pub grouping: Grouping,
}

/// An operator and its sides.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The operator.
    pub op: BinaryOp,
    /// Left side.
    pub lhs: Node,
    /// Right side.
    pub rhs: Node,
    /// Whether the left side is a scalar.
    pub lhs_scalar: bool,
    /// Whether the right side is a scalar.
    pub rhs_scalar: bool,
    /// Comparisons yield 0 and 1.
    pub return_bool: bool,
    /// How series match.
    pub matching: VectorMatching,
}

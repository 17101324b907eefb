//! Queries of numbers: windows over lines, aggregations, operators.

use super::{CompareOp, LabelFilter, LogExpr};

/// How the value of an unwrapped label becomes a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// As a float.
    None,
    /// `bytes(x)`
    Bytes,
    /// `duration(x)`, in seconds
    Duration,
    /// `duration_seconds(x)`, in seconds
    DurationSeconds,
}

/// `unwrap bytes(size) | __error__=""`
#[derive(Debug, Clone, PartialEq)]
pub struct Unwrap {
    /// The label.
    pub label: String,
    /// How its value is read.
    pub conversion: Conversion,
    /// Conditions after it.
    pub filters: Vec<LabelFilter>,
}

/// Lines of a sliding window.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRange {
    /// Which lines.
    pub log: LogExpr,
    /// The number of each line; without it lines count as one.
    pub unwrap: Option<Unwrap>,
    /// How wide the window is.
    pub interval: i64,
    /// How far the window lies in the past.
    pub offset: i64,
}

/// An aggregation of a window's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the function of its name")]
pub enum RangeOp {
    Rate,
    RateCounter,
    CountOverTime,
    BytesRate,
    BytesOverTime,
    AvgOverTime,
    SumOverTime,
    MinOverTime,
    MaxOverTime,
    StdvarOverTime,
    StddevOverTime,
    QuantileOverTime,
    FirstOverTime,
    LastOverTime,
    AbsentOverTime,
    ApproxCountDistinct,
}

impl RangeOp {
    /// All of them.
    pub const ALL: [RangeOp; 16] = [
        RangeOp::Rate,
        RangeOp::RateCounter,
        RangeOp::CountOverTime,
        RangeOp::BytesRate,
        RangeOp::BytesOverTime,
        RangeOp::AvgOverTime,
        RangeOp::SumOverTime,
        RangeOp::MinOverTime,
        RangeOp::MaxOverTime,
        RangeOp::StdvarOverTime,
        RangeOp::StddevOverTime,
        RangeOp::QuantileOverTime,
        RangeOp::FirstOverTime,
        RangeOp::LastOverTime,
        RangeOp::AbsentOverTime,
        RangeOp::ApproxCountDistinct,
    ];

    /// The function's name.
    pub fn as_str(self) -> &'static str {
        match self {
            RangeOp::Rate => "rate",
            RangeOp::RateCounter => "rate_counter",
            RangeOp::CountOverTime => "count_over_time",
            RangeOp::BytesRate => "bytes_rate",
            RangeOp::BytesOverTime => "bytes_over_time",
            RangeOp::AvgOverTime => "avg_over_time",
            RangeOp::SumOverTime => "sum_over_time",
            RangeOp::MinOverTime => "min_over_time",
            RangeOp::MaxOverTime => "max_over_time",
            RangeOp::StdvarOverTime => "stdvar_over_time",
            RangeOp::StddevOverTime => "stddev_over_time",
            RangeOp::QuantileOverTime => "quantile_over_time",
            RangeOp::FirstOverTime => "first_over_time",
            RangeOp::LastOverTime => "last_over_time",
            RangeOp::AbsentOverTime => "absent_over_time",
            RangeOp::ApproxCountDistinct => "approx_count_distinct",
        }
    }
}

/// Which labels tell groups apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// All labels but these, instead of only these.
    pub without: bool,
    /// The labels.
    pub labels: Vec<String>,
}

/// An aggregation over series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the function of its name")]
pub enum VectorOp {
    Sum,
    Avg,
    Count,
    Max,
    Min,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    ApproxTopk,
    Sort,
    SortDesc,
}

impl VectorOp {
    /// All of them.
    pub const ALL: [VectorOp; 12] = [
        VectorOp::Sum,
        VectorOp::Avg,
        VectorOp::Count,
        VectorOp::Max,
        VectorOp::Min,
        VectorOp::Stddev,
        VectorOp::Stdvar,
        VectorOp::Topk,
        VectorOp::Bottomk,
        VectorOp::ApproxTopk,
        VectorOp::Sort,
        VectorOp::SortDesc,
    ];

    /// The function's name.
    pub fn as_str(self) -> &'static str {
        match self {
            VectorOp::Sum => "sum",
            VectorOp::Avg => "avg",
            VectorOp::Count => "count",
            VectorOp::Max => "max",
            VectorOp::Min => "min",
            VectorOp::Stddev => "stddev",
            VectorOp::Stdvar => "stdvar",
            VectorOp::Topk => "topk",
            VectorOp::Bottomk => "bottomk",
            VectorOp::ApproxTopk => "approx_topk",
            VectorOp::Sort => "sort",
            VectorOp::SortDesc => "sort_desc",
        }
    }

    /// Whether it takes a number of series.
    pub fn takes_count(self) -> bool {
        matches!(self, VectorOp::Topk | VectorOp::Bottomk | VectorOp::ApproxTopk)
    }
}

/// An operator between two vectors or numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the operator of its name")]
pub enum BinaryOp {
    Or,
    And,
    Unless,
    Compare(CompareOp),
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

impl BinaryOp {
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Unless => "unless",
            BinaryOp::Compare(op) => op.as_str(),
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "^",
        }
    }

    /// How tightly it binds; higher binds first.
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And | BinaryOp::Unless => 2,
            BinaryOp::Compare(_) => 3,
            BinaryOp::Add | BinaryOp::Sub => 4,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => 5,
            BinaryOp::Pow => 6,
        }
    }

    /// `or`, `and`, `unless`.
    pub fn is_set(self) -> bool {
        matches!(self, BinaryOp::Or | BinaryOp::And | BinaryOp::Unless)
    }
}

/// How many series of the two sides belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cardinality {
    /// One to one.
    #[default]
    OneToOne,
    /// `group_left`
    ManyToOne,
    /// `group_right`
    OneToMany,
}

/// `bool on (a) group_left (b)`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    /// `bool`: 0 and 1 instead of filtering.
    pub return_bool: bool,
    /// `on` (true) or `ignoring` (false) with their labels; `None` when neither is written.
    pub labels: Option<(bool, Vec<String>)>,
    /// `group_left`, `group_right`.
    pub cardinality: Cardinality,
    /// Labels that the one side gives.
    pub include: Vec<String>,
}

/// Numbers over time.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricExpr {
    /// `5`
    Literal(f64),
    /// `vector(5)`
    Vector(f64),
    /// `rate({a="b"}[5m])`
    Range {
        /// The function.
        op: RangeOp,
        /// The quantile.
        parameter: Option<f64>,
        /// The label whose values are counted.
        counted: Option<String>,
        /// The window.
        range: LogRange,
        /// `by`, `without`.
        grouping: Option<Grouping>,
    },
    /// `sum by (a) (..)`
    Aggregate {
        /// The function.
        op: VectorOp,
        /// How many series, as written.
        parameter: Option<String>,
        /// `by`, `without`.
        grouping: Option<Grouping>,
        /// Of what.
        inner: Box<MetricExpr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Which series belong together.
        matching: Matching,
        /// Left.
        left: Box<MetricExpr>,
        /// Right.
        right: Box<MetricExpr>,
    },
    /// `label_replace(x, "dst", "replacement", "src", "regex")`
    LabelReplace {
        /// Of what.
        inner: Box<MetricExpr>,
        /// The label to set.
        target: String,
        /// Its value, with `$1`.
        replacement: String,
        /// The label to look at.
        source: String,
        /// Anchored.
        pattern: String,
    },
}

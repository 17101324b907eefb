//! What a query says. Printing is in `printer.rs`; `parse(print(x)) == x`.
//!
//! Times are nanoseconds. Regular expressions and templates are kept as written; `check.rs` has seen that they compile.

mod metric;

use model::Matcher;

pub use metric::*;

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Lines.
    Log(LogExpr),
    /// Numbers.
    Metric(MetricExpr),
}

/// Streams, and what is done with their lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LogExpr {
    /// Conditions on stream labels.
    pub matchers: Vec<Matcher>,
    /// Stages, in the order written.
    pub stages: Vec<Stage>,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// `|= "a" or "b"`
    Line(LineFilter),
    /// `json a="b.c"`; without fields, all.
    Json(Vec<Extraction>),
    /// `logfmt --strict --keep-empty a="b"`
    Logfmt {
        /// Stop at the first damage and say so.
        strict: bool,
        /// Labels without value, too.
        keep_empty: bool,
        /// Without fields, all.
        fields: Vec<Extraction>,
    },
    /// `regexp "(?P<a>x)"`
    Regexp(String),
    /// `pattern "<a> <_>"`
    Pattern(String),
    /// `unpack`
    Unpack,
    /// `a > 5 or b = "c"`
    Label(LabelFilter),
    /// `line_format "{{.a}}"`
    LineFormat(String),
    /// `label_format a=b, c="{{.d}}"`
    LabelFormat(Vec<FormatRule>),
    /// `decolorize`
    Decolorize,
    /// `drop a, b="c"`
    Drop(Vec<LabelPick>),
    /// `keep a, b="c"`
    Keep(Vec<LabelPick>),
    /// `distinct a, b`: of lines with the same values the first, in the direction of the query.
    Distinct(Vec<String>),
}

/// How a line is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOp {
    /// `|=`
    Contains,
    /// `!=`
    ContainsNot,
    /// `|~`
    Matches,
    /// `!~`
    MatchesNot,
    /// `|>`
    Pattern,
    /// `!>`
    PatternNot,
}

impl LineOp {
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        match self {
            LineOp::Contains => "|=",
            LineOp::ContainsNot => "!=",
            LineOp::Matches => "|~",
            LineOp::MatchesNot => "!~",
            LineOp::Pattern => "|>",
            LineOp::PatternNot => "!>",
        }
    }
}

/// `|= "a" or ip("10.0.0.0/8")`: a positive filter wants any term, a negative one none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFilter {
    /// How.
    pub op: LineOp,
    /// With what; at least one.
    pub terms: Vec<LineTerm>,
}

/// One text of a line filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineTerm {
    /// Text, regular expression, pattern or address range.
    pub text: String,
    /// Whether it is an address range.
    pub ip: bool,
}

/// `label="expression"` of a parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// The label to set.
    pub label: String,
    /// Where its value is.
    pub path: String,
}

/// One assignment of `label_format`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatRule {
    /// The label to set.
    pub label: String,
    /// Its value.
    pub value: FormatValue,
}

/// What `label_format` sets a label to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatValue {
    /// The value of another label, which goes away.
    Rename(String),
    /// What a template yields.
    Template(String),
}

/// A label of `drop` and `keep`: by name, or only with a matching value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelPick {
    /// Whatever its value.
    Name(String),
    /// With such a value.
    Matching(Matcher),
}

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `==` and `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
}

impl CompareOp {
    /// The operator as printed.
    pub fn as_str(self) -> &'static str {
        match self {
            CompareOp::Equal => "==",
            CompareOp::NotEqual => "!=",
            CompareOp::Greater => ">",
            CompareOp::GreaterEqual => ">=",
            CompareOp::Less => "<",
            CompareOp::LessEqual => "<=",
        }
    }

    /// Whether it holds between two values.
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            CompareOp::Equal => left == right,
            CompareOp::NotEqual => left != right,
            CompareOp::Greater => left > right,
            CompareOp::GreaterEqual => left >= right,
            CompareOp::Less => left < right,
            CompareOp::LessEqual => left <= right,
        }
    }
}

/// A condition on labels.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelFilter {
    /// `a="b"`
    Text(Matcher),
    /// `a > 5`
    Number(String, CompareOp, f64),
    /// `a > 5s`, in nanoseconds
    Duration(String, CompareOp, i64),
    /// `a > 5KB`
    Bytes(String, CompareOp, u64),
    /// `a = ip("10.0.0.0/8")`
    Ip {
        /// The label.
        label: String,
        /// `!=`
        negated: bool,
        /// The addresses.
        range: String,
    },
    /// Both.
    And(Box<LabelFilter>, Box<LabelFilter>),
    /// Either.
    Or(Box<LabelFilter>, Box<LabelFilter>),
}

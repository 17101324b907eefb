//! Expression -> answer.
//!
//! Stops: `streams.rs` passes lines through the stages until there are enough; `samples.rs` reads the lines of every
//! window in the query at once and turns them into series over the steps; `vector.rs` and `binary.rs` compute on those.
//! Only the reading awaits.

pub(crate) mod binary;
mod samples;
mod streams;
mod vector;
mod window;

pub use streams::{Selected, selected, shown};

use crate::check::check_stages;
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::syntax::ast::{Expr, MetricExpr};
use bytes::Bytes;
use contract::{Context, Direction, LogSource};
use model::Nanos;
use stdx::Reservation;

/// The most points a series may have: what the replaced system allows.
pub const MAX_POINTS: i64 = 11_000;

/// How a query is asked.
#[derive(Debug, Clone)]
pub struct Params {
    /// The first instant. For an instant query the only one.
    pub start: Nanos,
    /// The last instant of numbers; the first after the last line of lines.
    pub end: Nanos,
    /// Nanoseconds between points.
    pub step: i64,
    /// Lines: at most one an interval of so many nanoseconds; 0 for all.
    pub interval: i64,
    /// The most lines.
    pub limit: usize,
    /// Which lines come first.
    pub direction: Direction,
    /// Whether labels of lines are told apart by where they come from.
    pub categorise: bool,
    /// The most series of an answer.
    pub max_series: usize,
    /// Whether more series than that are left out with a warning instead of failing.
    pub partial_series: bool,
}

/// What a query answers.
#[derive(Debug, PartialEq)]
pub struct LogqlResult {
    /// The answer.
    pub data: LogqlData,
    /// What the caller should know about it.
    pub warnings: Vec<String>,
    /// The memory that the answer takes, free again when the answer is dropped.
    pub held: Held,
}

/// Memory of a query. Answers are alike whatever they take.
#[derive(Debug, Default)]
pub struct Held(Vec<Reservation>);

impl Held {
    /// How many bytes.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(Reservation::bytes).sum()
    }
}

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// One of four kinds of answers.
#[derive(Debug, Clone, PartialEq)]
pub enum LogqlData {
    /// Lines by label set, sorted by labels.
    Streams(Vec<ResultStream>),
    /// Series over time, sorted by labels.
    Matrix(Vec<ResultSeries>),
    /// Series at one instant; in the order that the query asks for, or sorted by labels.
    Vector(Vec<ResultSample>),
    /// A number at one instant.
    Scalar {
        /// Milliseconds since 1970.
        at: i64,
        /// The number.
        value: f64,
    },
}

/// Lines with the same labels, in the query's direction.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultStream {
    /// Their labels; only those of the stream when labels are told apart.
    pub labels: LabelSet,
    /// The lines.
    pub entries: Vec<ResultEntry>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultEntry {
    /// When.
    pub at: Nanos,
    /// What, valid UTF-8.
    pub line: Bytes,
    /// Structured metadata, when labels are told apart.
    pub metadata: LabelSet,
    /// What stages found, when labels are told apart.
    pub parsed: LabelSet,
}

/// A series.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultSeries {
    /// Its labels.
    pub labels: LabelSet,
    /// Milliseconds since 1970, and value; ascending.
    pub points: Vec<(i64, f64)>,
}

/// A series at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultSample {
    /// Its labels.
    pub labels: LabelSet,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The value.
    pub value: f64,
}

/// The instants at which numbers are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) start: i64,
    pub(crate) step: i64,
    pub(crate) count: usize,
}

impl Steps {
    pub(crate) fn last(&self) -> i64 {
        self.start + self.step * (self.count as i64 - 1)
    }

    fn millis(&self, index: usize) -> i64 {
        (self.start + self.step * index as i64).div_euclid(1_000_000)
    }
}

/// A series while it is computed: a value or nothing at each step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) labels: LabelSet,
    pub(crate) values: Vec<Option<f64>>,
}

/// Answers over a range of time: lines, or numbers at every step. Numbers are aligned: the start is floored and the end
/// raised to multiples of the step.
pub async fn range(
    source: &dyn LogSource,
    cx: &Context,
    query: &Expr,
    params: &Params,
) -> Result<LogqlResult, LogqlError> {
    check_stages(query)?;
    let metric = match query {
        Expr::Log(log) => {
            let (streams, held) = streams::select(source, cx, log, params).await?;
            let (data, held) = (LogqlData::Streams(streams), Held(vec![held]));
            return Ok(LogqlResult { data, warnings: Vec::new(), held });
        }
        Expr::Metric(metric) => metric,
    };
    let steps = aligned(params)?;
    let (columns, held) = evaluate(source, cx, metric, steps).await?;
    let mut series: Vec<ResultSeries> = columns
        .into_iter()
        .map(|column| ResultSeries {
            points: column
                .values
                .iter()
                .enumerate()
                .filter_map(|(i, v)| v.map(|v| (steps.millis(i), v)))
                .collect(),
            labels: column.labels,
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    let warnings = limit_series(&mut series, params)?;
    Ok(LogqlResult { data: LogqlData::Matrix(series), warnings, held })
}

/// Answers at one instant, `params.start`. Only queries of numbers have one.
pub async fn instant(
    source: &dyn LogSource,
    cx: &Context,
    query: &Expr,
    params: &Params,
) -> Result<LogqlResult, LogqlError> {
    let Expr::Metric(metric) = query else {
        return Err(LogqlError::Invalid(
            "log queries are not supported as an instant query type, please change your query to a range query type"
                .to_owned(),
        ));
    };
    check_stages(query)?;
    let steps = Steps { start: params.start.0, step: 1, count: 1 };
    if let MetricExpr::Literal(value) = metric {
        let data = LogqlData::Scalar { at: steps.millis(0), value: *value };
        return Ok(LogqlResult { data, warnings: Vec::new(), held: Held::default() });
    }
    let (columns, held) = evaluate(source, cx, metric, steps).await?;
    let mut samples: Vec<ResultSample> = columns
        .into_iter()
        .filter_map(|column| {
            let value = column.values[0]?;
            Some(ResultSample { labels: column.labels, at: steps.millis(0), value })
        })
        .collect();
    if !vector::orders(metric) {
        samples.sort_by(|a, b| a.labels.cmp(&b.labels));
    }
    let warnings = limit_series(&mut samples, params)?;
    Ok(LogqlResult { data: LogqlData::Vector(samples), warnings, held })
}

fn aligned(params: &Params) -> Result<Steps, LogqlError> {
    if params.step <= 0 {
        return Err(LogqlError::Invalid("the step must be positive".to_owned()));
    }
    let step = params.step;
    let start = params.start.0 - params.start.0.rem_euclid(step);
    let end = params.end.0.saturating_add((step - params.end.0.rem_euclid(step)) % step);
    let count = if end < start { 0 } else { (end - start) / step + 1 };
    // Aligning adds at most one point at each end to what the door has checked.
    if count > MAX_POINTS + 2 {
        return Err(LogqlError::Limit(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
                .to_owned(),
        ));
    }
    Ok(Steps { start, step, count: count as usize })
}

fn limit_series<T>(all: &mut Vec<T>, params: &Params) -> Result<Vec<String>, LogqlError> {
    if all.len() <= params.max_series {
        return Ok(Vec::new());
    }
    let text = format!(
        "maximum number of series ({}) reached for a single query; consider reducing query cardinality by adding more \
         specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() \
         or topk()",
        params.max_series
    );
    if !params.partial_series {
        return Err(LogqlError::Limit(text));
    }
    all.truncate(params.max_series);
    Ok(vec![text])
}

async fn evaluate(
    source: &dyn LogSource,
    cx: &Context,
    metric: &MetricExpr,
    steps: Steps,
) -> Result<(Vec<Column>, Held), LogqlError> {
    let (mut windows, mut held) = (Vec::new(), Vec::new());
    for leaf in samples::leaves(metric) {
        let read = samples::read(source, cx, leaf, steps).await?;
        windows.push(read.columns);
        held.push(read.held);
    }
    let mut windows = windows.into_iter();
    Ok((compute(metric, steps, &mut windows)?, Held(held)))
}

/// Computes on the series of the windows, which come in the order of [`samples::leaves`].
fn compute(
    metric: &MetricExpr,
    steps: Steps,
    windows: &mut dyn Iterator<Item = Vec<Column>>,
) -> Result<Vec<Column>, LogqlError> {
    match metric {
        MetricExpr::Literal(value) | MetricExpr::Vector(value) => {
            Ok(vec![Column { labels: LabelSet::default(), values: vec![Some(*value); steps.count] }])
        }
        MetricExpr::Range { .. } => Ok(windows.next().expect("every window was read")),
        MetricExpr::Aggregate { op, parameter, grouping, inner } => {
            let inner = compute(inner, steps, windows)?;
            let count = parameter.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            Ok(vector::aggregate(*op, count, grouping.as_ref(), inner, steps.count))
        }
        MetricExpr::Binary { op, matching, left, right } => {
            let literals = (literal(left), literal(right));
            let left = compute(left, steps, windows)?;
            let right = compute(right, steps, windows)?;
            match literals {
                (None, None) => binary::vectors(*op, matching, left, right, steps.count),
                (Some(value), _) => Ok(binary::with_literal(*op, matching, right, value, true)),
                (_, Some(value)) => Ok(binary::with_literal(*op, matching, left, value, false)),
            }
        }
        MetricExpr::LabelReplace { inner, target, replacement, source, pattern } => {
            let inner = compute(inner, steps, windows)?;
            vector::label_replace(inner, target, replacement, source, pattern)
        }
    }
}

fn literal(metric: &MetricExpr) -> Option<f64> {
    match metric {
        MetricExpr::Literal(value) => Some(*value),
        _ => None,
    }
}

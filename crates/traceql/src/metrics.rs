//! Metrics from traces: spans counted and measured over time, by attributes.
//!
//! Walk: the door's metrics handlers -> here -> `contract::SpanSource` -> `exec` (which spans) -> [`fold`] on columns, or
//! [`collect`] on built spans (groups and buckets) -> [`groups`] (series) -> [`combine`] (second stages, arithmetic). A span counts at its start. A range query's buckets are
//! `(t - step, t]`, stamped `t`; start is floored and end raised to a multiple of step, and one bucket stamped with the
//! floored start comes first. An instant query has one bucket `(start, end]`.

mod accumulate;
mod collect;
mod combine;
mod compare;
mod fold;
mod groups;

#[cfg(test)]
mod tests;

use crate::error::TraceqlError;
use crate::search::prepare;
use crate::syntax::{Body, Query};
use crate::value::Value;
use contract::{Context, SpanSource};
use model::{Nanos, TimeRange};
use std::time::Duration;

/// Buckets of one query: what the replaced system allows.
pub const MAX_INTERVALS: i64 = 10_000;

/// Exemplars when a request does not say how many.
pub const DEFAULT_EXEMPLARS: usize = 100;

/// Exemplars of one answer at most: more than a chart has room for, and a few hundred kilobytes.
pub const MAX_EXEMPLARS: usize = 1_000;

/// Series of one answer when a request does not say how many: a table of a thousand rows is already hard to read.
pub const DEFAULT_MAX_SERIES: usize = 1_000;

/// A range query's window, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeParams {
    /// Its start.
    pub start: i64,
    /// Its end.
    pub end: i64,
    /// Nanoseconds between samples, above 0.
    pub step: i64,
    /// Exemplars in the answer; 0 for none.
    pub exemplars: usize,
    /// Series in the answer; 0 for all.
    pub max_series: usize,
}

/// An instant query's window, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstantParams {
    /// Its start.
    pub start: i64,
    /// Its end, the time of the sample.
    pub end: i64,
    /// Exemplars in the answer; 0 for none.
    pub exemplars: usize,
    /// Series in the answer; 0 for all.
    pub max_series: usize,
}

/// The answer of a metrics query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricsResult {
    /// By labels.
    pub series: Vec<MetricSeries>,
    /// Whether [`RangeParams::max_series`] cut the answer.
    pub truncated: bool,
    /// Spans that were looked at.
    pub inspected: u64,
}

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSeries {
    /// In the order of the answer: groups as the query spells them, then `p`, `__bucket` or `__name__`.
    pub labels: Vec<(String, Value)>,
    /// Milliseconds since 1970 and value, ascending; times without a value are left out.
    pub samples: Vec<(i64, f64)>,
    /// Spans that stand for the samples.
    pub exemplars: Vec<Exemplar>,
}

/// A span that stands for a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// `trace:id`, and what the query refers to.
    pub labels: Vec<(String, Value)>,
    /// The measured value, or the sample's where spans are counted.
    pub value: f64,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// The buckets of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// Stamp of the first bucket, in nanoseconds.
    first: i64,
    /// Width, in nanoseconds.
    step: i64,
    count: usize,
    /// No exemplar is stamped later.
    end: i64,
}

impl Buckets {
    fn range(params: &RangeParams) -> Self {
        let step = params.step.max(1);
        let first = params.start.div_euclid(step).saturating_mul(step);
        let last = (params.end.saturating_sub(1)).div_euclid(step).saturating_add(1).saturating_mul(step);
        let count = (last.saturating_sub(first) / step).clamp(0, MAX_INTERVALS) + 1;
        Buckets { first, step, count: count as usize, end: params.end }
    }

    fn instant(params: &InstantParams) -> Self {
        let step = params.end.saturating_sub(params.start).max(1);
        Buckets { first: params.end, step, count: 1, end: params.end }
    }

    /// The bucket of a span that starts at `at`.
    pub(crate) fn of(&self, at: i64) -> Option<usize> {
        let since = at.checked_sub(self.first.checked_sub(self.step)?)?;
        if since <= 0 {
            return None;
        }
        // Closed on the right: a span on the edge counts before it.
        usize::try_from((since - 1) / self.step).ok().filter(|bucket| *bucket < self.count)
    }

    /// The stamp of a bucket, in nanoseconds.
    pub(crate) fn stamp(&self, bucket: usize) -> i64 {
        self.first.saturating_add(self.step.saturating_mul(bucket as i64))
    }

    /// When spans start that count.
    fn time_range(&self) -> TimeRange<Nanos> {
        let from = self.first.saturating_sub(self.step);
        TimeRange::new(Nanos(from), Nanos(self.stamp(self.count - 1).saturating_add(1)))
    }

    /// Seconds of a bucket.
    pub(crate) fn seconds(&self) -> f64 {
        self.step as f64 / 1e9
    }
}

/// The step of a range query that names none: about 240 samples, rounded down to a round number.
pub fn default_step(start: i64, end: i64) -> i64 {
    const SECOND: i64 = 1_000_000_000;
    let wanted = end.saturating_sub(start) / 240;
    let round =
        [3600, 300, 60, 15, 5, 1].into_iter().map(|seconds| seconds * SECOND).find(|unit| wanted >= *unit);
    match round {
        Some(unit) => wanted / unit * unit,
        None => SECOND,
    }
}

/// Whether a window may be asked for, in the texts of the replaced system. Times in nanoseconds; `longest` 0 for no limit.
pub fn check_window(start: i64, end: i64, step: Option<i64>, longest: Duration) -> Result<(), TraceqlError> {
    let refuse = |message: String| Err(TraceqlError::Limit(message));
    if end <= start {
        return refuse("end must be greater than start".to_owned());
    }
    let range = end.saturating_sub(start);
    let longest = i64::try_from(longest.as_nanos()).unwrap_or(i64::MAX);
    if longest > 0 && range > longest {
        let longest = crate::syntax::format_duration(longest);
        return refuse(format!("metrics query time range exceeds the maximum allowed duration of {longest}"));
    }
    match step {
        Some(step) if range / step.max(1) > MAX_INTERVALS => {
            let least = crate::syntax::format_duration(range / MAX_INTERVALS);
            let step = crate::syntax::format_duration(step);
            refuse(format!("step of {step} is too small, minimum step for given range is {least}"))
        }
        _ => Ok(()),
    }
}

/// Runs a range query.
pub async fn metrics_range(
    source: &dyn SpanSource,
    cx: &Context,
    query: &str,
    params: RangeParams,
) -> Result<MetricsResult, TraceqlError> {
    let query = prepare(query)?;
    run(source, cx, &query, Buckets::range(&params), params.exemplars, params.max_series).await
}

/// Runs an instant query: at most one sample a series.
pub async fn metrics_instant(
    source: &dyn SpanSource,
    cx: &Context,
    query: &str,
    params: InstantParams,
) -> Result<MetricsResult, TraceqlError> {
    let query = prepare(query)?;
    run(source, cx, &query, Buckets::instant(&params), params.exemplars, params.max_series).await
}

async fn run(
    source: &dyn SpanSource,
    cx: &Context,
    query: &Query,
    buckets: Buckets,
    exemplars: usize,
    max_series: usize,
) -> Result<MetricsResult, TraceqlError> {
    let Body::Metrics(metrics) = &query.body else {
        return Err(TraceqlError::check("not a metrics query"));
    };
    let exemplars = wanted_exemplars(query, exemplars);
    let mut inspected = 0;
    let mut lines = combine::evaluate(source, cx, metrics, buckets, exemplars, &mut inspected).await?;
    lines.retain(|line| compare::is_notice(line) || line.values.iter().any(|value| !value.is_nan()));
    let truncated = max_series > 0 && lines.len() > max_series;
    if truncated {
        lines.truncate(max_series);
    }
    let series = lines.into_iter().map(|line| line.finish(&buckets)).collect();
    Ok(MetricsResult { series, truncated, inspected })
}

/// `with (exemplars=...)` has the last word.
fn wanted_exemplars(query: &Query, asked: usize) -> usize {
    let wanted = match query.hints.iter().find(|(name, _)| name == "exemplars").map(|(_, value)| value) {
        Some(Value::Bool(false)) => 0,
        Some(Value::Bool(true)) => asked.max(DEFAULT_EXEMPLARS),
        Some(Value::Int(count)) => usize::try_from(*count).unwrap_or(0),
        _ => asked,
    };
    wanted.min(MAX_EXEMPLARS)
}

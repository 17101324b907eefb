//! Groups of spans -> series: labels, samples and exemplars.
//!
//! Invariant: series come in the order of their labels; buckets and quantiles of a group stay in their own order.

use super::accumulate::{Accumulator, quantile};
use super::{Buckets, Exemplar, MetricSeries};
use crate::exec::{Valued, absent, is_of_children, one_value};
use crate::syntax::{MetricsFunction, MetricsQuery, Name};
use crate::value::Value;
use contract::Intrinsic;
use model::TraceId;

/// Exemplars of one bucket of one series.
const EXEMPLARS_A_BUCKET: usize = 2;

/// A series on the buckets' grid; NaN where there is no sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) labels: Vec<(String, Value)>,
    pub(crate) values: Vec<f64>,
    pub(crate) exemplars: Vec<(usize, Exemplar)>,
}

impl Line {
    /// What series are ordered and told apart by.
    pub(crate) fn key(&self) -> String {
        label_key(self.labels.iter().map(|(name, value)| (name, value)))
    }

    pub(crate) fn finish(self, buckets: &Buckets) -> MetricSeries {
        let stamp = |bucket: usize| buckets.stamp(bucket).div_euclid(1_000_000);
        let samples = self.values.iter().enumerate().filter(|(_, value)| !value.is_nan());
        let values = &self.values;
        let exemplars = self.exemplars.into_iter().map(|(bucket, mut exemplar)| {
            if exemplar.value.is_nan() {
                exemplar.value = values[bucket];
            }
            exemplar
        });
        MetricSeries {
            samples: samples.map(|(bucket, value)| (stamp(bucket), *value)).collect(),
            exemplars: exemplars.collect(),
            labels: self.labels,
        }
    }
}

/// A group's values, what was counted, and spans that stand for it.
pub(super) struct Group {
    pub(super) by: Vec<Value>,
    pub(super) state: Accumulator,
    pub(super) exemplars: Vec<(usize, Exemplar)>,
}

/// How many spans may still stand for samples: in all, and in each bucket, so that they spread over the whole time.
pub(super) struct Quota {
    left: usize,
    each: usize,
    taken: Vec<u32>,
}

impl Quota {
    pub(super) fn new(exemplars: usize, buckets: &Buckets) -> Self {
        let each = exemplars.div_ceil(buckets.count).max(EXEMPLARS_A_BUCKET);
        Quota { left: exemplars, each, taken: vec![0; if exemplars > 0 { buckets.count } else { 0 }] }
    }

    /// Whether one more may stand for `bucket` of a group that has these; it is counted when it does.
    pub(super) fn take(&mut self, group: &[(usize, Exemplar)], bucket: usize) -> bool {
        if self.left == 0 || self.taken[bucket] as usize >= self.each {
            return false;
        }
        let of_bucket = group.iter().filter(|(of, _)| *of == bucket).count();
        let fits = of_bucket < EXEMPLARS_A_BUCKET;
        if fits {
            self.left -= 1;
            self.taken[bucket] += 1;
        }
        fits
    }
}

/// The series of all groups.
pub(super) fn finish(mut groups: Vec<Group>, query: &MetricsQuery, buckets: &Buckets) -> Vec<Line> {
    let counts = matches!(query.function, MetricsFunction::Rate | MetricsFunction::CountOverTime);
    if counts && query.by.is_empty() && groups.is_empty() {
        // Nothing counted is zero, not nothing.
        let state = Accumulator::of(&query.function, buckets);
        groups.push(Group { by: Vec::new(), state, exemplars: Vec::new() });
    }
    groups.sort_by_cached_key(|group| label_key(query.by.iter().zip(&group.by)));
    groups.into_iter().flat_map(|group| lines_of(group, query, buckets)).collect()
}

/// What a span is grouped by, given the value of the name: the first of several events or links, and nothing for a list,
/// which has no place in a label.
pub(super) fn group_value(name: &Name, value: Value) -> Value {
    match value {
        Value::Nil => absent(name),
        Value::Many(mut members) if members.len() == 1 || is_of_children(name) && !members.is_empty() => {
            members.swap_remove(0)
        }
        Value::Many(_) => Value::Nil,
        value => value,
    }
}

/// What the exemplar of a span is labelled with: the trace, and all that the query refers to.
pub(super) fn exemplar_labels(
    view: &impl Valued,
    trace_id: &TraceId,
    span: usize,
    names: &[Name],
) -> Vec<(String, Value)> {
    let id = trace_id.to_string();
    let mut labels = vec![("trace:id".to_owned(), Value::text(id.trim_start_matches('0')))];
    for name in names {
        match one_value(Some(name), view.value(span, name)) {
            Value::Nil => {}
            value => labels.push((name.to_string(), value)),
        }
    }
    labels
}

/// What labels are ordered by.
fn label_key<'a, N: std::fmt::Display>(labels: impl Iterator<Item = (N, &'a Value)>) -> String {
    let label = |(name, value): (N, &Value)| match value {
        Value::Text(text) => format!("{name}={text}"),
        value => format!("{name}={value}"),
    };
    labels.map(label).collect::<Vec<_>>().join(",")
}

fn lines_of(group: Group, query: &MetricsQuery, buckets: &Buckets) -> Vec<Line> {
    let Group { by, state, exemplars } = group;
    // A group of spans without the attribute is called "nil"; quantiles leave the label out.
    let quantiles = matches!(query.function, MetricsFunction::QuantileOverTime(..));
    let pairs = query.by.iter().map(ToString::to_string).zip(by);
    let labels: Vec<(String, Value)> = pairs
        .filter(|(_, value)| !(quantiles && *value == Value::Nil))
        .map(|(name, value)| (name, if value == Value::Nil { Value::text("nil") } else { value }))
        .collect();
    let named = |values: Vec<f64>| {
        let mut labels = labels.clone();
        if labels.is_empty() {
            labels.push(("__name__".to_owned(), Value::text(function_name(&query.function))));
        }
        vec![Line { labels, values, exemplars: exemplars.clone() }]
    };
    match state {
        Accumulator::Count(counts) if query.function == MetricsFunction::Rate => {
            named(counts.into_iter().map(|count| count / buckets.seconds()).collect())
        }
        Accumulator::Count(values) | Accumulator::One(values) => named(values),
        Accumulator::Mean(sums, counts) => {
            named(sums.into_iter().zip(counts).map(|(sum, count)| sum / count).collect())
        }
        Accumulator::Log2(by_power) => {
            // Values measured in nanoseconds are shown in seconds.
            let seconds = matches!(
                &query.function,
                MetricsFunction::QuantileOverTime(name, _) | MetricsFunction::HistogramOverTime(name)
                    if is_duration(name)
            );
            let seen = || (0u32..).zip(&by_power).filter(|(_, counts)| !counts.is_empty());
            let bound = |power: u32| f64::from(power).exp2() / if seconds { 1e9 } else { 1.0 };
            let count = |counts: &Vec<f64>, bucket: usize| counts.get(bucket).copied().unwrap_or(0.0);
            let with = |name: &str, value: f64| {
                let mut labels = labels.clone();
                labels.push((name.to_owned(), Value::Float(value)));
                labels
            };
            match &query.function {
                MetricsFunction::QuantileOverTime(_, quantiles) if !by_power.is_empty() => quantiles
                    .iter()
                    .map(|q| {
                        let of = |bucket| {
                            let counts = seen().map(|(power, counts)| (bound(power), count(counts, bucket)));
                            quantile(*q, &counts.collect::<Vec<_>>())
                        };
                        let values = (0..buckets.count).map(of).collect();
                        Line { labels: with("p", *q), values, exemplars: exemplars.clone() }
                    })
                    .collect(),
                MetricsFunction::HistogramOverTime(_) => seen()
                    .map(|(power, counts)| {
                        let values: Vec<f64> =
                            (0..buckets.count).map(|bucket| count(counts, bucket)).collect();
                        let exemplars = exemplars.iter().filter(|(bucket, _)| values[*bucket] > 0.0).cloned();
                        Line {
                            labels: with("__bucket", bound(power)),
                            exemplars: exemplars.collect(),
                            values,
                        }
                    })
                    .collect(),
                _ => Vec::new(),
            }
        }
    }
}

fn is_duration(name: &Name) -> bool {
    let durations = [Intrinsic::Duration, Intrinsic::TraceDuration, Intrinsic::EventTimeSinceStart];
    matches!(name, Name::Intrinsic(intrinsic) if durations.contains(intrinsic))
}

fn function_name(function: &MetricsFunction) -> &'static str {
    match function {
        MetricsFunction::Rate => "rate",
        MetricsFunction::CountOverTime => "count_over_time",
        MetricsFunction::MinOverTime(_) => "min_over_time",
        MetricsFunction::MaxOverTime(_) => "max_over_time",
        MetricsFunction::SumOverTime(_) => "sum_over_time",
        MetricsFunction::AvgOverTime(_) => "avg_over_time",
        MetricsFunction::QuantileOverTime(..) => "quantile_over_time",
        MetricsFunction::HistogramOverTime(_) => "histogram_over_time",
        MetricsFunction::Compare { .. } => "compare",
    }
}

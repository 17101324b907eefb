//! One metrics query: the spans of its pipeline, by group and bucket.
//!
//! Invariant: memory is groups x buckets, reserved from the query's budget; a span counts once, at its start.

use super::accumulate::{Accumulator, measured, quantile};
use super::compare::Comparison;
use super::{Buckets, Exemplar, MetricSeries};
use crate::error::TraceqlError;
use crate::exec::{Program, TraceView, absent, is_of_children, one_value, value_of};
use crate::plan::hints;
use crate::syntax::{MetricsFunction, MetricsQuery, Name};
use crate::value::Value;
use contract::{Attribute, Context, SourceError, SpanSelect, SpanSource};
use model::{Nanos, TimeRange};
use rustc_hash::FxHashMap;

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
struct Group {
    by: Vec<Value>,
    state: Accumulator,
    exemplars: Vec<(usize, Exemplar)>,
}

/// Runs a query.
pub(crate) async fn collect(
    source: &dyn SpanSource,
    cx: &Context,
    query: &MetricsQuery,
    buckets: Buckets,
    exemplars: usize,
    inspected: &mut u64,
) -> Result<Vec<Line>, TraceqlError> {
    let program = Program::compile(&query.spans);
    let from = buckets.first.saturating_sub(buckets.step);
    let to = buckets.stamp(buckets.count - 1);
    let range = TimeRange::new(Nanos(from), Nanos(to.saturating_add(1)));
    let hints = hints(&query.spans);
    let select = SpanSelect { range, all: hints.all, conditions: hints.conditions, needed: needed(query) };
    let mut cursor = source.select(cx, select).await?;
    let mut collector = Collector::new(query, buckets, exemplars);
    let mut held = cx.budget.reserve(0).map_err(SourceError::from)?;
    loop {
        let batch = cursor.next_batch().await?;
        if batch.is_empty() {
            return Ok(collector.finish());
        }
        for trace in batch {
            cx.check()?;
            let view = TraceView::new(&trace);
            *inspected += view.spans.len() as u64;
            let before = collector.bytes();
            let sets = program.run(&view)?;
            let mut stands = false;
            for span in sets.iter().flat_map(|set| &set.spans) {
                collector.add(&view, *span as usize, &mut stands);
            }
            held.grow(collector.bytes().saturating_sub(before)).map_err(SourceError::from)?;
        }
    }
}

/// The name whose values a function measures.
fn measured_name(function: &MetricsFunction) -> Option<&Name> {
    match function {
        MetricsFunction::MinOverTime(name)
        | MetricsFunction::MaxOverTime(name)
        | MetricsFunction::SumOverTime(name)
        | MetricsFunction::AvgOverTime(name)
        | MetricsFunction::HistogramOverTime(name)
        | MetricsFunction::QuantileOverTime(name, _) => Some(name),
        MetricsFunction::Rate | MetricsFunction::CountOverTime | MetricsFunction::Compare { .. } => None,
    }
}

/// What storage has to read of each span: a comparison looks at everything.
fn needed(query: &MetricsQuery) -> Option<Vec<Attribute>> {
    if matches!(query.function, MetricsFunction::Compare { .. }) {
        return None;
    }
    let names = crate::search::names_of(&query.spans);
    crate::search::needed(names.iter().chain(&query.by).chain(measured_name(&query.function)))
}

struct Collector<'a> {
    query: &'a MetricsQuery,
    buckets: Buckets,
    groups: Vec<Group>,
    by_key: FxHashMap<Vec<u8>, usize>,
    comparison: Option<Comparison>,
    measured: Option<&'a Name>,
    /// What exemplars are labelled with: all that the query refers to.
    names: Vec<Name>,
    exemplars_left: usize,
    key: Vec<u8>,
}

impl<'a> Collector<'a> {
    fn new(query: &'a MetricsQuery, buckets: Buckets, exemplars: usize) -> Self {
        let measured = measured_name(&query.function);
        let comparison = match &query.function {
            MetricsFunction::Compare { selection, top, window } => {
                Some(Comparison::new(&query.spans, selection, *top, *window, buckets))
            }
            _ => None,
        };
        let mut names = crate::search::names_of(&query.spans);
        for name in query.by.iter().chain(measured) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Collector {
            query,
            buckets,
            groups: Vec::new(),
            by_key: FxHashMap::default(),
            comparison,
            measured,
            names,
            exemplars_left: exemplars,
            key: Vec::new(),
        }
    }

    /// An estimate of the memory in use, in bytes.
    fn bytes(&self) -> u64 {
        let groups = self.groups.len() + self.comparison.as_ref().map_or(0, Comparison::series);
        (groups * (160 + 8 * self.buckets.count)) as u64
    }

    /// Adds a span. `stands`: whether its trace stands for a sample already.
    fn add(&mut self, view: &TraceView<'_>, span: usize, stands: &mut bool) {
        let Some(bucket) = self.buckets.of(view.spans[span].span.start.0) else { return };
        if let Some(comparison) = &mut self.comparison {
            comparison.add(view, span, bucket);
            return;
        }
        let group = self.group(view, span);
        let value = self.measured.map_or(Value::Nil, |name| value_of(view, span, name));
        let group = &mut self.groups[group];
        if !group.state.add(&self.query.function, bucket, &value) {
            return;
        }
        let of_bucket = group.exemplars.iter().filter(|(b, _)| *b == bucket).count();
        if !*stands && self.exemplars_left > 0 && of_bucket < EXEMPLARS_A_BUCKET {
            let histogram = matches!(group.state, Accumulator::Log2(_));
            let counted = histogram && matches!(self.query.function, MetricsFunction::HistogramOverTime(_));
            let exemplar = Exemplar {
                labels: exemplar_labels(view, span, &self.names),
                value: if counted { f64::NAN } else { measured(&value).unwrap_or(f64::NAN) },
                at: self.buckets.stamp(bucket).min(self.buckets.end).div_euclid(1_000_000),
            };
            group.exemplars.push((bucket, exemplar));
            self.exemplars_left -= 1;
            *stands = true;
        }
    }

    fn group(&mut self, view: &TraceView<'_>, span: usize) -> usize {
        let by: Vec<Value> = self.query.by.iter().map(|name| group_value(view, span, name)).collect();
        self.key.clear();
        by.iter().for_each(|value| value.key(&mut self.key));
        if let Some(group) = self.by_key.get(&self.key) {
            return *group;
        }
        let state = Accumulator::of(&self.query.function, &self.buckets);
        self.groups.push(Group { by, state, exemplars: Vec::new() });
        self.by_key.insert(self.key.clone(), self.groups.len() - 1);
        self.groups.len() - 1
    }

    fn finish(mut self) -> Vec<Line> {
        if let Some(comparison) = self.comparison {
            return comparison.finish();
        }
        let counts = matches!(self.query.function, MetricsFunction::Rate | MetricsFunction::CountOverTime);
        if counts && self.query.by.is_empty() && self.groups.is_empty() {
            // Nothing counted is zero, not nothing.
            let state = Accumulator::of(&self.query.function, &self.buckets);
            self.groups.push(Group { by: Vec::new(), state, exemplars: Vec::new() });
        }
        let (query, buckets) = (self.query, self.buckets);
        // Buckets and quantiles of a group stay in their own order.
        self.groups.sort_by_cached_key(|group| label_key(query.by.iter().zip(&group.by)));
        self.groups.into_iter().flat_map(|group| lines_of(group, query, &buckets)).collect()
    }
}

/// What labels are ordered by.
fn label_key<'a, N: std::fmt::Display>(labels: impl Iterator<Item = (N, &'a Value)>) -> String {
    let label = |(name, value): (N, &Value)| match value {
        Value::Text(text) => format!("{name}={text}"),
        value => format!("{name}={value}"),
    };
    labels.map(label).collect::<Vec<_>>().join(",")
}

/// What a span is grouped by: the first of several events or links, and nothing for a list, which has no place in a label.
fn group_value(view: &TraceView<'_>, span: usize, name: &Name) -> Value {
    match value_of(view, span, name) {
        Value::Nil => absent(name),
        Value::Many(mut members) if members.len() == 1 || is_of_children(name) && !members.is_empty() => {
            members.swap_remove(0)
        }
        Value::Many(_) => Value::Nil,
        value => value,
    }
}

fn exemplar_labels(view: &TraceView<'_>, span: usize, names: &[Name]) -> Vec<(String, Value)> {
    let id = view.trace.trace_id.to_string();
    let mut labels = vec![("trace:id".to_owned(), Value::text(id.trim_start_matches('0')))];
    for name in names {
        match one_value(Some(name), value_of(view, span, name)) {
            Value::Nil => {}
            value => labels.push((name.to_string(), value)),
        }
    }
    labels
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
                            let counts =
                                by_power.iter().map(|(p, counts)| (bound(*p), count(counts, bucket)));
                            quantile(*q, &counts.collect::<Vec<_>>())
                        };
                        let values = (0..buckets.count).map(of).collect();
                        Line { labels: with("p", *q), values, exemplars: exemplars.clone() }
                    })
                    .collect(),
                MetricsFunction::HistogramOverTime(_) => by_power
                    .iter()
                    .map(|(power, counts)| {
                        let values: Vec<f64> =
                            (0..buckets.count).map(|bucket| count(counts, bucket)).collect();
                        let exemplars = exemplars.iter().filter(|(bucket, _)| values[*bucket] > 0.0).cloned();
                        Line {
                            labels: with("__bucket", bound(*power)),
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
    use contract::Intrinsic::{Duration, EventTimeSinceStart, TraceDuration};
    matches!(name, Name::Intrinsic(Duration | TraceDuration | EventTimeSinceStart))
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

//! Samples as series: what Prometheus stores of a run. Every value is cumulative since the start of the run, per tag set.
//!
//! Names: counters `k6_NAME_total`, rates `k6_NAME_rate`, gauges `k6_NAME`, trends `k6_NAME_STAT` (`p(99.9)` is `p999`) or
//! one native histogram. Times are in seconds, whatever the statistic. Empty tags are left out.

use crate::metrics::{Contains, Kind, MetricDef, MetricId, Registry, Sample, Sink, TagSet, TrendStat};
use model::histogram::BucketSpan;
use model::{FloatHistogram, METRIC_NAME, MetricBatch, Millis, stale_marker};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// 200 000 series a run: more come from a tag that should not be one (an address with an id in it).
const MAX_SERIES: usize = 200_000;
/// Buckets grow by 2^(1/8), about 1.09: what a factor of 1.1 asks for.
const SCHEMA: i32 = 3;
/// Observations up to this are in the zero bucket: 2^-128, the default of the replaced client library.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// Running series of a run.
pub(super) struct SeriesSet {
    registry: Arc<Registry>,
    stats: Vec<(String, TrendStat)>,
    native: bool,
    series: HashMap<(MetricId, Arc<TagSet>), Running>,
    refused: u64,
    last: i64,
}

struct Running {
    def: MetricDef,
    value: Value,
    changed: bool,
}

enum Value {
    Sink(Sink),
    Native(Native),
}

/// A native histogram being filled.
#[derive(Debug, Default)]
struct Native {
    buckets: BTreeMap<i32, u64>,
    zero: u64,
    count: u64,
    sum: f64,
}

impl SeriesSet {
    /// No series yet.
    pub(super) fn of(registry: Arc<Registry>, stats: Vec<(String, TrendStat)>, native: bool) -> Self {
        SeriesSet { registry, stats, native, series: HashMap::new(), refused: 0, last: 0 }
    }

    /// Adds samples.
    pub(super) fn add(&mut self, batch: &[Sample]) {
        for sample in batch {
            let key = (sample.metric, Arc::clone(&sample.tags));
            if self.series.len() >= MAX_SERIES && !self.series.contains_key(&key) {
                self.refused += 1;
                continue;
            }
            let (registry, native) = (&self.registry, self.native);
            let running = self.series.entry(key).or_insert_with(|| {
                let def = registry.def(sample.metric);
                let value = match def.kind {
                    Kind::Trend if native => Value::Native(Native::default()),
                    kind => Value::Sink(Sink::of(kind)),
                };
                Running { def, value, changed: false }
            });
            running.changed = true;
            let seconds = running.def.contains == Contains::Time;
            match &mut running.value {
                Value::Sink(sink) => sink.add(sample.value),
                Value::Native(native) => native.add(if seconds { sample.value / 1e3 } else { sample.value }),
            }
        }
    }

    /// How many samples were left out because there are too many series; counted once.
    pub(super) fn take_refused(&mut self) -> u64 {
        std::mem::take(&mut self.refused)
    }

    /// The time of the last samples.
    pub(super) fn last(&self) -> Millis {
        Millis(self.last)
    }

    /// The series that changed since the last time, at a time that is later than all before.
    pub(super) fn changes(&mut self, now: Millis) -> MetricBatch {
        self.last = now.0.max(self.last + 1);
        let at = Millis(self.last);
        let mut batch = MetricBatch::default();
        for ((_, tags), running) in self.series.iter_mut().filter(|(_, r)| r.changed) {
            running.changed = false;
            running.write(&mut batch, tags, at, &self.stats, self.native);
        }
        batch
    }

    /// A stale marker for every series, a millisecond after the last samples.
    pub(super) fn stale(&mut self) -> MetricBatch {
        self.last += 1;
        let at = Millis(self.last);
        let mut batch = MetricBatch::default();
        for ((_, tags), running) in &self.series {
            for name in running.names(&self.stats, self.native) {
                labels(&mut batch, &name, tags, self.native);
                if matches!(running.value, Value::Native(_)) {
                    batch.push_histogram(
                        at,
                        FloatHistogram { schema: SCHEMA, sum: stale_marker(), ..FloatHistogram::default() },
                    );
                } else {
                    batch.push_sample(at, stale_marker());
                }
                finish(&mut batch);
            }
        }
        batch
    }
}

impl Running {
    fn write(
        &mut self,
        batch: &mut MetricBatch,
        tags: &TagSet,
        at: Millis,
        stats: &[(String, TrendStat)],
        native: bool,
    ) {
        let names = self.names(stats, native);
        let scale = if self.def.contains == Contains::Time { 1e-3 } else { 1.0 };
        let values: Vec<f64> = match &mut self.value {
            Value::Native(histogram) => {
                labels(batch, &names[0], tags, native);
                batch.push_histogram(at, histogram.to_model());
                return finish(batch);
            }
            Value::Sink(Sink::Counter { sum, .. }) => vec![*sum],
            Value::Sink(Sink::Gauge { value, .. }) => vec![*value],
            Value::Sink(Sink::Rate { trues, total }) => vec![Sink::rate(*trues, *total)],
            Value::Sink(Sink::Trend(trend)) => {
                stats.iter().map(|(_, stat)| trend.stat(*stat) * scale).collect()
            }
        };
        for (name, value) in names.iter().zip(values) {
            labels(batch, name, tags, native);
            batch.push_sample(at, value);
            finish(batch);
        }
    }

    /// The names of its series, in the order of the statistics.
    fn names(&self, stats: &[(String, TrendStat)], native: bool) -> Vec<String> {
        let name = &self.def.name;
        match self.def.kind {
            Kind::Counter => vec![format!("k6_{name}_total")],
            Kind::Gauge => vec![format!("k6_{name}")],
            Kind::Rate => vec![format!("k6_{name}_rate")],
            Kind::Trend if native => vec![match self.def.contains {
                Contains::Time => format!("k6_{name}_seconds"),
                Contains::Data => format!("k6_{name}_bytes"),
                Contains::Default => format!("k6_{name}"),
            }],
            Kind::Trend => stats.iter().map(|(stat, _)| format!("k6_{name}_{}", suffix(stat))).collect(),
        }
    }
}

/// `p(99.9)` as `p999`.
fn suffix(stat: &str) -> String {
    stat.chars().filter(|c| !matches!(c, '(' | ')' | '.')).collect()
}

fn labels(batch: &mut MetricBatch, name: &str, tags: &TagSet, native: bool) {
    batch.push_label(METRIC_NAME, name);
    tags.iter()
        .filter(|(name, _)| *name != METRIC_NAME)
        .for_each(|(name, value)| batch.push_label(name, value));
    if native && tags.get("k6_feature_native_histograms").is_none() {
        batch.push_label("k6_feature_native_histograms", "true");
    }
}

fn finish(batch: &mut MetricBatch) {
    batch
        .finish_series()
        .expect("a tag set holds each name once, and the names added here are left out of it");
}

impl Native {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        if value <= ZERO_THRESHOLD {
            self.zero += 1;
            return;
        }
        let index = (value.log2() * f64::from(1 << SCHEMA)).ceil();
        *self.buckets.entry(index as i32).or_default() += 1;
    }

    fn to_model(&self) -> FloatHistogram {
        let mut histogram = FloatHistogram {
            schema: SCHEMA,
            zero_threshold: ZERO_THRESHOLD,
            zero_count: self.zero as f64,
            count: self.count as f64,
            sum: self.sum,
            ..FloatHistogram::default()
        };
        let mut end = 0;
        for (index, count) in &self.buckets {
            match histogram.positive_spans.last_mut() {
                Some(span) if end == *index => span.length += 1,
                _ => histogram.positive_spans.push(BucketSpan { offset: index - end, length: 1 }),
            }
            histogram.positive_buckets.push(*count as f64);
            end = index + 1;
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_units() {
        let registry = Arc::new(Registry::with_builtin());
        let time = registry.declare("tt", Kind::Trend, Contains::Time).unwrap();
        let count = registry.declare("cc", Kind::Counter, Contains::Default).unwrap();
        let stats = ["p(99.9)", "count"].map(|s| (s.to_owned(), TrendStat::parse(s).unwrap())).to_vec();
        let mut set = SeriesSet::of(registry, stats, false);
        let tags = Arc::new(TagSet::from_pairs([("group", ""), ("k", "a")]));
        let sample = |metric, value| Sample { metric, tags: Arc::clone(&tags), at_nanos: 0, value };
        set.add(&[sample(time, 250.0), sample(count, 2.0), sample(count, 3.0)]);
        let shown = |batch: MetricBatch| {
            let mut lines: Vec<String> = batch
                .series()
                .map(|s| {
                    format!("{} {:?}", s.to_labels(), s.samples().iter().map(|s| s.value).collect::<Vec<_>>())
                })
                .collect();
            lines.sort();
            lines
        };
        let first = shown(set.changes(Millis(5)));
        assert_eq!(first.len(), 3);
        assert!(first[0].contains("k6_cc_total") && first[0].ends_with("[5.0]"), "{first:?}");
        assert!(first[1].contains("k6_tt_count") && first[1].ends_with("[0.001]"), "{first:?}");
        assert!(first[2].contains("k6_tt_p999") && first[2].ends_with("[0.25]"), "{first:?}");
        assert!(set.changes(Millis(5)).is_empty());
        assert_eq!(shown(set.stale()).len(), 3);
    }

    #[test]
    fn native_buckets_hold_their_values() {
        let mut native = Native::default();
        [0.0, 1.0, 1.05, 2.0, 100.0].iter().for_each(|v| native.add(*v));
        let histogram = native.to_model();
        assert_eq!((histogram.count, histogram.zero_count), (5.0, 1.0));
        // 2^(0/8) = 1 holds 1; the next holds 1.05; 2 is 2^(8/8).
        assert_eq!(
            histogram.positive_spans[..2],
            [BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: 6, length: 1 }]
        );
        assert_eq!(histogram.positive_buckets, [1.0; 4]);
    }
}

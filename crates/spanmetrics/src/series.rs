//! Counters and histograms as series of a batch.
//!
//! Invariant: a counter's first sample is preceded by a zero at the end of the last minute, so that `rate` and `increase`
//! see its first growth.

use crate::histogram::{Example, Histogram};
use model::{Exemplar, FloatHistogram, Labels, Metadata, MetricBatch, MetricKind, Millis};

/// Where series of one collection go.
pub(crate) struct Series<'b> {
    pub(crate) batch: &'b mut MetricBatch,
    /// When the samples are taken.
    pub(crate) now: Millis,
    /// The label of exemplars that has the trace's id.
    pub(crate) exemplar_label: &'b str,
}

/// What becomes of a set of series at a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Written for the first time.
    First,
    Going,
    /// Ended: stale markers instead of values.
    Last,
}

impl Series<'_> {
    /// Says what a family is.
    pub(crate) fn family(&mut self, family: &str, kind: MetricKind, help: &str) {
        self.batch.metadata.push(Metadata {
            family: family.to_owned(),
            kind,
            help: help.to_owned(),
            unit: String::new(),
        });
    }

    /// One sample of a counter.
    pub(crate) fn counter(&mut self, name: &str, labels: &[(&str, &str)], value: f64, phase: Phase) {
        self.one(name, labels, None, value, phase, None);
    }

    /// All series of a histogram with these bounds. Takes its exemplars.
    pub(crate) fn histogram(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        (bounds, histogram): (&[f64], &mut Histogram),
        phase: Phase,
    ) {
        if let Some(native) = &histogram.native {
            let samples = (native.nothing(), native.sample(histogram.sum));
            self.native(name, labels, samples, phase, histogram.exemplars.iter().flatten());
        }
        if !histogram.classic {
            histogram.exemplars.fill(None);
            return;
        }
        let bucket = format!("{name}_bucket");
        let counts: Vec<f64> = histogram.cumulative().collect();
        let total = counts.last().copied().unwrap_or(0.0);
        let bounds = bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for ((bound, count), example) in bounds.zip(counts).zip(&mut histogram.exemplars) {
            self.one(&bucket, labels, Some(&bound), count, phase, example.take());
        }
        self.one(&format!("{name}_sum"), labels, None, histogram.sum, phase, None);
        self.one(&format!("{name}_count"), labels, None, total, phase, None);
    }

    /// The one series of a native histogram.
    fn native<'e>(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        (nothing, sample): (FloatHistogram, FloatHistogram),
        phase: Phase,
        examples: impl Iterator<Item = &'e Example>,
    ) {
        self.batch.push_label(model::METRIC_NAME, name);
        labels.iter().for_each(|(name, value)| self.batch.push_label(name, value));
        match phase {
            Phase::First => {
                self.batch.push_histogram(end_of_last_minute(self.now), nothing);
                self.batch.push_histogram(self.now, sample);
            }
            Phase::Going => self.batch.push_histogram(self.now, sample),
            Phase::Last => {
                let ended = FloatHistogram { sum: model::stale_marker(), ..FloatHistogram::default() };
                self.batch.push_histogram(self.now, ended);
            }
        }
        for example in examples.filter(|_| phase != Phase::Last) {
            self.exemplar(*example);
        }
        self.finish();
    }

    fn exemplar(&mut self, Example { trace_id, value }: Example) {
        let labels = Labels::from_pairs([(self.exemplar_label, trace_id.to_string().as_str())]);
        self.batch.push_exemplar(Exemplar { labels, value, at: self.now });
    }

    fn finish(&mut self) {
        // Label names are ours or were made unlike ours: none occurs twice.
        let finished = self.batch.finish_series();
        debug_assert!(finished.is_ok(), "{finished:?}");
    }

    fn one(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        le: Option<&str>,
        value: f64,
        phase: Phase,
        example: Option<Example>,
    ) {
        self.batch.push_label(model::METRIC_NAME, name);
        labels.iter().for_each(|(name, value)| self.batch.push_label(name, value));
        if let Some(le) = le {
            self.batch.push_label("le", le);
        }
        match phase {
            Phase::First => {
                self.batch.push_sample(end_of_last_minute(self.now), 0.0);
                self.batch.push_sample(self.now, value);
            }
            Phase::Going => self.batch.push_sample(self.now, value),
            Phase::Last => self.batch.push_sample(self.now, model::stale_marker()),
        }
        if let Some(example) = example.filter(|_| phase != Phase::Last) {
            self.exemplar(example);
        }
        self.finish();
    }
}

/// The last second of the minute before.
fn end_of_last_minute(now: Millis) -> Millis {
    Millis(now.0.div_euclid(60_000) * 60_000 - 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn bounds_are_written_short() {
        let Options { operations, graph, .. } = Options::default();
        let texts: Vec<String> = operations.buckets.iter().map(f64::to_string).collect();
        assert_eq!((&*texts[0], &*texts[8], &*texts[9], &*texts[13]), ("0.002", "0.512", "1.024", "16.384"));
        let texts: Vec<String> = graph.buckets.iter().map(f64::to_string).collect();
        assert_eq!(texts, ["0.1", "0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "12.8"]);
        assert_eq!(end_of_last_minute(Millis(125_000)), Millis(119_000));
    }
}

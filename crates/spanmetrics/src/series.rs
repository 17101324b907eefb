//! Counters and histograms as series of a batch.
//!
//! Invariant: a counter's first sample is preceded by a zero at the end of the last minute, so that `rate` and `increase`
//! see its first growth.

use crate::histogram::{Example, Histogram};
use crate::native::Native;
use model::{Exemplar, FloatHistogram, Labels, Metadata, MetricBatch, MetricKind, Millis};

/// Where series of one collection go.
pub(crate) struct Series<'b> {
    pub(crate) batch: &'b mut MetricBatch,
    /// When the samples are taken.
    pub(crate) now: Millis,
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

    /// All series of a histogram. Takes its exemplars.
    pub(crate) fn histogram<const N: usize>(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        histogram: &mut Histogram<N>,
        phase: Phase,
    ) {
        if let Some(native) = &histogram.native {
            let sample = native.sample(histogram.sum);
            self.native(name, labels, sample, phase, histogram.exemplars.iter().flatten());
        }
        if !histogram.classic {
            histogram.exemplars.fill(None);
            return;
        }
        let bucket = format!("{name}_bucket");
        let counts: Vec<u64> = histogram.cumulative().collect();
        let total = histogram.count();
        for ((index, bound), count) in histogram.bounds().enumerate().zip(counts) {
            let le = bound_text(bound);
            let example = histogram.exemplars[index].take();
            self.one(&bucket, labels, Some(&le), count as f64, phase, example);
        }
        let example = histogram.exemplars[N].take();
        self.one(&bucket, labels, Some("+Inf"), total as f64, phase, example);
        self.one(&format!("{name}_sum"), labels, None, histogram.sum, phase, None);
        self.one(&format!("{name}_count"), labels, None, total as f64, phase, None);
    }

    /// The one series of a native histogram.
    fn native<'e>(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        sample: FloatHistogram,
        phase: Phase,
        examples: impl Iterator<Item = &'e Example>,
    ) {
        self.batch.push_label(model::METRIC_NAME, name);
        labels.iter().for_each(|(name, value)| self.batch.push_label(name, value));
        match phase {
            Phase::First => {
                self.batch.push_histogram(end_of_last_minute(self.now), Native::default().sample(0.0));
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
        let labels = Labels::from_pairs([("traceID", trace_id.to_string().as_str())]);
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

/// A bound with the digits that it was meant to have: 0.1 * 4 is written `0.4`.
fn bound_text(bound: f64) -> String {
    let text = format!("{bound:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::NativeHistograms;

    #[test]
    fn bounds_are_written_short() {
        let texts: Vec<String> =
            Histogram::<14>::new(0.002, NativeHistograms::Classic).bounds().map(bound_text).collect();
        assert_eq!((&*texts[0], &*texts[8], &*texts[9], &*texts[13]), ("0.002", "0.512", "1.024", "16.384"));
        let texts: Vec<String> =
            Histogram::<8>::new(0.1, NativeHistograms::Classic).bounds().map(bound_text).collect();
        assert_eq!(texts, ["0.1", "0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "12.8"]);
        assert_eq!(end_of_last_minute(Millis(125_000)), Millis(119_000));
    }
}

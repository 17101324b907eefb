//! A batch of metric data, laid out flat: one text arena, one array of label pairs, one of samples.
//!
//! A request of 5,000 series costs a handful of allocations, and an engine can hash label pairs without building a
//! [`Labels`] for series it already knows. Invariant: within a series the pairs are sorted by name, unique, and without
//! empty values ([`MetricBatch::finish_series`] sees to it).
//! ```text
//! series[i] -> pairs[a..b] -> text[..]      samples[c..d]   histograms[e..f]   exemplars[g..h]
//! ```
//! Start timestamps are kept beside samples and histograms, as far as the last one that is known. Samples of series that
//! the engine knows by number stand apart ([`MetricBatch::known`]).

use crate::histogram::FloatHistogram;
use crate::known::{KnownSamples, LabelKey};
use crate::labels::Labels;
use crate::sample::{Exemplar, Sample};
use crate::time::Millis;
use std::ops::Range;

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MetricKind {
    /// Not said.
    #[default]
    Unknown,
    /// Only grows, except for resets.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by bucket.
    Histogram,
    /// A histogram that goes up and down.
    GaugeHistogram,
    /// Quantiles.
    Summary,
    /// Facts as labels.
    Info,
    /// One of several states.
    StateSet,
}

impl MetricKind {
    /// The word that Prometheus and OpenMetrics use.
    pub fn as_str(self) -> &'static str {
        match self {
            MetricKind::Unknown => "unknown",
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            MetricKind::GaugeHistogram => "gaugehistogram",
            MetricKind::Summary => "summary",
            MetricKind::Info => "info",
            MetricKind::StateSet => "stateset",
        }
    }
}

/// What is said about a metric family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// The family's name.
    pub family: String,
    /// What it measures.
    pub kind: MetricKind,
    /// Prose.
    pub help: String,
    /// Unit, such as `seconds`.
    pub unit: String,
}

/// One native histogram value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramSample {
    /// When.
    pub at: Millis,
    /// What.
    pub histogram: FloatHistogram,
}

#[derive(Debug, Clone)]
struct Pair {
    name: Range<u32>,
    value: Range<u32>,
}

#[derive(Debug, Clone, Default)]
struct Series {
    pairs: Range<u32>,
    samples: Range<u32>,
    histograms: Range<u32>,
    exemplars: Range<u32>,
    key: Option<LabelKey>,
}

/// Series with their samples, in the order sent.
#[derive(Debug, Clone, Default)]
pub struct MetricBatch {
    text: String,
    pairs: Vec<Pair>,
    series: Vec<Series>,
    samples: Vec<Sample>,
    histograms: Vec<HistogramSample>,
    exemplars: Vec<Exemplar>,
    /// Start timestamps of `samples` in milliseconds, 0 = not known; may end early.
    starts: Vec<i64>,
    /// The same of `histograms`.
    histogram_starts: Vec<i64>,
    /// Samples of series that the engine gave numbers before.
    pub known: KnownSamples,
    /// What the request says about metric families.
    pub metadata: Vec<Metadata>,
}

/// A sample or a histogram of a series.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// A number.
    Sample(&'a Sample),
    /// A native histogram.
    Histogram(&'a HistogramSample),
}

/// One series of a batch.
#[derive(Clone, Copy)]
pub struct SeriesView<'a> {
    batch: &'a MetricBatch,
    series: &'a Series,
}

fn usize_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

fn position(length: usize) -> u32 {
    u32::try_from(length).expect("doors refuse bodies of 4 GiB")
}

impl MetricBatch {
    /// Adds a label to the series being built. Any order; an empty value is left out.
    pub fn push_label(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let name = self.push_text(name);
        let value = self.push_text(value);
        self.pairs.push(Pair { name, value });
    }

    fn push_text(&mut self, piece: &str) -> Range<u32> {
        let start = position(self.text.len());
        self.text.push_str(piece);
        start..position(self.text.len())
    }

    /// Adds a sample to the series being built.
    pub fn push_sample(&mut self, at: Millis, value: f64) {
        self.samples.push(Sample { at, value });
    }

    /// Adds a sample that counts from `start` on (0: not known).
    pub fn push_started_sample(&mut self, at: Millis, value: f64, start: Millis) {
        if start.0 != 0 {
            self.starts.resize(self.samples.len(), 0);
            self.starts.push(start.0);
        }
        self.push_sample(at, value);
    }

    /// Adds a native histogram that counts from `start` on (0: not known).
    pub fn push_started_histogram(&mut self, at: Millis, histogram: FloatHistogram, start: Millis) {
        if start.0 != 0 {
            self.histogram_starts.resize(self.histograms.len(), 0);
            self.histogram_starts.push(start.0);
        }
        self.push_histogram(at, histogram);
    }

    /// Adds a native histogram to the series being built.
    pub fn push_histogram(&mut self, at: Millis, histogram: FloatHistogram) {
        self.histograms.push(HistogramSample { at, histogram });
    }

    /// Adds an exemplar to the series being built.
    pub fn push_exemplar(&mut self, exemplar: Exemplar) {
        self.exemplars.push(exemplar);
    }

    /// Ends the series being built. `Err` names a label that occurs twice; the series is then taken back.
    pub fn finish_series(&mut self) -> Result<(), String> {
        let last = self.series.last().cloned().unwrap_or_default();
        let first_pair = last.pairs.end as usize;
        let text = &self.text;
        let name_of = |pair: &Pair| &text[usize_range(&pair.name)];
        let pairs = &mut self.pairs[first_pair..];
        if !pairs.is_sorted_by(|a, b| name_of(a) < name_of(b)) {
            pairs.sort_by(|a, b| name_of(a).cmp(name_of(b)));
            if let Some(twice) = pairs.windows(2).find(|w| name_of(&w[0]) == name_of(&w[1])) {
                let name = name_of(&twice[0]).to_owned();
                self.abandon_series();
                return Err(name);
            }
        }
        self.series.push(Series {
            pairs: last.pairs.end..position(self.pairs.len()),
            samples: last.samples.end..position(self.samples.len()),
            histograms: last.histograms.end..position(self.histograms.len()),
            exemplars: last.exemplars.end..position(self.exemplars.len()),
            key: None,
        });
        Ok(())
    }

    /// Says by which key of its labels' bytes the series that was just finished may be asked for again.
    pub fn key_series(&mut self, key: LabelKey) {
        if let Some(last) = self.series.last_mut() {
            last.key = Some(key);
        }
    }

    /// Whether the series being built has no sample and no histogram yet.
    pub fn is_unfinished_empty(&self) -> bool {
        let last = self.series.last().cloned().unwrap_or_default();
        self.samples.len() == last.samples.end as usize
            && self.histograms.len() == last.histograms.end as usize
    }

    /// Adds a series of another batch: what `keep` takes of its samples and histograms, with their starts, its exemplars, and
    /// the labels whose names `label` takes. A series of which no sample is kept is left out, unless it had none.
    pub fn copy_series(
        &mut self,
        series: SeriesView<'_>,
        keep: impl Fn(Row<'_>) -> bool,
        label: impl Fn(&str) -> bool,
    ) {
        let start = |starts: &[i64], at: usize| Millis(starts.get(at).copied().unwrap_or(0));
        let mut kept = series.samples().is_empty() && series.histograms().is_empty();
        for (at, sample) in series.samples().iter().enumerate().filter(|(_, s)| keep(Row::Sample(s))) {
            self.push_started_sample(sample.at, sample.value, start(series.starts(), at));
            kept = true;
        }
        for (at, sample) in series.histograms().iter().enumerate().filter(|(_, h)| keep(Row::Histogram(h))) {
            let start = start(series.histogram_starts(), at);
            self.push_started_histogram(sample.at, sample.histogram.clone(), start);
            kept = true;
        }
        if !kept {
            return;
        }
        series.exemplars().iter().for_each(|exemplar| self.push_exemplar(exemplar.clone()));
        series
            .labels()
            .filter(|(name, _)| label(name))
            .for_each(|(name, value)| self.push_label(name, value));
        self.finish_series().expect("the series had each label once");
    }

    /// Takes back what was pushed since the last finished series.
    pub fn abandon_series(&mut self) {
        let last = self.series.last().cloned().unwrap_or_default();
        self.pairs.truncate(last.pairs.end as usize);
        self.samples.truncate(last.samples.end as usize);
        self.histograms.truncate(last.histograms.end as usize);
        self.exemplars.truncate(last.exemplars.end as usize);
        self.starts.truncate(self.samples.len());
        self.histogram_starts.truncate(self.histograms.len());
    }

    /// Adds a whole series. `labels` is well formed already.
    pub fn push_series(&mut self, labels: &Labels, samples: &[Sample]) {
        for (name, value) in labels.iter() {
            self.push_label(name, value);
        }
        self.samples.extend_from_slice(samples);
        self.finish_series().expect("a label set holds each name once");
    }

    /// The series, in the order sent.
    pub fn series(&self) -> impl ExactSizeIterator<Item = SeriesView<'_>> {
        self.series.iter().map(|series| SeriesView { batch: self, series })
    }

    /// How many series entries (a label set may occur more than once).
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there is no series, no sample of a known series, and no metadata.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty() && self.known.samples.is_empty() && self.metadata.is_empty()
    }

    /// How many float samples and histograms of series with labels.
    pub fn sample_count(&self) -> usize {
        self.samples.len() + self.histograms.len()
    }

    /// Keeps only the series for which `keep` is true; their samples stay where they are.
    pub fn retain(&mut self, mut keep: impl FnMut(SeriesView<'_>) -> bool) {
        let kept: Vec<bool> = self.series().map(&mut keep).collect();
        let mut at = 0;
        self.series.retain(|_| {
            at += 1;
            kept[at - 1]
        });
    }

    /// Empties the batch, keeping its memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.pairs.clear();
        self.series.clear();
        self.samples.clear();
        self.histograms.clear();
        self.exemplars.clear();
        self.starts.clear();
        self.histogram_starts.clear();
        self.known.samples.clear();
        self.metadata.clear();
    }
}

impl<'a> SeriesView<'a> {
    /// The label pairs, sorted by name.
    pub fn labels(self) -> impl ExactSizeIterator<Item = (&'a str, &'a str)> + Clone {
        let text = &self.batch.text;
        self.batch.pairs[usize_range(&self.series.pairs)]
            .iter()
            .map(move |pair| (&text[usize_range(&pair.name)], &text[usize_range(&pair.value)]))
    }

    /// The label set as a value of its own.
    pub fn to_labels(self) -> Labels {
        Labels::from_sorted(self.labels())
    }

    /// The value of one label, or "".
    pub fn value(self, name: &str) -> &'a str {
        self.labels().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    /// Float samples, in the order sent.
    pub fn samples(self) -> &'a [Sample] {
        &self.batch.samples[usize_range(&self.series.samples)]
    }

    /// Native histograms, in the order sent.
    pub fn histograms(self) -> &'a [HistogramSample] {
        &self.batch.histograms[usize_range(&self.series.histograms)]
    }

    /// The key of its labels' bytes, if the door said one.
    pub fn key(self) -> Option<LabelKey> {
        self.series.key
    }

    /// Start timestamps of the float samples in milliseconds, 0 = not known. Shorter than [`SeriesView::samples`] when
    /// the rest is not known.
    pub fn starts(self) -> &'a [i64] {
        part(&self.batch.starts, &self.series.samples)
    }

    /// Start timestamps of the histograms, like [`SeriesView::starts`].
    pub fn histogram_starts(self) -> &'a [i64] {
        part(&self.batch.histogram_starts, &self.series.histograms)
    }

    /// Exemplars, in the order sent.
    pub fn exemplars(self) -> &'a [Exemplar] {
        &self.batch.exemplars[usize_range(&self.series.exemplars)]
    }
}

/// What of a list that may end early is in a range.
fn part<'a>(all: &'a [i64], range: &Range<u32>) -> &'a [i64] {
    let end = all.len().min(range.end as usize);
    &all[(range.start as usize).min(end)..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_and_repeats_are_refused() {
        let mut batch = MetricBatch::default();
        batch.push_label("job", "a");
        batch.push_label("__name__", "up");
        batch.push_label("empty", "");
        batch.push_sample(Millis(1), 2.0);
        batch.finish_series().unwrap();
        batch.push_label("x", "1");
        batch.push_label("x", "2");
        batch.push_sample(Millis(1), 3.0);
        assert_eq!(batch.finish_series().unwrap_err(), "x");
        batch.push_series(&Labels::from_pairs([("a", "b")]), &[Sample { at: Millis(5), value: 1.0 }]);
        let views: Vec<_> = batch.series().collect();
        assert_eq!(views.len(), 2);
        assert_eq!(views[0].to_labels().to_string(), r#"{__name__="up", job="a"}"#);
        assert_eq!(views[0].samples(), [Sample { at: Millis(1), value: 2.0 }]);
        assert_eq!(views[1].samples()[0].at, Millis(5));
        assert_eq!(batch.sample_count(), 2);
    }

    #[test]
    fn start_timestamps_stay_with_their_samples() {
        let mut batch = MetricBatch::default();
        batch.push_label("__name__", "a");
        batch.push_sample(Millis(1), 1.0);
        batch.push_started_sample(Millis(2), 2.0, Millis(7));
        batch.push_sample(Millis(3), 3.0);
        batch.finish_series().unwrap();
        batch.push_label("__name__", "b");
        batch.push_started_sample(Millis(4), 4.0, Millis(8));
        batch.abandon_series();
        batch.push_label("__name__", "c");
        batch.push_sample(Millis(5), 5.0);
        batch.finish_series().unwrap();
        batch.key_series(LabelKey::of(b"c"));
        let starts: Vec<_> = batch.series().map(|s| s.starts().to_vec()).collect();
        assert_eq!(starts, [vec![0, 7, 0], vec![]]);
        assert_eq!(batch.series().map(SeriesView::key).collect::<Vec<_>>(), [None, Some(LabelKey::of(b"c"))]);
    }
}

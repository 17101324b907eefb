//! An in-memory source of series, as exact about counter-reset hints as a store of chunks: a histogram that continues a
//! run says "no reset", the first of a run says nothing, gauges say that they are gauges.

use crate::source::{Fake, Selects};
use contract::{Series, SeriesSelect, SeriesSource};
use model::{FloatHistogram, Labels, Millis, ResetHint};
use promql::histogram::{compact, detect_reset};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Samples of one series by time, each with its start timestamp.
#[derive(Debug, Default, Clone)]
pub(crate) struct Stored {
    floats: BTreeMap<i64, (f64, i64)>,
    histograms: BTreeMap<i64, (FloatHistogram, i64)>,
}

/// All series.
#[derive(Debug, Default)]
pub(crate) struct Held(BTreeMap<Labels, Stored>);

/// The source.
pub(crate) type Memory = Fake<Held>;

/// What a runner needs of a store.
pub(crate) trait Storage {
    /// Throws everything away.
    fn clear(&mut self);
    /// Adds a float.
    fn push_float(&mut self, labels: &Labels, at: i64, value: f64, start: i64);
    /// Adds a histogram.
    fn push_histogram(&mut self, labels: &Labels, at: i64, histogram: FloatHistogram, start: i64);
    /// To be queried.
    fn source(&self) -> &dyn SeriesSource;
}

impl Storage for Memory {
    fn clear(&mut self) {
        self.0.0.clear();
    }

    fn push_float(&mut self, labels: &Labels, at: i64, value: f64, start: i64) {
        self.0.0.entry(labels.clone()).or_default().floats.insert(at, (value, start));
    }

    fn push_histogram(&mut self, labels: &Labels, at: i64, mut histogram: FloatHistogram, start: i64) {
        compact(&mut histogram);
        self.0.0.entry(labels.clone()).or_default().histograms.insert(at, (histogram, start));
    }

    fn source(&self) -> &dyn SeriesSource {
        self
    }
}

impl Stored {
    /// The histograms with the hints that reading them back yields.
    fn hinted(&self) -> Vec<(Millis, Arc<FloatHistogram>, i64)> {
        let mut out: Vec<(Millis, Arc<FloatHistogram>, i64)> = Vec::new();
        let mut previous: Option<(i64, &FloatHistogram)> = None;
        for (at, (given, start)) in &self.histograms {
            let mut h = given.clone();
            let continues = previous.is_some_and(|(before, p)| {
                let uninterrupted = self.floats.range(before..*at).next().is_none();
                uninterrupted && continues_run(given, p)
            });
            h.reset_hint = match (given.reset_hint, continues) {
                (ResetHint::Gauge, _) => ResetHint::Gauge,
                (_, true) => ResetHint::NotReset,
                (_, false) => ResetHint::Unknown,
            };
            out.push((Millis(*at), Arc::new(h), *start));
            previous = Some((*at, given));
        }
        out
    }
}

/// Whether a counter histogram can be stored in one run with the one before.
fn continues_run(h: &FloatHistogram, previous: &FloatHistogram) -> bool {
    let gauge = |h: &FloatHistogram| h.reset_hint == ResetHint::Gauge;
    let mut plain = h.clone();
    if plain.reset_hint == ResetHint::NotReset {
        plain.reset_hint = ResetHint::Unknown;
    }
    !gauge(h)
        && !gauge(previous)
        && !h.is_stale()
        && !previous.is_stale()
        && h.schema == previous.schema
        && h.zero_threshold == previous.zero_threshold
        && h.custom_values == previous.custom_values
        && !detect_reset(&plain, previous)
}

impl Selects for Held {
    fn answer(&self, select: &SeriesSelect) -> Vec<Series> {
        let (start, end) = (select.range.start.0, select.range.end.0);
        let mut shared: HashMap<Vec<i64>, Arc<[i64]>> = HashMap::new();
        let mut out = Vec::new();
        for (labels, stored) in &self.0 {
            if !select.matchers.iter().all(|m| m.matches(labels.value(&m.name))) {
                continue;
            }
            let floats: Vec<_> = stored.floats.range(start..end).collect();
            let times: Vec<i64> = floats.iter().map(|(t, _)| **t).collect();
            let timestamps = shared.entry(times).or_insert_with_key(|t| t.as_slice().into()).clone();
            let histograms: Vec<_> =
                stored.hinted().into_iter().filter(|(t, ..)| (start..end).contains(&t.0)).collect();
            if floats.is_empty() && histograms.is_empty() {
                continue;
            }
            let starts: Vec<i64> = floats.iter().map(|(_, (_, s))| *s).collect();
            let histogram_starts: Vec<i64> = histograms.iter().map(|(.., s)| *s).collect();
            let known = |starts: Vec<i64>| starts.iter().any(|s| *s != 0).then(|| starts.into());
            out.push(Series {
                labels: labels.clone(),
                timestamps,
                values: floats.iter().map(|(_, (v, _))| *v).collect(),
                histograms: histograms.into_iter().map(|(t, h, _)| (t, h)).collect(),
                starts: known(starts),
                histogram_starts: known(histogram_starts),
            });
        }
        out
    }
}

//! What PromQL asks of the metrics engine.

use crate::{Answer, Context};
use model::{Exemplar, FloatHistogram, Labels, Matcher, Metadata, Millis, TimeRange};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which samples.
#[derive(Debug, Clone)]
pub struct SeriesSelect {
    /// All must match. At least one does not match the empty value (languages see to that).
    pub matchers: Vec<Matcher>,
    /// Samples with `start <= t < end`.
    pub range: TimeRange<Millis>,
    /// What of them: a source may answer with more.
    pub need: Need,
}

/// What of the samples is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// All of them.
    #[default]
    Samples,
    /// Of each series the last one.
    Last,
    /// When there is one, and which are stale markers: other values may be any that are none.
    Times,
}

/// One series and its samples in the range, ascending, one a timestamp.
///
/// Timestamps are shared: series of one scrape target point at the same slice, so a window table computed for one of
/// them serves all (compare with [`Arc::ptr_eq`]). Stale markers are among the values.
#[derive(Debug, Clone)]
pub struct Series {
    /// Who.
    pub labels: Labels,
    /// When, in milliseconds, of the float values.
    pub timestamps: Arc<[i64]>,
    /// What; as long as `timestamps`.
    pub values: Arc<[f64]>,
    /// Native histograms, ascending by time; no timestamp occurs here and among the floats.
    pub histograms: Vec<(Millis, Arc<FloatHistogram>)>,
    /// Start timestamps of the float values in milliseconds (0 = not known), when any is known.
    pub starts: Option<Arc<[i64]>>,
    /// Start timestamps of the histograms in milliseconds (0 = not known), when any is known.
    pub histogram_starts: Option<Arc<[i64]>>,
}

/// Which label names or values.
#[derive(Debug, Clone)]
pub struct LabelSelect {
    /// Sets of matchers; a series counts when it matches any set. Empty: all series.
    pub matchers: Vec<Vec<Matcher>>,
    /// Series with data in this range.
    pub range: TimeRange<Millis>,
    /// At most this many answers, in order; 0 for all.
    pub limit: usize,
}

/// What of a tenant's samples is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Samples before this time are settled: no more of them are expected.
    pub until: Millis,
    /// Is another number once a sample that was settled has come or gone all the same.
    pub mark: u64,
}

/// How many series there are, and how many have which label values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Series in all.
    pub series: u64,
    /// By label name, and by value: how many series have it. Values that no series has are not there.
    pub labels: BTreeMap<String, BTreeMap<String, u64>>,
}

impl LabelCounts {
    /// Counts label sets, each of which is there once; of some names, or of all.
    pub fn of(all: &[Labels], names: Option<&[String]>) -> LabelCounts {
        let mut counts = LabelCounts { series: all.len() as u64, labels: BTreeMap::new() };
        for (name, value) in all.iter().flat_map(Labels::iter) {
            if names.is_none_or(|names| names.iter().any(|wanted| wanted == name)) {
                counts.add(name, value, 1);
            }
        }
        counts
    }

    /// So many more series have the value.
    pub fn add(&mut self, name: &str, value: &str, series: u64) {
        if !self.labels.contains_key(name) {
            self.labels.insert(name.to_owned(), BTreeMap::new());
        }
        let values = self.labels.get_mut(name).expect("it was just made");
        match values.get_mut(value) {
            Some(count) => *count += series,
            None => drop(values.insert(value.to_owned(), series)),
        }
    }
}

/// What a function over windows needs of samples, so that few values may stand for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Digest {
    /// Their sum: values whose sum it is.
    Sum,
    /// Their number: values whose *sum* it is, so that a sample that is there counts as 1.
    Count,
    /// The least of them.
    Least,
    /// The greatest of them.
    Greatest,
    /// By how much they rose, falls being resets: first, last, and values between with the same rise.
    Counter,
    /// The last of them.
    Last,
}

/// A store of series.
pub trait SeriesSource: Send + Sync {
    /// The matching series that have a sample in the range, sorted by labels, each label set once.
    fn select<'a>(&'a self, cx: &'a Context, select: SeriesSelect) -> Answer<'a, Vec<Series>>;

    /// Whether [`SeriesSource::select_digest`] may answer other than [`SeriesSource::select`].
    fn has_digests(&self, _cx: &Context) -> bool {
        false
    }

    /// Like [`SeriesSource::select`], for a query that computes what `digest` says over windows all of which begin and end, left-open, at
    /// multiples of `edges` milliseconds. A source that does not know better answers with the samples, for which [`Digest::Count`] is not
    /// to be asked then.
    fn select_digest<'a>(
        &'a self,
        cx: &'a Context,
        select: SeriesSelect,
        _digest: Digest,
        _edges: i64,
    ) -> Answer<'a, Vec<Series>> {
        self.select(cx, select)
    }

    /// The label sets of matching series, sorted.
    fn series<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<Labels>>;

    /// The label names of matching series, sorted.
    fn label_names<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<String>>;

    /// The values of one label among matching series, sorted.
    fn label_values<'a>(
        &'a self,
        cx: &'a Context,
        name: &'a str,
        select: LabelSelect,
    ) -> Answer<'a, Vec<String>>;

    /// How many of the matching series have which values of some labels, or of all; the limit does not count. A source may know
    /// better than by looking at each series.
    fn count_labels<'a>(
        &'a self,
        cx: &'a Context,
        select: LabelSelect,
        names: Option<Vec<String>>,
    ) -> Answer<'a, LabelCounts> {
        Box::pin(async move {
            let all = self.series(cx, LabelSelect { limit: 0, ..select }).await?;
            Ok(LabelCounts::of(&all, names.as_deref()))
        })
    }

    /// Exemplars of series that match any of the sets, by series, ascending by time.
    fn exemplars<'a>(
        &'a self,
        cx: &'a Context,
        select: LabelSelect,
    ) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>>;

    /// What is settled now, so that answers made of it may be kept. An answer that was made after this was asked holds as long
    /// as the mark is the same. `None`: nothing may be kept.
    fn settled(&self, _cx: &Context) -> Option<Settled> {
        None
    }

    /// What is known about metric families; of one family when `family` is given. Sorted by family.
    fn metadata<'a>(&'a self, cx: &'a Context, family: Option<&'a str>) -> Answer<'a, Vec<Metadata>>;
}

//! Pieces of one series from several places, put together: sealed segments, open rows, pages of blocks.
//!
//! On the read walk between the places and the answer, and on the write walk between a head (or several blocks) and the
//! block that is made of them. Parts come in order of log position: of two samples at one time the later part's stays.
//! Timestamps are shared: series whose parts have the same times get the same slice.
//!
//! Invariant: the merged samples ascend strictly in time, over floats and histograms together.

use model::FloatHistogram;
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;

/// Timestamps that are remembered for sharing, 32 MiB: a thousand targets for a day at 15 s. Beyond it what is known is
/// forgotten: irregular series have nothing to share and must not fill the memory.
pub(crate) const MAX_SHARED_TIMES: usize = 4 << 20;

/// A piece of a series.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) times: Arc<[i64]>,
    /// Which of the times.
    pub(crate) range: Range<usize>,
    /// One for each time in the range.
    pub(crate) values: Vec<f64>,
    /// Ascending.
    pub(crate) histograms: Vec<(i64, Arc<FloatHistogram>)>,
}

impl Part {
    fn times(&self) -> &[i64] {
        &self.times[self.range.clone()]
    }
}

/// A merged series.
#[derive(Debug, Clone)]
pub(crate) struct Merged {
    pub(crate) times: Arc<[i64]>,
    pub(crate) values: Vec<f64>,
    pub(crate) histograms: Vec<(i64, Arc<FloatHistogram>)>,
}

impl Merged {
    pub(crate) fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histograms.is_empty()
    }
}

/// The positions of `times` that lie in `start..=end`.
pub(crate) fn within(times: &[i64], start: i64, end: i64) -> Range<usize> {
    let from = times.partition_point(|t| *t < start);
    let to = times.partition_point(|t| *t <= end);
    from..to.max(from)
}

/// Which times were joined: addresses of the shared slices and the ranges in them.
type JoinKey = Vec<(usize, usize, usize)>;

/// The joined slice and its pieces.
type Joined = (Arc<[i64]>, Vec<Arc<[i64]>>);

/// Joined timestamps by what they were joined from. Holds the pieces too, so that an address stays theirs.
#[derive(Debug, Default)]
pub(crate) struct SharedTimes {
    joined: FxHashMap<JoinKey, Joined>,
    held: usize,
    key: JoinKey,
}

impl SharedTimes {
    fn join(&mut self, parts: &[Part]) -> Arc<[i64]> {
        if let [only] = parts
            && only.range == (0..only.times.len())
        {
            return only.times.clone();
        }
        self.key.clear();
        self.key.extend(parts.iter().map(|p| (p.times.as_ptr() as usize, p.range.start, p.range.end)));
        if let Some((joined, _)) = self.joined.get(&self.key) {
            return joined.clone();
        }
        let joined: Arc<[i64]> = parts.iter().flat_map(|p| p.times().iter().copied()).collect();
        if self.held + joined.len() > MAX_SHARED_TIMES {
            self.joined.clear();
            self.held = 0;
        }
        self.held += joined.len();
        let pieces = parts.iter().map(|p| p.times.clone()).collect();
        self.joined.insert(self.key.clone(), (joined.clone(), pieces));
        joined
    }
}

/// Puts parts together; of equal times the later part's sample stays.
pub(crate) fn merge(mut parts: Vec<Part>, shared: &mut SharedTimes) -> Merged {
    parts.retain(|part| !part.range.is_empty() || !part.histograms.is_empty());
    let floats_only = parts.iter().all(|part| part.histograms.is_empty());
    if floats_only {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| parts[*at].times()[0]);
        let apart = |pair: &[usize]| {
            let (before, after) = (parts[pair[0]].times(), parts[pair[1]].times());
            before[before.len() - 1] < after[0]
        };
        if order.windows(2).all(apart) {
            parts.sort_by_key(|part| part.times()[0]);
            return concatenate(parts, shared);
        }
    }
    interleave(parts)
}

fn concatenate(mut parts: Vec<Part>, shared: &mut SharedTimes) -> Merged {
    let times = shared.join(&parts);
    let values = match parts.as_mut_slice() {
        [only] => std::mem::take(&mut only.values),
        _ => {
            let mut values = Vec::with_capacity(times.len());
            parts.iter().for_each(|part| values.extend_from_slice(&part.values));
            values
        }
    };
    Merged { times, values, histograms: Vec::new() }
}

enum Sample {
    Float(f64),
    Histogram(Arc<FloatHistogram>),
}

fn interleave(parts: Vec<Part>) -> Merged {
    let mut all: Vec<(i64, usize, Sample)> = Vec::new();
    for (rank, part) in parts.into_iter().enumerate() {
        let floats = part.times().iter().zip(&part.values);
        all.extend(floats.map(|(at, value)| (*at, rank, Sample::Float(*value))));
        all.extend(part.histograms.into_iter().map(|(at, h)| (at, rank, Sample::Histogram(h))));
    }
    all.sort_by_key(|(at, rank, _)| (*at, *rank));
    let (mut times, mut values, mut histograms) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = all.into_iter().peekable();
    while let Some((at, _, sample)) = all.next() {
        if all.peek().is_some_and(|(next, ..)| *next == at) {
            continue;
        }
        match sample {
            Sample::Float(value) => {
                times.push(at);
                values.push(value);
            }
            Sample::Histogram(histogram) => histograms.push((at, histogram)),
        }
    }
    Merged { times: times.into(), values, histograms }
}

//! Pieces of one series from several places, put together: sealed segments, open rows, pages of blocks.
//!
//! On the read walk between the places and the answer, and on the write walk between a head (or several blocks) and the
//! block that is made of them. Parts come in order of log position: of two samples at one time the later part's stays.
//! Timestamps are shared: series whose parts have the same times get the same slice. Values of all parts of a series are
//! decoded one behind the other into one buffer, which is also what comes out unless parts overlap:
//! ```text
//! parts   (times 0..3, from 0) (times 2..6, from 3)      values  a a a b b b b
//! ```
//! Invariant: the merged samples ascend strictly in time, over floats and histograms together.

use crate::error::TsdbError;
use crate::starts::{Run, start_of};
use model::{FloatHistogram, is_stale};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;

/// Timestamps that are remembered for sharing, 32 MiB: a thousand targets for a day at 15 s. Beyond it what is known is
/// forgotten: irregular series have nothing to share and must not fill the memory.
pub(crate) const MAX_SHARED_TIMES: usize = 4 << 20;

/// The value of samples whose values nobody needs: they are no stale markers.
pub(crate) const ANY_VALUE: f64 = 1.0;

/// Native histograms with their times, ascending.
pub(crate) type HistogramList = Vec<(i64, Arc<FloatHistogram>)>;

/// A piece of a series.
#[derive(Debug)]
struct Part {
    times: Arc<[i64]>,
    /// Which of the times.
    range: Range<usize>,
    /// Where its values begin in the buffer, one for each time in the range.
    from: usize,
    histograms: HistogramList,
    /// Which of the start timestamps are of its place.
    place: usize,
}

impl Part {
    fn times(&self) -> &[i64] {
        &self.times[self.range.clone()]
    }
}

/// The pieces of one series, and the memory that is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    parts: Vec<Part>,
    values: Vec<f64>,
    /// Some value was read, so they are not all [`ANY_VALUE`].
    read: bool,
    integers: Vec<i64>,
    ordered: Vec<f64>,
    /// Start timestamps by place; empty while no place has any.
    starts: Vec<Vec<Run>>,
    places: usize,
}

/// A merged series.
#[derive(Debug)]
pub(crate) struct Merged<'a> {
    pub(crate) times: Arc<[i64]>,
    pub(crate) values: &'a [f64],
    /// They are all [`ANY_VALUE`].
    pub(crate) alike: bool,
    pub(crate) histograms: HistogramList,
    /// Start timestamps of the floats, or nothing when none is known.
    pub(crate) starts: Vec<i64>,
    /// Start timestamps of the histograms, or nothing when none is known.
    pub(crate) histogram_starts: Vec<i64>,
}

impl Merged<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histograms.is_empty()
    }
}

/// The positions of `times` that lie in `start..=end`.
pub(crate) fn within(times: &[i64], start: i64, end: i64) -> Range<usize> {
    // Most pieces lie in the range whole.
    if let (Some(first), Some(last)) = (times.first(), times.last())
        && *first >= start
        && *last <= end
    {
        return 0..times.len();
    }
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
        match parts {
            [] => return Arc::from([]),
            [only] if only.range == (0..only.times.len()) => return only.times.clone(),
            _ => {}
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

impl Parts {
    /// Forgets the parts of the series before.
    pub(crate) fn clear(&mut self) {
        self.parts.clear();
        self.values.clear();
        self.read = false;
        self.starts.clear();
        self.places = 0;
    }

    /// What is added from now on comes from another place, which has these start timestamps.
    pub(crate) fn place(&mut self, starts: &[Run]) {
        self.places += 1;
        if !starts.is_empty() {
            self.starts.resize(self.places, Vec::new());
            self.starts[self.places - 1] = starts.to_vec();
        }
    }

    /// The start of a sample of a place; 0 when it is not known.
    fn start(&self, place: usize, at: i64) -> i64 {
        let runs = place.checked_sub(1).and_then(|place| self.starts.get(place));
        runs.map_or(0, |runs| start_of(runs, at))
    }

    /// The starts of all floats, part by part.
    fn float_starts(&self) -> Vec<i64> {
        if self.starts.is_empty() {
            return Vec::new();
        }
        let of = |part: &Part| part.times().iter().map(|at| self.start(part.place, *at)).collect::<Vec<_>>();
        known(self.parts.iter().flat_map(of).collect())
    }

    /// Adds the `range` of `times`. `decode` appends the values of that range; its first argument is scratch.
    pub(crate) fn push(
        &mut self,
        times: &Arc<[i64]>,
        range: Range<usize>,
        decode: impl FnOnce(&mut Vec<i64>, &mut Vec<f64>) -> Result<(), TsdbError>,
    ) -> Result<(), TsdbError> {
        if range.is_empty() {
            return Ok(());
        }
        let from = self.values.len();
        self.read = true;
        decode(&mut self.integers, &mut self.values)?;
        if self.values.len() != from + range.len() {
            return Err(TsdbError::Corrupt("a column of another length than its times".into()));
        }
        self.parts.push(Part {
            times: times.clone(),
            range,
            from,
            histograms: Vec::new(),
            place: self.places,
        });
        Ok(())
    }

    /// Adds the `range` of `times`, at all of which the value is the same.
    pub(crate) fn push_constant(&mut self, times: &Arc<[i64]>, range: Range<usize>, value: f64) {
        if !range.is_empty() {
            let from = self.values.len();
            self.values.resize(from + range.len(), value);
            self.read |= value != ANY_VALUE;
            self.parts.push(Part {
                times: times.clone(),
                range,
                from,
                histograms: Vec::new(),
                place: self.places,
            });
        }
    }

    /// Adds histograms, at times at which there is no float from the same place.
    pub(crate) fn push_histograms(&mut self, histograms: HistogramList) {
        if !histograms.is_empty() {
            let from = self.values.len();
            self.parts.push(Part { times: Arc::from([]), range: 0..0, from, histograms, place: self.places });
        }
    }

    /// How many float samples were added.
    pub(crate) fn floats(&self) -> usize {
        self.values.len()
    }

    /// The floats that were added from the `from`th on each count as one; stale markers stay.
    pub(crate) fn count_from(&mut self, from: usize) {
        self.values[from..].iter_mut().filter(|value| !is_stale(**value)).for_each(|value| *value = 1.0);
    }

    /// Puts parts together; of equal times the later part's sample stays.
    pub(crate) fn merge(&mut self, shared: &mut SharedTimes) -> Merged<'_> {
        let apart = |a: &Part, b: &Part| a.times()[a.range.len() - 1] < b.times()[0];
        if self.parts.iter().any(|part| !part.histograms.is_empty()) {
            return self.interleave();
        }
        if self.parts.windows(2).all(|pair| apart(&pair[0], &pair[1])) {
            // Nearly always: the buffer is the series.
            let (times, starts) = (shared.join(&self.parts), self.float_starts());
            let (histograms, histogram_starts) = (Vec::new(), Vec::new());
            return Merged {
                times,
                values: &self.values,
                alike: !self.read,
                histograms,
                starts,
                histogram_starts,
            };
        }
        self.parts.sort_by_key(|part| part.times()[0]);
        if !self.parts.windows(2).all(|pair| apart(&pair[0], &pair[1])) {
            // Sorted by first time, equal ones in the order of the log; the rank below needs that of all.
            self.parts.sort_by_key(|part| part.from);
            return self.interleave();
        }
        self.ordered.clear();
        for part in &self.parts {
            self.ordered.extend_from_slice(&self.values[part.from..part.from + part.range.len()]);
        }
        let (times, starts) = (shared.join(&self.parts), self.float_starts());
        let (histograms, histogram_starts) = (Vec::new(), Vec::new());
        Merged { times, values: &self.ordered, alike: !self.read, histograms, starts, histogram_starts }
    }

    fn interleave(&mut self) -> Merged<'_> {
        let mut all: Vec<(i64, (usize, usize), Sample)> = Vec::new();
        for (rank, part) in std::mem::take(&mut self.parts).into_iter().enumerate() {
            let rank = (rank, part.place);
            let floats = part.times().iter().zip(&self.values[part.from..]);
            all.extend(floats.map(|(at, value)| (*at, rank, Sample::Float(*value))));
            all.extend(part.histograms.into_iter().map(|(at, h)| (at, rank, Sample::Histogram(h))));
        }
        all.sort_by_key(|(at, rank, _)| (*at, *rank));
        self.ordered.clear();
        let (mut times, mut histograms) = (Vec::new(), Vec::new());
        let (mut starts, mut histogram_starts) = (Vec::new(), Vec::new());
        let mut all = all.into_iter().peekable();
        while let Some((at, (_, place), sample)) = all.next() {
            if all.peek().is_some_and(|(next, ..)| *next == at) {
                continue;
            }
            match sample {
                Sample::Float(value) => {
                    times.push(at);
                    self.ordered.push(value);
                    starts.push(self.start(place, at));
                }
                Sample::Histogram(histogram) => {
                    histograms.push((at, histogram));
                    histogram_starts.push(self.start(place, at));
                }
            }
        }
        let (starts, histogram_starts) = (known(starts), known(histogram_starts));
        Merged {
            times: times.into(),
            values: &self.ordered,
            alike: !self.read,
            histograms,
            starts,
            histogram_starts,
        }
    }
}

/// Nothing when no start is known.
fn known(starts: Vec<i64>) -> Vec<i64> {
    if starts.iter().all(|start| *start == 0) { Vec::new() } else { starts }
}

enum Sample {
    Float(f64),
    Histogram(Arc<FloatHistogram>),
}

//! A shard of a head: its label sets, their groups and samples, histograms and exemplars.
//!
//! On the write walk after the log: what is here is visible. A shard is an index of its own with one lock, and a target
//! lives in one shard, so two writers of different targets seldom meet.
//! ```text
//! labels -> series id -> (group, slot) -> rows, late, sealed        histograms[(series, time)]   exemplars[series]
//! ```
//! Invariant: at one time a series has a float or a histogram, not both.

use super::before::Earlier;
use super::group::{Group, Verdict};
use super::kept::KeptLabels;
use crate::histogram::same_bits;
use crate::starts::{self, Run};
use index::{IndexError, LiveIndex};
use model::{Exemplar, FloatHistogram, Labels};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Exemplars of one series that are kept until the flush; the oldest goes. One a minute for ten hours.
pub(crate) const MAX_EXEMPLARS: usize = 600;
/// What a histogram costs beside its buckets, and an exemplar beside its labels.
const ENTRY_BYTES: usize = 200;
/// What a series costs beside the index: slot, last value, id, and its share of tables.
const SERIES_BYTES: isize = 40;

/// Where a series' samples are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) group: u32,
    pub(crate) slot: u32,
}

#[derive(Debug)]
pub(crate) struct Shard {
    pub(crate) index: LiveIndex,
    /// By series id.
    pub(crate) slots: Vec<Slot>,
    pub(crate) groups: Vec<Group>,
    by_key: FxHashMap<u64, u32>,
    pub(crate) histograms: BTreeMap<(u32, i64), Arc<FloatHistogram>>,
    pub(crate) exemplars: BTreeMap<u32, Vec<Exemplar>>,
    /// Start timestamps of the series that have any.
    starts: FxHashMap<u32, Vec<Run>>,
    /// Bytes of samples, histograms and exemplars, roughly.
    pub(crate) bytes: isize,
    /// Samples and histograms that were applied.
    pub(crate) samples: u64,
    /// The earliest time of all of them; `i64::MAX` before the first.
    pub(crate) earliest: i64,
    /// The latest time of all of them; `i64::MIN` before the first.
    pub(crate) latest: i64,
    /// So many series from the first on were seen to have a sample; a head loses none.
    filled: AtomicU32,
    kept: KeptLabels,
}

impl Default for Shard {
    fn default() -> Self {
        Shard {
            index: LiveIndex::default(),
            slots: Vec::new(),
            groups: Vec::new(),
            by_key: FxHashMap::default(),
            histograms: BTreeMap::new(),
            exemplars: BTreeMap::new(),
            starts: FxHashMap::default(),
            bytes: 0,
            samples: 0,
            earliest: i64::MAX,
            latest: i64::MIN,
            filled: AtomicU32::new(0),
            kept: KeptLabels::default(),
        }
    }
}

impl Shard {
    /// Gives the series that `index` just added its slot in the group of `key`.
    pub(crate) fn place(&mut self, series: u32, mut key: u64) {
        let group = loop {
            let next = self.groups.len() as u32;
            let group = *self.by_key.entry(key).or_insert(next);
            if group == next {
                self.groups.push(Group::new());
            }
            if !self.groups[group as usize].is_full() {
                break group;
            }
            // The next group of an overfull target: any fixed walk from key to key does.
            key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        };
        let slot = self.groups[group as usize].add(series);
        debug_assert_eq!(self.slots.len(), series as usize);
        self.slots.push(Slot { group, slot });
        self.bytes += SERIES_BYTES;
    }

    /// What a float sample would meet, here and in the heads before.
    pub(crate) fn float_verdict(
        &self,
        earlier: &Earlier,
        series: u32,
        slot: Slot,
        at: i64,
        bits: u64,
    ) -> Verdict {
        match self.verdict_at(series, slot, at, bits) {
            Verdict::Fresh if earlier.may_have(at) => earlier.float(self.index.iter(series), at, bits),
            verdict => verdict,
        }
    }

    /// What a float sample would meet here.
    pub(crate) fn own_float_verdict(&self, series: u32, at: i64, bits: u64) -> Verdict {
        self.verdict_at(series, self.slots[series as usize], at, bits)
    }

    fn verdict_at(&self, series: u32, slot: Slot, at: i64, bits: u64) -> Verdict {
        if !self.histograms.is_empty() && self.histograms.contains_key(&(series, at)) {
            return Verdict::Duplicate { there: None };
        }
        self.groups[slot.group as usize].verdict(slot.slot, at, bits)
    }

    /// What a histogram would meet, here and in the heads before.
    pub(crate) fn histogram_verdict(
        &self,
        earlier: &Earlier,
        series: u32,
        at: i64,
        histogram: &FloatHistogram,
    ) -> Verdict {
        match self.own_histogram_verdict(series, at, histogram) {
            Verdict::Fresh if earlier.may_have(at) => {
                earlier.histogram(self.index.iter(series), at, histogram)
            }
            verdict => verdict,
        }
    }

    /// What a histogram would meet here.
    pub(crate) fn own_histogram_verdict(&self, series: u32, at: i64, histogram: &FloatHistogram) -> Verdict {
        if let Some(there) = self.histograms.get(&(series, at)) {
            let same = same_bits(there, histogram);
            return if same { Verdict::Same } else { Verdict::Duplicate { there: None } };
        }
        let slot = self.slots[series as usize];
        match self.groups[slot.group as usize].find(slot.slot, at) {
            Some(bits) => Verdict::Duplicate { there: Some(bits) },
            None => Verdict::Fresh,
        }
    }

    /// The label set of a series, for a query: kept for the next one.
    pub(crate) fn labels(&self, series: u32) -> Labels {
        self.kept.of(series, || self.index.labels(series))
    }

    /// Whether a series has any sample.
    pub(crate) fn has_samples(&self, series: u32) -> bool {
        let slot = self.slots[series as usize];
        self.groups[slot.group as usize].last_at(slot.slot) != i64::MIN
            || self.histograms.range((series, i64::MIN)..=(series, i64::MAX)).next().is_some()
    }

    /// Whether every series has a sample, as is usual: they come with one.
    pub(crate) fn all_have_samples(&self) -> bool {
        let (seen, all) = (self.filled.load(Ordering::Relaxed), self.slots.len() as u32);
        let filled = (seen..all).find(|series| !self.has_samples(*series)).unwrap_or(all);
        self.filled.fetch_max(filled, Ordering::Relaxed);
        filled == all
    }

    /// The latest float of a series.
    pub(crate) fn last_float(&self, series: u32) -> Option<(i64, u64)> {
        let slot = self.slots[series as usize];
        self.groups[slot.group as usize].last_sample(slot.slot)
    }

    /// Applies fresh float samples of a group at one time: slot, bits before, bits.
    pub(crate) fn apply_row(&mut self, group: u32, at: i64, cells: &[(u32, u64, u64)]) {
        self.bytes += self.groups[group as usize].apply(at, cells);
        self.samples += cells.len() as u64;
        self.earliest = self.earliest.min(at);
        self.latest = self.latest.max(at);
    }

    /// Applies a fresh histogram.
    pub(crate) fn apply_histogram(&mut self, series: u32, at: i64, histogram: FloatHistogram) {
        let buckets = histogram.positive_buckets.len() + histogram.negative_buckets.len();
        self.bytes += (ENTRY_BYTES + (buckets + histogram.custom_values.len()) * 8) as isize;
        self.samples += 1;
        self.earliest = self.earliest.min(at);
        self.latest = self.latest.max(at);
        self.histograms.insert((series, at), Arc::new(histogram));
    }

    /// What the runs of a series say, if it has any.
    pub(crate) fn starts(&self, series: u32) -> &[Run] {
        if self.starts.is_empty() { &[] } else { self.starts.get(&series).map_or(&[], Vec::as_slice) }
    }

    /// Whether any sample has a start timestamp.
    pub(crate) fn has_starts(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Says the start of a sample that is applied after this.
    pub(crate) fn apply_start(&mut self, series: u32, at: i64, start: i64) {
        let slot = self.slots[series as usize];
        let float = self.groups[slot.group as usize].last_at(slot.slot);
        let histogram = self.histograms.range((series, i64::MIN)..=(series, i64::MAX)).next_back();
        let newest = float < at && histogram.is_none_or(|((_, last), _)| *last < at);
        let runs = self.starts.entry(series).or_default();
        let before = runs.len();
        starts::set(runs, at, start, newest);
        self.bytes += (runs.len() as isize - before as isize) * size_of::<Run>() as isize;
    }

    /// Whether the very same exemplar is there.
    pub(crate) fn has_exemplar(&self, series: u32, exemplar: &Exemplar) -> bool {
        let known = self.exemplars.get(&series);
        known.is_some_and(|known| known.iter().rev().any(|e| same_exemplar(e, exemplar)))
    }

    /// Applies an exemplar, in order of time.
    pub(crate) fn apply_exemplar(&mut self, series: u32, exemplar: Exemplar) {
        self.bytes += (ENTRY_BYTES + exemplar.labels.heap_bytes()) as isize;
        let known = self.exemplars.entry(series).or_default();
        if known.len() >= MAX_EXEMPLARS {
            known.remove(0);
        }
        let at = known.partition_point(|e| e.at <= exemplar.at);
        known.insert(at, exemplar);
    }

    /// Bytes on the heap, estimated.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.index.heap_bytes() + self.kept.heap_bytes() + usize::try_from(self.bytes).unwrap_or(0)
    }

    /// Checks ids that bytes claim.
    pub(crate) fn check_series(&self, series: u32) -> Result<(), IndexError> {
        if (series as usize) < self.slots.len() {
            return Ok(());
        }
        Err(IndexError::Corrupt("a record names a series that was never made"))
    }

    /// Checks a row's ids.
    pub(crate) fn check_slots(&self, group: u32, slots: &[u32]) -> Result<(), IndexError> {
        let group = self.groups.get(group as usize);
        match (group, slots.last()) {
            (Some(group), Some(last)) if (*last as usize) < group.series.len() => Ok(()),
            (Some(_), None) => Ok(()),
            _ => Err(IndexError::Corrupt("a record names a group or slot that was never made")),
        }
    }
}

fn same_exemplar(a: &Exemplar, b: &Exemplar) -> bool {
    a.at == b.at && a.value.to_bits() == b.value.to_bits() && a.labels == b.labels
}

//! Sealed rows of one group: encoded columns that share their timestamps, in RAM until the next flush.
//!
//! A seal transposes the open rows of a group: each slot gets one column of values, and slots that were present at the
//! same times point at the same timestamps, so a target's times are kept once.
//! ```text
//! times  [t0 t1 t2 ...] [t0 t2 ...]      columns[slot] = (which times, where in bytes)      bytes  column column ...
//! ```
//! Invariant: the times of a column ascend without repeats; a slot without samples has no column.

use codec::Reader;
use codec::floats::{decode_floats_in, encode_floats, holds_numbers};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;

/// A slot without samples in a segment.
const NO_COLUMN: u32 = u32::MAX;

/// The sealed samples of one group.
#[derive(Debug)]
pub(crate) struct Segment {
    /// Of all samples.
    pub(crate) first: i64,
    /// Of all samples.
    pub(crate) last: i64,
    /// How many seals its samples come from.
    pub(crate) seals: usize,
    times: Vec<Arc<[i64]>>,
    columns: Box<[Column]>,
    bytes: Box<[u8]>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    times: u32,
    offset: u32,
}

impl Segment {
    /// One segment of the samples of several, each after the one before in time; `None` when they have none.
    pub(crate) fn join(segments: &[Arc<Segment>]) -> Option<Segment> {
        let slots = segments.iter().map(|segment| segment.columns.len()).max()?;
        let mut builder = SegmentBuilder::default();
        let (mut times, mut values, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
        for slot in 0..slots as u32 {
            times.clear();
            values.clear();
            for segment in segments {
                let Some(some) = segment.times(slot) else { continue };
                times.extend_from_slice(some);
                segment.values(slot, 0..some.len(), &mut scratch, &mut values);
            }
            builder.push(&times, &values);
        }
        let seals = segments.iter().map(|segment| segment.seals).sum();
        Some(Segment { seals, ..builder.finish()? })
    }

    /// The times of a slot's samples; `None` when it has none.
    pub(crate) fn times(&self, slot: u32) -> Option<&Arc<[i64]>> {
        let column = self.columns.get(slot as usize)?;
        self.times.get(column.times as usize)
    }

    /// Appends the values of a slot at those of its times that are `wanted`.
    pub(crate) fn values(&self, slot: u32, wanted: Range<usize>, scratch: &mut Vec<i64>, out: &mut Vec<f64>) {
        let Some(times) = self.times(slot) else { return };
        let at = self.columns[slot as usize].offset as usize;
        let mut reader = Reader::new(&self.bytes[at..]);
        decode_floats_in(&mut reader, times.len(), wanted, scratch, out)
            .expect("the seal wrote this column a moment ago");
    }

    /// Whether each value of a slot is a number, as can be told without reading them: no stale marker among them.
    pub(crate) fn is_number(&self, slot: u32) -> bool {
        let column = self.columns.get(slot as usize);
        column.is_some_and(|column| holds_numbers(&self.bytes[column.offset as usize..]))
    }

    /// The bits of a slot's sample at `at`.
    pub(crate) fn find(&self, slot: u32, at: i64) -> Option<u64> {
        if at < self.first || at > self.last {
            return None;
        }
        let index = self.times(slot)?.binary_search(&at).ok()?;
        let mut values = Vec::new();
        self.values(slot, index..index + 1, &mut Vec::new(), &mut values);
        Some(values.first()?.to_bits())
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let times: usize = self.times.iter().map(|t| t.len() * 8 + 32).sum();
        size_of::<Segment>() + times + self.columns.len() * size_of::<Column>() + self.bytes.len()
    }
}

/// Builds a segment, slot by slot.
#[derive(Debug, Default)]
pub(crate) struct SegmentBuilder {
    times: Vec<Arc<[i64]>>,
    known: FxHashMap<Arc<[i64]>, u32>,
    columns: Vec<Column>,
    bytes: Vec<u8>,
}

impl SegmentBuilder {
    /// Adds the samples of the next slot; `times` ascends.
    pub(crate) fn push(&mut self, times: &[i64], values: &[f64]) {
        if times.is_empty() {
            self.columns.push(Column { times: NO_COLUMN, offset: 0 });
            return;
        }
        // Neighbours mostly share: compare with the last before hashing.
        let last = self.columns.last().filter(|c| c.times != NO_COLUMN).map(|c| c.times);
        let index = match last.filter(|i| self.times[*i as usize].as_ref() == times) {
            Some(index) => index,
            None => self.intern(times),
        };
        let offset = u32::try_from(self.bytes.len()).expect("a seal holds far less than 4 GiB");
        self.columns.push(Column { times: index, offset });
        encode_floats(&mut self.bytes, values);
    }

    fn intern(&mut self, times: &[i64]) -> u32 {
        if let Some(index) = self.known.get(times) {
            return *index;
        }
        let index = self.times.len() as u32;
        let shared: Arc<[i64]> = times.into();
        self.times.push(shared.clone());
        self.known.insert(shared, index);
        index
    }

    /// The segment, if any slot had a sample.
    pub(crate) fn finish(self) -> Option<Segment> {
        let first = self.times.iter().filter_map(|t| t.first()).min()?;
        let last = self.times.iter().filter_map(|t| t.last()).max()?;
        Some(Segment {
            first: *first,
            last: *last,
            seals: 1,
            times: self.times,
            columns: self.columns.into_boxed_slice(),
            bytes: self.bytes.into_boxed_slice(),
        })
    }
}

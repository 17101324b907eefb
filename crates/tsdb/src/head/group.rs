//! A group: the series of one target, whose samples arrive together with one timestamp.
//!
//! Open samples are rows, one a timestamp, with a cell for each slot; a sample that shares its time with few others is
//! kept beside them ("late"), so irregular series do not cost a row each. When there are enough, all open samples are
//! sealed into a [`Segment`], and segments that follow each other are joined to longer ones.
//! ```text
//!            slot 0   1    2    3          late: (slot, time) -> bits
//! row 10:00   1.0   7.0   -    0.1         sealed: segment, segment, ...
//! row 10:15   1.0   9.0  2.0   0.1
//! ```
//! Invariants: a slot has at most one sample a time, over rows, late and sealed together. What is decided here (row or
//! late, when to seal) depends only on the samples and their order, so replay decides the same.

use crate::chunk::{Segment, SegmentBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows before a seal: 16 x 8 bytes a series while open, four minutes of a 15 s scrape, and enough values for a codec
/// to pay for its header.
pub(crate) const MAX_OPEN_ROWS: usize = 16;
/// A time gets a row when at least one in so many slots of the group has a sample then: a row's cell costs 8 bytes,
/// a late sample about 40.
pub(crate) const ROW_SHARE: usize = 8;
/// Late samples of a group before a seal: a few for each slot, but not so few that a small group seals all the time.
const LATE_PER_SLOT: usize = 8;
const MIN_LATE: usize = 64;
/// Sealed segments that follow each other and are joined to one: reading a column costs a header and a look at its times
/// whatever its length, so half an hour at a time is read several times as fast as four minutes; a join has to stay short,
/// as it happens under the shard's lock.
const JOINED: usize = 8;
/// Slots of one group: a seal transposes all of them under the shard's lock, about a millisecond.
pub(crate) const MAX_SLOTS: usize = 4096;
/// What a late sample costs: key, value and its share of tree nodes.
const LATE_BYTES: usize = 40;

/// What became of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There was none at that time.
    Fresh,
    /// The same bits are there.
    Same,
    /// Something else is there.
    Duplicate {
        /// The bits of the float; `None` for a histogram.
        there: Option<u64>,
    },
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) at: i64,
    present: Vec<u64>,
    values: Vec<u64>,
}

impl Row {
    fn bytes(slots: usize) -> usize {
        size_of::<Row>() + slots * 8 + slots.div_ceil(64) * 8
    }

    /// The bits in a cell.
    pub(crate) fn get(&self, slot: u32) -> Option<u64> {
        let word = self.present.get(slot as usize / 64)?;
        (word >> (slot % 64) & 1 == 1).then(|| self.values[slot as usize])
    }

    fn set(&mut self, cells: &[(u32, u64, u64)], slots: usize) {
        if self.values.len() < slots {
            self.values.resize(slots, 0);
            self.present.resize(slots.div_ceil(64), 0);
        }
        for (slot, _, bits) in cells {
            self.present[*slot as usize / 64] |= 1 << (slot % 64);
            self.values[*slot as usize] = *bits;
        }
    }
}

/// What a slot held last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Last {
    /// The latest time of the slot; `i64::MIN` before the first sample.
    pub(crate) at: i64,
    /// The bits that were applied last, whatever their time: what the log's next difference is from.
    pub(crate) bits: u64,
}

#[derive(Debug)]
pub(crate) struct Group {
    /// Slot to series id.
    pub(crate) series: Vec<u32>,
    last: Vec<Last>,
    rows: Vec<Row>,
    late: BTreeMap<(u32, i64), u64>,
    sealed: Vec<Arc<Segment>>,
}

impl Group {
    pub(crate) fn new() -> Self {
        Group {
            series: Vec::new(),
            last: Vec::new(),
            rows: Vec::new(),
            late: BTreeMap::new(),
            sealed: Vec::new(),
        }
    }

    /// Gives a series the next slot.
    pub(crate) fn add(&mut self, series: u32) -> u32 {
        let slot = self.series.len() as u32;
        self.series.push(series);
        self.last.push(Last { at: i64::MIN, bits: 0 });
        slot
    }

    pub(crate) fn is_full(&self) -> bool {
        self.series.len() >= MAX_SLOTS
    }

    /// The bits applied last to a slot, 0 before the first.
    pub(crate) fn last_bits(&self, slot: u32) -> u64 {
        self.last.get(slot as usize).map_or(0, |last| last.bits)
    }

    /// The latest time of a slot; `i64::MIN` before the first sample.
    pub(crate) fn last_at(&self, slot: u32) -> i64 {
        self.last.get(slot as usize).map_or(i64::MIN, |last| last.at)
    }

    /// What a sample would meet.
    pub(crate) fn verdict(&self, slot: u32, at: i64, bits: u64) -> Verdict {
        if at > self.last[slot as usize].at {
            return Verdict::Fresh;
        }
        match self.find(slot, at) {
            None => Verdict::Fresh,
            Some(there) if there == bits => Verdict::Same,
            Some(there) => Verdict::Duplicate { there: Some(there) },
        }
    }

    /// The latest sample of a slot.
    pub(crate) fn last_sample(&self, slot: u32) -> Option<(i64, u64)> {
        let last = self.last.get(slot as usize).filter(|last| last.at != i64::MIN)?;
        Some((last.at, self.find(slot, last.at)?))
    }

    /// The latest sample of a slot, when it is in the newest row: nearly always.
    pub(crate) fn newest(&self, slot: u32) -> Option<(i64, u64)> {
        let row = self.rows.last().filter(|row| self.last_at(slot) == row.at)?;
        Some((row.at, row.get(slot)?))
    }

    /// The bits of a slot at a time.
    pub(crate) fn find(&self, slot: u32, at: i64) -> Option<u64> {
        let in_row = self.rows.binary_search_by_key(&at, |row| row.at).ok();
        in_row
            .and_then(|index| self.rows[index].get(slot))
            .or_else(|| self.late.get(&(slot, at)).copied())
            .or_else(|| self.sealed.iter().rev().find_map(|segment| segment.find(slot, at)))
    }

    /// Applies fresh samples of one time, by ascending slot: slot, bits before, bits. Answers by how many bytes the group
    /// grew, roughly.
    pub(crate) fn apply(&mut self, at: i64, cells: &[(u32, u64, u64)]) -> isize {
        let mut grown = 0isize;
        let slots = self.series.len();
        let row = match self.rows.binary_search_by_key(&at, |row| row.at) {
            Ok(index) => Some(index),
            Err(_) if cells.len() * ROW_SHARE < slots => None,
            Err(index) => {
                let index = if self.rows.len() >= MAX_OPEN_ROWS {
                    grown += self.seal();
                    0
                } else {
                    index
                };
                self.rows.insert(index, Row { at, present: Vec::new(), values: Vec::new() });
                grown += Row::bytes(slots) as isize;
                Some(index)
            }
        };
        match row {
            Some(index) => self.rows[index].set(cells, slots),
            None => {
                grown += (cells.len() * LATE_BYTES) as isize;
                self.late.extend(cells.iter().map(|(slot, _, bits)| ((*slot, at), *bits)));
            }
        }
        for (slot, _, bits) in cells {
            let last = &mut self.last[*slot as usize];
            last.at = last.at.max(at);
            last.bits = *bits;
        }
        if self.late.len() >= (slots * LATE_PER_SLOT).max(MIN_LATE) {
            grown += self.seal();
        }
        grown
    }

    /// Encodes all open samples. Answers by how many bytes the group grew (it mostly shrinks).
    fn seal(&mut self) -> isize {
        let slots = self.series.len();
        let before: usize = self.rows.iter().map(|row| Row::bytes(row.values.len())).sum::<usize>()
            + self.late.len() * LATE_BYTES;
        let mut builder = SegmentBuilder::default();
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for slot in 0..slots as u32 {
            times.clear();
            values.clear();
            self.open(slot, i64::MIN..=i64::MAX, &mut times, &mut values);
            builder.push(&times, &values);
        }
        self.rows.clear();
        self.late.clear();
        let Some(segment) = builder.finish() else { return -(before as isize) };
        let grown = segment.heap_bytes() as isize - before as isize;
        self.sealed.push(Arc::new(segment));
        grown + self.join()
    }

    /// Joins the last segments when enough of them were never joined and follow each other in time. Answers by how many
    /// bytes the group grew.
    fn join(&mut self) -> isize {
        let alone = self.sealed.iter().rev().take_while(|segment| segment.seals == 1).count();
        let Some(from) = self.sealed.len().checked_sub(JOINED).filter(|_| alone >= JOINED) else { return 0 };
        let last = &self.sealed[from..];
        if !last.windows(2).all(|pair| pair[0].last < pair[1].first) {
            return 0;
        }
        let before: usize = last.iter().map(|segment| segment.heap_bytes()).sum();
        let Some(joined) = Segment::join(last) else { return 0 };
        let grown = joined.heap_bytes() as isize - before as isize;
        self.sealed.truncate(from);
        self.sealed.push(Arc::new(joined));
        grown
    }

    /// Appends the open samples of a slot in `range`, ascending.
    pub(crate) fn open(
        &self,
        slot: u32,
        range: std::ops::RangeInclusive<i64>,
        times: &mut Vec<i64>,
        values: &mut Vec<f64>,
    ) {
        let mut late = self.late.range((slot, *range.start())..=(slot, *range.end())).peekable();
        for row in self.rows.iter().filter(|row| range.contains(&row.at)) {
            let Some(bits) = row.get(slot) else { continue };
            while let Some(((_, at), bits)) = late.next_if(|((_, at), _)| *at < row.at) {
                times.push(*at);
                values.push(f64::from_bits(*bits));
            }
            times.push(row.at);
            values.push(f64::from_bits(bits));
        }
        for ((_, at), bits) in late {
            times.push(*at);
            values.push(f64::from_bits(*bits));
        }
    }

    /// The earliest and the latest time of all samples.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        let rows = self.rows.iter().map(|row| (row.at, row.at));
        let late = self.late.keys().map(|(_, at)| (*at, *at));
        let sealed = self.sealed.iter().map(|segment| (segment.first, segment.last));
        rows.chain(late).chain(sealed).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The sealed segments, in order of sealing.
    pub(crate) fn sealed(&self) -> &[Arc<Segment>] {
        &self.sealed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: i64 = (MAX_OPEN_ROWS * JOINED) as i64;

    /// Two series with a sample every ten, up to the row that seals once more; one of them gets a late sample, too.
    fn filled(late: Option<i64>) -> Group {
        let mut group = Group::new();
        group.add(7);
        group.add(8);
        for step in 0..=LAST {
            group.apply(step * 10, &[(0, 0, step as u64), (1, 0, step as u64 + 1)]);
            if let Some(at) = late.filter(|_| step == 70) {
                group.apply(at, &[(1, 0, 5)]);
            }
        }
        group
    }

    #[test]
    fn seals_that_follow_each_other_are_joined() {
        let (joined, apart) = (filled(None), filled(Some(5)));
        let seals = |group: &Group| group.sealed().iter().map(|segment| segment.seals).collect::<Vec<_>>();
        assert_eq!((seals(&joined), seals(&apart)), (vec![JOINED], vec![1; JOINED]));
        for group in [&joined, &apart] {
            for step in 0..=LAST {
                let found = [0, 1].map(|slot| group.find(slot, step * 10));
                assert_eq!(found, [Some(step as u64), Some(step as u64 + 1)], "step {step}");
            }
        }
        assert_eq!((joined.find(1, 5), apart.find(1, 5)), (None, Some(5)));
    }
}

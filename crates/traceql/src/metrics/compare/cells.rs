//! How often each entry of a dictionary occurs in each slot (a side and a bucket) of a unit's rows: an addition a row.
//!
//! Invariant: a table is all zeros between two columns; only what was touched is read and cleared.

/// 4 MiB of counts: a dictionary of 65,536 entries in sixteen slots. What needs more is sorted.
const MAX_TABLE: usize = 1 << 20;

/// The rows of a unit that count, and where.
#[derive(Debug, Default)]
pub(super) struct Counted {
    rows: Vec<u32>,
    /// By row: its number among `slots`.
    of: Vec<u32>,
    /// Side and bucket. Few: the rows of a unit are of the same minutes.
    pub(super) slots: Vec<(usize, u32)>,
    last: [usize; 2],
}

impl Counted {
    /// Adds a row.
    pub(super) fn push(&mut self, row: u32, slot: (usize, u32)) {
        let last = self.last[slot.0];
        let number = match self.slots.get(last) {
            Some(known) if *known == slot => last,
            _ => match self.slots.iter().position(|known| *known == slot) {
                Some(known) => known,
                None => {
                    self.slots.push(slot);
                    self.slots.len() - 1
                }
            },
        };
        self.last[slot.0] = number;
        self.rows.push(row);
        self.of.push(number as u32);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What a column says of the rows that count.
    pub(super) fn codes<'c, T: Copy>(&'c self, column: &'c [T]) -> impl Iterator<Item = T> + 'c {
        self.rows.iter().map(|row| column[*row as usize])
    }
}

/// Counts of one column; the memory serves the next.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// By code, then by slot.
    table: Vec<u32>,
    touched: Vec<u32>,
    found: Vec<(u32, u32, u32)>,
    sorted: Vec<(u32, u32)>,
}

impl Cells {
    /// Counts codes below `entries`, one a row that counts.
    pub(super) fn count(&mut self, codes: impl Iterator<Item = u32>, entries: usize, counted: &Counted) {
        self.found.clear();
        let width = counted.slots.len();
        match entries.saturating_mul(width) {
            size if size <= MAX_TABLE => self.tabled(codes, size, counted),
            _ => self.by_order(codes, counted),
        }
    }

    fn tabled(&mut self, codes: impl Iterator<Item = u32>, size: usize, counted: &Counted) {
        let width = counted.slots.len() as u32;
        if self.table.len() < size {
            self.table.resize(size, 0);
        }
        for (code, slot) in codes.zip(&counted.of) {
            let at = code * width + slot;
            let count = &mut self.table[at as usize];
            if *count == 0 {
                self.touched.push(at);
            }
            *count += 1;
        }
        for at in self.touched.drain(..) {
            let count = std::mem::take(&mut self.table[at as usize]);
            self.found.push((at / width, at % width, count));
        }
    }

    fn by_order(&mut self, codes: impl Iterator<Item = u32>, counted: &Counted) {
        self.sorted.clear();
        self.sorted.extend(codes.zip(counted.of.iter().copied()));
        self.sorted.sort_unstable();
        let runs = self.sorted.chunk_by(|a, b| a == b);
        self.found.extend(runs.map(|run| (run[0].0, run[0].1, run.len() as u32)));
    }

    /// What was counted: code, slot, and how often.
    pub(super) fn found(&self) -> impl Iterator<Item = (u32, usize, u32)> {
        self.found.iter().map(|(code, slot, count)| (*code, *slot as usize, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn both_ways_count_what_is_there(
            rows in prop::collection::vec((0u32..9, 0usize..2, 0u32..4), 0..200),
        ) {
            let (mut counted, mut codes) = (Counted::default(), Vec::new());
            let mut expected: BTreeMap<(u32, usize, u32), u32> = BTreeMap::new();
            for (row, (code, side, bucket)) in rows.iter().enumerate() {
                counted.push(row as u32, (*side, *bucket));
                codes.push(*code);
                *expected.entry((*code, *side, *bucket)).or_default() += 1;
            }
            let mut cells = Cells::default();
            // Twice each: nothing is left of the column before. What is too large for a table is sorted.
            for entries in [9, 9, usize::MAX, usize::MAX] {
                cells.count(counted.codes(&codes), entries, &counted);
                let of = |(code, slot, count)| {
                    let (side, bucket): (usize, u32) = counted.slots[slot];
                    ((code, side, bucket), count)
                };
                prop_assert_eq!(cells.found().map(of).collect::<BTreeMap<_, _>>(), expected.clone());
            }
        }
    }
}

//! Columns of lifted values that are written, by the place of their marks: in the order in which places first occur.
//! `reading.rs` reads them again.

use super::{MAX_COLUMNS, Place};
use codec::{ints, put_u64};
use rustc_hash::FxHashMap;

/// Words that a dictionary may have: an index is one byte.
pub(super) const MAX_WORDS: usize = 256;
pub(super) const INTEGERS: u8 = 0;
pub(super) const WORDS: u8 = 1;

/// Columns that are written.
#[derive(Default)]
pub(super) struct Writing {
    places: FxHashMap<Place, u32>,
    columns: Vec<Column>,
    /// The column of the value before.
    last: usize,
}

struct Column {
    place: Place,
    /// Which column the value went to that came behind one of these: lines that follow each other are mostly alike.
    next: usize,
    values: Vec<i64>,
}

impl Writing {
    /// Adds a value; `false` when its place has no column and there is no room for one.
    pub(super) fn push(&mut self, place: Place, value: i64) -> bool {
        let guess = self.columns.get(self.last).map_or(0, |before| before.next);
        let guessed = self.columns.get(guess).is_some_and(|column| column.place == place);
        let Some(column) = (if guessed { Some(guess) } else { self.find(place) }) else { return false };
        self.columns[column].values.push(value);
        self.last = column;
        true
    }

    fn find(&mut self, place: Place) -> Option<usize> {
        let next = self.columns.len();
        let column = match self.places.get(&place) {
            Some(column) => *column as usize,
            None if next == MAX_COLUMNS => return None,
            None => {
                self.places.insert(place, next as u32);
                self.columns.push(Column { place, next: 0, values: Vec::new() });
                next
            }
        };
        self.columns[self.last].next = column;
        Some(column)
    }

    /// The counts of values for the front, the columns for the end, and the indexes to pack with the text.
    pub(super) fn finish(&self, counts: &mut Vec<u8>, indexes: &mut Vec<u8>) -> Vec<u8> {
        put_u64(counts, self.columns.len() as u64);
        let mut out = Vec::new();
        for Column { values, .. } in &self.columns {
            put_u64(counts, values.len() as u64);
            write_column(values, &mut out, indexes);
        }
        out
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
        self.columns.clear();
        self.last = 0;
    }
}

fn write_column(values: &[i64], out: &mut Vec<u8>, indexes: &mut Vec<u8>) {
    let mut integers = vec![INTEGERS];
    ints::encode_ints(&mut integers, values);
    if let Some((words, entropy)) = words_of(values) {
        let mut dictionary = vec![WORDS];
        put_u64(&mut dictionary, words.len() as u64);
        ints::encode_ints(&mut dictionary, &words);
        if dictionary.len() + entropy < integers.len() {
            out.extend_from_slice(&dictionary);
            let place: FxHashMap<i64, u8> = words.iter().copied().zip(0u8..=u8::MAX).collect();
            indexes.extend(values.iter().map(|value| place[value]));
            return;
        }
    }
    out.extend_from_slice(&integers);
}

/// The distinct values, most frequent first, and about how many bytes their indexes pack to; `None` when there are many.
fn words_of(values: &[i64]) -> Option<(Vec<i64>, usize)> {
    let mut counts: FxHashMap<i64, u32> = FxHashMap::default();
    for value in values {
        *counts.entry(*value).or_default() += 1;
        if counts.len() > MAX_WORDS {
            return None;
        }
    }
    let total = values.len() as f64;
    let bits: f64 = counts.values().map(|n| f64::from(*n) * (total / f64::from(*n)).log2()).sum();
    let mut words: Vec<(i64, u32)> = counts.into_iter().collect();
    words.sort_unstable_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    Some((words.into_iter().map(|(word, _)| word).collect(), (bits / 8.0) as usize))
}

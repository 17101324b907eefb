//! Counts of the values of one attribute, by bucket.
//!
//! Invariant: memory is what was counted, not values x buckets: most values of an id occur in one bucket only.

use crate::value::Value;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::Arc;

/// Values of one attribute that are remembered: beyond it the attribute is an id, of which the top says nothing.
const MAX_VALUES: usize = 10_000;

/// Memory of a value apart from its text, in bytes: the value, its key, its place in the map, its counts.
const VALUE_BYTES: u64 = 160;

/// Not looked up yet.
pub(super) const UNKNOWN: u32 = u32::MAX;
/// Counts in the total only.
const UNSHOWN: u32 = u32::MAX - 1;
/// Does not count.
pub(super) const ABSENT: u32 = u32::MAX - 2;

/// Counts of one attribute on one side.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) total: Vec<f64>,
    values: Vec<(Value, Tally)>,
    numbers: Numbers,
}

/// The numbers of values. Most are integers and texts.
#[derive(Debug, Default)]
struct Numbers {
    ints: FxHashMap<i64, u32>,
    texts: FxHashMap<Arc<str>, u32>,
    others: FxHashMap<Vec<u8>, u32>,
    key: Vec<u8>,
}

impl Numbers {
    fn get(&mut self, value: &Value) -> Option<u32> {
        match value {
            Value::Int(int) => self.ints.get(int),
            Value::Text(text) => self.texts.get(text),
            value => {
                self.key.clear();
                value.key(&mut self.key);
                self.others.get(&self.key)
            }
        }
        .copied()
    }

    /// Numbers a value that has none; the bytes of it.
    fn put(&mut self, value: &Value, number: u32) -> usize {
        match value {
            Value::Int(int) => {
                self.ints.insert(*int, number);
                8
            }
            Value::Text(text) => {
                self.texts.insert(text.clone(), number);
                text.len()
            }
            value => {
                let mut key = Vec::new();
                value.key(&mut key);
                let bytes = key.len();
                self.others.insert(key, number);
                bytes
            }
        }
    }
}

/// Counts by bucket: the bucket that was counted last, and the others, ascending.
#[derive(Debug, Default)]
struct Tally {
    last: (u32, u32),
    others: Vec<(u32, u32)>,
}

impl Tally {
    /// The memory that was added, in bytes.
    fn add(&mut self, bucket: u32, weight: u32) -> u64 {
        let (at, count) = &mut self.last;
        if *at == bucket || *count == 0 {
            (*at, *count) = (bucket, *count + weight);
            return 0;
        }
        let before = std::mem::replace(&mut self.last, (bucket, weight));
        match self.others.binary_search_by_key(&before.0, |(at, _)| *at) {
            Ok(found) => {
                self.others[found].1 += before.1;
                0
            }
            Err(place) => {
                self.others.insert(place, before);
                8
            }
        }
    }

    /// Buckets and counts; a bucket may come twice.
    fn counts(&self) -> impl Iterator<Item = (u32, u32)> {
        self.others.iter().chain((self.last.1 > 0).then_some(&self.last)).copied()
    }

    fn total(&self) -> u64 {
        self.counts().map(|(_, count)| u64::from(count)).sum()
    }
}

impl Counts {
    pub(super) fn of(buckets: usize) -> Self {
        Counts { total: vec![0.0; buckets], ..Counts::default() }
    }

    /// How many distinct values were seen, up to the number that is remembered.
    pub(super) fn values(&self) -> usize {
        self.values.len()
    }

    /// Whether any span was counted.
    pub(super) fn is_seen(&self) -> bool {
        self.total.iter().any(|count| *count > 0.0)
    }

    /// The number of a value for [`Counts::add`]; adds the memory it takes to `bytes`.
    pub(super) fn number(&mut self, value: Value, bytes: &mut u64) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return number;
        }
        if self.values.len() >= MAX_VALUES {
            return UNSHOWN;
        }
        let number = self.values.len() as u32;
        *bytes += VALUE_BYTES + self.numbers.put(&value, number) as u64;
        self.values.push((value, Tally::default()));
        number
    }

    pub(super) fn add(&mut self, number: u32, bucket: u32, weight: u32, bytes: &mut u64) {
        if number == ABSENT {
            return;
        }
        self.total[bucket as usize] += f64::from(weight);
        if let Some((_, tally)) = self.values.get_mut(number as usize) {
            *bytes += tally.add(bucket, weight);
        }
    }

    /// Adds what was counted later.
    pub(super) fn merge(&mut self, later: Counts, bytes: &mut u64) {
        self.total.iter_mut().zip(later.total).for_each(|(into, from)| *into += from);
        for (value, tally) in later.values {
            let number = self.number(value, bytes);
            if let Some((_, into)) = self.values.get_mut(number as usize) {
                *bytes += tally.counts().map(|(bucket, count)| into.add(bucket, count)).sum::<u64>();
            }
        }
    }

    /// The most frequent values with their counts by bucket.
    pub(super) fn top(mut self, count: usize, buckets: usize) -> impl Iterator<Item = (Value, Vec<f64>)> {
        let mut totals: Vec<u64> = self.values.iter().map(|(_, tally)| tally.total()).collect();
        if 0 < count && count < totals.len() {
            // Only the texts of those that may be among them are spelled to be ordered.
            let (_, least, _) = totals.select_nth_unstable_by_key(count - 1, |total| Reverse(*total));
            self.values.retain(|(_, tally)| tally.total() >= *least);
        }
        self.values.sort_by_cached_key(|(value, tally)| (Reverse(tally.total()), value.to_string()));
        self.values.into_iter().take(count).map(move |(value, tally)| {
            let mut line = vec![0.0; buckets];
            tally.counts().for_each(|(bucket, count)| line[bucket as usize] += f64::from(count));
            (value, line)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_bound_count_in_the_total_only() {
        let (mut counts, mut bytes) = (Counts::of(2), 0);
        for value in 0..=MAX_VALUES as i64 {
            let number = counts.number(Value::Int(value), &mut bytes);
            counts.add(number, 1, 1, &mut bytes);
        }
        let again = counts.number(Value::Int(7), &mut bytes);
        counts.add(again, 0, 2, &mut bytes);
        assert_eq!(counts.total, [2.0, MAX_VALUES as f64 + 1.0]);
        let top: Vec<(Value, Vec<f64>)> = counts.top(2, 2).collect();
        assert_eq!(top, [(Value::Int(7), vec![2.0, 1.0]), (Value::Int(0), vec![0.0, 1.0])]);
    }

    #[test]
    fn parts_add_up() {
        let (mut one, mut other, mut bytes) = (Counts::of(3), Counts::of(3), 0);
        for (counts, value, bucket) in [(0, 1, 0), (0, 2, 2), (1, 1, 2), (1, 3, 1), (1, 1, 0)] {
            let counts = if counts == 0 { &mut one } else { &mut other };
            let number = counts.number(Value::Int(value), &mut bytes);
            counts.add(number, bucket, 1, &mut bytes);
        }
        one.merge(other, &mut bytes);
        assert_eq!(one.total, [2.0, 1.0, 2.0]);
        assert_eq!(one.top(1, 3).next(), Some((Value::Int(1), vec![2.0, 0.0, 1.0])));
    }
}

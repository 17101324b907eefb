//! Counts of the values of one attribute, by bucket.
//!
//! Invariant: memory is what was counted, not values x buckets: most values of an id occur in one bucket only.

use crate::value::Value;
use rustc_hash::FxHashMap;

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
    numbers: FxHashMap<Vec<u8>, u32>,
    key: Vec<u8>,
}

/// Counts by bucket, ascending, and which was counted last.
#[derive(Debug, Default)]
struct Tally {
    counts: Vec<(u32, u32)>,
    last: usize,
}

impl Tally {
    /// The memory that was added, in bytes.
    fn add(&mut self, bucket: u32, weight: u32) -> u64 {
        if let Some((at, count)) = self.counts.get_mut(self.last)
            && *at == bucket
        {
            *count += weight;
            return 0;
        }
        match self.counts.binary_search_by_key(&bucket, |(at, _)| *at) {
            Ok(found) => {
                self.counts[found].1 += weight;
                self.last = found;
                0
            }
            Err(place) => {
                self.counts.insert(place, (bucket, weight));
                self.last = place;
                8
            }
        }
    }

    fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| u64::from(*count)).sum()
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
        self.key.clear();
        value.key(&mut self.key);
        if let Some(number) = self.numbers.get(&self.key) {
            return *number;
        }
        if self.values.len() >= MAX_VALUES {
            return UNSHOWN;
        }
        let number = self.values.len() as u32;
        *bytes += VALUE_BYTES + self.key.len() as u64;
        self.numbers.insert(self.key.clone(), number);
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
                *bytes +=
                    tally.counts.into_iter().map(|(bucket, count)| into.add(bucket, count)).sum::<u64>();
            }
        }
    }

    /// The most frequent values with their counts by bucket.
    pub(super) fn top(mut self, count: usize, buckets: usize) -> impl Iterator<Item = (Value, Vec<f64>)> {
        self.values.sort_by(|a, b| {
            b.1.total().cmp(&a.1.total()).then_with(|| a.0.to_string().cmp(&b.0.to_string()))
        });
        self.values.into_iter().take(count).map(move |(value, tally)| {
            let mut line = vec![0.0; buckets];
            tally.counts.iter().for_each(|(bucket, count)| line[*bucket as usize] = f64::from(*count));
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

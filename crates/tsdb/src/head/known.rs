//! Which series a head knows by the bytes of their labels as some sender writes them.
//!
//! On the write walk before `append.rs`: a door asks for all keys of a request at once, and only labels of unknown keys
//! are read at all. Keys live as long as their head: after a flush every series is told by its labels once more.
//! Invariant: a key was told together with the labels of its series, after those were found good.

use super::SHARDS;
use hashbrown::HashTable;
use model::LabelKey;

/// Keys beyond twice the series of the head, and these, are not learned: a sender that writes the same labels in ever
/// other ways must not fill the memory.
const SPARE_KEYS: usize = 1024;

/// The number of a series: `id * SHARDS + shard`, in 32 bits (an index holds at most 2^26 series).
pub(crate) fn number(shard: usize, series: u32) -> u64 {
    u64::from(series) * SHARDS as u64 + shard as u64
}

/// Shard and series of a number.
pub(crate) fn place(number: u64) -> (usize, u32) {
    ((number % SHARDS as u64) as usize, (number / SHARDS as u64) as u32)
}

/// A key in words of four bytes, so that an entry takes 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    key: [u32; 4],
    number: u32,
}

fn words(key: LabelKey) -> [u32; 4] {
    [key.0 as u32, (key.0 >> 32) as u32, (key.0 >> 64) as u32, (key.0 >> 96) as u32]
}

/// Keys are hashes already.
fn hash(key: &[u32; 4]) -> u64 {
    u64::from(key[0]) | u64::from(key[1]) << 32
}

/// Keys to numbers.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys {
    table: HashTable<Entry>,
}

impl KnownKeys {
    /// The number of a key's series.
    pub(crate) fn find(&self, key: LabelKey) -> Option<u64> {
        let key = words(key);
        let entry = self.table.find(hash(&key), |entry| entry.key == key);
        entry.map(|entry| u64::from(entry.number))
    }

    /// Learns keys of a head that has so many series.
    pub(crate) fn learn(&mut self, keys: &[(LabelKey, u64)], series: usize) {
        for (key, number) in keys {
            let (key, number) = (words(*key), u32::try_from(*number).expect("2^26 series in 8 shards"));
            if self.table.len() >= 2 * series + SPARE_KEYS {
                return;
            }
            let entry = self.table.entry(hash(&key), |entry| entry.key == key, |entry| hash(&entry.key));
            entry.or_insert(Entry { key, number });
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.table.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_their_number_is_bounded() {
        let mut known = KnownKeys::default();
        let key = |i: u64| LabelKey::of(&i.to_le_bytes());
        let all: Vec<_> = (0..5000).map(|i| (key(i), number(i as usize % SHARDS, i as u32))).collect();
        known.learn(&all, 100);
        assert_eq!(known.find(key(7)).map(place), Some((7, 7)));
        assert_eq!(known.find(key(4999)), None);
        known.learn(&all, 5000);
        assert!(all.iter().all(|(key, number)| known.find(*key) == Some(*number)));
        assert!(known.heap_bytes() < 5000 * 50);
    }
}

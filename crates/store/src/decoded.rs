//! What engines unpacked of blocks, kept in memory: what queries ask for again is not unpacked again while there is room.
//!
//! Beside `cache.rs`, which keeps the bytes as they are stored. Blocks never change, so nothing here is ever stale.
//! Invariant: what is kept takes at most the given bytes. When that is full, what came first is forgotten first, but what
//! was asked for since its last turn waits for another one (second chance, also called the clock algorithm).

use crate::meta::BlockId;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A bounded set of unpacked parts `V` of blocks, each under a `K` within its block.
#[derive(Debug)]
pub struct Decoded<K, V> {
    max: usize,
    ring: Mutex<Ring<K, V>>,
}

/// What is kept, in the order in which its turn to be forgotten comes.
#[derive(Debug)]
struct Ring<K, V> {
    kept: FxHashMap<(BlockId, K), Entry<V>>,
    order: VecDeque<(BlockId, K)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    part: V,
    bytes: usize,
    /// Whether it was asked for since its last turn.
    asked: bool,
}

impl<K: Hash + Eq + Clone, V: Clone> Decoded<K, V> {
    /// Keeps at most `max` bytes.
    pub fn new(max: u64) -> Self {
        let ring = Ring { kept: FxHashMap::default(), order: VecDeque::new(), bytes: 0 };
        Decoded { max: usize::try_from(max).unwrap_or(usize::MAX), ring: Mutex::new(ring) }
    }

    fn ring(&self) -> MutexGuard<'_, Ring<K, V>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A part that is kept.
    pub fn get(&self, block: BlockId, key: K) -> Option<V> {
        let mut ring = self.ring();
        let entry = ring.kept.get_mut(&(block, key))?;
        entry.asked = true;
        Some(entry.part.clone())
    }

    /// Whether there is room for a part of so many bytes: an eighth at most, since one must not push out all others.
    pub fn fits(&self, bytes: usize) -> bool {
        bytes <= self.max / 8
    }

    /// Keeps a part that takes so many bytes, if it fits. What is kept already stays: blocks do not change.
    pub fn put(&self, block: BlockId, key: K, part: V, bytes: usize) {
        let key = (block, key);
        let mut ring = self.ring();
        if !self.fits(bytes) || ring.kept.contains_key(&key) {
            return;
        }
        while ring.bytes + bytes > self.max
            && let Some(oldest) = ring.order.pop_front()
        {
            match ring.kept.get_mut(&oldest) {
                Some(entry) if entry.asked => {
                    entry.asked = false;
                    ring.order.push_back(oldest);
                }
                _ => ring.bytes -= ring.kept.remove(&oldest).map_or(0, |entry| entry.bytes),
            }
        }
        ring.bytes += bytes;
        ring.order.push_back(key.clone());
        ring.kept.insert(key, Entry { part, bytes, asked: false });
    }

    /// Forgets the parts of other blocks than these.
    pub fn retain(&self, mut keep: impl FnMut(&BlockId) -> bool) {
        let mut ring = self.ring();
        let Ring { kept, order, bytes } = &mut *ring;
        kept.retain(|(block, _), _| keep(block));
        order.retain(|key| kept.contains_key(key));
        *bytes = kept.values().map(|entry| entry.bytes).sum();
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.ring().bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: BlockId = BlockId(1);
    const TWO: BlockId = BlockId(2);

    fn kept(decoded: &Decoded<u32, u32>) -> Vec<u32> {
        let ring = decoded.ring();
        assert_eq!(ring.order.len(), ring.kept.len());
        assert!(ring.bytes <= decoded.max);
        let mut keys: Vec<_> = ring.kept.keys().map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_was_not_asked_for_is_forgotten_first() {
        let decoded = Decoded::new(800);
        let put = |block, key| decoded.put(block, key, key * 10, 100);
        (0..8).for_each(|key| put(ONE, key));
        assert_eq!(kept(&decoded), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(decoded.get(ONE, 0), Some(0));
        put(ONE, 8);
        put(ONE, 8);
        assert_eq!((kept(&decoded), decoded.bytes()), (vec![0, 2, 3, 4, 5, 6, 7, 8], 800));
        assert_eq!((decoded.get(ONE, 1), decoded.get(TWO, 2)), (None, None));
        assert_eq!((0..9).filter(|key| decoded.get(ONE, *key).is_some()).count(), 8);
        put(TWO, 9);
        assert_eq!(kept(&decoded), [0, 3, 4, 5, 6, 7, 8, 9], "all were asked for: the oldest goes");
        assert_eq!(decoded.get(TWO, 9), Some(90));
        decoded.put(ONE, 1, 0, 101);
        assert_eq!(decoded.get(ONE, 1), None, "one must not push out the others");
        decoded.retain(|block| *block == TWO);
        assert_eq!((kept(&decoded), decoded.bytes()), (vec![9], 100));
    }
}

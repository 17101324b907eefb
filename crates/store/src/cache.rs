//! The read cache: footers, sections and ranges of blocks in RAM, least recently used out first.
//!
//! Stop of the read walk between `block.rs` (asks here first) and `object.rs` (asked on a miss). Blocks never change, so
//! nothing here is ever stale. Invariant: the cached bytes never exceed the budget.

use crate::meta::BlockId;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::{Budget, Reservation};

/// What an entry costs beyond its bytes: key, map nodes, allocation headers, estimated generously.
const ENTRY_OVERHEAD_BYTES: u64 = 256;

/// A bounded cache of immutable pieces of blocks. Cloning shares it.
#[derive(Clone, Debug)]
pub struct BlockCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    budget: Budget,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Last use -> key: the first is the next to go.
    order: BTreeMap<u64, Key>,
    tick: u64,
    hits: u64,
    misses: u64,
}

/// `start..end` of the object of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) block: BlockId,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: Bytes,
    tick: u64,
    _reserved: Reservation,
}

/// How the cache fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStats {
    /// Lookups that found their bytes.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Pieces held.
    pub entries: u64,
    /// Bytes held, overhead included.
    pub bytes: u64,
}

impl BlockCache {
    /// A cache of at most `bytes` bytes.
    pub fn new(bytes: u64) -> Self {
        Self::within(Budget::new("block cache", bytes))
    }

    /// A cache that takes its bytes from `budget`, and makes room when the budget or a parent of it is used up.
    pub fn within(budget: Budget) -> Self {
        BlockCache(Arc::new(Shared { budget, state: Mutex::default() }))
    }

    /// Hits, misses and size.
    pub fn stats(&self) -> CacheStats {
        let state = self.state();
        CacheStats {
            hits: state.hits,
            misses: state.misses,
            entries: state.entries.len() as u64,
            bytes: self.0.budget.used(),
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Bytes> {
        let mut state = self.state();
        state.tick += 1;
        let tick = state.tick;
        let Some(entry) = state.entries.get_mut(key) else {
            state.misses += 1;
            return None;
        };
        let last = std::mem::replace(&mut entry.tick, tick);
        let bytes = entry.bytes.clone();
        state.order.remove(&last);
        state.order.insert(tick, *key);
        state.hits += 1;
        Some(bytes)
    }

    /// Keeps `bytes`, at the cost of what was not used for longest. More than a quarter of the budget is not kept: one
    /// scan must not empty the cache.
    pub(crate) fn insert(&self, key: Key, bytes: Bytes) {
        let cost = bytes.len() as u64 + ENTRY_OVERHEAD_BYTES;
        if cost > self.0.budget.limit() / 4 {
            return;
        }
        // A slice of a larger read would pin all of it: keep a copy of its own.
        let bytes = Bytes::copy_from_slice(&bytes);
        let mut state = self.state();
        if state.entries.contains_key(&key) {
            return;
        }
        let reserved = loop {
            match self.0.budget.reserve(cost) {
                Ok(reserved) => break reserved,
                Err(_) => match state.order.pop_first() {
                    Some((_, coldest)) => drop(state.entries.remove(&coldest)),
                    None => return,
                },
            }
        };
        state.tick += 1;
        let tick = state.tick;
        state.order.insert(tick, key);
        state.entries.insert(key, Entry { bytes, tick, _reserved: reserved });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Every update leaves the maps consistent before anything can panic.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(block: u128) -> Key {
        Key { block: BlockId(block), start: 0, end: 744 }
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_budget_holds() {
        let cache = BlockCache::new(4_000);
        let piece = Bytes::from(vec![7; 744]);
        for block in 0..4 {
            cache.insert(key(block), piece.clone());
        }
        assert_eq!(cache.stats().bytes, 4_000);
        assert!(cache.get(&key(0)).is_some());
        cache.insert(key(4), piece.clone());
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.get(&key(0)).is_some_and(|bytes| bytes == piece));
        cache.insert(key(5), Bytes::from(vec![0; 2_000]));
        let stats = cache.stats();
        assert_eq!((stats.entries, stats.hits, stats.misses, stats.bytes), (4, 2, 1, 4_000));
    }

    #[test]
    fn a_full_parent_budget_only_makes_it_smaller() {
        let process = Budget::new("process", 3_000);
        let cache = BlockCache::within(process.child("cache", 1 << 20));
        let held = process.reserve(1_500).unwrap();
        for block in 0..10 {
            cache.insert(key(block), Bytes::from(vec![7; 744]));
        }
        assert_eq!(cache.stats().entries, 1);
        drop(held);
        cache.insert(key(11), Bytes::from(vec![7; 744]));
        assert_eq!(process.used(), 2_000);
    }
}

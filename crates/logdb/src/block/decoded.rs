//! Pages as queries read them, kept in memory: what dashboards ask for again is unpacked once.
//!
//! Walk: `read/part.rs` asks here for a page before it fetches and unpacks it, and leaves it here. Blocks never change, so
//! nothing here is ever stale. A page is kept when it is asked for a second time: one look through everything neither fills
//! this nor empties it. Invariant: what is kept takes at most the given bytes. When that is full, what came first is forgotten
//! first, but what was asked for since its last turn waits for another one.

use super::page::{Columns, Text};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::BlockId;

/// 8192: pages that were asked for once and are remembered, two million lines and more. Each takes some 100 bytes.
const MAX_SEEN: usize = 8192;

type Key = (BlockId, usize);

/// A page that is unpacked.
#[derive(Debug, Clone)]
pub(crate) struct OpenPage {
    pub(crate) columns: Arc<Columns>,
    pub(crate) text: Arc<Text>,
}

impl OpenPage {
    fn heap_bytes(&self) -> usize {
        self.columns.heap_bytes() + self.text.heap_bytes()
    }
}

/// A bounded set of unpacked pages.
#[derive(Debug)]
pub(crate) struct Decoded {
    max: usize,
    state: Mutex<Ring>,
}

/// What is kept, in the order in which its turn to be forgotten comes.
#[derive(Debug, Default)]
struct Ring {
    kept: FxHashMap<Key, Entry>,
    order: VecDeque<Key>,
    bytes: usize,
    /// What was asked for once.
    seen: FxHashSet<Key>,
}

#[derive(Debug)]
struct Entry {
    page: OpenPage,
    bytes: usize,
    /// Whether it was asked for since its last turn.
    asked: bool,
}

impl Decoded {
    /// Keeps at most `max` bytes.
    pub(crate) fn new(max: u64) -> Self {
        Decoded { max: usize::try_from(max).unwrap_or(usize::MAX), state: Mutex::default() }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page that is kept.
    pub(crate) fn get(&self, block: BlockId, page: usize) -> Option<OpenPage> {
        let mut ring = self.ring();
        let entry = ring.kept.get_mut(&(block, page))?;
        entry.asked = true;
        Some(entry.page.clone())
    }

    /// Keeps a page that was not asked for for the first time.
    pub(crate) fn keep(&self, block: BlockId, page: usize, open: &OpenPage) {
        let (key, bytes) = ((block, page), open.heap_bytes());
        let mut ring = self.ring();
        // A quarter at most: one page must not push out all others.
        if bytes > self.max / 4 || ring.kept.contains_key(&key) {
            return;
        }
        if !ring.seen.remove(&key) {
            if ring.seen.len() >= MAX_SEEN {
                ring.seen.clear();
            }
            ring.seen.insert(key);
            return;
        }
        while ring.bytes + bytes > self.max {
            let Some(oldest) = ring.order.pop_front() else { return };
            match ring.kept.get_mut(&oldest) {
                Some(entry) if entry.asked => {
                    entry.asked = false;
                    ring.order.push_back(oldest);
                }
                Some(_) => ring.forget(&oldest),
                None => {}
            }
        }
        ring.bytes += bytes;
        ring.order.push_back(key);
        ring.kept.insert(key, Entry { page: open.clone(), bytes, asked: false });
    }

    /// Forgets pages of other blocks than these.
    pub(crate) fn retain(&self, keep: impl Fn(&BlockId) -> bool) {
        let mut ring = self.ring();
        let gone: Vec<Key> = ring.order.iter().filter(|(block, _)| !keep(block)).copied().collect();
        gone.iter().for_each(|key| ring.forget(key));
        ring.order.retain(|(block, _)| keep(block));
        ring.seen.retain(|(block, _)| keep(block));
    }
}

impl Ring {
    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.kept.remove(key) {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(bytes: usize) -> OpenPage {
        OpenPage { columns: Arc::default(), text: Arc::new(Text::Plain(vec![0; bytes])) }
    }

    fn kept(decoded: &Decoded, block: u128) -> Vec<usize> {
        (0..40).filter(|page| decoded.ring().kept.contains_key(&(BlockId(block), *page))).collect()
    }

    #[test]
    fn what_is_asked_for_again_is_kept_and_the_rest_forgotten_first() {
        let decoded = Decoded::new(1000);
        let keep = |number: usize, bytes: usize| decoded.keep(BlockId(1), number, &page(bytes));
        keep(0, 200);
        assert!(decoded.get(BlockId(1), 0).is_none(), "the first look keeps nothing");
        keep(0, 200);
        (1..5).for_each(|number| (0..2).for_each(|_| keep(number, 200)));
        assert_eq!(kept(&decoded, 1), [0, 1, 2, 3, 4]);
        assert!(decoded.get(BlockId(1), 0).is_some());
        (0..2).for_each(|_| keep(5, 200));
        assert_eq!(kept(&decoded, 1), [0, 2, 3, 4, 5]);
        (0..2).for_each(|_| keep(6, 251));
        assert_eq!(kept(&decoded, 1), [0, 2, 3, 4, 5], "too large");
        (0..2).for_each(|_| decoded.keep(BlockId(2), 7, &page(200)));
        assert_eq!((kept(&decoded, 1).len(), kept(&decoded, 2)), (4, vec![7]));
        decoded.retain(|block| *block == BlockId(2));
        assert_eq!((kept(&decoded, 1), kept(&decoded, 2)), (vec![], vec![7]));
        let ring = decoded.ring();
        assert_eq!((ring.bytes, ring.order.len()), (200, 1));
    }

    #[test]
    fn what_was_seen_is_bounded() {
        let decoded = Decoded::new(1000);
        (0..3 * MAX_SEEN).for_each(|number| decoded.keep(BlockId(1), number, &page(1)));
        let ring = decoded.ring();
        assert!(ring.seen.len() <= MAX_SEEN && ring.kept.is_empty());
    }
}

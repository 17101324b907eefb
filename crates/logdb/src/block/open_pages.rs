//! Pages as queries read them, kept in memory: what dashboards ask for again is unpacked once.
//!
//! Walk: `read/part.rs` asks here for a page before it fetches and unpacks it, and leaves it here. A page is kept when it is
//! asked for a second time: one look through everything neither fills this nor empties it.

use super::page::{Columns, Text};
use rustc_hash::FxHashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{BlockId, Decoded};

/// 8192: pages that were asked for once and are remembered, up to 134 million lines. Each takes some 100 bytes.
const MAX_SEEN: usize = 8192;

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
pub(crate) struct OpenPages {
    kept: Decoded<usize, OpenPage>,
    /// What was asked for once.
    seen: Mutex<FxHashSet<(BlockId, usize)>>,
}

impl OpenPages {
    /// Keeps at most `max` bytes.
    pub(crate) fn new(max: u64) -> Self {
        OpenPages { kept: Decoded::new(max), seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, FxHashSet<(BlockId, usize)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page that is kept.
    pub(crate) fn get(&self, block: BlockId, page: usize) -> Option<OpenPage> {
        self.kept.get(block, page)
    }

    /// Keeps a page that was not asked for for the first time.
    pub(crate) fn keep(&self, block: BlockId, page: usize, open: &OpenPage) {
        let bytes = open.heap_bytes();
        if self.kept.fits(bytes) && self.is_seen(block, page) {
            self.kept.put(block, page, open.clone(), bytes);
        }
    }

    /// Whether a page was asked for before; it is remembered that it was, or no longer.
    fn is_seen(&self, block: BlockId, page: usize) -> bool {
        let mut seen = self.seen();
        let again = seen.remove(&(block, page));
        if !again {
            if seen.len() >= MAX_SEEN {
                seen.clear();
            }
            seen.insert((block, page));
        }
        again
    }

    /// Forgets pages of other blocks than these.
    pub(crate) fn retain(&self, keep: impl Fn(&BlockId) -> bool) {
        self.kept.retain(&keep);
        self.seen().retain(|(block, _)| keep(block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_at_the_second_look_and_few_are_remembered() {
        let open = OpenPage { columns: Arc::default(), text: Arc::new(Text::Plain(vec![0; 100])) };
        let (pages, one, two) = (OpenPages::new(2000), BlockId(1), BlockId(2));
        for block in [one, two] {
            pages.keep(block, 0, &open);
            assert!(pages.get(block, 0).is_none());
            pages.keep(block, 0, &open);
            assert!(pages.get(block, 0).is_some());
        }
        pages.keep(one, 1, &open);
        pages.retain(|block| *block == two);
        pages.keep(one, 1, &open);
        assert!(pages.get(one, 0).is_none() && pages.get(one, 1).is_none() && pages.get(two, 0).is_some());
        (0..3 * MAX_SEEN).for_each(|number| pages.keep(one, number, &open));
        assert!(pages.seen().len() <= MAX_SEEN);
    }
}

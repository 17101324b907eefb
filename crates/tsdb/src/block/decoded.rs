//! What queries decoded of blocks and the next ones will want again: label sets and unpacked values by page, timestamps by
//! column, values and postings by label.
//!
//! Dashboards ask for the same series over and over; their labels cost more to read than their samples. All blocks of an
//! engine share one budget: what does not fit is decoded for its query alone, and once the budget is used up,
//! [`crate::Tsdb::maintain`] forgets all of it, so that it holds what is asked for now.

use super::page::OpenPage;
use super::sections::TimesTable;
use bytes::Bytes;
use index::PackedLabel;
use model::Labels;
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// 48 MiB: the label sets of 40,000 series at 250 bytes, and the values that they have in a day.
const MAX_DECODED_BYTES: usize = 48 << 20;
/// What an entry costs beside what it points at.
const ENTRY_BYTES: usize = 48;

/// What all blocks together hold, in bytes.
#[derive(Debug, Default)]
pub(crate) struct DecodedBudget {
    held: AtomicUsize,
}

impl DecodedBudget {
    /// Whether something did not fit.
    pub(crate) fn is_full(&self) -> bool {
        self.held.load(Ordering::Relaxed) >= MAX_DECODED_BYTES
    }
}

/// What is kept of one block.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    budget: Arc<DecodedBudget>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    labels: FxHashMap<usize, Arc<[Labels]>>,
    bodies: FxHashMap<String, PackedLabel>,
    times: Option<(Bytes, Arc<TimesTable>)>,
    columns: FxHashMap<usize, Arc<[i64]>>,
    pages: FxHashMap<usize, Arc<OpenPage>>,
    bytes: usize,
}

impl Decoded {
    pub(crate) fn new(budget: Arc<DecodedBudget>) -> Self {
        Decoded { budget, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic while it is held")
    }

    /// Whether `bytes` more may be kept; they count then.
    fn admit(&self, kept: &mut Kept, bytes: usize) -> bool {
        if self.budget.is_full() {
            return false;
        }
        self.budget.held.fetch_add(bytes, Ordering::Relaxed);
        kept.bytes += bytes;
        true
    }

    /// The label sets of a page.
    pub(crate) fn labels(&self, page: usize) -> Option<Arc<[Labels]>> {
        self.kept().labels.get(&page).cloned()
    }

    /// Keeps the label sets of a page.
    pub(crate) fn keep_labels(&self, page: usize, labels: &Arc<[Labels]>) {
        let bytes =
            labels.iter().map(|set| set.heap_bytes() + size_of::<Labels>()).sum::<usize>() + ENTRY_BYTES;
        let mut kept = self.kept();
        if !kept.labels.contains_key(&page) && self.admit(&mut kept, bytes) {
            kept.labels.insert(page, labels.clone());
        }
    }

    /// The values and postings of a label.
    pub(crate) fn label(&self, name: &str) -> Option<PackedLabel> {
        self.kept().bodies.get(name).cloned()
    }

    /// Keeps the values and postings of a label that were unpacked.
    pub(crate) fn keep_label(&self, name: &str, label: &PackedLabel) {
        let mut kept = self.kept();
        if label.owns_bytes()
            && !kept.bodies.contains_key(name)
            && self.admit(&mut kept, label.heap_bytes() + name.len() + ENTRY_BYTES)
        {
            kept.bodies.insert(name.to_owned(), label.clone());
        }
    }

    /// The TIMES section and its table.
    pub(crate) fn times(&self) -> Option<(Bytes, Arc<TimesTable>)> {
        self.kept().times.clone()
    }

    /// Keeps the TIMES section and its table.
    pub(crate) fn keep_times(&self, bytes: &Bytes, table: &Arc<TimesTable>) {
        let mut kept = self.kept();
        let cost = bytes.len() + table.len() * ENTRY_BYTES;
        if kept.times.is_none() && self.admit(&mut kept, cost) {
            kept.times = Some((bytes.clone(), table.clone()));
        }
    }

    /// A decoded column of timestamps.
    pub(crate) fn column(&self, column: usize) -> Option<Arc<[i64]>> {
        self.kept().columns.get(&column).cloned()
    }

    /// Keeps a decoded column.
    pub(crate) fn keep_column(&self, column: usize, times: &Arc<[i64]>) {
        let mut kept = self.kept();
        if !kept.columns.contains_key(&column) && self.admit(&mut kept, times.len() * 8 + ENTRY_BYTES) {
            kept.columns.insert(column, times.clone());
        }
    }

    /// An unpacked page.
    pub(crate) fn page(&self, page: usize) -> Option<Arc<OpenPage>> {
        self.kept().pages.get(&page).cloned()
    }

    /// Keeps an unpacked page.
    pub(crate) fn keep_page(&self, number: usize, page: &Arc<OpenPage>) {
        let mut kept = self.kept();
        if !kept.pages.contains_key(&number) && self.admit(&mut kept, page.heap_bytes() + ENTRY_BYTES) {
            kept.pages.insert(number, page.clone());
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let kept = std::mem::take(&mut *self.kept());
        self.budget.held.fetch_sub(kept.bytes, Ordering::Relaxed);
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_bounds_all_blocks_and_is_given_back() {
        let budget = Arc::new(DecodedBudget::default());
        let (a, b) = (Decoded::new(budget.clone()), Decoded::new(budget.clone()));
        let times: Arc<[i64]> = (0..1 << 20).collect();
        for column in 0..20 {
            a.keep_column(column, &times);
            b.keep_column(column, &times);
        }
        assert!(budget.is_full());
        assert!(a.column(0).is_some() && a.column(19).is_none());
        a.clear();
        assert!(a.column(0).is_none() && !budget.is_full());
        drop(b);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
    }
}

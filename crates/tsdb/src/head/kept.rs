//! Label sets of a shard that queries put together, kept for the next ones.
//!
//! On the read walk inside `read.rs`. A label set of a head is put together from its pairs, each of them some pieces of memory apart;
//! dashboards ask for the same few over and over, as they do of blocks (`block/decoded.rs`). They live as long as their head.
//! Invariant: what is kept of a shard never exceeds [`MAX_BYTES`].

use model::Labels;
use rustc_hash::FxHashMap;
use std::sync::{Mutex, MutexGuard};

/// 2 MiB: 7,000 label sets of 250 bytes, so 16 MiB a head.
const MAX_BYTES: usize = 2 << 20;
/// What a label set costs beside its bytes.
const ENTRY_BYTES: usize = 32;

/// The label sets that are kept of one shard, by series.
#[derive(Debug, Default)]
pub(crate) struct KeptLabels(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    sets: FxHashMap<u32, Labels>,
    bytes: usize,
}

impl KeptLabels {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no panic while it is held")
    }

    /// The label set of a series, which `make` puts together when it is not kept. When it does not fit beside the others, they go:
    /// what is asked now matters more.
    pub(crate) fn of(&self, series: u32, make: impl FnOnce() -> Labels) -> Labels {
        if let Some(labels) = self.kept().sets.get(&series) {
            return labels.clone();
        }
        let labels = make();
        let bytes = labels.heap_bytes() + ENTRY_BYTES;
        if bytes > MAX_BYTES {
            return labels;
        }
        let mut kept = self.kept();
        if kept.bytes + bytes > MAX_BYTES {
            *kept = Kept::default();
        }
        if kept.sets.insert(series, labels.clone()).is_none() {
            kept.bytes += bytes;
        }
        labels
    }

    /// Bytes on the heap, roughly.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.kept().bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_true() {
        let kept = KeptLabels::default();
        let make =
            |series: u32| Labels::from_pairs([("series", series.to_string()), ("filler", "x".repeat(200))]);
        for series in (0..20_000).chain(19_990..20_000) {
            assert_eq!(kept.of(series, || make(series)), make(series));
            assert!(kept.heap_bytes() <= MAX_BYTES);
        }
        assert!(kept.of(19_999, || panic!("it is kept")).is_same(&kept.of(19_999, || panic!("it is kept"))));
        let long = || Labels::from_pairs([("long", "x".repeat(MAX_BYTES))]);
        assert_eq!(kept.of(20_000, long), long());
        assert!(kept.of(20_000, Labels::empty).is_empty(), "too long to be kept");
    }
}

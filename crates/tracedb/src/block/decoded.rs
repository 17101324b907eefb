//! Columns of granules as queries read them, kept in memory: what was decoded once is not decoded again while there is room.
//!
//! Walk: `scan.rs` and `cursor.rs` ask here what of a granule is known -> the pages of the rest -> `unit.rs` keeps what it
//! decodes. Blocks never change, so nothing here is ever stale. Invariant: what is kept takes at most the given bytes. When
//! that is full, what came first is forgotten first, but what was asked for since its last turn waits for another one.

use super::rollup::read::{Cells, Rollups};
use contract::{Attribute, Dictionary, Nesting, SpanColumn, SpanTree};
use model::Value;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::BlockId;

/// What an entry costs beyond its rows: key, place in the map, heads of allocations.
const ENTRY_BYTES: usize = 160;

/// Memory of a text or value of a dictionary beside its bytes.
const VALUE_BYTES: usize = 48;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Column(Attribute),
    Starts,
    Tree,
    Nesting,
    /// Of the whole block.
    Rollups,
    /// Of a stretch.
    Cells,
}

/// It, decoded.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Column(KeptColumn),
    Starts(Arc<[i64]>),
    Tree(Arc<SpanTree>),
    Nesting(Arc<Nesting>),
    Rollups(Arc<Rollups>),
    Cells(Arc<Cells>),
}

/// A column, a byte a row where that is enough: ten million rows of three columns fit into what is kept.
#[derive(Debug, Clone)]
pub(crate) enum KeptColumn {
    Bytes(Arc<[u8]>, Dictionary),
    Whole(SpanColumn),
}

impl KeptColumn {
    pub(crate) fn of(column: &SpanColumn) -> Self {
        match column {
            SpanColumn::Codes(codes, dictionary) if dictionary.len() <= usize::from(u8::MAX) => {
                // A code is at most the number of entries.
                KeptColumn::Bytes(codes.iter().map(|code| *code as u8).collect(), dictionary.clone())
            }
            column => KeptColumn::Whole(column.clone()),
        }
    }

    /// The column as queries read it.
    pub(crate) fn column(&self) -> SpanColumn {
        match self {
            KeptColumn::Bytes(codes, dictionary) => {
                SpanColumn::Codes(codes.iter().map(|code| u32::from(*code)).collect(), dictionary.clone())
            }
            KeptColumn::Whole(column) => column.clone(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            KeptColumn::Bytes(codes, dictionary) => codes.len() + bytes_of(dictionary),
            KeptColumn::Whole(SpanColumn::Numbers(numbers)) => numbers.len() * 8,
            KeptColumn::Whole(SpanColumn::Codes(codes, dictionary)) => codes.len() * 4 + bytes_of(dictionary),
        }
    }
}

type Key = (BlockId, u32, What);

/// A bounded set of decoded columns.
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
}

#[derive(Debug)]
struct Entry {
    kept: Kept,
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

    /// What is known.
    pub(crate) fn get(&self, block: BlockId, granule: usize, what: What) -> Option<Kept> {
        let mut ring = self.ring();
        let entry = ring.kept.get_mut(&(block, granule as u32, what))?;
        entry.asked = true;
        Some(entry.kept.clone())
    }

    /// Keeps what was decoded.
    pub(crate) fn put(&self, block: BlockId, granule: usize, what: What, kept: &Kept) {
        let bytes = kept.bytes() + ENTRY_BYTES;
        if bytes <= self.max / 8 {
            self.ring().put((block, granule as u32, what), kept.clone(), bytes, self.max);
        }
    }

    /// Forgets blocks.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&BlockId) -> bool) {
        let mut ring = self.ring();
        let Ring { kept, order, bytes } = &mut *ring;
        kept.retain(|(block, ..), _| keep(block));
        order.retain(|key| kept.contains_key(key));
        *bytes = kept.values().map(|entry| entry.bytes).sum();
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.ring().bytes
    }
}

impl Ring {
    fn put(&mut self, key: Key, kept: Kept, bytes: usize, max: usize) {
        if self.kept.contains_key(&key) {
            // Two queries decoded it at the same time; blocks do not change.
            return;
        }
        while self.bytes + bytes > max
            && let Some(oldest) = self.order.pop_front()
        {
            match self.kept.get_mut(&oldest) {
                Some(entry) if entry.asked => {
                    entry.asked = false;
                    self.order.push_back(oldest);
                }
                _ => self.bytes -= self.kept.remove(&oldest).map_or(0, |entry| entry.bytes),
            }
        }
        self.bytes += bytes;
        self.order.push_back(key.clone());
        self.kept.insert(key, Entry { kept, bytes, asked: false });
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        match self {
            Kept::Column(column) => column.bytes(),
            Kept::Starts(starts) => starts.len() * 8,
            Kept::Tree(tree) => tree.ids.len() * 17,
            Kept::Nesting(nesting) => nesting.depths.len() + (nesting.lost.len() + nesting.unclear.len()) * 4,
            Kept::Rollups(rollups) => rollups.bytes(),
            // Start, count, place, trace, and three durations.
            Kept::Cells(cells) => cells.counts.len() * 48,
        }
    }
}

/// Memory of a dictionary that a column has for itself.
fn bytes_of(dictionary: &Dictionary) -> usize {
    match dictionary {
        // The block's own dictionary is held by its index.
        Dictionary::Texts(texts) if Arc::strong_count(texts) > 1 => 0,
        Dictionary::Texts(texts) => texts.iter().map(|text| VALUE_BYTES + text.len()).sum(),
        Dictionary::Values(values) => values.iter().map(bytes_of_value).sum(),
        Dictionary::Lists(lists) => {
            lists.iter().map(|list| 24 + list.iter().map(bytes_of_value).sum::<usize>()).sum()
        }
    }
}

fn bytes_of_value(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::Str(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(members) => members.iter().map(bytes_of_value).sum(),
            Value::Map(members) => {
                members.iter().map(|(key, value)| VALUE_BYTES + key.len() + bytes_of_value(value)).sum()
            }
            Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Empty => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Intrinsic;

    fn column(rows: usize) -> Kept {
        Kept::Column(KeptColumn::of(&SpanColumn::Numbers(vec![0; rows].into())))
    }

    const OF: What = What::Column(Attribute::Intrinsic(Intrinsic::Duration));

    #[test]
    fn what_was_not_asked_for_is_forgotten_first() {
        let each = 800 + ENTRY_BYTES;
        let decoded = Decoded::new(8 * each as u64);
        let (block, known) = (BlockId::derive(&[b"one"]), |decoded: &Decoded, granule| {
            decoded.ring().kept.keys().any(|(_, number, _)| *number == granule)
        });
        for granule in 0..8 {
            decoded.put(block, granule, OF, &column(100));
            assert!(decoded.bytes() <= 8 * each);
        }
        assert!((0..8).all(|granule| known(&decoded, granule)));
        assert!(decoded.get(block, 0, OF).is_some());
        decoded.put(block, 8, OF, &column(100));
        decoded.put(block, 8, OF, &column(100));
        assert_eq!(decoded.bytes(), 8 * each);
        assert!(known(&decoded, 2) && known(&decoded, 8));
        assert!(known(&decoded, 0) && !known(&decoded, 1));
        assert!(decoded.get(block, 0, What::Starts).is_none());
        decoded.put(block, 9, OF, &column(1000));
        assert!(!known(&decoded, 9), "one granule must not empty the rest");
        decoded.retain(|_| false);
        assert_eq!(decoded.bytes(), 0);
    }
}

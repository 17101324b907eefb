//! Columns of granules as queries read them, kept in memory: what was decoded once is not decoded again while there is room.
//!
//! Walk: `scan.rs` and `cursor.rs` ask here what of a granule is known -> the pages of the rest -> `unit.rs` keeps what it
//! decodes.

use super::rollup::read::{Cells, Rollups};
use contract::{Attribute, Dictionary, Nesting, SpanColumn, SpanTree};
use model::Value;
use std::sync::Arc;
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

/// A bounded set of decoded columns, each under its granule.
#[derive(Debug)]
pub(crate) struct Decoded(store::Decoded<(u32, What), Kept>);

impl Decoded {
    /// Keeps at most `max` bytes.
    pub(crate) fn new(max: u64) -> Self {
        Decoded(store::Decoded::new(max))
    }

    /// What is known.
    pub(crate) fn get(&self, block: BlockId, granule: usize, what: What) -> Option<Kept> {
        self.0.get(block, (granule as u32, what))
    }

    /// Keeps what was decoded.
    pub(crate) fn put(&self, block: BlockId, granule: usize, what: What, kept: &Kept) {
        let bytes = kept.bytes() + ENTRY_BYTES;
        if self.0.fits(bytes) {
            self.0.put(block, (granule as u32, what), kept.clone(), bytes);
        }
    }

    /// Forgets other blocks than these.
    pub(crate) fn retain(&self, keep: impl FnMut(&BlockId) -> bool) {
        self.0.retain(keep);
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes()
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

    #[test]
    fn a_column_is_kept_as_it_was() {
        let decoded = Decoded::new(100_000);
        let (block, of) = (BlockId(1), What::Column(Attribute::Intrinsic(Intrinsic::Duration)));
        let column = SpanColumn::Numbers((0..100).collect());
        decoded.put(block, 3, of.clone(), &Kept::Column(KeptColumn::of(&column)));
        assert_eq!(decoded.bytes(), 800 + ENTRY_BYTES);
        let Some(Kept::Column(kept)) = decoded.get(block, 3, of.clone()) else { panic!("it was put") };
        assert!(matches!(kept.column(), SpanColumn::Numbers(numbers) if numbers.iter().copied().eq(0..100)));
        assert!(decoded.get(block, 4, of).is_none() && decoded.get(block, 3, What::Starts).is_none());
        decoded.retain(|_| false);
        assert_eq!(decoded.bytes(), 0);
    }
}

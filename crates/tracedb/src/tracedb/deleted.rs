//! Deleted traces: hidden from queries at once, gone from blocks later.
//!
//! A delete is written down before it is answered: the blocks that hold pieces of the trace at that moment. `pieces.rs`
//! overlooks those pieces, merges leave them out, and `delete.rs` rewrites a block that no merge takes. Spans of the
//! trace that come later are in later blocks: they are new.
//! ```text
//! document "traces" of the collection "trace-deletes":
//! version = 1 | blocks: count { block: u128 little-endian | since: zigzag | traces: count { id[16] } }
//! ```
//! Invariant: a piece that is written down here is seen by no query, whatever is merged or restarted, until its block is no
//! longer in the catalog; then it is forgotten.

use crate::bytes::ReadMore;
use crate::error::{DecodeError, TraceError};
use codec::{Reader, put_i64, put_u64};
use model::{Nanos, Tenant, TraceId};
use std::collections::BTreeMap;
use stdx::Clock;
use store::{BlockId, Document, DocumentKey, Documents, Objects, StoreError};

const VERSION: u64 = 1;
const COLLECTION: &str = "trace-deletes";
const NAME: &str = "traces";

/// Pieces of a tenant that wait to leave their blocks: 3 MiB of ids, which every delete writes again.
const MAX_PIECES: usize = if cfg!(test) { 64 } else { 200_000 };

/// Writers of one document that come in between, before a change gives up.
const MAX_RACES: usize = 16;

/// The deleted traces of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfBlock {
    /// When the first of them was deleted.
    pub(crate) since: Nanos,
    /// Ascending.
    pub(crate) ids: Vec<TraceId>,
}

/// A tenant's deleted pieces, by block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Deleted(BTreeMap<BlockId, OfBlock>);

impl Deleted {
    /// Whether the piece of a trace in a block is deleted.
    pub(crate) fn has(&self, block: &BlockId, id: &TraceId) -> bool {
        self.of(block).binary_search(id).is_ok()
    }

    /// The deleted traces of a block, ascending.
    pub(crate) fn of(&self, block: &BlockId) -> &[TraceId] {
        self.0.get(block).map_or(&[], |of_block| &of_block.ids)
    }

    /// Blocks with deleted traces, and since when they have one.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (BlockId, Nanos)> {
        self.0.iter().map(|(block, of_block)| (*block, of_block.since))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, block: BlockId, id: TraceId, now: Nanos) {
        let of_block = self.0.entry(block).or_insert_with(|| OfBlock { since: now, ids: Vec::new() });
        if let Err(place) = of_block.ids.binary_search(&id) {
            of_block.ids.insert(place, id);
        }
    }

    /// Adds what another process wrote down.
    pub(crate) fn join(&mut self, other: &Deleted) {
        for (block, of_block) in &other.0 {
            of_block.ids.iter().for_each(|id| self.add(*block, *id, of_block.since));
        }
    }

    /// Forgets blocks.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&BlockId) -> bool) {
        self.0.retain(|block, _| keep(block));
    }

    /// What was deleted of `inputs` after `left_out` was taken is deleted of their merge too.
    pub(crate) fn carry(&mut self, inputs: &[BlockId], left_out: &Deleted, output: BlockId) {
        for input in inputs {
            let Some(OfBlock { since, ids }) = self.0.get(input).cloned() else { continue };
            ids.iter().filter(|id| !left_out.has(input, id)).for_each(|id| self.add(output, *id, since));
        }
    }

    fn pieces(&self) -> usize {
        self.0.values().map(|of_block| of_block.ids.len()).sum()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + 40 * self.0.len() + 16 * self.pieces());
        put_u64(&mut out, VERSION);
        put_u64(&mut out, self.0.len() as u64);
        for (block, of_block) in &self.0 {
            out.extend_from_slice(&block.0.to_le_bytes());
            put_i64(&mut out, of_block.since.0);
            put_u64(&mut out, of_block.ids.len() as u64);
            of_block.ids.iter().for_each(|id| out.extend_from_slice(&id.0));
        }
        out
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut cursor = Reader::new(bytes);
        let version = cursor.u64()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let mut blocks = BTreeMap::new();
        // A block takes eighteen bytes at the least.
        for _ in 0..cursor.count_of(18)? {
            let block = BlockId(u128::from_le_bytes(cursor.array()?));
            let since = Nanos(cursor.i64()?);
            let count = cursor.count_of(16)?;
            let ids =
                (0..count).map(|_| Ok(TraceId(cursor.array()?))).collect::<Result<Vec<_>, DecodeError>>()?;
            if !ids.is_sorted() {
                return Err(DecodeError::Invalid("order of traces"));
            }
            blocks.insert(block, OfBlock { since, ids });
        }
        if !cursor.is_empty() {
            return Err(DecodeError::Invalid("end of the document"));
        }
        Ok(Deleted(blocks))
    }
}

/// Where deletes are written down.
pub(crate) struct Deletes(Documents);

impl Deletes {
    pub(crate) fn new(objects: Objects, clock: Clock) -> Self {
        Deletes(Documents::new(objects, clock))
    }

    fn key(tenant: &Tenant) -> DocumentKey {
        DocumentKey { tenant: tenant.clone(), collection: COLLECTION.to_owned(), name: NAME.to_owned() }
    }

    /// What is written down, and its version: 0 when nothing is.
    pub(crate) async fn read(&self, tenant: &Tenant) -> Result<(Deleted, u64), TraceError> {
        let Some(Document { version, bytes, .. }) = self.0.read(&Self::key(tenant)).await? else {
            return Ok((Deleted::default(), 0));
        };
        let what = || format!("{COLLECTION} of {tenant}, version {version}");
        Ok((Deleted::decode(&bytes).map_err(|error| TraceError::decode(what())(error))?, version))
    }

    /// Writes a change down; what is deleted then. `change` may be asked again when another process was faster.
    pub(crate) async fn change(
        &self,
        tenant: &Tenant,
        change: impl Fn(&mut Deleted),
    ) -> Result<Deleted, TraceError> {
        let key = Self::key(tenant);
        for _ in 0..MAX_RACES {
            let (before, version) = self.read(tenant).await?;
            let mut after = before.clone();
            change(&mut after);
            if after == before {
                return Ok(after);
            }
            if after.pieces() > MAX_PIECES.max(before.pieces()) {
                return Err(TraceError::TooManyDeletes { limit: MAX_PIECES });
            }
            let written = match after.is_empty() {
                true => self.0.delete(&key, Some(version)).await.map(drop),
                false => self.0.write(&key, Some(version), &after.encode()).await.map(drop),
            };
            match written {
                Ok(()) => return Ok(after),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable(format!("{MAX_RACES} other changes of {COLLECTION} came first")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn deleted() -> impl Strategy<Value = Deleted> {
        let pieces = prop::collection::vec((0u128..5, 0u8..9, any::<i64>()), 0..20);
        pieces.prop_map(|pieces| {
            let mut deleted = Deleted::default();
            for (block, id, at) in pieces {
                deleted.add(BlockId(block), TraceId([id; 16]), Nanos(at));
            }
            deleted
        })
    }

    proptest! {
        #[test]
        fn what_is_written_down_comes_back(deleted in deleted()) {
            prop_assert_eq!(Deleted::decode(&deleted.encode()).unwrap(), deleted);
        }

        #[test]
        fn damaged_documents_do_not_panic(deleted in deleted(), at: prop::sample::Index, flip in 1u8..) {
            let mut bytes = deleted.encode();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let _ = Deleted::decode(&bytes);
            let _ = Deleted::decode(&bytes[..at]);
        }
    }

    #[test]
    fn a_merge_inherits_what_was_deleted_while_it_ran() {
        let (early, late) = (TraceId([1; 16]), TraceId([2; 16]));
        let mut left_out = Deleted::default();
        left_out.add(BlockId(1), early, Nanos(5));
        let mut now = left_out.clone();
        now.add(BlockId(2), late, Nanos(7));
        now.carry(&[BlockId(1), BlockId(2)], &left_out, BlockId(3));
        assert_eq!(now.of(&BlockId(3)), [late]);
        now.retain(|block| *block == BlockId(3));
        assert_eq!(now.blocks().collect::<Vec<_>>(), [(BlockId(3), Nanos(7))]);
    }
}

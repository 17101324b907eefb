//! Where the pieces of a trace are: in which blocks and heads of one cut.
//!
//! Walk: `read.rs` and `scan.rs` ask here before they answer a trace. Invariant: no piece of the cut is overlooked; filters
//! only ever say "perhaps" too often, and the fingerprint tables decide. A piece that was deleted is none.

use crate::block::filter::{Filter, fingerprint};
use crate::block::{Blocks, OpenBlock};
use crate::error::TraceError;
use crate::head::HeadCut;
use crate::merge::MAX_JOINED_SPANS;
use crate::read::Cut;
use crate::tracedb::deleted::Deleted;
use model::TraceId;
use std::sync::Arc;
use store::BlockMeta;

/// Where one trace is.
pub(crate) struct Located {
    pub(crate) id: TraceId,
    pub(crate) start: i64,
    pub(crate) spans: usize,
    /// Whether a part of it is in a head.
    pub(crate) in_heads: bool,
    pub(crate) pieces: Vec<(Arc<OpenBlock>, usize)>,
}

impl Located {
    /// Whether it is one piece in one block.
    pub(crate) fn alone(&self) -> bool {
        !self.in_heads && self.pieces.len() == 1
    }

    /// Whether it is too large to be decoded whole.
    pub(crate) fn is_giant(&self) -> bool {
        self.spans > MAX_JOINED_SPANS
    }
}

/// The filters of a cut's blocks, and its heads.
pub(crate) struct Pieces {
    blocks: Vec<(Arc<BlockMeta>, Arc<Filter>)>,
    heads: Vec<HeadCut>,
    deleted: Arc<Deleted>,
    /// The traces of the heads.
    in_heads: Vec<TraceId>,
}

impl Pieces {
    pub(crate) async fn of(cut: &Cut, blocks: &Blocks) -> Result<Self, TraceError> {
        let mut filters = Vec::with_capacity(cut.blocks.len());
        for meta in &cut.blocks {
            filters.push((meta.clone(), blocks.filter(meta).await?));
        }
        let mut in_heads: Vec<TraceId> = cut.heads.iter().flat_map(HeadCut::ids).collect();
        in_heads.sort_unstable();
        in_heads.dedup();
        Ok(Pieces { blocks: filters, heads: cut.heads.clone(), deleted: cut.deleted.clone(), in_heads })
    }

    /// All pieces of a trace; `None` when there are none.
    pub(crate) async fn locate(&self, blocks: &Blocks, id: TraceId) -> Result<Option<Located>, TraceError> {
        let mut located = Located { id, start: i64::MAX, spans: 0, in_heads: false, pieces: Vec::new() };
        let wanted = fingerprint(&id);
        for (meta, filter) in &self.blocks {
            if filter.may_have(wanted) && !self.deleted.has(&meta.id, &id) {
                let block = blocks.open(meta).await?;
                if let Some(ordinal) = block.index.find(&id) {
                    located.start = located.start.min(block.index.traces.starts[ordinal]);
                    located.spans += block.index.traces.spans[ordinal] as usize;
                    located.pieces.push((block, ordinal));
                }
            }
        }
        for (start, spans) in self.heads.iter().filter_map(|head| head.extent_of(&id)) {
            located.in_heads = true;
            located.start = located.start.min(start);
            located.spans += spans;
        }
        Ok(Some(located).filter(|l| l.in_heads || !l.pieces.is_empty()))
    }

    /// Of each trace of a block, by ordinal: whether it is for [`Pieces::locate`] to say what there is of it: because a piece
    /// is elsewhere too, or because the piece here is deleted.
    pub(crate) async fn elsewhere(
        &self,
        blocks: &Blocks,
        block: &OpenBlock,
    ) -> Result<Vec<bool>, TraceError> {
        let mut elsewhere = vec![false; block.index.traces.ids.len()];
        for id in &self.in_heads {
            if let Some(ordinal) = block.index.find(id) {
                elsewhere[ordinal] = true;
            }
        }
        for id in self.deleted.of(&block.reader.meta().id) {
            if let Some(ordinal) = block.index.find(id) {
                elsewhere[ordinal] = true;
            }
        }
        for (meta, filter) in &self.blocks {
            if meta.id == block.reader.meta().id {
                continue;
            }
            let shared = match block.shared_with(&meta.id) {
                Some(shared) => shared,
                None => {
                    let shared = self.shared(blocks, block, meta, filter).await?;
                    block.remember_shared(meta.id, shared)
                }
            };
            shared.iter().for_each(|ordinal| elsewhere[*ordinal as usize] = true);
        }
        Ok(elsewhere)
    }

    /// The ordinals of the traces that two blocks share. Neither ever changes, so it is found out once.
    async fn shared(
        &self,
        blocks: &Blocks,
        block: &OpenBlock,
        meta: &Arc<BlockMeta>,
        filter: &Filter,
    ) -> Result<Vec<u32>, TraceError> {
        let smaller = |other: &Arc<OpenBlock>| other.index.traces.ids.len() < block.index.traces.ids.len();
        if let Some(other) = blocks.known(&meta.id).filter(smaller) {
            let mut found: Vec<u32> = other
                .index
                .traces
                .ids
                .iter()
                .filter_map(|id| block.index.find(id))
                .map(|o| o as u32)
                .collect();
            found.sort_unstable();
            return Ok(found);
        }
        let perhaps = |(fingerprint, _): &(u64, u32)| filter.may_have(*fingerprint);
        let perhaps: Vec<u32> =
            block.index.fingerprints.pairs().filter(perhaps).map(|(_, ordinal)| ordinal).collect();
        if perhaps.is_empty() {
            return Ok(perhaps);
        }
        let other = blocks.open(meta).await?;
        let shared = |ordinal: &u32| other.index.find(&block.index.traces.ids[*ordinal as usize]).is_some();
        Ok(perhaps.into_iter().filter(shared).collect())
    }
}

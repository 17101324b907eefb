//! Parts -> one block a tenant.
//!
//! Walk: `tracedb/keep.rs` hands over the parts since the last flush -> here -> `store::block`, `store::object`,
//! `store::catalog`. Invariant: a block's id derives from tenant and log positions, so a flush repeated after a crash
//! overwrites its own object and adds nothing twice.

pub(crate) mod import;

use crate::assemble::canonical;
use crate::block::sections::VERSION;
use crate::block::writer::{Sections, Writer};
use crate::error::TraceError;
use crate::head::HeadCut;
use crate::head::part::Part;
use crate::merge::{join, share_giants};
use crate::tracedb::deleted::Deleted;
use bytes::Bytes;
use model::{Nanos, Tenant};
use std::sync::Arc;
use store::{BlockId, BlockMeta, BlockWriter, Position, Signal};

/// What identifies a block and where it stands in the merge order.
pub(crate) struct Identity {
    pub(crate) id: BlockId,
    pub(crate) tenant: Tenant,
    pub(crate) level: u8,
    pub(crate) covered: Option<(Position, Position)>,
}

impl Identity {
    /// The tenant's spans of the log from `from` up to `upto`.
    pub(crate) fn of_flush(tenant: Tenant, from: Position, upto: Position) -> Self {
        let positions = [from.segment, from.offset, upto.segment, upto.offset].map(u64::to_be_bytes).concat();
        let id = BlockId::derive(&[b"traces/flush", tenant.as_str().as_bytes(), &positions]);
        Identity { id, tenant, level: 0, covered: Some((from, upto)) }
    }
}

/// The block of a tenant's parts, or one a part when they share a trace too large to be joined. Computes; parts are in
/// memory.
pub(crate) async fn blocks_of(
    tenant: Tenant,
    parts: &[Arc<Part>],
) -> Result<Vec<(BlockMeta, Bytes)>, TraceError> {
    let blocks: Vec<_> = parts.iter().map(|part| part.block.clone()).collect();
    if blocks.len() < 2 || share_giants(&blocks) {
        return Ok(parts.iter().map(|part| ((*part.meta).clone(), part.bytes.clone())).collect());
    }
    let from = parts.iter().map(|part| part.from).min().unwrap_or_default();
    let upto = parts.iter().map(|part| part.upto).max().unwrap_or_default();
    let block = pack(Identity::of_flush(tenant, from, upto), join(&blocks, &Deleted::default()).await?);
    Ok(Some(block).filter(|(meta, _)| meta.rows > 0).into_iter().collect())
}

/// The columns of a head's spans.
pub(crate) fn sections_of(cut: &HeadCut) -> Sections {
    let mut writer = Writer::new();
    let mut rows = Vec::new();
    for (_, id) in cut.traces() {
        rows.clear();
        cut.rows_of(&id, &mut rows);
        canonical(&mut rows);
        writer.push(id, &rows);
    }
    writer.finish()
}

/// Puts sections into the container.
pub(crate) fn pack(identity: Identity, sections: Sections) -> (BlockMeta, Bytes) {
    let mut writer = BlockWriter::new(BlockMeta {
        id: identity.id,
        tenant: identity.tenant,
        signal: Signal::Traces,
        level: identity.level,
        start: Nanos(sections.start),
        end: Nanos(sections.end.saturating_add(1)),
        rows: sections.rows,
        bytes: 0,
        covered: identity.covered,
    });
    for (kind, bytes) in &sections.parts {
        writer.section(*kind, VERSION, bytes);
    }
    writer.finish()
}

/// Uploads blocks; all of them are there before any is published.
pub(crate) async fn upload(
    objects: &store::Objects,
    blocks: Vec<(BlockMeta, Bytes)>,
) -> Result<Vec<BlockMeta>, TraceError> {
    let mut metas = Vec::with_capacity(blocks.len());
    for (meta, bytes) in blocks {
        objects.put(&meta.path(), bytes).await?;
        metas.push(meta);
    }
    Ok(metas)
}

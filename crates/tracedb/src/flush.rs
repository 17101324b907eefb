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
use crate::merge::{share_giants, write};
use crate::tracedb::deleted::Deleted;
use bytes::Bytes;
use model::{Nanos, Tenant};
use std::sync::Arc;
use store::{BlockId, BlockMeta, BlockWriter, Objects, Position, Signal};

/// What identifies a block and where it stands in the merge order.
#[derive(Debug, Clone)]
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

    /// What the catalog says of a block of these sections; its size is not known yet.
    pub(crate) fn meta(self, sections: &Sections) -> BlockMeta {
        BlockMeta {
            id: self.id,
            tenant: self.tenant,
            signal: Signal::Traces,
            level: self.level,
            start: Nanos(sections.start),
            end: Nanos(sections.end.saturating_add(1)),
            rows: sections.rows,
            bytes: 0,
            covered: self.covered,
        }
    }
}

/// Uploads the block of a tenant's parts, or one a part when they share a trace too large to be joined. Computes; parts are
/// in memory.
pub(crate) async fn upload(
    objects: &Objects,
    tenant: Tenant,
    parts: &[Arc<Part>],
) -> Result<Vec<BlockMeta>, TraceError> {
    let blocks: Vec<_> = parts.iter().map(|part| part.block.clone()).collect();
    if blocks.len() < 2 || share_giants(&blocks) {
        let mut metas = Vec::with_capacity(parts.len());
        for part in parts {
            objects.put(&part.meta.path(), part.bytes.clone()).await?;
            metas.push((*part.meta).clone());
        }
        return Ok(metas);
    }
    let from = parts.iter().map(|part| part.from).min().unwrap_or_default();
    let upto = parts.iter().map(|part| part.upto).max().unwrap_or_default();
    let identity = Identity::of_flush(tenant, from, upto);
    Ok(write(objects, identity, &blocks, &Deleted::default()).await?.into_iter().collect())
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
    let mut writer = BlockWriter::new(identity.meta(&sections));
    for (kind, bytes) in &sections.parts {
        writer.section(*kind, VERSION, bytes);
    }
    writer.finish()
}

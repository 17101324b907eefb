//! Spans since the last flush that were packed: blocks that are only in memory so far.
//!
//! Walk: `../head.rs` (rows) -> `tracedb/keep.rs` seals a head at a log position -> here -> `flush.rs` joins the parts of many
//! heads into one block. A packed span takes a tenth of the memory of one in rows, and is read as fast as a stored one.
//! Invariant: a part says of its spans what the sealed head said of them; its log positions are those of the head.

use crate::block::filter::Filter;
use crate::block::sections::FILTER;
use crate::block::{Index, OpenBlock};
use crate::error::TraceError;
use crate::flush::{Identity, pack, sections_of};
use crate::head::Head;
use bytes::Bytes;
use model::{Nanos, Tenant};
use std::sync::Arc;
use stdx::{Budget, Reservation};
use store::{BlockCache, BlockMeta, BlockReader, Objects, Position};

/// A block in memory, of one tenant and one sealed head.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) meta: Arc<BlockMeta>,
    pub(crate) block: Arc<OpenBlock>,
    pub(crate) filter: Arc<Filter>,
    /// The block as it would be uploaded.
    pub(crate) bytes: Bytes,
    /// The tenant's spans of the log from here on ...
    pub(crate) from: Position,
    /// ... up to here.
    pub(crate) upto: Position,
    /// When the first of its spans came.
    pub(crate) first_at: Option<Nanos>,
    /// Memory that its spans took as rows, in bytes.
    pub(crate) row_bytes: u64,
    /// Memory that it takes now, in bytes.
    pub(crate) memory: u64,
    /// Given back when the last reader lets go.
    _held: Option<Reservation>,
}

/// What parts are made with.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    pub(crate) objects: Objects,
    pub(crate) cache: BlockCache,
    pub(crate) budget: Budget,
}

impl Maker {
    /// The parts of a sealed head that covers the log from `from` up to `upto`, one a tenant. Computes.
    pub(crate) fn parts_of(
        &self,
        head: &Arc<Head>,
        from: Position,
        upto: Position,
    ) -> Result<Vec<Arc<Part>>, TraceError> {
        let mut parts = Vec::new();
        for tenant in head.tenants() {
            if let Some(part) = self.part(head, tenant, from, upto)? {
                parts.push(Arc::new(part));
            }
        }
        Ok(parts)
    }

    fn part(
        &self,
        head: &Arc<Head>,
        tenant: Tenant,
        from: Position,
        upto: Position,
    ) -> Result<Option<Part>, TraceError> {
        let Some(cut) = head.cut(&tenant) else { return Ok(None) };
        let sections = sections_of(&cut);
        if sections.rows == 0 {
            return Ok(None);
        }
        let what = "spans that were packed";
        let section = |kind: u16| {
            let found = sections.parts.iter().find(|(known, _)| *known == kind);
            found.map(|(_, bytes)| Bytes::copy_from_slice(bytes))
        };
        let index = Index::decode(section).map_err(TraceError::decode(what))?;
        let filter =
            Filter::decode(&section(FILTER).unwrap_or_default()).map_err(TraceError::decode(what))?;
        let (meta, bytes) = pack(Identity::of_flush(tenant, from, upto), sections);
        let meta = Arc::new(meta);
        let reader = BlockReader::of_bytes(&self.objects, &self.cache, meta.clone(), bytes.clone())?;
        let memory = (bytes.len() + index.bytes() + filter.bytes()) as u64;
        let held = self.budget.reserve(memory);
        if let Err(error) = &held {
            // They are durable: who appends next is told.
            tracing::warn!(%error, "packed spans exceed their budget until they are flushed");
        }
        Ok(Some(Part {
            row_bytes: head.bytes().saturating_mul(meta.rows) / head.rows().max(1),
            block: Arc::new(OpenBlock::of(reader, index)),
            filter: Arc::new(filter),
            first_at: head.first_at(),
            _held: held.ok(),
            meta,
            bytes,
            from,
            upto,
            memory,
        }))
    }
}

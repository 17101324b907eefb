//! Blocks of traces that were kept elsewhere, for migration.
//!
//! Beside the write walk: no log is needed for what is durable already. Traces come in any order, so they gather in a head
//! until it is large, become a block that is sorted by time, and are uploaded; nothing of a source is seen before all of it
//! is there. Invariants: the same traces in the same order give the same blocks, so a repetition overwrites its own
//! objects; an imported block covers no stretch of the log.

use crate::error::TraceError;
use crate::flush::{Identity, pack, sections_of};
use crate::head::Head;
use model::{Nanos, SpanBatch, Tenant};
use stdx::Budget;
use store::{BlockId, BlockMeta, Catalog, Delta, Objects};

/// 256 MiB of rows, about 400,000 spans: a block of the size that a flush makes.
const BLOCK_ROW_BYTES: u64 = 256 << 20;
/// What a head is warned beyond; a single trace may take it there.
const HEAD_BYTES: u64 = 2 * BLOCK_ROW_BYTES;

/// Turns the traces of one source into blocks.
pub struct TraceImport {
    objects: Objects,
    tenant: Tenant,
    source: String,
    block_bytes: u64,
    head: Head,
    blocks: Vec<BlockMeta>,
}

/// What became of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Blocks that were published.
    pub blocks: u64,
    /// Spans in them.
    pub spans: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

impl TraceImport {
    /// Begins to import what is named `source` for a tenant: the name and the traces make the blocks' ids.
    pub fn new(objects: &Objects, tenant: &Tenant, source: &str) -> Result<Self, TraceError> {
        Ok(TraceImport {
            objects: objects.clone(),
            tenant: tenant.clone(),
            source: source.to_owned(),
            block_bytes: BLOCK_ROW_BYTES,
            head: empty_head()?,
            blocks: Vec::new(),
        })
    }

    /// Adds spans, best a trace at a time: what is pushed together is in one block.
    pub async fn push(&mut self, batch: SpanBatch) -> Result<(), TraceError> {
        self.head.insert(&self.tenant, batch, Nanos(0));
        if self.head.bytes() >= self.block_bytes { self.cut().await } else { Ok(()) }
    }

    /// Publishes everything at once.
    pub async fn finish(mut self, catalog: &Catalog) -> Result<Imported, TraceError> {
        self.cut().await?;
        let mut imported = Imported::default();
        for meta in &self.blocks {
            imported.blocks += 1;
            imported.spans += meta.rows;
            imported.bytes += meta.bytes;
        }
        if !self.blocks.is_empty() {
            catalog.commit(Delta { add: self.blocks, ..Delta::default() }).await?;
        }
        Ok(imported)
    }

    /// Uploads what was gathered.
    async fn cut(&mut self) -> Result<(), TraceError> {
        let head = std::mem::replace(&mut self.head, empty_head()?);
        let Some(cut) = head.cut(&self.tenant) else { return Ok(()) };
        let ordinal = (self.blocks.len() as u64).to_be_bytes();
        let parts =
            [&b"traces/import"[..], self.tenant.as_str().as_bytes(), self.source.as_bytes(), &ordinal];
        let identity =
            Identity { id: BlockId::derive(&parts), tenant: self.tenant.clone(), level: 0, covered: None };
        let packed = stdx::task::blocking(move || pack(identity, sections_of(&cut))).join().await;
        let packed = packed.map_err(|error| TraceError::Internal(format!("packing spans: {error}")))?;
        let (meta, bytes) = packed;
        if meta.rows > 0 {
            self.objects.put(&meta.path(), bytes).await?;
            self.blocks.push(meta);
        }
        Ok(())
    }
}

fn empty_head() -> Result<Head, TraceError> {
    Ok(Head::new(&Budget::new("import", HEAD_BYTES))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EngineOptions, TraceDb};
    use contract::{Context, SpanSource};
    use model::{ResourceSpans, ScopeSpans, Span, SpanId, TraceId};
    use stdx::Clock;
    use store::{BlockCache, CatalogOptions};

    fn trace(n: u8) -> SpanBatch {
        let span = |id: u8| Span {
            trace_id: TraceId([n; 16]),
            span_id: SpanId([id; 8]),
            start: Nanos(1_000_000 - i64::from(n)),
            end: Nanos(2_000_000),
            ..Span::default()
        };
        let scopes = vec![ScopeSpans { spans: vec![span(1), span(2)], ..ScopeSpans::default() }];
        SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] }
    }

    #[tokio::test]
    async fn a_source_becomes_blocks_once() {
        let room = tempfile::tempdir().unwrap();
        let objects = Objects::open(room.path().to_str().unwrap(), &[]).unwrap();
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
        let tenant = Tenant::anonymous();
        for _ in 0..2 {
            let mut import = TraceImport::new(&objects, &tenant, "block").unwrap();
            import.block_bytes = 1000;
            for n in 0..5 {
                import.push(trace(n)).await.unwrap();
            }
            let imported = import.finish(&catalog).await.unwrap();
            assert_eq!((imported.blocks, imported.spans), (3, 10));
            assert_eq!(catalog.snapshot().all_blocks().count(), 3);
        }
        let budget = Budget::new("test", 1 << 30);
        let options = EngineOptions::new(
            room.path().join("log"),
            objects,
            catalog,
            BlockCache::new(1 << 20),
            Clock::manual(0),
            budget,
        );
        let db = TraceDb::open(options).await.unwrap();
        for n in 0..5 {
            let found = db.trace(&Context::for_tests(), TraceId([n; 16]), None).await.unwrap();
            assert_eq!(found.unwrap().spans.len(), 2);
        }
        db.close().await.unwrap();
    }
}

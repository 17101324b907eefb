//! The engine: open, append, read, flush, maintain, close. The table of contents of this crate.
//!
//! Walk (write): `server::ingest` -> [`TraceDb::append`] -> `record.rs` -> `store::log` (durable) and `head.rs` (visible)
//! ... `keep.rs`: packed (`head/part.rs`), flushed (`flush.rs`), merged (`merge.rs`). Walk (read): `contract::SpanSource` ->
//! a cut -> `read.rs`. Invariant: the state lock orders log and head: every record before a sealed position is in the
//! sealed heads, in parts or in published blocks, every later one in the current head.

use crate::block::Blocks;
use crate::cursor::TraceCursor;
use crate::error::TraceError;
use crate::head::Head;
use crate::head::part::{Maker, Part};
use crate::options::EngineOptions;
use crate::read::Cut;
use crate::read::parts::PartsOfTrace;
use crate::scan::UnitScan;
use crate::tracedb::deleted::{Deleted, Deletes};
use crate::{record, tags};
use contract::{Answer, Attribute, Context, Outcome, SpanCursor, SpanScope, SpanSelect, SpanSource};
use contract::{TagSelect, TraceDeletes, TraceFilter, TraceParts, TraceSpans, UnitCursor, UnitNeeds};
use model::{Nanos, SpanBatch, Tenant, TimeRange, TraceId, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use store::{BlockId, LocalLog, LogOptions, Position, Signal, Snapshot, StoreError};
use tokio::sync::{Mutex, Notify};

mod delete;
pub(crate) mod deleted;
mod keep;

/// The log's name in the catalog.
pub const LOG_NAME: &str = "traces";

/// A head is packed when it holds this share of the flush size: 16 MiB of rows by default, some 25,000 spans.
const PACK_SHARE: u64 = 4;

/// Rows take so many packings: one head is filled while another is packed, and senders that are faster wait.
const MAX_ROWS: u64 = 2;

/// Rows and parts together may take this many times the flush size while flushing is slow or failing; beyond it
/// appends are refused.
const MAX_MEMORY: u64 = 4;

/// The trace engine.
pub struct TraceDb {
    options: EngineOptions,
    log: LocalLog,
    state: RwLock<State>,
    blocks: Arc<Blocks>,
    /// One at a time of each.
    packing: Mutex<()>,
    flushing: Mutex<()>,
    merging: Mutex<()>,
    deletes: Deletes,
    /// Held while deletes, or blocks that replace others, become known. The time at which deletes were read last.
    settling: Mutex<Nanos>,
    /// Outputs of merges whose inputs share a trace too large to be joined: not tried again.
    apart: std::sync::Mutex<HashSet<BlockId>>,
    /// Something is to be packed; something is due; there is room again.
    full: Notify,
    due: Notify,
    room: Notify,
}

struct State {
    snapshot: Arc<Snapshot>,
    /// By tenant: pieces of blocks that no reader sees.
    deleted: HashMap<Tenant, Arc<Deleted>>,
    /// What was packed since the last flush, oldest first.
    parts: Vec<Arc<Part>>,
    /// What is being packed, oldest first.
    sealed: Vec<Sealed>,
    head: Arc<Head>,
    /// The log position at which `head` begins.
    head_from: Position,
}

impl State {
    /// Sealed heads, oldest first, and the current one.
    fn heads(&self) -> impl Iterator<Item = &Arc<Head>> {
        self.sealed.iter().map(|sealed| &sealed.head).chain([&self.head])
    }

    fn deleted_of(&self, tenant: &Tenant) -> Arc<Deleted> {
        self.deleted.get(tenant).cloned().unwrap_or_default()
    }

    /// An estimate of the memory of rows, in bytes.
    fn row_bytes(&self) -> u64 {
        self.heads().map(|head| head.bytes()).sum()
    }

    /// An estimate of the memory of all spans since the last flush, in bytes.
    fn memory(&self) -> u64 {
        self.row_bytes() + self.parts.iter().map(|part| part.memory).sum::<u64>()
    }
}

#[derive(Clone)]
struct Sealed {
    head: Arc<Head>,
    from: Position,
    upto: Position,
}

/// Sizes of an engine, for telemetry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineSizes {
    /// Spans in memory.
    pub head_rows: u64,
    /// Estimated bytes of spans in memory.
    pub head_bytes: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Bytes of block indexes and filters in memory.
    pub index_bytes: u64,
    /// Published blocks.
    pub blocks: u64,
    /// Bytes of published blocks.
    pub block_bytes: u64,
}

impl TraceDb {
    /// Opens the log and replays what is not in blocks yet.
    pub async fn open(options: EngineOptions) -> Result<Arc<TraceDb>, TraceError> {
        let log = LocalLog::open(&options.log_dir, LogOptions::default())?;
        let snapshot = options.catalog.snapshot();
        let from = snapshot.flushed(LOG_NAME);
        let blocks =
            Arc::new(Blocks::new(options.objects.clone(), options.cache.clone(), options.decoded_bytes));
        let head = Arc::new(Head::new(&options.budget)?);
        let deletes = Deletes::new(options.objects.clone(), options.clock.clone());
        let mut deleted = HashMap::new();
        for tenant in snapshot.tenants(Signal::Traces) {
            let (of_tenant, _) = deletes.read(&tenant).await?;
            deleted.insert(tenant, Arc::new(of_tenant));
        }
        let state = State { snapshot, deleted, parts: Vec::new(), sealed: Vec::new(), head, head_from: from };
        let read_at = Nanos(options.clock.now_nanos());
        let db = TraceDb {
            options,
            log,
            state: RwLock::new(state),
            blocks,
            packing: Mutex::default(),
            flushing: Mutex::default(),
            merging: Mutex::default(),
            deletes,
            settling: Mutex::new(read_at),
            apart: std::sync::Mutex::default(),
            full: Notify::new(),
            due: Notify::new(),
            room: Notify::new(),
        };
        db.replay(from)?;
        Ok(Arc::new(db))
    }

    /// Takes in the log from `from` on, packing as it goes.
    fn replay(&self, from: Position) -> Result<(), TraceError> {
        let now = Nanos(self.options.clock.now_nanos());
        let (maker, pack_bytes) = (self.maker(), self.pack_bytes());
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut failed: Option<TraceError> = None;
        let mut take = |at: Position, bytes: &[u8]| -> Result<(), TraceError> {
            if state.head.bytes() >= pack_bytes {
                let head = std::mem::replace(&mut state.head, Arc::new(Head::new(&self.options.budget)?));
                let parts = maker.parts_of(&head, state.head_from, at)?;
                parts.iter().for_each(|part| self.blocks.pin(part));
                state.parts.extend(parts);
                state.head_from = at;
            }
            let place = || format!("log {LOG_NAME}, segment {:016x}, offset {}", at.segment, at.offset);
            let (tenant, batch) =
                record::decode(bytes).map_err(|error| TraceError::Decode { what: place(), error })?;
            state.head.insert(&tenant, batch, now);
            Ok(())
        };
        let replayed = self.log.replay(from, &mut |at, bytes| {
            take(at, bytes).map_err(|error| {
                failed = Some(error);
                StoreError::Invalid("a record of spans was not taken".to_owned())
            })
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(replayed?),
        }
    }

    fn maker(&self) -> Maker {
        let EngineOptions { objects, cache, budget, .. } = &self.options;
        Maker { objects: objects.clone(), cache: cache.clone(), budget: budget.clone() }
    }

    /// A head of so many bytes is packed.
    fn pack_bytes(&self) -> u64 {
        (self.options.flush_bytes / PACK_SHARE).max(1)
    }

    fn head_bytes(&self) -> u64 {
        self.state.read().unwrap_or_else(PoisonError::into_inner).head.bytes()
    }

    /// Stores a batch. `Ok` means durable and visible.
    pub async fn append(&self, cx: &Context, batch: SpanBatch) -> Result<Outcome, TraceError> {
        let accepted = batch.len() as u64;
        if accepted == 0 {
            return Ok(Outcome::default());
        }
        let record = record::encode(&cx.tenant, &batch)?;
        self.wait_for_room(record.len()).await?;
        let permit = self.log.reserve(record.len()).await?;
        let now = Nanos(self.options.clock.now_nanos());
        let (ticket, due) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let ticket = permit.submit(record);
            state.head.insert(&cx.tenant, batch, now);
            (ticket, state.head.bytes() >= self.pack_bytes())
        };
        if due {
            self.full.notify_one();
        }
        ticket.durable().await?;
        Ok(Outcome { accepted, ..Outcome::default() })
    }

    /// Waits while rows are to be packed, so that senders are held back before they are refused.
    async fn wait_for_room(&self, bytes: usize) -> Result<(), TraceError> {
        let waited = tokio::time::timeout(self.options.room_wait, async {
            loop {
                let room = self.room.notified();
                tokio::pin!(room);
                // From here on a notice is not missed.
                room.as_mut().enable();
                if self.check_room(bytes).is_ok() {
                    return;
                }
                self.full.notify_one();
                self.due.notify_one();
                room.await;
            }
        });
        match waited.await {
            Ok(()) => Ok(()),
            Err(_) => self.check_room(bytes),
        }
    }

    /// Refuses a record of `bytes` while too much waits to be packed or flushed, or when the memory budget has no room.
    fn check_room(&self, bytes: usize) -> Result<(), TraceError> {
        let limit = self.options.flush_bytes;
        let (rows, memory) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            (state.row_bytes(), state.memory())
        };
        let most = limit.saturating_mul(MAX_MEMORY);
        let most_rows = self.pack_bytes().saturating_mul(MAX_ROWS);
        for (held, limit) in [(rows, most_rows), (memory, most)] {
            if held > limit {
                return Err(TraceError::Busy { bytes: held, limit });
            }
        }
        self.options.budget.reserve(bytes as u64)?;
        Ok(())
    }

    /// What a reader that starts now sees.
    fn cut(&self, tenant: &Tenant) -> Cut {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = state.parts.iter().filter(|part| part.meta.tenant == *tenant);
        let parts: Vec<Arc<Part>> = of_tenant.cloned().collect();
        let stored = state.snapshot.blocks(tenant, Signal::Traces);
        Cut {
            heads: state.heads().filter_map(|head| head.cut(tenant)).collect(),
            blocks: stored.chain(parts.iter().map(|part| &part.meta)).cloned().collect(),
            deleted: state.deleted_of(tenant),
            parts,
        }
    }

    /// Flushes and stops the log. Appends fail from then on.
    pub async fn close(&self) -> Result<(), TraceError> {
        let flushed = self.flush().await;
        self.log.close().await?;
        flushed
    }

    #[cfg(test)]
    pub(crate) fn cut_for_tests(&self, tenant: &Tenant) -> Cut {
        self.cut(tenant)
    }

    #[cfg(test)]
    pub(crate) async fn pack_for_tests(&self) -> Result<(), TraceError> {
        self.pack(true).await
    }

    #[cfg(test)]
    pub(crate) async fn merge_for_tests(&self, job: &store::MergeJob) -> Result<(), TraceError> {
        self.merge(job).await
    }

    /// How large things are now.
    pub fn sizes(&self) -> EngineSizes {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let blocks = || state.snapshot.all_blocks().filter(|meta| meta.signal == Signal::Traces);
        EngineSizes {
            head_rows: state.heads().map(|head| head.rows()).sum::<u64>()
                + state.parts.iter().map(|part| part.meta.rows).sum::<u64>(),
            head_bytes: state.memory(),
            log_bytes: self.log.bytes(),
            index_bytes: self.blocks.bytes(),
            blocks: blocks().count() as u64,
            block_bytes: blocks().map(|meta| meta.bytes).sum(),
        }
    }
}

impl SpanSource for TraceDb {
    /// The range is a hint that is not needed here: a trace is answered whole.
    fn trace<'a>(
        &'a self,
        cx: &'a Context,
        trace_id: TraceId,
        _range: Option<TimeRange<Nanos>>,
    ) -> Answer<'a, Option<TraceSpans>> {
        Box::pin(async move { self.cut(&cx.tenant).trace(&self.blocks, cx, trace_id).await })
    }

    fn trace_parts<'a>(&'a self, cx: &'a Context, trace_id: TraceId) -> Answer<'a, Box<dyn TraceParts + 'a>> {
        Box::pin(async move {
            let parts = PartsOfTrace::open(cx, &self.blocks, self.cut(&cx.tenant), trace_id).await?;
            Ok(Box::new(parts) as Box<dyn TraceParts + 'a>)
        })
    }

    fn select<'a>(&'a self, cx: &'a Context, select: SpanSelect) -> Answer<'a, Box<dyn SpanCursor + 'a>> {
        Box::pin(async move {
            let cursor = TraceCursor::open(cx, &self.blocks, self.cut(&cx.tenant), select, None).await?;
            Ok(Box::new(cursor) as Box<dyn SpanCursor + 'a>)
        })
    }

    fn select_filtered<'a>(
        &'a self,
        cx: &'a Context,
        select: SpanSelect,
        filter: Arc<dyn TraceFilter>,
    ) -> Answer<'a, Box<dyn SpanCursor + 'a>> {
        Box::pin(async move {
            let cut = self.cut(&cx.tenant);
            let cursor = TraceCursor::open(cx, &self.blocks, cut, select, Some(filter)).await?;
            Ok(Box::new(cursor) as Box<dyn SpanCursor + 'a>)
        })
    }

    fn scan<'a>(
        &'a self,
        cx: &'a Context,
        select: SpanSelect,
        needs: UnitNeeds,
    ) -> Answer<'a, Box<dyn UnitCursor + 'a>> {
        Box::pin(async move {
            let scan = UnitScan::open(cx, &self.blocks, self.cut(&cx.tenant), select, needs).await?;
            Ok(Box::new(scan) as Box<dyn UnitCursor + 'a>)
        })
    }

    fn tags<'a>(&'a self, cx: &'a Context, select: TagSelect) -> Answer<'a, Vec<(SpanScope, Arc<str>)>> {
        Box::pin(tags::names(self.cut(&cx.tenant), &self.blocks, cx, select))
    }

    fn tag_values<'a>(
        &'a self,
        cx: &'a Context,
        attribute: Attribute,
        select: TagSelect,
    ) -> Answer<'a, Vec<Value>> {
        Box::pin(tags::values(self.cut(&cx.tenant), &self.blocks, cx, attribute, select))
    }
}

impl TraceDeletes for TraceDb {
    fn delete<'a>(&'a self, cx: &'a Context, trace_id: TraceId) -> Answer<'a, bool> {
        Box::pin(async move { Ok(self.delete_trace(&cx.tenant, trace_id).await?) })
    }
}

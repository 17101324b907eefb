//! The engine: open, append, read, flush, maintain, close. The table of contents of this crate.
//!
//! Walk (write): `server::ingest` -> [`TraceDb::append`] -> `record.rs` -> `store::log` (durable) and `head.rs` (visible)
//! ... [`TraceDb::flush`] -> `flush.rs` ... [`TraceDb::maintain`] -> `merge.rs`. Walk (read): `contract::SpanSource` ->
//! a cut -> `read.rs`. Invariant: the state lock orders log and head: every record before a sealed position is in the
//! sealed heads or in published blocks, every later one in the current head.

use crate::block::Blocks;
use crate::cursor::TraceCursor;
use crate::error::{DecodeError, TraceError};
use crate::head::Head;
use crate::options::EngineOptions;
use crate::read::Cut;
use crate::scan::UnitScan;
use crate::{flush, merge, record, tags};
use contract::{Answer, Attribute, Context, Outcome, SpanCursor, SpanScope, SpanSelect, SpanSource};
use contract::{TagSelect, TraceFilter, TraceSpans, UnitCursor, UnitNeeds};
use model::{Nanos, SpanBatch, Tenant, TimeRange, TraceId, Value};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use stdx::Cancel;
use store::{Delta, LocalLog, LogOptions, MergeJob, Position, Signal, Snapshot, StoreError, expired, plan};
use tokio::sync::{Mutex, Notify};

/// The log's name in the catalog.
pub const LOG_NAME: &str = "traces";

/// Sealed and current heads together may hold this many times the flush size while flushing is slow or failing; beyond
/// it appends are refused.
const MAX_HEADS: u64 = 4;

/// How often the background loop looks whether something is due.
const MAINTAIN_EVERY: Duration = Duration::from_secs(1);

/// The trace engine.
pub struct TraceDb {
    options: EngineOptions,
    log: LocalLog,
    state: RwLock<State>,
    blocks: Arc<Blocks>,
    /// One flush or merge at a time.
    maintenance: Mutex<()>,
    full: Notify,
}

struct State {
    snapshot: Arc<Snapshot>,
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
        let head = Arc::new(Head::new(&options.budget)?);
        replay(&log, from, &head, Nanos(options.clock.now_nanos()))?;
        let blocks = Arc::new(Blocks::new(options.objects.clone(), options.cache.clone()));
        let state = RwLock::new(State { snapshot, sealed: Vec::new(), head, head_from: from });
        let (maintenance, full) = (Mutex::default(), Notify::new());
        Ok(Arc::new(TraceDb { options, log, state, blocks, maintenance, full }))
    }

    /// Stores a batch. `Ok` means durable and visible.
    pub async fn append(&self, cx: &Context, batch: SpanBatch) -> Result<Outcome, TraceError> {
        let accepted = batch.len() as u64;
        if accepted == 0 {
            return Ok(Outcome::default());
        }
        let record = record::encode(&cx.tenant, &batch)?;
        self.check_room(record.len())?;
        let permit = self.log.reserve(record.len()).await?;
        let now = Nanos(self.options.clock.now_nanos());
        let (ticket, due) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let ticket = permit.submit(record);
            state.head.insert(&cx.tenant, batch, now);
            (ticket, state.head.bytes() >= self.options.flush_bytes)
        };
        if due {
            self.full.notify_one();
        }
        ticket.durable().await?;
        Ok(Outcome { accepted, ..Outcome::default() })
    }

    /// Refuses a record of `bytes` while too much waits to be flushed, or when the memory budget has no room for it.
    fn check_room(&self, bytes: usize) -> Result<(), TraceError> {
        let limit = self.options.flush_bytes.saturating_mul(MAX_HEADS);
        let held = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.heads().map(|head| head.bytes()).sum::<u64>()
        };
        if held > limit {
            tracing::warn!(held, limit, "spans are refused: flushing does not keep up");
            return Err(TraceError::Busy { bytes: held, limit });
        }
        self.options.budget.reserve(bytes as u64)?;
        Ok(())
    }

    /// What a reader that starts now sees.
    fn cut(&self, tenant: &Tenant) -> Cut {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Cut {
            heads: state.heads().filter_map(|head| head.cut(tenant)).collect(),
            blocks: state.snapshot.blocks(tenant, Signal::Traces).cloned().collect(),
        }
    }

    /// Turns all spans in memory into blocks, and frees their part of the log.
    pub async fn flush(&self) -> Result<(), TraceError> {
        let _one_at_a_time = self.maintenance.lock().await;
        self.seal()?;
        loop {
            let next = self.state.read().unwrap_or_else(PoisonError::into_inner).sealed.first().cloned();
            let Some(sealed) = next else { return Ok(()) };
            self.flush_sealed(sealed).await?;
        }
    }

    /// Moves the current head to the sealed ones.
    fn seal(&self) -> Result<(), TraceError> {
        let fresh = Arc::new(Head::new(&self.options.budget)?);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.head.rows() == 0 {
            return Ok(());
        }
        let upto = self.log.end();
        let head = std::mem::replace(&mut state.head, fresh);
        let from = std::mem::replace(&mut state.head_from, upto);
        state.sealed.push(Sealed { head, from, upto });
        Ok(())
    }

    async fn flush_sealed(&self, sealed: Sealed) -> Result<(), TraceError> {
        let Sealed { head, from, upto } = sealed.clone();
        let built = stdx::task::blocking(move || flush::blocks_of(&head, from, upto)).join().await;
        let built = built.map_err(|e| TraceError::Internal(format!("building a block: {e}")))?;
        let add = flush::upload(&self.options.objects, built).await?;
        let (blocks, rows) = (add.len(), sealed.head.rows());
        let flushed = vec![(LOG_NAME.to_owned(), upto)];
        let snapshot = self.options.catalog.commit(Delta { add, remove: Vec::new(), flushed }).await?;
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.snapshot = snapshot;
            state.sealed.retain(|other| !Arc::ptr_eq(&other.head, &sealed.head));
        }
        let freed = self.log.trim(upto)?;
        tracing::debug!(blocks, rows, freed, "spans flushed");
        Ok(())
    }

    /// One round of what is due: flush, merges, retention.
    pub async fn maintain(&self) -> Result<(), TraceError> {
        if self.flush_is_due() {
            self.flush().await?;
        }
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let now = Nanos(self.options.clock.now_nanos());
        for tenant in snapshot.tenants(Signal::Traces) {
            for job in plan(&snapshot, &tenant, Signal::Traces, &self.options.compaction, now) {
                self.merge(&job).await?;
            }
            self.expire(&tenant, now).await?;
        }
        Ok(())
    }

    fn flush_is_due(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let age = i64::try_from(self.options.flush_age.as_nanos()).unwrap_or(i64::MAX);
        let old = |first: Nanos| self.options.clock.now_nanos().saturating_sub(first.0) >= age;
        !state.sealed.is_empty()
            || state.head.bytes() >= self.options.flush_bytes
            || state.head.first_at().is_some_and(old)
    }

    /// Replaces blocks by their merge. A job that lost a race with another is dropped: it will be planned again.
    async fn merge(&self, job: &MergeJob) -> Result<(), TraceError> {
        let _one_at_a_time = self.maintenance.lock().await;
        // A merge computes for seconds: never on a thread that answers requests.
        let (blocks, runtime) = (self.blocks.clone(), tokio::runtime::Handle::current());
        let (merging, wanted) = (job.clone(), job.inputs.len());
        let merged = stdx::task::blocking(move || runtime.block_on(merge::merge(&blocks, &merging))).join();
        let merged =
            merged.await.map_err(|e| TraceError::Internal(format!("merging {wanted} blocks: {e}")))??;
        let add = flush::upload(&self.options.objects, merged.into_iter().collect()).await?;
        let remove = job.inputs.iter().map(|meta| meta.id).collect();
        self.publish(Delta { add, remove, flushed: Vec::new() }).await
    }

    async fn expire(&self, tenant: &Tenant, now: Nanos) -> Result<(), TraceError> {
        let _one_at_a_time = self.maintenance.lock().await;
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let remove = expired(&snapshot, tenant, Signal::Traces, &self.options.retention, now);
        if remove.is_empty() {
            return Ok(());
        }
        tracing::info!(%tenant, blocks = remove.len(), "trace blocks past their retention removed");
        self.publish(Delta { add: Vec::new(), remove, flushed: Vec::new() }).await
    }

    async fn publish(&self, delta: Delta) -> Result<(), TraceError> {
        let snapshot = match self.options.catalog.commit(delta).await {
            Ok(snapshot) => snapshot,
            Err(StoreError::Conflict(_)) => self.options.catalog.snapshot(),
            Err(error) => return Err(error.into()),
        };
        let ids: std::collections::HashSet<_> = snapshot.all_blocks().map(|meta| meta.id).collect();
        self.state.write().unwrap_or_else(PoisonError::into_inner).snapshot = snapshot;
        self.blocks.retain(|id| ids.contains(id));
        Ok(())
    }

    /// Maintains in the background until canceled. Failures are logged and tried again.
    pub async fn run(self: Arc<Self>, cancel: Cancel) {
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(MAINTAIN_EVERY) => {}
                () = self.full.notified() => {}
            }
            if let Err(error) = self.maintain().await {
                tracing::error!(%error, "maintenance of the trace store failed; it will be tried again");
            }
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
    pub(crate) async fn merge_for_tests(&self, job: &MergeJob) -> Result<(), TraceError> {
        self.merge(job).await
    }

    /// How large things are now.
    pub fn sizes(&self) -> EngineSizes {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let blocks = || state.snapshot.all_blocks().filter(|meta| meta.signal == Signal::Traces);
        EngineSizes {
            head_rows: state.heads().map(|head| head.rows()).sum(),
            head_bytes: state.heads().map(|head| head.bytes()).sum(),
            log_bytes: self.log.bytes(),
            index_bytes: self.blocks.bytes(),
            blocks: blocks().count() as u64,
            block_bytes: blocks().map(|meta| meta.bytes).sum(),
        }
    }
}

fn replay(log: &LocalLog, from: Position, head: &Head, now: Nanos) -> Result<(), TraceError> {
    let mut broken: Option<(Position, DecodeError)> = None;
    let replayed = log.replay(from, &mut |at, bytes| match record::decode(bytes) {
        Ok((tenant, batch)) => {
            head.insert(&tenant, batch, now);
            Ok(())
        }
        Err(error) => {
            broken = Some((at, error));
            Err(StoreError::Invalid("a record of spans does not decode".to_owned()))
        }
    });
    match broken {
        Some((at, error)) => {
            let what = format!("log {LOG_NAME}, segment {:016x}, offset {}", at.segment, at.offset);
            Err(TraceError::Decode { what, error })
        }
        None => Ok(replayed?),
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

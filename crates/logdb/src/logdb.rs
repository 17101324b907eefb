//! The engine: open, append, read, flush, maintain, close. The table of contents of this crate.
//!
//! Walk (write): `server::ingest` -> [`LogDb::append`] -> `record.rs` -> `store::log` (durable), `head.rs` (visible) and
//! `tail.rs` (heard) ... [`LogDb::flush`] -> `flush.rs` ... [`LogDb::maintain`] -> `merge.rs`. Walk (read):
//! `source.rs` -> a cut -> `read.rs`. Invariant: the state lock orders log and head: every record before a
//! sealed position is in the sealed heads or in published blocks, every later one in the current head.

mod expiry;

use crate::block::Blocks;
use crate::deletes::{Deletes, Deletion};
use crate::error::LogError;
use crate::head::Head;
use crate::merge::{LeaveOut, Room};
use crate::options::EngineOptions;
use crate::read::Cut;
use crate::tail::Tails;
use crate::{flush, merge, record};
use bytes::Bytes;
use codec::CodecError;
use contract::{Context, Outcome};
use model::{LogBatch, Nanos, Tenant, TimeRange};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use stdx::Cancel;
use store::{
    BlockId, BlockMeta, Delta, LocalLog, LogOptions, MergeJob, Position, Signal, Snapshot, StoreError,
    expired, plan,
};
use tokio::sync::{Mutex, Notify};

/// The log's name in the catalog.
pub const LOG_NAME: &str = "logs";

/// Sealed and current heads together may hold this many times the flush size: one that is flushed and one that fills.
/// Beyond it appends wait.
const MAX_HEADS: u64 = 2;

/// How long an append waits for room before it is refused: several flushes of the default size. Senders try again.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// 20 s: so long a merge of few blocks waits for more of them, while lines of one window come in. Merging each new block with
/// what is merged already would write everything many times.
const MERGE_PATIENCE: Duration = Duration::from_secs(20);

/// How often the background loop looks whether something is due.
const MAINTAIN_EVERY: Duration = Duration::from_secs(1);

/// The log engine.
pub struct LogDb {
    options: EngineOptions,
    log: LocalLog,
    state: RwLock<State>,
    pub(crate) blocks: Blocks,
    pub(crate) tails: Tails,
    pub(crate) deletes: Deletes,
    /// One flush at a time.
    flushing: Mutex<()>,
    /// One merge at a time, beside a flush: a long merge holds no append back.
    pub(crate) merging: Mutex<()>,
    /// One commit at a time, so that what readers see follows the catalog.
    publishing: Mutex<()>,
    /// Blocks that are no longer published and not yet deleted.
    leaving: std::sync::Mutex<Vec<Arc<BlockMeta>>>,
    expiries: expiry::Expiries,
    /// When blocks were flushed, as far as it is within [`MERGE_PATIENCE`].
    young: std::sync::Mutex<HashMap<BlockId, Duration>>,
    full: Notify,
    /// Told after each flush.
    flushed: Notify,
}

struct State {
    snapshot: Arc<Snapshot>,
    sealed: Vec<Sealed>,
    head: Arc<Head>,
    /// The log position at which `head` begins.
    head_from: Position,
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
    /// Lines in memory.
    pub head_rows: u64,
    /// Estimated bytes of lines in memory.
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

impl LogDb {
    /// Opens the log and replays what is not in blocks yet.
    pub async fn open(options: EngineOptions) -> Result<Arc<LogDb>, LogError> {
        let log = LocalLog::open(&options.log_dir, LogOptions::default())?;
        let snapshot = options.catalog.snapshot();
        let from = snapshot.flushed(LOG_NAME);
        let head = Arc::new(Head::default());
        replay(&log, from, &head, Nanos(options.clock.now_nanos()))?;
        let blocks = Blocks::new(
            options.objects.clone(),
            options.cache.clone(),
            options.budget.clone(),
            options.decoded_bytes,
        );
        let state = RwLock::new(State { snapshot, sealed: Vec::new(), head, head_from: from });
        let deletes = Deletes::new(options.objects.clone(), options.clock.clone(), options.make_row_test);
        Ok(Arc::new(LogDb {
            options,
            log,
            state,
            blocks,
            tails: Tails::default(),
            deletes,
            flushing: Mutex::default(),
            merging: Mutex::default(),
            publishing: Mutex::default(),
            leaving: std::sync::Mutex::default(),
            expiries: expiry::Expiries::default(),
            young: std::sync::Mutex::default(),
            full: Notify::new(),
            flushed: Notify::new(),
        }))
    }

    /// Stores a batch. `Ok` means durable and visible.
    pub async fn append(&self, cx: &Context, batch: LogBatch) -> Result<Outcome, LogError> {
        let accepted = batch.len() as u64;
        if accepted == 0 {
            return Ok(Outcome::default());
        }
        let record = record::encode(&cx.tenant, &batch)?;
        self.wait_for_room().await?;
        let permit = self.log.reserve(record.len()).await?;
        let now = Nanos(self.options.clock.now_nanos());
        let (ticket, due) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let ticket = permit.submit(record);
            state.head.insert(&cx.tenant, &batch, now)?;
            (ticket, state.head.bytes() >= self.options.flush_bytes)
        };
        if due {
            self.full.notify_one();
        }
        ticket.durable().await?;
        if self.tails.is_heard(&cx.tenant) {
            self.tails.send(&cx.tenant, &batch);
        }
        Ok(Outcome { accepted, ..Outcome::default() })
    }

    /// Holds appends back while flushing does not keep up.
    async fn wait_for_room(&self) -> Result<(), LogError> {
        let limit = self.options.flush_bytes.saturating_mul(MAX_HEADS);
        let until = self.options.clock.monotonic() + MAX_WAIT;
        loop {
            // Listening before looking: a flush that ends between the two is heard.
            let flushed = self.flushed.notified();
            let bytes = self.head_bytes();
            if bytes <= limit {
                return Ok(());
            }
            let left = until.saturating_sub(self.options.clock.monotonic());
            if left.is_zero() || tokio::time::timeout(left, flushed).await.is_err() {
                tracing::warn!(bytes, limit, "lines are refused: flushing does not keep up");
                return Err(LogError::Busy { bytes, limit });
            }
        }
    }

    fn head_bytes(&self) -> u64 {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.sealed.iter().map(|sealed| &sealed.head).chain([&state.head]).map(|head| head.bytes()).sum()
    }

    /// What a reader of a range that starts now sees.
    pub(crate) async fn cut(&self, tenant: &Tenant, range: &TimeRange<Nanos>) -> Result<Cut, LogError> {
        let deletes = self.deletes.active(tenant, range).await?;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let heads = state.sealed.iter().map(|sealed| &sealed.head).chain([&state.head]);
        Ok(Cut {
            heads: heads.filter_map(|head| head.cut(tenant)).collect(),
            blocks: state.snapshot.blocks(tenant, Signal::Logs).cloned().collect(),
            deletes,
        })
    }

    /// Turns all lines in memory into blocks, and frees their part of the log.
    pub async fn flush(&self) -> Result<(), LogError> {
        let _one_at_a_time = self.flushing.lock().await;
        self.seal();
        loop {
            let next = self.state.read().unwrap_or_else(PoisonError::into_inner).sealed.first().cloned();
            let Some(sealed) = next else { return Ok(()) };
            self.flush_sealed(sealed).await?;
        }
    }

    /// Moves the current head to the sealed ones.
    fn seal(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.head.rows() == 0 {
            return;
        }
        let upto = self.log.end();
        let head = std::mem::take(&mut state.head);
        let from = std::mem::replace(&mut state.head_from, upto);
        state.sealed.push(Sealed { head, from, upto });
    }

    async fn flush_sealed(&self, sealed: Sealed) -> Result<(), LogError> {
        let Sealed { head, from, upto } = sealed.clone();
        let built = stdx::task::blocking(move || flush::blocks_of(&head, from, upto)).join().await;
        let built = built.map_err(|e| LogError::Internal(format!("building a block: {e}")))?;
        let add = flush::upload(&self.options.objects, built).await?;
        let (blocks, rows) = (add.len(), sealed.head.rows());
        self.note_young(&add);
        let flushed = vec![(LOG_NAME.to_owned(), upto)];
        {
            let _one_at_a_time = self.publishing.lock().await;
            let snapshot = self.options.catalog.commit(Delta { add, remove: Vec::new(), flushed }).await?;
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.snapshot = snapshot;
            state.sealed.retain(|other| !Arc::ptr_eq(&other.head, &sealed.head));
        }
        self.flushed.notify_waiters();
        let freed = self.log.trim(upto)?;
        tracing::debug!(blocks, rows, freed, "lines flushed");
        Ok(())
    }

    /// One round of what is due: flush, merges, retention.
    pub async fn maintain(&self) -> Result<(), LogError> {
        self.flush_if_due().await?;
        self.keep(|_| true).await
    }

    fn note_young(&self, blocks: &[BlockMeta]) {
        let now = self.options.clock.monotonic();
        let mut young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        young.retain(|_, since| now.saturating_sub(*since) < MERGE_PATIENCE);
        young.extend(blocks.iter().map(|meta| (meta.id, now)));
    }

    /// Whether a merge should not wait for more blocks: it has enough, or none came lately.
    fn is_ripe(&self, job: &MergeJob) -> bool {
        let now = self.options.clock.monotonic();
        let young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |meta: &Arc<BlockMeta>| {
            young.get(&meta.id).is_some_and(|since| now.saturating_sub(*since) < MERGE_PATIENCE)
        };
        let lower = job.inputs.iter().filter(|meta| meta.level < job.level).count();
        lower >= self.options.compaction.eager || !job.inputs.iter().any(is_young)
    }

    async fn flush_if_due(&self) -> Result<(), LogError> {
        if self.flush_is_due() { self.flush().await } else { Ok(()) }
    }

    /// One round over the blocks: merges, retention, requests to delete lines.
    async fn keep(&self, is_ripe: impl Fn(&MergeJob) -> bool) -> Result<(), LogError> {
        self.sweep().await?;
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let now = Nanos(self.options.clock.now_nanos());
        for tenant in snapshot.tenants(Signal::Logs) {
            let jobs = plan(&snapshot, &tenant, Signal::Logs, &self.compaction_of(&tenant), now);
            for job in jobs.into_iter().filter(&is_ripe) {
                self.merge(&job, &[], Room::default()).await?;
            }
            self.expire(&tenant, now).await?;
            self.expire_streams(&tenant, now).await?;
            self.delete_due(&tenant, now).await?;
        }
        Ok(())
    }

    fn flush_is_due(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let age = i64::try_from(self.options.flush_age.as_nanos()).unwrap_or(i64::MAX);
        let old = |first: Nanos| self.options.clock.now_nanos().saturating_sub(first.0) >= age;
        !state.sealed.is_empty()
            || state.head.bytes() >= self.options.flush_bytes
            || state.head.since().is_some_and(old)
    }

    /// Replaces blocks by their merge. A job that lost a race with another is dropped: it will be planned again.
    async fn merge(&self, job: &MergeJob, deletes: &[Arc<Deletion>], room: Room) -> Result<(), LogError> {
        let _one_at_a_time = self.merging.lock().await;
        let now = Nanos(self.options.clock.now_nanos());
        let tenant = job.inputs.first().map_or_else(Tenant::anonymous, |meta| meta.tenant.clone());
        let cx = Context::internal(tenant, self.options.clock.clone(), self.options.budget.clone());
        let leave_out = LeaveOut { retention: &self.options.stream_retention, deletes, now };
        let objects = &self.options.objects;
        let merged = merge::merge(&cx, &self.blocks, objects, job, &leave_out, room).await?;
        let add = merged.into_iter().collect();
        let remove = job.inputs.iter().map(|meta| meta.id).collect();
        self.publish(Delta { add, remove, flushed: Vec::new() }).await
    }

    /// Rewrites the blocks that hold lines of requests which can no longer be taken back.
    async fn delete_due(&self, tenant: &Tenant, now: Nanos) -> Result<(), LogError> {
        for deletion in self.deletes.due(tenant, self.options.delete_grace, now).await? {
            // What is in memory would become blocks that nobody looks at again for this request.
            self.flush().await?;
            let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
            let range = deletion.range();
            let touched = |meta: &&Arc<BlockMeta>| meta.start < range.end && range.start < meta.end;
            let blocks: Vec<Arc<BlockMeta>> =
                snapshot.blocks(tenant, Signal::Logs).filter(touched).cloned().collect();
            let mut rewritten = 0;
            for meta in blocks {
                let open = self.blocks.open(&meta).await?;
                if !open.streams.iter().any(|stream| deletion.concerns(&stream.labels)) {
                    continue;
                }
                let output = BlockId::derive(&[
                    b"logs/delete",
                    deletion.id().as_bytes(),
                    meta.id.to_string().as_bytes(),
                ]);
                let job =
                    MergeJob { level: meta.level, range: (meta.start, meta.end), inputs: vec![meta], output };
                self.merge(&job, std::slice::from_ref(&deletion), Room::default()).await?;
                rewritten += 1;
            }
            self.deletes.processed(tenant, deletion.id()).await?;
            tracing::info!(%tenant, id = deletion.id(), rewritten, "lines deleted on request");
        }
        Ok(())
    }

    async fn expire(&self, tenant: &Tenant, now: Nanos) -> Result<(), LogError> {
        let _one_at_a_time = self.merging.lock().await;
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let remove = expired(&snapshot, tenant, Signal::Logs, &self.retention_of(tenant), now);
        if remove.is_empty() {
            return Ok(());
        }
        tracing::info!(%tenant, blocks = remove.len(), "log blocks past their retention removed");
        self.publish(Delta { add: Vec::new(), remove, flushed: Vec::new() }).await
    }

    async fn publish(&self, delta: Delta) -> Result<(), LogError> {
        let _one_at_a_time = self.publishing.lock().await;
        let snapshot = match self.options.catalog.commit(delta).await {
            Ok(snapshot) => snapshot,
            Err(StoreError::Conflict(_)) => self.options.catalog.snapshot(),
            Err(error) => return Err(error.into()),
        };
        let ids: std::collections::HashSet<_> = snapshot.all_blocks().map(|meta| meta.id).collect();
        let before = std::mem::replace(
            &mut self.state.write().unwrap_or_else(PoisonError::into_inner).snapshot,
            snapshot,
        );
        self.blocks.retain(|id| ids.contains(id));
        let gone = before.all_blocks().filter(|meta| meta.signal == Signal::Logs && !ids.contains(&meta.id));
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).extend(gone.cloned());
        Ok(())
    }

    /// Deletes blocks that were replaced and that no reader holds any more. Only in a folder of this process: elsewhere
    /// others may read them, and the sweep of the store deletes them when that is over.
    async fn sweep(&self) -> Result<(), LogError> {
        if !self.options.objects.is_local() {
            self.leaving.lock().unwrap_or_else(PoisonError::into_inner).clear();
            return Ok(());
        }
        let unused: Vec<Arc<BlockMeta>> = {
            let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
            // Readers hold what they found in a snapshot; whoever could find it there holds it too.
            leaving.extract_if(.., |meta| Arc::strong_count(meta) == 1).collect()
        };
        for meta in unused {
            self.options.objects.delete(&meta.path()).await?;
        }
        Ok(())
    }

    /// Maintains in the background until canceled: flushes beside merges. Failures are logged and tried again.
    pub async fn run(self: Arc<Self>, cancel: Cancel) {
        tokio::join!(self.run_flushes(&cancel), self.run_merges(&cancel));
    }

    async fn run_flushes(&self, cancel: &Cancel) {
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(MAINTAIN_EVERY) => {}
                () = self.full.notified() => {}
            }
            if let Err(error) = self.flush_if_due().await {
                tracing::error!(%error, "flushing lines failed; it will be tried again");
            }
        }
    }

    async fn run_merges(&self, cancel: &Cancel) {
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                () = tokio::time::sleep(MAINTAIN_EVERY) => {}
            }
            if let Err(error) = self.keep(|job| self.is_ripe(job)).await {
                tracing::error!(%error, "maintenance of the log store failed; it will be tried again");
            }
        }
    }

    /// Flushes and stops the log. Appends fail from then on.
    pub async fn close(&self) -> Result<(), LogError> {
        let flushed = self.flush().await;
        self.log.close().await?;
        flushed
    }

    #[cfg(test)]
    pub(crate) async fn merge_for_tests(&self, job: &MergeJob, room: Room) -> Result<(), LogError> {
        self.merge(job, &[], room).await
    }

    /// How large things are now.
    pub fn sizes(&self) -> EngineSizes {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let heads = || state.sealed.iter().map(|sealed| &sealed.head).chain([&state.head]);
        let blocks = || state.snapshot.all_blocks().filter(|meta| meta.signal == Signal::Logs);
        EngineSizes {
            head_rows: heads().map(|head| head.rows()).sum(),
            head_bytes: heads().map(|head| head.bytes()).sum(),
            log_bytes: self.log.bytes(),
            index_bytes: self.blocks.bytes(),
            blocks: blocks().count() as u64,
            block_bytes: blocks().map(|meta| meta.bytes).sum(),
        }
    }
}

fn replay(log: &LocalLog, from: Position, head: &Head, now: Nanos) -> Result<(), LogError> {
    let mut broken: Option<(Position, CodecError)> = None;
    let mut full: Option<LogError> = None;
    let replayed = log.replay(from, &mut |at, bytes| {
        let stop = |why: &str| Err(StoreError::Invalid(why.to_owned()));
        match record::decode(&Bytes::copy_from_slice(bytes)) {
            Ok((tenant, batch)) => match head.insert(&tenant, &batch, now) {
                Ok(()) => Ok(()),
                Err(error) => {
                    full = Some(error);
                    stop("the lines of the log do not fit in memory")
                }
            },
            Err(error) => {
                broken = Some((at, error));
                stop("a record of lines does not decode")
            }
        }
    });
    match (broken, full) {
        (Some((at, error)), _) => {
            let what = format!("log {LOG_NAME}, segment {:016x}, offset {}", at.segment, at.offset);
            Err(LogError::Decode { what, error })
        }
        (None, Some(error)) => Err(error),
        (None, None) => Ok(replayed?),
    }
}

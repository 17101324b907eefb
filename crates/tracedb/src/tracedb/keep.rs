//! What the engine does in the background: pack, flush, merge, expire.
//!
//! Walk: a head that is large is sealed and packed (`head/part.rs`); parts that are many or old are joined into a block
//! (`flush.rs`); blocks are merged (`merge.rs`) and, past their retention, removed. Packing, flushing and merging each have a
//! turn of their own, so that a long merge holds neither of the others. Invariant: of every span that was acknowledged a
//! head, a part or a published block is in sight of every cut.

use super::{LOG_NAME, Sealed, State, TraceDb};
use crate::error::TraceError;
use crate::head::Head;
use crate::head::part::Part;
use crate::{flush, merge};
use model::{Nanos, Tenant};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use stdx::Cancel;
use store::{Delta, MergeJob, Signal, Snapshot, StoreError, expired, plan};

/// How often the background loop looks whether something is due.
const MAINTAIN_EVERY: Duration = Duration::from_secs(1);

/// Heads that are joined into one block: 400,000 spans, and a log that is replayed in about a second.
const FLUSH_HEADS: u64 = 16;

impl TraceDb {
    /// Turns all spans in memory into blocks, and frees their part of the log.
    pub async fn flush(&self) -> Result<(), TraceError> {
        let _one_at_a_time = self.flushing.lock().await;
        self.pack(true).await?;
        let parts = self.state.read().unwrap_or_else(PoisonError::into_inner).parts.clone();
        if parts.is_empty() {
            return Ok(());
        }
        self.flush_parts(parts).await
    }

    /// Packs the current head when it is large (or in any case), and what was sealed before.
    pub(super) async fn pack(&self, in_any_case: bool) -> Result<(), TraceError> {
        let _one_at_a_time = self.packing.lock().await;
        if in_any_case || self.head_bytes() >= self.pack_bytes() {
            self.seal()?;
        }
        loop {
            let next = self.state.read().unwrap_or_else(PoisonError::into_inner).sealed.first().cloned();
            let Some(Sealed { head, from, upto }) = next else { return Ok(()) };
            let (maker, packed) = (self.maker(), head.clone());
            let parts = stdx::task::blocking(move || maker.parts_of(&packed, from, upto)).join().await;
            let parts = parts.map_err(|e| TraceError::Internal(format!("packing spans: {e}")))??;
            parts.iter().for_each(|part| self.blocks.pin(part));
            {
                let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
                state.parts.extend(parts);
                state.sealed.retain(|other| !Arc::ptr_eq(&other.head, &head));
            }
            self.room.notify_waiters();
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

    /// Replaces parts, the oldest ones, by blocks.
    async fn flush_parts(&self, parts: Vec<Arc<Part>>) -> Result<(), TraceError> {
        let Some(upto) = parts.iter().map(|part| part.upto).max() else { return Ok(()) };
        let mut by_tenant: BTreeMap<Tenant, Vec<Arc<Part>>> = BTreeMap::new();
        for part in &parts {
            by_tenant.entry(part.meta.tenant.clone()).or_default().push(part.clone());
        }
        let mut add = Vec::with_capacity(by_tenant.len());
        for (tenant, parts) in by_tenant {
            let runtime = tokio::runtime::Handle::current();
            let objects = self.options.objects.clone();
            let build = move || runtime.block_on(flush::upload(&objects, tenant, &parts));
            let built = stdx::task::blocking(build).join().await;
            add.extend(built.map_err(|e| TraceError::Internal(format!("building a block: {e}")))??);
        }
        let (blocks, rows) = (add.len(), parts.iter().map(|part| part.meta.rows).sum::<u64>());
        let flushed = vec![(LOG_NAME.to_owned(), upto)];
        let snapshot = self.options.catalog.commit(Delta { add, remove: Vec::new(), flushed }).await?;
        self.show(snapshot, &parts);
        self.room.notify_waiters();
        let freed = self.log.trim(upto)?;
        tracing::debug!(blocks, rows, freed, "spans flushed");
        Ok(())
    }

    /// What readers see from now on: a snapshot, unless a newer one is in sight, without the parts that are in it.
    pub(super) fn show(&self, snapshot: Arc<Snapshot>, stored: &[Arc<Part>]) {
        let ids: HashSet<_> = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if snapshot.version >= state.snapshot.version {
                state.snapshot = snapshot;
            }
            state.parts.retain(|part| !stored.iter().any(|stored| Arc::ptr_eq(stored, part)));
            let State { snapshot, parts, .. } = &*state;
            snapshot.all_blocks().map(|meta| meta.id).chain(parts.iter().map(|part| part.meta.id)).collect()
        };
        self.blocks.retain(|id| ids.contains(id));
    }

    /// Another engine of this process may have read the catalog again, or an import has added to it. Not amid a flush, which
    /// takes its parts out of sight together with showing their block.
    fn show_what_others_committed(&self) {
        let Ok(_no_flush) = self.flushing.try_lock() else { return };
        let snapshot = self.options.catalog.snapshot();
        let known = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.version;
        if snapshot.version > known {
            self.show(snapshot, &[]);
        }
    }

    /// One round of what is due: flush, merges, retention.
    pub async fn maintain(&self) -> Result<(), TraceError> {
        self.pack(false).await?;
        self.show_what_others_committed();
        if self.flush_is_due() {
            self.flush().await?;
        }
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let now = Nanos(self.options.clock.now_nanos());
        self.read_deletes(now).await?;
        for tenant in snapshot.tenants(Signal::Traces) {
            for job in plan(&snapshot, &tenant, Signal::Traces, &self.options.compaction, now) {
                self.merge(&job).await?;
            }
            self.expire(&tenant, now).await?;
            self.rewrite_deleted(&tenant, now).await?;
        }
        Ok(())
    }

    fn flush_is_due(&self) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let age = i64::try_from(self.options.flush_age.as_nanos()).unwrap_or(i64::MAX);
        let old = |first: Nanos| self.options.clock.now_nanos().saturating_sub(first.0) >= age;
        let firsts = state.parts.iter().filter_map(|part| part.first_at);
        let rows = state.parts.iter().map(|part| part.row_bytes).sum::<u64>() + state.row_bytes();
        rows >= FLUSH_HEADS.saturating_mul(self.pack_bytes())
            || state.memory() >= self.options.flush_bytes
            || firsts.chain(state.heads().filter_map(|head| head.first_at())).any(old)
    }

    /// Replaces blocks by their merge. A job that lost a race with another is dropped: it will be planned again.
    pub(super) async fn merge(&self, job: &MergeJob) -> Result<(), TraceError> {
        if self.apart.lock().unwrap_or_else(PoisonError::into_inner).contains(&job.output) {
            return Ok(());
        }
        let _one_at_a_time = self.merging.lock().await;
        // A merge computes for seconds: never on a thread that answers requests.
        let (blocks, runtime) = (self.blocks.clone(), tokio::runtime::Handle::current());
        let (merging, wanted) = (job.clone(), job.inputs.len());
        let Some(tenant) = job.inputs.first().map(|meta| meta.tenant.clone()) else { return Ok(()) };
        let left_out = self.deleted_of(&tenant);
        let leave_out = left_out.clone();
        let merging = move || runtime.block_on(merge::merge(&blocks, &merging, &leave_out));
        let merged = stdx::task::blocking(merging).join();
        let merged =
            merged.await.map_err(|e| TraceError::Internal(format!("merging {wanted} blocks: {e}")))??;
        let Some(merged) = merged else {
            self.apart.lock().unwrap_or_else(PoisonError::into_inner).insert(job.output);
            return Ok(());
        };
        self.replace(&tenant, merged, &left_out).await
    }

    async fn expire(&self, tenant: &Tenant, now: Nanos) -> Result<(), TraceError> {
        let _one_at_a_time = self.merging.lock().await;
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let remove = expired(&snapshot, tenant, Signal::Traces, &self.options.retention, now);
        if remove.is_empty() {
            return Ok(());
        }
        tracing::info!(%tenant, blocks = remove.len(), "trace blocks past their retention removed");
        self.publish(Delta { add: Vec::new(), remove, flushed: Vec::new() }).await
    }

    pub(super) async fn publish(&self, delta: Delta) -> Result<(), TraceError> {
        let snapshot = match self.options.catalog.commit(delta).await {
            Ok(snapshot) => snapshot,
            Err(StoreError::Conflict(_)) => self.options.catalog.snapshot(),
            Err(error) => return Err(error.into()),
        };
        self.show(snapshot, &[]);
        Ok(())
    }

    /// Maintains in the background until canceled. Failures are logged and tried again.
    pub async fn run(self: Arc<Self>, cancel: Cancel) {
        let packing = async {
            loop {
                self.full.notified().await;
                if let Err(error) = self.pack(false).await {
                    tracing::error!(%error, "packing spans failed; it will be tried again");
                }
            }
        };
        let keeping = async {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(MAINTAIN_EVERY) => {}
                    () = self.due.notified() => {}
                }
                if let Err(error) = self.maintain().await {
                    tracing::error!(%error, "maintenance of the trace store failed; it will be tried again");
                }
            }
        };
        tokio::select! {
            () = cancel.canceled() => {}
            ((), ()) = async { tokio::join!(packing, keeping) } => {}
        }
    }
}

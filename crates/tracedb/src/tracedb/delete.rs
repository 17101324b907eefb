//! Deleting a trace, and what is done about it later.
//!
//! Walk: a door -> [`TraceDb::delete_trace`] -> `deleted.rs` (durable) -> out of sight ... a merge leaves it out, or
//! [`TraceDb::rewrite_deleted`] rewrites its block -> forgotten. Invariant: blocks that take the place of others and the deletes
//! of those come into sight together, so that no cut sees a deleted piece again.

use super::TraceDb;
use crate::error::TraceError;
use crate::merge;
use crate::merge::Merged;
use crate::pieces::Pieces;
use crate::tracedb::deleted::Deleted;
use model::{Nanos, Tenant, TraceId};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use store::{BlockId, BlockMeta, Delta, Signal};

/// A minute: deletes that come one after the other rewrite a block once, and a block that is merged anyway is not rewritten.
const REWRITE_AFTER: Duration = Duration::from_secs(60);

/// A minute: how soon the deletes of another process, and what it committed, are seen.
const READ_EVERY: Duration = Duration::from_secs(60);

/// How often a delete looks again because another process merged what it had found.
const MAX_TRIES: usize = 8;

impl TraceDb {
    /// Deletes what was acknowledged of a trace; whether there was any.
    pub(super) async fn delete_trace(&self, tenant: &Tenant, id: TraceId) -> Result<bool, TraceError> {
        if self.in_memory(tenant, &id) {
            self.flush().await?;
        }
        let now = Nanos(self.options.clock.now_nanos());
        let _alone = self.settling.lock().await;
        let mut any = false;
        for _ in 0..MAX_TRIES {
            let holders = self.stored_pieces(tenant, id).await?;
            if holders.is_empty() {
                return Ok(any);
            }
            any = true;
            let add = |deleted: &mut Deleted| holders.iter().for_each(|block| deleted.add(*block, id, now));
            let deleted = self.deletes.change(tenant, add).await?;
            self.hide(tenant, &deleted);
            // A process that merged some of them by now has left the trace in.
            let snapshot = self.options.catalog.refresh().await?;
            self.show(snapshot, &[]);
        }
        Ok(any)
    }

    /// Whether a piece of a trace is in a head or a part.
    fn in_memory(&self, tenant: &Tenant, id: &TraceId) -> bool {
        let cut = self.cut(tenant);
        cut.heads.iter().any(|head| head.extent_of(id).is_some())
            || cut.parts.iter().any(|part| part.block.index.find(id).is_some())
    }

    /// The published blocks with a piece of a trace that is in sight.
    async fn stored_pieces(&self, tenant: &Tenant, id: TraceId) -> Result<Vec<BlockId>, TraceError> {
        let mut cut = self.cut(tenant);
        (cut.heads, cut.parts) = (Vec::new(), Vec::new());
        cut.blocks = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.snapshot.blocks(tenant, Signal::Traces).cloned().collect()
        };
        let located = Pieces::of(&cut, &self.blocks).await?.locate(&self.blocks, id).await?;
        let pieces = located.into_iter().flat_map(|located| located.pieces);
        Ok(pieces.map(|(block, _)| block.reader.meta().id).collect())
    }

    pub(super) fn deleted_of(&self, tenant: &Tenant) -> Arc<Deleted> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).deleted_of(tenant)
    }

    /// Takes deletes out of sight. Those known before stay while their block is in sight.
    fn hide(&self, tenant: &Tenant, deleted: &Deleted) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut all = Deleted::clone(&state.deleted_of(tenant));
        if all.is_empty() && deleted.is_empty() {
            return;
        }
        let seen: HashSet<BlockId> =
            state.snapshot.blocks(tenant, Signal::Traces).map(|meta| meta.id).collect();
        all.retain(|block| seen.contains(block));
        all.join(deleted);
        state.deleted.insert(tenant.clone(), Arc::new(all));
    }

    /// Puts a block in the place of others, of which `left_out` was left out.
    pub(super) async fn replace(
        &self,
        tenant: &Tenant,
        merged: Merged,
        left_out: &Deleted,
    ) -> Result<(), TraceError> {
        let Merged { output, add, remove } = merged;
        let _alone = self.settling.lock().await;
        let inputs = remove.clone();
        let carry = |deleted: &mut Deleted| deleted.carry(&inputs, left_out, output);
        // What was deleted while it was made: known of the output before anyone sees it.
        let mut known = Deleted::clone(&self.deleted_of(tenant));
        let before = known.clone();
        carry(&mut known);
        if known != before {
            self.hide(tenant, &self.deletes.change(tenant, carry).await?);
            self.hide(tenant, &known);
        }
        self.publish(Delta { add: add.into_iter().collect(), remove, flushed: Vec::new() }).await?;
        if !self.deleted_of(tenant).is_empty() {
            // Another process may have written a delete down that looked at the catalog before this commit.
            self.hide(tenant, &self.deletes.change(tenant, carry).await?);
        }
        self.forget(tenant).await
    }

    /// Forgets deletes whose blocks are no longer in the catalog. `settling` is held.
    async fn forget(&self, tenant: &Tenant) -> Result<(), TraceError> {
        let snapshot = self.options.catalog.snapshot();
        let there: HashSet<BlockId> = snapshot.blocks(tenant, Signal::Traces).map(|meta| meta.id).collect();
        if self.deleted_of(tenant).blocks().all(|(block, _)| there.contains(&block)) {
            return Ok(());
        }
        let kept =
            self.deletes.change(tenant, |deleted| deleted.retain(|block| there.contains(block))).await?;
        self.hide(tenant, &kept);
        Ok(())
    }

    /// Rewrites blocks of which something has been deleted for a while.
    pub(super) async fn rewrite_deleted(&self, tenant: &Tenant, now: Nanos) -> Result<(), TraceError> {
        let deleted = self.deleted_of(tenant);
        if deleted.is_empty() {
            return Ok(());
        }
        let wait = i64::try_from(REWRITE_AFTER.as_nanos()).unwrap_or(i64::MAX);
        let due: HashSet<BlockId> = deleted
            .blocks()
            .filter(|(_, since)| since.0.saturating_add(wait) <= now.0)
            .map(|(block, _)| block)
            .collect();
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        let stored = snapshot.blocks(tenant, Signal::Traces).filter(|meta| due.contains(&meta.id));
        for meta in stored.cloned().collect::<Vec<_>>() {
            self.rewrite(tenant, meta).await?;
        }
        let _alone = self.settling.lock().await;
        self.forget(tenant).await
    }

    async fn rewrite(&self, tenant: &Tenant, meta: Arc<BlockMeta>) -> Result<(), TraceError> {
        let _one_at_a_time = self.merging.lock().await;
        let replaced = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            !state.snapshot.blocks(tenant, Signal::Traces).any(|other| other.id == meta.id)
        };
        if replaced {
            return Ok(());
        }
        let left_out = self.deleted_of(tenant);
        let traces = left_out.of(&meta.id).len();
        let (blocks, leave_out, block) = (self.blocks.clone(), left_out.clone(), meta.clone());
        let runtime = tokio::runtime::Handle::current();
        let rewriting = move || runtime.block_on(merge::rewrite(&blocks, &block, &leave_out));
        let merged = stdx::task::blocking(rewriting).join().await;
        let merged =
            merged.map_err(|e| TraceError::Internal(format!("rewriting {}: {e}", meta.path())))??;
        self.replace(tenant, merged, &left_out).await?;
        tracing::info!(%tenant, traces, block = %meta.id, "deleted traces left their block");
        Ok(())
    }

    /// Reads, now and then, what other processes committed and deleted.
    pub(super) async fn read_deletes(&self, now: Nanos) -> Result<(), TraceError> {
        let mut read_at = self.settling.lock().await;
        let every = i64::try_from(READ_EVERY.as_nanos()).unwrap_or(i64::MAX);
        if now.0 < read_at.0.saturating_add(every) {
            return Ok(());
        }
        *read_at = now;
        let snapshot = self.options.catalog.refresh().await?;
        // Deletes before blocks: a block that took the place of another comes into sight without what it was made without.
        for tenant in snapshot.tenants(Signal::Traces) {
            let (written, _) = self.deletes.read(&tenant).await?;
            self.hide(&tenant, &written);
        }
        Ok(())
    }
}

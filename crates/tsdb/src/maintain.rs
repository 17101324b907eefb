//! What the engine does by itself: account for memory, flush what is due, merge, and drop what is too old.

pub(crate) mod downsample;
pub(crate) mod retain;

use crate::error::TsdbError;
use crate::merge;
use crate::tsdb::{Tsdb, by_position};
use model::{Nanos, Tenant};
use std::collections::HashSet;
use std::time::Duration;
use store::{BlockId, Delta, MergeJob, Signal, StoreError, plan};

/// How often the catalog is read again: one listing of a few objects, on a bucket a cent in two hours.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Tsdb {
    /// One round: a flush if one is due, then merges and retention of every tenant.
    pub async fn maintain(&self) -> Result<(), TsdbError> {
        let _one_at_a_time = self.maintaining.lock().await;
        self.account();
        self.look_at_catalog().await;
        if self.flush_is_due() {
            self.flush_oldest().await?;
        }
        let snapshot = self.options.catalog.snapshot();
        for tenant in snapshot.tenants(Signal::Metrics) {
            self.merge_tenant(&tenant).await?;
            self.downsample(&tenant).await?;
            self.expire(&tenant).await?;
        }
        self.forget_blocks();
        if self.decoded.is_full() {
            self.blocks
                .lock()
                .expect("no panic while it is held")
                .values()
                .for_each(|block| block.kept.clear());
        }
        Ok(())
    }

    /// Reads what other processes have committed: an import, or a merge of a neighbour on the same store.
    async fn look_at_catalog(&self) {
        let now = self.options.clock.monotonic();
        {
            let mut looked = self.looked.lock().expect("no panic while it is held");
            if now.saturating_sub(*looked) < LOOK_EVERY {
                return;
            }
            *looked = now;
        }
        if let Err(error) = self.options.catalog.refresh().await {
            tracing::warn!(%error, "the catalog could not be read again; what others committed is seen later");
        }
    }

    /// Reserves what heads hold now; appends are refused while that is more than the budget has.
    pub(crate) fn account(&self) {
        let bytes = self.telemetry().head_bytes;
        let mut reserved = self.reserved.lock().expect("no panic while it is held");
        *reserved = None;
        *reserved = self.options.budget.reserve(bytes).ok();
    }

    fn flush_is_due(&self) -> bool {
        let full = self.reserved.lock().expect("no panic while it is held").is_none();
        let gate = self.gate.read().expect("a panicking writer ends the process");
        let age = self.options.clock.monotonic().saturating_sub(gate.since);
        full || !gate.sealed.is_empty()
            || age >= self.options.flush_age
            || gate.current.size().2 >= self.options.flush_bytes
    }

    async fn merge_tenant(&self, tenant: &Tenant) -> Result<(), TsdbError> {
        let snapshot = self.options.catalog.snapshot();
        let now = Nanos(self.options.clock.now_nanos());
        let jobs = plan(&snapshot, tenant, Signal::Metrics, &self.options.compaction, now);
        for job in &jobs {
            // The merge before may have changed what stands between.
            let all = by_position(&self.options.catalog.snapshot(), tenant);
            if merge::keeps_order(job, &all) {
                self.merge(tenant, job).await?;
            }
        }
        Ok(())
    }

    async fn merge(&self, tenant: &Tenant, job: &MergeJob) -> Result<(), TsdbError> {
        let mut inputs = Vec::with_capacity(job.inputs.len());
        let mut metas = job.inputs.clone();
        metas.sort_by_key(|meta| (meta.covered.map(|covered| covered.1), meta.id));
        for meta in &metas {
            inputs.push(self.block(meta).await?);
        }
        let spool = self.options.spool_dir();
        let merge::Done { meta, held } =
            merge::run(&self.options.objects, &spool, tenant, job, inputs).await?;
        let remove = job.inputs.iter().map(|meta| meta.id).collect();
        match self.options.catalog.commit(Delta { add: vec![meta], remove, flushed: Vec::new() }).await {
            // Another process merged or dropped an input first; its result stands.
            Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => {
                self.telemetry.merged(held);
                Ok(())
            }
        }
    }

    /// Closes blocks that the catalog no longer lists.
    fn forget_blocks(&self) {
        let listed: HashSet<BlockId> =
            self.options.catalog.snapshot().all_blocks().map(|meta| meta.id).collect();
        self.blocks.lock().expect("no panic while it is held").retain(|id, _| listed.contains(id));
        self.expiry.lock().expect("no panic while it is held").retain(|id, _| listed.contains(id));
        self.spared.lock().expect("no panic while it is held").retain(|id| listed.contains(id));
    }
}

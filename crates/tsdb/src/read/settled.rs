//! What of a tenant's samples is settled: old enough that no more are expected, and counted when one comes all the same.
//!
//! Beside the read walk: who keeps answers asks before it reads, and again before it uses what it kept. A change is counted
//! once it is visible and before it is acknowledged, so what is read afterwards is either new or not taken for kept.

use crate::tsdb::Tsdb;
use contract::Settled;
use model::{MetricBatch, Millis, Tenant};
use std::collections::HashMap;
use std::sync::RwLock;
use store::Signal;

/// Ten minutes: scrapes and pushes that are later than that are late, not slow.
const SETTLE_MILLIS: i64 = 600_000;

/// How often settled samples of each tenant have changed.
#[derive(Debug, Default)]
pub(crate) struct Changes(RwLock<HashMap<Tenant, u64>>);

/// Counts a change when it is dropped: also of an append that broke off, whose first samples are visible.
#[derive(Debug)]
pub(crate) struct Late<'a> {
    changes: &'a Changes,
    tenant: &'a Tenant,
}

impl Drop for Late<'_> {
    fn drop(&mut self) {
        self.changes.count(self.tenant);
    }
}

impl Changes {
    /// Counts a change.
    pub(crate) fn count(&self, tenant: &Tenant) {
        let mut counts = self.0.write().expect("no panic while it is held");
        *counts.entry(tenant.clone()).or_default() += 1;
    }

    fn of(&self, tenant: &Tenant) -> u64 {
        self.0.read().expect("no panic while it is held").get(tenant).copied().unwrap_or(0)
    }
}

impl Tsdb {
    fn settled_until(&self) -> i64 {
        self.options.clock.now_millis().saturating_sub(SETTLE_MILLIS)
    }

    /// What is settled of a tenant now.
    pub(crate) fn settled_of(&self, tenant: &Tenant) -> Settled {
        let snapshot = self.options.catalog.snapshot();
        // Imported blocks come past the log, maybe from another process.
        let imported = snapshot.blocks(tenant, Signal::Metrics).filter(|block| block.covered.is_none());
        let imported = imported.fold(0u64, |mark, block| mark.wrapping_add(block.id.0 as u64 | 1));
        let mark = self.changes.of(tenant).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ imported;
        Settled { until: Millis(self.settled_until()), mark }
    }

    /// To be dropped when the batch is visible; `None` when it has no sample of what is settled.
    pub(crate) fn late<'a>(&'a self, tenant: &'a Tenant, batch: &MetricBatch) -> Option<Late<'a>> {
        let known = batch.known.samples.iter().map(|sample| sample.at.0);
        let floats = batch.series().flat_map(|series| series.samples()).map(|sample| sample.at.0);
        let histograms = batch.series().flat_map(|series| series.histograms()).map(|sample| sample.at.0);
        let first = known.chain(floats).chain(histograms).min()?;
        (first < self.settled_until()).then(|| Late { changes: &self.changes, tenant })
    }
}

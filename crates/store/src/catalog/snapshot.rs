//! One version of the catalog, and how a delta makes the next one. Pure: no I/O, no clock.
//!
//! Invariant: applying the same deltas in the same order gives the same snapshot, on any machine.

use super::Delta;
use crate::error::StoreError;
use crate::log::Position;
use crate::meta::{BlockId, BlockMeta, Signal};
use model::{Nanos, Tenant};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a removed block is remembered, by the times of commits: longer than a sweep ever waits to delete its object.
pub(crate) const TOMBSTONE_KEPT_NANOS: i64 = 7 * 24 * 3600 * 1_000_000_000;

/// The blocks of a tenant's signal, by start and id.
pub(crate) type Leaf = BTreeMap<(Nanos, BlockId), Arc<BlockMeta>>;

/// One version of the catalog. Leaves are shared between versions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// The number of the last delta in it; 0 for the empty catalog.
    pub version: u64,
    pub(crate) blocks: BTreeMap<(Tenant, Signal), Arc<Leaf>>,
    pub(crate) tombstones: Arc<BTreeMap<BlockId, Tombstone>>,
    pub(crate) flushed: BTreeMap<String, Position>,
}

/// A removed block whose object may still exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Whose block it was.
    pub tenant: Tenant,
    /// What it held.
    pub signal: Signal,
    /// When it was removed, by the clock of who removed it.
    pub at: Nanos,
}

impl Snapshot {
    /// The blocks of a tenant's signal, by start and id.
    pub fn blocks(&self, tenant: &Tenant, signal: Signal) -> impl Iterator<Item = &Arc<BlockMeta>> {
        self.blocks.get(&(tenant.clone(), signal)).into_iter().flat_map(|leaf| leaf.values())
    }

    /// The tenants that have blocks of a signal, in order.
    pub fn tenants(&self, signal: Signal) -> Vec<Tenant> {
        self.blocks.keys().filter(|key| key.1 == signal).map(|key| key.0.clone()).collect()
    }

    /// All blocks, by tenant, signal, start and id.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Arc<BlockMeta>> {
        self.blocks.values().flat_map(|leaf| leaf.values())
    }

    /// Every record of `log` before this position is in blocks.
    pub fn flushed(&self, log: &str) -> Position {
        self.flushed.get(log).copied().unwrap_or_default()
    }

    /// The logs with a flushed position.
    pub fn logs(&self) -> impl Iterator<Item = (&str, Position)> {
        self.flushed.iter().map(|(log, position)| (log.as_str(), *position))
    }

    /// Removed blocks whose objects may still exist.
    pub fn tombstones(&self) -> impl Iterator<Item = (BlockId, &Tombstone)> {
        self.tombstones.iter().map(|(id, tombstone)| (*id, tombstone))
    }

    /// The next version: first the removals, then the additions. `Err(Conflict)` when a block to remove is gone.
    pub(crate) fn with(&self, delta: &Delta, at: Nanos) -> Result<Snapshot, StoreError> {
        let mut next = self.clone();
        next.version += 1;
        let mut wanted: BTreeSet<BlockId> = delta.remove.iter().copied().collect();
        let found: Vec<Arc<BlockMeta>> = match wanted.is_empty() {
            true => Vec::new(),
            false => self.all_blocks().filter(|block| wanted.remove(&block.id)).cloned().collect(),
        };
        if let Some(id) = wanted.first() {
            return Err(StoreError::Conflict(format!(
                "block {id} is not in version {} of the catalog",
                self.version
            )));
        }
        let tombstones = Arc::make_mut(&mut next.tombstones);
        if !found.is_empty() {
            let horizon = at.0.saturating_sub(TOMBSTONE_KEPT_NANOS);
            tombstones.retain(|_, tombstone| tombstone.at.0 >= horizon);
        }
        for block in found {
            let key = (block.tenant.clone(), block.signal);
            if let Some(leaf) = next.blocks.get_mut(&key) {
                let leaf = Arc::make_mut(leaf);
                leaf.remove(&(block.start, block.id));
                if leaf.is_empty() {
                    next.blocks.remove(&key);
                }
            }
            let (tenant, signal) = key;
            tombstones.insert(block.id, Tombstone { tenant, signal, at });
        }
        delta.add.iter().for_each(|block| drop(tombstones.remove(&block.id)));
        for block in &delta.add {
            next.insert(Arc::new(block.clone()));
        }
        for (log, position) in &delta.flushed {
            let flushed = next.flushed.entry(log.clone()).or_default();
            *flushed = (*position).max(*flushed);
        }
        Ok(next)
    }

    pub(crate) fn insert(&mut self, block: Arc<BlockMeta>) {
        let leaf = self.blocks.entry((block.tenant.clone(), block.signal)).or_default();
        Arc::make_mut(leaf).entry((block.start, block.id)).or_insert(block);
    }
}

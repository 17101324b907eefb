//! The sweep: deletes block objects that the catalog does not list. The last stop of the keeping walk, after `retention.rs` and
//! the engine's merge committed their removals.
//!
//! Invariants: an object goes only when it was removed longer ago than any query runs, or when nobody committed it for a day
//! and this process has watched it being unlisted for as long as a query runs: a process that was suspended between
//! upload and commit gets to commit first.

use crate::catalog::{Catalog, Snapshot};
use crate::error::StoreError;
use crate::meta::{BlockId, Signal, parse_block_path};
use crate::object::Objects;
use model::Tenant;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use stdx::Clock;

/// How patient a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepOptions {
    /// A removed block's object stays for so long: queries on an older snapshot still read it.
    pub grace: Duration,
    /// An object that the catalog never listed stays for so long: its commit may be on the way.
    pub orphan_age: Duration,
}

impl Default for SweepOptions {
    fn default() -> Self {
        // No query may run for two hours; no flush or merge takes a day.
        SweepOptions { grace: Duration::from_secs(2 * 3600), orphan_age: Duration::from_secs(24 * 3600) }
    }
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Objects deleted.
    pub deleted: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that nothing refers to and that are not old enough.
    pub waiting: u64,
}

/// Sweeps one store, again and again: it remembers which orphans it saw.
#[derive(Debug)]
pub struct Sweeper {
    objects: Objects,
    catalog: Catalog,
    options: SweepOptions,
    clock: Clock,
    /// Path of an unlisted object -> when it was first seen so, on the monotonic clock.
    orphans: HashMap<String, Duration>,
}

impl Sweeper {
    /// A sweeper of the blocks in `objects`, which `catalog` lists.
    pub fn new(objects: Objects, catalog: Catalog, options: SweepOptions, clock: Clock) -> Self {
        Sweeper { objects, catalog, options, clock, orphans: HashMap::new() }
    }

    /// One round.
    pub async fn sweep(&mut self) -> Result<SweepReport, StoreError> {
        // First the objects, then the catalog: what was committed in between is listed.
        let listed = self.objects.list("blocks", None).await?;
        let snapshot = self.catalog.refresh().await?;
        let live: BTreeSet<BlockId> = snapshot.all_blocks().map(|block| block.id).collect();
        let mut report = SweepReport::default();
        let mut orphans = HashMap::new();
        for object in listed {
            let Some((tenant, signal, id)) = parse_block_path(&object.path) else { continue };
            if live.contains(&id) {
                continue;
            }
            let due = match snapshot.tombstones.get(&id) {
                Some(tombstone) => self.is_past(tombstone.at.0, self.options.grace),
                None => {
                    let now = self.clock.monotonic();
                    let seen = self.orphans.get(&object.path).copied().unwrap_or(now);
                    orphans.insert(object.path.clone(), seen);
                    self.is_past(object.modified.0, self.options.orphan_age)
                        && now.saturating_sub(seen) >= self.options.grace
                }
            };
            if !due || is_listed(&self.catalog.snapshot(), &tenant, signal, id) {
                report.waiting += 1;
                continue;
            }
            self.objects.delete(&object.path).await?;
            orphans.remove(&object.path);
            report.deleted += 1;
            report.bytes += object.size;
        }
        self.orphans = orphans;
        Ok(report)
    }

    fn is_past(&self, nanos: i64, wait: Duration) -> bool {
        let wait = i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX);
        nanos.saturating_add(wait) <= self.clock.now_nanos()
    }
}

fn is_listed(snapshot: &Snapshot, tenant: &Tenant, signal: Signal, id: BlockId) -> bool {
    snapshot.blocks(tenant, signal).any(|block| block.id == id)
}

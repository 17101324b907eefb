//! Heads: what was acknowledged and is not yet in blocks, one [`Head`] a tenant, all of them behind one log.
//!
//! `append.rs` changes a head and writes the record, `series.rs` and `group.rs` hold what it changed, `read.rs` takes a
//! consistent look, `replay.rs` rebuilds it from the log. At a flush all heads together are replaced by empty ones: a
//! head needs nothing from the one before but the last sample of each series (`before.rs`), so series that ended cost
//! nothing else after the next flush.

pub(crate) mod append;
pub(crate) mod before;
mod duplicate;
pub(crate) mod group;
mod kept;
pub(crate) mod known;
pub(crate) mod read;
pub(crate) mod replay;
pub(crate) mod series;

use contract::KnownSeries;
use known::KnownKeys;
use model::{LabelKey, Metadata, Tenant};
use series::Shard;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

/// Locks of one head. Four times the writers of two cores; each costs its own copy of common label text. Part of the
/// log's format: a record names its shard.
pub(crate) const SHARDS: usize = 8;
/// Metric families with metadata that one tenant's head remembers: far above what any fleet exposes.
pub(crate) const MAX_FAMILIES: usize = 1 << 16;

/// What one tenant wrote since the last flush.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) tenant: Tenant,
    /// The number of the [`Heads`] it belongs to.
    pub(crate) number: u64,
    pub(crate) shards: [RwLock<Shard>; SHARDS],
    metadata: Mutex<BTreeMap<String, Metadata>>,
    known: RwLock<KnownKeys>,
}

impl Head {
    fn new(tenant: Tenant, number: u64) -> Self {
        Head {
            tenant,
            number,
            shards: std::array::from_fn(|_| RwLock::default()),
            metadata: Mutex::default(),
            known: RwLock::default(),
        }
    }

    /// The numbers of the series with these keys.
    pub(crate) fn numbers(&self, keys: &[LabelKey]) -> Vec<u64> {
        let known = self.known.read().expect("a panicking writer ends the process");
        keys.iter().map(|key| known.find(*key).unwrap_or(KnownSeries::UNKNOWN)).collect()
    }

    /// Remembers the keys of series. `series` is how many some shard of this head has at least.
    pub(crate) fn learn_keys(&self, keys: &[(LabelKey, u64)], series: usize) {
        if !keys.is_empty() {
            self.known.write().expect("a panicking writer ends the process").learn(keys, series * SHARDS);
        }
    }

    /// Remembers metadata; the latest of a family stays.
    pub(crate) fn learn(&self, metadata: Metadata) {
        let mut known = self.metadata.lock().expect("a panicking writer ends the process");
        if known.len() < MAX_FAMILIES || known.contains_key(&metadata.family) {
            known.insert(metadata.family.clone(), metadata);
        }
    }

    /// Whether exactly this is known already.
    pub(crate) fn knows(&self, metadata: &Metadata) -> bool {
        let known = self.metadata.lock().expect("a panicking writer ends the process");
        known.get(&metadata.family) == Some(metadata)
    }

    /// All metadata, by family.
    pub(crate) fn metadata(&self) -> BTreeMap<String, Metadata> {
        self.metadata.lock().expect("a panicking writer ends the process").clone()
    }

    /// How many series.
    pub(crate) fn series(&self) -> u64 {
        let of =
            |shard: &RwLock<Shard>| shard.read().expect("a panicking writer ends the process").slots.len();
        self.shards.iter().map(|shard| of(shard) as u64).sum()
    }

    /// `(series, samples, bytes)`.
    pub(crate) fn size(&self) -> (u64, u64, u64) {
        let known = self.known.read().expect("a panicking writer ends the process").heap_bytes() as u64;
        self.shards.iter().fold((0, 0, known), |(series, samples, bytes), shard| {
            let shard = shard.read().expect("a panicking writer ends the process");
            (series + shard.slots.len() as u64, samples + shard.samples, bytes + shard.heap_bytes() as u64)
        })
    }
}

/// The heads of all tenants.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// Differs from the number of the heads before, so that replay sees where these began.
    pub(crate) number: u64,
    tenants: RwLock<BTreeMap<Tenant, Arc<Head>>>,
}

impl Heads {
    /// Empty heads of this number.
    pub(crate) fn numbered(number: u64) -> Self {
        Heads { number, ..Heads::default() }
    }

    /// The head of a tenant, if it wrote anything.
    pub(crate) fn get(&self, tenant: &Tenant) -> Option<Arc<Head>> {
        self.tenants.read().expect("a panicking writer ends the process").get(tenant).cloned()
    }

    /// The head of a tenant, made now if need be.
    pub(crate) fn of(&self, tenant: &Tenant) -> Arc<Head> {
        if let Some(head) = self.get(tenant) {
            return head;
        }
        let mut tenants = self.tenants.write().expect("a panicking writer ends the process");
        tenants
            .entry(tenant.clone())
            .or_insert_with(|| Arc::new(Head::new(tenant.clone(), self.number)))
            .clone()
    }

    /// All heads, by tenant.
    pub(crate) fn all(&self) -> Vec<Arc<Head>> {
        self.tenants.read().expect("a panicking writer ends the process").values().cloned().collect()
    }

    /// `(series, samples, bytes)` of all tenants.
    pub(crate) fn size(&self) -> (u64, u64, u64) {
        self.all().iter().map(|head| head.size()).fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2))
    }
}

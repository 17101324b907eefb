//! The catalog: which blocks exist and how far each log is flushed. Where the write walk publishes (after `object.rs` has the
//! blocks) and where the read walk starts.
//!
//! ```text
//! catalog/00000000000000000064.checkpoint      everything up to 64
//! catalog/00000000000000000065.delta           what 65 changed, created only if absent
//! catalog/00000000000000000066.delta  ...      the next number is free for one winner
//! ```
//! Invariants: version n+1 is version n and exactly one delta; whoever loses the create of a number reads the winner's delta,
//! applies it and tries the next. A delta's number is never used twice: see [`KEPT_DELTAS`].

pub(crate) mod format;
mod load;
mod snapshot;

use crate::error::StoreError;
use crate::log::Position;
use crate::meta::{BlockId, BlockMeta};
use crate::object::{Created, Objects};
use format::Kind;
use model::Nanos;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Clock;

pub use snapshot::{Snapshot, Tombstone};

/// Deltas between checkpoints: an opener reads one checkpoint and at most about so many small objects.
pub const CHECKPOINT_EVERY: u64 = 64;

/// Deltas that stay below the newest checkpoint. A delta is deleted only when one with a number this much higher exists; so a
/// writer that slept through that, and then created its long deleted number a second time, sees such a number
/// afterwards and knows that its commit does not count.
pub const KEPT_DELTAS: u64 = 2 * CHECKPOINT_EVERY;

/// Lost races in a row before a commit gives up: at 16 committers each wins one in 16.
const MAX_REBASES: usize = 1000;

/// How a catalog behaves.
#[derive(Debug, Clone)]
pub struct CatalogOptions {
    /// The time of deltas and tombstones.
    pub clock: Clock,
}

impl Default for CatalogOptions {
    fn default() -> Self {
        CatalogOptions { clock: Clock::system() }
    }
}

/// A change of the catalog: all of it is published, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Blocks that exist from now on. Adding a block that exists changes nothing.
    pub add: Vec<BlockMeta>,
    /// Blocks that exist no more.
    pub remove: Vec<BlockId>,
    /// By log: every record before the position is in blocks. A position never goes back.
    pub flushed: Vec<(String, Position)>,
}

/// The catalog of one store. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Catalog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    objects: Objects,
    clock: Clock,
    current: Mutex<Arc<Snapshot>>,
    /// The number of the newest checkpoint this process knows.
    checkpoint: AtomicU64,
    /// One commit or refresh at a time; they would only race each other.
    turn: tokio::sync::Mutex<()>,
}

impl Catalog {
    /// Reads the catalog of `objects`; an empty store has an empty one. Refuses a store that lets two writers create the same
    /// object.
    pub async fn open(objects: Objects, options: CatalogOptions) -> Result<Catalog, StoreError> {
        objects.probe().await?;
        let loaded = load::load(&objects).await?;
        objects.settle("catalog").await?;
        Ok(Catalog(Arc::new(Shared {
            objects,
            clock: options.clock,
            current: Mutex::new(Arc::new(loaded.snapshot)),
            checkpoint: AtomicU64::new(loaded.checkpoint),
            turn: tokio::sync::Mutex::default(),
        })))
    }

    /// The newest version that this process knows: its own commits at once, those of others after a refresh or a commit.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes `delta` and answers the version that has it. `Err(Conflict)` when a block to remove is gone. After another
    /// error the delta may be published or not; publishing it again does no harm, unless it removes blocks: then look
    /// at [`Catalog::refresh`] first.
    pub async fn commit(&self, delta: Delta) -> Result<Arc<Snapshot>, StoreError> {
        let _turn = self.0.turn.lock().await;
        for _ in 0..MAX_REBASES {
            let base = self.snapshot();
            let at = Nanos(self.0.clock.now_nanos());
            let next = base.with(&delta, at)?;
            let number = next.version;
            let path = format::path(number, Kind::Delta);
            let put_id = self.0.objects.put_id();
            let bytes = format::encode_delta(put_id, number, at, &delta);
            match self.0.objects.create(&path, put_id, bytes).await? {
                Created::New if load::counts(&self.0.objects, number).await? => {
                    let next = self.publish(next);
                    self.checkpoint_if_due(&next).await;
                    return Ok(next);
                }
                Created::New | Created::Taken(_) => self.reload().await?,
            }
        }
        Err(StoreError::Unavailable(format!("{MAX_REBASES} other commits came first")))
    }

    /// Reads what others have committed.
    pub async fn refresh(&self) -> Result<Arc<Snapshot>, StoreError> {
        let _turn = self.0.turn.lock().await;
        self.reload().await?;
        Ok(self.snapshot())
    }

    async fn reload(&self) -> Result<(), StoreError> {
        let loaded = load::catch_up(&self.0.objects, &self.snapshot()).await?;
        self.0.checkpoint.fetch_max(loaded.checkpoint, Ordering::Relaxed);
        self.publish(loaded.snapshot);
        Ok(())
    }

    fn publish(&self, next: Snapshot) -> Arc<Snapshot> {
        let next = Arc::new(next);
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = next.clone();
        next
    }

    /// Writes a checkpoint and deletes what it makes superfluous. Only speeds up opening, so that an error is only noted.
    async fn checkpoint_if_due(&self, snapshot: &Snapshot) {
        let last = self.0.checkpoint.load(Ordering::Relaxed);
        if snapshot.version < last.saturating_add(CHECKPOINT_EVERY) {
            return;
        }
        let at = Nanos(self.0.clock.now_nanos());
        match load::checkpoint(&self.0.objects, snapshot, at).await {
            Ok(()) => drop(self.0.checkpoint.fetch_max(snapshot.version, Ordering::Relaxed)),
            Err(error) => tracing::warn!(%error, version = snapshot.version, "no checkpoint of the catalog"),
        }
    }
}

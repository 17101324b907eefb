//! Metrics on their way out: what was stored is put into a queue on disk, and each [`Outlet`] sends it on by remote write.
//!
//! ```text
//! put -> record.rs -> queue.rs (log, cursors) -> outlet.rs: window.rs (rewrite, cut into requests) -> send.rs -> receiver
//! ```
//! Invariant: what [`Outbox::put`] answered `Ok` for is on disk, and an outlet's cursor moves over it only when its receiver
//! answered, for good or for bad. So a kill at any instant, or a receiver that is away, loses nothing that fits into the
//! queue; what a kill interrupts is sent again with the same times. Per series the order is kept.

mod cut;
mod outlet;
mod queue;
mod record;
mod send;
mod tally;
mod window;

pub use outlet::{Message, Outlet, OutletOptions, Rewrite};
pub use tally::{DURATION_BOUNDS, Fate, Part, Tally};

use contract::IngestError;
use model::{MetricBatch, Tenant};
use queue::Queue;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use stdx::task::{self, Task};
use stdx::{Cancel, Clock};

/// Where the queue is kept, and how much of it.
#[derive(Debug, Clone)]
pub struct OutboxOptions {
    /// The folder of the queue.
    pub folder: PathBuf,
    /// Bytes on disk beyond which the oldest samples go unsent.
    pub max_bytes: u64,
    /// Tells the time.
    pub clock: Clock,
}

/// The queue and what empties it.
pub struct Outbox {
    options: OutboxOptions,
    /// `None` while there is no outlet: then nothing is kept.
    queue: RwLock<Option<Arc<Queue>>>,
    running: tokio::sync::Mutex<BTreeMap<String, Running>>,
    tallies: RwLock<BTreeMap<String, Arc<Tally>>>,
    outlets: RwLock<Vec<Outlet>>,
    rows: AtomicU64,
    latest: AtomicI64,
}

struct Running {
    options: OutletOptions,
    cancel: Cancel,
    task: Task<()>,
}

impl Outbox {
    /// An outbox without outlets. The folder is made with the first one.
    pub fn new(options: OutboxOptions) -> Self {
        Outbox {
            options,
            queue: RwLock::default(),
            running: tokio::sync::Mutex::default(),
            tallies: RwLock::default(),
            outlets: RwLock::default(),
            rows: AtomicU64::new(0),
            latest: AtomicI64::new(0),
        }
    }

    /// Whether anything is sent on, so that series have to be told by their labels.
    pub fn is_open(&self) -> bool {
        self.queue().is_some()
    }

    /// Puts a batch into the queue; `Ok` when it is on disk, or when there is no outlet.
    pub async fn put(&self, tenant: &Tenant, batch: &MetricBatch) -> Result<(), IngestError> {
        let Some(queue) = self.queue() else { return Ok(()) };
        if !batch.known.samples.is_empty() {
            // The batch was begun before the first outlet came.
            return Err(IngestError::Forgotten);
        }
        let unavailable =
            |error: String| IngestError::Unavailable(format!("the queue of remote write: {error}"));
        let records = record::encode(tenant, batch).map_err(|error| unavailable(error.to_string()))?;
        let rows = records.iter().map(|(_, rows)| rows).sum();
        queue.put(records).await.map_err(|error| unavailable(error.to_string()))?;
        self.rows.fetch_add(rows, Ordering::Relaxed);
        let latest = batch.series().filter_map(window::latest).max();
        self.latest.fetch_max(latest.unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Samples put since the start of the process, and the latest time of one, in milliseconds since 1970.
    pub fn taken(&self) -> (u64, i64) {
        (self.rows.load(Ordering::Relaxed), self.latest.load(Ordering::Relaxed))
    }

    /// The outlets in force with what they did.
    pub fn outlets(&self) -> Vec<(Outlet, Arc<Tally>)> {
        let outlets = self.outlets.read().unwrap_or_else(PoisonError::into_inner).clone();
        outlets.into_iter().map(|outlet| (outlet.clone(), self.tally(&outlet.options.name))).collect()
    }

    /// Whether these outlets can be used: an error names the one that cannot.
    pub fn check(&self, outlets: &[Outlet]) -> Result<(), String> {
        self.receivers(outlets).map(drop)
    }

    fn receivers(&self, outlets: &[Outlet]) -> Result<Vec<send::Receiver>, String> {
        let receiver = |outlet: &Outlet| {
            let named = |error: String| format!("remote_write {:?}: {error}", outlet.options.name);
            send::Receiver::new(&outlet.options, self.options.clock.clone()).map_err(named)
        };
        outlets.iter().map(receiver).collect()
    }

    /// Sends to these outlets from now on. Those that did not change go on as they were; new ones begin with what is put next.
    /// An error names the outlet that cannot be used, and changes nothing.
    pub async fn deliver_these(&self, outlets: Vec<Outlet>) -> Result<(), String> {
        let mut running = self.running.lock().await;
        let ready = self.receivers(&outlets)?;
        let in_force = outlets.clone();
        if outlets.is_empty() {
            self.outlets.write().unwrap_or_else(PoisonError::into_inner).clear();
            self.halt(&mut running, |_| true).await;
            let queue = self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(queue) = queue {
                queue.keep_cursors(&[]).await.map_err(|error| error.to_string())?;
            }
            return Ok(());
        }
        let queue = match self.queue() {
            Some(queue) => queue,
            None => self.open().await?,
        };
        let stays = |name: &str, known: &Running| {
            outlets.iter().any(|outlet| outlet.options.name == name && outlet.options == known.options)
        };
        self.halt(&mut running, |(name, known)| !stays(name, known)).await;
        let names: Vec<String> = outlets.iter().map(|outlet| outlet.options.name.clone()).collect();
        queue.keep_cursors(&names).await.map_err(|error| error.to_string())?;
        for (outlet, receiver) in outlets.into_iter().zip(ready) {
            let options = outlet.options.clone();
            if running.contains_key(&options.name) {
                continue;
            }
            let cancel = Cancel::new();
            let work = outlet::Work {
                tally: self.tally(&options.name),
                queue: queue.clone(),
                clock: self.options.clock.clone(),
                cancel: cancel.clone(),
                receiver: Arc::new(receiver),
                outlet: Arc::new(outlet),
            };
            let task = task::spawn(work.run());
            running.insert(options.name.clone(), Running { options, cancel, task });
        }
        *self.outlets.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        Ok(())
    }

    /// Bytes of the queue that an outlet has before it.
    pub fn pending_bytes(&self, outlet: &str) -> u64 {
        self.queue().map_or(0, |queue| queue.pending_bytes(outlet))
    }

    /// Stops sending, notes how far each outlet came, closes the queue.
    pub async fn close(&self) {
        let mut running = self.running.lock().await;
        self.halt(&mut running, |_| true).await;
        let queue = self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(queue) = queue
            && let Err(error) = queue.close().await
        {
            tracing::warn!(%error, "the queue of remote write was not closed well");
        }
    }

    /// Ends the outlets that `which` holds for.
    async fn halt(&self, running: &mut BTreeMap<String, Running>, which: impl Fn((&str, &Running)) -> bool) {
        let gone: Vec<String> = running
            .iter()
            .filter(|(name, known)| which((name, known)))
            .map(|(name, _)| name.clone())
            .collect();
        let gone: Vec<Running> = gone.iter().filter_map(|name| running.remove(name)).collect();
        gone.iter().for_each(|known| known.cancel.cancel());
        for known in gone {
            if let Err(error) = known.task.join().await {
                tracing::warn!(%error, outlet = known.options.name, "an outlet did not end well");
            }
        }
    }

    async fn open(&self) -> Result<Arc<Queue>, String> {
        let options = self.options.clone();
        let opened = task::blocking(move || Queue::open(&options)).join().await;
        let queue = opened.map_err(|error| error.to_string())?.map_err(|error| {
            format!("cannot open the queue of remote write in {}: {error}", self.options.folder.display())
        })?;
        let queue = Arc::new(queue);
        *self.queue.write().unwrap_or_else(PoisonError::into_inner) = Some(queue.clone());
        Ok(queue)
    }

    fn queue(&self) -> Option<Arc<Queue>> {
        self.queue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tally(&self, name: &str) -> Arc<Tally> {
        let mut tallies = self.tallies.write().unwrap_or_else(PoisonError::into_inner);
        tallies.entry(name.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests;

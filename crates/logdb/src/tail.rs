//! Lines as they arrive: who listens, and to which streams.
//!
//! After the ack, `logdb.rs` hands each batch here. Invariant: a slow listener costs no memory beyond its channel.

use contract::{LogRow, Stream};
use model::{LogBatch, Matcher, Tenant};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Batches that a listener may lag behind before it loses the oldest: a second of small pushes.
const CHANNEL_BATCHES: usize = 256;

struct Listener {
    tenant: Tenant,
    matchers: Vec<Matcher>,
    sender: broadcast::Sender<Arc<Vec<LogRow>>>,
}

/// Everyone who listens.
#[derive(Default)]
pub(crate) struct Tails(Mutex<Vec<Listener>>);

impl Tails {
    pub(crate) fn listen(
        &self,
        tenant: Tenant,
        matchers: Vec<Matcher>,
    ) -> broadcast::Receiver<Arc<Vec<LogRow>>> {
        let (sender, receiver) = broadcast::channel(CHANNEL_BATCHES);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Listener { tenant, matchers, sender });
        receiver
    }

    /// Whether someone listens to a tenant. Listeners that went away are forgotten here.
    pub(crate) fn is_heard(&self, tenant: &Tenant) -> bool {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if listeners.is_empty() {
            return false;
        }
        listeners.retain(|listener| listener.sender.receiver_count() > 0);
        listeners.iter().any(|listener| listener.tenant == *tenant)
    }

    /// Sends the lines of a batch to those who listen to its streams.
    pub(crate) fn send(&self, tenant: &Tenant, batch: &LogBatch) {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.iter().filter(|listener| listener.tenant == *tenant) {
            let mut rows = Vec::new();
            for stream in &batch.streams {
                let wanted = listener.matchers.iter().all(|m| m.matches(stream.labels.value(&m.name)));
                if !wanted {
                    continue;
                }
                let labels = stream.labels.clone();
                let shared = Arc::new(Stream { hash: labels.stable_hash(), labels });
                rows.extend(stream.entries.iter().map(|entry| LogRow {
                    stream: shared.clone(),
                    at: entry.at,
                    line: entry.line.clone(),
                    metadata: entry.metadata.clone(),
                }));
            }
            if !rows.is_empty() {
                // No receiver: the listener went away meanwhile.
                let _ = listener.sender.send(Arc::new(rows));
            }
        }
    }
}

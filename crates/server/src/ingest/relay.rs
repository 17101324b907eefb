//! Sends on what is stored: stands between the front and the metrics engine.
//!
//! Invariant: a batch is acknowledged when it is stored here and in the queue of what is sent on ([`ship::outbox`]). A sender
//! that got no answer sends again; what is stored twice is stored once.

use super::Append;
use contract::{Context, IngestError, KnownSeries, Outcome};
use model::{LabelKey, MetricBatch};
use ship::outbox::Outbox;
use std::sync::Arc;
use stdx::BoxFuture;

/// The metrics engine, and the queue of what is sent on.
pub struct Relay {
    engine: Arc<dyn Append<MetricBatch>>,
    outbox: Arc<Outbox>,
}

impl Relay {
    /// Puts what `engine` stored into `outbox`.
    pub fn new(engine: Arc<dyn Append<MetricBatch>>, outbox: Arc<Outbox>) -> Self {
        Relay { engine, outbox }
    }
}

impl Append<MetricBatch> for Relay {
    fn known(&self, cx: &Context, keys: &[LabelKey]) -> KnownSeries {
        // Receivers have to be told labels.
        match self.outbox.is_open() {
            true => KnownSeries::default(),
            false => self.engine.known(cx, keys),
        }
    }

    fn append<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            if !self.outbox.is_open() {
                return self.engine.append(cx, batch).await;
            }
            if !batch.known.samples.is_empty() {
                // It was begun before the first outlet came.
                return Err(IngestError::Forgotten);
            }
            let outcome = self.engine.append(cx, batch.clone()).await?;
            // What is refused here as a whole would be refused there.
            if outcome.accepted > 0 || outcome.refused_rows == 0 {
                self.outbox.put(&cx.tenant, &batch).await?;
            }
            Ok(outcome)
        })
    }
}

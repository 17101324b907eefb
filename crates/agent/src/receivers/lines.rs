//! The last step of every receiver of lines: a batch is handed over until it is taken or found wrong.

use contract::{Context, Ingest, IngestError};
use model::LogBatch;
use ship::Backoff;
use std::time::Duration;
use stdx::{Cancel, ErrorKind, Rng};

/// The first and the longest wait between tries while the store does not take a batch.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// How many lines of a batch were refused, or `None` when canceled before the store answered. What is refused is logged.
pub(super) async fn deliver(
    batch: &LogBatch,
    ingest: &dyn Ingest,
    cx: &Context,
    cancel: &Cancel,
) -> Option<u64> {
    let mut backoff = Backoff::new(PAUSES.0, PAUSES.1, Rng::from_entropy());
    loop {
        match ingest.logs(cx, batch.clone()).await {
            Ok(outcome) => {
                if let Some(refusal) = outcome.refused.first() {
                    tracing::warn!(lines = outcome.refused_rows, reason = %refusal.message, "lines were refused");
                }
                return Some(outcome.refused_rows);
            }
            Err(error) if matches!(error, IngestError::Invalid(_)) || error.kind() == ErrorKind::Invalid => {
                tracing::warn!(%error, lines = batch.len(), "a batch was refused and is left out");
                return Some(batch.len() as u64);
            }
            Err(error) => {
                let pause = backoff.pause();
                tracing::warn!(%error, ?pause, "the store does not take lines; trying again");
                tokio::select! {
                    () = cancel.canceled() => return None,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

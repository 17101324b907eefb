//! Sends on what is stored: stands between the front and the metrics engine.
//!
//! Invariant: a batch is acknowledged when it is stored here and in the queue of what is sent on ([`ship::outbox`]). A sender
//! that got no answer sends again; what is stored twice is stored once.

use super::Append;
use contract::{Context, IngestError, KnownSeries, Outcome, RefusedSample};
use model::batch::Row;
use model::{LabelKey, MetricBatch};
use ship::outbox::Outbox;
use std::collections::HashSet;
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
            let batch = without(batch, &outcome.refused_samples);
            // What is refused here as a whole would be refused there.
            if !batch.is_empty() && (outcome.accepted > 0 || outcome.refused_rows == 0) {
                self.outbox.put(&cx.tenant, &batch).await?;
            }
            Ok(outcome)
        })
    }
}

/// A batch without the samples that were refused: their receivers would be told something else than what is stored here.
fn without(batch: MetricBatch, refused: &[RefusedSample]) -> MetricBatch {
    if refused.is_empty() {
        return batch;
    }
    let refused: HashSet<RefusedSample> = refused.iter().copied().collect();
    let mut out = MetricBatch::default();
    out.metadata.clone_from(&batch.metadata);
    for (place, series) in (0u32..).zip(batch.series()) {
        let keep = |row: Row<'_>| {
            let (at, bits) = match row {
                Row::Sample(sample) => (sample.at, Some(sample.value.to_bits())),
                Row::Histogram(sample) => (sample.at, None),
            };
            !refused.contains(&RefusedSample { series: place, at, bits })
        };
        out.copy_series(series, keep, |_| true);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Labels, Millis, Sample};

    #[test]
    fn what_was_refused_is_not_sent_on() {
        let mut batch = MetricBatch::default();
        let sample = |at, value| Sample { at: Millis(at), value };
        let labels = |name: &str| Labels::from_pairs([("__name__", name)]);
        batch.push_series(&labels("a"), &[sample(1, 1.0), sample(1, 2.0), sample(2, 3.0)]);
        batch.push_series(&labels("b"), &[sample(1, 1.0)]);
        batch.push_series(&labels("c"), &[sample(1, 1.0)]);
        let refused =
            |series, at, value: f64| RefusedSample { series, at: Millis(at), bits: Some(value.to_bits()) };
        let left = without(batch, &[refused(0, 1, 2.0), refused(1, 1, 1.0)]);
        let shown: Vec<(String, usize)> =
            left.series().map(|s| (s.value("__name__").to_owned(), s.samples().len())).collect();
        assert_eq!(shown, [("a".to_owned(), 2), ("c".to_owned(), 1)]);
    }
}

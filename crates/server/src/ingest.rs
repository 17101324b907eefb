//! The one place where batches of all protocols are checked before an engine stores them.
//!
//! On the write walk after every `api/*` push handler, before an engine's `append`. A part that breaks a limit is refused
//! and listed with the replaced system's text; the rest goes on. Lines get the labels that log readers rely on
//! (`service_name`, `detected_level`) here, so that every door gives them alike.

mod engines;
mod histogram;
pub mod level;
mod logs;
mod metrics;
mod relay;
mod replicas;
mod service;
mod spans;

pub(crate) use logs::Check as LineCheck;
pub use relay::Relay;
pub use replicas::{Admitted, ReplicaOptions, Replicas};

use crate::limits::Limits;
use crate::telemetry::{Counter, Registry};
use contract::{Context, Ingest, IngestError, KnownSeries, Outcome};
use model::{LabelKey, LogBatch, MetricBatch, SpanBatch};
use spanmetrics::Generator;
use std::sync::Arc;
use stdx::BoxFuture;

/// An engine's write side: `Ok` means durable and visible.
pub trait Append<B>: Send + Sync {
    /// Which series the engine knows, see [`Ingest::known`].
    fn known(&self, _cx: &Context, _keys: &[LabelKey]) -> KnownSeries {
        KnownSeries::default()
    }

    /// Stores what is good of a batch and says what was not.
    fn append<'a>(&'a self, cx: &'a Context, batch: B) -> BoxFuture<'a, Result<Outcome, IngestError>>;
}

/// Checks, then hands over. Implements [`Ingest`] for doors, agent, load and rules in this process.
pub struct Front {
    limits: Limits,
    metrics: Arc<dyn Append<MetricBatch>>,
    logs: Arc<dyn Append<LogBatch>>,
    spans: Arc<dyn Append<SpanBatch>>,
    generator: Option<Arc<Generator>>,
    counts: Counts,
}

/// Rows accepted and refused, by signal.
struct Counts {
    accepted: [Counter; 3],
    refused: [Counter; 3],
}

/// Rows taken since start: samples, lines, spans.
pub fn accepted_counters(telemetry: &Registry) -> [Counter; 3] {
    ["metrics", "logs", "traces"].map(|signal| {
        let help = "Samples, lines and spans that were stored.";
        telemetry.counter("oriel_ingest_rows_total", help, &[("signal", signal)])
    })
}

impl Front {
    /// A front before three engines.
    pub fn new(
        limits: Limits,
        telemetry: &Registry,
        metrics: Arc<dyn Append<MetricBatch>>,
        logs: Arc<dyn Append<LogBatch>>,
        spans: Arc<dyn Append<SpanBatch>>,
    ) -> Self {
        let refused = ["metrics", "logs", "traces"].map(|signal| {
            let help = "Samples, lines and spans that were refused.";
            telemetry.counter("oriel_ingest_refused_rows_total", help, &[("signal", signal)])
        });
        let counts = Counts { accepted: accepted_counters(telemetry), refused };
        Front { limits, metrics, logs, spans, generator: None, counts }
    }

    /// Counts stored spans for metrics.
    #[must_use]
    pub fn with_generator(mut self, generator: Option<Arc<Generator>>) -> Self {
        self.generator = generator;
        self
    }

    fn count(&self, signal: usize, outcome: &Outcome) {
        self.counts.accepted[signal].add(outcome.accepted);
        self.counts.refused[signal].add(outcome.refused_rows);
    }
}

/// What the checks refused, then what the engine says.
fn join(checked: Outcome, stored: Outcome) -> Outcome {
    let mut out = stored;
    out.refused_rows += checked.refused_rows;
    out.refused.splice(0..0, checked.refused);
    out.refused.truncate(Outcome::MAX_REFUSALS);
    out
}

impl Ingest for Front {
    fn known(&self, cx: &Context, keys: &[LabelKey]) -> KnownSeries {
        self.metrics.known(cx, keys)
    }

    fn metrics<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let (batch, checked) = metrics::check(batch, &self.limits, cx.clock.now_millis())?;
            let stored =
                if batch.is_empty() { Outcome::default() } else { self.metrics.append(cx, batch).await? };
            let outcome = join(checked, stored);
            self.count(0, &outcome);
            Ok(outcome)
        })
    }

    fn logs<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let (batch, checked) = logs::check(batch, &self.limits, cx.clock.now_nanos());
            let stored =
                if batch.is_empty() { Outcome::default() } else { self.logs.append(cx, batch).await? };
            let outcome = join(checked, stored);
            self.count(1, &outcome);
            Ok(outcome)
        })
    }

    fn spans<'a>(
        &'a self,
        cx: &'a Context,
        mut batch: SpanBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            spans::cut_attributes(&mut batch, Limits::size(self.limits.max_attribute_bytes));
            let observed = self.generator.as_ref().map(|generator| generator.read(&cx.tenant, &batch));
            let outcome =
                if batch.is_empty() { Outcome::default() } else { self.spans.append(cx, batch).await? };
            // Only what is stored counts: what failed is sent again.
            if let (Some(generator), Some(observed)) = (&self.generator, observed) {
                generator.add(&cx.tenant, &observed);
            }
            self.count(2, &outcome);
            Ok(outcome)
        })
    }
}

#[cfg(test)]
mod tests;

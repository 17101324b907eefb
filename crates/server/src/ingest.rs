//! The one place where batches of all protocols are checked before an engine stores them.
//!
//! On the write walk after every `api/*` push handler, before an engine's `append`. A part that breaks a limit is refused
//! and listed with the replaced system's text; the rest goes on. Lines get the labels that log readers rely on
//! (`service_name`, `detected_level`) here, so that every door gives them alike.

mod counts;
pub(crate) mod deltas;
mod engines;
mod histogram;
pub mod level;
mod logs;
mod metrics;
mod pace;
mod rates;
mod relay;
mod replicas;
mod service;
mod span_limits;
mod spans;

pub use counts::accepted_counters;
pub(crate) use logs::Check as LineCheck;
pub use pace::Paces;
pub use relay::Relay;
pub use replicas::{Admitted, ReplicaOptions, Replicas};
pub use span_limits::{SpanChoice, SpanLimits, SpanRates};

use crate::limits::{Limits, TenantLimits};
use crate::telemetry::Registry;
use contract::{Context, Ingest, IngestError, KnownSeries, Outcome, RefusalReason};
use counts::{Counts, Of};
use model::{LabelKey, LogBatch, MetricBatch, SpanBatch, Tenant};
use rates::Rate;
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
    limits: TenantLimits,
    rates: Rates,
    paces: Arc<Paces>,
    metrics: Arc<dyn Append<MetricBatch>>,
    logs: Arc<dyn Append<LogBatch>>,
    spans: Arc<dyn Append<SpanBatch>>,
    generator: Option<Arc<Generator>>,
    span_limits: Arc<SpanLimits>,
    counts: Counts,
}

/// How fast tenants send what.
#[derive(Default)]
struct Rates {
    samples: Rate,
    batches: Rate,
    line_bytes: Rate,
}

impl Front {
    /// A front before three engines.
    pub fn new(
        limits: impl Into<TenantLimits>,
        telemetry: &Registry,
        metrics: Arc<dyn Append<MetricBatch>>,
        logs: Arc<dyn Append<LogBatch>>,
        spans: Arc<dyn Append<SpanBatch>>,
    ) -> Self {
        let counts = Counts::new(telemetry);
        let (limits, rates): (TenantLimits, _) = (limits.into(), Rates::default());
        let span_limits = SpanLimits::new(limits.clone());
        let paces = Arc::default();
        Front { limits, rates, paces, metrics, logs, spans, generator: None, span_limits, counts }
    }

    /// Holds spans to limits that tenants may change while it runs.
    #[must_use]
    pub fn with_span_limits(mut self, limits: Arc<SpanLimits>) -> Self {
        self.span_limits = limits;
        self
    }

    /// Notes how fast samples come where others can ask.
    #[must_use]
    pub fn with_paces(mut self, paces: Arc<Paces>) -> Self {
        self.paces = paces;
        self
    }

    /// Counts stored spans for metrics.
    #[must_use]
    pub fn with_generator(mut self, generator: Option<Arc<Generator>>) -> Self {
        self.generator = generator;
        self
    }

    /// A batch that came too fast is refused as a whole.
    fn in_time(
        &self,
        (of, rows): (Of, usize),
        tenant: &Tenant,
        taken: Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        taken.inspect_err(|_| self.counts.refuse(of, tenant, RefusalReason::RateLimited, rows as u64))
    }
}

impl Rates {
    fn samples(&self, cx: &Context, limits: &Limits, samples: u64) -> Result<(), IngestError> {
        let (tenant, now) = (&cx.tenant, cx.clock.monotonic());
        let (rate, burst) = (limits.max_request_rate, limits.max_request_burst);
        self.batches.take(tenant, 1, (rate, burst), now).map_err(|burst| {
            IngestError::Limit(format!(
                "the request has been rejected because the tenant exceeded the request rate limit, set to {rate} \
                 requests/s with a maximum allowed burst of {burst} (max_request_rate, max_request_burst)"
            ))
        })?;
        let (rate, burst) = (limits.max_sample_rate, limits.max_sample_burst);
        self.samples.take(tenant, samples, (rate, burst), now).map_err(|burst| {
            IngestError::Limit(format!(
                "the request has been rejected because the tenant exceeded the ingestion rate limit, set to {rate} \
                 items/s with a maximum allowed burst of {burst} (max_sample_rate, max_sample_burst)"
            ))
        })
    }

    fn lines(&self, cx: &Context, limits: &Limits, batch: &LogBatch) -> Result<(), IngestError> {
        let (rate, burst) = (limits.max_line_byte_rate, limits.max_line_byte_burst);
        if rate == 0 {
            return Ok(());
        }
        let metadata =
            |entry: &model::LogEntry| entry.metadata.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>();
        let entries = batch.streams.iter().flat_map(|stream| &stream.entries);
        let bytes = entries.map(|entry| entry.line.len() + metadata(entry)).sum::<usize>() as u64;
        self.line_bytes.take(&cx.tenant, bytes, (rate, burst), cx.clock.monotonic()).map_err(|_| {
            IngestError::Limit(format!(
                "Ingestion rate limit exceeded for user {} (limit: {rate} bytes/sec) while attempting to ingest '{}' \
                 lines totaling '{bytes}' bytes, reduce log volume or contact your Loki administrator to see if the \
                 limit can be increased",
                cx.tenant.as_str(),
                batch.len()
            ))
        })
    }
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
            let limits = self.limits.of(&cx.tenant);
            let samples = batch.sample_count() + batch.known.samples.len();
            let taken = self.rates.samples(cx, &limits, samples as u64);
            self.in_time((Of::Samples, samples), &cx.tenant, taken)?;
            let (batch, checked) = metrics::check(batch, &limits, cx.clock.now_millis())?;
            let cx = &Context { max_series: limits.max_series, ..cx.clone() };
            let stored =
                if batch.is_empty() { Outcome::default() } else { self.metrics.append(cx, batch).await? };
            let outcome = stored.after(checked);
            self.paces.note(&cx.tenant, outcome.accepted, cx.clock.monotonic());
            self.counts.note(Of::Samples, &cx.tenant, &outcome);
            Ok(outcome)
        })
    }

    fn logs<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let limits = self.limits.of(&cx.tenant);
            let taken = self.rates.lines(cx, &limits, &batch);
            self.in_time((Of::Lines, batch.len()), &cx.tenant, taken)?;
            let (batch, checked) = logs::check(batch, &limits, cx.clock.now_nanos());
            let stored =
                if batch.is_empty() { Outcome::default() } else { self.logs.append(cx, batch).await? };
            let outcome = stored.after(checked);
            self.counts.note(Of::Lines, &cx.tenant, &outcome);
            Ok(outcome)
        })
    }

    fn spans<'a>(
        &'a self,
        cx: &'a Context,
        mut batch: SpanBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let longest = self.span_limits.of(&cx.tenant).max_attribute_bytes;
            let cut = spans::cut_attributes(&mut batch, Limits::size(longest));
            if cut > 0 {
                self.counts.cut(&cx.tenant, cut);
            }
            let checked = self.span_limits.check(&cx.tenant, &mut batch, cx.clock.now_nanos());
            let observed = self.generator.as_ref().map(|generator| generator.read(&cx.tenant, &batch));
            let outcome =
                if batch.is_empty() { Outcome::default() } else { self.spans.append(cx, batch).await? };
            let outcome = outcome.after(checked);
            // Only what is stored counts: what failed is sent again.
            if let (Some(generator), Some(observed)) = (&self.generator, observed) {
                generator.add(&cx.tenant, &observed);
            }
            self.counts.note(Of::Spans, &cx.tenant, &outcome);
            Ok(outcome)
        })
    }
}

#[cfg(test)]
mod tests;

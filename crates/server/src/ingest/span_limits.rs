//! How many bytes of spans a tenant may send, and how large a trace may grow: checked before the engine takes a batch.
//!
//! Walk: `../ingest.rs` -> here -> an engine's `append`. Invariant: a batch passes the rate as a whole or not at all, so
//! that it can be sent again; spans of a trace that is too large are left out one by one and counted. Sizes are those of
//! spans in protobuf. Nothing is computed for tenants without limits.

use crate::limits::{Limits, TenantLimits};
use contract::{Outcome, RefusalReason};
use model::{Span, SpanBatch, Tenant, TraceId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use wire::otlp::traces::span_bytes;

/// Traces of one tenant whose sizes are known at once: 24 MB. The older half is forgotten beyond it.
const MAX_TRACES: usize = 1 << 19;
/// Tenants whose use is known at once; beyond it all begin anew.
const MAX_TENANTS: usize = 10_000;
/// A trace is forgotten one to two such stretches after its first span came: ten minutes in nanoseconds, longer than
/// senders take.
const FORGET_NANOS: i64 = 600_000_000_000;

/// Limits of one tenant; 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanRates {
    /// Bytes a second.
    pub rate_bytes: u64,
    /// Bytes at once; ten seconds of the rate when it is 0.
    pub burst_bytes: u64,
    /// Bytes of one trace.
    pub max_trace_bytes: u64,
    /// Bytes of an attribute's key or text, beyond which it is cut.
    pub max_attribute_bytes: u64,
}

/// What a tenant chose of its limits; what is not there is as configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanChoice {
    /// Bytes a second.
    pub rate_bytes: Option<u64>,
    /// Bytes at once.
    pub burst_bytes: Option<u64>,
    /// Bytes of one trace.
    pub max_trace_bytes: Option<u64>,
    /// Bytes of an attribute's key or text.
    pub max_attribute_bytes: Option<u64>,
}

/// Limits of all tenants, and what they used of them.
#[derive(Debug, Default)]
pub struct SpanLimits {
    configured: TenantLimits,
    chosen: RwLock<HashMap<Tenant, SpanChoice>>,
    used: Mutex<HashMap<Tenant, Used>>,
}

#[derive(Debug, Default)]
struct Used {
    /// Bytes that may come at once now.
    room: f64,
    /// When that was so, in nanoseconds.
    at: i64,
    /// Bytes of traces that began in this stretch and in the one before.
    young: HashMap<TraceId, u64>,
    old: HashMap<TraceId, u64>,
    /// When this stretch began, in nanoseconds.
    since: i64,
}

impl SpanLimits {
    /// What is configured, until tenants choose.
    pub fn new(configured: TenantLimits) -> Arc<Self> {
        Arc::new(SpanLimits { configured, ..SpanLimits::default() })
    }

    /// What holds for a tenant.
    pub fn of(&self, tenant: &Tenant) -> SpanRates {
        let limits = self.configured.of(tenant);
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        let chosen = chosen.get(tenant).copied().unwrap_or_default();
        SpanRates {
            rate_bytes: chosen.rate_bytes.unwrap_or(limits.max_span_byte_rate),
            burst_bytes: chosen.burst_bytes.unwrap_or(limits.max_span_byte_burst),
            max_trace_bytes: chosen.max_trace_bytes.unwrap_or(limits.max_trace_bytes),
            max_attribute_bytes: chosen.max_attribute_bytes.unwrap_or(limits.max_attribute_bytes),
        }
    }

    /// Holds for a tenant from now on; `None`: what is configured.
    pub fn choose(&self, tenant: &Tenant, choice: Option<SpanChoice>) {
        let mut chosen = self.chosen.write().unwrap_or_else(PoisonError::into_inner);
        match choice.filter(|choice| *choice != SpanChoice::default()) {
            Some(choice) => drop(chosen.insert(tenant.clone(), choice)),
            None => drop(chosen.remove(tenant)),
        }
    }

    /// Leaves out of a batch what breaks the tenant's limits, and says what; `now` in nanoseconds.
    pub(super) fn check(&self, tenant: &Tenant, batch: &mut SpanBatch, now: i64) -> Outcome {
        let (rates, mut outcome) = (self.of(tenant), Outcome::default());
        if rates.rate_bytes == 0 && rates.max_trace_bytes == 0 {
            return outcome;
        }
        let bytes: u64 = spans(batch).map(|span| span_bytes(span) as u64).sum();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MAX_TENANTS && !used.contains_key(tenant) {
            used.clear();
        }
        let used = used.entry(tenant.clone()).or_insert_with(|| Used { at: now, ..Used::fresh(rates, now) });
        if rates.rate_bytes > 0 && !used.take(rates, bytes, now) {
            let SpanRates { rate_bytes: rate, .. } = rates;
            outcome.refuse(RefusalReason::RateLimited, batch.len() as u64, || {
                format!(
                    "RATE_LIMITED: ingestion rate limit (local: {rate} bytes/s, global: 0 bytes/s, burst: {} bytes) \
                     exceeded while adding {bytes} bytes for user {tenant}",
                    rates.burst()
                )
            });
            *batch = SpanBatch::default();
            return outcome;
        }
        if rates.max_trace_bytes > 0 {
            used.turn(now);
            used.cut(rates.max_trace_bytes, tenant, batch, &mut outcome);
        }
        outcome
    }
}

impl SpanRates {
    fn burst(self) -> u64 {
        Limits::burst(self.rate_bytes, self.burst_bytes)
    }
}

fn spans(batch: &SpanBatch) -> impl Iterator<Item = &Span> {
    batch.resources.iter().flat_map(|group| &group.scopes).flat_map(|scope| &scope.spans)
}

impl Used {
    fn fresh(rates: SpanRates, now: i64) -> Self {
        Used { room: rates.burst() as f64, since: now, ..Used::default() }
    }

    /// Takes bytes of the rate: whether there was room for them.
    fn take(&mut self, rates: SpanRates, bytes: u64, now: i64) -> bool {
        let seconds = now.saturating_sub(self.at).max(0) as f64 / 1e9;
        self.room = (self.room + seconds * rates.rate_bytes as f64).min(rates.burst() as f64);
        self.at = now;
        let fits = bytes as f64 <= self.room;
        if fits {
            self.room -= bytes as f64;
        }
        fits
    }

    /// Forgets what is old.
    fn turn(&mut self, now: i64) {
        if now.saturating_sub(self.since) >= FORGET_NANOS || self.young.len() >= MAX_TRACES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
    }

    /// Leaves out spans of traces that would become too large.
    fn cut(&mut self, max: u64, tenant: &Tenant, batch: &mut SpanBatch, outcome: &mut Outcome) {
        let lists = batch.resources.iter_mut().flat_map(|group| &mut group.scopes);
        for scope in lists {
            scope.spans.retain(|span| {
                let bytes = span_bytes(span) as u64;
                let before = self.old.get(&span.trace_id).copied().unwrap_or(0);
                let size = self.young.entry(span.trace_id).or_insert(before);
                let fits = size.saturating_add(bytes) <= max;
                if fits {
                    *size += bytes;
                    return true;
                }
                outcome.refuse(RefusalReason::TooLarge, 1, || {
                    format!(
                        "TRACE_TOO_LARGE: max size of trace ({max}) exceeded while adding {bytes} bytes to trace {} \
                         for tenant {tenant}",
                        span.trace_id
                    )
                });
                false
            });
        }
        for group in &mut batch.resources {
            group.scopes.retain(|scope| !scope.spans.is_empty());
        }
        batch.resources.retain(|group| !group.scopes.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ResourceSpans, ScopeSpans, SpanId};

    /// One trace with spans of equal size.
    fn batch(trace: u8, count: u8) -> SpanBatch {
        let span = |id: u8| Span {
            trace_id: TraceId([trace; 16]),
            span_id: SpanId([id + 1; 8]),
            name: "x".repeat(70).into(),
            ..Span::default()
        };
        let scopes = vec![ScopeSpans { spans: (0..count).map(span).collect(), ..ScopeSpans::default() }];
        SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] }
    }

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_rate_takes_a_batch_whole_or_not_at_all() {
        let size = span_bytes(spans(&batch(1, 1)).next().unwrap()) as u64;
        let limits = SpanLimits::new(TenantLimits::default());
        let tenant = Tenant::anonymous();
        let take = |count: u8, now: i64| {
            let mut batch = batch(1, count);
            let outcome = limits.check(&tenant, &mut batch, now);
            assert_eq!(outcome.refused_rows + batch.len() as u64, u64::from(count));
            (batch.len(), outcome.refused.first().map(|refusal| refusal.message.clone()))
        };
        assert_eq!(take(200, 0), (200, None), "without limits");
        let choice =
            SpanChoice { rate_bytes: Some(2 * size), burst_bytes: Some(4 * size), ..SpanChoice::default() };
        limits.choose(&tenant, Some(choice));
        assert_eq!(take(4, 0), (4, None));
        let told = format!(
            "RATE_LIMITED: ingestion rate limit (local: {} bytes/s, global: 0 bytes/s, burst: {} bytes) exceeded while \
             adding {size} bytes for user {tenant}",
            2 * size,
            4 * size
        );
        assert_eq!(take(1, 0), (0, Some(told)));
        assert_eq!(take(2, SECOND).0, 2);
        assert_eq!(take(5, 100 * SECOND).0, 0, "more than a burst never fits");
        assert_eq!(take(4, 100 * SECOND).0, 4);
        limits.choose(&tenant, None);
        assert_eq!(take(200, 100 * SECOND).0, 200);
    }

    #[test]
    fn a_trace_grows_up_to_its_limit_and_is_forgotten_later() {
        let size = span_bytes(spans(&batch(1, 1)).next().unwrap()) as u64;
        let limits = Limits { max_trace_bytes: 3 * size + size / 2, ..Limits::default() };
        let limits = SpanLimits::new(limits.into());
        let tenant = Tenant::anonymous();
        let take = |trace: u8, count: u8, now: i64| {
            let mut batch = batch(trace, count);
            let outcome = limits.check(&tenant, &mut batch, now);
            assert!(
                outcome
                    .refused
                    .iter()
                    .all(|refusal| refusal.message.starts_with("TRACE_TOO_LARGE: max size of trace ("))
            );
            batch.len()
        };
        assert_eq!((take(1, 2, 0), take(1, 2, 1), take(1, 1, 2)), (2, 1, 0));
        assert_eq!(take(2, 5, 3), 3, "another trace");
        assert_eq!(take(1, 1, FORGET_NANOS), 0, "it is still known");
        assert_eq!(take(2, 4, 2 * FORGET_NANOS + 1), 3, "it is forgotten");
        assert_eq!(take(3, 1, 3 * FORGET_NANOS + 2), 1);
        assert_eq!(take(1, 4, 4 * FORGET_NANOS + 3), 3, "it began anew");
    }
}

//! The OTLP doors: HTTP on 4318, gRPC on 4317, all three signals, one way to store each.
//!
//! What an engine refuses is told in `partial_success` (the specification's way: the sender must not try again); a body
//! that cannot be read is 400; a store that cannot be written is 503 (the sender tries again).
//! Source: <https://opentelemetry.io/docs/specs/otlp/>

mod grpc;
mod http;

use crate::error::Fault;
use crate::state::State;
use axum::Router;
use axum::routing::{any, post};
use contract::{Context, Outcome, RefusalReason};
use model::{Nanos, Tenant};
use std::sync::Arc;
use wire::otlp::{Encoding, PartialSuccess, Signal, logs, traces};

/// Routes of the HTTP door.
pub fn http_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/v1/traces", post(http::traces))
        .route("/v1/logs", post(http::logs))
        .route("/v1/metrics", post(http::metrics))
        .route("/ready", any(http::ready))
        .with_state(state)
}

/// Routes of the gRPC door.
pub fn grpc_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", post(grpc::traces))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", post(grpc::logs))
        .route("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", post(grpc::metrics))
        .fallback(grpc::unimplemented)
        .with_state(state)
}

/// What became of an export.
struct Taken {
    partial: PartialSuccess,
    /// Whether all of it was left out: another replica is elected.
    deduplicated: bool,
}

impl From<PartialSuccess> for Taken {
    fn from(partial: PartialSuccess) -> Self {
        Taken { partial, deduplicated: false }
    }
}

/// Decodes and stores one export.
async fn store(
    state: &State,
    tenant: Tenant,
    signal: Signal,
    encoding: Encoding,
    body: &[u8],
) -> Result<Taken, Fault> {
    let cx = state.write_context(tenant);
    let ingest = &state.engines.ingest;
    match signal {
        Signal::Traces => {
            let batch = traces::decode(body, encoding)?;
            match batch.is_empty() {
                true => Ok(PartialSuccess::default().into()),
                false => Ok(partial(&ingest.spans(&cx, batch).await?)?.into()),
            }
        }
        Signal::Logs => {
            let batch = logs::decode(body, encoding, Nanos(state.clock.now_nanos()))?;
            match batch.is_empty() {
                true => Ok(PartialSuccess::default().into()),
                false => Ok(partial(&ingest.logs(&cx, batch).await?)?.into()),
            }
        }
        Signal::Metrics => store_metrics(state, &cx, encoding, body).await,
    }
}

async fn store_metrics(state: &State, cx: &Context, encoding: Encoding, body: &[u8]) -> Result<Taken, Fault> {
    let decoded = state.read_otlp_metrics(&cx.tenant, body, encoding)?;
    let admitted = state.admit(&cx.tenant, decoded.batch);
    let deduplicated = admitted.deduplicated > 0 && admitted.batch.sample_count() == 0;
    let stored = match admitted.batch.is_empty() {
        true => PartialSuccess::default(),
        false => partial(&state.engines.ingest.metrics(cx, admitted.batch).await?)?,
    };
    let skipped: u64 = decoded.skipped.iter().map(|s| s.rows).sum();
    let reasons = decoded.skipped.iter().map(|s| s.message.clone()).take(Outcome::MAX_REFUSALS);
    let all = reasons.chain(admitted.refused).chain([stored.message]);
    let messages: Vec<String> = all.filter(|message| !message.is_empty()).collect();
    let partial = PartialSuccess { rejected: stored.rejected + skipped, message: messages.join("; ") };
    Ok(Taken { partial, deduplicated })
}

/// Rates are the sender's to wait out; everything else is refused for good.
fn partial(outcome: &Outcome) -> Result<PartialSuccess, Fault> {
    let slow_down = outcome.refused.iter().find(|r| r.reason == RefusalReason::RateLimited);
    if let Some(refusal) = slow_down.filter(|_| outcome.accepted == 0) {
        return Err(Fault::new(stdx::ErrorKind::Limit, refusal.message.clone())
            .with_status(::http::StatusCode::TOO_MANY_REQUESTS));
    }
    let messages: Vec<&str> = outcome.refused.iter().map(|r| r.message.as_str()).collect();
    Ok(PartialSuccess { rejected: outcome.refused_rows, message: messages.join("; ") })
}

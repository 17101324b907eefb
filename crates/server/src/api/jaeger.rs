//! Jaeger's doors: spans in by Thrift over HTTP and by gRPC, traces out by the query API of its user interface, its third
//! version ([`v3`]) and the gRPC services of query and storage ([`rpc`]). Packets come in by [`crate::doors`].
//!
//! Source: <https://www.jaegertracing.io/docs/latest/apis/>

mod asked;
mod encode;
mod query;
mod rpc;
mod v3;

use crate::body;
use crate::error::Fault;
use crate::grpc;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::{get, post};
use contract::RefusalReason;
use http::{Request, StatusCode, Uri};
use model::{SpanBatch, Tenant};
use std::sync::Arc;
use wire::WireError;

type Shared = extract::State<Arc<State>>;

/// 16 MiB: a client's packet is at most 64 KiB, and read values take ten times their bytes.
pub(super) const MAX_THRIFT_BYTES: u64 = 16 << 20;

/// The collector's HTTP port.
pub fn http_routes(state: Arc<State>) -> Router {
    Router::new().route("/api/traces", post(thrift)).with_state(state)
}

/// The collector's gRPC port.
pub fn grpc_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/jaeger.api_v2.CollectorService/PostSpans", post(post_spans))
        .merge(rpc::routes())
        .fallback(|uri: Uri| async move { grpc::unimplemented(uri.path()) })
        .with_state(state)
}

/// The query port.
pub fn query_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/services", get(query::services))
        .route("/api/services/{service}/operations", get(query::operations_of))
        .route("/api/operations", get(query::operations))
        .route("/api/traces", get(query::traces))
        .route("/api/traces/{id}", get(query::trace))
        .route("/api/dependencies", get(query::dependencies))
        .merge(v3::routes())
        .merge(rpc::routes())
        .with_state(state)
}

/// Stores spans. These protocols know no part of a success: when nothing was stored that is a failure, else what was refused
/// is logged and counted, since a sender that was told of it would send again what is stored.
pub(crate) async fn store(state: &State, tenant: Tenant, batch: SpanBatch) -> Result<(), Fault> {
    if batch.is_empty() {
        return Ok(());
    }
    let cx = state.write_context(tenant);
    let outcome = state.engines.ingest.spans(&cx, batch).await?;
    match outcome.refused.first() {
        Some(refusal) if outcome.accepted == 0 => Err(match refusal.reason {
            RefusalReason::RateLimited => Fault::new(stdx::ErrorKind::Limit, refusal.message.clone())
                .with_status(StatusCode::TOO_MANY_REQUESTS),
            _ => Fault::invalid(refusal.message.clone()),
        }),
        Some(refusal) => {
            let (stored, refused) = (outcome.accepted, outcome.refused_rows);
            tracing::warn!(stored, refused, reason = refusal.message, "part of a batch of spans was refused");
            Ok(())
        }
        None => Ok(()),
    }
}

/// Reads a body of spans under its caps, decodes and stores it: 202, or why not as text.
pub(super) async fn take(
    state: &State,
    request: Request<Body>,
    decode: fn(&[u8]) -> Result<SpanBatch, WireError>,
    cap: u64,
) -> Response {
    let taken = async {
        let (parts, body) = request.into_parts();
        let tenant = state.options.tenancy.of(&parts.headers)?;
        let compression = body::content_encoding(&parts.headers);
        let body = body::read(body, cap.min(state.limits().max_body_bytes)).await?;
        let body = body::unpack(&compression, body, cap.min(state.limits().max_unpacked_bytes))
            .unwrap_or_else(|| Err(Fault::invalid(format!("unsupported Content-Encoding: {compression}"))))?;
        store(state, tenant, decode(&body)?).await
    };
    match taken.await {
        Ok(()) => respond::empty(StatusCode::ACCEPTED),
        Err(fault) => respond::text(fault.status(), format!("{}\n", fault.message())),
    }
}

async fn thrift(state: Shared, request: Request<Body>) -> Response {
    let content_type =
        body::content_type(request.headers()).split(';').next().unwrap_or("").trim().to_owned();
    if !matches!(content_type.as_str(), "application/x-thrift" | "application/vnd.apache.thrift.binary") {
        let text = format!("Unsupported content type: {content_type}\n");
        return respond::text(StatusCode::BAD_REQUEST, text);
    }
    take(&state, request, wire::jaeger::thrift_batch, MAX_THRIFT_BYTES).await
}

async fn post_spans(extract::State(state): Shared, request: Request<Body>) -> Response {
    let limits = state.limits();
    let answer = grpc::unary(&limits, request, |call| {
        let state = state.clone();
        async move {
            let tenant = state.options.tenancy.of(&call.headers)?;
            store(&state, tenant, wire::jaeger::post_spans(&call.message)?).await?;
            Ok(Vec::new())
        }
    });
    answer.await
}

#[cfg(test)]
mod tests;

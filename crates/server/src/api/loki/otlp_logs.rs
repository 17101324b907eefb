//! `POST /otlp/v1/logs`: OTLP/HTTP at the logs door. Failures are a protobuf `google.rpc.Status`, and 500 becomes 503 so
//! that exporters try again.

use super::push::{nothing_to_store, refusal};
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
use model::Nanos;
use std::sync::Arc;
use wire::otlp::{self, Encoding, logs};

/// Takes an export.
pub(super) async fn push(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match store(&state, request).await {
        Ok(()) => respond::empty(StatusCode::NO_CONTENT),
        Err(fault) => {
            let status = match fault.status() {
                StatusCode::INTERNAL_SERVER_ERROR => StatusCode::SERVICE_UNAVAILABLE,
                status => status,
            };
            let body = otlp::status(Encoding::Protobuf, 0, fault.message());
            respond::with_type(status, "application/octet-stream", body)
        }
    }
}

async fn store(state: &Arc<State>, request: Request<Body>) -> Result<(), Fault> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let content_type = body::content_type(&parts.headers);
    let encoding = Encoding::of_content_type(content_type)
        .ok_or_else(|| Fault::invalid(format!("content type: {content_type} is not supported")))?;
    let compression = body::content_encoding(&parts.headers);
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let body = match compression.as_str() {
        "" | "gzip" | "zstd" | "lz4" => body::unpack(&compression, body, state.limits().max_unpacked_bytes),
        _ => None,
    };
    let body = body.unwrap_or_else(|| {
        Err(Fault::invalid(format!(
            "unsupported content encoding {compression}: only gzip, zstd and lz4 are supported"
        )))
    })?;
    let batch = logs::decode(&body, encoding, Nanos(state.clock.now_nanos()))?;
    if batch.is_empty() {
        return Err(nothing_to_store());
    }
    let outcome = state.engines.ingest.logs(&state.write_context(tenant), batch).await?;
    refusal(&outcome).map_or(Ok(()), Err)
}

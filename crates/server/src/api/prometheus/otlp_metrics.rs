//! `POST /api/v1/otlp/v1/metrics`: OTLP/HTTP at the metrics door.
//!
//! Unlike the OTLP door it answers as the replaced system does: 200 with an empty body; plain text on failure; 500 when the
//! data itself cannot become series (its good part is stored), 400 when samples were refused.

use super::plain_error;
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
use std::sync::Arc;
use wire::otlp::Encoding;

/// Takes an export.
pub(super) async fn push(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match store(state, request).await {
        Ok(None) => respond::with_type(StatusCode::OK, "text/plain", ""),
        Ok(Some(deduplicated)) => plain_error(StatusCode::ACCEPTED, &deduplicated),
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

/// Stores an export; answers why all of it was left out, when another replica is elected.
async fn store(state: Arc<State>, request: Request<Body>) -> Result<Option<String>, Fault> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let content_type = body::content_type(&parts.headers);
    // The replaced system takes the bare types only; a charset is harmless and common.
    let encoding = Encoding::of_content_type(content_type).ok_or_else(|| {
        Fault::invalid(format!(
            "unsupported content type: {content_type}, supported: [application/json, application/x-protobuf]"
        ))
    })?;
    let compression = body::content_encoding(&parts.headers);
    if !matches!(compression.as_str(), "" | "gzip") {
        return Err(Fault::invalid(format!(
            "unsupported compression: {compression}. Only \"gzip\" or no compression supported"
        )));
    }
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let body = body::unpack(&compression, body, state.limits().max_unpacked_bytes)
        .unwrap_or_else(|| Err(Fault::internal("both compressions are known")))?;
    let decoded = state.read_otlp_metrics(&tenant, &body, encoding)?;
    let admitted = state.admit(&tenant, decoded.batch);
    let all_left_out = admitted.deduplicated > 0 && admitted.batch.sample_count() == 0;
    if !admitted.batch.is_empty() {
        let outcome = state.engines.ingest.metrics(&state.write_context(tenant), admitted.batch).await?;
        if let Some(refusal) = outcome.refused.first() {
            return Err(Fault::invalid(refusal.message.clone()));
        }
    }
    if let Some(reason) = admitted.refused {
        return Err(Fault::invalid(reason));
    }
    match decoded.skipped.first() {
        Some(skipped) => Err(Fault::internal(skipped.message.clone())),
        None => Ok(Some(admitted.reason).filter(|_| all_left_out)),
    }
}

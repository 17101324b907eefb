//! `DELETE /api/traces/{id}` and `/api/v2/traces/{id}`: 204 when something was deleted, 404 when there was nothing, both
//! without a body.
//!
//! No query finds the spans from the answer on, also not after a restart; they leave storage some minutes later. Spans of the
//! trace that arrive afterwards are new. The next stop is `tracedb/delete.rs`.

use super::{ApiError, Fault, Shared, parse_id};
use crate::respond;
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, StatusCode};

/// Deletes a trace.
pub(in super::super) async fn delete(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let tenant = state.options.tenancy.of(&headers)?;
    let id = parse_id(&id).map_err(Fault::invalid)?;
    let cx = state.write_context(tenant);
    if !state.engines.trace_deletes.delete(&cx, id).await? {
        return Ok(respond::empty(StatusCode::NOT_FOUND));
    }
    tracing::info!(tenant = cx.tenant.as_str(), %id, "a trace was deleted");
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

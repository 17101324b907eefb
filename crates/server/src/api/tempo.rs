//! The traces API: `/api/*` and the service's own pages. Failures are plain text without a newline.
//!
//! Source: <https://grafana.com/docs/tempo/latest/api_docs/>

mod service;

use crate::body::header_text;
use crate::state::State;
use crate::{grpc, respond};
use axum::Router;
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, Uri, header};
use std::sync::Arc;

/// All routes of the door.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/ready", get(service::ready))
        .route("/metrics", get(service::metrics))
        .route("/status", get(service::status))
        .route("/status/{page}", get(service::status_page))
        .with_state(state.clone())
        .merge(api_routes(state))
}

/// Routes under `/api`, which the UI's door serves under `/tempo`.
pub fn api_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/echo", any(service::echo))
        .route("/api/status/buildinfo", any(service::buildinfo))
        .with_state(state)
}

/// A path that nothing answers: gRPC callers get a gRPC status, others a 404.
pub(crate) async fn unknown(uri: Uri, headers: HeaderMap) -> Response {
    if header_text(&headers, header::CONTENT_TYPE).starts_with("application/grpc") {
        return grpc::failure(grpc::UNIMPLEMENTED, &format!("unknown method {}", uri.path()));
    }
    respond::not_found().await
}

//! The traces API: `/api/*` and the service's own pages. Failures are plain text without a newline.
//!
//! Source: <https://grafana.com/docs/tempo/latest/api_docs/>

mod service;

use crate::state::State;
use axum::Router;
use axum::routing::{any, get};
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

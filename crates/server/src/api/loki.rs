//! The logs API: `/loki/api/v1/*`, the older paths, `/otlp/v1/logs`, and the service's own pages.
//!
//! Failures are plain text. Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>

mod otlp_logs;
mod push;
mod service;

use crate::state::State;
use axum::Router;
use axum::routing::{any, get, post};
use std::sync::Arc;

/// All routes of the door.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/prom/push", post(push::legacy))
        .route("/otlp/v1/logs", post(otlp_logs::push))
        .route("/ready", get(service::ready))
        .route("/metrics", get(service::metrics))
        .route("/config", get(service::config))
        .route("/services", get(service::services))
        .route("/log_level", get(service::log_level))
        .route("/flush", any(service::flush))
        .with_state(state.clone())
        .merge(api_routes(state))
}

/// Routes under `/loki/api/v1`, which the UI's door serves too.
pub fn api_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/loki/api/v1/push", post(push::push))
        .route("/loki/api/v1/status/buildinfo", get(service::buildinfo))
        .with_state(state)
}

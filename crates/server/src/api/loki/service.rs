//! The logs service's own pages.

use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// `GET /ready`
pub(super) async fn ready(state: Shared) -> Response {
    if state.is_ready() {
        respond::text(StatusCode::OK, "ready\n")
    } else {
        respond::text(StatusCode::SERVICE_UNAVAILABLE, "Some services are not Running\n")
    }
}

/// `GET /metrics`
pub(super) async fn metrics(state: Shared) -> Response {
    respond::with_type(StatusCode::OK, wire::exposition::TEXT_CONTENT_TYPE, state.telemetry.text())
}

/// `GET /loki/api/v1/status/buildinfo`
pub(super) async fn buildinfo() -> Response {
    respond::json(
        json!({
            "version": "3.8.0",
            "revision": format!("oriel-{}", env!("CARGO_PKG_VERSION")),
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        })
        .to_string(),
    )
}

/// `GET /config`
pub(super) async fn config(state: Shared) -> Response {
    respond::text(StatusCode::OK, state.status.config_yaml())
}

/// `GET /services`
pub(super) async fn services(state: Shared) -> Response {
    let word = if state.is_ready() { "Running" } else { "Starting" };
    respond::text(StatusCode::OK, format!("server => {word}\n"))
}

/// `GET /log_level`
pub(super) async fn log_level() -> Response {
    respond::json(json!({ "message": "Current log level is info" }).to_string())
}

/// `POST /flush`: an ack is durable already, so there is nothing that a flush could save.
pub(super) async fn flush() -> Response {
    respond::empty(StatusCode::NO_CONTENT)
}

//! The traces service's own pages.

use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// The version that clients detect features by.
const COMPATIBLE_VERSION: &str = "3.1.0";

/// `GET /api/echo`
pub(super) async fn echo() -> Response {
    respond::text(StatusCode::OK, "echo\n")
}

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

/// `GET /api/status/buildinfo`
pub(super) async fn buildinfo() -> Response {
    respond::json(
        json!({
            "version": COMPATIBLE_VERSION,
            "revision": format!("oriel-{}", env!("CARGO_PKG_VERSION")),
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        })
        .to_string(),
    )
}

/// `GET /status`
pub(super) async fn status(state: Shared) -> Response {
    let pages = [page("version", &state), page("services", &state), page("config", &state)];
    respond::with_type(
        StatusCode::OK,
        "text/plain",
        pages.into_iter().flatten().collect::<Vec<_>>().join("\n"),
    )
}

/// `GET /status/{page}`
pub(super) async fn status_page(state: Shared, extract::Path(name): extract::Path<String>) -> Response {
    match page(&name, &state) {
        Some(text) => respond::with_type(StatusCode::OK, "text/plain", text),
        None => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
    }
}

fn page(name: &str, state: &State) -> Option<String> {
    let text = match name {
        "version" => format!("tempo, version {COMPATIBLE_VERSION} (oriel {})\n", env!("CARGO_PKG_VERSION")),
        "services" => {
            let word = if state.is_ready() { "Running" } else { "Starting" };
            format!("server => {word}\n")
        }
        "config" | "runtime_config" => state.status.config_yaml(),
        "endpoints" => "GET /api/search\nGET /api/traces/{id}\nGET /api/v2/traces/{id}\n".to_owned(),
        _ => return None,
    };
    Some(format!("GET /status/{name}\n{text}"))
}

//! Health, readiness, reload, and Oriel's own numbers.

use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::{Method, StatusCode};
use std::sync::Arc;

/// `GET /-/healthy`
pub(super) async fn healthy() -> Response {
    respond::text(StatusCode::OK, "Prometheus Server is Healthy.\n")
}

/// `GET /-/ready`
pub(super) async fn ready(extract::State(state): extract::State<Arc<State>>) -> Response {
    if state.is_ready() {
        respond::text(StatusCode::OK, "Prometheus Server is Ready.\n")
    } else {
        // Doors open when all is there, so that who is not ready is stopping.
        let mut response = respond::text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        response.headers_mut().insert("x-prometheus-stopping", http::HeaderValue::from_static("true"));
        response
    }
}

/// `POST /-/reload`: reads the configuration again.
pub(super) async fn reload(extract::State(state): extract::State<Arc<State>>, method: Method) -> Response {
    if !matches!(method, Method::POST | Method::PUT) {
        return respond::text(StatusCode::METHOD_NOT_ALLOWED, "Only POST or PUT requests allowed");
    }
    let Some(collector) = state.collector.get() else {
        return respond::text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Nothing is collected here, so there is nothing to reload.\n",
        );
    };
    match collector.reload().await {
        Ok(()) => respond::empty(StatusCode::OK),
        Err(error) => {
            respond::text(StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n"))
        }
    }
}

/// `POST /-/quit`: stops the server, where the configuration lets the network do so.
pub(super) async fn quit(extract::State(state): extract::State<Arc<State>>, method: Method) -> Response {
    match method {
        Method::POST | Method::PUT if state.options.quit_api => {
            state.quit.cancel();
            respond::text(StatusCode::OK, "Requesting termination... Goodbye!")
        }
        Method::POST | Method::PUT => respond::text(
            StatusCode::FORBIDDEN,
            "Lifecycle API is not enabled (api.quit): `oriel stop` or SIGTERM stops this server.\n",
        ),
        _ => respond::text(StatusCode::METHOD_NOT_ALLOWED, "Only POST or PUT requests allowed"),
    }
}

/// `GET /metrics`
pub(super) async fn metrics(extract::State(state): extract::State<Arc<State>>) -> Response {
    respond::with_type(StatusCode::OK, wire::exposition::TEXT_CONTENT_TYPE, state.telemetry.text())
}

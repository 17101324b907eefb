//! Zipkin's door: spans in (both versions, JSON, protobuf, Thrift), traces out by the second version's read API.
//!
//! Source: <https://zipkin.io/zipkin-api/>

mod query;

use super::jaeger::{MAX_THRIFT_BYTES, take};
use crate::body;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::{get, post};
use http::{Request, StatusCode};
use serde_json::json;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// All routes of the door.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/v1/spans", post(first))
        .route("/api/v2/spans", post(second).get(query::names))
        .route("/api/v2/services", get(query::services))
        .route("/api/v2/remoteServices", get(query::remote_services))
        .route("/api/v2/traces", get(query::traces))
        .route("/api/v2/trace/{id}", get(query::trace))
        .route("/api/v2/traceMany", get(query::many))
        .route("/api/v2/dependencies", get(query::dependencies))
        .route("/api/v2/autocompleteKeys", get(query::no_keys))
        .route("/api/v2/autocompleteValues", get(query::no_keys))
        .route("/health", get(health))
        .route("/info", get(info))
        .with_state(state)
}

fn is_json(content_type: &str) -> bool {
    content_type.is_empty() || content_type.starts_with("application/json")
}

async fn first(extract::State(state): Shared, request: Request<Body>) -> Response {
    let content_type = body::content_type(request.headers()).to_owned();
    let whole = state.limits().max_body_bytes;
    match content_type.as_str() {
        text if text.starts_with("application/x-thrift") => {
            take(&state, request, wire::zipkin::first_thrift, MAX_THRIFT_BYTES).await
        }
        text if is_json(text) => take(&state, request, wire::zipkin::first_json, whole).await,
        text => unsupported(text),
    }
}

async fn second(extract::State(state): Shared, request: Request<Body>) -> Response {
    let content_type = body::content_type(request.headers()).to_owned();
    let whole = state.limits().max_body_bytes;
    match content_type.as_str() {
        text if text.starts_with("application/x-protobuf") => {
            take(&state, request, wire::zipkin::second_protobuf, whole).await
        }
        text if is_json(text) => take(&state, request, wire::zipkin::second_json, whole).await,
        text => unsupported(text),
    }
}

fn unsupported(content_type: &str) -> Response {
    respond::text(StatusCode::BAD_REQUEST, format!("unsupported content type: {content_type}\n"))
}

async fn health(state: Shared) -> Response {
    match state.is_ready() {
        true => respond::json(r#"{"status":"UP"}"#),
        false => respond::with_type(StatusCode::SERVICE_UNAVAILABLE, respond::JSON, r#"{"status":"DOWN"}"#),
    }
}

/// Which Zipkin's clients take this for, in the form of its server.
async fn info() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    respond::json(json!({"zipkin": {"version": format!("3.5.1 (oriel {version})")}}).to_string())
}

#[cfg(test)]
mod tests;

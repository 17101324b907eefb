//! Oriel's own API on the UI's door: status, blocks, configuration, queries, health.

use crate::api::grafana::{ApiError, COMPATIBLE_VERSION, commit};
use crate::ingest::accepted_counters;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::extract::{self, Request};
use axum::response::Response;
use axum::routing::{delete, get};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

/// Blocks in one answer: more than a page shows, and a few hundred kilobytes.
const MAX_BLOCKS: usize = 5_000;

/// All routes.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/oriel/v1/status", get(status))
        .route("/api/oriel/v1/blocks", get(blocks))
        .route("/api/oriel/v1/config", get(config))
        .route("/api/oriel/v1/queries", get(queries))
        .route("/api/oriel/v1/queries/{id}", delete(cancel))
        .route("/api/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

type Shared = extract::State<Arc<State>>;

async fn status(state: Shared) -> Response {
    let doors: Vec<Value> = state
        .doors
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .map(|(name, address)| json!({ "name": name, "address": address.to_string(), "open": state.is_ready() }))
        .collect();
    let [samples, lines, spans] = accepted_counters(&state.telemetry).map(|counter| counter.value());
    let tenants: Vec<String> = state.status.tenants().iter().map(ToString::to_string).collect();
    respond::json(
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "uptime_seconds": state.uptime().as_secs(),
            "doors": doors,
            "storage": state.status.storage(),
            "memory_bytes": state.status.memory_bytes(),
            "tenants": tenants,
            "ingest": { "samples_total": samples, "lines_total": lines, "spans_total": spans },
        })
        .to_string(),
    )
}

/// Published blocks of the tenant, the newest data first; `signal` for those of one.
async fn blocks(state: Shared, request: Request) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let mut all = state.status.blocks(&tenant);
    all.retain(|block| params.some("signal").is_none_or(|signal| signal == block.signal));
    all.sort_by_key(|block| std::cmp::Reverse((block.end, block.start)));
    let (count, bytes) = (all.len(), all.iter().map(|block| block.bytes).sum::<u64>());
    let limit = params.get("limit").parse().unwrap_or(MAX_BLOCKS).min(MAX_BLOCKS);
    all.truncate(limit);
    Ok(respond::json(json!({ "count": count, "bytes": bytes, "blocks": all }).to_string()))
}

/// The configuration in force, and what it would be if nothing were set.
async fn config(state: Shared) -> Response {
    let body = json!({ "yaml": state.status.config_yaml(), "defaults": state.status.default_config_yaml() });
    respond::json(body.to_string())
}

/// Queries of the tenant that run now, and those that were slow.
async fn queries(state: Shared, headers: HeaderMap) -> Result<Response, ApiError> {
    let tenant = state.options.tenancy.of(&headers)?;
    Ok(respond::json(state.running.shown(&tenant, &state.clock).to_string()))
}

/// Cancels a running query; its caller is told that it was canceled.
async fn cancel(
    state: Shared,
    extract::Path(id): extract::Path<u64>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tenant = state.options.tenancy.of(&headers)?;
    if !state.running.cancel(&tenant, id) {
        return Err(ApiError::not_found("running query"));
    }
    Ok(respond::json(json!({ "id": id, "message": "canceled" }).to_string()))
}

async fn health(state: Shared) -> Response {
    let word = if state.is_ready() { "ok" } else { "starting" };
    let status = if state.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "database": word, "version": COMPATIBLE_VERSION, "commit": commit() });
    respond::with_type(status, respond::JSON, body.to_string())
}

async fn ready(state: Shared) -> Response {
    if state.is_ready() {
        respond::text(StatusCode::OK, "ready\n")
    } else {
        respond::text(StatusCode::SERVICE_UNAVAILABLE, "starting\n")
    }
}

async fn metrics(state: Shared) -> Response {
    respond::with_type(StatusCode::OK, wire::exposition::TEXT_CONTENT_TYPE, state.telemetry.text())
}

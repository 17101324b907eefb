//! `/api/oriel/v1/agents`: agents report themselves on every door that they send to; the UI's door lists them.

mod registry;

pub(crate) use registry::Agents;

use crate::api::grafana::ApiError;
use crate::body;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use axum::routing::{delete, get, post};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::sync::Arc;
use wire::agent_report;

const PATH: &str = "/api/oriel/v1/agents";

type Shared = extract::State<Arc<State>>;

/// Where agents report.
pub fn report_routes(state: Arc<State>) -> Router {
    Router::new().route(PATH, post(report)).with_state(state)
}

/// Where they are listed, besides.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route(PATH, get(list).post(report))
        .route(&format!("{PATH}/{{id}}"), delete(forget))
        .with_state(state)
}

async fn report(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let body = body::read(body, agent_report::MAX_REPORT_BYTES as u64).await?;
    let report = agent_report::parse(&body).map_err(|error| ApiError::bad(error.to_string()))?;
    state.agents.put(tenant, report, state.clock.now_millis());
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

async fn list(state: Shared, headers: HeaderMap) -> Result<Response, ApiError> {
    let tenant = state.options.tenancy.of(&headers)?;
    let body = json!({ "now": state.clock.now_millis(), "agents": state.agents.shown(&tenant) });
    Ok(respond::json(body.to_string()))
}

/// One that will not come back; if it does, it is known again.
async fn forget(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tenant = state.options.tenancy.of(&headers)?;
    if !state.agents.forget(&tenant, &id) {
        return Err(ApiError::not_found("agent"));
    }
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

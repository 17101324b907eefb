//! The traces API: `/api/*` and the service's own pages. Failures are plain text without a newline.
//!
//! Source: <https://grafana.com/docs/tempo/latest/api_docs/>

mod diff;
mod encode;
mod mcp;
mod metrics;
mod overrides;
mod proto;
mod search;
mod service;
mod streaming;
mod tags;
mod times;
mod trace;

pub(crate) use metrics::{Asked as MetricsAsked, run_instant as metrics_instant, run_range as metrics_range};
pub(crate) use search::{go_duration, label_text};
pub(crate) use trace::parse_id;

use crate::body::header_text;
use crate::error::Fault;
use crate::state::State;
use crate::{grpc, respond};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{HeaderMap, Uri, header};
use std::sync::Arc;

/// All routes of the door.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/ready", get(service::ready))
        .route("/metrics", get(service::metrics))
        .route("/memberlist", get(service::members))
        .route("/distributor/ring", get(service::members))
        .route("/live-store/ring", get(service::members))
        .route("/partition-ring", get(service::members))
        .route("/live-store/prepare-downscale", get(service::downscale))
        .route("/debug/pprof/", get(service::profiles))
        .route("/debug/pprof/{profile}", get(service::profiles))
        .route("/usage_metrics", get(service::usage_metrics))
        .route("/status", get(service::status))
        .route("/status/{page}", get(service::status_page))
        .route("/status/overrides/{tenant}", get(service::overrides_of))
        .with_state(state.clone())
        .merge(streaming::routes(state.clone()))
        .merge(api_routes(state))
}

/// Routes under `/api`, which the UI's door serves under `/tempo`.
pub fn api_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/traces/{id}", any(trace::first).delete(trace::delete))
        .route("/api/v2/traces/diff", post(diff::post))
        .route("/api/v2/traces/{id}", any(trace::second).delete(trace::delete))
        .route("/api/search", any(search::search))
        .route("/api/search/tags", any(tags::first_names))
        .route("/api/v2/search/tags", any(tags::second_names))
        .route("/api/search/tag/{name}/values", any(tags::first_values))
        .route("/api/v2/search/tag/{name}/values", any(tags::second_values))
        .route("/api/metrics/query_range", any(metrics::range))
        .route("/api/metrics/query", any(metrics::instant))
        .route("/api/echo", any(service::echo))
        .route("/api/mcp", post(mcp::post))
        .route(
            "/api/overrides",
            get(overrides::get).post(overrides::post).patch(overrides::patch).delete(overrides::delete),
        )
        .route("/api/status/buildinfo", any(service::buildinfo))
        .with_state(state)
}

/// A path that nothing answers: gRPC callers get a gRPC status, others a 404.
pub(crate) async fn unknown(uri: Uri, headers: HeaderMap) -> Response {
    if header_text(&headers, header::CONTENT_TYPE).starts_with("application/grpc") {
        return grpc::unimplemented(uri.path());
    }
    respond::not_found().await
}

/// A failure as this API says it.
pub(crate) struct ApiError(pub(crate) Fault);

impl<E: Into<Fault>> From<E> for ApiError {
    fn from(error: E) -> Self {
        ApiError(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        respond::text(self.0.status(), self.0.message())
    }
}

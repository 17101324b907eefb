//! The metrics API: `/api/v1/*`, `/-/*`, `/federate`, `/metrics`, also under `/prometheus`, and Mimir's push path.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/>

mod encode;
mod federate;
mod health;
mod imports;
mod labels;
mod metadata;
mod mimir;
mod otlp_metrics;
mod pages;
mod parse_query;
mod query;
mod remote_read;
pub mod remote_storage;
mod remote_write;
mod rules;
mod search;
mod series_admin;
mod status;
mod targets;
mod times;

pub(crate) use encode::histogram::pair as histogram_pair;
pub(crate) use query::{How, When, evaluate, usual_options};
pub(crate) use status::notifications::MAX_STREAMS;

use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// All routes of the door, without the prefix.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready))
        .route("/ready", get(health::ready))
        .route("/-/reload", any(health::reload))
        .route("/-/quit", any(health::quit))
        .route("/version", get(status::version))
        .route("/metrics", get(health::metrics))
        .route("/federate", get(federate::federate))
        .route("/api/v1/push", post(remote_write::push))
        .route("/api/v1/user_limits", get(mimir::cardinality::user_limits))
        .route("/api/v1/user_stats", get(mimir::cardinality::user_stats))
        .route(
            "/api/v1/cardinality/label_names",
            get(mimir::cardinality::label_names).post(mimir::cardinality::label_names),
        )
        .route(
            "/api/v1/cardinality/label_values",
            get(mimir::cardinality::label_values).post(mimir::cardinality::label_values),
        )
        .route(
            "/api/v1/cardinality/active_series",
            get(mimir::cardinality::active_series).post(mimir::cardinality::active_series),
        )
        .route(
            "/api/v1/cardinality/active_native_histogram_metrics",
            get(mimir::cardinality::histogram_metrics).post(mimir::cardinality::histogram_metrics),
        )
        .route("/otlp/v1/metrics", post(otlp_metrics::push))
        .merge(mimir::routes())
        .merge(pages::routes())
        .merge(imports::routes())
        .with_state(state.clone())
        .merge(api_routes(state))
}

/// Routes under `/api/v1`, which the UI's door serves too.
pub fn api_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
        .route("/api/v1/query_exemplars", get(metadata::exemplars).post(metadata::exemplars))
        .route("/api/v1/explain_query", get(query::explain).post(query::explain))
        .route("/api/v1/format_query", get(query::format).post(query::format))
        .route("/api/v1/parse_query", get(parse_query::parse).post(parse_query::parse))
        .route("/api/v1/labels", get(labels::names).post(labels::names))
        .route("/api/v1/label/{name}/values", get(labels::values))
        .route("/api/v1/series", get(labels::series).post(labels::series))
        .route("/api/v1/metadata", get(metadata::families))
        .route("/api/v1/targets/metadata", get(metadata::of_targets))
        .route("/api/v1/search/metric_names", get(search::metric_names).post(search::metric_names))
        .route("/api/v1/search/label_names", get(search::label_names).post(search::label_names))
        .route("/api/v1/search/label_values", get(search::label_values).post(search::label_values))
        .route("/api/v1/targets", get(targets::list))
        .route("/api/v1/targets/relabel_steps", get(targets::relabel_steps))
        .route("/api/v1/scrape_pools", get(targets::pools))
        .route("/api/v1/scrape_pools/config", get(targets::pool_config))
        .route("/api/v1/rules", get(rules::groups))
        .route("/api/v1/alerts", get(rules::alerts))
        .route("/api/v1/alertmanagers", get(rules::alertmanagers))
        .route("/api/v1/features", get(status::features::features))
        .route("/api/v1/openapi.yaml", get(openapi))
        .route(
            "/api/v1/admin/tsdb/delete_series",
            post(series_admin::delete_series).put(series_admin::delete_series),
        )
        .route(
            "/api/v1/admin/tsdb/clean_tombstones",
            post(series_admin::clean_tombstones).put(series_admin::clean_tombstones),
        )
        .route("/api/v1/admin/tsdb/snapshot", post(series_admin::snapshot).put(series_admin::snapshot))
        .route("/api/v1/read", post(remote_read::read))
        .route("/api/v1/write", post(remote_write::write))
        .route("/api/v1/otlp/v1/metrics", post(otlp_metrics::push))
        .route("/api/v1/status/buildinfo", get(status::buildinfo))
        .route("/api/v1/status/runtimeinfo", get(status::runtimeinfo))
        .route("/api/v1/status/config", get(status::config))
        .route("/api/v1/status/flags", get(status::flags))
        .route("/api/v1/status/tsdb", get(status::tsdb))
        .route("/api/v1/status/tsdb/blocks", get(status::blocks))
        .route("/api/v1/status/walreplay", get(status::walreplay))
        .route("/api/v1/status/self_metrics", get(status::self_metrics::families))
        .route("/api/v1/notifications", get(status::notifications::list))
        .route("/api/v1/notifications/live", get(status::notifications::live))
        .with_state(state)
}

/// `GET /api/v1/openapi.yaml`: this API, described.
async fn openapi() -> Response {
    respond::with_type(StatusCode::OK, "application/yaml", include_str!("prometheus/openapi.yaml"))
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
        let (kind, status) = self.0.metrics_api();
        let body = json!({ "status": "error", "errorType": kind, "error": self.0.message() });
        respond::with_type(status, respond::JSON, body.to_string())
    }
}

/// `{"status":"success","data":..}`
pub(crate) fn success(data: &serde_json::Value) -> Response {
    respond::json(json!({ "status": "success", "data": data }).to_string())
}

/// What Go's `http.Error` writes: the text and a newline.
pub(crate) fn plain_error(status: StatusCode, message: &str) -> Response {
    respond::text(status, format!("{message}\n"))
}

//! The logs API: `/loki/api/v1/*`, the older paths, `/otlp/v1/logs`, and the service's own pages.
//!
//! Failures are plain text. Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>

mod deletes;
mod detected;
mod encode;
mod labels;
mod otlp_logs;
mod params;
mod patterns;
mod push;
mod query;
mod service;
mod stats;
mod tail;
mod volume;

pub(crate) use params::check_length;
pub(super) use push::refusal;
pub(crate) use query::{FLAGS_HEADER, evaluate, shared_params};

use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use std::sync::Arc;

/// All routes of the door.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/prom/push", post(push::legacy))
        .route("/api/prom/tail", get(tail::tail))
        .route("/api/prom/label", get(labels::names).post(labels::names))
        .route("/api/prom/label/{name}/values", get(labels::values).post(labels::values))
        .route("/api/prom/series", get(labels::series).post(labels::series))
        .route("/otlp/v1/logs", post(otlp_logs::push))
        .route("/ready", get(service::ready))
        .route("/metrics", get(service::metrics))
        .route("/config", get(service::config))
        .route("/services", get(service::services))
        .route("/log_level", get(service::log_level).post(service::set_log_level))
        .route("/flush", any(service::flush))
        .route("/config/tenant/v1/limits", get(service::tenant_limits))
        .route("/loki/api/v1/rules", get(service::no_rule_files))
        .route("/api/prom/rules", get(service::no_rule_files))
        .route("/prometheus/api/v1/rules", get(service::no_rules))
        .route("/prometheus/api/v1/alerts", get(service::no_alerts))
        .merge(super::elasticsearch::routes_of_logs())
        .merge(super::victorialogs::routes())
        .with_state(state.clone())
        .merge(api_routes(state))
}

/// Routes under `/loki/api/v1`, which the UI's door serves too.
pub fn api_routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/loki/api/v1/push", post(push::push))
        .route("/loki/api/v1/query", get(query::instant).post(query::instant))
        .route("/loki/api/v1/query_range", get(query::range).post(query::range))
        .route("/loki/api/v1/format_query", get(query::format).post(query::format))
        .route("/loki/api/v1/labels", get(labels::names).post(labels::names))
        .route("/loki/api/v1/label", get(labels::names).post(labels::names))
        .route("/loki/api/v1/label/{name}/values", get(labels::values).post(labels::values))
        .route("/loki/api/v1/series", get(labels::series).post(labels::series))
        .route("/loki/api/v1/index/stats", get(labels::index_stats).post(labels::index_stats))
        .route("/loki/api/v1/index/volume", get(volume::total).post(volume::total))
        .route("/loki/api/v1/index/volume_range", get(volume::by_step).post(volume::by_step))
        .route("/loki/api/v1/detected_labels", get(labels::detected).post(labels::detected))
        .route("/loki/api/v1/detected_fields", get(detected::fields).post(detected::fields))
        .route("/loki/api/v1/detected_field/{name}/values", get(detected::values).post(detected::values))
        .route("/loki/api/v1/patterns", get(patterns::patterns).post(patterns::patterns))
        .route(
            "/loki/api/v1/delete",
            get(deletes::list).post(deletes::add).put(deletes::add).delete(deletes::take_back),
        )
        .route("/loki/api/v1/drilldown-limits", get(service::drilldown_limits))
        .route("/loki/api/v1/tail", get(tail::tail))
        .route("/loki/api/v1/status/buildinfo", get(service::buildinfo))
        .with_state(state)
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

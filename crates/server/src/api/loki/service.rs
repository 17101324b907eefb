//! The logs service's own pages.

use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
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
pub(super) async fn log_level(state: Shared) -> Response {
    let message = format!("Current log level is {}", state.status.log_level());
    respond::json(json!({ "message": message }).to_string())
}

/// `POST /log_level`: the level of the process's own lines, until the next start.
pub(super) async fn set_log_level(state: Shared, request: Request<Body>) -> Response {
    let params = match Params::read(request, state.limits().max_form_bytes).await {
        Ok((_, params)) => params,
        Err(fault) => return respond::text(fault.status(), fault.message()),
    };
    let level = params.get("log_level");
    let (status, message) = match state.status.set_log_level(level) {
        true => (StatusCode::OK, format!("Log level set to {level}")),
        false => (StatusCode::BAD_REQUEST, format!("unrecognized level: {level}")),
    };
    respond::with_type(status, respond::JSON, json!({ "message": message }).to_string())
}

/// `POST /flush`: an ack is durable already, so there is nothing that a flush could save.
pub(super) async fn flush() -> Response {
    respond::empty(StatusCode::NO_CONTENT)
}

/// `GET /loki/api/v1/rules`: rules over lines are no files here.
pub(super) async fn no_rule_files() -> Response {
    respond::text(StatusCode::BAD_REQUEST, "no rule files are kept for log queries\n")
}

/// `GET /prometheus/api/v1/rules`
pub(super) async fn no_rules() -> Response {
    respond::json(r#"{"status":"success","data":{"groups":[]},"errorType":"","error":""}"#)
}

/// `GET /prometheus/api/v1/alerts`
pub(super) async fn no_alerts() -> Response {
    respond::json(r#"{"status":"success","data":{"alerts":[]},"errorType":"","error":""}"#)
}

/// What a log browser asks before it offers functions.
fn limits_of(limits: &crate::limits::Limits) -> serde_json::Value {
    json!({
        "discover_log_levels": true,
        "discover_service_name": [],
        "log_level_fields": [],
        "max_entries_limit_per_query": limits.max_query_lines,
        "max_line_size_truncate": false,
        "max_query_bytes_read": "0B",
        "max_query_length": format!("{}h", limits.max_log_query_hours),
        "max_query_lookback": "0s",
        "max_query_range": "0s",
        "max_query_series": limits.max_log_query_series,
        "metric_aggregation_enabled": false,
        "otlp_config": {},
        "pattern_persistence_enabled": false,
        "query_timeout": format!("{}s", limits.query_timeout_seconds),
        "retention_period": "0s",
        "retention_stream": [],
        "volume_enabled": true,
        "volume_max_series": 1000,
    })
}

/// `GET /loki/api/v1/drilldown-limits`
pub(super) async fn drilldown_limits(state: Shared) -> Response {
    let limits = limits_of(&state.limits());
    respond::json(
        json!({ "limits": limits, "pattern_ingester_enabled": true, "version": "3.8.0", "maxDetectedFields": 1000,
                "maxDetectedValues": 1000, "maxLabelValues": 1000, "maxLines": state.limits().max_query_lines })
        .to_string(),
    )
}

/// `GET /config/tenant/v1/limits`, as YAML.
pub(super) async fn tenant_limits(state: Shared) -> Response {
    let limits = limits_of(&state.limits());
    let mut out = String::new();
    for (name, value) in limits.as_object().into_iter().flatten() {
        crate::json::push(&mut out, format_args!("{name}: {value}\n"));
    }
    respond::with_type(StatusCode::OK, "text/yaml; charset=utf-8", out)
}

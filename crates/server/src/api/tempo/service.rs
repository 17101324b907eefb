//! The traces service's own pages.

use super::ApiError;
use crate::error::Fault;
use crate::overrides::Overrides;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::{StatusCode, Uri};
use model::Tenant;
use serde_json::json;
use serde_norway::{Mapping, Value};
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// The version that clients detect features by.
const COMPATIBLE_VERSION: &str = "3.1.0";

/// What answers here.
const ENDPOINTS: [&str; 22] = [
    "/api/echo",
    "/api/mcp",
    "/api/metrics/query",
    "/api/metrics/query_range",
    "/api/overrides",
    "/api/search",
    "/api/search/tag/{name}/values",
    "/api/search/tags",
    "/api/status/buildinfo",
    "/api/traces/{id}",
    "/api/v2/search/tag/{name}/values",
    "/api/v2/search/tags",
    "/api/v2/traces/diff",
    "/api/v2/traces/{id}",
    "/metrics",
    "/ready",
    "/status",
    "/status/overrides",
    "/status/overrides/{tenant}",
    "/status/{page}",
    "/tempopb.StreamingQuerier/{method}",
    "/usage_metrics",
];

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

/// `GET /memberlist` and the rings: there is no one to agree with.
pub(super) async fn members() -> Response {
    let text = "this process is all there is: it holds every shard, and needs no ring and no member list\n";
    respond::with_type(StatusCode::OK, "text/plain", text)
}

/// `GET /live-store/prepare-downscale`: a stop of this process writes all that it holds in memory, prepared or not.
pub(super) async fn downscale() -> Response {
    respond::text(StatusCode::OK, "unset\n")
}

/// `GET /debug/pprof/...`: what there is instead of those profiles.
pub(super) async fn profiles() -> Response {
    let text =
        "this process keeps no profiles of Go's form; `perf record -p PID` knows its functions by name\n";
    respond::text(StatusCode::NOT_IMPLEMENTED, text)
}

/// `GET /usage_metrics`: bytes of spans that came, by tenant and service.
pub(super) async fn usage_metrics(state: Shared) -> Response {
    const NAME: &str = "tempo_usage_tracker_bytes_received_total";
    let mut out =
        format!("# HELP {NAME} bytes total received with these attributes\n# TYPE {NAME} counter\n");
    for used in state.overrides.get().map(Overrides::usage).unwrap_or_default() {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let service = if used.service.is_empty() { "__missing__" } else { &used.service };
        let (service, tenant) = (quoted(service), quoted(used.tenant.as_str()));
        let labels = format!(r#"service="{service}",tenant="{tenant}",tracker="cost-attribution""#);
        out.push_str(&format!("{NAME}{{{labels}}} {}\n", used.bytes));
    }
    respond::with_type(StatusCode::OK, wire::exposition::TEXT_CONTENT_TYPE, out)
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
pub(super) async fn status_page(
    state: Shared,
    extract::Path(name): extract::Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    if name == "config" {
        let params = Params::of_url(&uri)?;
        let text = format!("GET /status/config\n{}", config(&state, params.get("mode"))?);
        return Ok(respond::with_type(StatusCode::OK, "text/plain", text));
    }
    if name == "overrides" {
        let tenants = match state.overrides.get() {
            Some(overrides) => overrides.tenants().await?,
            None => Vec::new(),
        };
        let list: String = tenants.iter().map(|tenant| format!("{tenant}\n")).collect();
        let text = format!("GET /status/overrides\ntenants with overrides of their own:\n{list}");
        return Ok(respond::with_type(StatusCode::OK, "text/plain", text));
    }
    Ok(match page(&name, &state) {
        Some(text) => respond::with_type(StatusCode::OK, "text/plain", text),
        None => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
    })
}

/// `GET /status/overrides/{tenant}`: all that holds for a tenant, as YAML.
pub(super) async fn overrides_of(
    state: Shared,
    extract::Path(tenant): extract::Path<String>,
) -> Result<Response, ApiError> {
    let tenant = Tenant::parse(&tenant).map_err(|error| Fault::invalid(error.to_string()))?;
    let Some(overrides) = state.overrides.get() else { return Ok(respond::not_found().await) };
    let text =
        serde_norway::to_string(&overrides.merged(&tenant)).map_err(|e| Fault::internal(e.to_string()))?;
    Ok(respond::with_type(StatusCode::OK, "text/plain", text))
}

/// The configuration; in the mode `defaults` what it is unless it is set, in `diff` what is not as by default.
fn config(state: &State, mode: &str) -> Result<String, Fault> {
    let (set, defaults) = (state.status.config_yaml(), state.status.default_config_yaml());
    match mode {
        "" => Ok(set),
        "defaults" => Ok(defaults),
        "diff" => {
            let read = |text: &str| {
                serde_norway::from_str::<Value>(text).map_err(|error| Fault::internal(error.to_string()))
            };
            let changed = changed(read(&set)?, &read(&defaults)?).unwrap_or(Value::Mapping(Mapping::new()));
            serde_norway::to_string(&changed).map_err(|error| Fault::internal(error.to_string()))
        }
        other => Err(Fault::invalid(format!("unknown value for mode query parameter: {other:?}"))),
    }
}

/// What of a value is not as by default.
fn changed(value: Value, default: &Value) -> Option<Value> {
    match (value, default) {
        (Value::Mapping(fields), Value::Mapping(defaults)) => {
            let of = |(key, value): (Value, Value)| match defaults.get(&key) {
                Some(default) => changed(value, default).map(|value| (key, value)),
                None => Some((key, value)),
            };
            let fields: Mapping = fields.into_iter().filter_map(of).collect();
            (!fields.is_empty()).then_some(Value::Mapping(fields))
        }
        (value, default) => (value != *default).then_some(value),
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
        "usage-stats" => "usage statistics are not reported\n".to_owned(),
        "backendscheduler" => "compaction and retention run in this process\n".to_owned(),
        "endpoints" => ENDPOINTS.iter().map(|line| format!("{line}\n")).collect(),
        _ => return None,
    };
    Some(format!("GET /status/{name}\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_alone() {
        let read = |text: &str| serde_norway::from_str::<Value>(text).unwrap();
        let diff = |set: &str| changed(read(set), &read("{a: 1, b: {c: 2, d: [3]}}"));
        assert_eq!(diff("{a: 1, b: {c: 2, d: [3]}}"), None);
        assert_eq!(diff("{a: 1, b: {c: 4, d: [3]}, e: 5}"), Some(read("{b: {c: 4}, e: 5}")));
        assert_eq!(diff("{a: 1, b: {c: 2, d: []}}"), Some(read("{b: {d: []}}")));
    }
}

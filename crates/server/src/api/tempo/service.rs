//! The traces service's own pages.

use super::ApiError;
use crate::error::Fault;
use crate::overrides::Overrides;
use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::StatusCode;
use model::Tenant;
use serde_json::json;
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
) -> Result<Response, ApiError> {
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

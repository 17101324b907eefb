//! What Mimir answers beside the query API: its configuration and limits as YAML, what each tenant sends, who is elected of
//! pairs of senders, and flushing and deleting a tenant's series.
//!
//! | path | answer |
//! |---|---|
//! | `GET /config[?mode=diff\|defaults]` | the configuration as YAML: all of it, what differs from the defaults, the defaults |
//! | `GET /runtime_config[?mode=diff]` | limits of single tenants by Oriel's names: all of them, what differs from `limits` |
//! | `GET /distributor/all_user_stats` | series and samples a second, by tenant |
//! | `GET /distributor/ha_tracker` | the elected replica of each cluster |
//! | `GET, POST /ingester/flush` | 204 when what was in memory is in blocks |
//! | `POST /compactor/delete_tenant`, `GET /compactor/delete_tenant_status` | deletes all series of a tenant, with `api.admin` |
//!
//! Source: <https://grafana.com/docs/mimir/latest/references/http-api/>

pub(super) mod cardinality;

use super::ApiError;
use super::series_admin::allowed;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::{get, post};
use contract::LabelSelect;
use http::{Request, StatusCode};
use model::{METRIC_NAME, MatchOp, Matcher, Millis, Nanos, Tenant, TimeRange};
use serde_json::{Value, json};
use serde_norway::Value as Yaml;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::rfc3339::Utc;

type Shared = extract::State<Arc<State>>;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/config", get(config))
        .route("/runtime_config", get(runtime_config))
        .route("/distributor/all_user_stats", get(all_user_stats))
        .route("/distributor/ha_tracker", get(ha_tracker))
        .route("/ingester/flush", get(flush).post(flush))
        .route("/compactor/delete_tenant", post(delete_tenant))
        .route("/compactor/delete_tenant_status", get(delete_tenant_status))
}

async fn config(extract::State(state): Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let params = Params::of_url(request.uri())?;
    let (own, defaults) = (state.status.config_yaml(), state.status.default_config_yaml());
    let text = match params.get("mode") {
        "" => own,
        "defaults" => defaults,
        "diff" => difference(&own, &defaults).map_err(|error| Fault::internal(error.to_string()))?,
        other => return Err(Fault::invalid(format!("mode {other:?} is none of diff, defaults")).into()),
    };
    Ok(respond::text(StatusCode::OK, text))
}

/// What of a configuration is not as the defaults have it.
fn difference(own: &str, defaults: &str) -> Result<String, serde_norway::Error> {
    let (mut own, defaults) = (serde_norway::from_str(own)?, serde_norway::from_str(defaults)?);
    strip(&mut own, &defaults);
    serde_norway::to_string(&own)
}

fn strip(own: &mut Yaml, defaults: &Yaml) {
    let (Yaml::Mapping(own), Yaml::Mapping(defaults)) = (own, defaults) else { return };
    own.retain(|key, value| {
        let Some(default) = defaults.get(key) else { return true };
        if value == default {
            return false;
        }
        strip(value, default);
        true
    });
}

async fn runtime_config(extract::State(state): Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let params = Params::of_url(request.uri())?;
    let all = state.limits();
    let shown = |limits: &crate::limits::Limits| -> BTreeMap<&'static str, u64> {
        let differs = |name: &str, value: u64| all.rows().any(|row| row == (name, value));
        limits.rows().filter(|(name, value)| params.get("mode") != "diff" || !differs(name, *value)).collect()
    };
    let own: BTreeMap<String, _> = state
        .options
        .limits
        .own()
        .iter()
        .map(|(tenant, limits)| (tenant.to_string(), shown(limits)))
        .collect();
    let text = serde_norway::to_string(&BTreeMap::from([("overrides", own)]))
        .map_err(|error| Fault::internal(error.to_string()))?;
    Ok(respond::text(StatusCode::OK, text))
}

/// What one tenant stores and sends.
pub(super) async fn stats_of(state: &Arc<State>, tenant: &Tenant) -> Result<Value, Fault> {
    let everything = LabelSelect { matchers: Vec::new(), range: always(), limit: 0 };
    let source = state.engines.series.clone();
    let count = move |cx| async move { source.count_labels(&cx, everything, Some(Vec::new())).await };
    let counts = state.run(state.query_context(tenant.clone(), None), count).await?;
    let rate = state.options.paces.of(tenant, state.clock.monotonic());
    Ok(json!({
        "ingestionRate": rate,
        "numSeries": counts.series,
        "APIIngestionRate": rate,
        "RuleIngestionRate": 0,
    }))
}

async fn all_user_stats(extract::State(state): Shared) -> Result<Response, ApiError> {
    let mut all = Vec::new();
    for tenant in state.status.tenants() {
        let mut stats = stats_of(&state, &tenant).await?;
        stats["userID"] = tenant.as_str().into();
        all.push(stats);
    }
    all.sort_by_key(|stats| std::cmp::Reverse(stats["numSeries"].as_u64()));
    Ok(respond::json(Value::from(all).to_string()))
}

async fn ha_tracker(extract::State(state): Shared) -> Response {
    let (now, monotonic) = (state.clock.now_nanos(), state.clock.monotonic());
    let ago = |silent: std::time::Duration| i64::try_from(silent.as_nanos()).unwrap_or(i64::MAX);
    let listed = state.replicas.as_ref().map(|replicas| replicas.listed(monotonic)).unwrap_or_default();
    let elected: Vec<Value> = listed
        .into_iter()
        .map(|elected| {
            json!({
                "userID": elected.tenant.as_str(),
                "cluster": elected.cluster,
                "replica": elected.replica,
                "electedAt": Utc(Nanos(now.saturating_sub(ago(elected.silent)))).to_string(),
                "failoverDuration": ago(elected.failover).saturating_sub(ago(elected.silent)),
            })
        })
        .collect();
    respond::json(json!({ "elected": elected, "now": Utc(Nanos(now)).to_string() }).to_string())
}

async fn flush(extract::State(state): Shared) -> Result<Response, ApiError> {
    state.engines.series_admin.flush_heads().await.map_err(Fault::from)?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

fn always() -> TimeRange<Millis> {
    TimeRange::new(Millis(i64::MIN), Millis(i64::MAX))
}

async fn delete_tenant(extract::State(state): Shared, request: Request<Body>) -> Result<Response, ApiError> {
    allowed(&state)?;
    let cx = state.write_context(state.options.tenancy.of(request.headers())?);
    let named =
        Matcher::new(METRIC_NAME, MatchOp::Regex, ".*").map_err(|e| Fault::internal(e.to_string()))?;
    let select = LabelSelect { matchers: vec![vec![named]], range: always(), limit: 0 };
    let deleted = state.engines.series_admin.delete(&cx, select).await?;
    tracing::info!(tenant = cx.tenant.as_str(), deleted, "all series of a tenant were deleted");
    Ok(respond::empty(StatusCode::OK))
}

async fn delete_tenant_status(
    extract::State(state): Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let cx = state.write_context(state.options.tenancy.of(request.headers())?);
    let gone = state.engines.series_admin.bounds(&cx).await?.is_none();
    let gone = gone && state.engines.series_admin.blocks(&cx).await?.is_empty();
    Ok(respond::json(json!({ "tenant_id": cx.tenant.as_str(), "blocks_deleted": gone }).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_defaults_is_told() {
        let defaults = "a: 1\nb: {c: x, d: [1]}\ne: {f: 2}\n";
        assert_eq!(
            difference("a: 1\nb: {c: y, d: [1]}\ne: {f: 2}\ng: 3\n", defaults).unwrap(),
            "b:\n  c: y\ng: 3\n"
        );
    }
}

//! `GET /api/v1/status/*`: what this process is and holds.

pub(super) mod features;
pub(super) mod notifications;
pub(super) mod self_metrics;

use super::{ApiError, success};
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::{Place, State};
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{LabelSelect, SeriesBlock};
use http::Request;
use model::{Millis, Nanos, TimeRange};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use wire::rfc3339::Utc;

type Shared = extract::State<Arc<State>>;

/// The version that clients detect features by: the newest whose API this one has.
const COMPATIBLE_VERSION: &str = "3.14.0";

fn build() -> Value {
    json!({
        "version": COMPATIBLE_VERSION,
        "revision": format!("oriel-{}", env!("CARGO_PKG_VERSION")),
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    })
}

/// `GET /api/v1/status/buildinfo`
pub(super) async fn buildinfo() -> Response {
    success(&build())
}

/// `GET /version`: the same without the envelope.
pub(super) async fn version() -> Response {
    respond::with_type(http::StatusCode::OK, respond::TEXT, build().to_string())
}

/// `GET /api/v1/status/runtimeinfo`
pub(super) async fn runtimeinfo(state: Shared) -> Response {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let started = (Millis(state.started_at_millis()), true);
    let (read, well) = state.collector.get().map_or(started, |collector| collector.last_reload());
    success(&json!({
        "startTime": Utc(Nanos(state.started_at_millis().saturating_mul(1_000_000))).to_string(),
        "CWD": state.options.place.folder,
        "hostname": state.options.place.host,
        "serverTime": Utc(Nanos(state.clock.now_nanos())).to_string(),
        "reloadConfigSuccess": well,
        "lastConfigTime": Utc(Nanos(read.0.saturating_mul(1_000_000))).to_string(),
        "corruptionCount": 0,
        "goroutineCount": 0,
        "GOMAXPROCS": threads,
        "GOMEMLIMIT": state.budget.limit(),
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": retention(&state.options.place),
    }))
}

/// `15d or 10GiB`, as the replaced system says it.
fn retention(place: &Place) -> String {
    let bytes = (place.retention_bytes > 0).then(|| format!("{}B", place.retention_bytes));
    let both = [Some(place.retention.clone()).filter(|time| !time.is_empty()), bytes];
    both.into_iter().flatten().collect::<Vec<_>>().join(" or ")
}

/// `GET /api/v1/status/config`
pub(super) async fn config(state: Shared) -> Response {
    success(&json!({ "yaml": state.status.config_yaml() }))
}

/// `GET /api/v1/status/flags`: Oriel has one file and no such flags; clients look for a few by name.
pub(super) async fn flags(state: Shared) -> Response {
    success(&json!({
        "config.file": state.options.place.config_file,
        "storage.tsdb.path": state.options.place.data,
        "storage.tsdb.retention.time": state.options.place.retention,
        "storage.tsdb.retention.size": format!("{}B", state.options.place.retention_bytes),
        "web.enable-lifecycle": state.options.quit_api.to_string(),
        "web.enable-admin-api": state.options.admin_api.to_string(),
        "web.enable-remote-write-receiver": "true",
        "web.enable-otlp-receiver": "true",
        "query.timeout": format!("{}s", state.limits().query_timeout_seconds),
        "query.max-concurrency": state.limits().max_concurrent_queries.to_string(),
        "query.max-samples": state.limits().max_query_samples.to_string(),
        "query.lookback-delta": query::duration::format(
            state.options.lookback_millis.unwrap_or(promql::options::DEFAULT_LOOKBACK_MILLIS)
        ),
    }))
}

/// `GET /api/v1/status/walreplay`: doors open when replay is over.
pub(super) async fn walreplay(state: Shared) -> Response {
    let state = if state.is_ready() { "done" } else { "in progress" };
    success(&json!({ "min": 0, "max": 0, "current": 0, "state": state }))
}

/// `GET /api/v1/status/tsdb/blocks`
pub(super) async fn blocks(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, _) = Params::read(request, state.limits().max_form_bytes).await?;
    let cx = state.query_context(state.options.tenancy.of(&parts.headers)?, None);
    let all = state.engines.series_admin.blocks(&cx).await?;
    let block = |block: &SeriesBlock| {
        json!({
            "ulid": block.id,
            "minTime": block.range.start.0,
            "maxTime": block.range.end.0,
            "stats": {
                "numSamples": block.samples,
                "numSeries": block.series,
                "numChunks": block.series,
                "numBytes": block.bytes,
            },
            "compaction": { "level": block.level + 1, "sources": [block.id] },
            "version": 1,
        })
    };
    Ok(success(&json!({ "blocks": all.iter().map(block).collect::<Vec<_>>() })))
}

/// The most entries a list of `tsdb` may have.
const MAX_ENTRIES: usize = 10_000;

/// `GET /api/v1/status/tsdb`: which metrics and labels have the most series.
pub(super) async fn tsdb(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let limit = match params.some("limit").map(str::parse::<i64>) {
        None => 10,
        Some(Ok(limit)) if limit > MAX_ENTRIES as i64 => {
            return Err(Fault::invalid(format!("limit must not exceed {MAX_ENTRIES}")).into());
        }
        Some(Ok(limit)) if limit > 0 => limit as usize,
        Some(_) => return Err(Fault::invalid("limit must be a positive number").into()),
    };
    let cx = state.query_context(tenant, None);
    let (first, last) = head_times(state.engines.series_admin.bounds(&cx).await?);
    let source = state.engines.series.clone();
    let everything = LabelSelect {
        matchers: Vec::new(),
        range: TimeRange::new(Millis(i64::MIN), Millis(i64::MAX)),
        limit: 0,
    };
    let all = state.run(cx, move |cx| async move { source.series(&cx, everything).await }).await?;
    let mut names: HashMap<&str, u64> = HashMap::new();
    let mut pairs: HashMap<(&str, &str), u64> = HashMap::new();
    for labels in &all {
        *names.entry(labels.metric_name()).or_default() += 1;
        for pair in labels.iter() {
            *pairs.entry(pair).or_default() += 1;
        }
    }
    let mut values: HashMap<&str, (u64, u64)> = HashMap::new();
    for (name, value) in pairs.keys() {
        let (count, bytes) = values.entry(name).or_default();
        *count += 1;
        *bytes += value.len() as u64;
    }
    let top = |mut counts: Vec<(String, u64)>| -> Value {
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(limit);
        counts.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    };
    Ok(success(&json!({
        "headStats": { "numSeries": all.len(), "numLabelPairs": pairs.len(), "chunkCount": all.len(),
            "minTime": first, "maxTime": last },
        "seriesCountByMetricName": top(
            names.iter().filter(|(n, _)| !n.is_empty()).map(|(n, c)| ((*n).to_owned(), *c)).collect()
        ),
        "labelValueCountByLabelName": top(values.iter().map(|(n, (c, _))| ((*n).to_owned(), *c)).collect()),
        "memoryInBytesByLabelName": top(values.iter().map(|(n, (_, b))| ((*n).to_owned(), *b)).collect()),
        "seriesCountByLabelValuePair": top(
            pairs.iter().map(|((n, v), c)| (format!("{n}={v}"), *c)).collect()
        ),
    })))
}

/// First and last time, as an empty head has them when there is no sample.
fn head_times(bounds: Option<(Millis, Millis)>) -> (i64, i64) {
    bounds.map_or((i64::MAX, i64::MIN), |(first, last)| (first.0, last.0))
}

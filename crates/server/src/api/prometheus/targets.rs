//! `/api/v1/targets`, `/targets/relabel_steps`, `/scrape_pools`: what is scraped and how targets come to be.

use super::{ApiError, success};
use crate::collector::{Collector, RelabelStep, TargetStatus};
use crate::error::Fault;
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use model::{Labels, Nanos};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::rfc3339::Utc;

type Shared = extract::State<Arc<State>>;

/// The time of what never was: year 1.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

/// Targets by state.
pub(super) async fn list(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let wanted = params.get("state").to_ascii_lowercase();
    let pool = params.some("scrapePool");
    let of_pool = |name: &str| pool.is_none_or(|pool| pool == name);
    let any = wanted.is_empty() || wanted == "any";
    let source = collector(&state);
    let mut active = Vec::new();
    let mut dropped = Vec::new();
    let mut counts = Value::Null;
    if any || wanted == "active" {
        let all = source.map(|source| source.targets()).unwrap_or_default();
        active.extend(all.iter().filter(|target| of_pool(&target.job)).map(target));
    }
    if any || wanted == "dropped" {
        let all = source.map(|source| source.dropped_targets()).unwrap_or_default();
        let jobs = source.map(Collector::jobs).unwrap_or_default();
        let mut by_pool: BTreeMap<&str, usize> = jobs.iter().map(|(name, _)| (name.as_str(), 0)).collect();
        by_pool.extend(all.iter().map(|(pool, of_job)| (pool.as_str(), of_job.count)));
        counts = json!(by_pool);
        let shown = all.iter().filter(|(pool, _)| of_pool(pool));
        dropped.extend(shown.flat_map(|(pool, of_job)| {
            let one = move |labels| json!({ "discoveredLabels": pairs(labels), "scrapePool": pool });
            of_job.kept.iter().map(one)
        }));
    }
    Ok(success(&json!({ "activeTargets": active, "droppedTargets": dropped, "droppedTargetCounts": counts })))
}

fn pairs(labels: &Labels) -> Map<String, Value> {
    labels.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn target(target: &TargetStatus) -> Value {
    let last = target.last_scrape.map(|at| Utc(Nanos(at.0.saturating_mul(1_000_000))).to_string());
    json!({
        "discoveredLabels": pairs(&target.discovered),
        "labels": pairs(&target.labels),
        "scrapePool": target.job,
        "scrapeUrl": target.url,
        "globalUrl": target.url,
        "lastError": target.last_error,
        "lastScrape": last.as_deref().unwrap_or(NEVER),
        "lastScrapeDuration": target.last_took.as_secs_f64(),
        "health": health(target.up),
        "scrapeInterval": span(target.interval),
        "scrapeTimeout": span(target.timeout),
    })
}

fn health(up: Option<bool>) -> &'static str {
    match up {
        None => "unknown",
        Some(true) => "up",
        Some(false) => "down",
    }
}

fn span(duration: std::time::Duration) -> String {
    query::duration::format(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// Names of scrape jobs.
pub(super) async fn pools(state: Shared) -> Response {
    let extract::State(state) = state;
    let jobs = collector(&state).map(Collector::jobs).unwrap_or_default();
    let mut pools: Vec<String> = jobs.into_iter().map(|(name, _)| name).collect();
    pools.sort();
    success(&json!({ "scrapePools": pools }))
}

fn no_pool(pool: &str) -> Fault {
    let pool = query::quote::quote(pool);
    Fault::invalid(format!("error retrieving scrape config: scrape pool {pool} not found"))
}

fn collector(state: &State) -> Option<&dyn Collector> {
    state.collector.get().map(AsRef::as_ref)
}

/// A scrape job as it was configured.
pub(super) async fn pool_config(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let pool = params.some("scrapePool").ok_or_else(|| Fault::invalid("no scrapePool parameter provided"))?;
    let jobs = collector(&state).map(Collector::jobs).unwrap_or_default();
    let job = jobs.into_iter().find(|(name, _)| name == pool);
    let (_, yaml) = job.ok_or_else(|| no_pool(pool))?;
    Ok(success(&json!({ "yaml": yaml })))
}

/// What each relabelling rule of a job makes of labels.
pub(super) async fn relabel_steps(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let pool = params.some("scrapePool").ok_or_else(|| Fault::invalid("no scrapePool parameter provided"))?;
    let text = params.some("labels").ok_or_else(|| Fault::invalid("no labels parameter provided"))?;
    let labels: BTreeMap<String, String> = serde_json::from_str(text)
        .map_err(|error| Fault::invalid(format!("error parsing labels: {error}")))?;
    let labels = Labels::from_pairs(labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let steps = collector(&state).and_then(|collector| collector.relabel_steps(pool, &labels));
    let steps: Vec<Value> = steps.ok_or_else(|| no_pool(pool))?.iter().map(step).collect();
    Ok(success(&json!({ "steps": steps })))
}

fn step(step: &RelabelStep) -> Value {
    let rule = &step.rule;
    let mut shown = Map::new();
    if !rule.source_labels.is_empty() {
        shown.insert("source_labels".to_owned(), json!(rule.source_labels));
    }
    if rule.modulus > 0 {
        shown.insert("modulus".to_owned(), json!(rule.modulus));
    }
    for (name, text) in [
        ("separator", &rule.separator),
        ("regex", &rule.regex),
        ("target_label", &rule.target_label),
        ("replacement", &rule.replacement),
        ("action", &rule.action),
    ] {
        if !text.is_empty() {
            shown.insert(name.to_owned(), json!(text));
        }
    }
    json!({ "rule": shown, "output": pairs(&step.output), "keep": step.keep })
}

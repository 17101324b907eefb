//! `/api/v1/cardinality/*`, `/api/v1/user_limits`, `/api/v1/user_stats`: what a tenant stores and may store, as Mimir tells it.
//! Source: <https://grafana.com/docs/mimir/latest/references/http-api/>

use super::super::ApiError;
use super::super::labels::selector;
use crate::error::Fault;
use crate::limits::Limits;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Context, LabelCounts, LabelSelect, Need, SeriesSelect, SeriesSource};
use http::Request;
use model::{Labels, Millis, TimeRange};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// Entries of a list when no limit is given, and at most.
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;

/// A series that had a sample since is active: 20 minutes, as the replaced system has it.
const ACTIVE_MILLIS: i64 = 20 * 60 * 1000;

/// What a request selects.
struct Selected {
    params: Params,
    select: LabelSelect,
    /// Entries of a list.
    limit: usize,
    source: Arc<dyn SeriesSource>,
    cx: Context,
}

/// The series that a request selects, and how many entries a list may have. A selector is `needed` by those who list active
/// series.
async fn selected(state: &Arc<State>, request: Request<Body>, needed: bool) -> Result<Selected, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let limit = match params.some("limit").map(str::parse::<usize>) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if limit <= MAX_LIMIT => limit,
        Some(_) => {
            return Err(Fault::invalid(format!("'limit' param must be a number from 0 to {MAX_LIMIT}")));
        }
    };
    let active = match params.get("count_method") {
        "" | "inmemory" => needed,
        "active" => true,
        _ => {
            return Err(Fault::invalid("invalid 'count_method' param, valid values are: [inmemory, active]"));
        }
    };
    let matchers = match params.some("selector") {
        None if needed => return Err(Fault::invalid("missing 'selector' parameter")),
        None => Vec::new(),
        Some(text) => vec![selector(text).map_err(Fault::invalid)?],
    };
    let (tenant, source) = state.reader(&parts.headers)?;
    let oldest = if active { state.clock.now_millis().saturating_sub(ACTIVE_MILLIS) } else { i64::MIN };
    let range = TimeRange::new(Millis(oldest), Millis(i64::MAX));
    let select = LabelSelect { matchers, range, limit: 0 };
    Ok(Selected { params, select, limit, source, cx: state.query_context(tenant, None) })
}

impl Selected {
    /// How many series have which values of some labels, or of all.
    async fn count(&self, state: &Arc<State>, names: Option<Vec<String>>) -> Result<LabelCounts, Fault> {
        let (source, select) = (self.source.clone(), self.select.clone());
        let count = move |cx| async move { source.count_labels(&cx, select, names).await };
        state.run(self.cx.clone(), count).await
    }
}

/// The largest counts, of equal ones the first by name.
fn largest(mut counts: Vec<(&str, u64)>, limit: usize) -> Vec<(&str, u64)> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    counts.truncate(limit);
    counts
}

/// How many values each label has.
pub(in crate::api::prometheus) async fn label_names(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let selected = selected(&state, request, false).await?;
    let counts = selected.count(&state, None).await?;
    let values: Vec<(&str, u64)> =
        counts.labels.iter().map(|(name, values)| (name.as_str(), values.len() as u64)).collect();
    let (total, names) = (values.iter().map(|(_, count)| count).sum::<u64>(), values.len());
    let list: Vec<Value> = largest(values, selected.limit)
        .into_iter()
        .map(|(name, count)| json!({ "label_name": name, "label_values_count": count }))
        .collect();
    let answer =
        json!({ "label_values_count_total": total, "label_names_count": names, "cardinality": list });
    Ok(respond::json(answer.to_string()))
}

/// How many series each value of some labels has.
pub(in crate::api::prometheus) async fn label_values(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let selected = selected(&state, request, false).await?;
    let names: Vec<String> = selected.params.all("label_names[]").map(str::to_owned).collect();
    if names.is_empty() {
        return Err(Fault::invalid("'label_names[]' param is required").into());
    }
    let all = selected.count(&state, Some(names.clone())).await?;
    let labels: Vec<Value> = names
        .iter()
        .map(|name| {
            let counts = all.labels.get(name);
            let counts: Vec<(&str, u64)> =
                counts.into_iter().flatten().map(|(value, count)| (value.as_str(), *count)).collect();
            let (values, series) = (counts.len(), counts.iter().map(|(_, count)| count).sum::<u64>());
            let list: Vec<Value> = largest(counts, selected.limit)
                .into_iter()
                .map(|(value, count)| json!({ "label_value": value, "series_count": count }))
                .collect();
            json!({
                "label_name": name,
                "label_values_count": values,
                "series_count": series,
                "cardinality": list,
            })
        })
        .collect();
    Ok(respond::json(json!({ "series_count_total": all.series, "labels": labels }).to_string()))
}

/// The active series that a selector selects.
pub(in crate::api::prometheus) async fn active_series(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let Selected { select, source, cx, .. } = selected(&state, request, true).await?;
    let all = state.run(cx, move |cx| async move { source.series(&cx, select).await }).await?;
    let object = |labels: &Labels| -> Map<String, Value> {
        labels.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    };
    Ok(respond::json(json!({ "data": all.iter().map(object).collect::<Vec<_>>() }).to_string()))
}

/// How many buckets the active native histograms of each metric have.
pub(in crate::api::prometheus) async fn histogram_metrics(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let Selected { select, source, cx, .. } = selected(&state, request, true).await?;
    let matchers = select.matchers.into_iter().next().unwrap_or_default();
    let select = SeriesSelect { matchers, range: select.range, need: Need::Samples };
    let all = state.run(cx, move |cx| async move { source.select(&cx, select).await }).await?;
    let mut metrics: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for series in &all {
        if let Some((_, last)) = series.histograms.iter().rfind(|(_, histogram)| !histogram.is_stale()) {
            let buckets = last.positive_buckets.len() + last.negative_buckets.len();
            metrics.entry(series.labels.metric_name()).or_default().push(buckets);
        }
    }
    let list: Vec<Value> = metrics
        .into_iter()
        .map(|(metric, buckets)| {
            let (count, sum) = (buckets.len(), buckets.iter().sum::<usize>());
            json!({
                "metric": metric,
                "series_count": count,
                "bucket_count": sum,
                "avg_bucket_count": sum as f64 / count as f64,
                "min_bucket_count": buckets.iter().min(),
                "max_bucket_count": buckets.iter().max(),
            })
        })
        .collect();
    Ok(respond::json(json!({ "data": list }).to_string()))
}

/// Limits of the tenant by the names that Mimir has for them; 0 where there is none.
pub(in crate::api::prometheus) async fn user_limits(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let limits = state.limits_of(&state.options.tenancy.of(request.headers())?);
    Ok(respond::json(
        json!({
            "ingestion_rate": limits.max_sample_rate,
            "ingestion_burst_size": Limits::burst(limits.max_sample_rate, limits.max_sample_burst),
            "request_rate": limits.max_request_rate,
            "request_burst_size": Limits::burst(limits.max_request_rate, limits.max_request_burst),
            "max_global_series_per_user": limits.max_series,
            "max_global_series_per_metric": 0,
            "max_global_exemplars_per_user": 0,
            "ruler_max_rules_per_rule_group": 0,
            "ruler_max_rule_groups_per_tenant": 0,
            "max_label_names_per_series": limits.max_labels_per_series,
            "max_label_name_length": limits.max_label_name_bytes,
            "max_label_value_length": limits.max_label_value_bytes,
            "max_native_histogram_buckets": limits.max_histogram_buckets,
            "creation_grace_period": limits.max_ahead_seconds,
            "past_grace_period": limits.max_sample_age_seconds,
            "max_total_query_length": limits.max_metric_query_seconds,
            "max_query_lookback": limits.max_metric_lookback_seconds,
        })
        .to_string(),
    ))
}

/// How much the tenant stores and sends.
pub(in crate::api::prometheus) async fn user_stats(
    state: Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let tenant = state.options.tenancy.of(request.headers())?;
    Ok(respond::json(super::stats_of(&state, &tenant).await?.to_string()))
}

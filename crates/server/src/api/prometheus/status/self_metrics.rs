//! `GET /api/v1/status/self_metrics`: Oriel's own numbers, family by family, as JSON.
//!
//! ```text
//! [{"name", "help", "type": "COUNTER", "metrics": [{"labels": {..}, "value": "1"}]}]
//!                            histograms: {"labels": {..}, "buckets": {"0.1": "3"}, "count": "4", "sum": "0.5"}
//! ```
//! `metric_name_pattern` is a regular expression that names have to match as a whole.

use super::super::{ApiError, success};
use crate::error::Fault;
use crate::params::Params;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::Uri;
use model::regexp::{Anchors, compile};
use model::{Millis, SeriesView};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::exposition::{Format, parse};

/// The families.
pub(in crate::api::prometheus) async fn families(
    extract::State(state): extract::State<Arc<State>>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let params = Params::of_url(&uri)?;
    let wanted = match params.some("metric_name_pattern") {
        None => None,
        Some(pattern) => Some(compile(pattern, Anchors::Both, true).map_err(|error| {
            Fault::invalid(format!("invalid parameter \"metric_name_pattern\": {error}"))
        })?),
    };
    let now = Millis(state.clock.now_millis());
    let read = parse(&state.telemetry.text(), Format::Text, now).map_err(Fault::from)?;
    let mut families: BTreeMap<&str, Value> = BTreeMap::new();
    for family in &read.batch.metadata {
        let kind = family.kind.as_str().to_uppercase();
        let told = json!({ "name": family.family, "help": family.help, "type": kind, "metrics": [] });
        families.insert(&family.family, told);
    }
    let mut histograms: BTreeMap<String, (String, Value)> = BTreeMap::new();
    for series in read.batch.series() {
        let Some(sample) = series.samples().first() else { continue };
        let (name, value) = (series.value(model::METRIC_NAME), query::number::format_general(sample.value));
        if let Some(family) = families.get_mut(name) {
            push(family, json!({ "labels": labels(series), "value": value }));
            continue;
        }
        let of = |suffix: &str| name.strip_suffix(suffix).filter(|base| families.contains_key(base));
        let parts = ["_bucket", "_count", "_sum"].into_iter().find_map(|suffix| Some((of(suffix)?, suffix)));
        let Some((base, suffix)) = parts else { continue };
        let labels = labels(series);
        let key = format!("{base}{}", Value::Object(labels.clone()));
        let (_, one) = histograms
            .entry(key)
            .or_insert_with(|| (base.to_owned(), json!({ "labels": labels, "buckets": {} })));
        match suffix {
            "_bucket" => one["buckets"][series.value("le")] = value.into(),
            suffix => one[&suffix[1..]] = value.into(),
        }
    }
    for (base, one) in histograms.into_values() {
        families.get_mut(base.as_str()).into_iter().for_each(|family| push(family, one.clone()));
    }
    let shown = families.into_iter().filter(|(name, _)| wanted.as_ref().is_none_or(|w| w.is_match(name)));
    Ok(success(&shown.map(|(_, family)| family).collect()))
}

fn push(family: &mut Value, metric: Value) {
    family["metrics"].as_array_mut().into_iter().for_each(|metrics| metrics.push(metric.clone()));
}

/// Labels without the name and the bucket's bound.
fn labels(series: SeriesView<'_>) -> Map<String, Value> {
    let own = series.labels().filter(|(name, _)| !matches!(*name, model::METRIC_NAME | "le"));
    own.map(|(name, value)| (name.to_owned(), value.into())).collect()
}

//! `GET /api/v1/features`: what of the replaced system's optional parts this server has, for clients that adapt to it.

use super::super::success;
use crate::state::{Language, State};
use axum::extract;
use axum::response::Response;
use promql::syntax::ast::{AggregateOp, BinaryOp};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Operators of the language that are no aggregations; matchers and `@` are among them.
const BINARY: [BinaryOp; 18] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::Mod,
    BinaryOp::Pow,
    BinaryOp::Atan2,
    BinaryOp::Equal,
    BinaryOp::NotEqual,
    BinaryOp::Greater,
    BinaryOp::Less,
    BinaryOp::GreaterEqual,
    BinaryOp::LessEqual,
    BinaryOp::TrimUpper,
    BinaryOp::TrimLower,
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Unless,
];

/// Modifiers and syntax that are there.
const SYNTAX: [&str; 19] = [
    "anchored",
    "at_modifier",
    "bool",
    "by",
    "duration_expr",
    "fill",
    "fill_left",
    "fill_right",
    "group_left",
    "group_right",
    "ignoring",
    "negative_offset",
    "offset",
    "on",
    "per_query_lookback_delta",
    "per_step_stats",
    "smoothed",
    "subqueries",
    "without",
];

/// Ways of discovering targets.
const DISCOVERY: [&str; 7] = ["consul", "dns", "docker", "file", "http", "kubernetes", "static"];

/// What of OTLP's translation can be chosen.
const OTLP: [&str; 4] = [
    "convert_histograms_to_nhcb",
    "promote_resource_attributes",
    "promote_scope_metadata",
    "translation_strategy",
];

/// Answers with the map.
pub(in crate::api::prometheus) async fn features(
    extract::State(state): extract::State<Arc<State>>,
) -> Response {
    success(&json!({
        "api": {
            "admin": state.options.admin_api,
            "lifecycle": state.collector.get().is_some(),
            "exclude_alerts": true,
            "label_values_match": true,
            "otlp_write_receiver": true,
            "query_stats": true,
            "query_warnings": true,
            "remote_write_receiver": true,
            "search": true,
            "search_fuzz_alg_jarowinkler": true,
            "search_fuzz_alg_subsequence": true,
            "time_range_labels": true,
            "time_range_series": true,
            "openapi_3.1": true,
        },
        "promql": language(&state.options.language),
        "promql_functions": all(promql::functions::all().iter().map(|f| f.name)),
        "promql_operators": all(operators()),
        "remote_write": all(["remote_write_1", "remote_write_2"].into_iter()),
        "otlp_receiver": all(OTLP.into_iter()),
        "service_discovery_providers": all(DISCOVERY.into_iter()),
        "tsdb": { "exemplars": true, "native_histograms": true, "out_of_order": true, "delete_series": true },
    }))
}

fn all<'a>(names: impl Iterator<Item = &'a str>) -> Map<String, Value> {
    names.map(|name| (name.to_owned(), json!(true))).collect()
}

fn language(chosen: &Language) -> Map<String, Value> {
    let mut map = all(SYNTAX.into_iter());
    map.insert("delayed_name_removal".to_owned(), json!(chosen.delayed_name_removal));
    map.insert("type_and_unit_labels".to_owned(), json!(chosen.type_and_unit_labels));
    map
}

fn operators() -> impl Iterator<Item = &'static str> {
    let binary = BINARY.iter().map(|op| op.as_str());
    binary.chain(AggregateOp::ALL.iter().map(|(name, _)| *name)).chain(["=~", "!~", "@"])
}

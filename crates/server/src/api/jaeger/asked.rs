//! A search as any generation of this API asks for it, and the query that it stands for.

use crate::api::whole::{self, Window};
use crate::error::Fault;
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use contract::TraceSpans;
use http::Request;
use model::{SpanKind, Tenant, TraceId};
use query::quote::quote;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::jaeger::query::TraceQuery;
use wire::jaeger::write::kind_word;

/// Traces of a search that names no limit.
const DEFAULT_TRACES: usize = 100;

/// How far back a search looks that names no start, in seconds.
const DEFAULT_LOOKBACK: i64 = 3_600;

/// How far back dependencies look that name no start, in seconds: a day.
const DEFAULT_GRAPH_LOOKBACK: i64 = 86_400;

/// The kinds that a span says it has.
pub(super) const KINDS: [SpanKind; 5] =
    [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];

/// Whose request it is, and its parameters.
pub(super) async fn read(state: &State, request: Request<Body>) -> Result<(Tenant, Params), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    Ok((state.options.tenancy.of(&parts.headers)?, params))
}

/// Operations as both versions over HTTP list them.
pub(super) fn as_json(operations: &[(String, &'static str)]) -> Vec<Value> {
    operations.iter().map(|(name, kind)| json!({ "name": name, "spanKind": kind })).collect()
}

/// The newest traces that match, whole.
pub(super) async fn find(
    state: &Arc<State>,
    tenant: Tenant,
    asked: &TraceQuery,
) -> Result<Vec<TraceSpans>, Fault> {
    let limit = if asked.limit == 0 { DEFAULT_TRACES } else { asked.limit };
    let window = window(asked.start, asked.end, DEFAULT_LOOKBACK, state.clock.now_nanos());
    whole::find(state, tenant, query_of(asked), window, limit).await
}

/// The traces of these ids that are there.
pub(super) async fn by_ids(
    state: &Arc<State>,
    tenant: &Tenant,
    ids: Vec<TraceId>,
) -> Result<Vec<TraceSpans>, Fault> {
    let mut found = Vec::new();
    for id in ids.into_iter().take(whole::MAX_TRACES) {
        found.extend(whole::one(state, tenant.clone(), id).await?);
    }
    Ok(found)
}

/// Names and kinds of the spans of a service; of one kind when it is named.
pub(super) async fn operations(
    state: &Arc<State>,
    tenant: &Tenant,
    service: &str,
    asked: &str,
) -> Result<Vec<(String, &'static str)>, Fault> {
    let mut found = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| asked.is_empty() || kind_word(*kind) == asked) {
        let names = whole::operations(state, tenant.clone(), service, Some(kind)).await?;
        found.extend(names.into_iter().map(|name| (name, kind_word(kind))));
    }
    Ok(found)
}

/// Who called whom between two instants.
pub(super) async fn calls(
    state: &Arc<State>,
    tenant: Tenant,
    start: Option<model::Nanos>,
    end: Option<model::Nanos>,
) -> Result<whole::Calls, Fault> {
    let window = window(start, end, DEFAULT_GRAPH_LOOKBACK, state.clock.now_nanos());
    whole::calls(state, tenant, window).await
}

/// Whole seconds, until now and as far back as is usual when it is not said.
fn window(start: Option<model::Nanos>, end: Option<model::Nanos>, back: i64, now_nanos: i64) -> Window {
    let end = end.map_or(now_nanos, |at| at.0).div_euclid(1_000_000_000);
    let start = start.map_or(end.saturating_sub(back), |at| at.0.div_euclid(1_000_000_000));
    Window { start, end }
}

/// The query that a search stands for.
pub(super) fn query_of(asked: &TraceQuery) -> String {
    let mut tests = Vec::new();
    if !asked.service.is_empty() {
        tests.push(format!("resource.service.name = {}", quote(&asked.service)));
    }
    if !asked.operation.is_empty() {
        tests.push(format!("name = {}", quote(&asked.operation)));
    }
    tests.extend(asked.tags.iter().map(|(key, value)| test(key, value)));
    for (op, nanos) in [(">=", asked.min), ("<=", asked.max)] {
        if nanos > 0 {
            tests.push(format!("duration {op} {nanos}ns"));
        }
    }
    if tests.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", tests.join(" && ")) }
}

/// A tag's test: some tags are properties of the span here.
fn test(key: &str, value: &str) -> String {
    match (key, value) {
        ("error", "true") => "status = error".to_owned(),
        ("error", "false") => "status != error".to_owned(),
        ("span.kind", word) if KINDS.iter().any(|kind| kind_word(*kind) == word) => format!("kind = {word}"),
        ("otel.status_code", "OK") => "status = ok".to_owned(),
        ("otel.status_code", "ERROR") => "status = error".to_owned(),
        ("otel.scope.name" | "otel.library.name", name) => format!("instrumentation:name = {}", quote(name)),
        _ => whole::test_of(key, value),
    }
}

//! Whole traces that match a TraceQL query, and who calls whom: what the older trace APIs (Jaeger, Zipkin) are made of.
//!
//! Both ask in words of their own; their handlers write the query, this runs it as any other.

use crate::error::Fault;
use crate::state::State;
use contract::{Attribute, Condition, ConditionOp, Intrinsic, Operand, SpanScope, SpanSelect, TagSelect};
use contract::{Context, SourceError, SpanSource, TraceSpans};
use model::{Nanos, SpanId, SpanKind, Tenant, TimeRange, TraceId, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use traceql::{SearchParams, TraceqlError};

/// Traces in one answer: a page of 1500 is what their user interfaces offer at most.
pub(super) const MAX_TRACES: usize = 1_500;

/// Traces that a graph of services is computed from; the newest. About ten seconds of scanning.
const MAX_GRAPH_TRACES: usize = 50_000;

/// Seconds since 1970, both ends inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: i64,
    pub(super) end: i64,
}

fn everything() -> TimeRange<Nanos> {
    TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX))
}

/// The newest traces that match, whole.
pub(super) async fn find(
    state: &Arc<State>,
    tenant: Tenant,
    query: String,
    window: Window,
    limit: usize,
) -> Result<Vec<TraceSpans>, Fault> {
    let cx = state.query_context(tenant, None);
    let source = state.engines.spans.clone();
    let params =
        SearchParams { start: window.start, end: window.end, limit: limit.clamp(1, MAX_TRACES), spss: 1 };
    let run = move |cx: Context| async move {
        let found = traceql::search(source.as_ref(), &cx, &query, params).await?;
        let mut traces = Vec::with_capacity(found.traces.len());
        for found in found.traces {
            traces.extend(source.trace(&cx, found.trace_id, None).await?);
        }
        Ok::<_, TraceqlError>(traces)
    };
    state.run(cx, run).await
}

/// One trace.
pub(super) async fn one(
    state: &Arc<State>,
    tenant: Tenant,
    id: TraceId,
) -> Result<Option<TraceSpans>, Fault> {
    let cx = state.query_context(tenant, None);
    let source = state.engines.spans.clone();
    state.run(cx, move |cx| async move { source.trace(&cx, id, None).await }).await
}

/// Names of services.
pub(super) async fn services(state: &Arc<State>, tenant: Tenant) -> Result<Vec<String>, Fault> {
    values(state, tenant, Attribute::Key(Some(SpanScope::Resource), "service.name".into()), Vec::new()).await
}

/// Names of the spans of a service, of one kind if it is given.
pub(super) async fn operations(
    state: &Arc<State>,
    tenant: Tenant,
    service: &str,
    kind: Option<SpanKind>,
) -> Result<Vec<String>, Fault> {
    let is =
        |attribute, value| Condition { attribute, op: ConditionOp::Equal, operand: Operand::Value(value) };
    let service = is(Attribute::Key(Some(SpanScope::Resource), "service.name".into()), Value::from(service));
    let kind = kind.map(|kind| is(Attribute::Intrinsic(Intrinsic::Kind), Value::Int(kind as i64)));
    let conditions = [Some(service), kind].into_iter().flatten().collect();
    values(state, tenant, Attribute::Intrinsic(Intrinsic::Name), conditions).await
}

/// The texts among the values of an attribute.
pub(super) async fn values(
    state: &Arc<State>,
    tenant: Tenant,
    attribute: Attribute,
    conditions: Vec<Condition>,
) -> Result<Vec<String>, Fault> {
    let cx = state.query_context(tenant, None);
    let source = state.engines.spans.clone();
    let select = TagSelect { range: everything(), scope: None, conditions, limit: 0 };
    let found =
        state.run(cx, move |cx| async move { source.tag_values(&cx, attribute, select).await }).await?;
    let texts =
        found.iter().filter_map(|v| if let Value::Str(text) = v { Some(text.to_string()) } else { None });
    Ok(texts.filter(|text| !text.is_empty()).collect())
}

/// Calls and failed calls between services.
pub(super) type Calls = BTreeMap<(String, String), (u64, u64)>;

/// Who called whom in a window.
pub(super) async fn calls(state: &Arc<State>, tenant: Tenant, window: Window) -> Result<Calls, Fault> {
    let cx = state.query_context(tenant, None);
    let source = state.engines.spans.clone();
    state.run(cx, move |cx| async move { graph(source.as_ref(), &cx, window).await }).await
}

async fn graph(source: &dyn SpanSource, cx: &Context, window: Window) -> Result<Calls, SourceError> {
    let second = |at: i64| Nanos(at.saturating_mul(1_000_000_000));
    let range = TimeRange::new(second(window.start), second(window.end.saturating_add(1)));
    let mut cursor = source
        .select(cx, SpanSelect { range, all: true, conditions: Vec::new(), needed: Some(Vec::new()) })
        .await?;
    let (mut calls, mut traces) = (Calls::new(), 0);
    while traces < MAX_GRAPH_TRACES {
        let batch = cursor.next_batch().await?;
        if batch.is_empty() {
            break;
        }
        traces += batch.len();
        batch.iter().for_each(|trace| add_calls(trace, &mut calls));
    }
    Ok(calls)
}

fn add_calls(trace: &TraceSpans, calls: &mut Calls) {
    let mut services: HashMap<SpanId, &str> = HashMap::new();
    let groups = || trace.spans.resources.iter();
    for group in groups() {
        let spans = group.scopes.iter().flat_map(|scope| &scope.spans);
        spans.for_each(|span| {
            services.insert(span.span_id, group.resource.service_name());
        });
    }
    for group in groups() {
        let child = group.resource.service_name();
        for span in group.scopes.iter().flat_map(|scope| &scope.spans) {
            if let Some(parent) = services.get(&span.parent_span_id).filter(|parent| **parent != child) {
                let entry = calls.entry(((*parent).to_owned(), child.to_owned())).or_default();
                entry.0 += 1;
                entry.1 += u64::from(span.status == model::StatusCode::Error);
            }
        }
    }
}

/// A test of an attribute that older clients write as text, whatever its type is: on the span or its resource.
pub(super) fn test_of(key: &str, value: &str) -> String {
    let name = format!(".\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""));
    let mut tests = vec![format!("{name} = {}", query::quote::quote(value))];
    if let Ok(int) = value.parse::<i64>() {
        tests.push(format!("{name} = {int}"));
    } else if let Ok(float) = value.parse::<f64>()
        && float.is_finite()
    {
        tests.push(format!("{name} = {float:?}"));
    }
    if matches!(value, "true" | "false") {
        tests.push(format!("{name} = {value}"));
    }
    format!("({})", tests.join(" || "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tested_in_every_type_that_they_may_mean() {
        assert_eq!(test_of("a\"b", "x"), r#"(."a\"b" = "x")"#);
        for (value, count) in [("200", 2), ("0.5", 2), ("true", 2), ("inf", 1)] {
            let test = test_of("k", value);
            assert_eq!(test.matches('=').count(), count, "{test}");
            traceql::parse(&format!("{{ {test} }}")).unwrap();
        }
    }
}

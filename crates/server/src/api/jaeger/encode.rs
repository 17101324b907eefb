//! A trace as the query API writes it: spans in microseconds, resources as processes that spans name.

use contract::TraceSpans;
use model::{Attributes, Resource, Scope, Span, Value};
use serde_json::{Map, Value as Json, json};
use wire::encoding::to_base64;
use wire::jaeger::write::tags_of;
use wire::otlp::values::to_text;

/// `{traceID, spans, processes}`
pub(super) fn trace(trace: &TraceSpans) -> Json {
    let mut processes: Vec<&Resource> = Vec::new();
    let mut spans = Vec::with_capacity(trace.spans.len());
    for group in &trace.spans.resources {
        let known = processes.iter().position(|resource| **resource == *group.resource);
        let number = known.unwrap_or_else(|| {
            processes.push(&group.resource);
            processes.len() - 1
        });
        let name = format!("p{}", number + 1);
        for scope in &group.scopes {
            spans.extend(scope.spans.iter().map(|one| span(one, &scope.scope, &name)));
        }
    }
    let processes: Map<String, Json> = processes
        .iter()
        .enumerate()
        .map(|(number, resource)| {
            let tags = resource.attributes.iter().filter(|(key, _)| &**key != "service.name");
            let tags: Vec<Json> = tags.map(|(key, value)| tag(key, value)).collect();
            (format!("p{}", number + 1), json!({ "serviceName": resource.service_name(), "tags": tags }))
        })
        .collect();
    json!({
        "traceID": trace.trace_id.to_string(),
        "spans": spans,
        "processes": processes,
        "warnings": null,
    })
}

fn span(span: &Span, scope: &Scope, process: &str) -> Json {
    let reference = |kind: &str, trace_id: &model::TraceId, span_id: &model::SpanId| json!({ "refType": kind, "traceID": trace_id.to_string(), "spanID": span_id.to_string() });
    let mut references = Vec::new();
    if !span.parent_span_id.is_zero() {
        references.push(reference("CHILD_OF", &span.trace_id, &span.parent_span_id));
    }
    references.extend(span.links.iter().map(|link| reference("FOLLOWS_FROM", &link.trace_id, &link.span_id)));
    let logs: Vec<Json> = span
        .events
        .iter()
        .map(|event| {
            let name = (!event.name.is_empty()).then(|| tag("event", &Value::Str(event.name.clone())));
            let fields: Vec<Json> = name.into_iter().chain(tags(&event.attributes)).collect();
            json!({ "timestamp": event.at.0 / 1000, "fields": fields })
        })
        .collect();
    let all: Vec<Json> = tags(&tags_of(span, scope)).collect();
    json!({
        "traceID": span.trace_id.to_string(),
        "spanID": span.span_id.to_string(),
        "flags": span.flags & 1,
        "operationName": &*span.name,
        "references": references,
        "startTime": span.start.0 / 1000,
        "duration": span.duration_nanos() / 1000,
        "tags": all,
        "logs": logs,
        "processID": process,
        "warnings": null,
    })
}

fn tags(attributes: &Attributes) -> impl Iterator<Item = Json> + '_ {
    attributes.iter().map(|(key, value)| tag(key, value))
}

fn tag(key: &str, value: &Value) -> Json {
    let (kind, value) = match value {
        Value::Bool(flag) => ("bool", json!(flag)),
        Value::Int(int) => ("int64", json!(int)),
        Value::Double(float) => ("float64", json!(float)),
        Value::Bytes(bytes) => ("binary", json!(to_base64(bytes))),
        other => ("string", json!(to_text(other))),
    };
    json!({ "key": key, "type": kind, "value": value })
}

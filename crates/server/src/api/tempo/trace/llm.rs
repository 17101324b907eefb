//! A trace for language models (`Accept: application/vnd.grafana.llm`): hexadecimal ids, attributes as plain objects,
//! durations in milliseconds, and nothing that says nothing.

use model::{Event, Link, Resource, ScopeSpans, Span, SpanBatch, SpanKind, TraceId, Value};
use serde::Serialize;
use serde_json::{Map, Number};
use wire::encoding::to_hex;

use crate::api::tempo::encode::{kind_name, status_name};

/// What a client accepts that wants this.
pub(crate) const ACCEPT: &str = "application/vnd.grafana.llm";
/// What it then gets.
pub(crate) const CONTENT_TYPE: &str = "application/vnd.grafana.llm+json";

type Json = serde_json::Value;

#[derive(Serialize)]
struct Answer<'a> {
    trace: Trace<'a>,
    metrics: Map<String, Json>,
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    trace_id: String,
    services: Vec<Service<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Service<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    service_name: &'a str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    resource: Map<String, Json>,
    scopes: Vec<OfScope<'a>>,
}

#[derive(Serialize)]
struct OfScope<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    spans: Vec<OfSpan<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfSpan<'a> {
    span_id: String,
    name: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    parent_span_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    kind: &'static str,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    duration_ms: Json,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<OfEvent<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<OfLink>,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfEvent<'a> {
    name: &'a str,
    time_unix_nano: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Json>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfLink {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    attributes: Map<String, Json>,
}

#[derive(Serialize)]
struct Status<'a> {
    code: &'static str,
    message: &'a str,
}

/// The whole answer; `message` says what was left out, if anything was.
pub(super) fn answer(trace_id: TraceId, spans: &SpanBatch, message: &str) -> String {
    let services = spans.resources.iter().map(|group| service(&group.resource, &group.scopes));
    let trace = Trace { trace_id: trace_id.to_string(), services: services.collect() };
    let status = if message.is_empty() { "COMPLETE" } else { "PARTIAL" };
    let answer = Answer { trace, metrics: Map::new(), status, message };
    serde_json::to_string(&answer).expect("texts, numbers and lists of them are JSON")
}

fn service<'a>(resource: &'a Resource, scopes: &'a [ScopeSpans]) -> Service<'a> {
    let service_name = resource.service_name();
    let mut attributes = plain(&resource.attributes);
    if !service_name.is_empty() {
        attributes.remove("service.name");
    }
    let scope = |group: &'a ScopeSpans| OfScope {
        name: &group.scope.name,
        version: &group.scope.version,
        spans: group.spans.iter().map(span).collect(),
    };
    Service { service_name, resource: attributes, scopes: scopes.iter().map(scope).collect() }
}

fn span(span: &Span) -> OfSpan<'_> {
    OfSpan {
        span_id: span.span_id.to_string(),
        name: &span.name,
        parent_span_id: match span.parent_span_id.is_zero() {
            true => String::new(),
            false => span.parent_span_id.to_string(),
        },
        kind: if span.kind == SpanKind::Unspecified { "" } else { kind_name(span.kind) },
        start_time_unix_nano: span.start.0.to_string(),
        end_time_unix_nano: span.end.0.to_string(),
        duration_ms: number(span.duration_nanos() as f64 / 1e6),
        attributes: plain(&span.attributes),
        events: span.events.iter().map(event).collect(),
        links: span.links.iter().map(link).collect(),
        status: Status { code: status_name(span.status), message: &span.status_message },
    }
}

fn event(event: &Event) -> OfEvent<'_> {
    let attributes = plain(&event.attributes);
    OfEvent { name: &event.name, time_unix_nano: event.at.0.to_string(), attributes }
}

fn link(link: &Link) -> OfLink {
    let (trace_id, span_id) = (link.trace_id.to_string(), link.span_id.to_string());
    OfLink { trace_id, span_id, attributes: plain(&link.attributes) }
}

fn plain(attributes: &[(std::sync::Arc<str>, Value)]) -> Map<String, Json> {
    attributes.iter().map(|(key, value)| (key.to_string(), plain_value(value))).collect()
}

/// A value as plain JSON; bytes in hexadecimal.
pub(crate) fn plain_value(value: &Value) -> Json {
    match value {
        Value::Str(text) => Json::String(text.to_string()),
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(int) => Json::Number(Number::from(*int)),
        Value::Double(double) => number(*double),
        Value::Array(values) => values.iter().map(plain_value).collect(),
        Value::Map(pairs) => Json::Object(plain(pairs)),
        Value::Bytes(bytes) => Json::String(to_hex(bytes)),
        Value::Empty => Json::Null,
    }
}

/// A float without a fraction is written without one; what JSON has no number for is text.
fn number(float: f64) -> Json {
    /// Beyond it not every integer is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() < EXACT {
        return Json::Number(Number::from(float as i64));
    }
    Number::from_f64(float).map_or_else(|| Json::String(wire::otlp::values::float_text(float)), Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Nanos, ResourceSpans, SpanId, StatusCode};
    use std::sync::Arc;

    #[test]
    fn a_trace_is_plain_and_short() {
        let attributes = vec![
            ("z".into(), Value::Double(-2.0)),
            ("a".into(), Value::Array(vec![1_i64.into(), "x".into()])),
            ("b".into(), Value::Bytes(Arc::from([0, 255].as_slice()))),
            ("m".into(), Value::Map(vec![("k".into(), 0.5.into())])),
        ];
        let span = Span {
            span_id: SpanId([1; 8]),
            name: "GET".into(),
            kind: SpanKind::Server,
            start: Nanos(5),
            end: Nanos(82),
            attributes,
            events: vec![Event { name: "e".into(), at: Nanos(6), ..Event::default() }],
            links: vec![Link { span_id: SpanId([2; 8]), ..Link::default() }],
            status: StatusCode::Error,
            status_message: "broke".into(),
            ..Span::default()
        };
        let resource = Arc::new(Resource {
            attributes: vec![("service.name".into(), "shop".into()), ("host.ok".into(), true.into())],
            dropped_attributes: 0,
        });
        let scopes = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let batch = SpanBatch { resources: vec![ResourceSpans { resource, scopes, schema_url: "".into() }] };
        assert_eq!(
            answer(TraceId([255; 16]), &batch, ""),
            format!(
                concat!(
                    r#"{{"trace":{{"traceId":"{}","services":[{{"serviceName":"shop","resource":{{"host.ok":true}},"#,
                    r#""scopes":[{{"spans":[{{"spanId":"0101010101010101","name":"GET","kind":"SPAN_KIND_SERVER","#,
                    r#""startTimeUnixNano":"5","endTimeUnixNano":"82","durationMs":0.000077,"#,
                    r#""attributes":{{"a":[1,"x"],"b":"00ff","m":{{"k":0.5}},"z":-2}},"#,
                    r#""events":[{{"name":"e","timeUnixNano":"6"}}],"#,
                    r#""links":[{{"traceId":"{}","spanId":"0202020202020202"}}],"#,
                    r#""status":{{"code":"STATUS_CODE_ERROR","message":"broke"}}}}]}}]}}]}},"metrics":{{}},"status":"COMPLETE"}}"#,
                ),
                "f".repeat(32),
                "0".repeat(32),
            )
        );
        let nothing = answer(TraceId([0; 16]), &SpanBatch::default(), "less");
        assert!(nothing.ends_with(r#""services":[]},"metrics":{},"status":"PARTIAL","message":"less"}"#));
    }
}

//! Traces as the traces API writes them in JSON: ids in base64, 64-bit numbers as text, enums by name, fields with their
//! zero value left out. (OTLP's own JSON differs in all of these.)

use crate::json::{self, push};
use model::{Resource, Scope, ScopeSpans, Span, SpanBatch, SpanKind, StatusCode, Value};
use std::sync::Arc;
use wire::encoding::to_base64;

/// The resource spans of a trace as an array; both ids of a span are base64.
pub(super) fn resource_spans(out: &mut String, batch: &SpanBatch) {
    json::list(out, &batch.resources, |out, group| {
        out.push_str(r#"{"resource":"#);
        resource(out, &group.resource);
        if !group.scopes.is_empty() {
            out.push_str(r#","scopeSpans":"#);
            json::list(out, &group.scopes, scope_spans);
        }
        text_field(out, "schemaUrl", &group.schema_url);
        out.push('}');
    });
}

fn resource(out: &mut String, resource: &Resource) {
    let mut fields = Fields::open(out);
    fields.attributes(&resource.attributes);
    fields.count("droppedAttributesCount", resource.dropped_attributes);
    fields.close();
}

fn scope_spans(out: &mut String, group: &ScopeSpans) {
    out.push_str(r#"{"scope":"#);
    scope(out, &group.scope);
    if !group.spans.is_empty() {
        out.push_str(r#","spans":"#);
        json::list(out, &group.spans, span);
    }
    text_field(out, "schemaUrl", &group.schema_url);
    out.push('}');
}

fn scope(out: &mut String, scope: &Scope) {
    let mut fields = Fields::open(out);
    fields.text("name", &scope.name);
    fields.text("version", &scope.version);
    fields.attributes(&scope.attributes);
    fields.count("droppedAttributesCount", scope.dropped_attributes);
    fields.close();
}

fn text_field(out: &mut String, name: &str, text: &str) {
    if !text.is_empty() {
        push(out, format_args!(r#","{name}":"#));
        json::string(out, text, false);
    }
}

fn span(out: &mut String, span: &Span) {
    let mut fields = Fields::open(out);
    fields.bytes("traceId", &span.trace_id.0);
    fields.bytes("spanId", &span.span_id.0);
    fields.text("traceState", &span.trace_state);
    if !span.parent_span_id.is_zero() {
        fields.bytes("parentSpanId", &span.parent_span_id.0);
    }
    fields.count("flags", span.flags);
    fields.text("name", &span.name);
    if span.kind != SpanKind::Unspecified {
        fields.text("kind", kind_name(span.kind));
    }
    fields.nanos("startTimeUnixNano", span.start.0);
    fields.nanos("endTimeUnixNano", span.end.0);
    fields.attributes(&span.attributes);
    fields.count("droppedAttributesCount", span.dropped[0]);
    fields.list("events", &span.events, |out, event| {
        let mut fields = Fields::open(out);
        fields.nanos("timeUnixNano", event.at.0);
        fields.text("name", &event.name);
        fields.attributes(&event.attributes);
        fields.count("droppedAttributesCount", event.dropped_attributes);
        fields.close();
    });
    fields.count("droppedEventsCount", span.dropped[1]);
    fields.list("links", &span.links, |out, link| {
        let mut fields = Fields::open(out);
        fields.bytes("traceId", &link.trace_id.0);
        fields.bytes("spanId", &link.span_id.0);
        fields.text("traceState", &link.trace_state);
        fields.attributes(&link.attributes);
        fields.count("droppedAttributesCount", link.dropped_attributes);
        fields.count("flags", link.flags);
        fields.close();
    });
    fields.count("droppedLinksCount", span.dropped[2]);
    fields.name("status");
    let mut status = Fields::open(fields.out);
    status.text("message", &span.status_message);
    if span.status != StatusCode::Unset {
        status.text("code", status_name(span.status));
    }
    status.close();
    fields.close();
}

pub(super) fn kind_name(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "SPAN_KIND_UNSPECIFIED",
        SpanKind::Internal => "SPAN_KIND_INTERNAL",
        SpanKind::Server => "SPAN_KIND_SERVER",
        SpanKind::Client => "SPAN_KIND_CLIENT",
        SpanKind::Producer => "SPAN_KIND_PRODUCER",
        SpanKind::Consumer => "SPAN_KIND_CONSUMER",
    }
}

pub(super) fn status_name(status: StatusCode) -> &'static str {
    match status {
        StatusCode::Unset => "STATUS_CODE_UNSET",
        StatusCode::Ok => "STATUS_CODE_OK",
        StatusCode::Error => "STATUS_CODE_ERROR",
    }
}

/// `{"key":..,"value":{..}}`
pub(super) fn attribute(out: &mut String, key: &str, value: &Value) {
    out.push_str(r#"{"key":"#);
    json::string(out, key, false);
    out.push_str(r#","value":"#);
    any_value(out, value);
    out.push('}');
}

/// `{"stringValue":"x"}` and its like.
pub(super) fn any_value(out: &mut String, value: &Value) {
    match value {
        Value::Empty => out.push_str("{}"),
        Value::Str(text) => {
            out.push_str(r#"{"stringValue":"#);
            json::string(out, text, false);
            out.push('}');
        }
        Value::Bool(flag) => push(out, format_args!(r#"{{"boolValue":{flag}}}"#)),
        Value::Int(int) => push(out, format_args!(r#"{{"intValue":"{int}"}}"#)),
        Value::Double(float) => {
            out.push_str(r#"{"doubleValue":"#);
            number(out, *float);
            out.push('}');
        }
        Value::Bytes(bytes) => push(out, format_args!(r#"{{"bytesValue":"{}"}}"#, to_base64(bytes))),
        Value::Array(values) => {
            out.push_str(r#"{"arrayValue":{"#);
            if !values.is_empty() {
                out.push_str(r#""values":"#);
                json::list(out, values, any_value);
            }
            out.push_str("}}");
        }
        Value::Map(pairs) => {
            out.push_str(r#"{"kvlistValue":{"#);
            if !pairs.is_empty() {
                out.push_str(r#""values":"#);
                json::list(out, pairs, |out, (key, value)| attribute(out, key, value));
            }
            out.push_str("}}");
        }
    }
}

/// A float as a JSON number; what JSON has no number for, as text.
pub(super) fn number(out: &mut String, float: f64) {
    if float.is_finite() {
        out.push_str(&wire::otlp::values::float_text(float));
    } else if float.is_nan() {
        out.push_str(r#""NaN""#);
    } else {
        out.push_str(if float > 0.0 { r#""Infinity""# } else { r#""-Infinity""# });
    }
}

/// An object while its fields are written.
struct Fields<'o> {
    out: &'o mut String,
    first: bool,
}

impl<'o> Fields<'o> {
    fn open(out: &'o mut String) -> Self {
        out.push('{');
        Fields { out, first: true }
    }

    fn close(self) {
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        self.out.push_str(if self.first { "" } else { "," });
        self.first = false;
        push(self.out, format_args!(r#""{name}":"#));
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.name(name);
            json::string(self.out, text, false);
        }
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.name(name);
        push(self.out, format_args!(r#""{}""#, to_base64(bytes)));
    }

    fn nanos(&mut self, name: &str, nanos: i64) {
        if nanos != 0 {
            self.name(name);
            push(self.out, format_args!(r#""{nanos}""#));
        }
    }

    fn count(&mut self, name: &str, count: u32) {
        if count != 0 {
            self.name(name);
            push(self.out, format_args!("{count}"));
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], each: impl FnMut(&mut String, &T)) {
        if !items.is_empty() {
            self.name(name);
            json::list(self.out, items, each);
        }
    }

    fn attributes(&mut self, attributes: &[(Arc<str>, Value)]) {
        self.list("attributes", attributes, |out, (key, value)| attribute(out, key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Event, Link, Nanos, ResourceSpans, SpanId, TraceId};

    #[test]
    fn a_trace_is_written_in_the_dialect_of_the_api() {
        let span = Span {
            trace_id: TraceId([0xff; 16]),
            span_id: SpanId([1; 8]),
            name: "GET".into(),
            kind: SpanKind::Server,
            start: Nanos(5),
            attributes: vec![
                ("n".into(), Value::Int(-7)),
                ("l".into(), Value::Array(vec![])),
                ("e".into(), Value::Empty),
            ],
            events: vec![Event { name: "x".into(), ..Event::default() }],
            links: vec![Link::default()],
            status: StatusCode::Error,
            ..Span::default()
        };
        let scope = ScopeSpans { spans: vec![span], ..ScopeSpans::default() };
        let batch =
            SpanBatch { resources: vec![ResourceSpans { scopes: vec![scope], ..ResourceSpans::default() }] };
        let mut out = String::new();
        resource_spans(&mut out, &batch);
        assert_eq!(
            out,
            concat!(
                r#"[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"/////////////////////w==","spanId":"AQEBAQEBAQE=","#,
                r#""name":"GET","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"5","attributes":[{"key":"n","value":{"intValue":"-7"}},"#,
                r#"{"key":"l","value":{"arrayValue":{}}},{"key":"e","value":{}}],"events":[{"name":"x"}],"#,
                r#""links":[{"traceId":"AAAAAAAAAAAAAAAAAAAAAA==","spanId":"AAAAAAAAAAA="}],"status":{"code":"STATUS_CODE_ERROR"}}]}]}]"#
            )
        );
    }
}

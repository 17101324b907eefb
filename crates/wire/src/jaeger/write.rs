//! Spans as Jaeger's readers take them: `jaeger.api_v2.Span`, each with its process. What Jaeger has only a tag for is
//! said as that tag ([`tags_of`]), so that a span that is read back by [`super::post_spans`] is the same.

use crate::otlp::values::to_text;
use crate::proto::Writer;
use model::{Resource, Scope, Span, SpanBatch, SpanKind, StatusCode, Value};
use std::sync::Arc;

/// The spans of a batch, each as a message of its own.
pub fn spans(batch: &SpanBatch) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for group in &batch.resources {
        for scope in &group.scopes {
            out.extend(scope.spans.iter().map(|one| span(one, &scope.scope, &group.resource)));
        }
    }
    out
}

/// The word for a kind; "" when it is not said.
pub fn kind_word(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

/// The attributes of a span, and what else Jaeger has tags for.
pub fn tags_of(span: &Span, scope: &Scope) -> Vec<(Arc<str>, Value)> {
    let mut tags = span.attributes.clone();
    let mut text = |key: &str, value: &str| {
        if !value.is_empty() {
            tags.push((Arc::from(key), Value::from(value)));
        }
    };
    text("otel.scope.name", &scope.name);
    text("otel.scope.version", &scope.version);
    text("span.kind", kind_word(span.kind));
    text("w3c.tracestate", &span.trace_state);
    match span.status {
        StatusCode::Unset => {}
        StatusCode::Ok => text("otel.status_code", "OK"),
        StatusCode::Error => text("otel.status_code", "ERROR"),
    }
    text("otel.status_description", &span.status_message);
    if span.status == StatusCode::Error {
        tags.push((Arc::from("error"), Value::Bool(true)));
    }
    tags
}

fn span(span: &Span, scope: &Scope, resource: &Resource) -> Vec<u8> {
    let mut w = Writer::new();
    w.bytes(1, &span.trace_id.0);
    w.bytes(2, &span.span_id.0);
    w.text_if_any(3, &span.name);
    if !span.parent_span_id.is_zero() {
        w.message(4, |w| {
            w.bytes(1, &span.trace_id.0);
            w.bytes(2, &span.parent_span_id.0);
        });
    }
    for link in &span.links {
        w.message(4, |w| {
            w.bytes(1, &link.trace_id.0);
            w.bytes(2, &link.span_id.0);
            w.uint(3, 1);
        });
    }
    w.uint_if_any(5, u64::from(span.flags & 1));
    w.message(6, |w| nanos(w, span.start.0));
    w.message(7, |w| nanos(w, span.duration_nanos()));
    for (key, value) in tags_of(span, scope) {
        w.message(8, |w| tag(w, &key, &value));
    }
    for event in &span.events {
        w.message(9, |w| {
            w.message(1, |w| nanos(w, event.at.0));
            if !event.name.is_empty() {
                w.message(2, |w| tag(w, "event", &Value::Str(event.name.clone())));
            }
            for (key, value) in &event.attributes {
                w.message(2, |w| tag(w, key, value));
            }
        });
    }
    w.message(10, |w| {
        w.text_if_any(1, resource.service_name());
        for (key, value) in resource.attributes.iter().filter(|(key, _)| &**key != "service.name") {
            w.message(2, |w| tag(w, key, value));
        }
    });
    w.finish()
}

/// `google.protobuf.Timestamp` and `Duration`.
pub(super) fn nanos(w: &mut Writer, nanos: i64) {
    let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    w.uint_if_any(1, seconds.cast_unsigned());
    w.uint_if_any(2, rest.cast_unsigned());
}

fn tag(w: &mut Writer, key: &str, value: &Value) {
    w.text_if_any(1, key);
    match value {
        Value::Bool(flag) => {
            w.uint(2, 1);
            w.uint_if_any(4, u64::from(*flag));
        }
        Value::Int(int) => {
            w.uint(2, 2);
            w.uint_if_any(5, int.cast_unsigned());
        }
        Value::Double(float) => {
            w.uint(2, 3);
            w.double(6, *float);
        }
        Value::Bytes(bytes) => {
            w.uint(2, 4);
            w.bytes(7, bytes);
        }
        other => w.text_if_any(3, &to_text(other)),
    }
}

//! Jaeger's spans, as its clients and agents send them: Thrift over HTTP and UDP, protobuf over gRPC.
//!
//! Each form is read into [`JaegerSpan`] and then said in OpenTelemetry's words by one function, so all forms mean the same:
//! the process is the resource, `span.kind`, `error`, `otel.*` and `w3c.tracestate` tags become what they stand for, logs
//! become events, references other than the parent become links.
//! Source: <https://github.com/jaegertracing/jaeger-idl>,
//! <https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/>

mod protobuf;
pub mod query;
mod thrift;
pub mod write;

pub use protobuf::post_spans;
pub use thrift::{packet, thrift_batch};

use crate::error::WireError;
use model::{
    Attributes, Event, Link, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanId, SpanKind,
    StatusCode, TraceId, Value, attr,
};
use std::sync::Arc;

/// A reference to another span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reference {
    follows: bool,
    trace_id: TraceId,
    span_id: SpanId,
}

/// A span as Jaeger has it.
#[derive(Debug, Default)]
struct JaegerSpan {
    trace_id: TraceId,
    span_id: SpanId,
    name: Arc<str>,
    references: Vec<Reference>,
    flags: u32,
    start: Nanos,
    nanos: i64,
    tags: Attributes,
    logs: Vec<(Nanos, Attributes)>,
}

/// Spans of one process.
#[derive(Debug, Default)]
struct Emitter {
    service: String,
    tags: Attributes,
}

impl Emitter {
    fn resource(mut self) -> Arc<Resource> {
        if !self.service.is_empty() {
            self.tags.retain(|(key, _)| &**key != "service.name");
            self.tags.insert(0, ("service.name".into(), Value::from(self.service.as_str())));
        }
        Arc::new(Resource { attributes: self.tags, dropped_attributes: 0 })
    }
}

/// The spans of one process, by the library that its tags name.
fn resource_spans(emitter: Emitter, spans: Vec<JaegerSpan>) -> Result<ResourceSpans, WireError> {
    let mut scopes: Vec<ScopeSpans> = Vec::new();
    for mut span in spans {
        let name = take_text(&mut span.tags, &["otel.scope.name", "otel.library.name"]);
        let version = take_text(&mut span.tags, &["otel.scope.version", "otel.library.version"]);
        let span = span.finish()?;
        match scopes.iter_mut().find(|s| s.scope.name == name && s.scope.version == version) {
            Some(scope) => scope.spans.push(span),
            None => {
                let scope = Arc::new(Scope { name, version, ..Scope::default() });
                scopes.push(ScopeSpans { scope, spans: vec![span], ..ScopeSpans::default() });
            }
        }
    }
    Ok(ResourceSpans { resource: emitter.resource(), scopes, ..ResourceSpans::default() })
}

fn take(attributes: &mut Attributes, key: &str) -> Option<Value> {
    let at = attributes.iter().position(|(known, _)| &**known == key)?;
    Some(attributes.remove(at).1)
}

/// The first of the keys that is there, as text; "" when none is.
fn take_text(attributes: &mut Attributes, keys: &[&str]) -> Arc<str> {
    let mut found: Arc<str> = Arc::from("");
    for key in keys {
        if let Some(value) = take(attributes, key)
            && found.is_empty()
        {
            found = Arc::from(crate::otlp::values::to_text(&value));
        }
    }
    found
}

/// The kind that a `span.kind` tag names.
pub(crate) fn kind_of(word: &str) -> SpanKind {
    match word.to_ascii_lowercase().as_str() {
        "client" => SpanKind::Client,
        "server" => SpanKind::Server,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        "internal" => SpanKind::Internal,
        _ => SpanKind::Unspecified,
    }
}

/// Status and its reason from the tags that stand for them.
pub(crate) fn take_status(tags: &mut Attributes) -> (StatusCode, Arc<str>) {
    let message = take_text(tags, &["otel.status_description"]);
    let code = match &*take_text(tags, &["otel.status_code"]) {
        "OK" | "Ok" | "1" => StatusCode::Ok,
        "ERROR" | "Error" | "2" => StatusCode::Error,
        _ => StatusCode::Unset,
    };
    let error = match attr::find(tags, "error") {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Str(text)) => !matches!(&**text, "false" | ""),
        _ => false,
    };
    if !error {
        return (code, message);
    }
    // A text that says more than that there was an error is the reason.
    let reason = match take(tags, "error") {
        Some(Value::Str(text)) if &*text != "true" => text,
        _ => Arc::from(""),
    };
    (StatusCode::Error, if message.is_empty() { reason } else { message })
}

impl JaegerSpan {
    fn finish(mut self) -> Result<Span, WireError> {
        if self.trace_id == TraceId::default() || self.span_id.is_zero() {
            return Err(WireError::Value(
                "a span needs a trace id and a span id that are not zero".to_owned(),
            ));
        }
        let kind = kind_of(&take_text(&mut self.tags, &["span.kind"]));
        let trace_state = take_text(&mut self.tags, &["w3c.tracestate"]);
        let (status, status_message) = take_status(&mut self.tags);
        let mut references = self.references;
        let in_trace = |r: &Reference| r.trace_id == self.trace_id && !r.span_id.is_zero();
        let parent = references
            .iter()
            .position(|r| !r.follows && in_trace(r))
            .or_else(|| references.iter().position(in_trace));
        let parent = parent.map(|at| references.remove(at).span_id).unwrap_or_default();
        let links = references.iter().map(|reference| {
            let word = if reference.follows { "follows_from" } else { "child_of" };
            let attributes = vec![("opentracing.ref_type".into(), Value::from(word))];
            let (trace_id, span_id) = (reference.trace_id, reference.span_id);
            Link { trace_id, span_id, attributes, ..Link::default() }
        });
        let events = self.logs.into_iter().map(|(at, mut fields)| {
            let mut name = take_text(&mut fields, &["event"]);
            if name.is_empty() {
                // Where some clients say it instead.
                name = take_text(&mut fields, &["message"]);
            }
            Event { at, name, attributes: fields, dropped_attributes: 0 }
        });
        Ok(Span {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_span_id: parent,
            trace_state,
            // The lowest flag, sampled, is the same in both.
            flags: self.flags & 1,
            name: self.name,
            kind,
            start: self.start,
            end: Nanos(self.start.0.saturating_add(self.nanos.max(0))),
            attributes: self.tags,
            events: events.collect(),
            links: links.collect(),
            status,
            status_message,
            dropped: [0; 3],
        })
    }
}

#[cfg(test)]
mod tests;

//! Zipkin's spans: JSON of the second and first version, protobuf, and Thrift of the first version.
//!
//! Each form is read into [`ZipkinSpan`] and then said in OpenTelemetry's words by one function: the local endpoint's service
//! is the resource, the remote endpoint becomes `peer.service` and `net.peer.*`, annotations become events. A client and a
//! server that share one id keep it.
//! Source: <https://zipkin.io/zipkin-api/>, <https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/>

mod first;
mod json;
mod protobuf;

pub use first::thrift as first_thrift;
pub use json::{first as first_json, second as second_json};
pub use protobuf::decode as second_protobuf;

use crate::error::WireError;
use crate::jaeger::{kind_of, take_status};
use model::{
    Attributes, Event, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId, SpanKind,
    TraceId, Value,
};
use std::net::IpAddr;
use std::sync::Arc;

/// One end of a call.
#[derive(Debug, Clone, Default, PartialEq)]
struct Endpoint {
    service: String,
    address: Option<IpAddr>,
    port: u16,
}

/// A span as Zipkin has it.
#[derive(Debug, Default)]
struct ZipkinSpan {
    trace_id: TraceId,
    span_id: SpanId,
    parent: SpanId,
    name: String,
    kind: SpanKind,
    /// Microseconds since 1970; 0 when it is not said.
    timestamp: u64,
    /// Microseconds.
    duration: u64,
    local: Endpoint,
    remote: Endpoint,
    /// Microseconds since 1970, and what happened.
    annotations: Vec<(u64, String)>,
    tags: Attributes,
}

fn nanos(micros: u64) -> Nanos {
    Nanos(i64::try_from(micros).unwrap_or(i64::MAX).saturating_mul(1000))
}

/// A trace id of 16 or 32 hexadecimal digits; fewer are padded with zeros on the left.
fn trace_id(text: &str) -> Result<TraceId, WireError> {
    let number = (text.len() <= 32).then(|| u128::from_str_radix(text, 16).ok()).flatten();
    let number = number.filter(|n| *n != 0);
    number.map(|n| TraceId(n.to_be_bytes())).ok_or_else(|| bad_id("trace id", text))
}

/// A span id of up to 16 hexadecimal digits.
fn span_id(text: &str) -> Result<SpanId, WireError> {
    let number = (text.len() <= 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
    number.map(|n| SpanId(n.to_be_bytes())).ok_or_else(|| bad_id("span id", text))
}

fn bad_id(what: &str, text: &str) -> WireError {
    WireError::Value(format!("{text:?} is no {what}: hexadecimal digits, not all zero, are expected"))
}

/// The spans by service and library.
fn batch(spans: Vec<ZipkinSpan>) -> Result<SpanBatch, WireError> {
    let mut groups: Vec<(String, Vec<ScopeSpans>)> = Vec::new();
    for mut span in spans {
        let service = std::mem::take(&mut span.local.service);
        let [name, version] = ["name", "version"].map(|part| span.library(part));
        let span = span.finish()?;
        let group = match groups.iter_mut().position(|(known, _)| *known == service) {
            Some(at) => &mut groups[at].1,
            None => {
                groups.push((service, Vec::new()));
                let at = groups.len() - 1;
                &mut groups[at].1
            }
        };
        match group.iter_mut().find(|s| s.scope.name == name && s.scope.version == version) {
            Some(scope) => scope.spans.push(span),
            None => {
                let scope = Arc::new(Scope { name, version, ..Scope::default() });
                group.push(ScopeSpans { scope, spans: vec![span], ..ScopeSpans::default() });
            }
        }
    }
    let resource = |service: String| {
        let named = !service.is_empty();
        let attributes = named.then(|| ("service.name".into(), Value::from(service.as_str())));
        Arc::new(Resource { attributes: attributes.into_iter().collect(), dropped_attributes: 0 })
    };
    let resources = groups.into_iter().map(|(service, scopes)| ResourceSpans {
        resource: resource(service),
        scopes,
        ..ResourceSpans::default()
    });
    Ok(SpanBatch { resources: resources.collect() })
}

impl ZipkinSpan {
    /// Removes a tag; its text, "" when it is not there.
    fn take(&mut self, key: &str) -> Arc<str> {
        let at = self.tags.iter().position(|(known, _)| &**known == key);
        match at.map(|at| self.tags.remove(at).1) {
            Some(Value::Str(text)) => text,
            _ => Arc::from(""),
        }
    }

    /// What the tags say of the library: `otel.scope.*`, by older clients `otel.library.*`.
    fn library(&mut self, part: &str) -> Arc<str> {
        let [scope, library] = ["scope", "library"].map(|of| self.take(&format!("otel.{of}.{part}")));
        if scope.is_empty() { library } else { scope }
    }

    fn finish(mut self) -> Result<Span, WireError> {
        if self.span_id.is_zero() {
            return Err(bad_id("span id", &self.span_id.to_string()));
        }
        let said = self.take("span.kind");
        let kind = if self.kind == SpanKind::Unspecified { kind_of(&said) } else { self.kind };
        let trace_state = self.take("w3c.tracestate");
        let (status, status_message) = take_status(&mut self.tags);
        let mut attributes = self.tags;
        let mut add = |key: &str, value: Value| attributes.push((Arc::from(key), value));
        for (name, end) in [("net.host", &self.local), ("net.peer", &self.remote)] {
            if let Some(address) = end.address {
                add(&format!("{name}.ip"), Value::from(address.to_string().as_str()));
            }
            if end.port != 0 {
                add(&format!("{name}.port"), Value::Int(i64::from(end.port)));
            }
        }
        if !self.remote.service.is_empty() {
            add("peer.service", Value::from(self.remote.service.as_str()));
        }
        let first = self.annotations.iter().map(|(at, _)| *at).min().unwrap_or(0);
        let start = nanos(if self.timestamp == 0 { first } else { self.timestamp });
        let events = self.annotations.into_iter().map(|(at, text)| Event {
            at: nanos(at),
            name: Arc::from(text),
            ..Event::default()
        });
        Ok(Span {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_span_id: self.parent,
            trace_state,
            name: Arc::from(self.name),
            kind,
            start,
            end: Nanos(start.0.saturating_add(nanos(self.duration).0)),
            attributes,
            events: events.collect(),
            status,
            status_message,
            ..Span::default()
        })
    }
}

#[cfg(test)]
mod tests;

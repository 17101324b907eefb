//! `jaeger.thrift`: a batch over HTTP (binary), a call `emitBatch` over UDP (binary or compact).

use super::{Emitter, JaegerSpan, Reference, resource_spans};
use crate::error::WireError;
use crate::thrift::{Fields, binary_struct, call};
use model::{Attributes, Nanos, SpanBatch, SpanId, TraceId, Value};
use std::sync::Arc;

/// Reads the body of `POST /api/traces`.
pub fn thrift_batch(body: &[u8]) -> Result<SpanBatch, WireError> {
    batch(&binary_struct(body)?)
}

/// Reads a packet that a client sends to an agent.
pub fn packet(bytes: &[u8]) -> Result<SpanBatch, WireError> {
    match call(bytes)? {
        ("emitBatch", arguments) => match arguments.fields(1) {
            Some(fields) => batch(fields),
            None => Ok(SpanBatch::default()),
        },
        (name, _) => Err(WireError::Value(format!("thrift: the call {name:?} is not known"))),
    }
}

fn batch(batch: &Fields<'_>) -> Result<SpanBatch, WireError> {
    let emitter = batch.fields(1).map(emitter).unwrap_or_default();
    let spans: Vec<JaegerSpan> = batch.structs(2).map(span).collect();
    if spans.is_empty() {
        return Ok(SpanBatch::default());
    }
    Ok(SpanBatch { resources: vec![resource_spans(emitter, spans)?] })
}

fn emitter(fields: &Fields<'_>) -> Emitter {
    Emitter { service: fields.text(1).into_owned(), tags: tags(fields, 2) }
}

fn trace_id(fields: &Fields<'_>, low: i16, high: i16) -> TraceId {
    let id = u128::from(fields.int(high).cast_unsigned()) << 64 | u128::from(fields.int(low).cast_unsigned());
    TraceId(id.to_be_bytes())
}

fn span_id(fields: &Fields<'_>, id: i16) -> SpanId {
    SpanId(fields.int(id).to_be_bytes())
}

fn micros(micros: i64) -> i64 {
    micros.saturating_mul(1000)
}

fn span(fields: &Fields<'_>) -> JaegerSpan {
    let trace = trace_id(fields, 1, 2);
    let mut references: Vec<Reference> = fields
        .structs(6)
        .map(|reference| Reference {
            follows: reference.int(1) == 1,
            trace_id: trace_id(reference, 2, 3),
            span_id: span_id(reference, 4),
        })
        .collect();
    let parent = Reference { follows: false, trace_id: trace, span_id: span_id(fields, 4) };
    // Older clients name the parent in a field of its own, newer ones in both places.
    if !parent.span_id.is_zero() && !references.contains(&parent) {
        references.insert(0, parent);
    }
    JaegerSpan {
        trace_id: trace,
        span_id: span_id(fields, 3),
        name: Arc::from(&*fields.text(5)),
        references,
        flags: fields.int(7) as u32,
        start: Nanos(micros(fields.int(8))),
        nanos: micros(fields.int(9)),
        tags: tags(fields, 10),
        logs: fields.structs(11).map(|log| (Nanos(micros(log.int(1))), tags(log, 2))).collect(),
    }
}

fn tags(fields: &Fields<'_>, id: i16) -> Attributes {
    let value = |tag: &Fields<'_>| match tag.int(2) {
        1 => Value::Double(tag.double(4)),
        2 => Value::Bool(tag.int(5) != 0),
        3 => Value::Int(tag.int(6)),
        4 => Value::Bytes(Arc::from(tag.bytes(7))),
        _ => Value::from(&*tag.text(3)),
    };
    fields.structs(id).map(|tag| (Arc::from(&*tag.text(1)), value(tag))).collect()
}

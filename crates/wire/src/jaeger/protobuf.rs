//! `jaeger.api_v2.PostSpansRequest`: a batch over gRPC. A span may name a process of its own.

use super::{Emitter, JaegerSpan, Reference, resource_spans};
use crate::error::WireError;
use crate::proto::Reader;
use model::{Attributes, Nanos, SpanBatch, SpanId, TraceId, Value};
use std::sync::Arc;

/// Reads the message of `CollectorService/PostSpans`.
pub fn post_spans(message: &[u8]) -> Result<SpanBatch, WireError> {
    let mut batch = SpanBatch::default();
    let mut request = Reader::new(message);
    while let Some(field) = request.field()? {
        if field.number == 1 {
            read_batch(&mut batch, field.message()?)?;
        }
    }
    Ok(batch)
}

fn read_batch(into: &mut SpanBatch, mut message: Reader<'_>) -> Result<(), WireError> {
    let (mut shared, mut spans) = (Emitter::default(), Vec::new());
    while let Some(field) = message.field()? {
        match field.number {
            1 => {
                let (own, span) = span(field.message()?)?;
                match own {
                    Some(emitter) => into.resources.push(resource_spans(emitter, vec![span])?),
                    None => spans.push(span),
                }
            }
            2 => shared = emitter(field.message()?)?,
            _ => {}
        }
    }
    if !spans.is_empty() {
        into.resources.push(resource_spans(shared, spans)?);
    }
    Ok(())
}

fn emitter(mut message: Reader<'_>) -> Result<Emitter, WireError> {
    let mut out = Emitter::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => field.text()?.clone_into(&mut out.service),
            2 => tag(&mut out.tags, field.message()?)?,
            _ => {}
        }
    }
    Ok(out)
}

/// An id of up to `N` bytes, zeros on the left.
pub(super) fn id<const N: usize>(bytes: &[u8]) -> Result<[u8; N], WireError> {
    let mut out = [0; N];
    let at = N.checked_sub(bytes.len()).ok_or_else(|| {
        WireError::Value(format!("an id of {} bytes, at most {N} are expected", bytes.len()))
    })?;
    out[at..].copy_from_slice(bytes);
    Ok(out)
}

/// `google.protobuf.Timestamp` and `Duration`, in nanoseconds.
pub(super) fn nanos(mut message: Reader<'_>) -> Result<i64, WireError> {
    let (mut seconds, mut nanos) = (0i64, 0i64);
    while let Some(field) = message.field()? {
        match field.number {
            1 => seconds = field.int()?,
            2 => nanos = field.int()?,
            _ => {}
        }
    }
    Ok(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
}

fn span(mut message: Reader<'_>) -> Result<(Option<Emitter>, JaegerSpan), WireError> {
    let (mut out, mut own) = (JaegerSpan::default(), None);
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.trace_id = TraceId(id(field.bytes()?)?),
            2 => out.span_id = SpanId(id(field.bytes()?)?),
            3 => out.name = Arc::from(field.text()?),
            4 => out.references.push(reference(field.message()?)?),
            5 => out.flags = field.uint()? as u32,
            6 => out.start = Nanos(nanos(field.message()?)?),
            7 => out.nanos = nanos(field.message()?)?,
            8 => tag(&mut out.tags, field.message()?)?,
            9 => out.logs.push(log(field.message()?)?),
            10 => own = Some(emitter(field.message()?)?),
            _ => {}
        }
    }
    Ok((own, out))
}

fn reference(mut message: Reader<'_>) -> Result<Reference, WireError> {
    let mut out = Reference { follows: false, trace_id: TraceId::default(), span_id: SpanId::default() };
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.trace_id = TraceId(id(field.bytes()?)?),
            2 => out.span_id = SpanId(id(field.bytes()?)?),
            3 => out.follows = field.uint()? == 1,
            _ => {}
        }
    }
    Ok(out)
}

fn log(mut message: Reader<'_>) -> Result<(Nanos, Attributes), WireError> {
    let (mut at, mut fields) = (Nanos(0), Attributes::new());
    while let Some(field) = message.field()? {
        match field.number {
            1 => at = Nanos(nanos(field.message()?)?),
            2 => tag(&mut fields, field.message()?)?,
            _ => {}
        }
    }
    Ok((at, fields))
}

fn tag(into: &mut Attributes, mut message: Reader<'_>) -> Result<(), WireError> {
    let (mut key, mut kind) = ("", 0);
    let (mut text, mut flag, mut int, mut double, mut bytes): (&str, bool, i64, f64, &[u8]) =
        ("", false, 0, 0.0, &[]);
    while let Some(field) = message.field()? {
        match field.number {
            1 => key = field.text()?,
            2 => kind = field.uint()?,
            3 => text = field.text()?,
            4 => flag = field.uint()? != 0,
            5 => int = field.int()?,
            6 => double = field.double()?,
            7 => bytes = field.bytes()?,
            _ => {}
        }
    }
    let value = match kind {
        1 => Value::Bool(flag),
        2 => Value::Int(int),
        3 => Value::Double(double),
        4 => Value::Bytes(Arc::from(bytes)),
        _ => Value::from(text),
    };
    into.push((Arc::from(key), value));
    Ok(())
}

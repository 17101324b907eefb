//! Spans, read and written.
//!
//! Invariant: every span that comes out has a 16-byte trace id and an 8-byte span id that is not zero; one that has not
//! fails the whole request, as the replaced system has it. The written form is also `tempopb.Trace` (resource spans as
//! field 1).

use super::attributes::{Interner, head, told_once, write_attributes};
use super::{Encoding, schema};
use crate::error::WireError;
use crate::proto::{Reader, Writer};
use model::{
    Event, Link, Nanos, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId,
};
use std::sync::Arc;

/// Reads an `ExportTraceServiceRequest`.
pub fn decode(body: &[u8], encoding: Encoding) -> Result<SpanBatch, WireError> {
    let bytes = encoding.to_protobuf(body, &schema::TRACES)?;
    let mut texts = Interner::default();
    let mut batch = SpanBatch::default();
    let mut request = Reader::new(&bytes);
    while let Some(field) = request.field()? {
        if field.number == 1 {
            batch.resources.push(resource_spans(&mut texts, field.message()?)?);
        }
    }
    Ok(batch)
}

fn resource_spans<'a>(texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<ResourceSpans, WireError> {
    let mut out = ResourceSpans::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.resource = Arc::new(texts.resource(field.message()?)?),
            2 => out.scopes.push(scope_spans(texts, field.message()?)?),
            3 => out.schema_url = texts.text(field)?,
            _ => {}
        }
    }
    Ok(out)
}

fn scope_spans<'a>(texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<ScopeSpans, WireError> {
    let mut out = ScopeSpans::default();
    if let Some(scope) = head(&message, 1)? {
        out.scope = Arc::new(texts.scope(scope)?);
    }
    while let Some(field) = message.field()? {
        match field.number {
            2 => out.spans.push(span(texts, field.message()?)?),
            3 => out.schema_url = texts.text(field)?,
            _ => {}
        }
    }
    Ok(out)
}

fn nanos(bits: u64) -> Nanos {
    Nanos(i64::try_from(bits).unwrap_or(i64::MAX))
}

fn span<'a>(texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<Span, WireError> {
    let mut out = Span::default();
    let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
    let mut attributes = texts.gather();
    while let Some(field) = message.field()? {
        match field.number {
            1 => trace_id = field.bytes()?,
            2 => span_id = field.bytes()?,
            3 => out.trace_state = texts.text(field)?,
            4 => out.parent_span_id = SpanId(field.bytes()?.try_into().unwrap_or_default()),
            5 => out.name = texts.text(field)?,
            6 => out.kind = SpanKind::from_number(field.uint()?),
            7 => out.start = nanos(field.fixed64()?),
            8 => out.end = nanos(field.fixed64()?),
            9 => texts.attribute(&mut attributes, field.message()?)?,
            10 => out.dropped[0] = field.uint()? as u32,
            11 => out.events.push(event(texts, field.message()?)?),
            12 => out.dropped[1] = field.uint()? as u32,
            13 => out.links.push(link(texts, field.message()?)?),
            14 => out.dropped[2] = field.uint()? as u32,
            15 => status(&mut out, texts, field.message()?)?,
            16 => out.flags = field.fixed32()?,
            _ => {}
        }
    }
    out.attributes = texts.gathered(attributes);
    out.trace_id = trace_id.try_into().map(TraceId).map_err(|_| {
        WireError::Value(format!("trace ids must be 128 bit, received {} bits", trace_id.len() * 8))
    })?;
    out.span_id = span_id.try_into().map(SpanId).unwrap_or_default();
    if out.span_id.is_zero() {
        let bits = if span_id.iter().all(|b| *b == 0) { 0 } else { span_id.len() * 8 };
        return Err(WireError::Value(format!(
            "span ids must be 64 bit and not all zero, received {bits} bits"
        )));
    }
    Ok(out)
}

fn status<'a>(out: &mut Span, texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<(), WireError> {
    while let Some(field) = message.field()? {
        match field.number {
            2 => out.status_message = texts.text(field)?,
            3 => out.status = StatusCode::from_number(field.uint()?),
            _ => {}
        }
    }
    Ok(())
}

fn event<'a>(texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<Event, WireError> {
    let mut out = Event::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.at = nanos(field.fixed64()?),
            2 => out.name = texts.text(field)?,
            3 => texts.attribute(&mut out.attributes, field.message()?)?,
            4 => out.dropped_attributes = field.uint()? as u32,
            _ => {}
        }
    }
    told_once(&mut out.attributes);
    Ok(out)
}

fn link<'a>(texts: &mut Interner<'a>, mut message: Reader<'a>) -> Result<Link, WireError> {
    let mut out = Link::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.trace_id = TraceId(field.bytes()?.try_into().unwrap_or_default()),
            2 => out.span_id = SpanId(field.bytes()?.try_into().unwrap_or_default()),
            3 => out.trace_state = texts.text(field)?,
            4 => texts.attribute(&mut out.attributes, field.message()?)?,
            5 => out.dropped_attributes = field.uint()? as u32,
            6 => out.flags = field.fixed32()?,
            _ => {}
        }
    }
    told_once(&mut out.attributes);
    Ok(out)
}

/// The `ExportTraceServiceRequest` (or `tempopb.Trace`) that says what `batch` says.
pub fn encode(batch: &SpanBatch) -> Vec<u8> {
    let mut w = Writer::new();
    write_batch(&mut w, batch);
    w.finish()
}

/// Writes the resource spans of `batch` as field 1 of the message being written.
pub fn write_batch(w: &mut Writer, batch: &SpanBatch) {
    for group in &batch.resources {
        w.message(1, |r| {
            r.message(1, |m| {
                write_attributes(m, 1, &group.resource.attributes);
                m.uint_if_any(2, u64::from(group.resource.dropped_attributes));
            });
            for scope in &group.scopes {
                r.message(2, |s| write_scope(s, scope));
            }
            r.text_if_any(3, &group.schema_url);
        });
    }
}

fn write_scope(w: &mut Writer, group: &ScopeSpans) {
    let scope = &group.scope;
    w.message(1, |m| {
        m.text_if_any(1, &scope.name);
        m.text_if_any(2, &scope.version);
        write_attributes(m, 3, &scope.attributes);
        m.uint_if_any(4, u64::from(scope.dropped_attributes));
    });
    for span in &group.spans {
        w.message(2, |m| write_span(m, span));
    }
    w.text_if_any(3, &group.schema_url);
}

/// Bytes of a span as protobuf.
pub fn span_bytes(span: &Span) -> usize {
    let mut w = Writer::new();
    write_span(&mut w, span);
    w.finish().len()
}

fn write_span(w: &mut Writer, span: &Span) {
    w.bytes(1, &span.trace_id.0);
    w.bytes(2, &span.span_id.0);
    w.text_if_any(3, &span.trace_state);
    if !span.parent_span_id.is_zero() {
        w.bytes(4, &span.parent_span_id.0);
    }
    w.text_if_any(5, &span.name);
    w.uint_if_any(6, span.kind as u64);
    w.fixed64(7, span.start.0.cast_unsigned());
    w.fixed64(8, span.end.0.cast_unsigned());
    write_attributes(w, 9, &span.attributes);
    w.uint_if_any(10, u64::from(span.dropped[0]));
    for event in &span.events {
        w.message(11, |m| {
            m.fixed64(1, event.at.0.cast_unsigned());
            m.text_if_any(2, &event.name);
            write_attributes(m, 3, &event.attributes);
            m.uint_if_any(4, u64::from(event.dropped_attributes));
        });
    }
    w.uint_if_any(12, u64::from(span.dropped[1]));
    for link in &span.links {
        w.message(13, |m| {
            m.bytes(1, &link.trace_id.0);
            m.bytes(2, &link.span_id.0);
            m.text_if_any(3, &link.trace_state);
            write_attributes(m, 4, &link.attributes);
            m.uint_if_any(5, u64::from(link.dropped_attributes));
            if link.flags != 0 {
                m.fixed32(6, link.flags);
            }
        });
    }
    w.uint_if_any(14, u64::from(span.dropped[2]));
    if span.status != StatusCode::Unset || !span.status_message.is_empty() {
        w.message(15, |m| {
            m.text_if_any(2, &span.status_message);
            m.uint_if_any(3, span.status as u64);
        });
    }
    if span.flags != 0 {
        w.fixed32(16, span.flags);
    }
}

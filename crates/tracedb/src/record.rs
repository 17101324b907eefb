//! Log payloads: a tenant and a batch of spans in the engine's own encoding, nothing dropped.
//!
//! Walk: `tracedb.rs` encodes before it reserves room in the log; replay decodes. Block sections use the value,
//! resource and scope encodings too. Invariant: `decode(encode(x)) == x`, and no bytes make `decode` panic.
//! ```text
//! record   = version(1) tenant:text resources:count { resource url:str scopes:count { scope url:str spans:count { span } } }
//! str      = varint index; index == strings seen so far: a new string follows (length, bytes)
//! resource = dropped attributes          scope = name:str version:str dropped attributes
//! span     = trace_id[16] span_id[8] flags8 [parent_id[8]] name:str kind_status start:signed(to the last start)
//!            end:signed(to start) [trace_state:str flags message:str dropped*3] attributes events links
//! value    = tag byte, then its bytes (see `put_value`)
//! ```

use self::recent::Recent;
use crate::bytes::ReadMore;
use crate::error::{DecodeError, TraceError};
use codec::varint::zigzag;
use codec::{Reader, put_len_bytes, put_u64};
use model::{
    Attributes, Event, Link, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId,
    SpanKind, StatusCode, Tenant, TraceId, Value,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

pub(crate) mod recent;

/// The version that this build writes.
const VERSION: u8 = 1;

/// Levels of arrays and maps in a value: protobuf readers refuse more than 100 levels of messages, and a nested value
/// takes two of them.
pub const MAX_VALUE_DEPTH: usize = 64;

/// 64 MiB, a log segment: doors refuse larger bodies long before.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

// Bits of a span's flags byte: which optional parts follow.
const HAS_PARENT: u8 = 1;
const HAS_REST: u8 = 2;
const HAS_ATTRIBUTES: u8 = 4;
const HAS_EVENTS: u8 = 8;
const HAS_LINKS: u8 = 16;

/// The strings of one encoding, each written once.
#[derive(Default)]
pub(crate) struct StringsOut<'a> {
    seen: FxHashMap<&'a str, u64>,
    recent: Recent<&'a str, u64>,
}

impl<'a> StringsOut<'a> {
    fn put(&mut self, out: &mut Vec<u8>, text: &'a str) {
        if let Some(known) = self.recent.get(text) {
            return put_u64(out, *known);
        }
        let next = self.seen.len() as u64;
        let index = *self.seen.entry(text).or_insert(next);
        put_u64(out, index);
        if index == next {
            put_len_bytes(out, text.as_bytes());
        } else {
            // It came before, and will again.
            self.recent.keep(&text, index);
        }
    }
}

/// The strings of one encoding, in the order of their first use.
#[derive(Default)]
pub(crate) struct StringsIn {
    seen: Vec<Arc<str>>,
}

impl StringsIn {
    fn get(&mut self, cursor: &mut Reader<'_>) -> Result<Arc<str>, DecodeError> {
        let index = cursor.u64()? as usize;
        if index < self.seen.len() {
            return Ok(self.seen[index].clone());
        }
        if index > self.seen.len() {
            return Err(DecodeError::Invalid("string index"));
        }
        let text: Arc<str> = Arc::from(cursor.str()?);
        self.seen.push(text.clone());
        Ok(text)
    }
}

/// Encodes a batch.
pub(crate) fn encode(tenant: &Tenant, batch: &SpanBatch) -> Result<Vec<u8>, TraceError> {
    check_depth(batch)?;
    let mut out = Vec::with_capacity(64 + 160 * batch.len());
    let mut strings = StringsOut::default();
    out.push(VERSION);
    put_len_bytes(&mut out, tenant.as_str().as_bytes());
    put_u64(&mut out, batch.resources.len() as u64);
    let mut last_start = 0;
    for resource in &batch.resources {
        put_resource(&mut out, &mut strings, &resource.resource);
        strings.put(&mut out, &resource.schema_url);
        put_u64(&mut out, resource.scopes.len() as u64);
        for scope in &resource.scopes {
            put_scope(&mut out, &mut strings, &scope.scope);
            strings.put(&mut out, &scope.schema_url);
            put_u64(&mut out, scope.spans.len() as u64);
            for span in &scope.spans {
                put_span(&mut out, &mut strings, span, &mut last_start);
            }
        }
    }
    if out.len() > MAX_RECORD_BYTES {
        return Err(TraceError::TooLarge { bytes: out.len(), limit: MAX_RECORD_BYTES });
    }
    Ok(out)
}

/// Decodes what [`encode`] wrote.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Tenant, SpanBatch), DecodeError> {
    let mut cursor = Reader::new(bytes);
    let version = cursor.u8()?;
    if version != VERSION {
        return Err(DecodeError::Version(u64::from(version)));
    }
    let tenant = Tenant::parse(cursor.str()?).map_err(|_| DecodeError::Invalid("tenant"))?;
    let mut strings = StringsIn::default();
    let mut last_start = 0;
    let mut batch = SpanBatch::default();
    for _ in 0..cursor.count_of(1)? {
        let resource = Arc::new(get_resource(&mut cursor, &mut strings)?);
        let schema_url = strings.get(&mut cursor)?;
        let mut scopes = Vec::new();
        for _ in 0..cursor.count_of(1)? {
            let scope = Arc::new(get_scope(&mut cursor, &mut strings)?);
            let schema_url = strings.get(&mut cursor)?;
            let count = cursor.count_of(24)?;
            let spans = (0..count).map(|_| get_span(&mut cursor, &mut strings, &mut last_start));
            scopes.push(ScopeSpans { scope, schema_url, spans: spans.collect::<Result<_, _>>()? });
        }
        batch.resources.push(ResourceSpans { resource, schema_url, scopes });
    }
    if cursor.is_empty() { Ok((tenant, batch)) } else { Err(DecodeError::Invalid("trailing bytes")) }
}

fn check_depth(batch: &SpanBatch) -> Result<(), TraceError> {
    fn too_deep(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(_) | Value::Map(_) if left == 0 => true,
            Value::Array(items) => items.iter().any(|v| too_deep(v, left - 1)),
            Value::Map(entries) => entries.iter().any(|(_, v)| too_deep(v, left - 1)),
            _ => false,
        }
    }
    let attributes = |attributes: &Attributes| attributes.iter().any(|(_, v)| too_deep(v, MAX_VALUE_DEPTH));
    let span = |span: &Span| {
        attributes(&span.attributes)
            || span.events.iter().any(|e| attributes(&e.attributes))
            || span.links.iter().any(|l| attributes(&l.attributes))
    };
    let deep = batch.resources.iter().any(|r| {
        attributes(&r.resource.attributes)
            || r.scopes.iter().any(|s| attributes(&s.scope.attributes) || s.spans.iter().any(span))
    });
    if deep { Err(TraceError::TooDeep { limit: MAX_VALUE_DEPTH }) } else { Ok(()) }
}

fn put_span<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, span: &'a Span, last_start: &mut i64) {
    out.extend_from_slice(&span.trace_id.0);
    out.extend_from_slice(&span.span_id.0);
    let rest = !span.trace_state.is_empty()
        || span.flags != 0
        || !span.status_message.is_empty()
        || span.dropped != [0; 3];
    let flag = |on: bool, bit: u8| if on { bit } else { 0 };
    out.push(
        flag(!span.parent_span_id.is_zero(), HAS_PARENT)
            | flag(rest, HAS_REST)
            | flag(!span.attributes.is_empty(), HAS_ATTRIBUTES)
            | flag(!span.events.is_empty(), HAS_EVENTS)
            | flag(!span.links.is_empty(), HAS_LINKS),
    );
    if !span.parent_span_id.is_zero() {
        out.extend_from_slice(&span.parent_span_id.0);
    }
    strings.put(out, &span.name);
    out.push(span.kind as u8 | (span.status as u8) << 4);
    put_u64(out, zigzag(span.start.0.wrapping_sub(*last_start)));
    put_u64(out, zigzag(span.end.0.wrapping_sub(span.start.0)));
    *last_start = span.start.0;
    if rest {
        strings.put(out, &span.trace_state);
        put_u64(out, u64::from(span.flags));
        strings.put(out, &span.status_message);
        span.dropped.iter().for_each(|n| put_u64(out, u64::from(*n)));
    }
    if !span.attributes.is_empty() {
        put_attributes(out, strings, &span.attributes);
    }
    put_events_and_links(out, strings, span);
}

fn put_events_and_links<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, span: &'a Span) {
    if !span.events.is_empty() {
        put_u64(out, span.events.len() as u64);
        for event in &span.events {
            put_u64(out, zigzag(event.at.0.wrapping_sub(span.start.0)));
            strings.put(out, &event.name);
            put_u64(out, u64::from(event.dropped_attributes));
            put_attributes(out, strings, &event.attributes);
        }
    }
    if !span.links.is_empty() {
        put_u64(out, span.links.len() as u64);
        for link in &span.links {
            out.extend_from_slice(&link.trace_id.0);
            out.extend_from_slice(&link.span_id.0);
            strings.put(out, &link.trace_state);
            put_u64(out, u64::from(link.flags));
            put_u64(out, u64::from(link.dropped_attributes));
            put_attributes(out, strings, &link.attributes);
        }
    }
}

fn get_span(
    cursor: &mut Reader<'_>,
    strings: &mut StringsIn,
    last_start: &mut i64,
) -> Result<Span, DecodeError> {
    let mut span =
        Span { trace_id: TraceId(cursor.array()?), span_id: SpanId(cursor.array()?), ..Span::default() };
    let flags = cursor.u8()?;
    if flags & HAS_PARENT != 0 {
        span.parent_span_id = SpanId(cursor.array()?);
    }
    span.name = strings.get(cursor)?;
    let kind_status = cursor.u8()?;
    span.kind = SpanKind::from_number(u64::from(kind_status & 15));
    span.status = StatusCode::from_number(u64::from(kind_status >> 4));
    span.start = Nanos(last_start.wrapping_add(cursor.i64()?));
    span.end = Nanos(span.start.0.wrapping_add(cursor.i64()?));
    *last_start = span.start.0;
    if flags & HAS_REST != 0 {
        span.trace_state = strings.get(cursor)?;
        span.flags = cursor.u32()?;
        span.status_message = strings.get(cursor)?;
        for dropped in &mut span.dropped {
            *dropped = cursor.u32()?;
        }
    }
    if flags & HAS_ATTRIBUTES != 0 {
        span.attributes = get_attributes(cursor, strings, MAX_VALUE_DEPTH)?;
    }
    if flags & HAS_EVENTS != 0 {
        for _ in 0..cursor.count_of(4)? {
            span.events.push(Event {
                at: Nanos(span.start.0.wrapping_add(cursor.i64()?)),
                name: strings.get(cursor)?,
                dropped_attributes: cursor.u32()?,
                attributes: get_attributes(cursor, strings, MAX_VALUE_DEPTH)?,
            });
        }
    }
    if flags & HAS_LINKS != 0 {
        for _ in 0..cursor.count_of(28)? {
            span.links.push(Link {
                trace_id: TraceId(cursor.array()?),
                span_id: SpanId(cursor.array()?),
                trace_state: strings.get(cursor)?,
                flags: cursor.u32()?,
                dropped_attributes: cursor.u32()?,
                attributes: get_attributes(cursor, strings, MAX_VALUE_DEPTH)?,
            });
        }
    }
    Ok(span)
}

/// Appends a resource.
pub(crate) fn put_resource<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, resource: &'a Resource) {
    put_u64(out, u64::from(resource.dropped_attributes));
    put_attributes(out, strings, &resource.attributes);
}

/// Reads a resource.
pub(crate) fn get_resource(
    cursor: &mut Reader<'_>,
    strings: &mut StringsIn,
) -> Result<Resource, DecodeError> {
    Ok(Resource {
        dropped_attributes: cursor.u32()?,
        attributes: get_attributes(cursor, strings, MAX_VALUE_DEPTH)?,
    })
}

/// Appends a scope.
pub(crate) fn put_scope<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, scope: &'a Scope) {
    strings.put(out, &scope.name);
    strings.put(out, &scope.version);
    put_u64(out, u64::from(scope.dropped_attributes));
    put_attributes(out, strings, &scope.attributes);
}

/// Reads a scope.
pub(crate) fn get_scope(cursor: &mut Reader<'_>, strings: &mut StringsIn) -> Result<Scope, DecodeError> {
    Ok(Scope {
        name: strings.get(cursor)?,
        version: strings.get(cursor)?,
        dropped_attributes: cursor.u32()?,
        attributes: get_attributes(cursor, strings, MAX_VALUE_DEPTH)?,
    })
}

/// Appends a string of the encoding's table.
pub(crate) fn put_str<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, text: &'a str) {
    strings.put(out, text);
}

/// Reads a string of the encoding's table.
pub(crate) fn get_str(cursor: &mut Reader<'_>, strings: &mut StringsIn) -> Result<Arc<str>, DecodeError> {
    strings.get(cursor)
}

fn put_attributes<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, attributes: &'a [(Arc<str>, Value)]) {
    put_u64(out, attributes.len() as u64);
    for (key, value) in attributes {
        strings.put(out, key);
        put_value(out, strings, value);
    }
}

/// Appends attributes, events and links of a span: what [`crate::assemble`] breaks ties with.
pub(crate) fn put_attributes_of<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, span: &'a Span) {
    put_attributes(out, strings, &span.attributes);
    put_events_and_links(out, strings, span);
}

fn get_attributes(
    cursor: &mut Reader<'_>,
    strings: &mut StringsIn,
    depth: usize,
) -> Result<Attributes, DecodeError> {
    let count = cursor.count_of(2)?;
    (0..count).map(|_| Ok((strings.get(cursor)?, get_value(cursor, strings, depth)?))).collect()
}

const TAG_STR: u8 = 0;
const TAG_INT: u8 = 1;
const TAG_DOUBLE: u8 = 2;
const TAG_FALSE: u8 = 3;
const TAG_TRUE: u8 = 4;
const TAG_ARRAY: u8 = 5;
const TAG_MAP: u8 = 6;
const TAG_BYTES: u8 = 7;
const TAG_EMPTY: u8 = 8;

/// Appends a value: a tag byte, then text by table index, an int as a signed varint, a double as 8 bytes little-endian,
/// an array or map as a count and its members, bytes with their length.
pub(crate) fn put_value<'a>(out: &mut Vec<u8>, strings: &mut StringsOut<'a>, value: &'a Value) {
    match value {
        Value::Str(text) => {
            out.push(TAG_STR);
            strings.put(out, text);
        }
        Value::Int(int) => {
            out.push(TAG_INT);
            put_u64(out, zigzag(*int));
        }
        Value::Double(double) => {
            out.push(TAG_DOUBLE);
            out.extend_from_slice(&double.to_bits().to_le_bytes());
        }
        Value::Bool(flag) => out.push(if *flag { TAG_TRUE } else { TAG_FALSE }),
        Value::Array(items) => {
            out.push(TAG_ARRAY);
            put_u64(out, items.len() as u64);
            items.iter().for_each(|item| put_value(out, strings, item));
        }
        Value::Map(entries) => {
            out.push(TAG_MAP);
            put_attributes(out, strings, entries);
        }
        Value::Bytes(bytes) => {
            out.push(TAG_BYTES);
            put_len_bytes(out, bytes);
        }
        Value::Empty => out.push(TAG_EMPTY),
    }
}

/// Reads a value with at most `depth` levels of arrays and maps.
pub(crate) fn get_value(
    cursor: &mut Reader<'_>,
    strings: &mut StringsIn,
    depth: usize,
) -> Result<Value, DecodeError> {
    Ok(match cursor.u8()? {
        TAG_STR => Value::Str(strings.get(cursor)?),
        TAG_INT => Value::Int(cursor.i64()?),
        TAG_DOUBLE => Value::Double(f64::from_bits(u64::from_le_bytes(cursor.array()?))),
        TAG_FALSE => Value::Bool(false),
        TAG_TRUE => Value::Bool(true),
        TAG_ARRAY | TAG_MAP if depth == 0 => return Err(DecodeError::Invalid("nesting")),
        TAG_ARRAY => {
            let count = cursor.count_of(1)?;
            Value::Array((0..count).map(|_| get_value(cursor, strings, depth - 1)).collect::<Result<_, _>>()?)
        }
        TAG_MAP => Value::Map(get_attributes(cursor, strings, depth - 1)?),
        TAG_BYTES => Value::Bytes(Arc::from(cursor.len_bytes()?)),
        TAG_EMPTY => Value::Empty,
        _ => return Err(DecodeError::Invalid("value tag")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_batch_comes_back_whole(batch in arbitrary::batch()) {
            let tenant = Tenant::anonymous();
            let bytes = encode(&tenant, &batch).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), (tenant, batch));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }

        #[test]
        fn damaged_records_do_not_panic(batch in arbitrary::batch(), at: prop::sample::Index, flip in 1u8..) {
            let mut bytes = encode(&Tenant::anonymous(), &batch).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn deep_values_are_refused() {
        let value = (0..=MAX_VALUE_DEPTH).fold(Value::Int(1), |inner, _| Value::Array(vec![inner]));
        let span = Span { attributes: vec![("k".into(), value)], ..Span::default() };
        let scopes = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let batch = SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] };
        assert!(matches!(encode(&Tenant::anonymous(), &batch), Err(TraceError::TooDeep { .. })));
    }
}

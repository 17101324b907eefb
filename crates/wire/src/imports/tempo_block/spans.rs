//! One row -> one trace: resources, their scopes, their spans, in the order in which they were stored.
//!
//! Walk: `../tempo_block.rs` goes to a row -> here, by `layout.rs`. Invariant: every leaf that was asked for is taken
//! exactly once for each element that it belongs to.

use super::attributes::attributes;
use super::columns::{Columns, Leaf};
use super::layout::Layout;
use crate::WireError;
use model::{
    Event, Link, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId, SpanKind,
    StatusCode, TraceId, Value, attr,
};
use std::sync::Arc;

/// The trace of the row that the columns stand at.
pub(super) fn trace(columns: &mut Columns, layout: &Layout) -> Result<SpanBatch, WireError> {
    let trace_id = TraceId(id(columns, layout.trace_id)?);
    let mut batch = SpanBatch::default();
    columns.each_element(&layout.resources, |columns| {
        let leaves = &layout.resource;
        let service = columns.text(leaves.service)?;
        let mut attributes = attributes(columns, &leaves.attributes)?;
        if !service.is_empty() && attr::find(&attributes, "service.name").is_none() {
            attributes.insert(0, (Arc::from("service.name"), Value::Str(service)));
        }
        let resource = Resource { attributes, dropped_attributes: count(columns, leaves.dropped)? };
        let mut scopes = Vec::new();
        columns.each_element(&layout.scopes, |columns| {
            scopes.push(scope(columns, layout, trace_id)?);
            Ok(())
        })?;
        batch.resources.push(ResourceSpans {
            resource: Arc::new(resource),
            schema_url: Arc::default(),
            scopes,
        });
        Ok(())
    })?;
    Ok(batch)
}

fn scope(columns: &mut Columns, layout: &Layout, trace_id: TraceId) -> Result<ScopeSpans, WireError> {
    let leaves = &layout.scope;
    let scope = Scope {
        name: columns.text(leaves.name)?,
        version: columns.text(leaves.version)?,
        attributes: attributes(columns, &leaves.attributes)?,
        dropped_attributes: count(columns, leaves.dropped)?,
    };
    let mut spans = Vec::new();
    columns.each_element(&layout.spans, |columns| {
        spans.push(span(columns, layout, trace_id)?);
        Ok(())
    })?;
    Ok(ScopeSpans { scope: Arc::new(scope), schema_url: Arc::default(), spans })
}

fn span(columns: &mut Columns, layout: &Layout, trace_id: TraceId) -> Result<Span, WireError> {
    let leaves = &layout.span;
    let start = columns.int(Some(leaves.start))?;
    let duration = columns.int(Some(leaves.duration))?;
    let [dropped_attributes, dropped_events, dropped_links] = leaves.dropped;
    let mut span = Span {
        trace_id,
        span_id: SpanId(id(columns, leaves.id)?),
        parent_span_id: SpanId(id(columns, leaves.parent)?),
        trace_state: columns.text(leaves.trace_state)?,
        flags: 0,
        name: columns.text(Some(leaves.name))?,
        kind: SpanKind::from_number(number(columns, leaves.kind)?),
        start: Nanos(start),
        end: Nanos(start.saturating_add(duration)),
        attributes: attributes(columns, &leaves.attributes)?,
        events: Vec::new(),
        links: Vec::new(),
        status: StatusCode::from_number(number(columns, leaves.status)?),
        status_message: columns.text(leaves.status_message)?,
        dropped: [
            count(columns, dropped_attributes)?,
            count(columns, dropped_events)?,
            count(columns, dropped_links)?,
        ],
    };
    columns.each_element(&layout.events, |columns| {
        let leaves = &layout.event;
        span.events.push(Event {
            at: Nanos(start.saturating_add(columns.int(Some(leaves.since_start))?)),
            name: columns.text(leaves.name)?,
            attributes: attributes(columns, &leaves.attributes)?,
            dropped_attributes: count(columns, leaves.dropped)?,
        });
        Ok(())
    })?;
    columns.each_element(&layout.links, |columns| {
        let leaves = &layout.link;
        span.links.push(Link {
            trace_id: TraceId(id(columns, leaves.trace_id)?),
            span_id: SpanId(id(columns, leaves.span_id)?),
            trace_state: columns.text(leaves.trace_state)?,
            attributes: attributes(columns, &leaves.attributes)?,
            dropped_attributes: count(columns, leaves.dropped)?,
            flags: 0,
        });
        Ok(())
    })?;
    Ok(span)
}

/// An id, padded with zeros on the left; none is all zeros.
fn id<const N: usize>(columns: &mut Columns, leaf: Leaf) -> Result<[u8; N], WireError> {
    let (mut id, mut too_long) = ([0; N], None);
    columns.bytes(Some(leaf), |bytes| match N.checked_sub(bytes.len()) {
        Some(left) => id[left..].copy_from_slice(bytes),
        None => too_long = Some(bytes.len()),
    })?;
    match too_long {
        None => Ok(id),
        Some(length) => Err(columns.failed(leaf, format!("an id of {length} bytes; at most {N}"))),
    }
}

fn count(columns: &mut Columns, leaf: Option<Leaf>) -> Result<u32, WireError> {
    Ok(u32::try_from(columns.int(leaf)?).unwrap_or(0))
}

fn number(columns: &mut Columns, leaf: Option<Leaf>) -> Result<u64, WireError> {
    Ok(u64::try_from(columns.int(leaf)?).unwrap_or(0))
}

//! Rows of one trace, from wherever they are stored, joined into the trace.
//!
//! Invariant: the result depends on the set of stored spans only, not on how they are spread over head and blocks, so a
//! query answers the same before and after flush, merge and restart. Of spans that share id, kind, start and name (a client's
//! retry) one stays: the one that ends last, then the one that says more. Spans that share only their id are different
//! spans, and all stay; since equal starts are asked for, removing duplicates never moves a trace's start, by which cursors
//! order traces before they see the rows.

use crate::record::{StringsOut, put_attributes_of, put_resource, put_scope, put_str};
use codec::put_u64;
use contract::TraceSpans;
use model::{Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId, TraceId};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

/// What emitted a span: resource and scope with their schemas.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) resource: Arc<Resource>,
    pub(crate) resource_url: Arc<str>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) scope_url: Arc<str>,
    keys: OnceLock<Keys>,
}

/// Bytes that are equal exactly for equal resources, and for equal origins.
#[derive(Debug, Clone)]
struct Keys {
    resource: Vec<u8>,
    whole: Vec<u8>,
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (&self.resource, &self.resource_url) == (&other.resource, &other.resource_url)
            && (&self.scope, &self.scope_url) == (&other.scope, &other.scope_url)
    }
}

impl Origin {
    pub(crate) fn new(
        resource: Arc<Resource>,
        resource_url: Arc<str>,
        scope: Arc<Scope>,
        scope_url: Arc<str>,
    ) -> Self {
        Origin { resource, resource_url, scope, scope_url, keys: OnceLock::new() }
    }

    /// Bytes that are equal exactly for equal origins.
    pub(crate) fn key(&self) -> &[u8] {
        &self.keys().whole
    }

    fn resource_key(&self) -> &[u8] {
        &self.keys().resource
    }

    fn keys(&self) -> &Keys {
        self.keys.get_or_init(|| {
            let mut strings = StringsOut::default();
            let mut key = Vec::with_capacity(256);
            put_resource(&mut key, &mut strings, &self.resource);
            put_str(&mut key, &mut strings, &self.resource_url);
            let resource = key.clone();
            put_scope(&mut key, &mut strings, &self.scope);
            put_str(&mut key, &mut strings, &self.scope_url);
            Keys { resource, whole: key }
        })
    }
}

/// A span with its origin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) origin: Arc<Origin>,
    pub(crate) span: Arc<Span>,
}

/// First and last instant of a span, also when its clocks disagree.
pub(crate) fn extent(span: &Span) -> (i64, i64) {
    (span.start.0, span.end.0.max(span.start.0))
}

/// The rows of a batch, one `Origin` a scope.
pub(crate) fn rows_of(batch: SpanBatch) -> impl Iterator<Item = Row> {
    batch.resources.into_iter().flat_map(|resource| {
        resource.scopes.into_iter().flat_map(move |scope| {
            let origin = Arc::new(Origin::new(
                resource.resource.clone(),
                resource.schema_url.clone(),
                scope.scope.clone(),
                scope.schema_url.clone(),
            ));
            scope.spans.into_iter().map(move |span| Row { origin: origin.clone(), span: Arc::new(span) })
        })
    })
}

/// Removes duplicates and orders what is left by start, id and kind.
pub(crate) fn canonical(rows: &mut Vec<Row>) {
    fn identity(row: &Row) -> (Nanos, SpanId, u8, &str) {
        (row.span.start, row.span.span_id, row.span.kind as u8, &row.span.name)
    }
    // What shares an identity is adjacent.
    rows.sort_by(|a, b| identity(a).cmp(&identity(b)).then_with(|| prefer(a, b)));
    rows.dedup_by(|later, kept| identity(later) == identity(kept));
}

/// `Less` when `a` is the copy to keep. Equal only for equal rows.
fn prefer(a: &Row, b: &Row) -> Ordering {
    let weight = |row: &Row| (row.span.end, row.span.attributes.len(), row.span.events.len());
    weight(b).cmp(&weight(a)).then_with(|| {
        if Arc::ptr_eq(&a.span, &b.span) && Arc::ptr_eq(&a.origin, &b.origin) {
            return Ordering::Equal;
        }
        tie_break(a).cmp(&tie_break(b))
    })
}

fn tie_break(row: &Row) -> Vec<u8> {
    let mut key = row.origin.key().to_vec();
    let mut strings = StringsOut::default();
    let span = &*row.span;
    key.extend_from_slice(&span.parent_span_id.0);
    put_str(&mut key, &mut strings, &span.trace_state);
    put_str(&mut key, &mut strings, &span.status_message);
    key.push(span.status as u8);
    put_u64(&mut key, u64::from(span.flags));
    span.dropped.iter().for_each(|n| put_u64(&mut key, u64::from(*n)));
    put_attributes_of(&mut key, &mut strings, span);
    key
}

/// The whole trace: `rows` in any order, with duplicates. `None` when there are none.
pub(crate) fn assemble(trace_id: TraceId, mut rows: Vec<Row>) -> Option<TraceSpans> {
    canonical(&mut rows);
    if rows.is_empty() {
        return None;
    }
    let mut groups = Groups::default();
    for Row { origin, span } in rows {
        let spans = groups.spans(&origin);
        spans.push(Arc::unwrap_or_clone(span));
    }
    Some(TraceSpans { trace_id, spans: groups.batch })
}

/// Resources and scopes in the order in which their first span comes.
#[derive(Default)]
struct Groups {
    batch: SpanBatch,
    by_address: FxHashMap<usize, (usize, usize)>,
    by_key: FxHashMap<Vec<u8>, (usize, usize)>,
    resources: FxHashMap<Vec<u8>, usize>,
    // Keeps the addresses of `by_address` from being used again.
    held: Vec<Arc<Origin>>,
}

impl Groups {
    fn spans(&mut self, origin: &Arc<Origin>) -> &mut Vec<Span> {
        let (resource, scope) = match self.by_address.get(&Arc::as_ptr(origin).addr()) {
            Some(place) => *place,
            None => {
                let place = self.place(origin);
                self.by_address.insert(Arc::as_ptr(origin).addr(), place);
                self.held.push(origin.clone());
                place
            }
        };
        &mut self.batch.resources[resource].scopes[scope].spans
    }

    fn place(&mut self, origin: &Origin) -> (usize, usize) {
        if let Some(place) = self.by_key.get(origin.key()) {
            return *place;
        }
        let resources = &mut self.batch.resources;
        let resource = *self.resources.entry(origin.resource_key().to_vec()).or_insert_with(|| {
            resources.push(ResourceSpans {
                resource: origin.resource.clone(),
                schema_url: origin.resource_url.clone(),
                scopes: Vec::new(),
            });
            resources.len() - 1
        });
        let scopes = &mut resources[resource].scopes;
        scopes.push(ScopeSpans {
            scope: origin.scope.clone(),
            schema_url: origin.scope_url.clone(),
            spans: Vec::new(),
        });
        let place = (resource, scopes.len() - 1);
        self.by_key.insert(origin.key().to_vec(), place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SpanKind;

    fn row(service: &str, id: u8, start: i64, end: i64) -> Row {
        let resource =
            Resource { attributes: vec![("service.name".into(), service.into())], ..Resource::default() };
        let span = Span { span_id: SpanId([id; 8]), start: Nanos(start), end: Nanos(end), ..Span::default() };
        let origin = Origin { resource: Arc::new(resource), ..Origin::default() };
        Row { origin: Arc::new(origin), span: Arc::new(span) }
    }

    #[test]
    fn the_order_of_arrival_does_not_show() {
        let mut other_kind = row("b", 1, 5, 9);
        Arc::make_mut(&mut other_kind.span).kind = SpanKind::Server;
        let mut other_name = row("b", 1, 5, 9);
        Arc::make_mut(&mut other_name.span).name = "different".into();
        let mut rows = vec![row("a", 1, 5, 9), row("b", 2, 6, 7), row("a", 3, 6, 8), row("a", 1, 5, 10)];
        rows.extend([other_kind, other_name]);
        let expected = assemble(TraceId::default(), rows.clone()).unwrap();
        assert_eq!(expected.spans.len(), 5, "one of the two copies goes, what shares only the id stays");
        assert_eq!(expected.spans.resources.len(), 2, "resources are joined by content");
        assert_eq!(expected.spans.resources[0].scopes[0].spans[0].end, Nanos(10), "the later end stays");
        for rotation in 1..rows.len() {
            let mut rows = rows.clone();
            rows.rotate_left(rotation);
            assert_eq!(assemble(TraceId::default(), rows).unwrap(), expected);
        }
    }
}

//! A client and a server span with one id, as older tracers write the two sides of a call: readers of a whole trace expect
//! each span to have its own.

use model::{Span, SpanBatch, SpanId, SpanKind};
use std::collections::{HashMap, HashSet};

fn spans(batch: &SpanBatch) -> impl Iterator<Item = &Span> {
    batch.resources.iter().flat_map(|group| &group.scopes).flat_map(|scope| &scope.spans)
}

fn spans_mut(batch: &mut SpanBatch) -> impl Iterator<Item = &mut Span> {
    batch.resources.iter_mut().flat_map(|group| &mut group.scopes).flat_map(|scope| &mut scope.spans)
}

/// Gives such a server span the lowest free id and makes it its client's child; what it called becomes its own.
pub(super) fn tell_apart(batch: &mut SpanBatch) {
    let of_kind = |kind| spans(batch).filter(move |span| span.kind == kind).map(|span| span.span_id);
    let clients: HashSet<SpanId> = of_kind(SpanKind::Client).collect();
    if !of_kind(SpanKind::Server).any(|id| clients.contains(&id)) {
        return;
    }
    let taken: HashSet<SpanId> = spans(batch).map(|span| span.span_id).collect();
    let mut free = (1u64..).map(|n| SpanId(n.to_be_bytes())).filter(|id| !taken.contains(id));
    let mut fresh: HashMap<SpanId, SpanId> = HashMap::new();
    let mut moved: HashSet<SpanId> = HashSet::new();
    for span in spans_mut(batch).filter(|s| s.kind == SpanKind::Server && clients.contains(&s.span_id)) {
        let Some(id) = free.next() else { return };
        span.parent_span_id = span.span_id;
        fresh.insert(span.span_id, id);
        span.span_id = id;
        moved.insert(id);
    }
    for span in spans_mut(batch).filter(|span| !moved.contains(&span.span_id)) {
        if let Some(parent) = fresh.get(&span.parent_span_id) {
            span.parent_span_id = *parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ResourceSpans, ScopeSpans};

    #[test]
    fn both_sides_of_a_call_get_ids_of_their_own() {
        let span = |id: u8, parent: u8, kind| Span {
            span_id: SpanId([id; 8]),
            parent_span_id: SpanId([parent; 8]),
            kind,
            ..Span::default()
        };
        let all = vec![
            span(7, 0, SpanKind::Server),
            span(8, 7, SpanKind::Client),
            span(8, 7, SpanKind::Server),
            span(9, 8, SpanKind::Internal),
        ];
        let scopes = vec![ScopeSpans { spans: all, ..ScopeSpans::default() }];
        let mut batch = SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] };
        tell_apart(&mut batch);
        let one = SpanId(1u64.to_be_bytes());
        let ids: Vec<(SpanId, SpanId)> = spans(&batch).map(|s| (s.span_id, s.parent_span_id)).collect();
        let id = |n: u8| SpanId([n; 8]);
        assert_eq!(ids, [(id(7), id(0)), (id(8), id(7)), (one, id(8)), (id(9), one)]);
        let before = batch.clone();
        tell_apart(&mut batch);
        assert_eq!(batch, before, "nothing shares an id any more");
    }
}

//! A source of a few traces in memory, for tests: no index, hints applied to nothing, so that what comes out is exec's.

use contract::{
    Answer, Attribute, Context, SpanCursor, SpanScope, SpanSelect, SpanSource, TagSelect, TraceSpans,
};
use model::{
    Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode, TimeRange,
    TraceId, Value,
};
use std::sync::Arc;

/// Traces, newest first.
pub(crate) struct Traces(pub(crate) Vec<Arc<TraceSpans>>);

/// Twelve traces, one every 10 seconds from second 5 on, of a root `serve` and a child `query` 1 ms later. Odd ones fail;
/// the root's service is `shop`, the child's `pay`; `n` is the trace's number, `size` 2^number.
pub(crate) fn twelve() -> Traces {
    let trace = |n: u8| {
        let start = Nanos(5_000_000_000 + i64::from(n) * 10_000_000_000);
        let span = |id: u8, parent: u8, name: &str, kind, millis: i64| Span {
            trace_id: TraceId([n + 1; 16]),
            span_id: SpanId([id; 8]),
            parent_span_id: SpanId([parent; 8]),
            name: name.into(),
            kind,
            start: Nanos(start.0 + i64::from(id - 1) * 1_000_000),
            end: Nanos(start.0 + i64::from(id - 1) * 1_000_000 + millis * 1_000_000),
            status: if n % 2 == 1 { StatusCode::Error } else { StatusCode::Unset },
            attributes: vec![("n".into(), Value::Int(i64::from(n))), ("size".into(), Value::Int(1 << n))],
            ..Span::default()
        };
        let of = |service: &str, span| ResourceSpans {
            resource: Arc::new(Resource {
                attributes: vec![("service.name".into(), service.into())],
                dropped_attributes: 0,
            }),
            scopes: vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        };
        let root = of("shop", span(1, 0, "serve", SpanKind::Server, 100));
        let child = of("pay", span(2, 1, "query", SpanKind::Client, i64::from(n) + 1));
        Arc::new(TraceSpans {
            trace_id: TraceId([n + 1; 16]),
            spans: SpanBatch { resources: vec![root, child] },
        })
    };
    Traces((0..12).rev().map(trace).collect())
}

struct Cursor(Vec<Arc<TraceSpans>>);

impl SpanCursor for Cursor {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<Arc<TraceSpans>>> {
        let rest = self.0.split_off(self.0.len().min(3));
        let batch = std::mem::replace(&mut self.0, rest);
        Box::pin(async move { Ok(batch) })
    }
}

impl SpanSource for Traces {
    fn trace<'a>(
        &'a self,
        _cx: &'a Context,
        trace_id: TraceId,
        _range: Option<TimeRange<Nanos>>,
    ) -> Answer<'a, Option<TraceSpans>> {
        Box::pin(async move { Ok(self.0.iter().find(|t| t.trace_id == trace_id).map(|t| (**t).clone())) })
    }

    fn select<'a>(&'a self, _cx: &'a Context, select: SpanSelect) -> Answer<'a, Box<dyn SpanCursor + 'a>> {
        let overlaps = |trace: &&Arc<TraceSpans>| {
            let spans = trace.spans.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
            spans.clone().any(|s| s.start < select.range.end && select.range.start <= s.end)
        };
        let found = self.0.iter().filter(overlaps).cloned().collect();
        Box::pin(async move { Ok(Box::new(Cursor(found)) as Box<dyn SpanCursor + 'a>) })
    }

    fn tags<'a>(&'a self, _cx: &'a Context, _select: TagSelect) -> Answer<'a, Vec<(SpanScope, Arc<str>)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tag_values<'a>(
        &'a self,
        _cx: &'a Context,
        _of: Attribute,
        _select: TagSelect,
    ) -> Answer<'a, Vec<Value>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

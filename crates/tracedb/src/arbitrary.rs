//! Random spans for property tests: few distinct names and values, so that dictionaries, duplicates and pieces occur.

use model::{
    Attributes, Event, Link, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId,
    SpanKind, StatusCode, TraceId, Value,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![8 => "[a-d]{1,2}", 1 => "\\PC{0,12}", 1 => Just(String::new())].prop_map(Arc::from)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::Str),
        3 => (-3i64..3).prop_map(Value::Int),
        1 => any::<i64>().prop_map(Value::Int),
        2 => prop_oneof![Just(0.5), Just(-0.0), any::<f32>().prop_map(f64::from)]
            .prop_filter("NaN is not equal to itself", |d: &f64| !d.is_nan()).prop_map(Value::Double),
        2 => any::<bool>().prop_map(Value::Bool),
        1 => vec(any::<u8>(), 0..6).prop_map(|b| Value::Bytes(Arc::from(b))),
        1 => Just(Value::Empty),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            vec((text(), inner), 0..3).prop_map(Value::Map),
        ]
    })
}

pub(crate) fn attributes() -> impl Strategy<Value = Attributes> {
    vec(("[k-m]{1,2}".prop_map(Arc::from), value()), 0..4)
}

fn event() -> impl Strategy<Value = Event> {
    (0i64..2_000, text(), attributes(), 0u32..2).prop_map(|(at, name, attributes, dropped_attributes)| {
        Event { at: Nanos(at), name, attributes, dropped_attributes }
    })
}

fn link() -> impl Strategy<Value = Link> {
    (any::<[u8; 16]>(), any::<[u8; 8]>(), text(), attributes(), 0u32..2, 0u32..300).prop_map(
        |(trace, span, trace_state, attributes, dropped_attributes, flags)| Link {
            trace_id: TraceId(trace),
            span_id: SpanId(span),
            trace_state,
            attributes,
            dropped_attributes,
            flags,
        },
    )
}

/// Ids are few, so that spans meet in traces, have parents, and repeat.
pub(crate) fn span() -> impl Strategy<Value = Span> {
    let ids = (0u8..6, 1u8..12, prop_oneof![Just(0u8), 1u8..12]);
    let times = (0i64..1_000, prop_oneof![6 => 0i64..500, 1 => -20i64..0]);
    let words = (text(), text(), text());
    let codes = (0u64..6, 0u64..3, 0u32..400, prop_oneof![3 => Just([0u32; 3]), 1 => any::<[u32; 3]>()]);
    let parts = (attributes(), vec(event(), 0..3), vec(link(), 0..2));
    (ids, times, words, codes, parts).prop_map(|(ids, times, words, codes, parts)| Span {
        trace_id: TraceId([ids.0; 16]),
        span_id: SpanId([ids.1; 8]),
        parent_span_id: SpanId([ids.2; 8]),
        name: words.0,
        trace_state: words.1,
        status_message: words.2,
        start: Nanos(times.0),
        end: Nanos(times.0 + times.1),
        kind: SpanKind::from_number(codes.0),
        status: StatusCode::from_number(codes.1),
        flags: codes.2,
        dropped: codes.3,
        attributes: parts.0,
        events: parts.1,
        links: parts.2,
    })
}

pub(crate) fn batch() -> impl Strategy<Value = SpanBatch> {
    let scope = (text(), text(), attributes(), text(), vec(span(), 0..5)).prop_map(
        |(name, version, attributes, schema_url, spans)| ScopeSpans {
            scope: Arc::new(Scope { name, version, attributes, dropped_attributes: 0 }),
            schema_url,
            spans,
        },
    );
    let resource = (attributes(), text(), vec(scope, 0..3), 0u32..2).prop_map(
        |(attributes, schema_url, scopes, dropped_attributes)| ResourceSpans {
            resource: Arc::new(Resource { attributes, dropped_attributes }),
            schema_url,
            scopes,
        },
    );
    vec(resource, 0..3).prop_map(|resources| SpanBatch { resources })
}

//! Queries on one small trace: which spans each of them answers.
//!
//! ```text
//! root(server, shop) -+- a(client, shop) --- b(server, pay, error) -+- c(internal, pay)
//!                     |                                             +- d(internal, pay)
//!                     +- e(internal, shop)            lost(orphan, pay): its parent never came
//! ```

use super::{Program, TraceView};
use crate::search::prepare;
use crate::syntax::Body;
use contract::TraceSpans;
use model::{
    Event, Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode,
    TraceId, Value,
};
use std::sync::Arc;

fn span(name: &str, id: u8, parent: u8, kind: SpanKind, attributes: &[(&str, Value)]) -> Span {
    Span {
        trace_id: TraceId([1; 16]),
        span_id: SpanId([id; 8]),
        parent_span_id: SpanId([parent; 8]),
        name: name.into(),
        kind,
        start: Nanos(i64::from(id) * 1_000_000),
        end: Nanos(i64::from(id) * 1_000_000 + 10_000_000),
        attributes: attributes.iter().map(|(k, v)| (Arc::from(*k), v.clone())).collect(),
        ..Span::default()
    }
}

pub(super) fn trace() -> TraceSpans {
    let ints = |ints: &[i64]| Value::Array(ints.iter().copied().map(Value::Int).collect());
    let mut failed = span("b", 3, 2, SpanKind::Server, &[("x", 7.into()), ("tags", ints(&[1, 2]))]);
    failed.status = StatusCode::Error;
    failed.events = vec![
        Event {
            at: Nanos(5_000_000),
            name: "first".into(),
            attributes: vec![("n".into(), 1.into())],
            ..Event::default()
        },
        Event {
            at: Nanos(6_000_000),
            name: "second".into(),
            attributes: vec![("n".into(), 2.into())],
            ..Event::default()
        },
    ];
    let shop = vec![
        span("root", 1, 0, SpanKind::Server, &[("x", 1.into()), ("shared", "span".into())]),
        span("a", 2, 1, SpanKind::Client, &[("x", "7".into())]),
        span("e", 6, 1, SpanKind::Internal, &[("x", 7.0.into()), ("flag", true.into())]),
    ];
    let pay = vec![
        failed,
        span("c", 4, 3, SpanKind::Internal, &[("y", 2.into()), ("x", 3.into())]),
        span("d", 5, 3, SpanKind::Internal, &[]),
        span("lost", 9, 8, SpanKind::Internal, &[]),
    ];
    let resources = [("shop", shop), ("pay", pay)].into_iter().map(|(service, spans)| ResourceSpans {
        resource: Arc::new(Resource {
            attributes: vec![("service.name".into(), service.into()), ("shared".into(), "resource".into())],
            dropped_attributes: 0,
        }),
        scopes: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    });
    TraceSpans { trace_id: TraceId([1; 16]), spans: SpanBatch { resources: resources.collect() } }
}

/// The names of the answered spans: sets separated by ` / `.
fn answer(query: &str) -> String {
    let trace = trace();
    let view = TraceView::new(&trace);
    let query = prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let Body::Spans(pipeline) = query.body else { panic!("not a search") };
    match Program::compile(&pipeline).run(&view) {
        Err(error) => error.to_string(),
        Ok(sets) => {
            let names = |spans: &[u32]| {
                spans
                    .iter()
                    .map(|s| view.spans[*s as usize].span.name.to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            sets.iter().map(|set| names(&set.spans)).collect::<Vec<_>>().join(" / ")
        }
    }
}

#[test]
fn queries_answer_their_spans() {
    for line in include_str!("../../testdata/answers.txt").lines().filter(|l| !l.starts_with('#')) {
        let (query, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        assert_eq!(answer(query), expected.trim_end(), "{query}");
    }
}

#[test]
fn nested_set_numbers_follow_the_tree() {
    let trace = trace();
    let view = TraceView::new(&trace);
    let numbers: Vec<_> = (0..view.spans.len())
        .map(|i| (&*view.spans[i].span.name, view.tree().left[i], view.tree().right[i], view.tree().up[i]))
        .collect();
    let expected = [
        ("root", 1, 12, -1),
        ("a", 2, 9, 1),
        ("b", 3, 8, 2),
        ("c", 4, 5, 3),
        ("d", 6, 7, 3),
        ("e", 10, 11, 1),
        ("lost", 0, 0, 0),
    ];
    assert_eq!(numbers, expected);
}

#[test]
fn without_a_root_there_are_no_numbers() {
    let mut trace = trace();
    trace.spans.resources[0] = ResourceSpans::default();
    let view = TraceView::new(&trace);
    assert!(view.tree().left.iter().chain(&view.tree().right).chain(&view.tree().up).all(|n| *n == 0));
    assert_eq!((view.root_name(), view.root_service()), ("", ""));
}

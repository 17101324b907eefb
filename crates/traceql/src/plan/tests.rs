//! What a query answers always satisfies its hints: a hint that is not necessary would hide traces.

use super::*;
use crate::exec::{Expr, Program, TraceView};
use crate::syntax::parse;
use contract::TraceSpans;
use model::{
    Event, Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

fn attribute() -> impl Strategy<Value = (Arc<str>, model::Value)> {
    let value = prop_oneof![
        (0i64..4).prop_map(model::Value::Int),
        "[ab]".prop_map(|t| model::Value::from(t.as_str())),
        any::<bool>().prop_map(model::Value::Bool),
        Just(model::Value::Double(1.0)),
        vec((0i64..4).prop_map(model::Value::Int), 0..3).prop_map(model::Value::Array),
    ];
    ("[xy]".prop_map(Arc::from), value)
}

fn trace() -> impl Strategy<Value = TraceSpans> {
    let event = ("[ab]", vec(attribute(), 0..2)).prop_map(|(name, attributes)| Event {
        name: name.into(),
        attributes,
        ..Event::default()
    });
    let span = (1u8..6, 0u8..6, "[ab]", 0u64..6, 0u64..3, vec(attribute(), 0..3), vec(event, 0..2)).prop_map(
        |(id, parent, name, kind, status, attributes, events)| Span {
            trace_id: TraceId([1; 16]),
            span_id: SpanId([id; 8]),
            parent_span_id: SpanId([parent; 8]),
            name: name.into(),
            kind: SpanKind::from_number(kind),
            status: StatusCode::from_number(status),
            end: Nanos(i64::from(id)),
            attributes,
            events,
            ..Span::default()
        },
    );
    let resource = (vec(attribute(), 0..2), vec(span, 1..4)).prop_map(|(attributes, spans)| ResourceSpans {
        resource: Arc::new(Resource { attributes, dropped_attributes: 0 }),
        scopes: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    });
    vec(resource, 1..3)
        .prop_map(|resources| TraceSpans { trace_id: TraceId([1; 16]), spans: SpanBatch { resources } })
}

fn filter() -> impl Strategy<Value = String> {
    let name =
        prop::sample::select(vec!["span.x", ".x", "resource.y", "event.x", "name", "event:name", ".y"]);
    let value = prop::sample::select(vec!["1", "2", "`a`", "`b`", "true", "1.0", "nil", "1ns"]);
    let op = prop::sample::select(vec!["=", "!=", "<", ">=", "=~", "!~"]);
    let own = prop::sample::select(vec![
        "kind = server",
        "status != error",
        "duration > 2ns",
        "duration > 1.5",
        "span.x",
        "!(span.x = 1)",
        "span.x + 1 = 2",
        "1 < span.x",
        "nestedSetParent < 0",
        "rootName = `a`",
    ]);
    let leaf = prop_oneof![
        4 => (name, op, value).prop_map(|(name, op, value)| format!("{name} {op} {value}")),
        1 => own.prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["&&", "||"]), inner)
            .prop_map(|(a, op, b)| format!("({a}) {op} ({b})"))
    })
}

fn query() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["&&", "||", ">", "<<", "~", "!>", "!~", "&>>", "|"]);
    let set = || filter().prop_map(|filter| format!("{{ {filter} }}"));
    prop_oneof![
        2 => set(),
        1 => (set(), op, set()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
    ]
}

/// The condition as the expression it came from.
fn as_field(condition: &Condition) -> Field {
    let name = match &condition.attribute {
        Attribute::Intrinsic(intrinsic) => Name::Intrinsic(*intrinsic),
        Attribute::Key(scope, key) => Name::Attribute { of_parent: false, scope: *scope, key: key.clone() },
    };
    let op = match condition.op {
        ConditionOp::Equal => Op::Equal,
        ConditionOp::NotEqual | ConditionOp::Exists => Op::NotEqual,
        ConditionOp::Less => Op::Less,
        ConditionOp::LessEqual => Op::LessEqual,
        ConditionOp::Greater => Op::Greater,
        ConditionOp::GreaterEqual => Op::GreaterEqual,
        ConditionOp::Regex => Op::Regex,
        ConditionOp::NotRegex => Op::NotRegex,
    };
    let value = match (&condition.operand, &condition.attribute) {
        (Operand::None, _) => Value::Nil,
        (Operand::Value(model::Value::Int(n)), Attribute::Intrinsic(Intrinsic::Status)) => {
            Value::Status(StatusCode::from_number(*n as u64))
        }
        (Operand::Value(model::Value::Int(n)), Attribute::Intrinsic(Intrinsic::Kind)) => {
            Value::Kind(SpanKind::from_number(*n as u64))
        }
        (Operand::Value(value), _) => Value::from_model(value),
    };
    Field::Binary(Box::new(Field::Name(name)), op, Box::new(Field::Literal(value)))
}

proptest! {
    #[test]
    fn hints_are_necessary(query in query(), trace in trace()) {
        let Ok(query) = parse(&query) else { return Ok(()) };
        if crate::check::check(&query).is_err() {
            return Ok(());
        }
        let crate::syntax::Body::Spans(pipeline) = &query.body else { return Ok(()) };
        let view = TraceView::new(&trace);
        if Program::compile(pipeline).run(&view).unwrap().is_empty() {
            return Ok(());
        }
        let hints = hints(pipeline);
        let tests: Vec<Expr> = hints.conditions.iter().map(|c| Expr::compile(&as_field(c))).collect();
        let satisfied = (0..view.spans.len()).any(|span| match hints.all {
            true => tests.iter().all(|test| test.holds(&view, span)),
            false => tests.iter().any(|test| test.holds(&view, span)),
        });
        prop_assert!(satisfied, "{} says {:?}", query, hints);
    }
}

#[test]
fn hints_say_what_storage_can_use() {
    let check = |query: &str, all: bool, count: usize| {
        let crate::syntax::Body::Spans(pipeline) = parse(query).unwrap().body else { panic!("{query}") };
        let hints = hints(&pipeline);
        assert_eq!((hints.all, hints.conditions.len()), (all, count), "{query}: {hints:?}");
    };
    check("{}", true, 0);
    check("{ span.a = 1 && name = `b` }", true, 2);
    check("{ span.a = 1 || name = `b` }", false, 2);
    check("{ span.a = 1 && (.b = 1 || .c = 2) }", true, 1);
    check("{ !(span.a = 1) }", true, 0);
    check("{ span.a = nil }", true, 0);
    check("{ span.a != nil }", true, 1);
    check("{ .a } >> { .b = 2 }", true, 1);
    check("{ .a } || { .b = 2 }", false, 2);
    check("count() > 1 | { .a }", true, 0);
}

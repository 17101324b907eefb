//! Columns against built spans: every query must find the same spans both ways.

use super::{Answers, Evaluator, UnitView, needs_of};
use crate::exec::{Program, TraceView};
use crate::search::prepare;
use crate::syntax::Body;
use contract::{
    Attribute, Nesting, RowsUnit, SourceError, SpanColumn, SpanTree, SpanUnit, TraceRows, TraceSpans,
};
use model::{
    Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId, Value,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows in depth-first order.
struct Nested(RowsUnit, Vec<u8>);

impl SpanUnit for Nested {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn traces(&self) -> &[TraceRows] {
        self.0.traces()
    }

    fn starts(&self) -> Result<Arc<[i64]>, SourceError> {
        self.0.starts()
    }

    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError> {
        self.0.column(of)
    }

    fn keys(&self) -> Vec<Attribute> {
        self.0.keys()
    }

    fn tree(&self) -> Result<Arc<SpanTree>, SourceError> {
        self.0.tree()
    }

    /// As a source tells it: a trace in which an id comes twice is unclear.
    fn nesting(&self) -> Result<Option<Arc<Nesting>>, SourceError> {
        let tree = self.0.tree()?;
        let lost = |row: &u32| self.1[*row as usize] == 0 && !tree.parents[*row as usize].is_zero();
        let unclear = |trace: &&TraceRows| {
            let ids: BTreeSet<SpanId> = tree.ids[trace.rows.clone()].iter().copied().collect();
            ids.len() < trace.rows.len()
        };
        Ok(Some(Arc::new(Nesting {
            depths: self.1.clone(),
            lost: (0..self.rows() as u32).filter(lost).collect(),
            unclear: self.traces().iter().filter(unclear).map(|trace| trace.rows.start as u32).collect(),
        })))
    }
}

type Found = BTreeSet<(TraceId, SpanId, i64)>;

fn program(query: &str) -> Program {
    let query = prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    match &query.body {
        Body::Spans(pipeline) => Program::compile(pipeline),
        Body::Metrics(_) => panic!("not a search"),
    }
}

/// What built spans answer; `None` for an error.
fn by_spans(program: &Program, traces: &[TraceSpans]) -> Option<Found> {
    let mut found = Found::new();
    for trace in traces {
        let view = TraceView::new(trace);
        for set in program.run(&view).ok()? {
            found.extend(set.spans.iter().map(|span| {
                let span = view.spans[*span as usize].span;
                (trace.trace_id, span.span_id, span.start.0)
            }));
        }
    }
    Some(found)
}

fn by_columns(program: &Program, unit: &dyn SpanUnit, exact: bool) -> Found {
    let mask = Evaluator::new(program, exact, Answers::default()).run(&UnitView::new(unit)).unwrap();
    let (tree, starts) = (unit.tree().unwrap(), unit.starts().unwrap());
    let mut found = Found::new();
    for trace in unit.traces() {
        let rows = trace.rows.clone().filter(|row| mask[*row]);
        found.extend(rows.map(|row| (trace.trace_id, tree.ids[row], starts[row])));
    }
    found
}

/// `true` when columns say enough for an exact answer.
fn check(query: &str, traces: &[TraceSpans], unit: &dyn SpanUnit) -> bool {
    let program = program(query);
    let Some(expected) = by_spans(&program, traces) else { return false };
    if needs_of(&program, None, std::iter::empty(), false).is_some() {
        let found = by_columns(&program, unit, false);
        let traces = |found: &Found| found.iter().map(|(id, ..)| *id).collect::<BTreeSet<_>>();
        assert!(traces(&found).is_superset(&traces(&expected)), "{query} drops a trace");
    }
    if let Some([built, answered]) = crate::search::tests::both_ways(query, traces, unit) {
        assert_eq!(answered, built, "what is shown of {query}");
    }
    let exact = needs_of(&program, None, std::iter::empty(), true).is_some();
    if exact {
        assert_eq!(by_columns(&program, unit, true), expected, "{query}");
    }
    exact
}

#[test]
fn recorded_queries_find_the_same_spans() {
    let trace = crate::exec::tests::trace();
    let mut unit = RowsUnit::default();
    unit.push_trace(&trace);
    let lines = include_str!("../../../testdata/answers.txt").lines();
    let queries = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" => "));
    let (mut exact, mut all) = (0, 0);
    for (query, _) in queries {
        exact += usize::from(check(query, std::slice::from_ref(&trace), &unit));
        all += 1;
    }
    assert!(exact * 10 > all * 7, "only {exact} of {all} queries run on columns");
    let both = |query: &str| crate::search::tests::both_ways(query, std::slice::from_ref(&trace), &unit);
    assert!(both("{ name != nil } | select(resource.service.name) | count() > 0").is_some());
    assert!(both("{ } | by(name)").is_none() && both("{ } | select(nestedSetLeft)").is_none());
}

/// A trace of rows in depth-first order with its depths. `tops`: which rows of depth 0 are roots; `same`: one more span with
/// the id of another.
fn tree(n: u8, steps: &[u8], tops: &[bool], same: Option<u8>) -> (TraceSpans, Vec<u8>) {
    let (mut spans, mut depths, mut path): (Vec<Span>, Vec<u8>, Vec<SpanId>) =
        (Vec::new(), Vec::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        let depth = usize::from(*step) % (path.len() + 1);
        path.truncate(depth);
        let id = match same {
            Some(other) if index + 1 == steps.len() => SpanId([other % steps.len() as u8 + 1; 8]),
            _ => SpanId([index as u8 + 1; 8]),
        };
        let lost = if tops[index] { SpanId::default() } else { SpanId([99; 8]) };
        let start = 1_000 + (i64::from(*step) * 7919 + index as i64 * 13) % 50;
        spans.push(Span {
            trace_id: TraceId([n; 16]),
            span_id: id,
            parent_span_id: path.last().copied().unwrap_or(lost),
            name: ["a", "b", "c"][usize::from(*step) % 3].into(),
            kind: SpanKind::from_number(u64::from(*step) % 6),
            status: StatusCode::from_number(u64::from(*step) % 3),
            start: Nanos(start),
            end: Nanos(start + i64::from(*step) * 11),
            attributes: match step % 4 {
                0 => vec![("x".into(), Value::Int(i64::from(*step) % 5))],
                1 => vec![("x".into(), "text".into()), ("y".into(), Value::Double(0.5))],
                2 => vec![("x".into(), Value::Array(vec![1.into(), 2.into()])), ("f".into(), true.into())],
                _ => Vec::new(),
            },
            ..Span::default()
        });
        path.push(id);
        depths.push(depth as u8);
    }
    let resource = Resource {
        attributes: vec![
            ("service.name".into(), ["shop", "pay"][usize::from(n) % 2].into()),
            ("y".into(), 2.into()),
        ],
        dropped_attributes: 0,
    };
    let scopes = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resources = vec![ResourceSpans { resource: Arc::new(resource), scopes, ..ResourceSpans::default() }];
    (TraceSpans { trace_id: TraceId([n; 16]), spans: SpanBatch { resources } }, depths)
}

fn queries() -> Vec<String> {
    let sides = [
        ("{ name = `a` }", "{ name != `b` }"),
        ("{ .x = 1 }", "{ status = error }"),
        ("{ nestedSetParent < 0 }", "{ }"),
        ("{ name = `none` }", "{ kind = server || .y > 1 }"),
    ];
    let ops = [
        "&&", "||", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~",
    ];
    let pairs =
        sides.iter().flat_map(|(left, right)| ops.iter().map(move |op| format!("{left} {op} {right}")));
    let alone = [
        "{ .x != 1 }",
        "{ .x = nil }",
        "{ .x != nil && !(.x = 2) }",
        "{ .y >= 0.5 } | count() > 1",
        "{ span:childCount > 1 }",
        "{ duration > 100ns } | avg(duration) > 200ns",
        "{ rootName = `a` && traceDuration > 50ns }",
        "{ rootServiceName =~ `sh.*` } | { .f }",
        "{ .x + 1 > 2 }",
        "{ duration * 2 > traceDuration }",
        "({ name = `a` } | count() > 1) && ({ name = `b` } | max(duration) > 100ns)",
        "({ name != nil } | avg(.y) > 1000) !>> ({ name = `b` } | count() > 0)",
        "{ name = `a` } | by(.x) | count() > 1",
        "{ .x = `text` } | select(name) | coalesce()",
        "{ name =~ `a|b` } >> { name = `c` } >> { name !~ `c` }",
        "{ trace:id = `0303030303030303030303030303030303` || status != ok }",
    ];
    pairs.chain(alone.iter().map(ToString::to_string)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn random_trees_answer_alike(
        shapes in prop::collection::vec(
            (prop::collection::vec(0u8..40, 1..9), prop::collection::vec(prop::bool::weighted(0.7), 9), prop::option::weighted(0.2, 0u8..9)),
            1..4,
        ),
    ) {
        let (mut traces, mut unit, mut depths) = (Vec::new(), RowsUnit::default(), Vec::new());
        for (n, (steps, tops, same)) in (1u8..).zip(&shapes) {
            let (trace, of_rows) = tree(n, steps, tops, *same);
            unit.push_trace(&trace);
            traces.push(trace);
            depths.extend(of_rows);
        }
        let queries = queries();
        let in_any_order = queries.iter().filter(|query| check(query, &traces, &unit)).count();
        let nested = Nested(unit, depths);
        let by_depth = queries.iter().filter(|query| check(query, &traces, &nested)).count();
        prop_assert!(in_any_order == by_depth && by_depth * 10 > queries.len() * 9);
    }
}

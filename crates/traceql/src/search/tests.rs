//! Searches over twelve traces: order, limits, what is shown.

use super::answer::Answering;
use super::*;
use crate::fixture::twelve;
use contract::{SpanUnit, TraceFilter, TraceSpans};

fn run(query: &str, params: SearchParams) -> SearchResult {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(search(&twelve(), &Context::for_tests(), query, params)).unwrap()
}

const ALL: SearchParams = SearchParams { start: 0, end: 1_000, limit: 20, spss: 3 };

#[test]
fn the_newest_come_first_and_there_is_a_limit() {
    let result = run("{ status = error }", SearchParams { limit: 2, ..ALL });
    let ids: Vec<u8> = result.traces.iter().map(|t| t.trace_id.0[0]).collect();
    assert_eq!(ids, [12, 10]);
    assert!(result.inspected < 12, "stops once there are enough");
    assert_eq!((&*result.traces[0].root_service, &*result.traces[0].root_name), ("shop", "serve"));
    assert_eq!(result.traces[0].services["pay"], (1, 1));
}

#[test]
fn seconds_count_on_both_ends() {
    let ids = |start, end| {
        let result = run("{}", SearchParams { start, end, ..ALL });
        result.traces.iter().map(|t| t.trace_id.0[0]).collect::<Vec<_>>()
    };
    assert_eq!(ids(15, 25), [3, 2]);
    assert_eq!(ids(16, 24), [0u8; 0]);
}

#[test]
fn spans_show_what_the_query_refers_to() {
    let result = run("{ span.n = 3 && name = `query` } | select(resource.service.name) | count() = 1", ALL);
    let set = &result.traces[0].span_sets[0];
    assert_eq!(set.attributes, [("count()".to_owned(), Value::Int(1))]);
    assert_eq!(set.spans[0].name.as_deref(), Some("query"));
    let shown = [("n".to_owned(), Value::Int(3)), ("service.name".to_owned(), Value::text("pay"))];
    assert_eq!(set.spans[0].attributes, shown);
}

#[test]
fn an_empty_query_shows_no_spans_and_spss_cuts() {
    let result = run("", ALL);
    assert_eq!((result.traces.len(), result.traces[0].span_sets.len()), (12, 0));
    let result = run("{} | rate()", SearchParams { spss: 1, ..ALL });
    let set = &result.traces[0].span_sets[0];
    assert_eq!((set.spans.len(), set.matched), (1, 2));
}

/// What a search shows of some traces, from built spans and from the columns of the same traces; `None` when columns do not
/// hold it.
pub(crate) fn both_ways(
    query: &str,
    traces: &[TraceSpans],
    unit: &dyn SpanUnit,
) -> Option<[Vec<TraceMatch>; 2]> {
    let query = prepare(query).unwrap();
    let Body::Spans(pipeline) = &query.body else { return None };
    let (program, shown) = (Program::compile(pipeline), Arc::new(Shown::of(pipeline)));
    let answering = Answering::of(&program, &shown, 3)?;
    let mut built = Vec::new();
    for trace in traces {
        let view = TraceView::new(trace);
        let sets = program.run(&view).unwrap();
        if !sets.is_empty() {
            let sets = sets.into_iter().map(|set| show(&view, set, &shown, 3)).collect();
            built.push(shown_trace(&view, sets, true));
        }
    }
    let answered: Vec<TraceMatch> = answering.traces(unit, None).unwrap().into_iter().flatten().collect();
    // As a source asks: first which traces may match, whose rows are remembered, then what there is to say.
    let filter = SearchFilter::of(&program, &shown, 3).unwrap();
    filter.may_match(unit).unwrap();
    for _ in 0..2 {
        let again = filter.answer(unit).unwrap().into_iter().flatten();
        let again: Vec<TraceMatch> = again.map(|found| *found.downcast().unwrap()).collect();
        assert_eq!(again, answered);
    }
    Some([built, answered])
}

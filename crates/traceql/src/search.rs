//! Search: the newest traces that a query matches, with their matching spans.
//!
//! Walk: the door's search handler -> here -> `contract::SpanSource` (traces newest first, stopped once there are
//! enough) -> `exec`. Invariant: the same answer on any number of blocks; `matched` counts all spans, whatever is shown.

use crate::check::check;
use crate::error::TraceqlError;
use crate::exec::{Program, SpanSet, TraceView};
use crate::plan::{Hints, hints};
use crate::syntax::{
    Body, Field, Metrics, MetricsFunction, Name, Op, Pipeline, Query, Spanset, Stage, parse,
};
use crate::value::Value;
use contract::{Context, FoundTrace, Intrinsic, SpanCursor, SpanSelect, SpanSource};
use filter::SearchFilter;
use model::{Nanos, SpanId, TimeRange, TraceId};
use std::collections::BTreeMap;
use std::sync::Arc;

mod answer;
mod filter;
mod one;
mod shown;

pub use one::OneFilter;
pub(crate) use shown::{PARENT_NUMBER, Shown, names_of, needed};

/// What is shown for the service of a root that was not received, or that names none.
pub const ROOT_NOT_RECEIVED: &str = "<root span not yet received>";

/// What to search, and how much of it to show.
#[derive(Debug, Clone, Copy)]
pub struct SearchParams {
    /// Traces that overlap `start..=end`, in whole seconds since 1970.
    pub start: i64,
    /// See `start`.
    pub end: i64,
    /// Traces in the answer.
    pub limit: usize,
    /// Spans shown of each span set.
    pub spss: usize,
}

/// The answer of a search: newest trace first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchResult {
    /// Matching traces.
    pub traces: Vec<TraceMatch>,
    /// Traces that were looked at.
    pub inspected: u64,
}

/// A matching trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceMatch {
    /// The trace.
    pub trace_id: TraceId,
    /// Service of its root, or [`ROOT_NOT_RECEIVED`].
    pub root_service: String,
    /// Name of its root, "" when it was not received.
    pub root_name: String,
    /// Its first start.
    pub start: Nanos,
    /// Nanoseconds from its first start to its last end.
    pub duration: i64,
    /// Spans and failed spans by service; none for an empty query.
    pub services: BTreeMap<String, (u32, u32)>,
    /// Span sets; none for an empty query.
    pub span_sets: Vec<SetMatch>,
}

/// A span set of a matching trace.
#[derive(Debug, Clone, PartialEq)]
pub struct SetMatch {
    /// The first spans, by start.
    pub spans: Vec<SpanMatch>,
    /// How many spans matched.
    pub matched: usize,
    /// What the query computed of the set: `by(x)`, `count()`.
    pub attributes: Vec<(String, Value)>,
}

/// A matching span.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanMatch {
    /// The span.
    pub span_id: SpanId,
    /// Its name, when the query refers to it.
    pub name: Option<Arc<str>>,
    /// When it began.
    pub start: Nanos,
    /// Nanoseconds.
    pub duration: i64,
    /// What the query refers to or selects.
    pub attributes: Vec<(String, Value)>,
}

/// Parses and checks a query.
pub fn prepare(text: &str) -> Result<Query, TraceqlError> {
    let query = parse(text)?;
    check(&query)?;
    Ok(query)
}

/// Runs a search. An empty query finds every trace and shows no spans; a metrics query shows the spans it counts.
pub async fn search(
    source: &dyn SpanSource,
    cx: &Context,
    query: &str,
    params: SearchParams,
) -> Result<SearchResult, TraceqlError> {
    if query.trim().is_empty() {
        return run(source, cx, None, params).await;
    }
    run(source, cx, Some(&prepare(query)?), params).await
}

/// Runs a search whose query was prepared already; no query finds every trace.
pub async fn run(
    source: &dyn SpanSource,
    cx: &Context,
    query: Option<&Query>,
    params: SearchParams,
) -> Result<SearchResult, TraceqlError> {
    let mut search = Search::open(source, cx, query, params).await?;
    let mut traces = Vec::new();
    while let Some(batch) = search.next_batch().await? {
        traces.extend(batch);
    }
    Ok(SearchResult { traces, inspected: search.inspected })
}

/// A search that is answered in parts. What a part says of a trace is final, so parts are only ever added up.
pub struct Search<'a> {
    cx: &'a Context,
    cursor: Box<dyn SpanCursor + 'a>,
    plan: Option<(Program, Arc<Shown>)>,
    spss: usize,
    /// Traces still wanted.
    wanted: usize,
    /// Traces that were looked at so far.
    pub inspected: u64,
}

impl<'a> Search<'a> {
    /// Begins a search; no query finds every trace.
    pub async fn open(
        source: &'a dyn SpanSource,
        cx: &'a Context,
        query: Option<&Query>,
        params: SearchParams,
    ) -> Result<Search<'a>, TraceqlError> {
        let pipeline = query.and_then(|query| match &query.body {
            Body::Spans(pipeline) => Some(pipeline),
            Body::Metrics(metrics) => first_spans(metrics),
        });
        let plan = pipeline.map(|pipeline| (Program::compile(pipeline), Arc::new(Shown::of(pipeline))));
        let Hints { all, conditions } =
            pipeline.map(hints).unwrap_or(Hints { all: true, conditions: Vec::new() });
        let second = |at: i64| at.saturating_mul(1_000_000_000);
        let range = TimeRange::new(Nanos(second(params.start)), Nanos(second(params.end.saturating_add(1))));
        let needed = match pipeline {
            Some(pipeline) => needed(names_of(pipeline).iter()),
            None => Some(Vec::new()),
        };
        let select = SpanSelect { range, all, conditions, needed };
        let filter = plan.as_ref().and_then(|(program, shown)| SearchFilter::of(program, shown, params.spss));
        let cursor = match filter {
            Some(filter) => source.select_filtered(cx, select, Arc::new(filter)).await?,
            None => source.select(cx, select).await?,
        };
        Ok(Search { cx, cursor, plan, spss: params.spss, wanted: params.limit, inspected: 0 })
    }

    /// The next matching traces, newest first; perhaps none of a part that was looked at. `None` is the end.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<TraceMatch>>, TraceqlError> {
        if self.wanted == 0 {
            return Ok(None);
        }
        let batch = self.cursor.next_found().await?;
        if batch.is_empty() {
            return Ok(None);
        }
        let mut matches = Vec::new();
        for found in batch {
            self.cx.check()?;
            self.inspected += 1;
            let trace = match found {
                FoundTrace::Spans(trace) => trace,
                FoundTrace::Answer(answer) => {
                    let known = answer.and_then(|answer| answer.downcast::<TraceMatch>().ok());
                    if let Some(known) = known {
                        matches.push(*known);
                        self.wanted -= 1;
                    }
                    if self.wanted == 0 {
                        break;
                    }
                    continue;
                }
            };
            let view = TraceView::new(&trace);
            let sets = match &self.plan {
                None => Vec::new(),
                Some((program, shown)) => {
                    let sets = program.run(&view)?;
                    if sets.is_empty() {
                        continue;
                    }
                    sets.into_iter().map(|set| show(&view, set, shown, self.spss)).collect()
                }
            };
            matches.push(shown_trace(&view, sets, self.plan.is_some()));
            self.wanted -= 1;
            if self.wanted == 0 {
                break;
            }
        }
        Ok(Some(matches))
    }
}

/// The search of older clients: traces with a span that has all tags as text (`name`, `root.name` and `root.service.name`
/// are properties), and whose whole duration lies between the bounds, in nanoseconds. Shows no spans.
pub async fn search_tags(
    source: &dyn SpanSource,
    cx: &Context,
    tags: &[(String, String)],
    (shortest, longest): (Option<i64>, Option<i64>),
    params: SearchParams,
) -> Result<SearchResult, TraceqlError> {
    let test = |name: Name, op: Op, value: Value| {
        Field::Binary(Box::new(Field::Name(name)), op, Box::new(Field::Literal(value)))
    };
    let tags = tags.iter().map(|(key, value)| {
        let name = match key.as_str() {
            "name" => Name::Intrinsic(Intrinsic::Name),
            "root.name" => Name::Intrinsic(Intrinsic::RootName),
            "root.service.name" => Name::Intrinsic(Intrinsic::RootServiceName),
            key => Name::Attribute { of_parent: false, scope: None, key: Arc::from(key) },
        };
        test(name, Op::Equal, Value::text(value.as_str()))
    });
    let bound = |op: Op, nanos: Option<i64>| {
        nanos.map(|nanos| test(Name::Intrinsic(Intrinsic::TraceDuration), op, Value::Duration(nanos)))
    };
    let tests = tags.chain(bound(Op::GreaterEqual, shortest)).chain(bound(Op::LessEqual, longest));
    let both = |left: Field, right: Field| Field::Binary(Box::new(left), Op::And, Box::new(right));
    let query = tests.reduce(both).map(|field| Query {
        body: Body::Spans(Pipeline { stages: vec![Stage::Spanset(Spanset::Filter(field))] }),
        hints: Vec::new(),
    });
    let mut result = run(source, cx, query.as_ref(), params).await?;
    for found in &mut result.traces {
        found.span_sets.clear();
        found.services.clear();
    }
    Ok(result)
}

/// The spans of the first metrics query in an expression.
fn first_spans(metrics: &Metrics) -> Option<&Pipeline> {
    match metrics {
        Metrics::Query(query) => Some(&query.spans),
        Metrics::Number(_) => None,
        Metrics::Second(inner, _) => first_spans(inner),
        Metrics::Binary { left, right, .. } => first_spans(left).or_else(|| first_spans(right)),
    }
}

fn shown_trace(view: &TraceView<'_>, span_sets: Vec<SetMatch>, services: bool) -> TraceMatch {
    let service = view.root_service();
    TraceMatch {
        trace_id: view.trace.trace_id,
        root_service: if service.is_empty() { ROOT_NOT_RECEIVED } else { service }.to_owned(),
        root_name: view.root_name().to_owned(),
        start: Nanos(view.start),
        duration: view.duration(),
        services: if services { view.services() } else { BTreeMap::new() },
        span_sets,
    }
}

fn show(view: &TraceView<'_>, set: SpanSet, shown: &Shown, spss: usize) -> SetMatch {
    let matched = set.spans.len();
    let spans = set.spans.iter().take(spss).map(|index| {
        let span = view.spans[*index as usize].span;
        let (name, attributes) = shown.attributes(view, *index as usize);
        SpanMatch {
            span_id: span.span_id,
            name,
            start: span.start,
            duration: span.duration_nanos(),
            attributes,
        }
    });
    SetMatch { spans: spans.collect(), matched, attributes: set.attributes }
}

/// Whether a query asks for metrics.
pub fn is_metrics(query: &Query) -> bool {
    matches!(query.body, Body::Metrics(_))
}

/// Whether a metrics query compares two selections, which costs a series for each attribute value.
pub fn is_compare(query: &Query) -> bool {
    fn any(metrics: &Metrics) -> bool {
        match metrics {
            Metrics::Query(query) => matches!(query.function, MetricsFunction::Compare { .. }),
            Metrics::Number(_) => false,
            Metrics::Second(inner, _) => any(inner),
            Metrics::Binary { left, right, .. } => any(left) || any(right),
        }
    }
    matches!(&query.body, Body::Metrics(metrics) if any(metrics))
}

#[cfg(test)]
pub(crate) mod tests;

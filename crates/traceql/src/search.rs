//! Search: the newest traces that a query matches, with their matching spans.
//!
//! Walk: the door's search handler -> here -> `contract::SpanSource` (traces newest first, stopped once there are
//! enough) -> `exec`. Invariant: the same answer on any number of blocks; `matched` counts all spans, whatever is shown.

use crate::check::check;
use crate::error::TraceqlError;
use crate::exec::{Expr, Program, SpanSet, TraceView, Valued, absent, is_of_children, one_value};
use crate::plan::{Hints, hints};
use crate::syntax::{
    Body, Field, Metrics, MetricsFunction, Name, Op, Pipeline, Query, Relation, Spanset, SpansetOp, Stage,
    parse,
};
use crate::value::Value;
use contract::{Attribute, Context, FoundTrace, Intrinsic, SpanCursor, SpanSelect, SpanSource};
use filter::SearchFilter;
use model::{Nanos, SpanId, TimeRange, TraceId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

mod answer;
mod filter;
mod one;

pub use one::OneFilter;

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

/// What a query's answer shows of each span.
pub(crate) struct Shown {
    names: Vec<Name>,
    /// Tests by the names that occur in nothing else: only values that satisfy one of them are shown.
    filters: FxHashMap<Name, Vec<Expr>>,
    /// Names that are asked to be absent: shown as "nil" where they are.
    absent: Vec<Name>,
}

impl Shown {
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let mut shown = Shown { names: Vec::new(), filters: FxHashMap::default(), absent: Vec::new() };
        let mut whole = Vec::new();
        visit_pipeline(pipeline, &mut |name, of| {
            match name {
                name if is_shown(name) && !shown.names.contains(name) => shown.names.push(name.clone()),
                _ => {}
            }
            match of {
                Some(Field::Binary(_, Op::Equal, with)) if **with == Field::Literal(Value::Nil) => {
                    shown.absent.push(name.clone());
                }
                Some(field) => shown.filters.entry(name.clone()).or_default().push(Expr::compile(field)),
                None => whole.push(name.clone()),
            }
        });
        // Reading it for a relation alone does not show it.
        if !refers_to_parent_number(pipeline) {
            shown.names.retain(|name| *name != PARENT_NUMBER);
        }
        whole.iter().for_each(|name| {
            shown.filters.remove(name);
        });
        shown
    }

    /// The span's name, if it is shown, and what else is shown of it.
    fn attributes(&self, view: &impl Valued, span: usize) -> (Option<Arc<str>>, Vec<(String, Value)>) {
        let mut own_name = None;
        let mut attributes = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let value = match (view.value(span, name), self.filters.get(name)) {
                (Value::Nil, _) if self.absent.contains(name) => Value::text("nil"),
                (Value::Nil, None) => absent(name),
                (value, None) => value,
                (value, Some(filters)) => matching(name, filters, value),
            };
            let value = match one_value(Some(name), value) {
                Value::Nil => continue,
                Value::Many(members) if members.is_empty() => continue,
                value => value,
            };
            let key = match name {
                Name::Attribute { key, .. } => key.to_string(),
                other => other.to_string(),
            };
            if *name == Name::Intrinsic(Intrinsic::Name) {
                if let Value::Text(text) = view.value(span, name) {
                    own_name = Some(text);
                }
                continue;
            }
            // Without scope both the span and its resource were found to lack it.
            if value == Value::text("nil") && matches!(name, Name::Attribute { scope: None, .. }) {
                attributes.push((key.clone(), value.clone()));
            }
            attributes.push((key, value));
        }
        (own_name, attributes)
    }
}

/// What of a value satisfies the tests: any of them; of events and links all of them, if one does.
fn matching(name: &Name, filters: &[Expr], value: Value) -> Value {
    let accepted = |member: &Value| {
        let mut accepted = 0;
        filters
            .iter()
            .for_each(|filter| filter.tests(&mut |test| accepted += usize::from(test.accepts(member))));
        accepted
    };
    match value {
        Value::Many(members) => {
            let most = if is_of_children(name) { members.iter().map(accepted).max().unwrap_or(0) } else { 1 };
            Value::Many(members.into_iter().filter(|member| accepted(member) >= most.max(1)).collect())
        }
        one if accepted(&one) > 0 => one,
        _ => Value::Nil,
    }
}

/// What every answer carries anyway, or what belongs to the whole trace, is not shown as an attribute.
fn is_shown(name: &Name) -> bool {
    match name {
        Name::Parent => false,
        Name::Attribute { of_parent, .. } => !of_parent,
        Name::Intrinsic(intrinsic) => !matches!(
            intrinsic,
            Intrinsic::Duration
                | Intrinsic::RootName
                | Intrinsic::RootServiceName
                | Intrinsic::TraceDuration
                | Intrinsic::TraceId
                | Intrinsic::SpanId
        ),
    }
}

/// The names that a pipeline refers to, each once.
pub(crate) fn names_of(pipeline: &Pipeline) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    visit_pipeline(pipeline, &mut |name, _| {
        let own = *name != PARENT_NUMBER || refers_to_parent_number(pipeline);
        if own && !names.contains(name) {
            names.push(name.clone());
        }
    });
    names
}

/// What storage has to read of each span for these names; `None` when that cannot be said.
pub(crate) fn needed<'n>(names: impl Iterator<Item = &'n Name>) -> Option<Vec<Attribute>> {
    names
        .map(|name| match name {
            Name::Intrinsic(intrinsic) => Some(Attribute::Intrinsic(*intrinsic)),
            Name::Attribute { of_parent: false, scope, key } => Some(Attribute::Key(*scope, key.clone())),
            Name::Attribute { .. } | Name::Parent => None,
        })
        .collect()
}

/// The name that structural relations read beside those of the query.
static PARENT_NUMBER: Name = Name::Intrinsic(Intrinsic::NestedSetParent);

fn refers_to_parent_number(pipeline: &Pipeline) -> bool {
    pipeline.to_string().contains("nestedSetParent")
}

/// Visits every name with the test it stands in, if it stands alone against a literal.
fn visit_pipeline<'a>(pipeline: &'a Pipeline, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    for stage in &pipeline.stages {
        match stage {
            Stage::Spanset(spanset) => visit_spanset(spanset, visit),
            Stage::By(field) => field.names(&mut |name| visit(name, None)),
            Stage::Scalar { aggregate, .. } => {
                if let Some(field) = &aggregate.of {
                    field.names(&mut |name| visit(name, None));
                }
            }
            Stage::Select(names) => names.iter().for_each(|name| visit(name, None)),
            Stage::Coalesce => {}
        }
    }
}

fn visit_spanset<'a>(spanset: &'a Spanset, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    match spanset {
        Spanset::Filter(field) => visit_field(field, visit),
        Spanset::Piped(pipeline) => visit_pipeline(pipeline, visit),
        Spanset::Binary { left, op, right } => {
            visit_spanset(left, visit);
            visit_spanset(right, visit);
            // These relations read every span's parent number, so it is shown whatever a test asks of it.
            let reads_parents = matches!(
                op,
                SpansetOp::Structural(Relation::Child | Relation::Parent | Relation::Sibling, _)
            );
            if reads_parents {
                visit(&PARENT_NUMBER, None);
            }
        }
    }
}

fn visit_field<'a>(field: &'a Field, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    match field {
        Field::Binary(left, op, right) => match (&**left, &**right) {
            (Field::Name(name), Field::Literal(value)) | (Field::Literal(value), Field::Name(name)) => {
                let alone = op.is_boolean() && (*value != Value::Nil || *op == Op::Equal);
                visit(name, alone.then_some(field));
            }
            _ => {
                visit_field(left, visit);
                visit_field(right, visit);
            }
        },
        Field::Unary(_, inner) => visit_field(inner, visit),
        Field::Name(name) => visit(name, None),
        Field::Literal(_) => {}
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

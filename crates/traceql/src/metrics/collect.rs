//! One metrics query: the spans of its pipeline, by group and bucket.
//!
//! Invariant: memory is groups x buckets, reserved from the query's budget; a span counts once, at its start.

use super::accumulate::{Accumulator, measured};
use super::compare::{Asked, Comparison};
use super::groups::{self, Group, Line, Quota, exemplar_labels, group_value};
use super::{Buckets, Exemplar, fold};
use crate::error::TraceqlError;
use crate::exec::{Program, TraceView, value_of};
use crate::plan::hints;
use crate::syntax::{MetricsFunction, MetricsQuery, Name};
use crate::value::Value;
use contract::{Attribute, Context, SourceError, SpanSelect, SpanSource};
use rustc_hash::FxHashMap;

/// Runs a query.
pub(crate) async fn collect(
    source: &dyn SpanSource,
    cx: &Context,
    query: &MetricsQuery,
    buckets: Buckets,
    exemplars: usize,
    inspected: &mut u64,
) -> Result<Vec<Line>, TraceqlError> {
    let program = Program::compile(&query.spans);
    let hints = hints(&query.spans);
    let (range, needed) = (buckets.time_range(), needed(query));
    let select = SpanSelect { range, all: hints.all, conditions: hints.conditions, needed };
    if let Some(mut needs) = fold::needs(query, &program) {
        needs.rolled = fold::may_be_rolled(query, &program, &buckets);
        needs.spread = fold::needs_spread(query);
        let units = source.scan(cx, select, needs).await?;
        return fold::collect(units, cx, (query, &program), buckets, exemplars, inspected).await;
    }
    collect_rows(source, cx, (query, &program), select, buckets, exemplars, inspected).await
}

/// Runs a query on built spans.
pub(super) async fn collect_rows(
    source: &dyn SpanSource,
    cx: &Context,
    (query, program): (&MetricsQuery, &Program),
    select: SpanSelect,
    buckets: Buckets,
    exemplars: usize,
    inspected: &mut u64,
) -> Result<Vec<Line>, TraceqlError> {
    let asked = Asked::of(query);
    let comparison = asked.as_ref().map(|asked| Comparison::open(asked, buckets, cx)).transpose()?;
    let mut cursor = source.select(cx, select).await?;
    let mut collector = Collector::new(query, comparison, buckets, exemplars);
    let mut held = cx.budget.reserve(0).map_err(SourceError::from)?;
    loop {
        let batch = cursor.next_batch().await?;
        if batch.is_empty() {
            return Ok(collector.finish());
        }
        for trace in batch {
            cx.check()?;
            let view = TraceView::new(&trace);
            *inspected += view.spans.len() as u64;
            let before = collector.bytes();
            let sets = program.run(&view)?;
            let mut stands = false;
            for span in sets.iter().flat_map(|set| &set.spans) {
                collector.add(&view, *span as usize, &mut stands);
            }
            held.grow(collector.bytes().saturating_sub(before)).map_err(SourceError::from)?;
            collector.comparison.as_mut().map_or(Ok(()), Comparison::settle)?;
        }
    }
}

/// The name whose values a function measures.
pub(super) fn measured_name(function: &MetricsFunction) -> Option<&Name> {
    match function {
        MetricsFunction::MinOverTime(name)
        | MetricsFunction::MaxOverTime(name)
        | MetricsFunction::SumOverTime(name)
        | MetricsFunction::AvgOverTime(name)
        | MetricsFunction::HistogramOverTime(name)
        | MetricsFunction::QuantileOverTime(name, _) => Some(name),
        MetricsFunction::Rate | MetricsFunction::CountOverTime | MetricsFunction::Compare { .. } => None,
    }
}

/// The names that a query refers to, each once: what exemplars are labelled with.
pub(super) fn label_names(query: &MetricsQuery) -> Vec<Name> {
    let mut names = crate::search::names_of(&query.spans);
    for name in query.by.iter().chain(measured_name(&query.function)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The value of an exemplar; NaN stands for the sample's own, where spans are counted.
pub(super) fn exemplar_value(function: &MetricsFunction, value: &Value) -> f64 {
    match function {
        MetricsFunction::HistogramOverTime(_) => f64::NAN,
        _ => measured(value).unwrap_or(f64::NAN),
    }
}

/// What storage has to read of each span: a comparison looks at everything.
fn needed(query: &MetricsQuery) -> Option<Vec<Attribute>> {
    if matches!(query.function, MetricsFunction::Compare { .. }) {
        return None;
    }
    let names = crate::search::names_of(&query.spans);
    crate::search::needed(names.iter().chain(&query.by).chain(measured_name(&query.function)))
}

struct Collector<'a> {
    query: &'a MetricsQuery,
    buckets: Buckets,
    groups: Vec<Group>,
    by_key: FxHashMap<Vec<u8>, usize>,
    comparison: Option<Comparison<'a>>,
    measured: Option<&'a Name>,
    /// What exemplars are labelled with: all that the query refers to.
    names: Vec<Name>,
    quota: Quota,
    key: Vec<u8>,
}

impl<'a> Collector<'a> {
    fn new(
        query: &'a MetricsQuery,
        comparison: Option<Comparison<'a>>,
        buckets: Buckets,
        exemplars: usize,
    ) -> Self {
        let measured = measured_name(&query.function);
        let names = label_names(query);
        Collector {
            query,
            buckets,
            groups: Vec::new(),
            by_key: FxHashMap::default(),
            comparison,
            measured,
            names,
            quota: Quota::new(exemplars, &buckets),
            key: Vec::new(),
        }
    }

    /// An estimate of the memory in use, in bytes.
    fn bytes(&self) -> u64 {
        (self.groups.len() * (160 + 8 * self.buckets.count)) as u64
    }

    /// Adds a span. `stands`: whether its trace stands for a sample already.
    fn add(&mut self, view: &TraceView<'_>, span: usize, stands: &mut bool) {
        let Some(bucket) = self.buckets.of(view.spans[span].span.start.0) else { return };
        if let Some(comparison) = &mut self.comparison {
            comparison.add(view, span, bucket);
            return;
        }
        let group = self.group(view, span);
        let value = self.measured.map_or(Value::Nil, |name| value_of(view, span, name));
        let group = &mut self.groups[group];
        if !group.state.add(&self.query.function, bucket, &value) {
            return;
        }
        if !*stands && self.quota.take(&group.exemplars, bucket) {
            let exemplar = Exemplar {
                labels: exemplar_labels(view, &view.trace.trace_id, span, &self.names),
                value: exemplar_value(&self.query.function, &value),
                at: self.buckets.stamp(bucket).min(self.buckets.end).div_euclid(1_000_000),
            };
            group.exemplars.push((bucket, exemplar));
            *stands = true;
        }
    }

    fn group(&mut self, view: &TraceView<'_>, span: usize) -> usize {
        let by: Vec<Value> =
            self.query.by.iter().map(|name| group_value(name, value_of(view, span, name))).collect();
        self.key.clear();
        by.iter().for_each(|value| value.key(&mut self.key));
        if let Some(group) = self.by_key.get(&self.key) {
            return *group;
        }
        let state = Accumulator::of(&self.query.function, &self.buckets);
        self.groups.push(Group { by, state, exemplars: Vec::new() });
        self.by_key.insert(self.key.clone(), self.groups.len() - 1);
        self.groups.len() - 1
    }

    fn finish(self) -> Vec<Line> {
        match self.comparison {
            Some(comparison) => comparison.finish(),
            None => groups::finish(self.groups, self.query, &self.buckets),
        }
    }
}

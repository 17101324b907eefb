//! `compare()`: how often each attribute value occurs among the selected spans and among the rest.
//!
//! Invariant: totals count every span that has the attribute, also with values that are not among the shown ones.

use super::Buckets;
use super::groups::Line;
use crate::exec::{Expr, TraceView, value_of};
use crate::search::names_of;
use crate::syntax::{Field, Name, Pipeline};
use crate::value::Value;
use contract::{Intrinsic, SpanScope};
use rustc_hash::FxHashMap;

/// The label that says which of the four a series is.
const META_TYPE: &str = "__meta_type";

/// Values of one attribute that are remembered: beyond it the attribute is an id, of which the top says nothing.
const MAX_VALUES: usize = 10_000;

/// Intrinsics that are compared beside the attributes.
const INTRINSICS: [Intrinsic; 9] = [
    Intrinsic::Name,
    Intrinsic::Kind,
    Intrinsic::Status,
    Intrinsic::StatusMessage,
    Intrinsic::RootName,
    Intrinsic::RootServiceName,
    Intrinsic::ChildCount,
    Intrinsic::InstrumentationName,
    Intrinsic::InstrumentationVersion,
];

/// Counts of one attribute on one side.
#[derive(Default)]
struct Counts {
    total: Vec<f64>,
    values: FxHashMap<Vec<u8>, (Value, Vec<f64>)>,
}

/// The state of a comparison.
pub(crate) struct Comparison {
    selection: Expr,
    top: usize,
    window: Option<(i64, i64)>,
    buckets: Buckets,
    /// Names of the query's own filters: the replaced system reads, and counts, them twice.
    twice: Vec<Name>,
    /// The rest, and the selected spans.
    sides: [FxHashMap<Name, Counts>; 2],
    series: usize,
    key: Vec<u8>,
}

impl Comparison {
    pub(crate) fn new(
        spans: &Pipeline,
        selection: &Field,
        top: usize,
        window: Option<(i64, i64)>,
        buckets: Buckets,
    ) -> Self {
        Comparison {
            selection: Expr::compile(selection),
            top,
            window,
            buckets,
            twice: names_of(spans),
            sides: Default::default(),
            series: 0,
            key: Vec::new(),
        }
    }

    /// Series so far, for the budget.
    pub(crate) fn series(&self) -> usize {
        self.series
    }

    pub(crate) fn add(&mut self, view: &TraceView<'_>, span: usize, bucket: usize) {
        let start = view.spans[span].span.start.0;
        let inside = self.window.is_none_or(|(from, to)| from <= start && start < to);
        let side = usize::from(inside && self.selection.holds(view, span));
        let shown = &view.spans[span];
        let attributes = [
            (SpanScope::Span, &shown.span.attributes),
            (SpanScope::Resource, &shown.resource.attributes),
            (SpanScope::Instrumentation, &shown.scope.attributes),
        ];
        for (scope, attributes) in attributes {
            for (key, value) in attributes {
                let name = Name::Attribute { of_parent: false, scope: Some(scope), key: key.clone() };
                self.count(side, name, Value::from_model(value), bucket);
            }
        }
        for intrinsic in INTRINSICS {
            let name = Name::Intrinsic(intrinsic);
            let value = value_of(view, span, &name);
            self.count(side, name, value, bucket);
        }
    }

    fn count(&mut self, side: usize, name: Name, value: Value, bucket: usize) {
        let value = match value {
            Value::Nil => return,
            Value::Many(members) if members.is_empty() => return,
            Value::Many(mut members) if members.len() == 1 => members.remove(0),
            // Lists have no place in a label.
            Value::Many(_) => Value::text("nil"),
            value => value,
        };
        let weight = if self.twice.contains(&name) { 2.0 } else { 1.0 };
        let buckets = self.buckets.count;
        let counts = self.sides[side].entry(name).or_insert_with(|| {
            self.series += 1;
            Counts { total: vec![0.0; buckets], values: FxHashMap::default() }
        });
        counts.total[bucket] += weight;
        self.key.clear();
        value.key(&mut self.key);
        if let Some((_, by_bucket)) = counts.values.get_mut(&self.key) {
            by_bucket[bucket] += weight;
        } else if counts.values.len() < MAX_VALUES {
            let mut by_bucket = vec![0.0; buckets];
            by_bucket[bucket] = weight;
            counts.values.insert(self.key.clone(), (value, by_bucket));
            self.series += 1;
        }
    }

    pub(crate) fn finish(self) -> Vec<Line> {
        let mut lines = Vec::new();
        for (side, kinds) in
            self.sides.into_iter().zip([["baseline", "baseline_total"], ["selection", "selection_total"]])
        {
            for (name, counts) in side {
                let label = name.to_string();
                let line = |kind: &str, value: Value, values: Vec<f64>| Line {
                    labels: vec![(META_TYPE.to_owned(), Value::text(kind)), (label.clone(), value)],
                    values,
                    exemplars: Vec::new(),
                };
                lines.push(line(kinds[1], Value::text("nil"), counts.total));
                let mut values: Vec<(Value, Vec<f64>)> = counts.values.into_values().collect();
                let total = |by_bucket: &[f64]| by_bucket.iter().sum::<f64>();
                values.sort_by(|a, b| {
                    total(&b.1).total_cmp(&total(&a.1)).then_with(|| a.0.to_string().cmp(&b.0.to_string()))
                });
                lines.extend(values.into_iter().take(self.top).map(|(value, by)| line(kinds[0], value, by)));
            }
        }
        lines.sort_by_cached_key(Line::key);
        lines
    }
}

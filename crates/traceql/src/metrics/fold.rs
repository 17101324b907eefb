//! One metrics query on columns: units of traces folded into groups and buckets (or, by `compare.rs`, into comparisons), on
//! two cores, no span built.
//!
//! Units are folded in runs of a fixed length, and the runs are joined in their order, so that an answer does not depend on the
//! number of cores. Invariant: the same series as [`super::collect`] makes of built spans.

use super::accumulate::{Accumulator, Alike};
use super::collect::{exemplar_value, label_names, measured_name};
use super::groups::{self, Group, Line, Quota, exemplar_labels, group_value};
use super::{Buckets, Exemplar, compare};
use crate::error::TraceqlError;
use crate::exec::{Answers, Column, Evaluator, Expr, Program, UnitView, entry, needs_of};
use crate::search::PARENT_NUMBER;
use crate::syntax::{MetricsFunction, MetricsQuery, Name};
use crate::value::Value;
use contract::{
    Context, Dictionary, Intrinsic, ROLLED_NANOS, Rolled, SourceError, SpanScope, SpanUnit, UnitCursor,
    UnitNeeds,
};
use model::TraceId;
use rustc_hash::FxHashMap;
use std::rc::Rc;
use stdx::Reservation;

/// Threads of one query.
const THREADS: usize = 2;

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// What a query asks of units; `None` when it has to see built spans.
pub(super) fn needs(query: &MetricsQuery, program: &Program) -> Option<UnitNeeds> {
    if let Some(asked) = compare::Asked::of(query) {
        let mut needs = needs_of(program, Some(&asked.selection), compare::INTRINSICS.iter(), true)?;
        (needs.starts, needs.keys) = (true, true);
        return Some(needs);
    }
    let names = label_names(query);
    let grouped = |name: &&Name| query.by.contains(name) || measured_name(&query.function) == Some(*name);
    let shown = names.iter().filter(|name| grouped(name) || **name != PARENT_NUMBER);
    let mut needs = needs_of(program, None, shown, true)?;
    needs.starts = true;
    Some(needs)
}

/// Whether rows may stand for many spans each: counts and durations by what such rows may say, in whole minutes.
pub(super) fn may_be_rolled(query: &MetricsQuery, program: &Program, buckets: &Buckets) -> bool {
    let duration = Name::Intrinsic(Intrinsic::Duration);
    let counted = match &query.function {
        MetricsFunction::Compare { .. } => false,
        function => measured_name(function).is_none_or(|name| *name == duration),
    };
    let said = |name: &Name| match name {
        Name::Intrinsic(Intrinsic::Name | Intrinsic::Kind | Intrinsic::Status) => true,
        Name::Attribute { of_parent: false, scope: Some(SpanScope::Resource), key } => {
            &**key == "service.name"
        }
        Name::Attribute { of_parent: false, scope: Some(SpanScope::Span), .. } => true,
        _ => false,
    };
    let filters_said = |filters: Vec<&Expr>| {
        let mut all = true;
        let mut look = |name: &Name, _: Option<&_>| all &= said(name) || *name == PARENT_NUMBER;
        filters.into_iter().for_each(|filter| filter.names(&mut look));
        all
    };
    let minutes = |nanos: i64| nanos % ROLLED_NANOS == 0;
    counted
        && query.by.iter().all(said)
        && minutes(buckets.first)
        && minutes(buckets.step)
        && program.filters().is_some_and(filters_said)
}

/// Whether such rows have to say the ends and the sum of their durations, and not just between which powers of two they are.
pub(super) fn needs_spread(query: &MetricsQuery) -> bool {
    let powers = matches!(
        query.function,
        MetricsFunction::QuantileOverTime(..) | MetricsFunction::HistogramOverTime(_)
    );
    !powers && measured_name(&query.function).is_some()
}

/// What runs of units are folded into.
pub(super) trait Gather: Sized + Send {
    /// Units of a run.
    const RUN: usize;

    /// Adds the spans of a unit that the evaluator's program lets through.
    fn unit(&mut self, unit: &dyn SpanUnit, evaluator: &mut Evaluator<'_>) -> Result<(), TraceqlError>;

    /// Adds a later run.
    fn merge(&mut self, later: Self) -> Result<(), TraceqlError>;
}

/// Runs a query.
pub(super) async fn collect<'a>(
    cursor: Box<dyn UnitCursor + 'a>,
    cx: &Context,
    (query, program): (&MetricsQuery, &Program),
    buckets: Buckets,
    exemplars: usize,
    inspected: &mut u64,
) -> Result<Vec<Line>, TraceqlError> {
    if let Some(asked) = compare::Asked::of(query) {
        let fresh = || compare::Comparison::open(&asked, buckets, cx);
        return Ok(gather(cursor, cx, program, inspected, fresh).await?.finish());
    }
    let fresh = || Fold::new(query, cx, buckets, exemplars);
    let total = gather(cursor, cx, program, inspected, fresh).await?;
    Ok(groups::finish(total.groups, query, &buckets))
}

async fn gather<'a, G: Gather>(
    mut cursor: Box<dyn UnitCursor + 'a>,
    cx: &Context,
    program: &Program,
    inspected: &mut u64,
    fresh: impl Fn() -> Result<G, TraceqlError> + Sync,
) -> Result<G, TraceqlError> {
    let mut total = fresh()?;
    loop {
        let units = cursor.next_units().await?;
        if units.is_empty() {
            return Ok(total);
        }
        cx.check()?;
        let rows = |unit: &dyn SpanUnit| match unit.rolled() {
            Some(rolled) => rolled.counts.iter().map(|count| u64::from(*count)).sum::<u64>(),
            None => unit.traces().iter().map(|trace| trace.rows.len() as u64).sum(),
        };
        *inspected += units.iter().map(|unit| rows(&**unit)).sum::<u64>();
        let runs: Vec<&[Box<dyn SpanUnit>]> = units.chunks(G::RUN).collect();
        let fold = |runs: &[&[Box<dyn SpanUnit>]]| -> Result<Vec<G>, TraceqlError> {
            let mut evaluator = Evaluator::new(program, true, Answers::default());
            let mut folded = Vec::with_capacity(runs.len());
            for run in runs {
                let mut gathered = fresh()?;
                for unit in *run {
                    gathered.unit(&**unit, &mut evaluator)?;
                }
                folded.push(gathered);
            }
            Ok(folded)
        };
        for folded in stdx::task::share(&runs, THREADS, fold) {
            folded?.into_iter().try_for_each(|run| total.merge(run))?;
        }
    }
}

/// The state of a run.
struct Fold<'q> {
    query: &'q MetricsQuery,
    buckets: Buckets,
    names: Vec<Name>,
    values: Numbered,
    groups: Vec<Group>,
    by_values: FxHashMap<Vec<u32>, u32>,
    key: Vec<u32>,
    quota: Quota,
    held: Reservation,
}

/// Distinct values of groups, by number.
#[derive(Default)]
struct Numbered {
    values: Vec<Value>,
    by_key: FxHashMap<Vec<u8>, u32>,
    key: Vec<u8>,
}

impl Numbered {
    fn number(&mut self, value: Value) -> u32 {
        self.key.clear();
        value.key(&mut self.key);
        if let Some(number) = self.by_key.get(&self.key) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value);
        self.by_key.insert(self.key.clone(), number);
        number
    }
}

/// A column that spans are grouped by: by code the number of its value and, when it is the only one, of its group.
struct Grouping<'q> {
    name: &'q Name,
    column: Rc<Column>,
    numbers: Vec<u32>,
    groups: Vec<u32>,
}

impl Grouping<'_> {
    /// The place of a row's group, where it has a code.
    fn group(&mut self, row: usize) -> Option<&mut u32> {
        match &*self.column {
            Column::Codes(codes, _) => self.groups.get_mut(codes[row] as usize),
            _ => None,
        }
    }

    fn number(&mut self, row: usize, values: &mut Numbered) -> u32 {
        match &*self.column {
            Column::Codes(codes, dictionary) => {
                let code = codes[row];
                let number = &mut self.numbers[code as usize];
                if *number == UNKNOWN {
                    *number = values.number(group_value(self.name, entry(dictionary, code, self.name)));
                }
                *number
            }
            column => values.number(group_value(self.name, column.value(row, self.name))),
        }
    }
}

/// The bucket of the span before: spans of a trace mostly share one.
#[derive(Default)]
pub(super) struct LastBucket {
    after: i64,
    upto: i64,
    bucket: Option<usize>,
}

impl LastBucket {
    pub(super) fn of(&mut self, buckets: &Buckets, at: i64) -> Option<usize> {
        if self.after < at && at <= self.upto {
            return self.bucket;
        }
        let bucket = buckets.of(at)?;
        self.upto = buckets.stamp(bucket);
        self.after = self.upto.saturating_sub(buckets.step);
        self.bucket = Some(bucket);
        self.bucket
    }
}

impl<'q> Fold<'q> {
    fn new(
        query: &'q MetricsQuery,
        cx: &Context,
        buckets: Buckets,
        exemplars: usize,
    ) -> Result<Self, TraceqlError> {
        Ok(Fold {
            query,
            buckets,
            names: label_names(query).into_iter().filter(|name| *name != PARENT_NUMBER).collect(),
            values: Numbered::default(),
            groups: Vec::new(),
            by_values: FxHashMap::default(),
            key: Vec::new(),
            quota: Quota::new(exemplars, &buckets),
            held: cx.budget.reserve(0).map_err(SourceError::from)?,
        })
    }

    /// The group of a row.
    fn group_of(&mut self, groupings: &mut [Grouping<'_>], row: usize) -> Result<usize, TraceqlError> {
        if let [only] = groupings
            && let Some(known) = only.group(row).filter(|known| **known != UNKNOWN)
        {
            return Ok(*known as usize);
        }
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.extend(groupings.iter_mut().map(|grouping| grouping.number(row, &mut self.values)));
        let group = self.group(&key)?;
        self.key = key;
        if let [only] = groupings
            && let Some(known) = only.group(row)
        {
            *known = group as u32;
        }
        Ok(group)
    }

    /// The group of these values.
    fn group(&mut self, key: &[u32]) -> Result<usize, TraceqlError> {
        if let Some(group) = self.by_values.get(key) {
            return Ok(*group as usize);
        }
        // The values of the buckets, and as much again for histograms and exemplars as a rough measure.
        let bytes = 160 + 16 * self.buckets.count as u64;
        self.held.grow(bytes).map_err(SourceError::from)?;
        let by = key.iter().map(|number| self.values.values[*number as usize].clone()).collect();
        let state = Accumulator::of(&self.query.function, &self.buckets);
        self.groups.push(Group { by, state, exemplars: Vec::new() });
        self.by_values.insert(key.to_vec(), self.groups.len() as u32 - 1);
        Ok(self.groups.len() - 1)
    }
}

/// The spans that a row stands for, of which the longest lasts `greatest`.
fn alike(rolled: &Rolled<'_>, greatest: i64, row: usize) -> Alike {
    let (least, sum) = match &rolled.spread {
        Some(spread) => (spread.least[row], spread.sums[row]),
        None => (greatest, 0),
    };
    Alike { count: rolled.counts[row], least, greatest, sum }
}

fn trace_of(rolled: &Rolled<'_>, row: usize) -> TraceId {
    rolled.ids.get(rolled.traces[row] as usize).copied().unwrap_or_default()
}

impl Gather for Fold<'_> {
    /// Some 16,000 rows, a few runs a core of what a source hands out at once.
    const RUN: usize = 4;

    fn unit(&mut self, unit: &dyn SpanUnit, evaluator: &mut Evaluator<'_>) -> Result<(), TraceqlError> {
        let view = UnitView::new(unit);
        let mask = evaluator.run(&view)?;
        if !mask.contains(&true) {
            return Ok(());
        }
        let starts = unit.starts()?;
        let mut groupings = Vec::with_capacity(self.query.by.len());
        for name in &self.query.by {
            let column = view.column(name)?;
            let entries = match &*column {
                Column::Codes(_, dictionary) => Dictionary::len(dictionary) + 1,
                _ => 0,
            };
            let (numbers, groups) = (vec![UNKNOWN; entries], vec![UNKNOWN; entries]);
            groupings.push(Grouping { name, column, numbers, groups });
        }
        let measured = match measured_name(&self.query.function) {
            Some(name) => Some((name, view.column(name)?)),
            None => None,
        };
        let rolled = unit.rolled();
        let mut last = LastBucket::default();
        for trace in unit.traces() {
            // Whether the trace stands for a sample already.
            let mut stands = false;
            for row in trace.rows.clone().filter(|row| mask[*row]) {
                let Some(bucket) = last.of(&self.buckets, starts[row]) else { continue };
                let group = self.group_of(&mut groupings, row)?;
                let Group { state, exemplars, .. } = &mut self.groups[group];
                let function = &self.query.function;
                let counts = match (&measured, &rolled) {
                    (None, None) => state.add(function, bucket, &Value::Nil),
                    (None, Some(rolled)) => state.add_alike(function, bucket, &alike(rolled, 0, row)),
                    (Some((name, column)), rolled) => match (&**column, rolled) {
                        (Column::Durations(nanos), None) => state.add_nanos(function, bucket, nanos[row]),
                        (Column::Durations(nanos), Some(rolled)) => {
                            state.add_alike(function, bucket, &alike(rolled, nanos[row], row))
                        }
                        (column, _) => state.add(function, bucket, &column.value(row, name)),
                    },
                };
                if counts && !stands && self.quota.take(exemplars, bucket) {
                    // Rows that stand for many spans are of a trace each.
                    stands = rolled.is_none();
                    let trace_id = rolled.as_ref().map_or(trace.trace_id, |rolled| trace_of(rolled, row));
                    let value =
                        measured.as_ref().map_or(Value::Nil, |(name, column)| column.value(row, name));
                    for name in &self.names {
                        view.column(name)?;
                    }
                    let exemplar = Exemplar {
                        labels: exemplar_labels(&view, &trace_id, row, &self.names),
                        value: exemplar_value(function, &value),
                        at: self.buckets.stamp(bucket).min(self.buckets.end).div_euclid(1_000_000),
                    };
                    exemplars.push((bucket, exemplar));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), TraceqlError> {
        for Group { by, state, exemplars } in other.groups {
            let key: Vec<u32> = by.into_iter().map(|value| self.values.number(value)).collect();
            let group = self.group(&key)?;
            let into = &mut self.groups[group];
            into.state.merge(&self.query.function, state);
            for (bucket, exemplar) in exemplars {
                if self.quota.take(&into.exemplars, bucket) {
                    into.exemplars.push((bucket, exemplar));
                }
            }
        }
        Ok(())
    }
}

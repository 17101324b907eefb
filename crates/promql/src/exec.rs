//! Executes a plan over fetched series: synchronous, vectorised over the steps, deterministic, budgeted, cancellable.
//!
//! Series flow through [`Sink`]s: selectors push them one by one, functions and operators with a scalar change them on the
//! way, aggregations fold them into their groups. Only operations that need all series at once collect them. So the memory
//! of an aggregation is groups times steps, whatever it aggregates.
//!
//! Names are dropped at once, or, with delayed name removal, only marked and dropped from the result.

mod aggregate;
mod binary;
mod call;
mod count_values;
mod counted;
mod histograms;
mod info;
mod instant;
mod kernels;
mod labels;
mod range;
mod rates;
mod select_k;
mod series;
mod shared;
mod sliding;
mod windows;

pub(crate) use binary::scalar_op;
pub use counted::SampleCounts;
pub(crate) use series::{Points, Series};

use crate::annotations::Annotations;
use crate::error::QueryError;
use crate::options::Options;
use crate::plan::{Kind, Node, Plan};
use crate::syntax::ast::ValueType;
use contract::{Context, Series as Stored};
use query::{Grid, InstantSample, MatrixSeries, Point, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use stdx::Reservation;

/// Where series go, one by one.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Series) -> Result<(), QueryError>;

pub(crate) type Done = Result<(), QueryError>;

/// The state of one evaluation.
pub(crate) struct Exec<'a> {
    plan: &'a Plan,
    data: &'a [Arc<Vec<Stored>>],
    cx: &'a Context,
    options: &'a Options,
    notes: RefCell<Annotations>,
    /// Samples held by collected series.
    live: Cell<u64>,
    counted: RefCell<SampleCounts>,
    /// What occurs more than once, by its number.
    kept: RefCell<FxHashMap<usize, Rc<shared::Kept>>>,
}

/// Two series of a result have the same labels at the same time.
pub(crate) fn same_labelset() -> QueryError {
    QueryError::Execution("vector cannot contain metrics with the same labelset".to_owned())
}

/// Counts samples as held until dropped.
pub(crate) struct Held<'e> {
    live: &'e Cell<u64>,
    samples: u64,
    _memory: Reservation,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.live.set(self.live.get().saturating_sub(self.samples));
    }
}

/// Evaluates `plan` over `data`, the answers to its selects.
pub(crate) fn run(
    plan: &Plan,
    data: &[Arc<Vec<Stored>>],
    cx: &Context,
    options: &Options,
    instant: bool,
) -> Result<(Value, Annotations, SampleCounts), QueryError> {
    let exec = Exec {
        plan,
        data,
        cx,
        options,
        notes: RefCell::new(Annotations::default()),
        live: Cell::new(0),
        counted: RefCell::new(SampleCounts::new(plan.grid.len())),
        kept: RefCell::default(),
    };
    let value = exec.result(instant)?;
    Ok((value, exec.notes.into_inner(), exec.counted.into_inner()))
}

impl Exec<'_> {
    fn result(&self, instant: bool) -> Result<Value, QueryError> {
        let (root, grid) = (&self.plan.root, &self.plan.grid);
        let at = model::Millis(grid.start);
        match (self.plan.value_type, &root.kind) {
            (ValueType::Text, Kind::Text(text)) => Ok(Value::Text { at, value: text.value.clone() }),
            (ValueType::Matrix, Kind::Range(range)) => {
                let mut matrix = self.range_vector(range, grid)?;
                matrix.sort_by(|a, b| a.labels.cmp(&b.labels));
                Ok(Value::Matrix(matrix))
            }
            (ValueType::Scalar, _) => {
                let values = self.scalar(root, grid)?;
                if instant {
                    return Ok(Value::Scalar { at, value: values.first().copied().unwrap_or(f64::NAN) });
                }
                let floats = grid.times().map(model::Millis).zip(values).collect();
                Ok(Value::Matrix(vec![MatrixSeries { floats, ..MatrixSeries::default() }]))
            }
            _ => self.vector_result(root, grid, instant),
        }
    }

    fn vector_result(&self, root: &Node, grid: &Grid, instant: bool) -> Result<Value, QueryError> {
        let (mut series, _held) = self.collect(root, grid)?;
        if self.options.delayed_name_removal {
            for one in series.iter_mut().filter(|s| s.drop_name) {
                one.labels = series::without_metadata(&one.labels);
                one.drop_name = false;
            }
            series = merge_same(series)?;
        }
        if instant {
            let at = model::Millis(grid.start);
            let point = |s: &Series| s.points.get(0);
            let samples = series
                .iter()
                .filter_map(|s| point(s).map(|point| InstantSample { labels: s.labels.clone(), at, point }));
            return Ok(Value::Vector(samples.collect()));
        }
        // Points become pairs of time and value, and all of them are there at once.
        let points: u64 = series.iter().map(|s| s.points.count()).sum();
        let _pairs = self.cx.budget.reserve(points * size_of::<(model::Millis, f64)>() as u64)?;
        let mut matrix: Vec<MatrixSeries> = series
            .into_iter()
            .filter(|s| !s.points.is_empty())
            .map(|s| {
                let (mut floats, mut histograms) = (Vec::new(), Vec::new());
                if s.points.only_floats() {
                    floats.reserve_exact(s.points.count() as usize);
                    floats.extend(s.points.each_float().map(|(i, value)| (model::Millis(grid.at(i)), value)));
                    return MatrixSeries { labels: s.labels, floats, histograms };
                }
                for (i, at) in grid.times().enumerate() {
                    match s.points.get(i) {
                        Some(Point::Float(value)) => floats.push((model::Millis(at), value)),
                        Some(Point::Histogram(h)) => histograms.push((model::Millis(at), h)),
                        None => {}
                    }
                }
                MatrixSeries { labels: s.labels, floats, histograms }
            })
            .collect();
        matrix.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(Value::Matrix(matrix))
    }

    /// Pushes the series of a vector node.
    fn vector(&self, node: &Node, grid: &Grid, sink: Sink<'_>) -> Done {
        if grid.is_empty() {
            return Ok(());
        }
        match &node.kind {
            Kind::Instant(instant) => self.instant(instant, node.span, grid, sink),
            Kind::Call(function, args) => self.call(node, function, args, grid, sink),
            Kind::RangeCall(call) => self.range_call(call, grid, sink),
            Kind::Info(info) => self.info(info, grid, sink),
            Kind::Aggregate(aggregation) => self.aggregate(node, aggregation, grid, sink),
            Kind::Binary(operation) => self.binary(node, operation, grid, sink),
            Kind::Negate(operand) => {
                let unique = self.names_unique(operand);
                self.unique(unique, sink, &mut |sink| {
                    self.vector(operand, grid, &mut |mut series| {
                        series.points.negate();
                        self.drop_name(&mut series);
                        sink(series)
                    })
                })
            }
            Kind::Invariant(inner) => {
                let once = Grid::instant(grid.start);
                let steps = grid.len();
                let (done, counts) = self.counted_apart(1, || {
                    self.vector(inner, &once, &mut |mut series| {
                        series.points = series.points.repeated(steps);
                        sink(series)
                    })
                });
                self.counted.borrow_mut().add_repeated(&counts);
                done
            }
            Kind::Shared(number, inner) => self.shared(*number, inner, grid, sink),
            Kind::Number(_) | Kind::Text(_) | Kind::Range(_) => {
                Err(QueryError::Execution("unhandled expression in a vector".to_owned()))
            }
        }
    }

    /// The values of a scalar node, one a step.
    fn scalar(&self, node: &Node, grid: &Grid) -> Result<Vec<f64>, QueryError> {
        let steps = grid.len();
        self.allow(steps as u64)?;
        Ok(match &node.kind {
            Kind::Number(value) => vec![*value; steps],
            Kind::Invariant(inner) => {
                let (once, counts) = self.counted_apart(1, || self.scalar(inner, &Grid::instant(grid.start)));
                self.counted.borrow_mut().add_repeated(&counts);
                let once = once?;
                vec![once.first().copied().unwrap_or(f64::NAN); steps]
            }
            Kind::Negate(operand) => self.scalar(operand, grid)?.into_iter().map(|v| -v).collect(),
            Kind::Binary(operation) => {
                let (lhs, rhs) = (self.scalar(&operation.lhs, grid)?, self.scalar(&operation.rhs, grid)?);
                let apply = |(a, b): (f64, f64)| scalar_op(operation.op, a, b);
                lhs.into_iter().zip(rhs).map(apply).collect::<Option<Vec<f64>>>().ok_or_else(|| {
                    let op = query::quote::quote(operation.op.as_str());
                    QueryError::Execution(format!("operator {op} not allowed for Scalar operations"))
                })?
            }
            Kind::Call(function, args) => self.scalar_call(function, args, grid)?,
            _ => return Err(QueryError::Execution("unhandled expression in a scalar".to_owned())),
        })
    }

    /// All series of a node, counted and budgeted while they come.
    fn collect(&self, node: &Node, grid: &Grid) -> Result<(Vec<Series>, Held<'_>), QueryError> {
        let mut all = Vec::new();
        let mut samples = 0;
        let mut memory = self.cx.budget.reserve(0)?;
        self.vector(node, grid, &mut |series| {
            samples += series.points.count();
            self.allow(samples)?;
            memory.grow(series.heap_bytes() as u64)?;
            all.push(series);
            Ok(())
        })?;
        self.live.set(self.live.get() + samples);
        Ok((all, Held { live: &self.live, samples, _memory: memory }))
    }

    /// `Err` when `more` samples cannot be held on top of those that are.
    fn allow(&self, more: u64) -> Done {
        let samples = self.live.get().saturating_add(more);
        if samples > self.options.max_samples {
            return Err(QueryError::TooManySamples);
        }
        let mut counted = self.counted.borrow_mut();
        counted.peak = counted.peak.max(samples);
        Ok(())
    }

    /// Runs `inner` with counts of its own, for so many steps.
    fn counted_apart<T>(&self, steps: usize, inner: impl FnOnce() -> T) -> (T, SampleCounts) {
        let outer = self.counted.replace(SampleCounts::new(steps));
        let result = inner();
        (result, self.counted.replace(outer))
    }

    /// The metric's name no longer fits the series.
    fn drop_name(&self, series: &mut Series) {
        if self.options.delayed_name_removal {
            series.drop_name = true;
        } else {
            series.labels = series::without_metadata(&series.labels);
        }
    }

    /// Runs `produce`; where dropping names may have made series alike, they are joined, or refused when they overlap.
    fn unique(&self, unique: bool, sink: Sink<'_>, produce: &mut dyn FnMut(Sink<'_>) -> Done) -> Done {
        if unique || self.options.delayed_name_removal {
            return produce(sink);
        }
        let mut all = Vec::new();
        let mut memory = self.cx.budget.reserve(0)?;
        produce(&mut |series| {
            memory.grow(series.heap_bytes() as u64)?;
            all.push(series);
            Ok(())
        })?;
        merge_same(all)?.into_iter().try_for_each(sink)
    }

    /// Whether series of a node differ in more than their names.
    fn names_unique(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Instant(instant) => self.select_has_one_name(instant.select),
            Kind::RangeCall(call) => self.range_names_unique(&call.range),
            Kind::Negate(inner) | Kind::Invariant(inner) | Kind::Shared(_, inner) => self.names_unique(inner),
            Kind::Aggregate(a) => {
                let named = a.grouping.labels.iter().any(|l| l.starts_with("__"));
                !a.op.has_parameter() && !a.grouping.without && !named
            }
            Kind::Binary(o) if o.lhs_scalar => self.names_unique(&o.rhs),
            Kind::Binary(o) if o.rhs_scalar => self.names_unique(&o.lhs),
            Kind::Binary(o) => o.op.changes_metric(),
            Kind::Call(function, args) => match function.name {
                "vector" | "absent" => true,
                "label_replace" | "label_join" => false,
                _ => args.first().is_none_or(|arg| self.names_unique(arg)),
            },
            _ => false,
        }
    }

    fn range_names_unique(&self, range: &crate::plan::Range) -> bool {
        match &range.source {
            crate::plan::RangeSource::Select(select) => self.select_has_one_name(*select),
            crate::plan::RangeSource::Subquery(inner, _) => self.names_unique(inner),
        }
    }

    fn select_has_one_name(&self, select: usize) -> bool {
        let series = &self.data[select];
        // Labels of type and unit are dropped with the name, so they must not tell series apart either.
        let extra = |s: &Stored| s.labels.get("__type__").is_some() || s.labels.get("__unit__").is_some();
        let mut names = series.iter().map(|s| s.labels.metric_name());
        let first = names.next();
        names.all(|name| Some(name) == first) && !series.iter().any(extra)
    }
}

/// Joins series with equal labels whose points do not overlap. Those of which one is to lose its name stay apart.
pub(crate) fn merge_same(series: Vec<Series>) -> Result<Vec<Series>, QueryError> {
    let mut places: FxHashMap<model::Labels, [Option<usize>; 2]> = FxHashMap::default();
    let mut out: Vec<Series> = Vec::with_capacity(series.len());
    for one in series {
        let known = places.entry(one.labels.clone()).or_default();
        if known.iter().flatten().any(|at| out[*at].points.overlaps(&one.points)) {
            return Err(same_labelset());
        }
        match &mut known[usize::from(one.drop_name)] {
            Some(at) => out[*at].points.absorb(one.points),
            empty => {
                *empty = Some(out.len());
                out.push(one);
            }
        }
    }
    Ok(out)
}

//! Aggregations that fold series into one value a group and step, while the series go by.

use super::{Done, Exec, Points, Series, Sink};
use crate::annotations::{Annotations, Operation};
use crate::functions::over_time::Hints;
use crate::functions::quantiles::quantile;
use crate::functions::rates::HistogramMean;
use crate::functions::sums::{Compensated, Mean, Spread};
use crate::histogram::{Added, Incompatible, Sum, compact};
use crate::plan::{Aggregation, Node};
use crate::syntax::ast::AggregateOp;
use model::{FloatHistogram, Labels};
use query::{Grid, Groups, Point, Span};
use std::sync::Arc;

/// One group.
struct Group {
    labels: Labels,
    drop_name: bool,
    cells: Cells,
}

/// One accumulator a step.
enum Cells {
    Sum(Vec<Total<Compensated>>),
    Avg(Vec<Total<Mean>>),
    /// `min` and `max`.
    Extreme(Vec<Option<f64>>),
    /// `count` and `group`.
    Count(Vec<u64>),
    Spread(Vec<Option<Spread>>),
    Values(Vec<Vec<f64>>),
}

/// A cell of the largest kind.
const CELL_BYTES: usize = size_of::<Option<Total<Mean>>>();

/// Floats and histograms of one group and step. Both together have no total.
#[derive(Clone)]
struct Total<F> {
    float: Option<F>,
    histogram: Option<Box<HistogramTotal>>,
    /// Exponential and custom buckets came together.
    broken: bool,
}

#[derive(Clone)]
enum Running {
    Sum(Sum),
    Mean(HistogramMean),
    /// A float came first, so there will be no total.
    Useless,
}

#[derive(Clone)]
struct HistogramTotal {
    running: Running,
    hints: Hints,
}

impl<F> Default for Total<F> {
    fn default() -> Self {
        Total { float: None, histogram: None, broken: false }
    }
}

impl<F> Total<F> {
    fn add_histogram(&mut self, h: &FloatHistogram, mean: bool) -> Result<Added, Incompatible> {
        if let Some(total) = &mut self.histogram {
            total.hints.see(h);
            return match &mut total.running {
                Running::Sum(sum) => sum.add(h, 1.0),
                Running::Mean(mean) => mean.add(h),
                Running::Useless => Ok(Added::default()),
            };
        }
        let mut hints = Hints::default();
        let running = if self.float.is_some() {
            Running::Useless
        } else {
            hints.see(h);
            if mean { Running::Mean(HistogramMean::new(h)) } else { Running::Sum(Sum::new(h, true)) }
        };
        self.histogram = Some(Box::new(HistogramTotal { running, hints }));
        Ok(Added::default())
    }

    /// The total, if there is one.
    fn finish(self, float: impl Fn(F) -> f64, notes: &mut Annotations, span: Span) -> Option<Point> {
        match (self.float, self.histogram) {
            _ if self.broken => None,
            (Some(_), Some(_)) => {
                notes.mixed_aggregation(span);
                None
            }
            (Some(total), None) => Some(Point::Float(float(total))),
            (None, Some(total)) => {
                if total.hints.collide() {
                    notes.reset_collision(span, Operation::Aggregation);
                }
                let mut h = match &total.running {
                    Running::Sum(sum) => sum.finish(),
                    Running::Mean(mean) => mean.finish(),
                    Running::Useless => return None,
                };
                compact(&mut h);
                Some(Point::Histogram(Arc::new(h)))
            }
            (None, None) => None,
        }
    }
}

impl Cells {
    fn new(op: AggregateOp, steps: usize) -> Self {
        match op {
            AggregateOp::Sum => Cells::Sum(vec![Total::default(); steps]),
            AggregateOp::Avg => Cells::Avg(vec![Total::default(); steps]),
            AggregateOp::Min | AggregateOp::Max => Cells::Extreme(vec![None; steps]),
            AggregateOp::Stddev | AggregateOp::Stdvar => Cells::Spread(vec![None; steps]),
            AggregateOp::Quantile => Cells::Values(vec![Vec::new(); steps]),
            _ => Cells::Count(vec![0; steps]),
        }
    }
}

/// What is remarked on once for a whole aggregation.
struct Remarks<'n> {
    notes: &'n mut Annotations,
    span: Span,
    op: AggregateOp,
    ignored: bool,
}

impl Remarks<'_> {
    fn ignored(&mut self) {
        if !std::mem::replace(&mut self.ignored, true) {
            self.notes.histogram_ignored(self.span, self.op.as_str());
        }
    }

    fn added(&mut self, result: Result<Added, Incompatible>, broken: &mut bool, metric: &str) {
        match result {
            Ok(added) if added.reconciled => self.notes.reconciled_buckets(self.span, Operation::Aggregation),
            Ok(_) => {}
            Err(Incompatible) => {
                self.notes.mixed_schemas(self.span, metric);
                *broken = true;
            }
        }
    }
}

impl Group {
    fn add(&mut self, series: &Series, remarks: &mut Remarks<'_>) {
        self.drop_name |= series.drop_name;
        if series.points.only_floats() {
            return self.add_floats(&series.points, remarks.op);
        }
        let (points, metric) = (&series.points, series.labels.metric_name());
        for step in 0..points.len() {
            let float = points.float(step);
            let histogram = if float.is_none() { points.histogram(step) } else { None };
            if float.is_none() && histogram.is_none() {
                continue;
            }
            match &mut self.cells {
                Cells::Sum(cells) => {
                    let cell = &mut cells[step];
                    match (float, histogram, &mut cell.float) {
                        _ if cell.broken => {}
                        (Some(value), _, Some(total)) => total.add(value),
                        (Some(value), _, None) => cell.float = Some(value.into()),
                        (_, Some(h), _) => {
                            let result = cell.add_histogram(h, false);
                            remarks.added(result, &mut cell.broken, metric);
                        }
                        _ => {}
                    }
                }
                Cells::Avg(cells) => {
                    let cell = &mut cells[step];
                    match (float, histogram, &mut cell.float) {
                        _ if cell.broken => {}
                        (Some(value), _, Some(mean)) => mean.add(value),
                        (Some(value), _, None) => cell.float = Some(Mean::new(value)),
                        (_, Some(h), _) => {
                            let result = cell.add_histogram(h, true);
                            remarks.added(result, &mut cell.broken, metric);
                        }
                        _ => {}
                    }
                }
                Cells::Count(counts) => counts[step] += 1,
                Cells::Extreme(cells) => match float {
                    Some(value) => {
                        let best = cells[step].get_or_insert(value);
                        let better =
                            if remarks.op == AggregateOp::Max { *best < value } else { *best > value };
                        if better || best.is_nan() {
                            *best = value;
                        }
                    }
                    None => remarks.ignored(),
                },
                Cells::Spread(cells) => match (float, &mut cells[step]) {
                    (Some(value), Some(spread)) => spread.add(value),
                    (Some(value), empty) => *empty = Some(Spread::new(value)),
                    (None, _) => remarks.ignored(),
                },
                Cells::Values(cells) => match float {
                    Some(value) => cells[step].push(value),
                    None => remarks.ignored(),
                },
            }
        }
    }

    /// What [`Group::add`] makes of a series without histograms: one loop a kind of cell.
    fn add_floats(&mut self, points: &Points, op: AggregateOp) {
        let floats = points.each_float();
        match &mut self.cells {
            Cells::Sum(cells) => floats.for_each(|(step, value)| match &mut cells[step] {
                cell if cell.broken => {}
                Total { float: Some(total), .. } => total.add(value),
                cell => cell.float = Some(value.into()),
            }),
            Cells::Avg(cells) => floats.for_each(|(step, value)| match &mut cells[step] {
                cell if cell.broken => {}
                Total { float: Some(mean), .. } => mean.add(value),
                cell => cell.float = Some(Mean::new(value)),
            }),
            Cells::Count(counts) => floats.for_each(|(step, _)| counts[step] += 1),
            Cells::Extreme(cells) => floats.for_each(|(step, value)| {
                let best = cells[step].get_or_insert(value);
                let better = if op == AggregateOp::Max { *best < value } else { *best > value };
                if better || best.is_nan() {
                    *best = value;
                }
            }),
            Cells::Spread(cells) => floats.for_each(|(step, value)| match &mut cells[step] {
                Some(spread) => spread.add(value),
                empty => *empty = Some(Spread::new(value)),
            }),
            Cells::Values(cells) => floats.for_each(|(step, value)| cells[step].push(value)),
        }
    }

    fn finish(self, param: Option<&[f64]>, remarks: &mut Remarks<'_>) -> Series {
        let mut points;
        let (op, span) = (remarks.op, remarks.span);
        let floats = |values: Vec<Option<f64>>| {
            let mut points = Points::absent(values.len());
            values
                .into_iter()
                .enumerate()
                .filter_map(|(i, v)| v.map(|v| (i, v)))
                .for_each(|(i, v)| points.set_float(i, v));
            points
        };
        match self.cells {
            Cells::Sum(cells) => {
                points = Points::absent(cells.len());
                for (step, cell) in cells.into_iter().enumerate() {
                    let total = cell.finish(|c: Compensated| c.value(), remarks.notes, span);
                    total.into_iter().for_each(|point| points.set(step, point));
                }
            }
            Cells::Avg(cells) => {
                points = Points::absent(cells.len());
                for (step, cell) in cells.into_iter().enumerate() {
                    let total = cell.finish(|m: Mean| m.value(), remarks.notes, span);
                    total.into_iter().for_each(|point| points.set(step, point));
                }
            }
            Cells::Extreme(cells) => points = floats(cells),
            Cells::Count(counts) => {
                let value = |n: u64| if op == AggregateOp::Group { 1.0 } else { n as f64 };
                points = floats(counts.into_iter().map(|n| (n > 0).then(|| value(n))).collect());
            }
            Cells::Spread(cells) => {
                let root = op == AggregateOp::Stddev;
                let value = |s: Spread| if root { s.variance().sqrt() } else { s.variance() };
                points = floats(cells.into_iter().map(|s| s.map(value)).collect());
            }
            Cells::Values(cells) => {
                let q = |step: usize| param.and_then(|p| p.get(step)).copied().unwrap_or(f64::NAN);
                let value = |(step, mut values): (usize, Vec<f64>)| {
                    (!values.is_empty()).then(|| quantile(q(step), &mut values))
                };
                points = floats(cells.into_iter().enumerate().map(value).collect());
            }
        }
        Series { labels: self.labels, drop_name: self.drop_name, points }
    }
}

impl Exec<'_> {
    /// Warns of quantiles that are none: of the farthest on each side, whatever the number of steps.
    fn judge_quantiles(&self, quantiles: &[f64], span: Span) {
        let mut notes = self.notes.borrow_mut();
        if quantiles.iter().any(|q| q.is_nan()) {
            notes.invalid_quantile(span, f64::NAN);
        }
        let (least, most) =
            quantiles.iter().fold((0f64, 1f64), |(least, most), q| (least.min(*q), most.max(*q)));
        [most, least]
            .into_iter()
            .filter(|q| !(0.0..=1.0).contains(q))
            .for_each(|q| notes.invalid_quantile(span, q));
    }

    pub(super) fn aggregate(&self, node: &Node, a: &Aggregation, grid: &Grid, sink: Sink<'_>) -> Done {
        match a.op {
            AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK | AggregateOp::LimitRatio => {
                return self.select_k(node, a, grid, sink);
            }
            AggregateOp::CountValues => return self.count_values(a, grid, sink),
            _ => {}
        }
        let param = a.param.as_ref().map(|p| self.scalar(p, grid)).transpose()?;
        if let (Some(values), Some(node)) = (&param, &a.param) {
            self.judge_quantiles(values, node.span);
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut places = Groups::default();
        let mut ignored = false;
        let mut memory = self.cx.budget.reserve(0)?;
        self.vector(&a.input, grid, &mut |series| {
            let (at, fresh) = places.place(&a.grouping, &series.labels);
            if let Some(labels) = fresh {
                memory.grow((grid.len() * CELL_BYTES + labels.heap_bytes()) as u64)?;
                let cells = Cells::new(a.op, grid.len());
                groups.push(Group { labels, drop_name: false, cells });
            }
            if a.op == AggregateOp::Quantile {
                memory.grow(series.points.count() * size_of::<f64>() as u64)?;
            }
            self.allow((groups.len() * grid.len()) as u64)?;
            let mut notes = self.notes.borrow_mut();
            let mut remarks = Remarks { notes: &mut notes, span: a.input.span, op: a.op, ignored };
            groups[at].add(&series, &mut remarks);
            ignored = remarks.ignored;
            Ok(())
        })?;
        for group in groups {
            let series = {
                let mut notes = self.notes.borrow_mut();
                let mut remarks = Remarks { notes: &mut notes, span: a.input.span, op: a.op, ignored };
                group.finish(param.as_deref(), &mut remarks)
            };
            if !series.points.is_empty() {
                sink(series)?;
            }
        }
        Ok(())
    }
}

//! Functions of vectors and scalars.

use super::series::Place;
use super::{Done, Exec, Points, Series, Sink};
use crate::error::QueryError;
use crate::functions::{Function, dates, math, natural, quantiles};
use crate::plan::{Instant, Kind, Node};
use model::Labels;
use query::Grid;
use std::cmp::Ordering;

impl Exec<'_> {
    pub(super) fn call(
        &self,
        node: &Node,
        function: &'static Function,
        args: &[Node],
        grid: &Grid,
        sink: Sink<'_>,
    ) -> Done {
        let name = function.name;
        if let Some(apply) = math::elementwise(name) {
            return self.map_floats(&args[0], grid, sink, &mut |points| points.map_floats(apply));
        }
        if let Some(field) = dates::field(name) {
            return self.date(field, args, grid, sink);
        }
        match name {
            "clamp" | "clamp_min" | "clamp_max" => self.clamp(name, args, grid, sink),
            "round" => {
                let nearest = args.get(1).map(|arg| self.scalar(arg, grid)).transpose()?;
                self.map_floats(&args[0], grid, sink, &mut |points| {
                    map_steps(points, |step, v| {
                        Some(math::round(v, nearest.as_ref().map_or(1.0, |n| n[step])))
                    });
                })
            }
            "timestamp" => self.map_any(&args[0], grid, sink, &mut |points| {
                for (step, at) in grid.times().enumerate() {
                    if points.is_present(step) {
                        points.set_float(step, at as f64 / 1000.0);
                    }
                }
            }),
            // The start timestamps of a computed vector are not known.
            "start_timestamp" => self.vector(&args[0], grid, &mut |_| Ok(())),
            "vector" => {
                let points = Points::floats(self.scalar(&args[0], grid)?);
                sink(Series { labels: Labels::empty(), drop_name: false, points })
            }
            "absent" => self.absent(&args[0], grid, sink),
            "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" => {
                self.sort(node, name, args, grid, sink)
            }
            "label_replace" => self.label_replace(args, grid, sink),
            "label_join" => self.label_join(args, grid, sink),
            "histogram_count" => self.map_histograms(&args[0], grid, sink, |h| h.count),
            "histogram_sum" => self.map_histograms(&args[0], grid, sink, |h| h.sum),
            "histogram_avg" => self.map_histograms(&args[0], grid, sink, |h| h.sum / h.count),
            "histogram_stdvar" => self.map_histograms(&args[0], grid, sink, super::histograms::variance),
            "histogram_stddev" => {
                self.map_histograms(&args[0], grid, sink, |h| super::histograms::variance(h).sqrt())
            }
            "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => {
                self.histogram_call(name, args, grid, sink)
            }
            _ => Err(QueryError::Execution(format!("unhandled function {name:?}"))),
        }
    }

    pub(super) fn scalar_call(
        &self,
        function: &'static Function,
        args: &[Node],
        grid: &Grid,
    ) -> Result<Vec<f64>, QueryError> {
        Ok(match function.name {
            "time" => grid.times().map(|at| at as f64 / 1000.0).collect(),
            "pi" => vec![std::f64::consts::PI; grid.len()],
            "scalar" => self.single(&args[0], grid)?,
            "min_of" | "max_of" => {
                let pick = if function.name == "min_of" { math::min } else { math::max };
                let (a, b) = (self.scalar(&args[0], grid)?, self.scalar(&args[1], grid)?);
                a.into_iter().zip(b).map(|(a, b)| pick(a, b)).collect()
            }
            name => return Err(QueryError::Execution(format!("unhandled function {name:?} of scalars"))),
        })
    }

    /// `scalar(v)`: the only float of each step, or NaN.
    fn single(&self, arg: &Node, grid: &Grid) -> Result<Vec<f64>, QueryError> {
        let mut found = vec![(0u32, f64::NAN); grid.len()];
        self.vector(arg, grid, &mut |series| {
            for (step, (count, value)) in found.iter_mut().enumerate() {
                if let Some(float) = series.points.float(step) {
                    *count += 1;
                    *value = float;
                }
            }
            Ok(())
        })?;
        Ok(found.into_iter().map(|(count, value)| if count == 1 { value } else { f64::NAN }).collect())
    }

    /// Changes each series of `arg`, whose name then no longer fits; series without points are left out.
    fn map_any(&self, arg: &Node, grid: &Grid, sink: Sink<'_>, change: &mut dyn FnMut(&mut Points)) -> Done {
        self.unique(self.names_unique(arg), sink, &mut |sink| {
            self.vector(arg, grid, &mut |mut series| {
                change(&mut series.points);
                if series.points.is_empty() {
                    return Ok(());
                }
                self.drop_name(&mut series);
                sink(series)
            })
        })
    }

    fn map_floats(
        &self,
        arg: &Node,
        grid: &Grid,
        sink: Sink<'_>,
        change: &mut dyn FnMut(&mut Points),
    ) -> Done {
        self.map_any(arg, grid, sink, change)
    }

    fn map_histograms(
        &self,
        arg: &Node,
        grid: &Grid,
        sink: Sink<'_>,
        apply: impl Fn(&model::FloatHistogram) -> f64,
    ) -> Done {
        self.map_any(arg, grid, sink, &mut |points| points.map_histograms(&apply))
    }

    fn clamp(&self, name: &str, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        let limits = args[1..].iter().map(|arg| self.scalar(arg, grid)).collect::<Result<Vec<_>, _>>()?;
        let bounds = |step: usize| match name {
            "clamp_min" => (limits[0][step], f64::INFINITY),
            "clamp_max" => (f64::NEG_INFINITY, limits[0][step]),
            _ => (limits[0][step], limits[1][step]),
        };
        self.map_floats(&args[0], grid, sink, &mut |points| {
            map_steps(points, |step, v| {
                let (low, high) = bounds(step);
                if high < low { None } else { Some(math::max(low, math::min(high, v))) }
            });
        })
    }

    fn date(&self, field: fn(i64) -> f64, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        let Some(arg) = args.first() else {
            let points = Points::floats(grid.times().map(|at| field(at / 1000)).collect());
            return sink(Series { labels: Labels::empty(), drop_name: false, points });
        };
        self.map_floats(arg, grid, sink, &mut |points| points.map_floats(|v| field(dates::seconds_of(v))))
    }

    fn absent(&self, arg: &Node, grid: &Grid, sink: Sink<'_>) -> Done {
        let mut points = Points::floats(vec![1.0; grid.len()]);
        self.vector(arg, grid, &mut |series| {
            (0..grid.len())
                .filter(|step| series.points.is_present(*step))
                .for_each(|step| points.clear(step));
            Ok(())
        })?;
        if points.is_empty() {
            return Ok(());
        }
        let mut inner = arg;
        while let Kind::Invariant(node) = &inner.kind {
            inner = node;
        }
        let labels = match &inner.kind {
            Kind::Instant(Instant { select, .. }) => self.absent_labels(*select),
            _ => Labels::empty(),
        };
        sink(Series { labels, drop_name: false, points })
    }

    fn sort(&self, node: &Node, name: &str, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        if !grid.is_instant() {
            self.notes.borrow_mut().sort_in_range(node.span);
        }
        let (mut series, _held) = self.collect(&args[0], grid)?;
        if name.starts_with("sort_by_label") {
            let names: Vec<&str> = args[1..].iter().filter_map(text_of).collect();
            let descending = name.ends_with("_desc");
            series.sort_by(|a, b| {
                let by_label = |l: &&str| natural::compare(a.labels.value(l), b.labels.value(l));
                let order = names.iter().map(by_label).find(|o| *o != Ordering::Equal);
                let order = order.unwrap_or_else(|| a.labels.cmp(&b.labels));
                if descending { order.reverse() } else { order }
            });
            return series.into_iter().try_for_each(sink);
        }
        series.iter_mut().for_each(|s| s.points.map_floats(|v| v));
        series.retain(|s| !s.points.is_empty());
        // NaN comes last either way.
        let key = |s: &Series| s.points.float(0).unwrap_or(f64::NAN);
        let descending = name == "sort_desc";
        series.sort_by(|a, b| value_order(key(a), key(b), descending));
        series.into_iter().try_for_each(sink)
    }
}

/// By value, NaN last.
pub(super) fn value_order(a: f64, b: f64, descending: bool) -> Ordering {
    if a.is_nan() || b.is_nan() {
        return quantiles::nan_first(&b, &a);
    }
    let order = a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    if descending { order.reverse() } else { order }
}

/// Changes each float, knowing its step; `None` takes it away. Histograms are dropped.
fn map_steps(points: &mut Points, apply: impl Fn(usize, f64) -> Option<f64>) {
    for step in 0..points.len() {
        match points.kind(step) {
            Place::Absent => {}
            Place::Histogram => points.clear(step),
            Place::Float => match points.float(step).and_then(|v| apply(step, v)) {
                Some(value) => points.set_float(step, value),
                None => points.clear(step),
            },
        }
    }
}

/// The value of a string argument.
pub(super) fn text_of(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Text(text) => Some(&text.value),
        _ => None,
    }
}

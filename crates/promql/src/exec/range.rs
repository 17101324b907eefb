//! Functions over ranges: windows of samples, one a step, handed to a kernel.
//!
//! The table "step to window" is made once for all series that share their timestamps.

use super::instant::weight;
use super::windows::{Frame, Samples, Table, fresh};
use super::{Done, Exec, Points, Series, Sink, merge_same, same_labelset, sliding};
use crate::error::QueryError;
use crate::functions::counters::{self, Counted};
use crate::functions::rates::{self, Rate};
use crate::functions::window::{HistogramSample, Remarks, Window};
use crate::functions::{ANCHORED, SMOOTHED, extended, over_time, quantiles, regression};
use crate::histogram::detect_reset;
use crate::plan::{Range, RangeCall, RangeSource};
use model::{FloatHistogram, Labels, METRIC_NAME, MatchOp, Millis, ResetHint};
use query::{Grid, MatrixSeries, Point};
use std::borrow::Cow;
use std::sync::Arc;

/// Histograms reduced to count and sum, with what the hints of the first histogram of each run leave open decided by
/// comparing neighbours, as the buckets are gone afterwards.
pub(super) fn stats_only(samples: &[HistogramSample], wanted: bool) -> Cow<'_, [HistogramSample]> {
    if !wanted {
        return Cow::Borrowed(samples);
    }
    let mut previous: Option<FloatHistogram> = None;
    let reduced = samples.iter().map(|(at, h)| {
        let mut hint = h.reset_hint;
        if !h.is_stale() {
            if let (ResetHint::Unknown, Some(before)) = (hint, &previous) {
                hint = if detect_reset(h, before) { ResetHint::Reset } else { ResetHint::NotReset };
            }
            previous = Some((**h).clone());
        }
        let stats = FloatHistogram {
            schema: h.schema,
            count: h.count,
            sum: h.sum,
            reset_hint: hint,
            ..FloatHistogram::default()
        };
        (*at, Arc::new(stats))
    });
    Cow::Owned(reduced.collect())
}

/// What a function makes of a window and its scalar arguments at that step.
pub(super) type Kernel = fn(&Window<'_>, &[f64], &mut Remarks<'_>) -> Result<Option<Point>, QueryError>;

/// A function over ranges at work.
pub(super) struct Job<'j> {
    pub(super) call: &'j RangeCall,
    pub(super) kernel: Kernel,
    pub(super) grid: &'j Grid,
    pub(super) frame: Frame<'j>,
    /// Nothing but the range itself is looked at, and it moves with the steps.
    plain: bool,
    pub(super) args: Vec<Vec<f64>>,
    at_step: Vec<f64>,
    /// The ranges are of a subquery.
    inner: bool,
    keeps_name: bool,
    pub(super) table: Table,
    /// Points so far.
    pub(super) produced: u64,
}

impl Exec<'_> {
    /// Pushes the samples of a range's series.
    fn range_samples(
        &self,
        range: &Range,
        outer: &Grid,
        with_starts: bool,
        take: &mut dyn FnMut(Samples<'_>) -> Done,
    ) -> Done {
        match &range.source {
            RangeSource::Select(select) => {
                let series = self.data[*select].clone();
                series.iter().try_for_each(|stored| take(Samples::of(stored, range.stats_only, with_starts)))
            }
            RangeSource::Subquery(inner, grid) => {
                let (collected, counts) = self.counted_apart(grid.len(), || self.collect(inner, grid));
                self.counted.borrow_mut().add_subquery(&counts, grid, range.offset, outer);
                let (mut series, held) = collected?;
                if !self.options.delayed_name_removal {
                    series = merge_same(series)?;
                }
                let done = series.into_iter().try_for_each(|one| take(Samples::of_series(one, grid)));
                drop(held);
                done
            }
        }
    }

    pub(super) fn range_call(&self, call: &RangeCall, grid: &Grid, sink: Sink<'_>) -> Done {
        let name = call.function.name;
        if call.range.anchored && !ANCHORED.contains(&name) {
            let allowed = ANCHORED.join(", ");
            let message = format!("anchored modifier can only be used with: {allowed} - not with {name}");
            return Err(QueryError::Execution(message));
        }
        if call.range.smoothed && !SMOOTHED.contains(&name) {
            let allowed = SMOOTHED.join(", ");
            let message = format!("smoothed modifier can only be used with: {allowed} - not with {name}");
            return Err(QueryError::Execution(message));
        }
        let Some(kernel) = kernel(name) else {
            return Err(QueryError::Execution(format!("unhandled function {name:?} of a range")));
        };
        if name == "absent_over_time" {
            return self.absent_over_time(call, kernel, grid, sink);
        }
        let keeps_name = matches!(name, "last_over_time" | "first_over_time");
        if self.options.delayed_name_removal || keeps_name || self.range_names_unique(&call.range) {
            return self.range_series(call, kernel, grid, sink);
        }
        // Series that differ only in their names cannot be told apart, even where they do not overlap.
        let mut all: Vec<Series> = Vec::new();
        let mut memory = self.cx.budget.reserve(0)?;
        self.range_series(call, kernel, grid, &mut |series| {
            memory.grow(series.heap_bytes() as u64)?;
            all.push(series);
            Ok(())
        })?;
        let mut seen = rustc_hash::FxHashSet::default();
        if !all.iter().all(|s| seen.insert(s.labels.clone())) {
            return Err(same_labelset());
        }
        all.into_iter().try_for_each(sink)
    }

    fn range_series(&self, call: &RangeCall, kernel: Kernel, grid: &Grid, sink: Sink<'_>) -> Done {
        let name = call.function.name;
        let args = call.args.iter().map(|arg| self.scalar(arg, grid)).collect::<Result<Vec<_>, _>>()?;
        let with_starts =
            self.options.start_timestamps && matches!(name, "rate" | "irate" | "increase" | "resets");
        let frame = Frame::new(&call.range, self.options.lookback);
        let mut job = Job {
            call,
            kernel,
            grid,
            // Windows end where the ones before ended, one step on.
            plain: call.range.at.is_none() && frame.is_plain(),
            frame,
            at_step: vec![0.0; args.len()],
            args,
            inner: matches!(call.range.source, RangeSource::Subquery(..)),
            keeps_name: matches!(name, "last_over_time" | "first_over_time"),
            table: Table::default(),
            produced: 0,
        };
        if let RangeSource::Select(select) = &call.range.source
            && job.plain
        {
            let stored = self.data[*select].clone();
            return match super::rates::of_name(name) {
                Some(rate) => self.rates(&mut job, rate, &stored, with_starts, sink),
                None => self.kernels(&mut job, &stored, with_starts, sink),
            };
        }
        self.range_samples(&call.range, grid, with_starts, &mut |samples| {
            self.range_one(&mut job, samples, sink)
        })
    }

    /// One series of a function over ranges.
    pub(super) fn range_one(&self, job: &mut Job<'_>, samples: Samples<'_>, sink: Sink<'_>) -> Done {
        self.cx.check()?;
        let (call, grid) = (job.call, job.grid);
        let mut points = Points::absent(grid.len());
        let windows = job.table.of(&samples, &job.frame, grid);
        let metric = samples.labels.metric_name();
        let counts = matches!(call.function.name, "rate" | "increase");
        let rises = counts && !samples.values.windows(2).any(|pair| pair[1] < pair[0]);
        let slid = match job.plain && samples.histograms.is_empty() {
            true => sliding::points(call.function.name, &samples.values, windows),
            false => None,
        };
        if let Some(slid) = slid {
            let longest = windows.iter().map(|(start, end)| u64::from(end - start)).max().unwrap_or(0);
            self.allow(job.produced + longest)?;
            self.count_windows(windows.iter().copied(), 1, job.inner);
            points = slid;
        } else {
            let mut notes = self.notes.borrow_mut();
            let mut remarks =
                Remarks { annotations: &mut notes, span: call.range.span, first: call.first, metric };
            for (step, time) in grid.times().enumerate() {
                let window = Window { rises, ..job.frame.window(&samples, windows[step], time) };
                if window.is_empty() {
                    continue;
                }
                self.allow(job.produced + weight(window.times.len(), window.histograms))?;
                if job.plain && window.histograms.is_empty() {
                    let fresh = fresh(windows, step);
                    self.counted.borrow_mut().add_floats(window.times.len() as u64, fresh, step, job.inner);
                } else {
                    self.counted.borrow_mut().add_window(&window, step, grid, job.inner);
                }
                for (value, arg) in job.at_step.iter_mut().zip(&job.args) {
                    *value = arg[step];
                }
                if let Some(point) = (job.kernel)(&window, &job.at_step, &mut remarks)? {
                    points.set(step, point);
                }
            }
        }
        let Samples { labels, drop_name, .. } = samples;
        self.range_done(job, Series { labels, drop_name, points }, sink)
    }

    /// Passes on what a function over ranges made of one series.
    pub(super) fn range_done(&self, job: &mut Job<'_>, mut series: Series, sink: Sink<'_>) -> Done {
        if series.points.is_empty() {
            return Ok(());
        }
        self.remark_on_kind(job.call.function.name, &series.labels, &series.points, job.call);
        job.produced += series.points.count();
        self.allow(job.produced)?;
        if !job.keeps_name {
            self.drop_name(&mut series);
        }
        sink(series)
    }

    /// Rates of what does not look like a counter are worth a remark.
    fn remark_on_kind(&self, name: &str, labels: &Labels, points: &Points, call: &RangeCall) {
        let metric = labels.metric_name();
        let floats = (0..points.len()).any(|step| points.float(step).is_some());
        if !matches!(name, "rate" | "increase") || metric.is_empty() || !floats {
            return;
        }
        let mut notes = self.notes.borrow_mut();
        if self.options.type_and_unit_labels {
            let kind = labels.value("__type__");
            if kind != "counter" && kind != "histogram" {
                notes.non_counter_type(call.first, metric, kind);
            }
        } else if !["_total", "_sum", "_count", "_bucket"].iter().any(|suffix| metric.ends_with(suffix)) {
            notes.possible_non_counter(call.first, metric);
        }
    }

    /// 1 at every step where no series has a sample, with the labels that the selector names.
    fn absent_over_time(&self, call: &RangeCall, kernel: Kernel, grid: &Grid, sink: Sink<'_>) -> Done {
        let frame = Frame::new(&call.range, self.options.lookback);
        let mut points = Points::floats(vec![1.0; grid.len()]);
        let inner = matches!(call.range.source, RangeSource::Subquery(..));
        let mut table = Table::default();
        self.range_samples(&call.range, grid, false, &mut |samples| {
            self.cx.check()?;
            let windows = table.of(&samples, &frame, grid);
            let mut notes = self.notes.borrow_mut();
            let metric = samples.labels.metric_name();
            let mut remarks =
                Remarks { annotations: &mut notes, span: call.range.span, first: call.first, metric };
            for (step, time) in grid.times().enumerate() {
                let window = frame.window(&samples, windows[step], time);
                self.counted.borrow_mut().add_window(&window, step, grid, inner);
                if !window.is_empty() && kernel(&window, &[], &mut remarks)?.is_some() {
                    points.clear(step);
                }
            }
            Ok(())
        })?;
        if points.is_empty() {
            return Ok(());
        }
        let labels = match &call.range.source {
            RangeSource::Select(select) => self.absent_labels(*select),
            RangeSource::Subquery(..) => Labels::empty(),
        };
        sink(Series { labels, drop_name: true, points })
    }

    /// The labels that a selector's matchers fix.
    pub(super) fn absent_labels(&self, select: usize) -> Labels {
        let mut fixed: Vec<(&str, &str)> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for matcher in self.plan.selects[select].matchers.iter().filter(|m| m.name != METRIC_NAME) {
            // A label that is named twice is in doubt and left out.
            if matcher.op == MatchOp::Equal && !seen.contains(&matcher.name.as_str()) {
                fixed.push((&matcher.name, &matcher.value));
                seen.push(&matcher.name);
            } else {
                fixed.retain(|(name, _)| *name != matcher.name);
            }
        }
        Labels::from_pairs(fixed)
    }

    /// A range selector or subquery on its own.
    pub(super) fn range_vector(&self, range: &Range, grid: &Grid) -> Result<Vec<MatrixSeries>, QueryError> {
        let frame = Frame::new(range, self.options.lookback);
        let mut out = Vec::new();
        let mut held = 0;
        let mut memory = self.cx.budget.reserve(0)?;
        let once = Grid::instant(grid.start);
        let inner = matches!(range.source, RangeSource::Subquery(..));
        self.range_samples(range, grid, false, &mut |samples| {
            let mut windows = Vec::new();
            frame.fill(&samples.times, &once, &mut windows);
            let window = frame.window(&samples, windows[0], grid.start);
            self.counted.borrow_mut().add_window(&window, 0, &once, inner);
            if window.is_empty() {
                return Ok(());
            }
            let extended = range.anchored || range.smoothed;
            if extended && !window.histograms.is_empty() {
                let word = if range.anchored { "anchored" } else { "smoothed" };
                return Err(QueryError::Execution(format!(
                    "{word} modifier is not supported with histograms"
                )));
            }
            let floats: Vec<(Millis, f64)> = if extended {
                extended::points(&window).into_iter().map(|(t, v)| (Millis(t), v)).collect()
            } else {
                window.times.iter().map(|t| Millis(*t)).zip(window.values.iter().copied()).collect()
            };
            held += weight(floats.len(), window.histograms);
            self.allow(held)?;
            memory.grow(size_of_val(floats.as_slice()) as u64)?;
            if floats.is_empty() && window.histograms.is_empty() {
                return Ok(());
            }
            let labels = if samples.drop_name {
                super::series::without_metadata(&samples.labels)
            } else {
                samples.labels.clone()
            };
            out.push(MatrixSeries { labels, floats, histograms: window.histograms.to_vec() });
            Ok(())
        })?;
        Ok(out)
    }
}

fn seconds(millis: i64) -> Point {
    Point::Float(millis as f64 / 1000.0)
}

/// The kernel of a function over ranges.
fn kernel(name: &str) -> Option<Kernel> {
    Some(match name {
        "rate" => |w, _, r| Ok(rates::rate(w, Rate { counter: true, per_second: true }, r)),
        "increase" => |w, _, r| Ok(rates::rate(w, Rate { counter: true, per_second: false }, r)),
        "delta" => |w, _, r| Ok(rates::rate(w, Rate { counter: false, per_second: false }, r)),
        "irate" => |w, _, r| Ok(rates::instant_change(w, true, r)),
        "idelta" => |w, _, r| Ok(rates::instant_change(w, false, r)),
        "resets" => |w, _, _| Ok(counters::count(w, Counted::Resets)),
        "changes" => |w, _, _| Ok(counters::count(w, Counted::Changes)),
        "sum_over_time" => |w, _, r| Ok(over_time::sum(w, r)),
        "avg_over_time" => |w, _, r| Ok(over_time::avg(w, r)),
        "count_over_time" => |w, _, _| Ok(Some(Point::Float(w.len() as f64))),
        "present_over_time" | "absent_over_time" => |_, _, _| Ok(Some(Point::Float(1.0))),
        "min_over_time" => |w, _, r| Ok(over_time::extreme(w, |a, b| a < b, r).map(|(v, _)| Point::Float(v))),
        "max_over_time" => |w, _, r| Ok(over_time::extreme(w, |a, b| a > b, r).map(|(v, _)| Point::Float(v))),
        "ts_of_min_over_time" => {
            |w, _, r| Ok(over_time::extreme(w, |a, b| a <= b, r).map(|(_, t)| seconds(t)))
        }
        "ts_of_max_over_time" => {
            |w, _, r| Ok(over_time::extreme(w, |a, b| a >= b, r).map(|(_, t)| seconds(t)))
        }
        "first_over_time" => |w, _, _| Ok(over_time::edge(w, false).map(|(_, p)| p)),
        "last_over_time" => |w, _, _| Ok(over_time::edge(w, true).map(|(_, p)| p)),
        "ts_of_first_over_time" => |w, _, _| Ok(over_time::edge(w, false).map(|(t, _)| seconds(t))),
        "ts_of_last_over_time" => |w, _, _| Ok(over_time::edge(w, true).map(|(t, _)| seconds(t))),
        "stdvar_over_time" => |w, _, r| Ok(over_time::variance(w, r).map(Point::Float)),
        "stddev_over_time" => |w, _, r| Ok(over_time::variance(w, r).map(|v| Point::Float(v.sqrt()))),
        "mad_over_time" => |w, _, r| Ok(over_time::median_deviation(w, r).map(Point::Float)),
        "quantile_over_time" => quantile_over_time,
        "deriv" => |w, _, r| {
            Ok(line(w, r).map(|(times, values)| Point::Float(regression::linear(times, values, times[0]).0)))
        },
        "predict_linear" => |w, args, r| {
            Ok(line(w, r).map(|(times, values)| {
                let (slope, intercept) = regression::linear(times, values, w.at);
                Point::Float(slope * args[0] + intercept)
            }))
        },
        "double_exponential_smoothing" => smoothing,
        _ => return None,
    })
}

/// The floats of a window, when there are two at least.
fn line<'w>(window: &Window<'w>, remarks: &mut Remarks<'_>) -> Option<(&'w [i64], &'w [f64])> {
    if !window.times.is_empty() {
        remarks.ignored(window);
    }
    (window.times.len() > 1).then_some((window.times, window.values))
}

fn quantile_over_time(
    w: &Window<'_>,
    args: &[f64],
    remarks: &mut Remarks<'_>,
) -> Result<Option<Point>, QueryError> {
    if w.values.is_empty() {
        return Ok(None);
    }
    let q = args[0];
    if !(0.0..=1.0).contains(&q) {
        remarks.annotations.invalid_quantile(remarks.first, q);
    }
    if !w.histograms.is_empty() {
        remarks.annotations.histograms_ignored_in_range(remarks.first, remarks.metric);
    }
    Ok(Some(Point::Float(quantiles::quantile(q, &mut w.values.to_vec()))))
}

fn smoothing(w: &Window<'_>, args: &[f64], remarks: &mut Remarks<'_>) -> Result<Option<Point>, QueryError> {
    for (name, short, value) in [("smoothing", "sf", args[0]), ("trend", "tf", args[1])] {
        if value <= 0.0 || value >= 1.0 {
            let shown = query::number::format_fixed(value, 6);
            let message = format!("invalid {name} factor. Expected: 0 < {short} < 1, got: {shown}");
            return Err(QueryError::Execution(message));
        }
    }
    Ok(line(w, remarks)
        .map(|(_, values)| Point::Float(regression::double_exponential(values, args[0], args[1]))))
}

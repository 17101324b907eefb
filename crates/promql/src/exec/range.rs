//! Functions over ranges: windows of samples, one a step, handed to a kernel.
//!
//! The table "step to window" is made once for all series that share their timestamps.

use super::instant::{Reference, ahead, cut, weight};
use super::{Done, Exec, Points, Series, Sink, merge_same, same_labelset};
use crate::error::QueryError;
use crate::functions::counters::{self, Counted};
use crate::functions::rates::{self, Rate};
use crate::functions::window::{HistogramSample, Remarks, Window};
use crate::functions::{ANCHORED, SMOOTHED, extended, over_time, quantiles, regression};
use crate::histogram::detect_reset;
use crate::plan::{Range, RangeCall, RangeSource};
use contract::Series as Stored;
use model::{FloatHistogram, Labels, METRIC_NAME, MatchOp, Millis, ResetHint, is_stale};
use query::{Grid, MatrixSeries, Point};
use rustc_hash::FxHashMap;
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

/// The samples of one series that ranges are cut from: no stale markers.
struct Samples<'a> {
    labels: Labels,
    drop_name: bool,
    times: Cow<'a, [i64]>,
    values: Cow<'a, [f64]>,
    starts: Cow<'a, [i64]>,
    histograms: Cow<'a, [HistogramSample]>,
    histogram_starts: Cow<'a, [i64]>,
    /// The times as shared with other series, when nothing had to be left out.
    shared: Option<Arc<[i64]>>,
}

impl<'a> Samples<'a> {
    fn of(stored: &'a Stored, stats: bool, with_starts: bool) -> Self {
        let starts = |s: &'a Option<Arc<[i64]>>| match s {
            Some(s) if with_starts => Cow::Borrowed(&s[..]),
            _ => Cow::Borrowed(&[][..]),
        };
        let mut samples = Samples {
            labels: stored.labels.clone(),
            drop_name: false,
            times: Cow::Borrowed(&stored.timestamps),
            values: Cow::Borrowed(&stored.values),
            starts: starts(&stored.starts),
            histograms: stats_only(&stored.histograms, stats),
            histogram_starts: starts(&stored.histogram_starts),
            shared: Some(stored.timestamps.clone()),
        };
        if samples.values.iter().any(|v| is_stale(*v)) {
            let keep: Vec<usize> =
                (0..samples.values.len()).filter(|i| !is_stale(samples.values[*i])).collect();
            samples.times = keep.iter().map(|i| samples.times[*i]).collect();
            samples.starts = keep.iter().filter_map(|i| samples.starts.get(*i).copied()).collect();
            samples.values = keep.iter().map(|i| samples.values[*i]).collect();
            samples.shared = None;
        }
        if samples.histograms.iter().any(|(_, h)| h.is_stale()) {
            let keep: Vec<usize> =
                (0..samples.histograms.len()).filter(|i| !samples.histograms[*i].1.is_stale()).collect();
            samples.histogram_starts =
                keep.iter().filter_map(|i| samples.histogram_starts.get(*i).copied()).collect();
            samples.histograms = keep.iter().map(|i| samples.histograms[*i].clone()).collect();
        }
        samples
    }

    /// The result of a subquery. Hints about resets are forgotten: the samples between were not looked at.
    fn of_series(series: Series, grid: &Grid) -> Self {
        let (mut times, mut values, mut histograms) = (Vec::new(), Vec::new(), Vec::new());
        for (i, at) in grid.times().enumerate() {
            match series.points.get(i) {
                Some(Point::Float(value)) => {
                    times.push(at);
                    values.push(value);
                }
                Some(Point::Histogram(mut h)) => {
                    if matches!(h.reset_hint, ResetHint::Reset | ResetHint::NotReset) {
                        Arc::make_mut(&mut h).reset_hint = ResetHint::Unknown;
                    }
                    histograms.push((Millis(at), h));
                }
                None => {}
            }
        }
        Samples {
            labels: series.labels,
            drop_name: series.drop_name,
            times: Cow::Owned(times),
            values: Cow::Owned(values),
            starts: Cow::Borrowed(&[]),
            histograms: Cow::Owned(histograms),
            histogram_starts: Cow::Borrowed(&[]),
            shared: None,
        }
    }
}

/// Windows in remembered tables, 16 MiB: a thousand targets at two thousand steps. Beyond it they are made again.
const MAX_REMEMBERED: usize = 2 << 20;

/// Where the windows of each step begin and end among the floats, by the address of the times that series share. Those
/// times live as long as the evaluation, so an address stays theirs.
#[derive(Default)]
struct Table {
    by_times: FxHashMap<usize, Vec<(u32, u32)>>,
    /// Of times that are not shared.
    own: Vec<(u32, u32)>,
}

/// The bounds of windows.
struct Frame<'a> {
    range: &'a Range,
    reference: Reference,
    before: i64,
    after: i64,
}

impl<'a> Frame<'a> {
    fn new(range: &'a Range, lookback: i64) -> Self {
        Frame {
            range,
            reference: Reference::new(range.offset, range.at),
            before: if range.anchored || range.smoothed { lookback } else { 0 },
            after: if range.smoothed { lookback } else { 0 },
        }
    }

    /// The range itself: from (exclusive) and to.
    fn bounds(&self, time: i64) -> (i64, i64) {
        let to = self.reference.of(time);
        (to.saturating_sub(self.range.range), to)
    }

    fn fill(&self, times: &[i64], grid: &Grid, windows: &mut Vec<(u32, u32)>) {
        windows.clear();
        let (mut start, mut end) = (0, 0);
        for time in grid.times() {
            let (from, to) = self.bounds(time);
            let (from, to) = (from.saturating_sub(self.before), to.saturating_add(self.after));
            start += ahead(&times[start..], from);
            end = end.max(start);
            end += ahead(&times[end..], to);
            windows.push((u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX)));
        }
    }

    fn window<'s>(&self, samples: &'s Samples<'_>, floats: (u32, u32), time: i64) -> Window<'s> {
        let (from, to) = self.bounds(time);
        let (start, end) = (floats.0 as usize, floats.1 as usize);
        let part = |s: &'s [i64]| s.get(start..end).unwrap_or(&[]);
        let (first, last) = (from.saturating_sub(self.before), to.saturating_add(self.after));
        let histograms = cut(&samples.histograms, first, last, |s| s.0.0);
        let skipped = samples.histograms.partition_point(|(t, _)| t.0 <= first);
        Window {
            times: part(&samples.times),
            values: &samples.values[start..end],
            starts: part(&samples.starts),
            histograms,
            histogram_starts: samples
                .histogram_starts
                .get(skipped..skipped + histograms.len())
                .unwrap_or(&[]),
            from,
            to,
            range_seconds: self.range.range as f64 / 1000.0,
            at: time,
            rises: false,
            anchored: self.range.anchored,
            smoothed: self.range.smoothed,
        }
    }
}

impl Table {
    fn of(&mut self, samples: &Samples<'_>, frame: &Frame<'_>, grid: &Grid) -> &[(u32, u32)] {
        let Some(shared) = &samples.shared else {
            frame.fill(&samples.times, grid, &mut self.own);
            return &self.own;
        };
        if self.by_times.len().saturating_mul(grid.len()) > MAX_REMEMBERED {
            self.by_times.clear();
        }
        self.by_times.entry(shared.as_ptr() as usize).or_insert_with(|| {
            let mut windows = Vec::with_capacity(grid.len());
            frame.fill(&samples.times, grid, &mut windows);
            windows
        })
    }
}

/// What a function makes of a window and its scalar arguments at that step.
type Kernel = fn(&Window<'_>, &[f64], &mut Remarks<'_>) -> Result<Option<Point>, QueryError>;

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
        self.range_series(call, kernel, grid, &mut |series| {
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
        let frame = Frame::new(&call.range, self.options.lookback);
        let with_starts =
            self.options.start_timestamps && matches!(name, "rate" | "irate" | "increase" | "resets");
        let span = call.range.span;
        let keeps_name = matches!(name, "last_over_time" | "first_over_time");
        let mut table = Table::default();
        let mut produced = 0;
        let mut at_step = vec![0.0; args.len()];
        let inner = matches!(call.range.source, RangeSource::Subquery(..));
        // Windows end where the ones before ended, one step on.
        let plain = call.range.at.is_none() && frame.before == 0 && frame.after == 0;
        self.range_samples(&call.range, grid, with_starts, &mut |samples| {
            self.cx.check()?;
            let mut points = Points::absent(grid.len());
            let windows = table.of(&samples, &frame, grid);
            let metric = samples.labels.metric_name();
            let counts = matches!(name, "rate" | "increase");
            let rises = counts && !samples.values.windows(2).any(|pair| pair[1] < pair[0]);
            {
                let mut notes = self.notes.borrow_mut();
                let mut remarks = Remarks { annotations: &mut notes, span, first: call.first, metric };
                for (step, time) in grid.times().enumerate() {
                    let window = Window { rises, ..frame.window(&samples, windows[step], time) };
                    if window.is_empty() {
                        continue;
                    }
                    self.allow(produced + weight(window.times.len(), window.histograms))?;
                    if plain && window.histograms.is_empty() {
                        let seen = step.checked_sub(1).map_or(0, |before| windows[before].1);
                        let fresh = windows[step].1 - windows[step].0.max(seen);
                        self.counted.borrow_mut().add_floats(window.times.len(), fresh, step, inner);
                    } else {
                        self.counted.borrow_mut().add_window(&window, step, grid, inner);
                    }
                    for (value, arg) in at_step.iter_mut().zip(&args) {
                        *value = arg[step];
                    }
                    if let Some(point) = kernel(&window, &at_step, &mut remarks)? {
                        points.set(step, point);
                    }
                }
            }
            if points.is_empty() {
                return Ok(());
            }
            self.remark_on_kind(name, &samples.labels, &points, call);
            produced += points.count();
            self.allow(produced)?;
            let mut series = Series { labels: samples.labels, drop_name: samples.drop_name, points };
            if !keeps_name {
                self.drop_name(&mut series);
            }
            sink(series)
        })
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

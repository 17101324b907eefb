//! `rate`, `increase`, `delta` with extrapolation to the edges of the range, and `irate`, `idelta`.
//!
//! The samples seldom cover the whole range, so the change between the first and the last is stretched: to an edge that
//! is closer than 1.1 times the average distance of samples, else by half of that distance. Counters are never stretched
//! below zero; a start timestamp inside of the range replaces the guess on the left.

use super::extended;
use super::window::{HistogramSample, Remarks, Window};
use crate::annotations::{Note, Operation};
use crate::histogram::sum::combine;
use crate::histogram::{self, Sum, at_schema, detect_reset, divide, is_custom, scale};
use model::{FloatHistogram, ResetHint};
use query::Point;
use std::sync::Arc;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Falling values are counter resets.
    pub(crate) counter: bool,
    /// The result is per second.
    pub(crate) per_second: bool,
}

/// `rate`, `increase` or `delta` of one window.
pub(crate) fn rate(window: &Window<'_>, rate: Rate, remarks: &mut Remarks<'_>) -> Option<Point> {
    if window.is_mixed() {
        remarks.mixed();
        return None;
    }
    if window.anchored || window.smoothed {
        return extended::rate(window, rate, remarks);
    }
    match (window.times.first(), window.histograms.first()) {
        (Some(_), _) => float_rate(window, rate, remarks),
        (None, Some(_)) => histogram_rate(window, rate, remarks),
        (None, None) => None,
    }
}

/// Whether a start timestamp says that the counter began anew after the previous sample.
pub(super) fn restarted(previous_start: i64, previous: i64, start: i64, at: i64) -> bool {
    // Not known, or not before the sample itself: says nothing.
    if start == 0 || start >= at || start < previous {
        return false;
    }
    if start > previous {
        return true;
    }
    // Starting where the previous sample stands: a delta, unless the previous start is unknown too.
    previous_start <= previous && previous_start != 0 && previous_start != previous
}

fn overlaps(previous_start: i64, previous: i64, start: i64) -> bool {
    start != 0 && start < previous && start != previous_start
}

/// Whether sample `i` restarted after sample `i - 1`.
fn restarted_at(starts: &[i64], times: impl Fn(usize) -> i64, i: usize) -> bool {
    i < starts.len() && restarted(starts[i - 1], times(i - 1), starts[i], times(i))
}

fn remark_overlap(starts: &[i64], times: impl Fn(usize) -> i64, remarks: &mut Remarks<'_>) {
    if (1..starts.len()).any(|i| overlaps(starts[i - 1], times(i - 1), starts[i])) {
        let note = Note::StartOverlap { metric: remarks.metric.to_owned(), times: 1 };
        remarks.annotations.add(note, remarks.span);
    }
}

fn float_rate(window: &Window<'_>, rate: Rate, remarks: &mut Remarks<'_>) -> Option<Point> {
    let (times, values) = (window.times, window.values);
    let starts = if rate.counter { window.starts } else { &[] };
    let last = times.len() - 1;
    let mut change = values[last] - values[0];
    if rate.counter && !(window.rises && starts.is_empty()) {
        for i in 1..=last {
            if values[i] < values[i - 1] || restarted_at(starts, |i| times[i], i) {
                change += values[i - 1];
            }
        }
        remark_overlap(starts, |i| times[i], remarks);
    }
    let span =
        Covered { first: times[0], last: times[last], intervals: last, started: starts.first().copied() };
    let factor = match stretch(window, rate, &span, values[0], change) {
        Stretch::Nothing => return None,
        Stretch::By(factor) => factor,
        Stretch::FromStart(factor) => {
            change += values[0];
            factor
        }
    };
    Some(Point::Float(change * factor))
}

/// What the samples of a window cover.
struct Covered {
    first: i64,
    last: i64,
    /// Samples minus one.
    intervals: usize,
    /// Start timestamp of the first sample.
    started: Option<i64>,
}

enum Stretch {
    /// Too few samples.
    Nothing,
    /// Multiply.
    By(f64),
    /// Count from zero at the start timestamp, then multiply.
    FromStart(f64),
}

/// How far a window's samples are from its edges, in seconds, where a gap that is too wide was replaced by a guess. It
/// depends on the times alone, so that series of one target share it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges {
    to_start: f64,
    to_end: f64,
    /// From the first sample to the last.
    sampled: f64,
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// At and beyond this a gap at an edge is no part of what the samples stand for.
fn threshold(average: f64) -> f64 {
    average * 1.1
}

impl Edges {
    /// Of a window `(from, to]` with at least two samples.
    pub(crate) fn of(from: i64, to: i64, times: &[i64]) -> Edges {
        let (first, last) = (times[0], times[times.len() - 1]);
        Edges::between(from, to, first, last, times.len() - 1)
    }

    fn between(from: i64, to: i64, first: i64, last: i64, intervals: usize) -> Edges {
        let sampled = seconds(last - first);
        let average = sampled / intervals as f64;
        let half_if_wide = |gap: f64| if gap >= threshold(average) { average / 2.0 } else { gap };
        Edges {
            to_start: half_if_wide(seconds(first - from)),
            to_end: half_if_wide(seconds(to - last)),
            sampled,
        }
    }

    /// What a change is to be multiplied with.
    pub(crate) fn factor(self, rate: Rate, range_seconds: f64, first_value: f64, change: f64) -> f64 {
        let mut to_start = self.to_start;
        if rate.counter && change > 0.0 && first_value >= 0.0 {
            to_start = to_start.min(self.sampled * (first_value / change));
        }
        self.factor_from(to_start, rate, range_seconds)
    }

    /// The factor of a counter that is not stretched below zero, as are most that do not begin in the window.
    pub(crate) fn usual_factor(self, rate: Rate, range_seconds: f64) -> f64 {
        self.factor_from(self.to_start, rate, range_seconds)
    }

    /// Whether [`Edges::factor`] is the usual one for sure, found out without a division.
    pub(crate) fn is_usual(self, rate: Rate, first_value: f64, change: f64) -> bool {
        // With a margin for how products and the quotient are rounded, which holds for normal numbers only.
        let least = change * self.to_start * 1.000_001;
        !rate.counter || (first_value * self.sampled >= least && least.is_normal())
    }

    fn factor_from(self, to_start: f64, rate: Rate, range_seconds: f64) -> f64 {
        let factor =
            if self.sampled == 0.0 { 1.0 } else { (self.sampled + to_start + self.to_end) / self.sampled };
        if rate.per_second { factor / range_seconds } else { factor }
    }
}

fn stretch(window: &Window<'_>, rate: Rate, covered: &Covered, first_value: f64, change: f64) -> Stretch {
    let inside =
        covered.started.filter(|s| rate.counter && *s != 0 && *s > window.from && *s < covered.first);
    let Some(started) = inside else {
        if covered.intervals == 0 {
            return Stretch::Nothing;
        }
        let (from, to) = (window.from, window.to);
        let edges = Edges::between(from, to, covered.first, covered.last, covered.intervals);
        return Stretch::By(edges.factor(rate, window.range_seconds, first_value, change));
    };
    let between = seconds(covered.last - covered.first);
    let average = if covered.intervals > 0 { between / covered.intervals as f64 } else { 0.0 };
    let mut to_end = seconds(window.to - covered.last);
    if to_end >= threshold(average) {
        to_end = average / 2.0;
    }
    let sampled = seconds(covered.last - started);
    let edges = Edges { to_start: 0.0, to_end, sampled };
    // Nothing is guessed on the left, so nothing can reach below zero there.
    Stretch::FromStart(edges.factor(
        Rate { counter: false, ..rate },
        window.range_seconds,
        first_value,
        change,
    ))
}

fn histogram_rate(window: &Window<'_>, rate: Rate, remarks: &mut Remarks<'_>) -> Option<Point> {
    let samples = window.histograms;
    let starts = if rate.counter { window.histogram_starts } else { &[] };
    let (first, last) = (&samples[0], &samples[samples.len() - 1]);
    let mut change =
        if samples.len() > 1 { Some(histogram_change(samples, starts, rate, remarks)?) } else { None };
    let covered = Covered {
        first: first.0.0,
        last: last.0.0,
        intervals: samples.len() - 1,
        started: starts.first().copied(),
    };
    let count = change.as_ref().map_or(0.0, |h| h.count);
    let factor = match stretch(window, rate, &covered, first.1.count, count) {
        Stretch::Nothing => return None,
        Stretch::By(factor) => factor,
        Stretch::FromStart(factor) => {
            change = Some(match change {
                None => (*first.1).clone(),
                Some(change) => add(&change, &first.1, 1.0, remarks)?,
            });
            factor
        }
    };
    let mut change = change?;
    scale(&mut change, factor);
    Some(Point::Histogram(Arc::new(change)))
}

/// `a + sign * b` with remarks; `None` when they do not fit.
pub(super) fn add(
    a: &FloatHistogram,
    b: &FloatHistogram,
    sign: f64,
    remarks: &mut Remarks<'_>,
) -> Option<FloatHistogram> {
    let operation = if sign < 0.0 { Operation::Subtraction } else { Operation::Addition };
    match combine(a, b, sign) {
        Ok((sum, added)) => {
            if added.reconciled {
                remarks.annotations.reconciled_buckets(remarks.span, operation);
            }
            Some(sum)
        }
        Err(histogram::Incompatible) => {
            remarks.mixed_schemas();
            None
        }
    }
}

/// The change from the first to the last histogram, with what was lost at counter resets.
fn histogram_change(
    samples: &[HistogramSample],
    starts: &[i64],
    rate: Rate,
    remarks: &mut Remarks<'_>,
) -> Option<FloatHistogram> {
    let is_gauge = |h: &FloatHistogram| h.reset_hint == ResetHint::Gauge;
    let last_index = samples.len() - 1;
    let (first, last) = (&samples[0].1, &samples[last_index].1);
    let time = |i: usize| samples[i].0.0;
    if rate.counter && samples.iter().any(|(_, h)| is_gauge(h)) {
        remarks.not_counter();
    }
    // Of a first sample that was lost to a reset at once, not even the layout matters.
    let mut base = first.clone();
    if rate.counter {
        let second = &samples[1].1;
        if restarted_at(starts, time, 1) || detect_reset(second, first) {
            base = Arc::new(FloatHistogram {
                schema: second.schema,
                custom_values: second.custom_values.clone(),
                ..FloatHistogram::default()
            });
        }
    }
    let inner = if rate.counter { &samples[1..last_index] } else { &[] };
    let custom = is_custom(&base);
    if is_custom(last) != custom || inner.iter().any(|(_, h)| is_custom(h) != custom) {
        remarks.mixed_schemas();
        return None;
    }
    let schema = inner.iter().map(|(_, h)| h.schema).chain([base.schema, last.schema]).min().unwrap_or(0);
    let mut change = add(&at_schema(last, schema), &base, -1.0, remarks)?;
    if rate.counter {
        remark_overlap(starts, time, remarks);
        let mut previous = &base;
        for (i, (_, current)) in samples.iter().enumerate().skip(1) {
            if restarted_at(starts, time, i) || detect_reset(current, previous) {
                change = add(&change, previous, 1.0, remarks)?;
            }
            previous = current;
        }
    } else if !is_gauge(first) || !is_gauge(last) {
        remarks.not_gauge();
    }
    change.reset_hint = ResetHint::Gauge;
    histogram::compact(&mut change);
    Some(change)
}

/// A sample of either kind.
#[derive(Clone, Copy)]
struct Latest<'a> {
    at: i64,
    start: i64,
    value: f64,
    histogram: Option<&'a Arc<FloatHistogram>>,
}

/// The last two samples of a window.
fn last_two<'a>(window: &Window<'a>) -> Option<[Latest<'a>; 2]> {
    let mut all: Vec<Latest<'a>> = Vec::with_capacity(4);
    for i in window.times.len().saturating_sub(2)..window.times.len() {
        let start = window.starts.get(i).copied().unwrap_or(0);
        all.push(Latest { at: window.times[i], start, value: window.values[i], histogram: None });
    }
    for i in window.histograms.len().saturating_sub(2)..window.histograms.len() {
        let (at, histogram) = &window.histograms[i];
        let start = window.histogram_starts.get(i).copied().unwrap_or(0);
        all.push(Latest { at: at.0, start, value: 0.0, histogram: Some(histogram) });
    }
    all.sort_by_key(|s| s.at);
    match all.as_slice() {
        [.., a, b] => Some([*a, *b]),
        _ => None,
    }
}

/// `irate` (per second) or `idelta`: between the last two samples.
pub(crate) fn instant_change(
    window: &Window<'_>,
    per_second: bool,
    remarks: &mut Remarks<'_>,
) -> Option<Point> {
    let [a, b] = last_two(window)?;
    let interval = (b.at - a.at) as f64 / 1000.0;
    if interval == 0.0 {
        return None;
    }
    let restart = restarted(a.start, a.at, b.start, b.at);
    match (a.histogram, b.histogram) {
        (None, None) => {
            let reset = per_second && (b.value < a.value || restart);
            let change = if reset { b.value } else { b.value - a.value };
            Some(Point::Float(if per_second { change / interval } else { change }))
        }
        (Some(first), Some(second)) => {
            let gauges = [first, second].iter().filter(|h| h.reset_hint == ResetHint::Gauge).count();
            if per_second && gauges > 0 {
                remarks.not_counter();
            }
            if !per_second && gauges < 2 {
                remarks.not_gauge();
            }
            let reset = per_second && (restart || detect_reset(second, first));
            let mut change = if reset { (**second).clone() } else { add(second, first, -1.0, remarks)? };
            change.reset_hint = ResetHint::Gauge;
            histogram::compact(&mut change);
            if per_second {
                divide(&mut change, interval);
            }
            Some(Point::Histogram(Arc::new(change)))
        }
        _ => {
            remarks.mixed();
            None
        }
    }
}

/// The running sum of histograms that a mean needs: by count until it overflows, then incremental.
#[derive(Debug, Clone)]
pub(crate) struct HistogramMean {
    total: Sum,
    count: f64,
    incremental: bool,
}

impl HistogramMean {
    pub(crate) fn new(first: &FloatHistogram) -> Self {
        HistogramMean { total: Sum::new(first, true), count: 1.0, incremental: false }
    }

    pub(crate) fn add(
        &mut self,
        other: &FloatHistogram,
    ) -> Result<histogram::Added, histogram::Incompatible> {
        self.count += 1.0;
        if !self.incremental {
            let mut next = self.total.clone();
            let added = next.add(other, 1.0)?;
            if !next.overflows() {
                self.total = next;
                return Ok(added);
            }
            self.incremental = true;
            self.total.divide(self.count - 1.0);
        }
        self.total.scale((self.count - 1.0) / self.count);
        let mut share = other.clone();
        divide(&mut share, self.count);
        self.total.add(&share, 1.0)
    }

    pub(crate) fn finish(&self) -> FloatHistogram {
        let mut total = self.total.clone();
        if !self.incremental {
            total.divide(self.count);
        }
        total.finish()
    }
}

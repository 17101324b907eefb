//! `anchored` and `smoothed` ranges: no extrapolation. Anchored ranges begin with the last sample before them; smoothed
//! ones are interpolated at both edges, which needs samples beyond the end.

use super::rates::{Rate, add};
use super::window::{HistogramSample, Remarks, Window};
use crate::histogram::{compact, detect_reset, divide, is_custom, scale};
use model::{FloatHistogram, ResetHint};
use query::Point;
use std::sync::Arc;

/// The first and last sample to look at, when the range has any.
fn edges(window: &Window<'_>, len: usize, time: impl Fn(usize) -> i64) -> Option<(usize, usize)> {
    let mut last = len.checked_sub(1)?;
    let first_after = (0..last).find(|i| time(*i) > window.from).unwrap_or(last);
    let first = first_after.saturating_sub(1);
    if window.smoothed {
        last = (0..last).find(|i| time(*i) >= window.to).unwrap_or(last);
    }
    let nothing = time(last) <= window.from || (window.smoothed && time(first) > window.to);
    (!nothing).then_some((first, last))
}

/// `rate`, `increase` or `delta` of an anchored or smoothed window of one kind of samples.
pub(super) fn rate(window: &Window<'_>, rate: Rate, remarks: &mut Remarks<'_>) -> Option<Point> {
    if window.times.is_empty() { histograms(window, rate, remarks) } else { floats(window, rate) }
}

/// The value at `at` on the line between two samples. A counter that fell had begun again from zero.
pub(crate) fn interpolate(a: (i64, f64), b: (i64, f64), at: i64, counter: bool) -> f64 {
    let from = if counter && b.1 < a.1 { 0.0 } else { a.1 };
    from + (b.1 - from) * (at - a.0) as f64 / (b.0 - a.0) as f64
}

fn float_edges(window: &Window<'_>, first: usize, last: usize, counter: bool) -> (f64, f64) {
    let sample = |i: usize| (window.times[i], window.values[i]);
    let left = if window.smoothed && window.times[first] < window.from && first + 1 < window.times.len() {
        interpolate(sample(first), sample(first + 1), window.from, counter)
    } else {
        window.values[first]
    };
    let right = if window.smoothed && last > 0 && window.times[last] > window.to {
        interpolate(sample(last - 1), sample(last), window.to, counter)
    } else {
        window.values[last]
    };
    (left, right)
}

/// The samples strictly between the edges of the range.
fn inner(window: &Window<'_>, mut first: usize, last: usize) -> std::ops::Range<usize> {
    if window.times[first] <= window.from {
        first += 1;
    }
    let end = if window.times[last] >= window.to { last } else { last + 1 };
    first..end.max(first)
}

fn floats(window: &Window<'_>, rate: Rate) -> Option<Point> {
    let (first, last) = edges(window, window.times.len(), |i| window.times[i])?;
    let (left, right) = float_edges(window, first, last, rate.counter);
    let mut change = right - left;
    if rate.counter {
        let mut previous = left;
        let mut lost = 0.0;
        for value in window.values[inner(window, first, last)].iter().chain([&right]) {
            if *value < previous {
                lost += previous;
            }
            previous = *value;
        }
        change += lost;
    }
    Some(Point::Float(if rate.per_second { change / window.range_seconds } else { change }))
}

/// The points of an anchored or smoothed range selector on its own: edges included.
pub(crate) fn points(window: &Window<'_>) -> Vec<(i64, f64)> {
    let Some((first, last)) = edges(window, window.times.len(), |i| window.times[i]) else {
        return Vec::new();
    };
    let (left, right) = float_edges(window, first, last, false);
    let mut out = vec![(window.from, left)];
    out.extend(inner(window, first, last).map(|i| (window.times[i], window.values[i])));
    out.push((window.to, right));
    out
}

/// A histogram between two others.
pub(crate) fn interpolate_histograms(
    a: &HistogramSample,
    b: &HistogramSample,
    at: i64,
    counter: bool,
    remarks: &mut Remarks<'_>,
) -> Option<FloatHistogram> {
    let (start, end) = (a.0.0, b.0.0);
    if at == start {
        return Some((*a.1).clone());
    }
    if at == end {
        return Some((*b.1).clone());
    }
    let fraction = (at - start) as f64 / (end - start) as f64;
    if counter && detect_reset(&b.1, &a.1) {
        let mut out = (*b.1).clone();
        scale(&mut out, fraction);
        return Some(out);
    }
    let mut change = add(&b.1, &a.1, -1.0, remarks)?;
    scale(&mut change, fraction);
    add(&change, &a.1, 1.0, remarks)
}

fn histograms(window: &Window<'_>, rate: Rate, remarks: &mut Remarks<'_>) -> Option<Point> {
    let h = window.histograms;
    let (first, last) = edges(window, h.len(), |i| h[i].0.0)?;
    let used = &h[first..=last];
    let custom = is_custom(&used[0].1);
    if used.iter().any(|(_, h)| is_custom(h) != custom) {
        remarks.mixed_schemas();
        return None;
    }
    let is_gauge = |h: &FloatHistogram| h.reset_hint == ResetHint::Gauge;
    if rate.counter && used.iter().any(|(_, h)| is_gauge(h)) {
        remarks.not_counter();
    }
    let left = if window.smoothed && h[first].0.0 < window.from && first + 1 < h.len() {
        interpolate_histograms(&h[first], &h[first + 1], window.from, rate.counter, remarks)?
    } else {
        (*h[first].1).clone()
    };
    let right = if window.smoothed && last > 0 && h[last].0.0 > window.to {
        interpolate_histograms(&h[last - 1], &h[last], window.to, rate.counter, remarks)?
    } else {
        (*h[last].1).clone()
    };
    if !rate.counter && (!is_gauge(&left) || !is_gauge(&right)) {
        remarks.not_gauge();
    }
    let mut change = add(&right, &left, -1.0, remarks)?;
    if rate.counter {
        change = correct(window, first, last, (&left, &right), change, remarks)?;
    }
    if rate.per_second {
        divide(&mut change, window.range_seconds);
    }
    change.reset_hint = ResetHint::Gauge;
    compact(&mut change);
    Some(Point::Histogram(Arc::new(change)))
}

/// Adds to `change` what was lost at counter resets between the edges.
fn correct(
    window: &Window<'_>,
    first: usize,
    last: usize,
    (left, right): (&FloatHistogram, &FloatHistogram),
    change: FloatHistogram,
    remarks: &mut Remarks<'_>,
) -> Option<FloatHistogram> {
    let h = window.histograms;
    let (mut next, mut previous) = (first + 1, left);
    let interpolated = window.smoothed && h[first].0.0 < window.from && first + 1 < h.len();
    if interpolated && detect_reset(&h[first + 1].1, &h[first].1) {
        // The left edge was interpolated across this reset, which has thereby been counted.
        previous = &h[first + 1].1;
        next += 1;
    }
    // The last sample is what the right edge was made of, so it is not compared with itself.
    if next > last {
        return Some(change);
    }
    let mut lost: Option<FloatHistogram> = None;
    for current in h[next..last].iter().map(|(_, h)| &**h).chain([right]) {
        if detect_reset(current, previous) {
            lost = Some(match lost {
                None => previous.clone(),
                Some(lost) => add(&lost, previous, 1.0, remarks)?,
            });
        }
        previous = current;
    }
    match lost {
        None => Some(change),
        Some(lost) => add(&change, &lost, 1.0, remarks),
    }
}

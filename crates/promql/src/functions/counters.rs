//! `resets` and `changes`: how often something happened from one sample to the next, of either kind.

use super::rates::restarted;
use super::window::Window;
use crate::histogram::{detect_reset, same};
use model::FloatHistogram;
use query::Point;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Values that fell, or samples of another kind.
    Resets,
    /// Values that differ.
    Changes,
}

#[derive(Clone, Copy)]
struct Sample<'a> {
    at: i64,
    start: i64,
    value: f64,
    histogram: Option<&'a FloatHistogram>,
}

/// Counts over one window.
pub(crate) fn count(window: &Window<'_>, counted: Counted) -> Option<Point> {
    let (floats, histograms) = first_samples(window)?;
    let mut samples = merged(window, floats, histograms);
    let mut previous = samples.next()?;
    let mut total = 0u32;
    for current in samples {
        total += u32::from(match counted {
            Counted::Resets => is_reset(&previous, &current),
            Counted::Changes => is_change(&previous, &current),
        });
        previous = current;
    }
    Some(Point::Float(f64::from(total)))
}

fn is_reset(a: &Sample<'_>, b: &Sample<'_>) -> bool {
    let restart = restarted(a.start, a.at, b.start, b.at);
    match (a.histogram, b.histogram) {
        (None, None) => b.value < a.value || restart,
        (Some(first), Some(second)) => restart || detect_reset(second, first),
        _ => true,
    }
}

fn is_change(a: &Sample<'_>, b: &Sample<'_>) -> bool {
    match (a.histogram, b.histogram) {
        (None, None) => b.value != a.value && !(a.value.is_nan() && b.value.is_nan()),
        (Some(first), Some(second)) => !same(first, second),
        _ => true,
    }
}

/// Floats and histograms in the order of their times.
fn merged<'a>(window: &Window<'a>, floats: usize, histograms: usize) -> impl Iterator<Item = Sample<'a>> {
    let window = *window;
    let (mut f, mut h) = (floats, histograms);
    std::iter::from_fn(move || {
        let float = window.times.get(f);
        let histogram = window.histograms.get(h);
        if let Some((at, value)) = histogram.filter(|(at, _)| float.is_none_or(|t| at.0 < *t)) {
            let start = window.histogram_starts.get(h).copied().unwrap_or(0);
            h += 1;
            return Some(Sample { at: at.0, start, value: 0.0, histogram: Some(value) });
        }
        let at = *float?;
        let sample = Sample {
            at,
            start: window.starts.get(f).copied().unwrap_or(0),
            value: window.values[f],
            histogram: None,
        };
        f += 1;
        Some(sample)
    })
}

/// Where to begin among floats and histograms. An anchored range begins with the last sample of either kind before it,
/// and has no value when nothing comes after.
fn first_samples(window: &Window<'_>) -> Option<(usize, usize)> {
    if !window.anchored {
        return Some((0, 0));
    }
    let floats = window.times.partition_point(|t| *t <= window.from);
    let histograms = window.histograms.partition_point(|(t, _)| t.0 <= window.from);
    if floats >= window.times.len() && histograms >= window.histograms.len() {
        return None;
    }
    let float_at = floats.checked_sub(1).map(|i| window.times[i]);
    let histogram_at = histograms.checked_sub(1).map(|i| window.histograms[i].0.0);
    Some(match (float_at, histogram_at) {
        (None, None) => (0, 0),
        (Some(_), None) => (floats - 1, histograms),
        (Some(f), Some(h)) if f >= h => (floats - 1, histograms),
        _ => (floats, histograms - 1),
    })
}

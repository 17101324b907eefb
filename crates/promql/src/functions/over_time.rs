//! `*_over_time`: one value made of all samples of a window.

use super::quantiles::quantile;
use super::rates::HistogramMean;
use super::sums::{Compensated, Mean};
use super::window::{Remarks, Window};
use crate::annotations::Operation;
use crate::histogram::{Incompatible, Sum};
use model::{FloatHistogram, ResetHint};
use query::Point;
use std::sync::Arc;

/// Which counter-reset hints were seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hints {
    reset: bool,
    not_reset: bool,
}

impl Hints {
    pub(crate) fn see(&mut self, h: &FloatHistogram) {
        self.reset |= h.reset_hint == ResetHint::Reset;
        self.not_reset |= h.reset_hint == ResetHint::NotReset;
    }

    pub(crate) fn collide(&self) -> bool {
        self.reset && self.not_reset
    }
}

pub(crate) fn sum(window: &Window<'_>, remarks: &mut Remarks<'_>) -> Option<Point> {
    if window.is_mixed() {
        remarks.mixed();
        return None;
    }
    if window.times.is_empty() {
        return histograms(window, false, remarks);
    }
    let mut total = Compensated::default();
    window.values.iter().for_each(|v| total.add(*v));
    Some(Point::Float(total.value()))
}

pub(crate) fn avg(window: &Window<'_>, remarks: &mut Remarks<'_>) -> Option<Point> {
    if window.is_mixed() {
        remarks.mixed();
        return None;
    }
    let Some((first, rest)) = window.values.split_first() else {
        return histograms(window, true, remarks);
    };
    let mut mean = Mean::new(*first);
    rest.iter().for_each(|v| mean.add(*v));
    Some(Point::Float(mean.value()))
}

fn histograms(window: &Window<'_>, mean: bool, remarks: &mut Remarks<'_>) -> Option<Point> {
    let (first, rest) = window.histograms.split_first()?;
    let mut hints = Hints::default();
    let mut reconciled = false;
    hints.see(&first.1);
    let mut combine = || -> Result<FloatHistogram, Incompatible> {
        if mean {
            let mut total = HistogramMean::new(&first.1);
            for (_, h) in rest {
                hints.see(h);
                reconciled |= total.add(h)?.reconciled;
            }
            return Ok(total.finish());
        }
        let mut total = Sum::new(&first.1, true);
        for (_, h) in rest {
            hints.see(h);
            reconciled |= total.add(h, 1.0)?.reconciled;
        }
        Ok(total.finish())
    };
    let Ok(total) = combine() else {
        remarks.mixed_schemas();
        return None;
    };
    if hints.collide() {
        remarks.annotations.reset_collision(remarks.span, Operation::Aggregation);
    }
    if reconciled {
        remarks.annotations.reconciled_buckets(remarks.span, Operation::Aggregation);
    }
    Some(Point::Histogram(Arc::new(total)))
}

/// The extreme value by `better(candidate, best)`, and when it was. NaN only wins when there is nothing else.
pub(crate) fn extreme(
    window: &Window<'_>,
    better: impl Fn(f64, f64) -> bool,
    remarks: &mut Remarks<'_>,
) -> Option<(f64, i64)> {
    let (mut best, mut at) = (*window.values.first()?, *window.times.first()?);
    remarks.ignored(window);
    for (value, time) in window.values.iter().zip(window.times) {
        if best.is_nan() || better(*value, best) {
            (best, at) = (*value, *time);
        }
    }
    Some((best, at))
}

/// Population variance.
pub(crate) fn variance(window: &Window<'_>, remarks: &mut Remarks<'_>) -> Option<f64> {
    window.values.first()?;
    remarks.ignored(window);
    let (mut mean, mut squares) = (Compensated::default(), Compensated::default());
    let mut count = 0.0;
    for value in window.values {
        count += 1.0;
        let delta = value - (mean.sum + mean.compensation);
        mean.add(delta / count);
        squares.add(delta * (value - (mean.sum + mean.compensation)));
    }
    Some((squares.sum + squares.compensation) / count)
}

/// The median of the distances from the median. NaN when there is one.
pub(crate) fn median_deviation(window: &Window<'_>, remarks: &mut Remarks<'_>) -> Option<f64> {
    window.values.first()?;
    remarks.ignored(window);
    if window.values.iter().any(|v| v.is_nan()) {
        return Some(f64::NAN);
    }
    let mut values = window.values.to_vec();
    let median = quantile(0.5, &mut values);
    values.iter_mut().for_each(|v| *v = (*v - median).abs());
    Some(quantile(0.5, &mut values))
}

/// The first (or last) sample of either kind.
pub(crate) fn edge(window: &Window<'_>, last: bool) -> Option<(i64, Point)> {
    let pick = |len: usize| if last { len.checked_sub(1) } else { (len > 0).then_some(0) };
    let float = pick(window.times.len()).map(|i| (window.times[i], Point::Float(window.values[i])));
    let histogram = pick(window.histograms.len())
        .map(|i| (window.histograms[i].0.0, Point::Histogram(window.histograms[i].1.clone())));
    match (float, histogram) {
        (Some(f), Some(h)) if (f.0 < h.0) != last => Some(f),
        (Some(_), Some(h)) => Some(h),
        (f, h) => f.or(h),
    }
}

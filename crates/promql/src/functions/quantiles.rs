//! Quantiles of values, of classic buckets, and of native histograms; fractions of the latter two.

use crate::annotations::Annotations;
use crate::histogram::bounds::{Bucket, all_buckets};
use crate::histogram::is_custom;
use model::FloatHistogram;
use query::Span;
use std::cmp::Ordering;

/// NaN before everything else.
pub(crate) fn nan_first(a: &f64, b: &f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    }
}

/// The `q`-quantile of values, which get sorted: between two of them by weight.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&q) {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    values.sort_by(nan_first);
    let last = values.len() - 1;
    let rank = q * last as f64;
    let lower = (rank.floor().max(0.0) as usize).min(last);
    let upper = (lower + 1).min(last);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}

/// A classic bucket: observations up to `upper`, cumulative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ClassicBucket {
    pub(crate) upper: f64,
    pub(crate) count: f64,
}

/// What was repaired in classic buckets: smallest and largest bound, largest difference.
pub(crate) type Repaired = (f64, f64, f64);

/// Differences of neighbouring counts below this part of them are rounding errors.
const SMALL_DIFFERENCE: f64 = 1e-12;

/// Sorts and merges buckets; `false` when the last one is not `+Inf`.
fn prepare(buckets: &mut Vec<ClassicBucket>) -> bool {
    buckets.sort_by(|a, b| a.upper.partial_cmp(&b.upper).unwrap_or(Ordering::Equal));
    if buckets.last().is_none_or(|b| b.upper != f64::INFINITY) {
        return false;
    }
    buckets.dedup_by(|next, kept| {
        let twice = next.upper == kept.upper;
        if twice {
            kept.count += next.count;
        }
        twice
    });
    true
}

fn almost_equal(a: f64, b: f64) -> bool {
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < SMALL_DIFFERENCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < SMALL_DIFFERENCE
}

/// Counts must not fall from bucket to bucket: rounding errors are smoothed silently, real falls are reported.
fn make_monotonic(buckets: &mut [ClassicBucket]) -> Option<Repaired> {
    let mut repaired: Option<Repaired> = None;
    let mut previous = buckets[0].count;
    for bucket in &mut buckets[1..] {
        let count = bucket.count;
        if count == previous {
            continue;
        }
        if almost_equal(previous, count) {
            bucket.count = previous;
        } else if count < previous {
            bucket.count = previous;
            let (low, high, most) = repaired.unwrap_or((f64::INFINITY, f64::NEG_INFINITY, 0.0));
            repaired = Some((low.min(bucket.upper), high.max(bucket.upper), most.max(previous - count)));
        } else {
            previous = count;
        }
    }
    repaired
}

/// The `q`-quantile of a classic histogram, linear within buckets, and what had to be repaired for it.
pub(crate) fn classic_quantile(q: f64, buckets: &mut Vec<ClassicBucket>) -> (f64, Option<Repaired>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if !(0.0..=1.0).contains(&q) {
        return (if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY }, None);
    }
    if !prepare(buckets) {
        return (f64::NAN, None);
    }
    let repaired = make_monotonic(buckets);
    let last = buckets.len() - 1;
    let observations = buckets[last].count;
    if last == 0 || observations == 0.0 || observations.is_nan() {
        return (f64::NAN, repaired);
    }
    let mut rank = q * observations;
    let at = buckets[..last].partition_point(|b| b.count < rank);
    let value = if at == last {
        buckets[last - 1].upper
    } else if at == 0 && buckets[0].upper <= 0.0 {
        buckets[0].upper
    } else {
        let (mut start, mut count) = (0.0, buckets[at].count);
        if at > 0 {
            start = buckets[at - 1].upper;
            count -= buckets[at - 1].count;
            rank -= buckets[at - 1].count;
        }
        start + (buckets[at].upper - start) * (rank / count)
    };
    (value, repaired)
}

/// The part of the observations of a classic histogram between two values.
pub(crate) fn classic_fraction(lower: f64, upper: f64, buckets: &mut Vec<ClassicBucket>) -> f64 {
    if !prepare(buckets) {
        return f64::NAN;
    }
    let count = buckets[buckets.len() - 1].count;
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let mut ranks = Ranks::new(lower, upper);
    let mut start = if buckets[0].upper <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut rank = 0.0;
    for bucket in buckets.iter() {
        let share = |v: f64| {
            if start == f64::NEG_INFINITY {
                bucket.count
            } else {
                rank + (bucket.count - rank) * (v - start) / (bucket.upper - start)
            }
        };
        if ranks.visit(start, bucket.upper, rank, share) {
            break;
        }
        (start, rank) = (bucket.upper, bucket.count);
    }
    ranks.fraction(count, count)
}

/// How many observations lie below each of two values, found while buckets go by in ascending order.
struct Ranks {
    values: [f64; 2],
    ranks: [Option<f64>; 2],
}

impl Ranks {
    fn new(lower: f64, upper: f64) -> Self {
        Ranks { values: [lower, upper], ranks: [None; 2] }
    }

    /// One bucket, before which `rank` observations lie; `true` once both are found.
    fn visit(&mut self, start: f64, end: f64, rank: f64, share: impl Fn(f64) -> f64) -> bool {
        for (value, found) in self.values.iter().zip(&mut self.ranks) {
            if found.is_none() && start >= *value {
                *found = Some(rank);
            }
        }
        if self.ranks.iter().all(Option::is_some) {
            return true;
        }
        for (value, found) in self.values.iter().zip(&mut self.ranks) {
            if found.is_none() && start < *value && end > *value {
                *found = Some(share(*value));
            }
        }
        self.ranks.iter().all(Option::is_some)
    }

    fn fraction(&self, most: f64, of: f64) -> f64 {
        let bounded = |rank: Option<f64>| rank.filter(|r| *r <= most).unwrap_or(most);
        (bounded(self.ranks[1]) - bounded(self.ranks[0])) / of
    }
}

/// The zero bucket of a histogram with only positive (negative) buckets begins (ends) at 0.
fn bias(h: &FloatHistogram, bucket: &mut Bucket) {
    match (h.negative_buckets.is_empty(), h.positive_buckets.is_empty()) {
        (true, false) => bucket.lower = 0.0,
        (false, true) => bucket.upper = 0.0,
        _ => {}
    }
}

/// Where remarks about native histograms go.
pub(crate) struct About<'a> {
    pub(crate) annotations: &'a mut Annotations,
    pub(crate) span: Span,
    pub(crate) metric: &'a str,
}

/// The `q`-quantile of a native histogram: exponential within exponential buckets, linear within others. NaN
/// observations count above all buckets.
pub(crate) fn native_quantile(q: f64, h: &FloatHistogram, about: &mut About<'_>) -> f64 {
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    if h.count == 0.0 || q.is_nan() {
        return f64::NAN;
    }
    let buckets = all_buckets(h);
    let forward = h.sum.is_nan() || q < 0.5;
    let rank = if forward { q * h.count } else { (1.0 - q) * h.count };
    let order: Vec<&Bucket> = if forward { buckets.iter().collect() } else { buckets.iter().rev().collect() };
    let mut bucket = Bucket { lower: 0.0, upper: 0.0, count: 0.0 };
    let (mut count, mut used) = (0.0, order.len());
    for (i, current) in order.iter().enumerate() {
        bucket = **current;
        if current.count == 0.0 {
            continue;
        }
        count += current.count;
        if count >= rank {
            used = i + 1;
            break;
        }
    }
    if is_custom(h) {
        if bucket.lower == f64::NEG_INFINITY {
            if bucket.upper <= 0.0 {
                return bucket.upper;
            }
            bucket.lower = 0.0;
        } else if bucket.upper == f64::INFINITY {
            return bucket.lower;
        }
    } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
        bias(h, &mut bucket);
    }
    let count = f64::min(count, h.count);
    if count < rank {
        if h.sum.is_nan() {
            about.annotations.nan_quantile(about.span, about.metric, false);
            return f64::NAN;
        }
        return bucket.upper;
    }
    let within = if forward { rank - (count - bucket.count) } else { count - rank };
    if h.sum.is_nan() {
        let rest: f64 = order[used..].iter().map(|b| b.count).sum();
        if count + rest < h.count {
            about.annotations.nan_quantile(about.span, about.metric, true);
        }
        // The replaced system goes on with the last bucket, and recorded answers have it so.
        bucket = order.last().map_or(bucket, |last| **last);
    }
    let fraction = within / bucket.count;
    if is_custom(h) || (bucket.lower <= 0.0 && bucket.upper >= 0.0) {
        return bucket.lower + (bucket.upper - bucket.lower) * fraction;
    }
    let (lower, upper) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
    if bucket.lower > 0.0 {
        return (lower + (upper - lower) * fraction).exp2();
    }
    -(upper + (lower - upper) * (1.0 - fraction)).exp2()
}

/// The part of the observations of a native histogram between two values. NaN observations are in no part.
pub(crate) fn native_fraction(lower: f64, upper: f64, h: &FloatHistogram, about: &mut About<'_>) -> f64 {
    if h.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let mut ranks = Ranks::new(lower, upper);
    let buckets = all_buckets(h);
    let mut rank = 0.0;
    for mut bucket in buckets.iter().copied() {
        let around_zero = bucket.lower <= 0.0 && bucket.upper >= 0.0;
        if around_zero {
            bias(h, &mut bucket);
        }
        let linear = is_custom(h) || around_zero;
        let share = |v: f64| {
            if linear && bucket.lower == f64::NEG_INFINITY {
                return bucket.count;
            }
            rank + bucket.count * bucket.fraction_below(v, linear)
        };
        if ranks.visit(bucket.lower, bucket.upper, rank, share) {
            break;
        }
        rank += bucket.count;
    }
    let mut most = h.count;
    if h.sum.is_nan() {
        most = buckets.iter().map(|b| b.count).sum();
        if most < h.count {
            about.annotations.nan_fraction(about.span, about.metric);
        }
    }
    ranks.fraction(most, h.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_weigh_neighbours() {
        assert_eq!(quantile(0.75, &mut [0.0, 1.0, 4.0]), 2.5);
        assert_eq!(quantile(2.0, &mut [1.0]), f64::INFINITY);
        assert!(quantile(0.2, &mut [0.0, 1.0, f64::NAN]).is_nan());
        let bucket = |upper, count| ClassicBucket { upper, count };
        let mut buckets = vec![bucket(1.0, 2.0), bucket(f64::INFINITY, 4.0), bucket(2.0, 4.0)];
        assert_eq!(classic_quantile(0.75, &mut buckets), (1.5, None));
        assert_eq!(classic_fraction(0.0, 1.5, &mut buckets), 0.75);
    }
}

//! The operators `</` and `>/`: a histogram with only the observations below or above a value.
//!
//! A bucket that holds the value is divided: evenly for custom buckets and the zero bucket, on a logarithmic scale for
//! exponential ones. Count and sum are then estimated from what is left, each bucket at its middle.

use super::bounds::{Bucket, negative_buckets, positive_buckets, zero_bucket};
use super::{compact, is_custom};
use model::FloatHistogram;

/// Keeps what is below `at` (`keep_below`) or above it.
pub fn trim(h: &mut FloatHistogram, at: f64, keep_below: bool) {
    let custom = is_custom(h);
    let mut left = Left::default();
    let positive = positive_buckets(h);
    let negative = negative_buckets(h);
    for (buckets, counts, is_positive) in
        [(&positive, &mut h.positive_buckets, true), (&negative, &mut h.negative_buckets, false)]
    {
        for (bucket, count) in buckets.iter().zip(counts.iter_mut()).filter(|(b, _)| b.count != 0.0) {
            let (kept, middle) = keep(bucket, at, keep_below, is_positive, custom);
            left.add(kept, middle);
            left.changed |= *count != kept;
            *count = kept;
        }
    }
    if h.zero_count > 0.0 {
        let populated = |buckets: &[Bucket]| buckets.iter().any(|b| b.count != 0.0);
        let (kept, middle) =
            keep_zero(zero_bucket(h), at, keep_below, populated(&negative), populated(&positive));
        left.add(kept, middle);
        left.changed |= h.zero_count != kept;
        h.zero_count = kept;
    }
    if left.changed {
        (h.count, h.sum) = (left.count, left.sum);
        compact(h);
    }
}

#[derive(Default)]
struct Left {
    count: f64,
    sum: f64,
    changed: bool,
}

impl Left {
    fn add(&mut self, kept: f64, middle: f64) {
        self.count += kept;
        self.sum += middle * kept;
    }
}

/// How much of a bucket stays, and its middle.
fn keep(bucket: &Bucket, at: f64, keep_below: bool, positive: bool, custom: bool) -> (f64, f64) {
    let (whole, partly) = if keep_below {
        (bucket.upper <= at, bucket.lower < at)
    } else {
        (bucket.lower >= at, bucket.upper > at)
    };
    if whole {
        return (bucket.count, middle(bucket.lower, bucket.upper, positive, custom));
    }
    if !partly {
        return (0.0, 0.0);
    }
    if bucket.lower.is_infinite() || bucket.upper.is_infinite() {
        return keep_unbounded(bucket, at, keep_below);
    }
    let below = if at <= bucket.lower {
        0.0
    } else if at >= bucket.upper {
        bucket.count
    } else {
        bucket.count * bucket.fraction_below(at, custom)
    };
    if keep_below {
        (below, middle(bucket.lower, at, positive, custom))
    } else {
        (bucket.count - below, middle(at, bucket.upper, positive, custom))
    }
}

/// A bucket without a bound on one side cannot be divided: it goes, unless it begins at 0 by its nature or its known
/// bound is on the side that stays.
fn keep_unbounded(bucket: &Bucket, at: f64, keep_below: bool) -> (f64, f64) {
    let finite = |x: f64| if x.is_infinite() { 0.0 } else { x };
    let Bucket { lower, upper, count } = *bucket;
    let from_zero = upper > 0.0 && upper.is_finite();
    if lower == f64::NEG_INFINITY {
        return match keep_below {
            true if at >= upper => (count, 0.0),
            true if at > 0.0 && from_zero => (count * at / upper, at / 2.0),
            true if upper <= 0.0 => (count, at),
            false if at <= lower => (count, 0.0),
            false if at >= 0.0 && upper > at && upper.is_finite() => {
                (count * (1.0 - at / upper), (at + upper) / 2.0)
            }
            _ => (0.0, finite(upper)),
        };
    }
    if !keep_below && at >= lower { (count, at) } else { (0.0, finite(lower)) }
}

fn keep_zero(zero: Bucket, at: f64, keep_below: bool, negative: bool, positive: bool) -> (f64, f64) {
    let lower = if positive && !negative { 0.0 } else { zero.lower };
    let upper = if negative && !positive { 0.0 } else { zero.upper };
    let all = (zero.count, (lower + upper) / 2.0);
    match (at <= lower, at >= upper, keep_below) {
        (true, _, true) | (_, true, false) => (0.0, 0.0),
        (true, _, false) | (_, true, true) => all,
        (_, _, true) => (zero.count * ((at - lower) / (upper - lower)), (lower + at) / 2.0),
        (_, _, false) => (zero.count * ((upper - at) / (upper - lower)), (at + upper) / 2.0),
    }
}

fn middle(lower: f64, upper: f64, positive: bool, linear: bool) -> f64 {
    match (lower.is_infinite(), upper.is_infinite()) {
        (true, true) => 0.0,
        (true, false) if upper > 0.0 => upper / 2.0,
        (true, false) => upper,
        (false, true) => lower,
        _ if linear => (lower + upper) / 2.0,
        _ => {
            let geometric = (lower * upper).abs().sqrt();
            if positive { geometric } else { -geometric }
        }
    }
}

//! Bounds of buckets, and all buckets of a histogram in ascending order.

use super::{is_custom, sparse};
use model::FloatHistogram;

/// A bucket with its bounds. Positive ones exclude the lower bound, negative ones the upper, the zero bucket none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Count.
    pub count: f64,
}

/// The upper bound of positive bucket `index`: `2^(index * 2^-schema)`. The last finite bucket ends at the largest
/// number, the one after it is for infinity.
pub fn exponential(index: i32, schema: i32) -> f64 {
    let (within, exponent) = if schema < 0 {
        (0, i64::from(index) << schema.unsigned_abs().min(32))
    } else {
        let schema = schema.min(MAX_SCHEMA);
        (index.rem_euclid(1 << schema), i64::from(index >> schema))
    };
    if within == 0 && exponent == 1024 {
        return f64::MAX;
    }
    // Two factors, as 2^exponent alone may leave the range of doubles where the product does not.
    let half = exponent / 2;
    fraction(within, schema) * power_of_two(half) * power_of_two(exponent - half)
}

/// The finest resolution there is: 256 buckets for each power of two.
const MAX_SCHEMA: i32 = 8;

/// `2^(within / 2^schema)`, in `[1, 2)`, to the bit as Prometheus tells it, which is not always the nearest double: the
/// product of the roots that `within` names from its highest bit on, of which the root of two itself is rounded down.
fn fraction(within: i32, schema: i32) -> f64 {
    let (mut product, mut root) = (1.0, std::f64::consts::SQRT_2);
    for bit in (0..schema).rev() {
        if within >> bit & 1 == 1 {
            product *= if bit == schema - 1 { root.next_down() } else { root };
        }
        root = root.sqrt();
    }
    product
}

fn power_of_two(exponent: i64) -> f64 {
    2f64.powi(i32::try_from(exponent.clamp(-5000, 5000)).unwrap_or(0))
}

/// The bounds of positive bucket `index`.
pub fn positive(h: &FloatHistogram, index: i32) -> (f64, f64) {
    if !is_custom(h) {
        return (exponential(index.wrapping_sub(1), h.schema), exponential(index, h.schema));
    }
    let bound = |at: i32| usize::try_from(at).ok().and_then(|at| h.custom_values.get(at)).copied();
    let lower = if index <= 0 { f64::NEG_INFINITY } else { bound(index - 1).unwrap_or(f64::INFINITY) };
    (lower, bound(index).unwrap_or(f64::INFINITY))
}

/// The positive buckets, ascending.
pub fn positive_buckets(h: &FloatHistogram) -> Vec<Bucket> {
    let side = sparse::from_spans(&h.positive_spans, &h.positive_buckets);
    side.into_iter()
        .map(|(index, count)| {
            let (lower, upper) = positive(h, index);
            Bucket { lower, upper, count }
        })
        .collect()
}

/// The negative buckets, from the one next to zero downwards.
pub fn negative_buckets(h: &FloatHistogram) -> Vec<Bucket> {
    let side = sparse::from_spans(&h.negative_spans, &h.negative_buckets);
    side.into_iter()
        .map(|(index, count)| {
            let (lower, upper) = (exponential(index, h.schema), exponential(index.wrapping_sub(1), h.schema));
            Bucket { lower: -lower, upper: -upper, count }
        })
        .collect()
}

/// The zero bucket.
pub fn zero_bucket(h: &FloatHistogram) -> Bucket {
    Bucket { lower: -h.zero_threshold, upper: h.zero_threshold, count: h.zero_count }
}

/// All buckets, ascending. What overlaps with the zero bucket is cut at its threshold.
pub fn all_buckets(h: &FloatHistogram) -> Vec<Bucket> {
    let mut out: Vec<Bucket> = negative_buckets(h);
    out.reverse();
    for bucket in &mut out {
        if bucket.upper < 0.0 && bucket.upper > -h.zero_threshold {
            bucket.upper = -h.zero_threshold;
        }
    }
    if h.zero_count > 0.0 {
        out.push(zero_bucket(h));
    }
    for mut bucket in positive_buckets(h) {
        if bucket.lower > 0.0 && bucket.lower < h.zero_threshold {
            bucket.lower = h.zero_threshold;
        }
        out.push(bucket);
    }
    out
}

impl Bucket {
    /// The part of the bucket's width at or below `value`, which lies inside. Exponential buckets are even on a
    /// logarithmic scale.
    pub fn fraction_below(&self, value: f64, linear: bool) -> f64 {
        if linear {
            return (value - self.lower) / (self.upper - self.lower);
        }
        let (lower, upper, at) = (self.lower.abs().log2(), self.upper.abs().log2(), value.abs().log2());
        if value > 0.0 { (at - lower) / (upper - lower) } else { 1.0 - (at - upper) / (lower - upper) }
    }
}

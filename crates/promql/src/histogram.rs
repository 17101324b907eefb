//! Arithmetic of native histograms: adding, scaling, comparing, resets, quantiles, trimming.
//!
//! Inside, one side of a histogram is a sorted list of `(index, amount)`; spans exist only in [`FloatHistogram`].
//! Source: <https://prometheus.io/docs/specs/native_histograms/>

pub mod bounds;
pub mod resets;
pub mod sparse;
pub mod sum;
pub mod text;
pub mod trim;

pub use resets::detect_reset;
pub use sum::{Added, Incompatible, Sum};

use model::FloatHistogram;
use model::ResetHint;
use model::histogram::CUSTOM_BUCKETS_SCHEMA;

/// Whether the buckets have explicit bounds.
pub fn is_custom(h: &FloatHistogram) -> bool {
    h.schema == CUSTOM_BUCKETS_SCHEMA
}

/// All counts and the sum times `factor`. A negative factor makes a gauge.
pub fn scale(h: &mut FloatHistogram, factor: f64) {
    h.zero_count *= factor;
    h.count *= factor;
    h.sum *= factor;
    h.positive_buckets.iter_mut().chain(&mut h.negative_buckets).for_each(|b| *b *= factor);
    if factor < 0.0 {
        h.reset_hint = ResetHint::Gauge;
    }
}

/// All counts and the sum divided by `divisor`. Division by 0 leaves no buckets.
pub fn divide(h: &mut FloatHistogram, divisor: f64) {
    h.zero_count /= divisor;
    h.count /= divisor;
    h.sum /= divisor;
    if divisor == 0.0 {
        h.positive_buckets.clear();
        h.negative_buckets.clear();
        h.positive_spans.clear();
        h.negative_spans.clear();
        return;
    }
    h.positive_buckets.iter_mut().chain(&mut h.negative_buckets).for_each(|b| *b /= divisor);
    if divisor < 0.0 {
        h.reset_hint = ResetHint::Gauge;
    }
}

/// Drops empty buckets and joins adjacent spans.
pub fn compact(h: &mut FloatHistogram) {
    for (spans, buckets) in
        [(&mut h.positive_spans, &mut h.positive_buckets), (&mut h.negative_spans, &mut h.negative_buckets)]
    {
        let mut side = sparse::from_spans(spans, buckets);
        side.retain(|(_, count)| *count != 0.0);
        (*spans, *buckets) = sparse::to_spans(&side);
    }
}

/// Whether both hold the same bits in the same buckets. Both should be compact.
pub fn same(a: &FloatHistogram, b: &FloatHistogram) -> bool {
    let bits = |x: f64, y: f64| x.to_bits() == y.to_bits();
    let sides = |a_spans, a_buckets, b_spans, b_buckets| {
        let (a, b) = (sparse::from_spans(a_spans, a_buckets), sparse::from_spans(b_spans, b_buckets));
        a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| x.0 == y.0 && bits(x.1, y.1))
    };
    a.schema == b.schema
        && bits(a.count, b.count)
        && bits(a.sum, b.sum)
        && (!is_custom(a) || a.custom_values == b.custom_values)
        && a.zero_threshold == b.zero_threshold
        && bits(a.zero_count, b.zero_count)
        && sides(&a.negative_spans, &a.negative_buckets, &b.negative_spans, &b.negative_buckets)
        && sides(&a.positive_spans, &a.positive_buckets, &b.positive_spans, &b.positive_buckets)
}

/// A copy at the coarser `schema`. Custom buckets and finer schemas stay as they are.
pub fn at_schema(h: &FloatHistogram, schema: i32) -> FloatHistogram {
    let mut out = h.clone();
    if is_custom(h) || schema >= h.schema {
        return out;
    }
    out.schema = schema;
    for (spans, buckets) in [
        (&mut out.positive_spans, &mut out.positive_buckets),
        (&mut out.negative_spans, &mut out.negative_buckets),
    ] {
        let side = sparse::coarsen(&sparse::from_spans(spans, buckets), h.schema, schema);
        (*spans, *buckets) = sparse::to_spans(&side);
    }
    out
}

#[cfg(test)]
mod tests;

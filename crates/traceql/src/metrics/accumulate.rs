//! What is remembered of the spans of one group: a number a bucket, or counts by powers of two.

use super::Buckets;
use crate::syntax::MetricsFunction;
use crate::value::Value;
use std::collections::BTreeMap;

/// The state of one group.
#[derive(Debug, Clone)]
pub(crate) enum Accumulator {
    /// Spans.
    Count(Vec<f64>),
    /// Least, greatest or summed value; NaN where there was none.
    One(Vec<f64>),
    /// Sums and counts.
    Mean(Vec<f64>, Vec<f64>),
    /// Counts of values in `(2^(k-1), 2^k]`, by `k` and bucket.
    Log2(BTreeMap<u32, Vec<f64>>),
}

impl Accumulator {
    pub(crate) fn of(function: &MetricsFunction, buckets: &Buckets) -> Self {
        let count = buckets.count;
        match function {
            MetricsFunction::Rate | MetricsFunction::CountOverTime | MetricsFunction::Compare { .. } => {
                Accumulator::Count(vec![0.0; count])
            }
            MetricsFunction::AvgOverTime(_) => Accumulator::Mean(vec![0.0; count], vec![0.0; count]),
            MetricsFunction::QuantileOverTime(..) | MetricsFunction::HistogramOverTime(_) => {
                Accumulator::Log2(BTreeMap::new())
            }
            MetricsFunction::MinOverTime(_)
            | MetricsFunction::MaxOverTime(_)
            | MetricsFunction::SumOverTime(_) => Accumulator::One(vec![f64::NAN; count]),
        }
    }

    /// Adds a span; `false` when it has no value that counts.
    pub(crate) fn add(&mut self, function: &MetricsFunction, bucket: usize, value: &Value) -> bool {
        match self {
            Accumulator::Count(counts) => counts[bucket] += 1.0,
            Accumulator::One(values) => {
                let Some(value) = measured(value) else { return false };
                let old = values[bucket];
                values[bucket] = match function {
                    _ if old.is_nan() => value,
                    MetricsFunction::MinOverTime(_) => old.min(value),
                    MetricsFunction::MaxOverTime(_) => old.max(value),
                    _ => old + value,
                };
            }
            Accumulator::Mean(sums, counts) => {
                let Some(value) = measured(value) else { return false };
                sums[bucket] += value;
                counts[bucket] += 1.0;
            }
            Accumulator::Log2(by_power) => {
                let Some(power) = power_of_two(value) else { return false };
                let empty = || vec![0.0; bucket + 1];
                let counts = by_power.entry(power).or_insert_with(empty);
                if counts.len() <= bucket {
                    counts.resize(bucket + 1, 0.0);
                }
                counts[bucket] += 1.0;
            }
        }
        true
    }
}

/// A number; durations in seconds.
pub(crate) fn measured(value: &Value) -> Option<f64> {
    match value {
        Value::Duration(nanos) => Some(*nanos as f64 / 1e9),
        Value::Int(_) | Value::Float(_) => value.number(),
        _ => None,
    }
}

/// The least `k` with `value <= 2^k`; values below 2 and floats have none.
fn power_of_two(value: &Value) -> Option<u32> {
    match value {
        Value::Duration(number) | Value::Int(number) if *number >= 2 => {
            Some(64 - (number - 1).leading_zeros())
        }
        _ => None,
    }
}

/// The quantile of counts by ascending upper bounds: exponential between the bounds, as its bucket's share says.
pub(crate) fn quantile(q: f64, counts: &[(f64, f64)]) -> f64 {
    let total: f64 = counts.iter().map(|(_, count)| count).sum();
    if total == 0.0 {
        return 0.0;
    }
    // At least one value is read, and a part of a value counts as one.
    let wanted = (q * total).ceil().max(1.0);
    let mut before = 0.0;
    let mut lower = None;
    for (upper, count) in counts.iter().filter(|(_, count)| *count > 0.0) {
        if before + count >= wanted {
            let top = upper.log2();
            let bottom = lower.map_or(top - 1.0, f64::log2);
            return (bottom + (top - bottom) * (wanted - before) / count).exp2();
        }
        before += count;
        lower = Some(*upper);
    }
    lower.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_quantiles() {
        let power = |n| power_of_two(&Value::Int(n));
        assert_eq!(
            [1, 2, 3, 4, 5, 1024, 1025].map(power),
            [None, Some(1), Some(2), Some(2), Some(3), Some(10), Some(11)]
        );
        assert_eq!(power_of_two(&Value::Float(8.0)), None);
        let counts = [(4.0, 2.0), (8.0, 2.0)];
        assert_eq!(quantile(1.0, &counts), 8.0);
        assert_eq!(quantile(0.5, &counts), 4.0);
        assert!((quantile(0.75, &counts) - 2f64.powf(2.5)).abs() < 1e-12);
        assert_eq!(quantile(0.0, &[(4.0, 1.0)]), 4.0);
        assert_eq!(quantile(0.9, &[]), 0.0);
    }
}

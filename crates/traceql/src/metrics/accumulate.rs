//! What is remembered of the spans of one group: a number a bucket, or counts by powers of two.

use super::Buckets;
use crate::syntax::MetricsFunction;
use crate::value::Value;

/// The state of one group.
#[derive(Debug, Clone)]
pub(crate) enum Accumulator {
    /// Spans.
    Count(Vec<f64>),
    /// Least, greatest or summed value; NaN where there was none.
    One(Vec<f64>),
    /// Sums and counts.
    Mean(Vec<f64>, Vec<f64>),
    /// Counts of values in `(2^(k-1), 2^k]`, by `k` and bucket; none where no value was seen.
    Log2(Vec<Vec<f64>>),
}

/// Spans by their durations, in nanoseconds from 0 on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alike {
    pub(crate) count: u32,
    pub(crate) least: i64,
    pub(crate) greatest: i64,
    pub(crate) sum: u64,
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
                Accumulator::Log2(Vec::new())
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
                values[bucket] = one(function, values[bucket], value);
            }
            Accumulator::Mean(sums, counts) => {
                let Some(value) = measured(value) else { return false };
                sums[bucket] += value;
                counts[bucket] += 1.0;
            }
            Accumulator::Log2(by_power) => {
                let Some(power) = power_of_two(value) else { return false };
                *slot(by_power, power as usize, bucket) += 1.0;
            }
        }
        true
    }

    /// Adds a span that is measured as so many nanoseconds; `false` when that does not count.
    pub(crate) fn add_nanos(&mut self, function: &MetricsFunction, bucket: usize, nanos: i64) -> bool {
        self.add_alike(
            function,
            bucket,
            &Alike { count: 1, least: nanos, greatest: nanos, sum: nanos.unsigned_abs() },
        )
    }

    /// Adds spans that last between the same powers of two; `false` when such do not count.
    pub(crate) fn add_alike(&mut self, function: &MetricsFunction, bucket: usize, spans: &Alike) -> bool {
        let count = f64::from(spans.count);
        let sum = || spans.sum as f64 / 1e9;
        match self {
            Accumulator::Count(counts) => counts[bucket] += count,
            Accumulator::One(values) => {
                let value = match function {
                    MetricsFunction::MinOverTime(_) => spans.least as f64 / 1e9,
                    MetricsFunction::MaxOverTime(_) => spans.greatest as f64 / 1e9,
                    _ => sum(),
                };
                values[bucket] = one(function, values[bucket], value);
            }
            Accumulator::Mean(sums, counts) => {
                sums[bucket] += sum();
                counts[bucket] += count;
            }
            Accumulator::Log2(by_power) => {
                if spans.greatest < 2 {
                    return false;
                }
                *slot(by_power, power(spans.greatest) as usize, bucket) += count;
            }
        }
        true
    }

    /// Adds what another accumulator of the same function gathered.
    pub(crate) fn merge(&mut self, function: &MetricsFunction, other: Accumulator) {
        let add = |into: &mut Vec<f64>, from: Vec<f64>| {
            if into.len() < from.len() {
                into.resize(from.len(), 0.0);
            }
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        };
        match (self, other) {
            (Accumulator::Count(into), Accumulator::Count(from)) => add(into, from),
            (Accumulator::Mean(sums, counts), Accumulator::Mean(more, by)) => {
                add(sums, more);
                add(counts, by);
            }
            (Accumulator::Log2(into), Accumulator::Log2(from)) => {
                if into.len() < from.len() {
                    into.resize(from.len(), Vec::new());
                }
                into.iter_mut().zip(from).for_each(|(into, from)| add(into, from));
            }
            (Accumulator::One(into), Accumulator::One(from)) => {
                for (into, from) in into.iter_mut().zip(from).filter(|(_, from)| !from.is_nan()) {
                    *into = one(function, *into, from);
                }
            }
            _ => {}
        }
    }
}

/// The count of a power in a bucket.
fn slot(by_power: &mut Vec<Vec<f64>>, power: usize, bucket: usize) -> &mut f64 {
    if by_power.len() <= power {
        by_power.resize(power + 1, Vec::new());
    }
    let counts = &mut by_power[power];
    if counts.len() <= bucket {
        counts.resize(bucket + 1, 0.0);
    }
    &mut counts[bucket]
}

/// The value of a bucket after one more.
fn one(function: &MetricsFunction, known: f64, value: f64) -> f64 {
    match function {
        _ if known.is_nan() => value,
        MetricsFunction::MinOverTime(_) => known.min(value),
        MetricsFunction::MaxOverTime(_) => known.max(value),
        _ => known + value,
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
        Value::Duration(number) | Value::Int(number) if *number >= 2 => Some(power(*number)),
        _ => None,
    }
}

/// The least `k` with `number <= 2^k`, for numbers from 2 on.
fn power(number: i64) -> u32 {
    64 - (number - 1).leading_zeros()
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

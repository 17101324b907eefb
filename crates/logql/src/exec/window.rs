//! Functions of the samples inside a sliding window.

use super::Steps;
use crate::syntax::ast::RangeOp;

/// A function and its window.
pub(super) struct Window {
    pub(super) op: RangeOp,
    /// The quantile.
    pub(super) parameter: f64,
    /// Nanoseconds.
    pub(super) interval: i64,
}

type Samples<'s> = &'s [(i64, f64)];

impl Window {
    /// The function's value at each step; nothing where the window is empty. Samples ascend by time.
    pub(super) fn slide(&self, samples: Samples<'_>, steps: Steps, offset: i64) -> Vec<Option<f64>> {
        let (mut low, mut high) = (0, 0);
        (0..steps.count)
            .map(|step| {
                let end = steps.start + steps.step * step as i64 - offset;
                while high < samples.len() && samples[high].0 <= end {
                    high += 1;
                }
                while low < high && samples[low].0 <= end - self.interval {
                    low += 1;
                }
                (low < high).then(|| self.value(&samples[low..high], end))
            })
            .collect()
    }

    fn value(&self, samples: Samples<'_>, end: i64) -> f64 {
        let seconds = self.interval as f64 / 1e9;
        let values = samples.iter().map(|(_, value)| *value);
        match self.op {
            RangeOp::Rate => values.sum::<f64>() / seconds,
            RangeOp::RateCounter => rate_counter(samples, end, self.interval),
            RangeOp::SumOverTime => values.sum(),
            RangeOp::AvgOverTime => mean(values),
            RangeOp::MinOverTime => extreme(values, |a, b| a < b),
            RangeOp::MaxOverTime => extreme(values, |a, b| a > b),
            RangeOp::StdvarOverTime => variance(values),
            RangeOp::StddevOverTime => variance(values).sqrt(),
            RangeOp::QuantileOverTime => quantile(self.parameter, values.collect()),
            RangeOp::FirstOverTime => samples[0].1,
            RangeOp::LastOverTime => samples[samples.len() - 1].1,
            RangeOp::CountOverTime
            | RangeOp::BytesRate
            | RangeOp::BytesOverTime
            | RangeOp::AbsentOverTime
            | RangeOp::ApproxCountDistinct => samples.len() as f64,
        }
    }
}

/// A NaN in front is replaced by what follows.
fn extreme(values: impl Iterator<Item = f64>, better: fn(f64, f64) -> bool) -> f64 {
    values
        .reduce(|best, value| if better(value, best) || best.is_nan() { value } else { best })
        .unwrap_or(f64::NAN)
}

/// The running mean, which does not overflow where the sum would; infinities stay what they are.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut mean, mut count) = (0.0, 0.0);
    for value in values {
        count += 1.0;
        if f64::is_infinite(mean) {
            if value.is_infinite() && (mean > 0.0) == (value > 0.0) {
                continue;
            }
            if value.is_finite() {
                continue;
            }
        }
        mean += value / count - mean / count;
    }
    mean
}

/// Population variance (Welford).
pub(super) fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut mean, mut count, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    squares / count
}

/// The quantile, interpolated between the two nearest values.
fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let rank = q * (values.len() as f64 - 1.0);
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(values.len() as f64 - 1.0);
    let weight = rank - rank.floor();
    // NaN sorts first.
    let order = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()));
    let (_, below, above) = values.select_nth_unstable_by(lower as usize, order);
    let below = *below;
    let above = if upper > lower { above.iter().copied().min_by(order).unwrap_or(below) } else { below };
    below * (1.0 - weight) + above * weight
}

/// The increase a second of a counter, extrapolated to the edges of the window like Prometheus' `rate`.
fn rate_counter(samples: Samples<'_>, end: i64, interval: i64) -> f64 {
    if samples.len() < 2 {
        return 0.0;
    }
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    let mut increase = last.1 - first.1;
    for pair in samples.windows(2) {
        if pair[1].1 < pair[0].1 {
            increase += pair[0].1;
        }
    }
    // The reference computes in milliseconds.
    let millis = |nanos: i64| nanos.div_euclid(1_000_000) as f64;
    let (start_at, end_at) = (millis(end - interval), millis(end));
    let mut to_start = (millis(first.0) - start_at) / 1000.0;
    let to_end = (end_at - millis(last.0)) / 1000.0;
    let sampled = (millis(last.0) - millis(first.0)) / 1000.0;
    let average = sampled / (samples.len() as f64 - 1.0);
    if increase > 0.0 && first.1 >= 0.0 {
        to_start = to_start.min(sampled * (first.1 / increase));
    }
    let threshold = average * 1.1;
    let mut reach = sampled;
    reach += if to_start < threshold { to_start } else { average / 2.0 };
    reach += if to_end < threshold { to_end } else { average / 2.0 };
    increase * (reach / sampled) / (interval as f64 / 1e9)
}

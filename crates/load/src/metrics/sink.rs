//! Sinks: what is kept of a metric's values.
//!
//! A trend is exact (every value kept, percentiles by linear interpolation between neighbours) up to 10 000 values, so
//! that the numbers of a short run are the expected ones to the last digit; above that it turns into a log-linear
//! histogram with 0.1 % relative error, so that memory does not grow with the length of the run.

use super::Kind;
use std::collections::BTreeMap;

/// Values a trend keeps one by one: 80 KB. Above it, percentiles of the histogram are off by at most [`RESOLUTION`].
const EXACT_VALUES: usize = 10_000;
/// Each bucket's upper bound is this much above its lower bound.
const RESOLUTION: f64 = 0.001;

/// Running totals of one metric or submetric.
#[derive(Debug, Clone)]
pub(crate) enum Sink {
    Counter { sum: f64, seen: bool },
    Gauge { value: f64, min: f64, max: f64, seen: bool },
    Rate { trues: u64, total: u64 },
    Trend(Box<Trend>),
}

/// A distribution.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trend {
    exact: Vec<f64>,
    sorted: bool,
    /// Bucket number to count, ordered by value; filled once `exact` overflows.
    buckets: BTreeMap<i64, u64>,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

/// A number for JSON: whole ones without a fraction, as every other runner writes them.
pub(crate) fn json_number(x: f64) -> serde_json::Value {
    if x.fract() == 0.0 && x.abs() < MAX_WHOLE { (x as i64).into() } else { x.into() }
}

/// 2^53: whole numbers above it are not exact.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A number that can be asked of a trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TrendStat {
    Avg,
    Min,
    Med,
    Max,
    Count,
    Sum,
    /// In percent, 0 to 100.
    Percentile(f64),
}

impl TrendStat {
    /// Reads `avg`, `p(95)` ... ; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "avg" => TrendStat::Avg,
            "min" => TrendStat::Min,
            "med" => TrendStat::Med,
            "max" => TrendStat::Max,
            "count" => TrendStat::Count,
            "sum" => TrendStat::Sum,
            _ => {
                let percent: f64 = text.strip_prefix("p(")?.strip_suffix(')')?.trim().parse().ok()?;
                TrendStat::Percentile(Some(percent).filter(|p| (0.0..=100.0).contains(p))?)
            }
        })
    }
}

impl Sink {
    /// An empty sink.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Sink::Counter { sum: 0.0, seen: false },
            Kind::Gauge => Sink::Gauge { value: 0.0, min: 0.0, max: 0.0, seen: false },
            Kind::Rate => Sink::Rate { trues: 0, total: 0 },
            Kind::Trend => Sink::Trend(Box::default()),
        }
    }

    /// Takes a value.
    pub(crate) fn add(&mut self, x: f64) {
        match self {
            Sink::Counter { sum, seen } => {
                *sum += x;
                *seen = true;
            }
            Sink::Gauge { value, min, max, seen } => {
                *value = x;
                *min = if *seen { min.min(x) } else { x };
                *max = if *seen { max.max(x) } else { x };
                *seen = true;
            }
            Sink::Rate { trues, total } => {
                *total += 1;
                *trues += u64::from(x != 0.0);
            }
            Sink::Trend(trend) => trend.add(x),
        }
    }

    /// Whether no value came yet.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Sink::Counter { seen, .. } | Sink::Gauge { seen, .. } => !seen,
            Sink::Rate { total, .. } => *total == 0,
            Sink::Trend(trend) => trend.count == 0,
        }
    }

    /// The share of values that are not zero; 0 when there is none.
    pub(crate) fn rate(trues: u64, total: u64) -> f64 {
        if total == 0 { 0.0 } else { trues as f64 / total as f64 }
    }

    /// The members of the summary's `values` for this sink, in their order. `elapsed_seconds` makes a counter's rate.
    pub(crate) fn values(
        &mut self,
        stats: &[(String, TrendStat)],
        elapsed_seconds: f64,
    ) -> Vec<(String, f64)> {
        let named = |pairs: &[(&str, f64)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
        match self {
            Sink::Counter { sum, .. } => {
                let rate = if elapsed_seconds > 0.0 { *sum / elapsed_seconds } else { 0.0 };
                named(&[("count", *sum), ("rate", rate)])
            }
            Sink::Gauge { value, min, max, .. } => named(&[("value", *value), ("min", *min), ("max", *max)]),
            Sink::Rate { trues, total } => named(&[
                ("rate", Self::rate(*trues, *total)),
                ("passes", *trues as f64),
                ("fails", (*total - *trues) as f64),
            ]),
            Sink::Trend(trend) => {
                stats.iter().map(|(name, stat)| (name.clone(), trend.stat(*stat))).collect()
            }
        }
    }
}

impl Trend {
    /// Takes a value.
    pub(crate) fn add(&mut self, x: f64) {
        self.min = if self.count == 0 { x } else { self.min.min(x) };
        self.max = if self.count == 0 { x } else { self.max.max(x) };
        self.count += 1;
        self.sum += x;
        if !self.buckets.is_empty() {
            *self.buckets.entry(bucket_of(x)).or_default() += 1;
            return;
        }
        self.exact.push(x);
        self.sorted = false;
        if self.exact.len() > EXACT_VALUES {
            for value in std::mem::take(&mut self.exact) {
                *self.buckets.entry(bucket_of(value)).or_default() += 1;
            }
        }
    }

    /// One number of it; 0 when it is empty.
    pub(crate) fn stat(&mut self, stat: TrendStat) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        match stat {
            TrendStat::Avg => self.sum / self.count as f64,
            TrendStat::Min => self.min,
            TrendStat::Max => self.max,
            TrendStat::Count => self.count as f64,
            TrendStat::Sum => self.sum,
            TrendStat::Med => self.percentile(50.0),
            TrendStat::Percentile(percent) => self.percentile(percent),
        }
    }

    fn percentile(&mut self, percent: f64) -> f64 {
        let rank = percent / 100.0 * (self.count - 1) as f64;
        let (low, part) = (rank.floor(), rank.fract());
        let at = low as u64;
        let a = self.nth(at);
        let b = self.nth((at + 1).min(self.count - 1));
        a + (b - a) * part
    }

    /// The value that `at` others are below.
    fn nth(&mut self, at: u64) -> f64 {
        if self.buckets.is_empty() {
            if !self.sorted {
                self.exact.sort_by(f64::total_cmp);
                self.sorted = true;
            }
            return self.exact[usize::try_from(at).unwrap_or(usize::MAX).min(self.exact.len() - 1)];
        }
        if at == 0 {
            return self.min;
        }
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += count;
            if seen > at {
                return value_of(*bucket).clamp(self.min, self.max);
            }
        }
        self.max
    }
}

/// The bucket of a value: 0 for zero, else the logarithm to base 1.001, shifted so that 1e-12 is bucket 1; negative for
/// negative values, so that the order of buckets is the order of values.
fn bucket_of(x: f64) -> i64 {
    if x == 0.0 || !x.is_finite() {
        return if x.is_infinite() { if x > 0.0 { i64::MAX } else { i64::MIN } } else { 0 };
    }
    let magnitude = ((x.abs() / 1e-12).ln() / RESOLUTION.ln_1p()).max(0.0) as i64 + 1;
    if x < 0.0 { -magnitude } else { magnitude }
}

/// The middle of a bucket.
fn value_of(bucket: i64) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let magnitude = 1e-12 * ((bucket.unsigned_abs() as f64 - 0.5) * RESOLUTION.ln_1p()).exp();
    if bucket < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trend(values: impl IntoIterator<Item = f64>) -> Trend {
        let mut trend = Trend::default();
        values.into_iter().for_each(|v| trend.add(v));
        trend
    }

    #[test]
    fn percentiles_are_linear_between_neighbours() {
        let mut tens = trend((0..10).map(|i| f64::from(i) * 10.0));
        assert_eq!(tens.stat(TrendStat::Percentile(90.0)), 81.0);
        assert_eq!(tens.stat(TrendStat::Med), 45.0);
        assert_eq!(trend([7.0]).stat(TrendStat::Percentile(99.0)), 7.0);
        assert_eq!(Trend::default().stat(TrendStat::Avg), 0.0);
    }

    #[test]
    fn names_of_statistics() {
        assert_eq!(TrendStat::parse("p(99.9)"), Some(TrendStat::Percentile(99.9)));
        for bad in ["p(101)", "p()", "p99", "mean", ""] {
            assert_eq!(TrendStat::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_histogram_is_near_the_exact_answer(
            seed in 0u64..1000, negative in any::<bool>(), percent in 0.0f64..100.0,
        ) {
            let mut rng = stdx::Rng::seeded(seed);
            let sign = if negative { -1.0 } else { 1.0 };
            let mut values: Vec<f64> =
                (0..EXACT_VALUES + 500).map(|_| sign * 10f64.powf(rng.unit() * 6.0 - 2.0)).collect();
            let mut coarse = trend(values.iter().copied());
            values.sort_by(f64::total_cmp);
            let rank = percent / 100.0 * (values.len() - 1) as f64;
            let at = rank as usize;
            let exact = values[at] + (values[(at + 1).min(values.len() - 1)] - values[at]) * rank.fract();
            let got = coarse.stat(TrendStat::Percentile(percent));
            prop_assert!((got - exact).abs() <= exact.abs() * 2.0 * RESOLUTION, "{got} {exact}");
        }
    }
}

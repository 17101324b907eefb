//! A running sum of histograms: plain, or with Neumaier's compensation of rounding errors.
//!
//! Layouts are reconciled as histograms come in: the coarser schema, the wider zero bucket, the custom bounds that both
//! have. Mixing exponential with custom buckets is impossible.

use super::bounds::exponential;
use super::{is_custom, sparse};
use crate::functions::sums::Compensated;
use model::{FloatHistogram, ResetHint};

/// Exponential and custom buckets cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incompatible;

/// What had to be done to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    /// One said there was a counter reset, the other that there was none.
    pub collision: bool,
    /// Custom bounds were reduced to those that both have.
    pub reconciled: bool,
}

type Side = Vec<(i32, Compensated)>;

/// A sum of histograms.
#[derive(Debug, Clone)]
pub struct Sum {
    schema: i32,
    zero_threshold: f64,
    zero: Compensated,
    count: Compensated,
    sum: Compensated,
    positive: Side,
    negative: Side,
    custom_values: Vec<f64>,
    hint: ResetHint,
    compensate: bool,
}

fn widen(spans: &[model::histogram::BucketSpan], buckets: &[f64]) -> Side {
    sparse::from_spans(spans, buckets).into_iter().map(|(i, c)| (i, Compensated::from(c))).collect()
}

impl Sum {
    /// Starts with `first`. Without compensation, numbers are added as the `+` operator does.
    pub fn new(first: &FloatHistogram, compensate: bool) -> Self {
        Sum {
            schema: first.schema,
            zero_threshold: first.zero_threshold,
            zero: first.zero_count.into(),
            count: first.count.into(),
            sum: first.sum.into(),
            positive: widen(&first.positive_spans, &first.positive_buckets),
            negative: widen(&first.negative_spans, &first.negative_buckets),
            custom_values: first.custom_values.clone(),
            hint: first.reset_hint,
            compensate,
        }
    }

    fn is_custom(&self) -> bool {
        self.schema == model::histogram::CUSTOM_BUCKETS_SCHEMA
    }

    fn put(&self, into: &mut Compensated, value: f64) {
        if self.compensate {
            into.add(value);
        } else {
            into.add_plain(value);
        }
    }

    /// Adds `other` times `sign` (1 or -1).
    pub fn add(&mut self, other: &FloatHistogram, sign: f64) -> Result<Added, Incompatible> {
        if self.is_custom() != is_custom(other) {
            return Err(Incompatible);
        }
        let mut added = Added { collision: self.merge_hint(other.reset_hint), reconciled: false };
        let mut positive = sparse::from_spans(&other.positive_spans, &other.positive_buckets);
        let mut negative = sparse::from_spans(&other.negative_spans, &other.negative_buckets);
        if self.is_custom() {
            added.reconciled = self.reconcile_bounds(other, &mut positive);
        } else {
            let zero = self.reconcile_zero(other);
            let mut into = self.zero;
            self.put(&mut into, sign * zero);
            self.zero = into;
            self.reconcile_schema(other.schema, &mut positive, &mut negative);
            // What lies inside of the zero bucket has been counted there.
            let (schema, threshold) = (self.schema, self.zero_threshold);
            for side in [&mut positive, &mut negative] {
                side.retain(|(index, _)| exponential(*index, schema) > threshold);
            }
        }
        let (mut count, mut sum) = (self.count, self.sum);
        self.put(&mut count, sign * other.count);
        self.put(&mut sum, sign * other.sum);
        (self.count, self.sum) = (count, sum);
        self.positive = self.merged(&self.positive, &positive, sign);
        self.negative = self.merged(&self.negative, &negative, sign);
        Ok(added)
    }

    fn merged(&self, mine: &Side, other: &[(i32, f64)], sign: f64) -> Side {
        let mut out = Vec::with_capacity(mine.len().max(other.len()));
        let (mut a, mut b) = (mine.iter().peekable(), other.iter().peekable());
        loop {
            match (a.peek(), b.peek()) {
                (Some((i, amount)), Some((j, count))) if i == j => {
                    let mut amount = *amount;
                    self.put(&mut amount, sign * count);
                    out.push((*i, amount));
                    a.next();
                    b.next();
                }
                (Some(mine), Some((j, _))) if mine.0 < *j => {
                    out.push(**mine);
                    a.next();
                }
                (Some(mine), None) => {
                    out.push(**mine);
                    a.next();
                }
                (_, Some((j, count))) => {
                    out.push((*j, Compensated::from(sign * count)));
                    b.next();
                }
                (None, None) => return out,
            }
        }
    }

    /// The hint of the sum; `true` when the hints contradict each other.
    fn merge_hint(&mut self, other: ResetHint) -> bool {
        use ResetHint::{Gauge, Unknown};
        match (self.hint, other) {
            (a, b) if a == b => false,
            (Gauge, _) | (Unknown, ResetHint::Reset | ResetHint::NotReset) => false,
            (_, Gauge) => {
                self.hint = Gauge;
                false
            }
            (_, Unknown) => {
                self.hint = Unknown;
                false
            }
            _ => {
                self.hint = Unknown;
                true
            }
        }
    }

    /// Makes both zero buckets equally wide; yields the zero count of `other` at that width.
    fn reconcile_zero(&mut self, other: &FloatHistogram) -> f64 {
        let (mut count, mut threshold) = (other.zero_count, other.zero_threshold);
        while threshold != self.zero_threshold {
            if self.zero_threshold > threshold {
                (count, threshold) = super::resets::zero_count_at(other, self.zero_threshold);
            }
            if threshold > self.zero_threshold {
                threshold = self.widen_zero(threshold);
            }
            if threshold.is_nan() || self.zero_threshold.is_nan() {
                break;
            }
        }
        count
    }

    /// Moves the buckets below `threshold` into the zero bucket. A populated bucket is never cut: then the threshold
    /// becomes its outer bound.
    fn widen_zero(&mut self, threshold: f64) -> f64 {
        let mut threshold = threshold;
        let schema = self.schema;
        let populated = |side: &Side, threshold: f64| {
            side.iter()
                .filter(|(_, amount)| amount.value() != 0.0)
                .map(|(index, _)| (exponential(index.wrapping_sub(1), schema), exponential(*index, schema)))
                .find(|(lower, upper)| *lower < threshold && *upper > threshold)
                .map(|(_, upper)| upper)
        };
        while let Some(wider) =
            populated(&self.positive, threshold).or_else(|| populated(&self.negative, threshold))
        {
            threshold = wider;
        }
        let mut zero = self.zero;
        for side in [&mut self.positive, &mut self.negative] {
            side.retain(|(index, amount)| {
                let inside = exponential(index.wrapping_sub(1), schema) < threshold;
                if inside {
                    zero.add(amount.sum);
                    zero.add(amount.compensation);
                }
                !inside
            });
        }
        self.zero = zero;
        self.zero_threshold = threshold;
        threshold
    }

    fn reconcile_schema(&mut self, other: i32, positive: &mut sparse::Side, negative: &mut sparse::Side) {
        if other < self.schema {
            for side in [&mut self.positive, &mut self.negative] {
                let mut out: Side = Vec::with_capacity(side.len());
                for (index, amount) in side.iter() {
                    let index = sparse::coarse_index(*index, self.schema, other);
                    match out.last_mut() {
                        Some((last, sum)) if *last == index => {
                            sum.add(amount.sum);
                            sum.add(amount.compensation);
                        }
                        _ => out.push((index, *amount)),
                    }
                }
                *side = out;
            }
            self.schema = other;
        } else if other > self.schema {
            *positive = sparse::coarsen(positive, other, self.schema);
            *negative = sparse::coarsen(negative, other, self.schema);
        }
    }

    /// Reduces differing custom bounds to those that both have.
    fn reconcile_bounds(&mut self, other: &FloatHistogram, positive: &mut sparse::Side) -> bool {
        if self.custom_values == other.custom_values {
            return false;
        }
        let bounds: Vec<f64> =
            self.custom_values.iter().copied().filter(|b| other.custom_values.contains(b)).collect();
        let mut mine: Side = Vec::new();
        for (index, amount) in &self.positive {
            let index = reduced_index(*index, &self.custom_values, &bounds);
            match mine.last_mut() {
                Some((last, sum)) if *last == index => {
                    sum.add(amount.sum);
                    sum.add(amount.compensation);
                }
                _ => mine.push((index, *amount)),
            }
        }
        let mut theirs: sparse::Side = Vec::new();
        for (index, count) in positive.iter() {
            let index = reduced_index(*index, &other.custom_values, &bounds);
            match theirs.last_mut() {
                Some((last, sum)) if *last == index => *sum += count,
                _ => theirs.push((index, *count)),
            }
        }
        (self.positive, *positive, self.custom_values) = (mine, theirs, bounds);
        true
    }

    /// Multiplies everything by `factor`.
    pub fn scale(&mut self, factor: f64) {
        let sides = self.positive.iter_mut().chain(&mut self.negative).map(|(_, amount)| amount);
        sides.chain([&mut self.zero, &mut self.count, &mut self.sum]).for_each(|amount| amount.scale(factor));
    }

    /// Divides everything by `divisor`.
    pub fn divide(&mut self, divisor: f64) {
        let sides = self.positive.iter_mut().chain(&mut self.negative).map(|(_, amount)| amount);
        sides
            .chain([&mut self.zero, &mut self.count, &mut self.sum])
            .for_each(|amount| amount.divide(divisor));
    }

    /// Whether any number has left the range of doubles.
    pub fn overflows(&self) -> bool {
        let sides = self.positive.iter().chain(&self.negative).map(|(_, amount)| amount);
        sides.chain([&self.zero, &self.count, &self.sum]).any(|amount| amount.sum.is_infinite())
    }

    /// The sum as a histogram, with the compensations added.
    pub fn finish(&self) -> FloatHistogram {
        let narrow = |side: &Side| {
            let side: sparse::Side = side.iter().map(|(index, amount)| (*index, amount.value())).collect();
            sparse::to_spans(&side)
        };
        let ((positive_spans, positive_buckets), (negative_spans, negative_buckets)) =
            (narrow(&self.positive), narrow(&self.negative));
        FloatHistogram {
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            zero_count: self.zero.value(),
            count: self.count.value(),
            sum: self.sum.value(),
            positive_spans,
            positive_buckets,
            negative_spans,
            negative_buckets,
            custom_values: self.custom_values.clone(),
            reset_hint: self.hint,
        }
    }
}

/// The bucket among `bounds` that holds bucket `index` of `from`, of which `bounds` is a part.
pub(super) fn reduced_index(index: i32, from: &[f64], bounds: &[f64]) -> i32 {
    let target = match usize::try_from(index).ok().and_then(|i| from.get(i)) {
        Some(upper) => bounds.partition_point(|b| b < upper),
        None => bounds.len(),
    };
    i32::try_from(target).unwrap_or(i32::MAX)
}

/// `a + sign * b`, added as the operators do.
pub fn combine(
    a: &FloatHistogram,
    b: &FloatHistogram,
    sign: f64,
) -> Result<(FloatHistogram, Added), Incompatible> {
    let mut sum = Sum::new(a, false);
    let added = sum.add(b, sign)?;
    Ok((sum.finish(), added))
}

//! Observations in exponential buckets, of which only those that are in use take room.
//!
//! Buckets grow by at most what is chosen; when more are in use than there may be neighbours are joined until they are not. Invariant: joining loses resolution, never an observation.
//! Source: <https://prometheus.io/docs/specs/native_histograms/>

use model::FloatHistogram;
use model::histogram::BucketSpan;
use std::collections::BTreeMap;

/// Which histograms are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NativeHistograms {
    /// A series a bucket, with fixed bounds.
    #[default]
    Classic,
    /// One series with exponential buckets.
    Native,
    /// Both.
    Both,
}

impl NativeHistograms {
    /// By its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Classic, Self::Native, Self::Both].into_iter().find(|form| form.text() == text)
    }

    /// Its name.
    pub fn text(self) -> &'static str {
        match self {
            NativeHistograms::Classic => "classic",
            NativeHistograms::Native => "native",
            NativeHistograms::Both => "both",
        }
    }

    pub(crate) fn has_classic(self) -> bool {
        self != NativeHistograms::Native
    }

    pub(crate) fn has_native(self) -> bool {
        self != NativeHistograms::Classic
    }
}

/// How fine histograms are, and how many buckets one has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NativeShape {
    /// What a bucket's upper bound is at most of its lower one; above 1. 1.1: a tenth, for which buckets grow by 2^(1/8).
    pub factor: f64,
    /// Buckets of one histogram. 100: as in the replaced system.
    pub max_buckets: usize,
}

impl Default for NativeShape {
    fn default() -> Self {
        NativeShape { factor: 1.1, max_buckets: 100 }
    }
}

impl NativeShape {
    /// The coarsest schema whose buckets grow by no more than the factor, of those that the format knows.
    fn schema(self) -> i32 {
        let grows = |schema: &i32| f64::from(-schema).exp2().exp2() <= self.factor;
        (COARSEST..=FINEST).find(grows).unwrap_or(FINEST)
    }
}

/// 2^(1/256): the finest that the format knows.
const FINEST: i32 = 8;
/// One bucket from 2^-16 to 2^16 seconds and so on: the coarsest that the format knows.
const COARSEST: i32 = -4;
/// What counts as zero: 2^-128, as clients of the format have it.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// Counts by exponential bucket.
#[derive(Debug, Clone)]
pub(crate) struct Native {
    schema: i32,
    max_buckets: usize,
    zeros: f64,
    buckets: BTreeMap<i32, f64>,
}

impl Native {
    pub(crate) fn new(shape: NativeShape) -> Self {
        Native {
            schema: shape.schema(),
            max_buckets: shape.max_buckets.max(1),
            zeros: 0.0,
            buckets: BTreeMap::new(),
        }
    }

    /// A sample of one that observed nothing.
    pub(crate) fn nothing(&self) -> FloatHistogram {
        Native { zeros: 0.0, buckets: BTreeMap::new(), ..*self }.sample(0.0)
    }

    /// An observation that stands for `times` of them.
    pub(crate) fn observe(&mut self, value: f64, times: f64) {
        if value <= ZERO_THRESHOLD {
            self.zeros += times;
            return;
        }
        // The bucket's upper bound is 2^(index / 2^schema), inside it.
        let index = (value.log2() * f64::from(self.schema).exp2()).ceil();
        *self.buckets.entry(index as i32).or_default() += times;
        while self.buckets.len() > self.max_buckets && self.schema > COARSEST {
            let fine = std::mem::take(&mut self.buckets);
            self.schema -= 1;
            for (index, count) in fine {
                *self.buckets.entry((index + 1) >> 1).or_default() += count;
            }
        }
    }

    /// As a sample, with the sum of the observations.
    pub(crate) fn sample(&self, sum: f64) -> FloatHistogram {
        let (mut spans, mut next): (Vec<BucketSpan>, Option<i32>) = (Vec::new(), None);
        for index in self.buckets.keys() {
            match (spans.last_mut(), next) {
                (Some(span), Some(next)) if next == *index => span.length += 1,
                _ => spans.push(BucketSpan { offset: index - next.unwrap_or(0), length: 1 }),
            }
            next = Some(index + 1);
        }
        let counts = self.buckets.values();
        FloatHistogram {
            schema: self.schema,
            zero_threshold: ZERO_THRESHOLD,
            zero_count: self.zeros,
            count: self.zeros + counts.clone().sum::<f64>(),
            sum,
            positive_spans: spans,
            positive_buckets: counts.copied().collect(),
            ..FloatHistogram::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_buckets_that_end_with_a_power() {
        let mut native = Native::new(NativeShape::default());
        for value in [0.0, 1.0, 2.0, 2.0, 2.1, 0.25] {
            native.observe(value, 1.0);
        }
        let sample = native.sample(7.35);
        let spans: Vec<(i32, u32)> = sample.positive_spans.iter().map(|s| (s.offset, s.length)).collect();
        // 0.25 ends bucket -16, 1 bucket 0, 2 bucket 8; 2.1 is in 9.
        assert_eq!(spans, [(-16, 1), (15, 1), (7, 2)]);
        assert_eq!(sample.positive_buckets, [1.0, 1.0, 2.0, 1.0]);
        assert_eq!((sample.schema, sample.zero_count, sample.count, sample.sum), (3, 1.0, 6.0, 7.35));
    }

    #[test]
    fn too_many_buckets_are_joined() {
        let mut native = Native::new(NativeShape::default());
        let values: Vec<f64> = (-60..60).map(|n| f64::from(n).exp2()).collect();
        values.iter().for_each(|value| native.observe(*value, 1.0));
        let sample = native.sample(0.0);
        assert!(sample.positive_buckets.len() <= 100);
        assert_eq!((sample.schema, sample.count), (-1, 120.0));
        for (factor, schema) in [(1.1, 3), (1.0906, 3), (1.09, 4), (2.0, 0), (1.0001, 8), (1e9, -4)] {
            assert_eq!(NativeShape { factor, max_buckets: 9 }.schema(), schema, "{factor}");
        }
        for text in ["classic", "native", "both"] {
            assert_eq!(NativeHistograms::parse(text).unwrap().text(), text);
        }
        assert_eq!(NativeHistograms::parse("x"), None);
    }
}

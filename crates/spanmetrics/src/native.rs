//! Observations in exponential buckets, of which only those that are in use take room.
//!
//! Buckets grow by 2^(1/8), the finest that is at most a tenth; when more than [`MAX_BUCKETS`] are in use neighbours are
//! joined until they are not. Invariant: joining loses resolution, never an observation.
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

/// Buckets of one histogram, as the replaced system bounds them.
const MAX_BUCKETS: usize = 100;
/// 2^(1/8) = 1.09.
const FINEST: i32 = 3;
/// One bucket from 2^-16 to 2^16 seconds and so on: the coarsest that the format knows.
const COARSEST: i32 = -4;
/// What counts as zero: 2^-128, as clients of the format have it.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// Counts by exponential bucket.
#[derive(Debug, Clone)]
pub(crate) struct Native {
    schema: i32,
    zeros: u64,
    buckets: BTreeMap<i32, u64>,
}

impl Default for Native {
    fn default() -> Self {
        Native { schema: FINEST, zeros: 0, buckets: BTreeMap::new() }
    }
}

impl Native {
    pub(crate) fn observe(&mut self, value: f64) {
        if value <= ZERO_THRESHOLD {
            self.zeros += 1;
            return;
        }
        // The bucket's upper bound is 2^(index / 2^schema), inside it.
        let index = (value.log2() * f64::from(self.schema).exp2()).ceil();
        *self.buckets.entry(index as i32).or_default() += 1;
        while self.buckets.len() > MAX_BUCKETS && self.schema > COARSEST {
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
            zero_count: self.zeros as f64,
            count: (self.zeros + counts.clone().sum::<u64>()) as f64,
            sum,
            positive_spans: spans,
            positive_buckets: counts.map(|count| *count as f64).collect(),
            ..FloatHistogram::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_buckets_that_end_with_a_power() {
        let mut native = Native::default();
        for value in [0.0, 1.0, 2.0, 2.0, 2.1, 0.25] {
            native.observe(value);
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
        let mut native = Native::default();
        let values: Vec<f64> = (-60..60).map(|n| f64::from(n).exp2()).collect();
        values.iter().for_each(|value| native.observe(*value));
        let sample = native.sample(0.0);
        assert!(sample.positive_buckets.len() <= MAX_BUCKETS);
        assert_eq!((sample.schema, sample.count), (-1, 120.0));
        for text in ["classic", "native", "both"] {
            assert_eq!(NativeHistograms::parse(text).unwrap().text(), text);
        }
        assert_eq!(NativeHistograms::parse("x"), None);
    }
}

//! Observations in buckets whose bounds double, with one exemplar a bucket.

use crate::native::{Native, NativeHistograms};
use model::TraceId;

/// Counts by bucket. The last bucket is the one without a bound.
#[derive(Debug, Clone)]
pub(crate) struct Histogram<const BUCKETS: usize> {
    /// The bound of the first bucket, in seconds.
    first: f64,
    counts: [u64; BUCKETS],
    above: u64,
    pub(crate) sum: f64,
    /// The same in exponential buckets.
    pub(crate) native: Option<Native>,
    /// Whether the fixed buckets are written.
    pub(crate) classic: bool,
    /// The latest observation of each bucket since the last collection; the last is of the bucket without a bound.
    pub(crate) exemplars: Vec<Option<Example>>,
}

/// An observation that stands for its bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Example {
    pub(crate) trace_id: TraceId,
    pub(crate) value: f64,
}

impl<const BUCKETS: usize> Histogram<BUCKETS> {
    pub(crate) fn new(first: f64, form: NativeHistograms) -> Self {
        Histogram {
            first,
            counts: [0; BUCKETS],
            above: 0,
            sum: 0.0,
            native: form.has_native().then(Native::default),
            classic: form.has_classic(),
            exemplars: vec![None; BUCKETS + 1],
        }
    }

    /// The upper bounds, in seconds, each inside its bucket.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = f64> + use<BUCKETS> {
        let first = self.first;
        (0..BUCKETS).map(move |bucket| first * f64::from(1u32 << bucket))
    }

    pub(crate) fn observe(&mut self, value: f64, trace_id: TraceId) {
        let bucket = self.bounds().position(|bound| value <= bound);
        match bucket {
            Some(bucket) => self.counts[bucket] += 1,
            None => self.above += 1,
        }
        self.sum += value;
        if let Some(native) = &mut self.native {
            native.observe(value);
        }
        self.exemplars[bucket.unwrap_or(BUCKETS)] = Some(Example { trace_id, value });
    }

    /// Counts of observations up to each bound.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = u64> + '_ {
        self.counts.iter().scan(0, |total, count| {
            *total += count;
            Some(*total)
        })
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.above
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_double_and_belong_to_their_bucket() {
        let mut histogram = Histogram::<3>::new(0.1, NativeHistograms::Classic);
        for value in [0.0, 0.1, 0.2, 0.4, 0.5] {
            histogram.observe(value, TraceId([1; 16]));
        }
        assert_eq!(histogram.bounds().collect::<Vec<_>>(), [0.1, 0.2, 0.4]);
        assert_eq!((histogram.cumulative().collect::<Vec<_>>(), histogram.count()), (vec![2, 3, 4], 5));
        let values: Vec<f64> = histogram.exemplars.iter().flatten().map(|e| e.value).collect();
        assert_eq!(values, [0.1, 0.2, 0.4, 0.5], "the latest of each bucket");
    }
}

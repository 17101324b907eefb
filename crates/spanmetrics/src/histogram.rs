//! Observations in buckets of given bounds, with one exemplar a bucket.

use crate::native::{Native, NativeHistograms, NativeShape};
use crate::options::Options;
use model::TraceId;

/// Counts by bucket. The last bucket is the one without a bound.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    counts: Vec<f64>,
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

impl Histogram {
    /// Of as many bounds, in the form that is chosen.
    pub(crate) fn new(bounds: &[f64], options: &Options) -> Self {
        Self::of(bounds.len(), options.native_histograms, options.native_shape)
    }

    fn of(bounds: usize, form: NativeHistograms, shape: NativeShape) -> Self {
        Histogram {
            counts: vec![0.0; bounds + 1],
            sum: 0.0,
            native: form.has_native().then(|| Native::new(shape)),
            classic: form.has_classic(),
            exemplars: vec![None; bounds + 1],
        }
    }

    /// An observation that stands for `times` of them. A value that is a bound is in its bucket.
    pub(crate) fn observe(&mut self, bounds: &[f64], value: f64, times: f64, trace_id: TraceId) {
        let bucket = bounds.partition_point(|bound| *bound < value).min(self.counts.len() - 1);
        self.counts[bucket] += times;
        self.sum += value * times;
        if let Some(native) = &mut self.native {
            native.observe(value, times);
        }
        self.exemplars[bucket] = Some(Example { trace_id, value });
    }

    /// Counts of observations up to each bound, and of all.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = f64> + '_ {
        self.counts.iter().scan(0.0, |total, count| {
            *total += count;
            Some(*total)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_their_bucket() {
        let bounds = [0.1, 0.2, 0.4];
        let mut histogram = Histogram::of(3, NativeHistograms::Classic, NativeShape::default());
        for value in [0.0, 0.1, 0.2, 0.4, 0.5] {
            histogram.observe(&bounds, value, 2.0, TraceId([1; 16]));
        }
        assert_eq!(histogram.cumulative().collect::<Vec<_>>(), [4.0, 6.0, 8.0, 10.0]);
        assert!((histogram.sum - 2.4).abs() < 1e-12);
        let values: Vec<f64> = histogram.exemplars.iter().flatten().map(|e| e.value).collect();
        assert_eq!(values, [0.1, 0.2, 0.4, 0.5], "the latest of each bucket");
    }
}

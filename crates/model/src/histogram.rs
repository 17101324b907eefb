//! Native histograms, in the float form that queries use. Integer histograms are widened on ingest.
//!
//! Buckets are absolute counts (not deltas), in spans: a run of `length` consecutive bucket indices that starts `offset`
//! after the end of the previous run. Exponential schemas -4..=8 have upper bounds `2^(index * 2^-schema)`; schema -53
//! has the explicit upper bounds `custom_values` (the last bucket, +Inf, is implied).
//! Source: <https://prometheus.io/docs/specs/native_histograms/>

/// The schema of histograms with explicit bounds.
pub const CUSTOM_BUCKETS_SCHEMA: i32 = -53;

/// The exponential schemas that are stored, from the coarsest.
pub const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;

/// What is known about a counter reset before this histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ResetHint {
    /// Nothing: compare with the previous one.
    #[default]
    Unknown,
    /// There was a reset.
    Reset,
    /// There was none.
    NotReset,
    /// This is no counter.
    Gauge,
}

/// A run of consecutive buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BucketSpan {
    /// For the first span the index of its first bucket; for others the gap after the previous span.
    pub offset: i32,
    /// How many buckets.
    pub length: u32,
}

/// A histogram with float counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FloatHistogram {
    /// Resolution: -4..=8 exponential, -53 custom bounds.
    pub schema: i32,
    /// Observations with an absolute value up to this are in the zero bucket.
    pub zero_threshold: f64,
    /// Count of the zero bucket.
    pub zero_count: f64,
    /// Count of all observations.
    pub count: f64,
    /// Sum of all observations. The stale marker here marks the whole histogram stale.
    pub sum: f64,
    /// Runs of positive buckets.
    pub positive_spans: Vec<BucketSpan>,
    /// Counts of positive buckets, one for each in the spans.
    pub positive_buckets: Vec<f64>,
    /// Runs of negative buckets.
    pub negative_spans: Vec<BucketSpan>,
    /// Counts of negative buckets.
    pub negative_buckets: Vec<f64>,
    /// Ascending upper bounds for schema -53, else empty.
    pub custom_values: Vec<f64>,
    /// What is known about a reset.
    pub reset_hint: ResetHint,
}

impl FloatHistogram {
    /// Whether this marks the end of the series.
    pub fn is_stale(&self) -> bool {
        crate::sample::is_stale(self.sum)
    }

    /// The same histogram at a coarser exponential schema: `2^n` neighbouring buckets become one. A schema that is not
    /// coarser changes nothing.
    pub fn coarsen(&mut self, schema: i32) {
        if self.schema == CUSTOM_BUCKETS_SCHEMA || schema >= self.schema {
            return;
        }
        let shift = (self.schema - schema).clamp(0, 31).unsigned_abs();
        self.schema = schema;
        merge(&mut self.positive_spans, &mut self.positive_buckets, shift);
        merge(&mut self.negative_spans, &mut self.negative_buckets, shift);
    }
}

fn merge(spans: &mut Vec<BucketSpan>, buckets: &mut Vec<f64>, shift: u32) {
    let mut merged: Vec<(i64, f64)> = Vec::with_capacity(buckets.len());
    let mut counts = buckets.iter();
    let mut index = 0i64;
    for span in spans.iter() {
        index += i64::from(span.offset);
        for count in counts.by_ref().take(span.length as usize) {
            // Bucket i ends at base^i, so the coarser bucket that holds it is the ceiling of i / 2^shift.
            let at = ((index - 1) >> shift) + 1;
            match merged.last_mut() {
                Some((last, sum)) if *last == at => *sum += count,
                _ => merged.push((at, *count)),
            }
            index += 1;
        }
    }
    spans.clear();
    let mut next = 0i64;
    for (at, _) in &merged {
        match spans.last_mut() {
            Some(span) if *at == next => span.length += 1,
            _ => spans.push(BucketSpan { offset: (at - next) as i32, length: 1 }),
        }
        next = at + 1;
    }
    *buckets = merged.into_iter().map(|(_, count)| count).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarser_buckets_hold_what_the_finer_ones_held() {
        let spans = vec![BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: 3, length: 1 }];
        let mut h = FloatHistogram {
            schema: 3,
            positive_spans: spans,
            positive_buckets: vec![1.0, 2.0, 4.0],
            ..FloatHistogram::default()
        };
        let before = h.clone();
        h.coarsen(3);
        assert_eq!(h, before);
        h.coarsen(2);
        // Buckets 0, 1 and 5 end in 0, 1 and 3.
        assert_eq!((h.schema, h.positive_buckets.clone()), (2, vec![1.0, 2.0, 4.0]));
        assert_eq!(
            h.positive_spans,
            [BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: 1, length: 1 }]
        );
        h.coarsen(-4);
        assert_eq!((h.schema, h.positive_buckets), (-4, vec![1.0, 6.0]));
    }
}

//! Native histograms, in the float form that queries use. Integer histograms are widened on ingest.
//!
//! Buckets are absolute counts (not deltas), in spans: a run of `length` consecutive bucket indices that starts `offset`
//! after the end of the previous run. Exponential schemas -4..=8 have upper bounds `2^(index * 2^-schema)`; schema -53
//! has the explicit upper bounds `custom_values` (the last bucket, +Inf, is implied).
//! Source: <https://prometheus.io/docs/specs/native_histograms/>

/// The schema of histograms with explicit bounds.
pub const CUSTOM_BUCKETS_SCHEMA: i32 = -53;

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
}

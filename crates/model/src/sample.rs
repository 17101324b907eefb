//! Samples, exemplars and the stale marker.

use crate::labels::Labels;
use crate::time::Millis;

/// The bits of the NaN that marks a series as ended. Compare bits, never values: other NaNs are data.
pub const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The stale marker as a value.
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_NAN_BITS)
}

/// Whether `value` is the stale marker.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN_BITS
}

/// One float value of a series.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// When.
    pub at: Millis,
    /// What; any bit pattern is kept.
    pub value: f64,
}

impl PartialEq for Sample {
    /// Values are compared by bits.
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.value.to_bits() == other.value.to_bits()
    }
}

/// An example observation behind a sample, usually naming a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Labels of the exemplar itself, such as `trace_id`.
    pub labels: Labels,
    /// The observed value.
    pub value: f64,
    /// When it was observed.
    pub at: Millis,
}

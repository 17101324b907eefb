//! Samples of series that an engine knows already, told by number instead of by labels.
//!
//! A sender repeats the same labels with every sample. A door that has the bytes of a label set can hash them
//! ([`LabelKey::of`]) and ask the engine for its number of the series; samples of known series then travel as three
//! words each, and their labels are never read. Invariant: numbers hold within one epoch of one tenant only. An engine
//! that began another epoch refuses them, and the door reads the labels after all.

use crate::time::Millis;

/// The hash of a label set as it came: other bytes for the same labels are another key, equal bytes are one.
/// 128 bits: with a billion label sets the chance that any two share a key is below 10^-20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LabelKey(pub u128);

impl LabelKey {
    /// The key of the bytes of a label set.
    pub fn of(bytes: &[u8]) -> LabelKey {
        LabelKey(xxhash_rust::xxh3::xxh3_128(bytes))
    }
}

/// One float sample of a known series.
#[derive(Debug, Clone, Copy)]
pub struct KnownSample {
    /// The engine's number of the series.
    pub series: u64,
    /// When.
    pub at: Millis,
    /// What; any bit pattern is kept.
    pub value: f64,
}

/// Float samples of known series, in the order sent.
#[derive(Debug, Clone, Default)]
pub struct KnownSamples {
    /// Which numbering.
    pub epoch: u64,
    /// The samples.
    pub samples: Vec<KnownSample>,
}

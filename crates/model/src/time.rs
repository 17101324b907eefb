//! Times and half-open ranges of them.

/// Milliseconds since 1970-01-01T00:00:00Z: the time of samples.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// Nanoseconds since 1970-01-01T00:00:00Z: the time of lines and spans.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub i64);

impl Millis {
    /// The same instant in nanoseconds, saturating.
    pub fn to_nanos(self) -> Nanos {
        Nanos(self.0.saturating_mul(1_000_000))
    }
}

impl Nanos {
    /// The same instant in milliseconds, rounded down.
    pub fn to_millis(self) -> Millis {
        Millis(self.0.div_euclid(1_000_000))
    }
}

/// `start <= t < end`, in the unit of `T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TimeRange<T> {
    /// The first instant inside.
    pub start: T,
    /// The first instant after.
    pub end: T,
}

impl<T: Copy + Ord> TimeRange<T> {
    /// The range from `start` up to but without `end`.
    pub fn new(start: T, end: T) -> Self {
        TimeRange { start, end }
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: T) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether both ranges have an instant in common.
    pub fn overlaps(&self, other: &TimeRange<T>) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether no instant lies inside.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }
}

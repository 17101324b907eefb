//! Counts of what the engine did, for Oriel's own metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters and gauges; read with [`Telemetry::read`].
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    accepted: AtomicU64,
    refused: AtomicU64,
    flushes: AtomicU64,
    merges: AtomicU64,
    merge_held: AtomicU64,
    replayed: AtomicU64,
}

/// What the engine did since it was opened, and what its heads hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TelemetrySnapshot {
    /// Samples that were taken, repeated ones included.
    pub accepted: u64,
    /// Samples that were refused.
    pub refused: u64,
    /// Flushes that ended.
    pub flushes: u64,
    /// Merges that ended.
    pub merges: u64,
    /// The most bytes of a merge's output that were in memory at once, labels left out.
    pub merge_held_bytes: u64,
    /// Samples that were replayed from the log.
    pub replayed: u64,
    /// Series in heads that are not flushed.
    pub head_series: u64,
    /// Samples in them.
    pub head_samples: u64,
    /// Their bytes, estimated.
    pub head_bytes: u64,
}

impl Telemetry {
    pub(crate) fn appended(&self, accepted: u64, refused: u64) {
        self.accepted.fetch_add(accepted, Ordering::Relaxed);
        self.refused.fetch_add(refused, Ordering::Relaxed);
    }

    pub(crate) fn flushed(&self) {
        self.flushes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn merged(&self, held: u64) {
        self.merge_held.fetch_max(held, Ordering::Relaxed);
        self.merges.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn replayed(&self, samples: u64) {
        self.replayed.fetch_add(samples, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, (head_series, head_samples, head_bytes): (u64, u64, u64)) -> TelemetrySnapshot {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TelemetrySnapshot {
            accepted: load(&self.accepted),
            refused: load(&self.refused),
            flushes: load(&self.flushes),
            merges: load(&self.merges),
            merge_held_bytes: load(&self.merge_held),
            replayed: load(&self.replayed),
            head_series,
            head_samples,
            head_bytes,
        }
    }
}

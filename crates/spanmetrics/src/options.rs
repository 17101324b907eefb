//! Limits and choices, with their reasons.

use crate::native::NativeHistograms;
use std::time::Duration;

/// What is computed, and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How often samples are written. 15 s: what dashboards assume of a scraped target.
    pub interval: Duration,
    /// Spans that ended longer ago, or later ahead, are passed over: their rate would show at the wrong time. 30 s covers
    /// the batching of senders.
    pub slack: Duration,
    /// Series that saw no span for so long end with a stale marker. 15 min: longer than any sensible rate window.
    pub idle: Duration,
    /// Combinations of service, operation, kind, status and dimensions of one tenant; each has 18 series. Beyond it the
    /// operations are counted together as [`crate::span::OVERFLOW`].
    pub max_operations: usize,
    /// Pairs of services of one tenant, beyond which calls of further pairs are passed over.
    pub max_edges: usize,
    /// Calls of one tenant that wait for their other side.
    pub max_waiting: usize,
    /// How long a call waits for its other side. 10 s: spans of one call come from different senders' batches.
    pub wait: Duration,
    /// Attributes of span or resource that become labels of the span metrics.
    pub dimensions: Vec<String>,
    /// Whether a reason for failing becomes the label `status_message`.
    pub status_message: bool,
    /// Whether instances of services are told (`traces_target_info`); series of spans then have `job` and `instance` too.
    pub target_info: bool,
    /// Which histograms are written.
    pub native_histograms: NativeHistograms,
    /// Whether operations are counted: rate, errors, duration.
    pub operations: bool,
    /// Whether calls between services are counted.
    pub graph: bool,
    /// Whether what is counted is written.
    pub write: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            interval: Duration::from_secs(15),
            slack: Duration::from_secs(30),
            idle: Duration::from_secs(900),
            max_operations: 5_000,
            max_edges: 2_000,
            max_waiting: 10_000,
            wait: Duration::from_secs(10),
            dimensions: Vec::new(),
            status_message: false,
            target_info: false,
            native_histograms: NativeHistograms::Classic,
            operations: true,
            graph: true,
            write: true,
        }
    }
}

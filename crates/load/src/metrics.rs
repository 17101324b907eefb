//! Metrics of a run: what a sample is, who keeps the names, and how samples become numbers.
//!
//! A VU records [`Sample`]s into its own buffer (`js/vu.rs`), hands them to the [`Inbox`] of its thread when it suspends,
//! and the [`Engine`] drains all inboxes every 50 ms: it feeds the sinks that thresholds and the summary read, and passes
//! the same batch to the outputs. No channel a sample, no lock a sample.

mod engine;
mod inbox;
mod registry;
mod sink;
mod tags;
mod tree;

pub(crate) use engine::{Engine, Observed};
pub(crate) use inbox::Inbox;
pub(crate) use registry::{Builtin, MetricDef, Registry};
pub(crate) use sink::{Sink, TrendStat, json_number};
pub(crate) use tags::{SystemTags, TagSet};
pub(crate) use tree::{Check, Group};

use std::sync::Arc;

/// What a metric does with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Adds them up.
    Counter,
    /// Keeps the last, the smallest and the largest.
    Gauge,
    /// Counts how many are not zero.
    Rate,
    /// Keeps their distribution.
    Trend,
}

impl Kind {
    /// The word for it in files and summaries.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Rate => "rate",
            Kind::Trend => "trend",
        }
    }
}

/// The unit of a metric's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contains {
    /// Plain numbers.
    Default,
    /// Milliseconds.
    Time,
    /// Bytes.
    Data,
}

impl Contains {
    /// The word for it in files and summaries.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Contains::Default => "default",
            Contains::Time => "time",
            Contains::Data => "data",
        }
    }
}

/// Position of a metric in the [`Registry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MetricId(pub(crate) u32);

/// One measured value.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Of which metric.
    pub(crate) metric: MetricId,
    /// With which tags.
    pub(crate) tags: Arc<TagSet>,
    /// When, in nanoseconds since 1970.
    pub(crate) at_nanos: i64,
    /// Milliseconds for times, bytes for sizes, 0 or 1 for rates.
    pub(crate) value: f64,
}

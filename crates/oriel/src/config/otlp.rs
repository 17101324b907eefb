//! The section `otlp`: how metrics of OpenTelemetry's protocol are read, beyond what a `prometheus.yml` says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wire::otlp::metrics::{Delta, Options};

/// OTLP metrics.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Otlp {
    /// What becomes of sums and histograms of delta temporality: `refuse` says so to their senders, `keep` stores increments as
    /// they are, `sum` adds them up, series by series. A `prometheus.yml` may ask for `keep` too.
    pub delta: DeltaPoints,
}

/// What becomes of OTLP's increments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeltaPoints {
    /// Refused, unless a `prometheus.yml` asks for more.
    #[default]
    Refuse,
    /// Stored as they are.
    Keep,
    /// Added up.
    Sum,
}

impl Otlp {
    /// Changes what a `prometheus.yml` or the defaults say.
    pub(crate) fn apply(&self, options: &mut Options) {
        match self.delta {
            DeltaPoints::Refuse => {}
            DeltaPoints::Keep => options.delta = Delta::Kept,
            DeltaPoints::Sum => options.delta = Delta::Marked,
        }
    }
}

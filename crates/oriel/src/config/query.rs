//! The section `query`: what queries of metrics may take, and how they are meant where there is a choice.

use super::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Query bounds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Query {
    /// When a query is given up.
    pub timeout: Span,
    /// Samples that a metrics query may hold.
    pub max_samples: u64,
    /// How far an instant selector looks back.
    pub lookback: Span,
    /// Whether names of metrics are dropped from results of PromQL only at the end, so that `label_replace` can read them.
    pub delayed_name_removal: bool,
    /// Whether `rate`, `increase`, `irate` and `resets` use start timestamps of samples.
    pub start_timestamps: bool,
    /// Whether the label `__type__` tells a counter, and goes with the name, as `__unit__` does.
    pub type_and_unit_labels: bool,
    /// A file that gets a line of JSON for each query of metrics, in the form of the replaced system's; empty: none, or the one
    /// that a `prometheus.yml` names.
    pub log_file: PathBuf,
}

impl Default for Query {
    fn default() -> Self {
        Query {
            timeout: Span::seconds(120),
            max_samples: 50_000_000,
            lookback: Span::seconds(300),
            delayed_name_removal: false,
            start_timestamps: false,
            type_and_unit_labels: false,
            log_file: PathBuf::new(),
        }
    }
}

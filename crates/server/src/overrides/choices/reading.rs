//! The section `read`: what queries of a tenant's traces are held to.

use super::generator::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is chosen; a duration of zero is as configured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OfReading {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_search_duration: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_metrics_duration: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_pad_trace_ids: Option<bool>,
    /// Keys without effect here.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// What a tenant's queries of traces are held to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The longest range of a search, and of a listing of names or values; `None`: as configured.
    pub(crate) longest_search: Option<Duration>,
    /// The longest range of a metrics query; `None`: as configured.
    pub(crate) longest_metrics: Option<Duration>,
    /// Whether searches answer trace ids with their leading zeros.
    pub(crate) whole_ids: bool,
}

impl OfReading {
    /// What holds, over what was chosen below.
    pub(super) fn over(&self, below: Reading) -> Reading {
        let chosen = |span: Option<Span>| span.map(|span| span.0).filter(|span| !span.is_zero());
        Reading {
            longest_search: chosen(self.max_search_duration).or(below.longest_search),
            longest_metrics: chosen(self.max_metrics_duration).or(below.longest_metrics),
            whole_ids: self.left_pad_trace_ids.unwrap_or(below.whole_ids),
        }
    }

    /// What holds, as if it had been chosen.
    pub(super) fn of(reading: Reading) -> Self {
        OfReading {
            max_search_duration: reading.longest_search.map(Span),
            max_metrics_duration: reading.longest_metrics.map(Span),
            left_pad_trace_ids: Some(reading.whole_ids),
            others: BTreeMap::new(),
        }
    }

    /// Whether some of it has no effect.
    pub(super) fn is_partly_idle(&self) -> bool {
        !self.others.is_empty()
    }
}

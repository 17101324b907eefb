//! What an agent says about itself to the server it sends to: JSON, the body of `POST /api/oriel/v1/agents`.
//!
//! Invariant: a report that was read is bounded: texts are cut, lists are short, and it has an id.

use crate::WireError;
use serde::{Deserialize, Serialize};

/// A report with a configuration of the usual size is a few kilobytes; one with hundreds of jobs fits.
pub const MAX_REPORT_BYTES: usize = 256 << 10;
/// Failing targets that are named: what one looks at; the others are counted.
pub const MAX_FAILING: usize = 50;
/// Signals that an agent delivers, with room for more kinds.
const MAX_DELIVERIES: usize = 16;
/// Letters of an id, a name, a URL or an error: more is not read by anyone.
const MAX_TEXT_BYTES: usize = 1024;

/// A report. Members that are missing are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentReport {
    /// Names this agent among all; the same after a restart.
    pub id: String,
    /// The host's name.
    pub name: String,
    /// The agent's version.
    pub version: String,
    /// When it started, in milliseconds since 1970.
    pub started: i64,
    /// Differs when the configuration does.
    pub config_hash: String,
    /// The configuration in force as YAML, without secrets.
    pub config: String,
    /// How many targets it scrapes.
    pub targets: TargetCounts,
    /// Targets whose last scrape failed, at most [`MAX_FAILING`].
    pub failing: Vec<FailingTarget>,
    /// What it sends, by signal.
    pub deliveries: Vec<DeliveryReport>,
    /// Bytes of memory that the process holds.
    pub memory_bytes: u64,
}

/// Targets by how their last scrape went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetCounts {
    /// Well.
    pub up: u64,
    /// Not.
    pub down: u64,
    /// Not scraped yet.
    pub unknown: u64,
}

/// A target whose last scrape failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailingTarget {
    /// Its job.
    pub job: String,
    /// What is asked.
    pub url: String,
    /// Why it failed.
    pub error: String,
}

/// What was sent of one signal since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeliveryReport {
    /// `metrics`, `logs` or `traces`.
    pub signal: String,
    /// Where to.
    pub url: String,
    /// Samples, lines or spans that were acknowledged.
    pub sent: u64,
    /// Those that the receiver refused for good.
    pub refused: u64,
    /// Rows that wait for an answer now: the depth of the queue.
    pub waiting: u64,
    /// Why the last try failed; empty when it went well.
    pub last_error: String,
}

/// Reads a report; an error when it is too large, not JSON, or has no id.
pub fn parse(body: &[u8]) -> Result<AgentReport, WireError> {
    if body.len() > MAX_REPORT_BYTES {
        return Err(WireError::TooLarge { what: "a report", limit: MAX_REPORT_BYTES });
    }
    let mut report: AgentReport =
        serde_json::from_slice(body).map_err(|error| WireError::Json(error.to_string()))?;
    if report.id.is_empty() {
        return Err(WireError::Json("expected an id".to_owned()));
    }
    for text in [&mut report.id, &mut report.name, &mut report.version, &mut report.config_hash] {
        cut(text);
    }
    report.failing.truncate(MAX_FAILING);
    for target in &mut report.failing {
        [&mut target.job, &mut target.url, &mut target.error].into_iter().for_each(cut);
    }
    report.deliveries.truncate(MAX_DELIVERIES);
    for delivery in &mut report.deliveries {
        [&mut delivery.signal, &mut delivery.url, &mut delivery.last_error].into_iter().for_each(cut);
    }
    Ok(report)
}

fn cut(text: &mut String) {
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reports_are_read_back_and_bounded() {
        let long = "ä".repeat(2000);
        let report = AgentReport {
            id: "a".into(),
            name: long.clone(),
            failing: vec![FailingTarget { error: long, ..FailingTarget::default() }; 60],
            ..AgentReport::default()
        };
        let read = parse(&serde_json::to_vec(&report).unwrap()).unwrap();
        assert_eq!((read.name.len(), read.failing.len(), read.failing[0].error.len()), (1024, 50, 1024));
        assert_eq!(parse(br#"{"id":"x","later":[1]}"#).unwrap().id, "x");
        assert!(parse(b"{}").unwrap_err().to_string().contains("an id"));
        assert!(parse(&vec![b' '; MAX_REPORT_BYTES + 1]).unwrap_err().to_string().contains("larger"));
    }

    proptest! {
        #[test]
        fn takes_any_bytes(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(parse(&body));
        }
    }
}

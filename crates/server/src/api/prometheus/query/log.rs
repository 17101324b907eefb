//! The log of queries: a line of JSON for each that was evaluated, in the form of the replaced system's.
//! Source: <https://prometheus.io/docs/guides/query-log/>

use super::When;
use crate::error::Fault;
use crate::state::State;
use model::{Nanos, Tenant};
use promql::QueryResult;
use serde_json::json;
use std::io::Write;
use stdx::task;
use wire::rfc3339::Utc;

/// Notes a query that took `seconds`, if queries are noted. The file is opened each time, so it may be moved away.
pub(super) async fn note(
    state: &State,
    tenant: &Tenant,
    (query, when): (&str, When),
    seconds: f64,
    outcome: &Result<QueryResult, Fault>,
) {
    let Some(path) = state.options.query_log.clone() else { return };
    let text = |millis: i64| Utc(Nanos(millis.saturating_mul(1_000_000))).to_string();
    let (start, end, step) = match when {
        When::At(at) => (at.0, at.0, 0),
        When::Over(grid) => (grid.start, grid.end, grid.step),
    };
    let mut line = json!({
        "params": { "query": query, "start": text(start), "end": text(end), "step": step / 1000 },
        "stats": { "timings": { "evalTotalTime": seconds, "execTotalTime": seconds } },
        "tenant": tenant.as_str(),
        "ts": Utc(Nanos(state.clock.now_nanos())).to_string(),
    });
    match outcome {
        Ok(result) => {
            let samples = &result.samples;
            line["stats"]["samples"] =
                json!({ "totalQueryableSamples": samples.total_queryable(), "peakSamples": samples.peak });
        }
        Err(fault) => line["error"] = fault.message().into(),
    }
    let (file, line) = (path.clone(), format!("{line}\n"));
    let written = task::blocking(move || {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
        file.write_all(line.as_bytes())
    });
    if let Ok(Err(error)) = written.join().await {
        tracing::warn!(file = %path.display(), %error, "a query cannot be noted");
    }
}

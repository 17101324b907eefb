//! `cargo xtask bench traces`: the set of searches, trace metrics, names and trace ids of `../shared/bench`, timed.
//!
//! The tool asks two servers in turn and compares their answers; asked twice of one server it tells that server's median
//! and whether it answers the same every time. `--pid-a` adds the processor time of one run.

use crate::shell;
use anyhow::Result;
use std::path::Path;

/// Spans become blocks while the bench settles, so that what is stored and how it is read are both measured.
pub(super) const SETTINGS: &[&str] = &["traces.flush_age=10s"];

/// Runs of each query, of which the median counts.
const RUNS: &str = "5";

/// The load lies in the hour that begins at `start`.
const HOUR: u64 = 3_600;

/// Times the queries on the server at `base`.
pub(super) fn queries(tool: &Path, bench: &Path, base: &str, start: u64, pid: &str) -> Result<()> {
    let file = bench.join("queries/tempo.txt").display().to_string();
    let (from, to) = (start.to_string(), (start + HOUR).to_string());
    let arguments = [
        "query", "--kind", "tempo", "--a", base, "--b", base, "--file", &file, "--runs", RUNS, "--start",
        &from, "--end", &to, "--pid-a", pid,
    ];
    shell::run(Path::new("."), &tool.to_string_lossy(), &arguments)
}

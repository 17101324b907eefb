//! The load runner: k6's scripts, options, metrics and exit codes on our own engine.
//!
//! The life of a sample: a script calls `http.get()` (`js/lib/http.js`) -> `js/http/read.rs` reads the arguments ->
//! `protocol/http/client.rs` talks and stamps -> `js/http/samples.rs` records -> `metrics/inbox.rs` (one a thread) ->
//! `metrics/engine.rs` (sinks, thresholds) -> `output/*` and, at the end, `summary.rs`.
//!
//! The life of a run: `cli.rs` and `options.rs` (what is asked) -> `run.rs` (the order of things) -> `executor/*` (when
//! iterations start) -> `js/vu.rs` (an iteration) -> `exit.rs` (how it ended).
//!
//! This crate reads no environment: the caller hands it over. It prints and logs, as it is a command.

mod cli;
mod error;
mod executor;
mod exit;
mod js;
mod log;
mod markup;
mod metrics;
mod options;
mod output;
mod protocol;
mod run;
mod summary;
mod thresholds;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub use error::LoadError;
pub use exit::ExitCode;

/// What a load run is given.
pub struct LoadArgs {
    /// What follows `load` on the command line: `run [flags] SCRIPT` or `inspect SCRIPT`. The same when the program is
    /// called by the replaced runner's name.
    pub args: Vec<String>,
    /// The process environment: `K6_*` variables are options, all of it is the script's `__ENV`.
    pub env: BTreeMap<String, String>,
    /// Paths are relative to it.
    pub cwd: PathBuf,
    /// Time.
    pub clock: stdx::Clock,
    /// Where metrics go inside this process, beside what `-o` names.
    pub ingest: Option<Arc<dyn contract::Ingest>>,
}

/// Runs the command to its end, blocking the thread. It starts its own runtimes, so it must not be called from async code.
/// What went wrong has been logged.
pub fn run(args: LoadArgs) -> ExitCode {
    run::main(args)
}

//! `oriel load`: the load runner takes the arguments and the environment as they are.

use std::process::ExitCode;
use stdx::Clock;

/// Runs the load runner; its exit status is the process's.
pub(crate) fn run(args: Vec<String>) -> ExitCode {
    crate::run::install_tls();
    let env = std::env::vars().collect();
    let cwd = std::env::current_dir().unwrap_or_default();
    let code = load::run(load::LoadArgs { args, env, cwd, clock: Clock::system(), ingest: None });
    ExitCode::from(code.code())
}

//! `oriel load`: the load runner takes the arguments and the environment as they are.
use std::process::ExitCode;

pub(crate) fn run(_arguments: Vec<String>) -> ExitCode {
    ExitCode::FAILURE
}

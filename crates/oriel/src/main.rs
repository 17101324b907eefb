//! The `oriel` command: the whole stack in one process, and the tools around it.
//!
//! This crate alone reads the environment, the flags and the configuration file. `cli/` has one file a subcommand,
//! `config/` turns text into typed options, `run.rs` starts everything top to bottom and stops it in reverse.

mod cli;
mod config;
mod run;
mod telemetry;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    cli::main()
}

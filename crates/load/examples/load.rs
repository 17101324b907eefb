//! The load runner as a command of its own, for trying it without the whole binary: `cargo run --example load -- run x.js`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let code = load::run(load::LoadArgs {
        args: std::env::args().skip(1).collect(),
        env: std::env::vars().collect(),
        cwd: std::env::current_dir().unwrap_or_default(),
        clock: stdx::Clock::system(),
        ingest: None,
    });
    ExitCode::from(code.code())
}

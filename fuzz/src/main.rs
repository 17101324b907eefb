//! `cargo run --release -p fuzz -- TARGET [SECONDS]`: mutants of one target for so long (60 s when not said). A mutant that
//! makes the target panic is left in `fuzz-TARGET.bin`, and named before the panic's text ends the run.

use anyhow::{Context, Result, bail};
use fuzz::{Mutator, targets};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;
use stdx::{Clock, Rng};

fn main() -> Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let names = || targets().iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    let Some(name) = args.next() else { bail!("which target? There are: {}", names()) };
    let target = targets().into_iter().find(|target| target.name == name);
    let target = target.with_context(|| format!("no target is called {name}; there are: {}", names()))?;
    let seconds = args.next().map_or(Ok(60), |text| text.parse()).context("seconds are a whole number")?;
    let clock = Clock::system();
    let end = clock.monotonic() + Duration::from_secs(seconds);
    let mut mutants = Mutator::new(Rng::from_entropy(), (target.seeds)());
    let mut count = 0u64;
    while clock.monotonic() < end {
        let bytes = mutants.mutant();
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&bytes))).is_err() {
            let path = format!("fuzz-{name}.bin");
            std::fs::write(&path, &bytes)?;
            println!("mutant {count} made {name} panic; it is in {path}");
            return Ok(ExitCode::FAILURE);
        }
        count += 1;
    }
    println!("{name}: {count} mutants in {seconds} s, no panic");
    Ok(ExitCode::SUCCESS)
}

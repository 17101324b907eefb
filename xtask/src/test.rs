//! `cargo xtask test`: everything that must hold, in the order in which it fails cheapest.

use crate::{conform, needs, shared, shell, tidy};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;

/// A step's name and what it runs.
type Step = (&'static str, fn(&Path) -> Result<()>);

const STEPS: [Step; 7] = [
    ("style", style),
    ("lint", lint),
    ("ui", ui),
    ("unit", unit),
    ("release", release),
    ("e2e", end_to_end),
    ("conform", conformance),
];

/// Runs the named steps, or all.
#[expect(clippy::disallowed_methods, reason = "wall-clock time of the steps is what is reported")]
pub(crate) fn run(root: &Path, wanted: &[&str]) -> Result<()> {
    if let Some(unknown) = wanted.iter().find(|w| STEPS.iter().all(|(name, _)| name != *w)) {
        bail!("no step is called {unknown}; there are: {}", STEPS.map(|(name, _)| name).join(", "));
    }
    let begin = Instant::now();
    for (name, step) in STEPS.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)) {
        let from = Instant::now();
        println!("== {name}");
        step(root)?;
        println!("== {name}: done in {:.0?}", from.elapsed());
    }
    println!("== all steps passed in {:.0?}", begin.elapsed());
    Ok(())
}

fn style(root: &Path) -> Result<()> {
    shell::run(root, "cargo", &["fmt", "--all", "--check"])?;
    tidy::check(root, false)
}

fn ui(root: &Path) -> Result<()> {
    needs::npm(root)?;
    let ui = root.join("ui");
    // The lints before this step have built the UI: the binary embeds it.
    for script in ["lint", "budget", "test"] {
        shell::run(&ui, "npm", &["run", "--silent", script])?;
    }
    Ok(())
}

fn lint(root: &Path) -> Result<()> {
    shell::run(
        root,
        "cargo",
        &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"],
    )
}

fn unit(root: &Path) -> Result<()> {
    let python = needs::python(root)?;
    let env = [("ORIEL_PYTHON", python.to_string_lossy())];
    let env: Vec<(&str, &str)> = env.iter().map(|(key, value)| (*key, value.as_ref())).collect();
    shell::run_with(root, "cargo", &["test", "--workspace", "--exclude", "e2e"], &env)
}

fn release(root: &Path) -> Result<()> {
    conform::release_binary(root).map(drop)
}

fn end_to_end(root: &Path) -> Result<()> {
    needs::programs(root)?;
    let python = needs::python(root)?;
    let binary = needs::target(root).join("release/oriel");
    let env = [("ORIEL_BIN", binary.to_string_lossy()), ("ORIEL_PYTHON", python.to_string_lossy())];
    let env: Vec<(&str, &str)> = env.iter().map(|(key, value)| (*key, value.as_ref())).collect();
    // One process at a time: each test starts servers and counts on two cores.
    shell::run_with(
        root,
        "cargo",
        &["test", "--package", "e2e", "--", "--test-threads", "1", "--nocapture"],
        &env,
    )
}

fn conformance(root: &Path) -> Result<()> {
    if shared(root).is_none() {
        println!("conformance: skipped, ../shared is not beside the checkout");
        return Ok(());
    }
    conform::SUITES.iter().try_for_each(|suite| conform::ratchet(root, suite))
}

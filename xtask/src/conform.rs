//! `cargo xtask conform SUITE`: a fresh release server with the settings that the suite's reference ran with, the data
//! set loaded, the cases checked. `conformance/passes.txt` holds how many cases pass: the counts may only grow.

use crate::server::Server;
use crate::{needs, shared, shell};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Suites that are run over HTTP, with the doors that the suite's base names mean and the settings of its reference.
struct HttpSuite {
    name: &'static str,
    bases: &'static [(&'static str, &'static str)],
    settings: &'static [&'static str],
    /// Until data is searchable or targets are discovered.
    wait: Duration,
}

const HTTP_SUITES: [HttpSuite; 3] = [
    HttpSuite {
        name: "prometheus",
        bases: &[("main", "prometheus")],
        settings: &["query.max_samples=1000000"],
        wait: Duration::from_secs(2),
    },
    HttpSuite { name: "loki", bases: &[("main", "loki")], settings: &[], wait: Duration::from_secs(1) },
    HttpSuite {
        name: "tempo",
        bases: &[("main", "tempo"), ("otlp", "otlp_http")],
        settings: &[],
        wait: Duration::from_secs(1),
    },
];

/// All suites, in the order in which `cargo xtask test` runs them.
pub(crate) const SUITES: [&str; 5] = ["promql", "prometheus", "loki", "tempo", "k6"];

/// Runs one suite; `--cases FOLDER` takes the cases from there.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<()> {
    let (suite, cases) = match args {
        [suite] => (*suite, None),
        [suite, "--cases", folder] => (*suite, Some(PathBuf::from(folder))),
        _ => bail!("usage: cargo xtask conform {} [--cases FOLDER]", SUITES.join("|")),
    };
    let Some(shared) = shared(root) else {
        println!("conform {suite}: skipped, ../shared/conformance is not beside the checkout");
        return Ok(());
    };
    let folder = cases.unwrap_or_else(|| shared.join("conformance").join(suite));
    let (passed, failed) = check(root, &shared.join("conformance"), suite, &folder)?;
    println!("conform {suite}: {passed} passed, {failed} failed");
    Ok(())
}

/// Runs one suite and compares its passes with the ratchet.
pub(crate) fn ratchet(root: &Path, suite: &str) -> Result<()> {
    let Some(shared) = shared(root) else {
        println!("conform {suite}: skipped, ../shared/conformance is not beside the checkout");
        return Ok(());
    };
    let conformance = shared.join("conformance");
    let (passed, failed) = check(root, &conformance, suite, &conformance.join(suite))?;
    let file = root.join("conformance/passes.txt");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let counts: BTreeMap<&str, usize> = text
        .lines()
        .filter_map(|l| l.split_once(' '))
        .filter_map(|(name, n)| Some((name, n.parse().ok()?)))
        .collect();
    let least = counts.get(suite).copied().unwrap_or(0);
    println!("conform {suite}: {passed} of {} cases pass, {least} must", passed + failed);
    if passed < least {
        bail!("conform {suite}: {passed} cases pass, fewer than the {least} of conformance/passes.txt");
    }
    Ok(())
}

fn check(root: &Path, conformance: &Path, suite: &str, folder: &Path) -> Result<(usize, usize)> {
    let binary = release_binary(root)?;
    let python = "python3";
    let out = match suite {
        "promql" => {
            let env = [("PROMQL_CASES", folder.to_string_lossy().into_owned())];
            capture(
                Command::new("cargo")
                    .args(["test", "--package", "promql", "--test", "conformance", "--", "--nocapture"])
                    .envs(env)
                    .current_dir(root),
            )?
        }
        "k6" => {
            let runner = conformance.join("k6/check.py");
            let command = format!("{} load", binary.display());
            capture(Command::new(python).arg(runner).args(["--k6", &command, "--jobs", "2"]))?
        }
        _ => over_http(&binary, conformance, suite, folder)?,
    };
    counts(&out).with_context(|| format!("conform {suite}: no closing line in its output"))
}

/// The numbers of the last `N passed, N failed` line.
fn counts(output: &str) -> Option<(usize, usize)> {
    output.lines().rev().find_map(|line| {
        let (passed, rest) = line.split_once(" passed, ")?;
        let passed = passed.rsplit(' ').next()?.parse().ok()?;
        Some((passed, rest.split(' ').next()?.parse().ok()?))
    })
}

fn capture(command: &mut Command) -> Result<String> {
    println!("$ {command:?}");
    let out = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    println!("{text}");
    Ok(text)
}

/// Builds the release binary and returns its path.
pub(crate) fn release_binary(root: &Path) -> Result<PathBuf> {
    shell::run(root, "cargo", &["build", "--release", "--package", "oriel"])?;
    Ok(needs::target(root).join("release/oriel"))
}

fn over_http(binary: &Path, conformance: &Path, suite: &str, folder: &Path) -> Result<String> {
    let suite = HTTP_SUITES
        .iter()
        .find(|s| s.name == suite)
        .with_context(|| format!("no suite is called {suite}"))?;
    let server = Server::start(binary, suite.settings)?;
    let tool = conformance.join("conform.py");
    let python = |verb: &str| {
        let mut command = Command::new("python3");
        command.arg(&tool).arg(verb).arg(folder);
        for (base, door) in suite.bases {
            command.args(["--base", &format!("{base}=http://{}", server.address(door)?)]);
        }
        anyhow::Ok(command)
    };
    capture(&mut python("load")?)?;
    std::thread::sleep(suite.wait);
    capture(&mut python("check")?)
}

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
    /// Its folder below the recorded suites.
    folder: &'static str,
    bases: &'static [(&'static str, &'static str)],
    settings: &'static [&'static str],
    /// Settings that name a file or folder of the suites.
    files: &'static [(&'static str, &'static str)],
    /// Whether a data set is loaded first.
    loads: bool,
    /// A folder that is served over HTTP for the server to scrape, and the port that the recorded answers name.
    serves: Option<(&'static str, u16)>,
    /// Until data is searchable or targets are discovered.
    wait: Duration,
}

/// What most suites are.
const PLAIN: HttpSuite = HttpSuite {
    name: "",
    folder: "",
    bases: &[],
    settings: &[],
    files: &[],
    loads: true,
    serves: None,
    wait: Duration::from_secs(1),
};

const HTTP_SUITES: [HttpSuite; 4] = [
    HttpSuite {
        name: "prometheus",
        folder: "prometheus",
        bases: &[("main", "prometheus")],
        settings: &["query.max_samples=1000000", "api.admin=true"],
        files: &[("prometheus_config", "prometheus/reference/prometheus.yml")],
        wait: Duration::from_secs(2),
        ..PLAIN
    },
    HttpSuite {
        name: "prometheus-live",
        folder: "prometheus/live",
        bases: &[("main", "prometheus")],
        settings: &["query.max_samples=1000000", "query.lookback=3650d"],
        files: &[("prometheus_config", "prometheus/reference/live.yml")],
        loads: false,
        serves: Some(("prometheus/reference/expo", 19499)),
        wait: Duration::from_secs(8),
    },
    HttpSuite { name: "loki", folder: "loki", bases: &[("main", "loki")], ..PLAIN },
    HttpSuite { name: "tempo", folder: "tempo", bases: &[("main", "tempo"), ("otlp", "otlp_http")], ..PLAIN },
];

/// All suites, in the order in which `cargo xtask test` runs them.
pub(crate) const SUITES: [&str; 6] = ["promql", "prometheus", "prometheus-live", "loki", "tempo", "k6"];

/// Runs one suite; `--cases FOLDER` takes the cases from there, `--binary PATH` tests that instead of a fresh release.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<()> {
    let usage =
        || format!("usage: cargo xtask conform {} [--cases FOLDER] [--binary PATH]", SUITES.join("|"));
    let [suite, rest @ ..] = args else { bail!(usage()) };
    let (mut cases, mut binary) = (None, None);
    for pair in rest.chunks(2) {
        match pair {
            ["--cases", folder] => cases = Some(PathBuf::from(folder)),
            ["--binary", path] => binary = Some(std::path::absolute(path)?),
            _ => bail!(usage()),
        }
    }
    let Some(shared) = shared(root) else {
        println!("conform {suite}: skipped, ../shared/conformance is not beside the checkout");
        return Ok(());
    };
    let conformance = shared.join("conformance");
    let folder = cases.unwrap_or_else(|| conformance.join(folder_of(suite)));
    let binary = binary.map_or_else(|| release_binary(root), Ok)?;
    let (passed, failed) = check(root, &binary, &conformance, suite, &folder)?;
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
    let folder = conformance.join(folder_of(suite));
    let (passed, failed) = check(root, &release_binary(root)?, &conformance, suite, &folder)?;
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

/// The folder of a suite below the recorded ones.
fn folder_of(suite: &str) -> &str {
    HTTP_SUITES.iter().find(|known| known.name == suite).map_or(suite, |known| known.folder)
}

fn check(
    root: &Path,
    binary: &Path,
    conformance: &Path,
    suite: &str,
    folder: &Path,
) -> Result<(usize, usize)> {
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
        _ => over_http(binary, conformance, suite, folder)?,
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
    let files = suite.files.iter().map(|(key, file)| format!("{key}={}", conformance.join(file).display()));
    let files: Vec<String> = files.collect();
    let settings: Vec<&str> =
        suite.settings.iter().copied().chain(files.iter().map(String::as_str)).collect();
    let _served =
        suite.serves.map(|(folder, port)| Served::start(&conformance.join(folder), port)).transpose()?;
    let server = Server::start(binary, &settings)?;
    let tool = conformance.join("conform.py");
    let python = |verb: &str| {
        let mut command = Command::new("python3");
        command.arg(&tool).arg(verb).arg(folder);
        for (base, door) in suite.bases {
            command.args(["--base", &format!("{base}=http://{}", server.address(door)?)]);
        }
        anyhow::Ok(command)
    };
    if suite.loads {
        capture(&mut python("load")?)?;
    }
    std::thread::sleep(suite.wait);
    capture(&mut python("check")?)
}

/// A folder served over HTTP until it is dropped.
struct Served(std::process::Child);

impl Served {
    fn start(folder: &Path, port: u16) -> Result<Served> {
        let mut command = Command::new("python3");
        command
            .args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1", "--directory"])
            .arg(folder);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Served(child))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nothing useful can be done when it is gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

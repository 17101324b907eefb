//! `cargo xtask bench metrics|logs|traces`: what ingest costs, what is stored, how much memory it takes.
//!
//! The load and the measuring come from `../shared/bench` (the same deterministic data for every server, processor time
//! and memory from the operating system). For metrics (`bench/metrics.rs`), VictoriaMetrics and Prometheus are measured in
//! the same run where they are installed, so that ratios can be read off. For logs and traces, queries are timed (`bench/logs.rs`, `bench/traces.rs`).

mod logs;
mod metrics;
mod subject;
mod traces;

use crate::server::Server;
use crate::{conform, needs, shared, shell};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds that a server gets after the last push to flush and merge; they count.
const SETTLE: &str = "30s";

/// Runs one signal's bench, or all.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<()> {
    let Some(shared) = shared(root) else { bail!("the bench needs ../shared/bench beside the checkout") };
    let signals: &[&str] = if args.is_empty() { &["metrics", "logs", "traces"] } else { args };
    let tool = tool(root, &shared.join("bench"))?;
    for signal in signals {
        if *signal == "metrics" {
            metrics::run(root, &shared, &tool)?;
            continue;
        }
        let binary = conform::release_binary(root)?;
        let settings = if *signal == "traces" { traces::SETTINGS } else { &[] };
        let server = Server::start(&binary, settings)?;
        let (door, path, load) = load(signal)?;
        let url = format!("http://{}{path}", server.address(door)?);
        measure(&tool, "oriel", &url, &server.pid(), &server.data(), &load)?;
        if *signal == "logs" {
            let base = format!("http://{}", server.address(door)?);
            logs::queries(&tool, &shared.join("bench"), &base, start_of(&load)?)?;
        }
        if *signal == "traces" {
            let base = format!("http://{}", server.address("tempo")?);
            traces::queries(&tool, &shared.join("bench"), &base, start_of(&load)?, &server.pid())?;
        }
    }
    Ok(())
}

fn tool(root: &Path, source: &Path) -> Result<PathBuf> {
    let target = needs::target(root).join("bench");
    let manifest = source.join("Cargo.toml").display().to_string();
    let folder = target.display().to_string();
    shell::run(
        root,
        "cargo",
        &["build", "--release", "--locked", "--manifest-path", &manifest, "--target-dir", &folder],
    )?;
    Ok(target.join("release/obsbench"))
}

/// The door, the path, and the load of a signal: what the recorded baseline was measured with, scaled to minutes.
#[expect(clippy::disallowed_methods, reason = "the load ends now")]
fn load(signal: &str) -> Result<(&'static str, &'static str, Vec<String>)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let words = |text: String| text.split(' ').map(str::to_owned).collect();
    Ok(match signal {
        "logs" => {
            let text = format!("logs-write --start {} --span 6h --lines 2000000 --streams 100", now - 21_600);
            ("loki", "/loki/api/v1/push", words(text))
        }
        "traces" => {
            let text = format!("traces-write --start {} --span 55m --traces 20000", now - 3_600);
            ("otlp_http", "/v1/traces", words(text))
        }
        other => bail!("no bench is called {other}; there are metrics, logs, traces"),
    })
}

/// The second at which a load begins.
fn start_of(load: &[String]) -> Result<u64> {
    let at = load.iter().position(|word| word == "--start").context("a load without a start")?;
    Ok(load.get(at + 1).context("a load without a start")?.parse()?)
}

fn measure(tool: &Path, name: &str, url: &str, pid: &str, data: &str, load: &[String]) -> Result<()> {
    let mut arguments: Vec<&str> = load.iter().map(String::as_str).collect();
    arguments.extend(["--name", name, "--url", url, "--pid", pid, "--data-dir", data, "--settle", SETTLE]);
    shell::run(Path::new("."), &tool.to_string_lossy(), &arguments)
}

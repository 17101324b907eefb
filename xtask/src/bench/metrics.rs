//! `cargo xtask bench metrics`: Oriel, VictoriaMetrics and Prometheus one after the other with the very same samples, then
//! queries side by side.
//!
//! For each: an empty folder, all samples by remote write, a stop (which flushes), a start (which may merge) until nothing
//! is computed any more. By default all of them get remote write 1; with `ORIEL_BENCH_WRITE=2` each gets the best it takes, put together by
//! a process between the load and the server (`wire/examples/rewrite.rs`): version 2, VictoriaMetrics its own agent's zstd. CPU is user and system time of the process over all of that; on a machine that does other work
//! it repeats within some ten per cent, wall time does not.

use super::subject::{Between, Kind, Subject};
use crate::{conform, needs, shell};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What one server needed.
#[derive(Debug, Clone)]
struct Row {
    name: &'static str,
    samples: f64,
    /// CPU seconds: while sending, until stopped, with the start after it.
    cpu: [f64; 3],
    peak_mib: f64,
    stored: u64,
    start_empty_ms: f64,
    start_full_ms: f64,
}

/// Runs the bench. `ORIEL_BENCH_SERIES`, `ORIEL_BENCH_SPAN` change the size, 10000 and 6h; `ORIEL_BENCH_BINARY` names a binary that is
/// built already.
pub(crate) fn run(root: &Path, shared: &Path, tool: &Path) -> Result<()> {
    let binary = match setting("ORIEL_BENCH_BINARY", "") {
        none if none.is_empty() => conform::release_binary(root)?,
        built => PathBuf::from(built),
    };
    let home = std::env::temp_dir().join(format!("oriel-bench-{}", std::process::id()));
    let start = start()?;
    let mut rows = Vec::new();
    let mut running = Vec::new();
    let rewrite = rewrite(root)?;
    for kind in kinds(&binary) {
        if !shell::works("which", &[&kind.program]) {
            println!("{}: {} is not installed, not compared", kind.name, kind.program);
            continue;
        }
        let (row, subject) = ingest(&kind, tool, rewrite.as_deref(), &home.join(kind.name), start)?;
        print_row(&row);
        rows.push(row);
        running.push(subject);
    }
    print_ratios(&rows);
    let queries = shared.join("bench/queries/prom.txt").display().to_string();
    if let Some((oriel, peers)) = running.split_first() {
        for peer in peers {
            println!("\nqueries: A is {}, B is {}", peer.kind.name, oriel.kind.name);
            compare(tool, peer, oriel, &queries, start);
        }
    }
    drop(running);
    std::fs::remove_dir_all(&home).context("the bench's folder")
}

fn kinds(binary: &Path) -> [Kind; 3] {
    [
        Kind {
            name: "oriel",
            form: "interned",
            program: binary.display().to_string(),
            port: 19_190,
            arguments: |_, port| {
                let mut settings: Vec<String> = Vec::new();
                for name in ["telemetry", "host", "docker"] {
                    settings.push(format!("{name}.enabled=false"));
                }
                for door in ["ui", "loki", "tempo", "tempo_grpc", "otlp_grpc", "otlp_http"] {
                    settings.push(format!("doors.{door}=127.0.0.1:0"));
                }
                settings.push(format!("doors.prometheus=127.0.0.1:{port}"));
                let flags = settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]);
                std::iter::once("up".to_owned()).chain(flags).collect()
            },
            passing: &["log", "run", "probe", "lock"],
        },
        Kind {
            name: "victoria-metrics",
            form: "zstd",
            program: "victoria-metrics".to_owned(),
            port: 18_428,
            arguments: |home, port| {
                let data = home.join("data").display().to_string();
                vec![
                    format!("-storageDataPath={data}"),
                    format!("-httpListenAddr=127.0.0.1:{port}"),
                    "-retentionPeriod=100y".to_owned(),
                ]
            },
            passing: &["cache", "tmp"],
        },
        Kind {
            name: "prometheus",
            form: "interned",
            program: "prometheus".to_owned(),
            port: 19_090,
            arguments: |home, port| {
                let file = home.join("prometheus.yml");
                // An empty file is a configuration; when it cannot be written the server says so.
                drop(std::fs::write(&file, ""));
                vec![
                    format!("--config.file={}", file.display()),
                    format!("--storage.tsdb.path={}", home.join("data").display()),
                    format!("--web.listen-address=127.0.0.1:{port}"),
                    "--web.enable-remote-write-receiver".to_owned(),
                ]
            },
            passing: &[],
        },
    ]
}

#[expect(clippy::disallowed_methods, reason = "the size of a bench is said by its caller")]
fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Six hours ago, on a step: the range that the queries ask for.
#[expect(clippy::disallowed_methods, reason = "the load ends now")]
fn start() -> Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok((now - 21_600) / 15 * 15)
}

/// The program that turns version 1 into what a server takes best, if that is asked for.
fn rewrite(root: &Path) -> Result<Option<PathBuf>> {
    match setting("ORIEL_BENCH_WRITE", "1").as_str() {
        "1" => Ok(None),
        "2" => {
            shell::run(root, "cargo", &["build", "--release", "--package", "wire", "--example", "rewrite"])?;
            Ok(Some(needs::target(root).join("release/examples/rewrite")))
        }
        other => bail!("ORIEL_BENCH_WRITE is {other:?}, expected 1 or 2"),
    }
}

fn ingest(
    kind: &Kind,
    tool: &Path,
    rewrite: Option<&Path>,
    home: &Path,
    start: u64,
) -> Result<(Row, Subject)> {
    let subject = kind.start(home)?;
    let start_empty_ms = subject.ready.as_secs_f64() * 1000.0;
    let series: u64 = setting("ORIEL_BENCH_SERIES", "10000").parse().context("ORIEL_BENCH_SERIES")?;
    let between = rewrite.map(|program| Between::start(program, kind)).transpose()?;
    let server = between.as_ref().map_or_else(|| subject.url(), |between| between.url.clone());
    let idle = subject.cpu();
    let words = [
        ("--name", kind.name.to_owned()),
        ("--url", format!("{server}/api/v1/write")),
        ("--pid", subject.pid().to_string()),
        ("--data-dir", subject.data().display().to_string()),
        ("--start", start.to_string()),
        ("--span", setting("ORIEL_BENCH_SPAN", "6h")),
        ("--step", "15s".to_owned()),
        ("--series", series.to_string()),
        ("--hosts", series.div_ceil(500).to_string()),
        ("--concurrency", "2".to_owned()),
        ("--batch", "5000".to_owned()),
        ("--settle", "10s".to_owned()),
    ];
    let mut arguments = vec!["metrics-write"];
    words.iter().for_each(|(name, value)| arguments.extend([*name, value.as_str()]));
    let report = shell::output(home, &tool.to_string_lossy(), &arguments)?;
    let acked = report.lines().find(|line| line.starts_with("acked")).unwrap_or("");
    let samples: f64 =
        acked.split_whitespace().nth(1).and_then(|n| n.parse().ok()).context("acked samples")?;
    let sending = subject.cpu() - idle;
    drop(between);
    let spent = subject.stop()?;
    let subject = kind.start(home)?;
    subject.settle();
    let row = Row {
        name: kind.name,
        samples,
        cpu: [sending, spent.cpu - idle, spent.cpu - idle + subject.cpu()],
        peak_mib: spent.peak_mib.max(subject.peak_mib()),
        stored: subject.stored()?,
        start_empty_ms,
        start_full_ms: subject.ready.as_secs_f64() * 1000.0,
    };
    Ok((row, subject))
}

fn print_row(row: &Row) {
    let nanos = row.cpu.map(|cpu| cpu * 1e9 / row.samples);
    println!(
        "{}: {:.0} samples | CPU {:.0} ns a sample sending, {:.0} until stopped, {:.0} all in | {:.0} MiB peak | {:.3} bytes a \
         sample | ready after {:.0} ms empty, {:.0} ms with the data",
        row.name,
        row.samples,
        nanos[0],
        nanos[1],
        nanos[2],
        row.peak_mib,
        row.stored as f64 / row.samples,
        row.start_empty_ms,
        row.start_full_ms,
    );
}

/// What the first needs, as a share of what each other one needs.
fn print_ratios(rows: &[Row]) {
    let Some((first, peers)) = rows.split_first() else { return };
    for peer in peers {
        println!(
            "{} / {}: CPU {:.2}, peak memory {:.2}, bytes {:.2}, start with data {:.2}",
            first.name,
            peer.name,
            (first.cpu[2] / first.samples) / (peer.cpu[2] / peer.samples),
            first.peak_mib / peer.peak_mib,
            (first.stored as f64 / first.samples) / (peer.stored as f64 / peer.samples),
            first.start_full_ms / peer.start_full_ms,
        );
    }
}

/// Times the queries on both, none from answers that are kept. That answers differ is no failure here: MetricsQL means other things by the same words.
fn compare(tool: &Path, a: &Subject, b: &Subject, queries: &str, start: u64) {
    let words = [
        ("--kind", "prom".to_owned()),
        ("--a", a.url()),
        ("--b", b.url()),
        ("--extra-a", "nocache=1".to_owned()),
        ("--extra-b", "nocache=1".to_owned()),
        ("--file", queries.to_owned()),
        ("--runs", "7".to_owned()),
        ("--start", start.to_string()),
        ("--end", (start + 21_600).to_string()),
        ("--pid-a", a.pid().to_string()),
        ("--pid-b", b.pid().to_string()),
    ];
    let mut arguments = vec!["query"];
    words.iter().for_each(|(name, value)| arguments.extend([*name, value.as_str()]));
    if let Err(error) = shell::run(Path::new("."), &tool.to_string_lossy(), &arguments) {
        println!("{error:#}");
    }
}

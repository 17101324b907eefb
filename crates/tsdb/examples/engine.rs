//! What the engine costs: CPU a sample to append, bytes a sample stored, memory a series, time to open and to read.
//!
//! `cargo run --release -p tsdb --example engine -- [series] [steps] [directory]`, by default 10,000 series of 20 hosts
//! every 15 s for six hours, flushed every half hour and merged at the end. The series are shaped like those of a host
//! exporter with one application: constants, counters in steps of 0.01 or 1, gauges in pages, sparse gauges, buckets,
//! and a few true floats; each host is scraped at its own offset, one scrape in five up to 5 ms late.

use contract::{Context, Need, SeriesSelect, SeriesSource};
use model::{MatchOp, Matcher, MetricBatch, Millis, TimeRange};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stdx::{Clock, Rng};
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, Tsdb};

const START: i64 = 1_767_225_600_000;
const STEP: i64 = 15_000;
const SERIES_PER_HOST: usize = 500;
/// Half an hour.
const FLUSH_EVERY: usize = 120;

#[derive(Clone, Copy)]
enum Shape {
    Constant(f64),
    /// Grows by about the rate a second, in steps of 0.01.
    Seconds(f64),
    /// Grows by about the rate a second; the share of steps in which it does.
    Counter(f64, f64),
    /// Walks around a mean by about a deviation, in quanta.
    Gauge(f64, f64, f64),
    /// A small number that changes with a probability.
    Sparse(u64, f64),
    /// Grows by true floats.
    Float(f64),
}

struct Series {
    name: String,
    labels: Vec<(String, String)>,
    shape: Shape,
    value: f64,
}

fn host(number: usize, rng: &mut Rng) -> Vec<Series> {
    (0..SERIES_PER_HOST)
        .map(|i| {
            let rate: f64 = [0.02, 0.5, 4.0, 40.0, 700.0, 90_000.0][i % 6];
            let shape = match i % 20 {
                0..=7 => Shape::Constant([0.0, 1.0, 9001.0, 16_777_216_000.0][i % 4]),
                8..=10 => Shape::Seconds(rate.min(4.0) / 4.0),
                11..=14 => Shape::Counter(rate, if rate < 1.0 { 0.1 } else { 1.0 }),
                15 | 16 => Shape::Gauge(1e9, 4e6, 4096.0),
                17 => Shape::Sparse(40, 0.3),
                18 => Shape::Counter(rate.min(40.0), 1.0),
                _ if i % 100 == 19 => Shape::Float(0.013),
                _ => Shape::Gauge(1.5, 0.2, 0.01),
            };
            let own = |key: &str, value: String| (key.to_owned(), value);
            let labels = vec![
                own("instance", format!("10.0.{}.{}:9100", number / 250, number % 250)),
                own("job", "node".into()),
                own("region", ["eu-west-1", "us-east-1", "ap-south-1"][number % 3].into()),
                own("device", format!("dev{}", i % 8)),
                own("mode", ["idle", "user", "system", "iowait"][i % 4].into()),
            ];
            let value = (rng.unit() * 1e6).round();
            Series { name: format!("node_metric_{}_total", i / 8), labels, shape, value }
        })
        .collect()
}

fn step(series: &mut Series, rng: &mut Rng) -> f64 {
    let seconds = STEP as f64 / 1000.0;
    let quantized = |v: f64, quantum: f64| {
        if quantum >= 1.0 { (v / quantum).round() * quantum } else { (v / quantum).round() / (1.0 / quantum) }
    };
    match series.shape {
        Shape::Constant(value) => return value,
        Shape::Seconds(rate) => {
            series.value += rate * seconds * (0.8 + 0.4 * rng.unit());
            return quantized(series.value, 0.01);
        }
        Shape::Counter(rate, busy) => {
            if rng.unit() < busy {
                series.value += (rate * seconds * 2.0 * rng.unit()).round();
            }
        }
        Shape::Gauge(mean, deviation, quantum) => {
            series.value += (mean - series.value) * 0.05 + deviation * (rng.unit() - 0.5);
            return quantized(series.value, quantum);
        }
        Shape::Sparse(most, chance) => {
            if rng.unit() < chance {
                series.value = rng.below(most) as f64;
            }
        }
        Shape::Float(rate) => series.value += rate * seconds * rng.unit() * 2.0,
    }
    series.value
}

fn proc_field(file: &str, field: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|v| v.parse().ok()).unwrap_or(0.0)
}

/// CPU seconds of this process, in ticks of 10 ms.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

async fn open(dir: &Path, clock: &Clock) -> Arc<Tsdb> {
    let url = dir.join("store").display().to_string();
    let objects = Objects::open(&url, &[]).expect("the directory can be made");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("the catalog is whole");
    let mut options = EngineOptions::new(dir.join("log"), objects, catalog, BlockCache::new(256 << 20));
    options.clock = clock.clone();
    options.flush_age = Duration::from_secs(u64::MAX / 4);
    options.flush_bytes = u64::MAX;
    Tsdb::open(options).await.expect("the log is whole")
}

async fn write(
    db: &Tsdb,
    steps: std::ops::Range<usize>,
    hosts: &mut [Vec<Series>],
    rng: &mut Rng,
) -> (f64, u64) {
    let (cx, mut spent, mut samples) = (Context::for_tests(), 0.0, 0u64);
    let mut batch = MetricBatch::default();
    for at in steps {
        for (number, host) in hosts.iter_mut().enumerate() {
            let late = if rng.below(5) == 0 { rng.below(6) as i64 } else { 0 };
            let time = START + at as i64 * STEP + (number as i64 * 677) % STEP + late;
            for series in host {
                batch.push_label("__name__", &series.name);
                series.labels.iter().for_each(|(name, value)| batch.push_label(name, value));
                batch.push_sample(Millis(time), step(series, rng));
                batch.finish_series().expect("names are unique");
            }
            if number % 10 == 9 {
                samples += batch.sample_count() as u64;
                let before = cpu_precise();
                db.append(&cx, &batch).await.expect("the log takes it");
                spent += cpu_precise() - before;
                batch.clear();
            }
        }
    }
    (spent, samples)
}

/// CPU seconds of this process, in nanoseconds from the scheduler.
fn cpu_precise() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = |path: PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0)
    };
    tasks.map(|task| nanos(task.path())).sum::<f64>() / 1e9
}

async fn read(db: &Tsdb, what: &str, matchers: Vec<Matcher>, clock: &Clock) {
    for round in ["cold", "warm"] {
        let before = clock.monotonic();
        let range = TimeRange::new(Millis(0), Millis(i64::MAX));
        let select = SeriesSelect { matchers: matchers.clone(), range, need: Need::Samples };
        let series = db.select(&Context::for_tests(), select).await.expect("the blocks are whole");
        let samples: usize = series.iter().map(|s| s.timestamps.len()).sum();
        let took = clock.monotonic() - before;
        let rate = samples as f64 / took.as_secs_f64() / 1e6;
        println!(
            "read {what}, {round}: {} series, {samples} samples in {took:?}, {rate:.0} M samples/s",
            series.len()
        );
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().and_then(|a| a.parse().ok()).unwrap_or(default);
    let (count, steps) = (number(10_000), number(1440));
    let dir = std::env::args().nth(3).map_or_else(|| std::env::temp_dir().join("tsdb-engine"), PathBuf::from);
    std::fs::remove_dir_all(&dir).ok();
    let wall = Clock::system();
    let clock = Clock::manual((START + steps as i64 * STEP) * 1_000_000);
    let mut rng = Rng::seeded(1);
    let mut hosts: Vec<Vec<Series>> =
        (0..count.div_ceil(SERIES_PER_HOST)).map(|n| host(n, &mut rng)).collect();
    let idle = proc_field("/proc/self/status", "VmRSS");
    let mut db = open(&dir, &clock).await;
    let (mut append_cpu, mut flush_cpu, mut samples) = (0.0, 0.0, 0u64);
    for from in (0..steps).step_by(FLUSH_EVERY) {
        let (cpu, written) = write(&db, from..(from + FLUSH_EVERY).min(steps), &mut hosts, &mut rng).await;
        append_cpu += cpu;
        samples += written;
        let head = db.telemetry();
        if from + FLUSH_EVERY < steps {
            let before = cpu_precise();
            db.flush().await.expect("the disk has room");
            flush_cpu += cpu_precise() - before;
        } else {
            let per = head.head_bytes as f64 / head.head_series as f64;
            let resident =
                (proc_field("/proc/self/status", "VmRSS") - idle) * 1024.0 / head.head_series as f64;
            println!("memory: {per:.0} bytes a head series by account, {resident:.0} resident in all");
        }
    }
    println!("append: {:.0} ns CPU a sample, {samples} samples", append_cpu * 1e9 / samples as f64);
    drop(db);
    let before = wall.monotonic();
    db = open(&dir, &clock).await;
    println!("open: {:?} with {} samples to replay", wall.monotonic() - before, db.telemetry().replayed);
    let before = cpu_precise();
    db.flush().await.expect("the disk has room");
    flush_cpu += cpu_precise() - before;
    let flushed: u64 = blocks(&dir).await;
    println!(
        "flush: {:.0} ns CPU a sample, {:.3} bytes a sample",
        flush_cpu * 1e9 / samples as f64,
        flushed as f64 / samples as f64
    );
    clock.advance(Duration::from_secs(48 * 3600));
    let before = cpu_precise();
    db.maintain().await.expect("the disk has room");
    db.maintain().await.expect("the disk has room");
    println!(
        "merge: {:.0} ns CPU a sample, {:.3} bytes a sample",
        (cpu_precise() - before) * 1e9 / samples as f64,
        blocks(&dir).await as f64 / samples as f64
    );
    println!(
        "peak: {:.0} MB resident, {:.2} s CPU in all",
        proc_field("/proc/self/status", "VmHWM") / 1000.0,
        cpu()
    );
    let name =
        |pattern: &str| vec![Matcher::new("__name__", MatchOp::Regex, pattern).expect("a good pattern")];
    read(&db, "one metric", name("node_metric_12_total"), &wall).await;
    read(&db, "a tenth", name("node_metric_[0-9]_total"), &wall).await;
    read(&db, "everything", name(".+"), &wall).await;
}

/// Bytes of the blocks that the catalog lists.
async fn blocks(dir: &Path) -> u64 {
    let objects = Objects::open(&dir.join("store").display().to_string(), &[]).expect("it was opened before");
    let catalog = Catalog::open(objects, CatalogOptions::default()).await.expect("the catalog is whole");
    catalog.snapshot().all_blocks().map(|meta| meta.bytes).sum()
}

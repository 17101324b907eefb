//! What series that come and go cost: memory of the head while a million of them pass, and the time of an append when a hundred
//! thousand targets have many labels.
//!
//! `cargo run --release -p tsdb --example churn -- [series]`, by default 1,000,000 series within a day, each alive for ten
//! minutes; then 100,000 targets with 4 and with 30 labels, whose samples come by number as senders that are known send them,
//! and by their labels.

use contract::{Context, KnownSeries};
use model::{KnownSample, LabelKey, MetricBatch, Millis};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::Clock;
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, Tsdb};

const START: i64 = 1_767_225_600_000;
const STEP: i64 = 15_000;
/// Ten minutes of samples.
const ALIVE: usize = 40;
const STEPS_OF_A_DAY: usize = 5760;
const TARGETS: usize = 100_000;
const BATCH: usize = 5000;

async fn open(dir: &Path, clock: &Clock) -> Arc<Tsdb> {
    let objects =
        Objects::open(&dir.join("store").display().to_string(), &[]).expect("the directory can be made");
    let catalog = Catalog::open(objects.clone(), CatalogOptions { clock: clock.clone() })
        .await
        .expect("the catalog is whole");
    let mut options = EngineOptions::new(dir.join("log"), objects, catalog, BlockCache::new(16 << 20));
    options.clock = clock.clone();
    Tsdb::open(options).await.expect("the log is whole")
}

fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// CPU seconds of this process, in nanoseconds from the scheduler.
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0)
    };
    tasks.map(|task| nanos(task.path())).sum::<f64>() / 1e9
}

fn push_labels(batch: &mut MetricBatch, number: usize, wide: usize) {
    batch.push_label("__name__", "request_seconds_total");
    batch.push_label(
        "instance",
        &format!("10.{}.{}.{}:8080", number / 65_536, number / 256 % 256, number % 256),
    );
    batch.push_label("job", "api");
    batch.push_label("pod", &format!("api-7d9f6c54b-{number:06x}"));
    for label in 0..wide {
        batch.push_label(
            &format!("label_of_the_target_{label:02}"),
            &format!("value-{}", number * (label + 1) % 997),
        );
    }
}

/// Lets `total` series pass in a day, and tells what the head holds.
async fn churn(dir: &Path, total: usize) {
    let clock = Clock::manual(START * 1_000_000);
    let db = open(dir, &clock).await;
    let (cx, mut batch) = (Context::for_tests(), MetricBatch::default());
    let (idle, mut most_head, mut most_resident) = (resident(), 0, 0.0f64);
    for step in 0..STEPS_OF_A_DAY {
        let time = START + step as i64 * STEP;
        let born = |step: usize| total * step / STEPS_OF_A_DAY;
        for number in born(step.saturating_sub(ALIVE))..born(step + 1) {
            push_labels(&mut batch, number, 0);
            batch.push_sample(Millis(time), (number + step) as f64);
            batch.finish_series().expect("names are unique");
            if batch.sample_count() >= BATCH {
                db.append(&cx, &batch).await.expect("the log takes it");
                batch.clear();
            }
        }
        db.append(&cx, &batch).await.expect("the log takes it");
        batch.clear();
        clock.advance(Duration::from_millis(STEP as u64));
        if step % 20 == 19 {
            db.maintain().await.expect("the disk has room");
        }
        let now = db.telemetry();
        (most_head, most_resident) = (most_head.max(now.head_bytes), most_resident.max(resident() - idle));
        if step % 720 == 719 {
            println!(
                "{:2} h: {:7} series so far, head {:6} series {:5.1} MB, resident {:.0} MB more than at first",
                (step + 1) / 240,
                born(step + 1),
                now.head_series,
                now.head_bytes as f64 / 1e6,
                resident() - idle
            );
        }
    }
    println!(
        "most: head {:.1} MB, resident {most_resident:.0} MB more than at first",
        most_head as f64 / 1e6
    );
}

/// Nanoseconds of CPU a sample: by number, and by labels.
async fn targets(dir: &Path, wide: usize) -> (f64, f64) {
    let clock = Clock::manual(START * 1_000_000);
    let db = open(dir, &clock).await;
    let (cx, mut batch) = (Context::for_tests(), MetricBatch::default());
    let keys: Vec<LabelKey> = (0..TARGETS).map(|number| LabelKey::of(&number.to_le_bytes())).collect();
    let mut spent = [0.0; 2];
    for round in 0..9i64 {
        let time = Millis(START + round * STEP);
        for from in (0..TARGETS).step_by(BATCH) {
            batch.clear();
            let by_number = round % 2 == 1;
            if by_number {
                let known = db.known(&cx, &keys[from..from + BATCH]);
                batch.known.epoch = known.epoch;
                let samples = known.numbers.iter().map(|series| {
                    assert!(*series != KnownSeries::UNKNOWN, "they were told in the first round");
                    KnownSample { series: *series, at: time, value: round as f64 }
                });
                batch.known.samples.extend(samples);
            } else {
                for (number, key) in keys.iter().enumerate().skip(from).take(BATCH) {
                    push_labels(&mut batch, number, wide);
                    batch.push_sample(time, round as f64);
                    batch.finish_series().expect("names are unique");
                    batch.key_series(*key);
                }
            }
            let before = cpu();
            db.append(&cx, &batch).await.expect("the log takes it");
            if round > 0 {
                spent[usize::from(by_number)] += cpu() - before;
            }
        }
    }
    let each = |seconds: f64| seconds * 1e9 / (4 * TARGETS) as f64;
    (each(spent[1]), each(spent[0]))
}

#[tokio::main]
async fn main() {
    let total = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1_000_000);
    let dir = std::env::temp_dir().join("tsdb-churn");
    std::fs::remove_dir_all(&dir).ok();
    for wide in [0, 26, 0, 26] {
        let (by_number, by_labels) = targets(&dir.join(format!("wide-{wide}")), wide).await;
        let labels = 4 + wide;
        println!(
            "{TARGETS} targets of {labels} labels: {by_number:.0} ns CPU a sample by number, {by_labels:.0} by labels"
        );
        std::fs::remove_dir_all(&dir).ok();
    }
    churn(&dir, total).await;
    std::fs::remove_dir_all(&dir).ok();
}

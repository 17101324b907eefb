//! What a remote-write sample costs without HTTP: unpacking, scanning, and an append to a log on disk, for both versions.
//!
//! `cargo run --release -p tsdb --example remote_write -- [rounds]`, by default 400 rounds of 10,000 series of 20 hosts, 5,000 samples a
//! request; two values in five change from round to round. Requests are encoded before the clock starts.

use contract::{Context, KnownSeries};
use model::{MetricBatch, Millis};
use stdx::Clock;
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, Tsdb};
use wire::remote_write;

const START: i64 = 1_767_225_600_000;
const BATCH: usize = 5000;
const SERIES: usize = 10_000;

/// CPU seconds of this process, in ticks of 10 ms.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// One request: series `from` and on at a round.
fn request(from: usize, round: i64, interned: bool) -> Vec<u8> {
    let mut batch = MetricBatch::default();
    for number in from..from + BATCH {
        let (host, own) = (number / 500, number % 500);
        for (name, value) in [
            ("__name__", format!("node_metric_{}_total", own / 8)),
            ("device", format!("dev{}", own % 8)),
            ("instance", format!("10.0.0.{host}:9100")),
            ("job", "node".to_owned()),
            ("region", "eu-west-1".to_owned()),
        ] {
            batch.push_label(name, &value);
        }
        let changes = if own % 5 < 2 { round } else { 0 };
        batch.push_sample(Millis(START + round * 15_000), (own * 1000) as f64 + changes as f64);
        batch.finish_series().expect("names are unique");
    }
    let bytes = match interned {
        true => remote_write::encode_interned(&batch, &[]),
        false => remote_write::encode(&batch),
    };
    wire::compress::to_snappy(&bytes).expect("it is small")
}

async fn version(interned: bool, rounds: i64) -> f64 {
    let dir = tempfile::tempdir().expect("a directory");
    let url = dir.path().join("store").display().to_string();
    let objects = Objects::open(&url, &[]).expect("the directory can be made");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("the catalog is new");
    let mut options = EngineOptions::new(dir.path().join("log"), objects, catalog, BlockCache::new(64 << 20));
    options.clock = Clock::manual(START * 1_000_000);
    let db = Tsdb::open(options).await.expect("the log is new");
    let (cx, mut spent) = (Context::for_tests(), 0.0);
    // Encoded some rounds at a time, so that a tick of the clock is little beside them.
    for first in (0..rounds).step_by(20) {
        let of_round = |round| (0..SERIES).step_by(BATCH).map(move |from| request(from, round, interned));
        let requests: Vec<Vec<u8>> = (first..(first + 20).min(rounds)).flat_map(of_round).collect();
        let before = cpu();
        for packed in &requests {
            let bytes = wire::compress::snappy(packed, remote_write::MAX_DECODED_BYTES).expect("it is whole");
            let scanned = match interned {
                true => remote_write::scan_interned(&bytes),
                false => remote_write::scan(&bytes),
            };
            let scanned = scanned.expect("it is whole");
            let known = db.known(&cx, scanned.keys());
            let read = scanned.read(known.epoch, &known.numbers, KnownSeries::UNKNOWN).expect("it is whole");
            db.append(&cx, &read.batch).await.expect("the log takes it");
        }
        spent += cpu() - before;
    }
    spent * 1e9 / (rounds as f64 * SERIES as f64)
}

#[tokio::main]
async fn main() {
    let rounds: i64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(400);
    for (name, interned) in [("version 1", false), ("version 2", true)] {
        println!("{name}: {:.0} ns of CPU a sample", version(interned, rounds).await);
    }
}

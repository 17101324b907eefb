//! What the blocks of a folder are made of: flushes a log into blocks and prints their bytes by section, and of values by metric.
//!
//! `cargo run --release -p tsdb --example bytes -- DIRECTORY [metrics]`: the directory holds `log/metrics` of a server that was killed,
//! and is changed (it gets `blocks` and `catalog`); so many of the heaviest metrics are listed, by default 30. With a log that a
//! benchmark left, this tells what a change of a codec is worth without the server.

use contract::{Context, LabelSelect, SeriesSource};
use model::{Millis, TimeRange};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use stdx::Clock;
use store::{BlockCache, BlockReader, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, Tsdb};

const SECTIONS: [(u16, &str); 5] = [(1, "header"), (2, "labels"), (3, "series"), (4, "values"), (5, "times")];

/// CPU seconds of this process, in ticks of 10 ms.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// `(first ordinal, bytes)` of each page, as the printed header has them.
fn pages(header: &str) -> Vec<(usize, u64)> {
    let of = |line: &str| {
        let (range, bytes) = line.strip_prefix("page of series ")?.split_once(": ")?;
        let first = range.split_once("..")?.0.parse().ok()?;
        Some((first, bytes.split_whitespace().next()?.parse().ok()?))
    };
    header.lines().filter_map(of).collect()
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().expect("a directory with log/metrics"));
    let heaviest: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(30);
    let objects = Objects::open(&dir.join("store").display().to_string(), &[]).expect("it can be made");
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("it is whole");
    let cache = BlockCache::new(256 << 20);
    let mut options =
        EngineOptions::new(dir.join("log/metrics"), objects.clone(), catalog.clone(), cache.clone());
    options.clock = Clock::system();
    options.flush_age = Duration::from_secs(u64::MAX / 4);
    let db = Tsdb::open(options).await.expect("the log is whole");
    println!("replayed {} samples, {:.2} s CPU", db.telemetry().replayed, cpu());
    let before = cpu();
    db.flush().await.expect("the disk has room");
    println!("flushed in {:.2} s CPU", cpu() - before);
    let (mut sections, mut metrics) = (BTreeMap::new(), BTreeMap::<String, (u64, u64)>::new());
    let (mut samples, mut all) = (0u64, 0u64);
    for meta in catalog.snapshot().all_blocks() {
        let reader = BlockReader::open(&objects, &cache, meta.clone()).await.expect("it is whole");
        samples += meta.rows;
        all += meta.bytes;
        reader.sections().iter().for_each(|s| *sections.entry(s.kind).or_insert(0) += s.len);
        let version = reader.sections().iter().find(|s| s.kind == 1).map_or(1, |s| s.version);
        let header = reader.section(1).await.expect("it is whole").expect("each block has one");
        let range = TimeRange::new(meta.start.to_millis(), Millis(meta.end.to_millis().0 + 1));
        let select = LabelSelect { matchers: Vec::new(), range, limit: 0 };
        let cx = Context { tenant: meta.tenant.clone(), ..Context::for_tests() };
        let series = db.series(&cx, select).await.expect("it is whole");
        let pages = pages(&tsdb::inspect_section(1, version, &header));
        for (at, (first, bytes)) in pages.iter().enumerate() {
            let end = pages.get(at + 1).map_or(series.len(), |next| next.0);
            let entry = metrics.entry(series[*first].metric_name().to_owned()).or_default();
            *entry = (entry.0 + bytes, entry.1 + (end - first) as u64);
        }
    }
    let each = |bytes: u64| bytes as f64 / samples as f64;
    println!("{samples} samples, {all} bytes, {:.4} a sample", each(all));
    for (kind, bytes) in sections {
        let name = SECTIONS.iter().find(|s| s.0 == kind).map_or("other", |s| s.1);
        println!("{name:10}{bytes:12}{:10.4}", each(bytes));
    }
    let mut metrics: Vec<_> = metrics.into_iter().collect();
    metrics.sort_by_key(|(_, (bytes, _))| std::cmp::Reverse(*bytes));
    for (name, (bytes, series)) in metrics.into_iter().take(heaviest) {
        println!("{name:60}{bytes:10}{:8.4}{:8} series x blocks", each(bytes), series);
    }
}

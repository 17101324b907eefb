//! The engine as a whole, against a map: appends, flushes, merges and restarts in any order, and the answer never
//! differs.

mod churn;
mod coded;
mod counts;
mod crash;
mod deletes;
mod downsampling;
mod imports;
mod lists;
mod model;
mod retention;
mod rooms;
mod seals;
mod streamed;
mod upgrade;

use crate::{EngineOptions, Tsdb};
use ::model::{KnownSample, LabelKey, Labels, MatchOp, Matcher, MetricBatch, Millis, Sample, TimeRange};
use contract::{Context, KnownSeries, Need, Outcome, Series, SeriesSelect, SeriesSource};
use std::path::Path;
use std::sync::Arc;
use stdx::Clock;
use store::{BlockCache, Catalog, CatalogOptions, Objects};

/// Runs a future to its end.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A directory that goes away with the test: in memory where there is such a file system, because syncs of a disk would
/// take most of the time of these tests.
fn room() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let room = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    room.unwrap()
}

async fn options(dir: &Path, clock: &Clock) -> EngineOptions {
    let objects = Objects::open(dir.join("store").to_str().unwrap(), &[]).unwrap();
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
    let mut options = EngineOptions::new(dir.join("log"), objects, catalog, BlockCache::new(16 << 20));
    options.clock = clock.clone();
    options.log.commit_interval = std::time::Duration::ZERO;
    options
}

async fn open(dir: &Path, clock: &Clock) -> Arc<Tsdb> {
    Tsdb::open(options(dir, clock).await).await.unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::from_pairs(pairs.iter().copied())
}

fn batch(series: &[(&Labels, &[(i64, f64)])]) -> MetricBatch {
    let mut batch = MetricBatch::default();
    for (labels, samples) in series {
        let samples: Vec<Sample> =
            samples.iter().map(|(at, value)| Sample { at: Millis(*at), value: *value }).collect();
        batch.push_series(labels, &samples);
    }
    batch
}

/// Appends; every other sample comes by number when the engine knows the series.
async fn append(db: &Tsdb, series: &[(&Labels, &[(i64, f64)])]) -> Outcome {
    let cx = Context::for_tests();
    let key = |labels: &Labels| LabelKey::of(labels.to_string().as_bytes());
    let keys: Vec<LabelKey> = series.iter().map(|(labels, _)| key(labels)).collect();
    let known = db.known(&cx, &keys);
    let mut batch = MetricBatch::default();
    batch.known.epoch = known.epoch;
    for (at, (labels, samples)) in series.iter().enumerate() {
        let number = known.numbers.get(at).copied().unwrap_or(KnownSeries::UNKNOWN);
        if number != KnownSeries::UNKNOWN && samples.first().is_some_and(|first| first.0 % 2 == 0) {
            let sample =
                |(at, value): &(i64, f64)| KnownSample { series: number, at: Millis(*at), value: *value };
            batch.known.samples.extend(samples.iter().map(sample));
        } else {
            let sample = |(at, value): &(i64, f64)| Sample { at: Millis(*at), value: *value };
            batch.push_series(labels, &samples.iter().map(sample).collect::<Vec<_>>());
            batch.key_series(keys[at]);
        }
    }
    db.append(&cx, &batch).await.unwrap()
}

/// Selects, and sees that who wants the last samples alone gets the same ones, and who wants times alone the same times.
async fn select(db: &Tsdb, matchers: Vec<Matcher>, start: i64, end: i64) -> Vec<Series> {
    let range = TimeRange::new(Millis(start), Millis(end));
    let (cx, select) = (Context::for_tests(), SeriesSelect { matchers, range, need: Need::Samples });
    let all = db.select(&cx, select.clone()).await.unwrap();
    let latest = db.select(&cx, SeriesSelect { need: Need::Last, ..select.clone() }).await.unwrap();
    let last = |series: &Series| {
        let float = series.timestamps.last().copied().zip(series.values.last().map(|value| value.to_bits()));
        let starts = series.starts.as_ref().and_then(|starts| starts.last().copied());
        let histogram = series.histograms.last().map(|(at, histogram)| (at.0, histogram.count.to_bits()));
        (series.labels.clone(), float, histogram, starts)
    };
    assert_eq!(latest.iter().map(last).collect::<Vec<_>>(), all.iter().map(last).collect::<Vec<_>>());
    let times = db.select(&cx, SeriesSelect { need: Need::Times, ..select }).await.unwrap();
    let seen = |series: &Series| {
        let stale: Vec<bool> = series.values.iter().map(|value| ::model::is_stale(*value)).collect();
        let histograms = series.histograms.clone();
        let starts = (series.starts.clone(), series.histogram_starts.clone());
        (series.labels.clone(), series.timestamps.clone(), stale, histograms, starts)
    };
    assert_eq!(times.iter().map(seen).collect::<Vec<_>>(), all.iter().map(seen).collect::<Vec<_>>());
    all
}

fn any_name() -> Vec<Matcher> {
    vec![Matcher::new("__name__", MatchOp::Regex, ".+").unwrap()]
}

//! Queries over downsampled blocks answer what they answer over all samples, and read far fewer.

use contract::{Context, SeriesSource};
use model::{Labels, MetricBatch, Millis, Sample};
use promql::Options;
use query::{Grid, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stdx::Clock;
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{DownsamplingRule, DownsamplingRules, EngineOptions, Tsdb};

const MINUTE: i64 = 60_000;
/// A multiple of a day.
const START: i64 = 20_000 * 24 * 60 * MINUTE;
const SAMPLES: i64 = 6 * 60 * 4;

async fn engine(dir: &Path, clock: &Clock, keep_raw: Option<bool>) -> Arc<Tsdb> {
    let objects =
        Objects::open(&dir.join("store").display().to_string(), &[]).expect("a directory and good rules");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("a directory and good rules");
    let mut options = EngineOptions::new(dir.join("log"), objects, catalog, BlockCache::new(16 << 20));
    options.clock = clock.clone();
    options.log.commit_interval = Duration::ZERO;
    let rule = keep_raw.map(|keep_raw| DownsamplingRule {
        tenant: None,
        after: Duration::from_secs(7 * 86_400),
        resolution: Duration::from_secs(300),
        keep_raw,
    });
    options.downsampling =
        DownsamplingRules::of(rule.into_iter().collect()).expect("a directory and good rules");
    Tsdb::open(options).await.expect("a directory and good rules")
}

/// Six hours of a counter that is reset now and then, a gauge of whole numbers, and a series that ends.
async fn fill(db: &Tsdb, clock: &Clock) {
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let series = |name: &str| Labels::from_pairs([("__name__", name), ("job", "a")]);
    let mut batch = MetricBatch::default();
    let mut count = 0;
    let times = || (0..SAMPLES).map(|i| (i, Millis(START + i * 15_000 + i * 7919 % 11)));
    let counter: Vec<Sample> = times()
        .map(|(i, at)| {
            count = if i % 97 == 40 { i % 5 } else { count + i * 31 % 17 };
            Sample { at, value: count as f64 }
        })
        .collect();
    batch.push_series(&series("c_total"), &counter);
    let gauge: Vec<Sample> = times().map(|(i, at)| Sample { at, value: (i * 7919 % 1000) as f64 }).collect();
    batch.push_series(&series("g"), &gauge);
    let mut ends: Vec<Sample> = gauge[..700].to_vec();
    ends.push(Sample { value: stale, ..gauge[700] });
    batch.push_series(&series("ends"), &ends);
    db.append(&Context::for_tests(), &batch).await.expect("a directory and good rules");
    db.flush().await.expect("a directory and good rules");
    // A day later all is merged, eight days later it is downsampled, a block a round.
    for days in [1, 8] {
        clock.advance(Duration::from_secs(days * 86_400));
        for _ in 0..6 {
            db.maintain().await.expect("a directory and good rules");
        }
    }
}

/// The answer, by labels and time, and how many samples were read for it.
async fn ask(db: &Tsdb, query: &str, grid: Grid) -> (Vec<(String, Vec<(i64, f64)>)>, u64) {
    let cx = Context::for_tests();
    let answer =
        promql::range(db, &cx, query, grid, &Options::default()).await.expect("a directory and good rules");
    let Value::Matrix(matrix) = answer.value else { panic!("a matrix") };
    let points = |one: &query::MatrixSeries| one.floats.iter().map(|(at, value)| (at.0, *value)).collect();
    let shown = matrix.iter().map(|one| (one.labels.to_string(), points(one))).collect();
    (shown, cx.stats.rows_read.load(Ordering::Relaxed))
}

fn assert_alike(query: &str, got: &[(String, Vec<(i64, f64)>)], want: &[(String, Vec<(i64, f64)>)]) {
    assert_eq!(got.len(), want.len(), "{query}");
    for (got, want) in got.iter().zip(want) {
        assert_eq!((&got.0, got.1.len()), (&want.0, want.1.len()), "{query}");
        for (got, want) in got.1.iter().zip(&want.1) {
            let near = (got.1 - want.1).abs() <= 1e-9 * want.1.abs();
            assert!(got.0 == want.0 && near, "{query} at {}: {} instead of {}", want.0, got.1, want.1);
        }
    }
}

const ALIKE: [&str; 9] = [
    "sum_over_time(g[10m])",
    "count_over_time(ends[20m])",
    "avg_over_time(g[1h])",
    "min_over_time(ends[10m])",
    "max_over_time(g[5m] offset 5m)",
    "last_over_time(ends[15m])",
    "increase(c_total[30m])",
    "sum by (job) (rate(c_total[10m]))",
    "max_over_time(avg_over_time(g[10m])[1h:10m])",
];

#[tokio::test]
async fn aligned_queries_answer_alike_with_and_without_samples() {
    let grid = Grid { start: START + 60 * MINUTE, end: START + 350 * MINUTE, step: 10 * MINUTE };
    let odd = Grid { start: START + 60 * MINUTE + 1, ..grid };
    let rooms = [(); 3].map(|()| tempfile::tempdir().expect("a directory and good rules"));
    let mut engines = Vec::new();
    for (room, rule) in rooms.iter().zip([None, Some(true), Some(false)]) {
        let clock = Clock::manual((START + 6 * 60 * MINUTE) * 1_000_000);
        let db = engine(room.path(), &clock, rule).await;
        fill(&db, &clock).await;
        engines.push(db);
    }
    let [plain, beside, alone] = engines.as_slice() else { panic!("three engines") };
    let cx = Context::for_tests();
    assert_eq!([plain, beside, alone].map(|db| db.has_digests(&cx)), [false, true, true]);
    for query in ALIKE {
        let (want, all) = ask(plain, query, grid).await;
        assert!(!want.is_empty(), "{query}");
        for db in [beside, alone] {
            let (got, read) = ask(db, query, grid).await;
            assert_alike(query, &got, &want);
            assert!(read * 2 < all, "{query} reads {read} of {all}");
        }
        // Windows that do not fit are answered from the samples, as long as there are any.
        let (want, all) = ask(plain, query, odd).await;
        let (got, read) = ask(beside, query, odd).await;
        assert_alike(query, &got, &want);
        // Subqueries stand on multiples of their step whatever the query does.
        assert!(read >= all || query.contains(':'), "{query}");
        assert!(!ask(alone, query, odd).await.0.is_empty(), "{query}");
    }
    for query in ["g", "deriv(g[30m])", "changes(c_total[30m])"] {
        let (want, _) = ask(plain, query, grid).await;
        assert_alike(query, &ask(beside, query, grid).await.0, &want);
        assert_eq!(
            ask(alone, query, grid).await.0.len(),
            want.len(),
            "the last of each window stands for it"
        );
    }
    let all = contract::LabelSelect {
        matchers: Vec::new(),
        range: model::TimeRange::new(Millis(i64::MIN), Millis(i64::MAX)),
        limit: 0,
    };
    for db in [beside, alone] {
        assert_eq!(
            db.series(&cx, all.clone()).await.expect("a directory and good rules"),
            plain.series(&cx, all.clone()).await.unwrap()
        );
        assert_eq!(
            db.label_names(&cx, all.clone()).await.expect("a directory and good rules"),
            ["__name__", "job"]
        );
    }
}

//! Kept answers: the same as computed anew, whatever was kept before, and forgotten when samples change.

#[path = "fakes/source.rs"]
mod source;

use contract::{Context, Series, SeriesSelect, Settled};
use model::{Labels, Millis};
use promql::{Options, ParseOptions, QueryResult, ResultCache};
use proptest::prelude::*;
use query::Grid;
use source::{Fake, Selects};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Ten series with a sample every ten seconds, counted as they are read.
#[derive(Default)]
struct Ten {
    /// Added to every value.
    shift: AtomicI64,
    mark: AtomicU64,
    until: AtomicI64,
    read: AtomicU64,
}

impl Selects for Ten {
    fn answer(&self, select: &SeriesSelect) -> Vec<Series> {
        let shift = self.shift.load(Ordering::Relaxed);
        let one = |number: i64| {
            let labels = Labels::from_pairs([("__name__", "m_total".to_owned()), ("n", number.to_string())]);
            // Some series end early, some begin late.
            let times: Vec<i64> = (0..200)
                .map(|i| i * 10_000 + number)
                .filter(|at| (select.range.start.0..select.range.end.0).contains(at))
                .filter(|at| (number % 3 != 1 || *at < 900_000) && (number % 3 != 2 || *at > 700_000))
                .collect();
            let values = times.iter().map(|at| (at / 1000 * (number + 1) % 97 + shift) as f64).collect();
            let (histograms, starts, histogram_starts) = (Vec::new(), None, None);
            Series { labels, timestamps: times.into(), values, histograms, starts, histogram_starts }
        };
        let all: Vec<Series> = (0..10).map(one).filter(|s| !s.timestamps.is_empty()).collect();
        self.read.fetch_add(all.iter().map(|s| s.values.len() as u64).sum(), Ordering::Relaxed);
        all
    }

    fn settled(&self) -> Option<Settled> {
        let until = Millis(self.until.load(Ordering::Relaxed));
        Some(Settled { until, mark: self.mark.load(Ordering::Relaxed) })
    }
}

const QUERIES: [&str; 9] = [
    "m_total",
    "sum by (n) (rate(m_total[1m]))",
    "m_total offset -1m",
    "max_over_time(m_total[5m]) > 50",
    "sum(m_total) / count(m_total)",
    "m_total @ end()",
    "m_total @ 1200 - m_total",
    "time() - range()",
    "sum(sum_over_time(m_total[2m:30s]))",
];

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn options() -> Options {
    Options { parse: ParseOptions::all(), ..Options::default() }
}

fn ask(source: &Fake<Ten>, cache: &ResultCache, query: &str, grid: Grid) -> QueryResult {
    run(promql::range_kept(source, &Context::for_tests(), query, grid, &options(), cache))
        .expect("it is good")
}

fn anew(source: &Fake<Ten>, query: &str, grid: Grid) -> QueryResult {
    run(promql::range(source, &Context::for_tests(), query, grid, &options())).expect("it is good")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_answer_is_the_one_that_would_be_computed(
        asked in prop::collection::vec((0usize..QUERIES.len(), 0i64..60, 1i64..60, 0i64..3, 0u8..6, 500i64..2000), 1..30),
        small in any::<bool>(),
    ) {
        let (source, cache) = (Fake::<Ten>::default(), ResultCache::holding(if small { 40_000 } else { 1 << 20 }));
        for (query, start, length, phase, event, until) in asked {
            // Time goes on, and now and then something late comes.
            source.0.until.fetch_max(until * 1000, Ordering::Relaxed);
            if event == 0 {
                source.0.shift.fetch_add(1, Ordering::Relaxed);
                source.0.mark.fetch_add(1, Ordering::Relaxed);
            }
            let start = start * 30_000 + phase;
            let grid = Grid::new(start, start + length * 30_000, 30_000);
            let (kept, new) = (ask(&source, &cache, QUERIES[query], grid), anew(&source, QUERIES[query], grid));
            prop_assert_eq!(&kept.value, &new.value, "{} at {:?}", QUERIES[query], grid);
            prop_assert_eq!((kept.warnings, kept.infos), (new.warnings, new.infos));
            prop_assert_eq!(kept.samples.queryable.len(), grid.len());
            prop_assert!(cache.bytes() <= 1 << 20);
        }
    }
}

#[test]
fn the_next_refresh_reads_only_what_is_new() {
    let (source, cache) = (Fake::<Ten>::default(), ResultCache::default());
    source.0.until.store(1_000_000, Ordering::Relaxed);
    let read = |grid: Grid| {
        let before = source.0.read.load(Ordering::Relaxed);
        ask(&source, &cache, "sum(m_total)", grid);
        source.0.read.load(Ordering::Relaxed) - before
    };
    let first = read(Grid::new(300_000, 900_000, 30_000));
    assert!(first > 400);
    assert_eq!(read(Grid::new(300_000, 900_000, 30_000)), 0, "all of it is kept");
    assert_eq!(read(Grid::new(330_000, 870_000, 30_000)), 0, "a part of it is");
    let next = read(Grid::new(360_000, 960_000, 30_000));
    assert!(0 < next && next < first, "two steps are new: {next}");
    assert_eq!(read(Grid::new(360_000, 960_000, 30_000)), 0);
    assert!(read(Grid::new(360_001, 960_001, 30_000)) > 400, "another phase");
    source.0.mark.fetch_add(1, Ordering::Relaxed);
    assert!(read(Grid::new(360_000, 960_000, 30_000)) > 400, "something has changed");
}

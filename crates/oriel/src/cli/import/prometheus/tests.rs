//! A block that a Prometheus made, into an empty storage and back out through a query.

use super::*;
use contract::{Context as Request, Need, SeriesSelect, SeriesSource};
use model::{MatchOp, Matcher, TimeRange};
use std::path::PathBuf;
use std::sync::Arc;
use store::{BlockCache, CatalogOptions};
use tsdb::{EngineOptions, Tsdb};

fn block(first: i64, end: i64, samples: u64) -> BlockInfo {
    BlockInfo { path: PathBuf::new(), ulid: "01".to_owned(), first, end, samples, series: 1 }
}

#[test]
fn a_block_becomes_a_window_that_queries_see_and_a_second_time_nothing() {
    let (room, mut said) = (tempfile::tempdir().unwrap(), Vec::new());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let objects = Objects::open(room.path().join("store").to_str().unwrap(), &[]).unwrap();
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
        let target = Target { objects, catalog, tenant: Tenant::anonymous() };
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/testdata/prometheus_block");
        let first = target.import(&dir, &mut |line| said.push(line)).await.unwrap();
        assert_eq!(first, Imported { blocks: 1, samples: 600 });
        assert_eq!(target.import(&dir, &mut |line| said.push(line)).await.unwrap(), Imported::default());
        assert!(said[0].starts_with("2026-11-26T00:00:00Z: 1 blocks, 4 series, 600 samples"), "{said:?}");
        assert_eq!(said[1], "2026-11-26T00:00:00Z: was imported before");
        let Target { objects, catalog, .. } = target;
        let options = EngineOptions::new(room.path().join("log"), objects, catalog, BlockCache::new(1 << 20));
        let db: Arc<Tsdb> = Tsdb::open(options).await.unwrap();
        let matchers = vec![Matcher::new("__name__", MatchOp::Regex, ".+").unwrap()];
        let range = TimeRange::new(Millis(0), Millis(i64::MAX));
        let select = SeriesSelect { matchers, range, need: Need::Samples };
        let all = db.select(&Request::for_tests(), select).await.unwrap();
        assert_eq!(all.iter().map(|s| s.values.len() + s.histograms.len()).collect::<Vec<_>>(), [150; 4]);
        assert_eq!((all[3].values[1], all[3].timestamps[1] % 15_000), (-49.875, 1));
        db.close().await.unwrap();
    });
}

#[test]
fn windows_are_days_until_a_day_is_too_much() {
    let check = |blocks: &[BlockInfo], widths: &[i64]| {
        let windows = windows(blocks).unwrap();
        assert_eq!(windows.iter().map(|w| w.width / HOUR).collect::<Vec<_>>(), widths);
        assert!(windows.windows(2).all(|w| w[0].last() + 1 == w[1].start));
    };
    let day = 24 * HOUR;
    check(&[block(0, day - 1, 1000)], &[24]);
    check(&[block(-5, day + 5, 1000)], &[24, 24, 24]);
    check(&[block(0, day - 1, MAX_WINDOW_SAMPLES * 3)], &[6; 4]);
    check(&[block(0, day - 1, MAX_WINDOW_SAMPLES), block(0, day - 1, MAX_WINDOW_SAMPLES)], &[12; 2]);
    check(&[block(0, day - 1, u64::MAX / 2)], &[2; 12]);
    assert!(windows(&[block(0, i64::MAX, 1)]).is_err());
}

//! Blocks of earlier releases are read, and merged into what is written now. `testdata/version1` is the store that a release
//! with HEADER and LABELS of version 1 left: 12 instances of four series with four samples each.

use super::*;
use crate::block::sections::{GROUPED_VERSION, HEADER, LABELS};
use contract::SeriesAdmin;
use std::time::Duration;

/// When the samples begin, in milliseconds; they are 15 s apart.
const START: i64 = 1_767_225_600_000;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to),
            false => _ = std::fs::copy(from, to).unwrap(),
        }
    }
}

fn matcher(name: &str, op: MatchOp, value: &str) -> Matcher {
    Matcher::new(name, op, value).unwrap()
}

/// The series and samples of some selections, as they were imported.
async fn check(db: &Tsdb) {
    let all = select(db, any_name(), i64::MIN, START + 60_000).await;
    assert_eq!(all.len(), 48);
    assert!(all.is_sorted_by(|a, b| a.labels < b.labels));
    let idle = vec![matcher("mode", MatchOp::Equal, "idle")];
    let idle = select(db, idle, i64::MIN, START + 60_000).await;
    assert_eq!(idle.len(), 12);
    for series in &idle {
        let instance = series.labels.value("instance").trim_start_matches("10.0.0.");
        let number: f64 = instance.trim_end_matches(":9100").parse().unwrap();
        let expected: Vec<f64> = (0..4).map(|step| number * 100.0 + f64::from(step) * 3.0 + 0.25).collect();
        assert_eq!(*series.values, *expected, "{}", series.labels);
    }
    let few =
        vec![matcher("instance", MatchOp::Regex, "10.0.0.1[01]?:9100"), matcher("mode", MatchOp::Equal, "")];
    let few = select(db, few, i64::MIN, START + 60_000).await;
    assert_eq!(few.len(), 6, "up and node_load1 of three instances");
    assert!(few.iter().all(|series| *series.timestamps == [0, 15_000, 30_000, 45_000].map(|at| START + at)));
}

/// The versions of HEADER and LABELS of each block.
async fn versions(db: &Tsdb) -> Vec<[u16; 2]> {
    let mut versions = Vec::new();
    for meta in db.options.catalog.snapshot().all_blocks() {
        let reader =
            store::BlockReader::open(&db.options.objects, &db.options.cache, meta.clone()).await.unwrap();
        let version = |kind| reader.sections().iter().find(|s| s.kind == kind).unwrap().version;
        versions.push([HEADER, LABELS].map(version));
    }
    versions
}

#[test]
fn blocks_of_version_1_are_read_and_merged_into_later_ones() {
    run(async {
        let (room, clock) = (room(), Clock::manual((START + 60_000) * 1_000_000));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/version1"), &room.path().join("store"));
        let db = open(room.path(), &clock).await;
        assert_eq!(versions(&db).await, [[1, 1]]);
        check(&db).await;
        let up = labels(&[("__name__", "up"), ("job", "node"), ("instance", "10.0.0.0:9100")]);
        append(&db, &[(&up, &[(START + 75_000, 0.0)])]).await;
        db.flush().await.unwrap();
        check(&db).await;
        clock.advance(Duration::from_secs(3 * 3600));
        db.maintain().await.unwrap();
        assert_eq!(
            versions(&db).await,
            [[GROUPED_VERSION, index::packed::LABELS_VERSION]],
            "they are merged"
        );
        check(&db).await;
        assert_eq!(db.blocks(&Context::for_tests()).await.unwrap().len(), 1);
        let up = vec![
            matcher("instance", MatchOp::Equal, "10.0.0.0:9100"),
            matcher("__name__", MatchOp::Equal, "up"),
        ];
        assert_eq!(*select(&db, up, START, i64::MAX).await[0].values, [1.0, 1.0, 1.0, 1.0, 0.0]);
    });
}

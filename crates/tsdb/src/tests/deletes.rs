//! Deletes and copies: exactly what was asked for goes, for good.

use super::*;
use contract::{LabelSelect, SeriesAdmin};

/// Series as `labels: time=value ...`.
async fn shown(db: &Tsdb) -> Vec<String> {
    let all = select(db, any_name(), i64::MIN, i64::MAX).await;
    let samples = |series: &Series| -> Vec<String> {
        series
            .timestamps
            .iter()
            .zip(series.values.iter())
            .map(|(at, value)| format!("{at}={value}"))
            .collect()
    };
    all.iter().map(|series| format!("{}: {}", series.labels, samples(series).join(" "))).collect()
}

async fn delete(db: &Tsdb, sets: Vec<Vec<Matcher>>, first: i64, last: i64) -> u64 {
    let range = TimeRange::new(Millis(first), Millis(last + 1));
    db.delete(&Context::for_tests(), LabelSelect { matchers: sets, range, limit: 0 }).await.unwrap()
}

#[test]
fn deletes_take_what_matches_out_of_heads_and_blocks_and_survive_a_restart() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000_000_000));
        let db = open(room.path(), &clock).await;
        let (a, b) = (labels(&[("__name__", "m"), ("x", "a")]), labels(&[("__name__", "m"), ("x", "b")]));
        append(&db, &[(&a, &[(1, 1.0), (2, 2.0)]), (&b, &[(1, 1.0)])]).await;
        db.flush().await.unwrap();
        append(&db, &[(&a, &[(3, 3.0), (5, 5.0)]), (&b, &[(3, 4.0)])]).await;
        let x = |value: &str| vec![Matcher::equal("x", value)];
        assert_eq!(delete(&db, vec![x("none")], 0, 9).await, 0);
        assert_eq!(delete(&db, Vec::new(), 0, 9).await, 0);
        assert_eq!(delete(&db, vec![x("a")], 2, 3).await, 2, "both ends are inside");
        let want = [r#"{__name__="m", x="a"}: 1=1 5=5"#, r#"{__name__="m", x="b"}: 1=1 3=4"#];
        assert_eq!(shown(&db).await, want);
        assert_eq!(delete(&db, vec![x("a"), x("none")], i64::MIN, i64::MAX - 1).await, 2);
        append(&db, &[(&a, &[(2, 7.0)])]).await;
        let want = [r#"{__name__="m", x="a"}: 2=7"#, r#"{__name__="m", x="b"}: 1=1 3=4"#];
        assert_eq!(shown(&db).await, want, "what comes after a delete stays");
        let cx = Context::for_tests();
        assert_eq!(db.bounds(&cx).await.unwrap(), Some((Millis(1), Millis(3))));
        db.close().await.unwrap();
        drop(db);
        let db = open(room.path(), &clock).await;
        assert_eq!(shown(&db).await, want);
        assert_eq!(delete(&db, vec![any_name()], i64::MIN, i64::MAX - 1).await, 3);
        assert_eq!((shown(&db).await, db.blocks(&cx).await.unwrap()), (Vec::new(), Vec::new()));
        assert_eq!(db.bounds(&cx).await.unwrap(), None);
    });
}

#[test]
fn an_engine_starts_on_a_copy() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000_000_000));
        let db = open(room.path(), &clock).await;
        let a = labels(&[("__name__", "m")]);
        append(&db, &[(&a, &[(1, 1.0)])]).await;
        db.flush().await.unwrap();
        append(&db, &[(&a, &[(2, 2.0)])]).await;
        let cx = Context::for_tests();
        db.snapshot(&cx, "old", false).await.unwrap();
        db.snapshot(&cx, "new", true).await.unwrap();
        let blocks = db.blocks(&cx).await.unwrap();
        let seen: Vec<_> =
            blocks.iter().map(|b| (b.range.start.0, b.range.end.0, b.samples, b.series)).collect();
        assert_eq!(seen, [(1, 2, 1, 1), (2, 3, 1, 1)]);
        for (name, want) in [("old", "1=1"), ("new", "1=1 2=2")] {
            let dir = room.path().join(name);
            let objects =
                Objects::open(room.path().join("store/snapshots").join(name).to_str().unwrap(), &[]).unwrap();
            let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
            let mut options = EngineOptions::new(dir.join("log"), objects, catalog, BlockCache::new(1 << 20));
            options.clock = clock.clone();
            let copy = Tsdb::open(options).await.unwrap();
            assert_eq!(shown(&copy).await, [format!(r#"{{__name__="m"}}: {want}"#)]);
        }
    });
}

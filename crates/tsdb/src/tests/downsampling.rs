//! Companions follow their blocks: made once, made anew after deletes, dropped when no rule asks for them.

use super::*;
use crate::{BadDownsampling, DownsamplingRule, DownsamplingRules};
use contract::{Digest, LabelSelect, SeriesAdmin};
use std::time::Duration;

const MINUTE: i64 = 60_000;

fn rule(days: u64, minutes: u64, keep_raw: bool) -> DownsamplingRule {
    let after = Duration::from_secs(days * 86_400);
    DownsamplingRule { tenant: None, after, resolution: Duration::from_secs(60 * minutes), keep_raw }
}

async fn opened(dir: &Path, clock: &Clock, rules: Vec<DownsamplingRule>) -> Arc<Tsdb> {
    let mut options = options(dir, clock).await;
    options.downsampling = DownsamplingRules::of(rules).unwrap();
    Tsdb::open(options).await.unwrap()
}

/// The sums of windows, by name of the series.
async fn sums(db: &Tsdb, minutes: i64) -> Vec<(String, Vec<(i64, f64)>)> {
    let range = TimeRange::new(Millis(0), Millis(i64::MAX));
    let select = SeriesSelect { matchers: any_name(), range, need: Need::Samples };
    let all = db.select_digest(&Context::for_tests(), select, Digest::Sum, minutes * MINUTE).await.unwrap();
    let points = |s: &Series| s.timestamps.iter().copied().zip(s.values.iter().copied()).collect();
    all.iter().map(|s| (s.labels.to_string(), points(s))).collect()
}

async fn rounds(db: &Tsdb) {
    for _ in 0..6 {
        db.maintain().await.unwrap();
    }
}

fn levels(db: &Tsdb) -> Vec<u8> {
    let mut levels: Vec<u8> = db.options.catalog.snapshot().all_blocks().map(|meta| meta.level).collect();
    levels.sort_unstable();
    levels
}

#[test]
fn companions_follow_their_blocks() {
    run(async {
        let (room, clock) = (room(), Clock::manual(20 * MINUTE * 1_000_000));
        let db = opened(room.path(), &clock, vec![rule(7, 5, true), rule(30, 10, false)]).await;
        let (a, b) = (labels(&[("__name__", "a")]), labels(&[("__name__", "b")]));
        let samples: Vec<(i64, f64)> = (1..=20).map(|at| (at * MINUTE, at as f64)).collect();
        append(&db, &[(&a, &samples), (&b, &samples)]).await;
        db.flush().await.unwrap();
        rounds(&db).await;
        assert_eq!(levels(&db), [0], "too young");
        let all: Vec<(i64, f64)> = samples.clone();
        assert_eq!(sums(&db, 5).await[0].1, all);
        clock.advance(Duration::from_secs(8 * 86_400));
        rounds(&db).await;
        assert_eq!(levels(&db), [0, 64]);
        let fives = [(5, 15.0), (10, 40.0), (15, 65.0), (20, 90.0)].map(|(at, sum)| (at * MINUTE, sum));
        let (of_a, of_b) = ((a.to_string(), fives.to_vec()), (b.to_string(), fives.to_vec()));
        assert_eq!(sums(&db, 10).await, [of_a.clone(), of_b]);
        assert_eq!(sums(&db, 4).await[0].1, all, "windows that do not fit");
        let range = TimeRange::new(Millis(0), Millis(i64::MAX));
        let gone = LabelSelect { matchers: vec![vec![Matcher::equal("__name__", "b")]], range, limit: 0 };
        assert_eq!(db.delete(&Context::for_tests(), gone).await.unwrap(), 20);
        assert_eq!(sums(&db, 5).await, [(a.to_string(), all)], "not from the companion of what was");
        rounds(&db).await;
        assert_eq!(levels(&db), [0, 64]);
        assert_eq!(sums(&db, 5).await, [of_a]);
        clock.advance(Duration::from_secs(30 * 86_400));
        rounds(&db).await;
        assert_eq!(levels(&db), [65], "the coarse one takes the place of both");
        assert_eq!(sums(&db, 1).await, [(a.to_string(), vec![(10 * MINUTE, 55.0), (20 * MINUTE, 155.0)])]);
        let last = select(&db, any_name(), 0, i64::MAX).await;
        assert_eq!((last.len(), &last[0].values[..]), (1, &[10.0, 20.0][..]));
        drop(db);
        let db = opened(room.path(), &clock, Vec::new()).await;
        rounds(&db).await;
        assert_eq!(levels(&db), [65], "what has no samples stays");
    });
}

#[test]
fn companions_that_no_rule_asks_for_go() {
    run(async {
        let (room, clock) = (room(), Clock::manual(MINUTE * 1_000_000));
        let a = labels(&[("__name__", "a")]);
        for (rules, want) in [(vec![rule(1, 5, true)], vec![0, 64]), (Vec::new(), vec![2])] {
            let db = opened(room.path(), &clock, rules).await;
            append(&db, &[(&a, &[(1, 1.0)])]).await;
            db.flush().await.unwrap();
            clock.advance(Duration::from_secs(2 * 86_400));
            rounds(&db).await;
            assert_eq!(levels(&db), want);
            assert_eq!(select(&db, any_name(), 0, 10).await.len(), 1);
            db.close().await.unwrap();
        }
    });
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let of = |rules| DownsamplingRules::of(rules).map(drop).unwrap_err();
    assert!(matches!(of(vec![rule(1, 0, true)]), BadDownsampling::Resolution(_)));
    assert!(matches!(of(vec![rule(1, 5, false), rule(2, 60, true)]), BadDownsampling::Dropped(_)));
    assert!(matches!(of(vec![rule(1, 5, true); 17]), BadDownsampling::TooMany(17)));
}

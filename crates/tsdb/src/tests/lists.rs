//! Answers about labels, kept and added to: whatever happened in between, they are those of the series that there are.

use super::*;
use contract::{LabelSelect, SeriesAdmin};
use std::collections::BTreeSet;
use std::time::Duration;

fn all_times(matchers: Vec<Vec<Matcher>>) -> LabelSelect {
    LabelSelect { matchers, range: TimeRange::new(Millis(i64::MIN), Millis(i64::MAX)), limit: 0 }
}

/// Asks twice (the second answer is a kept one) and compares with the samples.
async fn check(db: &Tsdb, after: &str) {
    let cx = Context::for_tests();
    let odd = vec![Matcher::equal("odd", "1")];
    for matchers in [vec![], vec![odd.clone()], vec![odd, vec![Matcher::equal("n", "2")]]] {
        let mut want: Vec<Labels> = Vec::new();
        let any = [any_name()];
        for set in if matchers.is_empty() { &any[..] } else { &matchers } {
            want.extend(select(db, set.clone(), i64::MIN, i64::MAX).await.into_iter().map(|s| s.labels));
        }
        want.sort();
        want.dedup();
        let pairs = || want.iter().flat_map(|set| set.iter());
        let names: BTreeSet<&str> = pairs().map(|(name, _)| name).collect();
        let values: BTreeSet<&str> = pairs().filter(|(name, _)| *name == "n").map(|(_, v)| v).collect();
        for round in 0..2 {
            let ask = || all_times(matchers.clone());
            assert_eq!(db.series(&cx, ask()).await.unwrap(), want, "sets after {after}, {round}");
            let got = db.label_names(&cx, ask()).await.unwrap();
            assert!(got.iter().eq(names.iter().copied()), "names after {after}, {round}: {got:?}");
            let got = db.label_values(&cx, "n", ask()).await.unwrap();
            assert!(got.iter().eq(values.iter().copied()), "values after {after}, {round}: {got:?}");
            let few = db.label_values(&cx, "n", LabelSelect { limit: 2, ..ask() }).await.unwrap();
            assert!(few.iter().eq(values.iter().copied().take(2)), "two values after {after}, {round}");
            let few = db.series(&cx, LabelSelect { limit: 1, ..ask() }).await.unwrap();
            assert_eq!(few[..], want[..1.min(want.len())], "a set after {after}, {round}");
        }
    }
}

/// A series of its own for each number; odd ones have a further label.
async fn write(db: &Tsdb, numbers: std::ops::Range<i64>) {
    for number in numbers {
        let text = number.to_string();
        let mut pairs = vec![("__name__", "m"), ("n", text.as_str())];
        pairs.extend((number % 2 == 1).then_some(("odd", "1")));
        append(db, &[(&labels(&pairs), &[(number * 1000, 1.0)])]).await;
    }
}

#[test]
fn answers_about_labels_follow_what_there_is() {
    run(async {
        let (room, clock) = (room(), Clock::manual(3600 * 1_000_000_000));
        let db = open(room.path(), &clock).await;
        check(&db, "nothing").await;
        write(&db, 0..5).await;
        check(&db, "a head").await;
        write(&db, 30..32).await;
        check(&db, "more series of a head").await;
        db.flush().await.unwrap();
        check(&db, "a flush").await;
        write(&db, 3..8).await;
        check(&db, "a head and a block").await;
        db.flush().await.unwrap();
        write(&db, 20..22).await;
        check(&db, "two blocks").await;
        let cx = Context::for_tests();
        let gone = all_times(vec![vec![Matcher::equal("n", "7")], vec![Matcher::equal("n", "21")]]);
        assert_eq!(db.delete(&cx, gone).await.unwrap(), 2);
        check(&db, "a delete").await;
        clock.advance(Duration::from_secs(5 * 3600));
        db.maintain().await.unwrap();
        check(&db, "a merge").await;
        let early =
            LabelSelect { range: TimeRange::new(Millis(20_000), Millis(21_000)), ..all_times(Vec::new()) };
        write(&db, 19..21).await;
        assert!(db.label_values(&cx, "n", early).await.unwrap().contains(&"20".to_owned()));
        check(&db, "more").await;
    });
}

#[test]
fn a_head_answers_of_its_samples_in_the_range() {
    run(async {
        let (room, clock) = (room(), Clock::manual(3600 * 1_000_000_000));
        let db = open(room.path(), &clock).await;
        write(&db, 0..9).await;
        let cx = Context::for_tests();
        for (start, end) in [(0, 9000), (0, 8001), (0, 8000), (1, 9000), (3000, 5001), (20_000, 30_000)] {
            let range = TimeRange::new(Millis(start), Millis(end));
            let want: Vec<String> =
                (0..9).filter(|n| (start..end).contains(&(n * 1000))).map(|n| n.to_string()).collect();
            let select = LabelSelect { range, ..all_times(Vec::new()) };
            assert_eq!(db.label_values(&cx, "n", select).await.unwrap(), want, "{start}..{end}");
        }
    });
}

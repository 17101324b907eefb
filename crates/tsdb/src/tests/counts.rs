//! Counts of label values are those of the label sets, wherever series are.

use super::*;
use contract::{LabelCounts, LabelSelect};

async fn check(db: &Tsdb, sets: Vec<Vec<Matcher>>, names: Option<&[&str]>) -> LabelCounts {
    let range = TimeRange::new(Millis(0), Millis(i64::MAX));
    let select = LabelSelect { matchers: sets, range, limit: 0 };
    let cx = Context::for_tests();
    let names: Option<Vec<String>> = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let all = db.series(&cx, select.clone()).await.unwrap();
    let counts = db.count_labels(&cx, select, names.clone()).await.unwrap();
    assert_eq!(counts, LabelCounts::of(&all, names.as_deref()));
    counts
}

#[test]
fn counts_are_those_of_label_sets() {
    run(async {
        let (room, clock) = (room(), Clock::manual(10_000 * 1_000_000));
        let db = open(room.path(), &clock).await;
        assert_eq!(check(&db, Vec::new(), None).await, LabelCounts::default());
        let name = |n: i64| if n % 3 == 0 { "a" } else { "b" };
        let series = |n: i64| {
            labels(&[
                ("__name__", name(n)),
                ("job", "j"),
                ("n", &n.to_string()),
                ("half", &(n / 2).to_string()),
            ])
        };
        // One in heads alone, one in blocks alone, some in both.
        for (from, to) in [(0, 20), (10, 30), (20, 40)] {
            let all: Vec<Labels> = (from..to).map(series).collect();
            let samples = [(from + 1, 1.0)];
            append(&db, &all.iter().map(|labels| (labels, &samples[..])).collect::<Vec<_>>()).await;
            if to < 40 {
                db.flush().await.unwrap();
            }
            let counts = check(&db, Vec::new(), None).await;
            assert_eq!((counts.series, counts.labels["job"]["j"]), (to as u64, to as u64));
        }
        let set = |text: &str| vec![Matcher::new("n", MatchOp::Regex, text).unwrap()];
        assert_eq!(check(&db, vec![set("1.?")], None).await.labels["__name__"]["a"], 3);
        check(&db, vec![set("1.?"), set("2.?|15")], Some(&["half", "none"])).await;
        assert_eq!(
            check(&db, vec![set("7")], Some(&[])).await,
            LabelCounts { series: 1, ..LabelCounts::default() }
        );
        assert_eq!(check(&db, vec![set("x")], None).await, LabelCounts::default());
    });
}

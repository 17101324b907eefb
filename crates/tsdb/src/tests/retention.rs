//! Retention: whole blocks by age, single series by rules.

use super::*;
use crate::{MAX_RETENTION_RULES, RetentionRule, RetentionRules};
use std::time::Duration;

const HOUR: u64 = 3600;

fn rule(tenant: Option<&str>, matchers: Vec<Matcher>, hours: u64) -> RetentionRule {
    let tenant = tenant.map(|tenant| ::model::Tenant::parse(tenant).unwrap());
    RetentionRule { tenant, matchers, keep: (hours > 0).then(|| Duration::from_secs(hours * HOUR)) }
}

/// Which series are left after so many hours, once series `a`, `b` and `c` had a sample at the start.
async fn left(hours: &[u64], max_age: Option<u64>, rules: Vec<RetentionRule>) -> Vec<String> {
    let (room, clock) = (room(), Clock::manual(0));
    let mut options = options(room.path(), &clock).await;
    options.retention.max_age = max_age.map(|hours| Duration::from_secs(hours * HOUR));
    options.retention_rules = RetentionRules::of(rules).unwrap();
    let db = Tsdb::open(options).await.unwrap();
    let all = ["a", "b", "c"].map(|name| labels(&[("__name__", name)]));
    append(&db, &all.each_ref().map(|labels| (labels, &[(1000, 1.0)][..]))).await;
    db.flush().await.unwrap();
    let mut out = Vec::new();
    let mut now = 0;
    for at in hours {
        clock.advance(Duration::from_secs((at - now) * HOUR));
        now = *at;
        for _ in 0..2 {
            db.maintain().await.unwrap();
        }
        let got = select(&db, any_name(), 0, 10_000).await;
        out.push(got.iter().map(|series| series.labels.metric_name().to_owned()).collect());
    }
    // A restart knows nothing of what was looked at; the answer is the same.
    drop(db);
    let db = open(room.path(), &clock).await;
    let got = select(&db, any_name(), 0, 10_000).await;
    let names: String = got.iter().map(|series| series.labels.metric_name().to_owned()).collect();
    assert_eq!(out.last(), Some(&names));
    out
}

fn name(name: &str) -> Vec<Matcher> {
    vec![Matcher::equal("__name__", name)]
}

#[test]
fn rules_take_series_before_and_after_the_others() {
    run(async {
        let rules = vec![rule(None, name("a"), 2), rule(None, name("b"), 200)];
        assert_eq!(
            left(&[1, 3, 99, 101, 199, 201], Some(100), rules).await,
            ["abc", "bc", "bc", "b", "b", ""]
        );
        let rules = vec![rule(None, name("b"), 0), rule(None, name("b"), 1), rule(None, Vec::new(), 5)];
        assert_eq!(left(&[4, 6, 5000], Some(1), rules).await, ["abc", "b", "b"]);
        let rules = vec![rule(None, name("c"), 3)];
        assert_eq!(left(&[2, 4, 5000], None, rules).await, ["abc", "ab", "ab"]);
    });
}

#[test]
fn rules_of_another_tenant_do_not_count() {
    run(async {
        let rules = vec![rule(Some("other"), Vec::new(), 1), rule(Some("anonymous"), name("a"), 2)];
        assert_eq!(left(&[3, 10, 12], Some(11), rules).await, ["bc", "bc", ""]);
    });
}

#[test]
fn rules_are_bounded() {
    let rules = vec![rule(None, Vec::new(), 1); MAX_RETENTION_RULES + 1];
    assert!(RetentionRules::of(rules).is_err());
}

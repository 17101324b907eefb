//! What ends a query early, and what an answer says about its cost and its plan.

#[path = "fakes/source.rs"]
mod source;

use contract::{Context, Series, SeriesSelect};
use model::{Labels, Tenant};
use promql::{Options, QueryError, QueryResult};
use query::{Grid, Value};
use source::{Fake, Selects};
use std::time::Duration;
use stdx::{Budget, Clock, ErrorKind};

/// So many series with a sample every 15 s for an hour; two names that differ in nothing else.
struct Many(usize);

impl Many {
    fn one(&self, number: usize) -> Series {
        let timestamps: Vec<i64> = (0..=240).map(|i| i * 15_000).collect();
        let name = if number.is_multiple_of(2) { "a_total" } else { "b_total" };
        let values = timestamps.iter().map(|t| *t as f64 / 1000.0).collect();
        Series {
            labels: Labels::from_pairs([("__name__", name.to_owned()), ("n", (number / 2).to_string())]),
            timestamps: timestamps.into(),
            values,
            histograms: Vec::new(),
            starts: None,
            histogram_starts: None,
        }
    }
}

impl Selects for Many {
    fn answer(&self, select: &SeriesSelect) -> Vec<Series> {
        let matches = |s: &Series| select.matchers.iter().all(|m| m.matches(s.labels.value(&m.name)));
        (0..self.0).map(|number| self.one(number)).filter(matches).collect()
    }
}

const HOUR: Grid = Grid { start: 0, end: 3_600_000, step: 60_000 };

async fn ask(cx: &Context, series: usize, text: &str, options: &Options) -> Result<QueryResult, QueryError> {
    promql::range(&Fake(Many(series)), cx, text, HOUR, options).await
}

#[tokio::test]
async fn samples_are_limited() {
    let options = Options { max_samples: 1000, ..Options::default() };
    for text in ["a_total", "rate(a_total[5m])", "sort_desc(a_total)", "a_total + 1", "a_total * a_total"] {
        let error = ask(&Context::for_tests(), 100, text, &options).await.expect_err(text);
        assert_eq!(
            error.to_string(),
            "query processing would load too many samples into memory in query execution"
        );
        assert!(error.is_execution());
    }
    let few = ask(&Context::for_tests(), 4, "sum(rate(a_total[5m]))", &options).await.expect("few samples");
    assert!(few.samples.peak <= 1000 && few.samples.peak > 0);
}

#[tokio::test]
async fn canceled_late_and_large_queries_end() {
    let cx = Context::for_tests();
    cx.cancel.cancel();
    let error = ask(&cx, 10, "a_total", &Options::default()).await.expect_err("canceled");
    assert_eq!(error.kind(), ErrorKind::Canceled);

    let clock = Clock::manual(0);
    let cx = Context::internal(Tenant::anonymous(), clock.clone(), Budget::new("test", 1 << 30))
        .with_timeout(Duration::from_secs(1));
    clock.advance(Duration::from_secs(2));
    let error = ask(&cx, 10, "a_total", &Options::default()).await.expect_err("late");
    assert!(matches!(error, QueryError::Timeout), "{error}");

    let cx = Context::internal(Tenant::anonymous(), Clock::system(), Budget::new("test", 10_000));
    let error = ask(&cx, 10, "a_total", &Options::default()).await.expect_err("large");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(cx.budget.used(), 0, "what was reserved is given back");
}

/// 50 series for an hour take 200 kB; what a query makes of them must fit as well.
#[tokio::test]
async fn memory_is_reserved_for_what_a_query_makes() {
    let seconds = Grid { start: 0, end: 3_600_000, step: 10_000 };
    let within = async |bytes: u64, text: &str| {
        let budget = Budget::new("memory.query", bytes);
        let cx = Context::internal(Tenant::anonymous(), Clock::system(), budget);
        let answer = promql::range(&Fake(Many(100)), &cx, text, seconds, &Options::default()).await;
        assert_eq!(cx.budget.used(), 0, "{text}: what was reserved is given back");
        (answer, cx.budget.peak())
    };
    for text in [
        r#"count_values("v", a_total)"#,
        "quantile(0.5, a_total)",
        "sum by (n) (a_total)",
        "topk(3, a_total)",
        "-a_total",
        "a_total * a_total",
        "max_over_time(a_total[1m:10s])",
        "a_total",
    ] {
        let (answer, peak) = within(1 << 30, text).await;
        answer.expect(text);
        assert!(peak > 90_000, "{text} is made of 18,000 points and takes {peak} bytes");
        let (answer, peak) = within(peak / 2, text).await;
        let error = answer.expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Limit, "{text}");
        assert!(error.to_string().contains("memory.query allows"), "{error}");
        assert!(peak <= 1 << 30);
    }
    // Each value occurs at one step: a place for all steps of each would be a hundred times as much.
    let (answer, peak) = within(1 << 30, r#"count_values("v", time() + 0 * sum by (n) (a_total))"#).await;
    answer.expect("it is bounded by what occurs");
    assert!(peak < 4_000_000, "{peak}");
}

#[tokio::test]
async fn names_are_dropped_at_once_or_at_the_end() {
    let at_once = Options::default();
    for text in [r#"-{__name__=~".+_total"}"#, r#"timestamp({__name__=~".+_total"})"#] {
        let error = ask(&Context::for_tests(), 4, text, &at_once).await.expect_err("alike");
        assert_eq!(error.to_string(), "vector cannot contain metrics with the same labelset", "{text}");
    }
    let renamed = r#"label_replace(rate({__name__=~".+_total"}[5m]), "name", "$1", "__name__", "(.*)")"#;
    let error = ask(&Context::for_tests(), 4, renamed, &at_once).await.expect_err("alike");
    assert_eq!(error.to_string(), "vector cannot contain metrics with the same labelset");
    let at_the_end = Options { delayed_name_removal: true, ..Options::default() };
    let result = ask(&Context::for_tests(), 4, renamed, &at_the_end).await.expect("names tell them apart");
    let Value::Matrix(series) = result.value else { panic!("a matrix") };
    let labels: Vec<String> = series.iter().map(|s| s.labels.to_string()).collect();
    let wanted = [
        r#"{n="0", name="a_total"}"#,
        r#"{n="0", name="b_total"}"#,
        r#"{n="1", name="a_total"}"#,
        r#"{n="1", name="b_total"}"#,
    ];
    assert_eq!(labels, wanted);
}

#[tokio::test]
async fn samples_are_counted_by_step() {
    let count = async |text: &str| {
        let result = ask(&Context::for_tests(), 2, text, &Options::default()).await.expect(text);
        (result.samples.total_queryable(), result.samples.total_read())
    };
    // 61 steps; a window of 2 minutes has 8 samples, 4 of them new at each step.
    assert_eq!(count("a_total").await, (61, 61));
    assert_eq!(count("a_total + b_total").await, (122, 122));
    let (first, second) = (1, 5);
    assert_eq!(count("increase(a_total[2m])").await, (first + second + 59 * 8, 241));
    assert_eq!(count("a_total @ 60").await, (61, 1));
    assert_eq!(count("max_over_time(a_total[10m:1m] @ 3600)").await, (61 * 10, 10));
}

#[test]
fn plans_are_shown() {
    let text = "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m] offset 1m)) / (2 * 3) > bool scalar(up @ 60)";
    let plan = promql::explain(text, HOUR, false, &Options::default()).expect("a plan");
    let shown = plan.to_string();
    assert_eq!(shown, include_str!("limits/plan.txt"), "{shown}");
}

#[test]
fn what_only_counts_samples_asks_for_their_times() {
    let selects = |text: &str| {
        let options = Options { parse: promql::ParseOptions::all(), ..Options::default() };
        let shown = promql::explain(text, HOUR, false, &options).expect("a plan").to_string();
        let lines = shown.lines().filter(|line| line.starts_with("select"));
        lines.map(|line| line.ends_with(", times alone")).collect::<Vec<_>>()
    };
    for (text, times) in [
        ("count(up)", &[true][..]),
        ("group by (job) ((up))", &[true]),
        ("absent(up)", &[true]),
        ("timestamp(up)", &[true]),
        ("count_over_time(up[5m])", &[true]),
        ("max_over_time(count(up)[10m:1m])", &[true]),
        ("sum(up)", &[false]),
        ("count(-up)", &[false]),
        ("count(up > 0)", &[false]),
        ("count(rate(up[5m]))", &[false]),
        ("count_values(\"v\", up)", &[false]),
        ("count(up smoothed)", &[false]),
        ("count(up) / count(down)", &[true, true]),
        // Who needs values has the times with them.
        ("count(up) / sum(up)", &[false]),
        ("sum(up) / count(up)", &[false]),
    ] {
        assert_eq!(selects(text), times, "{text}");
    }
}

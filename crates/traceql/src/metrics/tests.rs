//! Metrics of the twelve traces of the fixture: series and samples as in `testdata/metrics.txt`.

use super::*;
use crate::exec::Program;
use crate::fixture::twelve;
use crate::syntax::Metrics;
use contract::SpanSelect;
use std::fmt::Write;
use std::future::Future;

const SECOND: i64 = 1_000_000_000;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn print(result: &MetricsResult) -> String {
    let mut out = String::new();
    for series in &result.series {
        let labels: Vec<String> =
            series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let _ = write!(out, "{}:", labels.join(","));
        series.samples.iter().for_each(|(at, value)| {
            let _ = write!(out, " {}={}", at / 1000, (value * 1e6).round() / 1e6);
        });
        out.push('\n');
    }
    out
}

fn range(query: &str, exemplars: usize) -> Result<MetricsResult, TraceqlError> {
    let params = RangeParams { start: 0, end: 110 * SECOND, step: 60 * SECOND, exemplars, max_series: 0 };
    run(metrics_range(&twelve(), &Context::for_tests(), query, params))
}

#[test]
fn series_are_as_recorded() {
    let text = include_str!("../../testdata/metrics.txt");
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    let mut checked = 0;
    for block in blocks {
        let lines: Vec<&str> = block.lines().filter(|line| !line.starts_with('#')).collect();
        let Some((query, expected)) = lines.split_first() else { continue };
        let got = match range(query, 0) {
            Ok(result) => print(&result),
            Err(error) => format!("error: {error}\n"),
        };
        assert_eq!(got.trim_end(), expected.join("\n"), "{query}");
        checked += 1;
    }
    assert!(checked > 20);
}

/// The series of a query made from built spans and from columns.
fn both_ways(query: &str) -> Option<[String; 2]> {
    let parsed = prepare(query).ok()?;
    let Body::Metrics(Metrics::Query(query)) = &parsed.body else { return None };
    let program = Program::compile(&query.spans);
    let needs = fold::needs(query, &program)?;
    let params = RangeParams { start: 0, end: 110 * SECOND, step: 60 * SECOND, exemplars: 0, max_series: 0 };
    let (buckets, source, cx) = (Buckets::range(&params), twelve(), Context::for_tests());
    let select = SpanSelect { range: buckets.time_range(), all: true, conditions: Vec::new(), needed: None };
    let told = |lines: Vec<groups::Line>| {
        let series = lines.into_iter().map(|line| line.finish(&buckets)).collect();
        print(&MetricsResult { series, ..MetricsResult::default() })
    };
    let mut inspected = [0, 0];
    let [first, second] = &mut inspected;
    let pair = (&**query, &program);
    let by_spans = collect::collect_rows(&source, &cx, pair, select.clone(), buckets, 0, first);
    let by_spans = told(run(by_spans).unwrap());
    let units = run(source.scan(&cx, select, needs)).unwrap();
    let by_columns = told(run(fold::collect(units, &cx, pair, buckets, 0, second)).unwrap());
    assert_eq!(inspected[0], inspected[1]);
    Some([by_spans, by_columns])
}

#[test]
fn columns_and_spans_make_the_same_series() {
    let text = include_str!("../../testdata/metrics.txt");
    let queries = text.lines().filter(|line| line.starts_with('{'));
    let more = [
        "{} | rate() by(span:childCount, name, .missing)",
        "{ nestedSetParent < 0 } | quantile_over_time(duration, 0.5, 1) by(resource.service.name, .n)",
        "{ name = `serve` } > { .n > 3 } | sum_over_time(.n) by(status, kind)",
        "{ traceDuration > 1ms } | histogram_over_time(.size) by(rootName)",
        "{} | avg_over_time(duration) by(.size)",
        "{} | min_over_time(.n) by(trace:id)",
        "{} | compare({ status = error })",
        "{ kind = server || .n > 3 } | compare({ name = `query` && duration > 1ms }, 3)",
        "{ name = `serve` } | compare({ span:childCount > 0 }, 2, 1000000000, 70000000000)",
    ];
    let mut checked = 0;
    for query in queries.chain(more) {
        if let Some([by_spans, by_columns]) = both_ways(query) {
            assert_eq!(by_columns, by_spans, "{query}");
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked}");
}

#[test]
fn an_instant_has_one_bucket() {
    let params = InstantParams { start: 5 * SECOND, end: 115 * SECOND, exemplars: 0, max_series: 0 };
    let of =
        |query: &str| print(&run(metrics_instant(&twelve(), &Context::for_tests(), query, params)).unwrap());
    // The span that starts at the very start is outside, the one at the very end inside.
    assert_eq!(of("{ name = `serve` } | count_over_time()"), "__name__=`count_over_time`: 115=11\n");
    assert_eq!(of("{ name = `serve` } | rate()"), "__name__=`rate`: 115=0.1\n");
}

#[test]
fn exemplars_stand_for_samples() {
    let result = range("{ name = `query` } | max_over_time(duration) by(status)", 5).unwrap();
    let exemplars: Vec<&Exemplar> = result.series.iter().flat_map(|series| &series.exemplars).collect();
    assert_eq!(exemplars.len(), 4, "two a bucket, so that they spread over the time");
    let first = exemplars[0];
    let labels: Vec<&str> = first.labels.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(labels, ["trace:id", "name", "status", "duration"]);
    let traces: std::collections::BTreeSet<String> =
        exemplars.iter().map(|e| e.labels[0].1.to_string()).collect();
    assert_eq!(traces.len(), 4, "one a trace");
    let counted = range("{ name = `query` } | count_over_time()", 1).unwrap();
    assert_eq!(counted.series[0].exemplars[0].value, 6.0, "the sample's value where spans are counted");
    assert!(range("{} | rate() with(exemplars=false)", 5).unwrap().series[0].exemplars.is_empty());
}

#[test]
fn windows_are_checked() {
    let day = Duration::from_secs(86_400);
    let text = |result: Result<(), TraceqlError>| result.unwrap_err().to_string();
    assert!(check_window(0, 3600 * SECOND, Some(SECOND), day).is_ok());
    assert_eq!(text(check_window(5, 5, None, day)), "end must be greater than start");
    assert_eq!(
        text(check_window(0, 90_000 * SECOND, None, day)),
        "metrics query time range exceeds the maximum allowed duration of 24h0m0s"
    );
    assert_eq!(
        text(check_window(0, 3600 * SECOND, Some(SECOND / 1000), day)),
        "step of 1ms is too small, minimum step for given range is 360ms"
    );
    assert_eq!(default_step(0, 3600 * SECOND), 15 * SECOND);
    assert_eq!(default_step(0, 60 * SECOND), SECOND);
    assert_eq!(default_step(0, 86_400 * SECOND), 300 * SECOND);
}

#[test]
fn buckets_are_closed_on_the_right() {
    let buckets = Buckets::range(&RangeParams { start: 65, end: 130, step: 10, exemplars: 0, max_series: 0 });
    assert_eq!((buckets.stamp(0), buckets.count), (60, 8));
    assert_eq!(
        [50, 51, 60, 61, 70, 130, 131].map(|at| buckets.of(at)),
        [None, Some(0), Some(0), Some(1), Some(1), Some(7), None]
    );
}

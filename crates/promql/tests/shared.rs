//! Parts that a query says more than once: the same answers as when each is computed, and marked in the plan.

use promql::{Options, ParseOptions};
use query::Grid;

fn plan(query: &str) -> String {
    let options = Options { parse: ParseOptions::all(), ..Options::default() };
    promql::explain(query, Grid::new(0, 600_000, 60_000), false, &options).expect("it is good").to_string()
}

#[track_caller]
fn check(query: &str, shared: usize) {
    let plan = plan(query);
    assert_eq!(plan.matches("shared #").count(), shared, "{plan}");
}

#[test]
fn what_occurs_twice_is_shared() {
    check("sum(rate(a[5m])) / (sum(rate(a[5m])) + sum(rate(b[5m])))", 2);
    check("rate(a[5m]) / rate(a[5m] )", 2);
    check("a / (a + b)", 0);
    check("rate(a[5m]) / rate(a[6m])", 0);
    check("rate(a[5m]) / max_over_time((rate(a[5m]))[10m:1m])", 2);
    check("1 + 1 + 2 * vector(1) + vector(1)", 0);
}

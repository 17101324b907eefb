//! No query takes more memory than its budget: groups, points, sorted and distinct values are reserved before they are there.

use bytes::Bytes;
use contract::{Context, Direction, LogRow, Stream};
use logql::{LogqlResult, Params};
use model::{Labels, Nanos, Tenant};
use std::sync::Arc;
use stdx::{Budget, Clock, ErrorKind};

#[path = "shared/source.rs"]
mod source;

use source::Source;

const SECOND: i64 = 1_000_000_000;
/// Each line has values that no other has.
const LINES: i64 = 20_000;

/// Lines of one stream, one a second, made as they are read.
fn endless() -> Source {
    Source { rows: Box::new(|_| Box::new((1..LINES).map(row))), batch: 1000, counts: false }
}

fn row(i: i64) -> LogRow {
    let labels = Labels::from_pairs([("app", "web")]);
    LogRow {
        stream: Arc::new(Stream { hash: labels.stable_hash(), labels }),
        at: Nanos(i * SECOND),
        line: Bytes::from(format!("id=value-{i:08} v={i}")),
        metadata: Arc::from([]),
    }
}

/// Asks over all lines at so many points, within so many bytes.
async fn ask(query: &str, points: i64, budget: &Budget) -> Result<LogqlResult, logql::LogqlError> {
    let query = logql::parse(query).expect("a query");
    let cx = Context::internal(Tenant::anonymous(), Clock::system(), budget.clone());
    let params = Params {
        start: Nanos(0),
        end: Nanos(LINES * SECOND),
        step: LINES * SECOND / points,
        interval: 0,
        limit: usize::MAX,
        direction: Direction::Forward,
        categorise: false,
        max_series: 500,
        partial_series: true,
    };
    logql::range(&endless(), &cx, &query, &params).await
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    for (query, points) in [
        // A group a line: labels alone are too much, or points are, of counts and of samples.
        ("sum by (id) (count_over_time({app=\"web\"} | logfmt [6h]))", 2),
        ("sum by (id) (count_over_time({app=\"web\"} | logfmt [1m]))", 1000),
        ("topk(3, sum by (id) (count_over_time({app=\"web\"} | logfmt [1m])))", 1000),
        ("sort_desc(max_over_time({app=\"web\"} | logfmt | unwrap v [1m]) by (id))", 500),
        ("max_over_time({app=\"web\"} | logfmt | unwrap v [1m]) by (id)", 500),
        ("last_over_time({app=\"web\"} | logfmt | unwrap v [1m]) by (id)", 500),
        ("quantile_over_time(0.5, {app=\"web\"} | logfmt | unwrap v [1h]) by (id) * 2", 500),
        (
            "sum by (id) (count_over_time({app=\"web\"} | logfmt [6h])) / sum by (id) (rate({app=\"web\"} | logfmt [6h]))",
            2,
        ),
        // All lines, all different lines, and all values of a label.
        ("{app=\"web\"}", 2),
        ("{app=\"web\"} | logfmt | distinct id", 2),
        ("approx_count_distinct(id, {app=\"web\"} | logfmt [10s])", 10_000),
    ] {
        let budget = Budget::new("query", 1 << 20);
        let error = ask(query, points, &budget).await.map(|_| ()).expect_err(query);
        assert_eq!(error.kind(), ErrorKind::Limit, "{query}: {error}");
        assert!(error.to_string().contains("query allows 1048576 bytes"), "{query}: {error}");
        assert_eq!(budget.used(), 0, "{query}");
    }
}

#[tokio::test]
async fn an_answer_holds_its_memory_until_it_is_dropped() {
    for query in ["{app=\"web\"}", "sum by (id) (count_over_time({app=\"web\"} | logfmt [6h]))"] {
        let budget = Budget::new("query", 1 << 30);
        let answer = ask(query, 2, &budget).await.expect("an answer");
        assert!(budget.used() > LINES as u64 * 20, "{query}: {}", budget.used());
        assert_eq!(answer.held.bytes(), budget.used(), "{query}");
        drop(answer);
        assert_eq!(budget.used(), 0, "{query}");
    }
}

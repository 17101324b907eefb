//! Roll-ups against rows, on the real engine: what a query counts must not depend on what it is counted from.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use contract::Context;
use model::{
    Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId, Value,
};
use std::sync::Arc;
use stdx::{Budget, Clock, Rng};
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tracedb::{EngineOptions, TraceDb};
use traceql::metrics::{InstantParams, MetricsResult, RangeParams, metrics_instant, metrics_range};

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_800_000_000;

async fn open(dir: &std::path::Path) -> Arc<TraceDb> {
    let objects = Objects::open(&dir.join("store").display().to_string(), &[]).unwrap();
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
    let (cache, budget) = (BlockCache::new(1 << 20), Budget::new("test", 1 << 30));
    let options = EngineOptions::new(dir.join("log"), objects, catalog, cache, Clock::system(), budget);
    TraceDb::open(options).await.unwrap()
}

/// Traces of a root with children; some have lost their root, a few spans start on the edge of a minute.
fn batch(rng: &mut Rng, traces: u64, odd: bool) -> SpanBatch {
    let mut resources = Vec::new();
    for _ in 0..traces {
        let mut id = [0; 16];
        rng.fill(&mut id);
        let start = match rng.below(9) {
            0 => (START + 60 * rng.below(3) as i64) * SECOND,
            _ => START * SECOND + rng.below(180 * SECOND as u64) as i64,
        };
        let root = SpanId(rng.next_u64().max(1).to_be_bytes());
        let lost = rng.below(7) == 0;
        let count = 1 + rng.below(4);
        let span = |n: u64| Span {
            trace_id: TraceId(id),
            span_id: if n == 0 { root } else { SpanId(rng.next_u64().max(1).to_be_bytes()) },
            parent_span_id: match (n, lost) {
                (0, false) => SpanId::default(),
                (0, true) => SpanId([9; 8]),
                _ => root,
            },
            name: ["read", "write"][rng.below(2) as usize].into(),
            kind: [SpanKind::Server, SpanKind::Client][(n > 0) as usize],
            status: [StatusCode::Unset, StatusCode::Error][(rng.below(5) == 0) as usize],
            start: Nanos(start + n as i64),
            end: Nanos(start + n as i64 + [0, 1, 1_000, 1_024, 900_000][rng.below(5) as usize]),
            ..Span::default()
        };
        let mut spans: Vec<Span> = (0..count).map(span).collect();
        for span in &mut spans {
            // The first follows from the name, the second does so but for some spans, the third is not always a text.
            let kind = if &*span.name == "read" { "redis" } else { "postgresql" };
            span.attributes.push(("db.system".into(), kind.into()));
            if odd && rng.below(500) == 0 {
                span.attributes.push(("route".into(), "/odd".into()));
            } else if &*span.name == "write" {
                span.attributes.push(("route".into(), "/cart".into()));
            }
            match rng.below(3) {
                0 => span.attributes.push(("code".into(), "x".into())),
                1 => span.attributes.push(("code".into(), Value::Int(7))),
                _ => {}
            }
        }
        let attributes = match rng.below(5) {
            0 => Vec::new(),
            n => vec![("service.name".into(), ["shop", "pay"][n as usize % 2].into())],
        };
        let scopes = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource = Arc::new(Resource { attributes, dropped_attributes: 0 });
        resources.push(ResourceSpans { resource, scopes, ..ResourceSpans::default() });
    }
    SpanBatch { resources }
}

/// Series without exemplars: those of cells stand for other spans than those of rows. Sums are told to twelve digits: they
/// are added up in another order.
fn told(result: &MetricsResult) -> (String, u64) {
    let samples = |samples: &[(i64, f64)]| -> String {
        samples.iter().map(|(at, value)| format!("{at} {value:.11e} ")).collect()
    };
    let series = result.series.iter().map(|of| format!("{:?} {}\n", of.labels, samples(&of.samples)));
    (series.collect(), result.inspected)
}

async fn check(db: &TraceDb, step: i64, rolled: bool) {
    let cx = Context::for_tests();
    let params = RangeParams {
        start: START * SECOND,
        end: (START + 180) * SECOND,
        step: step * SECOND,
        exemplars: 10,
        max_series: 0,
    };
    for (filter, rest) in [
        ("", "rate()"),
        ("", "count_over_time() by (resource.service.name, name)"),
        ("status = error", "rate() by (kind)"),
        ("nestedSetParent < 0 && name = `read`", "count_over_time() by (status)"),
        ("nestedSetParent = 0 || resource.service.name =~ `s.*`", "rate()"),
        (
            "kind = server && resource.service.name != nil",
            "quantile_over_time(duration, 0.5, 0.99) by (name)",
        ),
        ("", "histogram_over_time(duration) by (resource.service.name)"),
        ("name = `none`", "rate()"),
        ("nestedSetParent < 0", "max_over_time(duration) by (resource.service.name)"),
        ("", "min_over_time(duration) by (name)"),
        ("status = error", "sum_over_time(duration)"),
        ("", "avg_over_time(duration) by (kind)"),
        ("span.db.system != nil", "histogram_over_time(duration) by (span.db.system)"),
        ("span.route != nil", "rate() by (span.route)"),
        ("", "count_over_time() by (span.route, span.db.system)"),
        ("span.code = `x`", "count_over_time()"),
        ("", "rate() by (span.code)"),
        ("span.none = nil", "rate() by (span.none)"),
    ] {
        let by_cells = format!("{{ {filter} }} | {rest}");
        // What asks for a duration is answered from rows.
        let and = if filter.is_empty() { String::new() } else { format!("({filter}) && ") };
        let by_rows = format!("{{ {and}duration >= 0ns }} | {rest}");
        let cells = metrics_range(db, &cx, &by_cells, params).await.unwrap();
        let rows = metrics_range(db, &cx, &by_rows, params).await.unwrap();
        assert_eq!(told(&cells), told(&rows), "{by_cells}");
        let ids = cells.series.iter().flat_map(|series| &series.exemplars).map(|e| e.labels[0].0.as_str());
        assert!(ids.clone().all(|label| label == "trace:id"), "{by_cells}");
        let instant = |end: i64| InstantParams { start: START * SECOND, end, exemplars: 0, max_series: 0 };
        for end in [(START + 180) * SECOND, (START + 171) * SECOND] {
            let cells = metrics_instant(db, &cx, &by_cells, instant(end)).await.unwrap();
            let rows = metrics_instant(db, &cx, &by_rows, instant(end)).await.unwrap();
            assert_eq!(told(&cells).0, told(&rows).0, "{by_cells}");
        }
    }
    let read = |query: &'static str| read(db, query, params);
    let (cells, rows) = (read("{} | rate()").await, read("{ duration >= 0ns } | rate()").await);
    assert_eq!(cells < rows, rolled, "{cells} {rows}");
    let texts = read("{ span.db.system = `redis` } | max_over_time(duration)").await;
    assert_eq!(texts, cells, "a text that follows from the cell");
    assert_eq!(read("{ span.code = `x` } | rate()").await, rows, "a value that does not");
}

/// The rows that a query reads.
async fn read(db: &TraceDb, query: &str, params: RangeParams) -> u64 {
    let cx = Context::for_tests();
    metrics_range(db, &cx, query, params).await.unwrap();
    cx.stats.rows_read.load(std::sync::atomic::Ordering::Relaxed)
}

#[tokio::test]
async fn cells_count_what_rows_count() {
    let dir = tempfile::tempdir().unwrap();
    let (db, cx, mut rng) = (open(dir.path()).await, Context::for_tests(), Rng::seeded(7));
    let first = batch(&mut rng, 2_000, false);
    for batch in [first.clone(), batch(&mut rng, 2_000, true)] {
        db.append(&cx, batch).await.unwrap();
        db.flush().await.unwrap();
    }
    check(&db, 60, true).await;
    check(&db, 120, true).await;
    check(&db, 45, false).await;
    // A trace that goes on elsewhere, a copy, two spans of one id: rows are read where it matters.
    let mut more = batch(&mut rng, 40, true);
    let mut piece = first.resources[0].clone();
    piece.scopes[0].spans.iter_mut().for_each(|span| span.span_id = SpanId(rng.next_u64().to_be_bytes()));
    more.resources.push(piece);
    db.append(&cx, more.clone()).await.unwrap();
    let spans = &mut more.resources[0].scopes[0].spans;
    let copy = Span { kind: SpanKind::Consumer, ..spans[0].clone() };
    spans.push(copy);
    db.append(&cx, more).await.unwrap();
    check(&db, 60, true).await;
    db.flush().await.unwrap();
    check(&db, 60, true).await;
}

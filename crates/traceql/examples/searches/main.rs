//! What traces cost: CPU a span to append, bytes a span stored, peak memory, and how long queries take.
//!
//! `cargo run --release -p traceql --example searches -- [traces] [directory] [spans of one huge trace] [text]`, by default 20,000
//! traces of a shop (some 20 spans each) over 55 minutes, written in batches of about a thousand spans. With a text only queries that contain it are asked.

use contract::{Context, SpanSource};
use model::{Nanos, Span, SpanId, TraceId, Value};
use shop::Shop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tracedb::{EngineOptions, TraceDb};
use traceql::metrics::{RangeParams, metrics_range};
use traceql::{SearchParams, search};

mod shop;

const START: i64 = 1_767_225_600;
const SECOND: i64 = 1_000_000_000;
const SPAN: i64 = 55 * 60;

const SEARCHES: [(&str, usize); 17] = [
    ("{ }", 20),
    ("{ resource.service.name = \"checkout\" }", 20),
    ("{ status = error }", 100_000),
    ("{ resource.service.name = \"frontend\" && span.http.response.status_code >= 500 }", 100_000),
    ("{ span.http.route = \"/checkout\" && duration > 100ms }", 100_000),
    ("{ span.db.system = \"postgresql\" && duration > 15ms }", 100_000),
    ("{ span.enduser.id = \"user-1234\" }", 100_000),
    ("{ name =~ \"shop.payment.*\" && status = error }", 100_000),
    (
        "{ resource.service.name = \"frontend\" } >> { span.db.system = \"redis\" && duration > 10ms }",
        100_000,
    ),
    // Both sides are common, and nothing is found: everything is read.
    ("{ resource.service.name = \"cart\" } >> { kind = producer }", 100_000),
    ("{ kind = producer } > { kind = consumer && duration > 10ms }", 100_000),
    ("{ span.rpc.method = \"payment\" } && { status = error }", 100_000),
    ("{ span.db.system != nil } | count() > 15", 100_000),
    ("{ resource.service.name = \"inventory\" } | avg(duration) > 10ms", 100_000),
    ("{ event.exception.type = \"TimeoutError\" }", 100_000),
    ("{ .db.statement =~ \".*LIMIT 100\" && duration > 20ms }", 100_000),
    ("{ rootName = \"POST /checkout\" && traceDuration > 120ms }", 100_000),
];

const METRICS: [&str; 7] = [
    "{ } | rate() by (resource.service.name)",
    "{ status = error } | count_over_time() by (resource.service.name)",
    "{ kind = server } | quantile_over_time(duration, 0.5, 0.9, 0.99) by (resource.service.name)",
    "{ span.db.system != nil } | histogram_over_time(duration) by (span.db.system)",
    "{ span.http.route != nil } | rate() by (span.http.route) | topk(3)",
    "{ resource.service.name = \"frontend\" && nestedSetParent < 0 } | max_over_time(duration)",
    "{ } | compare({ status = error })",
];

async fn open(dir: &Path) -> Arc<TraceDb> {
    let objects = Objects::open(&dir.join("store").display().to_string(), &[]).expect("a folder of its own");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("the catalog is whole");
    let (cache, budget) = (BlockCache::new(256 << 20), Budget::new("example", 4 << 30));
    let options = EngineOptions::new(dir.join("log"), objects, catalog, cache, Clock::system(), budget);
    TraceDb::open(options).await.expect("the log is whole")
}

fn proc_field(file: &str, name: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

/// Seconds of CPU so far.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = after.split_whitespace().map(|f| f.parse().unwrap_or(0.0)).collect();
    (fields.get(11).unwrap_or(&0.0) + fields.get(12).unwrap_or(&0.0)) / 100.0
}

fn peak() -> f64 {
    proc_field("/proc/self/status", "VmHWM") / 1024.0
}

async fn write(db: &TraceDb, cx: &Context, traces: i64) -> usize {
    let (mut shop, mut total, mut waiting) = (Shop::new(), 0, 0);
    let mut batch: Vec<Vec<Span>> = vec![Vec::new(); 36];
    for number in 0..traces {
        let start = START * SECOND + SPAN * SECOND / traces * number;
        waiting += shop.trace(start, &mut batch);
        if waiting >= 1_000 || number + 1 == traces {
            let full = std::mem::replace(&mut batch, vec![Vec::new(); 36]);
            db.append(cx, shop.batch(full)).await.expect("there is room");
            (total, waiting) = (total + waiting, 0);
            if number % 64 == 0 || db.sizes().head_bytes >= tracedb::DEFAULT_FLUSH_BYTES / 2 {
                db.maintain().await.expect("the disk has room");
            }
        }
    }
    total
}

/// Times that a query is asked after once, which fills what is kept decoded.
const TIMES: u32 = 20;

/// Least time and mean CPU of a query, in milliseconds, and what it says.
async fn timed<T, F: Future<Output = T>>(wall: &Clock, mut query: impl FnMut() -> F) -> (f64, f64, T) {
    let mut answer = query().await;
    let (mut best, before) = (f64::MAX, cpu());
    for _ in 0..TIMES {
        let started = wall.monotonic();
        answer = query().await;
        best = best.min((wall.monotonic() - started).as_secs_f64() * 1e3);
    }
    (best, (cpu() - before) * 1e3 / f64::from(TIMES), answer)
}

async fn ask(db: &TraceDb, wall: &Clock, only: &str) {
    let mut logs = Vec::new();
    for (query, limit) in SEARCHES.into_iter().filter(|(query, _)| query.contains(only)) {
        let params = SearchParams { start: START - 10, end: START + 7200, limit, spss: 3 };
        let one = || async move {
            let cx = Context::for_tests();
            search(db, &cx, query, params).await.expect("a good query")
        };
        let (best, cpu, result) = timed(wall, one).await;
        let spans: usize = result.traces.iter().flat_map(|t| &t.span_sets).map(|set| set.matched).sum();
        let found = result.traces.len();
        logs.push(best.ln());
        println!("{best:8.2} ms {cpu:8.1} CPU  {found:6} traces {spans:7} spans  {query}");
    }
    println!("{:8.2} ms by geometric mean", (logs.iter().sum::<f64>() / logs.len() as f64).exp());
    for query in METRICS.into_iter().filter(|query| query.contains(only)) {
        let params = RangeParams {
            start: START * SECOND,
            end: (START + 3600) * SECOND,
            step: 60 * SECOND,
            exemplars: 100,
            max_series: 1000,
        };
        let one = || async move {
            let cx = Context::for_tests();
            metrics_range(db, &cx, query, params).await.expect("a good query")
        };
        let (best, cpu, result) = timed(wall, one).await;
        println!("{best:8.2} ms {cpu:8.1} CPU  {:6} series                {query}", result.series.len());
    }
}

/// One trace of so many spans, in batches of a thousand.
async fn huge(db: &TraceDb, cx: &Context, spans: u64, wall: &Clock) {
    let shop = Shop::new();
    let before = wall.monotonic();
    for first in (0..spans).step_by(1_000) {
        let mut batch: Vec<Vec<Span>> = vec![Vec::new(); 36];
        for number in first..(first + 1_000).min(spans) {
            let id = |number: u64| SpanId((number + 1).to_be_bytes());
            let start = START * SECOND + number as i64 * 1_000;
            batch[number as usize % 36].push(Span {
                trace_id: TraceId([0xab; 16]),
                span_id: id(number),
                parent_span_id: if number == 0 { SpanId::default() } else { id((number - 1) / 3) },
                name: ["read", "write", "seek"][number as usize % 3].into(),
                start: Nanos(start),
                end: Nanos(start + 500_000),
                attributes: vec![("n".into(), Value::Int(number as i64)), ("huge".into(), true.into())],
                ..Span::default()
            });
        }
        db.append(cx, shop.batch(batch)).await.expect("there is room");
        if db.sizes().head_bytes >= tracedb::DEFAULT_FLUSH_BYTES / 2 {
            db.flush().await.expect("the disk has room");
        }
    }
    db.flush().await.expect("the disk has room");
    println!(
        "{spans} spans of one trace: written in {:.2?}, peak {:.0} MiB",
        wall.monotonic() - before,
        peak()
    );
    let before = wall.monotonic();
    let trace = db.trace(cx, TraceId([0xab; 16]), None).await.expect("it fits").expect("it was written");
    println!(
        "  by id: {} spans in {:.2?}, peak {:.0} MiB",
        trace.spans.len(),
        wall.monotonic() - before,
        peak()
    );
    drop(trace);
    for query in ["{ span.huge = true && span.n = 777 }", "{ name = \"read\" } > { span.n = 778 }"] {
        let before = wall.monotonic();
        let params = SearchParams { start: START - 10, end: START + 7200, limit: 20, spss: 3 };
        let result = search(db, cx, query, params).await.expect("it fits");
        println!(
            "  {:.2?} for {} traces, peak {:.0} MiB: {query}",
            wall.monotonic() - before,
            result.traces.len(),
            peak()
        );
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let traces = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(20_000);
    let dir = arguments.next().map_or_else(|| std::env::temp_dir().join("traceql-engine"), PathBuf::from);
    let of_one = arguments.next().and_then(|a| a.parse().ok()).unwrap_or(0u64);
    let only = arguments.next().unwrap_or_default();
    std::fs::remove_dir_all(&dir).ok();
    let wall = Clock::system();
    let db = open(&dir).await;
    let cx = Context::for_tests();
    let before = cpu();
    let spans = write(&db, &cx, traces).await;
    let (cost, head) = (cpu() - before, db.sizes());
    println!(
        "{spans} spans: {:.2} us CPU a span with generating them, peak {:.0} MiB, {} rows in memory, {} blocks",
        cost * 1e6 / spans as f64,
        peak(),
        head.head_rows,
        head.blocks
    );
    ask(&db, &wall, &only).await;
    db.flush().await.expect("the disk has room");
    let sizes = db.sizes();
    println!("flushed: {} blocks, {:.1} bytes a span", sizes.blocks, sizes.block_bytes as f64 / spans as f64);
    ask(&db, &wall, &only).await;
    if of_one > 0 {
        huge(&db, &cx, of_one, &wall).await;
    }
    println!("peak {:.0} MiB", peak());
    std::fs::remove_dir_all(&dir).ok();
}

//! Queries over stored lines, which are answered by the shape of lines where that tells enough, against the same queries over a
//! plain list of them. The lines are of kinds that shapes know well, and of kinds in which a digit changes what a line means.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use contract::{Context, Direction, LogRow, LogSource, Stream};
use logdb::{EngineOptions, LogDb};
use logql::{Expr, LogqlError, Params};
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries};
use proptest::prelude::*;
use std::sync::Arc;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CatalogOptions, Objects};

#[path = "shared/list.rs"]
mod list;
#[path = "shared/source.rs"]
mod source;

const SECOND: i64 = 1_000_000_000;

/// A line of one of the kinds, made of numbers.
fn line(kind: usize, [a, b, c]: [u32; 3]) -> String {
    let level = ["info", "error", "warn"][a as usize % 3];
    match kind {
        0 => format!(
            "ts=2026-11-25T10:{:02}:{:02}Z level={level} status={} took={b}ms id={c:08x}",
            a % 60,
            b % 60,
            a % 600
        ),
        1 => format!(
            r#"{{"level":"{level}","status":{},"took":{}.{},"id":"{c:016x}","in":{{"x{}":{b}}}}}"#,
            a % 600,
            b,
            c % 10,
            a % 3
        ),
        2 => format!(
            r#"10.0.{}.{} - - "GET /p/{b}?q={c} HTTP/1.{}" {} {b} "-""#,
            a % 256,
            c % 256,
            a % 2,
            a % 600
        ),
        3 => format!(
            "{c:08x}-{:04x}-{:04x}-{:04x}-{c:012x} {level} status={}{}",
            a % 65536,
            b % 65536,
            c % 65536,
            a % 9,
            ["", "x", "\""][b as usize % 3]
        ),
        6 => format!(
            r#"{{"m":"p\u{:0w$x} q\u{}","status":{},"level":"{level}"}}"#,
            a % 70000,
            b % 20000,
            c % 600,
            w = (c % 5) as usize
        ),
        7 => format!(
            r#"{{"took":{}{},"level":"{level}","status":{}{}}}"#,
            ["0", "", "-", "00"][c as usize % 4],
            b % 1000,
            a % 600,
            ["", "e5", ".0", "e", ".5", "E400"][b as usize % 6]
        ),
        8 => format!(
            r#"m="x\u{:04} \x{}" status={} level={level} n="{}\{}""#,
            a % 100000,
            b % 1000,
            c % 600,
            b % 77,
            c % 1000
        ),
        9 => format!(
            r#"{{"status":{},"level":"{level}","status":"{}","level_extracted":"{}","in":{{"x1":{},"x0":"{}"}}}}"#,
            a % 600,
            b % 600,
            c % 9,
            b,
            c
        ),
        10 => format!("status={} level={level} status={} k{}={} app={}", a % 600, b % 600, c % 3, c, b % 3),
        11 => format!(r#"{{"status":"{:08x}","took":{:08x},"level":"{level}"}}"#, b, a),
        12 => format!(
            r#"{{"msg":"{}, {}","level":"{level}","in":{{"path":"{}","x1":{},"x0":"{}"}},"took":{}.{},"status":{}{}}}"#,
            ["get", "put", "say \\\"hi\\\"", "é"][b as usize % 4],
            ["a", "b", "c"][c as usize % 3],
            ["/", "/cart", "/cart/items"][(a / 3) as usize % 3],
            b % 50,
            ["free", "pro", ""][(c / 3) as usize % 3],
            a % 900,
            c % 10,
            (b / 4) % 600,
            ["", r#","tags":[1,{"a":"x,y"}],"n":null"#, r#","in":{"x1":true}"#, ",", "]"]
                [(a / 9) as usize % 5]
        ),
        4 => format!("{}=1 {b}{level} k{a}={c} {{\"status\":", ["", "9", "status"][c as usize % 3]),
        _ => [
            "",
            "{}",
            "{",
            "status=",
            "level=error status=5\u{e9}",
            "\t{\"status\": 7 , \"level\" :\"error\"}",
        ][a as usize % 6]
            .to_owned(),
    }
}

const FILTERS: [&str; 14] = [
    "",
    r#" |= "error""#,
    r#" != "error""#,
    r#" |= "status=5""#,
    r#" |= "00""#,
    r#" |~ "error|warn""#,
    r#" !~ "status=[0-9]+ ""#,
    r#" |= "HTTP/1.1""#,
    r#" |= "4" or "level=info""#,
    r#" |~ "id=[0-9a-f]{8}$""#,
    r#" != "-0" |= "1""#,
    r#" |> "<_>level=<_> status=<_>""#,
    r#" |= "level=error status=" or `"level":"warn"` !~ "took|x""#,
    r#" != "level" or "GET /p/""#,
];

const STAGES: [&str; 16] = [
    "",
    " | json",
    " | logfmt",
    " | logfmt --keep-empty",
    " | logfmt --strict",
    r#" | json | status >= 400"#,
    r#" | logfmt | level="error""#,
    r#" | pattern "<ip> - - \"<method> <path> <_>\" <status> <_>""#,
    r#" | pattern "ts=<_> level=<level> <_>" | level!="""#,
    r#" | json | in_x1 > 10"#,
    r#" | json | __error__="""#,
    r#" | logfmt | took > 100ms | __error__="""#,
    r#" | regexp "status=(?P<status>[0-9]+)""#,
    r#" | json | drop id, took | logfmt"#,
    r#" | json | level="error" | status >= 300"#,
    r#" | logfmt | level="error" or status > 100 | took != "" | level="warn""#,
];

const AROUND: [(&str, &str); 10] = [
    ("", ""),
    ("sum(count_over_time(", "[10s]))"),
    ("sum by (level) (count_over_time(", "[10s]))"),
    ("sum by (status) (rate(", "[20s]))"),
    ("sum by (level, k1) (count_over_time(", "[1m]))"),
    ("count_over_time(", "[1m])"),
    ("sum(bytes_over_time(", "[7s]))"),
    ("sum by (level) (max_over_time(", " | unwrap status | __error__=\"\" [10s]))"),
    ("sum by (in_x0) (count_over_time(", "[10s]))"),
    ("absent_over_time(", "[10s])"),
];

async fn answers(source: &dyn LogSource, cx: &Context, text: &str) -> String {
    let query: Expr = logql::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let params = Params {
        start: Nanos(0),
        end: Nanos(60 * SECOND),
        step: 10 * SECOND,
        interval: 0,
        limit: 5000,
        direction: Direction::Forward,
        categorise: false,
        max_series: usize::MAX,
        partial_series: false,
    };
    match logql::range(source, cx, &query, &params).await {
        Ok(result) => format!("{:?}", result.data),
        // Which of several lines in error is told is not fixed.
        Err(LogqlError::Pipeline { .. }) => "a line is in error".to_owned(),
        Err(error) => error.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn shapes_answer_as_lines_do(
        kinds in prop::collection::vec(0usize..13, 1..4),
        numbers in prop::collection::vec(any::<[u32; 3]>(), 40..400),
        small in any::<bool>(),
        named in any::<bool>(),
        seed in any::<usize>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let labels = Labels::from_pairs([("app", "a")]);
            let stream = Arc::new(Stream { hash: labels.stable_hash(), labels });
            let mut rows = Vec::new();
            for (i, numbers) in numbers.iter().enumerate() {
                let numbers = if small { numbers.map(|n| n % 1_000) } else { *numbers };
                let line = line(kinds[i % kinds.len()], numbers).into();
                // Some lines have the label that parsers find as well.
                let pair = ("level", ["error", "warn", ""][numbers[0] as usize % 3]);
                let pairs = if named && numbers[1] % 8 == 0 { vec![pair] } else { Vec::new() };
                let metadata = pairs.into_iter().map(|(n, v)| (Arc::from(n), Arc::from(v))).collect();
                rows.push(LogRow { stream: stream.clone(), at: Nanos(i as i64 * SECOND / 8 + 1), line, metadata });
            }
            let dir = tempfile::tempdir().unwrap();
            let db = stored(dir.path(), &rows).await;
            let list = source::Source { rows: list::list(rows), batch: usize::MAX, counts: false };
            let cx = Context::for_tests();
            for i in 0..40usize {
                let pick = |n: usize, of: usize| (seed.wrapping_mul(31).wrapping_add(i.wrapping_mul(n))) % of;
                let (open, close) = AROUND[pick(7, AROUND.len())];
                let text = format!("{open}{{app=\"a\"}}{}{} {close}", FILTERS[pick(5, FILTERS.len())], STAGES[pick(11, STAGES.len())]);
                let (wanted, found) = (answers(&list, &cx, &text).await, answers(db.as_ref(), &cx, &text).await);
                assert_eq!(found, wanted, "{text}");
            }
        });
    }
}

async fn stored(folder: &std::path::Path, rows: &[LogRow]) -> Arc<LogDb> {
    let objects = Objects::open(&folder.join("blocks").display().to_string(), &[]).unwrap();
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
    let (budget, cache) = (Budget::new("test", 1 << 30), BlockCache::new(1 << 20));
    let db = LogDb::open(EngineOptions::new(
        folder.join("log"),
        objects,
        catalog,
        cache,
        Clock::manual(0),
        budget,
    ))
    .await
    .unwrap();
    let entries = rows
        .iter()
        .map(|row| LogEntry { at: row.at, line: row.line.clone(), metadata: row.metadata.clone() })
        .collect();
    let streams = vec![StreamEntries { labels: Labels::from_pairs([("app", "a")]), entries }];
    db.append(&Context::for_tests(), LogBatch { streams, body: None }).await.unwrap();
    db.flush().await.unwrap();
    db
}

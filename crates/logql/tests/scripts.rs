//! Runs `testdata/*.txt`: lines are loaded, queries asked, answers compared.
//!
//! ```text
//! load {app="a"}                     a stream; its lines follow, indented: TIME TEXT, or TIME TEXT || key=value ...
//! lines [backward] [categorised] [limit N] QUERY    => {labels} TIME TEXT [|| metadata / parsed]
//! at TIME QUERY                      => {labels} VALUE, or VALUE alone for a scalar
//! range START END STEP QUERY         => {labels} VALUE VALUE _ VALUE (a `_` for no value)
//! fails QUERY                        => the error's text; queries are asked at 0s and over one hour
//! prints QUERY                       => how the query is printed
//! ```
//! Times are seconds. A line that begins with `#` is a comment; `=>` lines are all there must be, in this order.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use contract::{Context, Direction, LogRow, Stream};
use logql::{Expr, LogqlData, LogqlError, Params};
use model::{Labels, Nanos};
use std::sync::Arc;

#[path = "shared/list.rs"]
mod list;
#[path = "shared/source.rs"]
mod source;

#[derive(Default)]
struct Memory(Vec<LogRow>);

impl Memory {
    /// Three rows at a time: what spans batches is tested too.
    fn source(&self) -> source::Source {
        source::Source { rows: list::list(self.0.clone()), batch: 3, counts: true }
    }
}

const SECOND: i64 = 1_000_000_000;

fn seconds(text: &str) -> i64 {
    text.trim_end_matches('s').parse::<i64>().unwrap_or_else(|_| panic!("{text} is no time")) * SECOND
}

fn word(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

fn load(memory: &mut Memory, stream: &Arc<Stream>, text: &str) {
    let (at, rest) = word(text);
    let (line, pairs) = rest.split_once(" || ").unwrap_or((rest, ""));
    let metadata: Vec<(Arc<str>, Arc<str>)> = pairs
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(n, v)| (Arc::from(n), Arc::from(v)))
        .collect();
    memory.0.push(LogRow {
        stream: stream.clone(),
        at: Nanos(seconds(at)),
        line: line.replace("\\n", "\n").into(),
        metadata: metadata.into(),
    });
}

fn params() -> Params {
    Params {
        start: Nanos(0),
        end: Nanos(3600 * SECOND),
        step: 60 * SECOND,
        interval: 0,
        limit: 100,
        direction: Direction::Forward,
        categorise: false,
        max_series: 500,
        partial_series: false,
    }
}

fn ask(memory: &Memory, query: &str, params: &Params, instant: bool) -> Result<LogqlData, LogqlError> {
    let query: Expr = logql::parse(query)?;
    let cx = Context::for_tests();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let source = memory.source();
    let answer = if instant {
        runtime.block_on(logql::instant(&source, &cx, &query, params))
    } else {
        runtime.block_on(logql::range(&source, &cx, &query, params))
    };
    answer.map(|result| result.data)
}

fn shown(data: LogqlData, params: &Params) -> Vec<String> {
    match data {
        LogqlData::Streams(streams) => streams
            .iter()
            .flat_map(|stream| {
                stream.entries.iter().map(|entry| {
                    let text = String::from_utf8_lossy(&entry.line).replace('\n', "\\n");
                    let line = format!("{} {}s {text}", stream.labels, entry.at.0 / SECOND);
                    let parts = format!(" || {} / {}", entry.metadata, entry.parsed);
                    if params.categorise { line + &parts } else { line }
                })
            })
            .collect(),
        LogqlData::Vector(samples) => {
            samples.iter().map(|s| format!("{} {}", s.labels, logql::format_float(s.value))).collect()
        }
        LogqlData::Scalar { value, .. } => vec![logql::format_float(value)],
        LogqlData::Matrix(series) => series
            .iter()
            .map(|series| {
                let mut out = series.labels.to_string();
                let mut at = params.start.0;
                while at <= params.end.0 {
                    let point = series.points.iter().find(|(millis, _)| *millis == at / 1_000_000);
                    out += &point.map_or(" _".to_owned(), |(_, v)| format!(" {}", logql::format_float(*v)));
                    at += params.step;
                }
                out
            })
            .collect(),
    }
}

fn answer(memory: &Memory, command: &str, rest: &str) -> Vec<String> {
    let mut params = params();
    let failed = |error: LogqlError| vec![format!("error: {error}")];
    match command {
        "lines" => {
            let mut query = rest;
            loop {
                let (option, after) = word(query);
                match option {
                    "backward" => params.direction = Direction::Backward,
                    "categorised" => params.categorise = true,
                    "limit" => {
                        let (count, after) = word(after);
                        params.limit = count.parse().unwrap();
                        query = after;
                        continue;
                    }
                    _ => break,
                }
                query = after;
            }
            ask(memory, query, &params, false).map_or_else(failed, |data| shown(data, &params))
        }
        "at" => {
            let (at, query) = word(rest);
            params.start = Nanos(seconds(at));
            ask(memory, query, &params, true).map_or_else(failed, |data| shown(data, &params))
        }
        "range" => {
            let (start, rest) = word(rest);
            let (end, rest) = word(rest);
            let (step, query) = word(rest);
            (params.start, params.end) = (Nanos(seconds(start)), Nanos(seconds(end)));
            params.step = seconds(step);
            ask(memory, query, &params, false).map_or_else(failed, |data| shown(data, &params))
        }
        "fails" => match ask(memory, rest, &params, false) {
            Err(error) => vec![error.to_string().replace('\n', "\\n")],
            Ok(data) => panic!("{rest} answers {data:?}"),
        },
        "prints" => vec![logql::parse(rest).map_or_else(|e| e.to_string(), |query| query.to_string())],
        other => panic!("{other} is no command"),
    }
}

/// Returns what differs.
fn run(name: &str, script: &str) -> String {
    let mut differences = String::new();
    let mut memory = Memory::default();
    let mut stream = None;
    let lines: Vec<&str> = script.lines().filter(|line| !line.starts_with('#')).collect();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        if line.is_empty() {
            continue;
        }
        if let Some(text) = line.strip_prefix("  ") {
            load(&mut memory, stream.as_ref().expect("a stream before its lines"), text);
            continue;
        }
        let (command, rest) = word(line);
        if command == "load" {
            let matchers = logql::parse_matchers(rest).unwrap();
            let labels = Labels::from_pairs(matchers.iter().map(|m| (m.name.as_str(), m.value.as_str())));
            stream = Some(Arc::new(Stream { hash: labels.stable_hash(), labels }));
            continue;
        }
        let mut wanted = Vec::new();
        while let Some(text) = lines.get(at).and_then(|line| line.strip_prefix("  => ")) {
            wanted.push(text.to_owned());
            at += 1;
        }
        let answered = answer(&memory, command, rest);
        if answered != wanted {
            differences += &format!("{name}: {line}\n  answered {answered:#?}\n  wanted {wanted:#?}\n");
        }
    }
    differences
}

#[test]
fn scripts() {
    let (mut count, mut differences) = (0, String::new());
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).unwrap() {
        let path = file.unwrap().path();
        differences += &run(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap());
        count += 1;
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(count >= 6, "only {count} scripts were found");
}

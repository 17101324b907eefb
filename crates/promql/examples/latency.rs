//! How long queries take on stored data, without a door in between: for profiles.
//!
//! `cargo run --release -p promql --example latency -- DATA QUERIES END [RUNS] [PART]`: `DATA` is the data folder of a
//! server that was stopped, `QUERIES` a file of lines `instant: query` or `range(last=1h,step=15s): query`, `END` in
//! seconds; only queries that contain `PART` are run. The range without `last` is six hours.

use contract::Context;
use model::Millis;
use promql::{Options, ParseOptions};
use query::Grid;
use std::sync::Arc;
use std::time::Duration;
use stdx::Clock;
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use tsdb::{EngineOptions, LOG_NAME, Tsdb};

const SIX_HOURS: i64 = 6 * 3600;

struct Asked {
    query: String,
    /// Range and step in seconds; `None` at one time.
    over: Option<(i64, i64)>,
}

fn seconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    number.parse::<i64>().expect("a number")
        * if unit == "h" {
            3600
        } else if unit == "m" {
            60
        } else {
            1
        }
}

fn read(line: &str) -> Option<Asked> {
    if let Some(query) = line.strip_prefix("instant: ") {
        return Some(Asked { query: query.to_owned(), over: None });
    }
    let (words, query) = line.strip_prefix("range(")?.split_once("): ")?;
    let word = |name: &str| words.split(',').find_map(|w| w.strip_prefix(name)).map(seconds);
    let over = (word("last=").unwrap_or(SIX_HOURS), word("step=").unwrap_or(60));
    Some(Asked { query: query.to_owned(), over: Some(over) })
}

async fn open(data: &str) -> Arc<Tsdb> {
    let objects = Objects::open(data, &[]).expect("the data folder");
    let catalog =
        Catalog::open(objects.clone(), CatalogOptions::default()).await.expect("the catalog is whole");
    let log = std::path::Path::new(data).join("log").join(LOG_NAME);
    let options = EngineOptions::new(log, objects, catalog, BlockCache::new(256 << 20));
    Tsdb::open(options).await.expect("the log is whole")
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, queries, end, rest @ ..] = arguments.as_slice() else {
        println!("DATA QUERIES END [RUNS] [PART]");
        return;
    };
    let end: i64 = end.parse().expect("END is in seconds");
    let runs: usize = rest.first().and_then(|r| r.parse().ok()).unwrap_or(20);
    let part = rest.get(1).map_or("", String::as_str);
    let db = open(data).await;
    let clock = Clock::system();
    let options = Options { parse: ParseOptions::all(), ..Options::default() };
    let text = std::fs::read_to_string(queries).expect("the queries");
    let mut logs = Vec::new();
    for asked in text.lines().filter_map(read).filter(|asked| asked.query.contains(part)) {
        let mut took: Vec<Duration> = Vec::with_capacity(runs);
        for _ in 0..runs + 2 {
            let cx = Context::for_tests();
            let began = clock.monotonic();
            let result = match asked.over {
                None => promql::instant(&*db, &cx, &asked.query, Millis(end * 1000), &options).await,
                Some((range, step)) => {
                    let grid = Grid::new((end - range) * 1000, end * 1000, step * 1000);
                    promql::range(&*db, &cx, &asked.query, grid, &options).await
                }
            };
            drop(result.expect("the query is good"));
            took.push(clock.monotonic() - began);
        }
        // The first two fill caches.
        let mut took = took.split_off(2);
        took.sort();
        let median = took[took.len() / 2].as_secs_f64() * 1e6;
        logs.push(median.ln());
        println!("{median:10.0} us  {}", asked.query);
    }
    let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    println!("{:10.0} us  geometric mean of {}", mean.exp(), logs.len());
}

//! What queries cost this engine alone: a file of queries over the blocks that `logdb`'s example `lines` left in a folder.
//!
//! `queries FOLDER FILE END [ROUNDS [PART]]`: each line of the file is `range(last=15m,limit=1000,step=60s): QUERY` or
//! `instant: QUERY`; ranges end at `END` (seconds since 1970) and are six hours long where nothing else is said. Told are
//! the fastest and the middle one of the rounds, and size and checksum of the answer, so that two builds can be compared.
//! Lines that are neither, and those without `PART` in them, are left out.

use contract::{Context, Direction};
use logdb::{EngineOptions, LogDb};
use logql::{LogqlData, Params};
use model::{Nanos, Tenant};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CatalogOptions, Objects};
use xxhash_rust::xxh3::xxh3_64;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn std::error::Error>;

const SECOND: i64 = 1_000_000_000;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("which folder?")?;
    let file = std::fs::read_to_string(args.next().ok_or("which file?")?)?;
    let end: i64 = args.next().ok_or("when does it end?")?.parse()?;
    let rounds = args.next().map_or(Ok(5), |text| text.parse())?;
    let part = args.next().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (clock, budget) = (Clock::system(), Budget::new("queries", 512 << 20));
        let db = open(Path::new(&folder), &clock, &budget).await?;
        let cx = Context::internal(Tenant::anonymous(), clock, budget);
        for line in file.lines().filter(|line| line.contains(&part)) {
            if let Some(question) = Question::read(line, end) {
                question.ask(&db, &cx, rounds).await?;
            }
        }
        Ok(())
    })
}

async fn open(folder: &Path, clock: &Clock, budget: &Budget) -> Result<Arc<LogDb>, Failure> {
    let objects = Objects::open(&folder.display().to_string(), &[])?;
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await?;
    let cache = BlockCache::new(128 << 20);
    let (clock, budget) = (clock.clone(), budget.clone());
    let options = EngineOptions::new(folder.join("log"), objects, catalog, cache, clock, budget);
    Ok(LogDb::open(options).await?)
}

/// A line of the file.
struct Question<'t> {
    text: &'t str,
    query: &'t str,
    instant: bool,
    params: Params,
}

impl<'t> Question<'t> {
    fn read(line: &'t str, end: i64) -> Option<Self> {
        let (how, query) = line.split_once(": ")?;
        let (kind, options) = how.split_once('(').unwrap_or((how, ""));
        let options: Vec<(&str, &str)> =
            options.trim_end_matches(')').split(',').filter_map(|option| option.split_once('=')).collect();
        let option = |name: &str| options.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        let length = |name: &str, default: i64| option(name).and_then(nanos).unwrap_or(default);
        let instant = kind == "instant";
        let end = end * SECOND;
        let start = if instant { end } else { end - length("last", 6 * 3600 * SECOND) };
        let params = Params {
            start: Nanos(start),
            end: Nanos(end),
            step: length("step", 60 * SECOND),
            interval: 0,
            limit: option("limit").and_then(|text| text.parse().ok()).unwrap_or(100),
            direction: Direction::Backward,
            categorise: false,
            max_series: 500,
            partial_series: false,
        };
        matches!(kind, "range" | "instant").then_some(Question { text: line, query, instant, params })
    }

    async fn ask(&self, db: &LogDb, cx: &Context, rounds: usize) -> Result<(), Failure> {
        let query = logql::parse(self.query)?;
        let mut took: Vec<Duration> = Vec::with_capacity(rounds);
        let mut told = String::new();
        for _ in 0..rounds.max(1) {
            let start = cx.clock.monotonic();
            let answer = if self.instant {
                logql::instant(db, cx, &query, &self.params).await
            } else {
                logql::range(db, cx, &query, &self.params).await
            };
            took.push(cx.clock.monotonic().saturating_sub(start));
            told = match answer {
                Ok(answer) => tell(&answer.data),
                Err(error) => error.to_string(),
            };
        }
        took.sort();
        let millis = |took: Duration| took.as_secs_f64() * 1e3;
        let (fastest, middle) = (millis(took[0]), millis(took[took.len() / 2]));
        println!("{fastest:8.2} {middle:8.2} ms  {told}  {}", self.text);
        Ok(())
    }
}

/// How much an answer holds, and its checksum.
fn tell(data: &LogqlData) -> String {
    let size = match data {
        LogqlData::Streams(all) => all.iter().map(|stream| stream.entries.len()).sum(),
        LogqlData::Matrix(all) => all.iter().map(|series| series.points.len()).sum(),
        LogqlData::Vector(all) => all.len(),
        LogqlData::Scalar { .. } => 1,
    };
    format!("{size:6} {:016x}", xxh3_64(format!("{data:?}").as_bytes()))
}

fn nanos(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some(number.parse::<i64>().ok()? * seconds * SECOND)
}

//! What lines cost this engine alone: processor time, memory and stored bytes of a load that was recorded.
//!
//! `lines FILE [FOLDER [ROUNDS [TEXT ...]]]`: the file holds bodies of pushes (Snappy), each behind its length in four bytes,
//! little-endian. They are appended one after the other, in each round six hours later; then everything is flushed, merged and
//! measured. The folder keeps the blocks: without rounds what it holds is asked. At the end lines with each of the texts are
//! counted, three times.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use contract::{
    Context, Direction, GroupVisitor, LineCondition, LineGroup, LineGrouping, LineParts, LineSample, LogRow,
    LogSelect, LogSource,
};
use logdb::{EngineOptions, LogDb, inspect_section};
use model::{Nanos, Tenant, TimeRange};
use stdx::{Budget, Cancel, Clock, ErrorKind};
use store::{BlockCache, BlockReader, Catalog, CatalogOptions, Objects, Signal};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn std::error::Error>;

/// Six hours: what a file holds.
const ROUND: i64 = 6 * 3_600_000_000_000;

/// How long a refused append waits.
const AGAIN: Duration = Duration::from_millis(50);

/// Appends that are on their way at once, as from two connections.
const SENDERS: usize = 2;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("which file?")?;
    let folder = args.next();
    let rounds: i64 = args.next().map_or(Ok(1), |text| text.parse())?;
    let texts: Vec<String> = args.collect();
    let home = tempfile::tempdir()?;
    let folder = folder.unwrap_or_else(|| home.path().display().to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(load(&file, Path::new(&folder), rounds, &texts))
}

async fn load(file: &str, folder: &Path, rounds: i64, texts: &[String]) -> Result<(), Failure> {
    let objects = Objects::open(&folder.display().to_string(), &[])?;
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await?;
    let cache = BlockCache::new(128 << 20);
    let (clock, budget) = (Clock::system(), Budget::new("lines", 512 << 20));
    let options = EngineOptions::new(
        folder.join("log"),
        objects.clone(),
        catalog.clone(),
        cache.clone(),
        clock.clone(),
        budget.clone(),
    );
    let db = LogDb::open(options).await?;
    let cancel = Cancel::new();
    let maintaining = stdx::task::spawn(db.clone().run(cancel.clone()));
    print("at the start", 0, Duration::ZERO);
    let watch = clock.clone();
    let start = watch.monotonic();
    let elapsed = || watch.monotonic().saturating_sub(start);
    let cx = Context::internal(Tenant::anonymous(), clock, budget);
    let mut lines = 0;
    for round in 0..rounds {
        let bodies = Bodies(BufReader::new(File::open(file)?));
        lines += append_all(&db, bodies, cx.clone(), round * ROUND).await?;
    }
    print("appended", lines, elapsed());
    db.flush().await?;
    print("flushed", lines, elapsed());
    cancel.cancel();
    maintaining.join().await?;
    db.maintain().await?;
    print("merged", lines, elapsed());
    db.maintain().await?;
    let mut total = 0;
    for meta in catalog.snapshot().blocks(&Tenant::anonymous(), Signal::Logs) {
        total += meta.bytes;
        println!("block of level {}: {} lines, {} bytes", meta.level, meta.rows, meta.bytes);
        let reader = BlockReader::open(&objects, &cache, meta.clone()).await?;
        for section in reader.sections() {
            print!("  section {}: {:.2} a line", section.kind, section.len as f64 / meta.rows as f64);
            let bytes = reader.section(section.kind).await?.unwrap_or_default();
            let text = inspect_section(section.kind, &bytes);
            println!("  {}", text.lines().next().unwrap_or_default());
        }
    }
    println!("{:.2} bytes a line", total as f64 / lines as f64);
    for text in texts {
        for _ in 0..3 {
            count(&db, &cx, text).await?;
        }
    }
    print("asked", lines, elapsed());
    Ok(())
}

/// Nothing of a line matters but that it is there: what counting asks.
#[derive(Debug)]
struct Nothing;

impl LineParts for Nothing {
    fn of(&self, _sample: &LineSample<'_>) -> Option<Vec<Range<usize>>> {
        Some(Vec::new())
    }

    fn are_none(&self) -> bool {
        true
    }
}

/// Counts the lines with a text: once by reading them, once without.
async fn count(db: &LogDb, cx: &Context, text: &str) -> Result<(), Failure> {
    for whole in [true, false] {
        let found = Arc::new(AtomicU64::new(0));
        let add = {
            let found = found.clone();
            move |lines: u64| {
                found.fetch_add(lines, Ordering::Relaxed);
                Ok(())
            }
        };
        let select = LogSelect {
            matchers: Vec::new(),
            range: TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX)),
            direction: Direction::Forward,
            lines: vec![LineCondition::ContainsAny(vec![text.to_owned()])],
            metadata: Vec::new(),
            texts: Vec::new(),
            sieve: None,
        };
        let read = || cx.stats.bytes_read.load(Ordering::Relaxed);
        let (start, before, busy) = (cx.clock.monotonic(), read(), processor_time());
        if whole {
            db.scan(cx, select, Arc::new(move |rows: &[LogRow]| add(rows.len() as u64))).await?;
        } else {
            let grouping = LineGrouping { origin: 0, width: ROUND, parts: Arc::new(Nothing) };
            let visit: GroupVisitor =
                Arc::new(move |groups: &[LineGroup]| add(groups.iter().map(|group| group.lines).sum()));
            db.groups(cx, select, grouping, visit).await?;
        }
        let (took, bytes) = (cx.clock.monotonic().saturating_sub(start), read() - before);
        let busy = processor_time().saturating_sub(busy);
        println!(
            "{text:?}: {} lines {}, {took:.1?}, {busy:.1?} of processor time, {bytes} bytes of text looked at",
            found.load(Ordering::Relaxed),
            if whole { "read" } else { "counted" }
        );
    }
    Ok(())
}

/// What all threads ran so far; those that ended do not count, but none ends while lines are counted.
fn processor_time() -> Duration {
    let ran = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    Duration::from_nanos(tasks.filter_map(|task| ran(task.ok()?)).sum())
}

/// Bodies of a file, one after the other: only those on their way are in memory.
struct Bodies(BufReader<File>);

impl Iterator for Bodies {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).ok()?;
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut body).ok()?;
        Some(Bytes::from(body))
    }
}

async fn append_all(db: &Arc<LogDb>, bodies: Bodies, cx: Context, later: i64) -> Result<u64, Failure> {
    let bodies = Arc::new(std::sync::Mutex::new(bodies));
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let (db, bodies, cx) = (db.clone(), bodies.clone(), cx.clone());
        senders.push(stdx::task::spawn(async move {
            let mut lines = 0;
            loop {
                let next = bodies.lock().map_err(|e| e.to_string())?.next();
                let Some(body) = next else { return Ok::<u64, String>(lines) };
                lines += loop {
                    let mut batch =
                        wire::loki_push::decode_body(&body, 1 << 30).map_err(|e| e.to_string())?;
                    let entries = batch.streams.iter_mut().flat_map(|stream| &mut stream.entries);
                    entries.for_each(|entry| entry.at.0 += later);
                    match db.append(&cx, batch).await {
                        Ok(appended) => break appended.accepted,
                        // Like a client that is told to come again.
                        Err(error) if error.kind() == ErrorKind::Limit => tokio::time::sleep(AGAIN).await,
                        Err(error) => return Err(error.to_string()),
                    }
                };
            }
        }));
    }
    let mut lines = 0;
    for sender in senders {
        lines += sender.join().await??;
    }
    Ok(lines)
}

fn print(what: &str, lines: u64, elapsed: Duration) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    let each = if lines > 0 { ticks as f64 * 10_000.0 / lines as f64 } else { 0.0 };
    let mut out = std::io::stdout().lock();
    // Nobody reads what a closed pipe does not take.
    let _ = writeln!(
        out,
        "{what}: {lines} lines, {:.2} s, {:.2} s of processor time ({each:.2} us a line), memory {} MiB, peak {} MiB",
        elapsed.as_secs_f64(),
        ticks as f64 / 100.0,
        memory("VmRSS"),
        memory("VmHWM"),
    );
}

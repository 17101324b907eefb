//! The engine against a plain list of lines: whatever is appended, flushed, merged and reopened, every query answers as
//! the list does.

use crate::merge::Room;
use crate::{EngineOptions, LogDb, LogError};
use contract::{
    Context, CountSelect, Direction, LineCondition, LogDeletes, LogRow, LogSelect, LogSource, RowVisitor,
};
use model::regexp::{Anchors, compile};
use model::{Labels, LogBatch, LogEntry, MatchOp, Matcher, Nanos, StreamEntries, Tenant, TimeRange};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CatalogOptions, CompactionPolicy, Objects, RetentionPolicy, Signal, plan};

mod engine;
mod formats;
mod list;
mod merges;

fn tenant(i: usize) -> Tenant {
    Tenant::parse(["one", "two"][i]).unwrap()
}

/// Where a test keeps its store.
struct Place {
    dir: tempfile::TempDir,
    clock: Clock,
}

impl Place {
    fn new() -> Self {
        Place { dir: tempfile::tempdir().unwrap(), clock: Clock::manual(1_000_000_000_000) }
    }

    async fn options(&self) -> EngineOptions {
        let objects = Objects::open(&format!("{}", self.dir.path().join("blocks").display()), &[]).unwrap();
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
        let budget = Budget::new("test", 1 << 30);
        let (log, cache) = (self.dir.path().join("log"), BlockCache::new(1 << 20));
        EngineOptions::new(log, objects, catalog, cache, self.clock.clone(), budget)
    }

    async fn open(&self) -> Arc<LogDb> {
        LogDb::open(self.options().await).await.unwrap()
    }
}

/// Merges all blocks of a tenant into one.
async fn merge_all(db: &LogDb, options: &EngineOptions, tenant: &Tenant, room: Room) {
    let policy = CompactionPolicy { delay: Duration::ZERO, eager: 2, ..CompactionPolicy::default() };
    for job in plan(&options.catalog.snapshot(), tenant, Signal::Logs, &policy, Nanos(i64::MAX)) {
        db.merge_for_tests(&job, room).await.unwrap();
    }
}

fn entry(at: i64, line: &str, metadata: &[(&str, &str)]) -> LogEntry {
    let metadata: Vec<(Arc<str>, Arc<str>)> =
        metadata.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v))).collect();
    LogEntry { at: Nanos(at), line: line.to_owned().into(), metadata: metadata.into() }
}

fn batch(labels: &[(&str, &str)], entries: Vec<LogEntry>) -> LogBatch {
    LogBatch {
        streams: vec![StreamEntries { labels: Labels::from_pairs(labels.iter().copied()), entries }],
        body: None,
    }
}

fn context(tenant: &Tenant) -> Context {
    let mut cx = Context::for_tests();
    cx.tenant = tenant.clone();
    cx
}

async fn read(db: &LogDb, cx: &Context, select: LogSelect) -> Vec<LogRow> {
    let mut cursor = db.select(cx, select).await.unwrap();
    let mut all = Vec::new();
    loop {
        let rows = cursor.next_batch().await.unwrap();
        if rows.is_empty() {
            return all;
        }
        all.extend(rows);
    }
}

fn shown(rows: &[LogRow]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{} {} {} {:?}", row.at.0, row.stream.labels, row.text(), row.metadata))
        .collect()
}

fn everything(direction: Direction) -> LogSelect {
    let range = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
    let (lines, metadata, texts, sieve) = Default::default();
    LogSelect { matchers: Vec::new(), range, direction, lines, metadata, texts, sieve }
}

//! Stored bytes: records of the logs, sections of the blocks, whole files.
//!
//! Seeds are what the engines write: a folder is filled once, and its records and sections are taken out. Files carry
//! checksums, so that broken ones are refused early; records and sections are broken behind the checksums.

use crate::Target;
use contract::Context;
use std::sync::OnceLock;
use stdx::{Budget, Clock};
use store::inspect::Printers;
use store::{
    BlockCache, BlockReader, Catalog, CatalogOptions, LocalLog, LogOptions, Objects, Position, Signal,
};

pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "metrics_record",
        seeds: || stored().records(0),
        run: |bytes| drop(tsdb::inspect_record(bytes)),
    },
    Target {
        name: "logs_record",
        seeds: || stored().records(1),
        run: |bytes| drop(logdb::inspect_record(bytes)),
    },
    Target {
        name: "traces_record",
        seeds: || stored().records(2),
        run: |bytes| drop(tracedb::inspect_record(bytes)),
    },
    Target {
        name: "metrics_section",
        seeds: || stored().sections(0),
        run: |bytes| {
            section(bytes, |kind, bytes| {
                (1..=2).map(|version| tsdb::inspect_section(kind, version, bytes)).collect()
            });
        },
    },
    Target {
        name: "logs_section",
        seeds: || stored().sections(1),
        run: |bytes| section(bytes, logdb::inspect_section),
    },
    Target {
        name: "traces_section",
        seeds: || stored().sections(2),
        run: |bytes| section(bytes, tracedb::inspect_section),
    },
    Target { name: "file", seeds: || stored().files.clone(), run: file },
];

/// The first two bytes are the kind of the section.
fn section(bytes: &[u8], print: fn(u16, &[u8]) -> String) {
    if let Some((kind, bytes)) = bytes.split_first_chunk() {
        drop(print(u16::from_le_bytes(*kind), bytes));
    }
}

fn file(bytes: &[u8]) {
    drop(store::inspect::bytes("blocks/anonymous/metrics/x.block", "metrics", bytes, &Printers::default()));
}

/// What the engines stored, by signal.
struct Stored {
    records: [Vec<Vec<u8>>; 3],
    sections: [Vec<Vec<u8>>; 3],
    files: Vec<Vec<u8>>,
}

impl Stored {
    fn records(&self, signal: usize) -> Vec<Vec<u8>> {
        self.records[signal].clone()
    }

    fn sections(&self, signal: usize) -> Vec<Vec<u8>> {
        self.sections[signal].clone()
    }
}

fn stored() -> &'static Stored {
    static STORED: OnceLock<Stored> = OnceLock::new();
    STORED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(store_some()).expect("engines that store")
    })
}

async fn store_some() -> anyhow::Result<Stored> {
    let folder = tempfile::tempdir()?;
    let root = folder.path();
    let objects = Objects::open(&root.join("store").to_string_lossy(), &[])?;
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await?;
    let cache = BlockCache::new(1 << 20);
    let cx = Context::internal(model::Tenant::anonymous(), Clock::system(), Budget::new("seeds", 1 << 30));
    let log = |signal: Signal| root.join("log").join(signal.as_str());

    let options = |signal| (log(signal), objects.clone(), catalog.clone(), cache.clone());
    let (dir, o, c, k) = options(Signal::Metrics);
    let metrics = tsdb::Tsdb::open(tsdb::EngineOptions::new(dir, o, c, k)).await?;
    metrics.append(&cx, &crate::protocols::metrics()).await?;
    let (dir, o, c, k) = options(Signal::Logs);
    let budget = || Budget::new("seeds", 1 << 30);
    let logs = logdb::LogDb::open(logdb::EngineOptions::new(dir, o, c, k, Clock::system(), budget())).await?;
    logs.append(&cx, crate::protocols::lines()).await?;
    let (dir, o, c, k) = options(Signal::Traces);
    let traces =
        tracedb::TraceDb::open(tracedb::EngineOptions::new(dir, o, c, k, Clock::system(), budget())).await?;
    traces.append(&cx, crate::protocols::spans()).await?;
    metrics.flush().await?;
    logs.flush().await?;
    traces.flush().await?;
    drop((metrics, logs, traces));

    let mut stored = Stored { records: Default::default(), sections: Default::default(), files: Vec::new() };
    for (at, signal) in [Signal::Metrics, Signal::Logs, Signal::Traces].into_iter().enumerate() {
        let records = &mut stored.records[at];
        LocalLog::open(&log(signal), LogOptions::default())?.replay(
            Position::default(),
            &mut |_, record| {
                records.push(record.to_vec());
                Ok(())
            },
        )?;
        for meta in catalog.snapshot().blocks(&cx.tenant, signal) {
            let block = BlockReader::open(&objects, &cache, meta.clone()).await?;
            for info in block.sections() {
                let bytes = block.section(info.kind).await?.unwrap_or_default();
                stored.sections[at].push([&info.kind.to_le_bytes()[..], &bytes].concat());
            }
        }
    }
    for prefix in ["blocks", "catalog"] {
        for object in objects.list(prefix, None).await? {
            stored.files.push(objects.get(&object.path).await?.to_vec());
        }
    }
    Ok(stored)
}

//! Oriel's own logs and traces, stored in Oriel itself like anybody's.
//!
//! ```text
//! tracing event or span -> Recorder (a subscriber layer) -> bounded channel -> one task -> Ingest
//! ```
//! The task that stores them runs without a subscriber, so that storing telemetry makes no telemetry. When the channel
//! is full (the store is slow or stopping), items are dropped and counted; requests never wait for telemetry.

mod recorder;

use contract::{Context, Ingest};
use model::{
    Attributes, Labels, LogBatch, LogEntry, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch,
    StreamEntries,
};
use recorder::Recorder;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::task::{self, Task};
use stdx::{Cancel, Clock};
use tokio::sync::mpsc;
use tracing::Level;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, reload};

/// Items that wait to be stored: a second of ten thousand requests, at some 500 bytes each.
const CHANNEL_ITEMS: usize = 10_000;
/// How long items are gathered for one batch.
const GATHER: Duration = Duration::from_millis(500);
/// Items of one batch.
const BATCH_ITEMS: usize = 2_000;

/// One line or span.
pub(super) enum Item {
    /// A log line with its level.
    Line(&'static str, LogEntry),
    /// A finished span.
    Span(Box<Span>),
}

/// What was recorded and waits for [`Telemetry::store_into`].
pub(crate) struct Telemetry {
    receiver: mpsc::Receiver<Item>,
    /// Items that found the channel full.
    pub(crate) dropped: Arc<AtomicU64>,
    /// What is written, which may change while it runs.
    pub(crate) threshold: Threshold,
}

/// The least level that is written.
#[derive(Clone)]
pub(crate) struct Threshold {
    level: Arc<Mutex<Level>>,
    set: Arc<dyn Fn(LevelFilter) -> bool + Send + Sync>,
}

impl Threshold {
    /// Its name.
    pub(crate) fn level(&self) -> String {
        self.level.lock().unwrap_or_else(PoisonError::into_inner).as_str().to_ascii_lowercase()
    }

    /// Changes it; `false` when there is no level of that name.
    pub(crate) fn set(&self, name: &str) -> bool {
        let Ok(level) = name.parse::<Level>() else { return false };
        let mut current = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = (self.set)(LevelFilter::from_level(level));
        if changed {
            *current = level;
        }
        changed
    }
}

/// Installs the process's subscriber: text on standard error, and a [`Recorder`] when `record` is true.
pub(crate) fn install(level: &str, record: bool, clock: Clock) -> anyhow::Result<Telemetry> {
    let level: Level = level.parse().map_err(|_| {
        anyhow::anyhow!("telemetry.level: {level:?} is none of error, warn, info, debug, trace")
    })?;
    let (sender, receiver) = mpsc::channel(CHANNEL_ITEMS);
    let dropped = Arc::new(AtomicU64::new(0));
    let (of_text, set_text) = reload::Layer::new(LevelFilter::from_level(level));
    let text = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(of_text);
    let (of_record, set_record) = reload::Layer::new(LevelFilter::from_level(level));
    let recorder = record.then(|| Recorder::new(sender, dropped.clone(), clock).with_filter(of_record));
    // What is not recorded has nothing to be set.
    let set = move |filter| set_text.reload(filter).is_ok() && (set_record.reload(filter).is_ok() || !record);
    let threshold = Threshold { level: Arc::new(Mutex::new(level)), set: Arc::new(set) };
    // A second start in one process (tests) keeps the first subscriber.
    drop(tracing::subscriber::set_global_default(Registry::default().with(text).with(recorder)));
    Ok(Telemetry { receiver, dropped, threshold })
}

impl Telemetry {
    /// Starts the task that stores items until canceled, and then what is left.
    pub(crate) fn store_into(
        self,
        ingest: Arc<dyn Ingest>,
        cx: Context,
        instance: String,
        cancel: Cancel,
    ) -> Task<()> {
        task::spawn(store(self, ingest, cx, instance, cancel).with_subscriber(NoSubscriber::default()))
    }
}

async fn store(
    mut telemetry: Telemetry,
    ingest: Arc<dyn Ingest>,
    cx: Context,
    instance: String,
    cancel: Cancel,
) {
    let resource = Arc::new(Resource { attributes: resource(&instance), dropped_attributes: 0 });
    let mut failed = 0;
    loop {
        let mut items = Vec::new();
        tokio::select! {
            () = cancel.canceled() => {}
            _ = tokio::time::sleep(GATHER) => {}
        }
        while items.len() < BATCH_ITEMS
            && let Ok(item) = telemetry.receiver.try_recv()
        {
            items.push(item);
        }
        if items.is_empty() && cancel.is_canceled() {
            break;
        }
        let (lines, spans) = batches(items, &instance, &resource);
        failed += u64::from(!lines.is_empty() && ingest.logs(&cx, lines).await.is_err());
        failed += u64::from(!spans.is_empty() && ingest.spans(&cx, spans).await.is_err());
    }
    let dropped = telemetry.dropped.load(Ordering::Relaxed);
    if failed + dropped > 0 {
        eprintln!("oriel: {dropped} lines and spans of its own and {failed} batches of them were not stored");
    }
}

fn resource(instance: &str) -> Attributes {
    let pairs = [
        ("service.name", "oriel"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", instance),
    ];
    pairs.iter().map(|(key, value)| (Arc::from(*key), (*value).into())).collect()
}

fn batches(items: Vec<Item>, instance: &str, resource: &Arc<Resource>) -> (LogBatch, SpanBatch) {
    let mut by_level: BTreeMap<&'static str, Vec<LogEntry>> = BTreeMap::new();
    let mut spans = Vec::new();
    for item in items {
        match item {
            Item::Line(level, entry) => by_level.entry(level).or_default().push(entry),
            Item::Span(span) => spans.push(*span),
        }
    }
    let stream = |(level, entries): (&str, Vec<LogEntry>)| StreamEntries {
        labels: Labels::from_pairs([("service_name", "oriel"), ("instance", instance), ("level", level)]),
        entries,
    };
    let lines = LogBatch { streams: by_level.into_iter().map(stream).collect(), body: None };
    let scope =
        Scope { name: Arc::from("oriel"), version: Arc::from(env!("CARGO_PKG_VERSION")), ..Scope::default() };
    let scopes = vec![ScopeSpans { scope: Arc::new(scope), schema_url: Arc::from(""), spans }];
    let batch = SpanBatch {
        resources: vec![ResourceSpans { resource: resource.clone(), schema_url: Arc::from(""), scopes }],
    };
    (lines, batch)
}

//! What the doors ask of the process: the engines behind traits, its state, its numbers, its web app.

use super::Databases;
use crate::config::shown::shown;
use crate::config::{Config, HistogramForm};
use crate::telemetry::Threshold;
use agent::compat::prometheus::Loaded;
use anyhow::Result;
use contract::{Context, Ingest};
use model::{LabelsBuilder, MetricBatch, Millis, Tenant};
use server::api::grafana::{Provisioning, ProvisioningOptions};
use server::ingest::{Front, Relay, SpanLimits};
use server::telemetry::Registry;
use server::tenant::Tenancy;
use server::ui::{Asset, Assets};
use server::{BlockStatus, Engines, Options, State, StatusSource, StorageStatus};
use ship::outbox::Outbox;
use spanmetrics::{Generator, Losses, NativeHistograms};
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use stdx::{Cancel, Clock};
use store::{Catalog, Signal};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

/// The engines as the doors see them, with their sizes among the process's numbers.
pub(super) fn engines(
    databases: &Databases,
    options: &Options,
    telemetry: &Registry,
    (generator, limits): (Option<Arc<Generator>>, Arc<SpanLimits>),
    outbox: &Arc<Outbox>,
) -> Engines {
    register(databases, telemetry);
    server::api::prometheus::remote_storage::register(telemetry, outbox.clone());
    let front = Front::new(
        options.limits.clone(),
        telemetry,
        Arc::new(Relay::new(databases.metrics.clone(), outbox.clone())),
        databases.logs.clone(),
        databases.traces.clone(),
    )
    .with_paces(options.paces.clone())
    .with_generator(generator)
    .with_span_limits(limits);
    Engines {
        ingest: Arc::new(front),
        series: databases.metrics.clone(),
        series_admin: databases.metrics.clone(),
        logs: databases.logs.clone(),
        log_deletes: databases.logs.clone(),
        spans: databases.traces.clone(),
        trace_deletes: databases.traces.clone(),
    }
}

/// What became of messages of syslog, among the process's numbers.
pub(super) fn count_syslog(telemetry: &Registry, counts: &Arc<agent::SyslogCounts>) {
    type Of = fn(&agent::SyslogCounts) -> &AtomicU64;
    let outcomes: [(&str, Of); 4] = [
        ("stored", |counts| &counts.stored),
        ("unwanted", |counts| &counts.unwanted),
        ("refused", |counts| &counts.refused),
        ("overflowed", |counts| &counts.overflowed),
    ];
    for (outcome, of) in outcomes {
        let counts = counts.clone();
        let family = ("oriel_syslog_messages_total", "Messages of syslog by what became of them.", "counter");
        telemetry.callback(family, &[("outcome", outcome)], move || of(&counts).load(Relaxed) as f64);
    }
    let counts = counts.clone();
    let family = ("oriel_syslog_connections", "Connections of syslog that are open.", "gauge");
    telemetry.callback(family, &[], move || counts.connections.load(Relaxed) as f64);
}

/// What counts spans for metrics, when it is configured, with what it could not count among the process's numbers.
pub(super) fn generator(config: &Config, telemetry: &Registry, clock: &Clock) -> Option<Arc<Generator>> {
    let mut options = spanmetrics::Options {
        interval: config.span_metrics.interval.duration(),
        operations: spanmetrics::OperationOptions {
            dimensions: config.span_metrics.dimensions.clone(),
            target_info: config.span_metrics.target_info,
            ..spanmetrics::OperationOptions::default()
        },
        native_histograms: match config.span_metrics.native_histograms {
            HistogramForm::Classic => NativeHistograms::Classic,
            HistogramForm::Native => NativeHistograms::Native,
            HistogramForm::Both => NativeHistograms::Both,
        },
        ..spanmetrics::Options::default()
    };
    options.operations.labels.status_message = config.span_metrics.status_message;
    let generator = Arc::new(Generator::new(options, clock.clone()));
    let count = |reason: &'static str, of: fn(Losses) -> u64| {
        let generator = generator.clone();
        let family = ("oriel_span_metrics_losses_total", "Spans and calls not counted as such.", "counter");
        telemetry.callback(family, &[("reason", reason)], move || of(generator.losses()) as f64);
    };
    if config.span_metrics.enabled {
        count("untimely", |losses| losses.untimely);
        count("overflowed", |losses| losses.overflowed);
        count("dropped", |losses| losses.dropped);
        count("unpaired", |losses| losses.unpaired);
        count("filtered", |losses| losses.filtered);
        count("renamed", |losses| losses.renamed);
    }
    config.span_metrics.enabled.then_some(generator)
}

/// What keeps dashboards as files say; variables in those files are those of the environment.
#[expect(clippy::disallowed_methods, reason = "files may name any variable of the environment")]
pub(super) fn provisioning(config: &Config) -> Arc<Provisioning> {
    let files = &config.dashboards;
    Provisioning::new(ProvisioningOptions {
        dashboards: files.folder.clone(),
        allow_edits: files.allow_edits,
        configs: files.provisioning.clone(),
        tenant: Tenant::anonymous(),
        variables: Arc::new(|name| std::env::var(name).ok()),
    })
}

/// What an engine holds in memory: rows and bytes.
type InMemory = Box<dyn Fn() -> (u64, u64) + Send + Sync>;

/// Each signal with what its engine holds in memory.
fn in_memory(databases: &Databases) -> [(Signal, InMemory); 3] {
    let (metrics, logs, traces) =
        (databases.metrics.clone(), databases.logs.clone(), databases.traces.clone());
    [
        (
            Signal::Metrics,
            Box::new(move || (metrics.telemetry().head_samples, metrics.telemetry().head_bytes)),
        ),
        (Signal::Logs, Box::new(move || (logs.sizes().head_rows, logs.sizes().head_bytes))),
        (Signal::Traces, Box::new(move || (traces.sizes().head_rows, traces.sizes().head_bytes))),
    ]
}

/// Sizes of heads, logs and blocks, and the process's memory and processor time, among the process's numbers.
fn register(databases: &Databases, telemetry: &Registry) {
    for (signal, held) in in_memory(databases) {
        let labels = [("signal", signal.as_str())];
        let held = Arc::new(held);
        let rows = held.clone();
        telemetry.callback(
            ("oriel_head_rows", "Samples, lines and spans in memory.", "gauge"),
            &labels,
            move || rows().0 as f64,
        );
        telemetry.callback(
            ("oriel_head_bytes", "Bytes of what is in memory.", "gauge"),
            &labels,
            move || held().1 as f64,
        );
        let logs = databases.log_dir(signal);
        telemetry.callback(("oriel_log_bytes", "Bytes of the log on disk.", "gauge"), &labels, move || {
            folder_bytes(&logs) as f64
        });
        let catalog = databases.catalog.clone();
        telemetry.callback(("oriel_blocks", "Published blocks.", "gauge"), &labels, move || {
            blocks(&catalog, signal).0 as f64
        });
        let catalog = databases.catalog.clone();
        telemetry.callback(
            ("oriel_block_bytes", "Bytes of published blocks.", "gauge"),
            &labels,
            move || blocks(&catalog, signal).1 as f64,
        );
    }
    let metrics = databases.metrics.clone();
    telemetry.callback(
        (
            "oriel_merge_held_bytes",
            "The most bytes of a merge's output of metrics that were in memory at once.",
            "gauge",
        ),
        &[],
        move || metrics.telemetry().merge_held_bytes as f64,
    );
    telemetry.callback(("process_resident_memory_bytes", "Resident memory.", "gauge"), &[], || {
        resident_bytes() as f64
    });
    telemetry.callback(("process_cpu_seconds_total", "Processor time used.", "counter"), &[], cpu_seconds);
}

/// Published blocks of a signal: how many, and their bytes.
fn blocks(catalog: &Catalog, signal: Signal) -> (u64, u64) {
    let snapshot = catalog.snapshot();
    snapshot
        .all_blocks()
        .filter(|meta| meta.signal == signal)
        .fold((0, 0), |(n, bytes), meta| (n + 1, bytes + meta.bytes))
}

/// Bytes of the files of a folder; a log has a handful of segments.
fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.blocks() * 512).sum()
}

pub(crate) fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|p| p.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

/// Fields 14 and 15 of `/proc/self/stat`, in hundredths of a second: proc(5).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What the doors are told by the configuration.
pub(super) fn options(config: &Config, loaded: Option<&Loaded>, file: Option<&Path>) -> Result<Options> {
    let mut options = own_options(config)?;
    options.place = place(config, file);
    if let Some(loaded) = loaded {
        options.otlp = loaded.otlp.clone();
        options.external_labels.extend(loaded.external_labels.clone());
        options.query_log.clone_from(&loaded.query_log);
    }
    config.otlp.apply(&mut options.otlp);
    if !config.query.log_file.as_os_str().is_empty() {
        options.query_log = Some(config.query.log_file.clone());
    }
    Ok(options)
}

/// What the configuration says by itself.
fn own_options(config: &Config) -> Result<Options> {
    let limits = server::TenantLimits::default();
    let (all, own) = config.tenant_limits()?;
    limits.replace(all, own);
    let tenancy = if config.auth.enabled { Tenancy::Required } else { Tenancy::Optional };
    let lookback = i64::try_from(config.query.lookback.duration().as_millis()).unwrap_or(i64::MAX);
    let lookback_millis = Some(lookback.max(1));
    Ok(Options {
        limits,
        tenancy,
        access: super::access::access(&config.auth)?,
        admin_api: config.api.admin,
        quit_api: config.api.quit,
        replicas: config.replicas.options(),
        external_labels: config.external_labels.clone().into_iter().collect(),
        lookback_millis,
        language: server::Language {
            delayed_name_removal: config.query.delayed_name_removal,
            start_timestamps: config.query.start_timestamps,
            type_and_unit_labels: config.query.type_and_unit_labels,
        },
        ..Options::default()
    })
}

/// Where this process runs, for clients that look.
fn place(config: &Config, file: Option<&Path>) -> server::Place {
    let folder = std::env::current_dir().unwrap_or_default();
    let kept = config.metrics.retention.duration();
    server::Place {
        folder: folder.display().to_string(),
        host: super::instance(),
        config_file: file.map(|file| file.display().to_string()).unwrap_or_default(),
        data: config.data.display().to_string(),
        retention: if kept.is_zero() { String::new() } else { config.metrics.retention.to_string() },
        retention_bytes: config.metrics.max_bytes.0,
    }
}

/// Answers about storage and configuration.
pub(super) struct Status {
    databases: Databases,
    data: PathBuf,
    config: String,
    defaults: String,
    threshold: Threshold,
}

impl Status {
    pub(super) fn new(config: &Config, databases: Databases, threshold: Threshold) -> Result<Self> {
        let defaults = shown(&Config::default())?;
        Ok(Status { databases, data: config.data.clone(), config: shown(config)?, defaults, threshold })
    }
}

impl StatusSource for Status {
    fn storage(&self) -> StorageStatus {
        let disk = rustix::fs::statvfs(&self.data).ok();
        let mut status = StorageStatus {
            disk_total_bytes: disk.as_ref().map(|d| d.f_blocks * d.f_frsize),
            disk_free_bytes: disk.as_ref().map(|d| d.f_bavail * d.f_frsize),
            ..StorageStatus::default()
        };
        for signal in [Signal::Metrics, Signal::Logs, Signal::Traces] {
            let (count, bytes) = blocks(&self.databases.catalog, signal);
            status.blocks += count;
            status.block_bytes += bytes;
            status.log_bytes += folder_bytes(&self.databases.log_dir(signal));
        }
        status
    }

    fn memory_bytes(&self) -> u64 {
        resident_bytes()
    }

    fn tenants(&self) -> Vec<Tenant> {
        let snapshot = self.databases.catalog.snapshot();
        let signals = [Signal::Metrics, Signal::Logs, Signal::Traces];
        let stored: BTreeSet<Tenant> = signals.iter().flat_map(|signal| snapshot.tenants(*signal)).collect();
        let in_memory = [Tenant::anonymous()];
        stored.into_iter().chain(in_memory).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn config_yaml(&self) -> String {
        self.config.clone()
    }

    fn default_config_yaml(&self) -> String {
        self.defaults.clone()
    }

    fn log_level(&self) -> String {
        self.threshold.level()
    }

    fn set_log_level(&self, level: &str) -> bool {
        self.threshold.set(level)
    }

    fn config_reference(&self) -> String {
        crate::config::commented().unwrap_or_else(|error| format!("# cannot be shown: {error}"))
    }

    fn blocks(&self, tenant: &Tenant) -> Vec<BlockStatus> {
        let snapshot = self.databases.catalog.snapshot();
        let own = snapshot.all_blocks().filter(|meta| meta.tenant == *tenant);
        let status = |meta: &Arc<store::BlockMeta>| BlockStatus {
            id: meta.id.to_string(),
            signal: meta.signal.as_str(),
            level: meta.level,
            start: meta.start.0.div_euclid(1_000_000),
            end: meta.end.0.div_euclid(1_000_000),
            rows: meta.rows,
            bytes: meta.bytes,
        };
        own.map(status).collect()
    }
}

/// Stores the process's own numbers every interval: the text of `/metrics`, read as a scraper reads it.
pub(super) async fn metrics(
    state: Arc<State>,
    interval: Duration,
    instance: String,
    ingest: Arc<dyn Ingest>,
    cx: Context,
    cancel: Cancel,
) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = cancel.canceled() => return,
            _ = ticks.tick() => {}
        }
        let now = Millis(cx.clock.now_millis());
        let batch = labelled(&state.telemetry.text(), &instance, now);
        // Storing telemetry makes no telemetry; a failure shows in the refused rows, which are counted.
        let stored = ingest.metrics(&cx, batch).with_subscriber(NoSubscriber::default()).await;
        if let Err(error) = stored {
            tracing::debug!(%error, "own metrics were not stored");
        }
    }
}

fn labelled(text: &str, instance: &str, now: Millis) -> MetricBatch {
    let mut batch = MetricBatch::default();
    let Ok(read) = wire::exposition::parse(text, wire::exposition::Format::Text, now) else { return batch };
    batch.metadata = read.batch.metadata.clone();
    for series in read.batch.series() {
        let mut labels = LabelsBuilder::from(&series.to_labels());
        labels.set("job", "oriel").set("instance", instance);
        batch.push_series(&labels.build(), series.samples());
    }
    let up =
        model::Labels::from_pairs([(model::METRIC_NAME, "up"), ("job", "oriel"), ("instance", instance)]);
    batch.push_series(&up, &[model::Sample { at: now, value: 1.0 }]);
    batch
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The web app that the build embedded.
pub(super) struct Ui;

impl Assets for Ui {
    fn get(&self, path: &str) -> Option<&Asset> {
        ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok().map(|at| &ASSETS[at])
    }
}

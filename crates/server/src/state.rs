//! What every handler shares: engines, limits, clock, budgets, telemetry.

use crate::access::{Access, Gate};
use crate::api::agents::Agents;
use crate::api::grafana::{Provisioning, Shelf};
use crate::collector::Collector;
use crate::error::Fault;
use crate::ingest::deltas::Sums;
use crate::ingest::{Admitted, Paces, ReplicaOptions, Replicas};
use crate::limits::{Limits, TenantLimits};
use crate::overrides::Overrides;
use crate::run::Running;
use crate::telemetry::Registry;
use crate::tenant::Tenancy;
use contract::{Context, Ingest, LogDeletes, LogSource, SeriesAdmin, SeriesSource, SpanSource, TraceDeletes};
use model::{MetricBatch, Tenant};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use stdx::{Budget, Cancel, Clock};
use tokio::sync::Semaphore;

/// What stands behind the doors.
#[derive(Clone)]
pub struct Engines {
    /// Takes all three signals.
    pub ingest: Arc<dyn Ingest>,
    /// Metrics.
    pub series: Arc<dyn SeriesSource>,
    /// Deletes and copies of metrics.
    pub series_admin: Arc<dyn SeriesAdmin>,
    /// Logs.
    pub logs: Arc<dyn LogSource>,
    /// Deletes of lines.
    pub log_deletes: Arc<dyn LogDeletes>,
    /// Traces.
    pub spans: Arc<dyn SpanSource>,
    /// Deletes of traces.
    pub trace_deletes: Arc<dyn TraceDeletes>,
}

/// What the process knows about its storage, for the status page.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct StorageStatus {
    /// Bytes of the logs on disk.
    pub log_bytes: u64,
    /// Bytes of all blocks.
    pub block_bytes: u64,
    /// How many blocks.
    pub blocks: u64,
    /// Size of the disk, when it is a disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_total_bytes: Option<u64>,
    /// Free bytes of the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_free_bytes: Option<u64>,
}

/// One published block.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BlockStatus {
    /// Its identity.
    pub id: String,
    /// `metrics`, `logs` or `traces`.
    pub signal: &'static str,
    /// 0 for a flush, higher for merges.
    pub level: u8,
    /// The earliest time inside, in milliseconds since 1970.
    pub start: i64,
    /// The first millisecond after the latest time inside.
    pub end: i64,
    /// Samples, lines or spans.
    pub rows: u64,
    /// Bytes of its object.
    pub bytes: u64,
}

/// Answers questions about the process that only the binary can.
pub trait StatusSource: Send + Sync {
    /// Storage in use.
    fn storage(&self) -> StorageStatus;
    /// Bytes of memory in use by the process.
    fn memory_bytes(&self) -> u64;
    /// Tenants that have something stored.
    fn tenants(&self) -> Vec<Tenant>;
    /// The configuration in force, as YAML without secrets.
    fn config_yaml(&self) -> String;
    /// What the configuration would be if nothing were set, as YAML.
    fn default_config_yaml(&self) -> String {
        String::new()
    }
    /// Every key of the configuration with its default and meaning, as YAML.
    fn config_reference(&self) -> String {
        String::new()
    }
    /// The least level of the process's own lines that is written: error, warn, info, debug, trace.
    fn log_level(&self) -> String {
        "info".to_owned()
    }
    /// Changes it until the next start; `false` when there is no such level.
    fn set_log_level(&self, _level: &str) -> bool {
        false
    }
    /// Published blocks of a tenant, of all signals.
    fn blocks(&self, _tenant: &Tenant) -> Vec<BlockStatus> {
        Vec::new()
    }
}

/// Knows nothing: for tests, and until the binary says more.
#[derive(Debug, Default)]
pub struct NoStatus;

impl StatusSource for NoStatus {
    fn storage(&self) -> StorageStatus {
        StorageStatus::default()
    }
    fn memory_bytes(&self) -> u64 {
        0
    }
    fn tenants(&self) -> Vec<Tenant> {
        Vec::new()
    }
    fn config_yaml(&self) -> String {
        String::new()
    }
}

/// What the binary decides about the doors.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Limits by tenant.
    pub limits: TenantLimits,
    /// Whether requests name their tenant.
    pub tenancy: Tenancy,
    /// Who may do what on the UI's door.
    pub access: Access,
    /// How OTLP metrics become series.
    pub otlp: wire::otlp::metrics::Options,
    /// Labels that `/federate` adds to series that lack them.
    pub external_labels: Vec<(String, String)>,
    /// Of pairs of senders one is taken; `None`: all are.
    pub replicas: Option<ReplicaOptions>,
    /// Whether deleting series and other administration is allowed.
    pub admin_api: bool,
    /// How far an instant selector looks back, in milliseconds; `None` for the language's own.
    pub lookback_millis: Option<i64>,
    /// How fast tenants send samples.
    pub paces: Arc<Paces>,
    /// Where the configuration says that it stands, for clients that look: the file, the data folder, the host.
    pub place: Place,
    /// Whether the network may stop this server.
    pub quit_api: bool,
    /// Where queries of metrics are noted.
    pub query_log: Option<std::path::PathBuf>,
    /// How queries of metrics are meant where there is a choice.
    pub language: Language,
}

/// Where this server runs; all may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder it was started in.
    pub folder: String,
    /// The machine's name.
    pub host: String,
    /// The configuration file.
    pub config_file: String,
    /// The data folder.
    pub data: String,
    /// How long samples are kept, such as `15d`.
    pub retention: String,
    /// How many bytes of them; 0: any number.
    pub retention_bytes: u64,
}

/// How queries of metrics are meant where there is a choice. All are off at first, as the replaced system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Language {
    /// Names of metrics are dropped from the result only at the end.
    pub delayed_name_removal: bool,
    /// `rate` and its like use the start timestamps of samples.
    pub start_timestamps: bool,
    /// The label `__type__` tells what a counter is, and goes with the name, as `__unit__` does.
    pub type_and_unit_labels: bool,
}

/// Shared by all handlers.
pub struct State {
    /// What stands behind the doors.
    pub engines: Engines,
    /// What the binary decided.
    pub options: Options,
    /// What time it is.
    pub clock: Clock,
    /// Memory of all queries together.
    pub budget: Budget,
    /// Numbers about the process itself.
    pub telemetry: Registry,
    /// Questions only the binary answers.
    pub status: Arc<dyn StatusSource>,
    /// What the process collects by itself, once it does.
    pub collector: OnceLock<Arc<dyn Collector>>,
    /// Doors that are open, for the status page: name and address.
    pub doors: std::sync::Mutex<Vec<(&'static str, std::net::SocketAddr)>>,
    /// Elected replicas, when pairs of senders are told apart.
    pub replicas: Option<Replicas>,
    /// Dashboards and folders, once the binary has put them there.
    pub shelf: OnceLock<Shelf>,
    /// What tenants choose for their metrics from spans, when such metrics are made.
    pub overrides: OnceLock<Overrides>,
    /// What keeps dashboards as files say, once the binary has put it there.
    pub provisioning: OnceLock<Arc<Provisioning>>,
    /// Canceled when the network asks this server to stop.
    pub quit: Cancel,
    /// Whether requests are taken: false while starting and stopping.
    ready: AtomicBool,
    pub(crate) queries: Semaphore,
    /// What is kept of answers to range queries.
    pub(crate) results: promql::ResultCache,
    /// Queries that run now, and slow ones.
    pub(crate) running: Running,
    /// Sums of what senders of delta temporality say.
    pub(crate) deltas: Sums,
    /// Streams of notifications.
    pub(crate) notified: Arc<Semaphore>,
    /// Agents that report themselves.
    pub(crate) agents: Agents,
    /// Those who came in by name and password.
    pub(crate) gate: Gate,
    /// Live tails.
    pub(crate) tails: AtomicU64,
    started: Duration,
    started_at_millis: i64,
}

impl State {
    /// The shared state; ready at once.
    pub fn new(
        engines: Engines,
        options: Options,
        clock: Clock,
        budget: Budget,
        status: Arc<dyn StatusSource>,
    ) -> Arc<Self> {
        Self::with_telemetry(engines, options, clock, budget, Registry::default(), status)
    }

    /// [`State::new`] with numbers that others have begun to count in.
    pub fn with_telemetry(
        engines: Engines,
        options: Options,
        clock: Clock,
        budget: Budget,
        telemetry: Registry,
        status: Arc<dyn StatusSource>,
    ) -> Arc<Self> {
        let limits = options.limits.all();
        let permits = Limits::size(limits.max_concurrent_queries).clamp(1, Semaphore::MAX_PERMITS);
        let replicas = options.replicas.clone().map(|replicas| Replicas::new(replicas, &telemetry));
        Arc::new(State {
            engines,
            replicas,
            started: clock.monotonic(),
            started_at_millis: clock.now_millis(),
            clock,
            budget,
            telemetry,
            status,
            collector: OnceLock::new(),
            doors: std::sync::Mutex::default(),
            shelf: OnceLock::new(),
            overrides: OnceLock::new(),
            provisioning: OnceLock::new(),
            quit: Cancel::new(),
            ready: AtomicBool::new(true),
            queries: Semaphore::new(permits),
            running: Running::default(),
            agents: Agents::default(),
            results: promql::ResultCache::holding(Limits::size(limits.max_kept_result_bytes)),
            deltas: Sums::default(),
            notified: Arc::new(Semaphore::new(crate::api::prometheus::MAX_STREAMS)),
            gate: Gate::default(),
            tails: AtomicU64::new(0),
            options,
        })
    }

    /// Limits of tenants that have none of their own, and what holds before it is known whose a request is.
    pub fn limits(&self) -> Arc<Limits> {
        self.options.limits.all()
    }

    /// Limits of a tenant.
    pub fn limits_of(&self, tenant: &Tenant) -> Arc<Limits> {
        self.options.limits.of(tenant)
    }

    /// Limits of the tenant that a request names, the first of several; those of all when it names none that there can be.
    pub(crate) fn limits_for(&self, headers: &http::HeaderMap) -> Arc<Limits> {
        let named = self.options.tenancy.all_of(headers).ok();
        named.map_or_else(|| self.limits(), |tenants| self.limits_of(&tenants[0]))
    }

    /// Time since start.
    pub fn uptime(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.started)
    }

    /// When the process started, in milliseconds since 1970.
    pub fn started_at_millis(&self) -> i64 {
        self.started_at_millis
    }

    /// Whether requests are taken.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    /// Says whether requests are taken.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::SeqCst);
    }

    /// Reads OTLP metrics as the configuration says; increments are summed up when it says so.
    pub(crate) fn read_otlp_metrics(
        &self,
        tenant: &Tenant,
        body: &[u8],
        encoding: wire::otlp::Encoding,
    ) -> Result<wire::remote_write::Decoded, Fault> {
        let decoded = wire::otlp::metrics::decode(body, encoding, &self.options.otlp)?;
        Ok(self.deltas.add(tenant, decoded, self.clock.monotonic()))
    }

    /// What is taken of a batch, where pairs of senders are told apart.
    pub(crate) fn admit(&self, tenant: &Tenant, batch: MetricBatch) -> Admitted {
        match &self.replicas {
            Some(replicas) => replicas.admit(tenant, batch, self.clock.monotonic()),
            None => Admitted { batch, ..Admitted::default() },
        }
    }

    /// A context for a write of `tenant`: no deadline, since an ack that comes late is still an ack.
    pub fn write_context(&self, tenant: Tenant) -> Context {
        Context::internal(tenant, self.clock.clone(), self.budget.clone())
    }
}

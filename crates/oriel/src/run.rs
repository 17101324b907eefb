//! Starts everything, top to bottom, and stops it in reverse.
//!
//! ```text
//! telemetry -> objects, catalog -> three engines (replay, side by side) -> outbox -> ingest, doors -> maintenance -> agent, own telemetry
//! ```
//! Stopping closes the doors first (no new work), then the agent (what it has read is delivered), then
//! the outbox (what is unsent stays in its queue), then the engines (the
//! heads are flushed, the logs closed). A stop that does not come to its end costs only time: the log is replayed.

mod access;
mod collect;
mod own;
mod sweep;

use crate::config::{Config, Engine, outlets, scrape_jobs};
use crate::telemetry::{self, Telemetry};
pub(crate) use access::{access, password_hash};
use agent::Agent;
use anyhow::{Context as _, Result, anyhow};
use collect::Collecting;
pub(crate) use collect::Reread;
use contract::{Context, Ingest};
use logdb::LogDb;
use model::Tenant;
pub(crate) use own::resident_bytes;
use server::api::grafana::Shelf;
use server::ingest::SpanLimits;
use server::telemetry::Registry;
use server::{Addresses, Doors, Overrides, State};
use ship::outbox::{Outbox, OutboxOptions};
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stdx::task::{self, Task};
use stdx::{Budget, Cancel, Clock};
use store::{
    BlockCache, Catalog, CatalogOptions, Documents, Objects, RetentionPolicy, Signal, SweepOptions, Sweeper,
};
use tracedb::TraceDb;
use tsdb::Tsdb;

/// How long running requests may go on when the doors close.
const DOOR_PATIENCE: Duration = Duration::from_secs(10);

/// The running stack.
pub(crate) struct Stack {
    doors: Doors,
    quit: Cancel,
    collecting: Arc<Collecting>,
    own: Vec<Task<()>>,
    own_cancel: Cancel,
    maintenance: Vec<Task<()>>,
    maintenance_cancel: Cancel,
    databases: Databases,
}

/// The three engines.
#[derive(Clone)]
pub(super) struct Databases {
    pub(super) metrics: Arc<Tsdb>,
    pub(super) logs: Arc<LogDb>,
    pub(super) traces: Arc<TraceDb>,
    pub(super) catalog: Catalog,
    objects: Objects,
    clock: Clock,
    logs_dir: PathBuf,
}

impl Stack {
    /// Starts everything; ready when it returns. `reread` reads the configuration again, whose file is `file`.
    pub(crate) async fn start(mut config: Config, file: Option<PathBuf>, reread: Reread) -> Result<Self> {
        let as_read = config.clone();
        install_tls();
        let clock = Clock::system();
        let telemetry = telemetry::install(&config.telemetry.level, config.telemetry.enabled, clock.clone())?;
        let addresses = addresses(&config)?;
        let (jobs, loaded) = scrape_jobs(&config)?;
        loaded.iter().flat_map(|loaded| &loaded.notices).for_each(|notice| tracing::warn!("{notice}"));
        if let Some(loaded) = &loaded {
            config.keep_as(loaded);
        }
        let agent_options = config.agent(instance(), jobs.clone())?;
        let budget = Budget::new("memory.queries", config.memory.queries.0);
        let databases = Databases::open(&config, &clock).await?;
        let options = own::options(&config, loaded.as_ref(), file.as_deref())?;
        let registry = Registry::default();
        let generator = own::generator(&config, &registry, &clock);
        let outbox = Arc::new(Outbox::new(OutboxOptions {
            folder: config.data.join("outbox"),
            max_bytes: config.outbox.max_bytes.0,
            clock: clock.clone(),
        }));
        let outlets = outlets(&config, loaded.as_ref())?;
        outbox.deliver_these(outlets).await.map_err(|error| anyhow!(error))?;
        let span_limits = SpanLimits::new(options.limits.clone());
        let spans = (generator.clone(), span_limits.clone());
        let engines = own::engines(&databases, &options, &registry, spans, &outbox);
        let status = Arc::new(own::Status::new(&config, databases.clone(), telemetry.threshold.clone())?);
        let state = State::with_telemetry(engines, options, clock.clone(), budget.clone(), registry, status);
        let documents = Documents::new(databases.objects.clone(), clock.clone());
        let overrides = Overrides::over(documents.clone(), generator.clone(), span_limits);
        let overrides = overrides.with_file(config.span_metrics.overrides_file.clone());
        read_overrides(&overrides).await?;
        state.overrides.get_or_init(|| overrides);
        state.shelf.get_or_init(|| Shelf::over(documents));
        let provisioning = state.provisioning.get_or_init(|| own::provisioning(&config)).clone();
        let doors = Doors::open(state.clone(), &addresses, Arc::new(own::Ui)).await?;
        let maintenance_cancel = Cancel::new();
        let maintenance = databases.maintain(&maintenance_cancel);
        let cx = Context::internal(Tenant::anonymous(), clock.clone(), budget);
        let ingest = state.engines.ingest.clone();
        let agent = Agent::start(agent_options, ingest.clone(), cx.clone())
            .await
            .context("cannot start the agent")?;
        own::count_syslog(&state.telemetry, &agent.syslog_counts());
        let limits = state.options.limits.clone();
        let collecting =
            Arc::new(Collecting::new((agent, outbox, limits), as_read, (&jobs, loaded), reread, clock));
        // The state is new: nobody was earlier.
        let _ = state.collector.set(collecting.clone());
        let own_cancel = Cancel::new();
        let mut own = own_telemetry(&config, telemetry, &state, &cx, &ingest, &own_cancel);
        if let Some(generator) = generator {
            own.push(task::spawn(generator.run(ingest, cx.budget.clone(), own_cancel.clone())));
        }
        own.push(task::spawn(Overrides::watch(state.clone(), own_cancel.clone())));
        own.push(task::spawn(provisioning.watch(state.clone(), own_cancel.clone())));
        if config.watch_config {
            own.push(task::spawn(collecting.clone().watch(file, own_cancel.clone())));
        }
        tracing::info!(doors = doors.opened().len(), data = %config.data.display(), version = env!("CARGO_PKG_VERSION"), "ready");
        let quit = state.quit.clone();
        Ok(Stack { doors, quit, collecting, own, own_cancel, maintenance, maintenance_cancel, databases })
    }

    /// Open doors: name and address.
    pub(crate) fn doors(&self) -> Vec<(String, String)> {
        self.doors.opened().iter().map(|(name, address)| ((*name).to_owned(), address.to_string())).collect()
    }

    /// Returns when the network asked for the end, where the configuration lets it.
    pub(crate) async fn asked_to_quit(&self) {
        self.quit.canceled().await;
    }

    /// Reads the configuration again; what is wrong with it is logged.
    pub(crate) async fn reload(&self) {
        drop(self.collecting.read_again().await);
    }

    /// Stops in reverse; `Err` when something in memory could not be flushed (it is in the log).
    pub(crate) async fn stop(self) -> Result<()> {
        self.doors.close(DOOR_PATIENCE).await;
        self.collecting.agent.stop().await;
        self.own_cancel.cancel();
        join(self.own).await;
        self.collecting.outbox.close().await;
        self.maintenance_cancel.cancel();
        join(self.maintenance).await;
        self.databases.close().await
    }
}

/// Applies what the operator and tenants chose for spans.
async fn read_overrides(overrides: &Overrides) -> Result<()> {
    let of_file = overrides.load_file().await;
    of_file.map_err(|error| anyhow!("span_metrics.overrides_file: {error}"))?;
    overrides.load().await.context("cannot read what tenants chose for their spans")
}

async fn join(tasks: Vec<Task<()>>) {
    for task in tasks {
        if let Err(error) = task.join().await {
            tracing::warn!(%error, "a task did not end well");
        }
    }
}

fn own_telemetry(
    config: &Config,
    telemetry: Telemetry,
    state: &Arc<State>,
    cx: &Context,
    ingest: &Arc<dyn Ingest>,
    cancel: &Cancel,
) -> Vec<Task<()>> {
    if !config.telemetry.enabled {
        return Vec::new();
    }
    let interval = config.telemetry.interval.duration();
    let metrics =
        own::metrics(state.clone(), interval, instance(), ingest.clone(), cx.clone(), cancel.clone());
    vec![telemetry.store_into(ingest.clone(), cx.clone(), instance(), cancel.clone()), task::spawn(metrics)]
}

impl Databases {
    async fn open(config: &Config, clock: &Clock) -> Result<Self> {
        let objects = open_objects(config)?;
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default())
            .await
            .context("cannot open the catalog")?;
        let cache = BlockCache::new(config.memory.cache.0);
        let logs_dir = config.data.join("log");
        let log = |signal: Signal| logs_dir.join(signal.as_str());
        // Heads, and what is known of opened blocks. Merges of lines take the same whatever a head holds: at the default
        // sizes sixteen heads are 256 MiB.
        let memory = |name: &str, engine: &Engine| {
            let heads = if name == "logs" { 16 } else { 8 };
            Budget::new(name, engine.flush_bytes.0.saturating_mul(heads))
        };
        let metrics = tsdb::EngineOptions {
            flush_bytes: config.metrics.flush_bytes.0,
            flush_age: config.metrics.flush_age.duration(),
            retention: retention(&config.metrics),
            retention_rules: config.retention_rules()?,
            downsampling: config.downsampling()?,
            clock: clock.clone(),
            budget: memory("metrics", &config.metrics),
            ..tsdb::EngineOptions::new(log(Signal::Metrics), objects.clone(), catalog.clone(), cache.clone())
        };
        let logs = logdb::EngineOptions {
            flush_bytes: config.logs.flush_bytes.0,
            flush_age: config.logs.flush_age.duration(),
            retention: retention(&config.logs),
            tenant_max_bytes: config.tenant_max_bytes()?,
            stream_retention: config.stream_retention()?,
            decoded_bytes: config.memory.cache.0 / 4,
            make_row_test: |query| logql::selected(query).ok().and_then(|selected| selected.test),
            ..logdb::EngineOptions::new(
                log(Signal::Logs),
                objects.clone(),
                catalog.clone(),
                cache.clone(),
                clock.clone(),
                memory("logs", &config.logs),
            )
        };
        let traces = tracedb::EngineOptions {
            flush_bytes: config.traces.flush_bytes.0,
            flush_age: config.traces.flush_age.duration(),
            retention: retention(&config.traces),
            decoded_bytes: config.memory.cache.0 / 2,
            ..tracedb::EngineOptions::new(
                log(Signal::Traces),
                objects.clone(),
                catalog.clone(),
                cache,
                clock.clone(),
                memory("traces", &config.traces),
            )
        };
        // Replay is computing: the engines do it side by side, each on a thread of its own.
        let metrics = task::spawn(Tsdb::open(metrics));
        let logs = task::spawn(LogDb::open(logs));
        let traces = task::spawn(TraceDb::open(traces));
        Ok(Databases {
            metrics: metrics.join().await?.context("cannot open the metrics")?,
            logs: logs.join().await?.context("cannot open the logs")?,
            traces: traces.join().await?.context("cannot open the traces")?,
            catalog,
            objects,
            clock: clock.clone(),
            logs_dir,
        })
    }

    /// The folder of a signal's log.
    pub(super) fn log_dir(&self, signal: Signal) -> PathBuf {
        self.logs_dir.join(signal.as_str())
    }

    fn maintain(&self, cancel: &Cancel) -> Vec<Task<()>> {
        let options = SweepOptions::default();
        let sweeper = Sweeper::new(self.objects.clone(), self.catalog.clone(), options, self.clock.clone());
        vec![
            task::spawn(self.metrics.clone().run(cancel.clone())),
            task::spawn(self.logs.clone().run(cancel.clone())),
            task::spawn(self.traces.clone().run(cancel.clone())),
            task::spawn(sweep::run(sweeper, cancel.clone())),
        ]
    }

    async fn close(self) -> Result<()> {
        let (metrics, logs, traces) =
            tokio::join!(self.metrics.close(), self.logs.close(), self.traces.close());
        metrics.context("metrics in memory were not flushed; they are in the log")?;
        logs.context("lines in memory were not flushed; they are in the log")?;
        traces.context("spans in memory were not flushed; they are in the log")
    }
}

/// The bucket of the configuration, or the data folder.
pub(crate) fn open_objects(config: &Config) -> Result<Objects> {
    let folder = std::path::absolute(&config.data)?.display().to_string();
    open_url(
        if config.storage.url.is_empty() { &folder } else { &config.storage.url },
        &config.storage.options,
    )
}

/// The objects at a URL: options of the configuration go before the clouds' variables.
pub(crate) fn open_url(url: &str, configured: &BTreeMap<String, String>) -> Result<Objects> {
    let options: Vec<(String, String)> = cloud_variables(url).into_iter().chain(configured.clone()).collect();
    Objects::open(url, &options).with_context(|| format!("cannot open the storage {url}"))
}

/// The variables from which the clouds' own clients take credentials, region and endpoint.
fn cloud_variables(url: &str) -> BTreeMap<String, String> {
    let prefixes = [("s3://", "AWS_"), ("gs://", "GOOGLE_"), ("az://", "AZURE_")];
    let Some((_, prefix)) = prefixes.into_iter().find(|(scheme, _)| url.starts_with(scheme)) else {
        return BTreeMap::new();
    };
    let is_option = |key: &str| key.starts_with(prefix) && store::Objects::takes_option(url, key);
    std::env::vars().filter(|(key, _)| is_option(key)).collect()
}

fn retention(engine: &Engine) -> RetentionPolicy {
    RetentionPolicy { max_age: engine.retention.nonzero(), max_bytes: engine.max_bytes.nonzero() }
}

fn addresses(config: &Config) -> Result<Addresses> {
    let doors = &config.doors;
    let parse = |name: &str, text: &str| -> Result<Option<SocketAddr>> {
        if text == "off" || text.is_empty() {
            return Ok(None);
        }
        let resolved = text.to_socket_addrs().ok().and_then(|mut all| all.next());
        resolved
            .map(Some)
            .ok_or_else(|| anyhow!("doors.{name}: {text:?} is no address; write host:port or off"))
    };
    Ok(Addresses {
        ui: parse("ui", &doors.ui)?,
        prometheus: parse("prometheus", &doors.prometheus)?,
        loki: parse("loki", &doors.loki)?,
        tempo: parse("tempo", &doors.tempo)?,
        tempo_grpc: parse("tempo_grpc", &doors.tempo_grpc)?,
        otlp_grpc: parse("otlp_grpc", &doors.otlp_grpc)?,
        otlp_http: parse("otlp_http", &doors.otlp_http)?,
        jaeger_http: parse("jaeger_http", &doors.jaeger_http)?,
        jaeger_grpc: parse("jaeger_grpc", &doors.jaeger_grpc)?,
        jaeger_compact: parse("jaeger_compact", &doors.jaeger_compact)?,
        jaeger_binary: parse("jaeger_binary", &doors.jaeger_binary)?,
        jaeger_query: parse("jaeger_query", &doors.jaeger_query)?,
        zipkin: parse("zipkin", &doors.zipkin)?,
        graphite: parse("graphite", &doors.graphite)?,
        elasticsearch: parse("elasticsearch", &doors.elasticsearch)?,
    })
}

/// Makes ring the process's TLS provider; a second call finds it there.
pub(crate) fn install_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// This machine's name: the label `instance` of what is collected here.
pub(crate) fn instance() -> String {
    let name = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname")).unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}

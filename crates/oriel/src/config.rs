//! The configuration: defaults, then the file, then `ORIEL_SECTION__KEY`, then `--set section.key=value`.
//!
//! Nothing is required: without a file Oriel runs the playground on loopback. Unknown keys are errors that name the
//! line and the nearest known key. `oriel config show` prints the result, `oriel config schema` every key with its meaning.

mod auth;
mod downsampling;
mod limits;
mod otlp;
mod overlay;
mod query;
mod retention;
mod schema;
mod scrape;
mod send;
pub(crate) mod shown;
mod syslog;
mod unit;

#[cfg(test)]
pub(crate) use auth::AuthToken;
pub(crate) use auth::{Auth, AuthUser};
pub(crate) use downsampling::Downsample;
pub(crate) use otlp::Otlp;
pub(crate) use overlay::load;
pub(crate) use query::Query;
pub(crate) use retention::{Keep, KeepBytes, KeepLines};
pub(crate) use schema::{commented, json_schema};
pub(crate) use scrape::{outlets, scrape_jobs};
pub(crate) use send::{Outbox, Replicas, Send};
pub(crate) use syslog::Syslog;
pub(crate) use unit::{ByteSize, Span};

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that can be configured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The data folder: log, catalog, blocks, cache, run files.
    pub data: PathBuf,
    /// Where blocks and the catalog are kept.
    pub storage: Storage,
    /// Who may ask.
    pub auth: Auth,
    /// Addresses to listen on; `off` closes a door.
    pub doors: Doors,
    /// Memory bounds.
    pub memory: Memory,
    /// The metrics engine.
    pub metrics: Engine,
    /// How long some series are kept, instead of `metrics.retention`; the first rule that fits a series counts.
    pub metrics_retention: Vec<Keep>,
    /// Blocks of metrics that get values for long windows, and may lose their samples, at some age.
    pub metrics_downsampling: Vec<Downsample>,
    /// The log engine.
    pub logs: Engine,
    /// How long lines of some streams are kept, at most as long as `logs.retention`; of the rules that fit a stream the one of
    /// the highest priority counts, then the shortest.
    pub logs_retention: Vec<KeepLines>,
    /// How many bytes the stored lines of some tenants may take, instead of `logs.max_bytes`: beyond it the oldest go.
    pub logs_retention_size: Vec<KeepBytes>,
    /// The trace engine.
    pub traces: Engine,
    /// Metrics computed from spans.
    pub span_metrics: SpanMetrics,
    /// Query bounds.
    pub query: Query,
    /// What the network may ask beside reading and writing.
    pub api: Api,
    /// Dashboards from files.
    pub dashboards: Dashboards,
    /// Limits by name; `oriel config schema` lists them.
    pub limits: BTreeMap<String, u64>,
    /// Limits of single tenants, by tenant and by name; what is not said is as in `limits`. Both are read again while running.
    pub overrides: BTreeMap<String, BTreeMap<String, u64>>,
    /// Metrics of this machine.
    pub host: Host,
    /// Oriel's own metrics, logs and traces.
    pub telemetry: Telemetry,
    /// Docker's container logs.
    pub docker: Docker,
    /// Log files to follow.
    pub files: Vec<Files>,
    /// Where syslog is listened for.
    pub syslog: Vec<Syslog>,
    /// Where `oriel agent` sends what it collects.
    pub send: Send,
    /// Targets to scrape, as in a Prometheus configuration.
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub scrape_configs: Vec<agent::compat::prometheus::ScrapeConfig>,
    /// Where stored samples are sent on to, as in a Prometheus configuration.
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    pub remote_write: Vec<agent::compat::prometheus::RemoteWrite>,
    /// The queue of what is sent on.
    pub outbox: Outbox,
    /// OTLP metrics.
    pub otlp: Otlp,
    /// Pairs of senders that scrape the same targets.
    pub replicas: Replicas,
    /// Labels of what leaves this server, by remote write and federation, where a series lacks them.
    pub external_labels: BTreeMap<String, String>,
    /// A Prometheus configuration, taken as it is: its jobs, its receivers of remote write, and how it keeps samples and
    /// takes OTLP. Empty: none.
    pub prometheus_config: PathBuf,
    /// Whether the configuration is read again when its files change.
    pub watch_config: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: PathBuf::from("data"),
            storage: Storage::default(),
            auth: Auth::default(),
            doors: Doors::default(),
            memory: Memory::default(),
            // Two hours of samples are few bytes; lines and spans are flushed by size long before.
            metrics: Engine { flush_age: Span::seconds(2 * 3600), ..Engine::default() },
            // Two heads and a merge of lines fit in 200 MB.
            logs: Engine { flush_bytes: ByteSize(16 << 20), ..Engine::default() },
            logs_retention: Vec::new(),
            logs_retention_size: Vec::new(),
            metrics_retention: Vec::new(),
            metrics_downsampling: Vec::new(),
            traces: Engine::default(),
            span_metrics: SpanMetrics::default(),
            query: Query::default(),
            api: Api::default(),
            dashboards: Dashboards::default(),
            limits: BTreeMap::new(),
            overrides: BTreeMap::new(),
            host: Host::default(),
            telemetry: Telemetry::default(),
            docker: Docker::default(),
            files: Vec::new(),
            syslog: Vec::new(),
            send: Send::default(),
            scrape_configs: Vec::new(),
            remote_write: Vec::new(),
            outbox: Outbox::default(),
            otlp: Otlp::default(),
            replicas: Replicas::default(),
            external_labels: BTreeMap::new(),
            prometheus_config: PathBuf::new(),
            watch_config: true,
        }
    }
}

/// Where blocks and the catalog are kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Storage {
    /// `s3://bucket/prefix`, `gs://..`, `az://..` or a folder; empty: the data folder.
    pub url: String,
    /// Options of the object store, such as `endpoint`, `region`, `access_key_id`, `secret_access_key`, `allow_http`; they go
    /// before what the `AWS_*`, `GOOGLE_*` and `AZURE_*` variables of the environment say.
    #[serde(deserialize_with = "unit::scalars")]
    pub options: BTreeMap<String, String>,
}

/// Addresses to listen on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Doors {
    /// Web UI and dashboard API.
    pub ui: String,
    /// Metrics.
    pub prometheus: String,
    /// Logs.
    pub loki: String,
    /// Traces.
    pub tempo: String,
    /// Streaming trace queries over gRPC.
    pub tempo_grpc: String,
    /// OTLP over gRPC.
    pub otlp_grpc: String,
    /// OTLP over HTTP.
    pub otlp_http: String,
    /// Jaeger's collector, Thrift over HTTP; usually port 14268.
    pub jaeger_http: String,
    /// Jaeger's collector over gRPC; usually port 14250.
    pub jaeger_grpc: String,
    /// Jaeger's agent, compact Thrift over UDP; usually port 6831. For the default tenant: its senders cannot name one.
    pub jaeger_compact: String,
    /// Jaeger's agent, binary Thrift over UDP; usually port 6832. For the default tenant.
    pub jaeger_binary: String,
    /// Jaeger's query API; usually port 16686.
    pub jaeger_query: String,
    /// Zipkin, in and out; usually port 9411.
    pub zipkin: String,
    /// Graphite's plain text over TCP and UDP; usually port 2003. For the default tenant: its senders cannot name one.
    pub graphite: String,
    /// Elasticsearch's bulk protocol, for log shippers; usually port 9200.
    pub elasticsearch: String,
}

impl Default for Doors {
    fn default() -> Self {
        let loopback = |port: u16| format!("127.0.0.1:{port}");
        Doors {
            ui: loopback(3000),
            prometheus: loopback(9090),
            loki: loopback(3100),
            tempo: loopback(3200),
            tempo_grpc: loopback(9095),
            otlp_grpc: loopback(4317),
            otlp_http: loopback(4318),
            // Doors of older protocols are opened by who needs them.
            jaeger_http: "off".to_owned(),
            jaeger_grpc: "off".to_owned(),
            jaeger_compact: "off".to_owned(),
            jaeger_binary: "off".to_owned(),
            jaeger_query: "off".to_owned(),
            zipkin: "off".to_owned(),
            graphite: "off".to_owned(),
            elasticsearch: "off".to_owned(),
        }
    }
}

/// Memory bounds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Memory {
    /// All queries together.
    pub queries: ByteSize,
    /// One query.
    pub query: ByteSize,
    /// Parts of blocks kept in memory.
    pub cache: ByteSize,
}

impl Default for Memory {
    fn default() -> Self {
        // 1 GiB of queries fits a laptop; one query gets half of it; the cache holds the footers of thousands of blocks.
        Memory { queries: ByteSize(1 << 30), query: ByteSize(512 << 20), cache: ByteSize(128 << 20) }
    }
}

/// One engine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Engine {
    /// Data older than this is deleted; 0: kept for ever.
    pub retention: Span,
    /// The oldest data is deleted beyond this; 0: no bound.
    pub max_bytes: ByteSize,
    /// The head is flushed into a block at this size.
    pub flush_bytes: ByteSize,
    /// The head is flushed into a block at this age.
    pub flush_age: Span,
}

impl Default for Engine {
    fn default() -> Self {
        Engine {
            retention: Span::seconds(0),
            max_bytes: ByteSize(0),
            flush_bytes: ByteSize(64 << 20),
            flush_age: Span::seconds(30 * 60),
        }
    }
}

/// Metrics computed from spans: rates, errors and durations, and the graph of services.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SpanMetrics {
    /// Whether they are computed.
    pub enabled: bool,
    /// How often samples are written.
    pub interval: Span,
    /// Attributes of span or resource that become labels.
    pub dimensions: Vec<String>,
    /// Whether the reason of a failure becomes a label.
    pub status_message: bool,
    /// Whether instances of services are told (`traces_target_info`), and series of spans have `job` and `instance`.
    pub target_info: bool,
    /// Which histograms are written: `classic`, `native` or `both`.
    pub native_histograms: HistogramForm,
    /// What an operator chooses for single tenants, in the form of Tempo's `per_tenant_override_config`; it is read again
    /// when it changes, and what a tenant chooses by `/api/overrides` goes before it.
    pub overrides_file: Option<PathBuf>,
}

/// Which histograms of durations are written.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HistogramForm {
    /// A series a bucket, with fixed bounds.
    #[default]
    Classic,
    /// One series with exponential buckets.
    Native,
    /// Both.
    Both,
}

impl Default for SpanMetrics {
    fn default() -> Self {
        SpanMetrics {
            enabled: true,
            interval: Span::seconds(15),
            dimensions: Vec::new(),
            status_message: false,
            target_info: false,
            native_histograms: HistogramForm::Classic,
            overrides_file: None,
        }
    }
}

/// What the network may ask beside reading and writing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Api {
    /// Whether series may be deleted and copies made.
    pub admin: bool,
    /// Whether `POST /-/quit` stops this server.
    pub quit: bool,
}

/// Dashboards from files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dashboards {
    /// A folder of dashboards as JSON; folders in it become folders of dashboards. Empty: none.
    pub folder: PathBuf,
    /// Whether dashboards of that folder may be saved over in the UI, until their files change.
    pub allow_edits: bool,
    /// A provisioning folder of Grafana, with `dashboards/*.yaml` and `datasources/*.yaml`. Empty: none.
    pub provisioning: PathBuf,
}

/// Metrics of this machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Host {
    /// Whether they are collected.
    pub enabled: bool,
    /// How often.
    pub interval: Span,
}

impl Default for Host {
    fn default() -> Self {
        Host { enabled: true, interval: Span::seconds(15) }
    }
}

/// Oriel's own metrics, logs and traces.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Telemetry {
    /// Whether they are stored.
    pub enabled: bool,
    /// How often metrics are read.
    pub interval: Span,
    /// The least level of log lines: error, warn, info, debug, trace.
    pub level: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Telemetry { enabled: true, interval: Span::seconds(15), level: "info".to_owned() }
    }
}

/// Docker's container logs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Docker {
    /// Whether they are followed when the folder can be read.
    pub enabled: bool,
    /// Docker's container folder.
    pub folder: PathBuf,
}

impl Default for Docker {
    fn default() -> Self {
        Docker { enabled: true, folder: PathBuf::from("/var/lib/docker/containers") }
    }
}

/// Log files to follow.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    /// The label `job`.
    #[serde(default)]
    pub job: String,
    /// Globs; `**` spans folders.
    pub paths: Vec<String>,
    /// Globs of what to leave out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Labels of every line.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// `plain`, `docker` or `cri`.
    #[serde(default)]
    pub format: Format,
    /// Whether files found at start are read from their beginning.
    #[serde(default = "yes")]
    pub from_beginning: bool,
}

/// How often jobs are scraped that do not say.
fn fifteen_seconds() -> agent::compat::prometheus::Span {
    agent::compat::prometheus::Span(std::time::Duration::from_secs(15))
}

fn yes() -> bool {
    true
}

/// How a line of a log file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// As it is.
    #[default]
    Plain,
    /// Docker's json-file.
    Docker,
    /// Kubernetes' CRI.
    Cri,
}

impl Config {
    /// The agent's part, as its typed options.
    pub(crate) fn agent(
        &self,
        instance: String,
        scrape: Vec<agent::ScrapeJob>,
    ) -> Result<agent::AgentOptions> {
        let mut files: Vec<agent::FileJob> = self.files.iter().map(file_job).collect();
        if self.docker.enabled && self.docker.folder.is_dir() {
            files.push(agent::FileJob {
                job: "docker".to_owned(),
                paths: vec![self.docker.folder.join("*/*-json.log").display().to_string()],
                exclude: Vec::new(),
                labels: BTreeMap::new(),
                format: agent::LineFormat::DockerJson,
                from_beginning: false,
            });
        }
        let host = self.host.enabled.then(|| agent::HostOptions {
            interval: self.host.interval.duration(),
            proc_root: PathBuf::from("/proc"),
            instance,
        });
        let syslog = syslog::listeners(&self.syslog, self.auth.enabled)?;
        Ok(agent::AgentOptions { state_dir: self.data.join("agent"), host, scrape, files, syslog })
    }

    /// Keeps samples as a `prometheus.yml` says, where this configuration says nothing.
    pub(crate) fn keep_as(&mut self, loaded: &agent::compat::prometheus::Loaded) {
        if let (true, Some(age)) = (self.metrics.retention.duration().is_zero(), loaded.retention) {
            self.metrics.retention = Span::seconds(age.as_secs());
        }
        if let (0, Some(bytes)) = (self.metrics.max_bytes.0, loaded.retention_bytes) {
            self.metrics.max_bytes = ByteSize(bytes);
        }
    }
}

fn file_job(files: &Files) -> agent::FileJob {
    agent::FileJob {
        job: files.job.clone(),
        paths: files.paths.clone(),
        exclude: files.exclude.clone(),
        labels: files.labels.clone(),
        format: match files.format {
            Format::Plain => agent::LineFormat::Plain,
            Format::Docker => agent::LineFormat::DockerJson,
            Format::Cri => agent::LineFormat::Cri,
        },
        from_beginning: files.from_beginning,
    }
}

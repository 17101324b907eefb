//! What to collect, as typed options; files of other products become these in `compat`.

mod discovery;
mod syslog;

use crate::relabel::RelabelRule;
pub use discovery::{
    ClusterAccess, ConsulTargets, DnsTargets, DockerTargets, KubernetesRole, KubernetesSelector,
    KubernetesTargets, RecordKind,
};
pub use ship::http::{Algorithm, Authorization, Client, Credential, Exec, Grant, OAuth, Statement, Tls};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
pub use syslog::{Certificates, SyslogListener, SyslogTransport};
use wire::exposition::Histograms;

/// Everything an agent collects.
#[derive(Debug, Clone)]
pub struct AgentOptions {
    /// Where positions are kept.
    pub state_dir: PathBuf,
    /// This machine's metrics; `None`: not collected.
    pub host: Option<HostOptions>,
    /// HTTP targets.
    pub scrape: Vec<ScrapeJob>,
    /// Log files.
    pub files: Vec<FileJob>,
    /// Where syslog is listened for.
    pub syslog: Vec<SyslogListener>,
}

/// Metrics of the machine the agent runs on, under the names that node exporters use.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// How often.
    pub interval: Duration,
    /// Where `/proc` is mounted.
    pub proc_root: PathBuf,
    /// The label `instance`.
    pub instance: String,
}

/// One `scrape_configs` entry.
#[derive(Debug, Clone, PartialEq)]
pub struct ScrapeJob {
    /// The label `job` of targets that have none.
    pub job_name: String,
    /// How often.
    pub interval: Duration,
    /// When to give up; at most the interval.
    pub timeout: Duration,
    /// `http` or `https`.
    pub scheme: String,
    /// The path to ask for.
    pub metrics_path: String,
    /// Query parameters.
    pub params: BTreeMap<String, Vec<String>>,
    /// Whether labels of the exposition win over the target's.
    pub honor_labels: bool,
    /// Whether timestamps of the exposition are kept.
    pub honor_timestamps: bool,
    /// Whether series whose lines name a time get stale markers too.
    pub stale_timed: bool,
    /// What fails a scrape.
    pub limits: ScrapeLimits,
    /// Whether names beyond letters, digits, `_` and `:` fail the scrape.
    pub legacy_names: bool,
    /// The `Accept` header.
    pub accept: String,
    /// The format of bodies that name none.
    pub fallback_format: Option<BodyFormat>,
    /// What becomes of histograms that have native buckets.
    pub histograms: Histograms,
    /// The finest schema of native histograms; finer ones are made coarser.
    pub finest_schema: Option<i32>,
    /// Where failed scrapes are noted, a line of JSON each.
    pub failure_log: Option<PathBuf>,
    /// Whether classic histograms become native ones with custom buckets.
    pub custom_buckets: bool,
    /// Whether classic histograms stay beside what they become.
    pub keep_classic: bool,
    /// Whether compressed bodies are asked for.
    pub compression: bool,
    /// Whether `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` are stored.
    pub extra_series: bool,
    /// Targets given outright.
    pub static_targets: Vec<StaticTargets>,
    /// Globs of files that list targets (JSON or YAML).
    pub file_targets: Vec<String>,
    /// URLs that list targets (JSON).
    pub http_targets: Vec<HttpTargets>,
    /// Names that name servers know.
    pub dns_targets: Vec<DnsTargets>,
    /// Hosts of containers.
    pub docker_targets: Vec<DockerTargets>,
    /// Catalogs of services.
    pub consul_targets: Vec<ConsulTargets>,
    /// Clusters.
    pub kubernetes_targets: Vec<KubernetesTargets>,
    /// Rewrites of target labels before the scrape.
    pub relabel: Vec<RelabelRule>,
    /// Rewrites of each series' labels after it.
    pub metric_relabel: Vec<RelabelRule>,
    /// How targets are asked.
    pub client: Client,
}

impl Default for ScrapeJob {
    /// A job without a name and targets, every fifteen seconds.
    fn default() -> Self {
        ScrapeJob {
            job_name: String::new(),
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            scheme: "http".to_owned(),
            metrics_path: "/metrics".to_owned(),
            params: BTreeMap::new(),
            honor_labels: false,
            honor_timestamps: true,
            stale_timed: false,
            limits: ScrapeLimits { body_bytes: 100 << 20, ..ScrapeLimits::default() },
            legacy_names: false,
            accept:
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1"
                    .to_owned(),
            fallback_format: None,
            histograms: Histograms::Classic,
            finest_schema: None,
            failure_log: None,
            custom_buckets: false,
            keep_classic: false,
            compression: true,
            extra_series: false,
            static_targets: Vec::new(),
            file_targets: Vec::new(),
            http_targets: Vec::new(),
            dns_targets: Vec::new(),
            docker_targets: Vec::new(),
            consul_targets: Vec::new(),
            kubernetes_targets: Vec::new(),
            relabel: Vec::new(),
            metric_relabel: Vec::new(),
            client: Client::default(),
        }
    }
}

/// What fails a scrape; 0: no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScrapeLimits {
    /// Samples after relabelling.
    pub samples: usize,
    /// Targets after relabelling; more fail every target of the job.
    pub targets: usize,
    /// Targets that relabelling dropped and whose labels are kept to be shown; all are counted.
    pub dropped_targets: usize,
    /// Labels of a series.
    pub labels: usize,
    /// Bytes of a label's name.
    pub label_name_bytes: usize,
    /// Bytes of a label's value.
    pub label_value_bytes: usize,
    /// Buckets of a native histogram; one with more is made coarser, and fails the scrape when it cannot be.
    pub histogram_buckets: usize,
    /// Bytes of an unpacked body; never 0.
    pub body_bytes: usize,
}

/// The format of an exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// Text 0.0.4 and 1.0.0.
    Text,
    /// OpenMetrics.
    OpenMetrics,
    /// Delimited protobuf messages.
    Protobuf,
}

/// A list of targets behind a URL, as JSON `[{"targets": [...], "labels": {...}}]`.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpTargets {
    /// Where.
    pub url: String,
    /// How often it is asked for.
    pub interval: Duration,
    /// How it is asked for.
    pub client: Client,
}

/// A group of addresses that share labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticTargets {
    /// `host:port`.
    pub targets: Vec<String>,
    /// Labels of all of them.
    pub labels: BTreeMap<String, String>,
}

/// Log files to follow.
#[derive(Debug, Clone)]
pub struct FileJob {
    /// The label `job`.
    pub job: String,
    /// Globs; `**` spans folders.
    pub paths: Vec<String>,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// Labels of every line.
    pub labels: BTreeMap<String, String>,
    /// How a line of the file is read.
    pub format: LineFormat,
    /// Whether files that are seen for the first time at start are read from their beginning (`false`: from their end).
    pub from_beginning: bool,
}

/// How a line of a log file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFormat {
    /// As it is; its time is when it was read.
    Plain,
    /// Docker's json-file driver: `{"log":"...\n","stream":"stdout","time":"..."}`, labels from `config.v2.json`.
    DockerJson,
    /// Kubernetes' CRI: `time stream P|F content`.
    Cri,
}

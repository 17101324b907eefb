//! What to collect, as typed options; files of other products become these in `compat`.

use crate::relabel::RelabelRule;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

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
#[derive(Debug, Clone)]
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
    /// More samples fail the scrape; 0: no limit.
    pub sample_limit: usize,
    /// A larger body fails the scrape, in bytes.
    pub body_size_limit: usize,
    /// Targets given outright.
    pub static_targets: Vec<StaticTargets>,
    /// Globs of files that list targets (JSON or YAML).
    pub file_targets: Vec<String>,
    /// Rewrites of target labels before the scrape.
    pub relabel: Vec<RelabelRule>,
    /// Rewrites of each series' labels after it.
    pub metric_relabel: Vec<RelabelRule>,
    /// Name and password.
    pub basic_auth: Option<(String, String)>,
    /// The `Authorization` header's credentials.
    pub bearer_token: Option<String>,
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

//! The sections of the file.

use super::client::with_client;
use super::relabel::RelabelConfig;
use super::remote::{RemoteRead, RemoteWrite, headers};
use super::scrape::{
    Address, FileDiscovery, NameEscaping, NameScheme, Protocol, Scheme, ScrapeConfig, TargetGroup, no_gaps,
};
use super::text::{Size, Span};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// The whole file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    #[serde(deserialize_with = "or_default")]
    pub(super) global: Global,
    pub(super) runtime: Option<Runtime>,
    pub(super) rule_files: Vec<RuleGlob>,
    pub(super) scrape_config_files: Vec<ScrapeGlob>,
    #[serde(deserialize_with = "no_gaps")]
    pub(super) scrape_configs: Vec<ScrapeConfig>,
    pub(super) alerting: Option<Alerting>,
    #[serde(deserialize_with = "no_gaps")]
    pub(super) remote_write: Vec<RemoteWrite>,
    #[serde(deserialize_with = "no_gaps")]
    pub(super) remote_read: Vec<RemoteRead>,
    #[serde(deserialize_with = "or_default")]
    pub(super) otlp: Otlp,
    #[serde(deserialize_with = "or_default")]
    pub(super) storage: Storage,
    pub(super) tracing: Option<Tracing>,
}

/// A file of scrape configurations.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Included {
    #[serde(deserialize_with = "no_gaps")]
    pub(super) scrape_configs: Vec<ScrapeConfig>,
}

/// A section with nothing in it has its defaults.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// What holds for every job that does not say otherwise.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Global {
    /// How often; a minute when not said.
    pub scrape_interval: Option<Span>,
    /// When to give up; ten seconds when not said.
    pub scrape_timeout: Option<Span>,
    /// How often rules are evaluated.
    pub evaluation_interval: Option<Span>,
    /// How late rules are evaluated.
    pub rule_query_offset: Option<Span>,
    /// Labels of what leaves the server.
    pub external_labels: BTreeMap<String, String>,
    /// Where queries are noted.
    pub query_log_file: Option<String>,
    /// Where failed scrapes are noted.
    pub scrape_failure_log_file: Option<String>,
    /// As in a job.
    pub scrape_protocols: Option<Vec<Protocol>>,
    /// As in a job.
    pub scrape_native_histograms: Option<bool>,
    /// As in a job.
    pub always_scrape_classic_histograms: Option<bool>,
    /// As in a job.
    pub convert_classic_histograms_to_nhcb: Option<bool>,
    /// As in a job.
    pub extra_scrape_metrics: Option<bool>,
    /// As in a job.
    pub body_size_limit: Option<Size>,
    /// As in a job.
    pub sample_limit: Option<usize>,
    /// As in a job.
    pub target_limit: Option<usize>,
    /// As in a job.
    pub label_limit: Option<usize>,
    /// As in a job.
    pub label_name_length_limit: Option<usize>,
    /// As in a job.
    pub label_value_length_limit: Option<usize>,
    /// As in a job.
    pub keep_dropped_targets: Option<usize>,
    /// As in a job.
    pub metric_name_validation_scheme: Option<NameScheme>,
    /// As in a job.
    pub metric_name_escaping_scheme: Option<NameEscaping>,
}

/// The runtime of another language: read and not needed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runtime {
    #[serde(default)]
    gogc: Option<i64>,
}

/// A glob of rule files: a star in the last part only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct RuleGlob(String);

/// A glob of scrape configuration files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct ScrapeGlob(pub(super) String);

macro_rules! glob_text {
    ($name:ident, $what:literal) => {
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let folders = text.rsplit_once(['/', '\\']).map_or("", |(folders, _)| folders);
                if folders.contains('*') {
                    return Err(format!(concat!("invalid ", $what, " file path {:?}"), text));
                }
                Ok($name(text))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}
glob_text!(RuleGlob, "rule");
glob_text!(ScrapeGlob, "scrape config");

/// Where alerts go.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Alerting {
    #[serde(deserialize_with = "no_gaps")]
    alert_relabel_configs: Vec<RelabelConfig>,
    #[serde(deserialize_with = "no_gaps")]
    pub(super) alertmanagers: Vec<Receiver>,
}

with_client! {
    /// A receiver of alerts.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Receiver {
        /// `http` or `https`.
        #[serde(default)]
        pub scheme: Scheme,
        /// In front of its paths.
        #[serde(default)]
        pub path_prefix: String,
        /// When to give up.
        #[serde(default)]
        pub timeout: Option<Span>,
        /// `v2`.
        #[serde(default)]
        pub api_version: ApiVersion,
        /// Receivers given outright.
        #[serde(default, deserialize_with = "no_gaps")]
        pub static_configs: Vec<TargetGroup>,
        /// Lists in files.
        #[serde(default, deserialize_with = "no_gaps")]
        pub file_sd_configs: Vec<FileDiscovery>,
        /// Rewrites of receivers.
        #[serde(default, deserialize_with = "no_gaps")]
        pub relabel_configs: Vec<RelabelConfig>,
        /// Rewrites of alerts.
        #[serde(default, deserialize_with = "no_gaps")]
        pub alert_relabel_configs: Vec<RelabelConfig>,
    }
}

/// The API of a receiver of alerts; version 1 is gone.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ApiVersion {
    /// The one that is left.
    #[default]
    V2,
}

/// How OTLP metrics become series.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Otlp {
    /// Resource attributes that become labels of every series.
    pub promote_resource_attributes: Vec<String>,
    /// All of them, but for `ignore_resource_attributes`.
    pub promote_all_resource_attributes: bool,
    /// Not these.
    pub ignore_resource_attributes: Vec<String>,
    /// How names become names.
    pub translation_strategy: Option<Translation>,
    /// Whether `service.*` stay in `target_info`.
    pub keep_identifying_resource_attributes: bool,
    /// Whether explicit histograms become native ones with custom buckets.
    pub convert_histograms_to_nhcb: bool,
    /// Whether the scope becomes labels.
    pub promote_scope_metadata: bool,
    /// Whether a label of `_x` becomes `key_x`.
    pub label_name_underscore_sanitization: Option<bool>,
    /// Whether several underscores stay.
    pub label_name_preserve_multiple_underscores: Option<bool>,
    /// Whether delta metrics are kept as they are.
    pub native_delta_ingestion: Option<bool>,
}

/// How OTLP names become names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Translation {
    /// The old alphabet, with units and `_total`.
    UnderscoreEscapingWithSuffixes,
    /// The old alphabet only.
    UnderscoreEscapingWithoutSuffixes,
    /// Names as they are, with units and `_total`.
    NoUTF8EscapingWithSuffixes,
    /// Names as they are.
    #[serde(rename = "NoTranslation")]
    AsTheyAre,
}

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Storage {
    pub(super) tsdb: Option<StorageTsdb>,
    exemplars: Option<Exemplars>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StorageTsdb {
    out_of_order_time_window: Option<Span>,
    stale_series_compaction_threshold: Option<f64>,
    chunk_encoding: Option<ChunkEncoding>,
    pub(super) retention: Option<Retention>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Exemplars {
    max_exemplars: Option<i64>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ChunkEncoding {
    floats: Option<FloatEncoding>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FloatEncoding {
    Xor,
    Xor2,
}

/// How long and how much.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Retention {
    pub(super) time: Option<Span>,
    pub(super) size: Option<Size>,
    #[serde(deserialize_with = "percentage")]
    pub(super) percentage: Option<f64>,
}

fn percentage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let given = Option::<f64>::deserialize(deserializer)?;
    match given {
        Some(percent) if !(0.0..=100.0).contains(&percent) => Err(serde::de::Error::custom(format!(
            "'storage.tsdb.retention.percentage' must be in the range [0, 100], not {percent}"
        ))),
        _ => Ok(given),
    }
}

/// Where the server's own traces go.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tracing {
    endpoint: Address,
    #[serde(default)]
    client_type: Option<TracingClient>,
    #[serde(default)]
    sampling_fraction: f64,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    compression: Option<Compression>,
    #[serde(default)]
    timeout: Option<Span>,
    #[serde(default, deserialize_with = "headers")]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    tls_config: Option<super::client::TlsConfig>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TracingClient {
    Grpc,
    Http,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compression {
    Gzip,
}

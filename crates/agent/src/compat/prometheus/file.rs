//! The sections of the file.

use super::client::{check_headers, with_client, yes};
use super::relabel::RelabelConfig;
use super::scrape::{
    Address, FileDiscovery, NameEscaping, NameScheme, Protocol, Scheme, ScrapeConfig, TargetGroup, no_gaps,
};
use super::text::{Link, Size, Span};
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
    pub keep_dropped_targets: Option<u64>,
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

with_client! {
    /// Where samples are sent.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RemoteWrite {
        /// Where.
        pub url: Link,
        /// Its name.
        #[serde(default)]
        pub name: String,
        /// When to give up.
        #[serde(default)]
        pub remote_timeout: Option<Span>,
        /// Headers of every request.
        #[serde(default, deserialize_with = "headers")]
        pub headers: BTreeMap<String, String>,
        /// Rewrites of series.
        #[serde(default, deserialize_with = "no_gaps")]
        pub write_relabel_configs: Vec<RelabelConfig>,
        /// The message.
        #[serde(default)]
        pub protobuf_message: Message,
        /// Whether exemplars go too.
        #[serde(default)]
        pub send_exemplars: bool,
        /// Whether native histograms go too.
        #[serde(default)]
        pub send_native_histograms: bool,
        /// Whether timestamps are rounded.
        #[serde(default)]
        pub round_robin_dns: bool,
        /// The queue in front of it.
        #[serde(default)]
        pub queue_config: Option<Queue>,
        /// Metadata beside samples.
        #[serde(default)]
        pub metadata_config: Option<MetadataQueue>,
    }
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let headers = BTreeMap::<String, String>::deserialize(deserializer)?;
    check_headers(headers.keys()).map_err(serde::de::Error::custom)?;
    Ok(headers)
}

/// The message of remote write.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) enum Message {
    /// Version 1.
    #[default]
    #[serde(rename = "prometheus.WriteRequest")]
    V1,
    /// Version 2.
    #[serde(rename = "io.prometheus.write.v2.Request")]
    V2,
}

/// The queue in front of a remote end.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "QueueWritten")]
pub(super) struct Queue(QueueWritten);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QueueWritten {
    capacity: Option<u64>,
    max_shards: Option<u64>,
    min_shards: Option<u64>,
    max_samples_per_send: Option<u64>,
    batch_send_deadline: Option<Span>,
    min_backoff: Option<Span>,
    max_backoff: Option<Span>,
    retry_on_http_429: bool,
    sample_age_limit: Option<Span>,
}

impl TryFrom<QueueWritten> for Queue {
    type Error = String;

    fn try_from(queue: QueueWritten) -> Result<Self, String> {
        for (name, value) in [
            ("capacity", queue.capacity),
            ("max_shards", queue.max_shards),
            ("min_shards", queue.min_shards),
            ("max_samples_per_send", queue.max_samples_per_send),
        ] {
            if value == Some(0) {
                return Err(format!("remote write queue_config {name} must be greater than 0"));
            }
        }
        // The defaults of the format.
        let (least, most) = (queue.min_shards.unwrap_or(1), queue.max_shards.unwrap_or(50));
        if least > most {
            return Err(format!(
                "remote write queue_config min_shards {least} is more than max_shards {most}"
            ));
        }
        let millis = |span: Option<Span>, default| span.map_or(default, |span| span.0.as_millis());
        if millis(queue.min_backoff, 30) > millis(queue.max_backoff, 5000) {
            return Err("remote write queue_config min_backoff is more than max_backoff".to_owned());
        }
        Ok(Queue(queue))
    }
}

/// Metadata beside samples.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MetadataQueue {
    send: Option<bool>,
    send_interval: Option<Span>,
    max_samples_per_send: Option<u64>,
}

with_client! {
    /// Where old samples are read.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RemoteRead {
        /// Where.
        pub url: Link,
        /// Its name.
        #[serde(default)]
        pub name: String,
        /// When to give up.
        #[serde(default)]
        pub remote_timeout: Option<Span>,
        /// Headers of every request.
        #[serde(default, deserialize_with = "headers")]
        pub headers: BTreeMap<String, String>,
        /// Whether it is asked for what is here too.
        #[serde(default)]
        pub read_recent: bool,
        /// Selectors without these are not asked there.
        #[serde(default)]
        pub required_matchers: BTreeMap<String, String>,
        /// Whether external labels are matchers.
        #[serde(default = "yes")]
        pub filter_external_labels: bool,
    }
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

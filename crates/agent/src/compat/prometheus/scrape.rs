//! `scrape_configs`, with the kinds of discovery that are built.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config>

use super::client::{with_client, yes};
use super::discovery::{ConsulDiscovery, DnsDiscovery, DockerDiscovery};
use super::kubernetes::KubernetesDiscovery;
use super::relabel::RelabelConfig;
use super::text::{Link, Size, Span};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

with_client! {
    /// One job.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct ScrapeConfig {
        /// Its name; the label `job`.
        #[serde(default, deserialize_with = "text_or_nothing")]
        pub job_name: String,
        /// How often; absent: as `global` says.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub scrape_interval: Option<Span>,
        /// When to give up; absent: as `global` says, at most the interval.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub scrape_timeout: Option<Span>,
        /// The formats that are asked for, the best first.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub scrape_protocols: Option<Vec<Protocol>>,
        /// The format of bodies that name none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub fallback_scrape_protocol: Option<Protocol>,
        /// Whether native histograms are taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub scrape_native_histograms: Option<bool>,
        /// Whether classic buckets are taken beside native ones.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub always_scrape_classic_histograms: Option<bool>,
        /// Whether classic histograms become native ones with custom buckets.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub convert_classic_histograms_to_nhcb: Option<bool>,
        /// Whether limits and timeout are stored as series.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub extra_scrape_metrics: Option<bool>,
        /// `http` or `https`.
        #[serde(default)]
        pub scheme: Scheme,
        /// The path to ask for.
        #[serde(default = "metrics_path")]
        pub metrics_path: String,
        /// Query parameters.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub params: BTreeMap<String, Vec<String>>,
        /// Whether labels of the exposition win.
        #[serde(default)]
        pub honor_labels: bool,
        /// Whether times of the exposition are kept.
        #[serde(default = "yes")]
        pub honor_timestamps: bool,
        /// Whether series with times get stale markers.
        #[serde(default)]
        pub track_timestamps_staleness: bool,
        /// Whether compressed bodies are asked for.
        #[serde(default = "yes")]
        pub enable_compression: bool,
        /// Bytes of a body; 0: no bound of the file's.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub body_size_limit: Option<Size>,
        /// Samples of a scrape after relabelling; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub sample_limit: Option<usize>,
        /// Targets after relabelling; more fail all. 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub target_limit: Option<usize>,
        /// Labels of a series; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub label_limit: Option<usize>,
        /// Bytes of a label's name; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub label_name_length_limit: Option<usize>,
        /// Bytes of a label's value; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub label_value_length_limit: Option<usize>,
        /// Buckets of a native histogram; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub native_histogram_bucket_limit: Option<u64>,
        /// The least growth from bucket to bucket; 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub native_histogram_min_bucket_factor: Option<f64>,
        /// Dropped targets that are listed; all are counted. 0: no limit.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub keep_dropped_targets: Option<usize>,
        /// Where failed scrapes are noted.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub scrape_failure_log_file: Option<String>,
        /// The alphabet of names.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub metric_name_validation_scheme: Option<NameScheme>,
        /// How names beyond the alphabet are asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub metric_name_escaping_scheme: Option<NameEscaping>,
        /// Targets given outright.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub static_configs: Vec<TargetGroup>,
        /// Lists in files.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub file_sd_configs: Vec<FileDiscovery>,
        /// Lists behind URLs.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub http_sd_configs: Vec<HttpDiscovery>,
        /// Rewrites of targets.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub relabel_configs: Vec<RelabelConfig>,
        /// Rewrites of series.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub metric_relabel_configs: Vec<RelabelConfig>,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub azure_sd_configs: NotYet,
        /// Catalogs of services.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub consul_sd_configs: Vec<ConsulDiscovery>,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub digitalocean_sd_configs: NotYet,
        /// Names that name servers know.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub dns_sd_configs: Vec<DnsDiscovery>,
        /// Hosts of containers.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub docker_sd_configs: Vec<DockerDiscovery>,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub dockerswarm_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub gce_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub ec2_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub openstack_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub ovhcloud_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub puppetdb_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub eureka_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub hetzner_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub ionos_sd_configs: NotYet,
        /// Clusters.
        #[serde(default, deserialize_with = "no_gaps", skip_serializing_if = "Vec::is_empty")]
        pub kubernetes_sd_configs: Vec<KubernetesDiscovery>,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub kuma_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub lightsail_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub linode_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub marathon_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub msk_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub nerve_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub nomad_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub oci_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub outscale_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub scaleway_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub serverset_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub stackit_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub triton_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub uyuni_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub vultr_sd_configs: NotYet,
        /// Not built yet.
        #[serde(default, skip_serializing)]
        pub aws_sd_configs: NotYet,
    }
}

/// Discovery of a kind that is not built yet: any value of it is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotYet;

impl<'de> Deserialize<'de> for NotYet {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        // The parser names the key in front of this.
        Err(serde::de::Error::custom("this kind of discovery is not supported yet"))
    }
}

/// Lists whose entries may not be empty.
pub(super) fn no_gaps<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Option::<Vec<Option<T>>>::deserialize(deserializer)?.unwrap_or_default();
    let all: Option<Vec<T>> = all.into_iter().collect();
    all.ok_or_else(|| serde::de::Error::custom("empty or null entry in a list"))
}

fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

fn metrics_path() -> String {
    "/metrics".to_owned()
}

/// Of a URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain.
    #[default]
    Http,
    /// TLS.
    Https,
}

/// A format of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// Delimited protobuf messages, with native histograms.
    PrometheusProto,
    /// Text.
    #[serde(rename = "PrometheusText0.0.4")]
    Text004,
    /// Text with names beyond the old alphabet.
    #[serde(rename = "PrometheusText1.0.0")]
    Text100,
    /// OpenMetrics.
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetrics001,
    /// OpenMetrics.
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetrics100,
}

/// The alphabet of metric and label names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameScheme {
    /// Letters, digits, `_` and `:`.
    Legacy,
    /// Anything in UTF-8.
    Utf8,
}

/// How a target is asked to write names beyond the old alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameEscaping {
    /// As they are.
    #[serde(rename = "allow-utf-8")]
    AllowUtf8,
    /// With underscores.
    Underscores,
    /// With dots as `_dot_`.
    Dots,
    /// With code points.
    Values,
}

/// Addresses that share labels.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// `host:port`.
    #[serde(default)]
    pub targets: Vec<Address>,
    /// Labels of all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// `host:port`, or `host`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(pub String);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains('/') {
            return Err(format!("{text:?} is not a valid hostname"));
        }
        Ok(Address(text))
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.0
    }
}

/// Lists in files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "FileDiscoveryWritten")]
pub struct FileDiscovery {
    /// Globs.
    pub files: Vec<String>,
    /// How often they are looked at, at the latest.
    pub refresh_interval: Span,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDiscoveryWritten {
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    refresh_interval: Option<Span>,
}

impl TryFrom<FileDiscoveryWritten> for FileDiscovery {
    type Error = String;

    fn try_from(written: FileDiscoveryWritten) -> Result<Self, String> {
        if written.files.is_empty() {
            return Err("file service discovery config must contain at least one path name".to_owned());
        }
        for path in &written.files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let listed =
                [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"].iter().any(|end| name.ends_with(end));
            // The last part only may have a star.
            if !listed || path[..path.len() - name.len()].contains('*') || name.matches('*').count() > 1 {
                return Err(format!("path name {path:?} is not valid for file discovery"));
            }
        }
        let refresh_interval = written.refresh_interval.unwrap_or(Span(std::time::Duration::from_secs(300)));
        Ok(FileDiscovery { files: written.files, refresh_interval })
    }
}

with_client! {
    /// A list behind a URL.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct HttpDiscovery {
        /// Where the list is.
        pub url: HttpLink,
        /// How often it is asked for.
        #[serde(default = "a_minute")]
        pub refresh_interval: Span,
    }
}

pub(super) fn a_minute() -> Span {
    Span(std::time::Duration::from_secs(60))
}

/// A URL of the scheme `http` or `https` with a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Link", into = "String")]
pub struct HttpLink(pub String);

impl TryFrom<Link> for HttpLink {
    type Error = String;

    fn try_from(link: Link) -> Result<Self, String> {
        let (scheme, rest) = link.0.split_once("://").ok_or("URL scheme must be 'http' or 'https'")?;
        if !["http", "https"].contains(&scheme) {
            return Err("URL scheme must be 'http' or 'https'".to_owned());
        }
        if rest.is_empty() || rest.starts_with('/') {
            return Err("host is missing in URL".to_owned());
        }
        Ok(HttpLink(link.0))
    }
}

impl From<HttpLink> for String {
    fn from(link: HttpLink) -> String {
        link.0
    }
}

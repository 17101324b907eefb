//! `dns_sd_configs`, `docker_sd_configs`, `consul_sd_configs`: registries as the file has them.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>

use super::client::{with_client, yes};
use super::scrape::{Scheme, a_minute};
use super::text::{Secret, Span};
use crate::options::{Authorization, ConsulTargets, Credential, DnsTargets, DockerTargets, RecordKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No registry is asked more often.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

/// Names that name servers know.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "DnsWritten", into = "DnsWritten")]
pub struct DnsDiscovery(DnsWritten);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DnsWritten {
    #[serde(default)]
    names: Vec<String>,
    #[serde(default = "half_a_minute")]
    refresh_interval: Span,
    #[serde(rename = "type", default)]
    kind: DnsKind,
    #[serde(default)]
    port: u16,
}

/// Which records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
enum DnsKind {
    #[default]
    #[serde(rename = "SRV")]
    Srv,
    #[serde(rename = "A")]
    A,
    #[serde(rename = "AAAA")]
    Aaaa,
    #[serde(rename = "MX")]
    Mx,
    #[serde(rename = "NS")]
    Ns,
}

impl TryFrom<String> for DnsKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.to_uppercase().as_str() {
            "SRV" => DnsKind::Srv,
            "A" => DnsKind::A,
            "AAAA" => DnsKind::Aaaa,
            "MX" => DnsKind::Mx,
            "NS" => DnsKind::Ns,
            _ => return Err(format!("invalid DNS-SD records type {text}")),
        })
    }
}

impl TryFrom<DnsWritten> for DnsDiscovery {
    type Error = String;

    fn try_from(written: DnsWritten) -> Result<Self, String> {
        if written.names.is_empty() {
            return Err("DNS-SD config must contain at least one SRV record name".to_owned());
        }
        if written.kind != DnsKind::Srv && written.port == 0 {
            return Err("a port is required in DNS-SD configs for all record types except SRV".to_owned());
        }
        Ok(DnsDiscovery(written))
    }
}

impl From<DnsDiscovery> for DnsWritten {
    fn from(discovery: DnsDiscovery) -> DnsWritten {
        discovery.0
    }
}

impl DnsDiscovery {
    pub(super) fn targets(&self) -> DnsTargets {
        DnsTargets {
            names: self.0.names.clone(),
            kind: match self.0.kind {
                DnsKind::Srv => RecordKind::Srv,
                DnsKind::A => RecordKind::A,
                DnsKind::Aaaa => RecordKind::Aaaa,
                DnsKind::Mx => RecordKind::Mx,
                DnsKind::Ns => RecordKind::Ns,
            },
            port: self.0.port,
            interval: self.0.refresh_interval.0.max(LEAST_INTERVAL),
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
        }
    }
}

fn half_a_minute() -> Span {
    Span(Duration::from_secs(30))
}

/// What containers must be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    name: String,
    #[serde(default)]
    values: Vec<String>,
}

with_client! {
    /// A host of containers.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct DockerDiscovery {
        /// Its API.
        pub host: String,
        /// The port of containers that expose none.
        #[serde(default = "eighty")]
        pub port: u16,
        /// The address of containers on the host's network.
        #[serde(default = "localhost")]
        pub host_networking_host: String,
        /// Whether only the first network of a container counts.
        #[serde(default = "yes")]
        pub match_first_network: bool,
        /// Which containers.
        #[serde(default)]
        pub filters: Vec<Filter>,
        /// How often.
        #[serde(default = "a_minute")]
        pub refresh_interval: Span,
    }
}

fn eighty() -> u16 {
    80
}

fn localhost() -> String {
    "localhost".to_owned()
}

impl DockerDiscovery {
    pub(super) fn targets(&self, folder: &Path) -> DockerTargets {
        let mut filters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for filter in &self.filters {
            filters.entry(filter.name.clone()).or_default().extend(filter.values.clone());
        }
        DockerTargets {
            host: self.host.clone(),
            port: self.port,
            host_networking_host: self.host_networking_host.clone(),
            match_first_network: self.match_first_network,
            filters,
            interval: self.refresh_interval.0.max(LEAST_INTERVAL),
            client: self.client().options(folder),
        }
    }
}

with_client! {
    /// A catalog of services.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct ConsulDiscovery {
        /// `host:port`.
        #[serde(default = "local_consul")]
        pub server: String,
        /// In front of its paths.
        #[serde(default)]
        pub path_prefix: String,
        /// The token that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub token: Option<Secret>,
        /// Empty: the server's own.
        #[serde(default)]
        pub datacenter: String,
        /// Empty: the default one.
        #[serde(default)]
        pub namespace: String,
        /// Empty: the default one.
        #[serde(default)]
        pub partition: String,
        /// Between tags.
        #[serde(default = "comma")]
        pub tag_separator: String,
        /// `http` or `https`.
        #[serde(default)]
        pub scheme: Scheme,
        /// The name of basic authentication.
        #[serde(default)]
        pub username: String,
        /// Its password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub password: Option<Secret>,
        /// Whether any server of the cluster may answer.
        #[serde(default = "yes")]
        pub allow_stale: bool,
        /// The least time between questions.
        #[serde(default = "half_a_minute")]
        pub refresh_interval: Span,
        /// Which services.
        #[serde(default)]
        pub services: Vec<String>,
        /// Tags of instances.
        #[serde(default)]
        pub tags: Vec<String>,
        /// Facts of nodes.
        #[serde(default)]
        pub node_meta: BTreeMap<String, String>,
        /// Which services of the catalog.
        #[serde(default)]
        pub filter: String,
        /// Which instances.
        #[serde(default)]
        pub health_filter: String,
    }
}

fn local_consul() -> String {
    "localhost:8500".to_owned()
}

fn comma() -> String {
    ",".to_owned()
}

impl ConsulDiscovery {
    pub(super) fn targets(&self, folder: &Path) -> ConsulTargets {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let mut client = self.client().options(folder);
        if !self.username.is_empty() && client.authorization.is_none() {
            let password = self.password.as_ref().map(|secret| secret.0.clone()).unwrap_or_default();
            client.authorization = Some(Authorization::Basic {
                name: Credential::Text(self.username.clone()),
                password: Credential::Text(password),
            });
        }
        ConsulTargets {
            server: format!("{scheme}://{}/{}", self.server, self.path_prefix.trim_matches('/')),
            token: self.token.as_ref().map(|token| Credential::Text(token.0.clone())),
            datacenter: self.datacenter.clone(),
            namespace: self.namespace.clone(),
            partition: self.partition.clone(),
            tag_separator: self.tag_separator.clone(),
            allow_stale: self.allow_stale,
            // Zero: as fast as the catalog changes.
            interval: self.refresh_interval.0,
            services: self.services.clone(),
            tags: self.tags.clone(),
            node_meta: self.node_meta.clone(),
            filter: self.filter.clone(),
            health_filter: self.health_filter.clone(),
            client,
        }
    }
}

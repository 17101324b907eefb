//! Docker discovery: containers of one host, each of its ports on each of its networks a target.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#docker_sd_config>,
//! <https://docs.docker.com/reference/api/engine/>

use super::feed::Found;
use super::{ADDRESS, get_json, join_host_port, sanitized};
use crate::options::DockerTargets;
use model::{Labels, LabelsBuilder};
use serde::{Deserialize, Deserializer};
use ship::http::{HttpClient, Url};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// One host.
#[derive(Debug)]
pub(super) struct Docker {
    options: DockerTargets,
    client: HttpClient,
    base: Url,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Container {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    ports: Vec<Port>,
    host_config: HostConfig,
    network_settings: Networks,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    network_mode: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Networks {
    #[serde(deserialize_with = "or_default")]
    networks: BTreeMap<String, Endpoint>,
}

/// A container's place on a network.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Endpoint {
    #[serde(rename = "NetworkID")]
    network: String,
    #[serde(rename = "IPAddress")]
    address: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Port {
    #[serde(rename = "IP")]
    address: String,
    #[serde(rename = "PrivatePort")]
    private: u16,
    #[serde(rename = "PublicPort")]
    public: u16,
    #[serde(rename = "Type")]
    protocol: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Network {
    id: String,
    name: String,
    scope: String,
    internal: bool,
    ingress: bool,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

/// The API writes `null` for what is empty.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

impl Docker {
    pub(super) fn new(options: DockerTargets) -> Result<Self, String> {
        let wrong = || {
            format!(
                "docker_sd_configs: host {:?} is none of unix://, tcp://, http://, https://",
                options.host
            )
        };
        let (scheme, rest) = options.host.split_once("://").ok_or_else(wrong)?;
        let over_tls = options.client.tls.ca.is_some() || options.client.tls.certificate.is_some();
        let (client, base) = match scheme {
            "unix" => (
                HttpClient::new(&options.client)?.over_socket(PathBuf::from(rest))?,
                "http://docker".to_owned(),
            ),
            "tcp" if over_tls => (HttpClient::new(&options.client)?, format!("https://{rest}")),
            "tcp" => (HttpClient::new(&options.client)?, format!("http://{rest}")),
            "http" | "https" => (HttpClient::new(&options.client)?, options.host.clone()),
            _ => return Err(wrong()),
        };
        let base = Url::parse(&base)
            .map_err(|error| format!("docker_sd_configs: host {:?}: {error}", options.host))?;
        Ok(Docker { options, client, base })
    }

    /// Asks until dropped.
    pub(super) async fn run(self, found: Found) {
        loop {
            match self.refresh().await {
                Ok(targets) => drop(found.send_replace(Arc::new(targets))),
                Err(reason) => {
                    tracing::warn!(
                        host = self.options.host,
                        reason,
                        "containers cannot be listed; the last ones stay"
                    );
                }
            }
            tokio::time::sleep(self.options.interval).await;
        }
    }

    async fn refresh(&self) -> Result<Vec<Labels>, String> {
        let filters = serde_json::to_string(&self.options.filters).map_err(|error| error.to_string())?;
        let mut url = self.url("/containers/json");
        if !self.options.filters.is_empty() {
            url.query_pairs_mut().append_pair("filters", &filters);
        }
        let containers: Vec<Container> = get_json(self.client.get(url).await?).await?.0;
        let networks: Vec<Network> = get_json(self.client.get(self.url("/networks")).await?).await?.0;
        let networks = networks.iter().map(|network| (network.id.as_str(), network)).collect();
        Ok(targets(&containers, &networks, &self.options))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

fn targets(
    containers: &[Container],
    networks: &BTreeMap<&str, &Network>,
    options: &DockerTargets,
) -> Vec<Labels> {
    let by_id: BTreeMap<&str, &Container> = containers.iter().map(|c| (c.id.as_str(), c)).collect();
    let mut out = Vec::new();
    for container in containers {
        let Some(name) = container.names.first() else { continue };
        let mut common = LabelsBuilder::default();
        common
            .set("__meta_docker_container_id", &container.id)
            .set("__meta_docker_container_name", name)
            .set("__meta_docker_container_network_mode", &container.host_config.network_mode);
        for (name, value) in &container.labels {
            common.set(&format!("__meta_docker_container_label_{}", sanitized(name)), value);
        }
        let all = networks_of(container, &by_id);
        let shown = if options.match_first_network { 1 } else { usize::MAX };
        for endpoint in all.values().take(shown) {
            let mut common = common.clone();
            common.set("__meta_docker_network_ip", &endpoint.address);
            if let Some(network) = networks.get(endpoint.network.as_str()) {
                describe(&mut common, network);
            }
            on_network(&mut out, container, endpoint, &common, options);
        }
    }
    out
}

/// The targets of a container on one of its networks.
fn on_network(
    out: &mut Vec<Labels>,
    container: &Container,
    endpoint: &Endpoint,
    common: &LabelsBuilder,
    options: &DockerTargets,
) {
    let before = out.len();
    for port in container.ports.iter().filter(|port| port.protocol == "tcp") {
        let mut builder = common.clone();
        builder.set("__meta_docker_port_private", &port.private.to_string());
        if port.public > 0 {
            builder
                .set("__meta_docker_port_public", &port.public.to_string())
                .set("__meta_docker_port_public_ip", &port.address);
        }
        builder.set(ADDRESS, &join_host_port(&endpoint.address, port.private));
        out.push(builder.build());
    }
    if out.len() == before {
        let address = match container.host_config.network_mode == "host" {
            true => options.host_networking_host.clone(),
            false => join_host_port(&endpoint.address, options.port),
        };
        let mut builder = common.clone();
        out.push(builder.set(ADDRESS, &address).clone().build());
    }
}

/// A container's networks: its own, or those of the container whose networks it shares.
fn networks_of<'a>(
    container: &'a Container,
    by_id: &BTreeMap<&str, &'a Container>,
) -> &'a BTreeMap<String, Endpoint> {
    let mut at = container;
    let mut seen = BTreeSet::new();
    while at.network_settings.networks.is_empty() && seen.insert(at.id.as_str()) {
        let shared = at.host_config.network_mode.strip_prefix("container:");
        let Some(next) = shared.and_then(|id| by_id.get(id)) else { break };
        at = next;
    }
    &at.network_settings.networks
}

fn describe(builder: &mut LabelsBuilder, network: &Network) {
    builder
        .set("__meta_docker_network_id", &network.id)
        .set("__meta_docker_network_name", &network.name)
        .set("__meta_docker_network_scope", &network.scope)
        .set("__meta_docker_network_internal", &network.internal.to_string())
        .set("__meta_docker_network_ingress", &network.ingress.to_string());
    for (name, value) in &network.labels {
        builder.set(&format!("__meta_docker_network_label_{}", sanitized(name)), value);
    }
}

#[cfg(test)]
mod tests;

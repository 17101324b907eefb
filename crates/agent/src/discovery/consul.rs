//! Consul discovery: instances of services, as a catalog and its health checks know them.
//!
//! ```text
//! catalog/services (waits for a change) -> wanted services -> one task a service: health/service/<name> (waits for a change)
//! ```
//! Without a bound on names or with tags the catalog is watched; services that are named outright are asked for without it.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#consul_sd_config>,
//! <https://developer.hashicorp.com/consul/api-docs/features/blocking>

use super::feed::Found;
use super::{ADDRESS, get_json, join_host_port, sanitized};
use crate::options::ConsulTargets;
use model::{Labels, LabelsBuilder};
use serde::Deserialize;
use ship::http::{HttpClient, Url};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stdx::Clock;
use stdx::task::{self, Task};
use tokio::sync::mpsc;

/// How long a question waits for a change. The server waits up to a sixteenth longer.
const WAIT: Duration = Duration::from_secs(120);
/// When a question is given up.
const TIMEOUT: Duration = Duration::from_secs(150);
/// The pause after a failure.
const TRY_AGAIN: Duration = Duration::from_secs(15);
/// Services that are watched at once: each is an open connection.
const MAX_SERVICES: usize = 10_000;

/// One catalog.
#[derive(Debug, Clone)]
pub(super) struct Consul(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: ConsulTargets,
    client: HttpClient,
    base: Url,
}

/// An instance of a service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    node: Node,
    service: Service,
    checks: Vec<Check>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Node {
    node: String,
    address: String,
    meta: Option<BTreeMap<String, String>>,
    tagged_addresses: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Service {
    #[serde(rename = "ID")]
    id: String,
    address: String,
    port: u16,
    tags: Option<Vec<String>>,
    meta: Option<BTreeMap<String, String>>,
    namespace: String,
    partition: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Check {
    #[serde(rename = "CheckID")]
    id: String,
    #[serde(rename = "Status")]
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Agent {
    #[serde(rename = "Config")]
    config: AgentConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AgentConfig {
    #[serde(rename = "Datacenter")]
    datacenter: String,
}

/// What a service's task tells: its name and targets.
type News = (String, Vec<Labels>);

impl Consul {
    pub(super) fn new(options: ConsulTargets) -> Result<Self, String> {
        let base = Url::parse(&options.server)
            .map_err(|error| format!("consul_sd_configs: server {:?}: {error}", options.server))?;
        Ok(Consul(Arc::new(Shared { client: HttpClient::new(&options.client)?, options, base })))
    }

    /// Watches until dropped.
    pub(super) async fn run(self, clock: Clock, found: Found) {
        let datacenter = loop {
            match self.datacenter().await {
                Ok(datacenter) => break datacenter,
                Err(reason) => self.failed(&reason).await,
            }
        };
        let (sender, mut news) = mpsc::channel(64);
        let mut watched: BTreeMap<String, Task<()>> = BTreeMap::new();
        let mut targets: BTreeMap<String, Vec<Labels>> = BTreeMap::new();
        let options = &self.0.options;
        let by_catalog = options.services.is_empty() || !options.tags.is_empty();
        let (catalog, mut wanted) = mpsc::channel::<Vec<String>>(1);
        let _catalog: Option<Task<()>> = match by_catalog {
            true => Some(task::spawn(self.clone().watch_catalog(clock.clone(), datacenter.clone(), catalog))),
            false => {
                // The channel is empty and takes one.
                let _ = catalog.try_send(options.services.clone());
                None
            }
        };
        loop {
            tokio::select! {
                Some(names) = wanted.recv() => {
                    watched.retain(|name, _| names.contains(name));
                    targets.retain(|name, _| names.contains(name));
                    for name in names.into_iter().take(MAX_SERVICES) {
                        let (consul, sender, clock) = (self.clone(), sender.clone(), clock.clone());
                        let datacenter = datacenter.clone();
                        watched.entry(name).or_insert_with_key(|name| {
                            task::spawn(consul.watch_service(clock, datacenter, name.clone(), sender))
                        });
                    }
                }
                Some((name, found)) = news.recv() => {
                    if watched.contains_key(&name) {
                        targets.insert(name, found);
                    }
                }
                else => return,
            }
            found.send_replace(Arc::new(targets.values().flatten().cloned().collect()));
        }
    }

    async fn failed(&self, reason: &str) {
        tracing::warn!(
            server = self.0.options.server,
            reason,
            "the catalog cannot be asked; what was found stays"
        );
        tokio::time::sleep(TRY_AGAIN).await;
    }

    /// The one of the configuration, else the server's own.
    async fn datacenter(&self) -> Result<String, String> {
        let options = &self.0.options;
        if !options.datacenter.is_empty() {
            return Ok(options.datacenter.clone());
        }
        let url = self.url("/v1/agent/self", "");
        let (agent, _): (Agent, _) = get_json(self.request(url).await?).await?;
        match agent.config.datacenter.is_empty() {
            true => Err("invalid value '' for Config.Datacenter".to_owned()),
            false => Ok(agent.config.datacenter),
        }
    }

    /// Tells the names of wanted services whenever they change.
    async fn watch_catalog(self, clock: Clock, datacenter: String, wanted: mpsc::Sender<Vec<String>>) {
        let mut index = 0;
        loop {
            let began = clock.monotonic();
            let mut url = self.url("/v1/catalog/services", &datacenter);
            if !self.0.options.filter.is_empty() {
                url.query_pairs_mut().append_pair("filter", &self.0.options.filter);
            }
            match self.ask::<BTreeMap<String, Vec<String>>>(url, &mut index).await {
                Ok(Some(services)) => {
                    let names = services.into_iter().filter(|(name, tags)| self.wants(name, tags));
                    if wanted.send(names.map(|(name, _)| name).collect()).await.is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(reason) => {
                    self.failed(&reason).await;
                    continue;
                }
            }
            self.pause(&clock, began).await;
        }
    }

    fn wants(&self, name: &str, tags: &[String]) -> bool {
        let options = &self.0.options;
        (options.services.is_empty() || options.services.iter().any(|wanted| wanted == name))
            && options.tags.iter().all(|wanted| tags.contains(wanted))
    }

    /// Tells a service's targets whenever they change.
    async fn watch_service(self, clock: Clock, datacenter: String, name: String, news: mpsc::Sender<News>) {
        let options = &self.0.options;
        let mut index = 0;
        loop {
            let began = clock.monotonic();
            let mut url = self.url("/v1/health/service/", &datacenter);
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().push(&name);
            }
            for tag in &options.tags {
                url.query_pairs_mut().append_pair("tag", tag);
            }
            if !options.health_filter.is_empty() {
                url.query_pairs_mut().append_pair("filter", &options.health_filter);
            }
            match self.ask::<Vec<Entry>>(url, &mut index).await {
                Ok(Some(entries)) => {
                    let targets =
                        entries.iter().map(|entry| target(entry, &name, &datacenter, options)).collect();
                    if news.send((name.clone(), targets)).await.is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(reason) => {
                    self.failed(&reason).await;
                    continue;
                }
            }
            self.pause(&clock, began).await;
        }
    }

    /// Waits for the least time between two questions.
    async fn pause(&self, clock: &Clock, began: Duration) {
        let took = clock.monotonic().saturating_sub(began);
        tokio::time::sleep(self.0.options.interval.saturating_sub(took)).await;
    }

    /// A question that waits until the answer is another than at `index`; `None` when it is the same.
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        mut url: Url,
        index: &mut u64,
    ) -> Result<Option<T>, String> {
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("wait", &format!("{}ms", WAIT.as_millis()));
            if *index > 0 {
                query.append_pair("index", &index.to_string());
            }
        }
        let (answer, headers) = get_json(self.request(url).await?).await?;
        let told = headers.get("X-Consul-Index").and_then(|value| value.to_str().ok()?.parse().ok());
        let told: u64 = told.unwrap_or(0);
        if told == *index && told > 0 {
            return Ok(None);
        }
        // An index that goes back means that the server began anew.
        *index = if told < *index { 0 } else { told };
        Ok(Some(answer))
    }

    async fn request(&self, url: Url) -> Result<ship::http::RequestBuilder, String> {
        let request = self.0.client.get(url).await?.timeout(TIMEOUT);
        Ok(match &self.0.options.token {
            Some(token) => request.header("X-Consul-Token", token.read()?),
            None => request,
        })
    }

    /// A URL of the API with what every question says.
    fn url(&self, path: &str, datacenter: &str) -> Url {
        let options = &self.0.options;
        let mut url = self.0.base.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        {
            let mut query = url.query_pairs_mut();
            for (name, value) in
                [("dc", datacenter), ("ns", &options.namespace), ("partition", &options.partition)]
            {
                if !value.is_empty() {
                    query.append_pair(name, value);
                }
            }
            if options.allow_stale {
                query.append_pair("stale", "");
            }
            for (name, value) in &options.node_meta {
                query.append_pair("node-meta", &format!("{name}:{value}"));
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }
}

fn target(entry: &Entry, service: &str, datacenter: &str, options: &ConsulTargets) -> Labels {
    let mut builder = LabelsBuilder::default();
    let separator = &options.tag_separator;
    // With separators around, rules need not look for the ends.
    let tags = entry.service.tags.as_deref().unwrap_or_default().join(separator);
    let host = if entry.service.address.is_empty() { &entry.node.address } else { &entry.service.address };
    builder
        .set(ADDRESS, &join_host_port(host, entry.service.port))
        .set("__meta_consul_address", &entry.node.address)
        .set("__meta_consul_dc", datacenter)
        .set("__meta_consul_health", health(&entry.checks))
        .set("__meta_consul_namespace", &entry.service.namespace)
        .set("__meta_consul_node", &entry.node.node)
        .set("__meta_consul_partition", &entry.service.partition)
        .set("__meta_consul_service", service)
        .set("__meta_consul_service_address", &entry.service.address)
        .set("__meta_consul_service_id", &entry.service.id)
        .set("__meta_consul_service_port", &entry.service.port.to_string())
        .set("__meta_consul_tags", &format!("{separator}{tags}{separator}"));
    for (prefix, facts) in [
        ("metadata", &entry.node.meta),
        ("service_metadata", &entry.service.meta),
        ("tagged_address", &entry.node.tagged_addresses),
    ] {
        for (name, value) in facts.iter().flatten() {
            builder.set(&format!("__meta_consul_{prefix}_{}", sanitized(name)), value);
        }
    }
    builder.build()
}

/// The worst of the checks.
fn health(checks: &[Check]) -> &'static str {
    let maintained =
        |check: &Check| check.id == "_node_maintenance" || check.id.starts_with("_service_maintenance:");
    let any = |status: &str| checks.iter().any(|check| check.status == status);
    match () {
        () if checks.iter().any(maintained) => "maintenance",
        () if any("critical") => "critical",
        () if any("warning") => "warning",
        () => "passing",
    }
}

#[cfg(test)]
mod tests;

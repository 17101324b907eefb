//! `send`, `outbox`, `replicas`: where what is collected goes, what waits for a receiver, and which of two senders is taken.

use super::{ByteSize, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where `oriel agent` sends what it collects; by default to an Oriel on this machine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Send {
    /// Remote write.
    pub metrics: String,
    /// Push.
    pub logs: String,
    /// OTLP over HTTP.
    pub traces: String,
    /// The tenant; empty: the receiver's default.
    pub tenant: String,
    /// Headers of every request.
    pub headers: BTreeMap<String, String>,
    /// Where the agent reports how it is, every 15 seconds; empty: beside where metrics go, `off`: nowhere.
    pub agents: String,
}

impl Default for Send {
    fn default() -> Self {
        Send {
            metrics: "http://127.0.0.1:9090/api/v1/write".to_owned(),
            logs: "http://127.0.0.1:3100/loki/api/v1/push".to_owned(),
            traces: "http://127.0.0.1:4318/v1/traces".to_owned(),
            tenant: String::new(),
            headers: BTreeMap::new(),
            agents: String::new(),
        }
    }
}

/// The queue of what is sent on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outbox {
    /// Beyond this the oldest samples go unsent.
    pub max_bytes: ByteSize,
}

impl Default for Outbox {
    fn default() -> Self {
        // At 3 bytes a sample a day of 40,000 samples a second.
        Outbox { max_bytes: ByteSize(10 << 30) }
    }
}

/// Pairs of senders that scrape the same targets: of the replicas of a cluster one is taken.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Replicas {
    /// Whether they are told apart.
    pub enabled: bool,
    /// The label that names a cluster.
    pub cluster_label: String,
    /// The label that names a replica; it is not stored.
    pub replica_label: String,
    /// When another replica is taken.
    pub failover: Span,
    /// Clusters of one tenant.
    pub max_clusters: usize,
}

impl Default for Replicas {
    fn default() -> Self {
        let defaults = server::ingest::ReplicaOptions::default();
        Replicas {
            enabled: false,
            cluster_label: defaults.cluster_label,
            replica_label: defaults.replica_label,
            failover: Span::seconds(defaults.failover.as_secs()),
            max_clusters: defaults.max_clusters,
        }
    }
}

impl Replicas {
    /// As the doors take them.
    pub(crate) fn options(&self) -> Option<server::ingest::ReplicaOptions> {
        self.enabled.then(|| server::ingest::ReplicaOptions {
            cluster_label: self.cluster_label.clone(),
            replica_label: self.replica_label.clone(),
            failover: self.failover.duration(),
            max_clusters: self.max_clusters,
        })
    }
}

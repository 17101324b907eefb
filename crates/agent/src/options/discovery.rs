//! Where targets are found: registries that are asked again and again.

use super::{Client, Credential};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
pub use wire::dns::RecordKind;

/// Names that name servers know.
#[derive(Debug, Clone, PartialEq)]
pub struct DnsTargets {
    /// What is asked for.
    pub names: Vec<String>,
    /// Which records.
    pub kind: RecordKind,
    /// The port of targets whose record has none.
    pub port: u16,
    /// How often.
    pub interval: Duration,
    /// The file that lists name servers and domains to search.
    pub resolv_conf: PathBuf,
}

/// Containers of one host.
#[derive(Debug, Clone, PartialEq)]
pub struct DockerTargets {
    /// Where its API is: `unix:///var/run/docker.sock`, `tcp://host:2375`, `https://host:2376`.
    pub host: String,
    /// The port of containers that expose none.
    pub port: u16,
    /// The address of containers on the host's own network.
    pub host_networking_host: String,
    /// Whether a container on several networks is one target, on the first of them by name.
    pub match_first_network: bool,
    /// Which containers, as the API takes it.
    pub filters: BTreeMap<String, Vec<String>>,
    /// How often.
    pub interval: Duration,
    /// How it is asked.
    pub client: Client,
}

/// Services of a Consul catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsulTargets {
    /// `scheme://host:port/prefix` of the API.
    pub server: String,
    /// The token that is sent.
    pub token: Option<Credential>,
    /// Empty: the server's own.
    pub datacenter: String,
    /// Empty: the default one.
    pub namespace: String,
    /// Empty: the default one.
    pub partition: String,
    /// Stands around and between tags.
    pub tag_separator: String,
    /// Whether any server of the cluster may answer.
    pub allow_stale: bool,
    /// The least time between two questions of the same kind.
    pub interval: Duration,
    /// Which services; empty: all.
    pub services: Vec<String>,
    /// Only instances with all of these tags.
    pub tags: Vec<String>,
    /// Only nodes with these facts.
    pub node_meta: BTreeMap<String, String>,
    /// An expression that services of the catalog must satisfy.
    pub filter: String,
    /// An expression that instances must satisfy.
    pub health_filter: String,
    /// How it is asked.
    pub client: Client,
}

/// Objects of a Kubernetes cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct KubernetesTargets {
    /// What a target is.
    pub role: KubernetesRole,
    /// How the API is reached.
    pub access: ClusterAccess,
    /// Where to look; empty: everywhere.
    pub namespaces: Vec<String>,
    /// Whether the namespace of this process is one of them.
    pub own_namespace: bool,
    /// Which objects.
    pub selectors: Vec<KubernetesSelector>,
    /// Whether targets show labels and annotations of their node.
    pub attach_node: bool,
    /// Whether targets show labels and annotations of their namespace.
    pub attach_namespace: bool,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubernetesRole {
    /// A machine's kubelet.
    Node,
    /// A port of a container.
    Pod,
    /// A port of a service.
    Service,
    /// An address of a service.
    Endpoints,
    /// An address of a service, as slices list them.
    EndpointSlice,
    /// A path of a host.
    Ingress,
}

/// Which objects of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesSelector {
    /// The kind.
    pub role: KubernetesRole,
    /// By labels, as the API takes it.
    pub label: String,
    /// By fields, as the API takes it.
    pub field: String,
}

/// How a cluster's API is reached.
#[derive(Debug, Clone, PartialEq)]
pub enum ClusterAccess {
    /// By the service account of the pod that this process runs in.
    InCluster {
        /// The folder of its token.
        account: PathBuf,
    },
    /// As a file of the cluster's own tools says.
    Kubeconfig(PathBuf),
    /// Outright.
    Server {
        /// Its URL.
        url: String,
        /// How it is asked.
        client: Box<Client>,
    },
}

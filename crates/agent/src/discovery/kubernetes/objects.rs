//! Objects of the API, as far as targets are made of them.
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/>

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Namespace (empty: none) and name.
pub(super) type Key = (String, String);

/// The API writes `null`, or nothing, for what is empty.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name {
            $($(#[$field_meta])* #[serde(deserialize_with = "or_default")] pub(super) $field: $kind,)*
        }
    };
}

object! {
    /// What every object has.
    Meta {
        name: String,
        namespace: String,
        uid: String,
        resource_version: String,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
        owner_references: Vec<Owner>,
    }
}

object! {
    /// What an object belongs to.
    Owner {
        kind: String,
        name: String,
        controller: bool,
    }
}

impl Meta {
    pub(super) fn key(&self) -> Key {
        (self.namespace.clone(), self.name.clone())
    }

    /// What made it, and would make it again.
    pub(super) fn controller(&self) -> Option<&Owner> {
        self.owner_references.iter().find(|owner| owner.controller)
    }
}

object! {
    /// A machine.
    Node {
        metadata: Meta,
        spec: NodeSpec,
        status: NodeStatus,
    }
}
object! {
    NodeSpec {
        #[serde(rename = "providerID")]
        provider: String,
    }
}
object! {
    NodeStatus {
        addresses: Vec<NodeAddress>,
        daemon_endpoints: DaemonEndpoints,
    }
}
object! {
    NodeAddress {
        #[serde(rename = "type")]
        kind: String,
        address: String,
    }
}
object! {
    DaemonEndpoints {
        kubelet_endpoint: KubeletEndpoint,
    }
}
object! {
    KubeletEndpoint {
        #[serde(rename = "Port")]
        port: u16,
    }
}

object! {
    /// Containers that share an address.
    Pod {
        metadata: Meta,
        spec: PodSpec,
        status: PodStatus,
    }
}
object! {
    PodSpec {
        node_name: String,
        containers: Vec<Container>,
        init_containers: Vec<Container>,
    }
}
object! {
    Container {
        name: String,
        image: String,
        ports: Vec<ContainerPort>,
    }
}
object! {
    ContainerPort {
        name: String,
        container_port: u16,
        protocol: String,
    }
}
object! {
    PodStatus {
        #[serde(rename = "podIP")]
        address: String,
        #[serde(rename = "hostIP")]
        host: String,
        phase: String,
        conditions: Vec<Condition>,
        container_statuses: Vec<ContainerStatus>,
        init_container_statuses: Vec<ContainerStatus>,
    }
}
object! {
    Condition {
        #[serde(rename = "type")]
        kind: String,
        status: String,
    }
}
object! {
    ContainerStatus {
        name: String,
        #[serde(rename = "containerID")]
        id: String,
    }
}

object! {
    /// A name for pods.
    Service {
        metadata: Meta,
        spec: ServiceSpec,
    }
}
object! {
    ServiceSpec {
        #[serde(rename = "type")]
        kind: String,
        #[serde(rename = "clusterIP")]
        cluster_address: String,
        #[serde(rename = "loadBalancerIP")]
        load_balancer_address: String,
        external_name: String,
        ports: Vec<ServicePort>,
    }
}
object! {
    ServicePort {
        name: String,
        port: u16,
        protocol: String,
    }
}

object! {
    /// The addresses of a service.
    Endpoints {
        metadata: Meta,
        subsets: Vec<Subset>,
    }
}
object! {
    Subset {
        addresses: Vec<EndpointAddress>,
        not_ready_addresses: Vec<EndpointAddress>,
        ports: Vec<ServicePort>,
    }
}
object! {
    EndpointAddress {
        ip: String,
        hostname: String,
        node_name: String,
        target_ref: Option<Reference>,
    }
}
object! {
    /// The object behind an address.
    Reference {
        kind: String,
        name: String,
        namespace: String,
    }
}

object! {
    /// Some of the addresses of a service.
    EndpointSlice {
        metadata: Meta,
        address_type: String,
        endpoints: Vec<SliceEndpoint>,
        ports: Vec<SlicePort>,
    }
}
object! {
    SliceEndpoint {
        addresses: Vec<String>,
        conditions: SliceConditions,
        hostname: Option<String>,
        target_ref: Option<Reference>,
        node_name: Option<String>,
        zone: Option<String>,
        deprecated_topology: BTreeMap<String, String>,
    }
}
object! {
    SliceConditions {
        ready: Option<bool>,
        serving: Option<bool>,
        terminating: Option<bool>,
    }
}
object! {
    SlicePort {
        name: Option<String>,
        protocol: Option<String>,
        port: Option<u16>,
        app_protocol: Option<String>,
    }
}

object! {
    /// Ways in from outside.
    Ingress {
        metadata: Meta,
        spec: IngressSpec,
    }
}
object! {
    IngressSpec {
        ingress_class_name: String,
        tls: Vec<IngressTls>,
        rules: Vec<IngressRule>,
    }
}
object! {
    IngressTls {
        hosts: Vec<String>,
    }
}
object! {
    IngressRule {
        host: String,
        http: IngressPaths,
    }
}
object! {
    IngressPaths {
        paths: Vec<IngressPath>,
    }
}
object! {
    IngressPath {
        path: String,
    }
}

object! {
    /// A part of a cluster.
    Namespace {
        metadata: Meta,
    }
}

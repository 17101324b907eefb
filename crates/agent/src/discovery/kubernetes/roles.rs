//! What each role makes of the objects of a cluster: one target a port, with what is known of the objects around it.
//!
//! Every name begins with `__meta_kubernetes_`. For each label and annotation of an object there are two: its value, and
//! `..present_` with `true`, so that rules can tell an empty value from none.

use super::World;
use super::objects::{
    Container, ContainerPort, EndpointAddress, EndpointSlice, Endpoints, Ingress, Key, Meta, Node, Pod,
    Reference, Service, ServicePort, SliceEndpoint, SlicePort,
};
use crate::discovery::{ADDRESS, join_host_port, sanitized};
use crate::options::{KubernetesRole, KubernetesTargets};
use model::{Labels, LabelsBuilder};
use std::collections::BTreeMap;

/// In front of every name.
const PREFIX: &str = "__meta_kubernetes_";
/// The label by which a slice names its service.
const SERVICE_OF_SLICE: &str = "kubernetes.io/service-name";

/// The targets of a role.
pub(super) fn targets(world: &World, options: &KubernetesTargets) -> Vec<Labels> {
    let cluster = Cluster { world, options };
    let mut out = Vec::new();
    match options.role {
        KubernetesRole::Node => world.nodes.values().for_each(|node| out.extend(cluster.node(node))),
        KubernetesRole::Service => {
            world.services.values().for_each(|service| cluster.service(service, &mut out))
        }
        KubernetesRole::Pod => world.pods.values().for_each(|pod| cluster.pod(pod, &mut out)),
        KubernetesRole::Endpoints => {
            world.endpoints.values().for_each(|all| cluster.endpoints(all, &mut out))
        }
        KubernetesRole::EndpointSlice => {
            world.slices.values().for_each(|slice| cluster.slice(slice, &mut out))
        }
        KubernetesRole::Ingress => {
            world.ingresses.values().for_each(|ingress| cluster.ingress(ingress, &mut out))
        }
    }
    out
}

struct Cluster<'a> {
    world: &'a World,
    options: &'a KubernetesTargets,
}

/// Sets a label of this name behind the prefix.
fn set(builder: &mut LabelsBuilder, name: &str, value: &str) {
    builder.set(&format!("{PREFIX}{name}"), value);
}

fn build(mut builder: LabelsBuilder, address: &str) -> Labels {
    builder.set(ADDRESS, address);
    builder.build()
}

/// The labels and annotations of an object.
fn facts(builder: &mut LabelsBuilder, role: &str, meta: &Meta) {
    for (kind, all) in [("label", &meta.labels), ("annotation", &meta.annotations)] {
        for (name, value) in all {
            let name = sanitized(name);
            set(builder, &format!("{role}_{kind}_{name}"), value);
            set(builder, &format!("{role}_{kind}present_{name}"), "true");
        }
    }
}

fn described(builder: &mut LabelsBuilder, role: &str, meta: &Meta) {
    set(builder, &format!("{role}_name"), &meta.name);
    facts(builder, role, meta);
}

fn number(port: u16) -> String {
    port.to_string()
}

/// A pod that endpoints led to, and the ports that they named.
type SeenPods<'a> = BTreeMap<Key, (&'a Pod, Vec<u16>)>;

impl<'a> Cluster<'a> {
    /// What all targets of a namespaced object have.
    fn of_namespace(&self, meta: &Meta) -> LabelsBuilder {
        let mut builder = LabelsBuilder::default();
        set(&mut builder, "namespace", &meta.namespace);
        let namespace = self.world.namespaces.get(&(String::new(), meta.namespace.clone()));
        if let Some(namespace) = namespace.filter(|_| self.options.attach_namespace) {
            facts(&mut builder, "namespace", &namespace.metadata);
        }
        builder
    }

    fn node_of(&self, builder: &mut LabelsBuilder, name: &str) {
        let node = self.world.nodes.get(&(String::new(), name.to_owned()));
        if let Some(node) = node.filter(|_| self.options.attach_node) {
            described(builder, "node", &node.metadata);
        }
    }

    fn node(&self, node: &Node) -> Option<Labels> {
        let mut builder = LabelsBuilder::default();
        described(&mut builder, "node", &node.metadata);
        set(&mut builder, "node_provider_id", &node.spec.provider);
        let addresses = &node.status.addresses;
        // Of several of a kind the first counts.
        for address in addresses.iter().rev() {
            set(&mut builder, &format!("node_address_{}", sanitized(&address.kind)), &address.address);
        }
        let order = ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"];
        let host = order.iter().find_map(|kind| addresses.iter().find(|address| address.kind == *kind))?;
        builder.set("instance", &node.metadata.name);
        Some(build(
            builder,
            &join_host_port(&host.address, node.status.daemon_endpoints.kubelet_endpoint.port),
        ))
    }

    fn service(&self, service: &Service, out: &mut Vec<Labels>) {
        let meta = &service.metadata;
        let mut common = self.of_namespace(meta);
        described(&mut common, "service", meta);
        let spec = &service.spec;
        set(&mut common, "service_type", &spec.kind);
        match spec.kind.as_str() {
            "ExternalName" => set(&mut common, "service_external_name", &spec.external_name),
            _ => set(&mut common, "service_cluster_ip", &spec.cluster_address),
        }
        if spec.kind == "LoadBalancer" {
            set(&mut common, "service_loadbalancer_ip", &spec.load_balancer_address);
        }
        for port in &spec.ports {
            let mut builder = common.clone();
            set(&mut builder, "service_port_name", &port.name);
            set(&mut builder, "service_port_number", &number(port.port));
            set(&mut builder, "service_port_protocol", &port.protocol);
            let host = format!("{}.{}.svc", meta.name, meta.namespace);
            out.push(build(builder, &join_host_port(&host, port.port)));
        }
    }

    fn pod(&self, pod: &Pod, out: &mut Vec<Labels>) {
        let address = &pod.status.address;
        // It is starting, or was evicted.
        if address.is_empty() {
            return;
        }
        let mut common = self.of_namespace(&pod.metadata);
        of_pod(&mut common, pod);
        self.node_of(&mut common, &pod.spec.node_name);
        for (container, init) in containers(pod) {
            let mut common = common.clone();
            of_container(&mut common, pod, container, init);
            if container.ports.is_empty() {
                out.push(build(common.clone(), address));
            }
            for port in &container.ports {
                let mut builder = common.clone();
                of_port(&mut builder, port);
                out.push(build(builder, &join_host_port(address, port.container_port)));
            }
        }
    }

    /// The service of this name, as far as its endpoints show it.
    fn service_of(&self, builder: &mut LabelsBuilder, meta: &Meta, name: &str) {
        if let Some(service) = self.world.services.get(&(meta.namespace.clone(), name.to_owned())) {
            described(builder, "service", &service.metadata);
        }
    }

    fn endpoints(&self, endpoints: &Endpoints, out: &mut Vec<Labels>) {
        let meta = &endpoints.metadata;
        let mut common = self.of_namespace(meta);
        described(&mut common, "endpoints", meta);
        self.service_of(&mut common, meta, &meta.name);
        let mut seen = SeenPods::new();
        for subset in &endpoints.subsets {
            for port in &subset.ports {
                let ready = subset.addresses.iter().map(|address| (address, "true"));
                let all = ready.chain(subset.not_ready_addresses.iter().map(|address| (address, "false")));
                for (address, ready) in all {
                    let mut builder = common.clone();
                    set(&mut builder, "endpoint_ready", ready);
                    self.endpoint(&mut builder, address, port, meta, &mut seen);
                    out.push(build(builder, &join_host_port(&address.ip, port.port)));
                }
            }
        }
        self.other_ports(&common, &seen, out);
    }

    fn endpoint(
        &self,
        builder: &mut LabelsBuilder,
        address: &EndpointAddress,
        port: &ServicePort,
        meta: &Meta,
        seen: &mut SeenPods<'a>,
    ) {
        set(builder, "endpoint_port_name", &port.name);
        set(builder, "endpoint_port_protocol", &port.protocol);
        set(builder, "endpoint_hostname", &address.hostname);
        set(builder, "endpoint_node_name", &address.node_name);
        if let Some(reference) = &address.target_ref {
            set(builder, "endpoint_address_target_kind", &reference.kind);
            set(builder, "endpoint_address_target_name", &reference.name);
        }
        self.behind(builder, address.target_ref.as_ref(), &address.node_name, (meta, port.port), seen);
    }

    fn slice(&self, slice: &EndpointSlice, out: &mut Vec<Labels>) {
        let meta = &slice.metadata;
        let mut common = self.of_namespace(meta);
        described(&mut common, "endpointslice", meta);
        set(&mut common, "endpointslice_address_type", &slice.address_type);
        self.service_of(&mut common, meta, meta.labels.get(SERVICE_OF_SLICE).map_or("", String::as_str));
        let mut seen = SeenPods::new();
        for endpoint in &slice.endpoints {
            let mut of_endpoint = common.clone();
            slice_endpoint(&mut of_endpoint, endpoint);
            for port in &slice.ports {
                for address in &endpoint.addresses {
                    let mut builder = of_endpoint.clone();
                    slice_port(&mut builder, port);
                    let node = endpoint.node_name.as_deref().unwrap_or("");
                    let number = port.port.unwrap_or(0);
                    self.behind(&mut builder, endpoint.target_ref.as_ref(), node, (meta, number), &mut seen);
                    let address = port.port.map_or(address.clone(), |port| join_host_port(address, port));
                    out.push(build(builder, &address));
                }
            }
        }
        self.other_ports(&common, &seen, out);
    }

    /// The node and the pod behind an address, and the container of its port.
    fn behind(
        &self,
        builder: &mut LabelsBuilder,
        reference: Option<&Reference>,
        node: &str,
        (meta, port): (&Meta, u16),
        seen: &mut SeenPods<'a>,
    ) {
        match reference {
            Some(reference) if reference.kind == "Node" => self.node_of(builder, &reference.name),
            _ => self.node_of(builder, node),
        }
        let Some(reference) = reference.filter(|reference| reference.kind == "Pod") else { return };
        let namespace = if reference.namespace.is_empty() { &meta.namespace } else { &reference.namespace };
        let key = (namespace.clone(), reference.name.clone());
        let Some(pod) = self.world.pods.get(&key) else { return };
        of_pod(builder, pod);
        for (container, init) in containers(pod) {
            if let Some(port) = container.ports.iter().find(|known| known.container_port == port) {
                of_container(builder, pod, container, init);
                of_port(builder, port);
                break;
            }
        }
        seen.entry(key).or_insert_with(|| (pod, Vec::new())).1.push(port);
    }

    /// Ports of the pods that no endpoint named are targets too.
    fn other_ports(&self, common: &LabelsBuilder, seen: &SeenPods<'_>, out: &mut Vec<Labels>) {
        for (pod, ports) in seen.values().filter(|(pod, _)| !pod.status.address.is_empty()) {
            for (container, init) in containers(pod) {
                for port in container.ports.iter().filter(|port| !ports.contains(&port.container_port)) {
                    let mut builder = common.clone();
                    self.node_of(&mut builder, &pod.spec.node_name);
                    of_pod(&mut builder, pod);
                    of_container(&mut builder, pod, container, init);
                    of_port(&mut builder, port);
                    out.push(build(builder, &join_host_port(&pod.status.address, port.container_port)));
                }
            }
        }
    }

    fn ingress(&self, ingress: &Ingress, out: &mut Vec<Labels>) {
        let mut common = self.of_namespace(&ingress.metadata);
        described(&mut common, "ingress", &ingress.metadata);
        set(&mut common, "ingress_class_name", &ingress.spec.ingress_class_name);
        let secured: Vec<&String> = ingress.spec.tls.iter().flat_map(|tls| &tls.hosts).collect();
        for rule in &ingress.spec.rules {
            let scheme =
                if secured.iter().any(|pattern| covers(pattern, &rule.host)) { "https" } else { "http" };
            let mut paths: Vec<&str> = rule.http.paths.iter().map(|path| path.path.as_str()).collect();
            if paths.is_empty() {
                paths.push("");
            }
            for path in paths {
                let mut builder = common.clone();
                set(&mut builder, "ingress_scheme", scheme);
                set(&mut builder, "ingress_host", &rule.host);
                set(&mut builder, "ingress_path", if path.is_empty() { "/" } else { path });
                out.push(build(builder, &rule.host));
            }
        }
    }
}

fn of_pod(builder: &mut LabelsBuilder, pod: &Pod) {
    described(builder, "pod", &pod.metadata);
    let ready = pod.status.conditions.iter().find(|condition| condition.kind == "Ready");
    let ready = ready.map_or("unknown".to_owned(), |condition| condition.status.to_lowercase());
    set(builder, "pod_ip", &pod.status.address);
    set(builder, "pod_ready", &ready);
    set(builder, "pod_phase", &pod.status.phase);
    set(builder, "pod_node_name", &pod.spec.node_name);
    set(builder, "pod_host_ip", &pod.status.host);
    set(builder, "pod_uid", &pod.metadata.uid);
    if let Some(controller) = pod.metadata.controller() {
        set(builder, "pod_controller_kind", &controller.kind);
        set(builder, "pod_controller_name", &controller.name);
    }
}

/// The containers of a pod, each with whether it only starts the others.
fn containers(pod: &Pod) -> impl Iterator<Item = (&Container, bool)> {
    let usual = pod.spec.containers.iter().map(|container| (container, false));
    usual.chain(pod.spec.init_containers.iter().map(|container| (container, true)))
}

fn of_container(builder: &mut LabelsBuilder, pod: &Pod, container: &Container, init: bool) {
    let statuses = if init { &pod.status.init_container_statuses } else { &pod.status.container_statuses };
    let status = statuses.iter().find(|status| status.name == container.name);
    set(builder, "pod_container_name", &container.name);
    set(builder, "pod_container_id", status.map_or("", |status| &status.id));
    set(builder, "pod_container_image", &container.image);
    set(builder, "pod_container_init", if init { "true" } else { "false" });
}

fn of_port(builder: &mut LabelsBuilder, port: &ContainerPort) {
    set(builder, "pod_container_port_number", &number(port.container_port));
    set(builder, "pod_container_port_name", &port.name);
    set(builder, "pod_container_port_protocol", &port.protocol);
}

fn slice_endpoint(builder: &mut LabelsBuilder, endpoint: &SliceEndpoint) {
    let conditions = &endpoint.conditions;
    for (name, condition) in [
        ("ready", conditions.ready),
        ("serving", conditions.serving),
        ("terminating", conditions.terminating),
    ] {
        let text = condition.map_or(String::new(), |holds| holds.to_string());
        set(builder, &format!("endpointslice_endpoint_conditions_{name}"), &text);
    }
    if let Some(reference) = &endpoint.target_ref {
        set(builder, "endpointslice_address_target_kind", &reference.kind);
        set(builder, "endpointslice_address_target_name", &reference.name);
    }
    for (name, text) in
        [("node_name", &endpoint.node_name), ("zone", &endpoint.zone), ("hostname", &endpoint.hostname)]
    {
        set(builder, &format!("endpointslice_endpoint_{name}"), text.as_deref().unwrap_or(""));
    }
    for (name, value) in &endpoint.deprecated_topology {
        let name = sanitized(name);
        set(builder, &format!("endpointslice_endpoint_topology_{name}"), value);
        set(builder, &format!("endpointslice_endpoint_topology_present_{name}"), "true");
    }
}

fn slice_port(builder: &mut LabelsBuilder, port: &SlicePort) {
    set(builder, "endpointslice_port_name", port.name.as_deref().unwrap_or(""));
    set(builder, "endpointslice_port_protocol", port.protocol.as_deref().unwrap_or(""));
    set(builder, "endpointslice_port_app_protocol", port.app_protocol.as_deref().unwrap_or(""));
    set(builder, "endpointslice_port", &port.port.map_or(String::new(), number));
}

/// Whether a certificate's name holds for a host: a star is one part.
fn covers(pattern: &str, host: &str) -> bool {
    let (pattern, host): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    let same = |(at, (a, b)): (usize, (&&str, &&str))| a == b || (at == 0 && *a == "*" && !b.is_empty());
    pattern.len() == host.len() && pattern.iter().zip(&host).enumerate().all(same)
}

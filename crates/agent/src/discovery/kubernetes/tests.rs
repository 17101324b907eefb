//! Against an API of this process.

use super::super::server::{Answer, Server};
use super::*;
use crate::discovery::ADDRESS;
use crate::options::{Client, ClusterAccess, KubernetesSelector};
use model::Labels;
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::sync::{mpsc, watch as channel};

/// Objects and changes by path.
#[derive(Default)]
struct Cluster {
    lists: BTreeMap<&'static str, Vec<Value>>,
    /// What watches of a path answer, in turn; then they wait.
    watches: BTreeMap<&'static str, VecDeque<mpsc::Receiver<String>>>,
}

impl Cluster {
    fn with(mut self, path: &'static str, objects: Vec<Value>) -> Self {
        self.lists.insert(path, objects);
        self
    }

    /// What is sent into this is a change of `path`.
    fn watched(&mut self, path: &'static str) -> mpsc::Sender<String> {
        let (sender, receiver) = mpsc::channel(8);
        self.watches.entry(path).or_default().push_back(receiver);
        sender
    }

    fn answer(&mut self, head: &str) -> Answer {
        let target = head.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap();
        if query.contains("watch=true") {
            let waiting = self.watches.iter_mut().find(|(known, _)| **known == path);
            return match waiting.and_then(|(_, all)| all.pop_front()) {
                Some(stream) => Answer { stream: Some(stream), ..Answer::json("") },
                None => Answer { stream: Some(never()), ..Answer::json("") },
            };
        }
        let Some(objects) = self.lists.get(path) else { return Answer::status("403 Forbidden") };
        // One object a page.
        let at = query.split("continue=").nth(1).map_or(0, |text| text.parse::<usize>().unwrap());
        let items: Vec<&Value> = objects.iter().skip(at).take(1).collect();
        let rest = if at + 1 < objects.len() { (at + 1).to_string() } else { String::new() };
        Answer::json(
            json!({"metadata": {"resourceVersion": "7", "continue": rest}, "items": items}).to_string(),
        )
    }
}

/// A stream that says nothing and does not end.
fn never() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    std::mem::forget(sender);
    receiver
}

/// The targets of a job as they are found, and the paths that were asked for.
struct Finding {
    found: channel::Receiver<Arc<Vec<Labels>>>,
    server: Server,
    _task: Task<()>,
}

impl Finding {
    async fn of(cluster: Cluster, change: impl FnOnce(&mut KubernetesTargets)) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let cluster = Arc::new(Mutex::new(cluster));
        let server = Server::start(Arc::new(move |head: String| {
            let answer = cluster.lock().unwrap().answer(&head);
            Box::pin(async move { answer })
        }))
        .await;
        let mut options = KubernetesTargets {
            role: KubernetesRole::Pod,
            access: ClusterAccess::Server { url: server.url.clone(), client: Box::new(Client::default()) },
            namespaces: Vec::new(),
            own_namespace: false,
            selectors: Vec::new(),
            attach_node: false,
            attach_namespace: false,
        };
        change(&mut options);
        let (sender, found) = channel::channel(Arc::default());
        let task = task::spawn(Kubernetes::new(options).run(sender));
        Finding { found, server, _task: task }
    }

    /// Waits until the addresses are these.
    async fn until(&mut self, want: &[&str]) -> Arc<Vec<Labels>> {
        let is =
            |all: &Arc<Vec<Labels>>| all.iter().map(|labels| labels.value(ADDRESS)).eq(want.iter().copied());
        let waited = tokio::time::timeout(Duration::from_secs(20), self.found.wait_for(is)).await;
        waited.unwrap_or_else(|_| panic!("never {want:?}, last {:?}", self.server.seen)).unwrap().clone()
    }
}

/// The labels of a target without the prefix, as lines.
fn shown(labels: &Labels) -> Vec<String> {
    let short = |(name, value): (&str, &str)| {
        format!("{}={value}", name.strip_prefix("__meta_kubernetes_").unwrap_or(name))
    };
    labels.iter().map(short).collect()
}

fn has(labels: &Labels, all: &[&str]) {
    let shown = shown(labels);
    let missing: Vec<_> = all.iter().filter(|want| !shown.contains(&(**want).to_owned())).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {shown:#?}");
}

fn pod(name: &str, address: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": "u1", "resourceVersion": "5",
            "labels": {"app.kubernetes.io/name": "web"}, "annotations": {"prometheus.io/scrape": "true"},
            "ownerReferences": [{"kind": "Other", "name": "x"}, {"kind": "ReplicaSet", "name": "web-1", "controller": true}]},
        "spec": {"nodeName": "n1",
            "containers": [
                {"name": "web", "image": "web:1", "ports": [
                    {"name": "http", "containerPort": 8080, "protocol": "TCP"},
                    {"name": "extra", "containerPort": 9000, "protocol": "TCP"}]},
                {"name": "bare", "image": "bare:1", "ports": null}],
            "initContainers": [{"name": "first", "image": "first:1", "ports": [{"containerPort": 1}]}]},
        "status": {"podIP": address, "hostIP": "192.168.0.1", "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "web", "containerID": "docker://abc"}]}
    })
}

fn event(kind: &str, object: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": object}))
}

const PODS: &str = "/api/v1/pods";

#[tokio::test]
async fn pods_come_and_go_as_the_cluster_says() {
    let mut cluster = Cluster::default().with(PODS, vec![pod("a", "10.0.0.1"), pod("starting", "")]);
    let (first, second, third) = (cluster.watched(PODS), cluster.watched(PODS), cluster.watched(PODS));
    let mut finding = Finding::of(cluster, |options| {
        let field = "status.phase=Running".to_owned();
        options.selectors.push(KubernetesSelector {
            role: KubernetesRole::Pod,
            label: "a in (b,c)".into(),
            field,
        });
    })
    .await;
    let of_a = ["10.0.0.1:8080", "10.0.0.1:9000", "10.0.0.1", "10.0.0.1:1"];
    let all = finding.until(&of_a).await;
    assert_eq!(
        shown(&all[0]),
        [
            "__address__=10.0.0.1:8080",
            "namespace=shop",
            "pod_annotation_prometheus_io_scrape=true",
            "pod_annotationpresent_prometheus_io_scrape=true",
            "pod_container_id=docker://abc",
            "pod_container_image=web:1",
            "pod_container_init=false",
            "pod_container_name=web",
            "pod_container_port_name=http",
            "pod_container_port_number=8080",
            "pod_container_port_protocol=TCP",
            "pod_controller_kind=ReplicaSet",
            "pod_controller_name=web-1",
            "pod_host_ip=192.168.0.1",
            "pod_ip=10.0.0.1",
            "pod_label_app_kubernetes_io_name=web",
            "pod_labelpresent_app_kubernetes_io_name=true",
            "pod_name=a",
            "pod_node_name=n1",
            "pod_phase=Running",
            "pod_ready=true",
            "pod_uid=u1",
        ]
    );
    has(&all[3], &["pod_container_init=true", "pod_container_name=first"]);
    // A change in two parts, with a bookmark behind it.
    let added = event("ADDED", &pod("b", "10.0.0.2"));
    let (head, tail) = added.split_at(40);
    first.send(head.to_owned()).await.unwrap();
    first.send(tail.to_owned()).await.unwrap();
    first.send(event("BOOKMARK", &json!({"metadata": {"resourceVersion": "99"}}))).await.unwrap();
    let of_b = ["10.0.0.2:8080", "10.0.0.2:9000", "10.0.0.2", "10.0.0.2:1"];
    finding.until(&[of_a, of_b].concat()).await;
    // The server ends the watch; it goes on from the bookmark.
    drop(first);
    second.send(event("DELETED", &pod("a", "10.0.0.1"))).await.unwrap();
    finding.until(&of_b).await;
    // What changed since is forgotten: the list is asked for again.
    second.send(event("ERROR", &json!({"kind": "Status", "code": 410, "message": "too old"}))).await.unwrap();
    finding.until(&of_a).await;
    drop(third);
    let seen = finding.server.seen.lock().unwrap().clone();
    assert!(
        seen[0].contains("labelSelector=a+in+%28b%2Cc%29&fieldSelector=status.phase%3DRunning&limit=500"),
        "{seen:?}"
    );
    assert!(seen[1].ends_with("limit=500&continue=1"), "{seen:?}");
    let watches: Vec<_> = seen.iter().filter(|path| path.contains("watch=true")).collect();
    assert!(
        watches[0].contains("resourceVersion=7&") && watches[1].contains("resourceVersion=99&"),
        "{watches:?}"
    );
}

#[tokio::test]
async fn a_namespace_is_looked_into_alone() {
    let cluster = Cluster::default()
        .with("/api/v1/namespaces/shop/pods", vec![pod("a", "10.0.0.1")])
        .with("/api/v1/namespaces/empty/pods", Vec::new())
        .with("/api/v1/nodes", vec![node()])
        .with("/api/v1/namespaces", vec![json!({"metadata": {"name": "shop", "labels": {"team": "x"}}})]);
    let mut finding = Finding::of(cluster, |options| {
        options.namespaces = vec!["shop".to_owned(), "empty".to_owned()];
        (options.attach_node, options.attach_namespace) = (true, true);
    })
    .await;
    let all = finding.until(&["10.0.0.1:8080", "10.0.0.1:9000", "10.0.0.1", "10.0.0.1:1"]).await;
    has(
        &all[0],
        &["node_name=n1", "node_label_zone=z", "namespace_label_team=x", "namespace_labelpresent_team=true"],
    );
}

fn node() -> Value {
    json!({
        "metadata": {"name": "n1", "labels": {"zone": "z"}}, "spec": {"providerID": "aws:///i-1"},
        "status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "addresses": [{"type": "Hostname", "address": "host1"}, {"type": "InternalIP", "address": "10.1.0.1"},
                {"type": "InternalIP", "address": "fd00::1"}]}
    })
}

fn service() -> Value {
    json!({"metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}},
        "spec": {"type": "LoadBalancer", "clusterIP": "10.9.0.1", "loadBalancerIP": "1.2.3.4",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}})
}

async fn one(
    path: &'static str,
    role: KubernetesRole,
    objects: Vec<Value>,
    want: &[&str],
) -> Arc<Vec<Labels>> {
    let cluster = Cluster::default()
        .with("/api/v1/services", vec![service()])
        .with(PODS, vec![pod("a", "10.0.0.1")])
        .with("/api/v1/nodes", vec![node()])
        .with(path, objects);
    let mut finding =
        Finding::of(cluster, |options| (options.role, options.attach_node) = (role, true)).await;
    finding.until(want).await
}

#[tokio::test]
async fn nodes_services_and_ingresses_are_targets() {
    let found = one("/api/v1/nodes", KubernetesRole::Node, vec![node()], &["10.1.0.1:10250"]).await;
    has(
        &found[0],
        &[
            "instance=n1",
            "node_name=n1",
            "node_provider_id=aws:///i-1",
            "node_address_InternalIP=10.1.0.1",
            "node_address_Hostname=host1",
        ],
    );
    let found = one("/api/v1/services", KubernetesRole::Service, vec![service()], &["web.shop.svc:80"]).await;
    has(
        &found[0],
        &[
            "namespace=shop",
            "service_name=web",
            "service_type=LoadBalancer",
            "service_cluster_ip=10.9.0.1",
            "service_loadbalancer_ip=1.2.3.4",
            "service_port_name=http",
            "service_port_number=80",
            "service_port_protocol=TCP",
            "service_label_tier=front",
        ],
    );
    let ingress = json!({"metadata": {"name": "in", "namespace": "shop"}, "spec": {"ingressClassName": "nginx",
        "tls": [{"hosts": ["*.example.com"]}],
        "rules": [{"host": "a.example.com", "http": {"paths": [{"path": "/x"}, {"path": ""}]}}, {"host": "a.b.example.com"}]}});
    let path = "/apis/networking.k8s.io/v1/ingresses";
    let want = ["a.example.com", "a.example.com", "a.b.example.com"];
    let found = one(path, KubernetesRole::Ingress, vec![ingress], &want).await;
    has(
        &found[0],
        &[
            "ingress_scheme=https",
            "ingress_host=a.example.com",
            "ingress_path=/x",
            "ingress_class_name=nginx",
        ],
    );
    has(&found[1], &["ingress_path=/"]);
    has(&found[2], &["ingress_scheme=http", "ingress_path=/", "ingress_name=in"]);
}

#[tokio::test]
async fn endpoints_show_the_pods_behind_them() {
    let reference = json!({"kind": "Pod", "name": "a", "namespace": "shop"});
    let endpoints = json!({"metadata": {"name": "web", "namespace": "shop", "labels": {"e": "1"}}, "subsets": [{
        "addresses": [{"ip": "10.0.0.1", "nodeName": "n1", "targetRef": reference}],
        "notReadyAddresses": [{"ip": "10.0.0.9", "hostname": "h"}],
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]}]});
    // The pod's other ports are targets too.
    let want = ["10.0.0.1:8080", "10.0.0.9:8080", "10.0.0.1:9000", "10.0.0.1:1"];
    let found = one("/api/v1/endpoints", KubernetesRole::Endpoints, vec![endpoints], &want).await;
    has(
        &found[0],
        &[
            "namespace=shop",
            "endpoints_name=web",
            "endpoints_label_e=1",
            "endpoint_ready=true",
            "endpoint_port_name=http",
            "endpoint_port_protocol=TCP",
            "endpoint_node_name=n1",
            "endpoint_address_target_kind=Pod",
            "endpoint_address_target_name=a",
            "service_name=web",
            "service_label_tier=front",
            "pod_name=a",
            "pod_container_name=web",
            "pod_container_port_number=8080",
            "node_name=n1",
        ],
    );
    has(&found[1], &["endpoint_ready=false", "endpoint_hostname=h", "service_name=web"]);
    assert_eq!(found[1].value("__meta_kubernetes_pod_name"), "");
    has(&found[2], &["pod_container_port_name=extra", "endpoints_name=web", "pod_name=a"]);
    let slice = json!({"metadata": {"name": "web-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true, "serving": true, "terminating": false},
            "hostname": "h", "nodeName": "n1", "zone": "z1", "targetRef": reference,
            "deprecatedTopology": {"topology.kubernetes.io/region": "r"}}],
        "ports": [{"name": "http", "protocol": "TCP", "port": 8080, "appProtocol": "http"}]});
    let path = "/apis/discovery.k8s.io/v1/endpointslices";
    let want = ["10.0.0.1:8080", "10.0.0.1:9000", "10.0.0.1:1"];
    let found = one(path, KubernetesRole::EndpointSlice, vec![slice], &want).await;
    has(
        &found[0],
        &[
            "endpointslice_name=web-x",
            "endpointslice_address_type=IPv4",
            "endpointslice_endpoint_conditions_ready=true",
            "endpointslice_endpoint_conditions_serving=true",
            "endpointslice_endpoint_conditions_terminating=false",
            "endpointslice_endpoint_hostname=h",
            "endpointslice_endpoint_node_name=n1",
            "endpointslice_endpoint_zone=z1",
            "endpointslice_address_target_kind=Pod",
            "endpointslice_address_target_name=a",
            "endpointslice_port=8080",
            "endpointslice_port_name=http",
            "endpointslice_port_protocol=TCP",
            "endpointslice_port_app_protocol=http",
            "endpointslice_endpoint_topology_topology_kubernetes_io_region=r",
            "service_name=web",
            "pod_name=a",
            "pod_container_port_number=8080",
            "node_name=n1",
        ],
    );
}

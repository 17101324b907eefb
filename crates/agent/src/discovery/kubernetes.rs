//! Kubernetes discovery: what a cluster's API knows of nodes, services, pods, endpoints and ingresses.
//!
//! ```text
//! access.rs (how the API is reached) -> watch.rs (one task a kind and namespace: list, then changes) -> World
//!     -> roles.rs (labels of one role) -> targets, when something changed
//! ```
//! Invariant: nothing is told before every kind that the role needs was listed once; so a start loses no targets.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config>

mod access;
mod objects;
mod roles;
mod watch;

use super::feed::Found;
use crate::options::{KubernetesRole, KubernetesTargets};
use objects::{EndpointSlice, Endpoints, Ingress, Key, Meta, Namespace, Node, Pod, Service};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stdx::task::{self, Task};
use tokio::sync::Notify;
use watch::Api;

/// Changes within this time are told together: a rollout changes every pod several times.
const GATHER: Duration = Duration::from_millis(500);
/// When a cluster that cannot be reached as configured is tried again: a token or file may come later.
const REACH_AGAIN: Duration = Duration::from_secs(30);

/// One cluster, as a job wants it.
#[derive(Debug)]
pub(super) struct Kubernetes {
    options: KubernetesTargets,
}

/// A cluster that can be asked.
struct Watching<'a> {
    options: &'a KubernetesTargets,
    api: Api,
    /// Where to look; `None`: everywhere.
    namespaces: Option<Vec<String>>,
}

/// What is known of a cluster.
#[derive(Debug, Default)]
struct World {
    nodes: BTreeMap<Key, Node>,
    pods: BTreeMap<Key, Pod>,
    services: BTreeMap<Key, Service>,
    endpoints: BTreeMap<Key, Endpoints>,
    slices: BTreeMap<Key, EndpointSlice>,
    ingresses: BTreeMap<Key, Ingress>,
    namespaces: BTreeMap<Key, Namespace>,
    /// Lists that did not come yet.
    missing: usize,
}

/// A kind of object: where it is kept, here and there.
trait Kind: serde::de::DeserializeOwned + Send + Sync + 'static {
    /// The role whose selectors are for it.
    const ROLE: Option<KubernetesRole>;
    /// Its group in the API, in front of namespaces.
    const GROUP: &'static str;
    /// Its name in the API.
    const NAME: &'static str;
    /// Whether it is in a namespace.
    const NAMESPACED: bool = true;

    fn meta(&self) -> &Meta;
    fn kept(world: &mut World) -> &mut BTreeMap<Key, Self>;
}

macro_rules! kinds {
    ($($kind:ident: $role:expr, $group:literal, $name:literal, $field:ident $(, $namespaced:literal)?;)+) => {
        $(impl Kind for $kind {
            const ROLE: Option<KubernetesRole> = $role;
            const GROUP: &'static str = $group;
            const NAME: &'static str = $name;
            $(const NAMESPACED: bool = $namespaced;)?

            fn meta(&self) -> &Meta {
                &self.metadata
            }

            fn kept(world: &mut World) -> &mut BTreeMap<Key, Self> {
                &mut world.$field
            }
        })+
    };
}
kinds! {
    Node: Some(KubernetesRole::Node), "/api/v1", "nodes", nodes, false;
    Pod: Some(KubernetesRole::Pod), "/api/v1", "pods", pods;
    Service: Some(KubernetesRole::Service), "/api/v1", "services", services;
    Endpoints: Some(KubernetesRole::Endpoints), "/api/v1", "endpoints", endpoints;
    EndpointSlice: Some(KubernetesRole::EndpointSlice), "/apis/discovery.k8s.io/v1", "endpointslices", slices;
    Ingress: Some(KubernetesRole::Ingress), "/apis/networking.k8s.io/v1", "ingresses", ingresses;
    Namespace: None, "/api/v1", "namespaces", namespaces, false;
}

/// What all watches share.
#[derive(Debug, Clone, Default)]
struct Shared {
    world: Arc<Mutex<World>>,
    changed: Arc<Notify>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        // Objects come and go whole: a panic elsewhere leaves no half of one.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kubernetes {
    pub(super) fn new(options: KubernetesTargets) -> Self {
        Kubernetes { options }
    }

    /// Watches until dropped.
    pub(super) async fn run(self, found: Found) {
        let reached = loop {
            match access::reach(&self.options.access) {
                Ok(reached) => break reached,
                Err(reason) => {
                    tracing::error!(reason, "a cluster cannot be reached as kubernetes_sd_configs says");
                    tokio::time::sleep(REACH_AGAIN).await;
                }
            }
        };
        let mut namespaces = self.options.namespaces.clone();
        namespaces.extend(reached.own_namespace.filter(|_| self.options.own_namespace));
        let namespaces = Some(namespaces).filter(|all| !all.is_empty());
        let api = Api::new(reached.client, reached.base);
        let shared = Shared::default();
        let _watches = Watching { options: &self.options, api, namespaces }.watches(&shared);
        loop {
            shared.changed.notified().await;
            tokio::time::sleep(GATHER).await;
            let targets = {
                let world = shared.world();
                (world.missing == 0).then(|| roles::targets(&world, &self.options))
            };
            if let Some(targets) = targets {
                found.send_replace(Arc::new(targets));
            }
        }
    }
}

impl Watching<'_> {
    /// A task for each kind that the role needs.
    fn watches(&self, shared: &Shared) -> Vec<Task<()>> {
        use KubernetesRole::{EndpointSlice as Slices, Endpoints as Ends};
        let role = self.options.role;
        let mut tasks = Vec::new();
        let with_pods = matches!(role, Ends | Slices);
        match role {
            KubernetesRole::Node => self.watch::<Node>(shared, &mut tasks),
            KubernetesRole::Pod => self.watch::<Pod>(shared, &mut tasks),
            KubernetesRole::Service => self.watch::<Service>(shared, &mut tasks),
            KubernetesRole::Ingress => self.watch::<Ingress>(shared, &mut tasks),
            Ends => self.watch::<Endpoints>(shared, &mut tasks),
            Slices => self.watch::<EndpointSlice>(shared, &mut tasks),
        }
        if with_pods {
            self.watch::<Service>(shared, &mut tasks);
            self.watch::<Pod>(shared, &mut tasks);
        }
        if self.options.attach_node && (with_pods || role == KubernetesRole::Pod) {
            self.watch::<Node>(shared, &mut tasks);
        }
        if self.options.attach_namespace && role != KubernetesRole::Node {
            self.watch::<Namespace>(shared, &mut tasks);
        }
        tasks
    }

    fn watch<K: Kind>(&self, shared: &Shared, tasks: &mut Vec<Task<()>>) {
        let selector = self.options.selectors.iter().find(|selector| Some(selector.role) == K::ROLE);
        let scopes: Vec<Option<String>> = match &self.namespaces {
            Some(all) if K::NAMESPACED => all.iter().cloned().map(Some).collect(),
            _ => vec![None],
        };
        for namespace in scopes {
            shared.world().missing += 1;
            let work = self.api.clone().watch::<K>(namespace, selector.cloned(), shared.clone());
            tasks.push(task::spawn(work));
        }
    }
}

#[cfg(test)]
mod tests;

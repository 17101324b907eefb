//! `kubernetes_sd_configs`: clusters as the file has them.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config>

use super::client::with_client;
use super::text::Link;
use crate::options::{ClusterAccess, KubernetesRole, KubernetesSelector, KubernetesTargets};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

with_client! {
    /// A cluster.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct KubernetesDiscovery {
        /// The URL of its API; absent: the cluster that this runs in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub api_server: Option<Link>,
        /// What a target is.
        pub role: Role,
        /// How its own tools reach it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kubeconfig_file: Option<PathBuf>,
        /// Where to look.
        #[serde(default)]
        pub namespaces: Namespaces,
        /// Which objects.
        #[serde(default)]
        pub selectors: Vec<Selector>,
        /// What targets show of objects around them.
        #[serde(default)]
        pub attach_metadata: Attach,
    }
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A machine.
    Node,
    /// A port of a container.
    Pod,
    /// A port of a service.
    Service,
    /// An address of a service.
    Endpoints,
    /// An address of a service.
    EndpointSlice,
    /// A path of a host.
    Ingress,
}

/// Where to look.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Namespaces {
    own_namespace: bool,
    names: Vec<String>,
}

/// Which objects of a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    role: Role,
    #[serde(default)]
    label: String,
    #[serde(default)]
    field: String,
}

/// What targets show of objects around them.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attach {
    node: bool,
    namespace: bool,
}

impl Role {
    fn option(self) -> KubernetesRole {
        match self {
            Role::Node => KubernetesRole::Node,
            Role::Pod => KubernetesRole::Pod,
            Role::Service => KubernetesRole::Service,
            Role::Endpoints => KubernetesRole::Endpoints,
            Role::EndpointSlice => KubernetesRole::EndpointSlice,
            Role::Ingress => KubernetesRole::Ingress,
        }
    }

    /// Kinds that may be selected for a role.
    fn selectable(self) -> &'static [Role] {
        match self {
            Role::Node => &[Role::Node],
            Role::Pod => &[Role::Pod, Role::Node],
            Role::Service => &[Role::Service],
            Role::Endpoints => &[Role::Endpoints, Role::Pod, Role::Service],
            Role::EndpointSlice => &[Role::EndpointSlice, Role::Pod, Role::Service],
            Role::Ingress => &[Role::Ingress],
        }
    }
}

impl KubernetesDiscovery {
    /// What the whole shows to be wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        self.client().check()?;
        let own_ways = !self.client().is_default();
        if self.kubeconfig_file.is_some() && self.api_server.is_some() {
            return Err("cannot use 'kubeconfig_file' and 'api_server' simultaneously".to_owned());
        }
        if self.kubeconfig_file.is_some() && own_ways {
            return Err(
                "cannot use a custom HTTP client configuration together with 'kubeconfig_file'".to_owned()
            );
        }
        if self.api_server.is_none() && own_ways {
            return Err(
                "to use custom HTTP client configuration please provide the 'api_server' URL explicitly"
                    .to_owned(),
            );
        }
        if self.namespaces.own_namespace && (self.api_server.is_some() || self.kubeconfig_file.is_some()) {
            let other = if self.api_server.is_some() { "api_server" } else { "kubeconfig_file" };
            return Err(format!("cannot use '{other}' and 'namespaces.own_namespace' simultaneously"));
        }
        for (at, selector) in self.selectors.iter().enumerate() {
            if self.selectors[..at].iter().any(|known| known.role == selector.role) {
                return Err("duplicated selector role".to_owned());
            }
            if !self.role.selectable().contains(&selector.role) {
                return Err(format!("{:?} role does not support {:?} selectors", self.role, selector.role));
            }
            fields(&selector.field)?;
        }
        Ok(())
    }

    pub(super) fn targets(&self, folder: &Path) -> KubernetesTargets {
        let access = match (&self.api_server, &self.kubeconfig_file) {
            (Some(url), _) => {
                ClusterAccess::Server { url: url.0.clone(), client: Box::new(self.client().options(folder)) }
            }
            (None, Some(file)) => ClusterAccess::Kubeconfig(folder.join(file)),
            (None, None) => ClusterAccess::InCluster { account: PathBuf::from(ACCOUNT) },
        };
        let selector = |selector: &Selector| KubernetesSelector {
            role: selector.role.option(),
            label: selector.label.clone(),
            field: selector.field.clone(),
        };
        KubernetesTargets {
            role: self.role.option(),
            access,
            namespaces: self.namespaces.names.clone(),
            own_namespace: self.namespaces.own_namespace,
            selectors: self.selectors.iter().map(selector).collect(),
            attach_node: self.attach_metadata.node,
            attach_namespace: self.attach_metadata.namespace,
        }
    }
}

/// A list of `name=value`, `name==value` and `name!=value`.
fn fields(text: &str) -> Result<(), String> {
    let wrong =
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).find(|part| !part.contains('='));
    wrong.map_or(Ok(()), |part| Err(format!("invalid selector: {text:?}; can't understand {part:?}")))
}

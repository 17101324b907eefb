//! The label `service_name` of streams that do not have it: taken from the first label that usually names a service.
//! Source: <https://grafana.com/docs/loki/latest/get-started/labels/#default-labels-for-all-users>

use model::Labels;

/// The label that log readers group by.
pub(super) const SERVICE_NAME: &str = "service_name";

/// Labels that name a service, the first present one wins.
const CANDIDATES: [&str; 14] = [
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
    // The journal has no other.
    "_SYSTEMD_UNIT",
];

/// The labels with a service name.
pub(super) fn with_service_name(labels: &Labels) -> Labels {
    if labels.get(SERVICE_NAME).is_some() {
        return labels.clone();
    }
    let name = CANDIDATES.iter().find_map(|candidate| labels.get(candidate)).unwrap_or("unknown_service");
    labels.with(SERVICE_NAME, name)
}

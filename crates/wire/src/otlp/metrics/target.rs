//! What a resource gives to all its series, and the series that keeps the rest of it: `target_info`.

use super::Options;
use super::names::label_name;
use crate::otlp::values;
use crate::remote_write::Decoded;
use model::attr::find;
use model::{METRIC_NAME, Millis, Resource};

/// Attributes that become `job` and `instance`.
const IDENTIFYING: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

/// Half of the look-back of queries, in milliseconds: a look-back of 5 minutes always finds one of them.
const INTERVAL_MS: i64 = 150_000;

/// 25 hours of [`INTERVAL_MS`]: a request that spans more is a backfill or a mistake; only its last hours are described.
const MAX_SAMPLES: i64 = 600;

/// First and last time of a resource's data points.
pub(super) type Times = Option<(Millis, Millis)>;

/// `job`, `instance` and promoted attributes.
pub(super) fn shared_labels(resource: &Resource, options: &Options) -> Vec<(String, String)> {
    let mut labels = identity(resource);
    for key in &options.promote_resource_attributes {
        if let Some(value) = find(&resource.attributes, key) {
            labels.push((label_name(key), values::to_text(value)));
        }
    }
    labels
}

fn identity(resource: &Resource) -> Vec<(String, String)> {
    let text = |key| find(&resource.attributes, key).map(values::to_text);
    let mut labels = Vec::new();
    if let Some(name) = text("service.name") {
        let job = match text("service.namespace") {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name,
        };
        labels.push(("job".to_owned(), job));
    }
    if let Some(instance) = text("service.instance.id") {
        labels.push(("instance".to_owned(), instance));
    }
    labels
}

/// Adds `target_info` over the time range of the resource's points.
pub(super) fn push_target_info(out: &mut Decoded, resource: &Resource, times: Times) {
    let Some((first, last)) = times else { return };
    let identity = identity(resource);
    let described: Vec<_> =
        resource.attributes.iter().filter(|(k, _)| !IDENTIFYING.contains(&&**k)).collect();
    if identity.is_empty() || described.is_empty() {
        return;
    }
    let mut labels: Vec<(String, String)> = Vec::new();
    for (key, value) in described {
        merge(&mut labels, label_name(key), values::to_text(value));
    }
    for (name, value) in identity.into_iter().chain([(METRIC_NAME.to_owned(), "target_info".to_owned())]) {
        labels.retain(|(n, _)| *n != name);
        labels.push((name, value));
    }
    for (name, value) in &labels {
        out.batch.push_label(name, value);
    }
    let first = first.0.max(last.0.saturating_sub(INTERVAL_MS * MAX_SAMPLES));
    let mut at = first;
    while at < last.0 {
        out.batch.push_sample(Millis(at), 1.0);
        at += INTERVAL_MS;
    }
    out.batch.push_sample(last, 1.0);
    out.batch.finish_series().expect("merge and retain keep each name once");
}

/// Adds a label; two attributes that become one label are joined with `;`.
pub(super) fn merge(labels: &mut Vec<(String, String)>, name: String, value: String) {
    match labels.iter_mut().find(|(n, _)| *n == name) {
        Some((_, joined)) => {
            joined.push(';');
            joined.push_str(&value);
        }
        None => labels.push((name, value)),
    }
}

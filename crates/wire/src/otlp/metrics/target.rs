//! What a resource gives to all its series, and the series that keeps the rest of it: `target_info`.

use super::Options;
use super::names::label_name;
use super::points::Series;
use crate::error::WireError;
use crate::otlp::attributes::head;
use crate::otlp::values;
use crate::proto::Reader;
use crate::remote_write::Decoded;
use model::attr::find;
use model::{METRIC_NAME, Millis, Resource, Scope, Value};
use std::sync::Arc;

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
    let mut promote = |key: &str, value: &Value| {
        let name = label_name(key, options);
        // What names the target stays.
        if !labels.iter().any(|(known, _)| *known == name) {
            labels.push((name, values::to_text(value)));
        }
    };
    if options.promote_all {
        let ignored = |key: &str| options.ignore_resource_attributes.iter().any(|name| name == key);
        let promoted = resource.attributes.iter().filter(|(key, _)| !ignored(key));
        promoted.for_each(|(key, value)| promote(key, value));
    }
    for key in &options.promote_resource_attributes {
        if let Some(value) = find(&resource.attributes, key) {
            promote(key, value);
        }
    }
    labels
}

/// Adds what `scope_metrics` says of its scope to the labels of all series.
pub(super) fn scope_labels<'a>(
    series: &mut Series<'_, 'a>,
    scope_metrics: &Reader<'a>,
) -> Result<(), WireError> {
    let scope = match head(scope_metrics, 1)? {
        Some(scope) => series.texts.scope(scope)?,
        None => Scope::default(),
    };
    let mut schema_url = "";
    let mut fields = scope_metrics.clone();
    while let Some(field) = fields.field()? {
        if field.number == 3 {
            schema_url = field.text()?;
        }
    }
    for (name, value) in [("name", &*scope.name), ("version", &*scope.version), ("schema_url", schema_url)] {
        series.shared.push((format!("otel_scope_{name}"), value.to_owned()));
    }
    for (key, value) in &scope.attributes {
        let name = label_name(&format!("otel_scope_{key}"), series.options);
        series.shared.push((name, values::to_text(value)));
    }
    // An empty label is no label.
    series.shared.retain(|(_, value)| !value.is_empty());
    Ok(())
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
pub(super) fn push_target_info(out: &mut Decoded, resource: &Resource, times: Times, options: &Options) {
    let Some((first, last)) = times else { return };
    let identity = identity(resource);
    let described: Vec<_> =
        resource.attributes.iter().filter(|(k, _)| !IDENTIFYING.contains(&&**k)).collect();
    if identity.is_empty() || (described.is_empty() && !options.keep_identifying) {
        return;
    }
    let kept = resource
        .attributes
        .iter()
        .filter(|(key, _)| options.keep_identifying && IDENTIFYING.contains(&&**key));
    let mut labels = labels_of(described.into_iter().chain(kept), options);
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
    out.batch.finish_series().expect("labels_of and retain keep each name once");
}

/// The labels of attributes, by name; attributes that become one label are joined with `;` in their order.
pub(super) fn labels_of<'a>(
    attributes: impl Iterator<Item = &'a (Arc<str>, Value)>,
    options: &Options,
) -> Vec<(String, String)> {
    let mut labels: Vec<_> =
        attributes.map(|(key, value)| (label_name(key, options), values::to_text(value))).collect();
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    labels.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1.push(';');
            first.1.push_str(&later.1);
        }
        same
    });
    labels
}

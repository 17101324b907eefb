//! Log records as streams of lines.
//!
//! Resource attributes that identify a workload become stream labels; all other attributes of resource, scope and record
//! become structured metadata, nested maps flattened with `_`. The body is the line. Time is the record's own, else when
//! it was observed, else now.
//! Source: <https://grafana.com/docs/loki/latest/send-data/otel/>

use super::attributes::{Interner, head};
use super::{Encoding, MAX_VALUE_DEPTH, schema, values};
use crate::encoding::to_hex;
use crate::error::WireError;
use crate::loki_push::{Pairs, push_pair};
use crate::names::to_label_name;
use crate::proto::Reader;
use bytes::Bytes;
use model::{Labels, LogBatch, LogEntry, Nanos, Resource, Scope, StreamEntries, Value};
use std::sync::Arc;

/// Resource attributes that become stream labels.
pub const INDEX_ATTRIBUTES: [&str; 18] = [
    "cloud.availability_zone",
    "cloud.region",
    "container.name",
    "deployment.environment",
    "deployment.environment.name",
    "k8s.cluster.name",
    "k8s.container.name",
    "k8s.cronjob.name",
    "k8s.daemonset.name",
    "k8s.deployment.name",
    "k8s.job.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.replicaset.name",
    "k8s.statefulset.name",
    "service.instance.id",
    "service.name",
    "service.namespace",
];

/// Reads an `ExportLogsServiceRequest`. Records without any time get `now`.
pub fn decode(body: &[u8], encoding: Encoding, now: Nanos) -> Result<LogBatch, WireError> {
    let bytes = encoding.to_protobuf(body, &schema::LOGS)?;
    let mut texts = Interner::default();
    let mut batch = LogBatch::default();
    let mut request = Reader::new(&bytes);
    while let Some(field) = request.field()? {
        if field.number == 1 {
            batch.streams.push(resource_logs(&mut texts, field.message()?, now)?);
        }
    }
    Ok(batch)
}

fn resource_logs<'a>(
    texts: &mut Interner<'a>,
    mut message: Reader<'a>,
    now: Nanos,
) -> Result<StreamEntries, WireError> {
    let resource = match head(&message, 1)? {
        Some(resource) => texts.resource(resource)?,
        None => Resource::default(),
    };
    let (labels, shared) = split_resource(&resource);
    let mut entries = Vec::new();
    while let Some(field) = message.field()? {
        if field.number == 2 {
            scope_logs(texts, &mut entries, field.message()?, &shared, now)?;
        }
    }
    Ok(StreamEntries { labels, entries })
}

/// Stream labels, and what else the resource says.
fn split_resource(resource: &Resource) -> (Labels, Pairs) {
    let mut labels = Vec::new();
    let mut rest = Pairs::new();
    for (key, value) in &resource.attributes {
        if INDEX_ATTRIBUTES.contains(&&**key) {
            labels.push((to_label_name(key), values::to_text(value)));
        } else {
            flatten(&mut rest, key, value, 0);
        }
    }
    push_count(&mut rest, "resource_dropped_attributes_count", resource.dropped_attributes);
    (Labels::from_pairs(labels), rest)
}

/// Adds an attribute as metadata; maps become one pair a leaf.
fn flatten(pairs: &mut Pairs, key: &str, value: &Value, depth: usize) {
    match value {
        Value::Map(members) if depth < MAX_VALUE_DEPTH => {
            for (member, value) in members {
                flatten(pairs, &format!("{key}_{member}"), value, depth + 1);
            }
        }
        _ => push_text(pairs, key, &values::to_text(value)),
    }
}

fn push_text(pairs: &mut Pairs, key: &str, text: &str) {
    if !text.is_empty() {
        push_pair(pairs, key, text);
    }
}

fn push_count(pairs: &mut Pairs, key: &str, count: u32) {
    if count != 0 {
        push_pair(pairs, key, &count.to_string());
    }
}

fn scope_logs<'a>(
    texts: &mut Interner<'a>,
    entries: &mut Vec<LogEntry>,
    mut message: Reader<'a>,
    resource: &Pairs,
    now: Nanos,
) -> Result<(), WireError> {
    let scope = match head(&message, 1)? {
        Some(scope) => texts.scope(scope)?,
        None => Scope::default(),
    };
    let mut shared = resource.clone();
    for (key, value) in &scope.attributes {
        flatten(&mut shared, key, value, 0);
    }
    push_text(&mut shared, "scope_name", &scope.name);
    push_text(&mut shared, "scope_version", &scope.version);
    push_count(&mut shared, "scope_dropped_attributes_count", scope.dropped_attributes);
    while let Some(field) = message.field()? {
        if field.number == 2 {
            entries.push(record(texts, field.message()?, &shared, now)?);
        }
    }
    Ok(())
}

fn record<'a>(
    texts: &mut Interner<'a>,
    mut message: Reader<'a>,
    shared: &Pairs,
    now: Nanos,
) -> Result<LogEntry, WireError> {
    let (mut at, mut observed) = (0u64, 0u64);
    let mut line = Bytes::new();
    let mut pairs = Pairs::new();
    while let Some(field) = message.field()? {
        match field.number {
            1 => at = field.fixed64()?,
            2 => push_count(&mut pairs, "severity_number", field.uint()? as u32),
            3 => push_text(&mut pairs, "severity_text", field.text()?),
            5 => line = Bytes::from(values::to_text(&texts.value(field.message()?, 0)?)),
            6 => {
                let (key, value) = texts.key_value(field.message()?, 0)?;
                flatten(&mut pairs, &key, &value, 0);
            }
            7 => push_count(&mut pairs, "dropped_attributes_count", field.uint()? as u32),
            8 => push_count(&mut pairs, "flags", field.fixed32()?),
            9 => push_text(&mut pairs, "trace_id", &to_hex(field.bytes()?)),
            10 => push_text(&mut pairs, "span_id", &to_hex(field.bytes()?)),
            11 => observed = field.fixed64()?,
            12 => push_text(&mut pairs, "event_name", field.text()?),
            _ => {}
        }
    }
    if observed != 0 && at != 0 {
        push_pair(&mut pairs, "observed_timestamp", &observed.to_string());
    }
    pairs.extend_from_slice(shared);
    let at = match (at, observed) {
        (0, 0) => now,
        (0, observed) => Nanos(i64::try_from(observed).unwrap_or(i64::MAX)),
        (at, _) => Nanos(i64::try_from(at).unwrap_or(i64::MAX)),
    };
    Ok(LogEntry { at, line, metadata: Arc::from(pairs) })
}

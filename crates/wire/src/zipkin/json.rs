//! JSON of both versions: a list of spans.

use super::first::FirstSpan;
use super::{Endpoint, ZipkinSpan, batch, span_id, trace_id};
use crate::error::WireError;
use model::{SpanBatch, SpanKind, Value};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Second {
    trace_id: String,
    id: String,
    parent_id: Option<String>,
    name: Option<String>,
    kind: Option<String>,
    timestamp: Option<u64>,
    duration: Option<u64>,
    local_endpoint: Option<JsonEndpoint>,
    remote_endpoint: Option<JsonEndpoint>,
    annotations: Option<Vec<JsonAnnotation>>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsonEndpoint {
    service_name: Option<String>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    port: Option<u16>,
}

#[derive(Deserialize)]
struct JsonAnnotation {
    timestamp: u64,
    value: String,
    endpoint: Option<JsonEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct First {
    trace_id: String,
    id: String,
    parent_id: Option<String>,
    name: Option<String>,
    timestamp: Option<u64>,
    duration: Option<u64>,
    annotations: Option<Vec<JsonAnnotation>>,
    binary_annotations: Option<Vec<JsonBinary>>,
}

#[derive(Deserialize)]
struct JsonBinary {
    key: String,
    value: serde_json::Value,
    endpoint: Option<JsonEndpoint>,
}

fn endpoint(read: Option<JsonEndpoint>) -> Endpoint {
    let Some(read) = read else { return Endpoint::default() };
    // An address that is none is left out, as the replaced receivers do.
    let address = [read.ipv4, read.ipv6].into_iter().flatten().find_map(|text| text.parse().ok());
    Endpoint { service: read.service_name.unwrap_or_default(), address, port: read.port.unwrap_or(0) }
}

fn wrong(error: &serde_json::Error) -> WireError {
    WireError::Json(error.to_string())
}

/// Reads the body of `POST /api/v2/spans`.
pub fn second(body: &[u8]) -> Result<SpanBatch, WireError> {
    let read: Vec<Second> = serde_json::from_slice(body).map_err(|e| wrong(&e))?;
    batch(read.into_iter().map(of_second).collect::<Result<_, _>>()?)
}

fn of_second(read: Second) -> Result<ZipkinSpan, WireError> {
    let kind = match read.kind.as_deref().unwrap_or("") {
        "CLIENT" => SpanKind::Client,
        "SERVER" => SpanKind::Server,
        "PRODUCER" => SpanKind::Producer,
        "CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    };
    let annotations = read.annotations.unwrap_or_default().into_iter().map(|a| (a.timestamp, a.value));
    let tags = read.tags.unwrap_or_default().into_iter();
    Ok(ZipkinSpan {
        trace_id: trace_id(&read.trace_id)?,
        span_id: span_id(&read.id)?,
        parent: read
            .parent_id
            .filter(|id| !id.is_empty())
            .map(|id| span_id(&id))
            .transpose()?
            .unwrap_or_default(),
        name: read.name.unwrap_or_default(),
        kind,
        timestamp: read.timestamp.unwrap_or(0),
        duration: read.duration.unwrap_or(0),
        local: endpoint(read.local_endpoint),
        remote: endpoint(read.remote_endpoint),
        annotations: annotations.collect(),
        tags: tags.map(|(key, value)| (Arc::from(key), Value::from(value.as_str()))).collect(),
    })
}

/// Reads the body of `POST /api/v1/spans`.
pub fn first(body: &[u8]) -> Result<SpanBatch, WireError> {
    let read: Vec<First> = serde_json::from_slice(body).map_err(|e| wrong(&e))?;
    let mut spans = Vec::with_capacity(read.len().min(body.len()));
    for span in read {
        let mut first = FirstSpan {
            trace_id: trace_id(&span.trace_id)?,
            span_id: span_id(&span.id)?,
            parent: match span.parent_id.filter(|id| !id.is_empty()) {
                Some(id) => span_id(&id)?,
                None => model::SpanId::default(),
            },
            name: span.name.unwrap_or_default(),
            timestamp: span.timestamp.unwrap_or(0),
            duration: span.duration.unwrap_or(0),
            ..FirstSpan::default()
        };
        for annotation in span.annotations.unwrap_or_default() {
            let JsonAnnotation { timestamp, value, endpoint: end } = annotation;
            first.annotations.push((timestamp, value, endpoint(end)));
        }
        for binary in span.binary_annotations.unwrap_or_default() {
            let value = match binary.value {
                serde_json::Value::Bool(flag) => Value::Bool(flag),
                serde_json::Value::String(text) => Value::from(text.as_str()),
                serde_json::Value::Number(number) => match number.as_i64() {
                    Some(int) => Value::Int(int),
                    None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
                },
                other => Value::from(other.to_string().as_str()),
            };
            first.binary.push((binary.key, value, endpoint(binary.endpoint)));
        }
        spans.push(first.second());
    }
    batch(spans)
}

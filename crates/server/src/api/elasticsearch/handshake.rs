//! What senders ask before they send: whom they speak to, and whether their templates and policies are there.
//!
//! A setting of an index has no meaning here, so every one is there already and any change is acknowledged.

use crate::respond;
use crate::state::State;
use axum::extract;
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

/// The version whose API this is. Senders of newer versions refuse to speak to older servers, those of older versions ask
/// only for the major one.
const VERSION: &str = "8.17.0";

/// Names the one cluster that there is: senders only compare it.
const CLUSTER: &str = "b3JpZWwtb25lLWNsdXN0ZXI";

fn answer(body: &Value) -> Response {
    respond::json(body.to_string())
}

/// `GET /`
pub(super) async fn root() -> Response {
    answer(&json!({
        "name": "oriel",
        "cluster_name": "oriel",
        "cluster_uuid": CLUSTER,
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "docker",
            "build_hash": "0000000000000000000000000000000000000000",
            "build_date": "2024-12-11T12:08:05.663969764Z",
            "build_snapshot": false,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }))
}

fn active() -> Value {
    // The end of the year 9999: a licence that nobody has to renew.
    json!({ "uid": CLUSTER, "type": "basic", "mode": "basic", "status": "active", "expiry_date_in_millis": 253_402_300_799_000i64 })
}

/// `GET /_license`
pub(super) async fn license() -> Response {
    answer(&json!({ "license": active() }))
}

/// `GET /_xpack`: every feature that senders ask for, each off but lifecycles, which are acknowledged.
pub(super) async fn xpack() -> Response {
    let off = json!({ "available": false, "enabled": false });
    answer(&json!({
        "build": { "hash": "0000000000000000000000000000000000000000", "date": "2024-12-11T12:08:05.663Z" },
        "license": active(),
        "features": {
            "ilm": { "available": true, "enabled": true },
            "ml": off.clone(), "monitoring": off.clone(), "security": off.clone(), "watcher": off,
        },
        "tagline": "You know, for X",
    }))
}

/// `GET /_cluster/health`
pub(super) async fn health(extract::State(state): extract::State<Arc<State>>) -> Response {
    let status = if state.is_ready() { "green" } else { "red" };
    answer(&json!({
        "cluster_name": "oriel", "status": status, "timed_out": false, "number_of_nodes": 1,
        "number_of_data_nodes": 1, "active_primary_shards": 1, "active_shards": 1, "relocating_shards": 0,
        "initializing_shards": 0, "unassigned_shards": 0, "active_shards_percent_as_number": 100.0,
    }))
}

/// `GET /_nodes/..`: one that has no address to go to instead of this.
pub(super) async fn nodes() -> Response {
    answer(&json!({
        "_nodes": { "total": 1, "successful": 1, "failed": 0 },
        "cluster_name": "oriel",
        "nodes": { "oriel": { "name": "oriel", "version": VERSION, "roles": ["data", "ingest", "master"] } },
    }))
}

/// Templates, policies, pipelines: there already, and any change is fine.
pub(super) async fn settings(method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return made().await;
    }
    let mut segments = uri.path().rsplit('/');
    let name = segments.next().unwrap_or("").to_owned();
    match segments.next().unwrap_or("") {
        "_index_template" => answer(
            &json!({ "index_templates": [{ "name": name, "index_template": { "index_patterns": [], "template": {}, "data_stream": {} } }] }),
        ),
        "_component_template" => answer(
            &json!({ "component_templates": [{ "name": name, "component_template": { "template": {} } }] }),
        ),
        "_data_stream" => answer(
            &json!({ "data_streams": [{ "name": name, "timestamp_field": { "name": "@timestamp" }, "indices": [], "status": "GREEN" }] }),
        ),
        _ => answer(&json!({ name: {} })),
    }
}

/// `GET /{index}`
pub(super) async fn index(extract::Path(index): extract::Path<String>) -> Response {
    match index.starts_with('_') {
        // A call that is not known must not look as if it were answered.
        true => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        false => answer(&json!({ index: { "aliases": {}, "mappings": {}, "settings": {} } })),
    }
}

/// Done, as far as there was anything to do.
pub(super) async fn made() -> Response {
    answer(&json!({ "acknowledged": true }))
}

//! `/api/datasources`: this server is three data sources, and their proxies are its own APIs.

use super::{ApiError, answer};
use crate::api::{loki, prometheus, tempo};
use crate::state::State;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// Number, uid, name and type of each.
const SOURCES: [(u32, &str, &str, &str); 3] = [
    (1, "oriel-metrics", "Oriel metrics", "prometheus"),
    (2, "oriel-logs", "Oriel logs", "loki"),
    (3, "oriel-traces", "Oriel traces", "tempo"),
];

fn shown(&(id, uid, name, kind): &(u32, &str, &str, &str)) -> Value {
    json!({
        "id": id, "uid": uid, "orgId": 1, "name": name, "type": kind, "typeName": kind, "access": "proxy",
        "url": format!("/api/datasources/proxy/uid/{uid}"), "isDefault": id == 1, "readOnly": true,
        "basicAuth": false, "jsonData": {}, "user": "", "database": "",
    })
}

pub(super) async fn list() -> Response {
    answer(&SOURCES.iter().map(shown).collect())
}

pub(super) async fn by_uid(Path(uid): Path<String>) -> Result<Response, ApiError> {
    one(|source| source.1 == uid || source.0.to_string() == uid)
}

pub(super) async fn by_name(Path(name): Path<String>) -> Result<Response, ApiError> {
    one(|source| source.2 == name)
}

fn one(is_it: impl Fn(&(u32, &str, &str, &str)) -> bool) -> Result<Response, ApiError> {
    let found = SOURCES.iter().find(|source| is_it(source));
    Ok(answer(&shown(found.ok_or_else(|| ApiError::not_found("Data source"))?)))
}

pub(super) async fn health(Path(uid): Path<String>) -> Result<Response, ApiError> {
    one(|source| source.1 == uid)?;
    Ok(answer(&json!({ "status": "OK", "message": "Successfully queried the data source." })))
}

/// The APIs of the three signals under the paths that clients of data source proxies use.
pub(super) fn proxies(state: Arc<State>) -> Router {
    let mut router = Router::new();
    for (id, uid, _, kind) in SOURCES {
        let api = match kind {
            "prometheus" => prometheus::api_routes(state.clone()),
            "loki" => loki::api_routes(state.clone()),
            _ => tempo::api_routes(state.clone()),
        };
        router = router
            .nest(&format!("/api/datasources/proxy/uid/{uid}"), api.clone())
            .nest(&format!("/api/datasources/proxy/{id}"), api.clone())
            .nest(&format!("/api/datasources/uid/{uid}/resources"), api);
    }
    router
}

//! `/api/playlists`: dashboards to be shown one after the other. They are kept for the tools that declare them; no page plays them.

use super::dashboards::{Answer, Shared, check_uid, fresh_uid, number, shelf};
use super::input::{Path, read_json};
use super::shelf::Record;
use super::{ApiError, answer, tenant};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::HeaderMap;
use model::Tenant;
use query::duration;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

pub(super) const COLLECTION: &str = "playlists";
/// Names and uids of a few hundred dashboards.
const MAX_BODY_BYTES: u64 = 1 << 20;
const MAX_ITEMS: usize = 1_000;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/playlists", get(list).post(create))
        .route("/api/playlists/{uid}", get(read).put(update).delete(delete))
        .route("/api/playlists/{uid}/items", get(items))
}

fn shown(uid: &str, one: &Value) -> Value {
    json!({ "id": number(uid), "uid": uid, "name": one["name"], "interval": one["interval"], "items": one["items"] })
}

/// What is kept of a body: a name, how long each is shown, and what is shown, in its order.
fn written(asked: &Value) -> Result<Value, ApiError> {
    let name = asked["name"].as_str().unwrap_or("").trim();
    let interval = asked["interval"].as_str().unwrap_or("");
    if name.is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    if duration::parse(interval).is_err() {
        return Err(ApiError::bad(format!("interval is {interval:?}, expected a duration such as 5m")));
    }
    let given = asked["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if given.len() > MAX_ITEMS {
        return Err(ApiError::bad(format!("a playlist has at most {MAX_ITEMS} items")));
    }
    let mut items = Vec::new();
    for (at, item) in given.iter().enumerate() {
        let kind = item["type"].as_str().unwrap_or("");
        if !matches!(kind, "dashboard_by_uid" | "dashboard_by_id" | "dashboard_by_tag") {
            let known = "dashboard_by_uid, dashboard_by_id or dashboard_by_tag";
            return Err(ApiError::bad(format!("item {at} is of type {kind:?}, expected {known}")));
        }
        let order = item["order"].as_u64().unwrap_or(at as u64 + 1);
        let (value, title) = (item["value"].as_str().unwrap_or(""), item["title"].as_str().unwrap_or(""));
        items.push(json!({ "type": kind, "value": value, "title": title, "order": order }));
    }
    items.sort_by_key(|item| item["order"].as_u64());
    Ok(json!({ "name": name, "interval": interval, "items": items }))
}

async fn list(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let words = params.get("query").to_lowercase();
    let name = |one: &Record| one.value["name"].as_str().unwrap_or("").to_lowercase();
    let mut found = shelf(&state)?.records(&tenant, COLLECTION).await?;
    found.retain(|one| name(one).contains(&words));
    found.sort_by_cached_key(name);
    let most = params.get("limit").parse().unwrap_or(usize::MAX);
    Ok(answer(&found.iter().take(most).map(|one| shown(&one.name, &one.value)).collect()))
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let wanted = asked["uid"].as_str().unwrap_or("");
    check_uid(wanted)?;
    let uid = if wanted.is_empty() { fresh_uid() } else { wanted.to_owned() };
    let one = written(&asked)?;
    match shelf(&state)?.put_record(&tenant, COLLECTION, &uid, Some(0), &one).await {
        Err(StoreError::Conflict(_)) => return Err(ApiError::bad("a playlist with that uid already exists")),
        stored => stored?,
    };
    Ok(answer(&shown(&uid, &one)))
}

async fn find(state: &State, tenant: &Tenant, uid: &str) -> Result<(u64, Value), ApiError> {
    let found = shelf(state)?.record(tenant, COLLECTION, uid).await?;
    found.ok_or_else(|| ApiError::not_found("Playlist"))
}

async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    Ok(answer(&shown(&uid, &find(&state, &tenant, &uid).await?.1)))
}

async fn items(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    Ok(answer(&find(&state, &tenant, &uid).await?.1["items"]))
}

async fn update(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let (version, _) = find(&state, &tenant, &uid).await?;
    let one = written(&asked)?;
    match shelf(&state)?.put_record(&tenant, COLLECTION, &uid, Some(version), &one).await {
        Err(StoreError::Conflict(_)) => return Err(ApiError::mismatch("playlist")),
        stored => stored?,
    };
    Ok(answer(&shown(&uid, &one)))
}

async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    find(&state, &tenant, &uid).await?;
    shelf(&state)?.drop_record(&tenant, COLLECTION, &uid).await?;
    Ok(answer(&json!({})))
}

//! `/api/snapshots`: a dashboard with the data it showed, under a key that one hands on; it may end by itself.
//!
//! What a list shows is a record in memory; the dashboard with its data, which may be megabytes, is a document beside it.

use super::dashboards::{Answer, Shared, number, shelf, utc};
use super::input::{Login, Page, Path};
use super::shelf::Record;
use super::short_urls::root_of;
use super::{ApiError, Shelf, answer, shape, slice, tenant};
use crate::body;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use stdx::Rng;
use store::StoreError;
use store::documents::MAX_DOCUMENT_BYTES;

pub(in crate::api::grafana) const COLLECTION: &str = "snapshots";
/// The dashboards themselves, under the same keys.
const DATA: &str = "snapshot-data";
const MAX_SNAPSHOTS: usize = 1_000;
const PAGE: usize = 1_000;
/// Letters of a key: nobody guesses one.
const KEY_CHARS: usize = 32;

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/snapshots", post(create))
        .route("/api/snapshots/{key}", get(read).delete(delete))
        .route("/api/snapshots-delete/{key}", get(delete_by_secret))
        .route("/api/snapshot/shared-options", get(shared_options))
        .route("/api/dashboard/snapshots", get(list))
}

fn fresh_key() -> String {
    let mut rng = Rng::from_entropy();
    let mut digit = || char::from_digit(u32::try_from(rng.below(36)).unwrap_or(0), 36);
    (0..KEY_CHARS).filter_map(|_| digit()).collect()
}

/// When it ends, nanoseconds; `None`: never.
fn ends(record: &Record) -> Option<i64> {
    record.value["expires"].as_i64()
}

/// Those that are not over; what is over goes.
async fn live(state: &State, shelf: &Shelf, tenant: &Tenant) -> Result<Vec<Record>, StoreError> {
    let now = state.clock.now_nanos();
    let (live, over): (Vec<_>, Vec<_>) = shelf
        .records(tenant, COLLECTION)
        .await?
        .into_iter()
        .partition(|one| ends(one).is_none_or(|ends| ends > now));
    for one in over {
        forget(shelf, tenant, &one.name).await?;
    }
    Ok(live)
}

/// The record goes last: one without it is found by nobody.
async fn forget(shelf: &Shelf, tenant: &Tenant, key: &str) -> Result<(), StoreError> {
    shelf.drop_record(tenant, DATA, key).await?;
    shelf.drop_record(tenant, COLLECTION, key).await.map(drop)
}

fn times(record: &Record) -> (String, String) {
    // A century is what clients take for never.
    let never = || "2200-01-01T00:00:00Z".to_owned();
    (utc(record.value["created"].as_i64().unwrap_or(0)), ends(record).map_or_else(never, utc))
}

fn shown(record: &Record) -> Value {
    let (created, expires) = times(record);
    json!({
        "id": number(&record.name), "name": record.value["name"], "key": record.name, "orgId": 1, "userId": 1, "external": false,
        "externalUrl": "", "expires": expires, "created": created, "updated": created,
    })
}

async fn create(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let body = body::read(body, MAX_DOCUMENT_BYTES as u64).await?;
    let asked: Value = serde_json::from_slice(&body)?;
    let text = slice::member(std::str::from_utf8(&body).unwrap_or(""), "dashboard");
    let Some(text) = text.filter(|_| asked["dashboard"].is_object()) else {
        return Err(ApiError::bad("bad request data: `dashboard` is missing"));
    };
    if asked["external"] == true {
        return Err(ApiError::of(StatusCode::FORBIDDEN, "External dashboard creation is disabled"));
    }
    let shelf = shelf(&state)?;
    if live(&state, shelf, &tenant).await?.len() >= MAX_SNAPSHOTS {
        return Err(ApiError::bad(format!("there are {MAX_SNAPSHOTS} snapshots already: delete some first")));
    }
    let now = state.clock.now_nanos();
    let seconds = asked["expires"].as_i64().filter(|seconds| *seconds > 0);
    let named = [asked["name"].as_str().unwrap_or("").trim(), shape::title(&asked["dashboard"])];
    let (key, secret) = (fresh_key(), fresh_key());
    let record = json!({
        "name": named.into_iter().find(|name| !name.is_empty()).unwrap_or("Unnamed snapshot"), "deleteKey": secret,
        "created": now, "by": login, "expires": seconds.map(|seconds| now.saturating_add(seconds.saturating_mul(1_000_000_000))),
    });
    shelf.put_text(&tenant, DATA, &key, text).await?;
    shelf.put_record(&tenant, COLLECTION, &key, Some(0), &record).await?;
    let root = root_of(&parts.headers);
    Ok(answer(&json!({
        "id": number(&key), "key": key, "url": format!("{root}/dashboard/snapshot/{key}"), "deleteKey": secret,
        "deleteUrl": format!("{root}/api/snapshots-delete/{secret}"),
    })))
}

async fn list(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let words = params.get("query").to_lowercase();
    let mut found = live(&state, shelf(&state)?, &tenant).await?;
    found.retain(|one| one.value["name"].as_str().unwrap_or("").to_lowercase().contains(&words));
    found.sort_by_key(|one| std::cmp::Reverse(one.value["created"].as_i64()));
    Ok(answer(&Page::of(&params, "limit", PAGE).cut(&found).map(shown).collect()))
}

async fn find(state: &State, tenant: &Tenant, is_it: impl Fn(&Record) -> bool) -> Result<Record, ApiError> {
    let found = live(state, shelf(state)?, tenant).await?.into_iter().find(is_it);
    found.ok_or_else(|| ApiError::not_found("Dashboard snapshot"))
}

/// The dashboard as it was sent, to the byte.
async fn read(state: Shared, Path(key): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let record = find(&state, &tenant, |one| one.name == key).await?;
    let text = shelf(&state)?.text(&tenant, DATA, &key).await?;
    let text = text.ok_or_else(|| ApiError::not_found("Dashboard snapshot"))?;
    let (created, expires) = times(&record);
    let meta = json!({
        "type": "snapshot", "isSnapshot": true, "canSave": false, "canEdit": false, "canAdmin": false, "canStar": false,
        "canDelete": false, "slug": "", "url": format!("/dashboard/snapshot/{key}"), "created": created, "updated": created,
        "expires": expires, "createdBy": record.value["by"], "updatedBy": record.value["by"], "version": 0, "folderId": 0,
        "hasAcl": false, "isFolder": false, "isStarred": false, "name": record.value["name"],
    });
    Ok(respond::json(format!("{{\"meta\":{meta},\"dashboard\":{text}}}")))
}

async fn take_away(state: &State, tenant: &Tenant, record: &Record) -> Answer {
    forget(shelf(state)?, tenant, &record.name).await?;
    Ok(answer(&json!({
        "message": "Snapshot deleted. It might take an hour before it's cleared from any CDN caches.",
        "id": number(&record.name),
    })))
}

async fn delete(state: Shared, Path(key): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let record = find(&state, &tenant, |one| one.name == key).await?;
    take_away(&state, &tenant, &record).await
}

/// Who made it got a second key, which needs no role.
async fn delete_by_secret(state: Shared, Path(secret): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let record = find(&state, &tenant, |one| one.value["deleteKey"] == secret).await?;
    take_away(&state, &tenant, &record).await
}

/// Whether snapshots may be sent to a server of somebody else: they stay here.
async fn shared_options() -> Response {
    answer(&json!({ "externalSnapshotURL": "", "externalSnapshotName": "", "externalEnabled": false }))
}

//! `/api/library-elements`: panels that stand on many dashboards. A dashboard names one by its uid; the panel itself is here.

use super::dashboards::{Answer, Shared, check_uid, fresh_uid, number, shelf, utc};
use super::input::{Page, Path, read_json};
use super::shelf::Record;
use super::{ApiError, Shelf, answer, tenant};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

const COLLECTION: &str = "library";
/// A panel with many queries and overrides.
const MAX_BODY_BYTES: u64 = 4 << 20;
/// Elements of a page when nobody says how many.
const PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/library-elements", get(list).post(create))
        .route("/api/library-elements/{uid}", get(read).patch(update).delete(delete))
        .route("/api/library-elements/{uid}/connections", get(connections))
        .route("/api/library-elements/{uid}/connections/", get(connections))
        .route("/api/library-elements/name/{name}", get(by_name))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// Uids of the elements that stand in one of the folders.
pub(super) async fn in_folders(
    shelf: &Shelf,
    tenant: &Tenant,
    folders: &[String],
) -> Result<Vec<String>, StoreError> {
    let all = shelf.records(tenant, COLLECTION).await?.into_iter();
    let is_in = |one: &Record| folders.iter().any(|folder| folder == text(&one.value, "folderUid"));
    Ok(all.filter(is_in).map(|one| one.name).collect())
}

/// Drops an element.
pub(super) async fn forget(shelf: &Shelf, tenant: &Tenant, uid: &str) -> Result<(), StoreError> {
    shelf.drop_record(tenant, COLLECTION, uid).await.map(drop)
}

/// Uids of the dashboards that show it.
pub(super) async fn users(shelf: &Shelf, tenant: &Tenant, uid: &str) -> Result<Vec<String>, StoreError> {
    let all = shelf.dashboards(tenant).await?.into_iter();
    Ok(all.filter(|(_, one)| one.libraries.iter().any(|own| own == uid)).map(|(uid, _)| uid).collect())
}

async fn shown(shelf: &Shelf, tenant: &Tenant, record: &Record) -> Result<Value, StoreError> {
    let (uid, one) = (record.name.as_str(), &record.value);
    let folder = text(one, "folderUid");
    let folder_name = match shelf.folder(tenant, folder).await {
        Ok(Some((_, json))) if !folder.is_empty() => text(&json, "title").to_owned(),
        // No folder, or one that cannot be read now: the panel is worth more than its folder's name.
        _ => "General".to_owned(),
    };
    let who = json!({ "id": 1, "name": "admin", "avatarUrl": "" });
    let at = |name: &str| utc(one[name].as_i64().unwrap_or(0));
    Ok(json!({
        "id": number(uid), "orgId": 1, "folderId": if folder.is_empty() { 0 } else { number(folder) },
        "folderUid": folder, "uid": uid, "name": text(one, "name"), "kind": one["kind"], "type": one["model"]["type"],
        "description": one["model"]["description"].as_str().unwrap_or(""), "model": one["model"],
        "version": record.version,
        "meta": {
            "folderName": folder_name, "folderUid": folder, "created": at("created"), "updated": at("updated"),
            "connectedDashboards": users(shelf, tenant, uid).await?.len(), "createdBy": who, "updatedBy": who,
        },
    }))
}

async fn list(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let shelf = shelf(&state)?;
    let words = params.get("searchString").to_lowercase();
    let one_of = |name: &str, value: &str| {
        let mut asked =
            params.all(name).flat_map(|list| list.split(',')).filter(|one| !one.is_empty()).peekable();
        asked.peek().is_none() || asked.any(|one| one == value || (one == "general" && value.is_empty()))
    };
    let mut found = shelf.records(&tenant, COLLECTION).await?;
    found.retain(|one| {
        text(&one.value, "name").to_lowercase().contains(&words)
            && one.name != params.get("excludeUid")
            && one_of("typeFilter", one.value["model"]["type"].as_str().unwrap_or(""))
            && one_of("folderFilterUIDs", text(&one.value, "folderUid"))
            && one_of("kind", &one.value["kind"].to_string())
    });
    found.sort_by_cached_key(|one| text(&one.value, "name").to_lowercase());
    if params.get("sortDirection") == "alpha-desc" {
        found.reverse();
    }
    let page = Page::of(&params, "perPage", PAGE);
    let mut elements = Vec::new();
    for one in page.cut(&found) {
        elements.push(shown(shelf, &tenant, one).await?);
    }
    Ok(answer(&json!({
        "result": { "totalCount": found.len(), "elements": elements, "page": page.number, "perPage": page.size },
    })))
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    if text(&asked, "name").trim().is_empty() || !asked["model"].is_object() {
        return Err(ApiError::bad("bad request data: expected a name and a model"));
    }
    check_uid(text(&asked, "uid"))?;
    let uid = Some(text(&asked, "uid")).filter(|uid| !uid.is_empty()).map_or_else(fresh_uid, str::to_owned);
    let now = state.clock.now_nanos();
    let (name, folder) = (text(&asked, "name").trim(), text(&asked, "folderUid"));
    let shelf = shelf(&state)?;
    if is_taken(shelf, &tenant, (name, folder), &uid).await? {
        return Err(taken());
    }
    let one = json!({
        "name": name, "kind": asked["kind"].as_u64().unwrap_or(1), "model": asked["model"],
        "folderUid": folder, "created": now, "updated": now,
    });
    let version = match shelf.put_record(&tenant, COLLECTION, &uid, Some(0), &one).await {
        Err(StoreError::Conflict(_)) => return Err(taken()),
        written => written?,
    };
    let record = Record { name: uid, version, value: Arc::new(one) };
    Ok(answer(&json!({ "result": shown(shelf, &tenant, &record).await? })))
}

fn taken() -> ApiError {
    ApiError::bad("library element with that name or UID already exists")
}

/// Whether another element of a folder has the name.
async fn is_taken(
    shelf: &Shelf,
    tenant: &Tenant,
    (name, folder): (&str, &str),
    own: &str,
) -> Result<bool, StoreError> {
    let all = shelf.records(tenant, COLLECTION).await?;
    let is_it = |one: &Record| text(&one.value, "name") == name && text(&one.value, "folderUid") == folder;
    Ok(all.iter().any(|one| one.name != own && is_it(one)))
}

async fn find(state: &State, tenant: &Tenant, uid: &str) -> Result<Record, ApiError> {
    let found = shelf(state)?.record(tenant, COLLECTION, uid).await?;
    let (version, value) =
        found.ok_or_else(|| ApiError::of(StatusCode::NOT_FOUND, "library element could not be found"))?;
    Ok(Record { name: uid.to_owned(), version, value: Arc::new(value) })
}

async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let record = find(&state, &tenant, &uid).await?;
    Ok(answer(&json!({ "result": shown(shelf(&state)?, &tenant, &record).await? })))
}

async fn by_name(state: Shared, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let mut found = Vec::new();
    for one in shelf.records(&tenant, COLLECTION).await?.iter().filter(|one| text(&one.value, "name") == name)
    {
        found.push(shown(shelf, &tenant, one).await?);
    }
    if found.is_empty() {
        return Err(ApiError::of(StatusCode::NOT_FOUND, "library element could not be found"));
    }
    Ok(answer(&json!({ "result": found })))
}

async fn update(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let record = find(&state, &tenant, &uid).await?;
    let changed = || ApiError::mismatch("library element");
    if asked["version"].as_u64().is_some_and(|version| version != record.version) {
        return Err(changed());
    }
    let mut one = Value::clone(&record.value);
    for member in ["name", "model", "folderUid", "kind"] {
        if !asked[member].is_null() {
            one[member] = asked[member].clone();
        }
    }
    one["updated"] = state.clock.now_nanos().into();
    let shelf = shelf(&state)?;
    if is_taken(shelf, &tenant, (text(&one, "name"), text(&one, "folderUid")), &uid).await? {
        return Err(taken());
    }
    let version = match shelf.put_record(&tenant, COLLECTION, &uid, Some(record.version), &one).await {
        Err(StoreError::Conflict(_)) => return Err(changed()),
        written => written?,
    };
    let record = Record { name: uid, version, value: Arc::new(one) };
    Ok(answer(&json!({ "result": shown(shelf, &tenant, &record).await? })))
}

async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    find(&state, &tenant, &uid).await?;
    let shelf = shelf(&state)?;
    if !users(shelf, &tenant, &uid).await?.is_empty() {
        return Err(ApiError::of(StatusCode::FORBIDDEN, "the library element has connections"));
    }
    forget(shelf, &tenant, &uid).await?;
    Ok(answer(&json!({ "message": "Library element deleted", "id": number(&uid) })))
}

async fn connections(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    find(&state, &tenant, &uid).await?;
    let all = users(shelf(&state)?, &tenant, &uid).await?;
    let all = all.iter().map(|one| {
        json!({
            "id": number(one), "kind": 1, "elementId": number(&uid), "connectionId": number(one), "connectionUid": one,
        })
    });
    Ok(answer(&json!({ "result": all.collect::<Vec<_>>() })))
}

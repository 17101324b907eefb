//! `/api/folders`: names above dashboards; a folder may stand in another.

use super::dashboards::{check_uid, fresh_uid, number, shelf, slug, utc};
use super::input::{ADMIN, Login, Page, Path, read_json};
use super::provisioning::{self, Change};
use super::{ApiError, Shelf, answer, library, permissions, tenant};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

type Shared = extract::State<Arc<State>>;
type Answer = Result<Response, ApiError>;

/// A request about a folder is a name and a few words.
const MAX_BODY_BYTES: u64 = 64 << 10;
/// Folders within folders: more is a ring.
const MAX_DEPTH: usize = 32;
/// Folders of one page when none are asked for.
const PAGE: usize = 1_000;
/// The folder of everything that is in none.
pub(super) const GENERAL: &str = "general";

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/folders", get(list).post(create))
        .route("/api/folders/{uid}", get(read).put(update).delete(delete))
        .route("/api/folders/{uid}/counts", get(counts))
        .route("/api/folders/{uid}/move", post(move_into))
        .route("/api/folders/id/{id}", get(by_id))
}

fn shown(uid: &str, version: u64, folder: &Value) -> Value {
    let title = folder["title"].as_str().unwrap_or("");
    let at = |name: &str| utc(folder[name].as_i64().unwrap_or(0));
    json!({
        "id": number(uid), "uid": uid, "orgId": 1, "title": title, "url": format!("/dashboards/f/{uid}/{}", slug(title)),
        "parentUid": folder["parentUid"].as_str().unwrap_or(""), "version": version,
        "description": folder["description"].as_str().unwrap_or(""),
        "created": at("created"), "createdBy": author(folder), "updated": at("at"), "updatedBy": by(folder),
        "canSave": true, "canEdit": true, "canAdmin": true, "canDelete": true, "hasAcl": false,
    })
}

/// Who wrote it last; what was stored before that was kept was of the one there was.
pub(super) fn by(folder: &Value) -> &str {
    folder["by"].as_str().unwrap_or(ADMIN)
}

/// Who made it.
pub(super) fn author(folder: &Value) -> &str {
    folder["author"].as_str().unwrap_or_else(|| by(folder))
}

/// Notes who writes a folder, and when.
pub(super) fn stamp(folder: &mut Value, login: &str, now: i64) {
    if !folder["created"].is_i64() {
        folder["created"] = folder["at"].as_i64().unwrap_or(now).into();
        folder["author"] = if folder["at"].is_i64() { by(folder) } else { login }.into();
    }
    folder["at"] = now.into();
    folder["by"] = login.into();
}

/// A folder with the folders around it.
async fn answered(shelf: &Shelf, tenant: &Tenant, (uid, version): (&str, u64), folder: &Value) -> Answer {
    let mut shown = shown(uid, version, folder);
    shown["parents"] = parents(shelf, tenant, folder).await?.into();
    Ok(answer(&shown))
}

/// The folders that stand in the one named by `parentUid`; in none, when it is not named.
async fn list(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let parent = Some(params.get("parentUid")).filter(|uid| *uid != GENERAL).unwrap_or("");
    let mut folders = shelf(&state)?.folders(&tenant).await?;
    folders.retain(|(_, folder)| folder.folder == parent);
    folders.sort_by_cached_key(|(_, folder)| folder.title.to_lowercase());
    let page = Page::of(&params, "limit", PAGE);
    let all = page.cut(&folders).map(|(uid, folder)| {
        json!({ "id": number(uid), "uid": uid, "title": folder.title, "parentUid": folder.folder })
    });
    Ok(answer(&all.collect()))
}

async fn create(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let title = titled(&asked)?;
    let uid = asked["uid"].as_str().filter(|uid| !uid.is_empty()).map_or_else(fresh_uid, str::to_owned);
    let shelf = shelf(&state)?;
    if shelf.folder(&tenant, &uid).await?.is_some() {
        return Err(exists());
    }
    check_uid(&uid)?;
    let parent = asked["parentUid"].as_str().filter(|uid| *uid != GENERAL).unwrap_or("");
    if !parent.is_empty() {
        shelf.folder(&tenant, parent).await?.ok_or_else(|| ApiError::bad("parent folder not found"))?;
    }
    let mut folder = json!({ "title": title, "parentUid": parent, "description": asked["description"] });
    stamp(&mut folder, &login, state.clock.now_nanos());
    let version = match shelf.save_folder(&tenant, &uid, Some(0), &folder).await {
        Err(StoreError::Conflict(_)) => return Err(exists()),
        saved => saved?,
    };
    answered(shelf, &tenant, (&uid, version), &folder).await
}

fn exists() -> ApiError {
    let message = "a folder with the same uid already exists";
    ApiError { word: Some("name-exists"), ..ApiError::of(StatusCode::PRECONDITION_FAILED, message) }
}

fn titled(asked: &Value) -> Result<&str, ApiError> {
    let title = asked["title"].as_str().unwrap_or("").trim();
    if title.is_empty() { Err(ApiError::bad("folder title cannot be empty")) } else { Ok(title) }
}

async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    if uid == GENERAL {
        return Ok(answer(&json!({ "id": 0, "uid": GENERAL, "title": "Dashboards", "url": "/dashboards",
            "canSave": true, "canEdit": true, "canAdmin": true, "canDelete": false, "hasAcl": false, "version": 0 })));
    }
    let shelf = shelf(&state)?;
    let found = shelf.folder(&tenant, &uid).await?;
    let (version, folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    answered(shelf, &tenant, (&uid, version), &folder).await
}

/// The folders around a folder, the outermost first.
async fn parents(shelf: &Shelf, tenant: &Tenant, folder: &Value) -> Result<Vec<Value>, ApiError> {
    let mut found = Vec::new();
    let mut next = folder["parentUid"].as_str().unwrap_or("").to_owned();
    while !next.is_empty() && found.len() < MAX_DEPTH {
        let Some((version, parent)) = shelf.folder(tenant, &next).await? else { break };
        found.push(shown(&next, version, &parent));
        next = parent["parentUid"].as_str().unwrap_or("").to_owned();
    }
    found.reverse();
    Ok(found)
}

async fn by_id(state: Shared, Path(id): Path<u32>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let folders = shelf(&state)?.folders(&tenant).await?;
    let found = folders.into_iter().find(|(uid, _)| number(uid) == id);
    let (uid, _) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    read(state, Path(uid), headers).await
}

/// What is in a folder, at any depth.
async fn counts(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    shelf.folder(&tenant, &uid).await?.ok_or_else(|| ApiError::not_found("folder"))?;
    let inside = with_inner(shelf, &tenant, &uid).await?;
    let dashboards = shelf.dashboards(&tenant).await?;
    let dashboards = dashboards.iter().filter(|(_, one)| inside.contains(&one.folder)).count();
    let panels = library::in_folders(shelf, &tenant, &inside).await?.len();
    Ok(answer(&json!({
        "folder": inside.len() - 1, "dashboard": dashboards, "alertrule": 0, "librarypanel": panels,
    })))
}

/// A folder and all that stand in it, at any depth.
async fn with_inner(shelf: &Shelf, tenant: &Tenant, uid: &str) -> Result<Vec<String>, ApiError> {
    let all = shelf.folders(tenant).await?;
    let mut found = vec![uid.to_owned()];
    let mut at = 0;
    while let Some(parent) = found.get(at).cloned() {
        let inner = all.iter().filter(|(child, one)| one.folder == parent && !found.contains(child));
        let inner: Vec<String> = inner.map(|(child, _)| child.clone()).collect();
        found.extend(inner);
        at += 1;
    }
    Ok(found)
}

async fn move_into(
    state: Shared,
    Login(login): Login,
    Path(uid): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let parent = asked["parentUid"].as_str().filter(|uid| *uid != GENERAL).unwrap_or("");
    let shelf = shelf(&state)?;
    let found = shelf.folder(&tenant, &uid).await?;
    let (live, mut folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    if with_inner(shelf, &tenant, &uid).await?.iter().any(|inner| inner == parent) {
        return Err(ApiError::bad("a folder cannot stand in itself"));
    }
    if !parent.is_empty() {
        shelf.folder(&tenant, parent).await?.ok_or_else(|| ApiError::bad("parent folder not found"))?;
    }
    folder["parentUid"] = parent.into();
    stamp(&mut folder, &login, state.clock.now_nanos());
    let version = shelf.save_folder(&tenant, &uid, Some(live), &folder).await?;
    answered(shelf, &tenant, (&uid, version), &folder).await
}

async fn update(
    state: Shared,
    Login(login): Login,
    Path(uid): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let shelf = shelf(&state)?;
    let found = shelf.folder(&tenant, &uid).await?;
    let (live, mut folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    if asked["overwrite"] != true && asked["version"].as_u64().is_some_and(|version| version != live) {
        return Err(ApiError::mismatch("folder"));
    }
    folder["title"] = titled(&asked)?.into();
    if asked["description"].is_string() {
        folder["description"] = asked["description"].clone();
    }
    stamp(&mut folder, &login, state.clock.now_nanos());
    let version = shelf.save_folder(&tenant, &uid, Some(live), &folder).await?;
    answered(shelf, &tenant, (&uid, version), &folder).await
}

/// Deletes a folder with the folders and dashboards in it, as clients of this API expect.
async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let title = delete_folder(&state, &tenant, &uid).await?;
    Ok(answer(&json!({ "id": number(&uid), "title": title, "message": format!("Folder {title} deleted") })))
}

/// Deletes a folder with everything in it; answers its title.
pub(super) async fn delete_folder(state: &State, tenant: &Tenant, uid: &str) -> Result<String, ApiError> {
    let shelf = shelf(state)?;
    let found = shelf.folder(tenant, uid).await?;
    let (_, folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    let doomed = with_inner(shelf, tenant, uid).await?;
    let mut dashboards = shelf.dashboards(tenant).await?;
    dashboards.retain(|(_, summary)| doomed.contains(&summary.folder));
    for (dashboard, _) in &dashboards {
        provisioning::check(state, tenant, dashboard, Change::Delete).await?;
    }
    let panels = library::in_folders(shelf, tenant, &doomed).await?;
    for panel in &panels {
        let users = library::users(shelf, tenant, panel).await?;
        if users.iter().any(|user| !dashboards.iter().any(|(own, _)| own == user)) {
            let message = "folder contains library elements that are linked in use";
            return Err(ApiError::of(StatusCode::FORBIDDEN, message));
        }
    }
    for (dashboard, _) in &dashboards {
        shelf.delete(tenant, dashboard).await?;
    }
    for panel in &panels {
        library::forget(shelf, tenant, panel).await?;
    }
    for folder in doomed.iter().rev() {
        shelf.delete_folder(tenant, folder).await?;
        permissions::forget_folder(shelf, tenant, folder).await?;
    }
    Ok(folder["title"].as_str().unwrap_or("").to_owned())
}

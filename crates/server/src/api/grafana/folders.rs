//! `/api/folders`: one level of names above dashboards; a folder may stand in another.

use super::dashboards::{fresh_uid, number, shelf, slug};
use super::{ApiError, answer, tenant};
use crate::body;
use crate::state::State;
use axum::body::Body;
use axum::extract::{self, Path, Request};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;
type Answer = Result<Response, ApiError>;

/// A request about a folder is a name and a few words.
const MAX_BODY_BYTES: u64 = 64 << 10;

fn shown(uid: &str, version: u64, folder: &Value) -> Value {
    let title = folder["title"].as_str().unwrap_or("");
    json!({
        "id": number(uid), "uid": uid, "title": title, "url": format!("/dashboards/f/{uid}/{}", slug(title)),
        "parentUid": folder["parentUid"].as_str().unwrap_or(""), "version": version,
        "canSave": true, "canEdit": true, "canAdmin": true, "canDelete": true, "hasAcl": false,
    })
}

pub(super) async fn list(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let folders = shelf(&state)?.folders(&tenant).await?;
    let all = folders.iter().map(|(uid, folder)| {
        json!({ "id": number(uid), "uid": uid, "title": folder.title, "parentUid": folder.folder })
    });
    Ok(answer(&all.collect()))
}

pub(super) async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked: Value = serde_json::from_slice(&body::read(body, MAX_BODY_BYTES).await?)?;
    let title = titled(&asked)?;
    let uid = asked["uid"].as_str().filter(|uid| !uid.is_empty()).map_or_else(fresh_uid, str::to_owned);
    let shelf = shelf(&state)?;
    if shelf.folder(&tenant, &uid).await?.is_some() {
        let message = "a folder with the same uid already exists";
        return Err(ApiError::of(StatusCode::PRECONDITION_FAILED, message));
    }
    let folder = json!({ "title": title, "parentUid": asked["parentUid"].as_str().unwrap_or("") });
    let version = shelf.save_folder(&tenant, &uid, Some(0), &folder).await?;
    Ok(answer(&shown(&uid, version, &folder)))
}

fn titled(asked: &Value) -> Result<&str, ApiError> {
    let title = asked["title"].as_str().unwrap_or("").trim();
    if title.is_empty() { Err(ApiError::bad("folder title cannot be empty")) } else { Ok(title) }
}

pub(super) async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let found = shelf(&state)?.folder(&tenant, &uid).await?;
    let (version, folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    Ok(answer(&shown(&uid, version, &folder)))
}

pub(super) async fn update(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked: Value = serde_json::from_slice(&body::read(body, MAX_BODY_BYTES).await?)?;
    let shelf = shelf(&state)?;
    let found = shelf.folder(&tenant, &uid).await?;
    let (live, mut folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    if asked["overwrite"] != true && asked["version"].as_u64().is_some_and(|version| version != live) {
        let message = "the folder has been changed by someone else";
        return Err(ApiError::of(StatusCode::PRECONDITION_FAILED, message));
    }
    folder["title"] = titled(&asked)?.into();
    let version = shelf.save_folder(&tenant, &uid, Some(live), &folder).await?;
    Ok(answer(&shown(&uid, version, &folder)))
}

/// Deletes a folder with the dashboards in it, as clients of this API expect.
pub(super) async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let found = shelf.folder(&tenant, &uid).await?;
    let (_, folder) = found.ok_or_else(|| ApiError::not_found("folder"))?;
    for (dashboard, summary) in shelf.dashboards(&tenant).await? {
        if summary.folder == uid {
            shelf.delete(&tenant, &dashboard).await?;
        }
    }
    shelf.delete_folder(&tenant, &uid).await?;
    let title = folder["title"].as_str().unwrap_or("");
    Ok(answer(&json!({ "id": number(&uid), "title": title, "message": format!("Folder {title} deleted") })))
}

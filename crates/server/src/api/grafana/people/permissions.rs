//! Permissions of folders and dashboards: kept and answered, so that what was declared reads back as it was.
//!
//! Nothing enforces them; what is enforced is the role of who asks ([`crate::access`]), for everything alike.

use super::account::{Person, people};
use super::dashboards::{Answer, Shared, find, shelf};
use super::input::{Path, read_json};
use super::{ApiError, Shelf, answer, tenant};
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::HeaderMap;
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

/// A list of permissions.
const MAX_BODY_BYTES: u64 = 256 << 10;
const COLLECTION: &str = "permissions";

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/folders/{uid}/permissions", get(of_folder).post(set_of_folder))
        .route("/api/dashboards/uid/{uid}/permissions", get(of_dashboard).post(set_of_dashboard))
}

/// What everyone has when nothing was set.
fn usual(member: &str, uid: &str) -> Value {
    let one = |role: &str, permission: u8, word: &str| {
        json!({ "role": role, "permission": permission, "permissionName": word, "userId": 0, "teamId": 0,
            "inherited": false, member: uid })
    };
    json!([one("Viewer", 1, "View"), one("Editor", 2, "Edit")])
}

/// One as it is answered later: with the word for its number and the name of its user.
fn named(item: &Value, people: &[Person]) -> Value {
    let mut item = item.clone();
    if item.is_object() {
        let word = match item["permission"].as_u64() {
            Some(1) => "View",
            Some(2) => "Edit",
            Some(4) => "Admin",
            _ => "",
        };
        item["permissionName"] = word.into();
        item["inherited"] = false.into();
        let user = people.iter().find(|one| item["userId"].as_u64() == Some(u64::from(one.id)));
        if let Some(user) = user {
            item["userLogin"] = user.login.as_str().into();
            item["userEmail"] = user.email().into();
        }
    }
    item
}

async fn read(state: &State, headers: &HeaderMap, kind: &str, uid: &str) -> Answer {
    let tenant = tenant(state, headers)?;
    let found = shelf(state)?.record(&tenant, COLLECTION, &format!("{kind}-{uid}")).await?;
    let member = if kind == "folder" { "folderUid" } else { "uid" };
    Ok(answer(&found.map_or_else(|| usual(member, uid), |(_, kept)| kept)))
}

async fn write(state: &State, headers: &HeaderMap, body: Body, kind: &str, uid: &str) -> Answer {
    let tenant = tenant(state, headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let Some(items) = asked["items"].as_array() else {
        return Err(ApiError::bad("bad request data: expected a list `items`"));
    };
    let people = people(state);
    let value = items.iter().map(|item| named(item, &people)).collect();
    shelf(state)?.put_record(&tenant, COLLECTION, &format!("{kind}-{uid}"), None, &value).await?;
    let what = if kind == "folder" { "Folder" } else { "Dashboard" };
    Ok(answer(&json!({ "message": format!("{what} permissions updated") })))
}

/// Drops what was set for a folder that is gone.
pub(in crate::api::grafana) async fn forget_folder(
    shelf: &Shelf,
    tenant: &Tenant,
    uid: &str,
) -> Result<(), StoreError> {
    shelf.drop_record(tenant, COLLECTION, &format!("folder-{uid}")).await.map(drop)
}

async fn check_folder(state: &State, headers: &HeaderMap, uid: &str) -> Result<(), ApiError> {
    let found = shelf(state)?.folder(&tenant(state, headers)?, uid).await?;
    found.map(drop).ok_or_else(|| ApiError::not_found("folder"))
}

async fn of_folder(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    check_folder(&state, &headers, &uid).await?;
    read(&state, &headers, "folder", &uid).await
}

async fn set_of_folder(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    check_folder(&state, &parts.headers, &uid).await?;
    write(&state, &parts.headers, body, "folder", &uid).await
}

async fn of_dashboard(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    find(&state, &headers, &uid).await?;
    read(&state, &headers, "dashboard", &uid).await
}

async fn set_of_dashboard(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    find(&state, &parts.headers, &uid).await?;
    write(&state, &parts.headers, body, "dashboard", &uid).await
}

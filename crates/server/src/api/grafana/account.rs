//! Who asks, and what this installation is: one organisation, one user, who may do everything. Tools ask before they write.
//!
//! Permissions that are set are kept and answered, so that what was declared reads back as it was; what is enforced is the
//! role of who asks ([`crate::access`]), for everything alike.

use super::dashboards::{Answer, Shared, find, shelf};
use super::{ApiError, answer, tenant};
use crate::access::{Role, Who};
use crate::body;
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// A list of permissions, or a few preferences.
const MAX_BODY_BYTES: u64 = 256 << 10;
const PREFERENCES: &str = "preferences";
const PERMISSIONS: &str = "permissions";

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/user", get(user))
        .route("/api/user/orgs", get(orgs))
        .route("/api/user/teams", get(none))
        .route("/api/user/permissions", get(allowed))
        .route("/api/users", get(users))
        .route("/api/users/1", get(user))
        .route("/api/users/lookup", get(lookup))
        .route("/api/users/search", get(found_users))
        .route("/api/admin/users/1", get(user))
        .route("/api/admin/users", get(users))
        .route("/api/org", get(org))
        .route("/api/org/users", get(members))
        .route("/api/orgs", get(orgs))
        .route("/api/orgs/1", get(org))
        .route("/api/teams/search", get(no_teams))
        .route("/api/user/preferences", get(preferences).put(set_preferences).patch(set_preferences))
        .route("/api/org/preferences", get(preferences).put(set_preferences).patch(set_preferences))
        .route("/api/dashboards/home", get(home))
        .route("/api/login/ping", get(ping))
        .route("/api/frontend/settings", get(settings))
        .route("/api/admin/stats", get(stats))
        .route("/api/plugins", get(none))
        .route("/api/dashboard/snapshots", get(none))
        .route("/api/access-control/user/permissions", get(allowed))
        .route("/api/folders/{uid}/permissions", get(folder_permissions).post(set_folder_permissions))
        .route("/api/dashboards/uid/{uid}/permissions", get(permissions).post(set_permissions))
        .route("/api/admin/provisioning/{what}/reload", post(super::provisioning::reload))
}

/// The role that the guard of the door found; without one everybody is an administrator.
fn role(known: Option<Extension<Role>>) -> Role {
    known.map_or(Role::Admin, |Extension(role)| role)
}

async fn user(known: Option<Extension<Role>>, who: Option<Extension<Who>>) -> Response {
    let name = who.map(|Extension(who)| who.name).filter(|name| !name.is_empty());
    let name = name.as_deref().unwrap_or("admin");
    answer(&json!({
        "id": 1, "uid": name, "login": name, "name": name, "email": format!("{name}@localhost"), "theme": "", "orgId": 1,
        "isGrafanaAdmin": role(known) == Role::Admin, "isDisabled": false, "isExternal": false, "authLabels": [], "avatarUrl": "",
    }))
}

async fn users() -> Response {
    answer(&json!([{ "id": 1, "uid": "admin", "login": "admin", "name": "admin", "email": "admin@localhost",
        "isAdmin": true, "isDisabled": false, "authLabels": [] }]))
}

/// One user by the login or the address: there is one.
async fn lookup(known: Option<Extension<Role>>, request: Request<Body>) -> Answer {
    match Params::of_url(request.uri())?.get("loginOrEmail") {
        "admin" | "admin@localhost" => Ok(user(known, None).await),
        _ => Err(ApiError::not_found("user")),
    }
}

async fn found_users() -> Response {
    answer(
        &json!({ "totalCount": 1, "page": 1, "perPage": 1_000, "users": [{ "id": 1, "uid": "admin", "login": "admin",
        "name": "admin", "email": "admin@localhost", "isAdmin": true, "isDisabled": false, "authLabels": [] }] }),
    )
}

async fn members() -> Response {
    answer(&json!([{ "orgId": 1, "userId": 1, "uid": "admin", "login": "admin", "name": "admin",
        "email": "admin@localhost", "role": "Admin", "isDisabled": false }]))
}

async fn org() -> Response {
    answer(&json!({ "id": 1, "name": "Main Org.", "address": {} }))
}

async fn orgs(known: Option<Extension<Role>>) -> Response {
    answer(&json!([{ "id": 1, "orgId": 1, "name": "Main Org.", "role": role(known).name() }]))
}

/// Nothing is stored of this sort.
async fn none() -> Response {
    answer(&json!([]))
}

async fn no_teams() -> Response {
    answer(&json!({ "totalCount": 0, "teams": [], "page": 1, "perPage": 1_000 }))
}

async fn ping() -> Response {
    answer(&json!({ "message": "Logged in" }))
}

async fn allowed(known: Option<Extension<Role>>) -> Response {
    let reads = ["dashboards:read", "folders:read", "datasources:query", "annotations:read"];
    let writes = [
        "dashboards:write",
        "dashboards:create",
        "dashboards:delete",
        "folders:write",
        "folders:create",
        "folders:delete",
        "annotations:write",
    ];
    let writes: &[&str] = if role(known) >= Role::Editor { &writes } else { &[] };
    answer(
        &reads
            .iter()
            .chain(writes)
            .map(|one| ((*one).to_owned(), json!(["*"])))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
}

async fn settings(state: Shared, headers: HeaderMap) -> Answer {
    let sources = super::sources::all(&state, &tenant(&state, &headers)?).await?;
    let by_name = sources.iter().map(|one| (one.name.clone(), one.shown()));
    Ok(answer(&json!({
        "defaultDatasource": "Oriel metrics", "datasources": by_name.collect::<serde_json::Map<_, _>>(),
        "appUrl": "/", "appSubUrl": "", "authProxyEnabled": false, "unifiedAlertingEnabled": true, "featureToggles": {},
        "buildInfo": { "version": super::COMPATIBLE_VERSION, "edition": "Oriel", "env": "production", "hasUpdate": false },
    })))
}

async fn stats(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let (dashboards, folders) = (shelf.dashboards(&tenant).await?, shelf.folders(&tenant).await?);
    Ok(answer(&json!({
        "orgs": 1, "users": 1, "dashboards": dashboards.len(), "folders": folders.len(), "datasources": 3, "snapshots": 0,
        "tags": dashboards.iter().flat_map(|(_, one)| &one.tags).collect::<std::collections::BTreeSet<_>>().len(),
    })))
}

/// Where one lands: the dashboard that the preferences name, or none of this server's.
async fn home(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let found = shelf(&state)?.record(&tenant, PREFERENCES, "admin").await?;
    let chosen = found.and_then(|(_, value)| Some(value["homeDashboardUID"].as_str()?.to_owned()));
    Ok(answer(&match chosen.filter(|uid| !uid.is_empty()) {
        Some(uid) => json!({ "redirectUri": format!("/d/{uid}") }),
        None => json!({ "dashboard": { "title": "Home", "panels": [], "schemaVersion": 42 },
            "meta": { "isHome": true, "canSave": false, "canEdit": false, "canStar": false, "slug": "", "url": "/" } }),
    }))
}

async fn preferences(state: Shared, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let found = shelf(&state)?.record(&tenant, PREFERENCES, "admin").await?;
    let usual =
        json!({ "theme": "", "homeDashboardId": 0, "homeDashboardUID": "", "timezone": "", "weekStart": "" });
    Ok(answer(&found.map_or(usual, |(_, value)| value)))
}

async fn set_preferences(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked: Value = serde_json::from_slice(&body::read(body, MAX_BODY_BYTES).await?)?;
    let Some(asked) = asked.as_object() else {
        return Err(ApiError::bad("bad request data: expected an object"));
    };
    let change = |before: Value| {
        let mut all = before.as_object().cloned().unwrap_or_default();
        all.extend(asked.clone());
        Value::Object(all)
    };
    shelf(&state)?.change_record(&tenant, PREFERENCES, "admin", change).await?;
    Ok(answer(&json!({ "message": "Preferences updated" })))
}

/// What everyone has when nothing was set.
fn usual(member: &str, uid: &str) -> Value {
    let one = |role: &str, permission: u8, word: &str| {
        json!({ "role": role, "permission": permission, "permissionName": word, "userId": 0, "teamId": 0,
            "inherited": false, member: uid })
    };
    json!([one("Viewer", 1, "View"), one("Editor", 2, "Edit")])
}

async fn read_permissions(state: &State, headers: &HeaderMap, kind: &str, uid: &str) -> Answer {
    let tenant = tenant(state, headers)?;
    let found = shelf(state)?.record(&tenant, PERMISSIONS, &format!("{kind}-{uid}")).await?;
    Ok(answer(
        &found.map_or_else(|| usual(if kind == "folder" { "folderUid" } else { "uid" }, uid), |one| one.1),
    ))
}

async fn write_permissions(state: &State, headers: &HeaderMap, body: Body, kind: &str, uid: &str) -> Answer {
    let tenant = tenant(state, headers)?;
    let asked: Value = serde_json::from_slice(&body::read(body, MAX_BODY_BYTES).await?)?;
    let Some(items) = asked["items"].as_array() else {
        return Err(ApiError::bad("bad request data: expected a list `items`"));
    };
    let word = |permission: Option<u64>| match permission {
        Some(1) => "View",
        Some(2) => "Edit",
        Some(4) => "Admin",
        _ => "",
    };
    let named = |item: &Value| {
        let mut item = item.clone();
        if item.is_object() {
            item["permissionName"] = word(item["permission"].as_u64()).into();
            item["inherited"] = false.into();
        }
        item
    };
    let value = items.iter().map(named).collect();
    shelf(state)?.put_record(&tenant, PERMISSIONS, &format!("{kind}-{uid}"), None, &value).await?;
    let what = if kind == "folder" { "Folder" } else { "Dashboard" };
    Ok(answer(&json!({ "message": format!("{what} permissions updated") })))
}

async fn folder_exists(state: &State, headers: &HeaderMap, uid: &str) -> Result<(), ApiError> {
    let found = shelf(state)?.folder(&tenant(state, headers)?, uid).await?;
    found.map(drop).ok_or_else(|| ApiError::not_found("folder"))
}

async fn folder_permissions(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    folder_exists(&state, &headers, &uid).await?;
    read_permissions(&state, &headers, "folder", &uid).await
}

async fn set_folder_permissions(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    folder_exists(&state, &parts.headers, &uid).await?;
    write_permissions(&state, &parts.headers, body, "folder", &uid).await
}

async fn permissions(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    find(&state, &headers, &uid).await?;
    read_permissions(&state, &headers, "dashboard", &uid).await
}

async fn set_permissions(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    find(&state, &parts.headers, &uid).await?;
    write_permissions(&state, &parts.headers, body, "dashboard", &uid).await
}

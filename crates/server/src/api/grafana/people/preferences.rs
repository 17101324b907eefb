//! Preferences of a user, of a team and of the organisation, each its own: theme, time zone, and where one lands.
//!
//! `PUT` says all of them, so that what is left out goes back to its default; `PATCH` changes what is named.

use super::account::id_of;
use super::dashboards::{Answer, Shared, shelf};
use super::input::{Login, Path, read_json};
use super::{ApiError, Shelf, answer, teams, tenant};
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::{HeaderMap, Method};
use model::Tenant;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::StoreError;

/// A few words and bookmarks.
const MAX_BODY_BYTES: u64 = 64 << 10;
const COLLECTION: &str = "preferences";
/// The record of the organisation; those of users are called as they are, those of teams by [`of_team`].
const ORGANISATION: &str = "@org";

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/user/preferences", get(read_user).put(write_user).patch(write_user))
        .route("/api/org/preferences", get(read_org).put(write_org).patch(write_org))
        .route("/api/teams/{id}/preferences", get(read_team).put(write_team).patch(write_team))
        .route("/api/dashboards/home", get(home))
}

fn of_team(uid: &str) -> String {
    format!("@team-{uid}")
}

/// What is answered of each, and what it is when nobody said.
fn usual() -> Value {
    json!({
        "theme": "", "homeDashboardUID": "", "timezone": "", "weekStart": "", "language": "", "regionalFormat": "",
        "navbar": { "bookmarkUrls": [] }, "queryHistory": { "homeTab": "" }, "cookiePreferences": {},
    })
}

async fn read(state: &State, headers: &HeaderMap, name: &str) -> Answer {
    let tenant = tenant(state, headers)?;
    let mut shown = usual();
    let found = shelf(state)?.record(&tenant, COLLECTION, name).await?;
    if let (Some((_, Value::Object(kept))), Some(shown)) = (found, shown.as_object_mut()) {
        shown.extend(kept);
    }
    Ok(answer(&shown))
}

/// The members that are known, checked.
async fn checked(shelf: &Shelf, tenant: &Tenant, asked: &Value) -> Result<Map<String, Value>, ApiError> {
    let Some(asked) = asked.as_object() else {
        return Err(ApiError::bad("bad request data: expected an object"));
    };
    let theme = asked.get("theme").and_then(Value::as_str).unwrap_or("");
    if !matches!(theme, "" | "light" | "dark" | "system") {
        return Err(ApiError::bad(format!("Invalid theme: {theme:?} is none of light, dark and system")));
    }
    let home = asked.get("homeDashboardUID").and_then(Value::as_str).unwrap_or("");
    if !home.is_empty() && shelf.dashboard(tenant, home).await?.is_none() {
        return Err(ApiError::not_found("Dashboard"));
    }
    let known = usual();
    let is_known = |name: &str| known.get(name).is_some();
    Ok(asked
        .iter()
        .filter(|(name, value)| is_known(name) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}

async fn write(state: &State, request: Request<Body>, name: &str) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(state, &parts.headers)?;
    let shelf = shelf(state)?;
    let asked = checked(shelf, &tenant, &read_json(body, MAX_BODY_BYTES).await?).await?;
    let is_patch = parts.method == Method::PATCH;
    let change = |before: Value| {
        let mut all = before.as_object().filter(|_| is_patch).cloned().unwrap_or_default();
        all.extend(asked.clone());
        Value::Object(all)
    };
    shelf.change_record(&tenant, COLLECTION, name, change).await?;
    Ok(answer(&json!({ "message": "Preferences updated" })))
}

async fn read_user(state: Shared, Login(login): Login, headers: HeaderMap) -> Answer {
    read(&state, &headers, &login).await
}

async fn write_user(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    write(&state, request, &login).await
}

async fn read_org(state: Shared, headers: HeaderMap) -> Answer {
    read(&state, &headers, ORGANISATION).await
}

async fn write_org(state: Shared, request: Request<Body>) -> Answer {
    write(&state, request, ORGANISATION).await
}

async fn read_team(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let uid = teams::find(shelf(&state)?, &tenant(&state, &headers)?, &id).await?.name;
    read(&state, &headers, &of_team(&uid)).await
}

async fn write_team(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    let uid = teams::find(shelf(&state)?, &tenant(&state, request.headers())?, &id).await?.name;
    write(&state, request, &of_team(&uid)).await
}

/// Drops what was set for a team that is gone.
pub(in crate::api::grafana) async fn forget_team(
    shelf: &Shelf,
    tenant: &Tenant,
    uid: &str,
) -> Result<(), StoreError> {
    shelf.drop_record(tenant, COLLECTION, &of_team(uid)).await.map(drop)
}

/// Where one lands: the dashboard that the user's own preferences name, else those of a team, else those of the
/// organisation, else none of this server's.
async fn home(state: Shared, Login(login): Login, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let mut names = vec![login.clone()];
    let own = teams::of_user(shelf, &tenant, id_of(&login)).await?;
    names.extend(own.iter().filter_map(|team| team["uid"].as_str().map(of_team)));
    names.push(ORGANISATION.to_owned());
    for name in names {
        let Some((_, kept)) = shelf.record(&tenant, COLLECTION, &name).await? else { continue };
        let uid = kept["homeDashboardUID"].as_str().unwrap_or("");
        if !uid.is_empty() && shelf.dashboard(&tenant, uid).await?.is_some() {
            return Ok(answer(&json!({ "redirectUri": format!("/d/{uid}") })));
        }
    }
    Ok(answer(&json!({
        "dashboard": { "title": "Home", "panels": [], "schemaVersion": 42 },
        "meta": { "isHome": true, "canSave": false, "canEdit": false, "canStar": false, "slug": "", "url": "/" },
    })))
}

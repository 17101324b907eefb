//! `/api/dashboards/*`: save, read, delete, versions.

use super::shelf::{Envelope, Stored};
use super::{ApiError, Shelf, answer, tenant};
use crate::body;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract::{self, Path, Request};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use model::{Nanos, Tenant};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use stdx::Rng;

type Shared = extract::State<Arc<State>>;
type Answer = Result<Response, ApiError>;

/// The longest uid that is taken.
const MAX_UID_BYTES: usize = 40;
/// The longest slug; it is decoration of a URL.
const MAX_SLUG_CHARS: usize = 80;

pub(super) fn shelf(state: &State) -> Result<&Shelf, ApiError> {
    let none = || ApiError::of(StatusCode::SERVICE_UNAVAILABLE, "this server keeps no dashboards");
    state.shelf.get().ok_or_else(none)
}

pub(super) async fn save(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let body = body::read(body, store::documents::MAX_DOCUMENT_BYTES as u64).await?;
    let envelope: Envelope = serde_json::from_slice(&body)?;
    let dashboard = &envelope.dashboard;
    let title = dashboard["title"].as_str().unwrap_or("").trim();
    if !dashboard.is_object() {
        return Err(ApiError::bad("bad request data: `dashboard` is missing"));
    }
    if title.is_empty() {
        return Err(ApiError::bad("Dashboard title cannot be empty"));
    }
    let asked = dashboard["uid"].as_str().unwrap_or("");
    check_uid(asked)?;
    let shelf = shelf(&state)?;
    if let Some(folder) = envelope.folder_uid.as_deref().filter(|uid| !uid.is_empty()) {
        shelf.folder(&tenant, folder).await?.ok_or_else(|| ApiError::bad("folder not found"))?;
    }
    let uid = if asked.is_empty() { fresh_uid() } else { asked.to_owned() };
    let expected = expected(shelf, &tenant, &uid, &envelope).await?;
    let version = shelf.save(&tenant, &uid, expected, &body).await?;
    let slug = slug(title);
    Ok(answer(&json!({
        "id": number(&uid), "uid": uid, "url": format!("/d/{uid}/{slug}"), "status": "success",
        "version": version, "slug": slug, "folderUid": envelope.folder_uid.unwrap_or_default(),
    })))
}

/// Which version must be the newest for a save to count; `None`: any.
async fn expected(
    shelf: &Shelf,
    tenant: &Tenant,
    uid: &str,
    envelope: &Envelope,
) -> Result<Option<u64>, ApiError> {
    if envelope.overwrite {
        return Ok(None);
    }
    let live = shelf.dashboard(tenant, uid).await?.map_or(0, |one| one.version);
    let asked = envelope.dashboard["version"].as_u64().unwrap_or(0);
    if live > 0 && asked != live {
        return Err(ApiError::mismatch());
    }
    Ok(Some(live))
}

/// Letters, digits, `-` and `_`, as in URLs.
fn check_uid(uid: &str) -> Result<(), ApiError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if uid.len() > MAX_UID_BYTES {
        return Err(ApiError::bad("uid too long, max 40 characters"));
    }
    if !uid.bytes().all(plain) {
        return Err(ApiError::bad("uid contains illegal characters"));
    }
    Ok(())
}

pub(super) fn fresh_uid() -> String {
    let mut rng = Rng::from_entropy();
    let mut uid = String::new();
    for _ in 0..14 {
        let digit = char::from_digit(u32::try_from(rng.below(36)).unwrap_or(0), 36).unwrap_or('0');
        uid.push(digit);
    }
    uid
}

/// A number for clients that need one: FNV-1a of the uid in 31 bits, so that it is the same at every answer.
pub(super) fn number(uid: &str) -> u32 {
    let hash =
        uid.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash >> 1
}

/// `Node Exporter / Full` as `node-exporter-full`.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for char in title.to_lowercase().chars().take(MAX_SLUG_CHARS) {
        if char.is_alphanumeric() {
            slug.push(char);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "dashboard".to_owned() } else { slug.to_owned() }
}

fn utc(nanos: i64) -> String {
    wire::rfc3339::Utc(Nanos(nanos)).to_string()
}

async fn find(state: &State, headers: &HeaderMap, uid: &str) -> Result<(Tenant, Stored), ApiError> {
    let tenant = tenant(state, headers)?;
    let stored = shelf(state)?.dashboard(&tenant, uid).await?;
    Ok((tenant, stored.ok_or_else(|| ApiError::not_found("Dashboard"))?))
}

async fn meta(
    state: &State,
    tenant: &Tenant,
    uid: &str,
    stored: &Stored,
) -> Result<(Value, Value), ApiError> {
    let envelope = stored.envelope()?;
    let mut dashboard = envelope.dashboard;
    let title = dashboard["title"].as_str().unwrap_or("").to_owned();
    let folder = envelope.folder_uid.unwrap_or_default();
    let folder_title = match shelf(state)?.folder(tenant, &folder).await {
        Ok(Some((_, json))) => json["title"].as_str().unwrap_or("").to_owned(),
        // No folder, or one whose name cannot be read now: the dashboard is worth more than its folder's name.
        _ => "Dashboards".to_owned(),
    };
    if dashboard.is_object() {
        dashboard["id"] = number(uid).into();
        dashboard["uid"] = uid.into();
        dashboard["version"] = stored.version.into();
    }
    let slug = slug(&title);
    let at = utc(stored.at);
    let meta = json!({
        "type": "db", "canSave": true, "canEdit": true, "canAdmin": true, "canStar": true, "canDelete": true,
        "slug": slug, "url": format!("/d/{uid}/{slug}"), "version": stored.version, "updated": at, "created": at,
        "folderUid": folder, "folderTitle": folder_title, "provisioned": false, "isReady": stored.version == 0,
        "message": envelope.message.unwrap_or_default(),
    });
    Ok((meta, dashboard))
}

pub(super) async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    let (meta, dashboard) = meta(&state, &tenant, &uid, &stored).await?;
    Ok(answer(&json!({ "meta": meta, "dashboard": dashboard })))
}

/// The dashboard as it was sent, to the byte, with what is known about it beside.
pub(super) async fn original(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    let (meta, _) = meta(&state, &tenant, &uid, &stored).await?;
    let mut body = String::new();
    // Writing into a string cannot fail.
    let _ = write!(body, "{{\"meta\":{meta},\"dashboard\":{}}}", stored.text());
    Ok(respond::json(body))
}

pub(super) async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    let title = stored.envelope()?.dashboard["title"].as_str().unwrap_or("").to_owned();
    shelf(&state)?.delete(&tenant, &uid).await?;
    Ok(answer(
        &json!({ "title": title, "message": format!("Dashboard {title} deleted"), "id": number(&uid), "uid": uid }),
    ))
}

pub(super) async fn versions(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, _) = find(&state, &headers, &uid).await?;
    let shelf = shelf(&state)?;
    let mut versions = Vec::new();
    for one in shelf.history(&tenant, &uid).await?.iter().rev().filter(|one| one.bytes > 0) {
        let stored = shelf.dashboard_version(&tenant, &uid, one.version).await?;
        let message = stored.and_then(|stored| stored.envelope().ok()?.message).unwrap_or_default();
        versions.push(json!({
            "id": one.version, "version": one.version, "dashboardId": number(&uid), "uid": uid,
            "created": utc(one.modified.0), "createdBy": "admin", "message": message,
        }));
    }
    Ok(answer(&json!({ "versions": versions })))
}

pub(super) async fn read_version(
    state: Shared,
    Path((uid, version)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let stored = shelf(&state)?.dashboard_version(&tenant, &uid, version).await?;
    let stored = stored.ok_or_else(|| ApiError::not_found("Dashboard version"))?;
    let envelope = stored.envelope()?;
    Ok(answer(&json!({
        "id": version, "version": version, "uid": uid, "created": utc(stored.at),
        "createdBy": "admin", "message": envelope.message.unwrap_or_default(), "data": envelope.dashboard,
    })))
}

//! `/api/dashboards/*`: save, read, delete.

use super::input::{Login, Path};
use super::provisioning::{self, Change};
use super::shelf::{Around, Envelope, Stored};
use super::slice;
use super::{ApiError, Shelf, answer, shape, stars, tenant};
use crate::body;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use model::{Nanos, Tenant};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use stdx::Rng;
use store::StoreError;

pub(super) type Shared = extract::State<Arc<State>>;
pub(super) type Answer = Result<Response, ApiError>;

/// The longest uid that is taken.
const MAX_UID_BYTES: usize = 40;
/// The longest slug; it is decoration of a URL.
const MAX_SLUG_CHARS: usize = 80;

pub(super) fn shelf(state: &State) -> Result<&Shelf, ApiError> {
    let none = || ApiError::of(StatusCode::SERVICE_UNAVAILABLE, "this server keeps no dashboards");
    state.shelf.get().ok_or_else(none)
}

pub(super) async fn save(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let body = body::read(body, store::documents::MAX_DOCUMENT_BYTES as u64).await?;
    let envelope: Envelope = serde_json::from_slice(&body)?;
    let text = slice::member(std::str::from_utf8(&body).unwrap_or(""), "dashboard").unwrap_or("{}");
    let Kept { uid, version, folder } = keep(&state, (&tenant, &login), &envelope, text).await?;
    let slug = slug(shape::title(&envelope.dashboard));
    Ok(answer(&json!({
        "id": number(&uid), "uid": uid, "url": format!("/d/{uid}/{slug}"), "status": "success",
        "version": version, "slug": slug, "folderUid": folder,
    })))
}

/// A saving request whose dashboard has holes, `${NAME}`, that its `inputs` fill.
pub(super) async fn import(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let body = body::read(body, store::documents::MAX_DOCUMENT_BYTES as u64).await?;
    let mut envelope: Envelope = serde_json::from_slice(&body)?;
    let text = slice::member(std::str::from_utf8(&body).unwrap_or(""), "dashboard").unwrap_or("{}");
    let filled = envelope.inputs.iter().fold(text.to_owned(), |text, input| {
        let (name, value) = (input["name"].as_str().unwrap_or(""), input["value"].as_str().unwrap_or(""));
        // As JSON writes it between its quotes.
        let value = Value::from(value).to_string();
        let value = &value[1..value.len() - 1];
        if name.is_empty() { text } else { text.replace(&format!("${{{name}}}"), value) }
    });
    envelope.dashboard = serde_json::from_str(&filled)?;
    let Kept { uid, version, folder } = keep(&state, (&tenant, &login), &envelope, &filled).await?;
    let title = shape::title(&envelope.dashboard);
    let slug = slug(title);
    Ok(answer(&json!({
        "uid": uid, "pluginId": "", "title": title, "imported": true, "importedUri": format!("db/{slug}"),
        "importedUrl": format!("/d/{uid}/{slug}"), "slug": slug, "dashboardId": number(&uid), "folderUid": folder,
        "folderId": if folder.is_empty() { 0 } else { number(&folder) }, "importedRevision": version, "revision": version,
        "description": shape::description(&envelope.dashboard), "path": "", "removed": false,
    })))
}

/// What was stored, and where.
struct Kept {
    uid: String,
    version: u64,
    folder: String,
}

/// Stores a dashboard's text as its request says.
async fn keep(
    state: &State,
    (tenant, login): (&Tenant, &str),
    envelope: &Envelope,
    text: &str,
) -> Result<Kept, ApiError> {
    let dashboard = &envelope.dashboard;
    if !dashboard.is_object() {
        return Err(ApiError::bad("bad request data: `dashboard` is missing"));
    }
    if shape::title(dashboard).is_empty() {
        return Err(ApiError::bad("Dashboard title cannot be empty"));
    }
    let shelf = shelf(state)?;
    let folder = folder_of(shelf, tenant, envelope).await?;
    let uid = uid_of(shelf, tenant, dashboard).await?;
    provisioning::check(state, tenant, &uid, Change::Save).await?;
    let live = shelf.dashboard(tenant, &uid).await?;
    let expected = expected(live.as_ref(), envelope)?;
    // A request says nothing of labels; those of the resource stay.
    let before = live.and_then(|kept| kept.envelope().ok());
    let message = envelope.message.as_deref().unwrap_or("");
    let around = Around { folder: &folder, message, ..Around::over(before.as_ref(), login) };
    match shelf.save(tenant, &uid, expected, Stored::body(text, &around).as_bytes()).await {
        Err(StoreError::Conflict(_)) => Err(ApiError::mismatch("dashboard")),
        saved => Ok(Kept { uid, version: saved?, folder }),
    }
}

/// The folder a saving request names, by uid or by the number of older clients; "" is none.
async fn folder_of(shelf: &Shelf, tenant: &Tenant, envelope: &Envelope) -> Result<String, ApiError> {
    if let Some(folder) = envelope.folder_uid.as_deref().filter(|uid| !uid.is_empty() && *uid != "general") {
        shelf.folder(tenant, folder).await?.ok_or_else(|| ApiError::bad("folder not found"))?;
        return Ok(folder.to_owned());
    }
    let Some(id) = envelope.folder_id.filter(|id| *id > 0) else { return Ok(String::new()) };
    let folders = shelf.folders(tenant).await?;
    let found = folders.into_iter().find(|(uid, _)| i64::from(number(uid)) == id);
    found.map(|(uid, _)| uid).ok_or_else(|| ApiError::bad("folder not found"))
}

/// The uid a dashboard names, that of the dashboard whose number it names, or a fresh one.
async fn uid_of(shelf: &Shelf, tenant: &Tenant, dashboard: &Value) -> Result<String, ApiError> {
    let asked = shape::uid(dashboard);
    check_uid(asked)?;
    if !asked.is_empty() {
        return Ok(asked.to_owned());
    }
    let Some(id) = dashboard["id"].as_u64().filter(|id| *id > 0) else { return Ok(fresh_uid()) };
    let all = shelf.dashboards(tenant).await?;
    let found = all.into_iter().find(|(uid, _)| u64::from(number(uid)) == id);
    found.map(|(uid, _)| uid).ok_or_else(|| ApiError::not_found("Dashboard"))
}

/// Which version must be the newest for a save to count; `None`: any.
fn expected(live: Option<&Stored>, envelope: &Envelope) -> Result<Option<u64>, ApiError> {
    if envelope.overwrite {
        return Ok(None);
    }
    let live = live.map_or(0, |one| one.version);
    let asked = envelope.version.or_else(|| envelope.dashboard["version"].as_u64()).unwrap_or(0);
    if live > 0 && asked != live {
        return Err(ApiError::mismatch("dashboard"));
    }
    Ok(Some(live))
}

/// Letters, digits, `-` and `_`, as in URLs.
pub(super) fn check_uid(uid: &str) -> Result<(), ApiError> {
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

pub(super) fn utc(nanos: i64) -> String {
    wire::rfc3339::Utc(Nanos(nanos)).to_string()
}

pub(super) async fn find(
    state: &State,
    headers: &HeaderMap,
    uid: &str,
) -> Result<(Tenant, Stored), ApiError> {
    let tenant = tenant(state, headers)?;
    let stored = shelf(state)?.dashboard(&tenant, uid).await?;
    Ok((tenant, stored.ok_or_else(|| ApiError::not_found("Dashboard"))?))
}

async fn meta(
    state: &State,
    (tenant, login): (&Tenant, &str),
    uid: &str,
    stored: &Stored,
) -> Result<(Value, Value), ApiError> {
    let envelope = stored.envelope()?;
    let (by, author) = (envelope.by().to_owned(), envelope.author().to_owned());
    let mut dashboard = envelope.dashboard;
    let title = shape::title(&dashboard).to_owned();
    let folder = envelope.folder_uid.unwrap_or_default();
    let shelf = shelf(state)?;
    let folder_title = match shelf.folder(tenant, &folder).await {
        Ok(Some((_, json))) => json["title"].as_str().unwrap_or("").to_owned(),
        // No folder, or one whose name cannot be read now: the dashboard is worth more than its folder's name.
        _ => "Dashboards".to_owned(),
    };
    let sort = shape::version(&dashboard).to_owned();
    if shape::is_resource(&dashboard) {
        dashboard["metadata"]["name"] = uid.into();
    } else if dashboard.is_object() {
        dashboard["id"] = number(uid).into();
        dashboard["uid"] = uid.into();
        dashboard["version"] = stored.version.into();
    }
    let first = shelf.history(tenant, uid).await?.first().map_or(stored.at, |first| first.modified.0);
    let origin = provisioning::origin(state, tenant, uid).await?.unwrap_or_default();
    let is_fixed = origin.is_object() && origin["editable"] != true;
    let slug = slug(&title);
    let (folder_id, folder_url) = match folder.as_str() {
        "" => (0, String::new()),
        folder => (number(folder), format!("/dashboards/f/{folder}/{}", self::slug(&folder_title))),
    };
    let meta = json!({
        "type": "db", "canSave": true, "canEdit": true, "canAdmin": true, "canStar": true, "canDelete": true,
        "slug": slug, "url": format!("/d/{uid}/{slug}"), "expires": "0001-01-01T00:00:00Z", "created": utc(first),
        "updated": utc(stored.at), "updatedBy": by, "createdBy": author, "version": stored.version,
        "hasAcl": false, "isFolder": false, "isSnapshot": false, "folderId": folder_id, "folderUid": folder,
        "folderTitle": folder_title, "folderUrl": folder_url, "provisioned": is_fixed,
        "provisionedExternalId": origin["file"].as_str().unwrap_or(""), "isReady": stored.version == 0,
        "isStarred": stars::of(shelf, tenant, login).await?.iter().any(|starred| starred == uid), "apiVersion": sort,
        "message": envelope.message.unwrap_or_default(), "hasPublicDashboard": false, "publicDashboardEnabled": false,
        "annotationsPermissions": {
            "dashboard": { "canAdd": true, "canEdit": true, "canDelete": true },
            "organization": { "canAdd": true, "canEdit": true, "canDelete": true },
        },
    });
    Ok((meta, dashboard))
}

pub(super) async fn read(
    state: Shared,
    Login(login): Login,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    let (meta, dashboard) = meta(&state, (&tenant, &login), &uid, &stored).await?;
    Ok(answer(&json!({ "meta": meta, "dashboard": dashboard })))
}

/// The dashboard as it was sent, to the byte, with what is known about it beside.
pub(super) async fn original(
    state: Shared,
    Login(login): Login,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    let (meta, _) = meta(&state, (&tenant, &login), &uid, &stored).await?;
    let mut body = String::new();
    // Writing into a string cannot fail.
    let _ = write!(body, "{{\"meta\":{meta},\"dashboard\":{}}}", stored.text());
    Ok(respond::json(body))
}

pub(super) async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, stored) = find(&state, &headers, &uid).await?;
    provisioning::check(&state, &tenant, &uid, Change::Delete).await?;
    let title = shape::title(&stored.envelope()?.dashboard).to_owned();
    shelf(&state)?.delete(&tenant, &uid).await?;
    Ok(answer(
        &json!({ "title": title, "message": format!("Dashboard {title} deleted"), "id": number(&uid), "uid": uid }),
    ))
}

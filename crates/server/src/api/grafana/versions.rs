//! The history of a dashboard: its versions, one of them, and going back to one.

use super::dashboards::{Answer, Shared, find, number, shelf, slug, utc};
use super::input::{Login, Path, read_json};
use super::provisioning::{self, Change};
use super::shelf::{Around, Envelope, Stored};
use super::{ApiError, answer, patch, shape, tenant};
use crate::params::Params;
use axum::body::Body;
use axum::extract::Request;
use serde_json::{Value, json};

/// A restore is a number and nothing else.
const MAX_RESTORE_BYTES: u64 = 4 << 10;
/// Versions of one page when none are asked for: all that are kept.
const PAGE: usize = 1_000;

fn described(uid: &str, version: u64, created: i64, envelope: &Envelope) -> Value {
    json!({
        "id": version, "version": version, "parentVersion": version.saturating_sub(1), "dashboardId": number(uid),
        "uid": uid, "dashboardUID": uid, "created": utc(created), "createdBy": envelope.by(), "restoredFrom": 0,
        "message": envelope.message.as_deref().unwrap_or(""),
    })
}

/// The kept versions, newest first; `start` is the version to go on below.
pub(super) async fn list(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let (tenant, _) = find(&state, &parts.headers, &uid).await?;
    let shelf = shelf(&state)?;
    let below = params.get("start").parse::<u64>().ok().filter(|start| *start > 0).unwrap_or(u64::MAX);
    let limit = params.get("limit").parse::<usize>().ok().filter(|limit| *limit > 0).unwrap_or(PAGE);
    let mut versions = Vec::new();
    let mut token = String::new();
    for one in shelf.history(&tenant, &uid).await?.iter().rev() {
        if one.bytes == 0 || one.version >= below {
            continue;
        }
        if versions.len() == limit {
            token = (one.version + 1).to_string();
            break;
        }
        let stored = shelf.dashboard_version(&tenant, &uid, one.version).await?;
        let envelope = stored.and_then(|stored| stored.envelope().ok()).unwrap_or_default();
        versions.push(described(&uid, one.version, one.modified.0, &envelope));
    }
    Ok(answer(&json!({ "continueToken": token, "versions": versions })))
}

async fn version(
    state: &Shared,
    request_tenant: &model::Tenant,
    uid: &str,
    number: u64,
) -> Result<Stored, ApiError> {
    let stored = shelf(state)?.dashboard_version(request_tenant, uid, number).await?;
    stored.ok_or_else(|| ApiError::not_found("Dashboard version"))
}

/// One version with its JSON as `data`.
pub(super) async fn read(
    state: Shared,
    Path((uid, number)): Path<(String, u64)>,
    headers: http::HeaderMap,
) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let stored = version(&state, &tenant, &uid, number).await?;
    let envelope = stored.envelope()?;
    let mut shown = described(&uid, number, stored.at, &envelope);
    shown["data"] = envelope.dashboard;
    Ok(answer(&shown))
}

/// Stores an earlier version as the newest, byte for byte.
pub(super) async fn restore(
    state: Shared,
    Login(login): Login,
    Path(uid): Path<String>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_RESTORE_BYTES).await?;
    let wanted = asked["version"].as_u64().ok_or_else(|| ApiError::bad("expected a number `version`"))?;
    provisioning::check(&state, &tenant, &uid, Change::Save).await?;
    let stored = version(&state, &tenant, &uid, wanted).await?;
    let envelope = stored.envelope()?;
    let title = shape::title(&envelope.dashboard).to_owned();
    // It stays in the folder that it is in now.
    let live = shelf(&state)?.dashboard(&tenant, &uid).await?.and_then(|kept| kept.envelope().ok());
    let message = format!("Restored from version {wanted}");
    let around = Around { message: &message, ..Around::over(live.as_ref().or(Some(&envelope)), &login) };
    let body = Stored::body(stored.text(), &around);
    let version = shelf(&state)?.save(&tenant, &uid, None, body.as_bytes()).await?;
    let slug = slug(&title);
    Ok(answer(&json!({
        "id": number(&uid), "uid": uid, "url": format!("/d/{uid}/{slug}"), "slug": slug, "status": "success",
        "version": version,
    })))
}

/// What changed between two versions. Without `to` up to the newest, without `from` since the one before.
pub(super) async fn diff(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let (tenant, newest) = find(&state, &parts.headers, &uid).await?;
    let asked = |name: &str| match params.some(name) {
        None => Ok(None),
        Some(text) => {
            text.parse::<u64>().map(Some).map_err(|_| ApiError::bad(format!("`{name}` is no number")))
        }
    };
    let to = asked("to")?.unwrap_or(newest.version);
    let from = asked("from")?.unwrap_or_else(|| to.saturating_sub(1));
    let before = version(&state, &tenant, &uid, from).await?.envelope()?;
    let after = version(&state, &tenant, &uid, to).await?.envelope()?;
    let changes = patch::diff(&before.dashboard, &after.dashboard);
    Ok(answer(&json!({ "uid": uid, "from": from, "to": to, "changes": changes })))
}

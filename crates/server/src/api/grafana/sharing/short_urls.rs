//! `/api/short-urls`: a long address of a page under a short one. Opening `/goto/UID` leads to the long one.
//!
//! Invariant: what is led to is a path of this server: never another host, whatever a browser makes of slashes.

use super::dashboards::{Answer, Shared, fresh_uid, shelf, utc};
use super::input::{Login, Path, read_json};
use super::{ApiError, answer, tenant};
use crate::body::header_text;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

const COLLECTION: &str = "short-urls";
/// A path with the whole state of Explore in it.
const MAX_BODY_BYTES: u64 = 64 << 10;
/// Each is a file; many tools shorten what they send to a chat.
const MAX_URLS: usize = 10_000;

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/short-urls", post(create))
        .route("/api/short-urls/{uid}", get(read))
        .route("/goto/{uid}", get(follow))
}

/// A path below the root, without the slash before it.
fn checked(path: &str) -> Result<&str, ApiError> {
    let path = path.trim();
    let why = if path.is_empty() {
        "path is empty"
    } else if path.starts_with('/') || path.contains("://") {
        "path should be relative to the root of this server"
    } else if path.contains("../") || path.contains('\\') || path.chars().any(char::is_control) {
        "path leads out of this server"
    } else {
        return Ok(path);
    };
    Err(ApiError::bad(format!("Invalid short URL: {why}")))
}

/// The address of this server as the one who asks writes it.
pub(in crate::api::grafana) fn root_of(headers: &HeaderMap) -> String {
    let first = |name: &str| header_text(headers, name).split(',').next().unwrap_or("").trim().to_owned();
    let scheme = if first("x-forwarded-proto") == "https" { "https" } else { "http" };
    let forwarded = first("x-forwarded-host");
    let host = if forwarded.is_empty() { header_text(headers, header::HOST).to_owned() } else { forwarded };
    if host.is_empty() { String::new() } else { format!("{scheme}://{host}") }
}

async fn create(state: Shared, Login(login): Login, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let path = checked(asked["path"].as_str().unwrap_or(""))?;
    let shelf = shelf(&state)?;
    let known = shelf.records(&tenant, COLLECTION).await?;
    let uid = match known.iter().find(|one| one.value["path"] == path) {
        Some(same) => same.name.clone(),
        None if known.len() >= MAX_URLS => {
            return Err(ApiError::bad(format!("there are {MAX_URLS} short URLs already")));
        }
        None => {
            let uid = fresh_uid();
            let one = json!({ "path": path, "by": login, "created": utc(state.clock.now_nanos()) });
            shelf.put_record(&tenant, COLLECTION, &uid, Some(0), &one).await?;
            uid
        }
    };
    let url = format!("{}/goto/{uid}?orgId=1", root_of(&parts.headers));
    Ok(answer(&json!({ "uid": uid, "url": url })))
}

async fn path_of(state: &State, headers: &HeaderMap, uid: &str) -> Result<String, ApiError> {
    let found = shelf(state)?.record(&tenant(state, headers)?, COLLECTION, uid).await?;
    let path = found.and_then(|(_, one)| one["path"].as_str().map(str::to_owned));
    path.ok_or_else(|| ApiError::not_found("short URL"))
}

async fn read(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let path = path_of(&state, &headers, &uid).await?;
    Ok(answer(
        &json!({ "uid": uid, "path": path, "url": format!("{}/goto/{uid}?orgId=1", root_of(&headers)) }),
    ))
}

/// Leads on; an address that is unknown, to the first page.
async fn follow(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Response {
    let path = path_of(&state, &headers, &uid).await.unwrap_or_default();
    let place = HeaderValue::from_str(&format!("/{path}")).unwrap_or(HeaderValue::from_static("/"));
    let mut response = respond::empty(StatusCode::FOUND);
    response.headers_mut().insert(header::LOCATION, place);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_shortened() {
        assert_eq!(checked(" d/a/b?from=now-1h ").unwrap(), "d/a/b?from=now-1h");
        for path in ["", "/d/a", "//evil", "http://evil/", "javascript://x", "a/../b", "\\evil", "d/\u{7}"] {
            assert!(checked(path).is_err(), "{path}");
        }
    }
}

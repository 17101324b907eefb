//! `/api/serviceaccounts`: accounts and tokens that tools make for themselves before they write.
//!
//! A token is made up and shown once; what is kept is its SHA-256, by which [`crate::access`] knows who asks. Where nothing
//! is closed, it opens nothing.

use super::dashboards::{Answer, Shared, shelf};
use super::input::{Page, Path, read_json};
use super::shelf::Record;
use super::{ApiError, answer, tenant};
use crate::access::{Role, digest};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{delete, get, post};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use stdx::Rng;
use store::StoreError;

const COLLECTION: &str = "serviceaccounts";
/// A name and a role.
const MAX_BODY_BYTES: u64 = 64 << 10;
/// More than one installation has tools.
const MAX_ACCOUNTS: usize = 1_000;
/// Tokens of one account.
const MAX_TOKENS: usize = 1_000;
const PAGE: usize = 1_000;
/// Others may take the same millisecond.
const MAX_RACES: u64 = 100;

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/serviceaccounts", post(create))
        .route("/api/serviceaccounts/", post(create))
        .route("/api/serviceaccounts/search", get(search))
        .route("/api/serviceaccounts/{id}", get(read).patch(update).delete(remove))
        .route("/api/serviceaccounts/{id}/tokens", get(tokens).post(create_token))
        .route("/api/serviceaccounts/{id}/tokens/{token}", delete(remove_token))
}

fn shown(record: &Record) -> Value {
    let one = &record.value;
    let name = one["name"].as_str().unwrap_or("");
    json!({
        "id": record.name.parse::<u64>().unwrap_or(0), "uid": record.name, "orgId": 1, "name": name,
        "login": format!("sa-1-{}", super::dashboards::slug(name)), "role": one["role"], "isDisabled": one["isDisabled"],
        "isExternal": false, "avatarUrl": "", "accessControl": {}, "teams": [], "createdAt": one["created"],
        "updatedAt": one["updated"], "tokens": one["tokens"].as_array().map_or(0, Vec::len),
    })
}

async fn search(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let words = params.get("query").to_lowercase();
    let mut found = shelf(&state)?.records(&tenant, COLLECTION).await?;
    found.retain(|one| one.value["name"].as_str().unwrap_or("").to_lowercase().contains(&words));
    let page = Page::of(&params, "perpage", PAGE);
    let all: Vec<Value> = page.cut(&found).map(shown).collect();
    Ok(answer(
        &json!({ "totalCount": found.len(), "serviceAccounts": all, "page": page.number, "perPage": page.size }),
    ))
}

/// The role that is named, or the one of those who only read.
fn role(asked: &Value) -> Result<&str, ApiError> {
    match asked["role"].as_str().unwrap_or("Viewer") {
        role @ ("Viewer" | "Editor" | "Admin" | "None") => Ok(role),
        other => Err(ApiError::bad(format!("no role is called {other:?}"))),
    }
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let name = asked["name"].as_str().unwrap_or("").trim();
    if name.is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    let shelf = shelf(&state)?;
    let known = shelf.records(&tenant, COLLECTION).await?;
    if known.iter().any(|one| one.value["name"] == name) {
        return Err(ApiError::bad("service account already exists"));
    }
    if known.len() >= MAX_ACCOUNTS {
        return Err(ApiError::bad(format!("there are {MAX_ACCOUNTS} service accounts already")));
    }
    let now = state.clock.now_millis();
    let at = super::dashboards::utc(state.clock.now_nanos());
    let one = json!({
        "name": name, "role": role(&asked)?, "isDisabled": asked["isDisabled"].as_bool().unwrap_or(false),
        "created": at, "updated": at, "tokens": [],
    });
    for id in now.unsigned_abs()..now.unsigned_abs() + MAX_RACES {
        match shelf.put_record(&tenant, COLLECTION, &id.to_string(), Some(0), &one).await {
            Ok(version) => {
                let record = Record { name: id.to_string(), version, value: Arc::new(one) };
                return Ok(respond::with_type(
                    StatusCode::CREATED,
                    respond::JSON,
                    shown(&record).to_string(),
                ));
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::of(StatusCode::SERVICE_UNAVAILABLE, "too many accounts were made at the same time"))
}

async fn find(state: &State, headers: &HeaderMap, id: u64) -> Result<Record, ApiError> {
    let name = id.to_string();
    let found = shelf(state)?.record(&tenant(state, headers)?, COLLECTION, &name).await?;
    let (version, value) = found.ok_or_else(|| ApiError::not_found("service account"))?;
    Ok(Record { name, version, value: Arc::new(value) })
}

async fn read(state: Shared, Path(id): Path<u64>, headers: HeaderMap) -> Answer {
    Ok(answer(&shown(&find(&state, &headers, id).await?)))
}

async fn update(state: Shared, Path(id): Path<u64>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    role(&asked)?;
    let record = find(&state, &parts.headers, id).await?;
    let at = super::dashboards::utc(state.clock.now_nanos());
    let change = |mut one: Value| {
        for member in ["name", "role", "isDisabled"] {
            if !asked[member].is_null() {
                one[member] = asked[member].clone();
            }
        }
        one["updated"] = at.as_str().into();
        one
    };
    let tenant = tenant(&state, &parts.headers)?;
    let value = shelf(&state)?.change_record(&tenant, COLLECTION, &record.name, change).await?;
    let shown = shown(&Record { value: Arc::new(value), ..record });
    Ok(answer(
        &json!({ "id": id, "name": shown["name"], "message": "Service account updated", "serviceaccount": shown }),
    ))
}

async fn remove(state: Shared, Path(id): Path<u64>, headers: HeaderMap) -> Answer {
    let record = find(&state, &headers, id).await?;
    shelf(&state)?.drop_record(&tenant(&state, &headers)?, COLLECTION, &record.name).await?;
    Ok(answer(&json!({ "message": "Service account deleted" })))
}

async fn tokens(state: Shared, Path(id): Path<u64>, headers: HeaderMap) -> Answer {
    let record = find(&state, &headers, id).await?;
    let now = state.clock.now_millis();
    let known = record.value["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(answer(&known.iter().map(|one| token(one, now)).collect()))
}

/// A token as it stands now.
fn token(one: &Value, now: i64) -> Value {
    let ends = one["ends"].as_i64();
    json!({
        "id": one["id"], "name": one["name"], "created": one["created"], "isRevoked": false,
        "expiration": ends.map(|millis| super::dashboards::utc(millis.saturating_mul(1_000_000))),
        "hasExpired": ends.is_some_and(|millis| millis <= now),
        "secondsUntilExpiration": ends.map_or(0, |millis| (millis - now).max(0) / 1_000),
    })
}

async fn create_token(state: Shared, Path(id): Path<u64>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let name = asked["name"].as_str().unwrap_or("").trim();
    if name.is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    let record = find(&state, &parts.headers, id).await?;
    let known = record.value["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
    if known.iter().any(|one| one["name"] == name) {
        return Err(ApiError::of(StatusCode::CONFLICT, "a token of this name already exists"));
    }
    if known.len() >= MAX_TOKENS {
        return Err(ApiError::bad(format!("the account has {MAX_TOKENS} tokens already")));
    }
    let now = state.clock.now_millis();
    let number = known.iter().filter_map(|one| one["id"].as_u64()).max().unwrap_or(0) + 1;
    let seconds = asked["secondsToLive"].as_i64().filter(|seconds| *seconds > 0);
    let ends = seconds.map(|seconds| now.saturating_add(seconds.saturating_mul(1_000)));
    let created = super::dashboards::utc(state.clock.now_nanos());
    let key = fresh_key();
    let token =
        json!({ "id": number, "name": name, "created": created, "ends": ends, "digest": digest(&key) });
    let with = |mut one: Value| {
        if let Some(tokens) = one["tokens"].as_array_mut() {
            tokens.push(token.clone());
        }
        one
    };
    let tenant = tenant(&state, &parts.headers)?;
    shelf(&state)?.change_record(&tenant, COLLECTION, &record.name, with).await?;
    Ok(answer(&json!({ "id": number, "name": name, "key": key })))
}

/// The role of the account that has the token; of several tenants, the least. `None`: no account of one of them has it.
pub(crate) async fn account_role(state: &State, headers: &HeaderMap, digest: &str) -> Option<Role> {
    let shelf = shelf(state).ok()?;
    let now = state.clock.now_millis();
    let mut least = None;
    for tenant in state.options.tenancy.all_of(headers).ok()? {
        let accounts = shelf.records(&tenant, COLLECTION).await.ok()?;
        let owner = accounts.iter().find(|one| {
            let tokens = one.value["tokens"].as_array().map(Vec::as_slice).unwrap_or_default();
            one.value["isDisabled"] != true
                && tokens.iter().any(|token| {
                    token["digest"] == digest && token["ends"].as_i64().is_none_or(|ends| ends > now)
                })
        })?;
        let role = Role::parse(owner.value["role"].as_str().unwrap_or("Viewer")).unwrap_or(Role::None);
        least = Some(least.map_or(role, |least: Role| least.min(role)));
    }
    least
}

/// In the shape that clients expect.
fn fresh_key() -> String {
    let mut rng = Rng::from_entropy();
    let mut digits = |count: usize| -> String {
        (0..count).filter_map(|_| char::from_digit(u32::try_from(rng.below(36)).unwrap_or(0), 36)).collect()
    };
    format!("glsa_{}_{}", digits(32), digits(8))
}

async fn remove_token(state: Shared, Path((id, token)): Path<(u64, u64)>, headers: HeaderMap) -> Answer {
    let record = find(&state, &headers, id).await?;
    let is_it = |one: &Value| one["id"].as_u64() == Some(token);
    if !record.value["tokens"].as_array().is_some_and(|all| all.iter().any(is_it)) {
        return Err(ApiError::not_found("service account token"));
    }
    let without = |mut one: Value| {
        if let Some(tokens) = one["tokens"].as_array_mut() {
            tokens.retain(|one| !is_it(one));
        }
        one
    };
    let tenant = tenant(&state, &headers)?;
    shelf(&state)?.change_record(&tenant, COLLECTION, &record.name, without).await?;
    Ok(answer(&json!({ "message": "Service account token deleted" })))
}

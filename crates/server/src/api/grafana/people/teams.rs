//! `/api/teams`: users under one name, with preferences of their own. A permission may name a team; nothing enforces it.

use super::account::{Person, people};
use super::dashboards::{Answer, Shared, fresh_uid, number, shelf, utc};
use super::input::{Page, Path, read_json};
use super::shelf::Record;
use super::{ApiError, Shelf, answer, preferences, tenant};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, put};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::sync::Arc;
use store::StoreError;

const COLLECTION: &str = "teams";
/// A name, an address, or the members of a large team.
const MAX_BODY_BYTES: u64 = 256 << 10;
const PAGE: usize = 1_000;
/// What a member may who may change the team.
const ADMIN: u64 = 4;

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/teams", get(search).post(create))
        .route("/api/teams/search", get(search))
        .route("/api/teams/{id}", get(read).put(update).delete(delete))
        .route("/api/teams/{id}/members", get(members).post(add_member).put(set_members))
        .route("/api/teams/{id}/members/{user}", put(change_member).delete(remove_member))
        .route("/api/teams/{id}/groups", get(groups))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// `{userId, permission}` of each.
fn own_members(team: &Value) -> &[Value] {
    team["members"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn shown(record: &Record) -> Value {
    let (uid, one) = (record.name.as_str(), &record.value);
    json!({
        "id": number(uid), "uid": uid, "orgId": 1, "name": text(one, "name"), "email": text(one, "email"), "externalUID": "",
        "isProvisioned": false, "avatarUrl": "", "memberCount": own_members(one).len(), "permission": 0, "accessControl": {},
        "created": one["created"], "updated": one["updated"],
    })
}

/// By number or uid.
pub(in crate::api::grafana) async fn find(
    shelf: &Shelf,
    tenant: &Tenant,
    asked: &str,
) -> Result<Record, ApiError> {
    let all = shelf.records(tenant, COLLECTION).await?;
    let found = all.into_iter().find(|one| one.name == asked || number(&one.name).to_string() == asked);
    found.ok_or_else(|| ApiError::not_found("Team"))
}

/// The teams that a user is in.
pub(in crate::api::grafana) async fn of_user(
    shelf: &Shelf,
    tenant: &Tenant,
    id: u32,
) -> Result<Vec<Value>, StoreError> {
    let is_in = |team: &Value| own_members(team).iter().any(|one| one["userId"] == id);
    let all = shelf.records(tenant, COLLECTION).await?;
    Ok(all.iter().filter(|one| is_in(&one.value)).map(shown).collect())
}

async fn search(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let name = params.get("name");
    let words = params.get("query").to_lowercase();
    let mut found = shelf(&state)?.records(&tenant, COLLECTION).await?;
    found.retain(|one| {
        let own = text(&one.value, "name");
        (name.is_empty() || own == name) && own.to_lowercase().contains(&words)
    });
    let orders: Vec<&str> = params.all("sort").flat_map(|list| list.split(',')).collect();
    found.sort_by(|a, b| compared(&orders, &a.value, &b.value));
    let page = Page::of(&params, "perpage", PAGE);
    let teams: Vec<Value> = page.cut(&found).map(shown).collect();
    Ok(answer(
        &json!({ "totalCount": found.len(), "teams": teams, "page": page.number, "perPage": page.size }),
    ))
}

/// By each of the orders in turn, by name in the end.
fn compared(orders: &[&str], a: &Value, b: &Value) -> Ordering {
    let lower = |value: &Value, name: &str| text(value, name).to_lowercase();
    let by = |order: &str| match order {
        "memberCount" => own_members(a).len().cmp(&own_members(b).len()),
        "name" | "email" => lower(a, order).cmp(&lower(b, order)),
        _ => Ordering::Equal,
    };
    let one = |asked: &&str| match asked.rsplit_once('-') {
        Some((order, "desc")) => by(order).reverse(),
        Some((order, _)) => by(order),
        None => Ordering::Equal,
    };
    orders.iter().map(one).find(|order| order.is_ne()).unwrap_or_else(|| by("name"))
}

/// The name that a request gives, which no other team has.
async fn free_name(shelf: &Shelf, tenant: &Tenant, asked: &Value, own: &str) -> Result<String, ApiError> {
    let name = text(asked, "name").trim();
    if name.is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    let all = shelf.records(tenant, COLLECTION).await?;
    if all.iter().any(|one| one.name != own && text(&one.value, "name") == name) {
        return Err(ApiError::of(StatusCode::CONFLICT, "Team name taken"));
    }
    Ok(name.to_owned())
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let shelf = shelf(&state)?;
    let name = free_name(shelf, &tenant, &asked, "").await?;
    let (uid, now) = (fresh_uid(), utc(state.clock.now_nanos()));
    let team = json!({ "name": name, "email": text(&asked, "email"), "members": [], "created": now, "updated": now });
    shelf.put_record(&tenant, COLLECTION, &uid, Some(0), &team).await?;
    Ok(answer(&json!({ "message": "Team created", "teamId": number(&uid), "uid": uid })))
}

async fn read(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    Ok(answer(&shown(&find(shelf(&state)?, &tenant(&state, &headers)?, &id).await?)))
}

async fn update(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let shelf = shelf(&state)?;
    let uid = find(shelf, &tenant, &id).await?.name;
    let name = free_name(shelf, &tenant, &asked, &uid).await?;
    let now = utc(state.clock.now_nanos());
    let change = |mut team: Value| {
        team["name"] = name.as_str().into();
        team["email"] = text(&asked, "email").into();
        team["updated"] = now.as_str().into();
        team
    };
    shelf.change_record(&tenant, COLLECTION, &uid, change).await?;
    Ok(answer(&json!({ "message": "Team updated" })))
}

async fn delete(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let shelf = shelf(&state)?;
    let uid = find(shelf, &tenant, &id).await?.name;
    shelf.drop_record(&tenant, COLLECTION, &uid).await?;
    preferences::forget_team(shelf, &tenant, &uid).await?;
    Ok(answer(&json!({ "message": "Team deleted" })))
}

async fn members(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let team = find(shelf(&state)?, &tenant(&state, &headers)?, &id).await?;
    let people = people(&state);
    let all = own_members(&team.value).iter().filter_map(|member| {
        // Who is no longer configured is no longer in it.
        let user = people.iter().find(|one| member["userId"] == one.id)?;
        Some(json!({
            "orgId": 1, "teamId": number(&team.name), "teamUID": team.name, "userId": user.id, "userUID": user.login,
            "auth_module": "", "login": user.login, "name": user.login, "email": user.email(), "avatarUrl": "", "labels": [],
            "permission": member["permission"],
        }))
    });
    Ok(answer(&all.collect()))
}

/// Changes the members of a team as one step.
async fn change(
    state: &State,
    tenant: &Tenant,
    uid: &str,
    change: impl Fn(&mut Vec<Value>),
) -> Result<(), StoreError> {
    let Some(shelf) = state.shelf.get() else { return Ok(()) };
    let with = |mut team: Value| {
        if let Some(members) = team["members"].as_array_mut() {
            change(members);
        }
        team
    };
    shelf.change_record(tenant, COLLECTION, uid, with).await.map(drop)
}

fn user(state: &State, is_it: impl Fn(&Person) -> bool) -> Result<Person, ApiError> {
    people(state).into_iter().find(is_it).ok_or_else(|| ApiError::not_found("User"))
}

async fn add_member(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let team = find(shelf(&state)?, &tenant, &id).await?;
    let user = user(&state, |one| asked["userId"] == one.id)?;
    if own_members(&team.value).iter().any(|one| one["userId"] == user.id) {
        return Err(ApiError::bad("User is already added to this team"));
    }
    let add = |members: &mut Vec<Value>| members.push(json!({ "userId": user.id, "permission": 0 }));
    change(&state, &tenant, &team.name, add).await?;
    Ok(answer(&json!({ "message": "Member added to Team" })))
}

/// All members at once, by login or address.
async fn set_members(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let team = find(shelf(&state)?, &tenant, &id).await?;
    let mut all = Vec::new();
    for (list, permission) in [("members", 0), ("admins", ADMIN)] {
        let named = asked[list].as_array().map(Vec::as_slice).unwrap_or_default();
        for name in named.iter().filter_map(Value::as_str) {
            let user = user(&state, |one| one.is_called(name))?;
            all.push(json!({ "userId": user.id, "permission": permission }));
        }
    }
    change(&state, &tenant, &team.name, |members| members.clone_from(&all)).await?;
    Ok(answer(&json!({ "message": "Team memberships have been updated" })))
}

/// The team and its member that a path names.
async fn member(state: &State, tenant: &Tenant, (id, user): (&str, &str)) -> Result<(String, u64), ApiError> {
    let team = find(shelf(state)?, tenant, id).await?;
    let ids = own_members(&team.value).iter().filter_map(|one| one["userId"].as_u64());
    let found = ids.into_iter().find(|id| id.to_string() == user);
    found.map(|id| (team.name.clone(), id)).ok_or_else(|| ApiError::not_found("Team member"))
}

async fn change_member(
    state: Shared,
    Path((id, user)): Path<(String, String)>,
    request: Request<Body>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let (uid, user) = member(&state, &tenant, (&id, &user)).await?;
    let permission = asked["permission"].as_u64().filter(|one| *one == ADMIN).unwrap_or(0);
    let set = |members: &mut Vec<Value>| {
        for one in members.iter_mut().filter(|one| one["userId"] == user) {
            one["permission"] = permission.into();
        }
    };
    change(&state, &tenant, &uid, set).await?;
    Ok(answer(&json!({ "message": "Team member updated" })))
}

async fn remove_member(
    state: Shared,
    Path((id, user)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let (uid, user) = member(&state, &tenant, (&id, &user)).await?;
    change(&state, &tenant, &uid, |members| members.retain(|one| one["userId"] != user)).await?;
    Ok(answer(&json!({ "message": "Team Member removed" })))
}

/// Groups of an outside directory that are put into a team: there are none.
async fn groups(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    find(shelf(&state)?, &tenant(&state, &headers)?, &id).await?;
    Ok(answer(&json!([])))
}

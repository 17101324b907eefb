//! Who asks, and who else there is: the users of the configuration in one organisation. Tools ask before they write.
//!
//! Without configured users there is one, who may do everything. Users are made in the configuration and nowhere else: a
//! request that would make or change one is refused with these words.

use super::dashboards::{Answer, Shared, number, shelf};
use super::input::{ADMIN, Login, Page, Path, read_json};
use super::{ApiError, answer, teams, tenant};
use crate::access::Role;
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get, patch, post};
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

/// A name and an address.
const MAX_BODY_BYTES: u64 = 64 << 10;
const COLLECTION: &str = "organisation";
/// The record in it: there is one organisation.
const ONE: &str = "1";
const PAGE: usize = 1_000;

pub(in crate::api::grafana) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/user", get(me).put(no_new_users))
        .route("/api/user/orgs", get(orgs_of_user))
        .route("/api/user/teams", get(teams_of_me))
        .route("/api/user/using/{id}", post(use_org))
        .route("/api/user/auth-tokens", get(none))
        .route("/api/users", get(users))
        .route("/api/users/{id}", get(one_user).put(no_new_users))
        .route("/api/users/{id}/orgs", get(orgs_of_user))
        .route("/api/users/{id}/teams", get(teams_of_user))
        .route("/api/users/lookup", get(lookup))
        .route("/api/users/search", get(found_users))
        .route("/api/admin/users", get(users).post(no_new_users))
        .route("/api/admin/users/{id}", get(one_user).delete(no_new_users))
        .route("/api/admin/users/{id}/{what}", any(no_new_users))
        .route("/api/org", get(org).put(rename_org))
        .route("/api/org/users", get(members).post(no_new_users))
        .route("/api/org/users/lookup", get(members))
        .route("/api/org/users/{id}", patch(no_new_users).delete(no_new_users))
        .route("/api/org/invites", get(none))
        .route("/api/org/quotas", get(none))
        .route("/api/orgs", get(orgs).post(no_new_orgs))
        .route("/api/orgs/{id}", get(org_by_id).put(rename_org_by_id).delete(no_new_orgs))
        .route("/api/orgs/{id}/users", get(members).post(no_new_users))
        .route("/api/orgs/{id}/quotas", get(none))
        .route("/api/org/users/search", get(found_members))
        .route("/api/orgs/{id}/users/search", get(found_members))
        .route("/api/user/quotas", get(none))
        .route("/api/orgs/name/{name}", get(org_by_name))
        .route("/api/login/ping", get(ping))
        .route("/api/user/permissions", get(allowed))
        .route("/api/access-control/user/permissions", get(allowed))
}

/// The role that the guard of the door found; without one everybody is an administrator.
fn role(known: Option<Extension<Role>>) -> Role {
    known.map_or(Role::Admin, |Extension(role)| role)
}

/// A user as this API knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api::grafana) struct Person {
    pub(in crate::api::grafana) id: u32,
    pub(in crate::api::grafana) login: String,
    pub(in crate::api::grafana) role: Role,
}

impl Person {
    fn named(login: &str, role: Role) -> Self {
        Person { id: id_of(login), login: login.to_owned(), role }
    }

    pub(in crate::api::grafana) fn email(&self) -> String {
        format!("{}@localhost", self.login)
    }

    /// By the login or the address.
    pub(in crate::api::grafana) fn is_called(&self, name: &str) -> bool {
        self.login == name || self.email() == name
    }

    /// As one that is read alone.
    fn profile(&self) -> Value {
        json!({
            "id": self.id, "uid": self.login, "login": self.login, "name": self.login, "email": self.email(), "theme": "",
            "orgId": 1, "isGrafanaAdmin": self.role == Role::Admin, "isDisabled": false, "isExternal": false,
            "isExternallySynced": false, "isProvisioned": false, "authLabels": [], "avatarUrl": "",
        })
    }

    /// As one of a list of users.
    fn hit(&self) -> Value {
        json!({
            "id": self.id, "uid": self.login, "login": self.login, "name": self.login, "email": self.email(),
            "isAdmin": self.role == Role::Admin, "isDisabled": false, "isProvisioned": false, "authLabels": [], "avatarUrl": "",
        })
    }

    /// As one of an organisation.
    fn member(&self) -> Value {
        json!({
            "orgId": 1, "userId": self.id, "uid": self.login, "login": self.login, "name": self.login, "email": self.email(),
            "role": self.role.name(), "isDisabled": false, "isProvisioned": false, "authLabels": [], "avatarUrl": "",
        })
    }
}

/// The number of a user, the same at every answer.
pub(in crate::api::grafana) fn id_of(login: &str) -> u32 {
    if login == ADMIN { 1 } else { number(login) }
}

/// All users, by login.
pub(in crate::api::grafana) fn people(state: &State) -> Vec<Person> {
    let configured = &state.options.access.users;
    let mut all: Vec<Person> = configured.iter().map(|one| Person::named(&one.name, one.role)).collect();
    if all.is_empty() {
        all.push(Person::named(ADMIN, Role::Admin));
    }
    all.sort_by(|a, b| a.login.cmp(&b.login));
    all
}

fn find(state: &State, asked: &str) -> Result<Person, ApiError> {
    let found = people(state).into_iter().find(|one| one.id.to_string() == asked || one.login == asked);
    found.ok_or_else(|| ApiError::not_found("user"))
}

async fn me(Login(login): Login, known: Option<Extension<Role>>) -> Response {
    answer(&Person::named(&login, role(known)).profile())
}

async fn one_user(state: Shared, Path(id): Path<String>) -> Answer {
    Ok(answer(&find(&state, &id)?.profile()))
}

/// One user by the login or the address.
async fn lookup(state: Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let found = people(&state).into_iter().find(|one| one.is_called(params.get("loginOrEmail")));
    Ok(answer(&found.ok_or_else(|| ApiError::not_found("user"))?.profile()))
}

/// Users whose login has the words of `query`.
fn asked_for(state: &State, params: &Params) -> Vec<Person> {
    let words = params.get("query").to_lowercase();
    people(state).into_iter().filter(|one| one.email().to_lowercase().contains(&words)).collect()
}

async fn users(state: Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let page = Page::of(&params, "perpage", PAGE);
    Ok(answer(&page.cut(&asked_for(&state, &params)).map(Person::hit).collect()))
}

async fn found_users(state: Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let page = Page::of(&params, "perpage", PAGE);
    let all = asked_for(&state, &params);
    let shown: Vec<Value> = page.cut(&all).map(Person::hit).collect();
    Ok(answer(&json!({ "totalCount": all.len(), "page": page.number, "perPage": page.size, "users": shown })))
}

async fn members(state: Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    Ok(answer(&asked_for(&state, &params).iter().map(Person::member).collect()))
}

async fn found_members(state: Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let page = Page::of(&params, "perpage", PAGE);
    let all = asked_for(&state, &params);
    let shown: Vec<Value> = page.cut(&all).map(Person::member).collect();
    Ok(answer(
        &json!({ "totalCount": all.len(), "page": page.number, "perPage": page.size, "orgUsers": shown }),
    ))
}

async fn no_new_users() -> ApiError {
    ApiError::of(
        StatusCode::FORBIDDEN,
        "users are made and changed in the configuration of Oriel (access.users)",
    )
}

async fn teams_of_me(state: Shared, Login(login): Login, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    Ok(answer(&teams::of_user(shelf(&state)?, &tenant, id_of(&login)).await?.into()))
}

async fn teams_of_user(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let id = find(&state, &id)?.id;
    Ok(answer(&teams::of_user(shelf(&state)?, &tenant, id).await?.into()))
}

/// The one organisation, under the name it was given.
pub(in crate::api::grafana) async fn organisation(
    state: &State,
    tenant: &Tenant,
) -> Result<String, StoreError> {
    // Without a store nothing was renamed.
    let Some(shelf) = state.shelf.get() else { return Ok("Main Org.".to_owned()) };
    let found = shelf.record(tenant, COLLECTION, ONE).await?;
    let name = found.and_then(|(_, one)| one["name"].as_str().map(str::to_owned));
    Ok(name.unwrap_or_else(|| "Main Org.".to_owned()))
}

async fn org(state: Shared, headers: HeaderMap) -> Answer {
    let name = organisation(&state, &tenant(&state, &headers)?).await?;
    let address =
        json!({ "address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": "" });
    Ok(answer(&json!({ "id": 1, "name": name, "address": address })))
}

async fn org_by_id(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    if id != ONE {
        return Err(ApiError::not_found("Organization"));
    }
    org(state, headers).await
}

async fn org_by_name(state: Shared, Path(asked): Path<String>, headers: HeaderMap) -> Answer {
    if organisation(&state, &tenant(&state, &headers)?).await? != asked {
        return Err(ApiError::not_found("Organization"));
    }
    org(state, headers).await
}

async fn orgs(state: Shared, headers: HeaderMap) -> Answer {
    let name = organisation(&state, &tenant(&state, &headers)?).await?;
    Ok(answer(&json!([{ "id": 1, "name": name }])))
}

async fn orgs_of_user(state: Shared, known: Option<Extension<Role>>, headers: HeaderMap) -> Answer {
    let name = organisation(&state, &tenant(&state, &headers)?).await?;
    Ok(answer(&json!([{ "orgId": 1, "name": name, "role": role(known).name() }])))
}

async fn use_org(Path(id): Path<String>) -> Answer {
    if id != ONE {
        return Err(ApiError::not_found("Organization"));
    }
    Ok(answer(&json!({ "message": "Active organization changed" })))
}

async fn rename_org(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let name = asked["name"].as_str().unwrap_or("").trim();
    if name.is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    shelf(&state)?.put_record(&tenant, COLLECTION, ONE, None, &json!({ "name": name })).await?;
    Ok(answer(&json!({ "message": "Organization updated" })))
}

async fn rename_org_by_id(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    if id != ONE {
        return Err(ApiError::not_found("Organization"));
    }
    rename_org(state, request).await
}

async fn no_new_orgs() -> ApiError {
    ApiError::of(StatusCode::FORBIDDEN, "Oriel has one organisation; tenants are told apart by X-Scope-OrgID")
}

/// Nothing is stored of this sort.
async fn none() -> Response {
    answer(&json!([]))
}

async fn ping() -> Response {
    answer(&json!({ "message": "Logged in" }))
}

async fn allowed(known: Option<Extension<Role>>) -> Response {
    const READS: [&str; 4] = ["dashboards:read", "folders:read", "datasources:query", "annotations:read"];
    const WRITES: [&str; 7] = [
        "dashboards:write",
        "dashboards:create",
        "dashboards:delete",
        "folders:write",
        "folders:create",
        "folders:delete",
        "annotations:write",
    ];
    let writes: &[&str] = if role(known) >= Role::Editor { &WRITES } else { &[] };
    let all = READS.iter().chain(writes).map(|one| ((*one).to_owned(), json!(["*"])));
    answer(&Value::Object(all.collect()))
}

//! `/api/user/stars`: dashboards that one wants at hand. Each user has a list.

use super::dashboards::{Answer, Shared, find, shelf};
use super::input::{Login, Path};
use super::{Shelf, answer, tenant};
use axum::Router;
use axum::routing::{get, post};
use http::HeaderMap;
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

const COLLECTION: &str = "stars";
/// More than one would look through.
const MAX_STARS: usize = 1_000;

pub(in crate::api::grafana) fn routes() -> Router<Arc<crate::state::State>> {
    Router::new()
        .route("/api/user/stars", get(list))
        .route("/api/user/stars/dashboard/uid/{uid}", post(add).delete(remove))
}

/// Uids in the order they were starred.
pub(in crate::api::grafana) async fn of(
    shelf: &Shelf,
    tenant: &Tenant,
    login: &str,
) -> Result<Vec<String>, StoreError> {
    let found = shelf.record(tenant, COLLECTION, login).await?;
    Ok(found.map(|(_, value)| uids(&value)).unwrap_or_default())
}

/// How many there are of all users.
pub(in crate::api::grafana) async fn count(shelf: &Shelf, tenant: &Tenant) -> Result<usize, StoreError> {
    let all = shelf.records(tenant, COLLECTION).await?;
    Ok(all.iter().map(|one| uids(&one.value).len()).sum())
}

fn uids(value: &Value) -> Vec<String> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

async fn list(state: Shared, Login(login): Login, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    Ok(answer(&json!(of(shelf(&state)?, &tenant, &login).await?)))
}

async fn add(state: Shared, Login(login): Login, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let (tenant, _) = find(&state, &headers, &uid).await?;
    let with = |value: Value| {
        let mut all = uids(&value);
        all.retain(|one| *one != uid);
        all.push(uid.clone());
        let from = all.len().saturating_sub(MAX_STARS);
        json!(all[from..])
    };
    shelf(&state)?.change_record(&tenant, COLLECTION, &login, with).await?;
    Ok(answer(&json!({ "message": "Dashboard starred!" })))
}

async fn remove(state: Shared, Login(login): Login, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let without =
        |value: Value| json!(uids(&value).into_iter().filter(|one| *one != uid).collect::<Vec<_>>());
    shelf(&state)?.change_record(&tenant, COLLECTION, &login, without).await?;
    Ok(answer(&json!({ "message": "Dashboard unstarred" })))
}

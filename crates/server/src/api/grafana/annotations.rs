//! `/api/annotations`: words at a time, of a panel, a dashboard, or of everything.
//!
//! Each is a record of its own, named by its number; numbers are milliseconds at which they were made, so that they grow.

use super::dashboards::{Answer, Shared, number, shelf};
use super::input::{Path, read_json};
use super::shelf::Record;
use super::{ApiError, Shelf, answer, tenant};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::StoreError;

pub(super) const COLLECTION: &str = "annotations";
/// An annotation is a few words and tags.
const MAX_BODY_BYTES: u64 = 64 << 10;
/// One tenant's: each is a file of its own, and all are listed for a page.
const MAX_ANNOTATIONS: usize = 10_000;
/// Answered when nobody says how many.
const LIMIT: usize = 100;
/// Others may take the same millisecond.
const MAX_RACES: u64 = 100;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/annotations", get(list).post(create))
        .route("/api/annotations/graphite", post(create_of_graphite))
        .route("/api/annotations/tags", get(tags))
        .route("/api/annotations/mass-delete", post(delete_many))
        .route("/api/annotations/{id}", get(read).put(update).patch(update).delete(delete))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

fn shown(record: &Record) -> Value {
    let one = &record.value;
    let uid = text(one, "dashboardUID");
    json!({
        "id": record.name.parse::<u64>().unwrap_or(0), "alertId": 0, "alertName": "", "newState": "", "prevState": "",
        "dashboardId": if uid.is_empty() { 0 } else { number(uid) }, "dashboardUID": uid, "panelId": one["panelId"],
        "userId": 1, "login": "admin", "email": "", "avatarUrl": "", "time": one["time"], "timeEnd": one["timeEnd"],
        "tags": texts(&one["tags"]), "text": text(one, "text"), "data": one["data"], "created": one["created"],
        "updated": one["updated"],
    })
}

async fn list(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let mut found = shelf(&state)?.records(&tenant, COLLECTION).await?;
    found.retain(|one| is_match(&params, &one.value));
    found.sort_by_key(|one| std::cmp::Reverse(one.value["time"].as_i64()));
    let limit = params.get("limit").parse().unwrap_or(LIMIT).min(MAX_ANNOTATIONS);
    Ok(answer(&found.iter().take(limit).map(shown).collect()))
}

/// In the range, of the dashboard and panel, with every tag, or any when that is asked for.
fn is_match(params: &Params, one: &Value) -> bool {
    let number_of = |name: &str| params.some(name).and_then(|text| text.parse::<i64>().ok());
    let (time, end) = (one["time"].as_i64().unwrap_or(0), one["timeEnd"].as_i64().unwrap_or(0));
    let uid = text(one, "dashboardUID");
    let own = texts(&one["tags"]);
    let mut asked = params.all("tags").filter(|tag| !tag.is_empty());
    let has = |tag: &str| own.contains(&tag);
    let is_tagged = match params.get("matchAny") {
        "true" => params.all("tags").all(str::is_empty) || asked.any(has),
        _ => asked.all(has),
    };
    is_tagged
        && number_of("from").is_none_or(|from| end.max(time) >= from)
        && number_of("to").is_none_or(|to| time <= to)
        && params.some("dashboardUID").is_none_or(|wanted| wanted == uid)
        && number_of("dashboardId").filter(|id| *id > 0).is_none_or(|id| i64::from(number(uid)) == id)
        && number_of("panelId").filter(|id| *id > 0).is_none_or(|id| one["panelId"].as_i64() == Some(id))
        && params.get("type") != "alert"
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    if text(&asked, "text").is_empty() {
        return Err(ApiError::bad("Failed to save annotation: text field should not be empty"));
    }
    store(&state, &tenant, &asked, "Annotation added").await
}

/// `{what, when, tags, data}`: seconds, and tags as one text or many.
async fn create_of_graphite(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let what = text(&asked, "what");
    if what.is_empty() {
        return Err(ApiError::bad("Failed to save Graphite annotation: what field should not be empty"));
    }
    let tags = match &asked["tags"] {
        Value::String(words) => words.split_whitespace().map(Value::from).collect(),
        other => other.clone(),
    };
    let more = text(&asked, "data");
    let words = if more.is_empty() { what.to_owned() } else { format!("{what}\n{more}") };
    let seconds = asked["when"].as_i64().unwrap_or(0);
    let one = json!({ "text": words, "tags": tags, "time": seconds.saturating_mul(1_000) });
    store(&state, &tenant, &one, "Graphite annotation added").await
}

async fn store(state: &State, tenant: &Tenant, asked: &Value, message: &str) -> Answer {
    let shelf = shelf(state)?;
    if shelf.records(tenant, COLLECTION).await?.len() >= MAX_ANNOTATIONS {
        let message = format!("there are {MAX_ANNOTATIONS} annotations already: delete some of them first");
        return Err(ApiError::of(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    let now = state.clock.now_millis();
    let time = asked["time"].as_i64().filter(|time| *time > 0).unwrap_or(now);
    let one = json!({
        "dashboardUID": dashboard_of(shelf, tenant, asked).await?, "panelId": asked["panelId"].as_i64().unwrap_or(0),
        "time": time, "timeEnd": asked["timeEnd"].as_i64().unwrap_or(0).max(time), "tags": texts(&asked["tags"]),
        "text": text(asked, "text"), "data": asked["data"], "created": now, "updated": now,
    });
    let id = write(shelf, tenant, now.unsigned_abs(), &one).await?;
    Ok(answer(&json!({ "message": message, "id": id })))
}

/// By uid, or by the number of older clients; "" is the whole organisation.
async fn dashboard_of(shelf: &Shelf, tenant: &Tenant, asked: &Value) -> Result<String, StoreError> {
    let named = text(asked, "dashboardUID");
    let Some(id) = asked["dashboardId"].as_u64().filter(|id| *id > 0 && named.is_empty()) else {
        return Ok(named.to_owned());
    };
    let all = shelf.dashboards(tenant).await?;
    Ok(all.into_iter().find(|(uid, _)| u64::from(number(uid)) == id).map(|(uid, _)| uid).unwrap_or_default())
}

async fn write(shelf: &Shelf, tenant: &Tenant, from: u64, one: &Value) -> Result<u64, StoreError> {
    for id in from..from + MAX_RACES {
        match shelf.put_record(tenant, COLLECTION, &name(id), Some(0), one).await {
            Ok(_) => return Ok(id),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Unavailable("too many annotations were made at the same time".to_owned()))
}

/// Digits, so that names sort as numbers do.
fn name(id: u64) -> String {
    format!("{id:015}")
}

async fn find(state: &State, tenant: &Tenant, id: u64) -> Result<Value, ApiError> {
    let found = shelf(state)?.record(tenant, COLLECTION, &name(id)).await?;
    found.map(|(_, value)| value).ok_or_else(|| ApiError::not_found("Annotation"))
}

async fn read(state: Shared, Path(id): Path<u64>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let value = find(&state, &tenant, id).await?;
    Ok(answer(&shown(&Record { name: name(id), version: 0, value: Arc::new(value) })))
}

/// Changes what is named and leaves the rest.
async fn update(state: Shared, Path(id): Path<u64>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    find(&state, &tenant, id).await?;
    let now = state.clock.now_millis();
    let change = |mut one: Value| {
        for member in ["text", "tags", "time", "timeEnd", "data"] {
            if !asked[member].is_null() {
                one[member] = asked[member].clone();
            }
        }
        one["updated"] = now.into();
        one
    };
    shelf(&state)?.change_record(&tenant, COLLECTION, &name(id), change).await?;
    Ok(answer(&json!({ "message": "Annotation updated", "id": id })))
}

async fn delete(state: Shared, Path(id): Path<u64>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    if !shelf(&state)?.drop_record(&tenant, COLLECTION, &name(id)).await? {
        return Err(ApiError::not_found("Annotation"));
    }
    Ok(answer(&json!({ "message": "Annotation deleted" })))
}

async fn delete_many(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let shelf = shelf(&state)?;
    let uid = dashboard_of(shelf, &tenant, &asked).await?;
    let panel = asked["panelId"].as_i64().filter(|id| *id > 0);
    let id = asked["annotationId"].as_u64().filter(|id| *id > 0).map(name);
    if (uid.is_empty() || panel.is_none()) && id.is_none() {
        return Err(ApiError::bad("bad request data: expected a dashboard and a panel, or an annotation"));
    }
    for one in shelf.records(&tenant, COLLECTION).await? {
        let is_named = id.as_ref().is_some_and(|id| *id == one.name);
        let is_there = panel.is_some_and(|panel| one.value["panelId"].as_i64() == Some(panel));
        if is_named || (id.is_none() && is_there && text(&one.value, "dashboardUID") == uid) {
            shelf.drop_record(&tenant, COLLECTION, &one.name).await?;
        }
    }
    Ok(answer(&json!({ "message": "Annotations deleted" })))
}

/// Each tag with how many annotations carry it.
async fn tags(state: Shared, request: Request<Body>) -> Answer {
    let (parts, params) = Params::read(request, 0).await?;
    let tenant = tenant(&state, &parts.headers)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for one in shelf(&state)?.records(&tenant, COLLECTION).await? {
        for tag in texts(&one.value["tags"]).into_iter().filter(|tag| tag.contains(params.get("tag"))) {
            *counts.entry(tag.to_owned()).or_default() += 1;
        }
    }
    let limit = params.get("limit").parse().unwrap_or(LIMIT);
    let all = counts.into_iter().take(limit).map(|(tag, count)| json!({ "tag": tag, "count": count }));
    Ok(answer(&json!({ "result": { "tags": all.collect::<Vec<_>>() } })))
}

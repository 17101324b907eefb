//! `/api/datasources`: this server is three data sources, and their proxies are its own APIs.
//!
//! Data sources that tools declare are kept under the uid and name they were given, so that dashboards find them; each
//! is one more name for the signal of its type. A proxy hands the request to the router of that signal, in this process.

use super::dashboards::{Answer, Shared, check_uid, fresh_uid, number, shelf};
use super::input::{Path, read_json};
use super::{ApiError, answer, tenant};
use crate::api::{loki, prometheus, tempo};
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, StatusCode, Uri};
use model::Tenant;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;
use tower::ServiceExt;

pub(super) const COLLECTION: &str = "datasources";
/// A data source is an address and a few settings.
const MAX_BODY_BYTES: u64 = 256 << 10;

/// Number, uid, name and type of each.
const SOURCES: [(u32, &str, &str, Signal); 3] = [
    (1, "oriel-metrics", "Oriel metrics", Signal::Metrics),
    (2, "oriel-logs", "Oriel logs", Signal::Logs),
    (3, "oriel-traces", "Oriel traces", Signal::Traces),
];

/// What a data source asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Signal {
    Metrics,
    Logs,
    Traces,
}

impl Signal {
    /// The type under which clients know it.
    fn kind(self) -> &'static str {
        match self {
            Signal::Metrics => "prometheus",
            Signal::Logs => "loki",
            Signal::Traces => "tempo",
        }
    }

    /// The signal of a type, those of compatible systems included.
    pub(super) fn of(kind: &str) -> Option<Self> {
        match kind {
            "prometheus" | "victoriametrics-metrics-datasource" | "victoriametrics-datasource" => {
                Some(Signal::Metrics)
            }
            "loki" => Some(Signal::Logs),
            "tempo" => Some(Signal::Traces),
            _ => None,
        }
    }
}

/// One data source.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) uid: String,
    pub(super) name: String,
    pub(super) signal: Signal,
    id: u32,
    /// Whether it is the one that is meant when none is named.
    pub(super) is_default: bool,
    /// As a tool declared it; `Null`: it is one of the server's own.
    declared: Value,
}

impl Source {
    fn own(&(id, uid, name, signal): &(u32, &str, &str, Signal)) -> Self {
        let is_default = signal == Signal::Metrics;
        Source { uid: uid.to_owned(), name: name.to_owned(), signal, id, is_default, declared: Value::Null }
    }

    pub(super) fn shown(&self) -> Value {
        let (uid, one) = (&self.uid, &self.declared);
        let is_fixed = one.is_null() || one["readOnly"] == true;
        let url = format!("/api/datasources/proxy/uid/{uid}");
        json!({
            "id": self.id, "uid": uid, "orgId": 1, "name": self.name, "type": one["type"].as_str().unwrap_or(self.signal.kind()),
            "typeName": self.signal.kind(), "typeLogoUrl": "", "access": one["access"].as_str().unwrap_or("proxy"), "url": one["url"].as_str().unwrap_or(&url),
            "isDefault": self.is_default, "readOnly": is_fixed, "basicAuth": one["basicAuth"] == true,
            "basicAuthUser": one["basicAuthUser"].as_str().unwrap_or(""),
            "jsonData": if one["jsonData"].is_object() { one["jsonData"].clone() } else { json!({}) },
            "user": one["user"].as_str().unwrap_or(""), "database": one["database"].as_str().unwrap_or(""),
            "withCredentials": one["withCredentials"] == true, "version": one["version"].as_u64().unwrap_or(1),
            "secureJsonFields": if one["secureJsonFields"].is_object() { one["secureJsonFields"].clone() } else { json!({}) },
        })
    }
}

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/datasources", get(list).post(create))
        .route("/api/datasources/{id}", get(by_id).put(update_by_id).delete(delete_by_id))
        .route("/api/datasources/uid/{uid}", get(by_uid).put(update).delete(delete))
        .route("/api/datasources/name/{name}", get(by_name).delete(delete))
        .route("/api/datasources/id/{name}", get(id_of))
        .route("/api/datasources/uid/{uid}/health", get(health))
        .route("/api/datasources/uid/{uid}/correlations", get(none))
        .route("/api/datasources/uid/{uid}/resources/{*path}", any(resources))
        .route("/api/datasources/{id}/resources/{*path}", any(resources))
        .route("/api/datasources/proxy/uid/{uid}/{*path}", any(proxy))
        .route("/api/datasources/proxy/{id}/{*path}", any(proxy))
}

/// The server's own, then those that were declared.
pub(super) async fn all(state: &State, tenant: &Tenant) -> Result<Vec<Source>, ApiError> {
    let mut found: Vec<Source> = SOURCES.iter().map(Source::own).collect();
    // Without a store there are the server's own only.
    let Some(shelf) = state.shelf.get() else { return Ok(found) };
    for one in shelf.records(tenant, COLLECTION).await? {
        let Some(signal) = Signal::of(one.value["type"].as_str().unwrap_or("")) else { continue };
        let name = one.value["name"].as_str().unwrap_or("").to_owned();
        let id = number(&one.name);
        // The last one that was declared as such is it.
        let is_default = one.value["isDefault"] == true;
        if is_default {
            found.iter_mut().for_each(|other| other.is_default = false);
        }
        let declared = Value::clone(&one.value);
        found.push(Source { uid: one.name, name, signal, id, is_default, declared });
    }
    Ok(found)
}

/// Whether a uid or name is one of the server's own.
pub(super) fn is_own(text: &str) -> bool {
    SOURCES.iter().any(|(_, uid, name, _)| *uid == text || *name == text)
}

/// By uid, number or name.
pub(super) async fn find(state: &State, tenant: &Tenant, asked: &str) -> Result<Source, ApiError> {
    let all = all(state, tenant).await?;
    let found = all.iter().find(|one| one.uid == asked || one.id.to_string() == asked);
    let found = found.or_else(|| all.iter().find(|one| one.name == asked));
    found.cloned().ok_or_else(|| ApiError::not_found("Data source"))
}

async fn list(state: Shared, headers: HeaderMap) -> Answer {
    let all = all(&state, &tenant(&state, &headers)?).await?;
    Ok(answer(&all.iter().map(Source::shown).collect()))
}

async fn by_uid(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    Ok(answer(&find(&state, &tenant(&state, &headers)?, &uid).await?.shown()))
}

async fn by_id(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    by_uid(state, Path(id), headers).await
}

async fn by_name(state: Shared, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let all = all(&state, &tenant(&state, &headers)?).await?;
    let found = all.iter().find(|one| one.name == name);
    Ok(answer(&found.ok_or_else(|| ApiError::not_found("Data source"))?.shown()))
}

async fn id_of(state: Shared, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    Ok(answer(&json!({ "id": find(&state, &tenant(&state, &headers)?, &name).await?.id })))
}

async fn none(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    find(&state, &tenant(&state, &headers)?, &uid).await?;
    Ok(answer(&json!([])))
}

/// What is stored of a declared data source; secrets are not kept, only that there was one.
pub(super) fn declared(asked: &Value) -> Result<Value, ApiError> {
    let text = |name: &str| asked[name].as_str().unwrap_or("");
    if text("name").trim().is_empty() {
        return Err(ApiError::bad("bad request data: expected a name"));
    }
    if Signal::of(text("type")).is_none() {
        let message = format!(
            "a data source of type {:?}: Oriel is the server behind prometheus, loki and tempo data sources, and asks no others",
            text("type")
        );
        return Err(ApiError::bad(message));
    }
    let secrets =
        asked["secureJsonData"].as_object().map(|all| all.keys().map(|key| (key.clone(), true.into())));
    Ok(json!({
        "name": text("name").trim(), "type": text("type"), "url": text("url"), "jsonData": asked["jsonData"],
        "isDefault": asked["isDefault"].as_bool().unwrap_or(false),
        // Nothing is asked of the URL, so these have no effect; a tool that declares them reads back what it declared.
        "access": asked["access"].as_str().unwrap_or("proxy"), "basicAuth": asked["basicAuth"].as_bool().unwrap_or(false),
        "basicAuthUser": text("basicAuthUser"), "user": text("user"), "database": text("database"),
        "withCredentials": asked["withCredentials"].as_bool().unwrap_or(false),
        "secureJsonFields": secrets.map(Iterator::collect::<serde_json::Map<_, _>>).unwrap_or_default(),
    }))
}

async fn create(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let one = declared(&asked)?;
    let uid = asked["uid"].as_str().unwrap_or("");
    check_uid(uid)?;
    let known = all(&state, &tenant).await?;
    if known.iter().any(|other| other.uid == uid || Some(other.name.as_str()) == one["name"].as_str()) {
        return Err(ApiError::of(StatusCode::CONFLICT, "data source with the same name already exists"));
    }
    let uid = if uid.is_empty() { fresh_uid() } else { uid.to_owned() };
    store_one(&state, &tenant, &uid, Some(0), one, "Datasource added").await
}

async fn store_one(
    state: &State,
    tenant: &Tenant,
    uid: &str,
    expected: Option<u64>,
    one: Value,
    message: &str,
) -> Answer {
    match shelf(state)?.put_record(tenant, COLLECTION, uid, expected, &one).await {
        Err(StoreError::Conflict(_)) => {
            return Err(ApiError::of(StatusCode::CONFLICT, "data source with the same uid already exists"));
        }
        written => written?,
    };
    let source = find(state, tenant, uid).await?;
    Ok(answer(
        &json!({ "datasource": source.shown(), "id": source.id, "name": source.name, "message": message }),
    ))
}

async fn update(state: Shared, Path(uid): Path<String>, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let source = find_declared(&state, &tenant, &uid).await?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    store_one(&state, &tenant, &source.uid, None, declared(&asked)?, "Datasource updated").await
}

async fn update_by_id(state: Shared, Path(id): Path<String>, request: Request<Body>) -> Answer {
    update(state, Path(id), request).await
}

async fn find_declared(state: &State, tenant: &Tenant, asked: &str) -> Result<Source, ApiError> {
    let source = find(state, tenant, asked).await?;
    if source.declared.is_null() {
        return Err(ApiError::of(
            StatusCode::FORBIDDEN,
            "the data source is this server and cannot be changed",
        ));
    }
    if source.declared["readOnly"] == true {
        let message = "the data source is provisioned: change the file that declares it";
        return Err(ApiError::of(StatusCode::FORBIDDEN, message));
    }
    Ok(source)
}

async fn delete(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    let tenant = tenant(&state, &headers)?;
    let source = find_declared(&state, &tenant, &uid).await?;
    shelf(&state)?.drop_record(&tenant, COLLECTION, &source.uid).await?;
    Ok(answer(&json!({ "message": "Data source deleted", "id": source.id })))
}

async fn delete_by_id(state: Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    delete(state, Path(id), headers).await
}

async fn health(state: Shared, Path(uid): Path<String>, headers: HeaderMap) -> Answer {
    find(&state, &tenant(&state, &headers)?, &uid).await?;
    if !state.is_ready() {
        let body = json!({ "status": "ERROR", "message": "Oriel is starting or stopping" });
        return Ok(respond::with_type(StatusCode::BAD_REQUEST, respond::JSON, body.to_string()));
    }
    Ok(answer(&json!({ "status": "OK", "message": "Successfully queried the data source.", "details": {} })))
}

async fn proxy(state: Shared, Path((asked, path)): Path<(String, String)>, request: Request<Body>) -> Answer {
    let source = find(&state, &tenant(&state, request.headers())?, &asked).await?;
    Ok(forward(&state, source.signal, &path, request).await)
}

/// Resources are named from the API's root: `api/v1/labels` of metrics, `labels` of logs, `tags` of traces.
async fn resources(
    state: Shared,
    Path((asked, path)): Path<(String, String)>,
    request: Request<Body>,
) -> Answer {
    let source = find(&state, &tenant(&state, request.headers())?, &asked).await?;
    let path = match source.signal {
        Signal::Logs if !path.starts_with("loki/") => format!("loki/api/v1/{path}"),
        Signal::Traces if path == "tags" => "api/v2/search/tags".to_owned(),
        _ => path,
    };
    Ok(forward(&state, source.signal, &path, request).await)
}

/// Sends a request to the API of a signal, as if it had come to that door.
pub(super) async fn forward(
    state: &Arc<State>,
    signal: Signal,
    path: &str,
    mut request: Request<Body>,
) -> Response {
    let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
    // The path was decoded on the way in; what may not stand in a URI is encoded again.
    let Ok(uri) = format!("/{}{query}", encoded(path)).parse::<Uri>() else {
        return respond::not_found().await;
    };
    *request.uri_mut() = uri;
    // Parameters of the outer path would count among those of the inner one.
    request.extensions_mut().clear();
    let state = Arc::clone(state);
    let router = match signal {
        Signal::Metrics => prometheus::api_routes(state),
        Signal::Logs => loki::api_routes(state),
        Signal::Traces => tempo::api_routes(state),
    };
    match router.fallback(respond::not_found).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Percent-encodes what may not stand in a path.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte);
    path.bytes().fold(String::with_capacity(path.len()), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            crate::json::push(&mut out, format_args!("%{byte:02X}"));
        }
        out
    })
}

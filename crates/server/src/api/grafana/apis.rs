//! `/apis/dashboard.grafana.app` and `/apis/folder.grafana.app`: dashboards and folders as resources.
//!
//! ```text
//! { apiVersion, kind, metadata: {name, namespace, resourceVersion, annotations}, spec }
//! ```
//! A dashboard is answered in the version it was stored in, whatever version is asked for; `status.conversion` says so.
//! Invariant: the `spec` that is answered is the text that was stored.

mod dashboards;
mod folders;
mod selector;

use super::dashboards::utc;
use super::input::login_of;
use super::{ApiError, patch, tenant};
use crate::body;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use store::StoreError;

/// Versions of dashboards, the preferred one first.
const DASHBOARD_VERSIONS: [&str; 6] = ["v1", "v2", "v2beta1", "v2alpha1", "v1beta1", "v0alpha1"];
const FOLDER_VERSIONS: [&str; 2] = ["v1", "v1beta1"];
/// The group of folders.
const FOLDERS: &str = "folder.grafana.app";
/// The annotation that names the folder something stands in.
const FOLDER: &str = "grafana.app/folder";
/// The annotation that says why it was saved.
const MESSAGE: &str = "grafana.app/message";
/// The label with the number that older clients know it by.
const NUMBER: &str = "grafana.app/deprecatedInternalID";
/// Annotations that say what this server knows itself.
const OURS: [&str; 5] =
    [FOLDER, MESSAGE, "grafana.app/createdBy", "grafana.app/updatedBy", "grafana.app/updatedTimestamp"];

pub(super) fn routes() -> Router<Arc<State>> {
    let dashboards = "/apis/dashboard.grafana.app/{version}/namespaces/{namespace}/dashboards";
    let folders = "/apis/folder.grafana.app/{version}/namespaces/{namespace}/folders";
    let one = |path: &str| format!("{path}/{{name}}");
    Router::new()
        .route("/api", get(no_core))
        .route("/version", get(version))
        .route("/apis", get(groups))
        .route("/apis/{group}", get(group))
        .route("/apis/{group}/{version}", get(resources))
        .route(dashboards, get(dashboards::list).post(dashboards::create))
        .route(
            &one(dashboards),
            get(dashboards::read)
                .put(dashboards::replace)
                .patch(dashboards::patch)
                .delete(dashboards::delete),
        )
        .route(&format!("{}/dto", one(dashboards)), get(dashboards::read_with_access))
        .route(folders, get(folders::list).post(folders::create))
        .route(
            &one(folders),
            get(folders::read).put(folders::replace).patch(folders::patch).delete(folders::delete),
        )
}

/// A failure as this API says it.
#[derive(Debug)]
struct Failure {
    code: StatusCode,
    reason: &'static str,
    message: String,
}

type Answer = Result<Response, Failure>;

impl Failure {
    fn of(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Failure { code, reason, message: message.into() }
    }

    fn not_found(kind: &str, name: &str) -> Self {
        Self::of(StatusCode::NOT_FOUND, "NotFound", format!("{kind} {name:?} not found"))
    }

    fn conflict(kind: &str, name: &str) -> Self {
        let message =
            format!("{kind} {name:?} has been changed by someone else: read it again, then change it");
        Self::of(StatusCode::CONFLICT, "Conflict", message)
    }

    fn exists(kind: &str, name: &str) -> Self {
        Self::of(StatusCode::CONFLICT, "AlreadyExists", format!("{kind} {name:?} already exists"))
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "BadRequest", message)
    }
}

impl<E: Into<ApiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let ApiError { status, message, .. } = error.into();
        let reason = match status {
            StatusCode::NOT_FOUND => "NotFound",
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => "Conflict",
            StatusCode::UNAUTHORIZED => "Unauthorized",
            StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
            status if status.is_client_error() => "BadRequest",
            _ => "InternalError",
        };
        let code = if status == StatusCode::PRECONDITION_FAILED { StatusCode::CONFLICT } else { status };
        Failure { code, reason, message }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
            "reason": self.reason, "code": self.code.as_u16(),
        });
        respond::with_type(self.code, respond::JSON, body.to_string())
    }
}

/// A resource as it was sent.
struct Sent {
    text: String,
    value: Value,
}

impl Sent {
    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let value: Value = serde_json::from_slice(bytes).map_err(ApiError::from)?;
        if !value["spec"].is_object() {
            return Err(Failure::invalid("expected a resource with `metadata` and `spec`"));
        }
        Ok(Sent { text: String::from_utf8_lossy(bytes).into_owned(), value })
    }

    /// Its own labels and annotations, without those that the server writes and those that are kept as what they say.
    fn kept(&self) -> (Value, Value) {
        let own = |name: &str, is_ours: fn(&str) -> bool| -> Value {
            let all = self.value["metadata"][name].as_object().into_iter().flatten();
            Value::Object(
                all.filter(|(key, _)| !is_ours(key)).map(|(key, one)| (key.clone(), one.clone())).collect(),
            )
        };
        (own("labels", |key| key == NUMBER), own("annotations", |key| OURS.contains(&key)))
    }

    fn annotation(&self, name: &str) -> &str {
        self.value["metadata"]["annotations"][name].as_str().unwrap_or("")
    }

    /// The version its writer has seen, unless he does not care.
    fn resource_version(&self) -> Result<Option<u64>, Failure> {
        match self.value["metadata"]["resourceVersion"].as_str().unwrap_or("") {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Failure::invalid("`resourceVersion` is no number")),
        }
    }

    /// The name it gives itself, or one made from the start it names.
    fn name(&self) -> Result<String, Failure> {
        let metadata = &self.value["metadata"];
        let name = metadata["name"].as_str().unwrap_or("");
        let start = metadata["generateName"].as_str().unwrap_or("");
        let name = match (name, start) {
            ("", "") => {
                return Err(Failure::invalid("`metadata.name` or `metadata.generateName` is required"));
            }
            ("", start) => format!("{start}{}", super::dashboards::fresh_uid()),
            (name, _) => name.to_owned(),
        };
        super::dashboards::check_uid(&name)?;
        Ok(name)
    }
}

/// What both sorts of resources say about themselves.
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
    version: u64,
    created: i64,
    updated: i64,
    folder: &'a str,
    message: &'a str,
    author: &'a str,
    by: &'a str,
    /// What its writers added.
    labels: &'a Value,
    annotations: &'a Value,
}

impl Metadata<'_> {
    fn shown(&self) -> Value {
        let own = |all: &Value| if all.is_object() { all.clone() } else { json!({}) };
        let (mut labels, mut annotations) = (own(self.labels), own(self.annotations));
        labels[NUMBER] = super::dashboards::number(self.name).to_string().into();
        annotations["grafana.app/createdBy"] = format!("user:{}", self.author).into();
        annotations["grafana.app/updatedBy"] = format!("user:{}", self.by).into();
        annotations["grafana.app/updatedTimestamp"] = utc(self.updated).into();
        for (name, value) in [(FOLDER, self.folder), (MESSAGE, self.message)] {
            if !value.is_empty() {
                annotations[name] = value.into();
            }
        }
        json!({
            "name": self.name, "namespace": self.namespace, "uid": self.name, "resourceVersion": self.version.to_string(),
            "generation": self.version, "creationTimestamp": utc(self.created), "labels": labels, "annotations": annotations,
        })
    }
}

/// What a patch of the merging sort (RFC 7396) makes of a value.
fn merged(target: &Value, patch: &Value) -> Value {
    let Some(members) = patch.as_object() else { return patch.clone() };
    let mut result = target.as_object().cloned().unwrap_or_default();
    for (name, value) in members {
        if value.is_null() {
            result.remove(name);
        } else {
            let before = result.get(name).cloned().unwrap_or(Value::Null);
            result.insert(name.clone(), merged(&before, value));
        }
    }
    Value::Object(result)
}

/// What a patch makes of a resource: a merge patch, or a list of operations (RFC 6902), by its content type.
fn patched(headers: &HeaderMap, before: &Value, body: &[u8]) -> Result<Patched, Failure> {
    let kind = body::content_type(headers).split(';').next().unwrap_or("").trim();
    let asked: Value = serde_json::from_slice(body).map_err(ApiError::from)?;
    let mut next = match kind {
        "application/merge-patch+json" => merged(before, &asked),
        "application/json-patch+json" => {
            let mut next = before.clone();
            patch::apply(&mut next, &asked).map_err(Failure::invalid)?;
            next
        }
        kind => {
            let message = format!(
                "a patch of type {kind:?}: expected application/merge-patch+json or application/json-patch+json"
            );
            return Err(Failure::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
        }
    };
    if let Some(members) = next.as_object_mut() {
        members.remove("status");
    }
    let said = |value: &Value| value["metadata"]["resourceVersion"].as_str().map(str::to_owned);
    let version = said(&next).filter(|version| Some(version) != said(before).as_ref());
    let version = match version.as_deref() {
        None | Some("") => None,
        Some(text) => Some(text.parse().map_err(|_| Failure::invalid("`resourceVersion` is no number"))?),
    };
    Ok(Patched { sent: Sent::read(next.to_string().as_bytes())?, version })
}

/// A resource with a patch applied.
struct Patched {
    sent: Sent,
    /// The version that the patch rests on, when it names another than the one that was read.
    version: Option<u64>,
}

fn versions(group: &str) -> Option<&'static [&'static str]> {
    match group {
        super::shape::GROUP => Some(&DASHBOARD_VERSIONS),
        FOLDERS => Some(&FOLDER_VERSIONS),
        _ => None,
    }
}

fn described(group: &str, all: &[&str]) -> Value {
    let one = |version: &&str| json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    json!({
        "kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": all.iter().map(one).collect::<Vec<_>>(),
        "preferredVersion": all.first().map(one),
    })
}

/// The group that has no name holds nothing here; clients ask for it before they ask for the others.
async fn no_core() -> Response {
    super::answer(&json!({ "kind": "APIVersions", "versions": [], "serverAddressByClientCIDRs": [] }))
}

/// The version of the API of resources, as its clients read it before they list them.
async fn version() -> Response {
    super::answer(&json!({
        "major": "1", "minor": "30", "gitVersion": "v1.30.0", "gitCommit": super::commit(), "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "rustc", "platform": "",
    }))
}

async fn groups() -> Response {
    let all = [(super::shape::GROUP, &DASHBOARD_VERSIONS[..]), (FOLDERS, &FOLDER_VERSIONS[..])];
    let all: Vec<Value> = all.iter().map(|(group, all)| described(group, all)).collect();
    super::answer(&json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": all }))
}

async fn group(axum::extract::Path(group): axum::extract::Path<String>) -> Answer {
    let all = versions(&group).ok_or_else(|| Failure::not_found("group", &group))?;
    Ok(super::answer(&described(&group, all)))
}

async fn resources(axum::extract::Path((group, version)): axum::extract::Path<(String, String)>) -> Answer {
    check_version(&group, &version)?;
    let (name, kind) = if group == FOLDERS { ("folders", "Folder") } else { ("dashboards", "Dashboard") };
    let one = json!({
        "name": name, "singularName": kind.to_lowercase(), "namespaced": true, "kind": kind,
        "verbs": ["create", "delete", "get", "list", "patch", "update"],
    });
    let version = format!("{group}/{version}");
    Ok(super::answer(&json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [one],
    })))
}

fn check_version(group: &str, version: &str) -> Result<(), Failure> {
    let all = versions(group).ok_or_else(|| Failure::not_found("group", group))?;
    if all.contains(&version) { Ok(()) } else { Err(Failure::not_found("version", version)) }
}

/// What every write of a resource begins with.
struct Opened {
    tenant: Tenant,
    headers: HeaderMap,
    body: Bytes,
    /// Who asks.
    login: String,
}

/// The version of the path must be spoken here; a body has at most `most` bytes.
async fn opened(
    state: &State,
    group: &str,
    version: &str,
    request: Request<Body>,
    most: u64,
) -> Result<Opened, Failure> {
    check_version(group, version)?;
    let (parts, body) = request.into_parts();
    let tenant = tenant(state, &parts.headers)?;
    let login = login_of(&parts.extensions);
    Ok(Opened { tenant, headers: parts.headers, body: body::read(body, most).await?, login })
}

/// The version that was written; whoever wrote first has made it anew (`expected` is 0) or changed it.
fn written(
    result: Result<u64, StoreError>,
    expected: Option<u64>,
    kind: &str,
    name: &str,
) -> Result<u64, Failure> {
    match result {
        Err(StoreError::Conflict(_)) if expected == Some(0) => Err(Failure::exists(kind, name)),
        Err(StoreError::Conflict(_)) => Err(Failure::conflict(kind, name)),
        result => Ok(result?),
    }
}

/// `kinds` is the plural that paths have.
fn deleted(name: &str, group: &str, kinds: &str) -> Response {
    super::answer(&json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": { "name": name, "group": group, "kind": kinds, "uid": name },
    }))
}

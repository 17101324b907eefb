//! The dashboard server's HTTP API on the UI's door: dashboards, folders, search, data sources, who one is.
//!
//! ```text
//! POST /api/dashboards/db --> dashboards.rs --> shelf.rs --> store::Documents: the request's body, byte for byte
//! GET  /api/dashboards/uid/X <-- id, uid and version filled in; /api/oriel/v1/dashboards/X <-- as it was sent
//! ```
//! Dashboards that come with Oriel ([`ready`]) are there until one is stored, or deleted, under their uid.
//! Source: <https://grafana.com/docs/grafana/latest/developers/http_api/>

mod dashboards;
mod folders;
mod ready;
mod search;
mod shelf;
mod slice;
mod sources;

pub use shelf::Shelf;

use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use stdx::ErrorKind;

/// All routes.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/dashboards/db", post(dashboards::save))
        .route("/api/dashboards/uid/{uid}", get(dashboards::read).delete(dashboards::delete))
        .route("/api/dashboards/uid/{uid}/versions", get(dashboards::versions))
        .route("/api/dashboards/uid/{uid}/versions/{version}", get(dashboards::read_version))
        .route("/api/oriel/v1/dashboards/{uid}", get(dashboards::original))
        .route("/api/search", get(search::search))
        .route("/api/folders", get(folders::list).post(folders::create))
        .route("/api/folders/{uid}", get(folders::read).put(folders::update).delete(folders::delete))
        .route("/api/datasources", get(sources::list))
        .route("/api/datasources/uid/{uid}", get(sources::by_uid))
        .route("/api/datasources/name/{name}", get(sources::by_name))
        .route("/api/datasources/uid/{uid}/health", get(sources::health))
        .route("/api/user", get(user))
        .route("/api/org", get(org))
        .route("/api/annotations", get(none))
        .with_state(state.clone())
        .merge(sources::proxies(state))
}

async fn user() -> Response {
    answer(&json!({
        "id": 1, "uid": "admin", "login": "admin", "name": "admin", "email": "", "theme": "", "orgId": 1,
        "isGrafanaAdmin": true, "isDisabled": false, "isExternal": false, "authLabels": [],
    }))
}

async fn org() -> Response {
    answer(&json!({ "id": 1, "name": "Main Org.", "address": {} }))
}

/// Nothing is stored of this sort.
async fn none() -> Response {
    answer(&json!([]))
}

fn answer(body: &Value) -> Response {
    respond::json(body.to_string())
}

fn tenant(state: &State, headers: &HeaderMap) -> Result<Tenant, ApiError> {
    Ok(state.options.tenancy.of(headers)?)
}

/// A failure as this API says it: `{"message": ..}`, sometimes with a word for programs.
struct ApiError {
    status: StatusCode,
    message: String,
    word: Option<&'static str>,
}

impl ApiError {
    fn of(status: StatusCode, message: impl Into<String>) -> Self {
        ApiError { status, message: message.into(), word: None }
    }

    fn not_found(what: &str) -> Self {
        Self::of(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, message)
    }

    /// Someone else wrote first.
    fn mismatch() -> Self {
        let message = "The dashboard has been changed by someone else";
        ApiError { word: Some("version-mismatch"), ..Self::of(StatusCode::PRECONDITION_FAILED, message) }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::of(fault.status(), fault.message())
    }
}

impl From<store::StoreError> for ApiError {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Conflict(_) => Self::mismatch(),
            error => Fault::new(error.kind(), error.to_string()).into(),
        }
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        Fault::new(ErrorKind::Invalid, format!("bad request data: {error}")).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "message": self.message });
        if let Some(word) = self.word {
            body["status"] = word.into();
        }
        respond::with_type(self.status, respond::JSON, body.to_string())
    }
}

#[cfg(test)]
mod tests;

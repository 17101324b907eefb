//! The dashboard server's HTTP API on the UI's door: dashboards, folders, search, data sources, who one is.
//!
//! ```text
//! POST /api/dashboards/db --> dashboards.rs --> shelf.rs --> store::Documents: the request's body, byte for byte
//! GET  /api/dashboards/uid/X <-- id, uid and version filled in; /api/oriel/v1/dashboards/X <-- as it was sent
//! /apis/dashboard.grafana.app  the same dashboards as resources (apis.rs)
//! POST /api/ds/query, /api/datasources/proxy/..  the three signals, through the routers of their own APIs (sources.rs)
//! ```
//! Dashboards that come with Oriel ([`ready`]) are there until one is stored, or deleted, under their uid.
//! Source: <https://grafana.com/docs/grafana/latest/developers/http_api/>

mod annotations;
mod apis;
mod dashboards;
mod ds_query;
mod folders;
mod input;
mod installation;
mod json;
mod library;
mod people;
mod playlists;
mod provisioning;
mod ready;
mod search;
mod sharing;
mod shelf;
mod sources;
mod versions;

pub(crate) use people::service_accounts::account_role;
pub use provisioning::{Provisioning, ProvisioningOptions, Report, Variables};
pub use shelf::Shelf;
pub(crate) use shelf::sessions;
pub(crate) use sources::Signal;

use self::json::{patch, shape, slice};
use self::people::{account, permissions, stars};
use self::sharing::snapshots;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::Tenant;
use serde_json::{Value, json};
use std::sync::Arc;
use stdx::ErrorKind;

/// The version of the dashboard API that is spoken here: clients ask for it before they choose paths, and take an early one
/// for a server without data frames, service accounts or nested folders.
pub(crate) const COMPATIBLE_VERSION: &str = "12.0.0";

/// What Oriel calls its own version where clients expect a commit.
pub(crate) fn commit() -> String {
    format!("oriel-{}", env!("CARGO_PKG_VERSION"))
}

/// All routes.
pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/dashboards/db", post(dashboards::save))
        .route("/api/dashboards/import", post(dashboards::import))
        .route("/api/dashboards/tags", get(search::tags))
        .route("/api/dashboards/uid/{uid}", get(dashboards::read).delete(dashboards::delete))
        .route("/api/dashboards/uid/{uid}/versions", get(versions::list))
        .route("/api/dashboards/uid/{uid}/versions/{version}", get(versions::read))
        .route("/api/dashboards/uid/{uid}/restore", post(versions::restore))
        .route("/api/oriel/v1/dashboards/{uid}", get(dashboards::original))
        .route("/api/oriel/v1/dashboards/{uid}/diff", get(versions::diff))
        .route("/api/search", get(search::search))
        .route("/api/search/sorting", get(search::sorting))
        .route("/api/ds/query", post(ds_query::query))
        .merge(annotations::routes())
        .merge(apis::routes())
        .merge(folders::routes())
        .merge(installation::routes())
        .merge(library::routes())
        .merge(people::routes())
        .merge(playlists::routes())
        .merge(sharing::routes())
        .merge(sources::routes())
        .with_state(state)
}

fn answer(body: &Value) -> Response {
    respond::json(body.to_string())
}

fn tenant(state: &State, headers: &HeaderMap) -> Result<Tenant, ApiError> {
    Ok(state.options.tenancy.of(headers)?)
}

/// The body of a signal's own API, for a question asked as a form.
pub(crate) async fn rows(
    state: &Arc<State>,
    headers: &HeaderMap,
    signal: Signal,
    path: &str,
    form: &[(&str, String)],
) -> Result<Bytes, Fault> {
    let failed = |error: ApiError| Fault::invalid(error.message).with_status(error.status);
    ds_query::ask_bytes(state, headers, signal, path, form).await.map_err(failed)
}

/// A failure as this API says it: `{"message": ..}`, sometimes with a word for programs.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    word: Option<&'static str>,
}

impl ApiError {
    fn of(status: StatusCode, message: impl Into<String>) -> Self {
        ApiError { status, message: message.into(), word: None }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        ApiError { word: Some("not-found"), ..Self::of(StatusCode::NOT_FOUND, format!("{what} not found")) }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, message)
    }

    /// Someone else wrote first: the words that clients of dashboards know, for whatever was written.
    fn mismatch(what: &str) -> Self {
        let message = format!("The {what} has been changed by someone else");
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
            store::StoreError::Conflict(of) => {
                let message = format!("changed by someone else in the meantime: {of}");
                ApiError {
                    word: Some("version-mismatch"),
                    ..Self::of(StatusCode::PRECONDITION_FAILED, message)
                }
            }
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

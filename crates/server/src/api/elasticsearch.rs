//! Elasticsearch's door: lines in by `_bulk` and as single documents, and the calls by which its senders (Beats, Logstash,
//! Fluent Bit, Vector) make sure of whom they speak to and prepare their indices.
//!
//! It is a way in, not a search engine: an index is a label, and nothing is read back. The routes stand at the root of
//! their own door and under `/elasticsearch` and `/insert/elasticsearch` of the logs door.
//! Source: <https://www.elastic.co/guide/en/elasticsearch/reference/8.17/rest-apis.html>

mod bulk;
mod handshake;

use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use std::sync::Arc;

/// Paths under which the logs door has these routes.
const PREFIXES: [&str; 2] = ["/elasticsearch", "/insert/elasticsearch"];

/// All routes of the door of its own.
pub fn routes(state: Arc<State>) -> Router {
    under("").with_state(state)
}

/// The routes as the logs door has them.
pub(super) fn routes_of_logs() -> Router<Arc<State>> {
    let plain = Router::new().route("/_bulk", post(bulk::bulk)).route("/{index}/_bulk", post(bulk::bulk_of));
    PREFIXES.into_iter().fold(signed(plain), |all, prefix| all.merge(under(prefix)))
}

fn under(prefix: &str) -> Router<Arc<State>> {
    let at = |path: &str| format!("{prefix}{path}");
    let mut router = Router::new()
        .route(&at("/"), get(handshake::root))
        .route(&at("/_bulk"), post(bulk::bulk).put(bulk::bulk))
        .route(&at("/{index}/_bulk"), post(bulk::bulk_of).put(bulk::bulk_of))
        .route(&at("/{index}/_doc"), post(bulk::document))
        .route(&at("/{index}/_doc/{id}"), post(bulk::document_with_id).put(bulk::document_with_id))
        .route(&at("/{index}/_create/{id}"), post(bulk::document_with_id).put(bulk::document_with_id))
        .route(&at("/_license"), get(handshake::license))
        .route(&at("/_xpack"), get(handshake::xpack))
        .route(&at("/_cluster/health"), get(handshake::health))
        .route(&at("/_nodes"), get(handshake::nodes))
        .route(&at("/_nodes/{*which}"), get(handshake::nodes))
        .route(&at("/{index}"), get(handshake::index).put(handshake::made));
    for kind in ["_ilm/policy", "_index_template", "_component_template", "_template", "_ingest/pipeline"] {
        router = router
            .route(&at(&format!("/{kind}")), any(handshake::settings))
            .route(&at(&format!("/{kind}/{{name}}")), any(handshake::settings));
    }
    router = router
        .route(&at("/_data_stream/{name}"), any(handshake::settings))
        .route(&at("/_alias/{name}"), any(handshake::settings));
    if !prefix.is_empty() {
        router = router.route(prefix, get(handshake::root));
    }
    signed(router)
}

/// Official clients speak only to servers that sign their answers so.
fn signed(router: Router<Arc<State>>) -> Router<Arc<State>> {
    router.layer(map_response(|mut response: Response| async move {
        response.headers_mut().insert("x-elastic-product", HeaderValue::from_static("Elasticsearch"));
        response
    }))
}

/// A failure as this API says it.
struct ApiError(Fault);

impl<E: Into<Fault>> From<E> for ApiError {
    fn from(error: E) -> Self {
        ApiError(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let kind = error_type(status);
        let cause = json!({ "type": kind, "reason": self.0.message() });
        let error = json!({ "root_cause": [cause], "type": kind, "reason": self.0.message() });
        let body = json!({ "error": error, "status": status.as_u16() });
        respond::with_type(status, respond::JSON, body.to_string())
    }
}

/// The word for a failure of this status.
fn error_type(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS => "es_rejected_execution_exception",
        StatusCode::PAYLOAD_TOO_LARGE => "content_too_long_exception",
        StatusCode::UNAUTHORIZED => "security_exception",
        status if status.is_server_error() => "unavailable_shards_exception",
        _ => "illegal_argument_exception",
    }
}

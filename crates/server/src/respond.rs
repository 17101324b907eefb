//! Small answers.

use axum::body::Body;
use axum::response::Response;
use http::{StatusCode, Uri, header};

/// `text/plain; charset=utf-8`
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
/// `application/json`
pub(crate) const JSON: &str = "application/json";

/// A body of one content type.
pub(crate) fn with_type(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

/// Plain text.
pub(crate) fn text(status: StatusCode, body: impl Into<String>) -> Response {
    with_type(status, TEXT, body.into())
}

/// 200 with JSON.
pub(crate) fn json(body: impl Into<Body>) -> Response {
    with_type(StatusCode::OK, JSON, body)
}

/// No body at all.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Go's answer to an unknown path.
pub(crate) async fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// Go's answer to a known path with another method.
pub(crate) async fn method_not_allowed() -> Response {
    text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n")
}

/// The same on the UI's door, where clients of dashboards read the words of a refusal out of JSON.
pub(crate) async fn method_not_allowed_on_ui(uri: Uri) -> Response {
    if is_of_dashboards(uri.path()) {
        return with_type(StatusCode::METHOD_NOT_ALLOWED, JSON, r#"{"message":"Method not allowed"}"#);
    }
    method_not_allowed().await
}

/// Whether a path of the UI's door is one of the API of dashboards, which answers everything as JSON. The metrics API stands
/// under `/api` too.
pub(crate) fn is_of_dashboards(path: &str) -> bool {
    path.starts_with("/apis/") || path.starts_with("/api/") && !path.starts_with("/api/v1/")
}

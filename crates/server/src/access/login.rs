//! Logging in from a page: a token goes in once, and a cookie that scripts cannot read says it from then on.
//!
//! ```text
//! POST /login {password: TOKEN} --> known? --> Set-Cookie: oriel_token=BASE64URL(TOKEN); HttpOnly; SameSite=Strict
//! GET|POST /logout              --> the cookie goes
//! GET /api/oriel/v1/access      --> whether anything is refused, and what the one who asks may do
//! ```
//! Invariant: the cookie opens what its token opens, and nothing once the token is gone. Other sites cannot send it
//! (`SameSite=Strict`), and what changes something is refused to them besides ([`super::guard`]).

use super::{known_role, shown};
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// The name of the cookie.
const COOKIE: &str = "oriel_token";
/// A name and a token.
const MAX_BODY_BYTES: u64 = 8 << 10;
/// A month in seconds: who looks in now and then stays logged in.
const MAX_AGE: u32 = 30 * 24 * 3_600;

type Shared = extract::State<Arc<State>>;

/// All routes; `page` answers a browser that opens `/login`.
pub(crate) fn routes<H, T>(state: Arc<State>, page: H) -> Router
where
    H: Handler<T, Arc<State>>,
    T: 'static,
{
    Router::new()
        .route("/login", post(login).get(page))
        .route("/logout", get(leave).post(logout))
        .route("/api/oriel/v1/access", get(access))
        .with_state(state)
}

/// The token of the cookie, if there is one.
pub(super) fn of_cookie(headers: &HeaderMap) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let value = pairs
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())?
        .1;
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

async fn login(state: Shared, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = crate::body::read(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = asked["password"].as_str().unwrap_or("").trim();
    if token.is_empty() {
        return said(
            StatusCode::BAD_REQUEST,
            "bad request data: expected JSON with `password`, which is a token",
        );
    }
    let access = &state.options.access;
    let known = known_role(&state, &parts.headers, token).await;
    if known.is_none() && !access.is_open() {
        return said(StatusCode::UNAUTHORIZED, "No such token: it was never made here, or it was taken away");
    }
    with_cookie(said(StatusCode::OK, "Logged in"), &URL_SAFE_NO_PAD.encode(token), MAX_AGE, &parts.headers)
}

async fn logout(headers: HeaderMap) -> Response {
    with_cookie(said(StatusCode::OK, "Logged out"), "", 0, &headers)
}

async fn leave(headers: HeaderMap) -> Response {
    let mut response = respond::empty(StatusCode::FOUND);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("./"));
    with_cookie(response, "", 0, &headers)
}

fn said(status: StatusCode, message: &str) -> Response {
    respond::with_type(status, respond::JSON, json!({ "message": message }).to_string())
}

fn with_cookie(mut response: Response, value: &str, max_age: u32, headers: &HeaderMap) -> Response {
    // Behind a proxy that speaks TLS the cookie never leaves it.
    let is_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// What a page asks before it offers anything: nobody is refused this.
async fn access(state: Shared, headers: HeaderMap) -> Response {
    let access = &state.options.access;
    let known = match shown(&headers) {
        Some(token) if !access.is_open() => known_role(&state, &headers, &token).await,
        _ => None,
    };
    let role = known.unwrap_or_else(|| access.everybody());
    respond::json(
        json!({ "open": access.is_open(), "logged_in": known.is_some(), "role": role.name() }).to_string(),
    )
}

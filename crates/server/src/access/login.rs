//! Logging in from a page: a name and a password, or a token, go in once; a cookie that scripts cannot read says it from then on.
//!
//! ```text
//! POST /login {user, password}     --> a user's? --> Set-Cookie: oriel_session=ID; HttpOnly; SameSite=Strict
//! POST /login {password: TOKEN}    --> known?    --> Set-Cookie: oriel_token=BASE64URL(TOKEN); HttpOnly; SameSite=Strict
//! GET|POST /logout                 --> the session ends, the cookies go
//! GET /api/oriel/v1/access         --> whether anything is refused, who asks, and what that one may do
//! ```
//! Invariant: a cookie opens what its token or its user opens, and nothing once that is gone. Other sites cannot send it
//! (`SameSite=Strict`), and what changes something is refused to them besides ([`super::guard`]).

use super::users::SESSION_MS;
use super::{Gate, Refusal, Shown, Who, asking, owner};
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

/// The cookie of a token.
const TOKEN: &str = "oriel_token";
/// The cookie of a user's session.
const SESSION: &str = "oriel_session";
/// A name and a token.
const MAX_BODY_BYTES: u64 = 8 << 10;
/// Seconds that a browser keeps a cookie: as long as a session lasts.
const MAX_AGE: i64 = SESSION_MS / 1_000;

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

/// What the cookies show; a session goes before a token.
pub(super) fn of_cookie(headers: &HeaderMap) -> Option<Shown> {
    if let Some(id) = cookie(headers, SESSION) {
        return Some(Shown::Session(id.to_owned()));
    }
    let token = String::from_utf8(URL_SAFE_NO_PAD.decode(cookie(headers, TOKEN)?).ok()?).ok()?;
    Some(Shown::Token(token))
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value)
}

async fn login(state: Shared, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = crate::body::read(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let name = asked["user"].as_str().unwrap_or("").trim();
    let password = asked["password"].as_str().unwrap_or("");
    if password.trim().is_empty() {
        return said(
            StatusCode::BAD_REQUEST,
            "bad request data: expected JSON with `user` and `password`; a token is a password of any user",
        );
    }
    let access = &state.options.access;
    let token = password.trim();
    if owner(&state, &parts.headers, token).await.is_some() || access.is_open() {
        let mut response = said(StatusCode::OK, "Logged in");
        set_cookie(&mut response, TOKEN, &URL_SAFE_NO_PAD.encode(token), MAX_AGE, &parts.headers);
        set_cookie(&mut response, SESSION, "", 0, &parts.headers);
        return response;
    }
    if name.is_empty() || access.users.is_empty() {
        return said(StatusCode::UNAUTHORIZED, "No such token: it was never made here, or it was taken away");
    }
    let user = match Gate::check(&state, name, password).await {
        Ok(user) => user,
        Err(Refusal::Later(seconds)) => return later(seconds),
        Err(Refusal::Wrong) => return said(StatusCode::UNAUTHORIZED, "Wrong name or password"),
    };
    let Some(id) = Gate::open(&state, &user).await else {
        return said(
            StatusCode::SERVICE_UNAVAILABLE,
            "The session could not be stored: see the log of the server, and try again",
        );
    };
    let mut response = said(StatusCode::OK, "Logged in");
    set_cookie(&mut response, SESSION, &id, MAX_AGE, &parts.headers);
    set_cookie(&mut response, TOKEN, "", 0, &parts.headers);
    response
}

/// The answer to one guess too many.
pub(super) fn later(seconds: i64) -> Response {
    let words = format!("Too many wrong passwords for this name: try again in {seconds} seconds");
    let mut response = said(StatusCode::TOO_MANY_REQUESTS, &words);
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

async fn logout(state: Shared, headers: HeaderMap) -> Response {
    forget(&state, said(StatusCode::OK, "Logged out"), &headers).await
}

async fn leave(state: Shared, headers: HeaderMap) -> Response {
    let mut response = respond::empty(StatusCode::FOUND);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("./"));
    forget(&state, response, &headers).await
}

async fn forget(state: &Arc<State>, mut response: Response, headers: &HeaderMap) -> Response {
    if let Some(id) = cookie(headers, SESSION) {
        Gate::close(state, id).await;
    }
    for name in [TOKEN, SESSION] {
        set_cookie(&mut response, name, "", 0, headers);
    }
    response
}

fn said(status: StatusCode, message: &str) -> Response {
    respond::with_type(status, respond::JSON, json!({ "message": message }).to_string())
}

fn set_cookie(response: &mut Response, name: &str, value: &str, max_age: i64, headers: &HeaderMap) {
    // Behind a proxy that speaks TLS the cookie never leaves it.
    let is_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What a page asks before it offers anything: nobody is refused this.
async fn access(state: Shared, headers: HeaderMap) -> Response {
    let access = &state.options.access;
    let known = if access.is_open() { None } else { asking(&state, &headers).await.ok().flatten() };
    let is_known = known.is_some();
    let Who { name, role } = known.unwrap_or_else(|| Who { name: String::new(), role: access.everybody() });
    respond::json(
        json!({
            "open": access.is_open(), "logged_in": is_known, "role": role.name(), "name": name,
            "has_users": !access.users.is_empty(),
        })
        .to_string(),
    )
}

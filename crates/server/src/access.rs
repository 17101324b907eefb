//! Who may do what on the UI's door: roles of those who show a token, and of those who show none.
//!
//! ```text
//! request --> credentials (Bearer TOKEN, Basic with the token as password, or the cookie of login.rs) --> Role --> against what the path asks --> handler
//!             none: the role of everybody                  unknown: 401                  too little: 403 (401 without credentials)
//! ```
//! Open until something is configured: with no token and the role of everybody left alone, everybody is an administrator
//! and whatever credentials a tool shows are taken. Invariant: a token is kept only as its SHA-256.

pub(crate) mod login;

use crate::api::grafana;
use crate::respond;
use crate::state::State;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;

/// What one may do; each may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Role {
    /// Nothing.
    None,
    /// Reads and asks queries.
    Viewer,
    /// Changes dashboards, folders, annotations, and sends samples, lines and spans.
    Editor,
    /// Everything.
    #[default]
    Admin,
}

impl Role {
    /// By its name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        let known = [Role::None, Role::Viewer, Role::Editor, Role::Admin];
        known.into_iter().find(|role| role.name().eq_ignore_ascii_case(name))
    }

    /// Its name, as clients of dashboards write it.
    pub fn name(self) -> &'static str {
        match self {
            Role::None => "None",
            Role::Viewer => "Viewer",
            Role::Editor => "Editor",
            Role::Admin => "Admin",
        }
    }
}

/// A token that is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is, for people.
    pub name: String,
    /// SHA-256 of the token, as [`digest`] writes it.
    pub digest: String,
    /// What one may do with it.
    pub role: Role,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({} {:?})", self.name, self.role)
    }
}

/// Who may do what.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Tokens of the configuration. Those of service accounts are looked up where they are stored.
    pub tokens: Vec<Token>,
    /// The role of requests without credentials; `None`: that of an administrator as long as no token is configured, else
    /// that of a viewer.
    pub everybody: Option<Role>,
}

impl Access {
    /// The role of requests without credentials.
    pub fn everybody(&self) -> Role {
        self.everybody.unwrap_or(if self.tokens.is_empty() { Role::Admin } else { Role::Viewer })
    }

    /// Whether anything is refused at all.
    pub fn is_open(&self) -> bool {
        self.everybody() == Role::Admin
    }

    /// The configured token that is shown.
    fn known(&self, digest: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.digest == digest)
    }
}

/// SHA-256 in hexadecimal: what is kept of a token. Tokens are long and random, so that one round is enough.
pub fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a request must be allowed to do.
pub fn needed(method: &Method, path: &str) -> Role {
    let is_guarded = ["/api/", "/apis/", "/loki/", "/tempo/"].iter().any(|prefix| path.starts_with(prefix));
    // The page itself is the same for everybody; load balancers ask for the health without credentials, and a page whether
    // it must ask for a token.
    if !is_guarded || matches!(path, "/api/health" | "/api/oriel/v1/access") {
        return Role::None;
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_of_accounts = path.starts_with("/api/serviceaccounts");
    let is_admin = is_of_accounts
        || path.starts_with("/api/admin/")
        || path.contains("/admin/")
        || path.starts_with("/api/datasources") && !path.contains("/proxy/") && !path.contains("/resources/");
    match (is_read, is_admin) {
        // Names of accounts and tokens are for administrators; other pages of theirs only tell how things are.
        (true, _) if is_of_accounts => Role::Admin,
        (true, _) => Role::Viewer,
        (false, _) if *method == Method::POST && is_question(path) || path.starts_with("/api/user/") => {
            Role::Viewer
        }
        (false, true) => Role::Admin,
        (false, false) => Role::Editor,
    }
}

/// Paths at which a POST asks and changes nothing.
fn is_question(path: &str) -> bool {
    const QUESTIONS: [&str; 21] = [
        "/query",
        "/query_range",
        "/query_exemplars",
        "/series",
        "/labels",
        "/format_query",
        "/parse_query",
        "/instant",
        "/index/stats",
        "/index/volume",
        "/index/volume_range",
        "/detected_fields",
        "/detected_labels",
        "/patterns",
        "/metrics/query",
        "/metrics/query_range",
        "/search",
        "/values",
        "/explain",
        "/health",
        "/batch",
    ];
    // A dashboard or a folder may be called anything.
    let is_of_signals = ["/api/v1/", "/api/ds/", "/api/oriel/v1/", "/api/datasources/", "/loki/", "/tempo/"];
    is_of_signals.iter().any(|prefix| path.starts_with(prefix))
        && QUESTIONS.iter().any(|question| path.ends_with(question))
}

/// The token that is shown; an empty one is none.
fn shown(headers: &HeaderMap) -> Option<String> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return login::of_cookie(headers) };
    let value = value.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        pair.split_once(':')?.1.to_owned()
    } else {
        return None;
    };
    (!token.is_empty()).then_some(token)
}

/// What a token opens; `None`: it is none of this server's.
async fn known_role(state: &Arc<State>, headers: &HeaderMap, token: &str) -> Option<Role> {
    let digest = digest(token);
    match state.options.access.known(&digest) {
        Some(known) => Some(known.role),
        None => grafana::account_role(state, headers, &digest).await,
    }
}

/// What the token that is shown opens, `None` without one; `Err` has the words of the refusal.
async fn shown_role(state: &Arc<State>, headers: &HeaderMap) -> Result<Option<Role>, &'static str> {
    let Some(token) = shown(headers) else { return Ok(None) };
    match known_role(state, headers, &token).await {
        // A browser keeps the cookie of a token that is gone: who has it is one of everybody.
        None if headers.contains_key(header::AUTHORIZATION) => Err("Invalid API key"),
        role => Ok(role),
    }
}

/// Refuses what the one who asks may not do. The role goes with the request, for who wants to know it.
pub(crate) async fn guard(state: Arc<State>, mut request: Request, next: Next) -> Response {
    let needed = needed(request.method(), request.uri().path());
    if state.options.access.is_open() || needed == Role::None {
        request.extensions_mut().insert(state.options.access.everybody());
        return next.run(request).await;
    }
    let headers = request.headers();
    // A page asks for the token itself; a challenge would open the browser's own dialog over it.
    let is_page = headers.contains_key("x-requested-with");
    // A browser that remembers a password sends it along whoever made it ask.
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign && needed > Role::Viewer {
        return refused(StatusCode::FORBIDDEN, "Requests of other sites change nothing here", is_page);
    }
    let found = match shown_role(&state, headers).await {
        Err(words) => return refused(StatusCode::UNAUTHORIZED, words, is_page),
        Ok(found) => found,
    };
    let role = found.unwrap_or_else(|| state.options.access.everybody());
    match found {
        _ if role >= needed => {
            request.extensions_mut().insert(role);
            next.run(request).await
        }
        Some(_) => refused(
            StatusCode::FORBIDDEN,
            &format!("You'll need additional permissions to perform this action: the role {}", needed.name()),
            is_page,
        ),
        None => refused(StatusCode::UNAUTHORIZED, "Unauthorized", is_page),
    }
}

fn refused(status: StatusCode, message: &str, is_page: bool) -> Response {
    let mut response = respond::with_type(status, respond::JSON, json!({ "message": message }).to_string());
    if status == StatusCode::UNAUTHORIZED && !is_page {
        let ask = HeaderValue::from_static(
            "Basic realm=\"Oriel: any name, a token as the password\", charset=\"UTF-8\"",
        );
        response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
    }
    response
}

#[cfg(test)]
mod tests;

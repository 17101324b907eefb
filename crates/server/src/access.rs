//! Who may do what on the UI's door: roles of those who show a token or a name and password, and of those who show nothing.
//!
//! ```text
//! request --> credentials (Bearer TOKEN, Basic with a name and password or a token as password, or a cookie of login.rs) --> Role --> against what the path asks --> handler
//!             none: the role of everybody                  unknown: 401                  too little: 403 (401 without credentials)
//! ```
//! Open until something is configured: with no token, no user and the role of everybody left alone, everybody is an
//! administrator and whatever credentials a tool shows are taken. Invariant: a token is kept only as its SHA-256, a password
//! only as its hash.

pub(crate) mod login;
mod passwords;
mod users;

pub use passwords::PasswordHash;
pub use users::User;
pub(crate) use users::{Gate, Refusal};

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
    /// Those who log in by name and password.
    pub users: Vec<User>,
    /// The role of requests without credentials; `None`: that of an administrator as long as no token and no user is
    /// configured, else that of a viewer.
    pub everybody: Option<Role>,
}

impl Access {
    /// The role of requests without credentials.
    pub fn everybody(&self) -> Role {
        let is_empty = self.tokens.is_empty() && self.users.is_empty();
        self.everybody.unwrap_or(if is_empty { Role::Admin } else { Role::Viewer })
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
        || ["/api/org/", "/api/orgs", "/api/teams"].iter().any(|start| path.starts_with(start))
        || path == "/api/org"
        || path.contains("/admin/")
        || path.starts_with("/api/datasources") && !path.contains("/proxy/") && !path.contains("/resources/");
    match (is_read, is_admin) {
        // Names of accounts and tokens are for administrators; other pages of theirs only tell how things are.
        (true, _) if is_of_accounts => Role::Admin,
        (true, _) => Role::Viewer,
        // What is one's own, and what is no more than a name for an address.
        (false, _) if path.starts_with("/api/user/") || path == "/api/short-urls" => Role::Viewer,
        (false, _) if *method == Method::POST && is_question(path) => Role::Viewer,
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

/// What a request shows of who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    Token(String),
    /// A name and a password, which may be a token.
    Pair(String, String),
    /// What a browser got for a name and a password.
    Session(String),
}

/// Who asks, once it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    /// Empty: a token of a service account.
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// What is shown; an empty token or password is none.
fn shown(headers: &HeaderMap) -> Option<Shown> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return login::of_cookie(headers) };
    let value = value.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!rest.is_empty()).then(|| Shown::Token(rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (name, password) = pair.split_once(':')?;
    (!password.is_empty()).then(|| Shown::Pair(name.to_owned(), password.to_owned()))
}

/// Whose token it is; `None`: it is none of this server's.
async fn owner(state: &Arc<State>, headers: &HeaderMap, token: &str) -> Option<Who> {
    let digest = digest(token);
    match state.options.access.known(&digest) {
        Some(known) => Some(Who { name: known.name.clone(), role: known.role }),
        None => {
            let role = grafana::account_role(state, headers, &digest).await?;
            Some(Who { name: String::new(), role })
        }
    }
}

/// Who shows it; `Err` where nobody of this server does.
async fn who(state: &Arc<State>, headers: &HeaderMap, shown: &Shown) -> Result<Who, Refusal> {
    let of_user = |user: User| Who { name: user.name, role: user.role };
    match shown {
        Shown::Token(token) => owner(state, headers, token).await.ok_or(Refusal::Wrong),
        Shown::Session(id) => Gate::user_of(state, id).await.map(of_user).ok_or(Refusal::Wrong),
        Shown::Pair(name, password) => match owner(state, headers, password).await {
            Some(found) => Ok(found),
            // Names are guessed only where there are some.
            None if state.options.access.users.is_empty() => Err(Refusal::Wrong),
            None => Gate::check(state, name, password).await.map(of_user),
        },
    }
}

/// Who asks, `None` without credentials.
async fn asking(state: &Arc<State>, headers: &HeaderMap) -> Result<Option<Who>, Refusal> {
    let Some(shown) = shown(headers) else { return Ok(None) };
    match who(state, headers, &shown).await {
        Ok(found) => Ok(Some(found)),
        // A browser keeps the cookie of what is gone: who has it is one of everybody.
        Err(_) if !headers.contains_key(header::AUTHORIZATION) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// What clients of dashboards read for credentials that are none.
const WRONG: &str = "Invalid API key";

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
    let found = match asking(&state, headers).await {
        Err(Refusal::Wrong) => return refused(StatusCode::UNAUTHORIZED, WRONG, is_page),
        Err(Refusal::Later(seconds)) => return login::later(seconds),
        Ok(found) => found,
    };
    let role = found.as_ref().map_or_else(|| state.options.access.everybody(), |who| who.role);
    match found {
        _ if role >= needed => {
            request.extensions_mut().insert(role);
            if let Some(who) = found {
                request.extensions_mut().insert(who);
            }
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
            "Basic realm=\"Oriel: a name and its password, or a token as the password\", charset=\"UTF-8\"",
        );
        response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
    }
    response
}

#[cfg(test)]
mod tests;

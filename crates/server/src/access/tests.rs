//! What is refused, to whom, and in which words.

use super::*;
use crate::fakes;
use crate::state::Options;
use crate::ui::NoAssets;
use axum::Router;
use axum::body::Body;
use grafana::Shelf;
use http_body_util::BodyExt;
use serde_json::Value;
use stdx::Clock;
use store::{Documents, Objects};
use tower::ServiceExt;

#[test]
fn what_a_path_asks_for() {
    let cases = [
        ("GET", "/api/dashboards/uid/x", Role::Viewer),
        ("POST", "/api/dashboards/db", Role::Editor),
        ("DELETE", "/apis/dashboard.grafana.app/v1/namespaces/default/dashboards/x", Role::Editor),
        ("DELETE", "/api/dashboards/uid/query", Role::Editor),
        ("POST", "/api/folders/series", Role::Editor),
        ("DELETE", "/loki/api/v1/series", Role::Editor),
        ("POST", "/api/ds/query", Role::Viewer),
        ("POST", "/api/oriel/v1/query", Role::Viewer),
        ("POST", "/api/datasources/proxy/uid/oriel-metrics/api/v1/query_range", Role::Viewer),
        ("POST", "/api/datasources/proxy/uid/oriel-logs/loki/api/v1/push", Role::Editor),
        ("POST", "/api/datasources/proxy/1/api/v1/admin/tsdb/delete_series", Role::Admin),
        ("POST", "/api/datasources", Role::Admin),
        ("GET", "/api/datasources", Role::Viewer),
        ("POST", "/api/user/stars/dashboard/uid/x", Role::Viewer),
        ("GET", "/api/serviceaccounts/search", Role::Admin),
        ("POST", "/api/admin/provisioning/dashboards/reload", Role::Admin),
        ("POST", "/api/v1/admin/tsdb/snapshot", Role::Admin),
        ("POST", "/loki/api/v1/query_range", Role::Viewer),
        ("POST", "/loki/api/v1/push", Role::Editor),
        ("GET", "/api/health", Role::None),
        ("GET", "/d/x/slug", Role::None),
        ("GET", "/assets/index.js", Role::None),
    ];
    for (method, path, role) in cases {
        let method: Method = method.parse().unwrap();
        assert_eq!(needed(&method, path), role, "{method} {path}");
    }
}

#[test]
fn credentials_are_read_from_either_scheme() {
    let of = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        shown(&headers)
    };
    assert_eq!(of("Bearer glsa_x"), Some(Shown::Token("glsa_x".to_owned())));
    let pair = Shown::Pair("api_key".to_owned(), "glsa_x:y".to_owned());
    assert_eq!(of(&format!("basic {}", STANDARD.encode("api_key:glsa_x:y"))), Some(pair));
    for none in ["Bearer ", "Basic !!", "Digest x", "Bearer", "Basic eA=="] {
        assert_eq!(of(none), None, "{none}");
    }
}

#[test]
fn everybody_is_an_administrator_until_something_is_configured() {
    assert!(Access::default().is_open());
    let token = Token { name: "ci".to_owned(), digest: digest("x"), role: Role::Editor };
    let access = Access { tokens: vec![token], users: Vec::new(), everybody: None };
    assert_eq!((access.is_open(), access.everybody()), (false, Role::Viewer));
    assert!(!format!("{access:?}").contains(&digest("x")), "tokens are not printed");
    assert_eq!((Role::parse("editor"), Role::parse("x")), (Some(Role::Editor), None));
}

/// The UI's door over a store in a directory that goes away with it.
fn door(access: Access) -> (Router, tempfile::TempDir) {
    let (state, _) = fakes::state(Options { access, ..Options::default() });
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    state.shelf.set(Shelf::over(Documents::new(objects, Clock::manual(fakes::NOW_NANOS)))).unwrap();
    (crate::doors::router("ui", state, Arc::new(NoAssets)), directory)
}

async fn ask(door: &Router, method: &str, path: &str, token: &str, body: &str) -> (u16, Value, HeaderMap) {
    let mut request = http::Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = door.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null), parts.headers)
}

const BOARD: &str = r#"{"dashboard":{"uid":"x","title":"X","panels":[]},"overwrite":true}"#;
const SAVE: (&str, &str) = ("POST", "/api/dashboards/db");

#[tokio::test]
async fn an_open_door_takes_whatever_token_a_tool_has() {
    let (door, _directory) = door(Access::default());
    for token in ["", "glsa_of_another_installation"] {
        assert_eq!(ask(&door, SAVE.0, SAVE.1, token, BOARD).await.0, 200);
    }
    assert_eq!(ask(&door, "GET", "/api/user", "", "").await.1["isGrafanaAdmin"], true);
}

#[tokio::test]
async fn tokens_of_accounts_may_what_the_role_of_their_account_may() {
    let root = Token { name: "root".to_owned(), digest: digest("the-token-of-root"), role: Role::Admin };
    let (door, _directory) = door(Access { tokens: vec![root], users: Vec::new(), everybody: None });
    let root = "the-token-of-root";
    let (status, said, headers) = ask(&door, SAVE.0, SAVE.1, "", BOARD).await;
    assert_eq!((status, &said["message"]), (401, &json!("Unauthorized")));
    assert!(headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Basic "));
    assert_eq!(ask(&door, "GET", "/api/search", "", "").await.0, 200, "everybody reads");
    assert_eq!(ask(&door, "GET", "/api/search", "no-such-token", "").await.0, 401);
    assert_eq!(ask(&door, "GET", "/api/serviceaccounts/search", "", "").await.0, 401);

    for (role, may_save) in [("Viewer", 403), ("Editor", 200), ("Admin", 200)] {
        let account = json!({ "name": role, "role": role }).to_string();
        let (status, made, _) = ask(&door, "POST", "/api/serviceaccounts", root, &account).await;
        assert_eq!(status, 201, "{made}");
        let tokens = format!("/api/serviceaccounts/{}/tokens", made["id"]);
        let (_, key, _) = ask(&door, "POST", &tokens, root, r#"{"name":"one"}"#).await;
        let token = key["key"].as_str().unwrap();
        assert_eq!(ask(&door, SAVE.0, SAVE.1, token, BOARD).await.0, may_save, "{role}");
        assert_eq!(ask(&door, "GET", "/api/search", token, "").await.0, 200, "{role}");
        let may_count = if role == "Admin" { 200 } else { 403 };
        let (status, listed, _) = ask(&door, "GET", &tokens, token, "").await;
        assert_eq!(status, may_count, "{role}");
        assert!(!listed.to_string().contains("digest"), "{listed}");
        assert_eq!(ask(&door, "GET", "/api/user/orgs", token, "").await.1[0]["role"], role);

        // One that is disabled, and a token that is taken away, open nothing more.
        let path = format!("/api/serviceaccounts/{}", made["id"]);
        ask(&door, "PATCH", &path, root, r#"{"isDisabled":true}"#).await;
        assert_eq!(ask(&door, "GET", "/api/search", token, "").await.0, 401, "{role}");
        ask(&door, "PATCH", &path, root, r#"{"isDisabled":false}"#).await;
        assert_eq!(ask(&door, "GET", "/api/search", token, "").await.0, 200, "{role}");
        ask(&door, "DELETE", &format!("{tokens}/{}", key["id"]), root, "").await;
        assert_eq!(ask(&door, "GET", "/api/search", token, "").await.0, 401, "{role}");
    }
}

#[tokio::test]
async fn nobody_reads_where_nobody_may() {
    let (door, _directory) =
        door(Access { tokens: Vec::new(), users: Vec::new(), everybody: Some(Role::None) });
    assert_eq!(ask(&door, "GET", "/api/search", "", "").await.0, 401);
    assert_eq!(ask(&door, "GET", "/api/v1/labels", "", "").await.0, 401);
    assert_eq!(ask(&door, "GET", "/api/health", "", "").await.0, 200);
}

#[tokio::test]
async fn another_site_changes_nothing_with_a_remembered_password() {
    let root = Token { name: "root".to_owned(), digest: digest("the-token-of-root"), role: Role::Admin };
    let (door, _directory) = door(Access { tokens: vec![root], users: Vec::new(), everybody: None });
    for (site, expected) in [("same-origin", 200), ("cross-site", 403)] {
        let mut request = http::Request::builder().method("POST").uri(SAVE.1).header("sec-fetch-site", site);
        request = request
            .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode("me:the-token-of-root")));
        let response = door.clone().oneshot(request.body(Body::from(BOARD)).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{site}");
    }
}

/// One request with a cookie, as a page sends it.
async fn ask_as_page(
    door: &Router,
    method: &str,
    path: &str,
    cookie: &str,
    body: &str,
) -> (u16, Value, HeaderMap) {
    let request = http::Request::builder().method(method).uri(path).header("x-requested-with", "oriel");
    let request = request.header(header::COOKIE, format!("other=1; {cookie}"));
    let response = door.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null), parts.headers)
}

#[tokio::test]
async fn a_page_logs_in_with_a_token_and_out_again() {
    let root = Token { name: "root".to_owned(), digest: digest("the-token-of-root"), role: Role::Editor };
    let (door, _directory) =
        door(Access { tokens: vec![root], users: Vec::new(), everybody: Some(Role::None) });
    let access = "/api/oriel/v1/access";
    let nobody = json!({ "open": false, "logged_in": false, "role": "None", "name": "", "has_users": false });
    assert_eq!(ask_as_page(&door, "GET", access, "", "").await.1, nobody);
    let (status, _, headers) = ask_as_page(&door, "GET", "/api/search", "", "").await;
    assert_eq!(status, 401);
    assert!(!headers.contains_key(header::WWW_AUTHENTICATE), "the browser's own dialog stays away");
    for (body, expected) in [("", 400), ("{}", 400), (r#"{"password":"a-token-that-is-none"}"#, 401)] {
        let (status, _, headers) = ask_as_page(&door, "POST", "/login", "", body).await;
        assert_eq!((status, headers.contains_key(header::SET_COOKIE)), (expected, false), "{body}");
    }

    let asked = r#"{"user":"me","password":" the-token-of-root "}"#;
    let (status, _, headers) = ask_as_page(&door, "POST", "/login", "", asked).await;
    let set = headers[header::SET_COOKIE].to_str().unwrap();
    assert_eq!((status, set.contains("HttpOnly; SameSite=Strict")), (200, true), "{set}");
    assert!(!set.contains("the-token"), "{set}");
    let cookie = set.split(';').next().unwrap();
    let editor =
        json!({ "open": false, "logged_in": true, "role": "Editor", "name": "root", "has_users": false });
    assert_eq!(ask_as_page(&door, "GET", access, cookie, "").await.1, editor);
    assert_eq!(ask_as_page(&door, SAVE.0, SAVE.1, cookie, BOARD).await.0, 200);
    assert_eq!(ask_as_page(&door, "POST", "/api/serviceaccounts", cookie, "{}").await.0, 403);
    for gone in ["oriel_token=%%%", "oriel_token=YS10b2tlbi10aGF0LWlzLWdvbmU"] {
        assert_eq!(ask_as_page(&door, "GET", "/api/search", gone, "").await.0, 401);
        assert_eq!(ask_as_page(&door, "GET", access, gone, "").await.1, nobody);
    }

    let (_, _, headers) = ask_as_page(&door, "POST", "/logout", cookie, "").await;
    assert!(headers[header::SET_COOKIE].to_str().unwrap().starts_with("oriel_token=; Path=/; Max-Age=0"));
}

fn user(name: &str, password: &str, role: Role) -> User {
    User { name: name.to_owned(), password: PasswordHash::of_plain(name, password), role }
}

fn two_users() -> Access {
    let users = vec![user("ada", "correct horse", Role::Admin), user("bob", "battery staple", Role::Viewer)];
    Access { tokens: Vec::new(), users, everybody: Some(Role::None) }
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(headers: &HeaderMap) -> String {
    let set = headers.get_all(header::SET_COOKIE).iter().filter_map(|one| one.to_str().ok());
    let kept = set.filter(|one| !one.contains("Max-Age=0")).filter_map(|one| one.split(';').next());
    kept.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn users_log_in_by_name_and_password_and_sessions_end() {
    let (door, _directory) = door(two_users());
    let access = "/api/oriel/v1/access";
    let nobody = json!({ "open": false, "logged_in": false, "role": "None", "name": "", "has_users": true });
    assert_eq!(ask_as_page(&door, "GET", access, "", "").await.1, nobody);
    for (name, password) in
        [("ada", "wrong"), ("eve", "correct horse"), ("ada", "battery staple"), ("Ada", "correct horse")]
    {
        let asked = json!({ "user": name, "password": password }).to_string();
        let (status, said, headers) = ask_as_page(&door, "POST", "/login", "", &asked).await;
        assert_eq!((status, &said["message"]), (401, &json!("Wrong name or password")), "{name}");
        assert!(!headers.contains_key(header::SET_COOKIE));
    }
    let enter = |name: &'static str, password: &'static str| {
        let door = door.clone();
        async move {
            let asked = json!({ "user": name, "password": password }).to_string();
            let (status, said, headers) = ask_as_page(&door, "POST", "/login", "", &asked).await;
            assert_eq!(status, 200, "{said}");
            cookies(&headers)
        }
    };
    let ada = enter("ada", "correct horse").await;
    let (first, second) = (enter("bob", "battery staple").await, enter("bob", "battery staple").await);
    assert_ne!(first, second, "each browser has a session of its own");
    let who = json!({ "open": false, "logged_in": true, "role": "Viewer", "name": "bob", "has_users": true });
    assert_eq!(ask_as_page(&door, "GET", access, &first, "").await.1, who);
    assert_eq!(ask_as_page(&door, "GET", "/api/user", &first, "").await.1["login"], "bob");
    assert_eq!(ask_as_page(&door, SAVE.0, SAVE.1, &first, BOARD).await.0, 403);
    assert_eq!(ask_as_page(&door, SAVE.0, SAVE.1, &ada, BOARD).await.0, 200);
    assert_eq!(ask_as_page(&door, "GET", access, "oriel_session=made-up", "").await.1, nobody);

    let (_, _, headers) = ask_as_page(&door, "POST", "/logout", &first, "").await;
    assert_eq!(headers.get_all(header::SET_COOKIE).iter().count(), 2);
    assert_eq!(
        ask_as_page(&door, "GET", access, &first, "").await.1,
        nobody,
        "the session ended on the server too"
    );
    assert_eq!(
        ask_as_page(&door, "GET", access, &second, "").await.1,
        who,
        "that of another browser did not"
    );
}

#[tokio::test]
async fn tools_show_name_and_password_with_each_request() {
    let (door, _directory) = door(two_users());
    let ask_basic = |pair: &'static str| {
        let door = door.clone();
        async move {
            let basic = format!("Basic {}", STANDARD.encode(pair));
            let request = http::Request::builder().uri("/api/search").header(header::AUTHORIZATION, basic);
            door.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
        }
    };
    assert_eq!(ask_basic("bob:battery staple").await, 200);
    assert_eq!(ask_basic("bob:wrong").await, 401);
    assert_eq!(ask_basic("bob:battery staple").await, 200, "what was right stays right beside guesses");
    for _ in 0..4 {
        ask_basic("ada:guess").await;
    }
    assert_eq!(ask_basic("bob:battery staple").await, 200);
}

#[tokio::test]
async fn passwords_are_guessed_five_times() {
    let (state, _) = fakes::state(Options { access: two_users(), ..Options::default() });
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    state.shelf.set(Shelf::over(Documents::new(objects, state.clock.clone()))).unwrap();
    for name in ["ada", "nobody-of-this-name"] {
        for _ in 0..5 {
            assert_eq!(Gate::check(&state, name, "guess").await, Err(Refusal::Wrong), "{name}");
        }
        let Err(Refusal::Later(seconds)) = Gate::check(&state, name, "correct horse").await else {
            panic!("{name} is guessed on")
        };
        assert!((299..=301).contains(&seconds), "{seconds}");
    }
    let bob = Gate::check(&state, "bob", "battery staple").await.unwrap();
    assert_eq!(bob.role, Role::Viewer, "another name is not closed by that");
    let door = crate::doors::router("ui", state.clone(), Arc::new(NoAssets));
    let asked = json!({ "user": "ada", "password": "correct horse" }).to_string();
    let (status, said, headers) = ask_as_page(&door, "POST", "/login", "", &asked).await;
    assert_eq!((status, headers.contains_key(header::RETRY_AFTER)), (429, true), "{said}");

    state.clock.advance(std::time::Duration::from_secs(301));
    assert_eq!(Gate::check(&state, "ada", "correct horse").await.unwrap().role, Role::Admin);
    let id = Gate::open(&state, &bob).await.unwrap();
    assert_eq!(Gate::user_of(&state, &id).await.as_ref(), Some(&bob));
    state.clock.advance(std::time::Duration::from_secs(31 * 24 * 3_600));
    assert_eq!(Gate::user_of(&state, &id).await, None, "a month later");
}

#[tokio::test]
async fn requests_at_once_with_the_right_password_are_no_guesses() {
    let (state, _) = fakes::state(Options { access: two_users(), ..Options::default() });
    let at_once = (0..20).map(|_| Gate::check(&state, "ada", "correct horse"));
    for found in futures_util::future::join_all(at_once).await {
        assert_eq!(found.map(|user| user.role), Ok(Role::Admin));
    }
    let wrong = (0..20).map(|_| Gate::check(&state, "bob", "guess"));
    let refused = futures_util::future::join_all(wrong).await;
    assert_eq!(refused.iter().filter(|one| **one == Err(Refusal::Wrong)).count(), 5, "{refused:?}");
}

#[tokio::test]
async fn a_session_opens_the_next_process_until_the_password_changes() {
    let directory = tempfile::tempdir().unwrap();
    let process = |access: Access| {
        let (state, _) = fakes::state(Options { access, ..Options::default() });
        let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
        state.shelf.set(Shelf::over(Documents::new(objects, state.clock.clone()))).unwrap();
        state
    };
    let first = process(two_users());
    let bob = Gate::check(&first, "bob", "battery staple").await.unwrap();
    let id = Gate::open(&first, &bob).await.unwrap();
    let known = Gate::user_of(&process(two_users()), &id).await;
    assert_eq!(known.map(|user| user.name).as_deref(), Some("bob"));
    let changed = Access { users: vec![user("bob", "another staple", Role::Viewer)], ..two_users() };
    assert_eq!(Gate::user_of(&process(changed), &id).await, None);
}

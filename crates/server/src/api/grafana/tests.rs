//! The API as its clients use it.

mod people;
mod shared;
mod terraform;
mod tools;

use super::*;
use crate::fakes;
use crate::state::Options;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use stdx::Clock;
use store::{Documents, Objects};
use tower::ServiceExt;

/// The API over a store in a directory that goes away with it.
pub(super) struct Api(
    Router,
    #[expect(dead_code, reason = "deletes the directory when dropped")] tempfile::TempDir,
);

fn api() -> Api {
    api_with(None).0
}

pub(super) fn api_with(provisioning: Option<Arc<Provisioning>>) -> (Api, Arc<State>) {
    let (state, _) = fakes::state(Options::default());
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    state.shelf.set(Shelf::over(Documents::new(objects, Clock::manual(fakes::NOW_NANOS)))).unwrap();
    if let Some(provisioning) = provisioning {
        assert!(state.provisioning.set(provisioning).is_ok());
    }
    (Api(routes(state.clone()), directory), state)
}

pub(super) async fn ask(api: &Api, method: Method, path: &str, body: &str) -> (u16, Value, String) {
    let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
    let response = api.0.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null), text)
}

pub(super) async fn get(api: &Api, path: &str) -> (u16, Value, String) {
    ask(api, Method::GET, path, "").await
}

#[tokio::test]
async fn a_dashboard_is_saved_read_searched_and_deleted() {
    let api = api();
    let written =
        r#"{"z":1.0,"title":"Node / Full","uid":"abc","tags":["mine"],"panels":[],"a":12345678901234567890}"#;
    let body = format!(r#"{{"folderUid":"", "dashboard" : {written} ,"message":"first"}}"#);
    let (status, saved, _) = ask(&api, Method::POST, "/api/dashboards/db", &body).await;
    assert_eq!((status, &saved["version"], &saved["url"]), (200, &json!(1), &json!("/d/abc/node-full")));
    let (_, read, _) = get(&api, "/api/dashboards/uid/abc").await;
    assert_eq!((&read["dashboard"]["uid"], &read["meta"]["slug"]), (&json!("abc"), &json!("node-full")));
    let (_, _, text) = get(&api, "/api/oriel/v1/dashboards/abc").await;
    assert!(text.ends_with(&format!("\"dashboard\":{written}}}")), "{text}");
    // A second writer who has not seen the first version.
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/db", &body).await.0, 412);
    let again = body.replace("\"folderUid\"", "\"overwrite\":true,\"folderUid\"");
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/db", &again).await.1["version"], 2);
    let (_, versions, _) = get(&api, "/api/dashboards/uid/abc/versions").await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    let (_, one, _) = get(&api, "/api/dashboards/uid/abc/versions/1").await;
    assert_eq!(one["data"]["title"], "Node / Full");
    for (query, hits) in [
        ("query=full+node", 1),
        ("query=nothing", 0),
        ("tag=mine&type=dash-db", 1),
        ("tag=no", 0),
        ("dashboardUIDs=abc", 1),
    ] {
        let (_, found, _) = get(&api, &format!("/api/search?{query}")).await;
        assert_eq!(found.as_array().unwrap().len(), hits, "{query}");
    }
    assert_eq!(ask(&api, Method::DELETE, "/api/dashboards/uid/abc", "").await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/uid/abc").await.0, 404);
}

#[tokio::test]
async fn senseless_requests_are_refused_with_words() {
    let api = api();
    for body in [
        "",
        "{}",
        r#"{"dashboard":{}}"#,
        r#"{"dashboard":{"title":"x","uid":"a/b"}}"#,
        r#"{"dashboard":{"title":"x"},"folderUid":"no"}"#,
    ] {
        let (status, answer, _) = ask(&api, Method::POST, "/api/dashboards/db", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["message"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
    assert_eq!(get(&api, "/api/dashboards/uid/none").await.0, 404);
}

#[tokio::test]
async fn what_comes_with_oriel_is_there_until_it_is_replaced_or_deleted() {
    let api = api();
    let (_, found, _) = get(&api, "/api/search?type=dash-db").await;
    assert_eq!(found.as_array().unwrap().len(), ready::uids().count());
    assert_eq!(get(&api, "/api/dashboards/uid/oriel-host").await.1["meta"]["isReady"], true);
    assert_eq!(ask(&api, Method::DELETE, "/api/dashboards/uid/oriel-host", "").await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/uid/oriel-host").await.0, 404);
    let own = r#"{"dashboard":{"title":"Mine","uid":"oriel-host"}}"#;
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/db", own).await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/uid/oriel-host").await.1["dashboard"]["title"], "Mine");
}

#[tokio::test]
async fn folders_hold_dashboards() {
    let api = api();
    let (status, folder, _) =
        ask(&api, Method::POST, "/api/folders", r#"{"uid":"f1","title":"Team A"}"#).await;
    assert_eq!((status, &folder["url"]), (200, &json!("/dashboards/f/f1/team-a")));
    assert_eq!(ask(&api, Method::POST, "/api/folders", r#"{"uid":"f1","title":"Team A"}"#).await.0, 412);
    let body = r#"{"dashboard":{"title":"In it","uid":"x"},"folderUid":"f1"}"#;
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/db", body).await.0, 200);
    let (_, found, _) = get(&api, "/api/search?folderUIDs=f1").await;
    assert_eq!(found[0]["folderTitle"], "Team A");
    assert_eq!(get(&api, "/api/dashboards/uid/x").await.1["meta"]["folderTitle"], "Team A");
    assert_eq!(
        ask(&api, Method::PUT, "/api/folders/f1", r#"{"title":"Team B","version":1}"#).await.1["title"],
        "Team B"
    );
    assert_eq!(get(&api, "/api/folders").await.1[0]["title"], "Team B");
    assert_eq!(ask(&api, Method::DELETE, "/api/folders/f1", "").await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/uid/x").await.0, 404);
}

#[tokio::test]
async fn data_sources_are_this_server() {
    let api = api();
    let (_, list, _) = get(&api, "/api/datasources").await;
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(get(&api, "/api/datasources/name/Oriel%20logs").await.1["uid"], "oriel-logs");
    assert_eq!(get(&api, "/api/datasources/uid/oriel-traces/health").await.1["status"], "OK");
    assert_eq!(get(&api, "/api/datasources/uid/none").await.0, 404);
    for path in ["proxy/uid/oriel-metrics", "proxy/1", "uid/oriel-metrics/resources"] {
        let (status, answer, _) =
            get(&api, &format!("/api/datasources/{path}/api/v1/query?query=1&time=5")).await;
        assert_eq!((status, &answer["status"]), (200, &json!("success")), "{path}");
    }
    assert_eq!(get(&api, "/api/user").await.1["login"], "admin");
    assert_eq!(get(&api, "/api/org").await.1["id"], 1);
}

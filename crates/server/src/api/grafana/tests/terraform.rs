//! What a provider of Terraform asks, resource by resource: made, read back, changed, read again, taken away, and gone. A member that is
//! read back otherwise than it was written would be a change in every plan.

use super::*;

async fn sent(api: &Api, method: Method, path: &str, body: Value) -> (u16, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let (status, answer, _) = ask(api, method, path, &text).await;
    (status, answer)
}

/// Makes, and gives the answer.
async fn made(api: &Api, path: &str, body: Value) -> Value {
    let (status, answer) = sent(api, Method::POST, path, body).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// Reads, and compares the named members.
async fn holds(api: &Api, path: &str, expected: Value) {
    let (status, read, _) = get(api, path).await;
    assert_eq!(status, 200, "{path}: {read}");
    for (pointer, value) in expected.as_object().unwrap() {
        assert_eq!(read.pointer(pointer), Some(value), "{path} {pointer}: {read}");
    }
}

async fn gone(api: &Api, path: &str) {
    let (status, answer) = sent(api, Method::DELETE, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {answer}");
    assert_eq!(get(api, path.split('?').next().unwrap()).await.0, 404, "{path}");
    assert_eq!(sent(api, Method::DELETE, path, Value::Null).await.0, 404, "{path}");
}

#[tokio::test]
async fn folders_and_dashboards() {
    let api = api();
    let folder = made(&api, "/api/folders", json!({ "uid": "tf", "title": "By plan" })).await;
    assert!(folder["id"].is_u64() && folder["url"].as_str().unwrap().ends_with("/tf/by-plan"), "{folder}");
    holds(&api, "/api/folders/tf", json!({ "/uid": "tf", "/title": "By plan" })).await;
    let change = json!({ "title": "By a plan", "overwrite": true });
    assert_eq!(sent(&api, Method::PUT, "/api/folders/tf", change).await.0, 200);
    holds(&api, "/api/folders/tf", json!({ "/title": "By a plan" })).await;
    let board = json!({ "uid": "board", "title": "Board", "panels": [] });
    let saved = made(
        &api,
        "/api/dashboards/db",
        json!({ "dashboard": board, "folderUid": "tf", "message": "planned", "overwrite": false }),
    )
    .await;
    assert_eq!(
        (&saved["status"], &saved["uid"], &saved["slug"], &saved["version"]),
        (&json!("success"), &json!("board"), &json!("board"), &json!(1))
    );
    let path = "/api/dashboards/uid/board";
    holds(
        &api,
        path,
        json!({ "/meta/folderUid": "tf", "/dashboard/title": "Board", "/dashboard/version": 1 }),
    )
    .await;
    let change = json!({ "dashboard": { "uid": "board", "title": "Board 2", "panels": [] }, "folderUid": "tf", "overwrite": true });
    assert_eq!(made(&api, "/api/dashboards/db", change).await["version"], 2);
    holds(&api, path, json!({ "/dashboard/title": "Board 2", "/meta/version": 2 })).await;
    gone(&api, path).await;
    gone(&api, "/api/folders/tf?forceDeleteRules=false").await;
}

#[tokio::test]
async fn data_sources() {
    let api = api();
    let body = json!({
        "uid": "prom", "name": "Prom", "type": "prometheus", "url": "http://prometheus:9090", "access": "proxy", "isDefault": false,
        "basicAuth": true, "basicAuthUser": "u", "jsonData": { "httpMethod": "POST", "timeInterval": "30s" },
        "secureJsonData": { "basicAuthPassword": "secret" },
    });
    let answer = made(&api, "/api/datasources", body.clone()).await;
    assert!(answer["id"].is_u64(), "{answer}");
    assert_eq!((&answer["message"], &answer["name"]), (&json!("Datasource added"), &json!("Prom")));
    let path = "/api/datasources/uid/prom";
    holds(
        &api,
        path,
        json!({ "/name": "Prom", "/type": "prometheus", "/access": "proxy", "/url": "http://prometheus:9090", "/basicAuth": true,
            "/basicAuthUser": "u", "/jsonData": { "httpMethod": "POST", "timeInterval": "30s" },
            "/secureJsonFields": { "basicAuthPassword": true } }),
    )
    .await;
    let mut change = body;
    change["name"] = json!("Prometheus");
    let (status, answer) = sent(&api, Method::PUT, path, change).await;
    assert_eq!((status, &answer["message"]), (200, &json!("Datasource updated")));
    holds(&api, path, json!({ "/name": "Prometheus", "/secureJsonFields": { "basicAuthPassword": true } }))
        .await;
    gone(&api, path).await;
}

#[tokio::test]
async fn library_panels() {
    let api = api();
    made(&api, "/api/folders", json!({ "uid": "tf", "title": "By plan" })).await;
    let model = json!({ "type": "stat", "title": "CPU", "gridPos": { "x": 0, "y": 0, "w": 6, "h": 4 } });
    let body = json!({ "uid": "lib", "name": "CPU", "kind": 1, "folderUid": "tf", "model": model });
    let answer = made(&api, "/api/library-elements", body).await;
    assert!(answer["result"]["id"].is_u64(), "{answer}");
    let path = "/api/library-elements/lib";
    holds(
        &api,
        path,
        json!({ "/result/uid": "lib", "/result/name": "CPU", "/result/folderUid": "tf", "/result/version": 1, "/result/model": model,
            "/result/type": "stat", "/result/meta/folderName": "By plan", "/result/meta/connectedDashboards": 0 }),
    )
    .await;
    let change = json!({ "uid": "lib", "name": "CPU used", "kind": 1, "folderUid": "tf", "version": 1, "model": model });
    let (status, answer) = sent(&api, Method::PATCH, path, change).await;
    assert_eq!((status, &answer["result"]["version"]), (200, &json!(2)));
    holds(&api, "/api/library-elements/lib/connections/", json!({ "/result": [] })).await;
    gone(&api, path).await;
}

#[tokio::test]
async fn playlists() {
    let api = api();
    let item = |order: u32, value: &str| json!({ "type": "dashboard_by_uid", "value": value, "title": "T", "order": order });
    let body = json!({ "name": "Wall", "interval": "5m", "items": [item(2, "b"), item(1, "a")] });
    let answer = made(&api, "/api/playlists", body).await;
    let uid = answer["uid"].as_str().unwrap();
    let path = format!("/api/playlists/{uid}");
    holds(&api, &path, json!({ "/name": "Wall", "/interval": "5m", "/items": [item(1, "a"), item(2, "b")] }))
        .await;
    assert_eq!(get(&api, &format!("{path}/items")).await.1, json!([item(1, "a"), item(2, "b")]));
    assert_eq!(get(&api, "/api/playlists?query=wal").await.1[0]["uid"], answer["uid"]);
    assert_eq!(get(&api, "/api/playlists?query=other").await.1, json!([]));
    let change = json!({ "name": "Hall", "interval": "30s", "items": [{ "type": "dashboard_by_tag", "value": "wall" }] });
    assert_eq!(sent(&api, Method::PUT, &path, change).await.0, 200);
    holds(&api, &path, json!({ "/name": "Hall", "/items/0/order": 1, "/items/0/value": "wall" })).await;
    for (wrong, words) in [
        (json!({ "interval": "5m" }), "a name"),
        (json!({ "name": "x", "interval": "soon" }), "duration"),
        (json!({ "name": "x", "interval": "5m", "items": [{ "type": "page" }] }), "of type \"page\""),
    ] {
        let (status, answer) = sent(&api, Method::POST, "/api/playlists", wrong).await;
        assert!(status == 400 && answer["message"].as_str().unwrap().contains(words), "{answer}");
    }
    gone(&api, &path).await;
}

#[tokio::test]
async fn annotations() {
    let api = api();
    let body = json!({ "text": "rolled out", "time": 1_000, "timeEnd": 2_000, "tags": ["deploy"], "dashboardUID": "d", "panelId": 3 });
    let answer = made(&api, "/api/annotations", body).await;
    let path = format!("/api/annotations/{}", answer["id"]);
    holds(
        &api,
        &path,
        json!({ "/text": "rolled out", "/time": 1_000, "/timeEnd": 2_000, "/tags": ["deploy"], "/dashboardUID": "d", "/panelId": 3 }),
    )
    .await;
    let change =
        json!({ "text": "rolled back", "time": 1_000, "timeEnd": 3_000, "tags": ["deploy", "back"] });
    assert_eq!(sent(&api, Method::PUT, &path, change).await.0, 200);
    holds(&api, &path, json!({ "/text": "rolled back", "/timeEnd": 3_000, "/tags": ["deploy", "back"] }))
        .await;
    gone(&api, &path).await;
}

//! What is handed on: snapshots, short addresses, deleted dashboards, labels of resources, and the words of refusals.

use super::tools::post;
use super::*;

#[tokio::test]
async fn snapshots_are_read_by_their_key_until_they_end() {
    let api = api();
    let text = r#"{"title":"Then","panels":[{"id":1,"snapshotData":[{"fields":[]}]}],"z":1.50}"#;
    let body = format!(r#"{{"dashboard":{text},"name":"Before","expires":3600}}"#);
    let (status, made, _) = ask(&api, Method::POST, "/api/snapshots", &body).await;
    let key = made["key"].as_str().unwrap();
    assert_eq!((status, made["url"].as_str().unwrap().ends_with(key), key.len()), (200, true, 32));
    let (_, read, raw) = get(&api, &format!("/api/snapshots/{key}")).await;
    assert_eq!((&read["meta"]["isSnapshot"], &read["meta"]["name"]), (&json!(true), &json!("Before")));
    assert!(raw.ends_with(&format!("\"dashboard\":{text}}}")), "{raw}");
    let (_, list, raw) = get(&api, "/api/dashboard/snapshots?query=bef").await;
    assert_eq!((&list[0]["key"], raw.contains(made["deleteKey"].as_str().unwrap())), (&made["key"], false));
    let (_, unending) = post(&api, "/api/snapshots", &json!({ "dashboard": { "title": "Ever" } })).await;
    assert_eq!(get(&api, "/api/dashboard/snapshots").await.1.as_array().unwrap().len(), 2);
    let secret = format!("/api/snapshots-delete/{}", unending["deleteKey"].as_str().unwrap());
    assert_eq!(get(&api, &secret).await.0, 200);
    assert_eq!(get(&api, &secret).await.0, 404);
    assert_eq!(ask(&api, Method::DELETE, &format!("/api/snapshots/{key}"), "").await.0, 200);
    assert_eq!(get(&api, &format!("/api/snapshots/{key}")).await.0, 404);
    assert_eq!(post(&api, "/api/snapshots", &json!({ "name": "x" })).await.0, 400);
    let outside = json!({ "dashboard": {}, "external": true });
    assert_eq!(post(&api, "/api/snapshots", &outside).await.0, 403);
    assert_eq!(get(&api, "/api/snapshot/shared-options").await.1["externalEnabled"], false);
}

#[tokio::test]
async fn short_addresses_lead_to_long_ones() {
    let api = api();
    let long = json!({ "path": "d/a/b?from=now-1h&to=now" });
    let (status, made) = post(&api, "/api/short-urls", &long).await;
    let uid = made["uid"].as_str().unwrap();
    assert_eq!((status, &made["url"]), (200, &json!(format!("/goto/{uid}?orgId=1"))));
    assert_eq!(post(&api, "/api/short-urls", &long).await.1["uid"], made["uid"]);
    let request = |path: String| Request::builder().uri(path).body(Body::empty()).unwrap();
    let answer = api.0.clone().oneshot(request(format!("/goto/{uid}?orgId=1"))).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/d/a/b?from=now-1h&to=now");
    let answer = api.0.clone().oneshot(request("/goto/none".to_owned())).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (302, "/"));
    assert_eq!(post(&api, "/api/short-urls", &json!({ "path": "//evil" })).await.0, 400);
}

#[tokio::test]
async fn what_was_deleted_is_found_and_made_again() {
    let api = api();
    let resources = "/apis/dashboard.grafana.app/v1/namespaces/default/dashboards";
    let body = json!({ "metadata": { "name": "a", "labels": { "team": "x" }, "annotations": { "grafana.app/managedBy": "git" } },
        "spec": { "title": "A" } });
    assert_eq!(post(&api, resources, &body).await.0, 201);
    // Labels stay when the other API saves over them.
    let again = json!({ "dashboard": { "title": "A2", "uid": "a" }, "overwrite": true });
    assert_eq!(post(&api, "/api/dashboards/db", &again).await.0, 200);
    let (_, read, _) = get(&api, &format!("{resources}/a")).await;
    let metadata = &read["metadata"];
    assert_eq!(
        (&metadata["labels"]["team"], &metadata["annotations"]["grafana.app/managedBy"]),
        (&json!("x"), &json!("git"))
    );
    let count = |list: Value| list["items"].as_array().unwrap().len();
    assert_eq!(count(get(&api, &format!("{resources}?labelSelector=team%3Dx")).await.1), 1);
    assert_eq!(count(get(&api, &format!("{resources}?labelSelector=team%3Dy")).await.1), 0);
    assert_eq!(count(get(&api, &format!("{resources}?fieldSelector=metadata.name%3Da")).await.1), 1);
    assert_eq!(get(&api, &format!("{resources}?watch=true")).await.1["reason"], "MethodNotAllowed");
    let trash = format!("{resources}?labelSelector=grafana.app/get-trash%3Dtrue");
    assert_eq!(count(get(&api, &trash).await.1), 0);
    assert_eq!(ask(&api, Method::DELETE, "/api/dashboards/uid/a", "").await.0, 200);
    let (_, deleted, _) = get(&api, &trash).await;
    assert_eq!(deleted["items"][0]["spec"]["title"], "A2");
    let (_, found, _) = get(&api, "/api/search?deleted=true").await;
    assert_eq!((&found[0]["uid"], &found[0]["isDeleted"]), (&json!("a"), &json!(true)));
    assert_eq!(
        post(&api, resources, &json!({ "metadata": { "name": "a" }, "spec": deleted["items"][0]["spec"] }))
            .await
            .0,
        201
    );
    assert_eq!(get(&api, "/api/search?deleted=true").await.1, json!([]));
}

#[tokio::test]
async fn folders_say_what_is_in_them_and_keep_it_from_others() {
    let api = api();
    for (uid, parent) in [("f", ""), ("g", "f")] {
        let (status, made) =
            post(&api, "/api/folders", &json!({ "uid": uid, "title": uid, "parentUid": parent })).await;
        assert_eq!((status, &made["createdBy"]), (200, &json!("admin")));
        assert_eq!(made["parents"].as_array().unwrap().len(), usize::from(!parent.is_empty()));
    }
    let model = json!({ "type": "stat" });
    post(
        &api,
        "/api/library-elements",
        &json!({ "uid": "l", "name": "L", "folderUid": "g", "model": model }),
    )
    .await;
    let board =
        json!({ "dashboard": { "title": "D", "uid": "d", "panels": [{ "libraryPanel": { "uid": "l" } }] } });
    assert_eq!(post(&api, "/api/dashboards/db", &board).await.0, 200);
    assert_eq!(get(&api, "/api/folders/f/counts").await.1["librarypanel"], 1);
    assert_eq!(ask(&api, Method::DELETE, "/api/folders/f", "").await.0, 403);
    assert_eq!(ask(&api, Method::DELETE, "/api/dashboards/uid/d", "").await.0, 200);
    assert_eq!(ask(&api, Method::DELETE, "/api/folders/f", "").await.0, 200);
    assert_eq!(get(&api, "/api/library-elements/l").await.0, 404);
    let folders = "/apis/folder.grafana.app/v1/namespaces/default/folders";
    for name in ["a", "b", "c"] {
        let body =
            json!({ "metadata": { "name": name, "labels": { "n": name } }, "spec": { "title": name } });
        assert_eq!(post(&api, folders, &body).await.0, 201);
    }
    let (_, page, _) = get(&api, &format!("{folders}?limit=2")).await;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["metadata"]["continue"]), (2, &json!("b")));
    let (_, page, _) = get(&api, &format!("{folders}?limit=2&continue=b")).await;
    assert_eq!(
        (&page["items"][0]["metadata"]["labels"]["n"], &page["metadata"]["continue"]),
        (&json!("c"), &json!(""))
    );
}

#[tokio::test]
async fn refusals_are_told_in_json() {
    let api = api();
    for (method, path, body, status) in [
        (Method::GET, "/api/annotations/x", "", 400),
        (Method::GET, "/api/folders/id/x", "", 400),
        (Method::GET, "/api/dashboards/uid/oriel-host/versions/x", "", 400),
        (Method::POST, "/api/folders", "{", 400),
        (Method::GET, "/api/folders/none", "", 404),
        (Method::GET, "/api/plugins/none/settings", "", 404),
        (Method::GET, "/api/gnet/dashboards/1", "", 502),
        (Method::GET, "/api/search?limit=5001", "", 422),
    ] {
        let (got, said, _) = ask(&api, method, path, body).await;
        assert_eq!(got, status, "{path}: {said}");
        assert!(said["message"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {said}");
    }
    assert_eq!(get(&api, "/api/folders/none").await.1["status"], "not-found");
    let (_, plugins, _) = get(&api, "/api/plugins?type=datasource").await;
    assert_eq!(plugins.as_array().unwrap().len(), 3);
    // Folders stand before dashboards, unless an order is asked for.
    post(&api, "/api/folders", &json!({ "uid": "z", "title": "ZZ" })).await;
    assert_eq!(get(&api, "/api/search").await.1[0]["uid"], "z");
    assert_ne!(get(&api, "/api/search?sort=alpha-asc").await.1[0]["uid"], "z");
}

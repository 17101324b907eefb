//! What Terraform, sidecars and scripts ask for, as they ask it.

use super::*;

pub(super) async fn post(api: &Api, path: &str, body: &Value) -> (u16, Value) {
    let (status, answer, _) = ask(api, Method::POST, path, &body.to_string()).await;
    (status, answer)
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_restored_byte_for_byte() {
    let api = api();
    let first = r#"{"title":"One","uid":"a","z":1.50}"#;
    let body = format!(r#"{{"dashboard":{first},"message":"first"}}"#);
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/db", &body).await.0, 200);
    let two = json!({ "dashboard": { "title": "Two", "uid": "a", "version": 1 } });
    assert_eq!(post(&api, "/api/dashboards/db", &two).await.1["version"], 2);
    let (_, page, _) = get(&api, "/api/dashboards/uid/a/versions?limit=1").await;
    assert_eq!((&page["versions"][0]["version"], &page["continueToken"]), (&json!(2), &json!("2")));
    let (_, page, _) = get(&api, "/api/dashboards/uid/a/versions?limit=1&start=2").await;
    assert_eq!((&page["versions"][0]["message"], &page["continueToken"]), (&json!("first"), &json!("")));
    let (status, restored) = post(&api, "/api/dashboards/uid/a/restore", &json!({ "version": 1 })).await;
    assert_eq!((status, &restored["version"], &restored["slug"]), (200, &json!(3), &json!("one")));
    assert!(get(&api, "/api/oriel/v1/dashboards/a").await.2.ends_with(&format!("\"dashboard\":{first}}}")));
    let (_, changed, _) = get(&api, "/api/oriel/v1/dashboards/a/diff?from=1&to=2").await;
    assert_eq!(
        changed["changes"],
        json!([
            { "op": "replace", "path": "/title", "value": "Two", "before": "One" },
            { "op": "remove", "path": "/z", "before": 1.5 },
            { "op": "add", "path": "/version", "value": 1 },
        ])
    );
    let (_, changed, _) = get(&api, "/api/oriel/v1/dashboards/a/diff").await;
    assert_eq!((&changed["from"], &changed["to"]), (&json!(2), &json!(3)));
    assert_eq!(get(&api, "/api/oriel/v1/dashboards/a/diff?from=x").await.0, 400);
    assert_eq!(get(&api, "/api/oriel/v1/dashboards/a/diff?from=9").await.0, 404);
    assert_eq!(post(&api, "/api/dashboards/uid/a/restore", &json!({ "version": 9 })).await.0, 404);
    assert_eq!(post(&api, "/api/dashboards/uid/a/restore", &json!({})).await.0, 400);
}

#[tokio::test]
async fn stars_and_tags_are_found() {
    let api = api();
    for uid in ["a", "b"] {
        let body = json!({ "dashboard": { "title": uid, "uid": uid, "tags": ["mine", uid] } });
        assert_eq!(post(&api, "/api/dashboards/db", &body).await.0, 200);
    }
    assert_eq!(post(&api, "/api/user/stars/dashboard/uid/b", &Value::Null).await.0, 200);
    assert_eq!(post(&api, "/api/user/stars/dashboard/uid/none", &Value::Null).await.0, 404);
    assert_eq!(get(&api, "/api/user/stars").await.1, json!(["b"]));
    let (_, found, _) = get(&api, "/api/search?starred=true").await;
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["uid"], &found[0]["isStarred"]),
        (1, &json!("b"), &json!(true))
    );
    assert_eq!(get(&api, "/api/dashboards/uid/b").await.1["meta"]["isStarred"], true);
    assert_eq!(ask(&api, Method::DELETE, "/api/user/stars/dashboard/uid/b", "").await.0, 200);
    assert_eq!(get(&api, "/api/user/stars").await.1, json!([]));
    let (_, tags, _) = get(&api, "/api/dashboards/tags").await;
    assert!(tags.as_array().unwrap().contains(&json!({ "term": "mine", "count": 2 })));
}

#[tokio::test]
async fn annotations_are_found_by_time_tag_and_panel() {
    let api = api();
    let one = json!({ "dashboardUID": "d", "panelId": 2, "time": 1_000, "timeEnd": 2_000, "tags": ["deploy", "a"], "text": "v1" });
    let (status, made) = post(&api, "/api/annotations", &one).await;
    assert_eq!((status, &made["message"]), (200, &json!("Annotation added")));
    let graphite = json!({ "what": "restart", "when": 5, "tags": "deploy b", "data": "by hand" });
    assert_eq!(post(&api, "/api/annotations/graphite", &graphite).await.0, 200);
    for (query, texts) in [
        ("", vec!["restart\nby hand", "v1"]),
        ("?from=1500&to=1600", vec!["v1"]),
        ("?from=3000", vec!["restart\nby hand"]),
        ("?tags=deploy&tags=a", vec!["v1"]),
        ("?tags=b&tags=a", vec![]),
        ("?tags=b&tags=a&matchAny=true", vec!["restart\nby hand", "v1"]),
        ("?dashboardUID=d&panelId=2", vec!["v1"]),
        ("?dashboardUID=d&panelId=3", vec![]),
        ("?limit=1", vec!["restart\nby hand"]),
    ] {
        let (_, found, _) = get(&api, &format!("/api/annotations{query}")).await;
        let found: Vec<&str> =
            found.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(found, texts, "{query}");
    }
    let path = format!("/api/annotations/{}", made["id"]);
    assert_eq!(ask(&api, Method::PATCH, &path, r#"{"text":"v2"}"#).await.0, 200);
    let (_, read, _) = get(&api, &path).await;
    assert_eq!((&read["text"], &read["tags"]), (&json!("v2"), &json!(["deploy", "a"])));
    let (_, tags, _) = get(&api, "/api/annotations/tags?tag=dep").await;
    assert_eq!(tags["result"]["tags"], json!([{ "tag": "deploy", "count": 2 }]));
    assert_eq!(ask(&api, Method::DELETE, &path, "").await.0, 200);
    assert_eq!(get(&api, &path).await.0, 404);
    assert_eq!(post(&api, "/api/annotations", &json!({ "time": 1 })).await.0, 400);
}

#[tokio::test]
async fn library_panels_know_who_shows_them() {
    let api = api();
    let panel =
        json!({ "uid": "lib", "name": "CPU", "kind": 1, "model": { "type": "stat", "title": "CPU" } });
    let (status, made) = post(&api, "/api/library-elements", &panel).await;
    assert_eq!(
        (status, &made["result"]["version"], &made["result"]["type"]),
        (200, &json!(1), &json!("stat"))
    );
    assert_eq!(post(&api, "/api/library-elements", &panel).await.0, 400);
    let board = json!({ "dashboard": { "title": "D", "uid": "d", "panels": [{ "libraryPanel": { "uid": "lib", "name": "CPU" } }] } });
    assert_eq!(post(&api, "/api/dashboards/db", &board).await.0, 200);
    let (_, used, _) = get(&api, "/api/library-elements/lib/connections").await;
    assert_eq!(used["result"][0]["connectionUid"], "d");
    assert_eq!(ask(&api, Method::DELETE, "/api/library-elements/lib", "").await.0, 403);
    let change = r#"{"name":"CPU used","version":1}"#;
    assert_eq!(ask(&api, Method::PATCH, "/api/library-elements/lib", change).await.1["result"]["version"], 2);
    assert_eq!(ask(&api, Method::PATCH, "/api/library-elements/lib", change).await.0, 412);
    for (query, hits) in [
        ("searchString=cpu", 1),
        ("typeFilter=graph", 0),
        ("excludeUid=lib", 0),
        ("folderFilterUIDs=general", 1),
    ] {
        let (_, found, _) = get(&api, &format!("/api/library-elements?{query}")).await;
        assert_eq!(found["result"]["totalCount"], hits, "{query}");
    }
    assert_eq!(ask(&api, Method::DELETE, "/api/dashboards/uid/d", "").await.0, 200);
    assert_eq!(ask(&api, Method::DELETE, "/api/library-elements/lib", "").await.0, 200);
    assert_eq!(get(&api, "/api/library-elements/lib").await.0, 404);
}

#[tokio::test]
async fn folders_stand_in_folders() {
    let api = api();
    assert_eq!(post(&api, "/api/folders", &json!({ "uid": "f", "title": "Outer" })).await.0, 200);
    assert_eq!(
        post(&api, "/api/folders", &json!({ "uid": "g", "title": "Inner", "parentUid": "f" })).await.0,
        200
    );
    assert_eq!(post(&api, "/api/folders", &json!({ "title": "x", "parentUid": "none" })).await.0, 400);
    assert_eq!(get(&api, "/api/folders").await.1[0]["uid"], "f");
    assert_eq!(get(&api, "/api/folders?parentUid=f").await.1[0]["uid"], "g");
    assert_eq!(get(&api, "/api/folders/g").await.1["parents"][0]["uid"], "f");
    assert_eq!(get(&api, "/api/folders/general").await.1["uid"], "general");
    let id = get(&api, "/api/folders/g").await.1["id"].clone();
    assert_eq!(get(&api, &format!("/api/folders/id/{id}")).await.1["uid"], "g");
    let board = json!({ "dashboard": { "title": "D", "uid": "d" }, "folderId": id });
    assert_eq!(post(&api, "/api/dashboards/db", &board).await.1["folderUid"], "g");
    let (_, counts, _) = get(&api, "/api/folders/f/counts").await;
    assert_eq!((&counts["folder"], &counts["dashboard"]), (&json!(1), &json!(1)));
    assert_eq!(post(&api, "/api/folders/f/move", &json!({ "parentUid": "g" })).await.0, 400);
    assert_eq!(get(&api, "/api/folders/g/permissions").await.1[0]["permissionName"], "View");
    let items = json!({ "items": [{ "role": "Viewer", "permission": 4 }] });
    assert_eq!(post(&api, "/api/folders/g/permissions", &items).await.0, 200);
    assert_eq!(get(&api, "/api/folders/g/permissions").await.1[0]["permissionName"], "Admin");
    assert_eq!(get(&api, "/api/folders/none/permissions").await.0, 404);
    assert_eq!(ask(&api, Method::DELETE, "/api/folders/f", "").await.0, 200);
    assert_eq!((get(&api, "/api/folders/g").await.0, get(&api, "/api/dashboards/uid/d").await.0), (404, 404));
}

#[tokio::test]
async fn declared_data_sources_are_names_of_this_server() {
    let api = api();
    let one = json!({ "uid": "prom-x", "name": "Prom", "type": "prometheus", "url": "http://prometheus:9090", "secureJsonData": { "password": "p" } });
    let (status, made) = post(&api, "/api/datasources", &one).await;
    assert_eq!((status, &made["datasource"]["secureJsonFields"]["password"]), (200, &json!(true)));
    assert!(!get(&api, "/api/datasources").await.2.contains("\"p\""));
    assert_eq!(post(&api, "/api/datasources", &one).await.0, 409);
    assert_eq!(post(&api, "/api/datasources", &json!({ "name": "m", "type": "mysql" })).await.0, 400);
    for path in ["proxy/uid/prom-x", "proxy/1", "uid/Prom/resources", "uid/oriel-metrics/resources"] {
        let (status, answer, _) =
            get(&api, &format!("/api/datasources/{path}/api/v1/query?query=1%2B1&time=5")).await;
        assert_eq!((status, &answer["data"]["result"][1]), (200, &json!("2")), "{path}");
    }
    assert_eq!(get(&api, "/api/datasources/uid/oriel-logs/resources/labels").await.0, 200);
    assert_eq!(get(&api, "/api/datasources/uid/oriel-traces/resources/tags").await.0, 200);
    assert_eq!(
        get(&api, "/api/datasources/proxy/uid/oriel-logs/loki/api/v1/label/a%20b/values").await.0,
        200
    );
    assert_eq!(get(&api, "/api/datasources/proxy/uid/none/x").await.0, 404);
    assert_eq!(get(&api, "/api/datasources/proxy/uid/prom-x/nothing").await.0, 404);
    assert_eq!(ask(&api, Method::DELETE, "/api/datasources/uid/oriel-metrics", "").await.0, 403);
    assert_eq!(ask(&api, Method::DELETE, "/api/datasources/uid/prom-x", "").await.0, 200);
}

#[tokio::test]
async fn batches_of_queries_are_answered_as_frames() {
    let api = api();
    let batch = json!({ "from": "now-1h", "to": "now", "queries": [
        { "refId": "A", "datasource": { "uid": "oriel-metrics" }, "expr": "vector(3)", "intervalMs": 60_000, "maxDataPoints": 60 },
        { "refId": "B", "datasource": { "type": "prometheus", "uid": "of-another-place" }, "expr": "vector(4)", "instant": true },
        { "refId": "C", "datasource": { "type": "loki" }, "expr": "{a=\"b\"}" },
        { "refId": "D", "datasource": { "type": "tempo" }, "query": "{}", "queryType": "traceql" },
        { "refId": "E", "datasource": { "type": "prometheus" }, "expr": "1", "hide": true },
    ] });
    let (status, answer) = post(&api, "/api/ds/query", &batch).await;
    let frame = &answer["results"]["A"]["frames"][0];
    assert_eq!((status, frame["data"]["values"][1].as_array().unwrap().len()), (200, 61), "{answer}");
    assert_eq!(frame["schema"]["meta"]["type"], "timeseries-multi");
    assert_eq!(answer["results"]["B"]["frames"][0]["data"]["values"][1], json!([4.0]));
    assert_eq!(answer["results"]["C"]["frames"][0]["schema"]["fields"][2]["name"], "Line");
    assert_eq!(answer["results"]["D"]["frames"][0]["schema"]["fields"][0]["name"], "traceID");
    assert!(answer["results"].get("E").is_none());
    for (query, words) in [
        (json!({ "datasource": { "type": "prometheus" }, "expr": "up{" }), "parse error"),
        (json!({ "datasource": { "type": "prometheus" }, "expr": "" }), "expected a query"),
        (
            json!({ "datasource": { "type": "__expr__", "uid": "__expr__" }, "type": "sql" }),
            "of type \"sql\"",
        ),
    ] {
        let (status, answer) = post(&api, "/api/ds/query", &json!({ "queries": [query] })).await;
        let said = answer["results"]["A"]["error"].as_str().unwrap();
        assert!(status >= 400 && said.contains(words), "{status} {said}");
    }
    let one = json!({ "refId": "A", "datasource": { "type": "prometheus" }, "expr": "1" });
    let nobody = json!({ "refId": "B", "datasource": { "uid": "none" }, "expr": "1" });
    let (status, answer) = post(&api, "/api/ds/query", &json!({ "queries": [one, nobody] })).await;
    assert_eq!((status, &answer["message"]), (404, &json!("Data source not found")));
    // Of a batch some of which fails, the rest is answered.
    let wrong = json!({ "refId": "B", "datasource": { "type": "loki" }, "expr": "{" });
    let (status, answer) = post(&api, "/api/ds/query", &json!({ "queries": [one, wrong] })).await;
    let results = &answer["results"];
    assert_eq!((status, &results["A"]["status"], &results["B"]["status"]), (400, &json!(200), &json!(400)));
    assert_eq!(post(&api, "/api/ds/query", &json!({ "queries": [] })).await.0, 400);
}

/// As the evaluation of an alert rule asks: a hidden query, a figure of it, a threshold on that.
#[tokio::test]
async fn rules_of_tools_are_evaluated_by_expressions() {
    let api = api();
    let expr = json!({ "type": "__expr__", "uid": "__expr__" });
    let batch = json!({ "from": "now-10m", "to": "now", "queries": [
        { "refId": "C", "datasource": expr, "type": "threshold", "expression": "B",
          "conditions": [{ "evaluator": { "type": "gt", "params": [2] } }] },
        { "refId": "B", "datasource": expr, "type": "reduce", "expression": "A", "reducer": "last" },
        { "refId": "A", "datasource": { "uid": "oriel-metrics" }, "expr": "vector(3)", "intervalMs": 60_000, "hide": true },
        { "refId": "D", "datasource": expr, "type": "math", "expression": "$A * $B + $I" },
        { "refId": "I", "datasource": { "uid": "oriel-metrics" }, "expr": "vector(1)", "instant": true, "range": false },
        { "refId": "BAD", "datasource": { "uid": "oriel-metrics" }, "expr": "up{" },
        { "refId": "AFTER", "datasource": expr, "type": "math", "expression": "$BAD > 1" },
    ] });
    let (status, answer) = post(&api, "/api/ds/query", &batch).await;
    let results = &answer["results"];
    assert_eq!(status, 400, "one of them failed: {answer}");
    assert!(results.get("A").is_none());
    let frame = &results["C"]["frames"][0];
    assert_eq!(
        (&frame["schema"]["fields"][0]["name"], &frame["data"]["values"]),
        (&json!("C"), &json!([[1.0]]))
    );
    assert_eq!(results["B"]["frames"][0]["data"]["values"], json!([[3.0]]));
    let sums = results["D"]["frames"][0]["data"]["values"][1].as_array().unwrap();
    assert!(sums.len() > 5 && sums.iter().all(|sum| sum == &json!(10.0)), "{sums:?}");
    assert!(results["AFTER"]["error"].as_str().unwrap().contains("query BAD failed"));
}

#[tokio::test]
async fn dashboards_are_resources_of_both_sorts() {
    let api = api();
    let path = |version: &str| format!("/apis/dashboard.grafana.app/{version}/namespaces/default/dashboards");
    let first = json!({ "metadata": { "name": "a", "annotations": { "grafana.app/message": "why" } }, "spec": { "title": "A", "panels": [] } });
    let (status, made) = post(&api, &path("v1"), &first).await;
    assert_eq!(
        (status, &made["metadata"]["resourceVersion"], &made["spec"]["title"]),
        (201, &json!("1"), &json!("A"))
    );
    assert_eq!(post(&api, &path("v1"), &first).await.1["reason"], "AlreadyExists");
    // What is a resource here is a dashboard there, and the other way round.
    assert_eq!(get(&api, "/api/dashboards/uid/a").await.1["dashboard"]["title"], "A");
    let text = r#"{"apiVersion":"dashboard.grafana.app/v2","kind":"Dashboard","metadata":{"name":"b"},"spec":{"title":"B","tags":["t"],"elements":{},"layout":{"kind":"GridLayout","spec":{"items":[]}},"z":1.50}}"#;
    assert_eq!(ask(&api, Method::POST, &path("v2"), text).await.0, 201);
    assert!(get(&api, "/api/oriel/v1/dashboards/b").await.2.ends_with(&format!("\"dashboard\":{text}}}")));
    let (_, read, raw) = get(&api, &format!("{}/b", path("v2"))).await;
    assert_eq!((&read["apiVersion"], raw.contains("\"z\":1.50")), (&json!("dashboard.grafana.app/v2"), true));
    let (_, other, _) = get(&api, &format!("{}/b", path("v1"))).await;
    assert_eq!(other["status"]["conversion"]["storedVersion"], "v2");
    assert_eq!(get(&api, "/api/search?tag=t").await.1[0]["title"], "B");
    let (_, list, _) = get(&api, &format!("{}?limit=1", path("v1"))).await;
    assert_eq!(
        (&list["items"][0]["metadata"]["name"], &list["metadata"]["continue"]),
        (&json!("a"), &json!("a"))
    );
    // Replacing rests on the version that was read; the first sort may not replace the second.
    let mut next = made.clone();
    next["spec"]["title"] = "A2".into();
    let one = format!("{}/a", path("v1"));
    assert_eq!(ask(&api, Method::PUT, &one, &next.to_string()).await.1["metadata"]["resourceVersion"], "2");
    assert_eq!(ask(&api, Method::PUT, &one, &next.to_string()).await.0, 409);
    assert_eq!(
        ask(
            &api,
            Method::PUT,
            &format!("{}/b", path("v1")),
            &json!({ "spec": { "title": "x" } }).to_string()
        )
        .await
        .0,
        409
    );
    assert_eq!(get(&api, &format!("{one}/dto")).await.1["access"]["canEdit"], true);
    assert_eq!(ask(&api, Method::DELETE, &one, "").await.0, 200);
    assert_eq!(get(&api, &one).await.1["reason"], "NotFound");
    assert_eq!(get(&api, &path("v9")).await.0, 404);
    let (_, groups, _) = get(&api, "/apis").await;
    assert_eq!(groups["groups"][0]["name"], "dashboard.grafana.app");
    assert_eq!(get(&api, "/apis/dashboard.grafana.app/v2").await.1["resources"][0]["kind"], "Dashboard");
}

#[tokio::test]
async fn resources_are_patched_and_folders_are_resources() {
    let api = api();
    let folders = "/apis/folder.grafana.app/v1beta1/namespaces/default/folders";
    let (status, made) =
        post(&api, folders, &json!({ "metadata": { "name": "f" }, "spec": { "title": "F" } })).await;
    assert_eq!((status, &made["kind"]), (201, &json!("Folder")));
    let inner = json!({ "metadata": { "generateName": "in-", "annotations": { "grafana.app/folder": "f" } }, "spec": { "title": "In" } });
    let (_, inner) = post(&api, folders, &inner).await;
    assert!(inner["metadata"]["name"].as_str().unwrap().starts_with("in-"));
    assert_eq!(get(&api, "/api/folders/f").await.1["title"], "F");
    assert_eq!(get(&api, folders).await.1["items"].as_array().unwrap().len(), 2);
    let patch_of = |kind: &'static str, path: String, body: Value| {
        let request = Request::builder().method(Method::PATCH).uri(path);
        let request = request.header("content-type", kind).body(Body::from(body.to_string()));
        api.0.clone().oneshot(request.unwrap())
    };
    let patch = |path, body| patch_of("application/merge-patch+json", path, body);
    let answer = patch(format!("{folders}/f"), json!({ "spec": { "title": "G" } })).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(get(&api, &format!("{folders}/f")).await.1["spec"]["title"], "G");
    let boards = "/apis/dashboard.grafana.app/v1/namespaces/default/dashboards";
    let body = json!({ "metadata": { "name": "d", "annotations": { "grafana.app/folder": "f" } }, "spec": { "title": "D", "tags": ["a"] } });
    assert_eq!(post(&api, boards, &body).await.0, 201);
    let answer =
        patch(format!("{boards}/d"), json!({ "spec": { "tags": null, "title": "E" } })).await.unwrap();
    assert_eq!(answer.status(), 200);
    let (_, read, _) = get(&api, "/api/dashboards/uid/d").await;
    assert_eq!(
        (&read["dashboard"]["title"], read["dashboard"].get("tags"), &read["meta"]["folderUid"]),
        (&json!("E"), None, &json!("f"))
    );
    assert_eq!(ask(&api, Method::PATCH, &format!("{boards}/d"), "{}").await.0, 415);
    let operations = |operations| {
        patch_of("application/json-patch+json; charset=utf-8", format!("{boards}/d"), operations)
    };
    let answer = operations(
        json!([{ "op": "test", "path": "/spec/title", "value": "E" }, { "op": "add", "path": "/spec/tags", "value": ["z"] }]),
    );
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(get(&api, "/api/search?tag=z").await.1[0]["uid"], "d");
    assert_eq!(operations(json!([{ "op": "remove", "path": "/spec/gone" }])).await.unwrap().status(), 400);
    let late = json!([{ "op": "add", "path": "/metadata/resourceVersion", "value": "1" }]);
    assert_eq!(operations(late).await.unwrap().status(), 409);
    let answer = patch_of(
        "application/json-patch+json",
        format!("{folders}/f"),
        json!([{ "op": "replace", "path": "/spec/title", "value": "H" }]),
    );
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(get(&api, "/api/folders/f").await.1["title"], "H");
    assert_eq!(ask(&api, Method::DELETE, &format!("{folders}/f"), "").await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/uid/d").await.0, 404);
}

#[tokio::test]
async fn tools_learn_who_they_are() {
    let api = api();
    for path in [
        "user",
        "user/orgs",
        "org",
        "orgs/1",
        "org/users",
        "users",
        "teams/search",
        "user/preferences",
        "login/ping",
        "frontend/settings",
        "admin/stats",
        "plugins",
        "access-control/user/permissions",
        "serviceaccounts/search",
        "playlists",
        "dashboard/snapshots",
    ] {
        assert_eq!(get(&api, &format!("/api/{path}")).await.0, 200, "{path}");
    }
    let (_, settings, _) = get(&api, "/api/frontend/settings").await;
    assert_eq!(settings["datasources"]["Oriel logs"]["type"], "loki");
    let (status, said) = post(&api, "/api/admin/provisioning/dashboards/reload", &Value::Null).await;
    assert!(status == 200 && said["message"].as_str().unwrap().contains("nothing was read"), "{said}");
    assert_eq!(post(&api, "/api/admin/provisioning/nothing/reload", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn imports_fill_holes() {
    let api = api();
    let text = r#"{"title":"I","uid":"i","panels":[{"datasource":"${DS_PROM}","expr":"a{b=\"${other}\"}"}],"z":1.50}"#;
    let body = format!(
        r#"{{"dashboard":{text},"overwrite":true,"inputs":[{{"name":"DS_PROM","type":"datasource","value":"oriel-\"m"}}]}}"#
    );
    let (status, made, _) = ask(&api, Method::POST, "/api/dashboards/import", &body).await;
    assert_eq!((status, &made["importedUrl"], &made["imported"]), (200, &json!("/d/i/i"), &json!(true)));
    let (_, read, raw) = get(&api, "/api/oriel/v1/dashboards/i").await;
    assert_eq!(read["dashboard"]["panels"][0]["datasource"], "oriel-\"m");
    assert!(raw.contains("${other}") && raw.contains("\"z\":1.50"));
    assert_eq!(ask(&api, Method::POST, "/api/dashboards/import", r#"{"dashboard":{}}"#).await.0, 400);
}

#[tokio::test]
async fn service_accounts_read_back() {
    let api = api();
    let (status, made) =
        post(&api, "/api/serviceaccounts", &json!({ "name": "CI bot", "role": "Editor" })).await;
    assert_eq!((status, &made["login"], &made["role"]), (201, &json!("sa-1-ci-bot"), &json!("Editor")));
    assert_eq!(post(&api, "/api/serviceaccounts", &json!({ "name": "CI bot" })).await.0, 400);
    assert_eq!(post(&api, "/api/serviceaccounts", &json!({ "name": "x", "role": "Root" })).await.0, 400);
    let path = format!("/api/serviceaccounts/{}", made["id"]);
    let (_, token) =
        post(&api, &format!("{path}/tokens"), &json!({ "name": "t", "secondsToLive": 60 })).await;
    assert!(token["key"].as_str().unwrap().starts_with("glsa_"));
    assert_eq!(post(&api, &format!("{path}/tokens"), &json!({ "name": "t" })).await.0, 409);
    let (_, tokens, raw) = get(&api, &format!("{path}/tokens")).await;
    assert_eq!((&tokens[0]["name"], &tokens[0]["hasExpired"]), (&json!("t"), &json!(false)));
    assert!(!raw.contains("glsa_"), "a key is shown once");
    assert_eq!(ask(&api, Method::PATCH, &path, r#"{"name":"bot","isDisabled":true}"#).await.0, 200);
    let (_, found, _) = get(&api, "/api/serviceaccounts/search?query=BOT").await;
    assert_eq!(
        (&found["serviceAccounts"][0]["name"], &found["serviceAccounts"][0]["tokens"]),
        (&json!("bot"), &json!(1))
    );
    assert_eq!(ask(&api, Method::DELETE, &format!("{path}/tokens/1"), "").await.0, 200);
    assert_eq!(ask(&api, Method::DELETE, &format!("{path}/tokens/1"), "").await.0, 404);
    assert_eq!(ask(&api, Method::DELETE, &path, "").await.0, 200);
    assert_eq!(get(&api, &path).await.0, 404);
}

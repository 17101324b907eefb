//! Users, teams, the organisation, and preferences of each.

use super::tools::post;
use super::*;

async fn put(api: &Api, path: &str, body: &Value) -> (u16, Value) {
    let (status, answer, _) = ask(api, Method::PUT, path, &body.to_string()).await;
    (status, answer)
}

#[tokio::test]
async fn preferences_of_each_are_its_own() {
    let api = api();
    for uid in ["a", "b", "c"] {
        let body = json!({ "dashboard": { "title": uid, "uid": uid } });
        assert_eq!(post(&api, "/api/dashboards/db", &body).await.0, 200);
    }
    let (_, team) = post(&api, "/api/teams", &json!({ "name": "Ops" })).await;
    let team = format!("/api/teams/{}", team["teamId"]);
    assert_eq!(get(&api, "/api/dashboards/home").await.1["meta"]["isHome"], true);
    // The organisation's counts until a team says otherwise, and that until the user does.
    assert_eq!(
        put(&api, "/api/org/preferences", &json!({ "homeDashboardUID": "a", "theme": "dark" })).await.0,
        200
    );
    assert_eq!(get(&api, "/api/dashboards/home").await.1["redirectUri"], "/d/a");
    assert_eq!(get(&api, "/api/user/preferences").await.1["homeDashboardUID"], "");
    let own = json!({ "homeDashboardUID": "b", "timezone": "utc" });
    assert_eq!(put(&api, &format!("{team}/preferences"), &own).await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/home").await.1["redirectUri"], "/d/a");
    assert_eq!(post(&api, &format!("{team}/members"), &json!({ "userId": 1 })).await.0, 200);
    assert_eq!(get(&api, "/api/dashboards/home").await.1["redirectUri"], "/d/b");
    assert_eq!(
        put(&api, "/api/user/preferences", &json!({ "homeDashboardUID": "c", "weekStart": "monday" }))
            .await
            .0,
        200
    );
    assert_eq!(get(&api, "/api/dashboards/home").await.1["redirectUri"], "/d/c");
    // A patch changes what it names, the other says all.
    assert_eq!(ask(&api, Method::PATCH, "/api/user/preferences", r#"{"theme":"light"}"#).await.0, 200);
    let (_, read, _) = get(&api, "/api/user/preferences").await;
    assert_eq!((&read["theme"], &read["weekStart"]), (&json!("light"), &json!("monday")));
    assert_eq!(put(&api, "/api/user/preferences", &json!({ "theme": "dark" })).await.0, 200);
    let (_, read, _) = get(&api, "/api/user/preferences").await;
    assert_eq!(
        (&read["theme"], &read["weekStart"], &read["homeDashboardUID"]),
        (&json!("dark"), &json!(""), &json!(""))
    );
    for (wrong, status) in
        [(json!({ "theme": "pink" }), 400), (json!({ "homeDashboardUID": "no" }), 404), (json!([]), 400)]
    {
        assert_eq!(put(&api, "/api/user/preferences", &wrong).await.0, status, "{wrong}");
    }
    assert_eq!(get(&api, "/api/teams/77/preferences").await.0, 404);
}

#[tokio::test]
async fn teams_have_members() {
    let api = api();
    let (status, made) = post(&api, "/api/teams", &json!({ "name": "Ops", "email": "ops@x" })).await;
    assert_eq!((status, &made["message"]), (200, &json!("Team created")));
    let path = format!("/api/teams/{}", made["teamId"]);
    assert_eq!(post(&api, "/api/teams", &json!({ "name": "Ops" })).await.0, 409);
    assert_eq!(post(&api, "/api/teams", &json!({ "email": "x" })).await.0, 400);
    let (_, read, _) = get(&api, &path).await;
    assert_eq!(
        (&read["name"], &read["email"], &read["memberCount"]),
        (&json!("Ops"), &json!("ops@x"), &json!(0))
    );
    assert_eq!(
        get(&api, &format!("/api/teams/{}", made["uid"].as_str().unwrap())).await.1["id"],
        made["teamId"]
    );
    let members = format!("{path}/members");
    assert_eq!(post(&api, &members, &json!({ "userId": 1 })).await.1["message"], "Member added to Team");
    assert_eq!(post(&api, &members, &json!({ "userId": 1 })).await.0, 400);
    assert_eq!(post(&api, &members, &json!({ "userId": 9 })).await.0, 404);
    assert_eq!(get(&api, &members).await.1[0]["login"], "admin");
    assert_eq!(get(&api, "/api/user/teams").await.1[0]["name"], "Ops");
    assert_eq!(put(&api, &format!("{members}/1"), &json!({ "permission": 4 })).await.0, 200);
    assert_eq!(get(&api, &members).await.1[0]["permission"], 4);
    assert_eq!(put(&api, &members, &json!({ "members": ["admin@localhost"], "admins": [] })).await.0, 200);
    assert_eq!(get(&api, &members).await.1[0]["permission"], 0);
    assert_eq!(ask(&api, Method::DELETE, &format!("{members}/1"), "").await.0, 200);
    assert_eq!(ask(&api, Method::DELETE, &format!("{members}/1"), "").await.0, 404);
    post(&api, "/api/teams", &json!({ "name": "Apps" })).await;
    let names = |found: Value| -> Vec<String> {
        let teams = found["teams"].as_array().unwrap().clone();
        teams.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(get(&api, "/api/teams/search").await.1), ["Apps", "Ops"]);
    assert_eq!(names(get(&api, "/api/teams/search?sort=name-desc&perpage=1").await.1), ["Ops"]);
    assert_eq!(names(get(&api, "/api/teams/search?query=pp").await.1), ["Apps"]);
    assert_eq!(put(&api, &path, &json!({ "name": "Apps" })).await.0, 409);
    assert_eq!(put(&api, &path, &json!({ "name": "Operators" })).await.0, 200);
    assert_eq!(ask(&api, Method::DELETE, &path, "").await.0, 200);
    assert_eq!(get(&api, &path).await.0, 404);
}

#[tokio::test]
async fn there_is_one_organisation_whose_users_are_configured() {
    let api = api();
    assert_eq!(get(&api, "/api/users?query=adm").await.1[0]["login"], "admin");
    assert_eq!(get(&api, "/api/users?query=nobody").await.1, json!([]));
    assert_eq!(get(&api, "/api/users/1").await.1["email"], "admin@localhost");
    assert_eq!(get(&api, "/api/users/7").await.0, 404);
    assert_eq!(get(&api, "/api/users/lookup?loginOrEmail=admin@localhost").await.1["id"], 1);
    assert_eq!(post(&api, "/api/admin/users", &json!({ "login": "x" })).await.0, 403);
    assert_eq!(post(&api, "/api/orgs", &json!({ "name": "x" })).await.0, 403);
    assert_eq!(put(&api, "/api/org", &json!({ "name": "Home" })).await.0, 200);
    assert_eq!(get(&api, "/api/orgs/name/Home").await.1["id"], 1);
    assert_eq!(get(&api, "/api/orgs").await.1[0]["name"], "Home");
    assert_eq!(get(&api, "/api/orgs/2").await.0, 404);
    assert_eq!(get(&api, "/api/admin/settings").await.1["auth.anonymous"]["org_name"], "Home");
}

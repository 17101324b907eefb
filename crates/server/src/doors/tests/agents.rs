//! Agents report on the doors that they send to, and are listed on the UI's.

use super::*;
use serde_json::Value;

#[tokio::test]
async fn agents_report_where_they_send_and_are_listed() {
    let door = Door::new(Options { tenancy: Tenancy::Required, ..Options::default() });
    let path = "/api/oriel/v1/agents";
    let post = |tenant: &str| Request::post(path).header("X-Scope-OrgID", tenant);
    for (at, name) in ["prometheus", "loki", "otlp_http", "ui"].into_iter().enumerate() {
        let body = format!(r#"{{"id":"a{at}","name":"host-{at}","targets":{{"up":{at}}}}}"#);
        assert_eq!(door.send(name, post("one"), body).await.status, 204, "{name}");
    }
    let wrong = door.send("loki", post("one"), "{}").await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    let large = door.send("loki", post("one"), "x".repeat(300 << 10)).await;
    assert_eq!(large.status, 413, "{}", large.text());
    let nobody = door.send("loki", Request::post(path), r#"{"id":"x"}"#).await;
    assert_eq!(nobody.status, 401, "{}", nobody.text());

    let get = |tenant: &str| Request::get(path).header("X-Scope-OrgID", tenant);
    let listed = door.send("ui", get("one"), Body::empty()).await;
    let listed: Value = serde_json::from_slice(&listed.body).unwrap();
    assert_eq!(listed["agents"].as_array().unwrap().len(), 4);
    assert_eq!(listed["agents"][2]["report"]["targets"]["up"], 2);
    let others = door.send("ui", get("two"), Body::empty()).await;
    let others: Value = serde_json::from_slice(&others.body).unwrap();
    assert_eq!(others["agents"], serde_json::json!([]));

    let forget = |id: &str| Request::delete(format!("{path}/{id}")).header("X-Scope-OrgID", "one");
    assert_eq!(door.send("ui", forget("a1"), Body::empty()).await.status, 204);
    assert_eq!(door.send("ui", forget("a1"), Body::empty()).await.status, 404);
}

#[tokio::test]
async fn the_configuration_comes_with_its_defaults() {
    let door = Door::new(Options::default());
    let answer = door.get("ui", "/api/oriel/v1/config").await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"defaults":"","yaml":""}"#));
}

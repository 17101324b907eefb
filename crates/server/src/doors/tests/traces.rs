//! Reading traces.

use super::*;

#[tokio::test]
async fn a_trace_is_found_by_its_id() {
    let door = Door::new(Options::default());
    let export = Request::post("/v1/traces").header("content-type", "application/json");
    door.send("otlp_http", export, SPAN).await;
    let id = "f".repeat(32);
    let first = json_of(&door, "tempo", &format!("/api/traces/{id}")).await;
    assert_eq!(first["batches"][0]["scopeSpans"][0]["spans"][0]["name"], "GET");
    let second = json_of(&door, "ui", &format!("/tempo/api/v2/traces/{id}")).await;
    assert_eq!(second["trace"]["resourceSpans"], first["batches"]);
    let protobuf = Request::get(format!("/api/traces/{id}")).header("accept", "application/protobuf");
    let answer = door.send("tempo", protobuf, "").await;
    let read = wire::otlp::traces::decode(&answer.body, wire::otlp::Encoding::Protobuf).unwrap();
    assert_eq!(read.len(), 1);
    let unknown = door.get("tempo", "/api/traces/12").await;
    assert_eq!((unknown.status, unknown.body.len()), (404, 0));
    assert_eq!(
        json_of(&door, "tempo", "/api/v2/traces/12").await,
        serde_json::json!({"trace": {}, "metrics": {}})
    );
    for (path, text) in [
        (
            "/api/v2/traces/xyz",
            "trace IDs can only contain hex characters: invalid character 'x' at position 1",
        ),
        ("/api/traces/12?start=2&end=1", "http parameter start must be before end. received start=2 end=1"),
        ("/api/traces/12?start=2&end=-1", "http parameter start must be before end. received start=2 end=-1"),
    ] {
        let answer = door.get("tempo", path).await;
        assert_eq!((answer.status, answer.text()), (400, text));
    }
}

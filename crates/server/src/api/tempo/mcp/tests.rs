//! Messages as a client of the protocol sends them.

use super::*;
use crate::fakes;
use crate::state::Options;
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn send(state: &Arc<State>, message: String) -> (u16, Value) {
    let request = Request::post("/api/mcp").body(Body::from(message)).unwrap();
    let response = super::super::api_routes(state.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn ask(state: &Arc<State>, method: &str, params: Value) -> Value {
    let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let (status, answer) = send(state, message.to_string()).await;
    assert_eq!((status, &answer["id"]), (200, &json!(7)));
    answer
}

#[tokio::test]
async fn a_client_shakes_hands_lists_and_reads() {
    let (state, _) = fakes::state(Options::default());
    for (asked, answered) in [("2025-03-26", "2025-03-26"), ("2099-01-01", "2025-06-18")] {
        let answer = ask(&state, "initialize", json!({ "protocolVersion": asked })).await;
        assert_eq!(answer["result"]["protocolVersion"], answered);
    }
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(send(&state, note.to_string()).await, (202, Value::Null));
    let listed = ask(&state, "tools/list", json!({})).await;
    let names: Vec<&str> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 9);
    assert_eq!(listed["result"]["tools"][0]["inputSchema"]["required"], json!(["query"]));
    for resource in ask(&state, "resources/list", json!({})).await["result"]["resources"].as_array().unwrap()
    {
        let read = ask(&state, "resources/read", json!({ "uri": resource["uri"] })).await;
        assert!(read["result"]["contents"][0]["text"].as_str().unwrap().starts_with("# "));
    }
    assert_eq!(
        ask(&state, "resources/read", json!({ "uri": "docs://x" })).await["error"]["code"],
        NO_RESOURCE
    );
    assert_eq!(ask(&state, "prompts/list", json!({})).await["error"]["code"], NO_METHOD);
    assert_eq!(send(&state, "{".to_owned()).await.0, 400);
}

#[tokio::test]
async fn tools_answer_what_the_api_answers() {
    let (state, store) = fakes::state(Options::default());
    let json = br#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "000000000000000000000000000000ab",
        "spanId": "00000000000000cd", "name": "GET", "startTimeUnixNano": "1795607990000000000", "endTimeUnixNano": "1795607990000000001"}]}]}]}"#;
    store.spans.lock().unwrap().push(wire::otlp::traces::decode(json, wire::otlp::Encoding::Json).unwrap());
    let call = |name: &str, arguments: Value| {
        let (state, params) = (state.clone(), json!({ "name": name, "arguments": arguments }));
        async move {
            let answer = ask(&state, "tools/call", params).await;
            let text = answer["result"]["content"][0]["text"].as_str().unwrap_or("").to_owned();
            (answer["result"]["isError"].as_bool(), text, answer["error"]["message"].clone())
        }
    };
    let window = json!({ "query": "{ name = \"GET\" }", "start": "2026-11-25T11:00:00Z", "end": "2026-11-25T12:00:00Z", "limit": 5 });
    let (failed, found, _) = call("traceql-search", window).await;
    assert!(failed == Some(false) && found.contains(r#""traceID":"ab""#), "{found}");
    let (failed, found, _) = call("get-trace", json!({ "trace_id": "ab" })).await;
    assert!(failed == Some(false) && found.contains(r#""name":"GET""#), "{found}");
    for (tool, arguments) in [
        ("traceql-metrics-instant", json!({ "query": "{} | rate()" })),
        ("traceql-metrics-range", json!({ "query": "{} | rate()", "step": "60s" })),
        ("get-attribute-names", json!({ "scope": "span" })),
        ("get-attribute-values", json!({ "name": "span.http.method", "filter-query": "{ name = \"GET\" }" })),
        ("docs-traceql", json!({ "name": "metrics" })),
        ("docs-config", json!({ "name": "config-overview" })),
        ("docs-config", json!({ "name": "config-reference" })),
        ("trace-diff", json!({ "base_trace_id": "ab", "compare_trace_id": "ab" })),
    ] {
        let (failed, text, error) = call(tool, arguments).await;
        assert_eq!((failed, error), (Some(false), Value::Null), "{tool}: {text}");
    }
    let (failed, text, _) = call("traceql-search", json!({ "query": "{" })).await;
    assert!(failed == Some(true) && text.starts_with("invalid TraceQL query"), "{text}");
    assert_eq!(call("docs-traceql", json!({ "name": "x" })).await.0, Some(true));
    for (tool, arguments, reason) in [
        ("get-trace", json!({}), "get-trace: the argument \"trace_id\" is missing (hexadecimal)"),
        (
            "traceql-search",
            json!({ "query": [] }),
            "traceql-search: the argument \"query\" is no text (TraceQL)",
        ),
        (
            "traceql-search",
            json!({ "query": "{}", "start": "x" }),
            "traceql-search: start is no RFC 3339 time: \"x\"",
        ),
        ("x", json!({}), "there is no tool \"x\""),
    ] {
        assert_eq!(call(tool, arguments).await.2, reason);
    }
}

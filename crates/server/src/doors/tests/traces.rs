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

const TRACE: &str = r#"{"resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeSpans": [{"spans": [
        {"traceId": "00000000000000000000000000000abc", "spanId": "0000000000000001", "name": "GET /", "status": {"code": 2},
         "startTimeUnixNano": "100000000000", "endTimeUnixNano": "102500000000",
         "attributes": [{"key": "http.method", "value": {"stringValue": "GET"}}]}]}]}]}"#;

#[tokio::test]
async fn traces_are_searched() {
    let door = Door::new(Options::default());
    door.send("otlp_http", Request::post("/v1/traces").header("content-type", "application/json"), TRACE)
        .await;
    let q = "%7B%20span.http.method%20%3D%20%22GET%22%20%7D";
    let body = json_of(&door, "tempo", &format!("/api/search?q={q}&start=90&end=110")).await;
    let set = serde_json::json!({"matched": 1, "spans": [{
        "spanID": "0000000000000001", "startTimeUnixNano": "100000000000", "durationNanos": "2500000000",
        "attributes": [{"key": "http.method", "value": {"stringValue": "GET"}}],
    }]});
    assert_eq!(
        body["traces"],
        serde_json::json!([{
            "traceID": "abc", "rootServiceName": "shop", "rootTraceName": "GET /", "startTimeUnixNano": "100000000000",
            "durationMs": 2500, "spanSet": set, "spanSets": [set], "serviceStats": {"shop": {"spanCount": 1, "errorCount": 1}},
        }])
    );
    let body =
        json_of(&door, "ui", "/tempo/api/search?tags=service.name%3Dshop&minDuration=1s&start=90&end=110")
            .await;
    assert_eq!(body["traces"][0]["traceID"], "abc");
    assert_eq!(body["traces"][0].get("spanSets"), None);
    let body =
        json_of(&door, "tempo", "/api/search?tags=service.name%3Dshop&minDuration=3s&start=90&end=110").await;
    assert_eq!(body["traces"], serde_json::json!([]));
}

#[tokio::test]
async fn wrong_searches_are_told_in_the_known_words() {
    let door = Door::new(Options::default());
    for (path, text) in [
        (
            "search?q=%7B&start=1&end=2",
            "invalid TraceQL query: parse error at line 1, col 2: syntax error: unexpected $end",
        ),
        ("search?q=%7B%7D&limit=0", "invalid limit: must be a positive number"),
        ("search?q=%7B%7D&limit=ten", "invalid limit: strconv.ParseUint: parsing \"ten\": invalid syntax"),
        ("search?q=%7B%7D&limit=262145", "limit 262145 exceeds max limit 262144"),
        ("search?q=%7B%7D&spss=101", "spans per span set exceeds 100. received 101"),
        ("search?q=%7B%7D&start=5", "http parameter start must be before end. received start=5 end=0"),
        (
            "search?q=%7B%7D&start=99999999999&end=5",
            "invalid start: strconv.ParseUint: parsing \"99999999999\": value out of range",
        ),
        ("search?q=%7B%7D&tags=a%3Db", "invalid request: can't specify tags and q in the same query"),
        ("search/tags?scope=galaxy", "invalid scope: galaxy"),
        (
            "search/tags?start=x&end=1",
            "error parsing date range: could not parse 'start' parameter: strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
    ] {
        let answer = door.get("tempo", &format!("/api/{path}")).await;
        assert_eq!((answer.status, answer.text()), (400, text), "{path}");
    }
    let answer = door.get("tempo", "/api/v2/search/tag/foo/values").await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().starts_with("please provide a valid tagName: failed to parse identifier foo: "),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn names_and_values_are_listed() {
    let door = Door::new(Options::default());
    for (path, want) in [
        ("search/tags", r#"{"tagNames":["http.method","service.name"],"metrics":{}}"#),
        ("search/tags?scope=resource", r#"{"tagNames":["service.name"],"metrics":{}}"#),
        ("v2/search/tags?scope=span", r#"{"scopes":[{"name":"span","tags":["http.method"]}],"metrics":{}}"#),
        ("search/tag/service.name/values", r#"{"tagValues":["","7","x"],"metrics":{}}"#),
        (
            "v2/search/tag/.x/values",
            r#"{"tagValues":[{"type":"int","value":"7"},{"type":"string","value":"x"},{"type":"string"}],"metrics":{}}"#,
        ),
        (
            "v2/search/tag/duration/values",
            r#"{"tagValues":[{"type":"duration","value":"1.5s"}],"metrics":{}}"#,
        ),
        (
            "v2/search/tag/status/values",
            r#"{"tagValues":[{"type":"keyword","value":"error"},{"type":"keyword","value":"ok"},{"type":"keyword","value":"unset"}],"metrics":{}}"#,
        ),
    ] {
        let answer = door.get("tempo", &format!("/api/{path}")).await;
        assert_eq!((answer.status, answer.text()), (200, want), "{path}");
    }
    let body = json_of(&door, "tempo", "/api/v2/search/tags").await;
    let scopes: Vec<_> =
        body["scopes"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(scopes, ["resource", "span", "intrinsic"]);
}

#[tokio::test]
async fn spans_are_counted_over_time() {
    let door = Door::new(Options::default());
    door.send("otlp_http", Request::post("/v1/traces").header("content-type", "application/json"), TRACE)
        .await;
    let q = "q=%7B%7D%20%7C%20count_over_time()%20by%20(name)";
    let body =
        json_of(&door, "tempo", &format!("/api/metrics/query_range?{q}&start=60&end=120&step=60")).await;
    let series = &body["series"][0];
    assert_eq!(series["labels"], serde_json::json!([{"key": "name", "value": {"stringValue": "GET /"}}]));
    assert_eq!(
        series["samples"],
        serde_json::json!([{"timestampMs": "60000"}, {"timestampMs": "120000", "value": 1}])
    );
    let body = json_of(&door, "tempo", &format!("/api/metrics/query?{q}&start=60&end=120")).await;
    assert_eq!(body["series"][0]["value"], 1);
    for (path, text) in [
        (
            "query_range?q=%7B%7D%20%7C%20rate()&start=0&end=3600&step=1ms",
            "step of 1ms is too small, minimum step for given range is 360ms",
        ),
        (
            "query_range?q=%7B%7D%20%7C%20rate()&start=abc&end=1",
            "rpc error: code = Code(400) desc = could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
        ),
        (
            "query_range?q=%7B%7D%20%7C%20count()&start=0&end=60",
            "parse error at line 1, col 13: syntax error: unexpected $end",
        ),
        ("query?q=%7B%7D%20%7C%20rate()&start=2&end=1", "end must be greater than start"),
        ("query?q=&start=1&end=2", "compiling query: parse error : syntax error: unexpected $end"),
        (
            "query?q=%7B%7D%20%7C%20rate()&start=0&end=90000",
            "metrics query time range exceeds the maximum allowed duration of 24h0m0s",
        ),
    ] {
        let answer = door.get("tempo", &format!("/api/metrics/{path}")).await;
        assert_eq!((answer.status, answer.text()), (400, text), "{path}");
    }
}

#[tokio::test]
async fn a_trace_is_deleted() {
    let door = Door::new(Options::default());
    let export = || Request::post("/v1/traces").header("content-type", "application/json");
    for (of, path) in [("tempo", "/api/traces/abc"), ("ui", "/tempo/api/v2/traces/ABC")] {
        door.send("otlp_http", export(), TRACE).await;
        let deleted = door.send(of, Request::delete(path), "").await;
        assert_eq!((deleted.status, deleted.body.len()), (204, 0));
        assert_eq!(door.get("tempo", "/api/traces/abc").await.status, 404);
        let again = door.send(of, Request::delete(path), "").await;
        assert_eq!((again.status, again.body.len()), (404, 0));
    }
    let wrong = door.send("tempo", Request::delete("/api/traces/xyz"), "").await;
    let text = "trace IDs can only contain hex characters: invalid character 'x' at position 1";
    assert_eq!((wrong.status, wrong.text()), (400, text));
}

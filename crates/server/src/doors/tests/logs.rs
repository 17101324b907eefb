//! Reading lines.

use super::*;

const LINES: &str = r#"{"streams": [
    {"stream": {"app": "web", "host": "a"}, "values": [["1000000000", "one <b>"], ["2000000000", "two", {"k": "v"}]]},
    {"stream": {"app": "api"}, "values": [["1500000000", "level=error x=7"]]}]}"#;

async fn with_lines() -> Door {
    let door = Door::new(Options::default());
    let request = Request::post("/loki/api/v1/push").header("content-type", "application/json");
    assert_eq!(door.send("loki", request, LINES).await.status, 204);
    door
}

#[tokio::test]
async fn lines_are_queried_as_streams_and_series() {
    let door = with_lines().await;
    let range = "start=0&end=10";
    let path = format!("/loki/api/v1/query_range?query=%7Bapp%3D%22web%22%7D&{range}");
    let body = json_of(&door, "loki", &path).await;
    assert_eq!(
        body["data"],
        serde_json::json!({"resultType": "streams", "result": [
            {"stream": {"app": "web", "host": "a", "k": "v"}, "values": [["2000000000", "two"]]},
            {"stream": {"app": "web", "host": "a"}, "values": [["1000000000", "one <b>"]]},
        ]})
    );
    assert!(door.get("loki", &path).await.text().contains("one \\u003cb\\u003e"));
    let flagged = Request::get(&path).header("X-Loki-Response-Encoding-Flags", "categorize-labels");
    let body: serde_json::Value = serde_json::from_slice(&door.send("loki", flagged, "").await.body).unwrap();
    assert_eq!(body["data"]["encodingFlags"], serde_json::json!(["categorize-labels"]));
    assert_eq!(
        body["data"]["result"][0]["values"],
        serde_json::json!([["2000000000", "two", {"structuredMetadata": {"k": "v"}}], ["1000000000", "one <b>", {}]])
    );
    let body = json_of(
        &door,
        "ui",
        "/loki/api/v1/query?time=10&query=sum(count_over_time(%7Bapp%3D~%22.%2B%22%7D%5B10s%5D))",
    )
    .await;
    assert_eq!(
        body["data"],
        serde_json::json!({"resultType": "vector", "result": [{"metric": {}, "value": [10, "3"]}]})
    );
}

#[tokio::test]
async fn streams_are_listed_and_measured() {
    let door = with_lines().await;
    let range = "start=0&end=10";
    for (path, want) in [
        ("labels?", r#"{"status":"success","data":["app","host"]}"#),
        ("labels?query=%7Bapp%3D%22api%22%7D&", r#"{"status":"success","data":["app"]}"#),
        ("label/app/values?", r#"{"status":"success","data":["api","web"]}"#),
        ("label/nope/values?", r#"{"status":"success"}"#),
        ("series?match[]=%7Bhost%3D%22a%22%7D&", r#"{"status":"success","data":[{"app":"web","host":"a"}]}"#),
        ("series?match[]=%7B%7D&", r#"{"status":"success","data":[{"app":"api"},{"app":"web","host":"a"}]}"#),
        ("index/stats?query=%7Bapp%3D%22web%22%7D&", r#"{"streams":1,"chunks":1,"bytes":10,"entries":2}"#),
        (
            "detected_labels?",
            r#"{"detectedLabels":[{"label":"app","cardinality":2},{"label":"host","cardinality":1}]}"#,
        ),
    ] {
        let answer = door.get("loki", &format!("/loki/api/v1/{path}{range}")).await;
        assert_eq!((answer.status, answer.text()), (200, want), "{path}");
    }
    let body =
        json_of(&door, "loki", &format!("/loki/api/v1/index/volume?query=%7Bapp%3D~%22.%2B%22%7D&{range}"))
            .await;
    assert_eq!(
        body["data"]["result"],
        serde_json::json!([{"metric": {"app": "api"}, "value": [10, "15"]}, {"metric": {"app": "web"}, "value": [10, "10"]}])
    );
    let path = format!(
        "/loki/api/v1/index/volume_range?query=%7Bapp%3D%22web%22%7D&aggregateBy=labels&targetLabels=host&step=5&{range}"
    );
    let body = json_of(&door, "loki", &path).await;
    assert_eq!(
        body["data"]["result"],
        serde_json::json!([{"metric": {"host": ""}, "values": [[4.999, "10"]]}])
    );
}

#[tokio::test]
async fn wrong_questions_about_lines_are_told_in_the_known_words() {
    let door = with_lines().await;
    let web = "query=%7Bapp%3D%22web%22%7D";
    for (path, text) in [
        (
            format!("query_range?{web}&start=2&end=1"),
            "end timestamp must not be before or equal to start time",
        ),
        (format!("query_range?{web}&start=0&end=1&limit=0"), "limit must be a positive value"),
        (
            format!("query_range?{web}&start=0&end=1&limit=abc"),
            "strconv.Atoi: parsing \"abc\": invalid syntax",
        ),
        (
            format!("query_range?{web}&start=0&end=1&limit=5001"),
            "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)",
        ),
        (format!("query_range?{web}&start=0&end=1&direction=up"), "invalid direction 'up'"),
        (
            format!("query_range?{web}&start=0&end=1&step=-1"),
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ),
        (format!("query_range?{web}&start=0&end=1&interval=-1"), "interval must be >= 0"),
        (
            format!("query_range?{web}&start=0&end=tomorrow"),
            "could not parse 'end' parameter: strconv.ParseInt: parsing \"tomorrow\": invalid syntax",
        ),
        (
            format!("query_range?{web}&end=1&since=soon"),
            "could not parse 'since' parameter: not a valid duration string: \"soon\"",
        ),
        ("query_range?query=&start=0&end=1".to_owned(), "parse error : syntax error: unexpected $end"),
        (
            format!("query?{web}&time=1"),
            "log queries are not supported as an instant query type, please change your query to a range query type",
        ),
        (
            "labels?start=0&end=1&query=%7Bapp%3D%22web%22%7D%20%7C%3D%20%22x%22".to_owned(),
            "only label matchers are supported",
        ),
        (format!("index/volume?{web}&start=0&end=1&aggregateBy=bogus"), "invalid aggregation option"),
    ] {
        let answer = door.get("loki", &format!("/loki/api/v1/{path}")).await;
        assert_eq!((answer.status, answer.text()), (400, text), "{path}");
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn fields_and_patterns_are_found_in_lines() {
    let door = with_lines().await;
    let api = "query=%7Bapp%3D%22api%22%7D&start=0&end=10";
    let body = json_of(&door, "loki", &format!("/loki/api/v1/detected_fields?{api}")).await;
    assert_eq!(
        body,
        serde_json::json!({"fields": [
            {"label": "level", "type": "string", "cardinality": 1, "parsers": ["logfmt"]},
            {"label": "x", "type": "int", "cardinality": 1, "parsers": ["logfmt"]},
        ], "limit": 1000})
    );
    let body = json_of(&door, "loki", &format!("/loki/api/v1/detected_field/x/values?{api}&limit=5")).await;
    assert_eq!(body, serde_json::json!({"values": ["7"], "limit": 5}));
    let body = json_of(&door, "loki", &format!("/loki/api/v1/patterns?{api}")).await;
    assert_eq!(
        body,
        serde_json::json!({"status": "success", "data": [{"pattern": "level=error x=<_>", "level": "", "samples": [[0, 1]]}]})
    );
    // Stages count what they show.
    for (stages, lines) in [
        ("|= `x`", 1),
        ("|= `y`", 0),
        ("| logfmt | x=`7`", 1),
        ("| logfmt | x=`8`", 0),
        ("| json | drop __error__, __error_details__ | logfmt | level=`error`", 1),
        ("| json | level=`error`", 0),
    ] {
        let query = percent_encoded(&format!("{{app=\"api\"}} {stages}"));
        let body =
            json_of(&door, "loki", &format!("/loki/api/v1/patterns?query={query}&start=0&end=10")).await;
        assert_eq!(body["data"].as_array().map(Vec::len), Some(lines), "{stages}");
    }
    let broken = percent_encoded("{app=\"api\"} | nonsense x");
    let answer = door.get("loki", &format!("/loki/api/v1/patterns?query={broken}&start=0&end=10")).await;
    let text = "parse error at line 1, col 24: syntax error: unexpected IDENTIFIER";
    assert_eq!((answer.status, answer.text()), (400, text));
}

#[tokio::test]
async fn lines_are_deleted_on_request_and_requests_taken_back() {
    let door = with_lines().await;
    let path = "/loki/api/v1/delete?query=%7Bapp%3D%22web%22%7D%20%7C%3D%20%22one%22&start=0&end=10";
    let answer = door.send("loki", Request::post(path), "").await;
    assert_eq!(answer.status, 204);
    let id = answer.headers["x-delete-request-id"].to_str().unwrap().to_owned();
    let listed = json_of(&door, "loki", "/loki/api/v1/delete").await;
    assert_eq!(
        listed,
        serde_json::json!([{"request_id": id, "start_time": 0, "end_time": 10, "query": "{app=\"web\"} |= \"one\"",
            "status": "received", "created_at": 1_795_608_000}])
    );
    for (query, text) in [
        ("start=1", "query not set"),
        ("query=%7Bapp%3D%22web%22%7D", "start time not set"),
        ("query=%7Bapp%3D&start=1", "invalid query expression"),
        ("query=count_over_time(%7Bapp%3D%22web%22%7D%5B1m%5D)&start=1", "unsupported query expression"),
        ("query=%7Bapp%3D%22web%22%7D&start=9&end=5", "start time can't be greater than end time"),
        ("query=%7Bapp%3D%22web%22%7D&start=9&end=5000000000", "deletes in the future are not allowed"),
        ("query=%7Bapp%3D%22web%22%7D&start=x", "invalid start time: require unix seconds or RFC3339 format"),
    ] {
        let answer = door.send("loki", Request::post(format!("/loki/api/v1/delete?{query}")), "").await;
        assert_eq!((answer.status, answer.text()), (400, text), "{query}");
    }
    let take_back = format!("/loki/api/v1/delete?request_id={id}");
    assert_eq!(door.send("loki", Request::delete(&take_back), "").await.status, 204);
    assert_eq!(door.send("loki", Request::delete(&take_back), "").await.status, 404);
}

#[tokio::test]
async fn rules_and_limits_have_their_shapes() {
    let door = Door::new(Options::default());
    let rules = json_of(&door, "loki", "/prometheus/api/v1/rules").await;
    assert_eq!((&rules["status"], &rules["data"]["groups"]), (&"success".into(), &serde_json::json!([])));
    let alerts = json_of(&door, "loki", "/prometheus/api/v1/alerts").await;
    assert_eq!(alerts["data"]["alerts"], serde_json::json!([]));
    let limits = json_of(&door, "loki", "/loki/api/v1/drilldown-limits").await;
    assert_eq!(
        (&limits["limits"]["volume_enabled"], &limits["pattern_ingester_enabled"]),
        (&true.into(), &true.into())
    );
    let text = door.get("loki", "/config/tenant/v1/limits").await;
    assert!(text.text().contains("max_query_series: 500\n"), "{}", text.text());
}

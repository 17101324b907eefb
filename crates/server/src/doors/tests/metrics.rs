//! Reading metrics.

use super::*;
use model::{Exemplar, Labels, Metadata, MetricKind, Millis, Sample};

/// `up` of two instances every 10 s for a minute, and a counter with an exemplar.
async fn with_samples() -> Door {
    let door = Door::new(Options::default());
    let mut batch = MetricBatch::default();
    let samples = |value: f64| (0..7).map(|i| Sample { at: Millis(i * 10_000), value }).collect::<Vec<_>>();
    batch.push_series(&Labels::from_pairs([("__name__", "up"), ("instance", "a")]), &samples(1.0));
    batch.push_series(&Labels::from_pairs([("__name__", "up"), ("instance", "b.c")]), &samples(0.0));
    batch.push_label("__name__", "hits_total");
    batch.push_label("http.route", "/pay");
    batch.push_sample(Millis(60_000), 5.0);
    batch.push_exemplar(Exemplar {
        labels: Labels::from_pairs([("trace_id", "ab")]),
        value: 1.5,
        at: Millis(59_500),
    });
    batch.finish_series().unwrap();
    batch.metadata.push(Metadata {
        family: "hits_total".into(),
        kind: MetricKind::Counter,
        help: "Hits.".into(),
        unit: String::new(),
    });
    let body = remote_write::encode_body(&batch).unwrap();
    assert_eq!(door.send("prometheus", write("/api/v1/write", V1, "snappy"), body).await.status, 204);
    door
}

#[tokio::test]
async fn samples_are_queried_at_once_and_over_a_range() {
    let door = with_samples().await;
    for (path, want) in [
        (
            "query?query=up&time=60",
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"a"},"value":[60,"1"]},{"metric":{"__name__":"up","instance":"b.c"},"value":[60,"0"]}]}}"#,
        ),
        (
            "query?query=1&time=60.5",
            r#"{"status":"success","data":{"resultType":"scalar","result":[60.5,"1"]}}"#,
        ),
        (
            "query?query=sum(up)&time=60&limit=1",
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[60,"1"]}]}}"#,
        ),
        (
            "query_range?query=sum(up)&start=0&end=60&step=30",
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[0,"1"],[30,"1"],[60,"1"]]}]}}"#,
        ),
        ("query?query=nothing&time=60", r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#),
        ("format_query?query=sum(up)by(a)", r#"{"status":"success","data":"sum by (a) (up)"}"#),
    ] {
        let answer = door.get("prometheus", &format!("/api/v1/{path}")).await;
        assert_eq!((answer.status, answer.text()), (200, want), "{path}");
    }
    let plan =
        json_of(&door, "prometheus", "/api/v1/explain_query?query=sum(up)&start=0&end=60&step=30").await;
    let plan = plan["data"].as_str().unwrap();
    assert!(plan.starts_with("vector on 0..60000 step 30s") && plan.contains("aggregate sum"), "{plan}");
    let body = json_of(&door, "ui", "/api/v1/query?query=up&time=60&limit=1").await;
    assert_eq!(
        (&body["warnings"], body["data"]["result"].as_array().unwrap().len()),
        (&serde_json::json!(["results truncated due to limit"]), 1)
    );
    let form =
        Request::post("/prometheus/api/v1/query").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(door.send("prometheus", form, "query=up&time=60").await.status, 200);
    let body = door.get("prometheus", "/api/v1/query?query=up&time=60&stats=all").await;
    let body: serde_json::Value = serde_json::from_slice(&body.body).unwrap();
    assert!(body["data"]["stats"]["samples"]["totalQueryableSamples"].is_u64());
}

#[tokio::test]
async fn series_and_labels_are_listed() {
    let door = with_samples().await;
    for (path, want) in [
        ("labels", r#"["__name__","http.route","instance"]"#),
        ("labels?match[]=up", r#"["__name__","instance"]"#),
        ("label/instance/values", r#"["a","b.c"]"#),
        ("label/U__http_2e_route/values", r#"["/pay"]"#),
        ("label/http.route/values?match[]=hits_total", r#"["/pay"]"#),
        ("label/instance/values?start=1000&end=2000", "[]"),
        ("series?match[]=up", r#"[{"__name__":"up","instance":"a"},{"__name__":"up","instance":"b.c"}]"#),
        ("series?match[]=up&start=2&end=1", "[]"),
        ("metadata", r#"{"hits_total":[{"type":"counter","help":"Hits.","unit":""}]}"#),
        ("metadata?metric=nope", "{}"),
        ("metadata?limit=0", "{}"),
        (
            "query_exemplars?query=rate(hits_total[5m])&start=0&end=60",
            r#"[{"seriesLabels":{"__name__":"hits_total","http.route":"/pay"},"exemplars":[{"labels":{"trace_id":"ab"},"value":"1.5","timestamp":59.5}]}]"#,
        ),
    ] {
        let answer = door.get("prometheus", &format!("/api/v1/{path}")).await;
        assert_eq!(
            (answer.status, answer.text()),
            (200, format!(r#"{{"status":"success","data":{want}}}"#).as_str()),
            "{path}"
        );
    }
    let body = json_of(&door, "prometheus", "/api/v1/label/instance/values?limit=1").await;
    assert_eq!(
        body,
        serde_json::json!({"status": "success", "data": ["a"], "warnings": ["results truncated due to limit"]})
    );
    let none = door.get("prometheus", "/api/v1/query_exemplars?query=vector(1)&start=0&end=60").await;
    assert_eq!((none.status, none.body.len()), (204, 0));
}

#[tokio::test]
async fn wrong_questions_about_samples_are_told_in_the_known_words() {
    let door = with_samples().await;
    for (path, status, kind, text) in [
        (
            "query?query=",
            400,
            "bad_data",
            "invalid parameter \"query\": unknown position: parse error: no expression found in input",
        ),
        (
            "query?query=1&time=abc",
            400,
            "bad_data",
            "invalid parameter \"time\": invalid time value for 'time': cannot parse \"abc\" to a valid timestamp",
        ),
        (
            "query?query=1&limit=-1",
            400,
            "bad_data",
            "invalid parameter \"limit\": limit must be non-negative",
        ),
        (
            "query?query=1&lookback_delta=xyz",
            400,
            "bad_data",
            "error parsing lookback delta duration: cannot parse \"xyz\" to a valid duration",
        ),
        (
            "query?query=1&timeout=-",
            400,
            "bad_data",
            "invalid parameter \"timeout\": cannot parse \"-\" to a valid duration",
        ),
        ("query?query=topk(NaN,up)&time=60", 422, "execution", "Parameter value is NaN"),
        (
            "query_range?query=up&start=x&end=1&step=1",
            400,
            "bad_data",
            "invalid parameter \"start\": cannot parse \"x\" to a valid timestamp",
        ),
        (
            "query_range?query=up&start=2&end=1&step=1",
            400,
            "bad_data",
            "invalid parameter \"end\": end timestamp must not be before start time",
        ),
        (
            "query_range?query=up&start=0&end=1&step=0",
            400,
            "bad_data",
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer",
        ),
        (
            "query_range?query=up&start=0&end=1&step=NaN",
            400,
            "bad_data",
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer",
        ),
        (
            "query_range?query=up&start=0&end=11001&step=1",
            400,
            "bad_data",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ),
        (
            "query_range?query=%22s%22&start=0&end=1&step=1",
            400,
            "bad_data",
            "invalid parameter \"query\": invalid expression type \"string\" for range query, must be Scalar or instant Vector",
        ),
        ("series", 400, "bad_data", "no match[] parameter provided"),
        (
            "series?match[]={}",
            400,
            "bad_data",
            "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher",
        ),
        (
            "label/job/values?match[]={}",
            400,
            "bad_data",
            "match[] must contain at least one non-empty matcher",
        ),
        ("label/%FF/values", 400, "bad_data", "invalid label name: \"\\xff\""),
        ("metadata?limit=x", 400, "bad_data", "limit must be a number"),
        (
            "query_exemplars?query=up&start=2&end=0",
            400,
            "bad_data",
            "end timestamp must not be before start timestamp",
        ),
        (
            "query?query=%7Ba%3D%22panic%22%7D&time=60",
            500,
            "internal",
            "the query failed inside Oriel; its log says where",
        ),
    ] {
        let path = path.replace("{}", "%7B%7D");
        let answer = door.get("prometheus", &format!("/api/v1/{path}")).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert_eq!(
            (answer.status, body["errorType"].as_str(), body["error"].as_str()),
            (status, Some(kind), Some(text)),
            "{path}"
        );
    }
    assert!(door.state.telemetry.text().contains("oriel_query_panics_total 1"));
}

#[tokio::test]
async fn searches_answer_lines_of_json() {
    let door = with_samples().await;
    let end = r#"{"status":"success","has_more":false}"#;
    for (path, want) in [
        ("metric_names?search[]=hs", format!("{{\"results\":[{{\"name\":\"hits_total\"}}]}}\n{end}\n")),
        (
            "metric_names?search[]=up&include_score=1&include_metadata=1",
            format!("{{\"results\":[{{\"name\":\"up\",\"score\":1}}]}}\n{end}\n"),
        ),
        (
            "metric_names?include_metadata=true&limit=1",
            "{\"results\":[{\"name\":\"hits_total\",\"type\":\"counter\",\"help\":\"Hits.\"}]}\n\
             {\"status\":\"success\",\"has_more\":true}\n"
                .to_owned(),
        ),
        (
            "label_values?label=instance&sort_by=alpha&sort_dir=dsc&batch_size=1",
            format!(
                "{{\"results\":[{{\"value\":\"b.c\"}}]}}\n{{\"results\":[{{\"value\":\"a\"}}]}}\n{end}\n"
            ),
        ),
        ("label_names?match[]=nope", format!("{{\"results\":[]}}\n{end}\n")),
    ] {
        let answer = door.get("prometheus", &format!("/api/v1/search/{path}&start=0&end=60")).await;
        assert_eq!((answer.status, answer.text()), (200, want.as_str()), "{path}");
    }
    for path in
        ["label_values", "metric_names?fuzz_alg=x", "metric_names?sort_by=score", "label_names?limit=x"]
    {
        assert_eq!(door.get("prometheus", &format!("/api/v1/search/{path}")).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn administration_is_off_until_it_is_allowed() {
    let off = Door::new(Options::default());
    let path = "/api/v1/admin/tsdb/delete_series?match[]=up&start=1&end=2";
    assert_eq!(off.send("prometheus", Request::post(path), Body::empty()).await.status, 500);
    let door = Door::new(Options { admin_api: true, ..Options::default() });
    for (method, path, status) in [
        ("POST", "delete_series", 400),
        ("PUT", "delete_series?match[]=up&start=1&end=2", 204),
        ("POST", "delete_series?match[]={}", 204),
        ("GET", "delete_series?match[]=up", 405),
        ("POST", "clean_tombstones", 204),
        ("POST", "snapshot?skip_head=maybe", 400),
        ("POST", "snapshot", 200),
    ] {
        let request = Request::builder().method(method).uri(format!("/api/v1/admin/tsdb/{path}"));
        assert_eq!(door.send("prometheus", request, Body::empty()).await.status, status, "{method} {path}");
    }
    let deletes = door.store.series_deletes.lock().unwrap();
    let seen: Vec<_> = deletes.iter().map(|d| (d.matchers.len(), d.range.end.0 - d.range.start.0)).collect();
    assert_eq!((seen[0], seen[1].0, seen.len()), ((1, 1001), 0, 2));
}

#[tokio::test]
async fn samples_are_read_by_other_servers() {
    use wire::proto::Writer;
    let door = with_samples().await;
    let mut w = Writer::new();
    w.message(1, |w| {
        w.int(1, 0);
        w.int(2, 60_000);
        w.message(3, |w| {
            w.text(2, "__name__");
            w.text(3, "up");
        });
    });
    w.uint(2, 1);
    let body = wire::compress::to_snappy(&w.finish()).unwrap();
    let answer = door.send("prometheus", Request::post("/api/v1/read"), body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], wire::remote_read::STREAM_CONTENT_TYPE);
    let found = |text: &[u8]| answer.body.windows(text.len()).any(|window| window == text);
    assert!(found(b"instance") && found(b"b.c"));
    assert_eq!(door.send("prometheus", Request::post("/api/v1/read"), "junk").await.status, 400);
}

#[tokio::test]
async fn what_is_stored_is_counted_and_described() {
    let door = with_samples().await;
    for (path, want) in [
        (
            "/prometheus/api/v1/cardinality/label_names?limit=1",
            r#"{"cardinality":[{"label_name":"__name__","label_values_count":2}],"label_names_count":3,"label_values_count_total":5}"#,
        ),
        (
            "/api/v1/cardinality/label_values?label_names[]=instance&limit=1",
            r#"{"labels":[{"cardinality":[{"label_value":"a","series_count":1}],"label_name":"instance","label_values_count":2,"series_count":2}],"series_count_total":3}"#,
        ),
        (
            "/api/v1/cardinality/label_values?label_names[]=instance&count_method=active",
            r#"{"labels":[{"cardinality":[],"label_name":"instance","label_values_count":0,"series_count":0}],"series_count_total":0}"#,
        ),
        (
            "/api/v1/user_stats",
            r#"{"numSeries":3,"ingestionRate":0.0,"APIIngestionRate":0.0,"RuleIngestionRate":0}"#,
        ),
    ] {
        let answer = door.get("prometheus", path).await;
        let found: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(found, serde_json::from_str::<serde_json::Value>(want).unwrap(), "{path}");
    }
    let status = json_of(&door, "prometheus", "/api/v1/status/tsdb").await;
    assert_eq!(
        (&status["data"]["headStats"]["minTime"], &status["data"]["headStats"]["maxTime"]),
        (&0.into(), &60_000.into())
    );
    let blocks = json_of(&door, "prometheus", "/api/v1/status/tsdb/blocks").await;
    assert_eq!(blocks["data"]["blocks"][0]["stats"]["numSamples"], 15);
    for (path, status) in [
        ("/api/v1/targets", 200),
        ("/api/v1/scrape_pools", 200),
        ("/api/v1/scrape_pools/config?scrapePool=x", 400),
        ("/api/v1/targets/relabel_steps?scrapePool=x&labels={}", 400),
        ("/api/v1/rules?type=record", 200),
        ("/api/v1/rules?type=x", 400),
        ("/api/v1/rules?group_limit=0", 400),
        ("/api/v1/alerts", 200),
        ("/api/v1/alertmanagers", 200),
        ("/api/v1/user_limits", 200),
        ("/api/v1/cardinality/active_series", 400),
    ] {
        assert_eq!(door.get("prometheus", path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn queries_of_a_tenant_keep_to_its_limits() {
    let door = with_samples().await;
    let limits =
        Limits { max_metric_query_seconds: 40, max_query_points: 9, max_sample_rate: 7, ..Limits::default() };
    door.state
        .options
        .limits
        .replace(Limits::default(), [(model::Tenant::anonymous(), limits.clone())].into());
    let get = async |path: &str| door.get("prometheus", &format!("/api/v1/{path}")).await;
    assert_eq!(get("query_range?query=up&start=0&end=40&step=5").await.status, 200);
    let answer = get("query_range?query=up&start=0&end=41&step=5").await;
    let text = "the total query time range (end - start) exceeds the limit (query length: 41s, limit: 40s; max_metric_query_seconds)";
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains(text), "{}", answer.text());
    assert_eq!(get("query_range?query=up&start=0&end=40&step=1").await.status, 400);
    let told = json_of(&door, "prometheus", "/api/v1/user_limits").await;
    assert_eq!((&told["ingestion_rate"], &told["ingestion_burst_size"]), (&7.into(), &70.into()));
    assert_eq!(told["max_total_query_length"], 40);
    // Times too far back are not there.
    let now = u64::try_from(door.state.clock.now_millis() / 1000).unwrap();
    let limits = Limits { max_metric_lookback_seconds: now - 25, ..Limits::default() };
    door.state.options.limits.replace(limits, Default::default());
    let answer = get("query_range?query=sum(up)&start=0&end=60&step=20").await;
    assert!(answer.text().contains(r#""values":[[40,"1"],[60,"1"]]"#), "{}", answer.text());
    let nothing = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    assert_eq!(get("query_range?query=up&start=0&end=20&step=20").await.text(), nothing);
    assert!(get("query?query=up&time=20").await.text().contains(r#""result":[]"#));
    assert!(!get("query?query=up&time=30").await.text().contains(r#""result":[]"#));
}

#[tokio::test]
async fn queries_are_noted_where_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queries.log");
    let door = Door::new(Options { query_log: Some(path.clone()), ..Options::default() });
    door.get("prometheus", "/api/v1/query_range?query=up&start=0&end=60&step=30").await;
    door.get("prometheus", "/api/v1/query?query=up(&time=1").await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines[0]["params"],
        serde_json::json!({"query": "up", "start": "1970-01-01T00:00:00Z", "end": "1970-01-01T00:01:00Z", "step": 30})
    );
    assert_eq!((&lines[0]["tenant"], &lines[0]["error"]), (&"anonymous".into(), &serde_json::Value::Null));
    assert!(lines[1]["error"].as_str().unwrap().contains("parse error"));
}

#[tokio::test]
async fn own_numbers_are_told_as_families() {
    let door = Door::new(Options::default());
    door.state.telemetry.counter("oriel_a_total", "Counts.", &[("door", "x")]).add(2);
    door.state.telemetry.histogram("oriel_d_seconds", "Took.", &[]).observe(Duration::from_millis(20));
    let path = "/api/v1/status/self_metrics?metric_name_pattern=oriel_(a|d).*";
    let told = json_of(&door, "prometheus", path).await;
    assert_eq!(
        told["data"][0],
        serde_json::json!({"name": "oriel_a_total", "help": "Counts.", "type": "COUNTER",
            "metrics": [{"labels": {"door": "x"}, "value": "2"}]})
    );
    let histogram = &told["data"][1]["metrics"][0];
    assert_eq!((&histogram["count"], &histogram["buckets"]["0.03"]), (&"1".into(), &"1".into()));
    assert_eq!((&told["data"][1]["type"], told["data"].as_array().unwrap().len()), (&"HISTOGRAM".into(), 2));
    assert_eq!(door.get("prometheus", "/api/v1/status/self_metrics?metric_name_pattern=(").await.status, 400);
}

#[tokio::test]
async fn who_listens_is_told_when_the_server_stops() {
    let door = Door::new(Options::default());
    let list = json_of(&door, "prometheus", "/api/v1/notifications").await;
    assert_eq!(list["data"], serde_json::json!([]));
    door.state.set_ready(false);
    let answer = door.get("prometheus", "/api/v1/notifications/live").await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &HeaderValue::from_static("text/event-stream"))
    );
    let (_, event) = answer.text().split_once("data: ").unwrap();
    let event: serde_json::Value = serde_json::from_str(event.trim()).unwrap();
    assert_eq!(event["active"], true);
    assert!(event["text"].as_str().unwrap().contains("shutting down"));
}

#[tokio::test]
async fn the_description_lists_every_route() {
    let door = Door::new(Options::default());
    let answer = door.get("prometheus", "/api/v1/openapi.yaml").await;
    let described: std::collections::BTreeSet<&str> =
        answer.text().lines().filter_map(|line| line.strip_prefix("  /")?.strip_suffix(':')).collect();
    let source = include_str!("../../api/prometheus.rs");
    let (_, api) = source.split_once("pub fn api_routes").unwrap();
    let routed: std::collections::BTreeSet<&str> =
        api.split('"').filter_map(|text| text.strip_prefix("/api/v1/")).collect();
    assert_eq!(described, routed);
}

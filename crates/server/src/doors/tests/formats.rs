//! Metrics in other forms than those of Prometheus: deltas of OTLP, line protocol, JSON lines, text, CSV.

use super::*;

#[tokio::test]
async fn increments_are_summed_up_when_the_configuration_says_so() {
    let otlp =
        wire::otlp::metrics::Options { delta: wire::otlp::metrics::Delta::Marked, ..Default::default() };
    let door = Door::new(Options { otlp, ..Options::default() });
    for (name, path, at) in [("otlp_http", "/v1/metrics", 1), ("prometheus", "/api/v1/otlp/v1/metrics", 2)] {
        let point = serde_json::json!({"timeUnixNano": format!("{at}000000"), "asInt": 5});
        let sum =
            serde_json::json!({"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [point]});
        let metrics = serde_json::json!([{"name": "hits", "sum": sum}]);
        let body = serde_json::json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]});
        let request = Request::post(path).header("content-type", "application/json");
        assert_eq!(door.send(name, request, body.to_string()).await.status, 200);
    }
    let values: Vec<f64> = door
        .store
        .metrics
        .lock()
        .unwrap()
        .iter()
        .flat_map(|batch| batch.series().map(|series| series.samples()[0].value).collect::<Vec<_>>())
        .collect();
    assert_eq!(values, [5.0, 10.0]);
}

#[tokio::test]
async fn other_formats_come_in_and_lines_of_json_go_out() {
    let door = Door::new(Options::default());
    let post = |path: &str| Request::post(path).header("host", "here");
    let lines = "cpu,host=a used=0.1,name=\"x\" 1000\nwrong\n";
    let answer = door.send("prometheus", post("/write?precision=ms&db=mine"), lines).await;
    assert_eq!((answer.status, answer.text()), (400, "partial write: line 2: no fields: \"wrong\"\n"));
    let json = "{\"metric\":{\"__name__\":\"m\"},\"values\":[1.5,\"NaN\"],\"timestamps\":[1000,2000]}\n";
    let answer = door.send("prometheus", post("/api/v1/import?extra_label=site=s"), json).await;
    assert_eq!((answer.status, answer.text()), (204, ""));
    let text = wire::compress::to_gzip(b"m 3\n");
    let request =
        post("/prometheus/api/v1/import/prometheus?timestamp=3000").header("content-encoding", "gzip");
    assert_eq!(door.send("prometheus", request, text).await.status, 204);
    let answer =
        door.get("prometheus", "/api/v1/export?match[]={__name__=~%22cpu_used|m%22}&start=0&end=4").await;
    let mut exported: Vec<&str> = answer.text().lines().collect();
    exported.sort_unstable();
    assert_eq!(
        exported,
        [
            r#"{"metric":{"__name__":"cpu_used","db":"mine","host":"a"},"values":[0.1],"timestamps":[1000]}"#,
            r#"{"metric":{"__name__":"m","site":"s"},"values":[1.5,"NaN"],"timestamps":[1000,2000]}"#,
            r#"{"metric":{"__name__":"m"},"values":[3],"timestamps":[3000]}"#,
        ]
    );
    let table = "host,used,at\nb,2,5\n";
    let path = "/api/v1/import/csv?format=1:label:host,2:metric:cpu_used,3:time:unix_s&extra_label=db=x";
    assert_eq!(door.send("prometheus", post(path), table).await.status, 204);
    let select = "match[]=cpu_used&start=0&end=6";
    let path = format!("/api/v1/export/csv?format=host,db,__value__,__timestamp__:unix_s&{select}");
    let answer = door.get("prometheus", &path).await;
    assert_eq!((answer.status, answer.text()), (200, "a,mine,0.1,1\nb,x,2,5\n"));
    let path = "/api/v1/export?match[]=m&start=0&end=6&max_rows_per_line=1";
    assert_eq!(door.get("prometheus", path).await.text().lines().count(), 3);
    let answer = door.send("prometheus", post("/query?q=CREATE+DATABASE+x"), "").await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"results":[{"statement_id":0}]}"#));
    for (path, body, says) in [
        ("/api/v1/import/csv", table, "format"),
        ("/api/v1/export/csv?match[]=m", "", "format"),
        ("/api/v1/export?match[]=m&max_rows_per_line=0", "", "max_rows_per_line"),
        ("/write?precision=days", "a v=1", "precision"),
        ("/api/v1/import?extra_label=x", json, "extra_label"),
        ("/api/v1/import/prometheus?timestamp=soon", "m 3\n", "timestamp"),
        ("/api/v1/import/prometheus", "m x\n", "line 1"),
        ("/api/v1/export", "", "match[]"),
    ] {
        let answer = door.send("prometheus", post(path), body).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains(says), "{}", answer.text());
    }
}

//! Tests of the doors as a client sees them: statuses, bodies and headers of every write path and page.

use super::*;
use crate::fakes::{self, Store};
use crate::limits::Limits;
use crate::state::Options;
use crate::tenant::Tenancy;
use crate::ui::NoAssets;
use axum::body::Body;
use bytes::Bytes;
use contract::{IngestError, Outcome, RefusalReason};
use http_body_util::BodyExt;
use model::MetricBatch;
use tower::ServiceExt;
use wire::remote_write;

struct Door {
    state: Arc<State>,
    store: Arc<Store>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Door {
    fn new(options: Options) -> Self {
        let (state, store) = fakes::state(options);
        Door { state, store }
    }

    async fn send(
        &self,
        door: &'static str,
        request: http::request::Builder,
        body: impl Into<Body>,
    ) -> Answer {
        let router = router(door, self.state.clone(), Arc::new(NoAssets));
        let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        let mut headers = parts.headers;
        headers.extend(body.trailers().cloned().unwrap_or_default());
        Answer { status: parts.status.as_u16(), headers, body: body.to_bytes() }
    }

    async fn get(&self, door: &'static str, path: &str) -> Answer {
        self.send(door, Request::get(path), Body::empty()).await
    }
}

fn one_sample() -> MetricBatch {
    let mut batch = MetricBatch::default();
    batch.push_label("__name__", "up");
    batch.push_sample(model::Millis(1), 1.0);
    batch.finish_series().unwrap();
    batch
}

fn write(path: &str, content_type: &'static str, encoding: &'static str) -> http::request::Builder {
    Request::post(path).header("content-type", content_type).header("content-encoding", encoding)
}

const V1: &str = "application/x-protobuf";
const V2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

#[tokio::test]
async fn remote_write_answers_as_the_replaced_system_does() {
    let door = Door::new(Options::default());
    let good = remote_write::encode_body(&one_sample()).unwrap();
    let answer = door.send("prometheus", write("/api/v1/write", V1, "snappy"), good.clone()).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(!answer.headers.contains_key("x-prometheus-remote-write-samples-written"));
    assert_eq!(
        door.send(
            "prometheus",
            Request::post("/prometheus/api/v1/write").header("content-type", V1),
            good.clone()
        )
        .await
        .status,
        204
    );
    assert_eq!(door.send("prometheus", write("/api/v1/push", V1, "snappy"), good.clone()).await.status, 200);
    assert_eq!(door.store.shown(), [r#"{__name__="up"} 1"#; 3]);
    for (request, body, status, text) in [
        (
            write("/api/v1/write", "application/json", "snappy"),
            good.clone(),
            415,
            "expected application/x-protobuf as the first (media) part, got application/json content-type\n",
        ),
        (
            write("/api/v1/write", "application/x-protobuf;proto=unknown.Message", "snappy"),
            good.clone(),
            415,
            "got application/x-protobuf;proto=unknown.Message content type; unknown type for remote write protobuf message unknown.Message, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request\n",
        ),
        (
            write("/api/v1/write", V1, "gzip"),
            good.clone(),
            415,
            "gzip encoding (compression) is not accepted by this server; only snappy is acceptable\n",
        ),
        (write("/api/v1/write", V1, "snappy"), b"this is not snappy".to_vec(), 400, "s2: corrupt input\n"),
        (write("/api/v1/write", V1, "snappy"), vec![], 400, "s2: corrupt input\n"),
        (Request::put("/api/v1/write"), vec![], 405, "Method Not Allowed\n"),
        (Request::get("/api/v1/nope"), vec![], 404, "404 page not found\n"),
    ] {
        let answer = door.send("prometheus", request, body).await;
        assert_eq!((answer.status, answer.text()), (status, text));
    }
    let answer = door.send("prometheus", write("/api/v1/write", V2, "snappy"), vec![0]).await;
    assert_eq!(
        (answer.status, &answer.headers["x-prometheus-remote-write-samples-written"]),
        (204, &HeaderValue::from(0))
    );
}

#[tokio::test]
async fn of_two_replicas_one_is_taken_and_the_other_told_so() {
    let door = Door::new(Options { replicas: Some(Default::default()), ..Options::default() });
    let body = |replica: &str| {
        let mut batch = MetricBatch::default();
        for (name, value) in [("__name__", "up"), ("cluster", "a"), ("__replica__", replica)] {
            batch.push_label(name, value);
        }
        batch.push_sample(model::Millis(1), 1.0);
        batch.finish_series().unwrap();
        batch
    };
    let one = remote_write::encode_body(&body("r1")).unwrap();
    assert_eq!(door.send("prometheus", write("/api/v1/push", V1, "snappy"), one).await.status, 200);
    let other = remote_write::encode_interned_body(&body("r2")).unwrap();
    let answer = door.send("prometheus", write("/api/v1/push", V2, "snappy"), other).await;
    let text = "replicas did not match, rejecting sample: replica=r2, elected=r1\n";
    assert_eq!((answer.status, answer.text()), (202, text));
    assert_eq!(door.store.shown(), [r#"{__name__="up", cluster="a"} 1"#]);
    let attributes = |replica: &str| {
        let pair =
            |(key, value): (&str, &str)| serde_json::json!({"key": key, "value": {"stringValue": value}});
        [("cluster", "b"), ("__replica__", replica)].map(pair)
    };
    let export = |replica: &str| {
        let point =
            serde_json::json!({"timeUnixNano": "1000000", "asInt": 1, "attributes": attributes(replica)});
        let metrics = serde_json::json!([{"name": "up", "gauge": {"dataPoints": [point]}}]);
        serde_json::json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).to_string()
    };
    for (name, path) in [("otlp_http", "/v1/metrics"), ("prometheus", "/api/v1/otlp/v1/metrics")] {
        for (replica, status) in [("r1", 200), ("r2", 202)] {
            let request = Request::post(path).header("content-type", "application/json");
            assert_eq!(door.send(name, request, export(replica)).await.status, status, "{path} {replica}");
        }
    }
    assert_eq!(door.store.shown().last().unwrap(), r#"{__name__="up", cluster="b"} 1"#);
}

#[tokio::test]
async fn refused_samples_are_400_and_a_broken_store_is_503() {
    let door = Door::new(Options::default());
    let body = remote_write::encode_body(&one_sample()).unwrap();
    let mut outcome = Outcome::default();
    outcome.refuse(RefusalReason::TooOld, 1, || "too old sample".into());
    *door.store.refuse.lock().unwrap() = Some(Ok(outcome));
    let answer = door.send("prometheus", write("/api/v1/write", V1, "snappy"), body.clone()).await;
    assert_eq!((answer.status, answer.text()), (400, "too old sample\n"));
    for (error, status) in
        [(IngestError::Unavailable("disk full".into()), 503), (IngestError::Limit("slow".into()), 429)]
    {
        *door.store.refuse.lock().unwrap() = Some(Err(error));
        assert_eq!(
            door.send("prometheus", write("/api/v1/write", V1, "snappy"), body.clone()).await.status,
            status
        );
    }
}

#[tokio::test]
async fn a_body_over_the_cap_is_413() {
    let options = Options {
        limits: Limits { max_body_bytes: 10, max_unpacked_bytes: 20, ..Limits::default() }.into(),
        ..Options::default()
    };
    let door = Door::new(options);
    assert_eq!(door.send("prometheus", write("/api/v1/write", V1, "snappy"), vec![0; 11]).await.status, 413);
    assert_eq!(
        door.send("otlp_http", Request::post("/v1/traces").header("content-type", V1), vec![0; 11])
            .await
            .status,
        413
    );
    let bomb = wire::compress::to_snappy(&[0; 2000]).unwrap();
    let options = Options {
        limits: Limits { max_unpacked_bytes: 1000, ..Limits::default() }.into(),
        ..Options::default()
    };
    let door = Door::new(options);
    let answer = door.send("loki", Request::post("/loki/api/v1/push").header("content-type", V1), bomb).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn pushes_of_lines_answer_as_the_replaced_system_does() {
    let door = Door::new(Options::default());
    let json = "application/json; charset=utf-8";
    let good = r#"{"streams": [{"stream": {"a": "b"}, "values": [["1", "x"]]}]}"#;
    for (path, content_type, encoding, body, status, text) in [
        ("/loki/api/v1/push", json, "", good, 204, ""),
        ("/loki/api/v1/push", json, "", r#"{"streams": [{}]}"#, 204, ""),
        (
            "/loki/api/v1/push",
            json,
            "",
            r#"{"streams": []}"#,
            422,
            "error at least one valid stream is required for ingestion\n",
        ),
        ("/loki/api/v1/push", json, "", "", 400, "EOF\n"),
        ("/loki/api/v1/push", json, "br", good, 400, "Content-Encoding \"br\" not supported\n"),
        ("/loki/api/v1/push", json, "gzip", good, 400, "gzip: corrupt input\n"),
        ("/loki/api/v1/push", "text/plain", "", "hello", 400, "snappy: corrupt input\n"),
        ("/loki/api/v1/push", "a/b/c", "", "{}", 400, "mime: unexpected content after media subtype\n"),
        (
            "/api/prom/push",
            json,
            "",
            r#"{"streams": [{"labels": "{app=", "entries": []}]}"#,
            400,
            "couldn't parse labels: 1:6: parse error: unexpected end of input inside braces\n",
        ),
    ] {
        let mut request = Request::post(path).header("content-type", content_type);
        if !encoding.is_empty() {
            request = request.header("content-encoding", encoding);
        }
        let answer = door.send("loki", request, body).await;
        assert_eq!((answer.status, answer.text()), (status, text), "{body}");
    }
    assert_eq!(door.store.shown()[0], r#"{a="b"} 1"#);
}

const SPAN: &str = r#"{"resourceSpans": [{"scopeSpans": [{"spans": [
    {"traceId": "ffffffffffffffffffffffffffffffff", "spanId": "ffffffffffffffff", "name": "GET"}]}]}]}"#;

#[tokio::test]
async fn otlp_over_http_answers_in_its_own_encoding() {
    let door = Door::new(Options::default());
    let json = |path: &str| Request::post(path).header("content-type", "application/json");
    let answer = door.send("otlp_http", json("/v1/traces"), SPAN).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"partialSuccess":{}}"#));
    assert_eq!(door.store.shown(), ["GET"]);
    let answer = door.send("otlp_http", json("/v1/logs"), "{}").await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"partialSuccess":{}}"#));
    let answer = door
        .send("otlp_http", json("/v1/traces"), SPAN.replace("ffffffffffffffffffffffffffffffff", ""))
        .await;
    assert_eq!(
        (answer.status, answer.text()),
        (400, r#"{"code":3,"message":"trace ids must be 128 bit, received 0 bits"}"#)
    );
    let answer = door.send("otlp_http", json("/v1/traces").header("content-encoding", "rot13"), "{}").await;
    assert_eq!(
        (answer.status, answer.text()),
        (400, r#"{"code":3,"message":"unsupported Content-Encoding: rot13"}"#)
    );
    let answer =
        door.send("otlp_http", Request::post("/v1/traces").header("content-type", "text/plain"), "x").await;
    assert_eq!(answer.status, 415);
    let answer = door.send("otlp_http", Request::post("/v1/traces").header("content-type", V1), vec![]).await;
    assert_eq!((answer.status, &answer.body[..]), (200, &[0x0a, 0][..]));
    assert_eq!(door.send("otlp_http", Request::post("/v1/nosuch"), "").await.status, 404);
    // Part refused is told, not failed; nothing stored because of its rate is for later.
    let mut outcome = Outcome { accepted: 1, ..Outcome::default() };
    outcome.refuse(RefusalReason::TooMany, 2, || "too many".into());
    *door.store.refuse.lock().unwrap() = Some(Ok(outcome));
    let answer = door.send("otlp_http", json("/v1/traces"), SPAN).await;
    assert_eq!(
        (answer.status, answer.text()),
        (200, r#"{"partialSuccess":{"errorMessage":"too many","rejectedSpans":"2"}}"#)
    );
    let mut outcome = Outcome::default();
    outcome.refuse(RefusalReason::RateLimited, 1, || "too fast".into());
    *door.store.refuse.lock().unwrap() = Some(Ok(outcome));
    let answer = door.send("otlp_http", json("/v1/traces"), SPAN).await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (429, &HeaderValue::from(5)));
}

#[tokio::test]
async fn otlp_over_grpc_answers_in_trailers() {
    let door = Door::new(Options::default());
    let spans = wire::otlp::traces::encode(
        &wire::otlp::traces::decode(SPAN.as_bytes(), wire::otlp::Encoding::Json).unwrap(),
    );
    let mut framed = vec![0];
    framed.extend((spans.len() as u32).to_be_bytes());
    framed.extend(&spans);
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let call = || Request::post(path).header("content-type", "application/grpc");
    let answer = door.send("otlp_grpc", call(), framed).await;
    assert_eq!(
        (answer.status, &answer.headers["grpc-status"], &answer.body[..]),
        (200, &HeaderValue::from(0), &[0, 0, 0, 0, 2, 0x0a, 0][..])
    );
    assert_eq!(door.store.shown(), ["GET"]);
    let answer = door.send("otlp_grpc", call(), vec![0, 0, 0, 0, 2, 0xff, 0xff]).await;
    assert_eq!(
        (&answer.headers["grpc-status"], &answer.headers["grpc-message"]),
        (&HeaderValue::from(3), &HeaderValue::from_static("unexpected%20EOF"))
    );
    let answer = door.send("otlp_grpc", Request::post("/x.Y/Z"), vec![]).await;
    assert_eq!(answer.headers["grpc-status"], HeaderValue::from(12));
}

#[tokio::test]
async fn otlp_at_the_other_doors_answers_as_these_do() {
    let door = Door::new(Options::default());
    let path = "/api/v1/otlp/v1/metrics";
    for (request, body, status, text) in [
        (Request::post(path).header("content-type", "application/json"), "{}".to_owned(), 200, ""),
        (
            Request::post(path).header("content-type", "text/plain"),
            "x".to_owned(),
            400,
            "unsupported content type: text/plain, supported: [application/json, application/x-protobuf]\n",
        ),
        (
            Request::post(path).header("content-type", V1).header("content-encoding", "deflate"),
            String::new(),
            400,
            "unsupported compression: deflate. Only \"gzip\" or no compression supported\n",
        ),
        (
            Request::post(path).header("content-type", "application/json"),
            r#"{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "wr.nodata"}]}]}]}"#.to_owned(),
            500,
            "could not get aggregation temporality for wr.nodata as it has unsupported metric type Empty\n",
        ),
    ] {
        let answer = door.send("prometheus", request, body).await;
        assert_eq!((answer.status, answer.text()), (status, text));
    }
    let answer = door
        .send("loki", Request::post("/otlp/v1/logs").header("content-type", "application/json"), "{}")
        .await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (422, &HeaderValue::from_static("application/octet-stream"))
    );
    let answer =
        door.send("loki", Request::post("/otlp/v1/logs").header("content-type", "text/plain"), "{}").await;
    assert_eq!((answer.status, &answer.body[2..]), (400, &b"content type: text/plain is not supported"[..]));
}

#[tokio::test]
async fn each_service_says_that_it_is_well() {
    let door = Door::new(Options::default());
    for (name, path, text) in [
        ("prometheus", "/-/healthy", "Prometheus Server is Healthy.\n"),
        ("prometheus", "/-/ready", "Prometheus Server is Ready.\n"),
        ("loki", "/ready", "ready\n"),
        ("tempo", "/ready", "ready\n"),
        ("tempo", "/api/echo", "echo\n"),
        ("ui", "/tempo/api/echo", "echo\n"),
    ] {
        let answer = door.get(name, path).await;
        assert_eq!((answer.status, answer.text()), (200, text), "{path}");
    }
    door.state.set_ready(false);
    assert_eq!(door.get("prometheus", "/-/ready").await.status, 503);
    assert_eq!(door.get("ui", "/api/health").await.status, 503);
    for (name, path) in [("prometheus", "/-/reload"), ("prometheus", "/-/quit")] {
        let answer = door.get(name, path).await;
        assert_eq!((answer.status, answer.text()), (405, "Only POST or PUT requests allowed"));
    }
    assert_eq!(door.send("prometheus", Request::options("/api/v1/query"), "").await.status, 204);
    assert_eq!(door.send("prometheus", Request::head("/-/healthy"), "").await.status, 200);
    let answer = door.get("prometheus", "/metrics").await;
    assert!(
        answer.text().contains("oriel_http_requests_total{door=\"prometheus\",status=\"2xx\"}"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn status_pages_are_json() {
    let door = Door::new(Options::default());
    let batch = remote_write::encode_body(&one_sample()).unwrap();
    door.send("prometheus", write("/api/v1/write", V1, "snappy"), batch).await;
    for (name, path) in [
        ("prometheus", "/api/v1/status/buildinfo"),
        ("prometheus", "/api/v1/status/runtimeinfo"),
        ("prometheus", "/api/v1/status/config"),
        ("prometheus", "/api/v1/status/flags"),
        ("prometheus", "/prometheus/api/v1/status/walreplay"),
        ("ui", "/api/v1/status/buildinfo"),
        ("ui", "/api/oriel/v1/status"),
        ("loki", "/loki/api/v1/status/buildinfo"),
        ("tempo", "/api/status/buildinfo"),
    ] {
        let answer = door.get(name, path).await;
        assert_eq!(
            (answer.status, &answer.headers["content-type"]),
            (200, &HeaderValue::from_static("application/json")),
            "{path}"
        );
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();
    }
    let answer = door.get("prometheus", "/api/v1/status/tsdb?limit=1").await;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["data"]["seriesCountByMetricName"], serde_json::json!([{"name": "up", "value": 1}]));
    for (limit, text) in [
        ("0", "limit must be a positive number"),
        ("10001", "limit must not exceed 10000"),
        ("-1", "limit must be a positive number"),
    ] {
        let answer = door.get("prometheus", &format!("/api/v1/status/tsdb?limit={limit}")).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            (answer.status, body["errorType"].as_str(), body["error"].as_str()),
            (400, Some("bad_data"), Some(text))
        );
    }
}

/// Clients of dashboards read why they are refused out of JSON; those of the metrics API, on the same door, do not.
#[tokio::test]
async fn refusals_of_the_dashboard_api_are_json() {
    let door = Door::new(Options::default());
    for (method, path, status, text) in [
        ("PUT", "/api/dashboards/tags", 405, r#"{"message":"Method not allowed"}"#),
        ("POST", "/api/nothing", 404, r#"{"message":"Not found"}"#),
        ("GET", "/api/auth/keys", 404, r#"{"message":"Not found"}"#),
        ("PUT", "/api/v1/query", 405, "Method Not Allowed\n"),
    ] {
        let answer = door.send("ui", Request::builder().method(method).uri(path), vec![]).await;
        assert_eq!((answer.status, answer.text()), (status, text), "{method} {path}");
    }
}

#[tokio::test]
async fn with_auth_on_a_request_names_its_tenant() {
    let door = Door::new(Options { tenancy: Tenancy::Required, ..Options::default() });
    let body = remote_write::encode_body(&one_sample()).unwrap();
    let answer = door.send("prometheus", write("/api/v1/write", V1, "snappy"), body.clone()).await;
    assert_eq!((answer.status, answer.text()), (401, "no org id\n"));
    let named = write("/api/v1/write", V1, "snappy").header("X-Scope-OrgID", "team-a");
    assert_eq!(door.send("prometheus", named, body).await.status, 204);
}

#[tokio::test]
async fn doors_open_on_free_ports_and_close() {
    let (state, _) = fakes::state(Options::default());
    let doors = Doors::open(state.clone(), &Addresses::any_port(), Arc::new(NoAssets)).await.unwrap();
    assert_eq!(doors.opened().len(), 15);
    let taken = Addresses { ui: doors.address("loki"), ..Addresses::default() };
    let error = Doors::open(state, &taken, Arc::new(NoAssets)).await.err().unwrap();
    assert!(error.to_string().contains("for the ui door"), "{error}");
    let address = doors.address("prometheus").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stream.write_all(b"GET /-/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    doors.close(Duration::from_secs(5)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

async fn json_of(door: &Door, name: &'static str, path: &str) -> serde_json::Value {
    let answer = door.get(name, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let mut body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    if let Some(data) = body.get_mut("data").and_then(|data| data.as_object_mut()) {
        data.remove("stats");
    }
    body
}

mod agents;
mod federation;
mod formats;
mod logs;
mod metrics;
mod mimir;
mod records;
mod targets;
mod traces;

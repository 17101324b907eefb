//! Spans in by both ways, traces out by the query API.

use super::*;
use crate::fakes;
use crate::state::Options;
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn send(router: Router, request: Request<Body>) -> (u16, String) {
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// What the query door says of a path.
async fn get(state: Arc<State>, path: String) -> (u16, serde_json::Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, body) = send(query_routes(state), request).await;
    (status, serde_json::from_str(&body).unwrap())
}

/// A batch of one span in Thrift's binary protocol.
fn batch() -> Vec<u8> {
    let field = |kind: u8, id: u8, value: &[u8]| [&[kind, 0, id][..], value].concat();
    let text = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let micros = fakes::NOW_NANOS / 1000 - 1_000_000;
    let process = [field(11, 1, &text("shop")), vec![0]].concat();
    let span = [
        field(10, 1, &7i64.to_be_bytes()),
        field(10, 3, &9i64.to_be_bytes()),
        field(11, 5, &text("GET")),
        field(10, 8, &micros.to_be_bytes()),
        field(10, 9, &1500i64.to_be_bytes()),
        vec![0],
    ];
    let list = [&[12, 0, 0, 0, 1][..], &span.concat()].concat();
    [field(12, 1, &process), field(15, 2, &list), vec![0]].concat()
}

#[tokio::test]
async fn spans_come_in_and_traces_go_out() {
    let (state, store) = fakes::state(Options::default());
    let post = |content_type: &str, body: Vec<u8>| {
        let request = Request::post("/api/traces").header("content-type", content_type);
        send(http_routes(state.clone()), request.body(Body::from(body)).unwrap())
    };
    assert_eq!(post("application/x-thrift", batch()).await, (202, String::new()));
    assert_eq!(post("text/plain", batch()).await.0, 400);
    assert_eq!(post("application/x-thrift", vec![12]).await, (400, "thrift: unexpected end\n".to_owned()));
    assert_eq!(store.shown(), ["GET"]);
    let get = |path: &str| get(state.clone(), path.to_owned());
    let (status, found) = get("/api/traces?service=shop&limit=5").await;
    assert_eq!(status, 200);
    let span = &found["data"][0]["spans"][0];
    assert_eq!((&span["operationName"], &span["duration"]), (&"GET".into(), &1500.into()));
    assert_eq!(found["data"][0]["processes"]["p1"]["serviceName"], "shop");
    let (status, missing) = get("/api/traces/abc").await;
    assert_eq!((status, &missing["errors"][0]["msg"]), (404, &"trace not found".into()));
    assert_eq!(get("/api/traces?operation=x").await.0, 400);
    assert_eq!(get("/api/traces/7").await.0, 200);
}

/// A state that holds the span of [`batch`].
async fn stored() -> Arc<State> {
    let (state, _) = fakes::state(Options::default());
    let request = Request::post("/api/traces").header("content-type", "application/x-thrift");
    let (status, _) = send(http_routes(state.clone()), request.body(Body::from(batch())).unwrap()).await;
    assert_eq!(status, 202);
    state
}

#[tokio::test]
async fn the_third_version_answers_with_otlp() {
    let state = stored().await;
    let get = |path: &str| get(state.clone(), path.to_owned());
    let window = "query.start_time_min=2026-11-25T11:00:00Z&query.start_time_max=2026-11-25T12:00:00Z";
    let (status, found) = get(&format!("/api/v3/traces?query.service_name=shop&{window}")).await;
    assert_eq!(status, 200, "{found}");
    let span = &found["result"]["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["traceId"], "00000000000000000000000000000007");
    assert_eq!(span["name"], "GET");
    assert_eq!(get("/api/v3/traces/7").await, (200, found));
    for (path, status, text) in [
        ("/api/v3/traces/8".to_owned(), 404, "No traces found"),
        (
            "/api/v3/traces/x".to_owned(),
            400,
            "malformed parameter trace_id: trace IDs can only contain hex characters: invalid character 'x' at position 1",
        ),
        (
            "/api/v3/traces?query.service_name=a".to_owned(),
            400,
            "query.start_time_min and query.start_time_max are required",
        ),
        (
            format!("/api/v3/traces?query.search_depth=x&{window}"),
            400,
            "malformed parameter query.search_depth: \"x\" is no count",
        ),
        (
            format!("/api/v3/traces?query.filter=x&{window}"),
            400,
            "malformed parameter query.filter: structured filters are not supported",
        ),
        (
            "/api/v3/traces/7?start_time=soon".to_owned(),
            400,
            "malformed parameter start_time: \"soon\" is no RFC 3339 time",
        ),
    ] {
        let error = serde_json::json!({ "httpCode": status, "message": text });
        assert_eq!(get(&path).await, (status, serde_json::json!({ "error": error })));
    }
    // The fake store has one value for every attribute.
    assert_eq!(get("/api/v3/services").await.1, serde_json::json!({ "services": ["x"] }));
    assert_eq!(get("/api/v3/dependencies").await.1, serde_json::json!({ "dependencies": [] }));
    assert_eq!(get("/api/v3/operations?service=shop").await.0, 200);
}

#[tokio::test]
async fn query_and_storage_answer_over_grpc() {
    use wire::proto::{Reader, Writer};
    let state = stored().await;
    let call = |path: &'static str, build: fn(&mut Writer)| {
        let mut w = Writer::new();
        build(&mut w);
        let router = grpc_routes(state.clone());
        async move { fakes::call(router, path, &w.finish()).await }
    };
    let query: fn(&mut Writer) = |w| {
        w.message(1, |w| {
            w.text(1, "shop");
            w.message(6, |w| w.uint(2, 1000));
        });
    };
    // Jaeger's spans come back as they went in.
    for path in ["/jaeger.api_v2.QueryService/FindTraces", "/jaeger.storage.v1.SpanReaderPlugin/FindTraces"] {
        let (messages, status) = call(path, query).await;
        assert_eq!((status.as_str(), messages.len()), ("0 ", 1));
        let mut request = Writer::new();
        request.bytes(1, &messages[0]);
        let read = wire::jaeger::post_spans(&request.finish()).unwrap();
        assert_eq!(read, wire::jaeger::thrift_batch(&batch()).unwrap());
    }
    for path in ["/jaeger.api_v3.QueryService/FindTraces", "/jaeger.storage.v2.TraceReader/FindTraces"] {
        let (messages, status) = call(path, query).await;
        assert_eq!((status.as_str(), messages.len()), ("0 ", 1));
        let read = wire::otlp::traces::decode(&messages[0], wire::otlp::Encoding::Protobuf).unwrap();
        assert_eq!(read, wire::jaeger::thrift_batch(&batch()).unwrap());
    }
    let id: fn(&mut Writer) = |w| w.bytes(1, &7u128.to_be_bytes());
    assert_eq!(call("/jaeger.storage.v1.SpanReaderPlugin/GetTrace", id).await.0.len(), 1);
    let text: fn(&mut Writer) = |w| w.text(1, "7");
    assert_eq!(call("/jaeger.api_v3.QueryService/GetTrace", text).await.0.len(), 1);
    let ids: fn(&mut Writer) = |w| {
        w.message(1, |w| w.bytes(1, &7u128.to_be_bytes()));
        w.message(1, |w| w.bytes(1, &8u128.to_be_bytes()));
    };
    assert_eq!(call("/jaeger.storage.v2.TraceReader/GetTraces", ids).await.0.len(), 1);
    let missing: fn(&mut Writer) = |w| w.text(1, "8");
    assert_eq!(call("/jaeger.api_v3.QueryService/GetTrace", missing).await.1, "5 trace not found");
    let filter: fn(&mut Writer) = |w| w.message(1, |w| w.message(10, |_| ()));
    assert!(
        call("/jaeger.api_v3.QueryService/FindTraces", filter).await.1.starts_with("3 structured filters")
    );
    let (found, _) = call("/jaeger.storage.v2.TraceReader/FindTraceIDs", query).await;
    let mut reader = Reader::new(&found[0]);
    let mut one = reader.field().unwrap().unwrap().message().unwrap();
    assert_eq!(one.field().unwrap().unwrap().bytes().unwrap(), 7u128.to_be_bytes());
    let (services, _) = call("/jaeger.api_v3.QueryService/GetServices", |_| ()).await;
    assert_eq!(Reader::new(&services[0]).field().unwrap().unwrap().text().unwrap(), "x");
    assert_eq!(call("/jaeger.storage.v1.PluginCapabilities/Capabilities", |_| ()).await.1, "0 ");
    assert_eq!(call("/jaeger.storage.v1.DependenciesReaderPlugin/GetDependencies", |_| ()).await.1, "0 ");
    assert!(
        call("/jaeger.storage.v1.ArchiveSpanReaderPlugin/GetArchiveTrace", |_| ()).await.1.starts_with("12 ")
    );
    // A storage is written to span by span.
    let written = call("/jaeger.storage.v1.SpanWriterPlugin/WriteSpan", |w| {
        w.message(1, |w| {
            w.bytes(1, &9u128.to_be_bytes());
            w.bytes(2, &[1; 8]);
            w.text(3, "written");
            w.message(10, |w| w.text(1, "other"));
        });
    });
    assert_eq!(written.await.1, "0 ");
    let nine: fn(&mut Writer) = |w| w.text(1, "9");
    assert_eq!(call("/jaeger.api_v3.QueryService/GetTrace", nine).await.0.len(), 1);
}

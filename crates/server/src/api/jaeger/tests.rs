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
    let get = |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let router = query_routes(state.clone());
        async move {
            let (status, body) = send(router, request).await;
            (status, serde_json::from_str::<serde_json::Value>(&body).unwrap())
        }
    };
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

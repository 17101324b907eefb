//! What is sent comes back as it was.

use super::*;
use crate::fakes;
use crate::state::Options;
use http_body_util::BodyExt;
use tower::ServiceExt;

#[tokio::test]
async fn what_is_sent_comes_back() {
    let (state, _) = fakes::state(Options::default());
    let send = |request: Request<Body>| {
        let router = routes(state.clone());
        async move {
            let response = router.oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8_lossy(&body).into_owned())
        }
    };
    let micros = fakes::NOW_NANOS / 1000 - 1_000_000;
    let span = format!(
        r#"{{"traceId":"463ac35c9f6413ad","parentId":"0000000000000001","id":"a2fb4a1d1a96d312","kind":"SERVER","name":"get /",
        "timestamp":{micros},"duration":2500,"localEndpoint":{{"serviceName":"shop","ipv4":"10.0.0.1","port":80}},
        "remoteEndpoint":{{"serviceName":"web"}},"annotations":[{{"timestamp":{micros},"value":"found"}}],
        "tags":{{"error":"no seat","http.path":"/"}}}}"#
    );
    let post = |path: &str, kind: &str, body: String| {
        send(Request::post(path).header("content-type", kind).body(Body::from(body)).unwrap())
    };
    assert_eq!(post("/api/v2/spans", "application/json", format!("[{span}]")).await, (202, String::new()));
    assert_eq!(post("/api/v2/spans", "application/json", "[{}]".to_owned()).await.0, 400);
    assert_eq!(post("/api/v1/spans", "text/plain", String::new()).await.0, 400);
    let get = |path: &str| send(Request::get(path).body(Body::empty()).unwrap());
    let (status, body) = get("/api/v2/trace/463ac35c9f6413ad").await;
    assert_eq!(status, 200);
    let read: serde_json::Value = serde_json::from_str(&body).unwrap();
    let mut want: serde_json::Value = serde_json::from_str(&span).unwrap();
    // The endpoints' parts are attributes too.
    for (key, value) in [("net.host.ip", "10.0.0.1"), ("net.host.port", "80"), ("peer.service", "web")] {
        want["tags"][key] = value.into();
    }
    assert_eq!(read[0], want);
    let (status, body) = get("/api/v2/traces?serviceName=shop").await;
    assert_eq!((status, body.contains("463ac35c9f6413ad")), (200, true));
    assert_eq!(get("/api/v2/trace/1").await.0, 404);
    assert_eq!(get("/health").await.1, r#"{"status":"UP"}"#);
    assert!(get("/info").await.1.starts_with(r#"{"zipkin":{"version":"#));
}

//! Calls as they stand on the wire: frames in, frames and trailers out.

use super::*;
use http_body_util::BodyExt;

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut out = vec![flag];
    out.extend((message.len() as u32).to_be_bytes());
    out.extend(message);
    out
}

fn request(encoding: &str, body: Vec<u8>) -> Request<Body> {
    let request = Request::post("/a.B/C").header("content-type", "application/grpc");
    request.header("grpc-encoding", encoding).body(Body::from(body)).unwrap()
}

/// Status, text and body.
async fn read(response: Response) -> (String, String, Bytes) {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let mut headers = parts.headers;
    headers.extend(body.trailers().cloned().unwrap_or_default());
    let text = |name: &str| headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    (text("grpc-status"), crate::params::decode(&text("grpc-message")).unwrap(), body.to_bytes())
}

async fn echo(encoding: &str, body: Vec<u8>) -> (String, String, Bytes) {
    let limits = Limits { max_body_bytes: 1000, ..Limits::default() };
    read(unary(&limits, request(encoding, body), |call| async move { Ok(call.message.to_vec()) }).await).await
}

#[tokio::test]
async fn one_message_is_read_under_its_limit() {
    let plain = echo("identity", frame(0, &[7, 8])).await;
    assert_eq!((plain.0.as_str(), plain.2), ("0", Bytes::from(frame(0, &[7, 8]))));
    let gzip = |length: usize| frame(1, &wire::compress::to_gzip(&vec![5; length]));
    assert_eq!(echo("gzip", gzip(900)).await.2.len(), 905);
    let zstd = |length: usize| frame(1, &zstd::bulk::compress(&vec![5; length], 1).unwrap());
    assert_eq!(echo("zstd", zstd(900)).await.2.len(), 905);
    for (encoding, body) in
        [("identity", frame(0, &[0; 1001])), ("gzip", gzip(1001)), ("zstd", zstd(1 << 20))]
    {
        assert_eq!(echo(encoding, body).await.0, "8", "{encoding}: a message over the limit is refused");
    }
    for bad in [vec![], vec![0, 0, 0, 0, 2, 7], vec![2, 0, 0, 0, 0], frame(1, &[7])] {
        assert_eq!(echo("gzip", bad).await.0, "13");
    }
    assert_eq!(echo("br", frame(1, &[7])).await.0, "12");
}

#[tokio::test]
async fn failures_are_statuses_and_passing_ones_say_when_to_try_again() {
    let fail = |fault: Fault| async move {
        let limits = Limits::default();
        let answer = unary(&limits, request("identity", frame(0, &[])), move |_| {
            let fault = fault.clone();
            async move { Err(fault) }
        });
        let response = answer.await;
        let details = response.headers().get("grpc-status-details-bin").is_some();
        let (code, text, _) = read(response).await;
        (code, text, details)
    };
    assert_eq!(fail(Fault::invalid("bad ü")).await, ("3".into(), "bad ü".into(), false));
    let slow = Fault::from(contract::IngestError::Limit("slow down".into()));
    assert_eq!(fail(slow).await, ("8".into(), "slow down".into(), true));
}

#[tokio::test]
async fn a_stream_sends_its_messages_and_then_its_status() {
    let limits = Limits::default();
    let handler: Streamed = Box::new(|_, messages| {
        Box::pin(async move {
            messages.send(vec![1]).await?;
            messages.send(vec![2]).await?;
            Err(Fault::timeout("too slow"))
        })
    });
    let response = streaming(&limits, request("identity", frame(0, &[])), handler);
    let (code, text, body) = read(response.await).await;
    assert_eq!((code.as_str(), text.as_str()), ("4", "too slow"));
    assert_eq!(body, [frame(0, &[1]), frame(0, &[2])].concat());
}

//! Against a receiver that fails in the ways that receivers fail.

use super::*;
use model::{Labels, Millis, Sample};
use stdx::task::{self, Task};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Gives `answers` in turn, one a connection, and returns the first line and the headers of each request.
async fn receiver(answers: Vec<&'static str>) -> (String, Task<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let work = async move {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = socket.read(&mut request).await.unwrap();
            seen.push(String::from_utf8_lossy(&request[..read]).to_lowercase());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    };
    (url, task::spawn(work))
}

async fn check(answers: Vec<&'static str>, accepted: u64, refused: u64) -> Vec<String> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (url, receiver) = receiver(answers).await;
    let remote = Remote::new(Endpoints {
        metrics: url,
        headers: vec![("X-A".into(), "b".into())],
        ..Endpoints::default()
    })
    .unwrap();
    let mut batch = MetricBatch::default();
    batch.push_series(&Labels::from_pairs([("__name__", "up")]), &[Sample { at: Millis(1), value: 1.0 }]);
    let cx = Context::for_tests().with_timeout(Duration::from_secs(10));
    let outcome = remote.metrics(&cx, batch).await.unwrap();
    assert_eq!((outcome.accepted, outcome.refused_rows), (accepted, refused));
    receiver.join().await.unwrap()
}

const GOOD: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
const BUSY: &str = "HTTP/1.1 429 Busy\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const BAD: &str = "HTTP/1.1 400 Bad\r\nconnection: close\r\ncontent-length: 5\r\n\r\nwrong";

#[tokio::test]
async fn busy_and_broken_receivers_are_tried_again_and_refusals_are_final() {
    let seen = check(vec![BUSY, "", GOOD], 1, 0).await;
    assert_eq!(seen.len(), 3);
    assert!(seen[0].contains("x-a: b") && seen[0].contains("content-encoding: snappy"), "{}", seen[0]);
    check(vec![BAD], 0, 1).await;
}

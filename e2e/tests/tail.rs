//! Lines reach whoever tails them while others push at the same time: all of them, each once and in order.
//!
//! How long each took, from before its push until its frame is there, is printed and judges nothing: the machine may be busy.

use e2e::writer::{Addresses, Signal};
use e2e::{Http, Oriel};
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use stdx::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Lines that are tailed.
const LINES: u64 = 100;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(10);
/// Lines of one push beside them, which are not tailed.
const OTHERS: usize = 2_000;

const SETTINGS: [&str; 3] = ["telemetry.enabled=false", "host.enabled=false", "docker.enabled=false"];

/// A websocket of which only what a server sends is read: frames without masks.
struct Socket {
    stream: TcpStream,
}

impl Socket {
    async fn tail(address: &str, query: &str) -> Socket {
        let mut stream = TcpStream::connect(address).await.expect("the door is open");
        let request = format!(
            "GET /loki/api/v1/tail?query={query} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("it listens");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("an answer"));
        }
        let head = String::from_utf8_lossy(&head);
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        Socket { stream }
    }

    /// The next text.
    async fn text(&mut self) -> serde_json::Value {
        loop {
            let (kind, length) = (self.byte().await & 0x0f, self.byte().await);
            let length = match length {
                126 => u64::from(self.stream.read_u16().await.expect("a length")),
                127 => self.stream.read_u64().await.expect("a length"),
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).expect("small")];
            self.stream.read_exact(&mut body).await.expect("a body");
            if kind == 1 {
                return serde_json::from_slice(&body).expect("JSON");
            }
        }
    }

    async fn byte(&mut self) -> u8 {
        self.stream.read_u8().await.expect("a frame")
    }
}

fn batch(app: &str, at: Nanos, lines: impl Iterator<Item = String>) -> Vec<u8> {
    let entries = lines.map(|line| LogEntry { at, line: line.into(), metadata: Arc::from([]) }).collect();
    let streams = vec![StreamEntries { labels: Labels::from_pairs([("app", app)]), entries }];
    wire::loki_push::encode_body(&LogBatch { streams, body: None }).expect("a small batch")
}

fn now() -> Nanos {
    Nanos(Clock::system().now_nanos())
}

/// The texts of the lines of one frame.
fn lines_of(frame: &serde_json::Value) -> Vec<String> {
    let streams = frame["streams"].as_array().expect("streams");
    let values = streams.iter().flat_map(|stream| stream["values"].as_array().expect("values"));
    values.map(|value| value[1].as_str().expect("a line").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_begins_with_the_last_lines_and_tells_late_ones() {
    const SECOND: i64 = 1_000_000_000;
    let folder = tempfile::tempdir().expect("a folder");
    let http = Http::default();
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    let (url, headers) = Addresses::of(&oriel).door(Signal::Logs);
    let begin = now();
    let push = async |seconds: i64, line: &str| {
        let at = Nanos(begin.0 + seconds * SECOND);
        let body = batch("tailed", at, std::iter::once(line.to_owned()));
        assert_eq!(http.post(&url, headers, body).await.expect("an answer").0, 204);
    };
    for n in 0..5 {
        push(n - 10, &format!("old {n}")).await;
    }
    let start = begin.0 - 60 * SECOND;
    // {app="tailed"}
    let query = format!("%7Bapp%3D%22tailed%22%7D&limit=2&start={start}");
    let mut socket = Socket::tail(oriel.address("loki"), &query).await;
    let told = async {
        assert_eq!(lines_of(&socket.text().await), ["old 3", "old 4"]);
        push(-3600, "an hour late").await;
        assert_eq!(lines_of(&socket.text().await), ["an hour late"]);
        // Told as past already, so not again.
        push(-6, "old 4").await;
        push(0, "now").await;
        assert_eq!(lines_of(&socket.text().await), ["now"]);
    };
    tokio::time::timeout(Duration::from_secs(60), told).await.expect("all lines come");
    oriel.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_is_tailed_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let (http, clock) = (Http::default(), Clock::system());
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    let (url, headers) = Addresses::of(&oriel).door(Signal::Logs);
    // {app="tailed"} |= "line"
    let query = "%7Bapp%3D%22tailed%22%7D%20%7C%3D%20%22line%22";
    let mut socket = Socket::tail(oriel.address("loki"), query).await;
    let pushed = async {
        let mut at = Vec::new();
        for n in 0..LINES {
            let others = (0..OTHERS).map(|i| format!("level=info request {n}-{i} is served"));
            let other = http.post(&url, headers, batch("other", now(), others));
            at.push(clock.monotonic());
            let own = http.post(&url, headers, batch("tailed", now(), std::iter::once(format!("line {n}"))));
            let (own, other) = tokio::join!(own, other);
            assert_eq!((own.expect("an answer").0, other.expect("an answer").0), (204, 204));
            tokio::time::sleep(PAUSE).await;
        }
        at
    };
    let heard = async {
        let mut heard: Vec<(String, Duration)> = Vec::new();
        while heard.len() < LINES as usize {
            let frame = socket.text().await;
            let at = clock.monotonic();
            heard.extend(lines_of(&frame).into_iter().map(|line| (line, at)));
        }
        heard
    };
    let both = async { tokio::join!(pushed, heard) };
    let (pushed, heard) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("all lines come");
    let order: Vec<String> = (0..LINES).map(|n| format!("line {n}")).collect();
    assert_eq!(heard.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>(), order);
    let pushed: HashMap<&String, Duration> = order.iter().zip(pushed).collect();
    let mut took: Vec<Duration> = heard.iter().map(|(line, at)| at.saturating_sub(pushed[line])).collect();
    took.sort();
    println!("from push to frame: half {:.1?}, all {:.1?}", took[took.len() / 2], took[took.len() - 1]);
    oriel.stop();
}

//! kill -9 with ten million samples, a million lines and 200,000 spans stored: ready again soon, nothing missing,
//! nothing doubled. The time to readiness is printed, not asserted: machines differ.

use e2e::writer::{Addresses, Base, Signal, trace_id};
use e2e::{Http, Oriel};
use model::{
    Labels, LogBatch, LogEntry, METRIC_NAME, MetricBatch, Millis, Nanos, Resource, ResourceSpans, Sample,
    Scope, ScopeSpans, Span, SpanBatch, SpanId, StreamEntries, Value,
};
use std::sync::Arc;
use stdx::Clock;

/// 10,000 series of 1,000 samples each.
const SERIES: usize = 10_000;
const SAMPLES: i64 = 1_000;
/// Series and samples of one push: 200,000 samples.
const PUSH_SERIES: usize = 2_000;
const PUSH_SAMPLES: i64 = 100;
/// A million lines of 20 streams.
const LINES: i64 = 1_000_000;
const PUSH_LINES: i64 = 20_000;
/// 10,000 traces of 20 spans.
const TRACES: u64 = 10_000;
const SPANS: u64 = 20;
const PUSH_TRACES: u64 = 100;
/// The samples' interval.
const STEP_MS: i64 = 15_000;

const SETTINGS: [&str; 3] = ["telemetry.enabled=false", "host.enabled=false", "docker.enabled=false"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_million_samples_survive_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let http = Http::default();
    // The samples end a minute ago.
    let base = Base(Clock::system().now_millis() - SAMPLES * STEP_MS - 60_000);
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    write(&http, &oriel, base).await;
    let before = count(&http, &oriel, base).await;
    println!("stored {before:?} with {} MB resident", oriel.resident_bytes() >> 20);
    assert_eq!(before, [SERIES as u64 * SAMPLES as u64, LINES as u64, TRACES * SPANS]);
    oriel.kill();
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    println!("ready {:.2?} after kill -9", oriel.started_in);
    assert_eq!(count(&http, &oriel, base).await, before);
    oriel.stop();
    let oriel = Oriel::start(folder.path(), &SETTINGS);
    println!("ready {:.2?} after a clean stop", oriel.started_in);
    assert_eq!(count(&http, &oriel, base).await, before);
    oriel.stop();
}

async fn write(http: &Http, oriel: &Oriel, base: Base) {
    let server = Addresses::of(oriel);
    for first in (0..SERIES).step_by(PUSH_SERIES) {
        for from in (0..SAMPLES).step_by(usize::try_from(PUSH_SAMPLES).expect("small")) {
            let mut batch = MetricBatch::default();
            for n in first..first + PUSH_SERIES {
                let (target, number) = ((n / 500).to_string(), (n % 500).to_string());
                let labels = Labels::from_pairs([
                    (METRIC_NAME, "restart_total"),
                    ("job", "restart"),
                    ("instance", &target),
                    ("n", &number),
                ]);
                let sample =
                    |i: i64| Sample { at: Millis(base.0 + i * STEP_MS), value: (i * (n as i64 % 7)) as f64 };
                batch.push_series(&labels, &(from..from + PUSH_SAMPLES).map(sample).collect::<Vec<_>>());
            }
            let body = wire::remote_write::encode_body(&batch).expect("a batch");
            push(http, &server, Signal::Metrics, body).await;
        }
    }
    for from in (0..LINES).step_by(usize::try_from(PUSH_LINES).expect("small")) {
        let stream = |lane: i64| StreamEntries {
            labels: Labels::from_pairs([("app", "restart"), ("lane", &lane.to_string())]),
            entries: (from..from + PUSH_LINES).filter(|n| n % 20 == lane).map(|n| line(base, n)).collect(),
        };
        let body =
            wire::loki_push::encode_body(&LogBatch { streams: (0..20).map(stream).collect(), body: None })
                .expect("a batch");
        push(http, &server, Signal::Logs, body).await;
    }
    for from in (0..TRACES).step_by(usize::try_from(PUSH_TRACES).expect("small")) {
        let spans =
            (from..from + PUSH_TRACES).flat_map(|n| (0..SPANS).map(move |i| span(base, n, i))).collect();
        let resource = Resource {
            attributes: vec![(Arc::from("service.name"), Value::from("restart"))],
            dropped_attributes: 0,
        };
        let scopes = vec![ScopeSpans { scope: Arc::new(Scope::default()), schema_url: Arc::from(""), spans }];
        let resources =
            vec![ResourceSpans { resource: Arc::new(resource), schema_url: Arc::from(""), scopes }];
        push(http, &server, Signal::Traces, wire::otlp::traces::encode(&SpanBatch { resources })).await;
    }
}

async fn push(http: &Http, server: &Addresses, signal: Signal, body: Vec<u8>) {
    let (url, headers) = server.door(signal);
    let (status, text) = http.post(&url, headers, body).await.expect("an answer");
    assert!((200..300).contains(&status), "{signal:?}: {status}: {text}");
}

fn line(base: Base, n: i64) -> LogEntry {
    LogEntry {
        at: Nanos((base.0 + n * 10) * 1_000_000),
        line: format!("level=info caller=store.go:{} msg=\"request {n} done\" took={}ms", n % 90, n % 1013)
            .into(),
        metadata: Arc::from([]),
    }
}

fn span(base: Base, trace: u64, i: u64) -> Span {
    let start = (base.0 + trace.cast_signed() * 1000) * 1_000_000 + i.cast_signed() * 1000;
    Span {
        trace_id: trace_id(trace),
        span_id: SpanId((trace * SPANS + i + 1).to_be_bytes()),
        parent_span_id: if i == 0 { SpanId::default() } else { SpanId((trace * SPANS + 1).to_be_bytes()) },
        name: Arc::from(if i == 0 { "request" } else { "step" }),
        start: Nanos(start),
        end: Nanos(start + 500_000),
        attributes: vec![
            (Arc::from("step"), Value::Int(i.cast_signed())),
            (Arc::from("user"), Value::Int(trace.cast_signed() % 500)),
        ],
        ..Span::default()
    }
}

/// Samples, lines and spans by query.
async fn count(http: &Http, oriel: &Oriel, base: Base) -> [u64; 3] {
    let number = |answer: &serde_json::Value| {
        answer["data"]["result"][0]["value"][1]
            .as_str()
            .and_then(|v| v.parse::<f64>().ok())
            .map_or(0, |v| v as u64)
    };
    let seconds = SAMPLES * STEP_MS / 1000 + 1;
    let end = (base.0 / 1000 + seconds).to_string();
    let query = format!("sum(count_over_time(restart_total[{seconds}s]))");
    let samples = http
        .get(&format!("{}/api/v1/query", oriel.url("prometheus")), &[("query", &query), ("time", &end)])
        .await;
    let query = format!("sum(count_over_time({{app=\"restart\"}}[{seconds}s]))");
    let lines = http
        .get(&format!("{}/loki/api/v1/query", oriel.url("loki")), &[("query", &query), ("time", &end)])
        .await;
    let mut spans = 0;
    for n in 0..TRACES {
        let url = format!("{}/api/traces/{}", oriel.url("tempo"), trace_id(n));
        let (status, body) = http.try_get(&url, &[]).await.expect("an answer");
        assert_eq!(status, 200, "{url}: {body}");
        spans += body.matches("\"spanId\"").count() as u64;
    }
    [number(&samples), number(&lines), spans]
}

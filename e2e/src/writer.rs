//! A client that writes numbered samples, lines and spans until the server goes away, and remembers what was acked.
//!
//! Number `n` becomes the sample `n` of a series at `base + n` ms, the line `seq=n` at `base + n` ms, and a trace whose
//! id ends in `n`. What was sent and not acked may be stored or not; what was acked must be.

use crate::{Http, Oriel};
use model::{
    Labels, LogBatch, LogEntry, METRIC_NAME, MetricBatch, Millis, Nanos, Resource, ResourceSpans, Sample,
    Scope, ScopeSpans, Span, SpanBatch, SpanId, StreamEntries, TraceId, Value,
};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Numbers in one push: traces are read back one by one, so there are fewer.
fn push_size(signal: Signal) -> u64 {
    if signal == Signal::Traces { 10 } else { 50 }
}

/// The wait before a refused push is sent again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// What became of the numbers that were sent.
#[derive(Debug, Default, Clone)]
pub struct Written {
    /// Acked: must be there.
    pub acked: BTreeSet<u64>,
    /// Sent, with no answer: may be there.
    pub unknown: BTreeSet<u64>,
}

/// Which signal a writer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Samples by remote write.
    Metrics,
    /// Lines by push.
    Logs,
    /// Spans by OTLP.
    Traces,
}

/// The first millisecond: everything lies in the past minutes, so that no limit refuses it.
#[derive(Debug, Clone, Copy)]
pub struct Base(pub i64);

impl Base {
    /// The time of number `n` in milliseconds.
    pub fn millis(self, n: u64) -> i64 {
        self.0 + n.cast_signed()
    }
}

/// The trace of number `n`.
pub fn trace_id(n: u64) -> TraceId {
    let mut id = [0xab; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    TraceId(id)
}

/// Writes from number `from` on until a push fails.
pub async fn write_until_gone(server: &Addresses, signal: Signal, base: Base, from: u64) -> Written {
    let http = Http::default();
    let mut written = Written::default();
    let mut next = from;
    let (url, headers) = server.door(signal);
    loop {
        let numbers = next..next + push_size(signal);
        match http.post(&url, headers, body(signal, base, numbers.clone())).await {
            Ok((200..=299, _)) => {
                written.acked.extend(numbers);
                next += push_size(signal);
            }
            // Flushing does not keep up: the same numbers again, as any client does.
            Ok((429 | 503, _)) => tokio::time::sleep(BUSY_PAUSE).await,
            Ok((status, text)) => panic!("{signal:?}: {url} answered {status}: {text}"),
            Err(_) => {
                written.unknown.extend(numbers);
                return written;
            }
        }
    }
}

/// Where a server's doors are, kept when the process is gone.
#[derive(Debug, Clone)]
pub struct Addresses {
    prometheus: String,
    loki: String,
    otlp: String,
}

type Headers = &'static [(&'static str, &'static str)];

impl Addresses {
    /// The doors of a running server.
    pub fn of(oriel: &Oriel) -> Self {
        Addresses {
            prometheus: oriel.url("prometheus"),
            loki: oriel.url("loki"),
            otlp: oriel.url("otlp_http"),
        }
    }

    /// Where a signal is pushed, and the headers that say how it is packed.
    pub fn door(&self, signal: Signal) -> (String, Headers) {
        const REMOTE_WRITE: Headers = &[
            ("Content-Type", "application/x-protobuf"),
            ("Content-Encoding", "snappy"),
            ("X-Prometheus-Remote-Write-Version", "0.1.0"),
        ];
        const PROTOBUF: Headers = &[("Content-Type", "application/x-protobuf")];
        match signal {
            Signal::Metrics => (format!("{}/api/v1/write", self.prometheus), REMOTE_WRITE),
            Signal::Logs => (format!("{}/loki/api/v1/push", self.loki), PROTOBUF),
            Signal::Traces => (format!("{}/v1/traces", self.otlp), PROTOBUF),
        }
    }
}

/// The push of some numbers.
fn body(signal: Signal, base: Base, numbers: Range<u64>) -> Vec<u8> {
    match signal {
        Signal::Metrics => wire::remote_write::encode_body(&samples(base, numbers)).expect("a small batch"),
        Signal::Logs => wire::loki_push::encode_body(&lines(base, numbers)).expect("a small batch"),
        Signal::Traces => wire::otlp::traces::encode(&spans(base, numbers)),
    }
}

/// Series `written_total{lane="0".."9"}`, number by number.
pub fn samples(base: Base, numbers: Range<u64>) -> MetricBatch {
    let mut batch = MetricBatch::default();
    for lane in 0..10 {
        let samples: Vec<Sample> = numbers
            .clone()
            .filter(|n| n % 10 == lane)
            .map(|n| Sample { at: Millis(base.millis(n)), value: n as f64 })
            .collect();
        if !samples.is_empty() {
            let lane = lane.to_string();
            batch.push_series(
                &Labels::from_pairs([(METRIC_NAME, "written_total"), ("job", "writer"), ("lane", &lane)]),
                &samples,
            );
        }
    }
    batch
}

/// The stream `{app="writer"}`.
pub fn lines(base: Base, numbers: Range<u64>) -> LogBatch {
    let entry = |n: u64| LogEntry {
        at: Nanos(base.millis(n) * 1_000_000),
        line: format!("level=info seq={n}").into(),
        metadata: Arc::from([]),
    };
    LogBatch {
        streams: vec![StreamEntries {
            labels: Labels::from_pairs([("app", "writer")]),
            entries: numbers.map(entry).collect(),
        }],
        body: None,
    }
}

/// One trace of two spans a number.
pub fn spans(base: Base, numbers: Range<u64>) -> SpanBatch {
    let pair = |n: u64| {
        let start = base.millis(n) * 1_000_000;
        let root = Span {
            trace_id: trace_id(n),
            span_id: SpanId((2 * n + 1).to_be_bytes()),
            name: Arc::from("root"),
            start: Nanos(start),
            end: Nanos(start + 900_000),
            attributes: vec![(Arc::from("seq"), Value::Int(n.cast_signed()))],
            ..Span::default()
        };
        let child = Span {
            span_id: SpanId((2 * n + 2).to_be_bytes()),
            parent_span_id: root.span_id,
            name: Arc::from("child"),
            start: Nanos(start + 100_000),
            ..root.clone()
        };
        [root, child]
    };
    let resource = Resource {
        attributes: vec![(Arc::from("service.name"), Value::from("writer"))],
        dropped_attributes: 0,
    };
    let scope = ScopeSpans {
        scope: Arc::new(Scope::default()),
        schema_url: Arc::from(""),
        spans: numbers.flat_map(pair).collect(),
    };
    SpanBatch {
        resources: vec![ResourceSpans {
            resource: Arc::new(resource),
            schema_url: Arc::from(""),
            scopes: vec![scope],
        }],
    }
}

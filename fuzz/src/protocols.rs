//! Bodies that clients send.

use crate::Target;
use bytes::Bytes;
use model::{
    FloatHistogram, Labels, LogBatch, LogEntry, MetricBatch, Millis, Nanos, SpanBatch, StreamEntries,
};
use std::sync::Arc;
use wire::exposition::Format;
use wire::otlp::Encoding;
use wire::record::{Fields, Mapping};
use wire::{
    bulk, compress, csv, exposition, go_layout, graphite, influx, journald, json_lines, loki_push, otlp,
    remote_write, syslog,
};

/// Unpacked bytes that a body may have here; servers allow more.
const CAP: usize = 1 << 20;

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "remote_read", seeds: remote_read_seeds, run: remote_read_body },
    Target { name: "remote_write", seeds: remote_write_seeds, run: remote_write_body },
    Target { name: "push", seeds: push_seeds, run: push_body },
    Target { name: "push_json", seeds: push_json_seeds, run: push_json_body },
    Target { name: "otlp_protobuf", seeds: otlp_seeds, run: otlp_protobuf },
    Target { name: "otlp_json", seeds: otlp_json_seeds, run: otlp_json },
    Target { name: "exposition", seeds: exposition_seeds, run: exposition_text },
    Target { name: "exposition_delimited", seeds: || vec![delimited_seed()], run: exposition_delimited },
    Target { name: "line_protocol", seeds: line_protocol_seeds, run: line_protocol },
    Target { name: "plain_text", seeds: plain_text_seeds, run: plain_text },
    Target { name: "table", seeds: table_seeds, run: table },
    Target { name: "json_lines", seeds: json_lines_seeds, run: json_lines_text },
    Target { name: "bulk", seeds: bulk_seeds, run: bulk_body },
    Target { name: "journald", seeds: journald_seeds, run: journald_stream },
    Target { name: "syslog", seeds: syslog_seeds, run: syslog_stream },
    Target { name: "compression", seeds: compression_seeds, run: compression },
];

pub(crate) fn metrics() -> MetricBatch {
    let mut batch = MetricBatch::default();
    for instance in ["a:1", "b:2"] {
        for (name, value) in [("__name__", "up"), ("instance", instance), ("job", "j")] {
            batch.push_label(name, value);
        }
        batch.push_sample(Millis(1_700_000_000_000), 1.5);
        batch.push_sample(Millis(1_700_000_015_000), f64::NAN);
        batch.push_histogram(Millis(1_700_000_030_000), FloatHistogram::default());
        batch.finish_series().expect("sorted labels");
    }
    batch
}

/// A query of one matcher for streamed chunks.
fn remote_read_seeds() -> Vec<Vec<u8>> {
    let mut w = wire::proto::Writer::new();
    w.message(1, |w| {
        w.int(1, -5);
        w.int(2, 60_000);
        w.message(3, |w| {
            w.uint(1, 2);
            w.text(2, "job");
            w.text(3, "a.*");
        });
    });
    w.uint(2, 1);
    vec![w.finish()]
}

fn remote_read_body(bytes: &[u8]) {
    drop(wire::remote_read::decode(bytes));
}

fn remote_write_seeds() -> Vec<Vec<u8>> {
    vec![remote_write::encode(&metrics())]
}

fn remote_write_body(bytes: &[u8]) {
    drop(remote_write::decode(bytes));
    drop(remote_write::decode_interned(bytes));
    drop(remote_write::decode_body(bytes));
}

pub(crate) fn lines() -> LogBatch {
    let pair = |name: &str, value: &str| (Arc::from(name), Arc::from(value));
    let metadata: Vec<(Arc<str>, Arc<str>)> = vec![pair("trace_id", "abc"), pair("n", "1")];
    let entry =
        |at| LogEntry { at: Nanos(at), line: "a line".to_owned().into(), metadata: metadata.clone().into() };
    let labels = Labels::from_pairs([("app", "web"), ("env", "p\"rod")]);
    LogBatch { streams: vec![StreamEntries { labels, entries: vec![entry(1), entry(2)] }], body: None }
}

fn push_seeds() -> Vec<Vec<u8>> {
    vec![loki_push::encode(&lines())]
}

fn push_body(bytes: &[u8]) {
    drop(loki_push::decode(&Bytes::copy_from_slice(bytes)));
    drop(loki_push::decode_body(&Bytes::copy_from_slice(bytes), CAP));
}

fn push_json_seeds() -> Vec<Vec<u8>> {
    let new = r#"{"streams":[{"stream":{"app":"w\u00e9b"},"values":[["1700000000000000000","line \n",{"k":"v"}],["2","b"]]}]}"#;
    let legacy =
        r#"{"streams":[{"labels":"{app=\"web\"}","entries":[{"ts":"2026-11-25T10:00:00.5Z","line":"x"}]}]}"#;
    vec![new.into(), legacy.into()]
}

fn push_json_body(bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    drop(loki_push::decode_json(&body));
    drop(loki_push::decode_legacy_json(&body));
}

/// The spans of the JSON seeds.
pub(crate) fn spans() -> SpanBatch {
    otlp::traces::decode(&otlp_json_seeds()[0], Encoding::Json).expect("a valid seed")
}

/// The JSON seeds in protobuf.
fn otlp_seeds() -> Vec<Vec<u8>> {
    let schemas = [&otlp::schema::TRACES, &otlp::schema::LOGS, &otlp::schema::METRICS];
    let seeds = otlp_json_seeds();
    let pairs = seeds.iter().zip(schemas);
    pairs.map(|(json, schema)| otlp::schema::to_protobuf(json, schema).expect("a valid seed")).collect()
}

fn otlp_json_seeds() -> Vec<Vec<u8>> {
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}},{"key":"n","value":{"kvlistValue":{"values":[{"key":"x","value":{"arrayValue":{"values":[{"intValue":"3"},{"doubleValue":1.5}]}}}]}}}]}"#;
    let spans = r#""scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"get","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","status":{"code":2,"message":"no"},"events":[{"timeUnixNano":"1544712660500000000","name":"e"}],"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175"}]}]}]"#;
    let logs = r#""scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":9,"severityText":"INFO","body":{"stringValue":"hi"},"traceId":"5b8efff798038103d269b633813fc60c"}]}]"#;
    let metrics = r#""scopeMetrics":[{"metrics":[{"name":"m","unit":"s","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"5","timeUnixNano":"1544712660300000000"}]}},{"name":"h","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","sum":4.5,"scale":2,"zeroCount":"1","positive":{"offset":1,"bucketCounts":["1","1"]},"timeUnixNano":"1"}]}},{"name":"g","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","bucketCounts":["1","2"],"explicitBounds":[1],"timeUnixNano":"1"}]}}]}]"#;
    let of = |key: &str, scopes: &str| format!(r#"{{"{key}":[{{{resource},{scopes}}}]}}"#).into_bytes();
    vec![of("resourceSpans", spans), of("resourceLogs", logs), of("resourceMetrics", metrics)]
}

fn otlp_protobuf(bytes: &[u8]) {
    otlp_in(bytes, Encoding::Protobuf);
}

fn otlp_json(bytes: &[u8]) {
    otlp_in(bytes, Encoding::Json);
}

fn otlp_in(bytes: &[u8], encoding: Encoding) {
    drop(otlp::traces::decode(bytes, encoding));
    drop(otlp::logs::decode(bytes, encoding, Nanos(1)));
    drop(otlp::metrics::decode(bytes, encoding, &otlp::metrics::Options::default()));
}

fn exposition_seeds() -> Vec<Vec<u8>> {
    let text = "# HELP a_total Some \\n text.\n# TYPE a_total counter\na_total{x=\"y\\\"z\",le=\"+Inf\"} 1e3 1700000000000\n{\"utf 8\",a=\"b\"} NaN\n";
    let open = "# TYPE h histogram\n# UNIT h seconds\nh_bucket{le=\"1.0\"} 2 1.5 # {trace_id=\"a\"} 0.5 1.2\nh_count 2\nh_sum 1\n# EOF\n";
    vec![text.into(), open.into()]
}

fn exposition_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for format in [Format::Text, Format::OpenMetrics] {
        drop(exposition::parse(text, format, Millis(1)));
    }
}

/// `# TYPE a counter`, `a{x="y"} 3` as one delimited message.
fn delimited_seed() -> Vec<u8> {
    let metric = b"\x0a\x06\x0a\x01x\x12\x01y\x1a\x09\x09\x00\x00\x00\x00\x00\x00\x08\x40";
    let mut family = b"\x0a\x01a\x12\x04help\x18\x00\x22".to_vec();
    family.push(metric.len() as u8);
    family.extend_from_slice(metric);
    let mut body = vec![family.len() as u8];
    body.extend(family);
    body
}

fn exposition_delimited(bytes: &[u8]) {
    drop(exposition::parse_delimited(bytes, exposition::Histograms::Both, Millis(1)));
}

fn line_protocol_seeds() -> Vec<Vec<u8>> {
    vec![
        b"cpu,host=a\\ b,region=eu usage=0.5,idle=99i,name=\"x, y=z\",up=t 1700000000000000000\nplain v=1\n"
            .to_vec(),
    ]
}

fn line_protocol(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(influx::decode(text, influx::Precision::Seconds, Millis(1), &[]));
}

fn plain_text_seeds() -> Vec<Vec<u8>> {
    vec![b"a.b;host=x y;dc=1 1.5 1700000000\nbare 2\n".to_vec()]
}

fn plain_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(graphite::decode(text, Millis(1)));
}

fn table_seeds() -> Vec<Vec<u8>> {
    vec![
        b"1:label:host,2:metric:used,3:time:custom:Mon Jan _2 15:04:05.000 2006 -0700\nhost,used,at\n\
          \"a,\"\"b\",2,Thu Nov 26 13:59:01.5 2026 +0100\n"
            .to_vec(),
    ]
}

/// A format, and what is read by it; the format also as a layout.
fn table(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (format, rows) = text.split_once('\n').unwrap_or((text, ""));
    go_layout::parse(format, rows);
    if let Ok(format) = csv::Format::parse(format) {
        drop(csv::decode(rows, &format, Millis(1)));
    }
}

fn json_lines_seeds() -> Vec<Vec<u8>> {
    vec![
        br#"{"metric":{"__name__":"up","job":"a"},"values":[1,0.5,"NaN",null],"timestamps":[1,2,3,4]}"#
            .to_vec(),
    ]
}

fn json_lines_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(json_lines::decode(text));
}

fn journald_seeds() -> Vec<Vec<u8>> {
    let text = b"__REALTIME_TIMESTAMP=1795608000000000\nPRIORITY=6\nMESSAGE\n";
    vec![[text.as_slice(), &5u64.to_le_bytes(), b"a\nb\0c\n\n_PID=1\n\n"].concat()]
}

fn journald_stream(bytes: &[u8]) {
    let mut entries = journald::Entries::default();
    if entries.push(bytes, drop).is_ok() {
        drop(entries.finish(drop));
    }
}

fn syslog_seeds() -> Vec<Vec<u8>> {
    let newer = "<165>1 2026-11-25T10:00:00.5+01:00 h app 7 ID47 [ex@1 a=\"b \\\" \\]\"][e] text";
    vec![format!("<34>Nov 25 10:00:00 h su[7]: x\n{} {newer}{newer}\n", newer.len()).into_bytes()]
}

fn syslog_stream(bytes: &[u8]) {
    let mut frames = syslog::Frames::new(8192);
    let mut each = |message: &[u8]| {
        if let Ok(line) = std::str::from_utf8(message) {
            drop(syslog::parse(line, Nanos(1_795_608_000_000_000_000)));
        }
    };
    drop(frames.push(bytes, &mut each));
    frames.finish(&mut each);
}

fn bulk_seeds() -> Vec<Vec<u8>> {
    let document = r#"{"@timestamp":"2026-11-25T10:00:00.5+0100","message":"a \u00e9","host":{"name":"h","n":1.5},"list":[1,{"a":null}],"x":true}"#;
    vec![
        format!("{{\"create\":{{\"_index\":\"i\",\"_id\":1}}}}\n{document}\n{{\"delete\":{{}}}}\n")
            .into_bytes(),
    ]
}

fn bulk_body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let body = Bytes::copy_from_slice(bytes);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mapping = Mapping {
        time: names(&["@timestamp"]),
        message: names(&["message"]),
        stream: names(&["host.name"]),
        ignored: names(&["x*"]),
        decolorized: names(&["message"]),
        extra: vec![("a".into(), "b".into())],
    };
    for operation in bulk::operations(text).unwrap_or_default() {
        if let Ok(fields) = Fields::from_json(operation.source) {
            drop(mapping.record(fields, &body, operation.source, Nanos(1)));
        }
    }
}

fn compression_seeds() -> Vec<Vec<u8>> {
    let text = b"the same words, the same words, the same words".repeat(20);
    vec![compress::to_gzip(&text), compress::to_snappy(&text).expect("short")]
}

fn compression(bytes: &[u8]) {
    for unpack in [compress::snappy, compress::gzip, compress::deflate, compress::zstd] {
        if let Ok(unpacked) = unpack(bytes, CAP) {
            assert!(unpacked.len() <= CAP);
        }
    }
}

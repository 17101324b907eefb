//! Tests of the front: what passes, what is refused with which text, what is added.

use super::*;
use bytes::Bytes;
use contract::RefusalReason;
use model::{Exemplar, Labels, LogEntry, Millis, Nanos, StreamEntries};
use std::sync::Mutex;
use stdx::{Budget, Clock};

/// Keeps what it is given.
#[derive(Default)]
struct Kept<B>(Mutex<Vec<B>>);

impl<B: Send + 'static> Append<B> for Kept<B> {
    fn append<'a>(&'a self, _: &'a Context, batch: B) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        self.0.lock().unwrap().push(batch);
        Box::pin(async { Ok(Outcome { accepted: 1, ..Outcome::default() }) })
    }
}

struct Fixture {
    front: Front,
    metrics: Arc<Kept<MetricBatch>>,
    logs: Arc<Kept<LogBatch>>,
    spans: Arc<Kept<SpanBatch>>,
    cx: Context,
    telemetry: Registry,
}

fn fixture() -> Fixture {
    let telemetry = Registry::default();
    let (metrics, logs, spans) =
        (Arc::new(Kept::default()), Arc::new(Kept::default()), Arc::new(Kept::default()));
    let front = Front::new(Limits::default(), &telemetry, metrics.clone(), logs.clone(), spans.clone());
    let cx =
        Context::internal(model::Tenant::anonymous(), Clock::manual(1_000_000_000_000), Budget::new("t", 1));
    Fixture { front, metrics, logs, spans, cx, telemetry }
}

#[tokio::test]
async fn samples_are_checked_and_the_good_ones_stored() {
    let f = fixture();
    let mut batch = MetricBatch::default();
    let push = |batch: &mut MetricBatch, name: &str, at: i64, exemplar: usize| {
        batch.push_label("__name__", name);
        batch.push_label("job", "a");
        batch.push_sample(Millis(at), 1.0);
        let labels = Labels::from_pairs([("trace_id", "x".repeat(exemplar))]);
        batch.push_exemplar(Exemplar { labels, value: 1.0, at: Millis(at) });
        batch.finish_series().unwrap();
    };
    push(&mut batch, "ok", 1_000_000, 5);
    push(&mut batch, "future", 1_000_000 + 600_001, 5);
    push(&mut batch, "long_exemplar", 1, 500);
    push(&mut batch, "", 1, 5);
    let outcome = f.front.metrics(&f.cx, batch).await.unwrap();
    assert_eq!(outcome.refused_rows, 2);
    assert_eq!(outcome.refused[0].reason, RefusalReason::TooNew);
    assert!(outcome.refused[0].message.starts_with("out of bounds"));
    let stored = f.metrics.0.lock().unwrap();
    let shown: Vec<_> =
        stored[0].series().map(|s| (s.value("__name__").to_owned(), s.exemplars().len())).collect();
    assert_eq!(shown, [("ok".to_owned(), 1), ("long_exemplar".to_owned(), 0)]);
    assert!(
        f.telemetry
            .text()
            .contains("oriel_ingest_refused_rows_total{signal=\"metrics\",reason=\"too_new\"} 1")
    );
}

#[tokio::test]
async fn a_tenant_that_sends_too_fast_has_to_wait_and_the_others_do_not() {
    let f = fixture();
    let hasty = model::Tenant::parse("hasty").unwrap();
    let of = |tenant: &model::Tenant| Context { tenant: tenant.clone(), ..f.cx.clone() };
    let slow = Limits { max_sample_rate: 1, max_sample_burst: 3, max_line_byte_rate: 4, ..Limits::default() };
    f.front.limits.replace(Limits::default(), [(hasty.clone(), slow.clone())].into());
    let batch = |samples: usize| {
        let mut batch = MetricBatch::default();
        batch.push_label("__name__", "up");
        (0..samples).for_each(|at| batch.push_sample(Millis(at as i64), 1.0));
        batch.finish_series().unwrap();
        batch
    };
    f.front.metrics(&of(&hasty), batch(2)).await.unwrap();
    let error = f.front.metrics(&of(&hasty), batch(2)).await.unwrap_err();
    assert!(
        matches!(&error, IngestError::Limit(text) if text.contains("set to 1 items/s with a maximum allowed burst of 3")),
        "{error}"
    );
    f.front.metrics(&f.cx, batch(1000)).await.unwrap();
    f.cx.clock.advance(std::time::Duration::from_secs(1));
    f.front.metrics(&of(&hasty), batch(2)).await.unwrap();
    let lines = |text: &str| LogBatch { streams: vec![stream(&[("a", "b")], &[(1, text)])], body: None };
    f.front.logs(&of(&hasty), lines(&"x".repeat(40))).await.unwrap();
    let error = f.front.logs(&of(&hasty), lines("x")).await.unwrap_err().to_string();
    assert!(
        error.starts_with("Ingestion rate limit exceeded for user hasty (limit: 4 bytes/sec)"),
        "{error}"
    );
    let one = Limits { max_request_rate: 1, max_request_burst: 1, ..Limits::default() };
    f.front.limits.replace(one, Default::default());
    f.front.metrics(&f.cx, batch(1)).await.unwrap();
    let error = f.front.metrics(&f.cx, batch(1)).await.unwrap_err().to_string();
    assert!(error.contains("exceeded the request rate limit, set to 1 requests/s"), "{error}");
}

#[tokio::test]
async fn old_samples_are_refused_where_a_limit_says_so() {
    let f = fixture();
    f.front.limits.replace(Limits { max_sample_age_seconds: 60, ..Limits::default() }, Default::default());
    let mut batch = MetricBatch::default();
    for at in [1_000_000 - 60_001, 1_000_000 - 60_000] {
        batch.push_label("__name__", "up");
        batch.push_sample(Millis(at), 1.0);
        batch.finish_series().unwrap();
    }
    let outcome = f.front.metrics(&f.cx, batch).await.unwrap();
    assert_eq!((outcome.refused_rows, outcome.refused[0].reason), (1, RefusalReason::TooOld));
    assert_eq!(
        outcome.refused[0].message,
        "out of bounds: a sample of {__name__=\"up\"} is older than 60 seconds (max_sample_age_seconds)"
    );
}

fn stream(labels: &[(&str, &str)], lines: &[(i64, &str)]) -> StreamEntries {
    let entry = |(at, line): &(i64, &str)| LogEntry {
        at: Nanos(*at),
        line: Bytes::from((*line).to_owned()),
        metadata: Arc::from([]),
    };
    StreamEntries {
        labels: Labels::from_pairs(labels.iter().copied()),
        entries: lines.iter().map(entry).collect(),
    }
}

#[tokio::test]
async fn lines_get_a_service_and_a_level() {
    let f = fixture();
    let batch = LogBatch {
        streams: vec![
            stream(&[("app", "web"), ("job", "x")], &[(1, "level=warn"), (2, "plain")]),
            stream(&[("level", "ERROR")], &[(1, "info")]),
            stream(&[], &[]),
        ],
        body: None,
    };
    f.front.logs(&f.cx, batch).await.unwrap();
    let stored = f.logs.0.lock().unwrap();
    let shown: Vec<String> = stored[0]
        .streams
        .iter()
        .flat_map(|s| {
            s.entries.iter().map(move |e| format!("{} {}={}", s.labels, e.metadata[0].0, e.metadata[0].1))
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"{app="web", job="x", service_name="web"} detected_level=warn"#,
            r#"{app="web", job="x", service_name="web"} detected_level=unknown"#,
            r#"{level="ERROR", service_name="unknown_service"} detected_level=error"#,
        ]
    );
}

#[tokio::test]
async fn lines_over_a_limit_are_refused_with_the_known_text() {
    let f = fixture();
    let names: Vec<String> = (0..16).map(|i| format!("l{i:02}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "v")).collect();
    let long = "x".repeat((256 << 10) + 1);
    let batch = LogBatch {
        streams: vec![
            stream(&many, &[(1, "x")]),
            stream(&[("app", "late")], &[(1, &long), (1, "kept"), (2_000_000_000_000, "new")]),
        ],
        body: None,
    };
    let outcome = f.front.logs(&f.cx, batch).await.unwrap();
    let texts: Vec<_> = outcome.refused.iter().map(|r| r.message.as_str()).collect();
    assert!(
        texts[0].ends_with(r#"l15="v", service_name="unknown_service"}' has 16 label names; limit 15"#),
        "{}",
        texts[0]
    );
    assert!(texts[1].starts_with(
        "max entry size '262144' bytes exceeded for stream '{app=\"late\", service_name=\"late\"}'"
    ));
    assert!(texts[2].contains("has timestamp too new: 1970-01-01T00:33:20Z"), "{}", texts[2]);
    assert_eq!(f.logs.0.lock().unwrap()[0].len(), 1);
}

#[tokio::test]
async fn long_attributes_are_cut_at_a_character() {
    let f = fixture();
    let mut batch = SpanBatch::default();
    let mut span = model::Span::default();
    span.attributes.push(("k".into(), model::Value::Str("ü".repeat(2000).into())));
    let scope = model::ScopeSpans { spans: vec![span], ..Default::default() };
    batch.resources.push(model::ResourceSpans { scopes: vec![scope], ..Default::default() });
    f.front.spans(&f.cx, batch).await.unwrap();
    let stored = f.spans.0.lock().unwrap();
    let model::Value::Str(text) = &stored[0].resources[0].scopes[0].spans[0].attributes[0].1 else {
        panic!()
    };
    assert_eq!(text.len(), 2048);
}

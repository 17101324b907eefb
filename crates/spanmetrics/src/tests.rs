//! Spans in, series out.

use crate::{
    Filter, Generator, GraphOptions, HostOptions, Losses, Mapping, Multiplier, NativeHistograms,
    OperationOptions, Options, OwnLabels, Policy,
};
use model::{
    Labels, MetricBatch, Nanos, Resource, ResourceSpans, ScopeSpans, Span, SpanBatch, SpanId, SpanKind,
};
use model::{StatusCode, Tenant, TraceId, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use stdx::Clock;

mod choices;

/// 2026-11-25T12:00:30Z.
const NOW: i64 = 1_795_608_030_000_000_000;

fn span(id: u8, parent: u8, kind: SpanKind, name: &str, millis: i64) -> Span {
    Span {
        trace_id: TraceId([9; 16]),
        span_id: SpanId([id; 8]),
        parent_span_id: SpanId([parent; 8]),
        kind,
        name: name.into(),
        start: Nanos(NOW - millis * 1_000_000),
        end: Nanos(NOW),
        ..Span::default()
    }
}

fn of(service: &str, spans: Vec<Span>) -> SpanBatch {
    let resource =
        Resource { attributes: vec![("service.name".into(), Value::from(service))], ..Resource::default() };
    let scopes = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    SpanBatch {
        resources: vec![ResourceSpans { resource: Arc::new(resource), scopes, ..ResourceSpans::default() }],
    }
}

struct Bench {
    clock: Clock,
    generator: Generator,
}

impl Bench {
    fn new(options: Options) -> Self {
        let clock = Clock::manual(NOW);
        Bench { generator: Generator::new(options, clock.clone()), clock }
    }

    fn add(&self, batch: &SpanBatch) {
        let tenant = Tenant::anonymous();
        self.generator.add(&tenant, &self.generator.read(&tenant, batch));
    }

    /// The last value of every series but buckets, by its labels.
    fn values(&self) -> BTreeMap<String, f64> {
        let batches = self.generator.collect();
        let series = batches.iter().flat_map(|(_, batch)| batch.series());
        let last = series.map(|s| (s.to_labels().to_string(), s.samples().last().unwrap().value));
        last.filter(|(labels, _)| !labels.contains("_bucket")).collect()
    }
}

fn value(values: &BTreeMap<String, f64>, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let all = [(model::METRIC_NAME, name)].into_iter().chain(labels.iter().copied());
    values.get(&Labels::from_pairs(all).to_string()).copied()
}

#[test]
fn operations_have_rates_errors_and_durations() {
    let bench = Bench::new(Options::default());
    let failed = Span { status: StatusCode::Error, ..span(2, 1, SpanKind::Server, "GET", 500) };
    let spans =
        vec![span(1, 0, SpanKind::Server, "GET", 100), failed, span(3, 1, SpanKind::Server, "GET", 300)];
    let size: usize = spans.iter().map(wire::otlp::traces::span_bytes).sum();
    bench.add(&of("shop", spans));
    let values = bench.values();
    let ok = [
        ("service", "shop"),
        ("span_name", "GET"),
        ("span_kind", "SPAN_KIND_SERVER"),
        ("status_code", "STATUS_CODE_UNSET"),
    ];
    let error = [ok[0], ok[1], ok[2], ("status_code", "STATUS_CODE_ERROR")];
    assert_eq!(value(&values, "traces_spanmetrics_calls_total", &ok), Some(2.0));
    assert_eq!(value(&values, "traces_spanmetrics_calls_total", &error), Some(1.0));
    assert_eq!(value(&values, "traces_spanmetrics_latency_sum", &error), Some(0.5));
    assert_eq!(value(&values, "traces_spanmetrics_latency_count", &ok), Some(2.0));
    let sizes: f64 = values.iter().filter(|(l, _)| l.contains("size_total")).map(|(_, v)| v).sum();
    assert_eq!(sizes, size as f64);
}

#[test]
fn bytes_that_came_are_told_by_service() {
    let bench = Bench::new(Options::default());
    let spans = vec![span(1, 0, SpanKind::Server, "GET", 100), span(2, 0, SpanKind::Server, "GET", 100)];
    let size: usize = spans.iter().map(wire::otlp::traces::span_bytes).sum();
    bench.add(&of("shop", spans.clone()));
    bench.add(&of("shop", spans.clone()));
    bench.add(&of("", spans));
    let used: Vec<(String, u64)> =
        bench.generator.usage().into_iter().map(|used| (used.service.to_string(), used.bytes)).collect();
    assert_eq!(used, [(String::new(), size as u64), ("shop".to_owned(), 2 * size as u64)]);
}

#[test]
fn instances_are_told_when_they_are_asked_for() {
    for told in [false, true] {
        let bench = Bench::new(Options {
            operations: OperationOptions { target_info: told, ..OperationOptions::default() },
            ..Options::default()
        });
        let mut batch = of("shop", vec![span(1, 0, SpanKind::Server, "GET", 100)]);
        let resource = Arc::make_mut(&mut batch.resources[0].resource);
        for (key, value) in [("service.namespace", "web"), ("service.instance.id", "i-1"), ("host.name", "h")]
        {
            resource.attributes.push((key.into(), value.into()));
        }
        bench.add(&batch);
        let values = bench.values();
        let info = value(
            &values,
            "traces_target_info",
            &[("job", "web/shop"), ("instance", "i-1"), ("host_name", "h")],
        );
        assert_eq!(info, told.then_some(1.0));
        let calls = values.keys().find(|labels| labels.contains("calls_total")).unwrap();
        assert_eq!(calls.contains(r#"job="web/shop""#), told, "{calls}");
    }
}

#[test]
fn native_histograms_are_written_beside_or_instead() {
    for (form, classic, native) in [
        (NativeHistograms::Classic, 15, 0),
        (NativeHistograms::Native, 0, 1),
        (NativeHistograms::Both, 15, 1),
    ] {
        let bench = Bench::new(Options {
            native_histograms: form,
            idle: Duration::from_secs(60),
            ..Options::default()
        });
        bench.add(&of("shop", vec![span(1, 0, SpanKind::Internal, "job", 10)]));
        let batches = bench.generator.collect();
        let series: Vec<_> = batches.iter().flat_map(|(_, batch)| batch.series()).collect();
        let named = |name: &str| series.iter().filter(|s| s.value("__name__") == name).collect::<Vec<_>>();
        assert_eq!(named("traces_spanmetrics_latency_bucket").len(), classic);
        let histograms = named("traces_spanmetrics_latency");
        assert_eq!(histograms.len(), native, "{form:?}");
        if let Some(series) = histograms.first() {
            let counts: Vec<f64> = series.histograms().iter().map(|sample| sample.histogram.count).collect();
            assert_eq!(counts, [0.0, 1.0], "a zero before the first");
            assert_eq!(series.exemplars().len(), 1);
        }
        bench.clock.advance(Duration::from_secs(75));
        let ended = bench.generator.collect();
        let all = ended.iter().flat_map(|(_, batch)| batch.series());
        let stale =
            all.flat_map(|s| s.histograms().iter().map(|h| h.histogram.is_stale()).collect::<Vec<_>>());
        assert_eq!(stale.collect::<Vec<_>>(), vec![true; native]);
    }
}

#[test]
fn a_new_counter_begins_with_a_zero_and_an_idle_one_ends() {
    let bench = Bench::new(Options { idle: Duration::from_secs(60), ..Options::default() });
    bench.add(&of("shop", vec![span(1, 0, SpanKind::Internal, "job", 10)]));
    let calls = |batches: Vec<(Tenant, MetricBatch)>| {
        let batch = batches.into_iter().next().map(|(_, batch)| batch).unwrap_or_default();
        let found = batch.series().find(|s| s.to_labels().value("__name__").ends_with("calls_total"));
        found.map(|s| s.samples().to_vec())
    };
    let first = calls(bench.generator.collect()).unwrap();
    let at: Vec<(i64, f64)> = first.iter().map(|s| (s.at.0, s.value)).collect();
    assert_eq!(at, [(NOW / 1_000_000 - 31_000, 0.0), (NOW / 1_000_000, 1.0)]);
    bench.clock.advance(Duration::from_secs(15));
    assert_eq!(calls(bench.generator.collect()).unwrap().len(), 1);
    bench.clock.advance(Duration::from_secs(60));
    let ended = calls(bench.generator.collect()).unwrap();
    assert!(model::is_stale(ended[0].value));
    assert!(calls(bench.generator.collect()).is_none());
}

#[test]
fn latencies_carry_exemplars_once() {
    let bench = Bench::new(Options::default());
    bench.add(&of("shop", vec![span(1, 0, SpanKind::Internal, "job", 3)]));
    let exemplars = || {
        let batches = bench.generator.collect();
        let series = batches.iter().flat_map(|(_, batch)| batch.series());
        let with = series.filter(|s| !s.exemplars().is_empty());
        with.map(|s| (s.to_labels().value("le").to_owned(), s.exemplars()[0].labels.to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(exemplars(), [("0.004".to_owned(), format!("{{traceID=\"{}\"}}", "09".repeat(16)))]);
    assert_eq!(exemplars(), []);
}

#[test]
fn client_and_server_meet_in_any_order() {
    for server_first in [false, true] {
        let bench = Bench::new(Options::default());
        let client = of("shop", vec![span(1, 5, SpanKind::Client, "call", 200)]);
        let failed = Span { status: StatusCode::Error, ..span(2, 1, SpanKind::Server, "call", 150) };
        let server = of("pay", vec![failed]);
        let [one, two] = if server_first { [server, client] } else { [client, server] };
        bench.add(&one);
        assert!(!bench.values().keys().any(|labels| labels.contains("service_graph")));
        bench.add(&two);
        let (values, edge) = (bench.values(), [("client", "shop"), ("server", "pay")]);
        for (name, want) in [
            ("traces_service_graph_request_total", 1.0),
            ("traces_service_graph_request_failed_total", 1.0),
            ("traces_service_graph_request_server_seconds_sum", 0.15),
            ("traces_service_graph_request_client_seconds_sum", 0.2),
            ("traces_service_graph_request_client_seconds_count", 1.0),
        ] {
            assert_eq!(value(&values, name, &edge), Some(want), "{name}");
        }
    }
}

#[test]
fn nodes_that_send_no_spans_are_on_the_map() {
    let bench = Bench::new(Options::default());
    let attributes = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| (Arc::from(*k), Value::from(*v))).collect::<Vec<_>>()
    };
    let calls = |id, pairs: &[(&str, &str)]| Span {
        attributes: attributes(pairs),
        ..span(id, 5, SpanKind::Client, "call", 100)
    };
    bench.add(&of(
        "shop",
        vec![
            span(1, 0, SpanKind::Server, "GET", 300),
            calls(2, &[("db.system", "postgresql"), ("server.address", "db-1")]),
            calls(3, &[("db.system", "redis")]),
            calls(4, &[("peer.service", "mail")]),
            calls(6, &[]),
            span(7, 5, SpanKind::Producer, "send", 1),
        ],
    ));
    bench.add(&of("worker", vec![span(8, 7, SpanKind::Consumer, "receive", 1)]));
    let edges = || {
        let names = ["traces_service_graph_request_total{", "traces_service_graph_request_total,"];
        let values = bench.values();
        let mut edges: Vec<String> = values
            .keys()
            .filter(|labels| labels.contains(names[0].trim_end_matches('{')))
            .filter_map(|labels| labels.split_once("client=").map(|(_, rest)| rest.to_owned()))
            .collect();
        edges.sort();
        edges
    };
    let now = edges();
    assert_eq!(now.len(), 4, "{now:?}");
    for part in ["\"user\"", "\"db-1\"", "\"redis\"", "\"worker\""] {
        assert!(now.iter().any(|edge| edge.contains(part)), "{part} in {now:?}");
    }
    bench.clock.advance(Duration::from_secs(11));
    let later = edges();
    assert!(later.iter().any(|edge| edge.contains("\"mail\"") && edge.contains("virtual_node")), "{later:?}");
    assert_eq!(bench.generator.losses(), Losses { unpaired: 1, ..Losses::default() });
}

#[test]
fn everything_is_bounded_and_counted() {
    let bench = Bench::new(Options {
        operations: OperationOptions { max: 2, ..OperationOptions::default() },
        graph: GraphOptions { max_waiting: 1, max_edges: 1, ..GraphOptions::default() },
        ..Options::default()
    });
    let mut spans: Vec<Span> =
        (1..=6).map(|n| span(n, 0, SpanKind::Internal, &format!("op{n}"), 1)).collect();
    spans.push(Span { end: Nanos(NOW - 40_000_000_000), ..span(7, 0, SpanKind::Internal, "old", 1) });
    spans.extend([11, 12, 13].map(|n| span(n, 1, SpanKind::Client, "op1", 1)));
    bench.add(&of("shop", spans));
    let values = bench.values();
    let calls: Vec<f64> =
        values.iter().filter(|(labels, _)| labels.contains("calls_total")).map(|(_, v)| *v).collect();
    assert_eq!(calls.iter().sum::<f64>(), 9.0, "no span is lost: {values:?}");
    assert!(values.keys().any(|labels| labels.contains(crate::span::OVERFLOW)));
    assert_eq!(
        bench.generator.losses(),
        Losses { untimely: 1, overflowed: 7, dropped: 2, ..Losses::default() }
    );
}

proptest! {
    /// Whatever spans come, in whatever order: calls are counted once each, and no series is malformed.
    #[test]
    fn all_timely_spans_are_counted(spans in proptest::collection::vec((1u8..6, 0u8..6, 0u64..7, 0i64..50_000), 0..40)) {
        let bench = Bench::new(Options::default());
        for (id, parent, kind, millis) in &spans {
            let kind = SpanKind::from_number(*kind);
            bench.add(&of("s", vec![span(*id, *parent, kind, "x", *millis)]));
        }
        bench.clock.advance(Duration::from_secs(20));
        let calls: f64 = bench.values().iter().filter(|(l, _)| l.contains("calls_total")).map(|(_, v)| *v).sum();
        prop_assert_eq!(calls, spans.len() as f64);
    }
}

//! What a tenant or an operator chooses: labels, policies, weights of sampled spans, what edges and hosts tell.

use super::*;
use crate::SpanNameSanitization;

#[test]
fn a_tenant_chooses_for_itself_and_its_totals_begin_anew() {
    let bench = Bench::new(Options::default());
    let tenant = Tenant::anonymous();
    let batch = || of("shop", vec![span(1, 0, SpanKind::Server, "GET", 10)]);
    let read_before = bench.generator.read(&tenant, &batch());
    bench.add(&batch());
    let chosen = Options {
        operations: OperationOptions { dimensions: vec!["region".into()], ..OperationOptions::default() },
        graph: GraphOptions { requests: false, latency: false, ..GraphOptions::default() },
        ..Options::default()
    };
    bench.generator.choose(&tenant, Some(chosen.clone()));
    bench.generator.choose(&tenant, Some(chosen));
    // Its facts have no region.
    bench.generator.add(&tenant, &read_before);
    assert_eq!(bench.generator.losses().dropped, 1);
    bench.add(&batch());
    let values = bench.values();
    assert!(values.keys().all(|labels| labels.contains("spanmetrics")), "{values:?}");
    let calls = values.iter().find(|(labels, _)| labels.contains("calls_total")).unwrap();
    assert_eq!(*calls.1, 1.0);
    bench.generator.choose(&tenant, Some(Options { write: false, ..Options::default() }));
    bench.add(&batch());
    assert!(bench.values().is_empty());
    bench.generator.choose(&tenant, None);
    assert_eq!(*bench.generator.options_of(&tenant), Options::default());
}

fn with(mut span: Span, attributes: &[(&str, Value)]) -> Span {
    span.attributes.extend(attributes.iter().map(|(key, value)| (Arc::from(*key), value.clone())));
    span
}

/// Policies from their text.
fn policies(text: &str) -> Filter {
    Filter::of(&serde_json::from_str::<Vec<Policy>>(text).unwrap()).unwrap()
}

#[test]
fn labels_are_those_that_are_chosen_and_put_together() {
    let own = OwnLabels {
        service: true,
        span_name: false,
        span_kind: false,
        status_code: false,
        status_message: false,
    };
    let sources = ["host.name", "zone", "az"].map(str::to_owned).to_vec();
    let mapping = Mapping { name: "where".to_owned(), sources, join: "/".to_owned() };
    let operations = OperationOptions {
        labels: own,
        sizes: false,
        dimensions: vec!["http.route".to_owned()],
        mappings: vec![mapping],
        ..OperationOptions::default()
    };
    let bench = Bench::new(Options { operations, ..Options::default() });
    let where_ = [("http.route", Value::from("/a")), ("host.name", Value::from("h")), ("az", Value::Int(3))];
    let spans = vec![
        with(span(1, 0, SpanKind::Internal, "one", 10), &where_),
        with(span(2, 0, SpanKind::Server, "two", 10), &where_),
    ];
    bench.add(&of("shop", spans));
    let values = bench.values();
    let labels = [("service", "shop"), ("http_route", "/a"), ("where", "h/3")];
    assert_eq!(value(&values, "traces_spanmetrics_calls_total", &labels), Some(2.0), "{values:?}");
    assert!(!values.keys().any(|labels| labels.contains("size_total")));
}

#[test]
fn spans_stand_for_those_that_were_sampled_away() {
    let multiplier = Multiplier { key: Some("kept".to_owned()), trace_state: false };
    let bench = Bench::new(Options {
        operations: OperationOptions { multiplier: multiplier.clone(), ..OperationOptions::default() },
        graph: GraphOptions { multiplier, ..GraphOptions::default() },
        native_histograms: NativeHistograms::Both,
        ..Options::default()
    });
    let kept = [("kept", Value::Double(0.25))];
    bench.add(&of("shop", vec![with(span(1, 0, SpanKind::Server, "GET", 500), &kept)]));
    let values = bench.generator.collect();
    let batch = &values[0].1;
    let last = |name: &str| {
        let series = batch.series().find(|series| series.value("__name__") == name).unwrap();
        series.samples().last().unwrap().value
    };
    for (name, want) in [
        ("traces_spanmetrics_calls_total", 4.0),
        ("traces_spanmetrics_latency_count", 4.0),
        ("traces_spanmetrics_latency_sum", 2.0),
        ("traces_service_graph_request_total", 4.0),
    ] {
        assert_eq!(last(name), want, "{name}");
    }
    let native =
        batch.series().find(|series| series.value("__name__") == "traces_spanmetrics_latency").unwrap();
    assert_eq!(native.histograms().last().unwrap().histogram.count, 4.0);
}

#[test]
fn policies_leave_spans_and_their_calls_out() {
    let out =
        r#"[{"exclude": {"match_type": "regex", "attributes": [{"key": "name", "value": "^health"}]}}]"#;
    for filtered_first in [false, true] {
        let bench = Bench::new(Options {
            operations: OperationOptions { filter: policies(out), ..OperationOptions::default() },
            graph: GraphOptions { filter: policies(out), ..GraphOptions::default() },
            ..Options::default()
        });
        let peer = [("peer.service", Value::from("pay"))];
        let client = of("shop", vec![with(span(1, 5, SpanKind::Client, "call", 200), &peer)]);
        let server = of("pay", vec![span(2, 1, SpanKind::Server, "health", 150)]);
        let [one, two] = if filtered_first { [server, client] } else { [client, server] };
        bench.add(&one);
        bench.add(&two);
        bench.clock.advance(Duration::from_secs(11));
        let values = bench.values();
        assert!(!values.keys().any(|labels| labels.contains("service_graph")), "{values:?}");
        let calls: Vec<_> = values.keys().filter(|labels| labels.contains("calls_total")).collect();
        assert!(calls.len() == 1 && calls[0].contains("shop"), "{calls:?}");
        assert_eq!(bench.generator.losses(), Losses { filtered: 1, ..Losses::default() });
    }
}

#[test]
fn edges_have_labels_of_both_sides_and_tell_what_is_asked() {
    let graph = |client_and_server| GraphOptions {
        dimensions: vec!["zone".to_owned(), "client".to_owned()],
        client_and_server,
        messaging_latency: true,
        virtual_node: true,
        connection_info: true,
        peer_attributes: vec!["remote".to_owned()],
        ..GraphOptions::default()
    };
    for both in [false, true] {
        let bench = Bench::new(Options { graph: graph(both), ..Options::default() });
        let zone = |name: &str| [("zone", Value::from(name))];
        let sent = Span { end: Nanos(NOW - 2_000_000_000), ..span(1, 5, SpanKind::Producer, "send", 3000) };
        bench.add(&of("shop", vec![with(sent, &zone("a"))]));
        bench.add(&of("worker", vec![with(span(2, 1, SpanKind::Consumer, "take", 1500), &zone("b"))]));
        let gone = [("remote", Value::from("mail")), ("peer.service", Value::from("no"))];
        bench.add(&of("shop", vec![with(span(3, 5, SpanKind::Client, "call", 100), &gone)]));
        bench.add(&of(
            "web",
            vec![with(span(4, 0, SpanKind::Server, "GET", 100), &[("remote", "cdn".into())])],
        ));
        bench.clock.advance(Duration::from_secs(11));
        let values = bench.values();
        let sides: &[(&str, &str)] =
            if both { &[("client_zone", "a"), ("server_zone", "b")] } else { &[("zone", "b")] };
        let mut queue =
            vec![("client", "shop"), ("server", "worker"), ("connection_type", "messaging_system")];
        queue.extend(sides);
        let between = "traces_service_graph_request_messaging_system_seconds_sum";
        assert_eq!(value(&values, between, &queue), Some(0.5), "{values:?}");
        for edge in [
            queue,
            vec![
                ("client", "shop"),
                ("server", "mail"),
                ("connection_type", "virtual_node"),
                ("virtual_node", "server"),
            ],
            vec![
                ("client", "cdn"),
                ("server", "web"),
                ("connection_type", "virtual_node"),
                ("virtual_node", "client"),
            ],
        ] {
            assert_eq!(value(&values, "traces_service_graph_connection_info", &edge), Some(1.0), "{edge:?}");
        }
    }
}

#[test]
fn hosts_are_told_and_labels_have_so_many_values() {
    let hosts = HostOptions { told: true, ..HostOptions::default() };
    let bench = Bench::new(Options { hosts, max_label_values: 2, ..Options::default() });
    let spans = (1..=4).map(|n| span(n, 0, SpanKind::Internal, &format!("op{n}"), 1)).collect();
    let mut batch = of("shop", spans);
    let resource = Arc::make_mut(&mut batch.resources[0].resource);
    resource.attributes.push(("host.id".into(), "i-1".into()));
    bench.add(&batch);
    let values = bench.values();
    let host = [("grafana_host_id", "i-1"), ("host_source", "host.id")];
    assert_eq!(value(&values, "traces_host_info", &host), Some(1.0));
    let over = values
        .iter()
        .find(|(labels, _)| labels.contains("calls_total") && labels.contains(crate::span::OVERFLOW));
    assert_eq!(over.map(|(_, calls)| *calls), Some(2.0), "{values:?}");
}

#[test]
fn each_tenant_is_written_at_its_own_interval() {
    let bench = Bench::new(Options::default());
    let chosen = Options { interval: Duration::from_secs(60), ..Options::default() };
    let slow = Tenant::parse("slow").unwrap();
    bench.generator.choose(&slow, Some(chosen));
    let batch = of("shop", vec![span(1, 0, SpanKind::Internal, "job", 10)]);
    bench.add(&batch);
    bench.generator.add(&slow, &bench.generator.read(&slow, &batch));
    let mut written = Vec::new();
    for _ in 0..8 {
        let due = bench.generator.collect_due();
        written.push(due.iter().map(|(tenant, _)| tenant.as_str().len()).sum::<usize>());
        bench.clock.advance(Duration::from_millis(7_500));
    }
    let (fast, both) = ("anonymous".len(), "anonymous".len() + "slow".len());
    assert_eq!(written, [both, 0, fast, 0, fast, 0, fast, 0]);
    assert_eq!(bench.generator.collect_due().len(), 2);
}

#[test]
fn names_are_told_without_ids_where_that_is_chosen() {
    for (names, told, renamed) in [
        (SpanNameSanitization::Disabled, 9, 0),
        (SpanNameSanitization::DryRun, 9, 5),
        (SpanNameSanitization::Enabled, 5, 5),
    ] {
        let operations = OperationOptions { names, ..OperationOptions::default() };
        let bench = Bench::new(Options { operations, ..Options::default() });
        let spans = (0..9).map(|id| span(id + 1, 0, SpanKind::Server, &format!("GET /users/{id}"), 10));
        bench.add(&of("shop", spans.collect()));
        let values = bench.values();
        let calls = values.keys().filter(|labels| labels.contains("calls_total"));
        assert_eq!(calls.count(), told, "{values:?}");
        assert_eq!(bench.generator.losses().renamed, renamed);
    }
}

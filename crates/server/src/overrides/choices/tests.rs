//! What tenants write, and what becomes of it.

use super::*;
use serde_json::json;
use std::time::Duration;

fn refused(text: serde_json::Value) -> String {
    Choices::parse(text.to_string().as_bytes()).unwrap_err().message().to_owned()
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let of_spans =
        |chosen: serde_json::Value| json!({"metrics_generator": {"processor": {"span_metrics": chosen}}});
    let of_graph =
        |chosen: serde_json::Value| json!({"metrics_generator": {"processor": {"service_graphs": chosen}}});
    let many: Vec<String> = (0..33).map(|n| n.to_string()).collect();
    for (text, reason) in [
        (json!({"forwarder": []}), "unknown field `forwarder`"),
        (
            json!({"metrics_generator": {"processors": ["local-blocks"]}}),
            "\"local-blocks\" is not known here",
        ),
        (
            json!({"metrics_generator": {"span_name_sanitization": "on"}}),
            "none of disabled, dry_run and enabled",
        ),
        (json!({"metrics_generator": {"collection_interval": "1ms"}}), "1s to 1h"),
        (json!({"metrics_generator": {"collection_interval": "soon"}}), "no duration"),
        (json!({"metrics_generator": {"trace_id_label_name": "trace-id"}}), "no name of a label"),
        (json!({"metrics_generator": {"native_histogram_bucket_factor": 1.0}}), "above 1"),
        (of_spans(json!({"dimensions": ["a", "a"]})), "each must be there once"),
        (of_spans(json!({"dimensions": many})), "limit of 32"),
        (of_spans(json!({"intrinsic_dimensions": {"duration": false}})), "cannot be chosen"),
        (of_spans(json!({"histogram_buckets": [2.0, 1.0]})), "ascending"),
        (of_spans(json!({"dimension_mappings": [{"name": "a"}]})), "source_labels is empty"),
        (of_spans(json!({"filter_policies": [{}]})), "span_metrics.filter_policies: a policy has none"),
        (
            of_graph(json!({"filter_policies": [{"include": {"match_type": "x", "attributes": []}}]})),
            "neither strict",
        ),
        (of_graph(json!({"histogram_buckets": []})), "ascending"),
    ] {
        let message = refused(text.clone());
        assert!(message.contains(reason), "{text}: {message}");
    }
}

/// All that the replaced system knows.
const EVERYTHING: &str = r#"
overrides:
  team-a:
    ingestion: {rate_strategy: local, rate_limit_bytes: 1000, burst_size_bytes: 2000, max_traces_per_user: 5,
      max_global_traces_per_user: 9, tenant_shard_size: 1, max_attribute_bytes: 10, artificial_delay: 1s, retry_info_enabled: true}
    read: {max_bytes_per_tag_values_query: 1, max_search_duration: 24h, max_metrics_duration: 0s, left_pad_trace_ids: true}
    compaction: {block_retention: 24h, compaction_window: 1h}
    global: {max_bytes_per_trace: 500}
    storage: {parquet_dedicated_columns: [{scope: span, name: x, type: string}]}
    cost_attribution: {max_cardinality: 5, dimensions: {team: t}}
    forwarders: [a]
    metrics_generator:
      ring_size: 2
      processors: [service-graphs, service-graphs-connection-info, span-metrics-latency, host-info]
      max_active_series: 1900
      max_active_entities: 7
      max_cardinality_per_label: 40
      collection_interval: 1m
      disable_collection: false
      generate_native_histograms: both
      trace_id_label_name: trace_id
      remote_write_headers: {X: y}
      forwarder: {queue_size: 1, workers: 1}
      ingestion_time_range_slack: 1m30s
      native_histogram_bucket_factor: 1.5
      native_histogram_max_bucket_number: 50
      native_histogram_min_reset_duration: 15m
      span_name_sanitization: enabled
      processor:
        service_graphs:
          histogram_buckets: [0.1, 1]
          dimensions: [zone]
          peer_attributes: [remote]
          filter_policies: [{exclude: {match_type: regex, attributes: [{key: name, value: ^health}]}}]
          enable_client_server_prefix: true
          enable_messaging_system_latency_histogram: true
          enable_virtual_node_label: true
          span_multiplier_key: kept
          enable_tracestate_span_multiplier: true
        span_metrics:
          histogram_buckets: [0.5, 1, 2, 4, 8]
          dimensions: [http.route]
          intrinsic_dimensions: {span_kind: false, status_message: true}
          filter_policies: [{include: {match_type: strict, attributes: [{key: span.code, value: 200}]}}]
          dimension_mappings: [{name: where, source_labels: [zone, host.name], join: /}]
          enable_target_info: true
          target_info_excluded_dimensions: [secret]
          enable_instance_label: false
          span_multiplier_key: kept
          enable_tracestate_span_multiplier: true
        host_info: {host_identifiers: [host.id], metric_name: my_hosts}
"#;

#[test]
fn a_file_of_the_replaced_system_holds() {
    let choices = Choices::of_file(EVERYTHING).unwrap().remove("team-a").unwrap();
    let options = choices.options(&Options::default());
    let Options { operations, graph, hosts, .. } = &options;
    assert_eq!((options.interval, options.slack), (Duration::from_secs(60), Duration::from_secs(90)));
    assert_eq!((options.native_shape.factor, options.native_shape.max_buckets), (1.5, 50));
    assert_eq!((options.exemplar_label.as_str(), options.max_label_values), ("trace_id", 40));
    assert_eq!((operations.calls, operations.latency, operations.sizes), (false, true, false));
    assert_eq!((operations.max, operations.labels.span_kind, operations.instance), (190, false, false));
    assert_eq!(operations.mappings[0].sources, ["zone", "host.name"]);
    assert_eq!(
        (operations.multiplier.key.as_deref(), operations.multiplier.trace_state),
        (Some("kept"), true)
    );
    assert_eq!(operations.filter.written().len(), 1);
    assert_eq!(operations.names, spanmetrics::SpanNameSanitization::Enabled);
    assert!(graph.requests && graph.latency && graph.connection_info && graph.client_and_server);
    assert!(graph.virtual_node && graph.messaging_latency);
    assert_eq!((&graph.peer_attributes[..], graph.max_edges), (&["remote".to_owned()][..], 158));
    assert_eq!((hosts.told, hosts.metric.as_str()), (true, "my_hosts"));
    assert_eq!(choices.limits(SpanChoice::default()).max_trace_bytes, Some(500));
    assert_eq!(choices.idle().len(), 16, "{:?}", choices.idle());
    // What holds, written as a choice, makes the same again; and a document comes back as it was.
    let reading = choices.reading(Reading::default());
    let day = Duration::from_secs(86_400);
    assert_eq!(
        reading,
        Reading { longest_search: Some(day), longest_metrics: None, whole_ids: true },
        "0 is as configured"
    );
    let merged = Choices::of(Some(&options), SpanRates::default(), reading);
    assert_eq!(merged.reading(Reading::default()), reading);
    let again = Choices::parse(merged.text().as_bytes()).unwrap();
    let mut made = again.options(&Options::default());
    (made.operations.max, made.graph.max_edges) = (operations.max, graph.max_edges);
    assert_eq!(made, options);
    assert_eq!(Choices::parse(choices.text().as_bytes()).unwrap(), choices);
    let wrong = Choices::of_file("overrides: {a: {metrics_generator: {processors: [x]}}}").unwrap_err();
    assert!(wrong.starts_with("a: metrics_generator.processors"), "{wrong}");
    assert!(Choices::of_file("overrides: {'*': {}}").is_err());
    let default = Choices::of_file("overrides: {single-tenant: {}}").unwrap();
    assert!(default.contains_key(Tenant::anonymous().as_str()));
}

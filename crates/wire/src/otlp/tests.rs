//! Tests of all three signals: both encodings agree, what comes out, what is refused, and hostile bytes.

use super::*;
use model::{Nanos, SpanKind, StatusCode, Value, is_stale};
use proptest::prelude::*;
use serde_json::Value as Json;

fn attribute(key: &str, value: Json) -> Json {
    json!({ "key": key, "value": value })
}

fn traces_json() -> Vec<u8> {
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", json!({"stringValue": "shop"}))], "droppedAttributesCount": 1},
        "schemaUrl": "s1",
        "scopeSpans": [{
            "scope": {"name": "lib", "version": "1", "attributes": [attribute("k", json!({"boolValue": true}))]},
            "schema_url": "s2",
            "spans": [{
                "traceId": "0102030405060708090a0b0c0d0e0fFF", "spanId": "0102030405060708", "parentSpanId": "",
                "name": "GET", "kind": "SPAN_KIND_SERVER", "flags": 257, "traceState": "a=b",
                "startTimeUnixNano": "1795168800000000000", "end_time_unix_nano": 1_795_168_801_000_000_000u64,
                "attributes": [
                    attribute("n", json!({"intValue": "-7"})), attribute("d", json!({"doubleValue": 1.5})),
                    attribute("l", json!({"arrayValue": {"values": [{"stringValue": "x"}, {}]}})),
                    attribute("m", json!({"kvlistValue": {"values": [attribute("k", json!({"bytesValue": "AAE="}))]}})),
                    attribute("n", json!({"intValue": 8})), attribute("none", json!(null)),
                ],
                "events": [{"timeUnixNano": 5, "name": "e", "attributes": []}],
                "links": [{"traceId": "0102030405060708090a0b0c0d0e0fff", "spanId": "0202030405060708", "flags": 1}],
                "status": {"code": 2, "message": "bad"}, "droppedEventsCount": 3, "unknown": {"a": [1, {"b": null}]},
            }],
        }],
    }]})
    .to_string()
    .into_bytes()
}

#[test]
fn spans_are_read_from_json_and_round_trip_as_protobuf() {
    let batch = traces::decode(&traces_json(), Encoding::Json).unwrap();
    let group = &batch.resources[0];
    assert_eq!((group.resource.service_name(), group.resource.dropped_attributes), ("shop", 1));
    assert_eq!(
        (&*group.schema_url, &*group.scopes[0].schema_url, &*group.scopes[0].scope.name),
        ("s1", "s2", "lib")
    );
    let span = &group.scopes[0].spans[0];
    assert_eq!(span.trace_id.to_string(), "0102030405060708090a0b0c0d0e0fff");
    assert_eq!((span.kind, span.status, span.flags), (SpanKind::Server, StatusCode::Error, 257));
    assert_eq!((span.start, span.end), (Nanos(1_795_168_800_000_000_000), Nanos(1_795_168_801_000_000_000)));
    assert!(span.parent_span_id.is_zero());
    assert_eq!(span.dropped, [0, 3, 0]);
    assert_eq!(span.attributes[0], ("n".into(), Value::Int(8)));
    assert_eq!(span.attributes[2].1, Value::Array(vec!["x".into(), Value::Empty]));
    assert_eq!(span.attributes[3].1, Value::Map(vec![("k".into(), Value::Bytes([0, 1].as_slice().into()))]));
    assert_eq!(span.attributes[4].1, Value::Empty);
    assert_eq!((span.events[0].at, span.links[0].flags), (Nanos(5), 1));
    assert_eq!(traces::decode(&traces::encode(&batch), Encoding::Protobuf).unwrap(), batch);
}

#[test]
fn spans_with_bad_ids_fail_the_request() {
    let with = |trace: Json, span: Json, start: Json| {
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": trace, "spanId": span, "startTimeUnixNano": start}]}]}]})
            .to_string()
    };
    let (trace, span) = (json!("ffffffffffffffffffffffffffffffff"), json!("ffffffffffffffff"));
    for (body, words) in [
        (with(json!(null), span.clone(), json!(1)), "trace ids must be 128 bit, received 0 bits"),
        (with(json!("abababababababababababababababababab"), span.clone(), json!(1)), "length mismatch"),
        (with(json!("zz"), span.clone(), json!(1)), "not hexadecimal"),
        (
            with(trace.clone(), json!("0000000000000000"), json!(1)),
            "span ids must be 64 bit and not all zero, received 0 bits",
        ),
        (with(trace.clone(), json!(""), json!(1)), "received 0 bits"),
        (with(trace, span, json!("noon")), "invalid syntax"),
        ("[1,2]".to_owned(), "expected an object"),
        ("{".to_owned(), "EOF"),
        (String::new(), "EOF"),
    ] {
        let error = traces::decode(body.as_bytes(), Encoding::Json).unwrap_err().to_string();
        assert!(error.contains(words), "{body}: {error}");
    }
    assert!(traces::decode(b"{}", Encoding::Json).unwrap().is_empty());
    assert!(traces::decode(b"", Encoding::Protobuf).unwrap().is_empty());
}

#[test]
fn values_nested_too_deep_are_refused() {
    let mut value = Writer::new();
    value.text(1, "x");
    let mut bytes = value.finish();
    for _ in 0..MAX_VALUE_DEPTH + 2 {
        let mut list = Writer::new();
        list.message(5, |m| m.bytes(1, &bytes));
        bytes = list.finish();
    }
    let mut w = Writer::new();
    w.message(1, |r| r.message(1, |m| m.message(1, |kv| kv.bytes(2, &bytes))));
    let error = traces::decode(&w.finish(), Encoding::Protobuf).unwrap_err();
    assert_eq!(error, WireError::TooDeep { limit: MAX_VALUE_DEPTH });
}

#[test]
fn keys_of_long_lists_are_told_once() {
    // 200 keys, every one sent twice: that takes the long way.
    let sent = |value: i64| (0..200).map(move |i| attribute(&format!("k{i}"), json!({"intValue": value})));
    let span = json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
        "attributes": sent(1).chain(sent(2)).collect::<Vec<_>>(),
        "events": [{"attributes": sent(3).chain(sent(4)).collect::<Vec<_>>()}],
    });
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string();
    let batch = traces::decode(body.as_bytes(), Encoding::Json).unwrap();
    let span = &batch.resources[0].scopes[0].spans[0];
    for (list, value) in [(&span.attributes, 2), (&span.events[0].attributes, 4)] {
        let expected: Vec<_> = (0..200).map(|i| (format!("k{i}").into(), Value::Int(value))).collect();
        assert_eq!(*list, expected);
    }
}

#[test]
fn records_become_lines_with_metadata() {
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [
            attribute("service.name", json!({"stringValue": "shop"})), attribute("host.name", json!({"stringValue": "h"})),
            attribute("os", json!({"kvlistValue": {"values": [attribute("type", json!({"stringValue": "linux"}))]}})),
        ]},
        "scopeLogs": [{"scope": {"name": "s", "droppedAttributesCount": 3}, "logRecords": [
            {"timeUnixNano": "7", "observedTimeUnixNano": "8", "body": {"stringValue": "hello"}, "severityNumber": 9,
             "severityText": "INFO", "traceId": "0102030405060708090a0b0c0d0e0f10", "flags": 1,
             "attributes": [attribute("a b/c", json!({"stringValue": "odd"})), attribute("list", json!({"arrayValue": {"values": [{"intValue": 1}]}}))]},
            {"observedTimeUnixNano": "9", "body": {"arrayValue": {"values": [{"stringValue": "x"}, {"intValue": "1"}]}}},
            {"severityNumber": "SEVERITY_NUMBER_ERROR2"},
        ]}],
    }]});
    let batch = logs::decode(body.to_string().as_bytes(), Encoding::Json, Nanos(100)).unwrap();
    let stream = &batch.streams[0];
    assert_eq!(stream.labels.to_string(), r#"{service_name="shop"}"#);
    let shown: Vec<String> = stream
        .entries
        .iter()
        .map(|e| {
            let pairs: Vec<_> = e.metadata.iter().map(|(n, v)| format!("{n}={v}")).collect();
            format!("{} {:?} {}", e.at.0, e.text(), pairs.join(" "))
        })
        .collect();
    let shared = "host_name=h os_type=linux scope_name=s scope_dropped_attributes_count=3";
    assert!(shown[0].starts_with("7 \"hello\" "), "{}", shown[0]);
    for pair in [
        "a_b_c=odd",
        "list=[1]",
        "severity_number=9",
        "severity_text=INFO",
        "flags=1",
        "trace_id=0102030405060708090a0b0c0d0e0f10",
        "observed_timestamp=8",
        shared,
    ] {
        assert!(shown[0].contains(pair), "{pair}: {}", shown[0]);
    }
    assert_eq!(shown[1], format!("9 \"[\\\"x\\\",1]\" {shared}"));
    assert_eq!(shown[2], format!("100 \"\" severity_number=18 {shared}"));
}

fn metrics_of(metrics: Json) -> crate::remote_write::Decoded {
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [
            attribute("service.name", json!({"stringValue": "checkout"})), attribute("service.namespace", json!({"stringValue": "shop"})),
            attribute("service.instance.id", json!({"stringValue": "a1"})), attribute("cloud.zones", json!({"arrayValue": {"values": [{"stringValue": "a"}]}})),
            attribute("k8s.namespace.name", json!({"stringValue": "prod"})),
        ]},
        "scopeMetrics": [{"metrics": metrics}],
    }]});
    let options = metrics::Options {
        promote_resource_attributes: vec!["k8s.namespace.name".into()],
        ..metrics::Options::default()
    };
    metrics::decode(body.to_string().as_bytes(), Encoding::Json, &options).unwrap()
}

fn shown(decoded: &crate::remote_write::Decoded) -> Vec<String> {
    decoded
        .batch
        .series()
        .map(|s| {
            let labels = s.to_labels().without(&["job", "instance", "k8s_namespace_name"]);
            let values: Vec<String> = s.samples().iter().map(|v| format!("{}@{}", v.value, v.at.0)).collect();
            format!("{labels} {}", values.join(" "))
        })
        .collect()
}

#[test]
fn options_say_what_of_resource_and_scope_goes_on_series() {
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [
            attribute("service.name", json!({"stringValue": "checkout"})), attribute("k8s.pod", json!({"stringValue": "p"})),
            attribute("noise", json!({"stringValue": "n"})),
        ]},
        "scopeMetrics": [
            {"scope": {"name": "lib", "version": "2", "attributes": [attribute("a.b", json!({"intValue": 1}))]}, "schemaUrl": "u",
             "metrics": [{"name": "x.y", "unit": "s", "gauge": {"dataPoints": [{"timeUnixNano": "1000000000", "asInt": "1"}]}}]},
            {"metrics": [{"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": [
                {"timeUnixNano": "1000000000", "count": "6", "sum": 9, "bucketCounts": ["1", "2", "3"], "explicitBounds": [1, 5]}]}}]},
        ],
    }]});
    let options = metrics::Options {
        escape: false,
        promote_all: true,
        ignore_resource_attributes: vec!["noise".into()],
        keep_identifying: true,
        promote_scope: true,
        custom_buckets: true,
        ..metrics::Options::default()
    };
    let decoded = metrics::decode(body.to_string().as_bytes(), Encoding::Json, &options).unwrap();
    let labels: Vec<String> = decoded.batch.series().map(|s| s.to_labels().to_string()).collect();
    assert_eq!(
        labels,
        [
            r#"{__name__="x.y_seconds", job="checkout", k8s.pod="p", otel_scope_a.b="1", otel_scope_name="lib", otel_scope_schema_url="u", otel_scope_version="2", service.name="checkout"}"#,
            r#"{__name__="h", job="checkout", k8s.pod="p", service.name="checkout"}"#,
            r#"{__name__="target_info", job="checkout", k8s.pod="p", noise="n", service.name="checkout"}"#,
        ]
    );
    let series = decoded.batch.series().nth(1).unwrap();
    let histogram = &series.histograms()[0].histogram;
    assert_eq!((histogram.schema, histogram.count, histogram.sum), (-53, 6.0, 9.0));
    assert_eq!(
        (&*histogram.custom_values, &*histogram.positive_buckets),
        (&[1.0, 5.0][..], &[1.0, 2.0, 3.0][..])
    );
}

#[test]
fn numbers_and_classic_histograms_become_series() {
    let decoded = metrics_of(json!([
        {"name": "queue.length", "unit": "{job}", "gauge": {"dataPoints": [
            {"timeUnixNano": "1000000000", "asInt": "10", "attributes": [attribute("a.b", json!({"stringValue": "1"})), attribute("a_b", json!({"intValue": 2}))]},
            {"timeUnixNano": "301000000000", "flags": 1}]}},
        {"name": "lat", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [
            {"timeUnixNano": 1_000_000_000, "count": 6, "sum": 2.5, "bucketCounts": [1, "2", 3], "explicitBounds": [0.5, 1],
             "exemplars": [{"asDouble": 0.7, "timeUnixNano": 5_000_000, "traceId": "0102030405060708090a0b0c0d0e0f10"}]}]}},
        {"name": "rpc", "summary": {"dataPoints": [{"timeUnixNano": 1_000_000_000, "count": 3, "sum": 1.5, "quantileValues": [{"quantile": 0.5, "value": 0.1}]}]}},
    ]));
    assert!(decoded.skipped.is_empty());
    let series = shown(&decoded);
    assert_eq!(series[0], r#"{__name__="queue_length", a_b="1;2"} 10@1000"#);
    assert!(is_stale(decoded.batch.series().nth(1).unwrap().samples()[0].value));
    assert_eq!(
        series[2..9],
        [
            r#"{__name__="lat_seconds_sum"} 2.5@1000"#,
            r#"{__name__="lat_seconds_count"} 6@1000"#,
            r#"{__name__="lat_seconds_bucket", le="0.5"} 1@1000"#,
            r#"{__name__="lat_seconds_bucket", le="1"} 3@1000"#,
            r#"{__name__="lat_seconds_bucket", le="+Inf"} 6@1000"#,
            r#"{__name__="rpc_sum"} 1.5@1000"#,
            r#"{__name__="rpc_count"} 3@1000"#,
        ]
    );
    assert_eq!(series[9], r#"{__name__="rpc", quantile="0.5"} 0.1@1000"#);
    assert_eq!(series[10], r#"{__name__="target_info", cloud_zones="[\"a\"]"} 1@1000 1@151000 1@301000"#);
    let all: Vec<_> = decoded.batch.series().collect();
    assert_eq!(all[0].value("job"), "shop/checkout");
    assert_eq!((all[0].value("instance"), all[0].value("k8s_namespace_name")), ("a1", "prod"));
    assert_eq!(all[5].exemplars()[0].labels.to_string(), r#"{trace_id="0102030405060708090a0b0c0d0e0f10"}"#);
    assert_eq!(decoded.batch.metadata[1].family, "lat_seconds");
}

#[test]
fn exponential_histograms_become_native_ones() {
    let of = |scale: i64| {
        metrics_of(json!([{"name": "h", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
            {"timeUnixNano": 1_000_000, "count": 10, "sum": 20.5, "scale": scale, "zeroCount": 1,
             "positive": {"offset": -1, "bucketCounts": [1, 3, 5]}, "negative": {"offset": 3, "bucketCounts": ["2"]}}]}}]))
    };
    let decoded = of(2);
    let h = &decoded.batch.series().next().unwrap().histograms()[0].histogram;
    assert_eq!(
        (h.schema, h.positive_spans[0].offset, h.positive_spans[0].length, h.negative_spans[0].offset),
        (2, 0, 3, 4)
    );
    assert_eq!((h.count, h.zero_count, h.zero_threshold), (10.0, 1.0, 1e-128));
    let decoded = of(9);
    let h = &decoded.batch.series().next().unwrap().histograms()[0].histogram;
    assert_eq!((h.schema, h.positive_spans[0].offset, h.positive_buckets.clone()), (8, 0, vec![1.0, 8.0]));
    assert!(of(-6).skipped[0].message.contains("Scale must be >= -4, was -6"));
}

#[test]
fn metrics_that_cannot_be_stored_are_listed() {
    let point = json!([{"timeUnixNano": "1", "asInt": 5}]);
    let decoded = metrics_of(json!([
        {"name": "wr.delta", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": point}},
        {"name": "", "gauge": {"dataPoints": point}},
        {"name": "wr.nodata"},
        {"name": "wr.none", "gauge": {"data_points": []}},
        {"name": "ok", "gauge": {"data_points": [{"time_unix_nano": "1", "as_double": 1.5}]}},
    ]));
    let messages: Vec<_> = decoded.skipped.iter().map(|s| s.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "invalid temporality and type combination for metric \"wr.delta\"",
            "normalization for metric \"\" resulted in empty name",
            "could not get aggregation temporality for wr.nodata as it has unsupported metric type Empty",
        ]
    );
    assert_eq!(shown(&decoded)[0], r#"{__name__="ok"} 1.5@0"#);
}

#[test]
fn deltas_are_kept_or_marked_when_asked() {
    let metrics = json!([
        {"name": "gauge", "gauge": {"dataPoints": [{"timeUnixNano": "1", "asInt": 5}]}},
        {"name": "requests", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [{"timeUnixNano": "1", "asInt": 5}]}},
        {"name": "size", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": "1", "count": 1, "positive": {"bucketCounts": [1]}}]}},
    ]);
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).to_string();
    let read = |delta| {
        let options = metrics::Options { delta, ..metrics::Options::default() };
        metrics::decode(body.as_bytes(), Encoding::Json, &options).unwrap()
    };
    use metrics::Delta::{Kept, Marked, Refused};
    assert_eq!((read(Refused).skipped.len(), read(Refused).batch.len()), (2, 1));
    let names = |decoded: &crate::remote_write::Decoded| -> Vec<String> {
        decoded.batch.series().map(|s| s.value("__name__").to_owned()).collect()
    };
    let kept = read(Kept);
    assert_eq!(
        (names(&kept), kept.deltas.len()),
        (vec!["gauge".into(), "requests_total".into(), "size".into()], 0)
    );
    let kinds: Vec<_> = kept.batch.metadata.iter().map(|m| m.kind.as_str()).collect();
    assert_eq!(kinds, ["gauge", "unknown", "unknown"]);
    let hint = |decoded: &crate::remote_write::Decoded| {
        decoded.batch.series().find_map(|s| Some(s.histograms().first()?.histogram.reset_hint)).unwrap()
    };
    assert_eq!(hint(&kept), model::ResetHint::Gauge);
    let marked = read(Marked);
    assert_eq!((marked.deltas.clone(), hint(&marked)), (vec![1, 2], model::ResetHint::Unknown));
}

#[test]
fn answers_are_written() {
    let none = PartialSuccess::default();
    let some = PartialSuccess { rejected: 5, message: "too old".into() };
    assert_eq!(response(Encoding::Json, Signal::Traces, &none), br#"{"partialSuccess":{}}"#);
    assert_eq!(response(Encoding::Protobuf, Signal::Traces, &none), [0x0a, 0]);
    let json: Json = serde_json::from_slice(&response(Encoding::Json, Signal::Logs, &some)).unwrap();
    assert_eq!(json, json!({"partialSuccess": {"rejectedLogRecords": "5", "errorMessage": "too old"}}));
    assert_eq!(response(Encoding::Protobuf, Signal::Logs, &some)[..4], [0x0a, 11, 8, 5]);
    assert_eq!(status(Encoding::Json, 3, "x"), br#"{"code":3,"message":"x"}"#);
    assert_eq!(status(Encoding::Protobuf, 3, "x"), [8, 3, 0x12, 1, b'x']);
}

proptest! {
    #[test]
    fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let _ = traces::decode(&bytes, encoding);
            let _ = logs::decode(&bytes, encoding, Nanos(1));
            let _ = metrics::decode(&bytes, encoding, &metrics::Options::default());
        }
    }

    #[test]
    fn damaged_requests_decode_or_fail(at in 0usize..10_000, byte in any::<u8>(), cut in any::<bool>()) {
        let json = traces_json();
        let mut damaged = json.clone();
        let at_json = at % damaged.len();
        if cut { damaged.truncate(at_json) } else { damaged[at_json] = byte }
        let _ = traces::decode(&damaged, Encoding::Json);
        let mut damaged = schema::to_protobuf(&json, &schema::TRACES).unwrap();
        let at = at % damaged.len();
        damaged[at] = byte;
        let _ = traces::decode(&damaged, Encoding::Protobuf);
        let _ = logs::decode(&damaged, Encoding::Protobuf, Nanos(1));
        let _ = metrics::decode(&damaged, Encoding::Protobuf, &metrics::Options::default());
    }
}

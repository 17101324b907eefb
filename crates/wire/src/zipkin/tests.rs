//! One span in every form, as OpenTelemetry says it.

use super::*;
use crate::proto::Writer;
use model::StatusCode;
use proptest::prelude::*;

const SECOND: &str = r#"[{"traceId": "463ac35c9f6413ad", "id": "a2fb4a1d1a96d312", "parentId": "0020000000000001", "name": "get /",
    "kind": "SERVER", "timestamp": 1000000, "duration": 2500, "shared": true,
    "localEndpoint": {"serviceName": "shop", "ipv4": "10.0.0.1", "port": 80},
    "remoteEndpoint": {"serviceName": "web", "ipv6": "2001:db8::1"},
    "annotations": [{"timestamp": 1000500, "value": "found"}],
    "tags": {"error": "no seat", "http.path": "/", "otel.scope.name": "lib"}}]"#;

const FIRST: &str = r#"[{"traceId": "463ac35c9f6413ad", "id": "a2fb4a1d1a96d312", "parentId": "20000000000001", "name": "get /",
    "annotations": [{"timestamp": 1000000, "value": "sr", "endpoint": {"serviceName": "shop", "ipv4": "10.0.0.1", "port": 80}},
        {"timestamp": 1002500, "value": "ss", "endpoint": {"serviceName": "shop"}}, {"timestamp": 1000500, "value": "found"}],
    "binaryAnnotations": [{"key": "ca", "value": true, "endpoint": {"serviceName": "web", "ipv6": "2001:db8::1"}},
        {"key": "error", "value": "no seat"}, {"key": "http.path", "value": "/"}, {"key": "otel.library.name", "value": "lib"}]}]"#;

fn protobuf() -> Vec<u8> {
    let mut w = Writer::new();
    w.message(1, |w| {
        w.bytes(1, &0x463a_c35c_9f64_13ad_u64.to_be_bytes());
        w.bytes(2, &0x0020_0000_0000_0001_u64.to_be_bytes());
        w.bytes(3, &0xa2fb_4a1d_1a96_d312_u64.to_be_bytes());
        w.uint(4, 2);
        w.text(5, "get /");
        w.fixed64(6, 1_000_000);
        w.uint(7, 2_500);
        w.message(8, |w| {
            w.text(1, "shop");
            w.bytes(2, &[10, 0, 0, 1]);
            w.uint(4, 80);
        });
        w.message(9, |w| {
            w.text(1, "web");
            w.bytes(3, &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        });
        w.message(10, |w| {
            w.fixed64(1, 1_000_500);
            w.text(2, "found");
        });
        for (key, value) in [("error", "no seat"), ("http.path", "/"), ("otel.library.name", "lib")] {
            w.message(11, |w| {
                w.text(1, key);
                w.text(2, value);
            });
        }
    });
    w.finish()
}

/// A list of one span in Thrift's binary protocol: ids, a name, and two annotations.
fn thrift() -> Vec<u8> {
    let field = |kind: u8, id: u8, value: &[u8]| [&[kind, 0, id][..], value].concat();
    let text = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let annotation = |at: i64, value: &str| {
        let host = [
            field(8, 1, &[10, 0, 0, 1]),
            field(6, 2, &80i16.to_be_bytes()),
            field(11, 3, &text("shop")),
            vec![0],
        ]
        .concat();
        [field(10, 1, &at.to_be_bytes()), field(11, 2, &text(value)), field(12, 3, &host), vec![0]].concat()
    };
    let list = [&[12, 0, 0, 0, 2][..], &annotation(1_000_000, "cs"), &annotation(1_002_500, "cr")].concat();
    let binary = [
        field(11, 1, &text("n")),
        field(11, 2, &[0, 0, 0, 4, 0, 0, 0, 7]),
        field(8, 3, &[0, 0, 0, 3]),
        vec![0],
    ];
    let span = [
        field(10, 1, &5i64.to_be_bytes()),
        field(11, 3, &text("get /")),
        field(10, 4, &6i64.to_be_bytes()),
        field(15, 6, &list),
        field(15, 8, &[&[12, 0, 0, 0, 1][..], &binary.concat()].concat()),
        vec![0],
    ];
    [&[12, 0, 0, 0, 1][..], &span.concat()].concat()
}

#[test]
fn all_forms_mean_the_same() {
    let read = second_json(SECOND.as_bytes()).unwrap();
    let group = &read.resources[0];
    assert_eq!((group.resource.service_name(), &*group.scopes[0].scope.name), ("shop", "lib"));
    let span = &group.scopes[0].spans[0];
    assert_eq!(span.trace_id.to_string(), "0000000000000000463ac35c9f6413ad");
    assert_eq!(
        (span.kind, span.status, &*span.status_message),
        (SpanKind::Server, StatusCode::Error, "no seat")
    );
    assert_eq!(
        (span.start.0, span.end.0, span.events[0].at.0),
        (1_000_000_000, 1_002_500_000, 1_000_500_000)
    );
    let attributes: Vec<(&str, String)> =
        span.attributes.iter().map(|(k, v)| (&**k, crate::otlp::values::to_text(v))).collect();
    let want = [
        ("http.path", "/"),
        ("net.host.ip", "10.0.0.1"),
        ("net.host.port", "80"),
        ("net.peer.ip", "2001:db8::1"),
        ("peer.service", "web"),
    ];
    assert_eq!(attributes, want.map(|(key, value)| (key, value.to_owned())));
    assert_eq!(second_protobuf(&protobuf()).unwrap(), read);
    assert_eq!(first_json(FIRST.as_bytes()).unwrap(), read);
    let read = first_thrift(&thrift()).unwrap();
    let span = &read.resources[0].scopes[0].spans[0];
    assert_eq!((read.resources[0].resource.service_name(), span.kind), ("shop", SpanKind::Client));
    assert_eq!((span.start.0, span.duration_nanos(), span.events.len()), (1_000_000_000, 2_500_000, 0));
    assert_eq!(span.attributes[0], ("n".into(), Value::Int(7)));
}

#[test]
fn ids_must_be_hexadecimal_and_not_zero() {
    for (trace, span) in [("", "1"), ("x", "1"), ("0", "1"), ("1", "0"), ("1", "12345678901234567")] {
        let text = format!(r#"[{{"traceId": "{trace}", "id": "{span}"}}]"#);
        second_json(text.as_bytes()).unwrap_err();
    }
    assert!(second_json(br#"[{"traceId": "a", "id": "b"}]"#).is_ok());
    assert!(second_json(b"[]").unwrap().is_empty());
    second_json(b"{}").unwrap_err();
}

proptest! {
    #[test]
    fn damaged_bytes_end_or_fail(at in 0usize..500, byte in any::<u8>(), cut in 0usize..900) {
        for mut bytes in [protobuf(), thrift(), SECOND.as_bytes().to_vec(), FIRST.as_bytes().to_vec()] {
            bytes.truncate(cut);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = (second_protobuf(&bytes), first_thrift(&bytes), second_json(&bytes), first_json(&bytes));
        }
    }
}

//! One span in protobuf and in Thrift, as OpenTelemetry says it.

use super::*;
use crate::proto::Writer;
use model::SpanBatch;
use proptest::prelude::*;

fn proto_tag(w: &mut Writer, number: u32, key: &str, kind: u64, value: impl Fn(&mut Writer)) {
    w.message(number, |w| {
        w.text(1, key);
        w.uint(2, kind);
        value(w);
    });
}

fn in_protobuf() -> Vec<u8> {
    let mut w = Writer::new();
    w.message(1, |w| {
        w.message(1, |w| {
            w.bytes(1, &[7; 8]);
            w.bytes(2, &[2; 8]);
            w.text(3, "GET");
            w.message(4, |w| {
                w.bytes(1, &[7; 8]);
                w.bytes(2, &[1; 8]);
            });
            w.message(4, |w| {
                w.bytes(1, &[9; 16]);
                w.bytes(2, &[3; 8]);
                w.uint(3, 1);
            });
            w.uint(5, 1);
            w.message(6, |w| w.uint(1, 10));
            w.message(7, |w| w.uint(2, 5_000));
            proto_tag(w, 8, "span.kind", 0, |w| w.text(3, "client"));
            proto_tag(w, 8, "error", 1, |w| w.uint(4, 1));
            proto_tag(w, 8, "n", 2, |w| w.int(5, -4));
            w.message(9, |w| {
                w.message(1, |w| w.uint(1, 10));
                proto_tag(w, 2, "event", 0, |w| w.text(3, "retry"));
            });
        });
        w.message(2, |w| {
            w.text(1, "shop");
            proto_tag(w, 2, "rate", 3, |w| w.double(6, 0.5));
        });
    });
    w.finish()
}

/// Fields of the binary protocol.
struct Fields(Vec<u8>);

impl Fields {
    fn put(mut self, kind: u8, id: u8, value: &[u8]) -> Self {
        self.0.extend([kind, 0, id]);
        self.0.extend(value);
        self
    }
    fn text(self, id: u8, text: &str) -> Self {
        self.put(11, id, &[&(text.len() as u32).to_be_bytes(), text.as_bytes()].concat())
    }
    fn int(self, id: u8, int: i64) -> Self {
        self.put(10, id, &int.to_be_bytes())
    }
    fn small(self, id: u8, int: i32) -> Self {
        self.put(8, id, &int.to_be_bytes())
    }
    fn list(self, id: u8, items: &[Fields]) -> Self {
        let mut value = vec![12];
        value.extend((items.len() as u32).to_be_bytes());
        items.iter().for_each(|item| value.extend(item.end()));
        self.put(15, id, &value)
    }
    fn end(&self) -> Vec<u8> {
        [self.0.as_slice(), &[0]].concat()
    }
}

fn fields() -> Fields {
    Fields(Vec::new())
}

fn in_thrift() -> Vec<u8> {
    let id = |n: u8| i64::from_be_bytes([n; 8]);
    let span = fields()
        .int(1, id(7))
        .int(2, 0)
        .int(3, id(2))
        .int(4, id(1))
        .text(5, "GET")
        .list(6, &[fields().small(1, 1).int(2, id(9)).int(3, id(9)).int(4, id(3))])
        .small(7, 1)
        .int(8, 10_000_000)
        .int(9, 5)
        .list(
            10,
            &[
                fields().text(1, "span.kind").small(2, 0).text(3, "client"),
                fields().text(1, "error").small(2, 2).put(2, 5, &[1]),
                fields().text(1, "n").small(2, 3).int(6, -4),
            ],
        )
        .list(11, &[fields().int(1, 10_000_000).list(2, &[fields().text(1, "event").text(3, "retry")])]);
    let rate = fields().text(1, "rate").small(2, 1).put(4, 4, &0.5f64.to_be_bytes());
    let process = fields().text(1, "shop").list(2, &[rate]);
    fields().put(12, 1, &process.end()).list(2, &[span]).end()
}

#[test]
fn all_forms_mean_the_same() {
    let batch = post_spans(&in_protobuf()).unwrap();
    let group = &batch.resources[0];
    let rate = ("rate".into(), Value::Double(0.5));
    assert_eq!(group.resource.attributes, [("service.name".into(), Value::from("shop")), rate]);
    let span = &group.scopes[0].spans[0];
    let trace_id = TraceId([[0; 8], [7; 8]].concat().try_into().unwrap());
    assert_eq!((span.trace_id, span.parent_span_id), (trace_id, SpanId([1; 8])));
    assert_eq!((span.kind, span.status, span.flags), (SpanKind::Client, StatusCode::Error, 1));
    assert_eq!((span.start.0, span.end.0), (10_000_000_000, 10_000_005_000));
    assert_eq!(span.attributes, [("n".into(), Value::Int(-4))]);
    assert_eq!(
        (&*span.events[0].name, span.links.len(), span.links[0].span_id),
        ("retry", 1, SpanId([3; 8]))
    );
    let thrift = in_thrift();
    assert_eq!(thrift_batch(&thrift).unwrap(), batch);
    let call = [&[0x80, 1, 0, 4, 0, 0, 0, 9][..], b"emitBatch", &[0; 4], &[12, 0, 1], &thrift, &[0]].concat();
    assert_eq!(packet(&call).unwrap(), batch);
    assert_eq!(post_spans(&[]).unwrap(), SpanBatch::default());
}

#[test]
fn spans_without_ids_and_unknown_calls_are_refused() {
    thrift_batch(&fields().list(2, &[fields().text(5, "x")]).end()).unwrap_err();
    packet(&[0x80, 1, 0, 4, 0, 0, 0, 1, b'x', 0, 0, 0, 0, 0]).unwrap_err();
}

proptest! {
    #[test]
    fn damaged_bytes_end_or_fail(at in 0usize..400, byte in any::<u8>(), cut in 0usize..400) {
        for mut bytes in [in_protobuf(), in_thrift()] {
            bytes.truncate(cut);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = (post_spans(&bytes), thrift_batch(&bytes), packet(&bytes));
        }
    }
}

#[test]
fn a_written_span_reads_back_as_it_was() {
    let batch = post_spans(&in_protobuf()).unwrap();
    let mut request = Writer::new();
    request.message(1, |w| write::spans(&batch).iter().for_each(|span| w.bytes(1, span)));
    assert_eq!(post_spans(&request.finish()).unwrap(), batch);
}

#[test]
fn typed_attributes_are_searched_for_as_text() {
    let mut w = Writer::new();
    w.message(1, |w| {
        for (key, write) in [
            ("t", (|w| w.text(1, "x")) as fn(&mut Writer)),
            ("b", |w| w.uint(2, 1)),
            ("i", |w| w.int(3, -5)),
            ("d", |w| w.double(4, 0.5)),
        ] {
            w.message(3, |w| {
                w.text(1, key);
                w.message(2, write);
            });
        }
        w.message(4, |w| w.uint(1, 5));
        w.uint(8, 3);
    });
    let message = w.finish();
    let read = query::trace_query(&message, query::Dialect::Storage).unwrap();
    let tags: Vec<String> = read.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(tags, ["t=x", "b=true", "i=-5", "d=0.5"]);
    assert_eq!((read.start, read.end, read.limit), (Some(Nanos(5_000_000_000)), None, 3));
}

proptest! {
    #[test]
    fn any_request_is_read_or_refused(bytes in any::<Vec<u8>>()) {
        for dialect in [query::Dialect::Spans, query::Dialect::Query, query::Dialect::Storage] {
            let _ = query::trace_query(&bytes, dialect);
            let _ = query::trace_ids(&bytes, dialect);
        }
        let _ = (query::operations(&bytes), query::window(&bytes), query::written_span(&bytes));
        let _ = crate::otlp::schema::to_json(&bytes, &crate::otlp::schema::TRACES);
    }
}

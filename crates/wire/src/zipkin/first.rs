//! The first version: kind, times and endpoints are said by annotations (`cs` client send, `sr` server receive ...).

use super::{Endpoint, ZipkinSpan, batch};
use crate::error::WireError;
use crate::thrift::{Fields, binary_list};
use model::{SpanBatch, SpanId, SpanKind, TraceId, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A span of the first version.
#[derive(Default)]
pub(super) struct FirstSpan {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) parent: SpanId,
    pub(super) name: String,
    pub(super) timestamp: u64,
    pub(super) duration: u64,
    /// When, what and where.
    pub(super) annotations: Vec<(u64, String, Endpoint)>,
    pub(super) binary: Vec<(String, Value, Endpoint)>,
}

/// Annotations that say which side a span is, with the one that ends it.
const SIDES: [(&str, &str, SpanKind); 4] = [
    ("cs", "cr", SpanKind::Client),
    ("sr", "ss", SpanKind::Server),
    ("ms", "", SpanKind::Producer),
    ("mr", "", SpanKind::Consumer),
];

impl FirstSpan {
    /// The same in the second version.
    pub(super) fn second(self) -> ZipkinSpan {
        let at = |name: &str| self.annotations.iter().find(|(_, value, _)| value == name);
        let side = SIDES.iter().find(|(begin, end, _)| at(begin).is_some() || at(end).is_some());
        let mut out = ZipkinSpan {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent: self.parent,
            timestamp: self.timestamp,
            duration: self.duration,
            ..ZipkinSpan::default()
        };
        if let Some((begin, end, kind)) = side {
            out.kind = *kind;
            let (begin, end) = (at(begin), at(end));
            if let Some((_, _, endpoint)) = begin.or(end) {
                out.local = endpoint.clone();
            }
            if let (0, Some((from, ..))) = (out.timestamp, begin) {
                out.timestamp = *from;
            }
            if let (0, Some((from, ..)), Some((to, ..))) = (out.duration, begin, end) {
                out.duration = to.saturating_sub(*from);
            }
        }
        let marks = SIDES.iter().flat_map(|(begin, end, _)| [*begin, *end]);
        let marks: Vec<&str> = marks.chain(["ws", "wr"]).collect();
        for (at, value, endpoint) in self.annotations {
            if out.local.service.is_empty() {
                out.local = endpoint;
            }
            if !marks.contains(&value.as_str()) {
                out.annotations.push((at, value));
            }
        }
        for (key, value, endpoint) in self.binary {
            // An address of the other side, or of this one when no annotation says it.
            match key.as_str() {
                "sa" | "ca" | "ma" => out.remote = endpoint,
                _ => {
                    if out.local.service.is_empty() {
                        out.local = endpoint;
                    }
                    if key == "lc" {
                        continue;
                    }
                    out.tags.push((Arc::from(key), value));
                }
            }
        }
        out.name = self.name;
        out
    }
}

/// Reads the body of `POST /api/v1/spans` in Thrift: a list of spans in the binary protocol.
pub fn thrift(body: &[u8]) -> Result<SpanBatch, WireError> {
    let list = binary_list(body)?;
    batch(list.iter().map(|fields| of_thrift(fields).second()).collect())
}

fn of_thrift(fields: &Fields<'_>) -> FirstSpan {
    let id = u128::from(fields.int(12).cast_unsigned()) << 64 | u128::from(fields.int(1).cast_unsigned());
    let micros = |id| fields.int(id).max(0).cast_unsigned();
    FirstSpan {
        trace_id: TraceId(id.to_be_bytes()),
        span_id: SpanId(fields.int(4).to_be_bytes()),
        parent: SpanId(fields.int(5).to_be_bytes()),
        name: fields.text(3).into_owned(),
        timestamp: micros(10),
        duration: micros(11),
        annotations: fields
            .structs(6)
            .map(|a| (a.int(1).max(0).cast_unsigned(), a.text(2).into_owned(), endpoint(a.fields(3))))
            .collect(),
        binary: fields
            .structs(8)
            .map(|b| (b.text(1).into_owned(), binary_value(b), endpoint(b.fields(4))))
            .collect(),
    }
}

fn binary_value(annotation: &Fields<'_>) -> Value {
    let bytes = annotation.bytes(2);
    let int = |bytes: &[u8]| bytes.iter().fold(0i64, |int, byte| int << 8 | i64::from(*byte));
    match (annotation.int(3), bytes) {
        (0, [flag]) => Value::Bool(*flag != 0),
        (1, bytes) => Value::Bytes(Arc::from(bytes)),
        (2, &[a, b]) => Value::Int(i64::from(i16::from_be_bytes([a, b]))),
        (3, &[a, b, c, d]) => Value::Int(i64::from(i32::from_be_bytes([a, b, c, d]))),
        (4, bytes) if bytes.len() == 8 => Value::Int(int(bytes)),
        (5, bytes) if bytes.len() == 8 => Value::Double(f64::from_bits(int(bytes).cast_unsigned())),
        (_, bytes) => Value::from(&*String::from_utf8_lossy(bytes)),
    }
}

fn endpoint(fields: Option<&Fields<'_>>) -> Endpoint {
    let Some(fields) = fields else { return Endpoint::default() };
    let four = fields.int(1) as u32;
    let six: Option<[u8; 16]> = fields.bytes(4).try_into().ok();
    let address = match (four, six) {
        (0, six) => six.map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))),
        (four, _) => Some(IpAddr::V4(Ipv4Addr::from(four))),
    };
    Endpoint { service: fields.text(3).into_owned(), address, port: fields.int(2) as u16 }
}

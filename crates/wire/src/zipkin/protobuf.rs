//! `zipkin.proto3.ListOfSpans`.

use super::{Endpoint, ZipkinSpan, batch};
use crate::error::WireError;
use crate::proto::Reader;
use model::{SpanBatch, SpanId, SpanKind, TraceId, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Reads the body of `POST /api/v2/spans` in protobuf.
pub fn decode(body: &[u8]) -> Result<SpanBatch, WireError> {
    let mut spans = Vec::new();
    let mut list = Reader::new(body);
    while let Some(field) = list.field()? {
        if field.number == 1 {
            spans.push(span(field.message()?)?);
        }
    }
    batch(spans)
}

/// An id of 8 or 16 bytes as one of `N`, zeros on the left.
fn id<const N: usize>(bytes: &[u8]) -> Result<[u8; N], WireError> {
    if !matches!(bytes.len(), 8 | 16) || bytes.len() > N {
        return Err(WireError::Value(format!("an id of {} bytes, at most {N} are expected", bytes.len())));
    }
    let mut out = [0; N];
    out[N - bytes.len()..].copy_from_slice(bytes);
    Ok(out)
}

fn span(mut message: Reader<'_>) -> Result<ZipkinSpan, WireError> {
    let mut out = ZipkinSpan::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.trace_id = TraceId(id(field.bytes()?)?),
            2 => {
                if let bytes @ [_, ..] = field.bytes()? {
                    out.parent = SpanId(id(bytes)?);
                }
            }
            3 => out.span_id = SpanId(id(field.bytes()?)?),
            4 => {
                out.kind = match field.uint()? {
                    1 => SpanKind::Client,
                    2 => SpanKind::Server,
                    3 => SpanKind::Producer,
                    4 => SpanKind::Consumer,
                    _ => SpanKind::Unspecified,
                }
            }
            5 => field.text()?.clone_into(&mut out.name),
            6 => out.timestamp = field.fixed64()?,
            7 => out.duration = field.uint()?,
            8 => out.local = endpoint(field.message()?)?,
            9 => out.remote = endpoint(field.message()?)?,
            10 => out.annotations.push(annotation(field.message()?)?),
            11 => {
                let (key, value) = pair(field.message()?)?;
                out.tags.push((Arc::from(key), Value::from(value)));
            }
            _ => {}
        }
    }
    if out.trace_id == TraceId::default() {
        return Err(WireError::Value("a span needs a trace id that is not zero".to_owned()));
    }
    Ok(out)
}

fn endpoint(mut message: Reader<'_>) -> Result<Endpoint, WireError> {
    let mut out = Endpoint::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => field.text()?.clone_into(&mut out.service),
            2 => {
                if let Ok(four) = <[u8; 4]>::try_from(field.bytes()?) {
                    out.address = Some(IpAddr::V4(Ipv4Addr::from(four)));
                }
            }
            3 => {
                if let (None, Ok(six)) = (out.address, <[u8; 16]>::try_from(field.bytes()?)) {
                    out.address = Some(IpAddr::V6(Ipv6Addr::from(six)));
                }
            }
            4 => out.port = field.uint()? as u16,
            _ => {}
        }
    }
    Ok(out)
}

fn annotation(mut message: Reader<'_>) -> Result<(u64, String), WireError> {
    let mut out = (0, String::new());
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.0 = field.fixed64()?,
            2 => field.text()?.clone_into(&mut out.1),
            _ => {}
        }
    }
    Ok(out)
}

fn pair(mut message: Reader<'_>) -> Result<(&str, &str), WireError> {
    let mut out = ("", "");
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.0 = field.text()?,
            2 => out.1 = field.text()?,
            _ => {}
        }
    }
    Ok(out)
}

//! What Jaeger's query and storage services are asked, over gRPC.
//!
//! Three generations ask for the same in nearly the same messages; [`Dialect`] is where they differ.
//! Source: <https://github.com/jaegertracing/jaeger-idl/tree/main/proto>

use super::protobuf::{id, nanos};
use crate::error::WireError;
use crate::proto::Reader;
use model::{Nanos, TraceId};

/// Whose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `jaeger.api_v2` and `jaeger.storage.v1`
    Spans,
    /// `jaeger.api_v3`
    Query,
    /// `jaeger.storage.v2`
    Storage,
}

/// A search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceQuery {
    /// Of which service; "" for any.
    pub service: String,
    /// The name of a span; "" for any.
    pub operation: String,
    /// Attributes of a span or its resource, as text.
    pub tags: Vec<(String, String)>,
    /// Not before.
    pub start: Option<Nanos>,
    /// Not after.
    pub end: Option<Nanos>,
    /// Nanoseconds that a span lasts at least; 0 for any.
    pub min: i64,
    /// Nanoseconds that a span lasts at most; 0 for any.
    pub max: i64,
    /// How many traces; 0 for the default.
    pub limit: usize,
}

fn filter() -> WireError {
    WireError::Value("structured filters are not supported; ask by service, operation, attributes".to_owned())
}

/// Reads a `FindTracesRequest` or `FindTraceIDsRequest`.
pub fn trace_query(message: &[u8], dialect: Dialect) -> Result<TraceQuery, WireError> {
    let mut request = Reader::new(message);
    let mut out = TraceQuery::default();
    while let Some(field) = request.field()? {
        if field.number == 1 {
            read_query(&mut out, field.message()?, dialect)?;
        }
    }
    Ok(out)
}

fn read_query(out: &mut TraceQuery, mut query: Reader<'_>, dialect: Dialect) -> Result<(), WireError> {
    while let Some(field) = query.field()? {
        match (field.number, dialect) {
            (1, _) => field.text()?.clone_into(&mut out.service),
            (2, _) => field.text()?.clone_into(&mut out.operation),
            (3, _) => out.tags.push(pair(field.message()?, dialect)?),
            (4, _) => out.start = Some(Nanos(nanos(field.message()?)?)),
            (5, _) => out.end = Some(Nanos(nanos(field.message()?)?)),
            (6, _) => out.min = nanos(field.message()?)?,
            (7, _) => out.max = nanos(field.message()?)?,
            (8, _) => out.limit = usize::try_from(field.int()?).unwrap_or(0),
            (10, Dialect::Query) | (9, Dialect::Storage) => return Err(filter()),
            _ => {}
        }
    }
    Ok(())
}

/// An entry of a map, or a typed attribute.
fn pair(mut entry: Reader<'_>, dialect: Dialect) -> Result<(String, String), WireError> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some(field) = entry.field()? {
        match field.number {
            1 => field.text()?.clone_into(&mut key),
            2 if dialect == Dialect::Storage => value = scalar(field.message()?)?,
            2 => field.text()?.clone_into(&mut value),
            _ => {}
        }
    }
    Ok((key, value))
}

fn scalar(mut value: Reader<'_>) -> Result<String, WireError> {
    let mut out = String::new();
    while let Some(field) = value.field()? {
        out = match field.number {
            1 => field.text()?.to_owned(),
            2 => (field.uint()? != 0).to_string(),
            3 => field.int()?.to_string(),
            4 => field.double()?.to_string(),
            _ => return Err(WireError::Value("only scalar attributes can be searched for".to_owned())),
        };
    }
    Ok(out)
}

/// Reads the ids of a `GetTraceRequest` or `GetTracesRequest`, as hexadecimal text or bytes.
pub fn trace_ids(message: &[u8], dialect: Dialect) -> Result<Vec<TraceId>, WireError> {
    let (mut request, mut out) = (Reader::new(message), Vec::new());
    while let Some(field) = request.field()? {
        match (field.number, dialect) {
            (1, Dialect::Spans) => out.push(TraceId(id(field.bytes()?)?)),
            (1, Dialect::Query) => out.push(hexadecimal(field.text()?)?),
            (1, Dialect::Storage) => {
                let mut one = field.message()?;
                while let Some(field) = one.field()? {
                    if field.number == 1 {
                        out.push(TraceId(id(field.bytes()?)?));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(out)
}

fn hexadecimal(text: &str) -> Result<TraceId, WireError> {
    let digits = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    match u128::from_str_radix(text, 16) {
        Ok(number) if digits => Ok(TraceId(number.to_be_bytes())),
        _ => Err(WireError::Value(format!(
            "malformed trace ID {text:?}: expected up to 32 hexadecimal digits"
        ))),
    }
}

/// Reads a `GetOperationsRequest`: service and kind.
pub fn operations(message: &[u8]) -> Result<(String, String), WireError> {
    let (mut request, mut service, mut kind) = (Reader::new(message), String::new(), String::new());
    while let Some(field) = request.field()? {
        match field.number {
            1 => field.text()?.clone_into(&mut service),
            2 => field.text()?.clone_into(&mut kind),
            _ => {}
        }
    }
    Ok((service, kind))
}

/// Reads a `GetDependenciesRequest`: from when until when.
pub fn window(message: &[u8]) -> Result<(Option<Nanos>, Option<Nanos>), WireError> {
    let (mut request, mut out) = (Reader::new(message), (None, None));
    while let Some(field) = request.field()? {
        match field.number {
            1 => out.0 = Some(Nanos(nanos(field.message()?)?)),
            2 => out.1 = Some(Nanos(nanos(field.message()?)?)),
            _ => {}
        }
    }
    Ok(out)
}

/// Reads a `WriteSpanRequest`.
pub fn written_span(message: &[u8]) -> Result<model::SpanBatch, WireError> {
    // A batch of one: its span is field 1 as well, and names its own process.
    let mut batch = crate::proto::Writer::new();
    batch.bytes(1, message);
    super::post_spans(&batch.finish())
}

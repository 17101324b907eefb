//! OpenTelemetry's protocol, all three signals, protobuf and JSON.
//!
//! There is one decoder a signal, for protobuf; JSON is first rewritten as protobuf by a table of the messages
//! ([`schema`]), so both encodings mean the same by construction. On the write walk after `server/api/otlp`, before
//! `server/ingest.rs`.
//! Source: <https://opentelemetry.io/docs/specs/otlp/>, <https://github.com/open-telemetry/opentelemetry-proto>

mod attributes;
pub mod logs;
pub mod metrics;
pub mod schema;
pub mod traces;
pub mod values;

pub use attributes::write_key_value;

use crate::error::WireError;
use crate::proto::Writer;
use serde_json::json;
use std::borrow::Cow;

/// The deepest nesting of an attribute's value: senders nest a handful of levels, hostile ones thousands.
pub const MAX_VALUE_DEPTH: usize = 32;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

impl Encoding {
    /// The encoding of a content type; parameters such as `charset` are ignored.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or("").trim() {
            "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
            "application/json" => Some(Encoding::Json),
            _ => None,
        }
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }

    /// The body as protobuf.
    fn to_protobuf<'a>(
        self,
        body: &'a [u8],
        message: &'static schema::Message,
    ) -> Result<Cow<'a, [u8]>, WireError> {
        match self {
            Encoding::Protobuf => Ok(Cow::Borrowed(body)),
            Encoding::Json => schema::to_protobuf(body, message).map(Cow::Owned),
        }
    }
}

/// The value that the JSON of an `AnyValue` says: other systems keep what they cannot index so.
pub(crate) fn value_of_json(json: &str) -> Result<model::Value, WireError> {
    let bytes = schema::to_protobuf(json.as_bytes(), &schema::ANY_VALUE)?;
    attributes::Interner::default().value(crate::proto::Reader::new(&bytes), 0)
}

/// What part of a request was refused, for the answer to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    /// Spans, records or data points that were not stored.
    pub rejected: u64,
    /// Why.
    pub message: String,
}

/// The signals, as the answer names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

/// The answer to an export.
pub fn response(encoding: Encoding, signal: Signal, partial: &PartialSuccess) -> Vec<u8> {
    let rejected = i64::try_from(partial.rejected).unwrap_or(i64::MAX);
    match encoding {
        Encoding::Protobuf => {
            let mut w = Writer::new();
            w.message(1, |p| {
                if rejected != 0 {
                    p.int(1, rejected);
                }
                p.text_if_any(2, &partial.message);
            });
            w.finish()
        }
        Encoding::Json => {
            let mut fields = serde_json::Map::new();
            if rejected != 0 {
                let name = match signal {
                    Signal::Traces => "rejectedSpans",
                    Signal::Logs => "rejectedLogRecords",
                    Signal::Metrics => "rejectedDataPoints",
                };
                fields.insert(name.to_owned(), rejected.to_string().into());
            }
            if !partial.message.is_empty() {
                fields.insert("errorMessage".to_owned(), partial.message.as_str().into());
            }
            json!({ "partialSuccess": fields }).to_string().into_bytes()
        }
    }
}

/// `google.rpc.Status`, the body of a refusal. `code` is a gRPC status code.
pub fn status(encoding: Encoding, code: u32, message: &str) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => {
            let mut w = Writer::new();
            w.uint_if_any(1, u64::from(code));
            w.text_if_any(2, message);
            w.finish()
        }
        Encoding::Json => json!({ "code": code, "message": message }).to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests;

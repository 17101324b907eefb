//! Loki's push protocol: snappy around a protobuf `logproto.PushRequest`, JSON, and the older JSON of `/api/prom/push`.
//!
//! On the write walk after `server/api/loki/push.rs`, before `server/ingest.rs`. Streams come out with canonical labels;
//! lines are slices of the request's body where it holds them as they are.
//! ```text
//! PushRequest 1 Stream*     Stream  1 labels as text `{a="b"}`  2 Entry*
//! Entry  1 Timestamp (1 s, 2 ns)  2 line  3 Pair* (1 name, 2 value)
//! ```
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>

mod json;
pub mod labels;
mod protobuf;

pub use json::{decode_json, decode_legacy_json};
pub use protobuf::{decode, encode};

use crate::compress;
use crate::error::WireError;
use crate::names;
use bytes::Bytes;
use model::{LogBatch, PackedBody};
use std::sync::Arc;

/// The content type of the protobuf form.
pub const CONTENT_TYPE: &str = "application/x-protobuf";

/// The protobuf form as it goes on the wire: snappy, which needs no `Content-Encoding`.
pub fn encode_body(batch: &LogBatch) -> Result<Vec<u8>, WireError> {
    compress::to_snappy(&encode(batch))
}

/// Reads the protobuf form as it is on the wire; `cap` bounds the unpacked bytes. The batch holds the body too.
pub fn decode_body(body: &Bytes, cap: usize) -> Result<LogBatch, WireError> {
    let unpacked = compress::snappy(body, cap).map_err(|error| match error {
        WireError::Compression { .. } => WireError::Compression { codec: "snappy" },
        other => other,
    })?;
    let unpacked = Bytes::from(unpacked);
    let batch = decode(&unpacked)?;
    Ok(LogBatch { body: Some(PackedBody { packed: body.clone(), unpacked }), ..batch })
}

/// Structured metadata while it is collected.
pub(crate) type Pairs = Vec<(Arc<str>, Arc<str>)>;

/// Adds a pair with its name bent to the alphabet of labels.
pub(crate) fn push_pair(pairs: &mut Pairs, name: &str, value: &str) {
    let name =
        if names::is_label_name(name) { Arc::from(name) } else { Arc::from(names::to_label_name(name)) };
    pairs.push((name, Arc::from(value)));
}

#[cfg(test)]
mod tests;

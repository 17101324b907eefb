//! Remote write: a snappy block around a protobuf `prometheus.WriteRequest` (version 1) or
//! `io.prometheus.write.v2.Request` (version 2).
//!
//! On the write walk after `server/api/prometheus/remote_write.rs` (HTTP, tenant), before `server/ingest.rs` (limits).
//! Series that could never be stored (a label twice, no metric name, bytes that are no UTF-8) are left out and listed;
//! everything else of the request is kept as sent, so values keep their bits and times their order.
//! Source: <https://prometheus.io/docs/specs/prw/remote_write_spec/>

mod decode;
mod encode;
mod encode_interned;
pub(crate) mod histogram;
mod interned;
mod scan;

pub use decode::decode;
pub use encode::{encode, encode_metadata};
pub use encode_interned::{encode_interned, family_of};
pub use interned::decode as decode_interned;
pub use scan::{Scanned, scan, scan_interned};

use crate::compress;
use crate::error::{Skipped, WireError};
use model::MetricBatch;

/// The content type of version 1.
pub const CONTENT_TYPE: &str = "application/x-protobuf";
/// The message name of version 1, as `proto=` of the content type.
pub const MESSAGE: &str = "prometheus.WriteRequest";
/// The message name of version 2.
pub const MESSAGE_INTERNED: &str = "io.prometheus.write.v2.Request";
/// The content type of version 2.
pub const CONTENT_TYPE_INTERNED: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
/// 32 MiB: the largest unpacked request that the replaced system takes.
pub const MAX_DECODED_BYTES: usize = 32 << 20;

/// A request as read.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The series that can be stored.
    pub batch: MetricBatch,
    /// The series that cannot.
    pub skipped: Vec<Skipped>,
    /// Places in the batch of series whose samples say what came since the sample before; only of a decoder that is told to
    /// let them through for someone who sums them up.
    pub deltas: Vec<usize>,
}

/// Reads a version 1 body as it is on the wire.
pub fn decode_body(body: &[u8]) -> Result<Decoded, WireError> {
    decode(&compress::snappy(body, MAX_DECODED_BYTES)?)
}

/// A version 1 body as it goes on the wire, with `Content-Encoding: snappy`.
pub fn encode_body(batch: &MetricBatch) -> Result<Vec<u8>, WireError> {
    compress::to_snappy(&encode(batch))
}

/// A version 2 body as it goes on the wire, with `Content-Encoding: snappy`.
pub fn encode_interned_body(batch: &MetricBatch) -> Result<Vec<u8>, WireError> {
    compress::to_snappy(&encode_interned(batch, &batch.metadata))
}

#[cfg(test)]
mod tests;

//! The log engine: streams of lines, from the ack to years later.
//!
//! The life of a line:
//! ```text
//! append   logdb.rs: a batch -> record.rs (bytes) -> store::log (durable: ack) and head.rs (visible at once) -> tail.rs
//! head     one arena of text a shard, not a buffer a stream: memory does not grow with the number of streams
//! flush    a sealed head -> flush.rs: groups of lines by time, each sorted by stream -> block/writer.rs: pages
//!          -> store::catalog (published), then the log is trimmed
//! merge    merge.rs: blocks -> one block, duplicates, expired and deleted lines left out (deletes.rs)
//! read     read.rs: a cut (heads and blocks) -> pages in the order of the query, each decoded only when its time has come
//! ```
//! A page holds up to 16 Ki lines of neighbouring streams: columns (streams, times, lengths, metadata) and text, packed
//! apart, so that counts do not touch text. What skips pages: time, streams, and a filter of tokens; what decides is
//! always the real bytes. The format is in `docs/formats/logs.md`.
//!
//! Invariant: an acknowledged line is in exactly one of head and blocks for every reader, and comes once, whatever
//! flushes, merges and restarts happen meanwhile.

mod block;
mod deletes;
mod error;
mod flush;
mod head;
mod inspect;
mod logdb;
mod merge;
mod options;
mod predicate;
mod read;
mod record;
mod sets;
mod source;
mod streams;
mod tail;

pub use error::LogError;
pub use inspect::{inspect_record, inspect_section};
pub use logdb::{EngineSizes, LOG_NAME, LogDb};
pub use options::{
    DEFAULT_DECODED_BYTES, DEFAULT_DELETE_GRACE, DEFAULT_FLUSH_AGE, DEFAULT_FLUSH_BYTES, EngineOptions,
    MAX_MERGE_BYTES, StreamRetention,
};
pub use record::MAX_RECORD_BYTES;

#[cfg(test)]
mod tests;

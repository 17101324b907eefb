//! The trace engine.
//!
//! The life of a span: it arrives in a batch and is encoded ([`record`]), written to the log, and put into the head of its
//! tenant, where every query sees it at once; when the log has it on disk the batch is acknowledged. When the head is
//! large it is sealed; its traces are sorted by start, each trace's spans depth-first, and packed as columns into a part, a
//! block in memory. When parts are many or old they are joined into one block; the catalog publishes it and the log is
//! trimmed. Merges join the pieces of a trace that arrived at
//! different times and drop spans that were delivered twice, and traces that were deleted. Retention removes whole blocks.
//!
//! A query takes a cut (published blocks, parts, sealed heads, current head) and asks for traces that may satisfy its conditions,
//! newest first. Dictionaries rule out most blocks, a few pages rule out most traces, and only what is left is
//! decoded, joined with its pieces elsewhere, and handed out whole.
//! ```text
//! append -> record -> log        flush -> block -> catalog        read: cut -> prune -> unit -> granule -> assemble
//!               \-> head -> part -^      merge -^                   scan: cut -> prune -> unit
//! ```

mod assemble;
mod block;
mod bytes;
mod cursor;
mod error;
mod flush;
mod head;
mod inspect;
mod merge;
mod options;
mod pieces;
mod predicate;
mod read;
pub mod record;
mod scan;
mod tags;
mod tracedb;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod tests;

pub use error::{DecodeError, TraceError};
pub use flush::import::{Imported, TraceImport};
pub use inspect::{inspect_record, inspect_section};
pub use options::{
    DEFAULT_DECODED_BYTES, DEFAULT_FLUSH_AGE, DEFAULT_FLUSH_BYTES, DEFAULT_MERGE_BYTES, DEFAULT_ROOM_WAIT,
    EngineOptions,
};
pub use tracedb::{EngineSizes, LOG_NAME, TraceDb};

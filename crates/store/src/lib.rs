//! The storage floor: durable bytes for three engines. It knows no sample, no line and no span.
//!
//! ```text
//! write   record --> log.rs (durable: ack) ... head full --> block.rs --> object.rs --> catalog.rs --> log trimmed
//! read    catalog.rs (a snapshot) --> block.rs --> cache.rs --> object.rs; what engines unpack of it: decoded.rs
//! keep    compact.rs and retention.rs decide, the engine merges, catalog.rs publishes, sweep.rs deletes
//! ```
//! - An ack means that the bytes are on the disk: [`LocalLog`] syncs before it answers.
//! - The only arbiter between processes is create-if-absent of the next numbered object ([`Objects::create`]).
//! - A block is one immutable object of typed sections; what is inside a section is the engine's.
//! - Positions of the log, not times, say what is in blocks and what is still in the head.
//!
//! Formats are specified in `docs/formats/{log,catalog,block}.md`; [`inspect`] prints them.

pub mod block;
pub mod cache;
pub mod catalog;
pub mod compact;
pub mod decoded;
pub mod disk;
pub mod documents;
mod envelope;
pub mod error;
pub mod inspect;
pub mod log;
pub mod meta;
pub mod object;
pub mod retention;
pub mod spool;
pub mod sweep;

pub use block::{BlockReader, BlockStream, BlockWriter, SectionInfo};
pub use cache::{BlockCache, CacheStats};
pub use catalog::{Catalog, CatalogOptions, Delta, Snapshot, Tombstone};
pub use compact::{CompactionPolicy, MergeJob, plan};
pub use decoded::Decoded;
pub use documents::{Document, DocumentKey, DocumentVersion, Documents};
pub use error::StoreError;
pub use log::{LocalLog, LogOptions, MAX_RECORD_BYTES, Permit, Position, Ticket, Visit};
pub use meta::{BlockId, BlockMeta, Signal};
pub use object::{Created, ObjectInfo, Objects, Retry, Upload};
pub use retention::{RetentionPolicy, expired};
pub use spool::Spool;
pub use sweep::{SweepOptions, SweepReport, Sweeper};

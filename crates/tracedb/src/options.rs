//! How an engine is opened.

use std::path::PathBuf;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CompactionPolicy, Objects, RetentionPolicy};

/// 64 MiB: a head is packed at a quarter of it (some 25,000 spans), senders wait while rows take half of it, and sixteen
/// packed heads are one block.
pub const DEFAULT_FLUSH_BYTES: u64 = 64 << 20;

/// Five seconds: what a sender waits for room before it is refused. A flush takes one or two.
pub const DEFAULT_ROOM_WAIT: Duration = Duration::from_secs(5);

/// Ten minutes: what a quiet tenant's spans wait in the log before they become a block.
pub const DEFAULT_FLUSH_AGE: Duration = Duration::from_secs(600);

/// 128 MiB: about six million spans make a block that is worth its index, and a merge holds where their traces are: 40 MiB.
pub const DEFAULT_MERGE_BYTES: u64 = 128 << 20;

/// 64 MiB: a dozen columns of a million spans, which is what a page of charts and searches asks for again and again.
pub const DEFAULT_DECODED_BYTES: u64 = 64 << 20;

/// Where an engine keeps things, and its limits.
#[derive(Clone)]
pub struct EngineOptions {
    /// Directory of the log's segments.
    pub log_dir: PathBuf,
    /// Where blocks are.
    pub objects: Objects,
    /// Which blocks there are.
    pub catalog: Catalog,
    /// Cache of sections and ranges.
    pub cache: BlockCache,
    /// Columns are kept decoded in so many bytes.
    pub decoded_bytes: u64,
    /// What time it is.
    pub clock: Clock,
    /// Memory of the head.
    pub budget: Budget,
    /// Spans in memory are flushed when they take this many bytes; a head is packed at a quarter of it.
    pub flush_bytes: u64,
    /// They are flushed too when the first of them waited this long.
    pub flush_age: Duration,
    /// How long an append waits for room in memory before it is refused.
    pub room_wait: Duration,
    /// When blocks are merged.
    pub compaction: CompactionPolicy,
    /// When blocks are deleted.
    pub retention: RetentionPolicy,
}

impl EngineOptions {
    /// Options with the default limits and no retention.
    pub fn new(
        log_dir: impl Into<PathBuf>,
        objects: Objects,
        catalog: Catalog,
        cache: BlockCache,
        clock: Clock,
        budget: Budget,
    ) -> Self {
        EngineOptions {
            log_dir: log_dir.into(),
            objects,
            catalog,
            cache,
            decoded_bytes: DEFAULT_DECODED_BYTES,
            clock,
            budget,
            flush_bytes: DEFAULT_FLUSH_BYTES,
            flush_age: DEFAULT_FLUSH_AGE,
            room_wait: DEFAULT_ROOM_WAIT,
            compaction: CompactionPolicy { max_bytes: DEFAULT_MERGE_BYTES, ..CompactionPolicy::default() },
            retention: RetentionPolicy { max_age: None, max_bytes: None },
        }
    }
}

//! How an engine is opened.

use contract::MakeRowTest;
use model::{Matcher, Tenant};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CompactionPolicy, Objects, RetentionPolicy};

/// 16 MiB: about 65,000 lines, one group of a block; four flushes a minute at 1 MB/s of lines. Two such heads, their blocks, a
/// merge and what an allocator keeps of them fit in 200 MB.
pub const DEFAULT_FLUSH_BYTES: u64 = 16 << 20;

/// Ten minutes: what a quiet tenant's lines wait in the log before they become a block.
pub const DEFAULT_FLUSH_AGE: Duration = Duration::from_secs(600);

/// 32 MiB: about sixteen pages of two mebibytes of lines, a quarter of an hour of a busy server.
pub const DEFAULT_DECODED_BYTES: u64 = 32 << 20;

/// A day: how long a request to delete lines can be taken back, as in the replaced system. Queries do not see the lines.
pub const DEFAULT_DELETE_GRACE: Duration = Duration::from_secs(86_400);

/// 256 MiB: the most bytes of blocks that are merged into one, of which filters and directory stand in memory.
pub const MAX_MERGE_BYTES: u64 = 256 << 20;

/// A shorter or longer life for some streams. Lines past it are left out when blocks are merged, and not read before.
#[derive(Debug, Clone)]
pub struct StreamRetention {
    /// Whose streams; `None`: of all tenants.
    pub tenant: Option<Tenant>,
    /// Which streams: all matchers hold.
    pub matchers: Vec<Matcher>,
    /// Of several rules that match a stream the one with the highest priority counts, then the shortest age.
    pub priority: i64,
    /// How old lines may become.
    pub max_age: Duration,
}

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
    /// Bytes of unpacked pages that are kept for queries.
    pub decoded_bytes: u64,
    /// What time it is.
    pub clock: Clock,
    /// Memory of heads and of what is known of opened blocks.
    pub budget: Budget,
    /// The head is flushed when it holds this many bytes ...
    pub flush_bytes: u64,
    /// ... or when its first line waited this long.
    pub flush_age: Duration,
    /// When blocks are merged.
    pub compaction: CompactionPolicy,
    /// When blocks are deleted.
    pub retention: RetentionPolicy,
    /// How many bytes the blocks of some tenants may take, instead of `retention.max_bytes`: beyond it the oldest go.
    pub tenant_max_bytes: HashMap<Tenant, u64>,
    /// When lines of some streams are deleted.
    pub stream_retention: Vec<StreamRetention>,
    /// How long a request to delete lines can be taken back before they leave storage.
    pub delete_grace: Duration,
    /// Makes tests of requests to delete lines again that were made before a restart.
    pub make_row_test: MakeRowTest,
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
            compaction: CompactionPolicy { max_bytes: MAX_MERGE_BYTES, ..CompactionPolicy::default() },
            retention: RetentionPolicy { max_age: None, max_bytes: None },
            tenant_max_bytes: HashMap::new(),
            stream_retention: Vec::new(),
            delete_grace: DEFAULT_DELETE_GRACE,
            make_row_test: |_| None,
        }
    }
}

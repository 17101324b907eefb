//! What an engine is opened with, and its limits.

use crate::maintain::downsample::DownsamplingRules;
use crate::maintain::retain::RetentionRules;
use model::Tenant;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use stdx::{Budget, Clock};
use store::{BlockCache, Catalog, CompactionPolicy, LogOptions, Objects, RetentionPolicy};

/// The name of the engine's log in the catalog.
pub const LOG_NAME: &str = "metrics";

/// 128 MiB of head: half an hour of 100,000 series every 15 s at about 100 bytes a series and eight minutes.
pub const DEFAULT_FLUSH_BYTES: u64 = 128 << 20;
/// Half an hour: bounds the replay after a crash, and how long a series that ended costs memory.
pub const DEFAULT_FLUSH_AGE: Duration = Duration::from_secs(30 * 60);
/// 64 GiB of inputs a merge, a day of a hundred million samples a minute: memory does not grow with it, the time that a merge
/// takes does.
pub const DEFAULT_MERGE_BYTES: u64 = 64 << 30;

/// How a [`crate::Tsdb`] is opened.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The directory of the log, for this engine alone.
    pub log_dir: PathBuf,
    /// How the log behaves.
    pub log: LogOptions,
    /// Where blocks are.
    pub objects: Objects,
    /// Which blocks there are.
    pub catalog: Catalog,
    /// Pieces of blocks in memory.
    pub cache: BlockCache,
    /// What time it is.
    pub clock: Clock,
    /// Memory of heads, in bytes. Beyond it appends are refused until a flush has freed some.
    pub budget: Budget,
    /// Heads of this size are flushed.
    pub flush_bytes: u64,
    /// Heads of this age are flushed.
    pub flush_age: Duration,
    /// When blocks are merged.
    pub compaction: CompactionPolicy,
    /// What is kept of tenants that [`EngineOptions::tenant_retention`] does not name.
    pub retention: RetentionPolicy,
    /// What is kept of these tenants.
    pub tenant_retention: BTreeMap<Tenant, RetentionPolicy>,
    /// How long some series are kept instead; the first rule that fits a series counts.
    pub retention_rules: RetentionRules,
    /// Which blocks get companions that answer long windows.
    pub downsampling: DownsamplingRules,
}

impl EngineOptions {
    /// Where merges put what waits for its place in the block; beside the log, which is a local directory.
    pub(crate) fn spool_dir(&self) -> PathBuf {
        let mut name = self.log_dir.file_name().unwrap_or_default().to_owned();
        name.push("-spool");
        self.log_dir.with_file_name(name)
    }

    /// Defaults for an engine whose log is in `log_dir`: system clock, 1 GiB of head, everything kept.
    pub fn new(log_dir: PathBuf, objects: Objects, catalog: Catalog, cache: BlockCache) -> Self {
        EngineOptions {
            log_dir,
            log: LogOptions::default(),
            objects,
            catalog,
            cache,
            clock: Clock::system(),
            budget: Budget::new("metrics head", 1 << 30),
            flush_bytes: DEFAULT_FLUSH_BYTES,
            flush_age: DEFAULT_FLUSH_AGE,
            compaction: CompactionPolicy { max_bytes: DEFAULT_MERGE_BYTES, ..CompactionPolicy::default() },
            retention: RetentionPolicy::default(),
            tenant_retention: BTreeMap::new(),
            retention_rules: RetentionRules::default(),
            downsampling: DownsamplingRules::default(),
        }
    }
}

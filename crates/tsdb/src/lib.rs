//! The metrics engine. The life of a sample:
//!
//! 1. A batch arrives ([`Tsdb::append`], `tsdb.rs`) and is split by shard (`head/append.rs`): the series of one target,
//!    told by job and instance, live in one shard and one group.
//! 2. Under the shard's lock labels become a series id (`index`), the samples of one timestamp become a row of their
//!    group (`head/group.rs`), and the very same row becomes a log record (`record.rs`). A repeated sample is fine, a
//!    different value for a stored time is refused, any age is taken.
//! 3. The log syncs; only then the batch is answered. It was visible a moment before.
//! 4. Sixteen rows are sealed: each series gets an encoded column, all of them share their timestamps (`chunk.rs`).
//! 5. At a flush (`flush.rs`) all heads are replaced by empty ones and written, in label order, as blocks
//!    (`block/writer.rs`): pages of one metric, distinct timestamp columns once, postings per label value. The catalog
//!    takes the blocks and the log position in one step, and the log is trimmed.
//! 6. Blocks of one window are merged (`merge.rs`), and those that are too old are dropped (`maintain/retain.rs`);
//!    single series go earlier or later by rules. Old ones may get companions for long windows (`maintain/downsample.rs`).
//! 7. A query ([`contract::SeriesSource`], `read.rs`) takes a cut: a catalog version, sealed heads that are not in it,
//!    the current head. Matchers become ids, the bytes of matching pages are fetched, and then everything is decoded
//!    and put together (`assemble.rs`, `parts.rs`); timestamps stay shared.
//! 8. After a crash the log is replayed from the flushed position (`head/replay.rs`): the same ids, rows and seals.
//!
//! Formats: `docs/formats/metrics.md`. What one process may hold is in `options.rs`.

mod assemble;
mod block;
mod chunk;
mod delete;
mod error;
mod flush;
mod head;
mod histogram;
pub mod import;
mod maintain;
mod merge;
mod options;
mod parts;
mod read;
mod record;
mod starts;
mod telemetry;
mod tsdb;

pub use error::TsdbError;
pub use maintain::downsample::{
    BadDownsampling, DownsamplingRule, DownsamplingRules, MAX_DOWNSAMPLING_RULES,
};
pub use maintain::retain::{MAX_RETENTION_RULES, RetentionRule, RetentionRules, TooManyRules};
pub use options::{DEFAULT_FLUSH_AGE, DEFAULT_FLUSH_BYTES, DEFAULT_MERGE_BYTES, EngineOptions, LOG_NAME};
pub use telemetry::TelemetrySnapshot;
pub use tsdb::Tsdb;

/// What `oriel inspect` prints of a section, of a version, of a metrics block.
pub fn inspect_section(kind: u16, version: u16, bytes: &[u8]) -> String {
    block::sections::print(kind, version, bytes)
}

/// What `oriel inspect` prints of a record of the metrics log.
pub fn inspect_record(bytes: &[u8]) -> String {
    record::print(bytes)
}

/// Runs computing work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TsdbError> + Send + 'static,
) -> Result<T, TsdbError> {
    match stdx::task::blocking(work).join().await {
        Ok(result) => result,
        Err(stopped) => Err(TsdbError::Stopped(stopped.to_string())),
    }
}

#[cfg(test)]
mod tests;

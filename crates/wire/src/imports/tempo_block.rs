//! Blocks of a Grafana Tempo, read for migration: `meta.json` and `data.parquet`, of the formats vParquet4 and vParquet5.
//! ```text
//! <tenant>/<block id>/  meta.json            format, tenant, counts, what the dedicated columns stand for
//!                       meta.compacted.json  instead of it when other blocks took the traces over: not read
//!                       data.parquet         a row a trace: rs[] -> ss[] -> Spans[] -> Attrs[], Events[], Links[]
//!                       bloom-0 ..., index   for finding traces by id: not needed
//! ```
//! Only the columns that say something of their own are read ([`layout`]); numbers that were derived from others (nested
//! sets, rounded starts, service statistics) are not. Rows come one at a time, so memory is a page a column and the largest
//! trace. An error names the file and the column. Invariant: no file can make this panic.

mod attributes;
mod columns;
mod layout;
mod spans;

#[cfg(test)]
mod tests;

use crate::WireError;
use columns::Columns;
use layout::Layout;
use model::SpanBatch;
use serde::Deserialize;
use std::path::Path;

/// The name of the columns' file inside a block.
pub const DATA: &str = "data.parquet";
/// The name of what says what a block is.
pub const META: &str = "meta.json";
/// A `meta.json` is some hundred bytes, with fifty dedicated columns a few thousand.
pub const MAX_META_BYTES: u64 = 1 << 20;

/// The tenant of a server that knows of no tenants.
pub const SINGLE_TENANT: &str = "single-tenant";

/// What `meta.json` says of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its name, a UUID.
    pub id: String,
    /// Whose it is; [`SINGLE_TENANT`] where there are none.
    pub tenant: String,
    /// How many traces it holds.
    pub traces: u64,
    /// What the dedicated columns stand for, in the order of their numbers within a scope and type.
    dedicated: Vec<Dedicated>,
}

/// An attribute that has a column of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Dedicated {
    #[serde(rename = "n")]
    name: String,
    /// `resource`, `span` or `event`.
    #[serde(rename = "s", default = "of_span")]
    scope: String,
    /// `string` or `int`.
    #[serde(rename = "t", default = "of_text")]
    kind: String,
}

fn of_span() -> String {
    "span".to_owned()
}

fn of_text() -> String {
    "string".to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    format: String,
    #[serde(rename = "blockID")]
    block_id: String,
    #[serde(rename = "tenantID")]
    tenant_id: String,
    #[serde(default)]
    total_objects: u64,
    #[serde(default)]
    dedicated_columns: Option<Vec<Dedicated>>,
}

/// What the bytes of a `meta.json` say; `name` is the file, for errors.
pub fn info(name: &str, meta: &[u8]) -> Result<BlockInfo, WireError> {
    let meta: Meta = serde_json::from_slice(meta).map_err(|error| WireError::File {
        path: name.to_owned(),
        offset: 0,
        what: error.to_string(),
    })?;
    if !matches!(meta.format.as_str(), "vParquet4" | "vParquet5") {
        let what = format!("a block of format {:?}; vParquet4 and vParquet5 are read", meta.format);
        return Err(WireError::File { path: name.to_owned(), offset: 0, what });
    }
    let dedicated = meta.dedicated_columns.unwrap_or_default();
    Ok(BlockInfo { id: meta.block_id, tenant: meta.tenant_id, traces: meta.total_objects, dedicated })
}

/// Gives the traces of a block, in the order of their ids.
pub struct BlockReader {
    columns: Columns,
    layout: Layout,
}

impl BlockReader {
    /// Opens the columns of a block on disk.
    pub fn open(path: &Path, info: &BlockInfo) -> Result<Self, WireError> {
        let name = path.display().to_string();
        let failed = |error: std::io::Error| WireError::File {
            path: name.clone(),
            offset: 0,
            what: error.to_string(),
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        Self::of(Columns::open(&name, file)?, info)
    }

    fn of(mut columns: Columns, info: &BlockInfo) -> Result<Self, WireError> {
        let layout = Layout::find(&mut columns, &info.dedicated)?;
        Ok(BlockReader { columns, layout })
    }

    /// The next trace.
    pub fn next_trace(&mut self) -> Result<Option<SpanBatch>, WireError> {
        if self.columns.next_record()? {
            spans::trace(&mut self.columns, &self.layout).map(Some)
        } else {
            Ok(None)
        }
    }
}

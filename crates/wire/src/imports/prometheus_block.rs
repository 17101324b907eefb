//! Blocks of a Prometheus server on its disk, read for migration: `meta.json`, `index`, `chunks/000001 ...`, `tombstones`.
//! ```text
//! 01M8AREF.../  meta.json   version, time range, counts
//!               index       symbols, series in label order with the place of their chunks (postings are not needed)
//!               chunks/     segment files of chunks: floats (XOR, XOR2), native histograms
//!               tombstones  deleted stretches by series
//! ```
//! Format: <https://github.com/prometheus/prometheus/tree/main/tsdb/docs/format>. Files are read from front to back through
//! windows of a mebibyte; only the symbols are held whole. Every checksum is compared. An error names the file and the byte.
//! Invariant: no file can make this panic or take memory out of proportion to its size.

mod bits;
mod chunks;
mod floats;
mod histograms;
mod index;
mod tombstones;
mod window;

#[cfg(test)]
mod tests;

pub use index::{ChunkPlace, IndexSeries};

use crate::WireError;
use chunks::ChunkFiles;
use index::Index;
use model::FloatHistogram;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tombstones::Tombstones;

/// A block's `meta.json` is a few kilobytes, of compactions with thousands of sources a few hundred.
const MAX_META_BYTES: u64 = 16 << 20;

/// What `meta.json` says of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockInfo {
    /// Where it is.
    pub path: PathBuf,
    /// Its name: 26 characters that sort by the time of making.
    pub ulid: String,
    /// The first time inside, in milliseconds.
    pub first: i64,
    /// The first time after it, in milliseconds.
    pub end: i64,
    /// How many samples it holds.
    pub samples: u64,
    /// How many series it holds.
    pub series: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    ulid: String,
    min_time: i64,
    max_time: i64,
    #[serde(default)]
    stats: Stats,
    version: u32,
    #[serde(default)]
    thanos: Thanos,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    num_samples: u64,
    num_series: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Thanos {
    downsample: Downsample,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Downsample {
    resolution: i64,
}

/// The blocks in `dir`, which is a data folder or one block; by their first time, then name.
pub fn list(dir: &Path) -> Result<Vec<BlockInfo>, WireError> {
    if dir.join("meta.json").is_file() {
        return Ok(vec![info(dir)?]);
    }
    let entries = std::fs::read_dir(dir).map_err(|error| failed(dir, 0, error))?;
    let mut blocks = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(dir, 0, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        // Beside blocks stand the log, the head's chunks, a lock, and blocks that were being made (`.tmp`).
        if is_ulid(name) && path.join("meta.json").is_file() {
            blocks.push(info(&path)?);
        }
    }
    blocks.sort_by(|a, b| (a.first, &a.ulid).cmp(&(b.first, &b.ulid)));
    Ok(blocks)
}

fn is_ulid(name: &str) -> bool {
    name.len() == 26 && name.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn info(dir: &Path) -> Result<BlockInfo, WireError> {
    let path = dir.join("meta.json");
    let size = std::fs::metadata(&path).map_err(|error| failed(&path, 0, error))?.len();
    if size > MAX_META_BYTES {
        return Err(failed(&path, 0, format!("{size} bytes; at most {MAX_META_BYTES} are read")));
    }
    let bytes = std::fs::read(&path).map_err(|error| failed(&path, 0, error))?;
    let meta: Meta = serde_json::from_slice(&bytes).map_err(|error| failed(&path, 0, error))?;
    if meta.version != 1 {
        return Err(failed(&path, 0, format!("version {} of a block; 1 is read", meta.version)));
    }
    if meta.thanos.downsample.resolution != 0 {
        return Err(failed(&path, 0, "the block is downsampled; only blocks of raw samples are read"));
    }
    if meta.min_time > meta.max_time {
        return Err(failed(&path, 0, "minTime is after maxTime"));
    }
    Ok(BlockInfo {
        path: dir.to_owned(),
        ulid: meta.ulid,
        first: meta.min_time,
        end: meta.max_time,
        samples: meta.stats.num_samples,
        series: meta.stats.num_series,
    })
}

/// Samples of one series, ascending; floats and histograms may interleave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// When, of the floats, in milliseconds.
    pub times: Vec<i64>,
    /// What; as long as `times`.
    pub values: Vec<f64>,
    /// Start timestamps of the floats; as long as `times`, 0 where none is known.
    pub starts: Vec<i64>,
    /// Native histograms: when, start timestamp or 0, and what.
    pub histograms: Vec<(i64, i64, FloatHistogram)>,
}

impl Samples {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Samples::default();
    }

    fn push(&mut self, at: i64, start: i64, value: f64) {
        self.times.push(at);
        self.values.push(value);
        self.starts.push(start);
    }

    /// Drops what `stays` does not want, from the float `floats` and the histogram `histograms` on.
    fn retain(&mut self, (floats, histograms): (usize, usize), stays: impl Fn(i64) -> bool) {
        let mut to = floats;
        for from in floats..self.times.len() {
            if stays(self.times[from]) {
                self.times[to] = self.times[from];
                self.values[to] = self.values[from];
                self.starts[to] = self.starts[from];
                to += 1;
            }
        }
        self.times.truncate(to);
        self.values.truncate(to);
        self.starts.truncate(to);
        let mut place = 0;
        self.histograms.retain(|(at, ..)| {
            place += 1;
            place <= histograms || stays(*at)
        });
    }
}

/// An opened block: its series in label order, one after the other.
#[derive(Debug)]
pub struct BlockReader {
    index: Index,
    chunks: ChunkFiles,
    tombstones: Tombstones,
    ready: Option<IndexSeries>,
}

impl BlockReader {
    /// Opens the files of a block and stands at its first series.
    pub fn open(block: &BlockInfo) -> Result<BlockReader, WireError> {
        let mut reader = BlockReader {
            index: Index::open(&block.path.join("index"))?,
            chunks: ChunkFiles::open(&block.path.join("chunks"))?,
            tombstones: Tombstones::read(&block.path.join("tombstones"))?,
            ready: None,
        };
        reader.advance()?;
        Ok(reader)
    }

    /// The next series; `None` at the end.
    pub fn peek(&self) -> Option<&IndexSeries> {
        self.ready.as_ref()
    }

    /// Appends the samples of the next series in `span` that are not deleted.
    pub fn samples(&mut self, span: &RangeInclusive<i64>, out: &mut Samples) -> Result<(), WireError> {
        let Some(series) = &self.ready else { return Ok(()) };
        let deleted = self.tombstones.of(series.reference);
        for chunk in &series.chunks {
            if chunk.last < *span.start() || chunk.first > *span.end() {
                continue;
            }
            let before = (out.times.len(), out.histograms.len());
            self.chunks.decode(chunk, out)?;
            out.retain(before, |at| {
                span.contains(&at) && !deleted.iter().any(|(first, last)| (*first..=*last).contains(&at))
            });
        }
        Ok(())
    }

    /// To the next series, which must be later in label order.
    pub fn advance(&mut self) -> Result<(), WireError> {
        let before = self.ready.take();
        self.ready = self.index.next_series()?;
        if let (Some(before), Some(next)) = (&before, &self.ready)
            && before.labels >= next.labels
        {
            return Err(self.index.wrong(next.offset, "series that do not stand in label order"));
        }
        Ok(())
    }
}

fn failed(path: &Path, offset: u64, what: impl ToString) -> WireError {
    WireError::File { path: path.display().to_string(), offset, what: what.to_string() }
}

//! Lines and bytes of a page by stream, level and minute: what volume and histogram questions need, without reading lines.
//!
//! ```text
//! zstd( pages: count { levels: count { text } | rows: count { run | level | minute: zigzag, less the one before | lines | bytes } } )
//! ```
//! A run is the place of a stream's rows in the page, given as the stream's id; the level is the line's `detected_level`.
//! Invariant: the lines of a page's rows add up to its rows.

use codec::{CodecError, Reader, put_i64, put_str, put_u64};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The metadata that holds a line's level.
const LEVEL: &str = "detected_level";
const MINUTE: i64 = 60_000_000_000;
/// 256 MiB: the roll-ups of a block of a hundred thousand pages.
const MAX_BYTES: usize = 256 << 20;

/// Lines and bytes of one stream, level and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) stream: u32,
    /// Place in [`PageRollup::levels`].
    pub(crate) level: u32,
    /// Minutes since 1970.
    pub(crate) minute: i64,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

/// All of one page, by stream, level and minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PageRollup {
    pub(crate) levels: Vec<Arc<str>>,
    pub(crate) counts: Vec<Count>,
}

/// Counts lines as they are written.
#[derive(Default)]
pub(crate) struct Builder {
    levels: Vec<Arc<str>>,
    counts: BTreeMap<(u32, u32, i64), (u64, u64)>,
}

impl Builder {
    pub(crate) fn add(&mut self, stream: u32, at: i64, bytes: usize, metadata: &[(Arc<str>, Arc<str>)]) {
        let level = metadata.iter().find(|(name, _)| &**name == LEVEL).map_or("", |(_, value)| value);
        let level = match self.levels.iter().position(|known| **known == *level) {
            Some(level) => level,
            None => {
                self.levels.push(Arc::from(level));
                self.levels.len() - 1
            }
        };
        let count = self.counts.entry((stream, level as u32, at.div_euclid(MINUTE))).or_default();
        count.0 += 1;
        count.1 += bytes as u64;
    }

    pub(crate) fn finish(&mut self) -> PageRollup {
        let counts = std::mem::take(&mut self.counts);
        let counts = counts.into_iter().map(|((stream, level, minute), (lines, bytes))| Count {
            stream,
            level,
            minute,
            lines,
            bytes,
        });
        PageRollup { levels: std::mem::take(&mut self.levels), counts: counts.collect() }
    }
}

pub(crate) fn encode(pages: &[PageRollup]) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, pages.len() as u64);
    for page in pages {
        put_u64(&mut out, page.levels.len() as u64);
        page.levels.iter().for_each(|level| put_str(&mut out, level));
        put_u64(&mut out, page.counts.len() as u64);
        let mut before = 0i64;
        for count in &page.counts {
            put_u64(&mut out, u64::from(count.stream));
            put_u64(&mut out, u64::from(count.level));
            put_i64(&mut out, count.minute.wrapping_sub(before));
            before = count.minute;
            put_u64(&mut out, count.lines);
            put_u64(&mut out, count.bytes);
        }
    }
    super::page::pack(&out)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<PageRollup>, CodecError> {
    let bytes = super::page::unpack(bytes, MAX_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let pages = reader.count()?;
    let mut out = Vec::with_capacity(pages.min(64 << 10));
    for _ in 0..pages {
        let count = reader.count()?;
        let mut levels: Vec<Arc<str>> = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            levels.push(Arc::from(reader.str()?));
        }
        let count = reader.count()?;
        let (mut counts, mut minute) = (Vec::with_capacity(count.min(4096)), 0i64);
        for _ in 0..count {
            let (stream, level) = (reader.u32()?, reader.u32()?);
            if level as usize >= levels.len() {
                return Err(reader.invalid("a level that is not there"));
            }
            minute = minute.wrapping_add(reader.i64()?);
            counts.push(Count { stream, level, minute, lines: reader.u64()?, bytes: reader.u64()? });
        }
        out.push(PageRollup { levels, counts });
    }
    if reader.is_empty() { Ok(out) } else { Err(reader.invalid("bytes after the roll-ups")) }
}

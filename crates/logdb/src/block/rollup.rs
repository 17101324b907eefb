//! Lines and bytes of a page by stream, level and minute: what volume and histogram questions need, without reading lines.
//!
//! ```text
//! zstd( pages: count { names: count { text } | levels: count { text } | rows: count { run | level | minute: zigzag, less the one before | lines | bytes } } )
//! ```
//! Names are those of the metadata in the page: a query that groups by none of them but the level can be answered from
//! here. A run is given as its stream's id; the level is the line's `detected_level`. Minute `m` holds times in
//! `(m - 1, m]` minutes since 1970, like the windows of range queries: a window of whole minutes is a sum of minutes.
//! Invariant: the lines of a page's rows add up to its rows.

use codec::{CodecError, Reader, put_i64, put_str, put_u64};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The metadata that holds a line's level.
pub(crate) const LEVEL: &str = "detected_level";
/// Nanoseconds of a minute.
pub(crate) const MINUTE: i64 = 60_000_000_000;
/// 256 MiB: the roll-ups of a block of a hundred thousand pages.
const MAX_BYTES: usize = 256 << 20;

/// Lines and bytes of one stream, level and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) stream: u32,
    /// Place in [`PageRollup::levels`].
    pub(crate) level: u32,
    /// The minute since 1970 at whose end or before the times are.
    pub(crate) minute: i64,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

/// All of one page, by stream, level and minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PageRollup {
    /// Names of metadata, sorted.
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) levels: Vec<Arc<str>>,
    pub(crate) counts: Vec<Count>,
}

/// Counts lines as they are written.
#[derive(Default)]
pub(crate) struct Builder {
    names: BTreeSet<Arc<str>>,
    levels: Vec<Arc<str>>,
    counts: FxHashMap<(u32, u32, i64), (u64, u64)>,
}

impl Builder {
    /// Takes the names of a set of metadata that occurs in the page.
    pub(crate) fn add_names(&mut self, metadata: &[(Arc<str>, Arc<str>)]) {
        for (name, _) in metadata {
            if !self.names.contains(name) {
                self.names.insert(name.clone());
            }
        }
    }

    pub(crate) fn add(&mut self, stream: u32, at: i64, bytes: usize, metadata: &[(Arc<str>, Arc<str>)]) {
        let level = metadata.iter().find(|(name, _)| &**name == LEVEL).map_or("", |(_, value)| value);
        let level = match self.levels.iter().position(|known| **known == *level) {
            Some(level) => level,
            None => {
                self.levels.push(Arc::from(level));
                self.levels.len() - 1
            }
        };
        let count = self
            .counts
            .entry((stream, level as u32, at.saturating_sub(1).div_euclid(MINUTE) + 1))
            .or_default();
        count.0 += 1;
        count.1 += bytes as u64;
    }

    pub(crate) fn finish(&mut self) -> PageRollup {
        let mut counts: Vec<_> = std::mem::take(&mut self.counts).into_iter().collect();
        counts.sort_unstable();
        let counts = counts.into_iter().map(|((stream, level, minute), (lines, bytes))| Count {
            stream,
            level,
            minute,
            lines,
            bytes,
        });
        PageRollup {
            names: std::mem::take(&mut self.names).into_iter().collect(),
            levels: std::mem::take(&mut self.levels),
            counts: counts.collect(),
        }
    }
}

pub(crate) fn encode(pages: &[PageRollup]) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, pages.len() as u64);
    for page in pages {
        for texts in [&page.names, &page.levels] {
            put_u64(&mut out, texts.len() as u64);
            texts.iter().for_each(|text| put_str(&mut out, text));
        }
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

fn read_texts(reader: &mut Reader<'_>) -> Result<Vec<Arc<str>>, CodecError> {
    let count = reader.count()?;
    let mut texts: Vec<Arc<str>> = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        texts.push(Arc::from(reader.str()?));
    }
    Ok(texts)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<PageRollup>, CodecError> {
    let bytes = super::page::unpack(bytes, MAX_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let pages = reader.count()?;
    let mut out = Vec::with_capacity(pages.min(64 << 10));
    for _ in 0..pages {
        let (names, levels) = (read_texts(&mut reader)?, read_texts(&mut reader)?);
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
        out.push(PageRollup { names, levels, counts });
    }
    if reader.is_empty() { Ok(out) } else { Err(reader.invalid("bytes after the roll-ups")) }
}

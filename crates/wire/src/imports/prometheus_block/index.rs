//! The index of a block: its symbols, held whole, and its series, read one after the other.
//! ```text
//! magic 0xBAAAD700 | version | symbols | series ... | what finds series by label, not needed here | table of contents
//! symbols   length 4 | count 4 | (length u, text) ... | CRC32C
//! a series  length u | labels u, (name, value) as symbols | chunks u, first: time i, length u, place u; others as
//!           differences | CRC32C                          since version 2 each begins at a multiple of 16
//! ```
//! A symbol is told by its number, in version 1 by its place in the file.

use super::window::{WindowFile, be32, be64};
use crate::WireError;
use codec::Reader;
use codec::varint::MAX_VARINT_BYTES;
use model::Labels;
use std::path::Path;

const MAGIC: u32 = 0xBAAA_D700;
/// Versions 2 and 3 are alike in what is read here.
const VERSIONS: std::ops::RangeInclusive<u8> = 1..=3;
/// Six places of 8 bytes, and a checksum.
const CONTENTS_BYTES: u64 = 6 * 8 + 4;
const SERIES_ALIGNMENT: u64 = 16;
/// 1 GiB of distinct label names and values: ten million series with a few texts of their own each.
const MAX_SYMBOL_BYTES: u64 = 1 << 30;
/// 64 MiB: an entry of a series with a million chunks is smaller.
const MAX_SERIES_BYTES: u64 = 64 << 20;

/// Where a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Time of its first sample, in milliseconds.
    pub first: i64,
    /// Time of its last sample.
    pub last: i64,
    /// Number of the segment file (from 0) in the high half, offset in it in the low half.
    pub reference: u64,
}

/// One series of an index.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSeries {
    /// Who.
    pub labels: Labels,
    /// The number by which the block's other files call it.
    pub reference: u64,
    /// Where its chunks are, in order of time.
    pub chunks: Vec<ChunkPlace>,
    /// Where in the index it stands.
    pub offset: u64,
}

#[derive(Debug)]
pub(super) struct Index {
    file: WindowFile,
    version: u8,
    symbols: Symbols,
    at: u64,
    end: u64,
}

impl Index {
    pub(super) fn open(path: &Path) -> Result<Self, WireError> {
        let mut file = WindowFile::open(path)?;
        let head = file.at_most(0, 5)?;
        let (magic, version) = (be32(head), head.get(4).copied().unwrap_or(0));
        if magic != Some(MAGIC) {
            return Err(file.wrong(0, "no index file starts here"));
        }
        if !VERSIONS.contains(&version) {
            return Err(file.wrong(4, format!("version {version} of an index; 1 to 3 are read")));
        }
        let at = file.length.saturating_sub(CONTENTS_BYTES);
        let contents = file.exactly(at, CONTENTS_BYTES)?;
        let (body, crc) = contents.split_at(CONTENTS_BYTES as usize - 4);
        if be32(crc) != Some(codec::crc32c(body)) {
            return Err(file.wrong(at, "the checksum of the table of contents does not match"));
        }
        let places: Vec<u64> = body.chunks(8).filter_map(be64).collect();
        let (symbols, series) = (places[0], places[1]);
        // The series end where the next section begins; what is not there is at 0.
        let end = places[2..].iter().copied().filter(|place| *place > series).min().unwrap_or(at).min(at);
        let symbols = Symbols::read(&mut file, symbols, version)?;
        // A block without series has no such section.
        let (start, end) = if series == 0 { (end, end) } else { (series, end) };
        Ok(Index { file, version, symbols, at: start, end })
    }

    pub(super) fn wrong(&self, offset: u64, what: impl ToString) -> WireError {
        self.file.wrong(offset, what)
    }

    /// The next series in the file.
    pub(super) fn next_series(&mut self) -> Result<Option<IndexSeries>, WireError> {
        loop {
            if self.version > 1 {
                self.at = self.at.next_multiple_of(SERIES_ALIGNMENT);
            }
            let at = self.at;
            if at >= self.end {
                return Ok(None);
            }
            let mut reader = Reader::new(self.file.at_most(at, MAX_VARINT_BYTES as u64)?);
            let length = reader.u64();
            let head_bytes = reader.offset() as u64;
            let length = length.map_err(|error| self.file.wrong(at, error))?;
            if length == 0 {
                // Padding between sections.
                self.at += 1;
                continue;
            }
            if length > MAX_SERIES_BYTES {
                return Err(self.file.wrong(at, format!("an entry of {length} bytes for one series")));
            }
            let body = self.file.exactly(at + head_bytes, length + 4)?;
            let (body, crc) = body.split_at(length as usize);
            if be32(crc) != Some(codec::crc32c(body)) {
                return Err(self.file.wrong(at, "the checksum of a series does not match"));
            }
            let parsed = parse_series(body, &self.symbols);
            let (labels, chunks) =
                parsed.map_err(|(offset, what)| self.file.wrong(at + head_bytes + offset as u64, what))?;
            self.at = at + head_bytes + length + 4;
            let reference = if self.version == 1 { at } else { at / SERIES_ALIGNMENT };
            return Ok(Some(IndexSeries { labels, reference, chunks, offset: at }));
        }
    }
}

type Wrong = (usize, String);

fn parse_series(body: &[u8], symbols: &Symbols) -> Result<(Labels, Vec<ChunkPlace>), Wrong> {
    let mut reader = Reader::new(body);
    let labels = parse_labels(&mut reader, symbols)?;
    let offset = reader.offset();
    let chunks = parse_chunks(&mut reader).map_err(|error| (offset, error.to_string()))?;
    Ok((labels, chunks))
}

fn parse_labels(reader: &mut Reader<'_>, symbols: &Symbols) -> Result<Labels, Wrong> {
    let at = reader.offset();
    let count = reader.count().map_err(|error| (at, error.to_string()))?;
    let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(count);
    for _ in 0..count {
        let at = reader.offset();
        let mut text = || -> Result<&str, Wrong> {
            let number = reader.u32().map_err(|error| (at, error.to_string()))?;
            symbols.get(number).ok_or_else(|| (at, format!("symbol {number}, which is none")))
        };
        let (name, value) = (text()?, text()?);
        if pairs.last().is_some_and(|(before, _)| *before >= name) {
            return Err((at, format!("label {name:?} out of order")));
        }
        pairs.push((name, value));
    }
    // An empty value is no label.
    Ok(Labels::from_sorted(pairs.iter().copied().filter(|(_, value)| !value.is_empty())))
}

fn parse_chunks(reader: &mut Reader<'_>) -> Result<Vec<ChunkPlace>, codec::CodecError> {
    let count = reader.count()?;
    let mut chunks: Vec<ChunkPlace> = Vec::with_capacity(count);
    for _ in 0..count {
        let (first, reference) = match chunks.last().copied() {
            None => {
                let first = reader.i64()?;
                let last = first.checked_add_unsigned(reader.u64()?);
                (first, (last, reader.u64()?))
            }
            Some(before) => {
                let first = before.last.checked_add_unsigned(reader.u64()?);
                let first = first.ok_or_else(|| reader.invalid("a chunk after the end of time"))?;
                let last = first.checked_add_unsigned(reader.u64()?);
                (first, (last, before.reference.wrapping_add_signed(reader.i64()?)))
            }
        };
        let (last, reference) = reference;
        let last = last.ok_or_else(|| reader.invalid("a chunk that ends after the end of time"))?;
        chunks.push(ChunkPlace { first, last, reference });
    }
    Ok(chunks)
}

/// The texts of an index.
#[derive(Debug)]
struct Symbols {
    bytes: Vec<u8>,
    /// By number where each begins in `bytes`; of version 1 where in the file, ascending.
    starts: Vec<u32>,
    /// Where `bytes` begin in a file of version 1, where symbols are told by place.
    by_place: Option<u64>,
}

impl Symbols {
    fn read(file: &mut WindowFile, at: u64, version: u8) -> Result<Symbols, WireError> {
        let by_place = (version == 1).then_some(at + 8);
        if at == 0 {
            return Ok(Symbols { bytes: Vec::new(), starts: Vec::new(), by_place });
        }
        let length = u64::from(be32(file.exactly(at, 4)?).unwrap_or(0));
        if !(4..=MAX_SYMBOL_BYTES).contains(&length) {
            return Err(file.wrong(at, format!("{length} bytes of symbols")));
        }
        let section = file.exactly(at + 4, length + 4)?;
        let (body, crc) = section.split_at(length as usize);
        if be32(crc) != Some(codec::crc32c(body)) {
            return Err(file.wrong(at, "the checksum of the symbols does not match"));
        }
        let count = be32(body).unwrap_or(0);
        let bytes = body[4..].to_vec();
        let mut starts = Vec::with_capacity((count as usize).min(bytes.len()));
        let mut reader = Reader::new(&bytes);
        for _ in 0..count {
            starts.push(reader.offset() as u32);
            let text = reader.str();
            let offset = at + 8 + reader.offset() as u64;
            text.map_err(|error| file.wrong(offset, format!("a symbol: {error}")))?;
        }
        Ok(Symbols { bytes, starts, by_place })
    }

    fn get(&self, number: u32) -> Option<&str> {
        let start = match self.by_place {
            None => *self.starts.get(number as usize)?,
            Some(base) => {
                let start = u32::try_from(u64::from(number).checked_sub(base)?).ok()?;
                self.starts.binary_search(&start).ok().map(|_| start)?
            }
        };
        Reader::new(self.bytes.get(start as usize..)?).str().ok()
    }
}

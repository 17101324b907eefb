//! The block container: one immutable object of typed sections. Stop of the write walk between the engine's flush or
//! merge and `object.rs`, and of the read walk between `catalog.rs` and the engine's section readers.
//!
//! ```text
//! 0   magic "ORIELBLK", container version u32, zeros u32
//! 16  sections, each starting at a multiple of 8, zeros between
//!     footer: metadata and section table (varints)
//! -16 footer length u32, footer CRC32C u32, magic "ORIELEND"
//! ```
//! Full format: `docs/formats/block.md`. Invariants: the same sections give the same bytes; a reader trusts nothing that
//! a checksum does not cover, and the footer must say what the catalog says.

mod stream;

pub use stream::BlockStream;

use crate::cache::{BlockCache, Key};
use crate::error::StoreError;
use crate::meta::BlockMeta;
use crate::object::Objects;
use bytes::Bytes;
use codec::{CodecError, Reader, put_u64};
use std::ops::Range;
use std::sync::Arc;

const HEADER_MAGIC: &[u8; 8] = b"ORIELBLK";
const TAIL_MAGIC: &[u8; 8] = b"ORIELEND";
const CONTAINER_VERSION: u32 = 1;
/// Magic, version, zeros.
const HEADER_BYTES: usize = 16;
/// Footer length, checksum, magic.
pub(crate) const TAIL_BYTES: u64 = 16;
/// One read of this much holds the footer of all but the widest blocks, and the whole of the smallest.
const TAIL_READ_BYTES: u64 = 16 << 10;
/// Sections start at multiples of this, so that a reader may look at them as words.
const ALIGNMENT: usize = 8;

/// One entry of a block's section table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionInfo {
    /// What it is, by the engine's numbering.
    pub kind: u16,
    /// The layout inside.
    pub version: u16,
    /// Where it starts in the object, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// The CRC32C of its bytes.
    pub crc: u32,
}

/// Puts a block together in memory.
#[derive(Debug)]
pub struct BlockWriter {
    meta: BlockMeta,
    out: Vec<u8>,
    sections: Vec<SectionInfo>,
}

impl BlockWriter {
    /// Starts a block; `meta.bytes` is set by [`BlockWriter::finish`].
    pub fn new(meta: BlockMeta) -> Self {
        let mut out = Vec::with_capacity(64 << 10);
        out.extend_from_slice(&header());
        BlockWriter { meta, out, sections: Vec::new() }
    }

    /// Sets memory aside for sections of so many bytes, so that it does not grow by doubling.
    pub fn reserve(&mut self, bytes: usize) {
        self.out.reserve_exact(bytes);
    }

    /// Appends a section. A kind is looked up by its first section: write each kind once.
    pub fn section(&mut self, kind: u16, version: u16, bytes: &[u8]) {
        let offset = self.out.len() as u64;
        self.out.extend_from_slice(bytes);
        self.out.resize(self.out.len().next_multiple_of(ALIGNMENT), 0);
        let crc = codec::crc32c(bytes);
        self.sections.push(SectionInfo { kind, version, offset, len: bytes.len() as u64, crc });
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether no section was written.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// The finished object and its metadata with the size filled in.
    pub fn finish(self) -> (BlockMeta, Bytes) {
        let BlockWriter { mut meta, mut out, sections } = self;
        meta.bytes = 0;
        footer(&mut out, &meta, &sections);
        meta.bytes = out.len() as u64;
        (meta, out.into())
    }
}

/// What every block begins with.
fn header() -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(HEADER_MAGIC);
    header[8..12].copy_from_slice(&CONTAINER_VERSION.to_le_bytes());
    header
}

/// Appends what every block ends with: metadata (with `bytes` 0), section table, tail.
fn footer(out: &mut Vec<u8>, meta: &BlockMeta, sections: &[SectionInfo]) {
    let start = out.len();
    meta.encode_framed(out);
    put_u64(out, sections.len() as u64);
    for section in sections {
        put_u64(out, u64::from(section.kind));
        put_u64(out, u64::from(section.version));
        put_u64(out, section.offset);
        put_u64(out, section.len);
        out.extend_from_slice(&section.crc.to_le_bytes());
    }
    let footer = &out[start..];
    let len = u32::try_from(footer.len()).expect("a footer of thousands of entries is far below 4 GiB");
    let crc = codec::crc32c(footer);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(TAIL_MAGIC);
}

/// An opened block. Cloning shares it.
#[derive(Clone, Debug)]
pub struct BlockReader(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    objects: Objects,
    cache: BlockCache,
    path: String,
    meta: Arc<BlockMeta>,
    sections: Vec<SectionInfo>,
    /// The block itself, when the read of its end got all of it.
    whole: Option<Bytes>,
}

impl BlockReader {
    /// Reads the footer of a block of the catalog: from the cache, or by one read of the object's end (two when the footer
    /// is larger than 16 KiB).
    pub async fn open(
        objects: &Objects,
        cache: &BlockCache,
        meta: Arc<BlockMeta>,
    ) -> Result<BlockReader, StoreError> {
        let (path, size) = (meta.path(), meta.bytes);
        // An empty range at the end: no section has it.
        let key = Key { block: meta.id, start: size, end: size };
        let cached = cache.get(&key);
        let was_cached = cached.is_some();
        let mut end = match cached {
            Some(end) => end,
            None => read(objects, &path, size.saturating_sub(TAIL_READ_BYTES)..size).await?,
        };
        let frame = tail_frame(&end);
        let frame =
            frame.map_err(|what| StoreError::corrupt(&path, size.saturating_sub(TAIL_BYTES), what))?;
        let from_end = u64::from(frame.len) + TAIL_BYTES;
        let Some(start) = size.checked_sub(from_end) else {
            return Err(StoreError::corrupt(&path, size - TAIL_BYTES, "a footer longer than the block"));
        };
        if (end.len() as u64) < from_end {
            end = read(objects, &path, start..size).await?;
        }
        let at = end.len() - from_end as usize;
        let (stored, sections) = parse_footer(&path, start, &end[at..at + frame.len as usize], frame.crc)?;
        if (BlockMeta { bytes: size, ..stored }) != *meta {
            return Err(StoreError::corrupt(&path, start, "the footer differs from the catalog's entry"));
        }
        let whole = (end.len() as u64 == size).then(|| end.clone());
        if !was_cached {
            // Of a large block the footer alone: sections have entries of their own.
            cache.insert(key, if whole.is_some() { end } else { end.slice(at..) });
        }
        let (objects, cache) = (objects.clone(), cache.clone());
        Ok(BlockReader(Arc::new(Opened { objects, cache, path, meta, sections, whole })))
    }

    /// A reader of a block that is in memory, whether it was uploaded or not.
    pub fn of_bytes(
        objects: &Objects,
        cache: &BlockCache,
        meta: Arc<BlockMeta>,
        block: Bytes,
    ) -> Result<BlockReader, StoreError> {
        let path = meta.path();
        let (stored, sections) = parse_block(&path, &block)?;
        if stored != *meta {
            return Err(StoreError::corrupt(&path, 0, "the footer differs from the block's metadata"));
        }
        let (objects, cache, whole) = (objects.clone(), cache.clone(), Some(block));
        Ok(BlockReader(Arc::new(Opened { objects, cache, path, meta, sections, whole })))
    }

    /// What the catalog says of the block.
    pub fn meta(&self) -> &Arc<BlockMeta> {
        &self.0.meta
    }

    /// The section table, in the order of writing.
    pub fn sections(&self) -> &[SectionInfo] {
        &self.0.sections
    }

    /// The first section of `kind`, whole and checked; `None` when the block has none.
    pub async fn section(&self, kind: u16) -> Result<Option<Bytes>, StoreError> {
        let Some(section) = self.find(kind) else { return Ok(None) };
        let bytes = self.fetch(section.offset..section.offset + section.len, Some(section.crc)).await?;
        Ok(Some(bytes))
    }

    /// `range` of the first section of `kind`, from the start of the section. Not checked: the checksum of the table covers
    /// the whole section, so an engine that reads parts keeps checksums of its own in them.
    pub async fn section_range(&self, kind: u16, range: Range<u64>) -> Result<Bytes, StoreError> {
        let part = self.place(kind, &range)?;
        self.fetch(part, None).await
    }

    /// Several ranges of the first section of `kind`, as [`BlockReader::section_range`] reads one. What the cache does not
    /// have comes by few requests, side by side.
    pub async fn section_ranges(&self, kind: u16, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, StoreError> {
        let Opened { objects, cache, path, meta, whole, .. } = &*self.0;
        let places = ranges.iter().map(|range| self.place(kind, range)).collect::<Result<Vec<_>, _>>()?;
        if let Some(whole) = whole {
            return Ok(places.iter().map(|r| whole.slice(r.start as usize..r.end as usize)).collect());
        }
        let key = |range: &Range<u64>| Key { block: meta.id, start: range.start, end: range.end };
        let mut parts: Vec<Option<Bytes>> = places
            .iter()
            .map(|range| if range.is_empty() { Some(Bytes::new()) } else { cache.get(&key(range)) })
            .collect();
        let missing: Vec<usize> = (0..parts.len()).filter(|part| parts[*part].is_none()).collect();
        if !missing.is_empty() {
            let wanted: Vec<Range<u64>> = missing.iter().map(|part| places[*part].clone()).collect();
            for (part, bytes) in missing.into_iter().zip(objects.get_ranges(path, &wanted).await?) {
                cache.insert(key(&places[part]), bytes.clone());
                parts[part] = Some(bytes);
            }
        }
        Ok(parts.into_iter().flatten().collect())
    }

    /// Where a range of the first section of `kind` lies in the object.
    fn place(&self, kind: u16, range: &Range<u64>) -> Result<Range<u64>, StoreError> {
        let section = self
            .find(kind)
            .ok_or_else(|| StoreError::Invalid(format!("{} has no section of kind {kind}", self.0.path)))?;
        if range.start > range.end || range.end > section.len {
            let Range { start, end } = range;
            return Err(StoreError::corrupt(
                &self.0.path,
                section.offset,
                format!("bytes {start}..{end} of a section of {} bytes", section.len),
            ));
        }
        Ok(section.offset + range.start..section.offset + range.end)
    }

    fn find(&self, kind: u16) -> Option<&SectionInfo> {
        self.0.sections.iter().find(|section| section.kind == kind)
    }

    async fn fetch(&self, range: Range<u64>, crc: Option<u32>) -> Result<Bytes, StoreError> {
        let Opened { objects, cache, path, meta, whole, .. } = &*self.0;
        let key = Key { block: meta.id, start: range.start, end: range.end };
        if whole.is_none()
            && let Some(bytes) = cache.get(&key)
        {
            return Ok(bytes);
        }
        let bytes = match whole {
            _ if range.is_empty() => Bytes::new(),
            Some(whole) => whole.slice(range.start as usize..range.end as usize),
            None => read(objects, path, range.clone()).await?,
        };
        if crc.is_some_and(|crc| crc != codec::crc32c(&bytes)) {
            return Err(StoreError::corrupt(path, range.start, "the checksum of a section does not match"));
        }
        if whole.is_none() && !bytes.is_empty() {
            cache.insert(key, bytes.clone());
        }
        Ok(bytes)
    }
}

async fn read(objects: &Objects, path: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
    let bytes = objects.get_range(path, range.clone()).await?;
    if bytes.len() as u64 == range.end - range.start {
        return Ok(bytes);
    }
    let end = range.start + bytes.len() as u64;
    Err(StoreError::corrupt(path, end, format!("the object ends before byte {}", range.end)))
}

struct TailFrame {
    len: u32,
    crc: u32,
}

fn tail_frame(tail: &[u8]) -> Result<TailFrame, &'static str> {
    let at = tail.len().checked_sub(TAIL_BYTES as usize).ok_or("shorter than a block")?;
    let mut input = Reader::new(&tail[at..]);
    let (Ok(len), Ok(crc)) = (input.fixed_u32(), input.fixed_u32()) else {
        return Err("shorter than a block");
    };
    if input.rest() != TAIL_MAGIC {
        return Err("no block ends here");
    }
    Ok(TailFrame { len, crc })
}

/// Metadata (with `bytes` 0) and section table of a footer that starts at `start`.
fn parse_footer(
    path: &str,
    start: u64,
    footer: &[u8],
    crc: u32,
) -> Result<(BlockMeta, Vec<SectionInfo>), StoreError> {
    if codec::crc32c(footer) != crc {
        return Err(StoreError::corrupt(path, start, "the checksum of the footer does not match"));
    }
    decode_footer(footer, start).map_err(|error| StoreError::corrupt(path, start, error))
}

fn decode_footer(footer: &[u8], limit: u64) -> Result<(BlockMeta, Vec<SectionInfo>), CodecError> {
    let mut input = Reader::new(footer);
    let meta = BlockMeta::decode_framed(&mut input)?;
    let count = input.count()?;
    let mut sections = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let narrow = |value: u64, input: &Reader<'_>| {
            u16::try_from(value).map_err(|_| input.invalid("a section kind or version of more than 16 bits"))
        };
        let kind = input.u64().and_then(|kind| narrow(kind, &input))?;
        let version = input.u64().and_then(|version| narrow(version, &input))?;
        let (offset, len, crc) = (input.u64()?, input.u64()?, input.fixed_u32()?);
        if offset < HEADER_BYTES as u64 || offset.checked_add(len).is_none_or(|end| end > limit) {
            return Err(input.invalid("a section outside of the block"));
        }
        sections.push(SectionInfo { kind, version, offset, len, crc });
    }
    Ok((meta, sections))
}

/// Metadata and section table of a whole block in memory, for `inspect`.
pub(crate) fn parse_block(path: &str, block: &[u8]) -> Result<(BlockMeta, Vec<SectionInfo>), StoreError> {
    let corrupt = |what: &str| StoreError::corrupt(path, block.len() as u64, what);
    if block.len() < HEADER_BYTES || !block.starts_with(HEADER_MAGIC) {
        return Err(StoreError::corrupt(path, 0, "no block starts here"));
    }
    let version = u32::from_le_bytes(block[8..12].try_into().expect("four bytes"));
    if version != CONTAINER_VERSION {
        return Err(StoreError::corrupt(path, 8, format!("container version {version}, expected 1")));
    }
    let frame = tail_frame(block).map_err(corrupt)?;
    let end = block.len() - TAIL_BYTES as usize;
    let start =
        end.checked_sub(frame.len as usize).ok_or_else(|| corrupt("a footer longer than the block"))?;
    let (meta, sections) = parse_footer(path, start as u64, &block[start..end], frame.crc)?;
    Ok((BlockMeta { bytes: block.len() as u64, ..meta }, sections))
}

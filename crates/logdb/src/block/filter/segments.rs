//! The filters of all pages of a block, laid out by hash: a query reads the segments of its hashes, one in 64 of the bytes each.
//!
//! ```text
//! section  CRC32C of each of 64 segments | CRC32C of the rest | CRC32C of these 65     4 bytes each, little-endian
//!          64 segments, each of every page whose filter divides by 64 blocks its part, in the order of pages
//!          the rest: the filters of the other pages, whole, in the order of pages
//! ```
//! The block of a hash grows with the hash: segment `n` of a filter of `64 m` blocks is its blocks `n m` to `(n + 1) m`, and
//! holds exactly the hashes whose highest six bits are `n`. Small filters are not divided: rounding would change them by too much.
//! Invariant: lengths of filters alone tell where each is.

use super::{BLOCK_BYTES, Entry, place};
use codec::crc32c;
use std::ops::Range;

/// Segments of a section.
pub(crate) const SEGMENTS: usize = 64;
/// Bytes before the segments.
pub(crate) const TABLE_BYTES: usize = (SEGMENTS + 2) * 4;
/// 8 KiB: rounding a filter of so many blocks changes it by an eighth at most, and filters of a page by a thirtieth.
const MIN_DIVIDED_BLOCKS: usize = 256;

/// The number of blocks of a filter that needs about so many: the nearest that divides, so that the bits an entry has are right
/// in the mean.
pub(super) fn rounded(blocks: usize) -> usize {
    if blocks >= MIN_DIVIDED_BLOCKS { (blocks + SEGMENTS / 2) / SEGMENTS * SEGMENTS } else { blocks }
}

fn is_divided(filter_len: u32) -> bool {
    filter_len > 0 && (filter_len as usize).is_multiple_of(SEGMENTS * BLOCK_BYTES)
}

/// The segment of a hash.
pub(crate) fn segment_of(hash: u64) -> usize {
    (hash >> 58) as usize
}

/// Where the filters of a block's pages are.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Of each page: its place in every segment, or in the rest; and its length.
    places: Vec<(u64, u32)>,
    segment_len: u64,
    rest_len: u64,
}

impl Layout {
    /// Of pages whose filters have these lengths.
    pub(crate) fn of(lengths: impl Iterator<Item = u32>) -> Layout {
        let mut layout = Layout { places: Vec::new(), segment_len: 0, rest_len: 0 };
        for length in lengths {
            let (end, part) = match is_divided(length) {
                true => (&mut layout.segment_len, u64::from(length) / SEGMENTS as u64),
                false => (&mut layout.rest_len, u64::from(length)),
            };
            layout.places.push((*end, length));
            *end += part;
        }
        layout
    }

    /// The bytes of a segment in the section.
    pub(crate) fn segment(&self, segment: usize) -> Range<u64> {
        let start = TABLE_BYTES as u64 + self.segment_len * segment as u64;
        start..start + self.segment_len
    }

    /// The bytes of the rest.
    pub(crate) fn rest(&self) -> Range<u64> {
        let start = self.segment(SEGMENTS).start;
        start..start + self.rest_len
    }

    /// The section of filters that stand one after the other.
    pub(crate) fn section(&self, filters: &[u8]) -> Vec<u8> {
        let mut out = vec![0; TABLE_BYTES];
        out.reserve_exact(filters.len());
        let starts: Vec<usize> = self
            .places
            .iter()
            .scan(0, |at, (_, length)| Some(std::mem::replace(at, *at + *length as usize)))
            .collect();
        let pages = || self.places.iter().zip(&starts).map(|((_, length), start)| (*length as usize, *start));
        for segment in 0..SEGMENTS {
            for (length, start) in pages().filter(|(length, _)| is_divided(*length as u32)) {
                let part = length / SEGMENTS;
                out.extend_from_slice(&filters[start + part * segment..][..part]);
            }
        }
        for (length, start) in pages().filter(|(length, _)| !is_divided(*length as u32)) {
            out.extend_from_slice(&filters[start..start + length]);
        }
        for segment in 0..SEGMENTS {
            let bytes = self.segment(segment);
            let crc = crc32c(&out[bytes.start as usize..bytes.end as usize]);
            out[segment * 4..][..4].copy_from_slice(&crc.to_le_bytes());
        }
        let crc = crc32c(&out[self.rest().start as usize..]);
        out[SEGMENTS * 4..][..4].copy_from_slice(&crc.to_le_bytes());
        let crc = crc32c(&out[..TABLE_BYTES - 4]);
        out[TABLE_BYTES - 4..TABLE_BYTES].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The filter of one page, out of the whole section; `None` when the section is shorter than it should be.
    pub(crate) fn filter(&self, section: &[u8], page: usize) -> Option<Vec<u8>> {
        let (at, length) = *self.places.get(page)?;
        let slice = |start: u64, length: usize| section.get(start as usize..)?.get(..length);
        if !is_divided(length) {
            return Some(slice(self.rest().start + at, length as usize)?.to_vec());
        }
        let part = length as usize / SEGMENTS;
        let mut out = Vec::with_capacity(length as usize);
        for segment in 0..SEGMENTS {
            out.extend_from_slice(slice(self.segment(segment).start + at, part)?);
        }
        Some(out)
    }
}

/// The checksums at the front of a section; `None` when they are damaged.
pub(crate) fn checksums(table: &[u8]) -> Option<[u32; SEGMENTS + 1]> {
    let (sums, own) = table.get(..TABLE_BYTES)?.split_at(TABLE_BYTES - 4);
    (crc32c(sums).to_le_bytes() == own).then_some(())?;
    let mut out = [0; SEGMENTS + 1];
    for (sum, bytes) in out.iter_mut().zip(sums.chunks_exact(4)) {
        *sum = u32::from_le_bytes(bytes.try_into().ok()?);
    }
    Some(out)
}

/// Segments of a block that were read, and the rest.
pub(crate) struct Segments<B> {
    pub(crate) layout: Layout,
    /// By number; those that nobody asks for are not there.
    pub(crate) segments: Vec<Option<B>>,
    pub(crate) rest: B,
}

impl<B: AsRef<[u8]> + Clone> Segments<B> {
    /// Adds others of the same block.
    pub(crate) fn add(&mut self, others: &Segments<B>) {
        for (own, other) in self.segments.iter_mut().zip(&others.segments) {
            if let Some(other) = other {
                *own = Some(other.clone());
            }
        }
    }

    /// Whether the filter of a page may hold an entry; what was not read may hold it.
    pub(crate) fn holds(&self, page: usize, entry: Entry) -> bool {
        self.block(page, entry.hash()).is_none_or(|block| entry.is_in(block))
    }

    fn block(&self, page: usize, hash: u64) -> Option<&[u8]> {
        let (at, length) = *self.layout.places.get(page)?;
        let blocks = length as usize / BLOCK_BYTES;
        if blocks == 0 {
            return None;
        }
        let block = place(hash, blocks);
        if !is_divided(length) {
            return self.rest.as_ref().get(at as usize + block..)?.get(..BLOCK_BYTES);
        }
        let segment = segment_of(hash);
        let inside = block - segment * (length as usize / SEGMENTS);
        let bytes = self.segments.get(segment)?.as_ref()?;
        bytes.as_ref().get(at as usize + inside..)?.get(..BLOCK_BYTES)
    }
}

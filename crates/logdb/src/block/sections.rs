//! The sections of a log block, and the two that are read when a block is opened.
//!
//! ```text
//! 1 STREAMS  zstd( count { labels: count { name: text | value: text } } )   sorted by labels; a stream's id is its place
//! 2 PAGES    count { offset | columns length | text length | text length unpacked | columns CRC32C (4 bytes) |
//!            text CRC32C (4 bytes) | encoding (1 byte) | encoding 7: digits length | digits CRC32C (4 bytes) | rows | first time: zigzag | last - first | first stream |
//!            last stream - first | filter offset | filter length | longest token }
//! 3 DATA     pages, each columns then text (`page.rs`)
//! 4 FILTERS  one filter of tokens a page, laid out by hash (`filter.rs`, `filter/segments.rs`)
//! 5 ROLLUPS  lines and bytes by stream, level and minute (`rollup.rs`)
//! 6 SPANS    zstd( of each stream: first time: integer column | last time - first time: integer column ); blocks of
//!            before have none: then the times of the pages stand in
//! ```
//! Numbers are varints where nothing else is said. Specified in `docs/formats/logs.md`.

use super::filter::WITH_GRAMS;
use super::page::APART;
use crate::record::{put_labels, read_labels};
use codec::{CodecError, Reader, ints, put_i64, put_u64};
use contract::Stream;
use std::ops::Range;
use std::sync::Arc;

pub(crate) const STREAMS: u16 = 1;
pub(crate) const PAGES: u16 = 2;
pub(crate) const DATA: u16 = 3;
pub(crate) const FILTERS: u16 = 4;
pub(crate) const ROLLUPS: u16 = 5;
pub(crate) const SPANS: u16 = 6;

/// The version in which a section is written. Filters hold metadata since 2, not every token since 3, pieces of words in
/// segments since 4, joints of UUIDs since 5, and grams for those pieces since 6. The directory has digits that stand apart since 2.
pub(crate) fn version(kind: u16) -> u16 {
    match kind {
        FILTERS => WITH_GRAMS,
        PAGES => 2,
        _ => 1,
    }
}

/// 1 GiB: the largest table of streams that is unpacked, ten million streams of a hundred bytes.
const MAX_STREAMS_BYTES: usize = 1 << 30;

/// What is known of a page without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageInfo {
    /// In [`DATA`].
    pub(crate) offset: u64,
    pub(crate) columns_len: u32,
    pub(crate) text_len: u32,
    /// Unpacked.
    pub(crate) text_bytes: u32,
    pub(crate) columns_crc: u32,
    /// Of the text behind the digits that stand apart.
    pub(crate) text_crc: u32,
    pub(crate) encoding: u8,
    /// Bytes of the text's beginning that are digits, which stand apart; 0 in other encodings.
    pub(crate) digits_len: u32,
    pub(crate) digits_crc: u32,
    pub(crate) rows: u32,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) first_stream: u32,
    pub(crate) last_stream: u32,
    /// In [`FILTERS`], when filters stood one after the other; today their lengths tell where they are.
    pub(crate) filter_offset: u64,
    pub(crate) filter_len: u32,
    /// Bytes.
    pub(crate) longest_token: u32,
}

impl PageInfo {
    /// Where the digits are that stand apart, in [`DATA`].
    pub(crate) fn digits(&self) -> Range<u64> {
        let start = self.offset + u64::from(self.columns_len);
        start..start + u64::from(self.digits_len)
    }
}

pub(crate) fn encode_streams(streams: &[Arc<Stream>]) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, streams.len() as u64);
    streams.iter().for_each(|stream| put_labels(&mut out, &stream.labels));
    super::page::pack(&out)
}

pub(crate) fn decode_streams(bytes: &[u8]) -> Result<Vec<Arc<Stream>>, CodecError> {
    let bytes = super::page::unpack(bytes, MAX_STREAMS_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let count = reader.count()?;
    let mut streams: Vec<Arc<Stream>> = Vec::with_capacity(count.min(64 << 10));
    for _ in 0..count {
        let labels = read_labels(&mut reader)?;
        if streams.last().is_some_and(|before| before.labels >= labels) {
            return Err(reader.invalid("streams out of order"));
        }
        streams.push(Arc::new(Stream { hash: labels.stable_hash(), labels }));
    }
    Ok(streams)
}

pub(crate) fn encode_pages(pages: &[PageInfo]) -> Vec<u8> {
    let mut out = Vec::new();
    put_u64(&mut out, pages.len() as u64);
    for page in pages {
        put_u64(&mut out, page.offset);
        put_u64(&mut out, u64::from(page.columns_len));
        put_u64(&mut out, u64::from(page.text_len));
        put_u64(&mut out, u64::from(page.text_bytes));
        out.extend_from_slice(&page.columns_crc.to_le_bytes());
        out.extend_from_slice(&page.text_crc.to_le_bytes());
        out.push(page.encoding);
        if page.encoding == APART {
            put_u64(&mut out, u64::from(page.digits_len));
            out.extend_from_slice(&page.digits_crc.to_le_bytes());
        }
        put_u64(&mut out, u64::from(page.rows));
        put_i64(&mut out, page.first);
        put_u64(&mut out, page.last.wrapping_sub(page.first) as u64);
        put_u64(&mut out, u64::from(page.first_stream));
        put_u64(&mut out, u64::from(page.last_stream - page.first_stream));
        put_u64(&mut out, page.filter_offset);
        put_u64(&mut out, u64::from(page.filter_len));
        put_u64(&mut out, u64::from(page.longest_token));
    }
    out
}

pub(crate) fn decode_pages(bytes: &[u8]) -> Result<Vec<PageInfo>, CodecError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count()?;
    let mut pages = Vec::with_capacity(count.min(64 << 10));
    for _ in 0..count {
        let (offset, columns_len) = (reader.u64()?, reader.u32()?);
        let (text_len, text_bytes) = (reader.u32()?, reader.u32()?);
        let (columns_crc, text_crc) = (reader.fixed_u32()?, reader.fixed_u32()?);
        let encoding = reader.u8()?;
        let (digits_len, digits_crc) =
            if encoding == APART { (reader.u32()?, reader.fixed_u32()?) } else { (0, 0) };
        let rows = reader.u32()?;
        let first = reader.i64()?;
        let last = first.wrapping_add(reader.u64()? as i64);
        let first_stream = reader.u32()?;
        let last_stream =
            first_stream.checked_add(reader.u32()?).ok_or_else(|| reader.invalid("a stream id"))?;
        let (filter_offset, filter_len) = (reader.u64()?, reader.u32()?);
        let longest_token = reader.u32()?;
        let ends = [
            offset.checked_add(u64::from(columns_len) + u64::from(text_len)),
            filter_offset.checked_add(u64::from(filter_len)),
        ];
        if ends.contains(&None) || last < first || digits_len > text_len {
            return Err(reader.invalid("a page that ends before it begins"));
        }
        pages.push(PageInfo {
            offset,
            columns_len,
            text_len,
            text_bytes,
            columns_crc,
            text_crc,
            encoding,
            digits_len,
            digits_crc,
            rows,
            first,
            last,
            first_stream,
            last_stream,
            filter_offset,
            filter_len,
            longest_token,
        });
    }
    Ok(pages)
}

/// First and last time of each stream.
pub(crate) fn encode_spans(spans: &[(i64, i64)]) -> Vec<u8> {
    let mut out = Vec::new();
    let firsts: Vec<i64> = spans.iter().map(|span| span.0).collect();
    let lengths: Vec<i64> = spans.iter().map(|span| span.1.wrapping_sub(span.0)).collect();
    ints::encode_ints(&mut out, &firsts);
    ints::encode_ints(&mut out, &lengths);
    super::page::pack(&out)
}

/// The spans of so many streams.
pub(crate) fn decode_spans(bytes: &[u8], streams: usize) -> Result<Vec<(i64, i64)>, CodecError> {
    let bytes = super::page::unpack(bytes, MAX_STREAMS_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let (mut firsts, mut lengths) = (Vec::with_capacity(streams), Vec::with_capacity(streams));
    ints::decode_ints(&mut reader, streams, &mut firsts)?;
    ints::decode_ints(&mut reader, streams, &mut lengths)?;
    if !reader.is_empty() {
        return Err(reader.invalid("bytes after the spans"));
    }
    Ok(firsts.iter().zip(lengths).map(|(first, length)| (*first, first.wrapping_add(length))).collect())
}

/// What pages tell of the spans of so many streams.
pub(crate) fn spans_of_pages(pages: &[PageInfo], streams: usize) -> Vec<(i64, i64)> {
    let mut spans = vec![(i64::MAX, i64::MIN); streams];
    for page in pages {
        let own = spans.get_mut(page.first_stream as usize..=page.last_stream as usize).into_iter().flatten();
        own.for_each(|span| *span = (span.0.min(page.first), span.1.max(page.last)));
    }
    spans
}

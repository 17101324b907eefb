//! The sections of a metrics block and the tables inside them. Format page: `docs/formats/metrics.md`.
//! ```text
//! HEADER      counts, time range, page table, label directory        fetched first, small
//! LABELS      bodies of labels: values and postings (`index::packed`)  by label
//! SERIES      label sets, a chunk for each page, packed in groups       by group
//! PAGES       value columns of one metric, by series                    by page
//! TIMES       distinct columns of timestamps                            whole
//! HISTOGRAMS  EXEMPLARS  METADATA  STARTS                               whole, only when there are any
//! ```
//! Pages, groups of chunks and label bodies carry checksums of their own, because they are fetched in parts. Numbers are varints
//! unless said otherwise.

use crate::error::TsdbError;
use codec::{CodecError, Reader, put_i64, put_u64};
use index::PackedDirectory;
use std::cell::RefCell;
use std::ops::Range;

/// Version of the sections written here.
pub(crate) const VERSION: u16 = 1;
/// Version of PAGES whose columns may be coded, with tables behind them.
pub(crate) const CODED_VERSION: u16 = 2;
/// Version of HEADER whose chunks of label sets are packed in groups.
pub(crate) const GROUPED_VERSION: u16 = 2;
pub(crate) const HEADER: u16 = 1;
pub(crate) const LABELS: u16 = 2;
pub(crate) const SERIES: u16 = 3;
pub(crate) const PAGES: u16 = 4;
pub(crate) const TIMES: u16 = 5;
pub(crate) const HISTOGRAMS: u16 = 6;
pub(crate) const EXEMPLARS: u16 = 7;
pub(crate) const METADATA: u16 = 8;
pub(crate) const STARTS: u16 = 9;

/// A page or chunk unpacks to no more than this: the writer closes pages far earlier, the reader refuses more.
pub(crate) const MAX_RAW_BYTES: usize = 64 << 20;
/// Samples of one series in one block: a column of a year at one second.
pub(crate) const MAX_COLUMN: usize = 1 << 25;

/// The series has stale markers.
pub(crate) const FLAG_STALE: u8 = 1;
/// The values never fall, and none is a NaN: increases need no look at each value.
pub(crate) const FLAG_MONOTONE: u8 = 2;
/// Smallest and largest value follow.
pub(crate) const FLAG_STATS: u8 = 4;

/// Where a piece of a section lies, and how it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    pub(crate) offset: u64,
    pub(crate) stored: u32,
    /// Unpacked length; 0 when it is stored as it is.
    pub(crate) raw: u32,
    pub(crate) crc: u32,
}

impl Extent {
    pub(crate) fn range(&self) -> Range<u64> {
        self.offset..self.offset + u64::from(self.stored)
    }

    /// Bytes once unpacked.
    pub(crate) fn unpacked(&self) -> u32 {
        if self.raw == 0 { self.stored } else { self.raw }
    }

    /// Checks and unpacks the bytes of this piece.
    pub(crate) fn open(&self, bytes: bytes::Bytes) -> Result<bytes::Bytes, TsdbError> {
        if crc32c(&bytes) != self.crc {
            return Err(TsdbError::Corrupt("a page fails its checksum".into()));
        }
        if self.raw == 0 {
            return Ok(bytes);
        }
        if self.raw as usize > MAX_RAW_BYTES {
            return Err(TsdbError::Corrupt("a page unpacks to more than 64 MiB".into()));
        }
        let raw = UNPACK.with_borrow_mut(|unpack| match unpack {
            Some(unpack) => unpack.decompress(&bytes, self.raw as usize),
            None => unpack.insert(zstd::bulk::Decompressor::new()?).decompress(&bytes, self.raw as usize),
        });
        let raw = raw.map_err(|e| TsdbError::Corrupt(format!("a page does not unpack: {e}")))?;
        if raw.len() != self.raw as usize {
            return Err(TsdbError::Corrupt("a page unpacks to another length than said".into()));
        }
        Ok(raw.into())
    }
}

thread_local! {
    /// Making one costs more than unpacking a small page.
    static UNPACK: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

pub(crate) use codec::crc32c;

/// One page and where its label sets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PageEntry {
    /// The ordinal of its first series.
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) page: Extent,
    /// The group of chunks that holds its label sets.
    pub(crate) series: Extent,
    /// Where its chunk begins in the unpacked group.
    pub(crate) chunk_start: u32,
    /// Bytes of its chunk.
    pub(crate) chunk_bytes: u32,
}

impl PageEntry {
    /// The chunk of label sets in the unpacked group.
    pub(crate) fn chunk(&self, group: &bytes::Bytes) -> Result<bytes::Bytes, TsdbError> {
        let start = self.chunk_start as usize;
        let end = start.saturating_add(self.chunk_bytes as usize);
        let outside = || TsdbError::Corrupt("the label sets of a page lie outside of their group".into());
        (end <= group.len()).then(|| group.slice(start..end)).ok_or_else(outside)
    }
}

/// What is fetched first.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) series: u32,
    pub(crate) samples: u64,
    /// Time of the first sample, in milliseconds.
    pub(crate) first: i64,
    /// Time of the last sample, in milliseconds.
    pub(crate) last: i64,
    pub(crate) pages: Vec<PageEntry>,
    pub(crate) labels: PackedDirectory,
}

impl Header {
    /// The bytes of a header of [`GROUPED_VERSION`]; `labels` is an encoded directory.
    pub(crate) fn encode(
        series: u32,
        samples: u64,
        times: (i64, i64),
        pages: &[PageEntry],
        labels: &[u8],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        put_u64(&mut out, u64::from(series));
        put_u64(&mut out, samples);
        put_i64(&mut out, times.0);
        put_i64(&mut out, times.1);
        put_u64(&mut out, pages.len() as u64);
        for entry in pages {
            put_u64(&mut out, u64::from(entry.count));
            put_extent(&mut out, &entry.page);
            put_u64(&mut out, u64::from(entry.chunk_bytes));
        }
        let groups: Vec<&[PageEntry]> = pages.chunk_by(|a, b| a.series == b.series).collect();
        put_u64(&mut out, groups.len() as u64);
        for group in groups {
            put_u64(&mut out, group.len() as u64);
            put_extent(&mut out, &group[0].series);
        }
        out.extend_from_slice(labels);
        out
    }

    /// Reads a header of a version.
    pub(crate) fn parse(bytes: &[u8], version: u16) -> Result<Header, TsdbError> {
        let mut reader = Reader::new(bytes);
        let (series, samples) = (reader.u32()?, reader.u64()?);
        let (first, last) = (reader.i64()?, reader.i64()?);
        let count = reader.count()?;
        let mut pages = Vec::with_capacity(count);
        let (mut next, mut page_at, mut series_at) = (0u32, 0u64, 0u64);
        for _ in 0..count {
            let count = reader.u32()?;
            let page = extent(&mut reader, &mut page_at)?;
            let mut entry = PageEntry { first: next, count, page, ..PageEntry::default() };
            if version < GROUPED_VERSION {
                // Each chunk is a group of its own.
                entry.series = extent(&mut reader, &mut series_at)?;
                entry.chunk_bytes = entry.series.unpacked();
            } else {
                entry.chunk_bytes = reader.u32()?;
            }
            pages.push(entry);
            next = next.checked_add(count).ok_or_else(|| reader.invalid("more than 4 Gi series"))?;
        }
        if next != series {
            return Err(TsdbError::Corrupt(
                "the pages of a block hold another number of series than said".into(),
            ));
        }
        if version >= GROUPED_VERSION {
            read_groups(&mut reader, &mut pages)?;
        }
        let labels = PackedDirectory::parse(&mut reader)?;
        Ok(Header { series, samples, first, last, pages, labels })
    }
}

/// Reads the groups of chunks and tells each page its own.
fn read_groups(reader: &mut Reader<'_>, pages: &mut [PageEntry]) -> Result<(), TsdbError> {
    let wrong = || TsdbError::Corrupt("the groups of label sets hold other pages than there are".into());
    let mut at = 0u64;
    let mut left = pages;
    for _ in 0..reader.count()? {
        let count = reader.u32()? as usize;
        let series = extent(reader, &mut at)?;
        let (group, rest) = left.split_at_mut_checked(count).ok_or_else(wrong)?;
        let mut chunk_start = 0u32;
        for page in group {
            (page.series, page.chunk_start) = (series, chunk_start);
            chunk_start = chunk_start.checked_add(page.chunk_bytes).ok_or_else(wrong)?;
        }
        left = rest;
    }
    if left.is_empty() { Ok(()) } else { Err(wrong()) }
}

fn put_extent(out: &mut Vec<u8>, extent: &Extent) {
    put_u64(out, u64::from(extent.stored));
    put_u64(out, u64::from(extent.raw));
    out.extend_from_slice(&extent.crc.to_le_bytes());
}

fn extent(reader: &mut Reader<'_>, at: &mut u64) -> Result<Extent, CodecError> {
    let (stored, raw) = (reader.u32()?, reader.u32()?);
    let extent = Extent { offset: *at, stored, raw, crc: reader.fixed_u32()? };
    *at += u64::from(stored);
    Ok(extent)
}

/// The columns of a page that describe its series.
#[derive(Debug)]
pub(crate) struct PageColumns<'a> {
    /// For each series the number of its column of timestamps plus 1; 0 for a series without float samples.
    pub(crate) times: Vec<u32>,
    pub(crate) flags: &'a [u8],
    /// Where each series' values end in `bodies`.
    pub(crate) ends: Vec<usize>,
    /// `(smallest, largest)`, one for each series with [`FLAG_STATS`].
    pub(crate) stats: Vec<(f64, f64)>,
    pub(crate) bodies: &'a [u8],
    /// The tables of coded columns; empty when there are none.
    pub(crate) tables: &'a [u8],
}

impl<'a> PageColumns<'a> {
    /// Appends a page: `bodies` hold the value columns one after the other, each ending at its `ends`; then the tables.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut previous = 0i64;
        for times in &self.times {
            put_i64(out, i64::from(*times) - previous);
            previous = i64::from(*times);
        }
        out.extend_from_slice(self.flags);
        let mut start = 0;
        for end in &self.ends {
            put_u64(out, (end - start) as u64);
            start = *end;
        }
        for (smallest, largest) in &self.stats {
            out.extend_from_slice(&smallest.to_bits().to_le_bytes());
            out.extend_from_slice(&largest.to_bits().to_le_bytes());
        }
        out.extend_from_slice(self.bodies);
        out.extend_from_slice(self.tables);
    }

    /// Reads the columns of a page of `count` series.
    pub(crate) fn parse(bytes: &'a [u8], count: u32) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let count = count as usize;
        if count > bytes.len() {
            return Err(reader.invalid("a page of more series than bytes"));
        }
        let mut times = Vec::with_capacity(count);
        let mut previous = 0i64;
        for _ in 0..count {
            previous = previous.wrapping_add(reader.i64()?);
            times.push(u32::try_from(previous).map_err(|_| reader.invalid("a time column of no number"))?);
        }
        let flags = reader.take(count)?;
        let mut ends = Vec::with_capacity(count);
        let mut end = 0usize;
        for _ in 0..count {
            end = end.saturating_add(usize::try_from(reader.u64()?).unwrap_or(usize::MAX));
            ends.push(end);
        }
        let mut stats = Vec::new();
        for _ in flags.iter().filter(|flags| **flags & FLAG_STATS != 0) {
            stats.push((reader.f64()?, reader.f64()?));
        }
        let Some((bodies, tables)) = reader.rest().split_at_checked(end) else {
            return Err(CodecError::Invalid { offset: bytes.len(), what: "a page shorter than its columns" });
        };
        Ok(PageColumns { times, flags, ends, stats, bodies, tables })
    }
}

/// Where the columns of the TIMES section lie: `(count, start, end)` each.
#[derive(Debug, Default)]
pub(crate) struct TimesTable {
    columns: Vec<(u32, Range<usize>)>,
}

impl TimesTable {
    /// Reads the table: the number of columns, for each its samples and bytes; then the columns.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        TimesTable::parse_start(bytes, bytes.len())
    }

    /// Reads the table from the first bytes of a section of `length` bytes.
    pub(crate) fn parse_start(bytes: &[u8], length: usize) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let count = reader.count()?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            let samples = reader.u32()?;
            if samples as usize > MAX_COLUMN {
                return Err(reader.invalid("a time column of too many samples"));
            }
            lengths.push((samples, reader.u32()? as usize));
        }
        let mut at = reader.offset();
        let mut columns = Vec::with_capacity(count);
        for (samples, length) in lengths {
            columns.push((samples, at..at.saturating_add(length)));
            at = at.saturating_add(length);
        }
        if at != length {
            return Err(CodecError::Invalid {
                offset: length,
                what: "time columns of another length than said",
            });
        }
        Ok(TimesTable { columns })
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Samples of a column.
    pub(crate) fn samples(&self, column: usize) -> usize {
        self.columns.get(column).map_or(0, |c| c.0 as usize)
    }

    /// Where the bytes of a column lie in the section.
    pub(crate) fn range(&self, column: usize) -> Result<Range<usize>, CodecError> {
        let missing = CodecError::Invalid { offset: 0, what: "a time column that does not exist" };
        self.columns.get(column).map(|(_, range)| range.clone()).ok_or(missing)
    }

    /// Decodes a column of the whole section.
    pub(crate) fn column(&self, bytes: &[u8], column: usize) -> Result<Vec<i64>, CodecError> {
        let range = self.range(column)?;
        let body = bytes.get(range).ok_or(CodecError::Truncated { offset: bytes.len() })?;
        self.decode(body, column)
    }

    /// Decodes the bytes of a column and checks that it ascends.
    pub(crate) fn decode(&self, body: &[u8], column: usize) -> Result<Vec<i64>, CodecError> {
        let samples = self.samples(column);
        let mut times = Vec::with_capacity(samples.min(body.len().saturating_mul(512)));
        codec::ints::decode_ints(&mut Reader::new(body), samples, &mut times)?;
        match times.is_sorted_by(|a, b| a < b) {
            true => Ok(times),
            false => Err(CodecError::Invalid { offset: 0, what: "times that do not ascend" }),
        }
    }
}

/// What `oriel inspect` prints of a section.
pub(crate) fn print(kind: u16, version: u16, bytes: &[u8]) -> String {
    match kind {
        HEADER => match Header::parse(bytes, version) {
            Ok(header) => print_header(&header),
            Err(error) => format!("header: {error}"),
        },
        TIMES => match TimesTable::parse(bytes) {
            Ok(table) => {
                let samples: usize = (0..table.len()).map(|i| table.samples(i)).sum();
                format!("times: {} columns of {samples} timestamps", table.len())
            }
            Err(error) => format!("times: {error}"),
        },
        LABELS => "labels: values and postings, by the directory of the header".into(),
        SERIES => "series: label sets, by the page table of the header".into(),
        PAGES => "pages: value columns, by the page table of the header".into(),
        HISTOGRAMS => "native histograms".into(),
        EXEMPLARS => "exemplars".into(),
        METADATA => "metadata of metric families".into(),
        STARTS => "start timestamps".into(),
        other => format!("a section of unknown kind {other}"),
    }
}

fn print_header(header: &Header) -> String {
    use std::fmt::Write;
    let mut out = format!(
        "{} series, {} samples, {} to {} ms, {} pages, {} labels\n",
        header.series,
        header.samples,
        header.first,
        header.last,
        header.pages.len(),
        header.labels.names().count()
    );
    for page in &header.pages {
        let (raw, first, last) = (page.page.unpacked(), page.first, page.first + page.count);
        let _ = writeln!(out, "page of series {first}..{last}: {} bytes of {raw}", page.page.stored);
    }
    for (name, at) in header.labels.names() {
        let _ = writeln!(out, "label {name}: {} values in {} bytes", at.values, at.length);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_sections_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120), kind in 0u16..10, count in 0u32..50) {
            let _ = print(kind, VERSION, &bytes);
            let _ = print(kind, GROUPED_VERSION, &bytes);
            if let Ok(page) = PageColumns::parse(&bytes, count) {
                assert_eq!(page.ends.len(), count as usize);
            }
            if let Ok(table) = TimesTable::parse(&bytes) {
                let _ = (0..table.len().min(4)).map(|at| table.column(&bytes, at)).collect::<Vec<_>>();
            }
            let extent = Extent { offset: 0, stored: bytes.len() as u32, raw: count * 10, crc: crc32c(&bytes) };
            let _ = extent.open(bytes::Bytes::from(bytes));
        }
    }
}

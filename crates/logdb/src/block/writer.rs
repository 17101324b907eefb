//! Lines in order -> the sections of a block.
//!
//! Fed by `flush.rs` and `merge.rs` with groups of lines: groups follow each other in time, and the lines of a group are
//! sorted by stream (in the order of the table) and time. Invariant: lines of a group that are equal in stream, time, text
//! and metadata are written once (told by a 128-bit hash within one stream and time).

use super::lifted::{Lifted, Lifting};
use super::page::{self, Columns, PAGE_BYTES, PAGE_ROWS, PackedText};
use super::sections::{self, PageInfo};
use super::shape::Shape;
use super::{filter, rollup};
use crate::record::Metadata;
use crate::sets::SetIds;
use contract::Stream;
use rustc_hash::FxHashSet;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// The sections of a block and what the catalog says of it.
pub(crate) struct Sections {
    pub(crate) parts: Vec<(u16, Vec<u8>)>,
    pub(crate) rows: u64,
    /// The first time, and the last.
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Collects pages.
pub(crate) struct Writer {
    columns: Columns,
    text: Vec<u8>,
    /// The same text without what varies.
    lifting: Lifting,
    /// Of the line that is added.
    shape: Shape,
    set_ids: SetIds,
    tokens: filter::Builder,
    counts: rollup::Builder,
    /// Stream and time of the last line, and the lines of both so far.
    group: Option<(u32, i64)>,
    seen: FxHashSet<u128>,
    pages: Vec<PageInfo>,
    rollups: Vec<rollup::PageRollup>,
    data: Vec<u8>,
    /// Bytes of pages that were taken away.
    taken: u64,
    filters: Vec<u8>,
    /// First and last time of each stream.
    spans: Vec<(i64, i64)>,
    rows: u64,
}

/// What is taken of a page as it is.
pub(crate) struct Copied<'p> {
    pub(crate) info: &'p PageInfo,
    pub(crate) text: &'p PackedText,
    pub(crate) filter: &'p [u8],
}

/// A hash of text and metadata that tells lines apart.
pub(crate) fn identity(line: &[u8], metadata: &[(Arc<str>, Arc<str>)]) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(&(line.len() as u64).to_le_bytes());
    hash.update(line);
    for (name, value) in metadata {
        for piece in [name, value] {
            hash.update(&(piece.len() as u64).to_le_bytes());
            hash.update(piece.as_bytes());
        }
    }
    hash.digest128()
}

impl Writer {
    pub(crate) fn new() -> Self {
        let mut columns = Columns::default();
        columns.clear();
        Writer {
            columns,
            text: Vec::new(),
            lifting: Lifting::default(),
            shape: Shape::default(),
            set_ids: SetIds::default(),
            tokens: filter::Builder::default(),
            counts: rollup::Builder::default(),
            group: None,
            seen: FxHashSet::default(),
            pages: Vec::new(),
            rollups: Vec::new(),
            data: Vec::new(),
            taken: 0,
            filters: Vec::new(),
            spans: Vec::new(),
            rows: 0,
        }
    }

    /// Adds a line, unless the same one was just added.
    pub(crate) fn push(&mut self, stream: u32, at: i64, line: &[u8], metadata: &Metadata) {
        if self.is_repeated(stream, at, line, metadata) {
            return;
        }
        let full = self.text.len() + line.len() > PAGE_BYTES || self.columns.rows() == PAGE_ROWS;
        if full && self.columns.rows() > 0 {
            self.finish_page();
        }
        let columns = &mut self.columns;
        let (counts, tokens, sets) = (&mut self.counts, &mut self.tokens, &mut columns.sets);
        let set = self.set_ids.id(metadata, || {
            counts.add_names(metadata);
            metadata.iter().for_each(|(name, value)| tokens.add_pair(name, value));
            sets.push(metadata.clone());
        });
        match columns.runs.last_mut() {
            Some((last, rows)) if *last == stream => *rows += 1,
            _ => columns.runs.push((stream, 1)),
        }
        columns.times.push(at);
        columns.lengths.push(u32::try_from(line.len()).expect("doors take no line of 4 GiB"));
        columns.set_of.push(set);
        self.text.extend_from_slice(line);
        self.shape.read(line);
        let remainder = self.lifting.line(line, &self.shape, at);
        self.tokens.add(line, &self.shape, remainder);
        self.counts.add(stream, at, line.len(), metadata);
        self.cover(stream, at, at);
        self.rows += 1;
    }

    /// Whether the same line was just added.
    fn is_repeated(&mut self, stream: u32, at: i64, line: &[u8], metadata: &Metadata) -> bool {
        if self.group != Some((stream, at)) {
            debug_assert!(self.group < Some((stream, at)), "lines come sorted");
            self.group = Some((stream, at));
            self.seen.clear();
            return false;
        }
        // Most lines are alone in their stream and time: the first of several is hashed when the second comes.
        if self.seen.is_empty()
            && let (Some(length), Some(set)) = (self.columns.lengths.last(), self.columns.set_of.last())
        {
            let before = &self.text[self.text.len() - *length as usize..];
            self.seen.insert(identity(before, &self.columns.sets[*set as usize]));
        }
        !self.seen.insert(identity(line, metadata))
    }

    /// Takes a page of another block as it is: only its streams are numbered anew. `columns` are numbered already.
    pub(crate) fn copy(&mut self, columns: &Columns, page: Copied<'_>, rollup: rollup::PageRollup) {
        debug_assert!(self.columns.rows() == 0, "a group is ended before pages are copied");
        let packed = page::pack_columns(columns);
        let length = |n: usize| u32::try_from(n).expect("a page is far below 4 GiB");
        self.pages.push(PageInfo {
            offset: self.taken + self.data.len() as u64,
            columns_len: length(packed.len()),
            columns_crc: codec::crc32c(&packed),
            first_stream: columns.runs.first().map_or(0, |run| run.0),
            last_stream: columns.runs.last().map_or(0, |run| run.0),
            filter_offset: self.filters.len() as u64,
            filter_len: length(page.filter.len()),
            ..page.info.clone()
        });
        self.rollups.push(rollup);
        self.data.extend_from_slice(&packed);
        self.data.extend_from_slice(&page.text.digits);
        self.data.extend_from_slice(&page.text.rest);
        self.filters.extend_from_slice(page.filter);
        self.rows += columns.rows() as u64;
    }

    /// The bytes of pages that are finished and were not taken before: the next part of the section of pages.
    pub(crate) fn take_pages(&mut self) -> Vec<u8> {
        self.taken += self.data.len() as u64;
        std::mem::take(&mut self.data)
    }

    /// Notes that a stream has lines from one time to another, in pages that are copied.
    pub(crate) fn cover(&mut self, stream: u32, first: i64, last: i64) {
        if self.spans.len() <= stream as usize {
            self.spans.resize(stream as usize + 1, (i64::MAX, i64::MIN));
        }
        let span = &mut self.spans[stream as usize];
        *span = (span.0.min(first), span.1.max(last));
    }

    /// Ends a group: what follows is sorted anew.
    pub(crate) fn end_group(&mut self) {
        if self.columns.rows() > 0 {
            self.finish_page();
        }
        self.group = None;
        self.seen.clear();
    }

    fn finish_page(&mut self) {
        let columns = page::pack_columns(&self.columns);
        let (encoding, Lifted { digits, rest: text }) = match self.lifting.finish() {
            Some(lifted) if lifted.digits.is_some() => (page::APART, lifted),
            Some(lifted) => (page::LIFTED_ENDED, lifted),
            None => (page::PLAIN, Lifted { digits: None, rest: page::pack(&self.text) }),
        };
        let digits = digits.unwrap_or_default();
        let (filter, longest_token) = self.tokens.finish();
        let runs = &self.columns.runs;
        let times = &self.columns.times;
        let length = |n: usize| u32::try_from(n).expect("a page is far below 4 GiB");
        self.pages.push(PageInfo {
            offset: self.taken + self.data.len() as u64,
            columns_len: length(columns.len()),
            text_len: length(digits.len() + text.len()),
            text_bytes: length(self.text.len()),
            columns_crc: codec::crc32c(&columns),
            text_crc: codec::crc32c(&text),
            encoding,
            digits_len: length(digits.len()),
            digits_crc: if encoding == page::APART { codec::crc32c(&digits) } else { 0 },
            rows: length(times.len()),
            first: times.iter().copied().min().unwrap_or(0),
            last: times.iter().copied().max().unwrap_or(0),
            first_stream: runs.first().map_or(0, |run| run.0),
            last_stream: runs.last().map_or(0, |run| run.0),
            filter_offset: self.filters.len() as u64,
            filter_len: length(filter.len()),
            longest_token,
        });
        self.rollups.push(self.counts.finish());
        self.data.extend_from_slice(&columns);
        self.data.extend_from_slice(&digits);
        self.data.extend_from_slice(&text);
        self.filters.extend_from_slice(&filter);
        self.columns.clear();
        self.text.clear();
        self.set_ids.clear();
    }

    /// The sections; `streams` is the table that ids refer to.
    pub(crate) fn finish(mut self, streams: &[Arc<Stream>]) -> Sections {
        self.end_group();
        self.spans.resize(streams.len(), (i64::MAX, i64::MIN));
        let layout = filter::segments::Layout::of(self.pages.iter().map(|page| page.filter_len));
        Sections {
            rows: self.rows,
            first: self.pages.iter().map(|page| page.first).min().unwrap_or(0),
            last: self.pages.iter().map(|page| page.last).max().unwrap_or(0),
            parts: vec![
                (sections::DATA, self.data),
                (sections::FILTERS, layout.section(&self.filters)),
                (sections::ROLLUPS, rollup::encode(&self.rollups)),
                (sections::SPANS, sections::encode_spans(&self.spans)),
                (sections::STREAMS, sections::encode_streams(streams)),
                (sections::PAGES, sections::encode_pages(&self.pages)),
            ],
        }
    }
}

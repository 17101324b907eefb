//! Series in label order into the bytes of a block.
//!
//! On the write walk between `flush.rs` or `merge.rs` and `store::BlockWriter`. Pages hold the columns of one metric and
//! are closed when the metric changes or they are large; distinct columns of timestamps are kept once a block.
//! Invariant: the same series give the same bytes.

use super::sections::{
    CODED_VERSION, EXEMPLARS, Extent, FLAG_MONOTONE, FLAG_STALE, FLAG_STATS, HEADER, HISTOGRAMS, Header,
    LABELS, METADATA, PAGES, PageColumns, PageEntry, SERIES, STARTS, TIMES, VERSION, crc32c,
};
use crate::histogram::encode_histogram;
use crate::parts::MAX_SHARED_TIMES;
use crate::record::{put_exemplar, put_metadata};
use crate::starts::{Run, put_run, runs_of};
use bytes::Bytes;
use codec::coded::PageCoder;
use codec::floats::encode_floats;
use codec::ints::encode_ints;
use codec::{put_i64, put_len_bytes, put_str, put_u64};
use index::PackedWriter;
use model::{Exemplar, FloatHistogram, Labels, METRIC_NAME, Metadata, Millis, is_stale};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use store::{BlockMeta, BlockWriter};

/// A page is closed at this many bytes of columns: one read of a selective query, ten milliseconds of a slow link.
const PAGE_BYTES: usize = 64 << 10;
/// A page is closed at this many series: a query of one series decodes the directory of all.
const PAGE_SERIES: usize = 1024;
/// Smallest and largest value are kept for columns of this many samples: 16 bytes are then below 1 % of a column.
const STATS_SAMPLES: usize = 1024;
/// A page is stored packed when that saves at least a tenth; else it can be read in place.
const PACK_GAIN_PERCENT: usize = 10;
/// Columns were packed by their codecs already; the level matters little and 3 is zstd's own balance.
const ZSTD_LEVEL: i32 = 3;

/// How value columns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Each by itself, fast to write: what flushes make.
    Plain,
    /// In an entropy code: what stays.
    Coded,
}

/// Builds one block in memory.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    packing: Packing,
    series: u32,
    samples: u64,
    first: i64,
    last: i64,
    labels: PackedWriter,
    pages: Vec<PageEntry>,
    page_section: Vec<u8>,
    series_section: Vec<u8>,
    open: OpenPage,
    times: TimesDictionary,
    histograms: SideSection,
    exemplars: SideSection,
    starts: SideSection,
    metadata: Vec<u8>,
    metadata_count: u64,
}

#[derive(Debug, Default)]
struct OpenPage {
    metric: String,
    labels: Vec<Labels>,
    times: Vec<u32>,
    flags: Vec<u8>,
    ends: Vec<usize>,
    stats: Vec<(f64, f64)>,
    bodies: Vec<u8>,
    /// When columns are coded.
    coder: Option<PageCoder>,
}

#[derive(Debug, Default)]
struct TimesDictionary {
    known: FxHashMap<Arc<[i64]>, u32>,
    last: Option<(Arc<[i64]>, u32)>,
    /// Timestamps in `known`.
    held: usize,
    count: u32,
    lengths: Vec<u8>,
    bodies: Vec<u8>,
}

/// Something that few series have: `(ordinal gap, entries behind their length)`.
#[derive(Debug, Default)]
struct SideSection {
    count: u64,
    next: u32,
    bytes: Vec<u8>,
}

/// One series for a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesInput<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) times: &'a [i64],
    pub(crate) values: &'a [f64],
    pub(crate) histograms: &'a [(i64, Arc<FloatHistogram>)],
    pub(crate) exemplars: &'a [Exemplar],
    /// Start timestamps of the floats, or nothing when none is known.
    pub(crate) starts: &'a [i64],
    /// Start timestamps of the histograms, or nothing.
    pub(crate) histogram_starts: &'a [i64],
}

impl SeriesInput<'_> {
    /// The start timestamps of floats and histograms together.
    fn runs(&self) -> Vec<Run> {
        if self.starts.is_empty() && self.histogram_starts.is_empty() {
            return Vec::new();
        }
        let start = |starts: &[i64], at: usize| starts.get(at).copied().unwrap_or(0);
        let floats = self.times.iter().enumerate().map(|(i, at)| (*at, start(self.starts, i)));
        let histograms =
            self.histograms.iter().enumerate().map(|(i, (at, _))| (*at, start(self.histogram_starts, i)));
        let mut all: Vec<Run> = floats.chain(histograms).collect();
        all.sort_unstable();
        runs_of(all.into_iter())
    }
}

impl BlockBuilder {
    pub(crate) fn new(packing: Packing) -> Self {
        BlockBuilder {
            packing,
            series: 0,
            samples: 0,
            first: i64::MAX,
            last: i64::MIN,
            labels: PackedWriter::default(),
            pages: Vec::new(),
            page_section: Vec::new(),
            series_section: Vec::new(),
            open: OpenPage::default(),
            times: TimesDictionary::default(),
            histograms: SideSection::default(),
            exemplars: SideSection::default(),
            starts: SideSection::default(),
            metadata: Vec::new(),
            metadata_count: 0,
        }
    }

    /// Adds the next series in label order.
    pub(crate) fn push(&mut self, input: SeriesInput<'_>) {
        let SeriesInput { labels, times, values, histograms, exemplars, .. } = input;
        assert_eq!(times.len(), values.len(), "a value for each time");
        let metric = labels.metric_name();
        let full = self.open.bodies.len() >= PAGE_BYTES || self.open.labels.len() >= PAGE_SERIES;
        if !self.open.labels.is_empty() && (full || self.open.metric != metric) {
            self.close_page();
        }
        if self.open.labels.is_empty() {
            metric.clone_into(&mut self.open.metric);
            self.open.coder = (self.packing == Packing::Coded).then(PageCoder::default);
        }
        let ordinal = self.series;
        self.series += 1;
        labels.iter().for_each(|(name, value)| self.labels.add(name, value, ordinal));
        let column = if times.is_empty() { 0 } else { self.times.intern(times) + 1 };
        self.open.push(labels, column, values);
        self.histograms.push(ordinal, histograms, |out, (at, histogram)| {
            put_i64(out, *at);
            let mut body = Vec::new();
            encode_histogram(&mut body, histogram);
            put_len_bytes(out, &body);
        });
        self.exemplars.push(ordinal, exemplars, put_exemplar);
        self.starts.push(ordinal, &input.runs(), put_run);
        self.samples += (times.len() + histograms.len()) as u64;
        let all = times
            .iter()
            .copied()
            .chain(histograms.iter().map(|h| h.0))
            .chain(exemplars.iter().map(|e| e.at.0));
        for at in all {
            self.first = self.first.min(at);
            self.last = self.last.max(at);
        }
    }

    /// Adds metadata; families in order.
    pub(crate) fn push_metadata(&mut self, metadata: &Metadata) {
        self.metadata_count += 1;
        put_metadata(&mut self.metadata, metadata);
    }

    /// Gives a block without series a time.
    pub(crate) fn touch(&mut self, at: i64) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    fn close_page(&mut self) {
        let open = std::mem::take(&mut self.open);
        let count = open.labels.len() as u32;
        let mut page = Vec::with_capacity(open.bodies.len() + open.labels.len() * 8);
        let mut tables = Vec::new();
        open.coder.into_iter().for_each(|coder| coder.finish(&mut tables));
        let (times, flags, ends) = (open.times, open.flags.as_slice(), open.ends);
        PageColumns { times, flags, ends, stats: open.stats, bodies: &open.bodies, tables: &tables }
            .encode(&mut page);
        let page = store_piece(&mut self.page_section, &page);
        let mut chunk = Vec::new();
        put_label_sets(&mut chunk, &open.labels);
        let series = store_piece(&mut self.series_section, &chunk);
        self.pages.push(PageEntry { first: self.series - count, count, page, series });
    }

    /// The finished block; `meta` needs its id, tenant, signal, level and covered positions.
    pub(crate) fn finish(mut self, meta: BlockMeta) -> (BlockMeta, Bytes) {
        if !self.open.labels.is_empty() {
            // The series that are open were counted when they were pushed.
            self.close_page();
        }
        let (directory, bodies) = self.labels.finish();
        let times = (self.first, self.last);
        let header = Header::encode(self.series, self.samples, times, &self.pages, &directory);
        let meta = BlockMeta {
            start: Millis(self.first).to_nanos(),
            end: model::Nanos(Millis(self.last).to_nanos().0.saturating_add(1)),
            rows: self.samples,
            ..meta
        };
        let mut writer = BlockWriter::new(meta);
        let version = if self.packing == Packing::Coded { CODED_VERSION } else { VERSION };
        writer.section(PAGES, version, &self.page_section);
        writer.section(TIMES, VERSION, &self.times.finish());
        for (kind, side) in
            [(HISTOGRAMS, self.histograms), (EXEMPLARS, self.exemplars), (STARTS, self.starts)]
        {
            if side.count > 0 {
                writer.section(kind, VERSION, &side.finish());
            }
        }
        if self.metadata_count > 0 {
            let mut metadata = Vec::with_capacity(self.metadata.len() + 4);
            put_u64(&mut metadata, self.metadata_count);
            metadata.extend_from_slice(&self.metadata);
            writer.section(METADATA, VERSION, &metadata);
        }
        writer.section(SERIES, VERSION, &self.series_section);
        writer.section(LABELS, VERSION, &bodies);
        writer.section(HEADER, VERSION, &header);
        writer.finish()
    }
}

impl OpenPage {
    fn push(&mut self, labels: &Labels, column: u32, values: &[f64]) {
        let mut flags = 0;
        if values.iter().any(|v| is_stale(*v)) {
            flags |= FLAG_STALE;
        }
        // A comparison with NaN is false, so one NaN makes a column not monotone.
        if values.first().is_some_and(|v| !v.is_nan()) && values.windows(2).all(|w| w[0] <= w[1]) {
            flags |= FLAG_MONOTONE;
        }
        let numbers = || values.iter().copied().filter(|v| !v.is_nan());
        if values.len() >= STATS_SAMPLES && numbers().next().is_some() {
            flags |= FLAG_STATS;
            self.stats
                .push((numbers().fold(f64::INFINITY, f64::min), numbers().fold(f64::NEG_INFINITY, f64::max)));
        }
        match &mut self.coder {
            Some(coder) => coder.push(&mut self.bodies, values, self.times.last() == Some(&column)),
            None => encode_floats(&mut self.bodies, values),
        }
        self.labels.push(labels.clone());
        self.times.push(column);
        self.flags.push(flags);
        self.ends.push(self.bodies.len());
    }
}

impl TimesDictionary {
    fn intern(&mut self, times: &[i64]) -> u32 {
        if let Some((last, index)) = &self.last
            && last.as_ref() == times
        {
            return *index;
        }
        if let Some((known, index)) = self.known.get_key_value(times) {
            self.last = Some((known.clone(), *index));
            return *index;
        }
        let index = self.count;
        self.count += 1;
        let shared: Arc<[i64]> = times.into();
        let start = self.bodies.len();
        encode_ints(&mut self.bodies, times);
        put_u64(&mut self.lengths, times.len() as u64);
        put_u64(&mut self.lengths, (self.bodies.len() - start) as u64);
        if self.held + times.len() > MAX_SHARED_TIMES {
            self.known.clear();
            self.held = 0;
        }
        self.held += times.len();
        self.known.insert(shared.clone(), index);
        self.last = Some((shared, index));
        index
    }

    fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.lengths.len() + self.bodies.len() + 5);
        put_u64(&mut out, u64::from(self.count));
        out.extend_from_slice(&self.lengths);
        out.extend_from_slice(&self.bodies);
        out
    }
}

impl SideSection {
    fn push<T>(&mut self, ordinal: u32, entries: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
        if entries.is_empty() {
            return;
        }
        let mut body = Vec::new();
        put_u64(&mut body, entries.len() as u64);
        entries.iter().for_each(|entry| put(&mut body, entry));
        put_u64(&mut self.bytes, u64::from(ordinal - self.next));
        put_len_bytes(&mut self.bytes, &body);
        self.next = ordinal;
        self.count += 1;
    }

    fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 5);
        put_u64(&mut out, self.count);
        out.extend_from_slice(&self.bytes);
        out
    }
}

/// Appends a piece to a section, packed when that is worth it.
fn store_piece(section: &mut Vec<u8>, piece: &[u8]) -> Extent {
    let offset = section.len() as u64;
    let packed = zstd::bulk::compress(piece, ZSTD_LEVEL).expect("memory takes every byte");
    let worth = packed.len() * 100 <= piece.len() * (100 - PACK_GAIN_PERCENT);
    let (stored, raw) = if worth { (packed.as_slice(), piece.len()) } else { (piece, 0) };
    section.extend_from_slice(stored);
    let length = |bytes: usize| u32::try_from(bytes).expect("a page is closed long before 4 GiB");
    Extent { offset, stored: length(stored.len()), raw: length(raw), crc: crc32c(stored) }
}

/// Appends label sets: the texts that occur, then each set by what differs from the one before.
/// ```text
/// number of texts, texts | a set: number of pairs | pairs in common with the set before, from the front |
///                          (name, value) as numbers of texts ...
/// ```
fn put_label_sets(out: &mut Vec<u8>, sets: &[Labels]) {
    let mut texts: FxHashMap<&str, u64> = FxHashMap::default();
    let mut listed: Vec<&str> = Vec::new();
    let mut body = Vec::new();
    let empty = Labels::empty();
    let mut previous = &empty;
    for set in sets {
        let shared = set.iter().zip(previous.iter()).take_while(|(a, b)| a == b).count();
        put_u64(&mut body, set.len() as u64);
        put_u64(&mut body, shared as u64);
        for text in set.iter().skip(shared).flat_map(|(name, value)| [name, value]) {
            let next = listed.len() as u64;
            let index = *texts.entry(text).or_insert(next);
            if index == next {
                listed.push(text);
            }
            put_u64(&mut body, index);
        }
        previous = set;
    }
    debug_assert!(sets.iter().all(|set| set.value(METRIC_NAME) == sets[0].value(METRIC_NAME)));
    put_u64(out, listed.len() as u64);
    listed.iter().for_each(|text| put_str(out, text));
    out.extend_from_slice(&body);
}

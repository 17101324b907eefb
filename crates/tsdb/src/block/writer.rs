//! Series in label order into the bytes of a block.
//!
//! On the write walk between `flush.rs` or `merge.rs` and `store::BlockWriter`. Pages hold the columns of one metric and
//! are closed when the metric changes or they are large; distinct columns of timestamps are kept once a block.
//! Invariant: the same series give the same bytes.

use super::sections::{
    CODED_VERSION, EXEMPLARS, Extent, FLAG_MONOTONE, FLAG_STALE, FLAG_STATS, GROUPED_VERSION, HEADER,
    HISTOGRAMS, Header, LABELS, METADATA, PAGES, PageColumns, PageEntry, SERIES, STARTS, TIMES, VERSION,
    crc32c,
};
use crate::histogram::encode_histogram;
use crate::record::{put_exemplar, put_metadata};
use crate::starts::{Run, put_run, runs_of};
use bytes::Bytes;
use codec::coded::PageCoder;
use codec::floats::encode_floats;
use codec::ints::encode_ints;
use codec::{put_i64, put_len_bytes, put_str, put_u64};
use index::PackedWriter;
use index::packed::LABELS_VERSION;
use model::{Exemplar, FloatHistogram, Labels, METRIC_NAME, Metadata, Millis, is_stale};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use store::{BlockMeta, BlockStream, BlockWriter, Spool, StoreError};
use xxhash_rust::xxh3::xxh3_128;

/// A page is closed at this many bytes of columns: one read of a selective query, ten milliseconds of a slow link.
const PAGE_BYTES: usize = 64 << 10;
/// A page is closed at this many series: a query of one series decodes the directory of all.
const PAGE_SERIES: usize = 1024;
/// Smallest and largest value are kept for columns of this many samples: 16 bytes are then below 1 % of a column.
const STATS_SAMPLES: usize = 1024;
/// A page is stored packed when that saves at least a tenth; else it can be read in place.
const PACK_GAIN_PERCENT: usize = 10;
/// Label sets are packed together until they are this many bytes: those of one metric repeat the targets of the one before, and
/// unpacking a group for one of its pages takes some ten microseconds.
const GROUP_BYTES: usize = 16 << 10;
/// Columns were packed by their codecs already; the level matters little and 3 is zstd's own balance.
const PAGE_LEVEL: i32 = 3;
/// A tenth less than at 3, at 100 MB/s; higher levels gain little.
const GROUP_LEVEL: i32 = 6;

/// How value columns are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Each by itself, fast to write: what flushes of short columns make.
    Plain,
    /// In an entropy code: what stays, and flushes of long columns.
    Coded,
}

/// Builds one block: in memory, or with pages that are taken out as they are closed and all else on the side.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    packing: Packing,
    series: u32,
    samples: u64,
    first: i64,
    last: i64,
    labels: PackedWriter,
    pages: Vec<PageEntry>,
    /// Pages that were not taken out.
    page_section: Vec<u8>,
    /// Bytes of all pages.
    page_bytes: u64,
    series_section: Spool,
    /// The label sets of pages that are in no group yet.
    group: Vec<u8>,
    /// Pages that are in a group.
    grouped: usize,
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

/// Distinct columns of timestamps. What is known of each is a hash, so that memory does not grow with samples, and targets
/// share their times however many there are.
#[derive(Debug, Default)]
struct TimesDictionary {
    /// Columns by hash, number of timestamps and the first.
    known: FxHashMap<(u128, usize, i64), u32>,
    last: Option<(Vec<i64>, u32)>,
    count: u32,
    lengths: Spool,
    bodies: Spool,
    /// The timestamps that are hashed.
    bytes: Vec<u8>,
}

/// Something that few series have: `(ordinal gap, entries behind their length)`.
#[derive(Debug, Default)]
struct SideSection {
    count: u64,
    next: u32,
    bytes: Spool,
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
    /// All in memory.
    pub(crate) fn new(packing: Packing) -> Self {
        BlockBuilder::with(packing, Spool::in_memory)
    }

    /// With everything but pages in `dir`: see [`BlockBuilder::take_pages`].
    pub(crate) fn streamed(dir: &Path) -> Self {
        BlockBuilder::with(Packing::Coded, || Spool::on_disk(dir))
    }

    fn with(packing: Packing, spool: impl Fn() -> Spool) -> Self {
        let side = || SideSection { count: 0, next: 0, bytes: spool() };
        let (lengths, bodies) = (spool(), spool());
        BlockBuilder {
            packing,
            series: 0,
            samples: 0,
            first: i64::MAX,
            last: i64::MIN,
            labels: PackedWriter::default(),
            pages: Vec::new(),
            page_section: Vec::new(),
            page_bytes: 0,
            series_section: spool(),
            group: Vec::new(),
            grouped: 0,
            open: OpenPage::default(),
            times: TimesDictionary { lengths, bodies, ..TimesDictionary::default() },
            histograms: side(),
            exemplars: side(),
            starts: side(),
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

    /// The next series begins a page.
    pub(crate) fn break_page(&mut self) {
        if !self.open.labels.is_empty() {
            self.close_page();
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
        let (page, stored) = store_piece(self.page_bytes, &page, PAGE_LEVEL);
        self.page_bytes += stored.len() as u64;
        self.page_section.extend_from_slice(&stored);
        let chunk_start = self.group.len() as u32;
        put_label_sets(&mut self.group, &open.labels);
        let chunk_bytes = self.group.len() as u32 - chunk_start;
        let first = self.series - count;
        self.pages.push(PageEntry {
            first,
            count,
            page,
            series: Extent::default(),
            chunk_start,
            chunk_bytes,
        });
        if self.group.len() >= GROUP_BYTES {
            self.close_group();
        }
    }

    /// Packs the label sets of the pages since the last group.
    fn close_group(&mut self) {
        let (series, stored) = store_piece(self.series_section.len(), &self.group, GROUP_LEVEL);
        self.series_section.write(&stored);
        self.pages[self.grouped..].iter_mut().for_each(|page| page.series = series);
        self.grouped = self.pages.len();
        self.group.clear();
    }

    /// Takes out the pages that were closed since the last time, which go to the section of pages in this order.
    pub(crate) fn take_pages(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.page_section)
    }

    /// Bytes in memory that grow with samples; labels, which grow with series, are not among them.
    pub(crate) fn held(&self) -> usize {
        let sides = [&self.histograms, &self.exemplars, &self.starts];
        let spools = [&self.series_section, &self.times.lengths, &self.times.bodies];
        self.page_section.len()
            + self.open.bodies.len()
            + sides.iter().map(|side| side.bytes.held()).sum::<usize>()
            + spools.iter().map(|spool| spool.held()).sum::<usize>()
    }

    /// The finished block; `meta` needs its id, tenant, signal, level and covered positions.
    pub(crate) fn finish(self, meta: BlockMeta) -> (BlockMeta, Bytes) {
        let (meta, sections) = self.sections(meta);
        let mut writer = BlockWriter::new(meta);
        for section in sections {
            let parts = section.parts.into_iter().map(|part| part.into_bytes().expect("it is in memory"));
            writer.section(section.kind, section.version, &parts.collect::<Vec<_>>().concat());
        }
        writer.finish()
    }

    /// Writes what is left behind the pages that were taken out: the section of pages is the one that is open.
    pub(crate) async fn finish_to(
        self,
        mut stream: BlockStream,
        meta: BlockMeta,
    ) -> Result<BlockMeta, StoreError> {
        let (meta, sections) = self.sections(meta);
        for section in sections {
            if section.kind != PAGES {
                stream.section(section.kind, section.version).await?;
            }
            for part in section.parts {
                stream.write_spool(part).await?;
            }
        }
        stream.finish(meta).await
    }

    /// The sections in order, and the metadata with times and rows.
    fn sections(mut self, meta: BlockMeta) -> (BlockMeta, Vec<Section>) {
        if !self.open.labels.is_empty() {
            // The series that are open were counted when they were pushed.
            self.close_page();
        }
        if !self.group.is_empty() {
            self.close_group();
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
        let coded = self.packing == Packing::Coded;
        let version = if coded { CODED_VERSION } else { VERSION };
        let mut sections = vec![Section { kind: PAGES, version, parts: vec![in_memory(&self.page_section)] }];
        let mut add = |kind, parts| {
            let version = match kind {
                LABELS => LABELS_VERSION,
                HEADER => GROUPED_VERSION,
                _ => VERSION,
            };
            sections.push(Section { kind, version, parts });
        };
        add(TIMES, self.times.finish());
        for (kind, side) in
            [(HISTOGRAMS, self.histograms), (EXEMPLARS, self.exemplars), (STARTS, self.starts)]
        {
            if side.count > 0 {
                add(kind, side.finish());
            }
        }
        if self.metadata_count > 0 {
            add(METADATA, vec![counted(self.metadata_count), in_memory(&self.metadata)]);
        }
        add(SERIES, vec![self.series_section]);
        add(LABELS, vec![in_memory(&bodies)]);
        add(HEADER, vec![in_memory(&header)]);
        (meta, sections)
    }
}

/// A section of a block that is written, in parts.
struct Section {
    kind: u16,
    version: u16,
    parts: Vec<Spool>,
}

fn in_memory(bytes: &[u8]) -> Spool {
    let mut spool = Spool::in_memory();
    spool.write(bytes);
    spool
}

/// The count that a section begins with.
fn counted(count: u64) -> Spool {
    let mut bytes = Vec::new();
    put_u64(&mut bytes, count);
    in_memory(&bytes)
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
            && last == times
        {
            return *index;
        }
        self.bytes.clear();
        self.bytes.extend(times.iter().flat_map(|at| at.to_le_bytes()));
        let key = (xxh3_128(&self.bytes), times.len(), times[0]);
        let index = match self.known.get(&key) {
            Some(index) => *index,
            None => self.add(key, times),
        };
        let mut last = self.last.take().map_or_else(Vec::new, |(last, _)| last);
        last.clear();
        last.extend_from_slice(times);
        self.last = Some((last, index));
        index
    }

    fn add(&mut self, key: (u128, usize, i64), times: &[i64]) -> u32 {
        let (mut body, mut lengths) = (Vec::new(), Vec::new());
        encode_ints(&mut body, times);
        put_u64(&mut lengths, times.len() as u64);
        put_u64(&mut lengths, body.len() as u64);
        self.bodies.write(&body);
        self.lengths.write(&lengths);
        self.known.insert(key, self.count);
        self.count += 1;
        self.count - 1
    }

    fn finish(self) -> Vec<Spool> {
        vec![counted(u64::from(self.count)), self.lengths, self.bodies]
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
        let mut head = Vec::new();
        put_u64(&mut head, u64::from(ordinal - self.next));
        put_u64(&mut head, body.len() as u64);
        self.bytes.write(&head);
        self.bytes.write(&body);
        self.next = ordinal;
        self.count += 1;
    }

    fn finish(self) -> Vec<Spool> {
        vec![counted(self.count), self.bytes]
    }
}

/// A piece that comes to stand at `offset` of its section, packed when that is worth it.
fn store_piece(offset: u64, piece: &[u8], level: i32) -> (Extent, Cow<'_, [u8]>) {
    let packed = zstd::bulk::compress(piece, level).expect("memory takes every byte");
    let worth = packed.len() * 100 <= piece.len() * (100 - PACK_GAIN_PERCENT);
    let (stored, raw) = if worth { (Cow::from(packed), piece.len()) } else { (Cow::from(piece), 0) };
    let length = |bytes: usize| u32::try_from(bytes).expect("a page is closed long before 4 GiB");
    let crc = crc32c(&stored);
    (Extent { offset, stored: length(stored.len()), raw: length(raw), crc }, stored)
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

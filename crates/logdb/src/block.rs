//! Blocks that are opened: what is known of them before a page is read.
//!
//! Used by `read.rs` and `merge.rs`; written by `block/writer.rs`. Invariant: what is kept of opened blocks is reserved
//! in the engine's budget; blocks that are no longer published are forgotten.

pub(crate) mod filter;
pub(crate) mod lifted;
pub(crate) mod open_pages;
pub(crate) mod page;
pub(crate) mod rollup;
pub(crate) mod sections;
pub(crate) mod shape;
pub(crate) mod writer;

use crate::error::LogError;
use bytes::Bytes;
use codec::CodecError;
use contract::Stream;
use filter::WITH_MIDDLES;
use filter::segments::{Layout, SEGMENTS, Segments, TABLE_BYTES, checksums};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use index::LiveIndex;
use open_pages::{OpenPage, OpenPages};
use page::{Columns, PackedText};
use rollup::PageRollup;
use sections::PageInfo;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::{Budget, Reservation};
use store::{BlockCache, BlockId, BlockMeta, BlockReader, Objects};

/// Eight: parts of a filter that are fetched at the same time. A query asks for a few; on object storage each takes about 20 ms,
/// however little it is.
const PARTS_AT_ONCE: usize = 8;

/// Opened blocks.
pub(crate) struct Blocks {
    objects: Objects,
    cache: BlockCache,
    budget: Budget,
    open_pages: Arc<OpenPages>,
    open: Mutex<HashMap<BlockId, Arc<OpenBlock>>>,
}

/// A block whose table of streams and directory of pages are in memory.
pub(crate) struct OpenBlock {
    reader: BlockReader,
    pub(crate) index: LiveIndex,
    pub(crate) streams: Vec<Arc<Stream>>,
    pub(crate) pages: Vec<PageInfo>,
    /// First and last time of each stream; first after last when it has no line.
    pub(crate) spans: Vec<(i64, i64)>,
    budget: Budget,
    /// Pages that are kept unpacked, of all blocks.
    open_pages: Arc<OpenPages>,
    /// Roll-ups that were read before, when there was room for them.
    rollups: Mutex<Option<(Arc<Vec<PageRollup>>, Reservation)>>,
    _held: Reservation,
}

impl Blocks {
    /// Keeps at most so many bytes of unpacked pages.
    pub(crate) fn new(objects: Objects, cache: BlockCache, budget: Budget, decoded_bytes: u64) -> Self {
        let open_pages = Arc::new(OpenPages::new(decoded_bytes));
        Blocks { objects, cache, budget, open_pages, open: Mutex::default() }
    }

    /// Opens a block, or finds it opened.
    pub(crate) async fn open(&self, meta: &Arc<BlockMeta>) -> Result<Arc<OpenBlock>, LogError> {
        if let Some(open) = self.lock().get(&meta.id) {
            return Ok(open.clone());
        }
        let reader = BlockReader::open(&self.objects, &self.cache, meta.clone()).await?;
        let open = self.read(meta, reader).await?;
        self.lock().insert(meta.id, open.clone());
        Ok(open)
    }

    /// Opens a block whose pages are read once: they do not push out of the cache what queries use.
    pub(crate) async fn open_past_cache(&self, meta: &Arc<BlockMeta>) -> Result<Arc<OpenBlock>, LogError> {
        let reader = BlockReader::open(&self.objects, &BlockCache::new(0), meta.clone()).await?;
        self.read(meta, reader).await
    }

    async fn read(&self, meta: &Arc<BlockMeta>, reader: BlockReader) -> Result<Arc<OpenBlock>, LogError> {
        let streams = require(&reader, sections::STREAMS).await?;
        let pages = require(&reader, sections::PAGES).await?;
        let name = |section: &str| format!("block {}, section {section}", meta.id);
        let streams = sections::decode_streams(&streams).map_err(LogError::decode(name("streams")))?;
        let pages = sections::decode_pages(&pages).map_err(LogError::decode(name("pages")))?;
        let spans = match reader.section(sections::SPANS).await? {
            Some(bytes) => {
                sections::decode_spans(&bytes, streams.len()).map_err(LogError::decode(name("spans")))?
            }
            None => sections::spans_of_pages(&pages, streams.len()),
        };
        let mut index = LiveIndex::default();
        for stream in &streams {
            index.find_or_add(stream.labels.iter()).map_err(|e| LogError::Streams(e.to_string()))?;
        }
        let labels: usize = streams.iter().map(|stream| stream.labels.heap_bytes() + 64).sum();
        let bytes = labels + index.heap_bytes() + pages.len() * size_of::<PageInfo>() + spans.len() * 16;
        Ok(Arc::new(OpenBlock {
            reader,
            index,
            streams,
            pages,
            spans,
            budget: self.budget.clone(),
            open_pages: self.open_pages.clone(),
            rollups: Mutex::default(),
            _held: self.reserve(bytes as u64)?,
        }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<BlockId, Arc<OpenBlock>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room by forgetting all others: opened blocks take at most half of the budget, merges need the rest.
    fn reserve(&self, bytes: u64) -> Result<Reservation, LogError> {
        if self.bytes().saturating_add(bytes) > self.budget.limit() / 2 {
            let forgotten = std::mem::take(&mut *self.lock());
            drop(forgotten);
        }
        Ok(self.budget.reserve(bytes)?)
    }

    /// Forgets blocks that are no longer published.
    pub(crate) fn retain(&self, keep: impl Fn(&BlockId) -> bool) {
        self.open_pages.retain(&keep);
        self.lock().retain(|id, _| keep(id));
    }

    /// Bytes that are kept of opened blocks.
    pub(crate) fn bytes(&self) -> u64 {
        self.lock().values().map(|open| open._held.bytes()).sum()
    }
}

async fn require(reader: &BlockReader, kind: u16) -> Result<Bytes, LogError> {
    reader.section(kind).await?.ok_or_else(|| LogError::Decode {
        what: format!("block {}", reader.meta().id),
        error: CodecError::Invalid { offset: 0, what: "a section is missing" },
    })
}

impl OpenBlock {
    fn named(&self, page: usize) -> impl FnOnce(CodecError) -> LogError {
        LogError::decode(format!("block {}, page {page}", self.reader.meta().id))
    }

    pub(crate) fn meta(&self) -> &Arc<BlockMeta> {
        self.reader.meta()
    }

    /// Streams, times, lengths and metadata of a page.
    pub(crate) async fn columns(&self, page: usize) -> Result<Columns, LogError> {
        let info = &self.pages[page];
        let range = info.offset..info.offset + u64::from(info.columns_len);
        let packed = self.reader.section_range(sections::DATA, range).await?;
        page::unpack_columns(info, &packed).map_err(self.named(page))
    }

    /// The packed text of a page; [`page::unpack_text`] unpacks it.
    pub(crate) async fn packed_text(&self, page: usize) -> Result<PackedText, LogError> {
        let info = &self.pages[page];
        let digits = info.digits();
        let rest = digits.end..digits.start + u64::from(info.text_len);
        let parts = self.reader.section_ranges(sections::DATA, &[digits, rest]).await?;
        let [digits, rest] = <[Bytes; 2]>::try_from(parts).unwrap_or_default();
        Ok(PackedText { digits, rest })
    }

    /// The digits of a page that stand apart from the rest of its text.
    pub(crate) async fn digits(&self, page: usize) -> Result<Bytes, LogError> {
        let info = &self.pages[page];
        if info.digits_len == 0 {
            return Ok(Bytes::new());
        }
        let digits = self.reader.section_range(sections::DATA, info.digits()).await?;
        page::check_digits(info, &digits).map_err(self.named(page))?;
        Ok(digits)
    }

    pub(crate) fn unpack_text(
        &self,
        page: usize,
        packed: &PackedText,
        columns: &Columns,
    ) -> Result<Bytes, LogError> {
        page::unpack_text(&self.pages[page], packed, columns).map_err(self.named(page))
    }

    /// A page that is kept unpacked.
    pub(crate) fn kept_page(&self, page: usize) -> Option<OpenPage> {
        self.open_pages.get(self.meta().id, page)
    }

    /// Unpacks a page, and keeps it when it is asked for again.
    pub(crate) fn open_page(
        &self,
        page: usize,
        packed: &PackedText,
        columns: &Arc<Columns>,
    ) -> Result<OpenPage, LogError> {
        let text = page::open_text(&self.pages[page], packed, columns).map_err(self.named(page))?;
        let open = OpenPage { columns: columns.clone(), text: Arc::new(text) };
        self.open_pages.keep(self.meta().id, page, &open);
        Ok(open)
    }

    /// Names the page in what went wrong with it.
    pub(crate) fn damaged(&self, page: usize, error: CodecError) -> LogError {
        self.named(page)(error)
    }

    /// Whether the spans are of the lines of each stream, and not of pages that may hold it.
    pub(crate) fn has_exact_spans(&self) -> bool {
        self.reader.sections().iter().any(|section| section.kind == sections::SPANS)
    }

    /// Bytes of its filters.
    pub(crate) fn filter_bytes(&self) -> u64 {
        self.pages.iter().map(|info| u64::from(info.filter_len)).sum()
    }

    /// The version of its filters, when they are read. Those of before are not: their pages are looked at.
    pub(crate) fn filter_version(&self) -> Option<u16> {
        let filters = self.reader.sections().iter().find(|section| section.kind == sections::FILTERS);
        filters.map(|section| section.version).filter(|version| *version >= WITH_MIDDLES)
    }

    /// Whether its filters are like those that are written, so that a page and its filter can come along.
    pub(crate) fn has_present_filters(&self) -> bool {
        self.filter_version() == Some(sections::version(sections::FILTERS))
    }

    /// Where the filters of its pages are.
    pub(crate) fn filter_layout(&self) -> Layout {
        Layout::of(self.pages.iter().map(|info| info.filter_len))
    }

    /// The filters of all pages.
    pub(crate) async fn filters(&self) -> Result<Bytes, LogError> {
        require(&self.reader, sections::FILTERS).await
    }

    /// Of the filters the segments that are asked for, and those that are not in segments.
    pub(crate) async fn filter_segments(
        &self,
        wanted: &[bool; SEGMENTS],
    ) -> Result<Segments<Bytes>, LogError> {
        let layout = self.filter_layout();
        let table = self.reader.section_range(sections::FILTERS, 0..TABLE_BYTES as u64).await?;
        let sums = checksums(&table).ok_or_else(|| self.damaged_filters())?;
        // The rest is one more part, behind the last segment.
        let asked = (0..SEGMENTS).filter(|segment| wanted[*segment]);
        let ranges =
            asked.map(|segment| (segment, layout.segment(segment))).chain([(SEGMENTS, layout.rest())]);
        let reads = ranges.filter(|(_, range)| !range.is_empty()).map(|(part, range)| async move {
            Ok::<_, LogError>((part, self.part(range, sums[part]).await?))
        });
        let parts: Vec<(usize, Bytes)> =
            stream::iter(reads).buffer_unordered(PARTS_AT_ONCE).try_collect().await?;
        let mut segments = vec![None; SEGMENTS + 1];
        parts.into_iter().for_each(|(part, bytes)| segments[part] = Some(bytes));
        let rest = segments.pop().flatten().unwrap_or_default();
        Ok(Segments { layout, segments, rest })
    }

    async fn part(&self, range: Range<u64>, crc: u32) -> Result<Bytes, LogError> {
        let bytes = self.reader.section_range(sections::FILTERS, range).await?;
        if codec::crc32c(&bytes) == crc { Ok(bytes) } else { Err(self.damaged_filters()) }
    }

    fn damaged_filters(&self) -> LogError {
        let error = CodecError::Invalid { offset: 0, what: "a checksum that differs" };
        LogError::decode(format!("block {}, section filters", self.meta().id))(error)
    }

    /// Lines and bytes by stream, level and minute, of each page.
    pub(crate) async fn rollups(&self) -> Result<Arc<Vec<PageRollup>>, LogError> {
        if let Some((rollups, _)) = &*self.rollups.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(rollups.clone());
        }
        let bytes = require(&self.reader, sections::ROLLUPS).await?;
        let named = LogError::decode(format!("block {}, section rollups", self.meta().id));
        let rollups = rollup::decode(&bytes)
            .and_then(|pages| {
                let differs = CodecError::Invalid { offset: 0, what: "a number of pages that differs" };
                if pages.len() == self.pages.len() { Ok(pages) } else { Err(differs) }
            })
            .map_err(named)?;
        let rollups = Arc::new(rollups);
        let counts: usize = rollups.iter().map(|page| page.counts.len()).sum();
        let size = counts * size_of::<rollup::Count>() + rollups.len() * 256;
        if let Ok(held) = self.budget.reserve(size as u64) {
            *self.rollups.lock().unwrap_or_else(PoisonError::into_inner) = Some((rollups.clone(), held));
        }
        Ok(rollups)
    }
}

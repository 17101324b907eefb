//! A trace block: columns of spans, clustered by trace. How it is written, opened and searched.
//!
//! Walk: `writer` (flush, merge) -> the block container -> [`OpenBlock`] (index in memory) -> `prune` (which traces may
//! match) -> `granule` (spans). Invariant: a block is immutable, so what was read of it stays true.
//! ```text
//! block = PAGES ORIGINS COLUMNS SHAPES GRANULES TRACES FINGERPRINTS FILTER ROLLUPS     (docs/formats/traces.md)
//! ```

pub(crate) mod decoded;
pub(crate) mod filter;
pub(crate) mod granule;
pub(crate) mod ints;
pub(crate) mod projection;
pub(crate) mod prune;
pub(crate) mod rollup;
pub(crate) mod sections;
pub(crate) mod tree;
pub(crate) mod unit;
pub(crate) mod values;
pub(crate) mod writer;

#[cfg(test)]
pub(crate) mod tests;

use crate::assemble::{Origin, Row};
use crate::error::{DecodeError, TraceError};
use crate::head::part::Part;
use bytes::Bytes;
use decoded::{Decoded, Kept, What};
use filter::{Filter, Fingerprints, fingerprint};
use model::TraceId;
use projection::Projection;
use rollup::read::Rollups;
use sections::{Column, Granule, Page, Traces};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use store::{BlockCache, BlockId, BlockMeta, BlockReader, Objects};
use writer::page::{self, FIRST_COLUMN_PAGE};

/// 128 MiB of decoded indexes: about fifty blocks of 100,000 traces each.
const MAX_OPEN_BYTES: usize = 128 << 20;

/// Everything of a block but its pages.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) origins: Vec<Arc<Origin>>,
    pub(crate) columns: Vec<Column>,
    pub(crate) shapes: Vec<Vec<u32>>,
    pub(crate) traces: Traces,
    pub(crate) granules: Vec<Granule>,
    pub(crate) fingerprints: Fingerprints,
}

/// Some or all pages of one granule, by id.
#[derive(Debug, Default)]
pub(crate) struct Pages(Vec<(u32, Bytes)>);

impl Pages {
    pub(crate) fn get(&self, id: u32) -> Option<&[u8]> {
        let found = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(&self.0[found].1)
    }

    /// The same, to be kept.
    pub(crate) fn bytes(&self, id: u32) -> Option<Bytes> {
        let found = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.0[found].1.clone())
    }

    /// Adds a page after those with smaller ids, if its bytes are what was written.
    pub(crate) fn push(&mut self, page: &Page, bytes: Bytes) -> Result<(), DecodeError> {
        if codec::crc32c(&bytes) != page.crc {
            return Err(DecodeError::Checksum);
        }
        self.0.push((page.id, bytes));
        Ok(())
    }

    /// Adds the pages that are not here.
    pub(crate) fn merge(&mut self, more: Pages) {
        self.0.extend(more.0);
        self.0.sort_by_key(|(id, _)| *id);
        self.0.dedup_by_key(|(id, _)| *id);
    }
}

impl Index {
    /// Decodes the sections; `section` answers the bytes of a kind.
    pub(crate) fn decode(mut section: impl FnMut(u16) -> Option<Bytes>) -> Result<Self, DecodeError> {
        let mut get = |kind| section(kind).ok_or(DecodeError::Invalid("missing section"));
        let columns = sections::decode_columns(&get(sections::COLUMNS)?)?;
        let traces = sections::decode_traces(&get(sections::TRACES)?)?;
        Ok(Index {
            origins: sections::decode_origins(&get(sections::ORIGINS)?)?,
            shapes: sections::decode_shapes(&get(sections::SHAPES)?, columns.len())?,
            granules: sections::decode_granules(&get(sections::GRANULES)?, Some(&traces))?,
            fingerprints: Fingerprints::decode(&get(sections::FINGERPRINTS)?, traces.ids.len())?,
            columns,
            traces,
        })
    }

    /// The ordinal of a trace.
    pub(crate) fn find(&self, id: &TraceId) -> Option<usize> {
        let candidates = self.fingerprints.find(fingerprint(id)).iter().map(|o| *o as usize);
        candidates.into_iter().find(|ordinal| self.traces.ids[*ordinal] == *id)
    }

    /// The granule that holds a trace.
    pub(crate) fn granule_of(&self, ordinal: usize) -> usize {
        self.granules.partition_point(|g| g.first_trace + g.traces <= ordinal)
    }

    /// An estimate of the memory in use, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.columns.iter().flat_map(|c| c.dictionary.iter()).map(|text| text.len() + 32);
        let pages = self.granules.iter().map(|g| 64 + g.pages.len() * 24);
        texts.sum::<usize>()
            + pages.sum::<usize>()
            + self.traces.ids.len() * 52
            + self.shapes.iter().map(|s| 24 + s.len() * 4).sum::<usize>()
            + self.origins.len() * 1024
    }
}

/// A block whose index is in memory.
#[derive(Debug)]
pub(crate) struct OpenBlock {
    pub(crate) reader: BlockReader,
    pub(crate) index: Index,
    /// Ordinals of the traces that other blocks have too, as far as it was asked.
    shared: Mutex<HashMap<BlockId, Arc<[u32]>>>,
}

impl OpenBlock {
    async fn open(reader: BlockReader) -> Result<Self, TraceError> {
        let mut parts = HashMap::new();
        for kind in [
            sections::ORIGINS,
            sections::COLUMNS,
            sections::SHAPES,
            sections::TRACES,
            sections::GRANULES,
            sections::FINGERPRINTS,
        ] {
            if let Some(bytes) = reader.section(kind).await? {
                parts.insert(kind, bytes);
            }
        }
        let index = Index::decode(|kind| parts.get(&kind).cloned())
            .map_err(TraceError::decode(reader.meta().path()))?;
        Ok(OpenBlock::of(reader, index))
    }

    /// A block whose index is known.
    pub(crate) fn of(reader: BlockReader, index: Index) -> Self {
        OpenBlock { reader, index, shared: Mutex::default() }
    }

    /// The roll-ups, if the block has any.
    pub(crate) async fn rollups(&self, decoded: &Decoded) -> Result<Option<Arc<Rollups>>, TraceError> {
        let id = self.reader.meta().id;
        if let Some(Kept::Rollups(known)) = decoded.get(id, 0, What::Rollups) {
            return Ok(Some(known));
        }
        let Some(bytes) = self.reader.section(sections::ROLLUPS).await? else { return Ok(None) };
        let of = Some((self.index.granules.len(), self.index.traces.ids.len()));
        let rollups = Rollups::decode(&bytes, of).map_err(TraceError::decode(self.reader.meta().path()))?;
        let rollups = Arc::new(rollups);
        decoded.put(id, 0, What::Rollups, &Kept::Rollups(rollups.clone()));
        Ok(Some(rollups))
    }

    /// The ordinals of the traces that another block has too, if that was found out.
    pub(crate) fn shared_with(&self, other: &BlockId) -> Option<Arc<[u32]>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).get(other).cloned()
    }

    /// Keeps what was found out for [`OpenBlock::shared_with`].
    pub(crate) fn remember_shared(&self, other: BlockId, ordinals: Vec<u32>) -> Arc<[u32]> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.entry(other).or_insert_with(|| Arc::from(ordinals)).clone()
    }

    /// Forgets what was found out about other blocks.
    fn forget(&self, keep: &mut impl FnMut(&BlockId) -> bool) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| keep(id));
    }

    /// All pages of a granule, in one read.
    pub(crate) async fn pages(
        &self,
        granule: &Granule,
        projection: Option<&Projection>,
    ) -> Result<Pages, TraceError> {
        let mut pages = Pages::default();
        let (Some(first), Some(last)) = (granule.pages.first(), granule.pages.last()) else {
            return Ok(pages);
        };
        let range = first.offset..last.offset + u64::from(last.length);
        let bytes = self.reader.section_range(sections::PAGES, range).await?;
        let read = |page: &&Page| projection.is_none_or(|projection| projection.reads(page.id));
        for page in granule.pages.iter().filter(read) {
            let at = (page.offset - first.offset) as usize;
            let end = at + page.length as usize;
            let page_bytes = if end <= bytes.len() { bytes.slice(at..end) } else { Bytes::new() };
            pages.push(page, page_bytes).map_err(TraceError::decode(self.reader.meta().path()))?;
        }
        Ok(pages)
    }

    /// Some pages of a granule; `ids` ascending.
    pub(crate) async fn some_pages(&self, granule: &Granule, ids: &[u32]) -> Result<Pages, TraceError> {
        let found = |id: &u32| granule.pages.binary_search_by_key(id, |page| page.id).ok();
        let wanted: Vec<&Page> = ids.iter().filter_map(found).map(|found| &granule.pages[found]).collect();
        let ranges: Vec<_> =
            wanted.iter().map(|page| page.offset..page.offset + u64::from(page.length)).collect();
        let mut pages = Pages::default();
        for (page, bytes) in wanted.iter().zip(self.reader.section_ranges(sections::PAGES, &ranges).await?) {
            pages.push(page, bytes).map_err(TraceError::decode(self.reader.meta().path()))?;
        }
        Ok(pages)
    }

    /// The page of one column of a granule, and how many values it holds.
    pub(crate) async fn column_with_counts(
        &self,
        granule: &Granule,
        column: u32,
    ) -> Result<(Pages, usize), TraceError> {
        let ids = [page::SHAPE, page::EVENTS, page::LINKS, page::EVENT_SHAPE, page::LINK_SHAPE];
        let ids: Vec<u32> = ids.into_iter().chain([FIRST_COLUMN_PAGE + column]).collect();
        let pages = self.some_pages(granule, &ids).await?;
        let count = granule::count_values(&self.index, granule, &pages, column)
            .map_err(TraceError::decode(self.reader.meta().path()))?;
        Ok((pages, count))
    }

    /// The rows of some traces of one granule; `ordinals` ascending.
    pub(crate) async fn rows(
        &self,
        granule: usize,
        ordinals: &[usize],
        projection: Option<&Projection>,
    ) -> Result<Vec<Vec<Row>>, TraceError> {
        let pages = self.pages(&self.index.granules[granule], projection).await?;
        self.decode(granule, &pages, ordinals, projection)
    }

    /// The rows of some traces of one granule, from its pages; `ordinals` ascending.
    pub(crate) fn decode(
        &self,
        granule: usize,
        pages: &Pages,
        ordinals: &[usize],
        projection: Option<&Projection>,
    ) -> Result<Vec<Vec<Row>>, TraceError> {
        granule::decode_rows(&self.index, &self.index.granules[granule], pages, ordinals, projection)
            .map_err(TraceError::decode(self.reader.meta().path()))
    }
}

/// The blocks that this process reads: filters of all of them, indexes of those in use.
#[derive(Debug)]
pub(crate) struct Blocks {
    objects: Objects,
    cache: BlockCache,
    /// Columns that queries read.
    pub(crate) decoded: Arc<Decoded>,
    filters: Mutex<HashMap<BlockId, Arc<Filter>>>,
    open: Mutex<OpenBlocks>,
    /// Parts that someone holds.
    parts: Mutex<HashMap<BlockId, Weak<Part>>>,
}

#[derive(Debug, Default)]
struct OpenBlocks {
    by_id: HashMap<BlockId, (Arc<OpenBlock>, usize, u64)>,
    bytes: usize,
    clock: u64,
}

impl Blocks {
    pub(crate) fn new(objects: Objects, cache: BlockCache, decoded_bytes: u64) -> Self {
        Blocks {
            objects,
            cache,
            decoded: Arc::new(Decoded::new(decoded_bytes)),
            filters: Mutex::default(),
            open: Mutex::default(),
            parts: Mutex::default(),
        }
    }

    /// Makes a part known: it is read as a block as long as someone holds it.
    pub(crate) fn pin(&self, part: &Arc<Part>) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.insert(part.meta.id, Arc::downgrade(part));
    }

    fn part(&self, id: &BlockId) -> Option<Arc<Part>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.upgrade()
    }

    /// The block, if its index is in memory.
    pub(crate) fn known(&self, id: &BlockId) -> Option<Arc<OpenBlock>> {
        match self.part(id) {
            Some(part) => Some(part.block.clone()),
            None => self.open.lock().unwrap_or_else(PoisonError::into_inner).get(id),
        }
    }

    /// Where blocks are.
    pub(crate) fn objects(&self) -> &Objects {
        &self.objects
    }

    /// A block that is read once, from end to end: nothing of it displaces what queries read.
    pub(crate) async fn open_past_cache(&self, meta: &Arc<BlockMeta>) -> Result<Arc<OpenBlock>, TraceError> {
        let reader = BlockReader::open(&self.objects, &BlockCache::new(0), meta.clone()).await?;
        Ok(Arc::new(OpenBlock::open(reader).await?))
    }

    async fn reader(&self, meta: &Arc<BlockMeta>) -> Result<BlockReader, TraceError> {
        Ok(BlockReader::open(&self.objects, &self.cache, meta.clone()).await?)
    }

    /// The filter of a block.
    pub(crate) async fn filter(&self, meta: &Arc<BlockMeta>) -> Result<Arc<Filter>, TraceError> {
        if let Some(part) = self.part(&meta.id) {
            return Ok(part.filter.clone());
        }
        let known = self.filters.lock().unwrap_or_else(PoisonError::into_inner).get(&meta.id).cloned();
        if let Some(filter) = known {
            return Ok(filter);
        }
        let bytes = self.reader(meta).await?.section(sections::FILTER).await?.unwrap_or_default();
        let filter = Arc::new(Filter::decode(&bytes).map_err(TraceError::decode(meta.path()))?);
        let mut filters = self.filters.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(filters.entry(meta.id).or_insert(filter).clone())
    }

    /// The block with its index.
    pub(crate) async fn open(&self, meta: &Arc<BlockMeta>) -> Result<Arc<OpenBlock>, TraceError> {
        if let Some(block) = self.known(&meta.id) {
            return Ok(block);
        }
        let block = Arc::new(OpenBlock::open(self.reader(meta).await?).await?);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).put(meta.id, block.clone());
        Ok(block)
    }

    /// Forgets blocks that are no longer in the catalog.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&BlockId) -> bool) {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| keep(id));
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|_, part| part.strong_count() > 0);
        for part in parts.values().filter_map(Weak::upgrade) {
            part.block.forget(&mut keep);
        }
        let pinned: Vec<BlockId> = parts.keys().copied().collect();
        drop(parts);
        self.decoded.retain(|id| keep(id) || pinned.contains(id));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.by_id.retain(|id, _| keep(id));
        open.by_id.values().for_each(|(block, ..)| block.forget(&mut keep));
        open.bytes = open.by_id.values().map(|(_, bytes, _)| bytes).sum();
    }

    /// Bytes of filters, indexes and decoded columns in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let filters = self.filters.lock().unwrap_or_else(PoisonError::into_inner);
        let filters: usize = filters.values().map(|filter| filter.bytes()).sum();
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).bytes;
        (filters + open + self.decoded.bytes()) as u64
    }
}

impl OpenBlocks {
    fn get(&mut self, id: &BlockId) -> Option<Arc<OpenBlock>> {
        self.clock += 1;
        let (block, _, used) = self.by_id.get_mut(id)?;
        *used = self.clock;
        Some(block.clone())
    }

    fn put(&mut self, id: BlockId, block: Arc<OpenBlock>) {
        self.clock += 1;
        let bytes = block.index.bytes();
        if let Some((_, replaced, _)) = self.by_id.insert(id, (block, bytes, self.clock)) {
            self.bytes -= replaced;
        }
        self.bytes += bytes;
        while self.bytes > MAX_OPEN_BYTES && self.by_id.len() > 1 {
            let oldest = self.by_id.iter().min_by_key(|(_, (_, _, used))| *used).map(|(id, _)| *id);
            let Some((_, freed, _)) = oldest.and_then(|id| self.by_id.remove(&id)) else { return };
            self.bytes -= freed;
        }
    }
}

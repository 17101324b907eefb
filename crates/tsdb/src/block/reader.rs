//! What a query needs of a block: its header, the label bodies its matchers name, then the pages that hold matches.
//!
//! On the read walk after the index. Fetching is async and comes first; a [`BlockCut`] holds all bytes, and `cursor.rs`
//! decodes them without waiting. Pages are fetched in aligned stripes, so that queries share what is cached and neighbours come in
//! one read.

use super::decoded::{Decoded, DecodedBudget};
use super::page::OpenPage;
use super::sections::{
    CODED_VERSION, EXEMPLARS, Extent, GROUPED_VERSION, HEADER, HISTOGRAMS, Header, LABELS, METADATA, PAGES,
    SERIES, STARTS, TIMES, VERSION,
};
use super::sections::{PageEntry, TimesTable};
use crate::error::TsdbError;
use crate::head::before::hash_labels;
use crate::histogram::decode_histogram;
use crate::maintain::downsample::{BESIDE, is_hidden, matcher};
use crate::parts::HistogramList;
use crate::record::{read_exemplar, read_metadata};
use crate::starts::{Run, read_run};
use bytes::{Bytes, BytesMut};
use codec::Reader;
use contract::Digest;
use index::packed::{BodyAt, LABELS_VERSION};
use index::{PackedLabel, PackedLabels, RoaringBitmap};
use model::{Exemplar, FloatHistogram, Labels, Matcher, Metadata};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use store::{BlockCache, BlockMeta, BlockReader, Objects};

/// Sections are read in aligned pieces of this size: a round trip to a bucket moves this much in about its latency.
const STRIPE_BYTES: u64 = 512 << 10;

/// An opened block. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    reader: BlockReader,
    pub(crate) header: Arc<Header>,
    pub(crate) kept: Arc<Decoded>,
}

impl Block {
    pub(crate) async fn open(
        objects: &Objects,
        cache: &BlockCache,
        meta: Arc<BlockMeta>,
        budget: &Arc<DecodedBudget>,
    ) -> Result<Block, TsdbError> {
        let reader = BlockReader::open(objects, cache, meta).await?;
        if let Some(newer) = reader.sections().iter().find(|section| section.version > newest(section.kind)) {
            let (id, kind, version) = (reader.meta().id, newer.kind, newer.version);
            let text =
                format!("block {id}: section {kind} has version {version}, written by a later release");
            return Err(TsdbError::Corrupt(text));
        }
        let version = reader.sections().iter().find(|s| s.kind == HEADER).map_or(VERSION, |s| s.version);
        let header = Header::parse(&required(&reader, HEADER).await?, version)?;
        Ok(Block { reader, header: Arc::new(header), kept: Arc::new(Decoded::new(budget.clone())) })
    }

    pub(crate) fn meta(&self) -> &Arc<BlockMeta> {
        self.reader.meta()
    }

    /// The bodies of those `names` that the block has.
    pub(crate) async fn labels<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<PackedLabels, TsdbError> {
        let mut labels = BTreeMap::new();
        for name in names {
            if let Some(at) = self.header.labels.get(name)
                && !labels.contains_key(name)
            {
                labels.insert(name.to_owned(), self.label(name, at).await?);
            }
        }
        Ok(PackedLabels { count: self.header.series, labels })
    }

    async fn label(&self, name: &str, at: &BodyAt) -> Result<PackedLabel, TsdbError> {
        if let Some(label) = self.kept.label(name) {
            return Ok(label);
        }
        let section = self.reader.sections().iter().find(|section| section.kind == LABELS);
        let version = section.map_or(VERSION, |section| section.version);
        let bytes = self.piece(LABELS, at.offset..at.offset + at.length).await?;
        let label = PackedLabel::open(bytes, at, version)?;
        self.kept.keep_label(name, &label);
        Ok(label)
    }

    /// The ordinals that match any of the sets.
    pub(crate) async fn matching(&self, sets: &[Vec<Matcher>]) -> Result<RoaringBitmap, TsdbError> {
        let labels = self.labels(sets.iter().flatten().map(|m| m.name.as_str())).await?;
        let mut ids = RoaringBitmap::new();
        for set in sets {
            ids |= index::select(&labels, set)?;
        }
        Ok(ids)
    }

    /// [`Block::matching`] of what is shown of the block: of a companion the series of `digest`, of others all.
    pub(crate) async fn shown(
        &self,
        sets: &[Vec<Matcher>],
        digest: Digest,
    ) -> Result<RoaringBitmap, TsdbError> {
        if self.meta().level < BESIDE {
            return self.matching(sets).await;
        }
        let mut sets = sets.to_vec();
        sets.iter_mut().for_each(|set| set.push(matcher(digest)));
        self.matching(&sets).await
    }

    /// Whether the block has a section.
    pub(crate) fn has(&self, kind: u16) -> bool {
        self.reader.sections().iter().any(|section| section.kind == kind)
    }

    /// A range of a section, by stripes.
    pub(crate) async fn piece(&self, kind: u16, range: Range<u64>) -> Result<Bytes, TsdbError> {
        let section = self.reader.sections().iter().find(|s| s.kind == kind);
        let length = section.map_or(0, |s| s.len);
        if range.end > length {
            return Err(TsdbError::Corrupt("a piece outside of its section".into()));
        }
        let mut out = BytesMut::new();
        let mut at = range.start;
        while at < range.end {
            let start = at / STRIPE_BYTES * STRIPE_BYTES;
            let end = (start + STRIPE_BYTES).min(length);
            let stripe = self.reader.section_range(kind, start..end).await?;
            let part = (at - start) as usize..(range.end.min(end) - start) as usize;
            if at == range.start && range.end <= end {
                return Ok(stripe.slice(part));
            }
            out.extend_from_slice(&stripe[part]);
            at = end;
        }
        Ok(out.freeze())
    }

    /// The group that holds the label sets of a page.
    async fn group(&self, entry: &PageEntry) -> Result<StoredGroup, TsdbError> {
        let stored = self.extent(SERIES, &entry.series).await?;
        Ok(StoredGroup { extent: entry.series, stored, unpacked: OnceLock::new() })
    }

    async fn extent(&self, kind: u16, extent: &Extent) -> Result<Bytes, TsdbError> {
        self.piece(kind, extent.range()).await
    }

    /// All bytes that the series of `ordinals` need; without `samples` only their label sets.
    pub(crate) async fn fetch(&self, ordinals: RoaringBitmap, samples: bool) -> Result<BlockCut, TsdbError> {
        let mut pages = Vec::new();
        let mut group: Option<Arc<StoredGroup>> = None;
        let mut wanted = ordinals.iter();
        while let Some(next) = wanted.next() {
            let number = self.header.pages.partition_point(|page| page.first <= next) - 1;
            let Some(entry) = self.header.pages.get(number) else { break };
            wanted.advance_to(entry.first.saturating_add(entry.count));
            let labels = match self.kept.labels(number) {
                Some(labels) => LabelSource::Kept(labels),
                None => {
                    let stored = match group.take().filter(|group| group.extent == entry.series) {
                        Some(stored) => stored,
                        None => Arc::new(self.group(entry).await?),
                    };
                    LabelSource::Stored(group.insert(stored).clone())
                }
            };
            let page = match self.kept.page(number) {
                _ if !samples => PageSource::Unwanted,
                Some(page) => PageSource::Kept(page),
                None => PageSource::Stored(self.extent(PAGES, &entry.page).await?),
            };
            pages.push(CutPage { number, entry: *entry, labels, page });
        }
        let (mut times, mut histograms, mut starts) = (<(Bytes, Arc<TimesTable>)>::default(), None, None);
        if samples && !pages.is_empty() {
            times = self.times_table().await?;
            histograms = self.reader.section(HISTOGRAMS).await?;
            starts = self.reader.section(STARTS).await?;
        }
        let kept = self.kept.clone();
        Ok(BlockCut { ordinals, pages, times, histograms, starts, kept, counts: false })
    }

    async fn times_table(&self) -> Result<(Bytes, Arc<TimesTable>), TsdbError> {
        if let Some(times) = self.kept.times() {
            return Ok(times);
        }
        let bytes = required(&self.reader, TIMES).await?;
        let table = Arc::new(TimesTable::parse(&bytes)?);
        self.kept.keep_times(&bytes, &table);
        Ok((bytes, table))
    }

    /// The exemplars of the series of `ordinals`, by ordinal.
    pub(crate) async fn exemplars(
        &self,
        ordinals: &RoaringBitmap,
    ) -> Result<BTreeMap<u32, Vec<Exemplar>>, TsdbError> {
        match self.reader.section(EXEMPLARS).await? {
            Some(bytes) => side(&bytes, ordinals, read_exemplar),
            None => Ok(BTreeMap::new()),
        }
    }

    /// The metadata of the block, by family.
    pub(crate) async fn metadata(&self) -> Result<Vec<Metadata>, TsdbError> {
        let Some(bytes) = self.reader.section(METADATA).await? else { return Ok(Vec::new()) };
        let mut reader = Reader::new(&bytes);
        let count = reader.count()?;
        Ok((0..count).map(|_| read_metadata(&mut reader)).collect::<Result<_, _>>()?)
    }

    /// The length of a section that is read in pieces, 0 when there is none, once all of it has passed its checksum.
    pub(crate) async fn checked_length(&self, kind: u16) -> Result<u64, TsdbError> {
        let Some(section) = self.reader.sections().iter().find(|s| s.kind == kind) else { return Ok(0) };
        let (mut at, mut crc) = (0, 0);
        while at < section.len {
            let end = (at + STRIPE_BYTES).min(section.len);
            crc = codec::crc32c_extend(crc, &self.reader.section_range(kind, at..end).await?);
            at = end;
        }
        if crc != section.crc {
            let text = format!("section {kind} of block {} fails its checksum", self.reader.meta().id);
            return Err(TsdbError::Corrupt(text));
        }
        Ok(section.len)
    }

    /// One page and its label sets, unpacked.
    pub(crate) async fn page(&self, entry: &PageEntry) -> Result<(OpenPage, Vec<Labels>), TsdbError> {
        let page = OpenPage::read(entry, self.extent(PAGES, &entry.page).await?)?;
        let chunk = self.group(entry).await?.chunk(entry)?;
        Ok((page, read_label_sets(&chunk, entry.count)?))
    }
}

/// The latest version of a section that is read here.
fn newest(kind: u16) -> u16 {
    match kind {
        PAGES => CODED_VERSION,
        LABELS => LABELS_VERSION,
        HEADER => GROUPED_VERSION,
        _ => VERSION,
    }
}

/// Every ordinal of a block.
pub(crate) fn all(header: &Header) -> RoaringBitmap {
    let mut all = RoaringBitmap::new();
    all.insert_range(0..header.series);
    all
}

async fn required(reader: &BlockReader, kind: u16) -> Result<Bytes, TsdbError> {
    let bytes = reader.section(kind).await?;
    bytes.ok_or_else(|| TsdbError::Corrupt(format!("block {} has no section {kind}", reader.meta().id)))
}

pub(crate) fn read_histogram(
    reader: &mut Reader<'_>,
) -> Result<(i64, Arc<FloatHistogram>), codec::CodecError> {
    let at = reader.i64()?;
    Ok((at, Arc::new(decode_histogram(&mut Reader::new(reader.len_bytes()?))?)))
}

/// Reads a side section, as far as `ordinals` want it.
fn side<T>(
    bytes: &[u8],
    ordinals: &RoaringBitmap,
    read: impl Fn(&mut Reader<'_>) -> Result<T, codec::CodecError>,
) -> Result<BTreeMap<u32, Vec<T>>, TsdbError> {
    let mut reader = Reader::new(bytes);
    let mut out = BTreeMap::new();
    let mut ordinal = 0u32;
    for _ in 0..reader.count()? {
        let gap = reader.u32()?;
        ordinal =
            ordinal.checked_add(gap).ok_or_else(|| reader.invalid("an ordinal of more than 32 bits"))?;
        let body = reader.len_bytes()?;
        if ordinals.contains(ordinal) {
            let mut body = Reader::new(body);
            let count = body.count()?;
            out.insert(ordinal, (0..count).map(|_| read(&mut body)).collect::<Result<_, _>>()?);
        }
    }
    Ok(out)
}

/// Reads the label sets of a chunk.
pub(crate) fn read_label_sets(bytes: &[u8], count: u32) -> Result<Vec<Labels>, TsdbError> {
    let mut sets = Vec::new();
    each_label_set(bytes, count, |pairs| sets.push(Labels::from_sorted(pairs.iter().copied())))?;
    Ok(sets)
}

/// Visits the label sets of a chunk as the pairs that they are.
fn each_label_set(bytes: &[u8], count: u32, mut visit: impl FnMut(&[(&str, &str)])) -> Result<(), TsdbError> {
    let mut reader = Reader::new(bytes);
    let mut texts = Vec::new();
    for _ in 0..reader.count()? {
        texts.push(reader.str()?);
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for _ in 0..count {
        let (length, shared) = (reader.u32()? as usize, reader.u32()? as usize);
        if shared > pairs.len() || length < shared {
            return Err(TsdbError::Corrupt("a label set shares more than there is".into()));
        }
        pairs.truncate(shared);
        for _ in shared..length {
            let mut text = || -> Result<&str, TsdbError> {
                let index = reader.u32()? as usize;
                texts.get(index).copied().ok_or_else(|| TsdbError::Corrupt("a label of no text".into()))
            };
            let (name, value) = (text()?, text()?);
            pairs.push((name, value));
        }
        visit(&pairs);
    }
    Ok(())
}

/// Where the label sets of a page come from.
#[derive(Debug)]
pub(crate) enum LabelSource {
    Kept(Arc<[Labels]>),
    Stored(Arc<StoredGroup>),
}

/// A group of chunks of label sets, unpacked once for all pages that need it.
#[derive(Debug)]
pub(crate) struct StoredGroup {
    extent: Extent,
    stored: Bytes,
    unpacked: OnceLock<Bytes>,
}

impl StoredGroup {
    /// The label sets of a page of the group.
    pub(crate) fn chunk(&self, entry: &PageEntry) -> Result<Bytes, TsdbError> {
        let group = match self.unpacked.get() {
            Some(group) => group,
            None => {
                let group = self.extent.open(self.stored.clone())?;
                self.unpacked.get_or_init(|| group)
            }
        };
        entry.chunk(group)
    }
}

/// Where the values of a page come from.
#[derive(Debug)]
pub(crate) enum PageSource {
    /// Only label sets are wanted.
    Unwanted,
    Kept(Arc<OpenPage>),
    Stored(Bytes),
}

/// A page with wanted series.
#[derive(Debug)]
pub(crate) struct CutPage {
    /// Its number in the block.
    pub(crate) number: usize,
    pub(crate) entry: PageEntry,
    pub(crate) labels: LabelSource,
    pub(crate) page: PageSource,
}

/// The bytes that some series of a block need.
#[derive(Debug)]
pub(crate) struct BlockCut {
    pub(crate) ordinals: RoaringBitmap,
    pub(crate) pages: Vec<CutPage>,
    pub(crate) times: (Bytes, Arc<TimesTable>),
    pub(crate) histograms: Option<Bytes>,
    pub(crate) starts: Option<Bytes>,
    pub(crate) kept: Arc<Decoded>,
    /// Its samples each count as one.
    pub(crate) counts: bool,
}

impl BlockCut {
    /// The label sets, in order.
    pub(crate) fn label_sets(&self, visit: &mut dyn FnMut(u32, &Labels)) -> Result<(), TsdbError> {
        for page in &self.pages {
            let sets = page.labels(&self.kept)?;
            let (start, end) = (page.entry.first, page.entry.first + page.entry.count);
            for ordinal in self.ordinals.range(start..end) {
                visit(ordinal, &sets[(ordinal - start) as usize]);
            }
        }
        Ok(())
    }

    /// Hashes of the label sets as they are shown, in order; sets that no query has read yet are not put together.
    pub(crate) fn label_hashes(&self, visit: &mut dyn FnMut(u32, u64)) -> Result<(), TsdbError> {
        for page in &self.pages {
            let mut ordinal = page.entry.first;
            let mut one = |hash: &dyn Fn() -> u64| {
                if self.ordinals.contains(ordinal) {
                    visit(ordinal, hash());
                }
                ordinal += 1;
            };
            match &page.labels {
                LabelSource::Kept(sets) => sets.iter().for_each(|set| one(&|| hash_labels(set.iter()))),
                LabelSource::Stored(group) => {
                    let chunk = group.chunk(&page.entry)?;
                    each_label_set(&chunk, page.entry.count, |pairs| {
                        let shown = pairs.iter().copied().filter(|(name, _)| !is_hidden(name));
                        one(&|| hash_labels(shown.clone()));
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Native histograms of wanted series, by ordinal.
    pub(crate) fn histograms(&self) -> Result<BTreeMap<u32, HistogramList>, TsdbError> {
        match &self.histograms {
            Some(bytes) => side(bytes, &self.ordinals, read_histogram),
            None => Ok(BTreeMap::new()),
        }
    }
    /// Start timestamps of wanted series, by ordinal.
    pub(crate) fn starts(&self) -> Result<BTreeMap<u32, Vec<Run>>, TsdbError> {
        match &self.starts {
            Some(bytes) => side(bytes, &self.ordinals, read_run),
            None => Ok(BTreeMap::new()),
        }
    }
}

//! What a query needs of a block: its header, the label bodies its matchers name, then the pages that hold matches.
//!
//! On the read walk after the index. Fetching is async and comes first; a [`BlockCut`] holds all bytes and decodes
//! without waiting. Pages are fetched in aligned stripes, so that queries share what is cached and neighbours come in
//! one read.

use super::sections::{
    EXEMPLARS, Extent, HEADER, HISTOGRAMS, Header, LABELS, METADATA, PAGES, SERIES, TIMES,
};
use super::sections::{PageColumns, PageEntry, TimesTable};
use crate::error::TsdbError;
use crate::head::read::Span;
use crate::histogram::decode_histogram;
use crate::parts::{MAX_SHARED_TIMES, Part, within};
use crate::record::{read_exemplar, read_metadata};
use bytes::{Bytes, BytesMut};
use codec::Reader;
use codec::floats::decode_floats;
use index::{PackedLabel, PackedLabels, RoaringBitmap};
use model::{Exemplar, FloatHistogram, Labels, Matcher, Metadata};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use store::{BlockCache, BlockMeta, BlockReader, Objects};

/// Sections are read in aligned pieces of this size: a round trip to a bucket moves this much in about its latency.
const STRIPE_BYTES: u64 = 512 << 10;
/// Histograms of one series in one block, and exemplars: what a varint count may claim per byte is bounded by length.
type HistogramList = Vec<(i64, Arc<FloatHistogram>)>;

/// An opened block. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    reader: BlockReader,
    pub(crate) header: Arc<Header>,
}

impl Block {
    pub(crate) async fn open(
        objects: &Objects,
        cache: &BlockCache,
        meta: Arc<BlockMeta>,
    ) -> Result<Block, TsdbError> {
        let reader = BlockReader::open(objects, cache, meta).await?;
        let header = Header::parse(&required(&reader, HEADER).await?)?;
        Ok(Block { reader, header: Arc::new(header) })
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
                let bytes = self.piece(LABELS, at.offset..at.offset + at.length).await?;
                labels.insert(name.to_owned(), PackedLabel::open(bytes, at)?);
            }
        }
        Ok(PackedLabels { count: self.header.series, labels })
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

    /// A range of a section, by stripes.
    async fn piece(&self, kind: u16, range: Range<u64>) -> Result<Bytes, TsdbError> {
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

    async fn extent(&self, kind: u16, extent: &Extent) -> Result<Bytes, TsdbError> {
        self.piece(kind, extent.range()).await
    }

    /// All bytes that the series of `ordinals` need; without `samples` only their label sets.
    pub(crate) async fn fetch(&self, ordinals: RoaringBitmap, samples: bool) -> Result<BlockCut, TsdbError> {
        let mut pages = Vec::new();
        let (mut times, mut histograms) = (Bytes::new(), None);
        for entry in &self.header.pages {
            if ordinals.range_cardinality(entry.first..entry.first + entry.count) > 0 {
                let series = self.extent(SERIES, &entry.series).await?;
                let page = if samples { Some(self.extent(PAGES, &entry.page).await?) } else { None };
                pages.push((*entry, series, page));
            }
        }
        if samples && !pages.is_empty() {
            times = required(&self.reader, TIMES).await?;
            histograms = self.reader.section(HISTOGRAMS).await?;
        }
        Ok(BlockCut { ordinals, pages, times, histograms })
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

    /// The native histograms of the whole block, by ordinal.
    pub(crate) async fn histograms(&self) -> Result<BTreeMap<u32, HistogramList>, TsdbError> {
        match self.reader.section(HISTOGRAMS).await? {
            Some(bytes) => side(&bytes, &all(&self.header), read_histogram),
            None => Ok(BTreeMap::new()),
        }
    }

    /// The bytes of the TIMES section.
    pub(crate) async fn times(&self) -> Result<Bytes, TsdbError> {
        required(&self.reader, TIMES).await
    }

    /// One page and its label sets, unpacked.
    pub(crate) async fn page(&self, entry: &PageEntry) -> Result<(Bytes, Vec<Labels>), TsdbError> {
        let page = entry.page.open(self.extent(PAGES, &entry.page).await?)?;
        let chunk = entry.series.open(self.extent(SERIES, &entry.series).await?)?;
        Ok((page, read_label_sets(&chunk, entry.count)?))
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

fn read_histogram(reader: &mut Reader<'_>) -> Result<(i64, Arc<FloatHistogram>), codec::CodecError> {
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
fn read_label_sets(bytes: &[u8], count: u32) -> Result<Vec<Labels>, TsdbError> {
    let mut reader = Reader::new(bytes);
    let mut texts = Vec::new();
    for _ in 0..reader.count()? {
        texts.push(reader.str()?);
    }
    let mut sets = Vec::new();
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
        sets.push(Labels::from_sorted(pairs.iter().copied()));
    }
    Ok(sets)
}

/// The bytes that some series of a block need.
#[derive(Debug)]
pub(crate) struct BlockCut {
    ordinals: RoaringBitmap,
    pages: Vec<(PageEntry, Bytes, Option<Bytes>)>,
    times: Bytes,
    histograms: Option<Bytes>,
}

impl BlockCut {
    /// The label sets, in order.
    pub(crate) fn label_sets(&self, visit: &mut dyn FnMut(u32, Labels)) -> Result<(), TsdbError> {
        for (entry, series, _) in &self.pages {
            let sets = read_label_sets(&entry.series.open(series.clone())?, entry.count)?;
            for (at, labels) in sets.into_iter().enumerate() {
                let ordinal = entry.first + at as u32;
                if self.ordinals.contains(ordinal) {
                    visit(ordinal, labels);
                }
            }
        }
        Ok(())
    }

    /// The series that have samples in `span`, in label order.
    pub(crate) fn series(
        &self,
        span: &Span,
        visit: &mut dyn FnMut(Labels, Part) -> Result<(), TsdbError>,
    ) -> Result<(), TsdbError> {
        if self.pages.is_empty() {
            return Ok(());
        }
        let mut times = DecodedTimes::new(self.times.clone())?;
        let mut histograms = match &self.histograms {
            Some(bytes) => side(bytes, &self.ordinals, read_histogram)?,
            None => BTreeMap::new(),
        };
        let mut scratch = Vec::new();
        for (entry, series, page) in &self.pages {
            let Some(page) = page else { continue };
            let page = entry.page.open(page.clone())?;
            let columns = PageColumns::parse(&page, entry.count)?;
            let sets = read_label_sets(&entry.series.open(series.clone())?, entry.count)?;
            for (at, labels) in sets.into_iter().enumerate() {
                let ordinal = entry.first + at as u32;
                if !self.ordinals.contains(ordinal) {
                    continue;
                }
                let mut part = times.part(&columns, at, span, &mut scratch)?;
                if let Some(all) = histograms.remove(&ordinal) {
                    part.histograms = all.into_iter().filter(|(at, _)| span.contains(at)).collect();
                }
                if !part.range.is_empty() || !part.histograms.is_empty() {
                    visit(labels, part)?;
                }
            }
        }
        Ok(())
    }
}

/// The timestamps of a block, decoded as they are asked for and shared by all series that have them.
#[derive(Debug)]
pub(crate) struct DecodedTimes {
    table: TimesTable,
    bytes: Bytes,
    decoded: Vec<Option<Arc<[i64]>>>,
    /// Timestamps in `decoded`.
    held: usize,
    none: Arc<[i64]>,
}

impl DecodedTimes {
    pub(crate) fn new(bytes: Bytes) -> Result<Self, TsdbError> {
        let table = TimesTable::parse(&bytes)?;
        Ok(DecodedTimes { decoded: vec![None; table.len()], held: 0, table, bytes, none: Arc::from([]) })
    }

    fn column(&mut self, column: usize) -> Result<Arc<[i64]>, TsdbError> {
        if let Some(Some(times)) = self.decoded.get(column) {
            return Ok(times.clone());
        }
        let times: Arc<[i64]> = self.table.column(&self.bytes, column)?.into();
        if self.held + times.len() > MAX_SHARED_TIMES {
            self.decoded.fill(None);
            self.held = 0;
        }
        self.held += times.len();
        self.decoded[column] = Some(times.clone());
        Ok(times)
    }

    /// The float samples of one series of a page in `span`; values outside of it are decoded only when they must be.
    pub(crate) fn part(
        &mut self,
        columns: &PageColumns<'_>,
        at: usize,
        span: &Span,
        scratch: &mut Vec<i64>,
    ) -> Result<Part, TsdbError> {
        let nothing =
            Part { times: self.none.clone(), range: 0..0, values: Vec::new(), histograms: Vec::new() };
        let Some(column) = (columns.times[at] as usize).checked_sub(1) else { return Ok(nothing) };
        let times = self.column(column)?;
        let range = within(&times, *span.start(), *span.end());
        if range.is_empty() {
            return Ok(nothing);
        }
        let body = columns.body(at);
        let values = match codec::floats::constant(body) {
            Some(value) => vec![value; range.len()],
            None => {
                let mut values = Vec::with_capacity(times.len());
                decode_floats(&mut Reader::new(body), times.len(), scratch, &mut values)?;
                values.truncate(range.end);
                values.drain(..range.start);
                values
            }
        };
        Ok(Part { times, range, values, histograms: Vec::new() })
    }
}

//! A whole block in label order, page by page: the input of a merge.
//!
//! Holds one page, some timestamps and a piece of each side section, whatever the size of the block.

use super::page::{LastCoded, OpenPage};
use super::reader::{Block, read_histogram};
use super::sections::{EXEMPLARS, HISTOGRAMS, STARTS};
use super::times::ScanTimes;
use crate::error::TsdbError;
use crate::parts::{HistogramList, MAX_SHARED_TIMES, Parts};
use crate::record::read_exemplar;
use crate::starts::{Run, read_run};
use codec::{CodecError, Reader};
use contract::Need;
use model::{Exemplar, Labels};

/// 256 KiB: what is fetched of a side section at once; an entry that is longer is fetched whole.
const PIECE_BYTES: u64 = 256 << 10;
/// The length of an entry's head: two varints.
const HEAD_BYTES: u64 = 20;

/// Walks a block. Holds one page at a time.
#[derive(Debug)]
pub(crate) struct BlockScan {
    block: Block,
    times: ScanTimes,
    histograms: SideScan,
    exemplars: SideScan,
    starts: SideScan,
    next_page: usize,
    page: Option<OpenPage>,
    coded: LastCoded,
    sets: std::vec::IntoIter<Labels>,
    /// The labels of the next series.
    ready: Option<Labels>,
    /// Its ordinal, and its place in the page.
    at: (u32, usize),
}

impl BlockScan {
    /// At the first series; `beside` so many blocks are walked at once.
    pub(crate) async fn new(block: Block, beside: usize) -> Result<Self, TsdbError> {
        let times = ScanTimes::open(&block, MAX_SHARED_TIMES / beside.max(1)).await?;
        let histograms = SideScan::open(&block, HISTOGRAMS).await?;
        let exemplars = SideScan::open(&block, EXEMPLARS).await?;
        let starts = SideScan::open(&block, STARTS).await?;
        let sets = Vec::new().into_iter();
        let (page, coded, ready) = (None, LastCoded::default(), None);
        let mut scan = BlockScan {
            block,
            times,
            histograms,
            exemplars,
            starts,
            next_page: 0,
            page,
            coded,
            sets,
            ready,
            at: (0, 0),
        };
        scan.fill().await?;
        Ok(scan)
    }

    /// The labels of the next series.
    pub(crate) fn peek(&self) -> Option<&Labels> {
        self.ready.as_ref()
    }

    /// Adds the samples of the next series, answers its exemplars, and goes on.
    pub(crate) async fn next(&mut self, parts: &mut Parts) -> Result<Vec<Exemplar>, TsdbError> {
        let (ordinal, at) = self.at;
        let starts: Vec<Run> = self.starts.take(&self.block, ordinal, read_run).await?;
        parts.place(&starts);
        if let Some(page) = &self.page
            && let Some(column) = page.column(at)
        {
            let times = self.times.column(&self.block, column).await?;
            page.add_to(at, &times, &mut self.coded, (&(i64::MIN..=i64::MAX), Need::Samples), parts)?;
        }
        let histograms: HistogramList = self.histograms.take(&self.block, ordinal, read_histogram).await?;
        parts.push_histograms(histograms);
        let exemplars = self.exemplars.take(&self.block, ordinal, read_exemplar).await?;
        self.at = (ordinal + 1, at + 1);
        self.ready = self.sets.next();
        if self.ready.is_none() {
            self.fill().await?;
        }
        Ok(exemplars)
    }

    async fn fill(&mut self) -> Result<(), TsdbError> {
        let Some(entry) = self.block.header.pages.get(self.next_page).copied() else { return Ok(()) };
        self.next_page += 1;
        let (page, sets) = self.block.page(&entry).await?;
        self.page = Some(page);
        self.coded.forget();
        self.sets = sets.into_iter();
        self.ready = self.sets.next();
        self.at = (entry.first, 0);
        Ok(())
    }
}

/// Walks a section of what few series have: `(ordinal gap, entries behind their length)`.
#[derive(Debug)]
struct SideScan {
    kind: u16,
    /// The length of the section, and how far it was fetched.
    length: u64,
    fetched: u64,
    piece: Vec<u8>,
    /// How far `piece` was read.
    read: usize,
    /// Entries that were not begun.
    left: u64,
    /// The series of the next entry, and the length of its body.
    next: Option<(u32, usize)>,
    ordinal: u32,
}

impl SideScan {
    async fn open(block: &Block, kind: u16) -> Result<Self, TsdbError> {
        let length = block.checked_length(kind).await?;
        let (piece, next) = (Vec::new(), None);
        let mut scan = SideScan { kind, length, fetched: 0, piece, read: 0, left: 0, next, ordinal: 0 };
        if length > 0 {
            scan.fetch(block, HEAD_BYTES).await?;
            let mut reader = Reader::new(&scan.piece);
            scan.left = reader.u64()?;
            scan.read = reader.offset();
            scan.begin(block).await?;
        }
        Ok(scan)
    }

    /// What a series has; nothing when it has no entry. Series ascend from call to call.
    async fn take<T>(
        &mut self,
        block: &Block,
        ordinal: u32,
        read: impl Fn(&mut Reader<'_>) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, TsdbError> {
        let Some((_, length)) = self.next.filter(|(next, _)| *next == ordinal) else { return Ok(Vec::new()) };
        self.fetch(block, length as u64).await?;
        let body = self.piece.get(self.read..self.read.saturating_add(length));
        let mut body = Reader::new(body.ok_or(CodecError::Truncated { offset: self.piece.len() })?);
        let count = body.count()?;
        let all = (0..count).map(|_| read(&mut body)).collect::<Result<_, _>>()?;
        self.read += length;
        self.begin(block).await?;
        Ok(all)
    }

    /// Reads the head of the next entry.
    async fn begin(&mut self, block: &Block) -> Result<(), TsdbError> {
        self.next = None;
        let Some(left) = self.left.checked_sub(1) else { return Ok(()) };
        self.left = left;
        self.fetch(block, HEAD_BYTES).await?;
        let mut reader = Reader::new(&self.piece[self.read..]);
        let (gap, length) = (reader.u32()?, reader.u64()?);
        let ordinal = self.ordinal.checked_add(gap);
        self.ordinal = ordinal.ok_or_else(|| reader.invalid("an ordinal of more than 32 bits"))?;
        let length = usize::try_from(length).ok().filter(|length| *length as u64 <= self.length);
        let length = length.ok_or_else(|| reader.invalid("an entry longer than its section"))?;
        self.read += reader.offset();
        self.next = Some((self.ordinal, length));
        Ok(())
    }

    /// Sees to it that so many bytes that were not read are there, or all that the section has.
    async fn fetch(&mut self, block: &Block, bytes: u64) -> Result<(), TsdbError> {
        let there = (self.piece.len() - self.read) as u64;
        if there >= bytes || self.fetched == self.length {
            return Ok(());
        }
        self.piece.drain(..self.read);
        self.read = 0;
        let end = (self.fetched + (bytes - there).max(PIECE_BYTES)).min(self.length);
        self.piece.extend_from_slice(&block.piece(self.kind, self.fetched..end).await?);
        self.fetched = end;
        Ok(())
    }
}

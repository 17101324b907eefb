//! The fetched pages of one block, decoded series by series in label order, none before it is asked for.
//!
//! On the read walk after `reader.rs`, which fetched the bytes. A query walks one cursor a block side by side and decodes
//! all pieces of a series into the same buffer. A cursor may be told to begin at some label set, so that several threads
//! share the work.

use super::decoded::Decoded;
use super::reader::{BlockCut, CutPage, LabelSource, read_label_sets};
use super::sections::PageColumns;
use super::times::DecodedTimes;
use crate::error::TsdbError;
use crate::head::read::Span;
use crate::parts::{HistogramList, Parts, within};
use crate::starts::Run;
use bytes::Bytes;
use codec::Reader;
use codec::coded::{self, MAX_CHAIN, PageTables, Scratch};
use codec::floats::decode_floats;
use model::Labels;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A page, unpacked, with its directory read.
#[derive(Debug)]
pub(crate) struct OpenPage {
    bytes: Bytes,
    /// For each series the number of its column of timestamps plus 1, or 0.
    times: Vec<u32>,
    /// Where each series' values end, from `bodies` on.
    ends: Vec<usize>,
    bodies: usize,
    tables: PageTables,
    coded: LastCoded,
}

/// The coded column that was read last: the next one may be told as what it has more.
#[derive(Debug, Default)]
struct LastCoded {
    /// Its place in the page.
    at: Option<usize>,
    integers: Vec<i64>,
    before: Vec<i64>,
    scratch: Scratch,
}

impl OpenPage {
    pub(crate) fn parse(bytes: Bytes, count: u32) -> Result<Self, TsdbError> {
        let PageColumns { times, ends, bodies, tables, .. } = PageColumns::parse(&bytes, count)?;
        let bodies_at = bytes.len() - bodies.len() - tables.len();
        let tables = PageTables::parse(tables)?;
        Ok(OpenPage { bytes, times, ends, bodies: bodies_at, tables, coded: LastCoded::default() })
    }

    fn body(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[self.bodies + start..self.bodies + self.ends[at]]
    }

    /// The column of timestamps of a series; `None` when it has no float samples.
    pub(crate) fn column(&self, at: usize) -> Option<usize> {
        (self.times.get(at).copied().unwrap_or(0) as usize).checked_sub(1)
    }

    /// Adds the float samples of one series in `span`; `times` are those of its column.
    pub(crate) fn add_to(
        &mut self,
        at: usize,
        times: &Arc<[i64]>,
        span: &Span,
        parts: &mut Parts,
    ) -> Result<(), TsdbError> {
        let range = within(times, *span.start(), *span.end());
        if range.is_empty() {
            return Ok(());
        }
        if coded::is_coded(self.body(at)) {
            return parts.push(times, range, |_, values| self.decode_coded(at, times.len(), values));
        }
        let body = self.body(at);
        if let Some(value) = codec::floats::constant(body) {
            parts.push_constant(times, range, value);
            return Ok(());
        }
        parts.push(times, range, |integers, values| {
            Ok(decode_floats(&mut Reader::new(body), times.len(), integers, values)?)
        })
    }

    /// Appends the values of a coded column, after those that it is told by and that were not read yet.
    fn decode_coded(&mut self, at: usize, count: usize, values: &mut Vec<f64>) -> Result<(), TsdbError> {
        let mut from = at;
        while coded::refers(self.body(from)) && self.coded.at != from.checked_sub(1) {
            from = from
                .checked_sub(1)
                .filter(|from| at - from <= MAX_CHAIN)
                .ok_or_else(|| TsdbError::Corrupt("a column that is told by too many others".into()))?;
        }
        let mut last = std::mem::take(&mut self.coded);
        for at in from..=at {
            std::mem::swap(&mut last.before, &mut last.integers);
            let before = Some(last.before.as_slice());
            coded::decode(self.body(at), count, &self.tables, before, &mut last.scratch, &mut last.integers)?;
        }
        last.at = Some(at);
        self.coded = last;
        Ok(coded::to_floats(self.body(at), &self.coded.integers, values)?)
    }
}

/// Walks the wanted series of a cut.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    cut: &'a BlockCut,
    span: &'a Span,
    /// Pages that were not opened yet.
    pages: std::slice::Iter<'a, CutPage>,
    labels: Arc<[Labels]>,
    page: Option<OpenPage>,
    /// The page that `labels` are of.
    of: Option<&'a CutPage>,
    /// Places in the page that are wanted and were not reached yet.
    wanted: std::vec::IntoIter<u32>,
    /// The place of the next series.
    at: Option<usize>,
    times: DecodedTimes,
    histograms: Option<BTreeMap<u32, HistogramList>>,
    starts: BTreeMap<u32, Vec<Run>>,
    kept: &'a Arc<Decoded>,
}

impl<'a> Cursor<'a> {
    /// At the first wanted series that is not before `begin`.
    pub(crate) fn new(cut: &'a BlockCut, span: &'a Span, begin: Option<&Labels>) -> Result<Self, TsdbError> {
        let first = begin.map_or(Ok(0), |begin| cut.page_of(begin))?;
        let mut cursor = Cursor {
            cut,
            span,
            pages: cut.pages[first..].iter(),
            labels: Arc::from([]),
            page: None,
            of: None,
            wanted: Vec::new().into_iter(),
            at: None,
            times: DecodedTimes::new(cut.times.clone(), Some(cut.kept.clone())),
            histograms: None,
            starts: cut.starts()?,
            kept: &cut.kept,
        };
        cursor.advance()?;
        while begin.is_some_and(|begin| cursor.peek().is_some_and(|labels| labels < begin)) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// The labels of the next series.
    pub(crate) fn peek(&self) -> Option<&Labels> {
        self.at.map(|at| &self.labels[at])
    }

    /// Adds the samples of the next series in the span, and goes on.
    pub(crate) fn take(&mut self, parts: &mut Parts) -> Result<(), TsdbError> {
        let (Some(at), Some(of)) = (self.at, self.of) else { return Ok(()) };
        if self.page.is_none()
            && let Some(bytes) = &of.page
        {
            self.page = Some(OpenPage::parse(of.entry.page.open(bytes.clone())?, of.entry.count)?);
        }
        let ordinal = of.entry.first + at as u32;
        parts.place(self.starts.get(&ordinal).map_or(&[], Vec::as_slice));
        if let Some(page) = &mut self.page
            && let Some(column) = page.column(at)
        {
            page.add_to(at, self.times.column(column)?, self.span, parts)?;
        }
        if self.cut.histograms.is_some() {
            let mut all = self.all_histograms()?.remove(&ordinal).unwrap_or_default();
            all.retain(|(at, _)| self.span.contains(at));
            parts.push_histograms(all);
        }
        self.advance()
    }

    fn all_histograms(&mut self) -> Result<&mut BTreeMap<u32, HistogramList>, TsdbError> {
        if self.histograms.is_none() {
            self.histograms = Some(self.cut.histograms()?);
        }
        Ok(self.histograms.as_mut().expect("it was just set"))
    }

    fn advance(&mut self) -> Result<(), TsdbError> {
        loop {
            if let Some(at) = self.wanted.next() {
                self.at = Some(at as usize);
                return Ok(());
            }
            self.at = None;
            let Some(next) = self.pages.next() else { return Ok(()) };
            self.open(next)?;
        }
    }

    fn open(&mut self, page: &'a CutPage) -> Result<(), TsdbError> {
        self.labels = page.labels(self.kept)?;
        self.page = None;
        self.of = Some(page);
        let Range { start, end } = page.entry.first..page.entry.first + page.entry.count;
        let wanted: Vec<u32> = self.cut.ordinals.range(start..end).map(|ordinal| ordinal - start).collect();
        self.wanted = wanted.into_iter();
        Ok(())
    }
}

impl BlockCut {
    /// The first page that has a series at or after `begin`.
    fn page_of(&self, begin: &Labels) -> Result<usize, TsdbError> {
        let (mut low, mut high) = (0, self.pages.len());
        while low < high {
            let middle = (low + high) / 2;
            let labels = self.pages[middle].labels(&self.kept)?;
            if labels.last().is_some_and(|last| last < begin) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

impl CutPage {
    /// The label sets of all series of the page.
    pub(crate) fn labels(&self, kept: &Decoded) -> Result<Arc<[Labels]>, TsdbError> {
        match &self.labels {
            LabelSource::Kept(labels) => Ok(labels.clone()),
            LabelSource::Stored(bytes) => {
                let sets = read_label_sets(&self.entry.series.open(bytes.clone())?, self.entry.count)?;
                let sets: Arc<[Labels]> = sets.into();
                kept.keep_labels(self.number, &sets);
                Ok(sets)
            }
        }
    }
}

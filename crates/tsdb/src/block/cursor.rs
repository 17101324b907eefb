//! The fetched pages of one block, decoded series by series in label order, none before it is asked for.
//!
//! On the read walk after `reader.rs`, which fetched the bytes. A query walks one cursor a block side by side and decodes
//! all pieces of a series into the same buffer. A cursor may be told to begin at some label set, so that several threads
//! share the work.

use super::decoded::Decoded;
use super::page::{LastCoded, OpenPage};
use super::reader::{BlockCut, CutPage, LabelSource, PageSource, read_label_sets};
use super::times::DecodedTimes;
use crate::error::TsdbError;
use crate::head::read::Span;
use crate::maintain::downsample::shown;
use crate::parts::{HistogramList, Parts};
use crate::starts::Run;
use contract::Need;
use model::Labels;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Walks the wanted series of a cut.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    cut: &'a BlockCut,
    span: &'a Span,
    /// Pages that were not opened yet.
    pages: std::slice::Iter<'a, CutPage>,
    labels: Arc<[Labels]>,
    page: Option<Arc<OpenPage>>,
    coded: LastCoded,
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
            coded: LastCoded::default(),
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
    pub(crate) fn take(&mut self, need: Need, parts: &mut Parts) -> Result<(), TsdbError> {
        let (Some(at), Some(of)) = (self.at, self.of) else { return Ok(()) };
        if self.page.is_none() {
            self.page = of.open(self.kept)?;
        }
        let ordinal = of.entry.first + at as u32;
        parts.place(self.starts.get(&ordinal).map_or(&[], Vec::as_slice));
        if let Some(page) = &self.page
            && let Some(column) = page.column(at)
        {
            page.add_to(at, self.times.column(column)?, &mut self.coded, (self.span, need), parts)?;
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
        self.coded.forget();
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
    /// The columns of the page; `None` when samples are not wanted.
    fn open(&self, kept: &Decoded) -> Result<Option<Arc<OpenPage>>, TsdbError> {
        Ok(match &self.page {
            PageSource::Unwanted => None,
            PageSource::Kept(page) => {
                page.is_asked_again();
                Some(page.clone())
            }
            PageSource::Stored(bytes) => {
                let page = Arc::new(OpenPage::read(&self.entry, bytes.clone())?);
                kept.keep_page(self.number, &page);
                Some(page)
            }
        })
    }

    /// The label sets of all series of the page.
    pub(crate) fn labels(&self, kept: &Decoded) -> Result<Arc<[Labels]>, TsdbError> {
        match &self.labels {
            LabelSource::Kept(labels) => Ok(labels.clone()),
            LabelSource::Stored(group) => {
                let sets = read_label_sets(&group.chunk(&self.entry)?, self.entry.count)?;
                let sets: Arc<[Labels]> = sets.into_iter().map(shown).collect();
                kept.keep_labels(self.number, &sets);
                Ok(sets)
            }
        }
    }
}

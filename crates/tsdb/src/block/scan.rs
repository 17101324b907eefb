//! A whole block in label order, page by page: the input of a merge.

use super::cursor::OpenPage;
use super::reader::{Block, all};
use super::times::DecodedTimes;
use crate::error::TsdbError;
use crate::parts::{HistogramList, Parts};
use crate::starts::Run;
use model::{Exemplar, Labels};
use std::collections::BTreeMap;

/// Walks a block. Holds one page at a time.
#[derive(Debug)]
pub(crate) struct BlockScan {
    block: Block,
    times: DecodedTimes,
    histograms: BTreeMap<u32, HistogramList>,
    exemplars: BTreeMap<u32, Vec<Exemplar>>,
    starts: BTreeMap<u32, Vec<Run>>,
    next_page: usize,
    page: Option<OpenPage>,
    sets: std::vec::IntoIter<Labels>,
    /// The labels of the next series.
    ready: Option<Labels>,
    /// Its ordinal, and its place in the page.
    at: (u32, usize),
}

impl BlockScan {
    pub(crate) async fn new(block: Block) -> Result<Self, TsdbError> {
        let times = block.times().await?;
        let histograms = block.histograms().await?;
        let exemplars = block.exemplars(&all(&block.header)).await?;
        let starts = block.starts().await?;
        let sets = Vec::new().into_iter();
        let (page, ready) = (None, None);
        let mut scan = BlockScan {
            block,
            times,
            histograms,
            exemplars,
            starts,
            next_page: 0,
            page,
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
        parts.place(self.starts.get(&ordinal).map_or(&[], Vec::as_slice));
        if let Some(page) = &mut self.page {
            page.add_to(at, &mut self.times, &(i64::MIN..=i64::MAX), parts)?;
        }
        parts.push_histograms(self.histograms.remove(&ordinal).unwrap_or_default());
        let exemplars = self.exemplars.remove(&ordinal).unwrap_or_default();
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
        self.page = Some(OpenPage::parse(page, entry.count)?);
        self.sets = sets.into_iter();
        self.ready = self.sets.next();
        self.at = (entry.first, 0);
        Ok(())
    }
}

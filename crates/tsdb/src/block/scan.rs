//! A whole block in label order, page by page: the input of a merge.

use super::reader::{Block, DecodedTimes, all};
use super::sections::PageColumns;
use crate::error::TsdbError;
use crate::parts::Part;
use model::{Exemplar, FloatHistogram, Labels};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// One series of a scan.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) labels: Labels,
    pub(crate) part: Part,
    pub(crate) exemplars: Vec<Exemplar>,
}

/// Walks a block. Holds one decoded page at a time.
#[derive(Debug)]
pub(crate) struct BlockScan {
    block: Block,
    times: DecodedTimes,
    histograms: BTreeMap<u32, Vec<(i64, Arc<FloatHistogram>)>>,
    exemplars: BTreeMap<u32, Vec<Exemplar>>,
    next_page: usize,
    ready: VecDeque<Scanned>,
}

impl BlockScan {
    pub(crate) async fn new(block: Block) -> Result<Self, TsdbError> {
        let times = DecodedTimes::new(block.times().await?)?;
        let histograms = block.histograms().await?;
        let exemplars = block.exemplars(&all(&block.header)).await?;
        let mut scan =
            BlockScan { block, times, histograms, exemplars, next_page: 0, ready: VecDeque::new() };
        scan.fill().await?;
        Ok(scan)
    }

    /// The labels of the next series.
    pub(crate) fn peek(&self) -> Option<&Labels> {
        self.ready.front().map(|series| &series.labels)
    }

    /// The next series.
    pub(crate) async fn next(&mut self) -> Result<Option<Scanned>, TsdbError> {
        let next = self.ready.pop_front();
        if self.ready.is_empty() {
            self.fill().await?;
        }
        Ok(next)
    }

    async fn fill(&mut self) -> Result<(), TsdbError> {
        let Some(entry) = self.block.header.pages.get(self.next_page).copied() else { return Ok(()) };
        self.next_page += 1;
        let (page, sets) = self.block.page(&entry).await?;
        let columns = PageColumns::parse(&page, entry.count)?;
        let mut scratch = Vec::new();
        for (at, labels) in sets.into_iter().enumerate() {
            let ordinal = entry.first + at as u32;
            let mut part = self.times.part(&columns, at, &(i64::MIN..=i64::MAX), &mut scratch)?;
            part.histograms = self.histograms.remove(&ordinal).unwrap_or_default();
            let exemplars = self.exemplars.remove(&ordinal).unwrap_or_default();
            self.ready.push_back(Scanned { labels, part, exemplars });
        }
        Ok(())
    }
}

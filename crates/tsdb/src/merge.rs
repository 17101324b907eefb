//! Several blocks into one: series in label order, samples of a series merged, of equal times the later in the log.
//!
//! On the keeping walk after `store::plan`. Inputs are read page by page and
//! the output goes out page by page ([`BlockStream`]): memory grows with the number of series, for their labels, and not with samples.
//! Invariants: the answer to any query is the same before and after; the output depends only on the inputs.

use crate::block::reader::Block;
use crate::block::scan::BlockScan;
use crate::block::sections::{CODED_VERSION, PAGES};
use crate::block::writer::{BlockBuilder, SeriesInput};
use crate::error::TsdbError;
use crate::parts::{Parts, SharedTimes};
use model::{Exemplar, Metadata, Nanos, Tenant};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use store::{BlockMeta, BlockStream, MergeJob, Objects, Signal};

/// Whether the merged block, which takes the place of its latest input in the log, keeps the order of samples: no block
/// outside of `job` that is later than its earliest input, and not later than its latest, shares times with it. A block
/// without a place, an imported one, is before all others. `all` are the tenant's blocks.
pub(crate) fn keeps_order(job: &MergeJob, all: &[Arc<BlockMeta>]) -> bool {
    let place = |meta: &BlockMeta| meta.covered.map(|covered| covered.1);
    let ends = || job.inputs.iter().map(|meta| place(meta));
    let (Some(lowest), Some(highest)) = (ends().min(), ends().max()) else { return true };
    let between = |meta: &&Arc<BlockMeta>| {
        // Blocks without a place have no order among themselves; what they share is the same samples.
        let inside = place(meta).is_some_and(|end| lowest < Some(end) && Some(end) <= highest);
        inside && meta.start < job.range.1 && job.range.0 < meta.end
    };
    all.iter().filter(between).all(|meta| job.inputs.iter().any(|input| input.id == meta.id))
}

/// What a merge made.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) meta: BlockMeta,
    /// The most bytes of the output that were in memory at once, labels left out.
    pub(crate) held: u64,
}

/// Merges blocks, which come in order of the log, and stores the output, which is not published. Pages go out as they are
/// closed; what stands behind them waits in `spool`.
pub(crate) async fn run(
    objects: &Objects,
    spool: &Path,
    tenant: &Tenant,
    job: &MergeJob,
    inputs: Vec<Block>,
) -> Result<Done, TsdbError> {
    let covered =
        inputs.iter().filter_map(|block| block.meta().covered).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let meta = BlockMeta {
        id: job.output,
        tenant: tenant.clone(),
        signal: Signal::Metrics,
        level: job.level,
        start: Nanos(0),
        end: Nanos(0),
        rows: 0,
        bytes: 0,
        covered,
    };
    let mut output = Output::begin(objects, spool, &meta).await?;
    match write(&mut output, inputs).await {
        Ok(()) => output.finish(meta).await,
        Err(error) => {
            output.stream.abort().await;
            Err(error)
        }
    }
}

async fn write(output: &mut Output, inputs: Vec<Block>) -> Result<(), TsdbError> {
    let mut metadata: BTreeMap<String, Metadata> = BTreeMap::new();
    let mut scans = Vec::with_capacity(inputs.len());
    let beside = inputs.len();
    for block in inputs {
        metadata.extend(block.metadata().await?.into_iter().map(|m| (m.family.clone(), m)));
        output.builder.touch(block.header.first);
        output.builder.touch(block.header.last);
        scans.push(BlockScan::new(block, beside).await?);
    }
    let (mut shared, mut parts) = (SharedTimes::default(), Parts::default());
    while let Some(labels) = scans.iter().filter_map(BlockScan::peek).min().cloned() {
        let mut exemplars = Vec::new();
        parts.clear();
        for scan in &mut scans {
            if scan.peek() == Some(&labels) {
                exemplars.extend(scan.next(&mut parts).await?);
            }
        }
        let merged = parts.merge(&mut shared);
        output.builder.push(SeriesInput {
            labels: &labels,
            times: &merged.times,
            values: merged.values,
            histograms: &merged.histograms,
            exemplars: &distinct(exemplars),
            starts: &merged.starts,
            histogram_starts: &merged.histogram_starts,
        });
        output.drain().await?;
    }
    metadata.values().for_each(|m| output.builder.push_metadata(m));
    Ok(())
}

/// A block that goes out while it is made.
pub(crate) struct Output {
    pub(crate) builder: BlockBuilder,
    pub(crate) stream: BlockStream,
    held: u64,
}

impl Output {
    /// Begins a block of which only tenant and id need be known.
    pub(crate) async fn begin(objects: &Objects, spool: &Path, meta: &BlockMeta) -> Result<Self, TsdbError> {
        let mut stream = BlockStream::begin(objects, meta).await?;
        stream.section(PAGES, CODED_VERSION).await?;
        Ok(Output { builder: BlockBuilder::streamed(spool), stream, held: 0 })
    }

    /// Sends out the pages that are closed.
    pub(crate) async fn drain(&mut self) -> Result<(), TsdbError> {
        self.held = self.held.max(self.builder.held() as u64);
        let pages = self.builder.take_pages();
        if !pages.is_empty() {
            self.stream.write(&pages).await?;
        }
        Ok(())
    }

    /// Writes the rest; the block is durable when it answers.
    pub(crate) async fn finish(mut self, meta: BlockMeta) -> Result<Done, TsdbError> {
        self.drain().await?;
        let meta = self.builder.finish_to(self.stream, meta).await?;
        Ok(Done { meta, held: self.held })
    }
}

/// Exemplars in order of time, each once.
pub(crate) fn distinct(mut exemplars: Vec<Exemplar>) -> Vec<Exemplar> {
    exemplars.sort_by(|a, b| {
        let key = |e: &Exemplar| (e.at, e.value.to_bits());
        key(a).cmp(&key(b)).then_with(|| a.labels.cmp(&b.labels))
    });
    exemplars.dedup_by(|a, b| a.at == b.at && a.value.to_bits() == b.value.to_bits() && a.labels == b.labels);
    exemplars
}

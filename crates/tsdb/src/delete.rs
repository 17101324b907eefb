//! Deleting series by rewriting the blocks that hold them, copies of a tenant, and what is stored where.
//!
//! ```text
//! heads -> blocks (flush) -> each block with a matching sample -> the same block without it -> one commit swaps all
//! ```
//! Invariants: the swap is one commit, so a reader sees all of a delete or nothing of it, and a crash before it leaves what
//! was. What arrives while a delete runs is in later heads and stays. A rewritten block keeps its place in the log's order.

use crate::block::reader::Block;
use crate::block::scan::BlockScan;
use crate::block::writer::SeriesInput;
use crate::error::TsdbError;
use crate::flush::bounds;
use crate::head::read::Span;
use crate::merge::Output;
use crate::parts::{HistogramList, Merged, Parts, SharedTimes};
use crate::read::{overlaps, span};
use crate::tsdb::{Tsdb, by_position};
use contract::{Answer, Context, LabelSelect, SeriesAdmin, SeriesBlock};
use index::RoaringBitmap;
use model::{Exemplar, Matcher, Millis, Nanos, Tenant, TimeRange};
use store::{BlockId, BlockMeta, Catalog, CatalogOptions, Delta, StoreError};

/// How often a delete starts over because another process changed the same blocks: as for other commits, more means that
/// something is wrong.
const MAX_TRIES: usize = 8;

/// A block without some samples: what takes its place, and how many samples went.
pub(crate) struct Rewritten {
    /// Stored, and not published; `None` when nothing is left.
    pub(crate) block: Option<BlockMeta>,
    pub(crate) samples: u64,
}

impl Tsdb {
    async fn delete_series(&self, tenant: &Tenant, select: LabelSelect) -> Result<u64, TsdbError> {
        let Some(span) = span(select.range) else { return Ok(0) };
        if select.matchers.is_empty() {
            return Ok(0);
        }
        let _one_at_a_time = self.maintaining.lock().await;
        self.flush_until_now().await?;
        for _ in 0..MAX_TRIES {
            let mut delta = Delta::default();
            let mut samples = 0;
            let blocks = by_position(&self.options.catalog.snapshot(), tenant);
            for meta in blocks.iter().filter(|meta| overlaps(meta, &span)) {
                let block = self.block(meta).await?;
                let ids = block.matching(&select.matchers).await?;
                let id = rewritten_id(meta, &select.matchers, &span);
                let rewritten = self.rewrite(block, &ids, &span, id).await?;
                if rewritten.samples == 0 {
                    continue;
                }
                samples += rewritten.samples;
                delta.remove.push(meta.id);
                delta.add.extend(rewritten.block);
            }
            if delta.remove.is_empty() {
                return Ok(0);
            }
            match self.options.catalog.commit(delta).await {
                Ok(_) => {
                    self.changes.count(tenant);
                    return Ok(samples);
                }
                Err(StoreError::Conflict(_)) => drop(self.options.catalog.refresh().await?),
                Err(error) => return Err(error.into()),
            }
        }
        let text = format!("a delete met {MAX_TRIES} other changes of the same blocks");
        Err(StoreError::Unavailable(text).into())
    }

    /// Flushes what was acknowledged before this call; `maintaining` is held.
    async fn flush_until_now(&self) -> Result<(), TsdbError> {
        let end = self.log.end();
        while self.flush_oldest().await?.is_some_and(|until| until < end) {}
        Ok(())
    }

    async fn copy_blocks(&self, tenant: &Tenant, name: &str, heads: bool) -> Result<(), TsdbError> {
        // Merges and deletes wait, so that no block goes away while it is copied.
        let _one_at_a_time = self.maintaining.lock().await;
        if heads {
            self.flush_until_now().await?;
        }
        let copy = self.options.objects.under(&format!("snapshots/{name}"))?;
        let options = CatalogOptions { clock: self.options.clock.clone() };
        let catalog = Catalog::open(copy.clone(), options).await?;
        let mut add = Vec::new();
        for meta in by_position(&self.options.catalog.snapshot(), tenant) {
            copy.put(&meta.path(), self.options.objects.get(&meta.path()).await?).await?;
            add.push(BlockMeta::clone(&meta));
        }
        catalog.commit(Delta { add, ..Delta::default() }).await?;
        Ok(())
    }

    async fn list_blocks(&self, tenant: &Tenant) -> Result<Vec<SeriesBlock>, TsdbError> {
        let mut listed = Vec::new();
        for meta in by_position(&self.options.catalog.snapshot(), tenant) {
            let (first, last) = times(&meta);
            listed.push(SeriesBlock {
                id: meta.id.to_string(),
                range: TimeRange::new(Millis(first), Millis(last.saturating_add(1))),
                samples: meta.rows,
                series: u64::from(self.block(&meta).await?.header.series),
                bytes: meta.bytes,
                level: meta.level,
            });
        }
        listed.sort_by_key(|block| block.range.start);
        Ok(listed)
    }

    fn time_bounds(&self, tenant: &Tenant) -> Option<(Millis, Millis)> {
        let cut = self.cut(tenant);
        let blocks = cut.blocks.iter().map(|meta| times(meta));
        let heads = cut.heads.iter().flat_map(|head| {
            let shards = head.shards.iter();
            shards.filter_map(|shard| bounds(&shard.read().expect("a panicking writer ends the process")))
        });
        let all = blocks.chain(heads).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some((Millis(all.0), Millis(all.1)))
    }
}

/// The first and the last time of a block, in milliseconds.
fn times(meta: &BlockMeta) -> (i64, i64) {
    (meta.start.to_millis().0, Nanos(meta.end.0.saturating_sub(1)).to_millis().0)
}

impl Tsdb {
    /// Stores the block, to be called `id`, without the samples in `span` of the series of `ids`.
    pub(crate) async fn rewrite(
        &self,
        block: Block,
        ids: &RoaringBitmap,
        span: &Span,
        id: BlockId,
    ) -> Result<Rewritten, TsdbError> {
        if ids.is_empty() {
            return Ok(Rewritten { block: None, samples: 0 });
        }
        let meta = BlockMeta { id, bytes: 0, rows: 0, ..BlockMeta::clone(block.meta()) };
        let spool = self.options.spool_dir();
        let mut output = Output::begin(&self.options.objects, &spool, &meta).await?;
        match copy(block, ids, span, &mut output).await {
            Ok(Copied { samples, left: true }) if samples > 0 => {
                Ok(Rewritten { block: Some(output.finish(meta).await?.meta), samples })
            }
            Ok(Copied { samples, .. }) => {
                output.stream.abort().await;
                Ok(Rewritten { block: None, samples })
            }
            Err(error) => {
                output.stream.abort().await;
                Err(error)
            }
        }
    }
}

/// How many samples were left out of a copy, and whether anything is left.
struct Copied {
    samples: u64,
    left: bool,
}

/// Copies a block without the samples in `span` of the series of `ids`.
async fn copy(
    block: Block,
    ids: &RoaringBitmap,
    span: &Span,
    output: &mut Output,
) -> Result<Copied, TsdbError> {
    let (header, metadata) = (block.header.clone(), block.metadata().await?);
    let mut scan = BlockScan::new(block, 1).await?;
    let (mut shared, mut parts) = (SharedTimes::default(), Parts::default());
    let (mut left, mut samples) = (false, 0);
    let mut ordinal = 0;
    while let Some(labels) = scan.peek().cloned() {
        parts.clear();
        let exemplars = scan.next(&mut parts).await?;
        let mut series = Kept::of(parts.merge(&mut shared), exemplars);
        if ids.contains(ordinal) {
            samples += series.without(span);
        }
        ordinal += 1;
        if !series.is_empty() {
            left = true;
            output.builder.push(SeriesInput {
                labels: &labels,
                times: &series.times,
                values: &series.values,
                histograms: &series.histograms,
                exemplars: &series.exemplars,
                starts: &series.starts,
                histogram_starts: &series.histogram_starts,
            });
            output.drain().await?;
        }
    }
    if !left && !metadata.is_empty() {
        left = true;
        output.builder.touch(header.first);
        output.builder.touch(header.last);
    }
    metadata.iter().for_each(|m| output.builder.push_metadata(m));
    Ok(Copied { samples, left })
}

fn rewritten_id(meta: &BlockMeta, sets: &[Vec<Matcher>], span: &Span) -> BlockId {
    let sets: Vec<String> = sets.iter().map(|set| printed(set)).collect();
    let before = meta.id.0.to_le_bytes();
    let (start, end) = (span.start().to_le_bytes(), span.end().to_le_bytes());
    let mut parts: Vec<&[u8]> = vec![b"delete", &before, &start, &end];
    parts.extend(sets.iter().map(String::as_bytes));
    BlockId::derive(&parts)
}

/// Matchers as a text that differs when they do.
pub(crate) fn printed(matchers: &[Matcher]) -> String {
    matchers.iter().map(|m| format!("{}{}{:?}\n", m.name, m.op.as_str(), m.value)).collect()
}

/// What stays of a series.
struct Kept {
    times: Vec<i64>,
    values: Vec<f64>,
    histograms: HistogramList,
    exemplars: Vec<Exemplar>,
    /// Of the floats, or nothing.
    starts: Vec<i64>,
    /// Of the histograms, or nothing.
    histogram_starts: Vec<i64>,
}

impl Kept {
    fn of(merged: Merged<'_>, exemplars: Vec<Exemplar>) -> Kept {
        Kept {
            times: merged.times.to_vec(),
            values: merged.values.to_vec(),
            histograms: merged.histograms,
            exemplars,
            starts: merged.starts,
            histogram_starts: merged.histogram_starts,
        }
    }

    fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histograms.is_empty() && self.exemplars.is_empty()
    }

    /// Drops what lies in `span` and answers how many samples went.
    fn without(&mut self, span: &Span) -> u64 {
        let before = self.times.len() + self.histograms.len();
        let stays: Vec<bool> = self.times.iter().map(|at| !span.contains(at)).collect();
        let mut stay = stays.iter();
        self.values.retain(|_| stay.next().is_some_and(|stays| *stays));
        let mut stay = stays.iter();
        self.starts.retain(|_| stay.next().is_some_and(|stays| *stays));
        let mut stay = self.histograms.iter().map(|(at, _)| !span.contains(at));
        self.histogram_starts.retain(|_| stay.next().is_some_and(|stays| stays));
        self.times.retain(|at| !span.contains(at));
        self.histograms.retain(|(at, _)| !span.contains(at));
        self.exemplars.retain(|exemplar| !span.contains(&exemplar.at.0));
        (before - self.times.len() - self.histograms.len()) as u64
    }
}

impl SeriesAdmin for Tsdb {
    fn delete<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.delete_series(&cx.tenant, select).await?) })
    }

    fn snapshot<'a>(&'a self, cx: &'a Context, name: &'a str, heads: bool) -> Answer<'a, ()> {
        Box::pin(async move { Ok(self.copy_blocks(&cx.tenant, name, heads).await?) })
    }

    fn flush_heads<'a>(&'a self) -> Answer<'a, ()> {
        Box::pin(async move { Ok(self.flush().await?) })
    }

    fn blocks<'a>(&'a self, cx: &'a Context) -> Answer<'a, Vec<SeriesBlock>> {
        Box::pin(async move { Ok(self.list_blocks(&cx.tenant).await?) })
    }

    fn bounds<'a>(&'a self, cx: &'a Context) -> Answer<'a, Option<(Millis, Millis)>> {
        Box::pin(async move { Ok(self.time_bounds(&cx.tenant)) })
    }
}

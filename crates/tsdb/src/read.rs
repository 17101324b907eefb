//! Heads and blocks as one source of series.
//!
//! On the read walk between the language's plan and its execution: take a cut, turn matchers into ids, fetch the bytes
//! of matching pages (async), then decode and put together (off the async threads, budgeted, cancellable).
//! Invariant: whether a sample is in a head, in a block or in a merged block changes no answer.

mod counts;
mod labels;
mod lists;
mod settled;

pub(crate) use lists::Lists;
pub(crate) use settled::Changes;

use crate::assemble::{self, Only};
use crate::block::reader::BlockCut;
use crate::error::TsdbError;
use crate::head::read::{self, Span};
use crate::maintain::downsample::BESIDE;
use crate::merge::distinct;
use crate::tsdb::Tsdb;
use contract::{
    Answer, Context, Digest, LabelCounts, LabelSelect, Series, SeriesSelect, SeriesSource, Settled,
    SourceError,
};
use model::{Exemplar, Labels, Matcher, Metadata, Millis, TimeRange};
use std::collections::{BTreeMap, HashMap};
use store::{BlockMeta, Signal};

/// The range with both ends inside; `None` when it is empty.
pub(crate) fn span(range: TimeRange<Millis>) -> Option<Span> {
    (!range.is_empty()).then(|| range.start.0..=range.end.0 - 1)
}

/// Whether a block may hold samples of `span`. Times beyond what nanoseconds can say were clamped: then it may.
pub(crate) fn overlaps(meta: &BlockMeta, span: &Span) -> bool {
    let start = if meta.start.0 == i64::MIN || meta.start.0 == i64::MAX {
        i64::MIN
    } else {
        meta.start.to_millis().0
    };
    let end =
        if meta.end.0 == i64::MAX || meta.end.0 <= i64::MIN + 1 { i64::MAX } else { meta.end.to_millis().0 };
    start <= *span.end() && end >= *span.start()
}

/// Sets of matchers, no set meaning every series.
fn sets(select: &LabelSelect) -> Vec<Vec<Matcher>> {
    if select.matchers.is_empty() { vec![Vec::new()] } else { select.matchers.clone() }
}

impl Tsdb {
    async fn select_series(
        &self,
        cx: &Context,
        select: SeriesSelect,
        digest: Option<(Digest, i64)>,
    ) -> Result<Vec<Series>, SourceError> {
        let Some(span) = span(select.range) else { return Ok(Vec::new()) };
        let cut = self.cut(&cx.tenant);
        let companions = if digest.is_some() { self.companions(&cx.tenant) } else { HashMap::new() };
        let counts = digest.is_some_and(|(digest, _)| digest == Digest::Count);
        let mut blocks = Vec::new();
        let (matchers, need) = (select.matchers, select.need);
        for meta in cut.blocks.iter().filter(|meta| overlaps(meta, &span)) {
            cx.check()?;
            let companion = digest.and_then(|(_, edges)| self.companion_of(meta, edges, &companions));
            let meta = companion.unwrap_or(meta);
            let block = self.block(meta).await?;
            let digest = digest.map_or(Digest::Last, |(digest, _)| digest);
            let ids = block.shown(std::slice::from_ref(&matchers), digest).await?;
            if !ids.is_empty() {
                let cut = block.fetch(ids, true).await?;
                blocks.push(BlockCut { counts: counts && meta.level < BESIDE, ..cut });
            }
            cx.stats.blocks_read.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        assemble::assemble(cx, cut.heads, blocks, matchers, span, Only { counts, need }).await
    }

    async fn example_series(
        &self,
        cx: &Context,
        select: LabelSelect,
    ) -> Result<Vec<(Labels, Vec<Exemplar>)>, TsdbError> {
        let Some(span) = span(select.range) else { return Ok(Vec::new()) };
        let (cut, sets) = (self.cut(&cx.tenant), sets(&select));
        let mut found: Vec<(Labels, Vec<Exemplar>)> = Vec::new();
        for meta in cut.blocks.iter().filter(|meta| overlaps(meta, &span)) {
            let block = self.block(meta).await?;
            let mut exemplars = block.exemplars(&block.shown(&sets, Digest::Last).await?).await?;
            let ids = exemplars.keys().copied().collect();
            block.fetch(ids, false).await?.label_sets(&mut |ordinal, labels| {
                let mut inside = exemplars.remove(&ordinal).unwrap_or_default();
                inside.retain(|e| span.contains(&e.at.0));
                if !inside.is_empty() {
                    found.push((labels.clone(), inside));
                }
            })?;
        }
        for head in &cut.heads {
            read::exemplars(head, &sets, &span, &mut found)?;
        }
        let mut merged: BTreeMap<Labels, Vec<Exemplar>> = BTreeMap::new();
        for (labels, exemplars) in found {
            merged.entry(labels).or_default().extend(exemplars);
        }
        let limit = if select.limit == 0 { usize::MAX } else { select.limit };
        Ok(merged.into_iter().take(limit).map(|(labels, all)| (labels, distinct(all))).collect())
    }

    async fn families(&self, cx: &Context, family: Option<&str>) -> Result<Vec<Metadata>, TsdbError> {
        let cut = self.cut(&cx.tenant);
        let mut known: BTreeMap<String, Metadata> = BTreeMap::new();
        for meta in &cut.blocks {
            let block = self.block(meta).await?;
            known.extend(block.metadata().await?.into_iter().map(|m| (m.family.clone(), m)));
        }
        for head in &cut.heads {
            known.extend(head.metadata());
        }
        Ok(known.into_values().filter(|m| family.is_none_or(|family| m.family == family)).collect())
    }
}

impl SeriesSource for Tsdb {
    fn select<'a>(&'a self, cx: &'a Context, select: SeriesSelect) -> Answer<'a, Vec<Series>> {
        Box::pin(self.select_series(cx, select, None))
    }

    fn has_digests(&self, cx: &Context) -> bool {
        let snapshot = self.options.catalog.snapshot();
        snapshot.blocks(&cx.tenant, Signal::Metrics).any(|block| block.level >= BESIDE)
    }

    fn select_digest<'a>(
        &'a self,
        cx: &'a Context,
        select: SeriesSelect,
        digest: Digest,
        edges: i64,
    ) -> Answer<'a, Vec<Series>> {
        Box::pin(self.select_series(cx, select, Some((digest, edges))))
    }

    fn series<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move { Ok(self.label_sets(cx, select).await?) })
    }

    fn label_names<'a>(&'a self, cx: &'a Context, select: LabelSelect) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(self.names(cx, select).await?) })
    }

    fn label_values<'a>(
        &'a self,
        cx: &'a Context,
        name: &'a str,
        select: LabelSelect,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(self.values(cx, name, select).await?) })
    }

    fn count_labels<'a>(
        &'a self,
        cx: &'a Context,
        select: LabelSelect,
        names: Option<Vec<String>>,
    ) -> Answer<'a, LabelCounts> {
        Box::pin(self.counted(cx, select, names))
    }

    fn exemplars<'a>(
        &'a self,
        cx: &'a Context,
        select: LabelSelect,
    ) -> Answer<'a, Vec<(Labels, Vec<Exemplar>)>> {
        Box::pin(async move { Ok(self.example_series(cx, select).await?) })
    }

    fn settled(&self, cx: &Context) -> Option<Settled> {
        Some(self.settled_of(&cx.tenant))
    }

    fn metadata<'a>(&'a self, cx: &'a Context, family: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async move { Ok(self.families(cx, family).await?) })
    }
}

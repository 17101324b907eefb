//! How many series have which label values: answered by the postings of heads and blocks.
//!
//! Beside the read walk. A series that is in several places is counted at the first, told by a hash of its labels; label sets are
//! not put together for that, and where there is but one place they are not even read.
//! Invariant: the counts are those of the label sets that [`contract::SeriesSource::series`] answers (two label sets are taken for one with
//! a chance of one in 10^13 a million series).

use super::{overlaps, sets, span};
use crate::block::reader::Block;
use crate::error::TsdbError;
use crate::head::Head;
use crate::head::before::hash_labels;
use crate::head::read::{Span, matching, selections};
use crate::maintain::downsample::is_hidden;
use crate::tsdb::Tsdb;
use contract::{Context, Digest, LabelCounts, LabelSelect, SourceError};
use index::{IdsRef, IndexError, LabelIndex, RoaringBitmap};
use model::Matcher;
use rustc_hash::FxHashSet;

/// What was counted so far.
#[derive(Debug)]
struct Count {
    names: Option<Vec<String>>,
    counts: LabelCounts,
    /// Hashes of the series that were counted; `None` when there is but one place.
    seen: Option<FxHashSet<u64>>,
}

impl Tsdb {
    pub(super) async fn counted(
        &self,
        cx: &Context,
        select: LabelSelect,
        names: Option<Vec<String>>,
    ) -> Result<LabelCounts, SourceError> {
        let Some(span) = span(select.range) else { return Ok(LabelCounts::default()) };
        let (cut, sets) = (self.cut(&cx.tenant), sets(&select));
        let blocks: Vec<_> = cut.blocks.iter().filter(|meta| overlaps(meta, &span)).collect();
        let several = blocks.len() + cut.heads.len() > 1;
        let seen = several.then(FxHashSet::default);
        let mut count = Count { names, counts: LabelCounts::default(), seen };
        for meta in blocks {
            cx.check()?;
            count = count.block(&self.block(meta).await?, &sets).await?;
        }
        let heads = cut.heads;
        let rest = move || -> Result<LabelCounts, TsdbError> {
            heads.iter().try_for_each(|head| count.head(head, &sets, &span))?;
            Ok(count.counts)
        };
        Ok(crate::blocking(rest).await?)
    }
}

impl Count {
    /// Counts the series of a block that were not counted.
    async fn block(mut self, block: &Block, sets: &[Vec<Matcher>]) -> Result<Count, TsdbError> {
        let ids = block.shown(sets, Digest::Last).await?;
        let names: Vec<String> = match &self.names {
            Some(names) => names.clone(),
            None => block.header.labels.names().map(|(name, _)| name.to_owned()).collect(),
        };
        let shown = names.iter().map(String::as_str).filter(|name| !is_hidden(name));
        let labels = block.labels(shown).await?;
        let cut = if self.seen.is_some() { Some(block.fetch(ids.clone(), false).await?) } else { None };
        crate::blocking(move || {
            let mut fresh = ids;
            if let (Some(seen), Some(cut)) = (&mut self.seen, cut) {
                let mut all = RoaringBitmap::new();
                cut.label_hashes(&mut |ordinal, hash| {
                    if seen.insert(hash) {
                        all.insert(ordinal);
                    }
                })?;
                fresh = all;
            }
            self.counts.series += fresh.len();
            labels.labels.keys().try_for_each(|name| self.add(&labels, name, &fresh))?;
            Ok(self)
        })
        .await
    }

    /// Counts the series of a head that were not counted.
    fn head(&mut self, head: &Head, sets: &[Vec<Matcher>], span: &Span) -> Result<(), TsdbError> {
        let sets = selections(sets);
        for shard in &head.shards {
            let shard = shard.read().expect("a panicking writer ends the process");
            let mut fresh = matching(&shard, &sets, span)?;
            if let Some(seen) = &mut self.seen {
                fresh = fresh.iter().filter(|id| seen.insert(hash_labels(shard.index.iter(*id)))).collect();
            }
            self.counts.series += fresh.len();
            let names: Vec<String> = match &self.names {
                Some(names) => names.clone(),
                None => shard.index.names().map(|(name, _)| name.to_owned()).collect(),
            };
            names.iter().try_for_each(|name| self.add(&shard.index, name, &fresh))?;
        }
        Ok(())
    }

    fn add(&mut self, index: &impl LabelIndex, name: &str, fresh: &RoaringBitmap) -> Result<(), IndexError> {
        index.each_value(name, "", &mut |value, with: IdsRef<'_>| {
            let series = with.to_bitmap()?.intersection_len(fresh);
            if series > 0 {
                self.counts.add(name, value, series);
            }
            Ok(())
        })
    }
}

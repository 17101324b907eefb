//! Label names, values of a label, and label sets, of blocks and heads together.
//!
//! On the read walk beside `select`: what blocks answer is kept (`lists.rs`), because tools ask the same few questions over and over;
//! what heads hold is added each time.
//! Invariant: the answer is that of the series with a sample in the range (of a block that the range touches: all its series).

use super::lists::{Asked, ListKey};
use super::{overlaps, sets, span};
use crate::error::TsdbError;
use crate::head::Head;
use crate::head::read::{self, Span};
use crate::maintain::downsample::is_hidden;
use crate::tsdb::Tsdb;
use contract::{Context, Digest, LabelSelect};
use index::{IdsRef, LabelIndex};
use model::{Labels, Matcher};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::BlockMeta;

/// Label sets up to this many are read on the thread of the request: about a millisecond.
const INLINE_SERIES: u64 = 4096;

/// Where a question about labels is asked.
struct Places {
    blocks: Vec<Arc<BlockMeta>>,
    heads: Vec<Arc<Head>>,
    span: Span,
    sets: Vec<Vec<Matcher>>,
}

impl Places {
    /// `None` when the range is empty.
    fn of(db: &Tsdb, cx: &Context, select: &LabelSelect) -> Option<Places> {
        let span = span(select.range)?;
        let mut cut = db.cut(&cx.tenant);
        cut.blocks.retain(|meta| overlaps(meta, &span));
        Some(Places { blocks: cut.blocks, heads: cut.heads, span, sets: sets(select) })
    }

    fn everything(&self) -> bool {
        self.sets.iter().any(Vec::is_empty)
    }

    fn key(&self, cx: &Context, asked: Asked<'_>) -> ListKey {
        ListKey::of(&cx.tenant, asked, &self.sets, self.blocks.iter().map(|meta| meta.id))
    }
}

/// The first of what blocks and heads have, in order.
fn joined(blocks: &[String], heads: BTreeSet<String>, limit: usize) -> Vec<String> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    if heads.is_empty() {
        return blocks.iter().take(limit).cloned().collect();
    }
    let mut all: Vec<String> = Vec::with_capacity(blocks.len() + heads.len());
    let mut blocks = blocks.iter().peekable();
    for text in heads {
        while let Some(before) = blocks.next_if(|before| **before < text) {
            all.push(before.clone());
        }
        blocks.next_if(|same| **same == text);
        all.push(text);
    }
    all.extend(blocks.cloned());
    all.truncate(limit);
    all
}

fn kept_text(all: BTreeSet<String>) -> (Arc<[String]>, usize) {
    let bytes = all.iter().map(|text| text.len() + size_of::<String>()).sum();
    (all.into_iter().collect(), bytes)
}

fn kept_sets(all: FxHashSet<Labels>) -> (Arc<[Labels]>, usize) {
    let bytes = all.iter().map(|set| set.heap_bytes() + size_of::<Labels>()).sum();
    let mut all: Vec<Labels> = all.into_iter().collect();
    all.sort_unstable();
    (all.into(), bytes)
}

/// The first of two lists of label sets, in order.
fn joined_sets(blocks: &[Labels], heads: FxHashSet<Labels>, limit: usize) -> Vec<Labels> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    if heads.is_empty() {
        return blocks.iter().take(limit).cloned().collect();
    }
    let mut all: Vec<Labels> = blocks.iter().cloned().chain(heads).collect();
    // The first part is in order already.
    all.sort();
    all.dedup();
    all.truncate(limit);
    all
}

impl Tsdb {
    pub(super) async fn names(&self, cx: &Context, select: LabelSelect) -> Result<Vec<String>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        let key = places.key(cx, Asked::Names);
        let in_blocks = match self.lists.texts.find(key) {
            Some(names) => names,
            None => {
                let (names, bytes) = kept_text(self.names_in_blocks(&places).await?);
                self.lists.texts.keep(key, &names, bytes);
                names
            }
        };
        let mut in_heads = BTreeSet::new();
        for head in &places.heads {
            read::label_names(head, &places.sets, &places.span, &mut in_heads)?;
        }
        Ok(joined(&in_blocks, in_heads, select.limit))
    }

    async fn names_in_blocks(&self, places: &Places) -> Result<BTreeSet<String>, TsdbError> {
        let mut out = BTreeSet::new();
        for meta in &places.blocks {
            let block = self.block(meta).await?;
            let names = block.header.labels.names().map(|(name, _)| name);
            let names: Vec<&str> = names.filter(|name| !is_hidden(name)).collect();
            if places.everything() {
                out.extend(names.into_iter().map(str::to_owned));
                continue;
            }
            let ids = block.shown(&places.sets, Digest::Last).await?;
            let labels = block.labels(names.iter().copied().filter(|name| !out.contains(*name))).await?;
            for name in labels.labels.keys() {
                if !labels.present(name)?.to_bitmap()?.is_disjoint(&ids) {
                    out.insert(name.clone());
                }
            }
        }
        Ok(out)
    }

    pub(super) async fn values(
        &self,
        cx: &Context,
        name: &str,
        select: LabelSelect,
    ) -> Result<Vec<String>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        let key = places.key(cx, Asked::Values(name));
        let in_blocks = match self.lists.texts.find(key) {
            Some(values) => values,
            None => {
                let (values, bytes) = kept_text(self.values_in_blocks(name, &places).await?);
                self.lists.texts.keep(key, &values, bytes);
                values
            }
        };
        let mut in_heads = BTreeSet::new();
        for head in &places.heads {
            read::label_values(head, name, &places.sets, &places.span, &mut in_heads)?;
        }
        Ok(joined(&in_blocks, in_heads, select.limit))
    }

    async fn values_in_blocks(&self, name: &str, places: &Places) -> Result<BTreeSet<String>, TsdbError> {
        let mut out = BTreeSet::new();
        for meta in &places.blocks {
            let block = self.block(meta).await?;
            let labels = block.labels([name].into_iter()).await?;
            let ids = match places.everything() {
                true => None,
                false => Some(block.shown(&places.sets, Digest::Last).await?),
            };
            let inside = |with: IdsRef<'_>| match &ids {
                None => Ok(true),
                Some(ids) => with.to_bitmap().map(|with| !with.is_disjoint(ids)),
            };
            labels.each_value(name, "", &mut |value, with| {
                if !out.contains(value) && inside(with)? {
                    out.insert(value.to_owned());
                }
                Ok(())
            })?;
        }
        Ok(out)
    }

    pub(super) async fn label_sets(
        &self,
        cx: &Context,
        select: LabelSelect,
    ) -> Result<Vec<Labels>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        let key = places.key(cx, Asked::Sets);
        let kept = self.lists.sets.find(key);
        let mut cuts = Vec::new();
        for meta in places.blocks.iter().filter(|_| kept.is_none()) {
            let block = self.block(meta).await?;
            let ids = block.shown(&places.sets, Digest::Last).await?;
            cuts.push(block.fetch(ids, false).await?);
        }
        let much: u64 = cuts.iter().map(|cut| cut.ordinals.len()).sum::<u64>()
            + places.heads.iter().map(|head| head.series()).sum::<u64>();
        let all = move || -> Result<_, TsdbError> {
            let (in_blocks, bytes) = match kept {
                Some(kept) => (kept, None),
                None => {
                    let mut out = FxHashSet::default();
                    for cut in &cuts {
                        cut.label_sets(&mut |_, labels| {
                            if !out.contains(labels) {
                                out.insert(labels.clone());
                            }
                        })?;
                    }
                    let (sets, bytes) = kept_sets(out);
                    (sets, Some(bytes))
                }
            };
            let mut in_heads = FxHashSet::default();
            for head in &places.heads {
                read::series(head, &places.sets, &places.span, &mut in_heads)?;
            }
            let answer = joined_sets(&in_blocks, in_heads, select.limit);
            Ok((answer, in_blocks, bytes))
        };
        let (answer, in_blocks, bytes) = match much <= INLINE_SERIES {
            true => all()?,
            false => match stdx::task::blocking(all).join().await {
                Ok(done) => done?,
                Err(stopped) => return Err(TsdbError::Stopped(stopped.to_string())),
            },
        };
        if let Some(bytes) = bytes {
            self.lists.sets.keep(key, &in_blocks, bytes);
        }
        Ok(answer)
    }
}

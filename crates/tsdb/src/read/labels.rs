//! Label names, values of a label, and label sets, of blocks and heads together.
//!
//! On the read walk beside `select`: what was answered is kept (`lists.rs`), because tools ask the same few questions over and over.
//! What a kept list answers is answered on the thread of the request; what has to be gathered from much is gathered on others.
//! Invariant: the answer is that of the series with a sample in the range (of a block that the range touches: all its series).

use super::lists::{Asked, HeadState, Kept, ListKey};
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
use std::hash::Hash;
use std::sync::Arc;
use store::BlockMeta;

/// Label sets up to this many, and values, are read on the thread of the request: about a millisecond.
const INLINE_SERIES: u64 = 4096;
/// Series of heads whose names and values are: their postings are looked at, not they.
const INLINE_HEAD_SERIES: u64 = 20_000;

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

    /// The key of what blocks answer.
    fn key(&self, cx: &Context, asked: Asked<'_>) -> ListKey {
        ListKey::of(&cx.tenant, asked, &self.sets, self.blocks.iter().map(|meta| meta.id), &[])
    }

    /// The key of what all answer; `None` while a head may answer otherwise the next time.
    fn whole_key(&self, cx: &Context, asked: Asked<'_>) -> Option<ListKey> {
        let state = |head: &Arc<Head>| {
            Some(HeadState { number: head.number, series: read::steady(head, &self.span)? })
        };
        let heads: Vec<HeadState> = self.heads.iter().map(state).collect::<Option<_>>()?;
        Some(ListKey::of(&cx.tenant, asked, &self.sets, self.blocks.iter().map(|meta| meta.id), &heads))
    }

    fn head_series(&self) -> u64 {
        self.heads.iter().map(|head| head.series()).sum()
    }
}

/// A thing of a list that is kept.
trait Listed: Ord + Hash + Clone + Send + Sync + 'static {
    /// Bytes on the heap.
    fn heap_bytes(&self) -> usize;
}

impl Listed for String {
    fn heap_bytes(&self) -> usize {
        self.len()
    }
}

impl Listed for Labels {
    fn heap_bytes(&self) -> usize {
        self.heap_bytes()
    }
}

/// What blocks have, and heads, in order, each once.
fn joined<T: Listed>(blocks: &Arc<[T]>, heads: FxHashSet<T>) -> Arc<[T]> {
    let mut fresh: Vec<T> = heads.into_iter().filter(|one| blocks.binary_search(one).is_err()).collect();
    if fresh.is_empty() {
        return blocks.clone();
    }
    fresh.extend(blocks.iter().cloned());
    fresh.sort_unstable();
    fresh.into()
}

fn listed<T: Listed>(all: FxHashSet<T>) -> Arc<[T]> {
    joined(&Arc::from([]), all)
}

fn keep<T: Listed>(kept: &Kept<T>, key: ListKey, list: &Arc<[T]>) {
    kept.keep(key, list, list.iter().map(|one| one.heap_bytes() + size_of::<T>()).sum());
}

/// The first `limit` of a list; 0: all.
fn first<T: Clone>(list: &[T], limit: usize) -> Vec<T> {
    list[..if limit == 0 { list.len() } else { limit.min(list.len()) }].to_vec()
}

/// Runs `work` here when it is `little`, else off the async threads.
async fn here_if<T: Send + 'static>(
    little: bool,
    work: impl FnOnce() -> Result<T, TsdbError> + Send + 'static,
) -> Result<T, TsdbError> {
    if little { work() } else { crate::blocking(work).await }
}

impl Tsdb {
    pub(super) async fn names(&self, cx: &Context, select: LabelSelect) -> Result<Vec<String>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        Ok(first(&self.texts(cx, Asked::Names, places).await?, select.limit))
    }

    pub(super) async fn values(
        &self,
        cx: &Context,
        name: &str,
        select: LabelSelect,
    ) -> Result<Vec<String>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        Ok(first(&self.texts(cx, Asked::Values(name), places).await?, select.limit))
    }

    /// All names, or all values of one.
    async fn texts(
        &self,
        cx: &Context,
        asked: Asked<'_>,
        places: Places,
    ) -> Result<Arc<[String]>, TsdbError> {
        let whole = places.whole_key(cx, asked);
        if let Some(known) = whole.and_then(|key| self.lists.texts.find(key)) {
            return Ok(known);
        }
        let key = places.key(cx, asked);
        let in_blocks = match self.lists.texts.find(key) {
            Some(known) => known,
            None => {
                let found = match asked {
                    Asked::Values(name) => self.values_in_blocks(name, &places).await?,
                    Asked::Names | Asked::Sets => self.names_in_blocks(&places).await?,
                };
                let list = listed(found);
                keep(&self.lists.texts, key, &list);
                list
            }
        };
        let name = if let Asked::Values(name) = asked { Some(name.to_owned()) } else { None };
        let little = places.head_series() <= INLINE_HEAD_SERIES;
        let all = here_if(little, move || {
            let mut found = FxHashSet::default();
            for head in &places.heads {
                match &name {
                    Some(name) => read::label_values(head, name, &places.sets, &places.span, &mut found)?,
                    None => read::label_names(head, &places.sets, &places.span, &mut found)?,
                }
            }
            Ok(joined(&in_blocks, found))
        });
        let all = all.await?;
        if let Some(key) = whole {
            keep(&self.lists.texts, key, &all);
        }
        Ok(all)
    }

    async fn names_in_blocks(&self, places: &Places) -> Result<FxHashSet<String>, TsdbError> {
        let mut out = FxHashSet::default();
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
            let little = u64::from(block.header.series) <= INLINE_SERIES;
            let found = here_if(little, move || {
                let mut found = Vec::new();
                for name in labels.labels.keys() {
                    if !labels.present(name)?.to_bitmap()?.is_disjoint(&ids) {
                        found.push(name.clone());
                    }
                }
                Ok(found)
            });
            out.extend(found.await?);
        }
        Ok(out)
    }

    async fn values_in_blocks(&self, name: &str, places: &Places) -> Result<FxHashSet<String>, TsdbError> {
        let mut out = FxHashSet::default();
        for meta in &places.blocks {
            let block = self.block(meta).await?;
            let labels = block.labels([name].into_iter()).await?;
            let ids = match places.everything() {
                true => None,
                false => Some(block.shown(&places.sets, Digest::Last).await?),
            };
            let (name, mut found) = (name.to_owned(), std::mem::take(&mut out));
            let more = here_if(labels.value_count(&name) <= INLINE_SERIES, move || {
                let inside = |with: IdsRef<'_>| match &ids {
                    None => Ok(true),
                    Some(ids) => with.to_bitmap().map(|with| !with.is_disjoint(ids)),
                };
                labels.each_value(&name, "", &mut |value, with| {
                    if !found.contains(value) && inside(with)? {
                        found.insert(value.to_owned());
                    }
                    Ok(())
                })?;
                Ok(found)
            });
            out = more.await?;
        }
        Ok(out)
    }

    pub(super) async fn label_sets(
        &self,
        cx: &Context,
        select: LabelSelect,
    ) -> Result<Vec<Labels>, TsdbError> {
        let Some(places) = Places::of(self, cx, &select) else { return Ok(Vec::new()) };
        let whole = places.whole_key(cx, Asked::Sets);
        if let Some(known) = whole.and_then(|key| self.lists.sets.find(key)) {
            return Ok(first(&known, select.limit));
        }
        let key = places.key(cx, Asked::Sets);
        let kept = self.lists.sets.find(key);
        let mut cuts = Vec::new();
        for meta in places.blocks.iter().filter(|_| kept.is_none()) {
            let block = self.block(meta).await?;
            let ids = block.shown(&places.sets, Digest::Last).await?;
            cuts.push(block.fetch(ids, false).await?);
        }
        let much = cuts.iter().map(|cut| cut.ordinals.len()).sum::<u64>() + places.head_series();
        let is_known = kept.is_some();
        let all = here_if(much <= INLINE_SERIES, move || {
            let in_blocks = match kept {
                Some(kept) => kept,
                None => {
                    let mut out = FxHashSet::default();
                    for cut in &cuts {
                        cut.label_sets(&mut |_, labels| {
                            if !out.contains(labels) {
                                out.insert(labels.clone());
                            }
                        })?;
                    }
                    listed(out)
                }
            };
            let mut in_heads = FxHashSet::default();
            for head in &places.heads {
                read::series(head, &places.sets, &places.span, &mut in_heads)?;
            }
            Ok((joined(&in_blocks, in_heads), in_blocks))
        });
        let (all, in_blocks) = all.await?;
        if !is_known {
            keep(&self.lists.sets, key, &in_blocks);
        }
        if let Some(key) = whole {
            keep(&self.lists.sets, key, &all);
        }
        Ok(first(&all, select.limit))
    }
}

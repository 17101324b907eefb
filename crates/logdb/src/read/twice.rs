//! Lines that may be stored twice: a batch that was sent again after its first copy had become a block.
//!
//! Readers in order (`read.rs`) meet equal lines and keep one. Readers without order (`read/scan.rs`) and counters
//! (`read/cells.rs`) must know where equal lines can be: within a block they are none; between blocks and heads only
//! where a stream has lines of one time in two of them, which the times alone tell. Invariant: outside of the windows
//! found here no line of a wanted stream is stored twice in the cut.

use super::{Cut, MAX_PARALLEL};
use crate::block::page::Columns;
use crate::block::writer::identity;
use crate::block::{Blocks, OpenBlock};
use crate::error::LogError;
use crate::head::{HeadCut, Row};
use crate::streams;
use contract::Context;
use model::{Matcher, Nanos, TimeRange};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Lines whose times are compared at most: beyond it all of the window is read in order. Two million take 32 MB.
const MAX_COMPARED: usize = 2_000_000;

/// The same when blocks are merged: there it costs rewriting pages, not time that somebody waits for. 10 MB.
const MAX_COMPARED_IN_MERGES: usize = 250_000;

/// A block with the streams of it that are wanted.
#[derive(Clone)]
pub(super) struct WantedBlock {
    pub(super) block: Arc<OpenBlock>,
    pub(super) wanted: Arc<Vec<bool>>,
}

/// A head with the streams of it that are wanted.
pub(super) struct WantedHead {
    pub(super) head: HeadCut,
    pub(super) wanted: Arc<Vec<bool>>,
    /// Rows that repeat an earlier one of the same head: segment and place.
    pub(super) repeats: FxHashSet<(usize, usize)>,
}

impl WantedHead {
    /// Wanted rows of a range that repeat none, with their segment.
    pub(super) fn rows<'h>(
        &'h self,
        range: &'h TimeRange<Nanos>,
    ) -> impl Iterator<Item = (usize, usize, &'h Row)> {
        let segments = self.head.segments.iter().enumerate();
        let all = segments
            .flat_map(|(s, segment)| segment.rows.iter().enumerate().map(move |(i, row)| (s, i, row)));
        all.filter(move |(s, i, row)| {
            self.wanted[row.stream as usize]
                && range.contains(Nanos(row.at))
                && (self.repeats.is_empty() || !self.repeats.contains(&(*s, *i)))
        })
    }
}

/// What a cut holds of the wanted streams, and when lines may be in it twice.
pub(super) struct Wanted {
    pub(super) blocks: Vec<WantedBlock>,
    pub(super) heads: Vec<WantedHead>,
    /// Ascending, apart from each other.
    pub(super) twice: Vec<TimeRange<Nanos>>,
}

impl Wanted {
    /// Opens the blocks of a cut.
    pub(super) async fn open(
        cx: &Context,
        blocks: &Blocks,
        cut: &Cut,
        matchers: &[Matcher],
        range: &TimeRange<Nanos>,
    ) -> Result<Self, LogError> {
        let mut opened = Vec::new();
        for meta in cut.blocks_in(range) {
            cx.check()?;
            cx.stats.blocks_read.fetch_add(1, Ordering::Relaxed);
            let block = blocks.open(&meta).await?;
            let wanted = streams::select(&block.index, block.streams.len(), matchers)?;
            if wanted.contains(&true) {
                opened.push(WantedBlock { block, wanted: Arc::new(wanted) });
            }
        }
        let mut heads = Vec::new();
        for head in &cut.heads {
            let wanted = Arc::new(streams::matching(&head.streams, matchers));
            if wanted.contains(&true) {
                let repeats = repeats(head, &wanted, range);
                heads.push(WantedHead { head: head.clone(), wanted, repeats });
            }
        }
        let found = Wanted { blocks: opened, heads, twice: Vec::new() };
        found.compared(cx, range, MAX_COMPARED).await
    }

    /// When lines of any stream may be in two of these blocks.
    pub(super) async fn of_all(
        cx: &Context,
        inputs: &[Arc<OpenBlock>],
    ) -> Result<Vec<TimeRange<Nanos>>, LogError> {
        let all = |block: &Arc<OpenBlock>| WantedBlock {
            block: block.clone(),
            wanted: Arc::new(vec![true; block.streams.len()]),
        };
        let found = Wanted { blocks: inputs.iter().map(all).collect(), heads: Vec::new(), twice: Vec::new() };
        let always = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
        Ok(found.compared(cx, &always, MAX_COMPARED_IN_MERGES).await?.twice)
    }

    /// With the times that are shared.
    async fn compared(
        mut self,
        cx: &Context,
        range: &TimeRange<Nanos>,
        most: usize,
    ) -> Result<Self, LogError> {
        for window in self.shared_windows(range) {
            cx.check()?;
            self.twice.extend(self.shared_times(&window, most).await?);
        }
        Ok(self)
    }

    /// Windows in which a stream has lines in more than one block or head.
    fn shared_windows(&self, range: &TimeRange<Nanos>) -> Vec<TimeRange<Nanos>> {
        // Stream, first and last time, source. The hash may be that of two streams: then a window too many is looked at.
        let mut spans: Vec<(u64, i64, i64, usize)> = Vec::new();
        for (source, WantedBlock { block, wanted }) in self.blocks.iter().enumerate() {
            for (id, (first, last)) in block.spans.iter().enumerate() {
                if wanted.get(id) == Some(&true) && *first < range.end.0 && range.start.0 <= *last {
                    spans.push((block.streams[id].hash, *first, *last, source));
                }
            }
        }
        for (source, head) in self.heads.iter().enumerate() {
            let mut own: FxHashMap<u32, (i64, i64)> = FxHashMap::default();
            for (_, _, row) in head.rows(range) {
                let span = own.entry(row.stream).or_insert((row.at, row.at));
                *span = (span.0.min(row.at), span.1.max(row.at));
            }
            let hash = |id: u32| head.head.streams[id as usize].hash;
            spans.extend(
                own.into_iter()
                    .map(|(id, (first, last))| (hash(id), first, last, self.blocks.len() + source)),
            );
        }
        spans.sort_unstable();
        let mut windows: Vec<(i64, i64)> = Vec::new();
        let mut reach: Option<(u64, i64)> = None;
        for (stream, first, last, _) in spans {
            reach = match reach {
                Some((before, end)) if before == stream => {
                    if first <= end {
                        windows.push((first, last.min(end)));
                    }
                    Some((stream, end.max(last)))
                }
                _ => Some((stream, last)),
            };
        }
        windows.sort_unstable();
        let mut joined: Vec<TimeRange<Nanos>> = Vec::new();
        for (first, last) in windows {
            let (start, end) = (Nanos(first).max(range.start), Nanos(last.saturating_add(1)).min(range.end));
            match joined.last_mut() {
                Some(before) if start <= before.end => before.end = before.end.max(end),
                _ if start < end => joined.push(TimeRange::new(start, end)),
                _ => {}
            }
        }
        joined
    }

    /// From the first to the last time of a window at which two blocks or heads have lines of one stream; `None` when
    /// there is no such time.
    async fn shared_times(
        &self,
        window: &TimeRange<Nanos>,
        most: usize,
    ) -> Result<Option<TimeRange<Nanos>>, LogError> {
        let mut owner: FxHashMap<(u64, i64), usize> = FxHashMap::default();
        let mut shared: Option<(i64, i64)> = None;
        let mut meet = |source: usize, stream: u64, at: i64| {
            let first = *owner.entry((stream, at)).or_insert(source);
            if first != source {
                shared = Some(shared.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
            }
            owner.len() <= most
        };
        for (source, block) in self.blocks.iter().enumerate() {
            for pages in block.pages_in(window).chunks(MAX_PARALLEL) {
                for columns in block.columns_of(pages).await? {
                    if !block.meet_all(&columns, window, |hash, at| meet(source, hash, at)) {
                        return Ok(Some(*window));
                    }
                }
            }
        }
        for (source, head) in self.heads.iter().enumerate() {
            for (_, _, row) in head.rows(window) {
                if !meet(self.blocks.len() + source, head.head.streams[row.stream as usize].hash, row.at) {
                    return Ok(Some(*window));
                }
            }
        }
        Ok(shared.map(|(first, last)| TimeRange::new(Nanos(first), Nanos(last.saturating_add(1)))))
    }

    /// Whether lines of a time may be stored twice.
    pub(super) fn is_twice(twice: &[TimeRange<Nanos>], at: i64) -> bool {
        !twice.is_empty() && {
            let next = twice.partition_point(|window| window.end.0 <= at);
            twice.get(next).is_some_and(|window| window.start.0 <= at)
        }
    }
}

impl WantedBlock {
    /// Pages that may hold wanted lines of a range.
    pub(super) fn pages_in(&self, range: &TimeRange<Nanos>) -> Vec<usize> {
        let holds = |info: &crate::block::sections::PageInfo| {
            let streams = self.wanted.get(info.first_stream as usize..=info.last_stream as usize);
            info.first < range.end.0
                && range.start.0 <= info.last
                && streams.is_some_and(|flags| flags.contains(&true))
        };
        self.block.pages.iter().enumerate().filter(|(_, info)| holds(info)).map(|(page, _)| page).collect()
    }

    /// The columns of pages, which are read side by side.
    async fn columns_of(&self, pages: &[usize]) -> Result<Vec<Columns>, LogError> {
        let read = pages.iter().map(|page| {
            let (block, page) = (self.block.clone(), *page);
            stdx::task::spawn(async move { block.columns(page).await })
        });
        let mut out = Vec::with_capacity(pages.len());
        for task in read.collect::<Vec<_>>() {
            let read = task.join().await;
            out.push(read.map_err(|e| LogError::Internal(format!("reading columns: {e}")))??);
        }
        Ok(out)
    }

    /// Shows hash of stream and time of every wanted row of a window; `false` when that was enough.
    fn meet_all(
        &self,
        columns: &Columns,
        window: &TimeRange<Nanos>,
        mut meet: impl FnMut(u64, i64) -> bool,
    ) -> bool {
        let mut row = 0;
        for (stream, rows) in &columns.runs {
            let times = &columns.times[row..row + *rows as usize];
            row += *rows as usize;
            if self.wanted.get(*stream as usize) == Some(&true) {
                let hash = self.block.streams[*stream as usize].hash;
                if !times.iter().filter(|at| window.contains(Nanos(**at))).all(|at| meet(hash, *at)) {
                    return false;
                }
            }
        }
        true
    }
}

/// Rows of a head that are equal to an earlier one of it. Rows that come in the order of time repeat nothing, so only
/// streams with others are looked at closely.
fn repeats(head: &HeadCut, wanted: &[bool], range: &TimeRange<Nanos>) -> FxHashSet<(usize, usize)> {
    let mut last = vec![i64::MIN; head.streams.len()];
    let mut suspects = FxHashSet::default();
    for row in head.segments.iter().flat_map(|segment| &segment.rows) {
        let before = &mut last[row.stream as usize];
        if row.at <= *before && wanted[row.stream as usize] {
            suspects.insert(row.stream);
        }
        *before = (*before).max(row.at);
    }
    let mut repeats = FxHashSet::default();
    if suspects.is_empty() {
        return repeats;
    }
    let mut rows: Vec<(u32, i64, usize, usize)> = Vec::new();
    for (s, segment) in head.segments.iter().enumerate() {
        let own = segment.rows.iter().enumerate();
        let own = own.filter(|(_, row)| suspects.contains(&row.stream) && range.contains(Nanos(row.at)));
        rows.extend(own.map(|(i, row)| (row.stream, row.at, s, i)));
    }
    rows.sort_unstable();
    let mut seen = FxHashSet::default();
    for same in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|same| same.len() > 1) {
        seen.clear();
        for (_, _, s, i) in same {
            let segment = &head.segments[*s];
            let Row { start, length, set, .. } = segment.rows[*i];
            let line = &segment.text[start as usize..(start + length) as usize];
            if !seen.insert(identity(line, &segment.sets[set as usize])) {
                repeats.insert((*s, *i));
            }
        }
    }
    repeats
}

//! Traces that may match, newest first.
//!
//! Walk: `contract::SpanSource::select` -> here -> `pieces.rs`, `block/prune.rs`, `block/unit.rs` -> `read.rs` (rows).
//! Invariant: a trace is answered once, whole, and in descending order of its first span's start; blocks and granules are
//! looked into only when their newest trace may be next.

use crate::assemble::{Row, assemble, extent};
use crate::block::prune::BlockTests;
use crate::block::unit::{BlockUnit, Found, pages_of};
use crate::block::{Blocks, OpenBlock};
use crate::error::TraceError;
use crate::pieces::{Located, Pieces};
use crate::predicate::Predicates;
use crate::read::{Cut, Needed, READS_AT_ONCE, THREADS, bytes_of, fetch};
use contract::{
    Answer, Context, FoundTrace, SourceError, SpanCursor, SpanSelect, SpanUnit, TraceFilter, TraceSpans,
    UnitNeeds,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Nanos, TimeRange, TraceId};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stdx::Reservation;
use store::BlockMeta;

/// Traces of the first batch: a page of search results asks for twenty.
const FIRST_BATCH: usize = 32;

/// Traces of a later batch, and spans of any: about 16 MiB of spans.
const MAX_BATCH: usize = 512;
const MAX_BATCH_SPANS: usize = 16_384;

/// Granules that are looked into at once, at most: a quarter of a million rows.
const MAX_AHEAD: usize = 64;

mod answered;

/// A block, or one granule of an open block, that has not been looked into yet.
enum Unit {
    Block(Arc<BlockMeta>),
    Granule(Arc<Searched>, usize),
}

/// An open block and how its granules are looked into.
struct Searched {
    block: Arc<OpenBlock>,
    tests: BlockTests,
    /// For a filter: the pages that it needs, and which traces it cannot judge here.
    pages: Vec<u32>,
    /// And those that may rule a granule out before.
    quick: Vec<u32>,
    elsewhere: Vec<bool>,
}

/// Traces that may match, newest first.
pub(crate) struct TraceCursor<'a> {
    cx: &'a Context,
    blocks: &'a Blocks,
    cut: Cut,
    pieces: Pieces,
    range: TimeRange<Nanos>,
    predicates: Arc<Predicates>,
    filter: Option<Arc<dyn TraceFilter>>,
    needed: Needed,
    /// By the latest start that a trace in it can have.
    units: Vec<(i64, Unit)>,
    candidates: BinaryHeap<(i64, Reverse<TraceId>)>,
    answered: FxHashSet<TraceId>,
    batch: usize,
    ahead: usize,
    held: Option<Reservation>,
}

impl<'a> TraceCursor<'a> {
    pub(crate) async fn open(
        cx: &'a Context,
        blocks: &'a Blocks,
        cut: Cut,
        select: SpanSelect,
        filter: Option<Arc<dyn TraceFilter>>,
    ) -> Result<Self, SourceError> {
        let predicates = Arc::new(Predicates::compile(&select.conditions, select.all));
        let mut candidates = BinaryHeap::new();
        for head in &cut.heads {
            candidates.extend(
                head.candidates(select.range, &predicates).into_iter().map(|(s, id)| (s, Reverse(id))),
            );
        }
        let inside = |meta: &&Arc<BlockMeta>| meta.start < select.range.end && select.range.start < meta.end;
        let units = cut.blocks.iter().filter(inside).map(|meta| (meta.end.0, Unit::Block(meta.clone())));
        let mut units: Vec<(i64, Unit)> = units.collect();
        units.sort_by_key(|(bound, _)| *bound);
        Ok(TraceCursor {
            cx,
            blocks,
            range: select.range,
            predicates,
            filter,
            needed: Needed::only(select.needed),
            units,
            candidates,
            answered: FxHashSet::default(),
            batch: FIRST_BATCH,
            ahead: 1,
            pieces: Pieces::of(&cut, blocks).await?,
            cut,
            held: None,
        })
    }

    /// The next trace in order.
    async fn next_located(&mut self) -> Result<Option<Located>, SourceError> {
        loop {
            self.cx.check()?;
            let newest = self.candidates.peek().map(|(start, _)| *start);
            if let Some((bound, _)) = self.units.last()
                && newest.is_none_or(|start| *bound >= start)
            {
                self.open_unit().await?;
                continue;
            }
            let Some((start, Reverse(id))) = self.candidates.pop() else { return Ok(None) };
            if self.answered.contains(&id) {
                continue;
            }
            let Some(located) = self.pieces.locate(self.blocks, id).await? else { continue };
            if located.start < start {
                // An older piece elsewhere: the trace's turn comes later.
                self.candidates.push((located.start, Reverse(id)));
                continue;
            }
            self.answered.insert(id);
            return Ok(Some(located));
        }
    }

    async fn open_unit(&mut self) -> Result<(), SourceError> {
        match self.units.pop() {
            None => Ok(()),
            Some((_, Unit::Block(meta))) => self.open_block(&meta).await,
            Some((_, Unit::Granule(searched, number))) => match self.filter.clone() {
                None => self.look_into(&searched, number).await,
                Some(filter) => {
                    let mut granules = vec![(searched, number)];
                    while granules.len() < self.ahead
                        && let Some((_, Unit::Granule(..))) = self.units.last()
                        && let Some((_, Unit::Granule(searched, number))) = self.units.pop()
                    {
                        granules.push((searched, number));
                    }
                    self.ahead = (self.ahead * 2).min(MAX_AHEAD);
                    self.ask(&*filter, granules).await
                }
            },
        }
    }

    async fn open_block(&mut self, meta: &Arc<BlockMeta>) -> Result<(), SourceError> {
        let block = self.blocks.open(meta).await?;
        self.cx.stats.blocks_read.fetch_add(1, Ordering::Relaxed);
        let tests = BlockTests::new(&block.index, &self.predicates);
        if tests.hopeless() {
            return Ok(());
        }
        let (pages, elsewhere) = match &self.filter {
            None => (Vec::new(), Vec::new()),
            Some(filter) => {
                (pages_of(&block.index, filter.needs()), self.pieces.elsewhere(self.blocks, &block).await?)
            }
        };
        let quick = tests.quick_pages();
        let searched = Arc::new(Searched { block, tests, pages, quick, elsewhere });
        let index = &searched.block.index;
        for (number, granule) in index.granules.iter().enumerate() {
            let inside = granule.start < self.range.end.0 && self.range.start.0 <= granule.end;
            if inside && !searched.tests.hopeless_in(granule) {
                let bound = index.traces.starts[granule.first_trace + granule.traces - 1];
                self.units.push((bound, Unit::Granule(searched.clone(), number)));
            }
        }
        self.units.sort_by_key(|(bound, _)| *bound);
        Ok(())
    }

    /// The traces of a granule that the conditions let through.
    async fn pruned(&self, searched: &Searched, number: usize) -> Result<Vec<usize>, SourceError> {
        let Searched { block, tests, .. } = searched;
        let granule = &block.index.granules[number];
        let pages = block.some_pages(granule, &tests.pages()).await?;
        self.cx.stats.add_read(granule.rows as u64, 0);
        let ordinals = tests.traces(&block.index, granule, &pages);
        Ok(ordinals.map_err(TraceError::decode(block.reader.meta().path()))?)
    }

    async fn look_into(&mut self, searched: &Searched, number: usize) -> Result<(), SourceError> {
        let ordinals = self.pruned(searched, number).await?;
        let traces = &searched.block.index.traces;
        let inside =
            |o: &usize| traces.starts[*o] < self.range.end.0 && self.range.start.0 <= traces.ends[*o];
        let found = ordinals.into_iter().filter(inside).map(|o| (traces.starts[o], Reverse(traces.ids[o])));
        self.candidates.extend(found);
        Ok(())
    }

    /// Asks the filter about granules, on two cores.
    async fn ask(
        &mut self,
        filter: &dyn TraceFilter,
        granules: Vec<(Arc<Searched>, usize)>,
    ) -> Result<(), SourceError> {
        let this = &*self;
        let units =
            stream::iter(granules).map(|(searched, number)| this.unit(searched, number, filter.needs()));
        let fetched: Vec<_> = units.buffered(READS_AT_ONCE).try_collect().await?;
        let mut units = Vec::with_capacity(fetched.len());
        for (in_pieces, unit) in fetched {
            self.candidates.extend(in_pieces);
            units.extend(unit);
        }
        let range = self.range;
        let matches = |units: &[BlockUnit]| -> Result<Vec<(i64, Reverse<TraceId>)>, SourceError> {
            let mut found = Vec::new();
            for unit in units {
                let answers = filter.may_match(unit)?;
                let matching = unit.traces().iter().zip(answers).filter(|(_, matches)| *matches);
                let inside = matching.filter(|(t, _)| t.start < range.end.0 && range.start.0 <= t.end);
                found.extend(inside.map(|(trace, _)| (trace.start, Reverse(trace.trace_id))));
            }
            Ok(found)
        };
        for found in stdx::task::share(&units, THREADS, matches) {
            self.candidates.extend(found?);
        }
        Ok(())
    }

    /// What to ask the filter of a granule, if it was not ruled out, and its traces in several pieces that may match.
    async fn unit(
        &self,
        searched: Arc<Searched>,
        number: usize,
        needs: &UnitNeeds,
    ) -> Result<(Vec<(i64, Reverse<TraceId>)>, Option<BlockUnit>), SourceError> {
        let Searched { block, pages, quick, elsewhere, .. } = &*searched;
        let granule = &block.index.granules[number];
        let ordinals = granule.first_trace..granule.first_trace + granule.traces;
        let mut in_pieces = Vec::new();
        if elsewhere[ordinals].contains(&true) {
            // Of what is in pieces only conditions on single spans can be asked here.
            let traces = &block.index.traces;
            let inside = |o: &usize| {
                elsewhere[*o] && traces.starts[*o] < self.range.end.0 && self.range.start.0 <= traces.ends[*o]
            };
            let found = self.pruned(&searched, number).await?.into_iter().filter(inside);
            in_pieces.extend(found.map(|o| (traces.starts[o], Reverse(traces.ids[o]))));
        }
        self.cx.stats.add_read(granule.rows as u64, 0);
        if !quick.is_empty() {
            let pages = block.some_pages(granule, quick).await?;
            let ruled_out = searched.tests.rules_out(&block.index, &pages);
            if ruled_out.map_err(TraceError::decode(block.reader.meta().path()))? {
                return Ok((in_pieces, None));
            }
        }
        let decoded = &self.blocks.decoded;
        let found = Found::of(decoded, block, number, needs, pages).await?;
        let alone = |ordinal: usize| !elsewhere[ordinal];
        Ok((in_pieces, Some(BlockUnit::new(block.clone(), number, found, decoded.clone(), alone))))
    }

    /// The next traces in order; none at all is the end.
    async fn locate_batch(&mut self) -> Result<Vec<Located>, SourceError> {
        self.held = None;
        // A batch from memory awaits nothing: let others on this thread have a turn.
        tokio::task::yield_now().await;
        let (mut located, mut spans) = (Vec::new(), 0);
        while located.len() < self.batch && spans < MAX_BATCH_SPANS {
            let Some(trace) = self.next_located().await? else { break };
            spans += trace.spans;
            located.push(trace);
        }
        self.batch = (self.batch * 2).min(MAX_BATCH);
        Ok(located)
    }

    async fn next(&mut self) -> Result<Vec<Arc<TraceSpans>>, SourceError> {
        loop {
            let located = self.locate_batch().await?;
            if located.is_empty() {
                return Ok(Vec::new());
            }
            self.held = Some(self.cx.budget.reserve(located.iter().map(bytes_of).sum())?);
            let mut out = Vec::with_capacity(located.len());
            for (id, rows) in fetch(&self.cut, self.cx, located, &mut self.needed).await? {
                let overlaps = |row: &Row| {
                    let (first, last) = extent(&row.span);
                    self.range.start.0 <= last && first < self.range.end.0
                };
                if rows.iter().any(overlaps)
                    && let Some(trace) = assemble(id, rows)
                {
                    out.push(Arc::new(trace));
                }
            }
            if !out.is_empty() {
                return Ok(out);
            }
        }
    }
}

impl SpanCursor for TraceCursor<'_> {
    fn next_batch<'b>(&'b mut self) -> Answer<'b, Vec<Arc<TraceSpans>>> {
        Box::pin(self.next())
    }

    fn next_found<'b>(&'b mut self) -> Answer<'b, Vec<FoundTrace>> {
        Box::pin(self.found())
    }
}

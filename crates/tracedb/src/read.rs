//! Head and blocks -> whole traces at one consistent cut: what the contract asks for.
//!
//! Walk: `traceql` -> `contract::SpanSource` -> here -> `head.rs`, `block.rs`. Invariant: a trace is answered once, whole
//! (all its pieces in the cut, duplicates removed), and in descending order of its first span's start; blocks are opened
//! only when their newest trace may be next.

use crate::assemble::{Row, assemble, extent};
use crate::block::projection::Projection;
use crate::block::prune::BlockTests;
use crate::block::{Blocks, OpenBlock};
use crate::error::TraceError;
use crate::head::HeadCut;
use crate::predicate::Predicates;
use contract::{Answer, Attribute, Context, SourceError, SpanCursor, SpanSelect, TraceSpans};
use model::{Nanos, TimeRange, TraceId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stdx::Reservation;
use store::{BlockId, BlockMeta};

/// Traces of the first batch: a page of search results asks for twenty.
const FIRST_BATCH: usize = 32;

/// Traces of a later batch, and spans of any: about 16 MiB of spans.
const MAX_BATCH: usize = 512;
const MAX_BATCH_SPANS: usize = 16_384;

/// Memory of an assembled span, in bytes: the struct and a dozen attributes.
const SPAN_BYTES: u64 = 800;

/// What a reader sees: the same spans from its first row to its last.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) heads: Vec<HeadCut>,
    pub(crate) blocks: Vec<Arc<BlockMeta>>,
}

/// Where the pieces of a trace are.
struct Located {
    id: TraceId,
    start: i64,
    spans: usize,
    /// Whether a part of it is in a head.
    in_heads: bool,
    pieces: Vec<(Arc<OpenBlock>, usize)>,
}

/// What a query looks at, and what that is in each block.
#[derive(Default)]
struct Needed {
    attributes: Option<Vec<Attribute>>,
    by_block: FxHashMap<BlockId, Arc<Projection>>,
}

impl Needed {
    /// What to decode of a trace's piece; `None` for everything. A trace in several pieces may hold copies of a span, of
    /// which the one that says more stays: that must be seen whole.
    fn of(&mut self, block: &OpenBlock, alone: bool) -> Option<Arc<Projection>> {
        let attributes = self.attributes.as_ref().filter(|_| alone)?;
        let id = block.reader.meta().id;
        let fresh = || Arc::new(Projection::new(&block.index, attributes));
        Some(self.by_block.entry(id).or_insert_with(fresh).clone())
    }
}

/// What is wanted of one granule: its block, what of it, and (ordinal in the block, place in the answer) of its traces.
struct Wanted {
    block: Arc<OpenBlock>,
    projection: Option<Arc<Projection>>,
    places: Vec<(usize, usize)>,
}

impl Cut {
    /// One whole trace.
    pub(crate) async fn trace(
        &self,
        blocks: &Blocks,
        cx: &Context,
        id: TraceId,
    ) -> Result<Option<TraceSpans>, SourceError> {
        let Some(located) = self.locate(blocks, id).await? else { return Ok(None) };
        let _held = cx.budget.reserve(located.spans as u64 * SPAN_BYTES)?;
        let mut found = self.fetch(cx, vec![located], &mut Needed::default()).await?;
        Ok(found.pop().and_then(|(id, rows)| assemble(id, rows)))
    }

    async fn locate(&self, blocks: &Blocks, id: TraceId) -> Result<Option<Located>, TraceError> {
        let mut located = Located { id, start: i64::MAX, spans: 0, in_heads: false, pieces: Vec::new() };
        for meta in &self.blocks {
            if blocks.may_have(meta, &id).await? {
                let block = blocks.open(meta).await?;
                if let Some(ordinal) = block.index.find(&id) {
                    located.start = located.start.min(block.index.traces.starts[ordinal]);
                    located.spans += block.index.traces.spans[ordinal] as usize;
                    located.pieces.push((block, ordinal));
                }
            }
        }
        for (start, spans) in self.heads.iter().filter_map(|head| head.extent_of(&id)) {
            located.in_heads = true;
            located.start = located.start.min(start);
            located.spans += spans;
        }
        Ok(Some(located).filter(|l| l.in_heads || !l.pieces.is_empty()))
    }

    /// The rows of traces, in their order; each granule is read once, or twice when some of its traces are needed whole.
    async fn fetch(
        &self,
        cx: &Context,
        traces: Vec<Located>,
        needed: &mut Needed,
    ) -> Result<Vec<(TraceId, Vec<Row>)>, SourceError> {
        let mut out: Vec<(TraceId, Vec<Row>)> = Vec::with_capacity(traces.len());
        let mut wanted: BTreeMap<(usize, usize, bool), Wanted> = BTreeMap::new();
        for (place, trace) in traces.into_iter().enumerate() {
            let mut rows = Vec::new();
            self.heads.iter().for_each(|head| head.rows_of(&trace.id, &mut rows));
            out.push((trace.id, rows));
            let alone = !trace.in_heads && trace.pieces.len() == 1;
            for (block, ordinal) in trace.pieces {
                let key = (Arc::as_ptr(&block) as usize, block.index.granule_of(ordinal), alone);
                let projection = needed.of(&block, alone);
                let entry =
                    wanted.entry(key).or_insert_with(|| Wanted { block, projection, places: Vec::new() });
                entry.places.push((ordinal, place));
            }
        }
        for ((_, granule, _), Wanted { block, projection, mut places }) in wanted {
            cx.check()?;
            places.sort_unstable();
            let ordinals: Vec<usize> = places.iter().map(|(ordinal, _)| *ordinal).collect();
            let rows = block.rows(granule, &ordinals, projection.as_deref()).await?;
            // Decoding a granule takes about a millisecond: let others on this thread have a turn.
            tokio::task::yield_now().await;
            for ((_, place), rows) in places.into_iter().zip(rows) {
                cx.stats.add_read(rows.len() as u64, rows.len() as u64 * SPAN_BYTES);
                out[place].1.extend(rows);
            }
        }
        Ok(out)
    }
}

/// A block, or one granule of an open block, that has not been looked into yet.
enum Unit {
    Block(Arc<BlockMeta>),
    Granule(Arc<OpenBlock>, Arc<BlockTests>, usize),
}

/// Traces that may match, newest first.
pub(crate) struct TraceCursor<'a> {
    cx: &'a Context,
    blocks: &'a Blocks,
    cut: Cut,
    range: TimeRange<Nanos>,
    predicates: Arc<Predicates>,
    needed: Needed,
    /// By the latest start that a trace in it can have.
    units: Vec<(i64, Unit)>,
    candidates: BinaryHeap<(i64, Reverse<TraceId>)>,
    answered: FxHashSet<TraceId>,
    batch: usize,
    held: Option<Reservation>,
}

impl<'a> TraceCursor<'a> {
    pub(crate) fn new(cx: &'a Context, blocks: &'a Blocks, cut: Cut, select: SpanSelect) -> Self {
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
        let (answered, batch) = (FxHashSet::default(), FIRST_BATCH);
        TraceCursor {
            cx,
            blocks,
            range: select.range,
            predicates,
            needed: Needed { attributes: select.needed, ..Needed::default() },
            units,
            candidates,
            answered,
            batch,
            cut,
            held: None,
        }
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
            let Some(located) = self.cut.locate(self.blocks, id).await? else { continue };
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
            Some((_, Unit::Block(meta))) => {
                let block = self.blocks.open(&meta).await?;
                self.cx.stats.blocks_read.fetch_add(1, Ordering::Relaxed);
                let tests = Arc::new(BlockTests::new(&block.index, &self.predicates));
                if tests.hopeless() {
                    return Ok(());
                }
                for (number, granule) in block.index.granules.iter().enumerate() {
                    let inside = granule.start < self.range.end.0 && self.range.start.0 <= granule.end;
                    if inside && !tests.hopeless_in(granule) {
                        let last = granule.first_trace + granule.traces - 1;
                        let bound = block.index.traces.starts[last];
                        self.units.push((bound, Unit::Granule(block.clone(), tests.clone(), number)));
                    }
                }
                self.units.sort_by_key(|(bound, _)| *bound);
                Ok(())
            }
            Some((_, Unit::Granule(block, tests, number))) => {
                let granule = &block.index.granules[number];
                let pages = block.some_pages(granule, &tests.pages()).await?;
                let ordinals = tests
                    .traces(&block.index, granule, &pages)
                    .map_err(TraceError::decode(block.reader.meta().path()))?;
                self.cx.stats.add_read(granule.rows as u64, 0);
                let traces = &block.index.traces;
                let inside =
                    |o: &usize| traces.starts[*o] < self.range.end.0 && self.range.start.0 <= traces.ends[*o];
                let found =
                    ordinals.into_iter().filter(inside).map(|o| (traces.starts[o], Reverse(traces.ids[o])));
                self.candidates.extend(found);
                Ok(())
            }
        }
    }

    async fn next(&mut self) -> Result<Vec<Arc<TraceSpans>>, SourceError> {
        self.held = None;
        // A batch from memory awaits nothing: let others on this thread have a turn.
        tokio::task::yield_now().await;
        loop {
            let (mut located, mut spans) = (Vec::new(), 0);
            while located.len() < self.batch && spans < MAX_BATCH_SPANS {
                let Some(trace) = self.next_located().await? else { break };
                spans += trace.spans;
                located.push(trace);
            }
            if located.is_empty() {
                return Ok(Vec::new());
            }
            self.batch = (self.batch * 2).min(MAX_BATCH);
            self.held = Some(self.cx.budget.reserve(spans as u64 * SPAN_BYTES)?);
            let mut out = Vec::with_capacity(located.len());
            for (id, rows) in self.cut.fetch(self.cx, located, &mut self.needed).await? {
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
}

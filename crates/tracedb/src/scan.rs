//! Head and blocks -> units of columns at one consistent cut.
//!
//! Walk: `traceql` -> `contract::SpanSource::scan` -> here -> `block/unit.rs`. Granules come as they are stored; traces that
//! lie in several pieces, or in memory, are joined and come as rows. Invariant: every trace of the range comes once, whole,
//! without duplicates.

use crate::assemble::canonical;
use crate::block::prune::BlockTests;
use crate::block::rollup::unit::RollupUnit;
use crate::block::sections::Granule;
use crate::block::unit::{BlockUnit, Found, pages_of};
use crate::block::{Blocks, OpenBlock};
use crate::pieces::{Located, Pieces};
use crate::predicate::Predicates;
use crate::read::{Cut, Needed, READS_AT_ONCE, bytes_of, fetch};
use contract::{
    Answer, Context, RowsUnit, SourceError, SpanRow, SpanSelect, SpanUnit, UnitCursor, UnitNeeds,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use model::{Nanos, TimeRange, TraceId};
use rustc_hash::FxHashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stdx::Reservation;
use store::BlockMeta;

/// Granules that are handed out at once: a quarter of a million rows keep two cores busy for milliseconds.
const UNITS_AT_ONCE: usize = 64;

/// Rows of a unit of joined traces, and how many such units are handed out at once.
const JOINED_ROWS: usize = 4096;
const JOINED_AT_ONCE: usize = 8;

/// Memory of a row that is being evaluated apart from its columns, and of one value of a column, in bytes.
const ROW_BYTES: u64 = 32;
const VALUE_BYTES: u64 = 16;

/// Memory of a cell and its columns, in bytes.
const CELL_BYTES: u64 = 160;

/// A block that is being scanned.
struct Scanned {
    block: Arc<OpenBlock>,
    pages: Vec<u32>,
    elsewhere: Vec<bool>,
}

/// Units of whole traces that may match.
pub(crate) struct UnitScan<'a> {
    cx: &'a Context,
    blocks: &'a Blocks,
    cut: Cut,
    pieces: Pieces,
    range: TimeRange<Nanos>,
    predicates: Arc<Predicates>,
    needs: UnitNeeds,
    unopened: Vec<Arc<BlockMeta>>,
    granules: Vec<(Arc<Scanned>, usize)>,
    /// Stretches of granules that are answered by their cells.
    rolled: Vec<RollupUnit>,
    /// Traces to be joined.
    joined: Vec<TraceId>,
    known: FxHashSet<TraceId>,
    held: Option<Reservation>,
}

impl<'a> UnitScan<'a> {
    pub(crate) async fn open(
        cx: &'a Context,
        blocks: &'a Blocks,
        cut: Cut,
        select: SpanSelect,
        needs: UnitNeeds,
    ) -> Result<Self, SourceError> {
        let pieces = Pieces::of(&cut, blocks).await?;
        let predicates = Arc::new(Predicates::compile(&select.conditions, select.all));
        let everything = Predicates { all: true, list: Vec::new() };
        let mut scan = UnitScan {
            cx,
            blocks,
            range: select.range,
            predicates,
            needs,
            unopened: Vec::new(),
            granules: Vec::new(),
            rolled: Vec::new(),
            joined: Vec::new(),
            known: FxHashSet::default(),
            held: None,
            pieces,
            cut,
        };
        for head in &scan.cut.heads {
            for (_, id) in head.candidates(select.range, &everything) {
                if scan.known.insert(id) {
                    scan.joined.push(id);
                }
            }
        }
        let inside = |meta: &&Arc<BlockMeta>| meta.start < select.range.end && select.range.start < meta.end;
        scan.unopened = scan.cut.blocks.iter().filter(inside).cloned().collect();
        scan.unopened.sort_by_key(|meta| meta.end);
        Ok(scan)
    }

    async fn open_block(&mut self, meta: &Arc<BlockMeta>) -> Result<(), SourceError> {
        let block = self.blocks.open(meta).await?;
        self.cx.stats.blocks_read.fetch_add(1, Ordering::Relaxed);
        let tests = BlockTests::new(&block.index, &self.predicates);
        let elsewhere = self.pieces.elsewhere(self.blocks, &block).await?;
        let (traces, range) = (&block.index.traces, self.range);
        let inside = |start: i64, end: i64| start < range.end.0 && range.start.0 <= end;
        for (ordinal, _) in elsewhere.iter().enumerate().filter(|(_, elsewhere)| **elsewhere) {
            // Whether it matches is not for this piece alone to say.
            let id = traces.ids[ordinal];
            if inside(traces.starts[ordinal], traces.ends[ordinal]) && self.known.insert(id) {
                self.joined.push(id);
            }
        }
        if tests.hopeless() {
            return Ok(());
        }
        let pages = pages_of(&block.index, &self.needs);
        let scanned = Arc::new(Scanned { block, pages, elsewhere });
        let answered = self.roll(&scanned).await?;
        for (number, granule) in scanned.block.index.granules.iter().enumerate() {
            if answered.get(number) == Some(&true) {
                continue;
            }
            if inside(granule.start, granule.end) && !tests.hopeless_in(granule) {
                self.granules.push((scanned.clone(), number));
            }
        }
        Ok(())
    }

    /// Takes the cells of stretches that say what is needed and in which every trace is in one piece; which granules they
    /// answer.
    async fn roll(&mut self, scanned: &Scanned) -> Result<Vec<bool>, SourceError> {
        let Scanned { block, elsewhere, .. } = scanned;
        let mut answered = Vec::new();
        let rollups = if self.needs.rolled { block.rollups(&self.blocks.decoded).await? } else { None };
        let Some(rollups) = rollups else { return Ok(answered) };
        for (number, stretch) in rollups.stretches.iter().enumerate() {
            let granules = answered.len()..answered.len() + stretch.granules;
            let alone = |granule: &Granule| {
                !elsewhere[granule.first_trace..granule.first_trace + granule.traces].contains(&true)
            };
            let granules = &block.index.granules[granules];
            let inside =
                |granule: &Granule| granule.start < self.range.end.0 && self.range.start.0 <= granule.end;
            let says = rollups.says(number, &block.index.columns, &self.needs);
            let cells = says && granules.iter().all(alone);
            answered.resize(answered.len() + stretch.granules, cells);
            if cells && granules.iter().any(inside) {
                self.rolled.push(RollupUnit::new(block, &rollups, number, &self.blocks.decoded)?);
            }
        }
        Ok(answered)
    }

    async fn stored(&mut self) -> Result<Vec<Box<dyn SpanUnit>>, SourceError> {
        while self.granules.len() < UNITS_AT_ONCE {
            let Some(meta) = self.unopened.pop() else { break };
            self.cx.check()?;
            self.open_block(&meta).await?;
        }
        let mut units: Vec<Box<dyn SpanUnit>> = Vec::new();
        let cells: u64 = self.rolled.iter().map(|unit| unit.rows() as u64).sum();
        units.extend(self.rolled.drain(..).map(|unit| Box::new(unit) as Box<dyn SpanUnit>));
        let count = self.granules.len().min(UNITS_AT_ONCE);
        let next: Vec<(Arc<Scanned>, usize)> = self.granules.drain(..count).collect();
        let rows: u64 = next.iter().map(|(s, g)| s.block.index.granules[*g].rows as u64).sum();
        let each = ROW_BYTES + VALUE_BYTES * self.needs.attributes.len() as u64;
        self.held = Some(self.cx.budget.reserve(rows * each + cells * CELL_BYTES)?);
        self.cx.stats.add_read(rows, rows * each);
        let (decoded, needs) = (&self.blocks.decoded, &self.needs);
        let fetched = stream::iter(next).map(|(scanned, number)| async move {
            let block = &scanned.block;
            let found = Found::of(decoded, block, number, needs, &scanned.pages).await?;
            let wanted = |ordinal: usize| !scanned.elsewhere[ordinal];
            let unit = BlockUnit::new(block.clone(), number, found, decoded.clone(), wanted);
            let unit: Box<dyn SpanUnit> = Box::new(unit);
            Ok::<_, SourceError>(unit)
        });
        let fetched: Vec<_> = fetched.buffered(READS_AT_ONCE).try_collect().await?;
        units.extend(fetched);
        Ok(units)
    }

    async fn joined(&mut self) -> Result<Vec<Box<dyn SpanUnit>>, SourceError> {
        let mut units: Vec<Box<dyn SpanUnit>> = Vec::new();
        let mut held = self.cx.budget.reserve(0)?;
        let needed = (!self.needs.keys).then(|| self.needs.attributes.clone());
        let mut needed = Needed::only(needed);
        while units.len() < JOINED_AT_ONCE && !self.joined.is_empty() {
            self.cx.check()?;
            let (mut located, mut spans, mut bytes): (Vec<Located>, usize, u64) = (Vec::new(), 0, 0);
            while spans < JOINED_ROWS {
                let Some(id) = self.joined.pop() else { break };
                if let Some(trace) = self.pieces.locate(self.blocks, id).await? {
                    spans += trace.spans;
                    bytes += bytes_of(&trace);
                    located.push(trace);
                }
            }
            held.grow(bytes)?;
            let mut unit = RowsUnit::default();
            let traces = fetch(&self.cut, self.cx, located, &mut needed).await?;
            for (id, mut rows) in traces {
                canonical(&mut rows);
                let rows = rows.into_iter().map(|row| SpanRow {
                    resource: row.origin.resource.clone(),
                    scope: row.origin.scope.clone(),
                    span: row.span,
                });
                unit.push(id, rows);
            }
            if unit.rows() > 0 {
                units.push(Box::new(unit));
            }
        }
        self.held = Some(held);
        Ok(units)
    }
}

impl UnitCursor for UnitScan<'_> {
    fn next_units<'b>(&'b mut self) -> Answer<'b, Vec<Box<dyn SpanUnit>>> {
        Box::pin(async move {
            self.held = None;
            // Units from memory await nothing: let others on this thread have a turn.
            tokio::task::yield_now().await;
            let units = self.stored().await?;
            if units.is_empty() { self.joined().await } else { Ok(units) }
        })
    }
}

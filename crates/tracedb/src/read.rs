//! Head and blocks at one consistent cut: one whole trace by id, and the rows of traces that were found.
//!
//! Walk: `traceql` -> `contract::SpanSource` -> here, `cursor.rs` or `scan.rs` -> `head.rs`, `block.rs`. Invariant: a trace
//! is answered whole: all its pieces in the cut, duplicates removed.

pub(crate) mod parts;

use crate::assemble::{Row, assemble};
use crate::block::projection::Projection;
use crate::block::{Blocks, OpenBlock, Pages};
use crate::error::TraceError;
use crate::head::HeadCut;
use crate::head::part::Part;
use crate::pieces::{Located, Pieces};
use crate::tracedb::deleted::Deleted;
use contract::{Attribute, Context, SourceError, TraceSpans};
use model::TraceId;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{BlockId, BlockMeta};

/// Memory of an assembled span, in bytes: the struct and a dozen attributes.
pub(crate) const SPAN_BYTES: u64 = 800;

/// Memory of a span of a giant, of which only what a query looks at is decoded.
const GIANT_SPAN_BYTES: u64 = 400;

/// Memory of the rows of a trace.
pub(crate) fn bytes_of(trace: &Located) -> u64 {
    trace.spans as u64 * if trace.is_giant() { GIANT_SPAN_BYTES } else { SPAN_BYTES }
}

/// Granules whose pages are asked of object storage at once: its answers take tens of milliseconds each.
pub(crate) const READS_AT_ONCE: usize = 8;

/// Threads of one query: it may use two cores, and never starves a larger machine.
pub(crate) const THREADS: usize = 2;

/// What a reader sees: the same spans from its first row to its last.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) heads: Vec<HeadCut>,
    /// Published ones, and those of the parts.
    pub(crate) blocks: Vec<Arc<BlockMeta>>,
    /// Pieces of the blocks that are not seen.
    pub(crate) deleted: Arc<Deleted>,
    /// Held so that they can be read.
    pub(crate) parts: Vec<Arc<Part>>,
}

/// What a query looks at, and what that is in each block.
#[derive(Default)]
pub(crate) struct Needed {
    attributes: Option<Vec<Attribute>>,
    by_block: FxHashMap<BlockId, Arc<Projection>>,
}

impl Needed {
    /// A query that looks at these and nothing else; `None` for everything.
    pub(crate) fn only(attributes: Option<Vec<Attribute>>) -> Self {
        Needed { attributes, by_block: FxHashMap::default() }
    }

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
    granule: usize,
    projection: Option<Arc<Projection>>,
    pages: Pages,
    places: Vec<(usize, usize)>,
}

impl Wanted {
    fn rows(&self) -> Result<Vec<Vec<Row>>, TraceError> {
        let ordinals: Vec<usize> = self.places.iter().map(|(ordinal, _)| *ordinal).collect();
        self.block.decode(self.granule, &self.pages, &ordinals, self.projection.as_deref())
    }
}

impl Cut {
    /// One whole trace.
    pub(crate) async fn trace(
        &self,
        blocks: &Blocks,
        cx: &Context,
        id: TraceId,
    ) -> Result<Option<TraceSpans>, SourceError> {
        let pieces = Pieces::of(self, blocks).await?;
        let Some(located) = pieces.locate(blocks, id).await? else { return Ok(None) };
        let _held = cx.budget.reserve(located.spans as u64 * SPAN_BYTES)?;
        let mut found = fetch(self, cx, vec![located], &mut Needed::default()).await?;
        Ok(found.pop().and_then(|(id, rows)| assemble(id, rows)))
    }
}

/// The rows of traces, in their order; each granule is read once, or twice when some of its traces are needed whole.
pub(crate) async fn fetch(
    cut: &Cut,
    cx: &Context,
    traces: Vec<Located>,
    needed: &mut Needed,
) -> Result<Vec<(TraceId, Vec<Row>)>, SourceError> {
    let mut out: Vec<(TraceId, Vec<Row>)> = Vec::with_capacity(traces.len());
    let mut wanted: BTreeMap<(usize, usize, bool), Wanted> = BTreeMap::new();
    for (place, trace) in traces.into_iter().enumerate() {
        let mut rows = Vec::new();
        if trace.in_heads {
            cut.heads.iter().for_each(|head| head.rows_of(&trace.id, &mut rows));
        }
        out.push((trace.id, rows));
        // Of a giant no copy is worth that all of it is decoded.
        let alone = trace.alone() || trace.is_giant();
        for (block, ordinal) in trace.pieces {
            let granule = block.index.granule_of(ordinal);
            let key = (Arc::as_ptr(&block) as usize, granule, alone);
            let projection = needed.of(&block, alone);
            let fresh = || Wanted { block, granule, projection, pages: Pages::default(), places: Vec::new() };
            wanted.entry(key).or_insert_with(fresh).places.push((ordinal, place));
        }
    }
    let mut wanted: Vec<Wanted> = wanted.into_values().collect();
    for Wanted { block, granule, projection, pages, places } in &mut wanted {
        places.sort_unstable();
        *pages = block.pages(&block.index.granules[*granule], projection.as_deref()).await?;
    }
    // Decoding a granule takes about a millisecond: check first, let others on this thread have a turn after.
    cx.check()?;
    let decode = |share: &[Wanted]| share.iter().map(Wanted::rows).collect::<Result<Vec<_>, TraceError>>();
    let mut decoded = Vec::with_capacity(wanted.len());
    for share in stdx::task::share(&wanted, THREADS, decode) {
        decoded.extend(share?);
    }
    tokio::task::yield_now().await;
    for (Wanted { places, .. }, rows) in wanted.into_iter().zip(decoded) {
        for ((_, place), rows) in places.into_iter().zip(rows) {
            cx.stats.add_read(rows.len() as u64, rows.len() as u64 * SPAN_BYTES);
            out[place].1.extend(rows);
        }
    }
    Ok(out)
}

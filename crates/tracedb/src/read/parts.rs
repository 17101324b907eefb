//! One trace by id in parts: what fits in memory whole, what does not as its pieces are stored.
//!
//! Walk: `contract::SpanSource::trace_parts` -> here -> `pieces.rs`, `read.rs`. Invariant: every span of the trace comes
//! once; memory is the largest piece, and eight bytes a span to know copies by.

use super::{Cut, Needed, SPAN_BYTES, fetch};
use crate::assemble::{Row, assemble, canonical};
use crate::block::{Blocks, OpenBlock};
use crate::pieces::{Located, Pieces};
use contract::{Answer, Context, SourceError, TraceParts};
use model::{SpanBatch, TraceId};
use rustc_hash::FxHashSet;
use std::sync::Arc;
use stdx::Reservation;
use xxhash_rust::xxh3::xxh3_64;

/// A trace of up to so many spans is answered whole: 50 MiB.
const MAX_WHOLE_SPANS: usize = if cfg!(test) { 48 } else { 1 << 16 };

/// Memory of an entry of the spans that were answered, in bytes.
const SEEN_BYTES: u64 = 16;

/// A piece of the trace.
enum Piece {
    Heads,
    Block(Arc<OpenBlock>, usize),
}

/// A trace that is being answered.
pub(crate) struct PartsOfTrace<'a> {
    cx: &'a Context,
    cut: Cut,
    whole: Option<Located>,
    id: TraceId,
    /// The next one last.
    pieces: Vec<Piece>,
    /// Copies of spans are known by it, across pieces.
    seen: FxHashSet<u64>,
    held: Reservation,
}

impl<'a> PartsOfTrace<'a> {
    pub(crate) async fn open(
        cx: &'a Context,
        blocks: &Blocks,
        cut: Cut,
        id: TraceId,
    ) -> Result<Self, SourceError> {
        let located = Pieces::of(&cut, blocks).await?.locate(blocks, id).await?;
        let (mut whole, mut pieces) = (None, Vec::new());
        match located {
            None => {}
            Some(located) if located.spans <= MAX_WHOLE_SPANS => whole = Some(located),
            Some(located) => {
                if located.in_heads {
                    pieces.push(Piece::Heads);
                }
                pieces
                    .extend(located.pieces.into_iter().map(|(block, ordinal)| Piece::Block(block, ordinal)));
                pieces.reverse();
            }
        }
        let (seen, held) = (FxHashSet::default(), cx.budget.reserve(0)?);
        Ok(PartsOfTrace { cx, cut, whole, id, pieces, seen, held })
    }

    async fn rows_of(&mut self, piece: Piece) -> Result<Vec<Row>, SourceError> {
        match piece {
            Piece::Heads => {
                let mut rows = Vec::new();
                self.cut.heads.iter().for_each(|head| head.rows_of(&self.id, &mut rows));
                Ok(rows)
            }
            Piece::Block(block, ordinal) => {
                let spans = block.index.traces.spans[ordinal];
                let _decoding = self.cx.budget.reserve(u64::from(spans) * SPAN_BYTES)?;
                self.cx.stats.add_read(u64::from(spans), u64::from(spans) * SPAN_BYTES);
                let granule = block.index.granule_of(ordinal);
                Ok(block.rows(granule, &[ordinal], None).await?.pop().unwrap_or_default())
            }
        }
    }

    async fn next(&mut self) -> Result<Option<SpanBatch>, SourceError> {
        if let Some(located) = self.whole.take() {
            self.held.grow(located.spans as u64 * SPAN_BYTES)?;
            let mut found = fetch(&self.cut, self.cx, vec![located], &mut Needed::default()).await?;
            return Ok(found.pop().and_then(|(id, rows)| assemble(id, rows)).map(|trace| trace.spans));
        }
        while let Some(piece) = self.pieces.pop() {
            self.cx.check()?;
            let mut rows = self.rows_of(piece).await?;
            canonical(&mut rows);
            self.held.grow(rows.len() as u64 * SEEN_BYTES)?;
            rows.retain(|row| self.seen.insert(identity(row)));
            if let Some(trace) = assemble(self.id, rows) {
                return Ok(Some(trace.spans));
            }
        }
        Ok(None)
    }
}

/// What copies of a span share: two different spans of a million share it once in ten million traces.
fn identity(row: &Row) -> u64 {
    let span = &row.span;
    let mut key = Vec::with_capacity(24 + span.name.len());
    key.extend_from_slice(&span.span_id.0);
    key.push(span.kind as u8);
    key.extend_from_slice(&span.start.0.to_le_bytes());
    key.extend_from_slice(span.name.as_bytes());
    xxh3_64(&key)
}

impl TraceParts for PartsOfTrace<'_> {
    fn next_part<'b>(&'b mut self) -> Answer<'b, Option<SpanBatch>> {
        Box::pin(self.next())
    }
}

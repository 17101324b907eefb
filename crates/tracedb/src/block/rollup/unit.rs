//! The cells of a stretch as a unit of columns: a row a cell.
//!
//! Invariant: columns are kept with those of granules, under the stretch's number and [`STRETCHES`].

use super::read::{Cells, Rollups};
use crate::block::OpenBlock;
use crate::block::decoded::{Decoded, Kept, KeptColumn, What};
use crate::error::{DecodeError, TraceError};
use contract::{
    Attribute, Dictionary, Intrinsic, Rolled, SourceError, SpanColumn, SpanScope, SpanTree, SpanUnit, Spread,
    TraceRows,
};
use model::{TraceId, Value};
use std::sync::Arc;

/// What tells stretches from granules among the numbers under which columns are kept.
const STRETCHES: usize = 1 << 31;

/// Cells that are evaluated in place of their spans.
pub(crate) struct RollupUnit {
    block: Arc<OpenBlock>,
    rollups: Arc<Rollups>,
    stretch: usize,
    decoded: Arc<Decoded>,
    cells: Arc<Cells>,
    /// All cells in a row: they belong to no one trace.
    rows: [TraceRows; 1],
}

impl RollupUnit {
    /// The cells of a stretch that has some.
    pub(crate) fn new(
        block: &Arc<OpenBlock>,
        rollups: &Arc<Rollups>,
        stretch: usize,
        decoded: &Arc<Decoded>,
    ) -> Result<Self, TraceError> {
        let id = block.reader.meta().id;
        let cells = match decoded.get(id, STRETCHES | stretch, What::Cells) {
            Some(Kept::Cells(cells)) => cells,
            _ => {
                let read = rollups.cells(stretch);
                let cells = Arc::new(read.map_err(TraceError::decode(block.reader.meta().path()))?);
                decoded.put(id, STRETCHES | stretch, What::Cells, &Kept::Cells(cells.clone()));
                cells
            }
        };
        let (start, end) = (cells.starts.iter().min(), cells.starts.iter().max());
        let rows = TraceRows {
            trace_id: TraceId::default(),
            start: start.copied().unwrap_or(0),
            end: end.copied().unwrap_or(0),
            rows: 0..cells.counts.len(),
        };
        Ok(RollupUnit {
            block: block.clone(),
            rollups: rollups.clone(),
            stretch,
            decoded: decoded.clone(),
            cells,
            rows: [rows],
        })
    }

    fn decode(&self, of: &Attribute) -> Result<SpanColumn, DecodeError> {
        let (rollups, stretch) = (&self.rollups, self.stretch);
        let codes = |codes: Vec<u32>, dictionary| SpanColumn::Codes(codes.into(), dictionary);
        let numbered = |codes: Vec<u32>, of: fn(u32) -> u32| {
            let codes = codes.into_iter().map(|code| of(code) + 1).collect();
            let numbers = (0..8).map(Value::Int).collect();
            SpanColumn::Codes(codes, Dictionary::Values(Arc::new(numbers)))
        };
        let absent = || codes(vec![0; self.rows()], Dictionary::Values(Arc::default()));
        Ok(match of {
            Attribute::Intrinsic(Intrinsic::Duration) => SpanColumn::Numbers(self.cells.durations.clone()),
            Attribute::Intrinsic(Intrinsic::Name) => {
                let names = rollups.names(stretch)?.into_iter().map(|code| code + 1).collect();
                codes(names, Dictionary::Texts(rollups.names.clone()))
            }
            Attribute::Intrinsic(Intrinsic::Kind) => {
                numbered(rollups.kinds_and_statuses(stretch)?, |number| number & 7)
            }
            Attribute::Intrinsic(Intrinsic::Status) => {
                numbered(rollups.kinds_and_statuses(stretch)?, |number| (number >> 3).min(7))
            }
            Attribute::Key(Some(SpanScope::Resource), key) if &**key == "service.name" => {
                codes(rollups.services(stretch)?, Dictionary::Texts(rollups.services.clone()))
            }
            Attribute::Key(Some(SpanScope::Span), key) => {
                let columns = &self.block.index.columns;
                match rollups.texts(stretch, columns, key)? {
                    Some((column, texts)) => {
                        codes(texts, Dictionary::Texts(columns[column as usize].dictionary.clone()))
                    }
                    None => absent(),
                }
            }
            _ => absent(),
        })
    }
}

impl SpanUnit for RollupUnit {
    fn rows(&self) -> usize {
        self.cells.counts.len()
    }

    fn traces(&self) -> &[TraceRows] {
        &self.rows
    }

    fn starts(&self) -> Result<Arc<[i64]>, SourceError> {
        Ok(self.cells.starts.clone())
    }

    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError> {
        let (id, number) = (self.block.reader.meta().id, STRETCHES | self.stretch);
        let what = What::Column(of.clone());
        if let Some(Kept::Column(column)) = self.decoded.get(id, number, what.clone()) {
            return Ok(column.column());
        }
        let column = self.decode(of).map_err(TraceError::decode(self.block.reader.meta().path()))?;
        self.decoded.put(id, number, what, &Kept::Column(KeptColumn::of(&column)));
        Ok(column)
    }

    fn keys(&self) -> Vec<Attribute> {
        vec![Attribute::Key(Some(SpanScope::Resource), Arc::from("service.name"))]
    }

    fn tree(&self) -> Result<Arc<SpanTree>, SourceError> {
        Ok(Arc::default())
    }

    fn rolled(&self) -> Option<Rolled<'_>> {
        let Cells { counts, parents, traces, spread, .. } = &*self.cells;
        Some(Rolled {
            counts,
            parents,
            traces,
            ids: &self.block.index.traces.ids,
            spread: spread.as_ref().map(|(least, sums)| Spread { least, sums }),
        })
    }
}

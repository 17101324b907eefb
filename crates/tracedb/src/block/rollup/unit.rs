//! The cells of a stretch as a unit of columns: a row a cell.

use super::{BELOW, Cell, ROOT, Rollups};
use crate::block::OpenBlock;
use contract::{
    Attribute, Dictionary, Intrinsic, Made, ROLLED_NANOS, Rolled, SourceError, SpanColumn, SpanScope,
    SpanTree, SpanUnit, TraceRows,
};
use model::Value;
use std::sync::Arc;

/// Cells that are evaluated in place of their spans.
pub(crate) struct RollupUnit {
    rollups: Arc<Rollups>,
    stretch: usize,
    traces: Vec<TraceRows>,
    counts: Vec<u32>,
    parents: Vec<i64>,
}

impl RollupUnit {
    /// The cells of a stretch that has some.
    pub(crate) fn new(block: &OpenBlock, rollups: &Arc<Rollups>, stretch: usize) -> Self {
        let cells = rollups.stretches[stretch].cells.as_deref().unwrap_or(&[]);
        let trace = |(row, cell): (usize, &Cell)| {
            let at = start_of(cell);
            let trace_id = block.index.traces.ids.get(cell.trace as usize).copied().unwrap_or_default();
            TraceRows { trace_id, start: at, end: at, rows: row..row + 1 }
        };
        let parent = |cell: &Cell| match u64::from(cell.place) {
            ROOT => -1,
            BELOW => 1,
            _ => 0,
        };
        RollupUnit {
            traces: cells.iter().enumerate().map(trace).collect(),
            counts: cells.iter().map(|cell| cell.count).collect(),
            parents: cells.iter().map(parent).collect(),
            rollups: rollups.clone(),
            stretch,
        }
    }

    fn cells(&self) -> &[Cell] {
        self.rollups.stretches[self.stretch].cells.as_deref().unwrap_or(&[])
    }

    fn codes(&self, of: impl Fn(&Cell) -> u32, dictionary: Dictionary) -> SpanColumn {
        SpanColumn::Codes(self.cells().iter().map(of).collect(), dictionary)
    }
}

fn start_of(cell: &Cell) -> i64 {
    cell.minute.saturating_mul(ROLLED_NANOS)
}

fn numbers() -> Dictionary {
    Dictionary::Values(Arc::new((0..8).map(Value::Int).collect()))
}

impl SpanUnit for RollupUnit {
    fn rows(&self) -> usize {
        self.counts.len()
    }

    fn traces(&self) -> &[TraceRows] {
        &self.traces
    }

    fn starts(&self) -> Result<Arc<[i64]>, SourceError> {
        Ok(self.cells().iter().map(start_of).collect())
    }

    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError> {
        let Rollups { services, names, .. } = &*self.rollups;
        Ok(match of {
            Attribute::Intrinsic(Intrinsic::Duration) => {
                SpanColumn::Numbers(self.cells().iter().map(|cell| cell.duration).collect())
            }
            Attribute::Intrinsic(Intrinsic::Name) => {
                self.codes(|cell| cell.name + 1, Dictionary::Texts(names.clone()))
            }
            Attribute::Intrinsic(Intrinsic::Kind) => {
                self.codes(|cell| u32::from(cell.kind_status & 7) + 1, numbers())
            }
            Attribute::Intrinsic(Intrinsic::Status) => {
                self.codes(|cell| u32::from(cell.kind_status >> 3).min(7) + 1, numbers())
            }
            Attribute::Key(Some(SpanScope::Resource), key) if &**key == "service.name" => {
                self.codes(|cell| cell.service, Dictionary::Texts(services.clone()))
            }
            _ => self.codes(|_| 0, Dictionary::Values(Arc::default())),
        })
    }

    fn keys(&self) -> Vec<Attribute> {
        vec![Attribute::Key(Some(SpanScope::Resource), Arc::from("service.name"))]
    }

    fn tree(&self) -> Result<Arc<SpanTree>, SourceError> {
        Ok(Arc::default())
    }

    fn made(&self, make: &dyn Fn(&dyn SpanUnit) -> Result<Made, SourceError>) -> Result<Made, SourceError> {
        make(self)
    }

    fn rolled(&self) -> Option<Rolled<'_>> {
        Some(Rolled { counts: &self.counts, parents: &self.parents })
    }
}

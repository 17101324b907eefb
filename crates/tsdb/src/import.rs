//! Blocks of samples that were kept elsewhere, for migration: series come in label order, with pieces from several places.
//!
//! Beside the write walk: no log and no head is needed for what is durable already. An imported block covers no stretch of
//! the log, so it is older than everything that was ever appended: of two samples at one time the appended one stays.
//! Invariants: the same pieces give the same block; what was published once and is published again changes nothing.

use crate::block::sections::MAX_COLUMN;
use crate::block::writer::{BlockBuilder, Packing, SeriesInput};
use crate::error::TsdbError;
use crate::histogram::check;
use crate::parts::{HistogramList, Parts, SharedTimes};
use crate::starts::{Run, runs_of};
use bytes::Bytes;
use model::{FloatHistogram, Labels, Nanos, ResetHint, Tenant};
use std::sync::Arc;
use store::{BlockId, BlockMeta, Catalog, Delta, Objects, Signal};

/// Samples of one series from one place, ascending in time.
#[derive(Debug, Clone, Default)]
pub struct ImportPiece {
    /// When, of the floats, in milliseconds.
    pub times: Vec<i64>,
    /// What; as long as `times`.
    pub values: Vec<f64>,
    /// Start timestamps of the floats, 0 where none is known; as long as `times`, or empty.
    pub starts: Vec<i64>,
    /// Native histograms: when, start timestamp or 0, and what.
    pub histograms: Vec<(i64, i64, FloatHistogram)>,
}

impl ImportPiece {
    fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histograms.is_empty()
    }

    fn bounds(&self) -> Option<(i64, i64)> {
        let ends = [self.times.first(), self.times.last()].into_iter().flatten().copied();
        let others = [self.histograms.first(), self.histograms.last()].into_iter().flatten().map(|h| h.0);
        ends.chain(others).map(|at| (at, at)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn runs(&self) -> Vec<Run> {
        let floats = self.times.iter().copied().zip(self.starts.iter().copied());
        let mut all: Vec<Run> =
            floats.chain(self.histograms.iter().map(|(at, start, _)| (*at, *start))).collect();
        all.sort_unstable();
        runs_of(all.into_iter())
    }
}

/// Builds one block in memory.
#[derive(Debug)]
pub struct ImportBlock {
    builder: BlockBuilder,
    shared: SharedTimes,
    parts: Parts,
    last: Option<Labels>,
    /// Series so far.
    pub series: u64,
    /// Samples so far.
    pub samples: u64,
}

impl Default for ImportBlock {
    fn default() -> Self {
        let (builder, shared, parts) =
            (BlockBuilder::new(Packing::Coded), SharedTimes::default(), Parts::default());
        ImportBlock { builder, shared, parts, last: None, series: 0, samples: 0 }
    }
}

impl ImportBlock {
    /// Adds the next series in label order. Of equal times the sample of the later piece stays.
    pub fn push(&mut self, labels: &Labels, pieces: Vec<ImportPiece>) -> Result<(), TsdbError> {
        if self.last.as_ref().is_some_and(|last| last >= labels) {
            return Err(TsdbError::Corrupt(format!("{labels} is imported out of label order")));
        }
        let pieces: Vec<ImportPiece> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let overlap = overlap(&pieces);
        self.parts.clear();
        for piece in pieces {
            self.add(labels, piece, overlap)?;
        }
        let merged = self.parts.merge(&mut self.shared);
        if merged.is_empty() {
            return Ok(());
        }
        if merged.times.len() > MAX_COLUMN {
            let text =
                format!("{labels} has {} samples in one block; at most {MAX_COLUMN}", merged.times.len());
            return Err(TsdbError::Corrupt(text));
        }
        self.series += 1;
        self.samples += (merged.times.len() + merged.histograms.len()) as u64;
        self.builder.push(SeriesInput {
            labels,
            times: &merged.times,
            values: merged.values,
            histograms: &merged.histograms,
            exemplars: &[],
            starts: &merged.starts,
            histogram_starts: &merged.histogram_starts,
        });
        self.last = Some(labels.clone());
        Ok(())
    }

    fn add(&mut self, labels: &Labels, piece: ImportPiece, overlap: bool) -> Result<(), TsdbError> {
        let ascends = piece.times.is_sorted_by(|a, b| a < b) && piece.times.len() == piece.values.len();
        if !ascends || !piece.histograms.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(TsdbError::Corrupt(format!("times of {labels} do not ascend")));
        }
        self.parts.place(&piece.runs());
        let times: Arc<[i64]> = piece.times.into();
        self.parts.push(&times, 0..times.len(), |_, out| {
            out.extend_from_slice(&piece.values);
            Ok(())
        })?;
        let mut histograms: HistogramList = Vec::with_capacity(piece.histograms.len());
        for (at, _, mut histogram) in piece.histograms {
            check(&histogram)
                .map_err(|what| TsdbError::Corrupt(format!("a histogram of {labels}: {what}")))?;
            // A hint speaks of the sample before, which may now be one of another piece.
            if overlap && histogram.reset_hint != ResetHint::Gauge {
                histogram.reset_hint = ResetHint::Unknown;
            }
            histograms.push((at, Arc::new(histogram)));
        }
        self.parts.push_histograms(histograms);
        Ok(())
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.series == 0
    }

    /// The finished block.
    pub fn finish(self, id: BlockId, tenant: &Tenant, level: u8) -> (BlockMeta, Bytes) {
        self.builder.finish(BlockMeta {
            id,
            tenant: tenant.clone(),
            signal: Signal::Metrics,
            level,
            start: Nanos(0),
            end: Nanos(0),
            rows: 0,
            bytes: 0,
            covered: None,
        })
    }
}

/// Whether the stretches of some pieces overlap.
fn overlap(pieces: &[ImportPiece]) -> bool {
    let mut bounds: Vec<(i64, i64)> = pieces.iter().filter_map(ImportPiece::bounds).collect();
    bounds.sort_unstable();
    bounds.windows(2).any(|pair| pair[0].1 >= pair[1].0)
}

/// Writes a block and enters it into the catalog. A server that runs on the same catalog sees it within seconds.
pub async fn publish(
    objects: &Objects,
    catalog: &Catalog,
    block: (BlockMeta, Bytes),
) -> Result<(), TsdbError> {
    let (meta, bytes) = block;
    objects.put(&meta.path(), bytes).await?;
    catalog.commit(Delta { add: vec![meta], ..Delta::default() }).await?;
    Ok(())
}

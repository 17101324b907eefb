//! Counting functions without their lines: the source counts cells of time, and each cell lies in the same windows. Others that do not
//! look at all of a line get groups of lines that are alike in what they look at.
//!
//! Windows begin and end at multiples of what step and interval have in common, so cells of that width are in a window
//! with all their times or with none. Invariant: only queries whose stages look at nothing but labels are counted.

use super::collect::{Collector, Sums};
use super::{Read, Work, reserve};
use crate::error::LogqlError;
use crate::stage::labels::{ERROR, ERROR_DETAILS, EXTRACTED, PRESERVE_ERROR};
use contract::{Context, CountRow, CountSelect, LineGroup, LineGrouping, LogRow, LogSource, SourceError};
use model::{Nanos, TimeRange};
use std::sync::Arc;

/// Cells beyond which reading the lines is no dearer: each is a row of every stream.
const MAX_CELLS: i64 = 20_000;

/// The series, when the source can count and the query needs no more than that.
pub(super) async fn read(
    source: &dyn LogSource,
    cx: &Context,
    work: &Work,
    range: TimeRange<Nanos>,
) -> Result<Option<Read>, LogqlError> {
    if !work.counts
        || work.unwrap.is_some()
        || work.pipeline.remembers()
        || !work.pipeline.looks_at_labels_only()
    {
        return Ok(None);
    }
    let width = width(work);
    let length = range.end.0.saturating_sub(range.start.0);
    if length / width > MAX_CELLS {
        return Ok(None);
    }
    let origin = range.start.0.saturating_sub(1);
    let select = CountSelect {
        matchers: work.leaf.range.log.matchers.clone(),
        range,
        origin,
        width,
        names: names(work),
    };
    let Some(counts) = source.count(cx, select).await? else { return Ok(None) };
    let mut collector = Collector::new(work, Sums::default());
    let mut held = reserve(cx, 0)?;
    for CountRow { stream, metadata, cell, lines, bytes } in counts {
        let at = Nanos(origin.saturating_add(cell.saturating_mul(width)).min(range.end.0 - 1));
        let row = LogRow { stream, at, line: bytes::Bytes::new(), metadata };
        let kept = collector.take_groups(&[LineGroup { row, lines, bytes }])?;
        held.grow(kept).map_err(SourceError::from)?;
    }
    Ok(Some(Read::finish(cx, collector.into_sums(), work, held)?))
}

/// The width of cells that lie in a window with all their times or with none.
fn width(work: &Work) -> i64 {
    let interval = work.leaf.range.interval;
    if work.steps.count == 1 { interval } else { divisor(work.steps.step, interval) }
}

/// Which lines the source may show as one, when the query does not look at all of their text.
pub(super) fn grouping(work: &Work, range: TimeRange<Nanos>) -> Option<LineGrouping> {
    let parts = work.pipeline.parts(&work.hints)?;
    let origin = range.start.0.saturating_sub(1);
    // Samples keep their times.
    let width = if work.counts { width(work) } else { 1 };
    Some(LineGrouping { origin, width, parts: Arc::new(parts) })
}

/// The metadata that the query can tell apart; `None` for all.
fn names(work: &Work) -> Option<Vec<String>> {
    let hints = &work.hints;
    if !hints.no_labels && hints.required.is_empty() || work.pipeline.can_fail() {
        return None;
    }
    let mut names: Vec<String> = [ERROR, ERROR_DETAILS, PRESERVE_ERROR].map(str::to_owned).into();
    for name in &hints.required {
        names.push(name.clone());
        // Metadata that clashes with the stream.
        names.extend(name.strip_suffix(EXTRACTED).map(str::to_owned));
    }
    Some(names)
}

/// The greatest common divisor.
pub(super) fn divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.max(1), b.max(1));
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

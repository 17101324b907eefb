//! Traces of which the filter itself says what there is to say, on their columns.
//!
//! Invariant: what the filter is asked about lies whole in one granule and has a span in the range; other traces come as
//! spans. The order is the cursor's.

use super::TraceCursor;
use crate::assemble::{Row, assemble, extent};
use crate::block::OpenBlock;
use crate::block::unit::{BlockUnit, Found, pages_of};
use crate::pieces::Located;
use crate::read::{THREADS, bytes_of, fetch};
use contract::{
    Attribute, FoundTrace, Intrinsic, SourceError, SpanColumn, SpanUnit, TraceAnswer, TraceFilter, TraceRows,
    UnitNeeds,
};
use model::{Nanos, TimeRange};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Memory of a row of a unit, in bytes: a dozen columns.
const ROW_BYTES: u64 = 128;

/// Traces of one granule: (ordinal in the block, place in the batch), ascending.
struct Wanted {
    block: Arc<OpenBlock>,
    granule: usize,
    places: Vec<(usize, usize)>,
}

/// A granule with its pages.
struct Ready {
    unit: BlockUnit,
    places: Vec<usize>,
}

impl TraceCursor<'_> {
    pub(super) async fn found(&mut self) -> Result<Vec<FoundTrace>, SourceError> {
        let filter = self.filter.clone();
        let needs = filter.as_ref().and_then(|filter| filter.needs_to_answer());
        let (Some(filter), Some(needs)) = (&filter, needs) else {
            return Ok(self.next().await?.into_iter().map(FoundTrace::Spans).collect());
        };
        loop {
            let located = self.locate_batch().await?;
            if located.is_empty() {
                return Ok(Vec::new());
            }
            let found = self.found_of(&**filter, needs, located).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }

    async fn found_of(
        &mut self,
        filter: &dyn TraceFilter,
        needs: &UnitNeeds,
        located: Vec<Located>,
    ) -> Result<Vec<FoundTrace>, SourceError> {
        let mut found: Vec<Option<FoundTrace>> = located.iter().map(|_| None).collect();
        let mut wanted: BTreeMap<(usize, usize), Wanted> = BTreeMap::new();
        let (mut built, mut places) = (Vec::new(), Vec::new());
        for (place, trace) in located.into_iter().enumerate() {
            if !trace.alone() || trace.is_giant() {
                places.push(place);
                built.push(trace);
                continue;
            }
            for (block, ordinal) in trace.pieces {
                let granule = block.index.granule_of(ordinal);
                let key = (Arc::as_ptr(&block) as usize, granule);
                let fresh = || Wanted { block, granule, places: Vec::new() };
                wanted.entry(key).or_insert_with(fresh).places.push((ordinal, place));
            }
        }
        let units = self.ready(needs, wanted.into_values().collect()).await?;
        let rows = units.iter().map(|ready| ready.unit.rows() as u64).max().unwrap_or(0);
        let held = rows * ROW_BYTES * THREADS as u64 + built.iter().map(bytes_of).sum::<u64>();
        self.held = Some(self.cx.budget.reserve(held)?);
        self.cx.check()?;
        let range = self.range;
        let ask = |share: &[Ready]| -> Result<Vec<(usize, FoundTrace)>, SourceError> {
            let mut answered = Vec::new();
            for ready in share {
                answered.extend(answers(filter, ready, range)?);
            }
            Ok(answered)
        };
        for answered in stdx::task::share(&units, THREADS, ask) {
            answered?.into_iter().for_each(|(place, answer)| found[place] = Some(answer));
        }
        let built = fetch(&self.cut, self.cx, built, &mut self.needed).await?;
        for (place, (id, rows)) in places.into_iter().zip(built) {
            let overlaps = |row: &Row| overlaps(range, extent(&row.span));
            if rows.iter().any(overlaps) {
                found[place] = assemble(id, rows).map(|trace| FoundTrace::Spans(Arc::new(trace)));
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn ready(&self, needs: &UnitNeeds, wanted: Vec<Wanted>) -> Result<Vec<Ready>, SourceError> {
        let mut units = Vec::with_capacity(wanted.len());
        for Wanted { block, granule, mut places } in wanted {
            places.sort_unstable();
            let stored = &block.index.granules[granule];
            let decoded = &self.blocks.decoded;
            let pages = pages_of(&block.index, needs);
            let found = Found::of(decoded, &block, granule, needs, &pages).await?;
            self.cx.stats.add_read(stored.rows as u64, 0);
            let is_wanted = |ordinal: usize| places.binary_search_by_key(&ordinal, |(o, _)| *o).is_ok();
            let unit = BlockUnit::new(block.clone(), granule, found, decoded.clone(), is_wanted);
            units.push(Ready { unit, places: places.into_iter().map(|(_, place)| place).collect() });
        }
        Ok(units)
    }
}

fn overlaps(range: TimeRange<Nanos>, (first, last): (i64, i64)) -> bool {
    range.start.0 <= last && first < range.end.0
}

/// What the filter says of a granule's traces that have a span in the range.
fn answers(
    filter: &dyn TraceFilter,
    ready: &Ready,
    range: TimeRange<Nanos>,
) -> Result<Vec<(usize, FoundTrace)>, SourceError> {
    let unit = &ready.unit;
    let answers = filter.answer(unit)?;
    let whole = |trace: &TraceRows| range.start.0 <= trace.start && trace.end < range.end.0;
    let mut extents = None;
    let mut out = Vec::with_capacity(answers.len());
    let said: Vec<(&TraceRows, Option<TraceAnswer>)> = unit.traces().iter().zip(answers).collect();
    for ((trace, answer), place) in said.into_iter().zip(&ready.places) {
        if !whole(trace) {
            let (starts, durations) = match &extents {
                Some(known) => known,
                None => extents.insert(extents_of(unit)?),
            };
            let inside = |row: usize| {
                let (start, duration) = (starts[row], durations.get(row).copied().unwrap_or(0));
                overlaps(range, (start, start.saturating_add(duration)))
            };
            if !trace.rows.clone().any(inside) {
                continue;
            }
        }
        out.push((*place, FoundTrace::Answer(answer)));
    }
    Ok(out)
}

/// Starts and durations of all rows.
type Extents = (Arc<[i64]>, Arc<[i64]>);

fn extents_of(unit: &BlockUnit) -> Result<Extents, SourceError> {
    let durations = match unit.column(&Attribute::Intrinsic(Intrinsic::Duration))? {
        SpanColumn::Numbers(durations) => durations,
        SpanColumn::Codes(..) => Arc::default(),
    };
    Ok((unit.starts()?, durations))
}

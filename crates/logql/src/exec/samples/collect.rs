//! Lines -> numbers a step and series.

use super::deltas::Deltas;
use super::distinct::{Cells, Grid};
use super::{CompiledUnwrap, Work};
use crate::error::LogqlError;
use crate::exec::{Column, Steps, window};
use crate::labels::LabelSet;
use crate::stage::labels::{ERROR, LineLabels, PRESERVE_ERROR};
use crate::syntax::ast::*;
use crate::units;
use contract::{LineGroup, LogRow, Stream};
use model::MatchOp;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

const EXTRACTION_ERROR: &str = "SampleExtractionErr";

struct Accumulator {
    labels: LabelSet,
    /// Of a counting function: lines, and what is counted of them.
    deltas: Deltas,
    /// Nanoseconds and value, of the others.
    samples: Vec<(i64, f64)>,
    /// Distinct values by cell of time, where those are counted.
    cells: Cells,
}

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Sums {
    /// Series of lines that have no labels but their stream's.
    by_stream: FxHashMap<usize, (Arc<Stream>, usize)>,
    places: FxHashMap<LabelSet, usize>,
    /// The same by the values of the labels of the grouping, for lines without errors.
    by_values: FxHashMap<Box<[u8]>, usize>,
    all: Vec<Accumulator>,
}

/// Gathers lines.
pub(super) struct Collector<'w> {
    work: &'w Work,
    labels: LineLabels<'w>,
    /// Where distinct values are counted, and their label.
    counted: Option<(&'w str, Grid)>,
    sums: Sums,
    /// The values of the line's labels that the grouping tells apart.
    values: Vec<u8>,
}

impl<'w> Collector<'w> {
    /// Goes on with what was gathered.
    pub(super) fn new(work: &'w Work, sums: Sums) -> Self {
        let counted = work.leaf.counted.as_deref().map(|label| (label, work.cells()));
        let labels = LineLabels::new(&work.hints, work.now);
        Collector { work, labels, counted, sums, values: Vec::new() }
    }

    pub(super) fn into_sums(self) -> Sums {
        self.sums
    }

    /// Passes lines through the stages and adds their numbers. Returns the bytes that were kept.
    pub(super) fn take(&mut self, rows: &[LogRow]) -> Result<u64, LogqlError> {
        let seen = self.labels.seen().bytes();
        let mut bytes = 0;
        for row in rows {
            bytes += self.take_one(row, 1, None)?;
        }
        Ok(bytes + self.labels.seen().bytes() - seen)
    }

    /// The same for lines of which some stand for others.
    pub(super) fn take_groups(&mut self, groups: &[LineGroup]) -> Result<u64, LogqlError> {
        let plain = self.work.counts && self.work.unwrap.is_none() && !self.work.pipeline.remembers();
        if !plain || groups.len() == 1 {
            return groups.iter().try_fold(0, |bytes, LineGroup { row, lines, bytes: stored }| {
                Ok(bytes + self.take_one(row, *lines, Some(*stored))?)
            });
        }
        // Groups of other times are of the same series: the stages look at no time where lines come in groups.
        let mut series: FxHashMap<Alike, Option<usize>> = FxHashMap::default();
        let mut bytes = 0;
        for LineGroup { row, lines, bytes: stored } in groups {
            let (low, high) = self.work.steps_of(row.at.0);
            if low == high {
                continue;
            }
            let alike = alike(row);
            let place = match series.get(&alike) {
                Some(place) => *place,
                None => {
                    let passes = self.work.pipeline.run(row, &mut self.labels).is_some();
                    let place = if passes { Some(self.place(row, &mut bytes)?) } else { None };
                    series.insert(alike, place);
                    place
                }
            };
            if let Some(place) = place {
                let counted = if self.work.counts_bytes() { *stored as i64 } else { *lines as i64 };
                let deltas = &mut self.sums.all[place].deltas;
                bytes += deltas.add((low, high), (*lines as i64, counted), self.work.steps.count);
            }
        }
        Ok(bytes)
    }

    /// Adds a line that stands for so many, whose stored bytes are given where the row has not all of its text.
    fn take_one(&mut self, row: &LogRow, lines: u64, stored: Option<u64>) -> Result<u64, LogqlError> {
        let work = self.work;
        let (low, high) = work.steps_of(row.at.0);
        if low == high {
            return Ok(0);
        }
        let Some(line) = work.pipeline.run(row, &mut self.labels) else { return Ok(0) };
        if let Some((label, grid)) = self.counted {
            return self.count_distinct(row, label, grid);
        }
        let value = match &work.unwrap {
            None if work.counts_bytes() => stored.unwrap_or(line.len() as u64) as f64,
            None => lines as f64,
            Some(unwrap) => match unwrapped(unwrap, &mut self.labels) {
                Some(value) => value,
                None => return Ok(0),
            },
        };
        let mut bytes = 0;
        let place = self.place(row, &mut bytes)?;
        if work.counts {
            bytes +=
                self.sums.all[place].deltas.add((low, high), (lines as i64, value as i64), work.steps.count);
        } else {
            let alike = std::iter::repeat_n((row.at.0, value), lines as usize);
            self.sums.all[place].samples.extend(alike);
            bytes += 16 * lines;
        }
        Ok(bytes)
    }

    /// Notes the value that a line has under the counted label, if it has one.
    fn count_distinct(&mut self, row: &LogRow, label: &str, grid: Grid) -> Result<u64, LogqlError> {
        let Some(value) = self.labels.get(label).filter(|value| !value.is_empty()) else { return Ok(0) };
        let hash = xxh3_64(value.as_bytes());
        let mut bytes = 0;
        let place = self.place(row, &mut bytes)?;
        Ok(bytes + self.sums.all[place].cells.add(grid.of(row.at.0), hash))
    }

    fn place(&mut self, row: &LogRow, bytes: &mut u64) -> Result<usize, LogqlError> {
        let plain = self.labels.is_stream_only();
        let key = Arc::as_ptr(&row.stream) as usize;
        if plain && let Some((_, place)) = self.sums.by_stream.get(&key) {
            return Ok(*place);
        }
        let by_values = !plain && self.read_values();
        if by_values && let Some(place) = self.sums.by_values.get(self.values.as_slice()) {
            return Ok(*place);
        }
        let set = self.grouped();
        if let Some(error) = set.get(ERROR).filter(|e| !e.is_empty())
            && set.get(PRESERVE_ERROR) != Some("true")
        {
            return Err(LogqlError::Pipeline { error: error.to_owned(), series: set.to_string() });
        }
        let place = self.sums.place(set, bytes);
        if plain {
            self.sums.by_stream.insert(key, (row.stream.clone(), place));
        }
        if by_values {
            *bytes += self.values.len() as u64 + 40;
            self.sums.by_values.insert(self.values.as_slice().into(), place);
        }
        Ok(place)
    }

    /// Notes what [`Collector::grouped`] would tell apart, where that is the values of some labels and no more.
    fn read_values(&mut self) -> bool {
        let by = self.work.leaf.grouping.as_ref().filter(|grouping| !grouping.without);
        let Some(by) =
            by.filter(|_| !self.labels.has_error() && self.work.leaf.op != RangeOp::AbsentOverTime)
        else {
            return false;
        };
        self.values.clear();
        for name in &by.labels {
            // A label that is not there differs from an empty one.
            let value = self.labels.get(name);
            let length = value.map_or(u64::MAX, |value| value.len() as u64);
            self.values.extend_from_slice(&length.to_le_bytes());
            self.values.extend_from_slice(value.unwrap_or("").as_bytes());
        }
        true
    }

    /// The labels that tell series apart. A line with an error keeps all of them: the error must not get lost.
    fn grouped(&self) -> LabelSet {
        let labels = &self.labels;
        if labels.has_error() {
            return labels.merged();
        }
        if self.work.leaf.op == RangeOp::AbsentOverTime {
            return LabelSet::default();
        }
        let unwrapped = self.work.unwrap.as_ref().map(|unwrap| unwrap.label.as_str());
        let unwrapped = unwrapped.or(self.work.leaf.counted.as_deref());
        let mut pairs = Vec::new();
        match &self.work.leaf.grouping {
            Some(grouping) if !grouping.without && grouping.labels.is_empty() => {}
            Some(grouping) if !grouping.without => {
                for name in &grouping.labels {
                    if let Some(value) = labels.get(name) {
                        pairs.push((name.clone(), value.to_owned()));
                    }
                }
            }
            grouping => labels.each(|name, value| {
                let left_out = grouping.as_ref().is_some_and(|g| g.labels.iter().any(|n| n == name));
                if !left_out && unwrapped != Some(name) {
                    pairs.push((name.to_owned(), value.to_owned()));
                }
            }),
        }
        LabelSet::from_pairs(pairs)
    }
}

/// Stream, metadata and text of a group, by where they are: groups that are shown together share what is alike.
type Alike = (usize, usize, (usize, usize));

fn alike(row: &LogRow) -> Alike {
    let (stream, metadata) = (Arc::as_ptr(&row.stream), Arc::as_ptr(&row.metadata));
    (stream as usize, metadata.cast::<u8>() as usize, (row.line.as_ptr() as usize, row.line.len()))
}

impl Work {
    fn counts_bytes(&self) -> bool {
        matches!(self.leaf.op, RangeOp::BytesRate | RangeOp::BytesOverTime)
    }

    /// The steps whose window holds a line of this time, half open.
    fn steps_of(&self, at: i64) -> (usize, usize) {
        let from = at.saturating_add(self.leaf.range.offset).saturating_sub(self.steps.start);
        let ceil = |nanos: i64| {
            let up = nanos.div_euclid(self.steps.step) + i64::from(nanos.rem_euclid(self.steps.step) != 0);
            up.clamp(0, self.steps.count as i64) as usize
        };
        (ceil(from), ceil(from.saturating_add(self.leaf.range.interval)))
    }
}

impl Sums {
    fn place(&mut self, set: LabelSet, bytes: &mut u64) -> usize {
        if let Some(place) = self.places.get(&set) {
            return *place;
        }
        *bytes += set.bytes() * 2 + 96;
        self.places.insert(set.clone(), self.all.len());
        self.all.push(Accumulator {
            labels: set,
            deltas: Deltas::default(),
            samples: Vec::new(),
            cells: Cells::default(),
        });
        self.all.len() - 1
    }

    /// What the series take once they have a value at each step.
    pub(super) fn column_bytes(&self, steps: Steps) -> u64 {
        let values = steps.count as u64 * size_of::<Option<f64>>() as u64;
        let own = |series: &Accumulator| series.labels.bytes() + size_of::<Column>() as u64 + values;
        self.all.iter().map(own).fold(0, u64::saturating_add)
    }

    /// Both together.
    pub(super) fn join(mut self, other: Self, steps: Steps) -> Self {
        for Accumulator { labels, deltas, samples, cells } in other.all {
            // What both hold was reserved when it was gathered.
            let place = self.place(labels, &mut 0);
            let own = &mut self.all[place];
            own.samples.extend(samples);
            own.cells.join(cells);
            own.deltas.join(deltas, steps.count);
        }
        self
    }

    /// Brings samples that came in no order into one that does not depend on who gathered them.
    pub(super) fn sort(&mut self) {
        for series in &mut self.all {
            series.samples.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
        }
    }

    /// The series, sorted by labels: who gathered them must not show.
    pub(super) fn finish(mut self, work: &Work) -> Vec<Column> {
        self.all.sort_by(|a, b| a.labels.cmp(&b.labels));
        let Work { leaf, steps, .. } = work;
        let steps = *steps;
        let seconds = leaf.range.interval as f64 / 1e9;
        if leaf.op == RangeOp::AbsentOverTime {
            return absent(leaf, self.all, steps);
        }
        let window = window::Window {
            op: leaf.op,
            parameter: leaf.parameter.unwrap_or(0.0),
            interval: leaf.range.interval,
        };
        self.all
            .into_iter()
            .map(|series| {
                let values = if leaf.counted.is_some() {
                    series.cells.slide(&work.cells(), steps)
                } else if series.deltas.is_empty() {
                    window.slide(&series.samples, steps, leaf.range.offset)
                } else {
                    let divisor =
                        if matches!(leaf.op, RangeOp::Rate | RangeOp::BytesRate) { seconds } else { 1.0 };
                    series.deltas.values(steps.count, divisor)
                };
                Column { labels: series.labels, values }
            })
            .collect()
    }
}

fn absent(leaf: &super::Leaf, all: Vec<Accumulator>, steps: Steps) -> Vec<Column> {
    let mut present = vec![false; steps.count];
    for series in all {
        let own = series.deltas.present(steps.count);
        present.iter_mut().zip(own).for_each(|(present, own)| *present |= own);
    }
    // Labels whose value the selector gives; a name that is used twice gives none.
    let matchers = &leaf.range.log.matchers;
    let pairs = matchers
        .iter()
        .filter(|m| {
            m.op == MatchOp::Equal && matchers.iter().filter(|other| other.name == m.name).count() == 1
        })
        .map(|m| (m.name.clone(), m.value.clone()))
        .collect();
    let values = present.iter().map(|there| (!there).then_some(1.0)).collect();
    vec![Column { labels: LabelSet::from_pairs(pairs), values }]
}

/// The number of a line; `None` when it has none, or conditions after the unwrap drop it.
fn unwrapped(unwrap: &CompiledUnwrap, labels: &mut LineLabels<'_>) -> Option<f64> {
    let text = labels.get(&unwrap.label).filter(|text| !text.is_empty())?;
    let parsed = match unwrap.conversion {
        Conversion::None => units::parse_go_float(text),
        Conversion::Bytes => units::parse_bytes(text).map(|bytes| bytes as f64),
        Conversion::Duration | Conversion::DurationSeconds => {
            units::parse_go_duration(text).map(|nanos| nanos as f64 / 1e9)
        }
    };
    let value = parsed.unwrap_or_else(|details| {
        labels.fail(EXTRACTION_ERROR, &details);
        0.0
    });
    unwrap.filters.iter().all(|filter| filter.accepts(labels)).then_some(value)
}

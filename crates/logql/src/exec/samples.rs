//! The lines of a window as series over the steps.
//!
//! Counting functions keep one number a step and series (each line adds to the steps whose window holds it); the others
//! keep their samples and look at them a window at a time (`window.rs`). Memory is reserved before it is used.

use super::{Column, Steps, window};
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::stage::Pipeline;
use crate::stage::filter::LabelTest;
use crate::stage::labels::{ERROR, Hints, LineLabels, PRESERVE_ERROR};
use crate::syntax::ast::*;
use crate::units;
use contract::{Context, Direction, LogRow, LogSelect, LogSource, SourceError, Stream};
use model::{MatchOp, Nanos, TimeRange};
use rustc_hash::FxHashMap;
use std::sync::Arc;

const EXTRACTION_ERROR: &str = "SampleExtractionErr";

/// A window of the query, and the grouping that is pushed into it.
pub(super) struct Leaf<'q> {
    op: RangeOp,
    parameter: Option<f64>,
    range: &'q LogRange,
    grouping: Option<Grouping>,
}

/// The windows of an expression, left to right. The grouping of a `sum` right outside of an additive window moves
/// inside: the sum is the same, and parsers need to find only those labels.
pub(super) fn leaves(metric: &MetricExpr) -> Vec<Leaf<'_>> {
    let mut out = Vec::new();
    collect(metric, None, &mut out);
    out
}

fn collect<'q>(metric: &'q MetricExpr, outer: Option<&Grouping>, out: &mut Vec<Leaf<'q>>) {
    match metric {
        MetricExpr::Literal(_) | MetricExpr::Vector(_) => {}
        MetricExpr::Range { op, parameter, range, grouping } => {
            let additive = matches!(
                op,
                RangeOp::Rate
                    | RangeOp::CountOverTime
                    | RangeOp::BytesRate
                    | RangeOp::BytesOverTime
                    | RangeOp::SumOverTime
            );
            let grouping = grouping.clone().or_else(|| outer.filter(|_| additive).cloned());
            out.push(Leaf { op: *op, parameter: *parameter, range, grouping });
        }
        MetricExpr::Aggregate { op: VectorOp::Sum, grouping, inner, .. } => {
            let none = Grouping::default();
            collect(inner, Some(grouping.as_ref().unwrap_or(&none)), out);
        }
        MetricExpr::Aggregate { inner, .. } | MetricExpr::LabelReplace { inner, .. } => {
            collect(inner, None, out)
        }
        MetricExpr::Binary { left, right, .. } => {
            collect(left, None, out);
            collect(right, None, out);
        }
    }
}

/// Reads the lines of all windows of a leaf.
pub(super) async fn read(
    source: &dyn LogSource,
    cx: &Context,
    leaf: &Leaf<'_>,
    steps: Steps,
) -> Result<Vec<Column>, LogqlError> {
    let mut pipeline = Pipeline::compile(&leaf.range.log.stages)?;
    let unwrap = match &leaf.range.unwrap {
        Some(unwrap) => Some(compile_unwrap(unwrap)?),
        None => None,
    };
    let hints = hints(leaf, &pipeline, unwrap.as_ref());
    let lines = pipeline.take_conditions();
    // Windows are open at their start and closed at their end.
    let first = steps.start.saturating_sub(leaf.range.interval).saturating_sub(leaf.range.offset);
    let last = steps.last().saturating_sub(leaf.range.offset);
    let range = TimeRange::new(Nanos(first.saturating_add(1)), Nanos(last.saturating_add(1)));
    let wanted =
        LogSelect { matchers: leaf.range.log.matchers.clone(), range, direction: Direction::Forward, lines };
    let mut collector = Collector::new(leaf, &pipeline, unwrap.as_ref(), &hints, steps);
    if steps.count == 0 || leaf.range.interval <= 0 {
        return Ok(Vec::new());
    }
    let mut cursor = source.select(cx, wanted).await?;
    let mut held = cx.budget.reserve(0).map_err(SourceError::from)?;
    loop {
        cx.check()?;
        let rows = cursor.next_batch().await?;
        if rows.is_empty() {
            break;
        }
        let bytes = collector.take(&rows, cx.clock.now_nanos())?;
        held.grow(bytes).map_err(SourceError::from)?;
    }
    Ok(collector.finish())
}

struct CompiledUnwrap {
    label: String,
    conversion: Conversion,
    filters: Vec<LabelTest>,
}

fn compile_unwrap(unwrap: &Unwrap) -> Result<CompiledUnwrap, LogqlError> {
    let filters = unwrap.filters.iter().map(LabelTest::compile).collect::<Result<_, _>>()?;
    Ok(CompiledUnwrap { label: unwrap.label.clone(), conversion: unwrap.conversion, filters })
}

/// Which labels matter: those that stages and unwrap look at, and those of the grouping.
fn hints(leaf: &Leaf<'_>, pipeline: &Pipeline, unwrap: Option<&CompiledUnwrap>) -> Hints {
    let mut required = pipeline.names();
    if let Some(unwrap) = unwrap {
        required.push(unwrap.label.clone());
        unwrap.filters.iter().for_each(|filter| filter.names(&mut required));
    }
    let no_labels =
        leaf.op == RangeOp::AbsentOverTime || leaf.grouping.as_ref().is_some_and(|g| g.labels.is_empty());
    let grouping = leaf.grouping.as_ref().filter(|g| !g.without && !g.labels.is_empty());
    if !no_labels && grouping.is_none() {
        return Hints::default();
    }
    required.extend(grouping.iter().flat_map(|g| g.labels.iter().cloned()));
    required.sort();
    required.dedup();
    Hints { no_labels: no_labels && required.is_empty(), required }
}

struct Accumulator {
    labels: LabelSet,
    /// Differences between neighbouring steps, of a counting function: lines, and what is counted of them.
    deltas: Vec<(i64, i64)>,
    /// Nanoseconds and value, of the others.
    samples: Vec<(i64, f64)>,
}

struct Collector<'q> {
    leaf: &'q Leaf<'q>,
    pipeline: &'q Pipeline,
    unwrap: Option<&'q CompiledUnwrap>,
    labels: LineLabels<'q>,
    steps: Steps,
    counts: bool,
    /// Series of lines that have no labels but their stream's.
    by_stream: FxHashMap<usize, (Arc<Stream>, usize)>,
    places: FxHashMap<LabelSet, usize>,
    all: Vec<Accumulator>,
}

impl<'q> Collector<'q> {
    fn new(
        leaf: &'q Leaf<'q>,
        pipeline: &'q Pipeline,
        unwrap: Option<&'q CompiledUnwrap>,
        hints: &'q Hints,
        steps: Steps,
    ) -> Self {
        let counts = unwrap.is_none()
            && matches!(
                leaf.op,
                RangeOp::Rate | RangeOp::CountOverTime | RangeOp::BytesRate | RangeOp::BytesOverTime
            )
            || leaf.op == RangeOp::AbsentOverTime;
        Collector {
            leaf,
            pipeline,
            unwrap,
            labels: LineLabels::new(hints, 0),
            steps,
            counts,
            by_stream: FxHashMap::default(),
            places: FxHashMap::default(),
            all: Vec::new(),
        }
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

    fn take(&mut self, rows: &[LogRow], now: i64) -> Result<u64, LogqlError> {
        self.labels.set_now(now);
        let mut bytes = 0;
        for row in rows {
            let (low, high) = self.steps_of(row.at.0);
            if low == high {
                continue;
            }
            let Some(line) = self.pipeline.run(row, &mut self.labels) else { continue };
            let value = match self.unwrap {
                None if matches!(self.leaf.op, RangeOp::BytesRate | RangeOp::BytesOverTime) => {
                    line.len() as f64
                }
                None => 1.0,
                Some(unwrap) => match unwrapped(unwrap, &mut self.labels) {
                    Some(value) => value,
                    None => continue,
                },
            };
            let place = self.place(row, &mut bytes)?;
            let series = &mut self.all[place];
            if self.counts {
                if series.deltas.is_empty() {
                    series.deltas = vec![(0, 0); self.steps.count + 1];
                    bytes += (self.steps.count as u64 + 1) * 16;
                }
                let counted = value as i64;
                let (first, after) = (series.deltas[low], series.deltas[high]);
                series.deltas[low] = (first.0 + 1, first.1 + counted);
                series.deltas[high] = (after.0 - 1, after.1 - counted);
            } else {
                series.samples.push((row.at.0, value));
                bytes += 16;
            }
        }
        Ok(bytes)
    }

    fn place(&mut self, row: &LogRow, bytes: &mut u64) -> Result<usize, LogqlError> {
        let plain = self.labels.is_stream_only();
        let key = Arc::as_ptr(&row.stream) as usize;
        if plain && let Some((_, place)) = self.by_stream.get(&key) {
            return Ok(*place);
        }
        let set = self.grouped();
        if let Some(error) = set.get(ERROR).filter(|e| !e.is_empty())
            && set.get(PRESERVE_ERROR) != Some("true")
        {
            return Err(LogqlError::Pipeline { error: error.to_owned(), series: set.to_string() });
        }
        let place = match self.places.get(&set) {
            Some(place) => *place,
            None => {
                *bytes += set.bytes() * 2 + 96;
                self.places.insert(set.clone(), self.all.len());
                self.all.push(Accumulator { labels: set, deltas: Vec::new(), samples: Vec::new() });
                self.all.len() - 1
            }
        };
        if plain {
            self.by_stream.insert(key, (row.stream.clone(), place));
        }
        Ok(place)
    }

    /// The labels that tell series apart. A line with an error keeps all of them: the error must not get lost.
    fn grouped(&self) -> LabelSet {
        let labels = &self.labels;
        if labels.has_error() {
            return labels.merged();
        }
        if self.leaf.op == RangeOp::AbsentOverTime {
            return LabelSet::default();
        }
        let unwrapped = self.unwrap.map(|unwrap| unwrap.label.as_str());
        let mut pairs = Vec::new();
        match &self.leaf.grouping {
            Some(grouping) if grouping.labels.is_empty() => {}
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
        // An empty label is no label in a series.
        pairs.retain(|(_, value)| !value.is_empty());
        LabelSet::from_pairs(pairs)
    }

    fn finish(self) -> Vec<Column> {
        let Collector { leaf, steps, all, .. } = self;
        let seconds = leaf.range.interval as f64 / 1e9;
        if leaf.op == RangeOp::AbsentOverTime {
            return absent(leaf, &all, steps);
        }
        let window = window::Window {
            op: leaf.op,
            parameter: leaf.parameter.unwrap_or(0.0),
            interval: leaf.range.interval,
        };
        all.into_iter()
            .map(|series| {
                let values = if series.deltas.is_empty() {
                    window.slide(&series.samples, steps, leaf.range.offset)
                } else {
                    let divisor =
                        if matches!(leaf.op, RangeOp::Rate | RangeOp::BytesRate) { seconds } else { 1.0 };
                    running(&series.deltas, divisor)
                };
                Column { labels: series.labels, values }
            })
            .collect()
    }
}

/// Sums of differences; nothing where no line is.
fn running(deltas: &[(i64, i64)], divisor: f64) -> Vec<Option<f64>> {
    let (mut lines, mut sum) = (0, 0);
    deltas[..deltas.len() - 1]
        .iter()
        .map(|delta| {
            lines += delta.0;
            sum += delta.1;
            (lines > 0).then(|| sum as f64 / divisor)
        })
        .collect()
}

fn absent(leaf: &Leaf<'_>, all: &[Accumulator], steps: Steps) -> Vec<Column> {
    let mut present = vec![false; steps.count];
    for series in all {
        let mut sum = 0;
        for (step, delta) in series.deltas.iter().take(steps.count).enumerate() {
            sum += delta.0;
            present[step] |= sum > 0;
        }
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

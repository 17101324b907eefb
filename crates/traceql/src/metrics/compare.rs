//! `compare()`: how often each attribute value occurs among the selected spans and among the rest.
//!
//! Walk: `fold.rs` (columns) or `collect.rs` (built spans) -> here. Invariant: totals count every span that has the
//! attribute, also with values that are not among the shown ones, of which a series without samples tells; a column says the same as the spans built from it.

use super::Buckets;
use super::fold::{Gather, LastBucket};
use super::groups::Line;
use crate::error::TraceqlError;
use crate::exec::{Column, Evaluator, Expr, TraceView, UnitView, entry, value_of};
use crate::search::names_of;
use crate::syntax::{MetricsFunction, MetricsQuery, Name};
use crate::value::Value;
use cells::{Cells, Counted};
use contract::{
    Attribute, Context, Dictionary, DictionaryBuilder, Intrinsic, SourceError, SpanScope, SpanUnit,
};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use stdx::Reservation;
use tally::{Counts, UNKNOWN};

mod cells;
mod tally;

/// The label that says which of the four a series is.
const META_TYPE: &str = "__meta_type";

/// The label of a series without samples that says that an attribute has more values than are shown.
const META_ERROR: &str = "__meta_error";
const TOO_MANY_VALUES: &str = "__too_many_values__";

/// Whether a line tells of an attribute what has no samples.
pub(super) fn is_notice(line: &Line) -> bool {
    line.labels.first().is_some_and(|(name, _)| name == META_ERROR)
}

/// Intrinsics that are compared beside the attributes.
pub(super) static INTRINSICS: [Name; 9] = [
    Name::Intrinsic(Intrinsic::Name),
    Name::Intrinsic(Intrinsic::Kind),
    Name::Intrinsic(Intrinsic::Status),
    Name::Intrinsic(Intrinsic::StatusMessage),
    Name::Intrinsic(Intrinsic::RootName),
    Name::Intrinsic(Intrinsic::RootServiceName),
    Name::Intrinsic(Intrinsic::ChildCount),
    Name::Intrinsic(Intrinsic::InstrumentationName),
    Name::Intrinsic(Intrinsic::InstrumentationVersion),
];

/// What a comparison is asked, compiled once a query.
pub(crate) struct Asked {
    pub(super) selection: Expr,
    top: usize,
    window: Option<(i64, i64)>,
    /// Names of the query's own filters: the replaced system reads, and counts, them twice.
    twice: Vec<Name>,
}

impl Asked {
    /// `None` when the query compares nothing.
    pub(crate) fn of(query: &MetricsQuery) -> Option<Self> {
        let MetricsFunction::Compare { selection, top, window } = &query.function else { return None };
        let (selection, twice) = (Expr::compile(selection), names_of(&query.spans));
        Some(Asked { selection, top: *top, window: *window, twice })
    }

    /// Whether the selection looks at a span that starts so.
    fn inside(&self, start: i64) -> bool {
        self.window.is_none_or(|(from, to)| from <= start && start < to)
    }

    fn weight(&self, name: &Name) -> u32 {
        if self.twice.contains(name) { 2 } else { 1 }
    }
}

/// A dictionary, and the numbers of its entries on both sides.
type Entries = (Dictionary, [Vec<u32>; 2]);

/// The state of a comparison.
pub(crate) struct Comparison<'q> {
    asked: &'q Asked,
    buckets: Buckets,
    /// The rest, and the selected spans.
    sides: [FxHashMap<Name, Counts>; 2],
    /// By name and dictionary that units share: the numbers of its entries on both sides. Dictionaries are held, so that
    /// their addresses stay their own.
    numbers: FxHashMap<(Name, usize), Entries>,
    cells: Cells,
    bytes: u64,
    held: Reservation,
}

impl<'q> Comparison<'q> {
    pub(crate) fn open(asked: &'q Asked, buckets: Buckets, cx: &Context) -> Result<Self, TraceqlError> {
        let held = cx.budget.reserve(0).map_err(SourceError::from)?;
        Ok(Comparison {
            asked,
            buckets,
            sides: Default::default(),
            numbers: FxHashMap::default(),
            cells: Cells::default(),
            bytes: 0,
            held,
        })
    }

    /// Adds a built span.
    pub(crate) fn add(&mut self, view: &TraceView<'_>, span: usize, bucket: usize) {
        let shown = &view.spans[span];
        let inside = self.asked.inside(shown.span.start.0);
        let side = usize::from(inside && self.asked.selection.holds(view, span));
        let attributes = [
            (SpanScope::Span, &shown.span.attributes),
            (SpanScope::Resource, &shown.resource.attributes),
            (SpanScope::Instrumentation, &shown.scope.attributes),
        ];
        for (scope, attributes) in attributes {
            for (key, value) in attributes {
                let name = Name::Attribute { of_parent: false, scope: Some(scope), key: key.clone() };
                self.count(side, &name, Value::from_model(value), bucket);
            }
        }
        for name in &INTRINSICS {
            self.count(side, name, value_of(view, span, name), bucket);
        }
    }

    fn count(&mut self, side: usize, name: &Name, value: Value, bucket: usize) {
        let Some(value) = shown(value) else { return };
        let weight = self.asked.weight(name);
        let counts = counts_of(&mut self.sides[side], name, &self.buckets, &mut self.bytes);
        let number = counts.number(value, &mut self.bytes);
        counts.add(number, bucket as u32, weight, &mut self.bytes);
    }

    /// Takes memory for what was added since the last time.
    pub(crate) fn settle(&mut self) -> Result<(), TraceqlError> {
        let bytes = std::mem::take(&mut self.bytes);
        Ok(self.held.grow(bytes).map_err(SourceError::from)?)
    }

    /// The spans of a unit that count.
    fn counted(
        &self,
        unit: &dyn SpanUnit,
        view: &UnitView<'_>,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Counted, TraceqlError> {
        let mut counted = Counted::default();
        let mask = evaluator.run(view)?;
        if !mask.contains(&true) {
            return Ok(counted);
        }
        let starts = unit.starts()?;
        let mut selected = mask.clone();
        evaluator.narrow(&self.asked.selection, view, &mut selected)?;
        let mut last = LastBucket::default();
        for row in unit.traces().iter().flat_map(|trace| trace.rows.clone()).filter(|row| mask[*row]) {
            let start = starts[row];
            let Some(bucket) = last.of(&self.buckets, start) else { continue };
            let side = usize::from(selected[row] && self.asked.inside(start));
            counted.push(row as u32, (side, bucket as u32));
        }
        Ok(counted)
    }

    fn column(&mut self, name: &Name, column: &Column, counted: &Counted) {
        let mut cells = std::mem::take(&mut self.cells);
        match column {
            Column::Codes(codes, dictionary) => {
                let codes = counted.codes(codes);
                cells.count(codes, dictionary.len() + 1, counted);
                self.take(name, dictionary, &cells, counted);
            }
            // Child counts: few, and small.
            Column::Ints(numbers) | Column::Durations(numbers) => {
                let mut dictionary = DictionaryBuilder::default();
                let codes: Vec<u32> = counted
                    .codes(numbers)
                    .map(|number| dictionary.code(&model::Value::Int(number)))
                    .collect();
                let dictionary = dictionary.finish();
                cells.count(codes.into_iter(), dictionary.len() + 1, counted);
                self.take(name, &dictionary, &cells, counted);
            }
        }
        self.cells = cells;
    }

    /// Adds what was counted of the entries of a dictionary.
    fn take(&mut self, name: &Name, dictionary: &Dictionary, cells: &Cells, counted: &Counted) {
        let weight = self.asked.weight(name);
        let fresh = || [vec![UNKNOWN; dictionary.len() + 1], vec![UNKNOWN; dictionary.len() + 1]];
        // Only dictionaries of texts are shared between units.
        let shared = matches!(dictionary, Dictionary::Texts(_));
        let mut own;
        let numbers = match shared {
            true => {
                let key = (name.clone(), dictionary.address());
                let (_, numbers) = self.numbers.entry(key).or_insert_with(|| {
                    self.bytes += 8 * dictionary.len() as u64;
                    (dictionary.clone(), fresh())
                });
                numbers
            }
            false => {
                own = fresh();
                &mut own
            }
        };
        for (side, (sides, numbers)) in self.sides.iter_mut().zip(numbers).enumerate() {
            let of_side = |(code, slot, count): (u32, usize, u32)| {
                let (of, bucket) = counted.slots[slot];
                (code != 0 && of == side).then_some((code, bucket, count))
            };
            let mut cells = cells.found().filter_map(of_side).peekable();
            if cells.peek().is_none() {
                continue;
            }
            let counts = counts_of(sides, name, &self.buckets, &mut self.bytes);
            for (code, bucket, count) in cells {
                let number = &mut numbers[code as usize];
                if *number == UNKNOWN {
                    *number = match shown(entry(dictionary, code, name)) {
                        Some(value) => counts.number(value, &mut self.bytes),
                        None => tally::ABSENT,
                    };
                }
                counts.add(*number, bucket, weight * count, &mut self.bytes);
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<Line> {
        let (mut lines, top, buckets) = (Vec::new(), self.asked.top, self.buckets.count);
        let mut cut: BTreeSet<String> = BTreeSet::new();
        let kinds = [["baseline", "baseline_total"], ["selection", "selection_total"]];
        for (side, [kind, kind_of_total]) in self.sides.into_iter().zip(kinds) {
            for (name, counts) in side {
                if !counts.is_seen() {
                    continue;
                }
                let label = name.to_string();
                let line = |kind: &str, value: Value, values: Vec<f64>| Line {
                    labels: vec![(META_TYPE.to_owned(), Value::text(kind)), (label.clone(), value)],
                    values,
                    exemplars: Vec::new(),
                };
                if counts.values() > top {
                    cut.insert(label.clone());
                }
                lines.push(line(kind_of_total, Value::text("nil"), counts.total.clone()));
                lines.extend(counts.top(top, buckets).map(|(value, values)| line(kind, value, values)));
            }
        }
        lines.sort_by_cached_key(Line::key);
        // Last, so that a limit of series leaves them out first.
        lines.extend(cut.into_iter().map(|name| Line {
            labels: vec![(META_ERROR.to_owned(), Value::text(TOO_MANY_VALUES)), (name, Value::text("nil"))],
            values: vec![f64::NAN; buckets],
            exemplars: Vec::new(),
        }));
        lines
    }
}

/// The counts of a name, made when it is seen first.
fn counts_of<'s>(
    side: &'s mut FxHashMap<Name, Counts>,
    name: &Name,
    buckets: &Buckets,
    bytes: &mut u64,
) -> &'s mut Counts {
    if !side.contains_key(name) {
        *bytes += 256 + 8 * buckets.count as u64;
    }
    side.entry(name.clone()).or_insert_with(|| Counts::of(buckets.count))
}

/// What is compared of a value: lists have no place in a label.
fn shown(value: Value) -> Option<Value> {
    match value {
        Value::Nil => None,
        Value::Many(members) if members.is_empty() => None,
        Value::Many(mut members) if members.len() == 1 => Some(members.remove(0)),
        Value::Many(_) => Some(Value::text("nil")),
        value => Some(value),
    }
}

impl Gather for Comparison<'_> {
    /// Half of what a source hands out at once: every run looks its values up anew.
    const RUN: usize = 32;

    fn unit(&mut self, unit: &dyn SpanUnit, evaluator: &mut Evaluator<'_>) -> Result<(), TraceqlError> {
        let view = UnitView::new(unit);
        let counted = self.counted(unit, &view, evaluator)?;
        if counted.is_empty() {
            return Ok(());
        }
        for attribute in unit.keys() {
            if let Attribute::Key(scope, key) = attribute {
                let name = Name::Attribute { of_parent: false, scope, key };
                let column = view.column(&name)?;
                self.column(&name, &column, &counted);
            }
        }
        for name in &INTRINSICS {
            let column = view.column(name)?;
            self.column(name, &column, &counted);
        }
        self.settle()
    }

    fn merge(&mut self, later: Self) -> Result<(), TraceqlError> {
        for (side, later) in self.sides.iter_mut().zip(later.sides) {
            for (name, counts) in later {
                let into = counts_of(side, &name, &self.buckets, &mut self.bytes);
                into.merge(counts, &mut self.bytes);
            }
        }
        self.settle()
    }
}

//! Spans as columns: what a language evaluates without building a span.
//!
//! A source hands out units of whole traces. A unit decodes a column when it is asked for it, so that whoever finds that no
//! row is left after the first column never pays for the second. Units are independent: several threads may each work on
//! their own. Invariant: what a unit says of a row equals what [`crate::SpanSource::select`] says of that span.

mod dictionary;
mod rows;

pub use dictionary::DictionaryBuilder;
pub use rows::{RowsUnit, SpanRow};

use crate::spans::{Attribute, TraceSpans};
use crate::{Answer, SourceError};
use model::{SpanId, TraceId, Value};
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

/// One whole trace of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRows {
    /// The trace.
    pub trace_id: TraceId,
    /// Its first start, in nanoseconds since 1970.
    pub start: i64,
    /// Its last end, in nanoseconds since 1970.
    pub end: i64,
    /// Its rows.
    pub rows: Range<usize>,
}

/// One attribute of all rows of a unit.
#[derive(Debug, Clone)]
pub enum SpanColumn {
    /// A number a row: durations in nanoseconds.
    Numbers(Arc<[i64]>),
    /// A code a row: 0 where the span lacks the attribute, `n` for entry `n - 1` of the dictionary.
    Codes(Arc<[u32]>, Dictionary),
}

/// What codes mean. Dictionaries at the same address are the same.
#[derive(Debug, Clone)]
pub enum Dictionary {
    /// Texts.
    Texts(Arc<Vec<Arc<str>>>),
    /// Values of any type.
    Values(Arc<Vec<Value>>),
    /// What several events or links say, one value each.
    Lists(Arc<Vec<Vec<Value>>>),
}

impl Dictionary {
    /// How many entries.
    pub fn len(&self) -> usize {
        match self {
            Dictionary::Texts(texts) => texts.len(),
            Dictionary::Values(values) => values.len(),
            Dictionary::Lists(lists) => lists.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Equal for the same dictionary, as long as one of the two is held.
    pub fn address(&self) -> usize {
        match self {
            Dictionary::Texts(texts) => Arc::as_ptr(texts).addr(),
            Dictionary::Values(values) => Arc::as_ptr(values).addr(),
            Dictionary::Lists(lists) => Arc::as_ptr(lists).addr(),
        }
    }
}

/// Who is whose parent: one entry a row.
#[derive(Debug, Clone, Default)]
pub struct SpanTree {
    /// Ids.
    pub ids: Vec<SpanId>,
    /// Ids of parents, zero where the span names none.
    pub parents: Vec<SpanId>,
    /// OpenTelemetry's kinds.
    pub kinds: Vec<u8>,
}

/// How the rows of traces nest that come depth-first: what [`SpanTree`] says of them, in a byte a row.
#[derive(Debug, Clone, Default)]
pub struct Nesting {
    /// The parent of a row at depth `d > 0` is the nearest row before it at depth `d - 1`.
    pub depths: Vec<u8>,
    /// Rows at depth 0 that name a parent, which is not in the trace, ascending. Others at depth 0 are roots.
    pub lost: Vec<u32>,
    /// The first rows of those traces of which depths do not say all, ascending: ids come twice, parents form a cycle, or
    /// spans nest deeper than a byte counts. The tree says it.
    pub unclear: Vec<u32>,
}

/// How long spans are counted together, in nanoseconds: a minute.
pub const ROLLED_NANOS: i64 = 60_000_000_000;

/// What rows stand for that stand for many spans each.
#[derive(Debug, Clone, Copy)]
pub struct Rolled<'u> {
    /// How many spans.
    pub counts: &'u [u32],
    /// -1 for roots, 1 for spans below one, 0 for spans that are neither.
    pub parents: &'u [i64],
    /// The trace of one of them, an index of `ids`.
    pub traces: &'u [u32],
    /// Ids of traces.
    pub ids: &'u [TraceId],
    /// There when it was asked for ([`UnitNeeds::spread`]): the duration of a row is then the greatest.
    pub spread: Option<Spread<'u>>,
}

/// The other durations of the spans of rows, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Spread<'u> {
    /// The least.
    pub least: &'u [i64],
    /// All added up.
    pub sums: &'u [u64],
}

/// Whole traces as columns.
pub trait SpanUnit: Send + Sync {
    /// Rows of every column. Some may belong to no trace of [`SpanUnit::traces`]: they are to be passed over.
    fn rows(&self) -> usize;

    /// The traces, in the order of their rows.
    fn traces(&self) -> &[TraceRows];

    /// Starts of the spans, in nanoseconds since 1970.
    fn starts(&self) -> Result<Arc<[i64]>, SourceError>;

    /// One attribute. A key without scope is that of the span, or else of its resource. Durations are [`SpanColumn::Numbers`];
    /// status and kind are `Int` of OpenTelemetry's numbers; what events and links say comes as lists. Properties that
    /// follow from the tree (child counts, nested-set numbers) are absent: see [`SpanUnit::tree`].
    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError>;

    /// The attributes of spans, resources and instrumentation libraries that rows may have, each once.
    fn keys(&self) -> Vec<Attribute>;

    /// Who is whose parent.
    fn tree(&self) -> Result<Arc<SpanTree>, SourceError>;

    /// The same in short, when the rows come depth-first.
    fn nesting(&self) -> Result<Option<Arc<Nesting>>, SourceError> {
        Ok(None)
    }

    /// When rows stand for many spans each ([`UnitNeeds::rolled`]): for which. A row then has the end of its spans' minute for
    /// start, and the duration of one of them; all rows count as one trace.
    fn rolled(&self) -> Option<Rolled<'_>> {
        None
    }
}

/// What will be asked of units.
#[derive(Debug, Clone, Default)]
pub struct UnitNeeds {
    /// Columns.
    pub attributes: Vec<Attribute>,
    /// Whether every column of [`SpanUnit::keys`] is asked for.
    pub keys: bool,
    /// Whether rows may stand for many spans that are alike in service, name, kind, status and place in the tree, start in the
    /// same minute (closed on the right) and last between the same powers of two. Attributes of spans may be asked of such
    /// rows too: spans that differ in them come as rows of their own.
    pub rolled: bool,
    /// Whether such rows have to say the least, the greatest and the sum of their durations.
    pub spread: bool,
    /// Whether [`SpanUnit::starts`] is asked for.
    pub starts: bool,
    /// Whether [`SpanUnit::tree`] is asked for.
    pub tree: bool,
    /// Whether [`SpanUnit::nesting`] is asked for, and where that does not say all the tree and starts.
    pub nesting: bool,
}

/// Units of whole traces, each trace in one of them, in no particular order.
pub trait UnitCursor: Send {
    /// The next units. None at all is the end.
    fn next_units<'a>(&'a mut self) -> Answer<'a, Vec<Box<dyn SpanUnit>>>;
}

/// A language's own test of which traces may match, evaluated where the columns are.
pub trait TraceFilter: Send + Sync {
    /// What it asks of units.
    fn needs(&self) -> &UnitNeeds;

    /// For each trace of the unit: whether it may match. `false` is final.
    fn may_match(&self, unit: &dyn SpanUnit) -> Result<Vec<bool>, SourceError>;

    /// What [`TraceFilter::answer`] asks of units; `None` when an answer takes built spans.
    fn needs_to_answer(&self) -> Option<&UnitNeeds> {
        None
    }

    /// For each trace of the unit: what the language says of it, `None` when it does not match after all.
    fn answer(&self, unit: &dyn SpanUnit) -> Result<Vec<Option<TraceAnswer>>, SourceError> {
        Ok(unit.traces().iter().map(|_| None).collect())
    }
}

/// What a language says of a trace, which it alone understands.
pub type TraceAnswer = Box<dyn Any + Send>;

/// A trace that was found: built, or as the filter answered it on its columns.
pub enum FoundTrace {
    /// Whole.
    Spans(Arc<TraceSpans>),
    /// `None`: it does not match.
    Answer(Option<TraceAnswer>),
}

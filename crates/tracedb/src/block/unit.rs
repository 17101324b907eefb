//! The pages of one granule as columns: what languages evaluate without a span being built.
//!
//! Walk: `scan.rs` and `read.rs` fetch the pages that a query needs -> here, a column at a time. Invariant: a column says of
//! each row what the span that [`super::granule`] decodes from it says.

mod children;
mod found;
mod keys;

pub(crate) use found::Found;

use super::decoded::{Decoded, Kept, KeptColumn, What};
use super::sections::{self, Granule};
use super::values::{self, Values};
use super::writer::page::{self, FIRST_COLUMN_PAGE};
use super::{Index, OpenBlock, Pages};
use crate::assemble::Origin;
use crate::bytes::ReadMore;
use crate::error::{DecodeError, TraceError};
use codec::Reader;
use codec::varint::unzigzag;
use contract::{
    Attribute, Dictionary, DictionaryBuilder, Intrinsic, Nesting, SourceError, SpanColumn, SpanScope,
    SpanTree, SpanUnit, TraceRows, UnitNeeds,
};
use model::{SpanId, Value, attr};
use std::sync::Arc;

/// One granule of an open block, with what a query needs of it.
pub(crate) struct BlockUnit {
    block: Arc<OpenBlock>,
    granule: usize,
    found: Found,
    decoded: Arc<Decoded>,
    traces: Vec<TraceRows>,
}

/// A granule's pages with what they refer to.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) index: &'a Index,
    pub(crate) granule: &'a Granule,
    pub(crate) pages: &'a Pages,
}

/// The traces of a granule that `wanted` says yes to, by ordinal.
pub(crate) fn traces_of(index: &Index, granule: &Granule, wanted: impl Fn(usize) -> bool) -> Vec<TraceRows> {
    let mut row = 0;
    let mut out = Vec::with_capacity(granule.traces);
    for ordinal in granule.first_trace..granule.first_trace + granule.traces {
        let rows = row..row + index.traces.spans[ordinal] as usize;
        row = rows.end;
        if wanted(ordinal) {
            out.push(TraceRows {
                trace_id: index.traces.ids[ordinal],
                start: index.traces.starts[ordinal],
                end: index.traces.ends[ordinal],
                rows,
            });
        }
    }
    out
}

/// The pages that these needs ask for, ascending.
pub(crate) fn pages_of(index: &Index, needs: &UnitNeeds) -> Vec<u32> {
    let mut ids = Vec::new();
    if needs.starts {
        ids.push(page::START);
    }
    if needs.keys {
        keys::all_pages(index, &mut ids);
    }
    if needs.tree {
        ids.extend([page::SPAN_ID, page::DEPTH, page::LOST_PARENT, page::KIND_STATUS]);
    }
    if needs.nesting {
        ids.extend([page::DEPTH, page::LOST_PARENT, page::NESTED]);
    }
    for attribute in &needs.attributes {
        match attribute {
            Attribute::Intrinsic(intrinsic) => ids.extend_from_slice(&pages_of_intrinsic(*intrinsic)),
            Attribute::Key(scope, key) => keys::pages(index, *scope, key, &mut ids),
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn pages_of_intrinsic(intrinsic: Intrinsic) -> Vec<u32> {
    let own = |column: u32| FIRST_COLUMN_PAGE + column;
    let root = [page::START, page::SPAN_ID, page::DEPTH, page::LOST_PARENT, page::KIND_STATUS];
    match intrinsic {
        Intrinsic::Duration => vec![page::DURATION],
        Intrinsic::Name => vec![own(sections::NAME)],
        Intrinsic::StatusMessage => vec![own(sections::STATUS_MESSAGE)],
        Intrinsic::Status | Intrinsic::Kind => vec![page::KIND_STATUS],
        Intrinsic::RootName => [&root[..], &[own(sections::NAME)]].concat(),
        Intrinsic::RootServiceName => [&root[..], &[page::ORIGIN]].concat(),
        Intrinsic::SpanId => vec![page::SPAN_ID],
        Intrinsic::ParentId => vec![page::SPAN_ID, page::DEPTH, page::LOST_PARENT],
        Intrinsic::EventName => vec![page::EVENTS, own(sections::EVENT_NAME)],
        Intrinsic::EventTimeSinceStart => vec![page::EVENTS, page::EVENT_TIME],
        Intrinsic::LinkTraceId | Intrinsic::LinkSpanId => vec![page::LINKS, page::LINK_IDS],
        Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion => vec![page::ORIGIN],
        Intrinsic::TraceId
        | Intrinsic::TraceDuration
        | Intrinsic::ChildCount
        | Intrinsic::NestedSetLeft
        | Intrinsic::NestedSetRight
        | Intrinsic::NestedSetParent => Vec::new(),
    }
}

impl Columns<'_> {
    fn numbers(&self, id: u32) -> Result<Vec<u64>, DecodeError> {
        self.pages.numbers(id, self.granule.rows)
    }

    /// Starts of all rows.
    pub(crate) fn starts(&self) -> Result<Vec<i64>, DecodeError> {
        let deltas = self.numbers(page::START)?;
        let mut starts = Vec::with_capacity(deltas.len());
        for trace in traces_of(self.index, self.granule, |_| true) {
            let mut last = trace.start;
            starts.extend(deltas[trace.rows].iter().map(|delta| {
                last = last.wrapping_add(unzigzag(*delta));
                last
            }));
        }
        Ok(starts)
    }

    /// One attribute of the rows of these traces; other rows may be wrong.
    pub(crate) fn column(&self, traces: &[TraceRows], of: &Attribute) -> Result<SpanColumn, DecodeError> {
        match of {
            Attribute::Intrinsic(intrinsic) => self.intrinsic(traces, *intrinsic),
            Attribute::Key(scope, key) => match scope {
                Some(SpanScope::Span) => self.span_keys(key, false),
                None => self.span_keys(key, true),
                Some(SpanScope::Resource) => {
                    self.by_origin(|origin| attr::find(&origin.resource.attributes, key).cloned())
                }
                Some(SpanScope::Instrumentation) => {
                    self.by_origin(|origin| attr::find(&origin.scope.attributes, key).cloned())
                }
                Some(SpanScope::Event) => self.event_keys(key),
                Some(SpanScope::Link) => self.link_keys(key),
            },
        }
    }

    fn intrinsic(&self, traces: &[TraceRows], intrinsic: Intrinsic) -> Result<SpanColumn, DecodeError> {
        match intrinsic {
            Intrinsic::Duration => {
                let numbers = self.numbers(page::DURATION)?;
                Ok(SpanColumn::Numbers(self.granule.durations_of(numbers).into()))
            }
            Intrinsic::TraceDuration => {
                let mut numbers = vec![0; self.granule.rows];
                for trace in traces {
                    numbers[trace.rows.clone()].fill(trace.end.saturating_sub(trace.start).max(0));
                }
                Ok(SpanColumn::Numbers(numbers.into()))
            }
            Intrinsic::Status => self.small(page::KIND_STATUS, |n| n >> 3),
            Intrinsic::Kind => self.small(page::KIND_STATUS, |n| n & 7),
            Intrinsic::Name => self.own(sections::NAME),
            Intrinsic::StatusMessage => self.own(sections::STATUS_MESSAGE),
            Intrinsic::InstrumentationName => {
                self.by_origin(|origin| Some(Value::Str(origin.scope.name.clone())))
            }
            Intrinsic::InstrumentationVersion => {
                self.by_origin(|origin| Some(Value::Str(origin.scope.version.clone())))
            }
            Intrinsic::RootName => self.of_roots(traces, &self.own(sections::NAME)?),
            Intrinsic::RootServiceName => {
                let names = self.by_origin(|origin| Some(Value::from(origin.resource.service_name())))?;
                self.of_roots(traces, &names)
            }
            Intrinsic::TraceId => {
                let mut codes = vec![0; self.granule.rows];
                let mut ids = Vec::with_capacity(traces.len());
                for trace in traces {
                    ids.push(Arc::from(trace.trace_id.to_string()));
                    codes[trace.rows.clone()].fill(ids.len() as u32);
                }
                Ok(SpanColumn::Codes(codes.into(), Dictionary::Texts(Arc::new(ids))))
            }
            Intrinsic::SpanId => Ok(texts_of(&self.span_ids()?)),
            Intrinsic::ParentId => Ok(texts_of(&self.tree()?.parents)),
            Intrinsic::EventName => self.event_names(),
            Intrinsic::EventTimeSinceStart => self.event_times(),
            Intrinsic::LinkTraceId => self.link_ids(|ids| hex(&ids[..16])),
            Intrinsic::LinkSpanId => self.link_ids(|ids| hex(&ids[16..])),
            Intrinsic::ChildCount
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent => Ok(self.absent()),
        }
    }

    fn absent(&self) -> SpanColumn {
        SpanColumn::Codes(vec![0; self.granule.rows].into(), Dictionary::Values(Arc::default()))
    }

    /// Small numbers of a page.
    fn small(&self, id: u32, of: impl Fn(u64) -> u64) -> Result<SpanColumn, DecodeError> {
        let codes = self.numbers(id)?.into_iter().map(|n| of(n).min(7) as u32 + 1).collect();
        Ok(SpanColumn::Codes(codes, Dictionary::Values(Arc::new((0..8).map(Value::Int).collect()))))
    }

    /// A text that every span has.
    fn own(&self, column: u32) -> Result<SpanColumn, DecodeError> {
        let stored = &self.index.columns[column as usize];
        let rows = self.granule.rows;
        let Some(page) = self.pages.get(FIRST_COLUMN_PAGE + column) else {
            return Ok(SpanColumn::Codes(
                vec![1; rows].into(),
                Dictionary::Texts(Arc::new(vec![Arc::from("")])),
            ));
        };
        Ok(match values::decode(page, stored.kind, rows, stored.dictionary.len())? {
            Values::Codes(codes) => {
                let codes = codes.into_iter().map(|code| code as u32 + 1).collect();
                SpanColumn::Codes(codes, Dictionary::Texts(stored.dictionary.clone()))
            }
            values => {
                let mut dictionary = DictionaryBuilder::default();
                let codes = (0..rows).map(|row| values.get(row, &[]).map_or(0, |v| dictionary.code(&v)));
                SpanColumn::Codes(codes.collect(), dictionary.finish())
            }
        })
    }

    /// What follows from the origin.
    fn by_origin(&self, of: impl Fn(&Origin) -> Option<Value>) -> Result<SpanColumn, DecodeError> {
        let mut dictionary = DictionaryBuilder::default();
        let codes: Vec<u32> = self
            .index
            .origins
            .iter()
            .map(|origin| of(origin).map_or(0, |value| dictionary.code(&value)))
            .collect();
        let origins = self.numbers(page::ORIGIN)?;
        let code = |origin: u64| codes.get(origin as usize).copied().ok_or(DecodeError::Invalid("origin"));
        let codes = origins.into_iter().map(code).collect::<Result<_, _>>()?;
        Ok(SpanColumn::Codes(codes, dictionary.finish()))
    }

    /// The column's entry for the latest root of each trace, "" where there is none.
    fn of_roots(&self, traces: &[TraceRows], column: &SpanColumn) -> Result<SpanColumn, DecodeError> {
        let SpanColumn::Codes(from, known) = column else { return Err(DecodeError::Invalid("root")) };
        let depths = self.numbers(page::DEPTH)?;
        let lost = lost_parents(self.pages.get(page::LOST_PARENT).unwrap_or(&[]), self.granule.rows)?;
        let (starts, ids, kinds) = (self.starts()?, self.span_ids()?, self.numbers(page::KIND_STATUS)?);
        let is_root =
            |row: &usize| depths[*row] == 0 && lost.binary_search_by_key(row, |(row, _)| *row).is_err();
        let mut dictionary = DictionaryBuilder::default();
        let mut codes = vec![0; self.granule.rows];
        for trace in traces {
            let roots = trace.rows.clone().filter(is_root);
            let text = match roots.max_by_key(|row| (starts[*row], ids[*row], kinds[*row] & 7)) {
                None => Value::from(""),
                Some(row) => match (known, from[row].checked_sub(1).map(|entry| entry as usize)) {
                    (Dictionary::Texts(texts), Some(entry)) => Value::Str(texts[entry].clone()),
                    (Dictionary::Values(values), Some(entry)) => values[entry].clone(),
                    _ => Value::from(""),
                },
            };
            codes[trace.rows.clone()].fill(dictionary.code(&text));
        }
        Ok(SpanColumn::Codes(codes.into(), dictionary.finish()))
    }

    fn span_ids(&self) -> Result<Vec<SpanId>, DecodeError> {
        let bytes = self.pages.get(page::SPAN_ID).unwrap_or(&[]);
        let (ids, rest) = bytes.as_chunks::<8>();
        match ids.len() == self.granule.rows && rest.is_empty() {
            true => Ok(ids.iter().copied().map(SpanId).collect()),
            false => Err(DecodeError::Invalid("page length")),
        }
    }

    /// Who is whose parent.
    pub(crate) fn tree(&self) -> Result<SpanTree, DecodeError> {
        let ids = self.span_ids()?;
        let depths: Vec<u32> = self.numbers(page::DEPTH)?.into_iter().map(|d| d as u32).collect();
        let lost = lost_parents(self.pages.get(page::LOST_PARENT).unwrap_or(&[]), self.granule.rows)?;
        let mut parents = vec![SpanId::default(); ids.len()];
        let mut path: Vec<SpanId> = Vec::new();
        for trace in traces_of(self.index, self.granule, |_| true) {
            path.clear();
            for row in trace.rows {
                let depth = depths[row] as usize;
                if depth > path.len() {
                    return Err(DecodeError::Invalid("depth"));
                }
                path.truncate(depth);
                parents[row] = path.last().copied().unwrap_or_default();
                path.push(ids[row]);
            }
        }
        lost.iter().for_each(|(row, parent)| parents[*row] = *parent);
        let kinds = self.numbers(page::KIND_STATUS)?.into_iter().map(|n| (n & 7) as u8).collect();
        Ok(SpanTree { ids, parents, kinds })
    }

    /// The same in short, as far as the writer found that depths say it.
    pub(crate) fn nesting(&self) -> Result<Nesting, DecodeError> {
        let lost = lost_parents(self.pages.get(page::LOST_PARENT).unwrap_or(&[]), self.granule.rows)?;
        let depths = self.numbers(page::DEPTH)?;
        let nested = self.pages.numbers(page::NESTED, self.granule.traces)?;
        let mut unclear = Vec::new();
        for (trace, nested) in traces_of(self.index, self.granule, |_| true).iter().zip(nested) {
            if nested != 1 {
                unclear.push(trace.rows.start as u32);
                continue;
            }
            let mut before = 0;
            for depth in &depths[trace.rows.clone()] {
                if *depth > before || *depth > u64::from(u8::MAX) {
                    return Err(DecodeError::Invalid("depth"));
                }
                before = depth + 1;
            }
        }
        Ok(Nesting {
            depths: depths.into_iter().map(|depth| depth as u8).collect(),
            lost: lost.into_iter().map(|(row, _)| row as u32).collect(),
            unclear,
        })
    }
}

fn hex(id: &[u8]) -> Value {
    let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::from(digits.as_str())
}

fn texts_of(ids: &[SpanId]) -> SpanColumn {
    let texts = ids.iter().map(|id| Arc::from(id.to_string())).collect();
    SpanColumn::Codes((1..=ids.len() as u32).collect(), Dictionary::Texts(Arc::new(texts)))
}

/// Rows of depth 0 that name a parent, ascending.
fn lost_parents(bytes: &[u8], rows: usize) -> Result<Vec<(usize, SpanId)>, DecodeError> {
    let mut cursor = Reader::new(bytes);
    let mut out: Vec<(usize, SpanId)> = Vec::new();
    while !cursor.is_empty() {
        let row = cursor.u64()? as usize;
        if row >= rows || out.last().is_some_and(|(last, _)| *last >= row) {
            return Err(DecodeError::Invalid("lost parents"));
        }
        out.push((row, SpanId(cursor.array()?)));
    }
    Ok(out)
}

impl BlockUnit {
    /// `wanted` says of each ordinal of the granule whether it is part of the unit.
    pub(crate) fn new(
        block: Arc<OpenBlock>,
        granule: usize,
        found: Found,
        decoded: Arc<Decoded>,
        wanted: impl Fn(usize) -> bool,
    ) -> Self {
        let traces = traces_of(&block.index, &block.index.granules[granule], wanted);
        BlockUnit { block, granule, found, decoded, traces }
    }

    fn columns(&self) -> Columns<'_> {
        let index = &self.block.index;
        Columns { index, granule: &index.granules[self.granule], pages: &self.found.pages }
    }

    fn told<T>(&self, result: Result<T, DecodeError>) -> Result<T, SourceError> {
        Ok(result.map_err(TraceError::decode(self.block.reader.meta().path()))?)
    }

    /// What is known, or else what `decode` makes of the pages, which is kept.
    fn kept(
        &self,
        what: What,
        decode: impl FnOnce(&Columns<'_>) -> Result<Kept, DecodeError>,
    ) -> Result<Kept, SourceError> {
        if let Some(known) = self.found.known(&what) {
            return Ok(known.clone());
        }
        let kept = self.told(decode(&self.columns()))?;
        self.decoded.put(self.block.reader.meta().id, self.granule, what, &kept);
        Ok(kept)
    }
}

/// What is kept under a name is of its kind.
fn other_kind<T>() -> Result<T, SourceError> {
    Err(SourceError::Unavailable("a decoded column is of another kind".to_owned()))
}

impl SpanUnit for BlockUnit {
    fn rows(&self) -> usize {
        self.columns().granule.rows
    }

    fn traces(&self) -> &[TraceRows] {
        &self.traces
    }

    fn starts(&self) -> Result<Arc<[i64]>, SourceError> {
        match self.kept(What::Starts, |columns| Ok(Kept::Starts(columns.starts()?.into())))? {
            Kept::Starts(starts) => Ok(starts),
            _ => other_kind(),
        }
    }

    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError> {
        let what = What::Column(of.clone());
        if let Some(Kept::Column(known)) = self.found.known(&what) {
            return Ok(known.column());
        }
        let id = self.block.reader.meta().id;
        // Which keys there are was not known when it was looked up what is kept.
        if let Some(Kept::Column(known)) = self.decoded.get(id, self.granule, what.clone()) {
            return Ok(known.column());
        }
        // Of all traces, whichever are part of the unit: others may be asked for next.
        let columns = self.columns();
        let traces = traces_of(columns.index, columns.granule, |_| true);
        let column = self.told(columns.column(&traces, of))?;
        let kept = Kept::Column(KeptColumn::of(&column));
        self.decoded.put(id, self.granule, what, &kept);
        Ok(column)
    }

    fn keys(&self) -> Vec<Attribute> {
        self.columns().keys()
    }

    fn tree(&self) -> Result<Arc<SpanTree>, SourceError> {
        match self.kept(What::Tree, |columns| Ok(Kept::Tree(Arc::new(columns.tree()?))))? {
            Kept::Tree(tree) => Ok(tree),
            _ => other_kind(),
        }
    }

    fn nesting(&self) -> Result<Option<Arc<Nesting>>, SourceError> {
        match self.kept(What::Nesting, |columns| Ok(Kept::Nesting(Arc::new(columns.nesting()?))))? {
            Kept::Nesting(nesting) => Ok(Some(nesting)),
            _ => other_kind(),
        }
    }
}

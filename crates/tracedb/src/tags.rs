//! Attribute names and values: from dictionaries where a block lies wholly in the range and nothing of it is deleted, from
//! spans otherwise.
//!
//! Invariant: complete. A name or value that some span in the range has is listed (up to the caller's limit), and with
//! conditions only those of spans that satisfy all of them.

use crate::assemble::{Row, extent, rows_of};
use crate::block::sections::{self, Place};
use crate::block::values::{self, Kind, Values};
use crate::block::writer::page::FIRST_COLUMN_PAGE;
use crate::block::{Blocks, OpenBlock};
use crate::cursor::TraceCursor;
use crate::error::TraceError;
use crate::predicate::{Predicates, TraceFacts, attributes_of, intrinsic_values, values_of};
use crate::read::Cut;
use contract::{
    Attribute, Context, Intrinsic, SourceError, SpanCursor, SpanScope, SpanSelect, TagSelect, TraceSpans,
};
use model::{Span, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every scope, in the order of the answers.
const SCOPES: [SpanScope; 5] =
    [SpanScope::Span, SpanScope::Resource, SpanScope::Event, SpanScope::Link, SpanScope::Instrumentation];

/// Distinct values that a listing without a limit holds at most: a million short strings are about 64 MiB.
const MAX_VALUES: usize = 1 << 20;

/// A value ordered by type, then by value.
#[derive(Debug, Clone, PartialEq)]
struct Ordered(Value);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(value: &Value) -> u8 {
            match value {
                Value::Str(_) => 0,
                Value::Int(_) => 1,
                Value::Double(_) => 2,
                Value::Bool(_) => 3,
                _ => 4,
            }
        }
        match (&self.0, &other.0) {
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Double(a), Value::Double(b)) => a.total_cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

/// The distinct scalar values found so far. Elements of arrays count one by one; maps and bytes do not.
#[derive(Default)]
struct Found {
    values: BTreeSet<Ordered>,
    limit: usize,
}

impl Found {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Map(_) | Value::Bytes(_) | Value::Empty => {}
            _ if self.full() => {}
            scalar => {
                self.values.insert(Ordered(scalar.clone()));
            }
        }
    }

    fn full(&self) -> bool {
        self.values.len() >= self.limit
    }
}

/// What a listing collects, from dictionaries and from spans alike.
enum Listing {
    Names { scopes: Vec<SpanScope>, found: BTreeSet<(SpanScope, Arc<str>)> },
    Values { attribute: Attribute, found: Found },
}

/// Attribute names by scope.
pub(crate) async fn names(
    cut: Cut,
    blocks: &Blocks,
    cx: &Context,
    select: TagSelect,
) -> Result<Vec<(SpanScope, Arc<str>)>, SourceError> {
    let limit = if select.limit == 0 { MAX_VALUES } else { select.limit };
    let scopes = match select.scope {
        Some(scope) => vec![scope],
        None => SCOPES.to_vec(),
    };
    let mut listing = Listing::Names { scopes, found: BTreeSet::new() };
    listing.collect(cut, blocks, cx, &select).await?;
    let Listing::Names { found, .. } = listing else { return Ok(Vec::new()) };
    Ok(found.into_iter().take(limit).collect())
}

/// Distinct values of one attribute.
pub(crate) async fn values(
    cut: Cut,
    blocks: &Blocks,
    cx: &Context,
    attribute: Attribute,
    select: TagSelect,
) -> Result<Vec<Value>, SourceError> {
    let limit = if select.limit == 0 { MAX_VALUES } else { select.limit };
    let mut listing = Listing::Values { attribute, found: Found { limit: MAX_VALUES, ..Found::default() } };
    listing.collect(cut, blocks, cx, &select).await?;
    let Listing::Values { found, .. } = listing else { return Ok(Vec::new()) };
    Ok(found.values.into_iter().map(|v| v.0).take(limit).collect())
}

impl Listing {
    async fn collect(
        &mut self,
        cut: Cut,
        blocks: &Blocks,
        cx: &Context,
        select: &TagSelect,
    ) -> Result<(), SourceError> {
        let by_dictionary = select.conditions.is_empty() && self.dictionaries_suffice();
        let mut rest = Cut { blocks: Vec::new(), ..cut.clone() };
        for meta in &cut.blocks {
            if meta.start >= select.range.end || select.range.start >= meta.end {
                continue;
            }
            let whole = select.range.start <= meta.start && meta.end <= select.range.end;
            // A dictionary also tells of traces that were deleted.
            if by_dictionary && whole && cut.deleted.of(&meta.id).is_empty() {
                cx.check()?;
                self.add_block(&*blocks.open(meta).await?).await?;
            } else {
                rest.blocks.push(meta.clone());
            }
        }
        if !by_dictionary {
            // Conditions may look at the whole trace, so all of its pieces must be in sight.
            rest = cut;
        }
        self.add_spans(rest, blocks, cx, select).await
    }

    /// Whether origins and dictionaries hold all values asked for.
    fn dictionaries_suffice(&self) -> bool {
        match self {
            Listing::Names { .. } => true,
            Listing::Values { attribute: Attribute::Key(scope, _), .. } => scope.is_some(),
            Listing::Values { attribute: Attribute::Intrinsic(intrinsic), .. } => matches!(
                intrinsic,
                Intrinsic::Name
                    | Intrinsic::StatusMessage
                    | Intrinsic::EventName
                    | Intrinsic::InstrumentationName
                    | Intrinsic::InstrumentationVersion
            ),
        }
    }

    async fn add_block(&mut self, block: &OpenBlock) -> Result<(), TraceError> {
        let index = &block.index;
        let blank = Arc::new(Span::default());
        for origin in &index.origins {
            self.add_origin(&Row { origin: origin.clone(), span: blank.clone() });
        }
        for (number, column) in index.columns.iter().enumerate() {
            match self {
                Listing::Names { scopes, found } => {
                    if let Some(scope) = column.place.scope().filter(|scope| scopes.contains(scope)) {
                        found.insert((scope, column.key.clone()));
                    }
                }
                Listing::Values { attribute, found } => {
                    if !found.full() && holds(attribute, number as u32, column) {
                        add_column(block, number as u32, found).await?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add_origin(&mut self, row: &Row) {
        match self {
            Listing::Names { scopes, found } => {
                let of_origin = [SpanScope::Resource, SpanScope::Instrumentation];
                for scope in scopes.iter().filter(|scope| of_origin.contains(scope)) {
                    add_names(row, *scope, found);
                }
            }
            Listing::Values { attribute, found } => match attribute {
                Attribute::Intrinsic(Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion)
                | Attribute::Key(Some(SpanScope::Resource | SpanScope::Instrumentation), _) => {
                    add_values(row, attribute, &TraceFacts::default(), found);
                }
                _ => {}
            },
        }
    }

    async fn add_spans(
        &mut self,
        cut: Cut,
        blocks: &Blocks,
        cx: &Context,
        select: &TagSelect,
    ) -> Result<(), SourceError> {
        let predicates = Predicates::compile(&select.conditions, true);
        let spans = SpanSelect {
            range: select.range,
            all: true,
            conditions: select.conditions.clone(),
            needed: None,
        };
        let mut cursor = TraceCursor::open(cx, blocks, cut, spans, None).await?;
        loop {
            let batch = cursor.next_batch().await?;
            if batch.is_empty() {
                return Ok(());
            }
            for trace in batch {
                let facts = facts(&trace);
                for row in rows_of(Arc::unwrap_or_clone(trace).spans) {
                    let (first, last) = extent(&row.span);
                    let inside = select.range.start.0 <= last && first < select.range.end.0;
                    if inside && predicates.holds(&row, &facts) {
                        self.add_row(&row, &facts);
                    }
                }
            }
            if let Listing::Values { found, .. } = self
                && found.full()
            {
                return Ok(());
            }
        }
    }

    fn add_row(&mut self, row: &Row, facts: &TraceFacts) {
        match self {
            Listing::Names { scopes, found } => scopes.iter().for_each(|scope| add_names(row, *scope, found)),
            Listing::Values { attribute, found } => add_values(row, attribute, facts, found),
        }
    }
}

fn add_names(row: &Row, scope: SpanScope, found: &mut BTreeSet<(SpanScope, Arc<str>)>) {
    for (key, _) in attributes_of(row, scope).flatten() {
        if !found.contains(&(scope, key.clone())) {
            found.insert((scope, key.clone()));
        }
    }
}

fn add_values(row: &Row, attribute: &Attribute, facts: &TraceFacts, found: &mut Found) {
    match attribute {
        Attribute::Intrinsic(intrinsic) => {
            intrinsic_values(*intrinsic, row, Some(facts))
                .iter()
                .flatten()
                .for_each(|value| found.add(value));
        }
        Attribute::Key(scope, key) => {
            let values = values_of(row, *scope, key);
            // A service without a name is one too: it is listed, searched and grouped as "".
            let of_resource = matches!(scope, None | Some(SpanScope::Resource));
            if values.is_empty() && of_resource && &**key == "service.name" {
                found.add(&Value::from(""));
            }
            values.into_iter().for_each(|value| found.add(value));
        }
    }
}

/// Whether a column holds values of the attribute.
fn holds(attribute: &Attribute, number: u32, column: &sections::Column) -> bool {
    match attribute {
        Attribute::Key(scope, key) => column.place.scope() == *scope && column.key == *key,
        Attribute::Intrinsic(Intrinsic::Name) => number == sections::NAME,
        Attribute::Intrinsic(Intrinsic::StatusMessage) => number == sections::STATUS_MESSAGE,
        Attribute::Intrinsic(Intrinsic::EventName) => number == sections::EVENT_NAME,
        Attribute::Intrinsic(_) => false,
    }
}

/// Adds the values of a column: its dictionary, and what its plain pages hold.
async fn add_column(block: &OpenBlock, number: u32, found: &mut Found) -> Result<(), TraceError> {
    let column = &block.index.columns[number as usize];
    column.dictionary.iter().for_each(|text| found.add(&Value::Str(text.clone())));
    let blank_pages = column.place == Place::Own && number != sections::EVENT_NAME;
    if blank_pages
        && block.index.granules.iter().any(|g| !g.pages.iter().any(|p| p.id == FIRST_COLUMN_PAGE + number))
    {
        found.add(&Value::from(""));
    }
    if column.kind == Kind::Text && column.complete {
        return Ok(());
    }
    for granule in &block.index.granules {
        let pages = block.column_with_counts(granule, number).await?;
        let Some(page) = pages.0.get(FIRST_COLUMN_PAGE + number) else { continue };
        let values = values::decode(page, column.kind, pages.1, column.dictionary.len())
            .map_err(TraceError::decode(block.reader.meta().path()))?;
        if !matches!(values, Values::Codes(_)) {
            (0..values.len()).filter_map(|i| values.get(i, &[])).for_each(|value| found.add(&value));
        }
    }
    Ok(())
}

/// What the conditions may ask of the whole trace.
fn facts(trace: &TraceSpans) -> TraceFacts {
    let mut facts = TraceFacts::default();
    let (mut start, mut end) = (i64::MAX, i64::MIN);
    let mut root_start = i64::MIN;
    for resource in &trace.spans.resources {
        for span in resource.scopes.iter().flat_map(|scope| &scope.spans) {
            let (first, last) = extent(span);
            (start, end) = (start.min(first), end.max(last));
            if span.parent_span_id.is_zero() && first >= root_start {
                root_start = first;
                facts.root_name = span.name.to_string();
                facts.root_service = resource.resource.service_name().to_owned();
            }
        }
    }
    facts.duration = end.saturating_sub(start).max(0);
    facts
}

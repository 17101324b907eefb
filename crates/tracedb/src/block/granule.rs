//! The pages of one granule -> spans of the wanted traces.
//!
//! Walk: `read.rs` fetches the pages, this file decodes them. Invariant: every count is derived from the directory and the
//! shapes, and every page must hold exactly that many values; no bytes make it panic.

use super::ints;
use super::projection::Projection;
use super::sections::{self, Granule};
use super::values::{self, Values};
use super::writer::page::{self, FIRST_COLUMN_PAGE};
use super::{Index, Pages};
use crate::assemble::Row;
use crate::bytes::ReadMore;
use crate::error::DecodeError;
use bytes::Bytes;
use codec::Reader;
use codec::varint::unzigzag;
use model::{Attributes, Event, Link, Nanos, Span, SpanId, SpanKind, StatusCode, TraceId, Value};
use std::ops::Range;
use std::sync::Arc;

/// 16 Mi events or links in one granule; what claims more is damaged.
const MAX_CHILDREN: u64 = 16 << 20;

/// A granule's fixed pages as numbers, and its columns, read trace by trace.
pub(super) struct Decoder<'a> {
    index: &'a Index,
    /// By shape: the columns that are decoded.
    shapes: &'a [Vec<u32>],
    blank: Arc<str>,
    /// The traces of the granule that were not passed yet, and the row of the next.
    traces: Range<usize>,
    row: usize,
    first_trace: usize,
    nested: Vec<u64>,
    pub(super) origin: Vec<u64>,
    pub(super) depth: Vec<u64>,
    pub(super) start: Vec<u64>,
    pub(super) duration: Vec<u64>,
    pub(super) kind_status: Vec<u64>,
    pub(super) shape: Vec<u64>,
    pub(super) flags: Vec<u64>,
    pub(super) dropped: Vec<u64>,
    pub(super) events: Vec<u64>,
    pub(super) links: Vec<u64>,
    pub(super) event_time: Vec<u64>,
    pub(super) event_shape: Vec<u64>,
    pub(super) event_dropped: Vec<u64>,
    pub(super) link_shape: Vec<u64>,
    pub(super) link_flags: Vec<u64>,
    pub(super) link_dropped: Vec<u64>,
    pub(super) span_ids: Bytes,
    pub(super) link_ids: Bytes,
    lost_parents: Vec<(usize, SpanId)>,
    columns: Vec<Option<(Values, usize)>>,
    pub(super) next_event: usize,
    pub(super) next_link: usize,
}

/// The rows of the traces in `wanted` (ordinals of the block, ascending), by trace. `pages` holds all pages of the granule,
/// or those that the projection reads.
pub(crate) fn decode_rows(
    index: &Index,
    granule: &Granule,
    pages: &Pages,
    wanted: &[usize],
    projection: Option<&Projection>,
) -> Result<Vec<Vec<Row>>, DecodeError> {
    let shapes = projection.map_or(&index.shapes, |projection| &projection.shapes);
    let mut decoder = Decoder::new(index, shapes, granule, pages)?;
    let trace = |ordinal: &usize| {
        let rows = decoder.seek(*ordinal).ok_or(DecodeError::Invalid("trace"))?;
        decoder.trace(*ordinal, rows)
    };
    wanted.iter().map(trace).collect()
}

/// How many values each column has among these shapes.
pub(crate) fn count_columns(
    known: &[Vec<u32>],
    shapes: &[u64],
    counts: &mut [usize],
) -> Result<(), DecodeError> {
    for shape in shapes {
        let columns = known.get(*shape as usize).ok_or(DecodeError::Invalid("shape"))?;
        columns.iter().for_each(|column| counts[*column as usize] += 1);
    }
    Ok(())
}

/// How many values one column has in a granule.
pub(crate) fn count_values(
    index: &Index,
    granule: &Granule,
    pages: &Pages,
    column: u32,
) -> Result<usize, DecodeError> {
    let events = total(&pages.numbers(page::EVENTS, granule.rows)?)?;
    let links = total(&pages.numbers(page::LINKS, granule.rows)?)?;
    let mut counts = vec![0; index.columns.len()];
    for (id, count) in [(page::SHAPE, granule.rows), (page::EVENT_SHAPE, events), (page::LINK_SHAPE, links)] {
        count_columns(&index.shapes, &pages.numbers(id, count)?, &mut counts)?;
    }
    Ok(match column {
        sections::NAME | sections::STATUS_MESSAGE | sections::TRACE_STATE => granule.rows,
        sections::EVENT_NAME => events,
        sections::LINK_TRACE_STATE => links,
        _ => counts[column as usize],
    })
}

/// The sum of counts of children.
pub(crate) fn total(counts: &[u64]) -> Result<usize, DecodeError> {
    let total = counts.iter().try_fold(0u64, |sum, n| sum.checked_add(*n));
    total
        .filter(|total| *total <= MAX_CHILDREN)
        .map(|t| t as usize)
        .ok_or(DecodeError::Invalid("child count"))
}

impl<'a> Decoder<'a> {
    pub(super) fn new(
        index: &'a Index,
        known: &'a [Vec<u32>],
        granule: &Granule,
        pages: &Pages,
    ) -> Result<Self, DecodeError> {
        let rows = granule.rows;
        let numbers = |id: u32, count: usize| pages.numbers(id, count);
        let (events, links) = (numbers(page::EVENTS, rows)?, numbers(page::LINKS, rows)?);
        let (event_count, link_count) = (total(&events)?, total(&links)?);
        let shape = numbers(page::SHAPE, rows)?;
        let event_shape = numbers(page::EVENT_SHAPE, event_count)?;
        let link_shape = numbers(page::LINK_SHAPE, link_count)?;
        let mut counts = vec![0; index.columns.len()];
        for shapes in [&shape, &event_shape, &link_shape] {
            count_columns(known, shapes, &mut counts)?;
        }
        for (column, count) in [rows, rows, rows, event_count, link_count].into_iter().enumerate() {
            counts[column] = count;
        }
        let raw = |id: u32, length: usize| match pages.bytes(id).unwrap_or_default() {
            bytes if bytes.len() == length => Ok(bytes),
            _ => Err(DecodeError::Invalid("page length")),
        };
        let origin = numbers(page::ORIGIN, rows)?;
        if origin.iter().any(|o| *o >= index.origins.len() as u64) {
            return Err(DecodeError::Invalid("origin"));
        }
        Ok(Decoder {
            index,
            shapes: known,
            blank: Arc::from(""),
            traces: granule.first_trace..granule.first_trace + granule.traces,
            row: 0,
            first_trace: granule.first_trace,
            nested: numbers(page::NESTED, granule.traces)?,
            origin,
            depth: numbers(page::DEPTH, rows)?,
            start: numbers(page::START, rows)?,
            duration: numbers(page::DURATION, rows)?,
            kind_status: numbers(page::KIND_STATUS, rows)?,
            shape,
            flags: numbers(page::FLAGS, rows)?,
            dropped: numbers(page::DROPPED, 3 * rows)?,
            events,
            links,
            event_time: numbers(page::EVENT_TIME, event_count)?,
            event_shape,
            event_dropped: numbers(page::EVENT_DROPPED, event_count)?,
            link_shape,
            link_flags: numbers(page::LINK_FLAGS, link_count)?,
            link_dropped: numbers(page::LINK_DROPPED, link_count)?,
            span_ids: raw(page::SPAN_ID, 8 * rows)?,
            link_ids: raw(page::LINK_IDS, 24 * link_count)?,
            lost_parents: lost_parents(pages.get(page::LOST_PARENT).unwrap_or(&[]))?,
            columns: columns(index, pages, &counts)?,
            next_event: 0,
            next_link: 0,
        })
    }

    /// Passes over the traces before this one; its rows, or `None` when it was passed already or is of another granule.
    pub(super) fn seek(&mut self, ordinal: usize) -> Option<Range<usize>> {
        if !self.is_before(ordinal) {
            return None;
        }
        while let Some(trace) = self.traces.next() {
            let rows = self.row..self.row + self.index.traces.spans[trace] as usize;
            self.row = rows.end;
            if trace == ordinal {
                return Some(rows);
            }
            rows.for_each(|row| self.skip(row));
        }
        None
    }

    /// Whether this trace is still to come.
    pub(super) fn is_before(&self, ordinal: usize) -> bool {
        self.traces.contains(&ordinal)
    }

    /// Whether all traces were passed.
    pub(super) fn is_read(&self) -> bool {
        self.traces.is_empty()
    }

    /// Whether depths say who is whose parent in a trace of the granule; they may do so without saying it.
    pub(super) fn is_nested(&self, ordinal: usize) -> bool {
        self.nested[ordinal - self.first_trace] == 1
    }

    /// The spans of the trace whose rows [`Decoder::seek`] told.
    pub(super) fn trace(&mut self, ordinal: usize, rows: Range<usize>) -> Result<Vec<Row>, DecodeError> {
        let trace_id = self.index.traces.ids[ordinal];
        let mut last_start = self.index.traces.starts[ordinal];
        let mut path: Vec<SpanId> = Vec::new();
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let span_id = SpanId(self.span_ids[8 * row..][..8].try_into().expect("eight bytes"));
            let depth = usize::try_from(self.depth[row]).map_err(|_| DecodeError::Invalid("depth"))?;
            if depth > path.len() {
                return Err(DecodeError::Invalid("depth"));
            }
            path.truncate(depth);
            let parent_span_id = match path.last() {
                Some(parent) => *parent,
                None => self.lost_parent(row),
            };
            path.push(span_id);
            let span = self.span(
                row,
                &mut last_start,
                Span { trace_id, span_id, parent_span_id, ..Span::default() },
            )?;
            let origin = self.index.origins[self.origin[row] as usize].clone();
            out.push(Row { origin, span: Arc::new(span) });
        }
        Ok(out)
    }

    /// The id of a parent that is not in the row's trace; zero where there is none.
    pub(super) fn lost_parent(&self, row: usize) -> SpanId {
        match self.lost_parents.binary_search_by_key(&row, |(at, _)| *at) {
            Ok(found) => self.lost_parents[found].1,
            Err(_) => SpanId::default(),
        }
    }

    fn span(&mut self, row: usize, last_start: &mut i64, ids: Span) -> Result<Span, DecodeError> {
        let start = last_start.wrapping_add(unzigzag(self.start[row]));
        *last_start = start;
        let dropped = |i: usize| narrow(self.dropped[3 * row + i]);
        let mut span = Span {
            start: Nanos(start),
            end: Nanos(start.wrapping_add(unzigzag(self.duration[row]))),
            kind: SpanKind::from_number(self.kind_status[row] & 7),
            status: StatusCode::from_number(self.kind_status[row] >> 3),
            flags: narrow(self.flags[row])?,
            dropped: [dropped(0)?, dropped(1)?, dropped(2)?],
            name: self.own_text(sections::NAME)?,
            status_message: self.own_text(sections::STATUS_MESSAGE)?,
            trace_state: self.own_text(sections::TRACE_STATE)?,
            attributes: self.attributes(self.shape[row])?,
            ..ids
        };
        for _ in 0..self.events[row] {
            let at = self.next_event;
            self.next_event += 1;
            span.events.push(Event {
                at: Nanos(start.wrapping_add(unzigzag(self.event_time[at]))),
                name: self.own_text(sections::EVENT_NAME)?,
                dropped_attributes: narrow(self.event_dropped[at])?,
                attributes: self.attributes(self.event_shape[at])?,
            });
        }
        for _ in 0..self.links[row] {
            let at = self.next_link;
            self.next_link += 1;
            let ids = &self.link_ids[24 * at..][..24];
            span.links.push(Link {
                trace_id: TraceId(ids[..16].try_into().expect("sixteen bytes")),
                span_id: SpanId(ids[16..].try_into().expect("eight bytes")),
                trace_state: self.own_text(sections::LINK_TRACE_STATE)?,
                flags: narrow(self.link_flags[at])?,
                dropped_attributes: narrow(self.link_dropped[at])?,
                attributes: self.attributes(self.link_shape[at])?,
            });
        }
        Ok(span)
    }

    /// The next text of an own column; "" where it has no page.
    pub(super) fn own_text(&mut self, column: u32) -> Result<Arc<str>, DecodeError> {
        match &mut self.columns[column as usize] {
            None => Ok(self.blank.clone()),
            Some((values, next)) => {
                let text = values.text(*next, &self.index.columns[column as usize].dictionary);
                *next += 1;
                text.ok_or(DecodeError::Invalid("own column"))
            }
        }
    }

    fn attributes(&mut self, shape: u64) -> Result<Attributes, DecodeError> {
        let index = self.index;
        let columns = self.shapes.get(shape as usize).ok_or(DecodeError::Invalid("shape"))?;
        let mut attributes = Vec::with_capacity(columns.len());
        for number in columns {
            let value = self.next_value(*number)?;
            attributes.push((index.columns[*number as usize].key.clone(), value));
        }
        Ok(attributes)
    }

    /// The next value of a column.
    pub(super) fn next_value(&mut self, column: u32) -> Result<Value, DecodeError> {
        let column = column as usize;
        let (values, next) = self.columns[column].as_mut().ok_or(DecodeError::Invalid("missing page"))?;
        let value = values.get(*next, &self.index.columns[column].dictionary);
        *next += 1;
        value.ok_or(DecodeError::Invalid("column"))
    }

    /// Passes over a row.
    fn skip(&mut self, row: usize) {
        let shapes = self.shapes;
        let mut step = |column: u32| {
            if let Some((_, next)) = &mut self.columns[column as usize] {
                *next += 1;
            }
        };
        let mut pass = |shape: u64| shapes[shape as usize].iter().for_each(|column| step(*column));
        pass(self.shape[row]);
        let (events, links) = (self.events[row] as usize, self.links[row] as usize);
        self.event_shape[self.next_event..][..events].iter().for_each(|shape| pass(*shape));
        self.link_shape[self.next_link..][..links].iter().for_each(|shape| pass(*shape));
        [sections::NAME, sections::STATUS_MESSAGE, sections::TRACE_STATE].into_iter().for_each(&mut step);
        (0..events).for_each(|_| step(sections::EVENT_NAME));
        (0..links).for_each(|_| step(sections::LINK_TRACE_STATE));
        self.next_event += events;
        self.next_link += links;
    }
}

fn narrow(number: u64) -> Result<u32, DecodeError> {
    u32::try_from(number).map_err(|_| DecodeError::Invalid("32-bit number"))
}

fn lost_parents(bytes: &[u8]) -> Result<Vec<(usize, SpanId)>, DecodeError> {
    let mut cursor = Reader::new(bytes);
    let mut out = Vec::new();
    while !cursor.is_empty() {
        out.push((cursor.u64()? as usize, SpanId(cursor.array()?)));
    }
    if out.is_sorted_by_key(|(row, _)| *row) { Ok(out) } else { Err(DecodeError::Invalid("lost parents")) }
}

fn columns(
    index: &Index,
    pages: &Pages,
    counts: &[usize],
) -> Result<Vec<Option<(Values, usize)>>, DecodeError> {
    let mut out = Vec::with_capacity(counts.len());
    for (number, (column, count)) in index.columns.iter().zip(counts).enumerate() {
        out.push(match pages.get(FIRST_COLUMN_PAGE + number as u32) {
            Some(page) => Some((values::decode(page, column.kind, *count, column.dictionary.len())?, 0)),
            None => None,
        });
    }
    Ok(out)
}

impl Pages {
    /// The numbers of a fixed page, all zero when the granule lacks it.
    pub(crate) fn numbers(&self, id: u32, count: usize) -> Result<Vec<u64>, DecodeError> {
        match self.get(id) {
            Some(page) => ints::decode(page, count),
            None => Ok(vec![0; count]),
        }
    }
}

//! Traces -> the sections of a block. Traces come in order of their start; memory is one granule, the indexes, and the pages
//! that were not taken yet.
//!
//! Walk: `flush.rs` and `merge.rs` -> here -> the block container. Invariant: what [`super::granule`] reads back is what
//! was pushed, span by span, nothing dropped; text columns keep a dictionary while it pays, and fall back to plain pages.

pub(crate) mod copied;
#[cfg(test)]
mod tests;

use super::filter::{Filter, Fingerprints, fingerprint};
use super::ints;
use super::rollup::told::Attributes as RowAttributes;
use super::rollup::{Counted, Roller};
use super::sections::{self, Column, Granule, OWN_COLUMNS, Page, Place, Traces};
use super::tree::{Placed, Planter};
use super::values::{Kind, encode_codes, encode_plain, encode_values};
use crate::assemble::{Origin, Row, extent};
use crate::record::recent::Recent;
use codec::put_u64;
use codec::varint::zigzag;
use model::{Attributes, Span, TraceId, Value};
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};

/// Rows of a granule: small enough to decode for one trace in about a millisecond, large enough to compress.
pub(crate) const GRANULE_ROWS: usize = 4096;

/// Rows for which memory is kept from granule to granule: what a trace of a million spans took goes with it.
const KEPT_ROWS: usize = 4 * GRANULE_ROWS;

/// Entries of a dictionary: 16-bit codes. 1 MiB of text: what a reader keeps in memory for each column of an open block.
const MAX_DICTIONARY: usize = 1 << 16;
const MAX_DICTIONARY_BYTES: usize = 1 << 20;

/// The deepest that a reader keeps as a byte.
const MAX_DEPTH: u32 = 255;

/// No code yet.
const UNKNOWN: u64 = u64::MAX;

/// Below this many distinct texts a dictionary always pays (it answers tag listings).
const SMALL_DICTIONARY: usize = 1024;

/// Pages that every granule may have; a page that is missing is all zeros. Columns follow from [`FIRST_COLUMN_PAGE`].
pub(crate) mod page {
    pub(crate) const ORIGIN: u32 = 0;
    pub(crate) const DEPTH: u32 = 1;
    pub(crate) const SPAN_ID: u32 = 2;
    pub(crate) const LOST_PARENT: u32 = 3;
    pub(crate) const START: u32 = 4;
    pub(crate) const DURATION: u32 = 5;
    pub(crate) const KIND_STATUS: u32 = 6;
    pub(crate) const SHAPE: u32 = 7;
    pub(crate) const FLAGS: u32 = 8;
    pub(crate) const DROPPED: u32 = 9;
    pub(crate) const EVENTS: u32 = 10;
    pub(crate) const LINKS: u32 = 11;
    pub(crate) const EVENT_TIME: u32 = 12;
    pub(crate) const EVENT_SHAPE: u32 = 13;
    pub(crate) const EVENT_DROPPED: u32 = 14;
    pub(crate) const LINK_IDS: u32 = 15;
    pub(crate) const LINK_SHAPE: u32 = 16;
    pub(crate) const LINK_FLAGS: u32 = 17;
    pub(crate) const LINK_DROPPED: u32 = 18;
    /// One number a trace.
    pub(crate) const NESTED: u32 = 19;
    pub(crate) const FIRST_COLUMN_PAGE: u32 = 32;
    /// What the tree of traces is told by of which depths do not say all.
    pub(crate) const OF_TREE: [u32; 5] = [DEPTH, SPAN_ID, LOST_PARENT, START, KIND_STATUS];
}
use page::FIRST_COLUMN_PAGE;

/// The sections of a finished block, by kind.
pub(crate) struct Sections {
    pub(crate) parts: Vec<(u16, Vec<u8>)>,
    pub(crate) rows: u64,
    /// Least start and greatest end, in nanoseconds.
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// Builds a block.
pub(crate) struct Writer {
    origins: Vec<Arc<Origin>>,
    origin_by_key: FxHashMap<Vec<u8>, u64>,
    origin_by_address: FxHashMap<usize, u64>,
    // Keeps the addresses of `origin_by_address` from being used again.
    held: Vec<Arc<Origin>>,
    columns: Vec<ColumnWriter>,
    column_by_key: FxHashMap<(Place, Arc<str>, Kind), u32>,
    shapes: Vec<Vec<u32>>,
    shape_by_columns: FxHashMap<Vec<u32>, u64>,
    traces: Traces,
    granules: Vec<Granule>,
    /// Pages that were not taken yet, and the bytes of those that were.
    pages: Vec<u8>,
    taken: u64,
    open: OpenGranule,
    planter: Planter,
    roller: Roller,
    /// The columns that attributes of a key went to lately, and the codes of the texts of a column.
    recent: Recent<Arc<str>, (Place, Kind, u32)>,
    recent_codes: Recent<Arc<str>, u64>,
    /// The shape of the row that is pushed.
    row_shape: Vec<u32>,
}

/// The granule being filled: its fixed pages as numbers.
#[derive(Default)]
struct OpenGranule {
    first_trace: usize,
    rows: usize,
    numbers: [Vec<u64>; 20],
    span_ids: Vec<u8>,
    lost_parents: Vec<u8>,
    link_ids: Vec<u8>,
}

struct ColumnWriter {
    column: Column,
    codes: FxHashMap<Arc<str>, u64>,
    dictionary_bytes: usize,
    seen: usize,
    texts: Vec<Arc<str>>,
    values: Vec<Value>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let columns =
            OWN_COLUMNS.iter().map(|key| ColumnWriter::new(Place::Own, Arc::from(*key), Kind::Text));
        Writer {
            origins: Vec::new(),
            origin_by_key: FxHashMap::default(),
            origin_by_address: FxHashMap::default(),
            held: Vec::new(),
            columns: columns.collect(),
            column_by_key: FxHashMap::default(),
            shapes: Vec::new(),
            shape_by_columns: FxHashMap::default(),
            traces: Traces::default(),
            granules: Vec::new(),
            pages: Vec::new(),
            taken: 0,
            open: OpenGranule::default(),
            planter: Planter::default(),
            roller: Roller::default(),
            recent: Recent::default(),
            recent_codes: Recent::default(),
            row_shape: Vec::new(),
        }
    }

    /// Adds a trace, whose rows are in canonical order, after the traces that start before it.
    pub(crate) fn push(&mut self, id: TraceId, rows: &[Row]) {
        let extents = rows.iter().map(|row| extent(&row.span));
        let Some((start, end)) = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return };
        self.traces.ids.push(id);
        self.traces.starts.push(start);
        self.traces.ends.push(end);
        self.traces
            .spans
            .push(u32::try_from(rows.len()).expect("a head is flushed long before 4 billion spans"));
        let mut planter = std::mem::take(&mut self.planter);
        let (order, clear) = planter.preorder(rows);
        let mut last_start = start;
        let push = |placed: &Placed| self.push_row(&rows[placed.row], placed.depth, &mut last_start);
        let counted: Vec<Counted<'_>> = order.iter().map(push).collect();
        self.roller.push(self.traces.ids.len() as u32 - 1, &counted, clear);
        let shallow = order.iter().all(|placed| placed.depth <= MAX_DEPTH);
        self.open.put(page::NESTED, u64::from(clear && shallow));
        // To empty a large map for each small trace behind it would take longer than those do.
        self.planter = if rows.len() > KEPT_ROWS { Planter::default() } else { planter };
        self.end_trace();
    }

    /// A granule ends with a trace.
    fn end_trace(&mut self) {
        if self.open.rows >= GRANULE_ROWS {
            self.seal();
        }
    }

    fn push_row<'r>(&mut self, row: &'r Row, depth: u32, last_start: &mut i64) -> Counted<'r> {
        let span = &*row.span;
        let origin = self.origin(&row.origin);
        let shape = self.shape(Place::Span, &span.attributes);
        let open = &mut self.open;
        let is_lost = depth == 0 && !span.parent_span_id.is_zero();
        if is_lost {
            put_u64(&mut open.lost_parents, open.rows as u64);
            open.lost_parents.extend_from_slice(&span.parent_span_id.0);
        }
        open.rows += 1;
        open.span_ids.extend_from_slice(&span.span_id.0);
        open.put(page::ORIGIN, origin);
        open.put(page::DEPTH, u64::from(depth));
        open.put(page::START, zigzag(span.start.0.wrapping_sub(*last_start)));
        open.put(page::DURATION, zigzag(span.end.0.wrapping_sub(span.start.0)));
        open.put(page::KIND_STATUS, span.kind as u64 | (span.status as u64) << 3);
        open.put(page::SHAPE, shape);
        open.put(page::FLAGS, u64::from(span.flags));
        span.dropped.iter().for_each(|n| open.put(page::DROPPED, u64::from(*n)));
        open.put(page::EVENTS, span.events.len() as u64);
        open.put(page::LINKS, span.links.len() as u64);
        *last_start = span.start.0;
        for (column, text) in [
            (sections::NAME, &span.name),
            (sections::STATUS_MESSAGE, &span.status_message),
            (sections::TRACE_STATE, &span.trace_state),
        ] {
            self.columns[column as usize].texts.push(text.clone());
        }
        self.push_events_and_links(span);
        Counted {
            origin,
            of: &row.origin,
            name: span.name.clone(),
            start: span.start.0,
            duration: span.duration_nanos(),
            kind_status: span.kind as u8 | (span.status as u8) << 3,
            depth,
            is_lost,
        }
    }

    fn push_events_and_links(&mut self, span: &Span) {
        for event in &span.events {
            let shape = self.shape(Place::Event, &event.attributes);
            self.open.put(page::EVENT_TIME, zigzag(event.at.0.wrapping_sub(span.start.0)));
            self.open.put(page::EVENT_SHAPE, shape);
            self.open.put(page::EVENT_DROPPED, u64::from(event.dropped_attributes));
            self.columns[sections::EVENT_NAME as usize].texts.push(event.name.clone());
        }
        for link in &span.links {
            let shape = self.shape(Place::Link, &link.attributes);
            self.open.link_ids.extend_from_slice(&link.trace_id.0);
            self.open.link_ids.extend_from_slice(&link.span_id.0);
            self.open.put(page::LINK_SHAPE, shape);
            self.open.put(page::LINK_FLAGS, u64::from(link.flags));
            self.open.put(page::LINK_DROPPED, u64::from(link.dropped_attributes));
            self.columns[sections::LINK_TRACE_STATE as usize].texts.push(link.trace_state.clone());
        }
    }

    fn origin(&mut self, origin: &Arc<Origin>) -> u64 {
        let address = Arc::as_ptr(origin).addr();
        if let Some(number) = self.origin_by_address.get(&address) {
            return *number;
        }
        let next = self.origins.len() as u64;
        let number = *self.origin_by_key.entry(origin.key().to_vec()).or_insert_with(|| {
            self.origins.push(origin.clone());
            next
        });
        self.origin_by_address.insert(address, number);
        self.held.push(origin.clone());
        number
    }

    /// Files the attributes' values in their columns; the number of the list of columns.
    fn shape(&mut self, place: Place, attributes: &Attributes) -> u64 {
        let mut shape = std::mem::take(&mut self.row_shape);
        shape.clear();
        for (key, value) in attributes {
            let number = self.column(place, key, Kind::of(value));
            let column = &mut self.columns[number as usize];
            match value {
                Value::Str(text) => column.texts.push(text.clone()),
                other => column.values.push(other.clone()),
            }
            shape.push(number);
        }
        let number = self.shape_number(&shape);
        self.row_shape = shape;
        number
    }

    /// The number of a list of columns.
    fn shape_number(&mut self, shape: &Vec<u32>) -> u64 {
        if let Some(known) = self.shape_by_columns.get(shape) {
            return *known;
        }
        let next = self.shapes.len() as u64;
        self.shapes.push(shape.clone());
        self.shape_by_columns.insert(shape.clone(), next);
        next
    }

    /// The column of a key's values of one type.
    fn column(&mut self, place: Place, key: &Arc<str>, kind: Kind) -> u32 {
        match self.recent.get(key) {
            Some((of_place, of_kind, number)) if (*of_place, *of_kind) == (place, kind) => return *number,
            _ => {}
        }
        let next = self.columns.len() as u32;
        let number = *self.column_by_key.entry((place, key.clone(), kind)).or_insert(next);
        if number == next {
            self.columns.push(ColumnWriter::new(place, key.clone(), kind));
        }
        self.recent.keep(key, (place, kind, number));
        number
    }

    /// Encodes the open granule.
    fn seal(&mut self) {
        if self.open.rows == 0 {
            return;
        }
        let mut open = std::mem::take(&mut self.open);
        let traces = open.first_trace..self.traces.ids.len();
        let mut granule = Granule {
            first_trace: open.first_trace,
            traces: traces.len(),
            rows: open.rows,
            start: self.traces.starts[traces.clone()].iter().copied().min().unwrap_or(0),
            end: self.traces.ends[traces].iter().copied().max().unwrap_or(0),
            pages: Vec::new(),
            durations: OnceLock::new(),
        };
        let raw = [
            (page::SPAN_ID, &open.span_ids),
            (page::LOST_PARENT, &open.lost_parents),
            (page::LINK_IDS, &open.link_ids),
        ];
        for (id, values) in open.numbers.iter().enumerate() {
            let id = id as u32;
            let start = self.pages.len();
            if let Some((_, bytes)) = raw.iter().find(|(raw, _)| *raw == id) {
                self.pages.extend_from_slice(bytes);
            } else if values.iter().any(|v| *v != 0) {
                ints::encode(&mut self.pages, values);
            }
            close_page(&mut granule, (&self.pages, self.taken), start, id);
        }
        let mut codes = Vec::with_capacity(self.columns.len());
        for (number, column) in self.columns.iter_mut().enumerate() {
            let start = self.pages.len();
            codes.push(column.encode(&mut self.pages, &mut self.recent_codes));
            close_page(&mut granule, (&self.pages, self.taken), start, FIRST_COLUMN_PAGE + number as u32);
        }
        self.granules.push(granule);
        let shapes = &open.numbers[page::SHAPE as usize];
        self.roller.granule(&RowAttributes { shapes, columns: &self.shapes, codes: &codes });
        open.clear();
        open.first_trace = self.traces.ids.len();
        self.open = open;
    }

    /// The pages since the last call, which are the next bytes of their section: what is written while it is made.
    pub(crate) fn take_pages(&mut self) -> Vec<u8> {
        self.taken += self.pages.len() as u64;
        std::mem::take(&mut self.pages)
    }

    /// Closes the open granule; its pages are there to be taken.
    pub(crate) fn close(&mut self) {
        self.seal();
    }

    /// The finished sections, with the pages that were not taken.
    pub(crate) fn finish(mut self) -> Sections {
        self.seal();
        let ids = &self.traces.ids;
        let columns: Vec<Column> = self.columns.into_iter().map(|c| c.column).collect();
        let rollups = self.roller.finish().map(|rollups| (sections::ROLLUPS, rollups.encode()));
        Sections {
            rows: self.traces.spans.iter().map(|n| u64::from(*n)).sum(),
            start: self.traces.starts.iter().copied().min().unwrap_or(0),
            end: self.traces.ends.iter().copied().max().unwrap_or(0),
            parts: [
                (sections::PAGES, self.pages),
                (sections::ORIGINS, sections::encode_origins(&self.origins)),
                (sections::COLUMNS, sections::encode_columns(&columns)),
                (sections::SHAPES, sections::encode_shapes(&self.shapes)),
                (sections::GRANULES, sections::encode_granules(&self.granules)),
                (sections::TRACES, sections::encode_traces(&self.traces)),
                (sections::FINGERPRINTS, Fingerprints::build(ids).encode()),
                (sections::FILTER, Filter::build(ids.iter().map(fingerprint)).encode()),
            ]
            .into_iter()
            .chain(rollups)
            .collect(),
        }
    }
}

fn close_page(granule: &mut Granule, (pages, taken): (&[u8], u64), start: usize, id: u32) {
    if pages.len() > start {
        let bytes = &pages[start..];
        let length = u32::try_from(bytes.len()).expect("a page of a granule is far below 4 GiB");
        granule.pages.push(Page { id, offset: taken + start as u64, length, crc: codec::crc32c(bytes) });
    }
}

impl OpenGranule {
    /// Empties it; memory of a usual size stays for the next granule.
    fn clear(&mut self) {
        self.rows = 0;
        self.numbers.iter_mut().for_each(empty);
        [&mut self.span_ids, &mut self.lost_parents, &mut self.link_ids].into_iter().for_each(empty);
    }

    fn put(&mut self, page: u32, value: u64) {
        self.numbers[page as usize].push(value);
    }
}

/// Empties what has a number, a text or the eight bytes of an id for each row.
fn empty<T>(values: &mut Vec<T>) {
    values.clear();
    values.shrink_to(KEPT_ROWS * 8 / size_of::<T>().min(8));
}

impl ColumnWriter {
    fn new(place: Place, key: Arc<str>, kind: Kind) -> Self {
        ColumnWriter {
            column: Column { place, key, kind, dictionary: Arc::default(), complete: true },
            codes: FxHashMap::default(),
            dictionary_bytes: 0,
            seen: 0,
            texts: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Appends the page of the open granule, if it has values; an own column of empty texts has none. The codes of the
    /// texts, where they have codes.
    fn encode(&mut self, out: &mut Vec<u8>, recent: &mut Recent<Arc<str>, u64>) -> Option<Vec<u64>> {
        if self.column.kind != Kind::Text {
            if !self.values.is_empty() {
                encode_values(out, self.column.kind, &self.values);
            }
            empty(&mut self.values);
            return None;
        }
        let mut texts = std::mem::take(&mut self.texts);
        let blank = self.column.place == Place::Own && texts.iter().all(|text| text.is_empty());
        let codes = if texts.is_empty() || blank { None } else { self.encode_texts(out, &texts, recent) };
        empty(&mut texts);
        self.texts = texts;
        codes
    }

    fn encode_texts(
        &mut self,
        out: &mut Vec<u8>,
        texts: &[Arc<str>],
        recent: &mut Recent<Arc<str>, u64>,
    ) -> Option<Vec<u64>> {
        self.seen += texts.len();
        let codes = self.learn(texts, recent);
        match &codes {
            Some(codes) => encode_codes(out, codes),
            None => encode_plain(out, texts),
        }
        codes
    }

    /// The codes of the texts, if all of them have one now.
    fn learn<'t>(&mut self, texts: &'t [Arc<str>], recent: &mut Recent<Arc<str>, u64>) -> Option<Vec<u64>> {
        let mut unknown: Vec<&'t Arc<str>> = Vec::new();
        recent.clear();
        let code = |text: &'t Arc<str>| {
            if let Some(code) = recent.get(text) {
                return *code;
            }
            let code = self.codes.get(text).copied().unwrap_or(UNKNOWN);
            if code == UNKNOWN {
                unknown.push(text);
            }
            recent.keep(text, code);
            code
        };
        let mut codes: Vec<u64> = texts.iter().map(code).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Some(codes);
        }
        let entries = self.column.dictionary.len() + unknown.len();
        let bytes = self.dictionary_bytes + unknown.iter().map(|text| text.len()).sum::<usize>();
        let pays = entries <= SMALL_DICTIONARY || entries * 2 <= self.seen;
        if !self.column.complete || !pays || entries > MAX_DICTIONARY || bytes > MAX_DICTIONARY_BYTES {
            self.column.complete = false;
            return None;
        }
        self.dictionary_bytes = bytes;
        let dictionary = Arc::make_mut(&mut self.column.dictionary);
        for text in unknown {
            self.codes.insert(text.clone(), dictionary.len() as u64);
            dictionary.push(text.clone());
        }
        for (code, text) in codes.iter_mut().zip(texts).filter(|(code, _)| **code == UNKNOWN) {
            *code = self.codes[text];
        }
        Some(codes)
    }
}

//! The small sections of a trace block: what a reader keeps in memory to find traces and decode granules.
//!
//! Invariant: everything that the pages refer to (origins, columns, shapes, counts) is checked here once, when a block is
//! opened. The bytes are drawn in `docs/formats/traces.md`.

use super::ints;
use super::values::{Kind, squeeze, unsqueeze};
use crate::assemble::Origin;
use crate::bytes::ReadMore;
use crate::error::DecodeError;
use crate::record::{
    StringsIn, StringsOut, get_resource, get_scope, get_str, put_resource, put_scope, put_str,
};
use codec::varint::{unzigzag, zigzag};
use codec::{Reader, put_len_bytes, put_u64};
use contract::SpanScope;
use model::TraceId;
use std::sync::{Arc, OnceLock};

/// Section kinds of trace blocks. Kinds of other signals live in other blocks and may repeat the numbers.
pub(crate) const ORIGINS: u16 = 1;
/// Keys, types and dictionaries.
pub(crate) const COLUMNS: u16 = 2;
/// Sets of columns that spans, events and links have.
pub(crate) const SHAPES: u16 = 3;
/// Ids and extents of the traces, in row order.
pub(crate) const TRACES: u16 = 4;
/// Where each granule's pages are.
pub(crate) const GRANULES: u16 = 5;
/// The pages.
pub(crate) const PAGES: u16 = 6;
/// The table of trace fingerprints.
pub(crate) const FINGERPRINTS: u16 = 7;
/// The trace-id filter.
pub(crate) const FILTER: u16 = 8;
/// Spans counted by minute and what most metrics ask. Not every block has it.
pub(crate) const ROLLUPS: u16 = 9;

/// The version of every section that this build writes.
pub(crate) const VERSION: u16 = 1;

/// 16 Mi rows: a granule of one huge trace; what claims more is damaged.
const MAX_GRANULE_ROWS: usize = 16 << 20;

/// Where a column's keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Place {
    Span = 0,
    Event = 1,
    Link = 2,
    /// A property that every span, event or link has; the key says which.
    Own = 3,
}

impl Place {
    fn from_number(number: u8) -> Result<Self, DecodeError> {
        [Place::Span, Place::Event, Place::Link, Place::Own]
            .get(usize::from(number))
            .copied()
            .ok_or(DecodeError::Invalid("column place"))
    }

    /// The attribute scope it stands for.
    pub(crate) fn scope(self) -> Option<SpanScope> {
        match self {
            Place::Span => Some(SpanScope::Span),
            Place::Event => Some(SpanScope::Event),
            Place::Link => Some(SpanScope::Link),
            Place::Own => None,
        }
    }
}

/// The columns that every block has, by their number: texts that each span, event or link has.
pub(crate) const OWN_COLUMNS: [&str; 5] =
    ["name", "status_message", "trace_state", "event_name", "link_trace_state"];
pub(crate) const NAME: u32 = 0;
pub(crate) const STATUS_MESSAGE: u32 = 1;
pub(crate) const TRACE_STATE: u32 = 2;
pub(crate) const EVENT_NAME: u32 = 3;
pub(crate) const LINK_TRACE_STATE: u32 = 4;

/// One key of one place with one type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) place: Place,
    pub(crate) key: Arc<str>,
    pub(crate) kind: Kind,
    /// Distinct texts by code; pages may hold further texts of their own.
    pub(crate) dictionary: Arc<Vec<Arc<str>>>,
    /// Whether every text of the column is in the dictionary.
    pub(crate) complete: bool,
}

/// Extents of the traces, in row order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Traces {
    pub(crate) ids: Vec<TraceId>,
    pub(crate) starts: Vec<i64>,
    pub(crate) ends: Vec<i64>,
    pub(crate) spans: Vec<u32>,
}

/// One page: what, where in the pages section, and its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) id: u32,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) crc: u32,
}

/// Rows of whole traces that are encoded together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Granule {
    pub(crate) first_trace: usize,
    pub(crate) traces: usize,
    pub(crate) rows: usize,
    /// Least start and greatest end, in nanoseconds.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// By id.
    pub(crate) pages: Vec<Page>,
    /// Least and greatest duration in nanoseconds, once a query has looked at all: the next one for longer spans leaves it out.
    pub(crate) durations: OnceLock<(i64, i64)>,
}

impl Granule {
    /// The durations of all rows as their page has them, in nanoseconds.
    pub(crate) fn durations_of(&self, numbers: Vec<u64>) -> Vec<i64> {
        let durations: Vec<i64> = numbers.into_iter().map(|n| unzigzag(n).max(0)).collect();
        self.durations.get_or_init(|| {
            let bounds = |(least, greatest): (i64, i64), one: &i64| (least.min(*one), greatest.max(*one));
            durations.iter().fold((i64::MAX, i64::MIN), bounds)
        });
        durations
    }
}

/// Appends the origins.
pub(crate) fn encode_origins(origins: &[Arc<Origin>]) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut strings = StringsOut::default();
    put_u64(&mut raw, origins.len() as u64);
    for origin in origins {
        put_resource(&mut raw, &mut strings, &origin.resource);
        put_str(&mut raw, &mut strings, &origin.resource_url);
        put_scope(&mut raw, &mut strings, &origin.scope);
        put_str(&mut raw, &mut strings, &origin.scope_url);
    }
    squeezed(&raw)
}

/// Reads the origins. Equal resources are shared.
pub(crate) fn decode_origins(bytes: &[u8]) -> Result<Vec<Arc<Origin>>, DecodeError> {
    let raw = unsqueeze(&mut Reader::new(bytes))?;
    let mut cursor = Reader::new(&raw);
    let mut strings = StringsIn::default();
    let count = cursor.count_of(6)?;
    let mut origins: Vec<Arc<Origin>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut resource = Arc::new(get_resource(&mut cursor, &mut strings)?);
        if let Some(last) = origins.last().filter(|last| last.resource == resource) {
            resource = last.resource.clone();
        }
        let resource_url = get_str(&mut cursor, &mut strings)?;
        let scope = Arc::new(get_scope(&mut cursor, &mut strings)?);
        let scope_url = get_str(&mut cursor, &mut strings)?;
        origins.push(Arc::new(Origin::new(resource, resource_url, scope, scope_url)));
    }
    Ok(origins)
}

fn squeezed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 3 + 16);
    squeeze(&mut out, raw);
    out
}

/// Appends the columns with their dictionaries.
pub(crate) fn encode_columns(columns: &[Column]) -> Vec<u8> {
    let mut raw = Vec::new();
    put_u64(&mut raw, columns.len() as u64);
    for column in columns {
        raw.extend_from_slice(&[column.place as u8, column.kind as u8, u8::from(column.complete)]);
        put_len_bytes(&mut raw, column.key.as_bytes());
        put_u64(&mut raw, column.dictionary.len() as u64);
        column.dictionary.iter().for_each(|text| put_len_bytes(&mut raw, text.as_bytes()));
    }
    squeezed(&raw)
}

/// Reads the columns.
pub(crate) fn decode_columns(bytes: &[u8]) -> Result<Vec<Column>, DecodeError> {
    let raw = unsqueeze(&mut Reader::new(bytes))?;
    let mut cursor = Reader::new(&raw);
    let count = cursor.count_of(5)?;
    let mut columns = Vec::with_capacity(count);
    for _ in 0..count {
        let place = Place::from_number(cursor.u8()?)?;
        let kind = Kind::from_number(cursor.u8()?)?;
        let complete = cursor.u8()? != 0;
        let key = Arc::from(cursor.str()?);
        let texts = cursor.count_of(1)?;
        let dictionary = (0..texts).map(|_| cursor.str().map(Arc::from)).collect::<Result<Vec<_>, _>>()?;
        let dictionary = Arc::new(dictionary);
        columns.push(Column { place, key, kind, dictionary, complete });
    }
    let own = columns.get(..OWN_COLUMNS.len()).ok_or(DecodeError::Truncated)?;
    match own.iter().all(|c| c.place == Place::Own && c.kind == Kind::Text) {
        true => Ok(columns),
        false => Err(DecodeError::Invalid("own columns")),
    }
}

/// Appends the shapes: lists of column numbers.
pub(crate) fn encode_shapes(shapes: &[Vec<u32>]) -> Vec<u8> {
    let mut raw = Vec::new();
    put_u64(&mut raw, shapes.len() as u64);
    for shape in shapes {
        put_u64(&mut raw, shape.len() as u64);
        shape.iter().for_each(|column| put_u64(&mut raw, u64::from(*column)));
    }
    squeezed(&raw)
}

/// Reads the shapes of a block with `columns` columns.
pub(crate) fn decode_shapes(bytes: &[u8], columns: usize) -> Result<Vec<Vec<u32>>, DecodeError> {
    let raw = unsqueeze(&mut Reader::new(bytes))?;
    let mut cursor = Reader::new(&raw);
    let count = cursor.count_of(1)?;
    let shape = |cursor: &mut Reader<'_>| {
        let length = cursor.count_of(1)?;
        (0..length)
            .map(|_| match cursor.u32()? {
                column if (column as usize) < columns => Ok(column),
                _ => Err(DecodeError::Invalid("shape")),
            })
            .collect()
    };
    (0..count).map(|_| shape(&mut cursor)).collect()
}

/// Appends the traces.
pub(crate) fn encode_traces(traces: &Traces) -> Vec<u8> {
    let mut out = Vec::with_capacity(traces.ids.len() * 26);
    put_u64(&mut out, traces.ids.len() as u64);
    traces.ids.iter().for_each(|id| out.extend_from_slice(&id.0));
    let mut last = 0;
    let starts = traces.starts.iter().map(|s| zigzag(s.wrapping_sub(std::mem::replace(&mut last, *s))));
    let lengths = traces.ends.iter().zip(&traces.starts).map(|(end, start)| zigzag(end.wrapping_sub(*start)));
    let spans = traces.spans.iter().map(|n| u64::from(*n));
    for column in [starts.collect::<Vec<u64>>(), lengths.collect(), spans.collect()] {
        let mut page = Vec::new();
        ints::encode(&mut page, &column);
        put_len_bytes(&mut out, &page);
    }
    out
}

/// Reads the traces.
pub(crate) fn decode_traces(bytes: &[u8]) -> Result<Traces, DecodeError> {
    let mut cursor = Reader::new(bytes);
    let count = cursor.count_of(16)?;
    let ids = (0..count).map(|_| cursor.array().map(TraceId)).collect::<Result<Vec<_>, _>>()?;
    let deltas = ints::decode(cursor.len_bytes()?, count)?;
    let lengths = ints::decode(cursor.len_bytes()?, count)?;
    let spans = ints::decode(cursor.len_bytes()?, count)?;
    let mut last = 0i64;
    let starts: Vec<i64> = deltas
        .into_iter()
        .map(|delta| {
            last = last.wrapping_add(unzigzag(delta));
            last
        })
        .collect();
    let ends = lengths.into_iter().zip(&starts).map(|(l, s)| s.wrapping_add(unzigzag(l))).collect();
    let spans = spans
        .into_iter()
        .map(|n| u32::try_from(n).map_err(|_| DecodeError::Invalid("span count")))
        .collect::<Result<_, _>>()?;
    Ok(Traces { ids, starts, ends, spans })
}

/// Appends the directory.
pub(crate) fn encode_granules(granules: &[Granule]) -> Vec<u8> {
    let mut raw = Vec::new();
    put_u64(&mut raw, granules.len() as u64);
    for granule in granules {
        put_u64(&mut raw, granule.traces as u64);
        put_u64(&mut raw, granule.rows as u64);
        put_u64(&mut raw, zigzag(granule.start));
        put_u64(&mut raw, zigzag(granule.end));
        put_u64(&mut raw, granule.pages.len() as u64);
        for page in &granule.pages {
            put_u64(&mut raw, u64::from(page.id));
            put_u64(&mut raw, u64::from(page.length));
            raw.extend_from_slice(&page.crc.to_le_bytes());
        }
    }
    squeezed(&raw)
}

/// Reads the directory; checks it against the block's traces when they are given.
pub(crate) fn decode_granules(bytes: &[u8], traces: Option<&Traces>) -> Result<Vec<Granule>, DecodeError> {
    let raw = unsqueeze(&mut Reader::new(bytes))?;
    let mut cursor = Reader::new(&raw);
    let count = cursor.count_of(5)?;
    let mut granules = Vec::with_capacity(count);
    let (mut first_trace, mut offset) = (0usize, 0u64);
    for _ in 0..count {
        let of = cursor.u64()? as usize;
        let rows = cursor.u64()? as usize;
        let (start, end) = (cursor.i64()?, cursor.i64()?);
        let next_trace = first_trace.checked_add(of).ok_or(DecodeError::Invalid("granule"))?;
        if let Some(traces) = traces {
            let spans = traces.spans.get(first_trace..next_trace).ok_or(DecodeError::Invalid("granule"))?;
            if of == 0 || spans.iter().map(|n| *n as usize).sum::<usize>() != rows || rows > MAX_GRANULE_ROWS
            {
                return Err(DecodeError::Invalid("granule rows"));
            }
        }
        let pages = cursor.count_of(6)?;
        let mut granule = Granule {
            first_trace,
            traces: of,
            rows,
            start,
            end,
            pages: Vec::with_capacity(pages),
            durations: OnceLock::new(),
        };
        for _ in 0..pages {
            let (id, length) = (cursor.u32()?, cursor.u32()?);
            granule.pages.push(Page { id, offset, length, crc: u32::from_le_bytes(cursor.array()?) });
            offset = offset.checked_add(u64::from(length)).ok_or(DecodeError::Invalid("page length"))?;
        }
        if !granule.pages.is_sorted_by_key(|page| page.id) {
            return Err(DecodeError::Invalid("page order"));
        }
        first_trace = next_trace;
        granules.push(granule);
    }
    match traces.is_none_or(|traces| first_trace == traces.ids.len()) {
        true => Ok(granules),
        false => Err(DecodeError::Invalid("granule traces")),
    }
}

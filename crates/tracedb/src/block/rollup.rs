//! Roll-ups: spans of a block counted by minute, service, name, kind, status, place in the tree and power of two of their
//! duration, so that metrics that ask no more read thousands of cells instead of millions of rows.
//!
//! Walk: `writer.rs` counts while it writes -> the section ROLLUPS -> `scan.rs` hands out a stretch of granules as cells
//! ([`unit`]) where every trace is in one piece. Invariant: a cell says of its spans what their rows say, as far as it says
//! anything; where rows cannot be told alike (copies of an id, cycles) the stretch has no cells.

pub(crate) mod unit;

use super::ints;
use super::values::{squeeze, unsqueeze};
use crate::assemble::Row;
use crate::block::tree::Placed;
use crate::bytes::ReadMore;
use crate::error::DecodeError;
use crate::record::{StringsIn, StringsOut, get_str, put_str};
use codec::{Reader, put_len_bytes, put_u64};
use contract::ROLLED_NANOS;
use model::{SpanId, Value, attr};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Granules that are counted together: 65,536 rows, so that a minute's cells are shared by many of them.
const STRETCH: usize = 16;

/// Distinct services, or names, of a block that is rolled up: beyond it names are ids, and cells save nothing.
const MAX_TEXTS: usize = 4096;

/// A stretch with more cells than this share of its rows is read by rows.
const WORTH: usize = if cfg!(test) { 1 } else { 2 };

/// Where a span stands in its trace.
const UNNUMBERED: u64 = 0;
const ROOT: u64 = 1;
const BELOW: u64 = 2;

/// Spans that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The end of the minute, in minutes since 1970: spans that start exactly there are in it.
    pub(crate) minute: i64,
    /// 0 without a service name, `n` for text `n - 1`.
    pub(crate) service: u32,
    pub(crate) name: u32,
    /// Kind + 8 * status.
    pub(crate) kind_status: u8,
    pub(crate) place: u8,
    /// How many spans.
    pub(crate) count: u32,
    /// The first of them: its trace and its duration.
    pub(crate) trace: u32,
    pub(crate) duration: i64,
}

/// The cells of adjacent granules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) granules: usize,
    /// `None` where rows have to be read.
    pub(crate) cells: Option<Vec<Cell>>,
}

/// The roll-ups of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rollups {
    pub(crate) services: Arc<Vec<Arc<str>>>,
    pub(crate) names: Arc<Vec<Arc<str>>>,
    pub(crate) stretches: Vec<Stretch>,
}

type Key = (i64, u32, u32, u8, u8, u32);

/// Counts the spans of a block that is being written.
#[derive(Debug, Default)]
pub(crate) struct Roller {
    /// Too many texts, or a service that is not a text.
    given_up: bool,
    services: Texts,
    names: Texts,
    /// By origin.
    of_origins: Vec<Option<u32>>,
    stretches: Vec<Stretch>,
    granules: usize,
    rows: usize,
    cells: Vec<Cell>,
    places: FxHashMap<Key, u32>,
    /// A trace of the stretch whose rows cannot be told alike.
    unclear: bool,
    ids: Vec<u64>,
}

#[derive(Debug, Default)]
struct Texts {
    texts: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
}

impl Texts {
    fn number(&mut self, text: &Arc<str>) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.clone(), number);
        self.texts.push(text.clone());
        (self.texts.len() <= MAX_TEXTS).then_some(number)
    }
}

/// The end of the minute of an instant.
fn minute_of(start: i64) -> i64 {
    start.div_euclid(ROLLED_NANOS) + i64::from(start.rem_euclid(ROLLED_NANOS) != 0)
}

/// The least `k` with `nanos <= 2^k`; 0 for what no histogram counts.
fn power(nanos: i64) -> u32 {
    if nanos < 2 { 0 } else { 64 - (nanos - 1).leading_zeros() }
}

impl Roller {
    /// Adds a trace in the order of its rows; `origins` are their numbers.
    pub(crate) fn push(&mut self, trace: u32, rows: &[Row], order: &[Placed], origins: &[u64]) {
        self.rows += rows.len();
        if self.given_up || self.unclear {
            return;
        }
        if !self.is_clear(rows, order) {
            self.unclear = true;
            return;
        }
        let has_root = order.iter().any(|p| p.depth == 0 && rows[p.row].span.parent_span_id.is_zero());
        let mut below_root = false;
        for (placed, origin) in order.iter().zip(origins) {
            let row = &rows[placed.row];
            let is_top = placed.depth == 0;
            if is_top {
                below_root = row.span.parent_span_id.is_zero();
            }
            let place = match (has_root && below_root, is_top) {
                (false, _) => UNNUMBERED,
                (true, true) => ROOT,
                (true, false) => BELOW,
            };
            let (Some(service), Some(name)) = (self.service(*origin, row), self.names.number(&row.span.name))
            else {
                self.given_up = true;
                return;
            };
            let duration = row.span.duration_nanos();
            let cell = Cell {
                minute: minute_of(row.span.start.0),
                service,
                name,
                kind_status: row.span.kind as u8 | (row.span.status as u8) << 3,
                place: place as u8,
                count: 1,
                trace,
                duration,
            };
            let key = (cell.minute, service, name, cell.kind_status, cell.place, power(duration));
            let next = self.cells.len() as u32;
            match *self.places.entry(key).or_insert(next) {
                new if new == next => self.cells.push(cell),
                known => self.cells[known as usize].count += 1,
            }
        }
    }

    /// Whether the depths say who is whose parent: no id comes twice, and nothing hangs on a cycle.
    fn is_clear(&mut self, rows: &[Row], order: &[Placed]) -> bool {
        let number = |id: &SpanId| u64::from_be_bytes(id.0);
        self.ids.clear();
        self.ids.extend(rows.iter().map(|row| number(&row.span.span_id)));
        self.ids.sort_unstable();
        let lost = |placed: &&Placed| placed.depth == 0 && !rows[placed.row].span.parent_span_id.is_zero();
        let known =
            |placed: &Placed| self.ids.binary_search(&number(&rows[placed.row].span.parent_span_id)).is_ok();
        self.ids.windows(2).all(|pair| pair[0] != pair[1]) && !order.iter().filter(lost).any(known)
    }

    fn service(&mut self, origin: u64, row: &Row) -> Option<u32> {
        let at = origin as usize;
        if let Some(Some(known)) = self.of_origins.get(at) {
            return Some(*known);
        }
        let service = match attr::find(&row.origin.resource.attributes, "service.name") {
            None => 0,
            Some(Value::Str(text)) => self.services.number(text)? + 1,
            Some(_) => return None,
        };
        self.of_origins.resize(self.of_origins.len().max(at + 1), None);
        self.of_origins[at] = Some(service);
        Some(service)
    }

    /// A granule ends here.
    pub(crate) fn granule(&mut self) {
        self.granules += 1;
        if self.granules == STRETCH {
            self.close();
        }
    }

    fn close(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let worth = !self.unclear && cells.len() * WORTH <= self.rows;
        let granules = std::mem::take(&mut self.granules);
        self.stretches.push(Stretch { granules, cells: worth.then_some(cells) });
        self.places.clear();
        (self.rows, self.unclear) = (0, false);
    }

    /// The roll-ups; `None` when nothing of the block is rolled up.
    pub(crate) fn finish(mut self) -> Option<Rollups> {
        if self.granules > 0 {
            self.close();
        }
        let any = self.stretches.iter().any(|stretch| stretch.cells.is_some());
        (any && !self.given_up).then(|| Rollups {
            services: Arc::new(self.services.texts),
            names: Arc::new(self.names.texts),
            stretches: self.stretches,
        })
    }
}

impl Rollups {
    /// An estimate of the memory in use, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let cells = self.stretches.iter().flat_map(|stretch| &stretch.cells).map(Vec::len).sum::<usize>();
        let texts = self.services.iter().chain(&*self.names).map(|text| text.len() + 32).sum::<usize>();
        cells * size_of::<Cell>() + texts
    }

    /// Appends the section.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (mut raw, mut strings) = (Vec::new(), StringsOut::default());
        for texts in [&self.services, &self.names] {
            put_u64(&mut raw, texts.len() as u64);
            texts.iter().for_each(|text| put_str(&mut raw, &mut strings, text));
        }
        put_u64(&mut raw, self.stretches.len() as u64);
        for stretch in &self.stretches {
            put_u64(&mut raw, stretch.granules as u64);
            let Some(cells) = &stretch.cells else {
                put_u64(&mut raw, 0);
                continue;
            };
            put_u64(&mut raw, cells.len() as u64 + 1);
            let first = cells.iter().map(|cell| cell.minute).min().unwrap_or(0);
            put_u64(&mut raw, codec::varint::zigzag(first));
            let mut column = |of: &dyn Fn(&Cell) -> u64| {
                let mut page = Vec::new();
                ints::encode(&mut page, &cells.iter().map(of).collect::<Vec<_>>());
                put_len_bytes(&mut raw, &page);
            };
            column(&|cell| cell.minute.wrapping_sub(first) as u64);
            column(&|cell| u64::from(cell.service));
            column(&|cell| u64::from(cell.name));
            column(&|cell| u64::from(cell.kind_status));
            column(&|cell| u64::from(cell.place));
            column(&|cell| u64::from(cell.count));
            column(&|cell| u64::from(cell.trace));
            column(&|cell| cell.duration as u64);
        }
        let mut out = Vec::with_capacity(raw.len() + 16);
        squeeze(&mut out, &raw);
        out
    }

    /// Reads the section of a block of so many granules and traces, or of any.
    pub(crate) fn decode(bytes: &[u8], of: Option<(usize, usize)>) -> Result<Self, DecodeError> {
        let raw = unsqueeze(&mut Reader::new(bytes))?;
        let mut cursor = Reader::new(&raw);
        let mut strings = StringsIn::default();
        let mut texts = || -> Result<Arc<Vec<Arc<str>>>, DecodeError> {
            let count = cursor.count_of(1)?;
            Ok(Arc::new((0..count).map(|_| get_str(&mut cursor, &mut strings)).collect::<Result<_, _>>()?))
        };
        let (services, names) = (texts()?, texts()?);
        let mut rollups = Rollups { services, names, stretches: Vec::new() };
        let (granules, traces) = of.unwrap_or((usize::MAX, usize::MAX));
        let mut left = granules;
        for _ in 0..cursor.count_of(2)? {
            let stretch = rollups.stretch(&mut cursor, traces)?;
            left = left.checked_sub(stretch.granules).ok_or(DecodeError::Invalid("roll-up granules"))?;
            rollups.stretches.push(stretch);
        }
        match of.is_none() || left == 0 {
            true => Ok(rollups),
            false => Err(DecodeError::Invalid("roll-up granules")),
        }
    }

    fn stretch(&self, cursor: &mut Reader<'_>, traces: usize) -> Result<Stretch, DecodeError> {
        let wrong = DecodeError::Invalid("roll-up cell");
        let granules = usize::try_from(cursor.u64()?).unwrap_or(usize::MAX);
        let Some(count) = cursor.u64()?.checked_sub(1) else { return Ok(Stretch { granules, cells: None }) };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > MAX_CELLS {
            return Err(wrong);
        }
        let first = codec::varint::unzigzag(cursor.u64()?);
        let mut column = || ints::decode(cursor.len_bytes()?, count);
        let (minute, service, name, kind_status) = (column()?, column()?, column()?, column()?);
        let (place, counts, trace, duration) = (column()?, column()?, column()?, column()?);
        let mut cells = Vec::with_capacity(count);
        for at in 0..count {
            let narrow = |of: &[u64]| u32::try_from(of[at]).unwrap_or(u32::MAX);
            let byte = |of: &[u64]| u8::try_from(of[at]).unwrap_or(u8::MAX);
            let cell = Cell {
                minute: first.wrapping_add(minute[at] as i64),
                service: narrow(&service),
                name: narrow(&name),
                kind_status: byte(&kind_status),
                place: byte(&place),
                count: narrow(&counts),
                trace: narrow(&trace),
                duration: duration[at] as i64,
            };
            let known = cell.service as usize <= self.services.len()
                && (cell.name as usize) < self.names.len()
                && (cell.trace as usize) < traces
                && u64::from(cell.place) <= BELOW;
            if !known {
                return Err(wrong);
            }
            cells.push(cell);
        }
        Ok(Stretch { granules, cells: Some(cells) })
    }
}

/// 16 Mi cells of a stretch; what claims more is damaged.
const MAX_CELLS: usize = 16 << 20;

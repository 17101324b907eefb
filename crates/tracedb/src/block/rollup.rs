//! Roll-ups: spans of a block counted by minute, service, name, kind, status, place in the tree and power of two of their
//! duration, so that metrics that ask no more read thousands of cells instead of millions of rows. A cell also knows the
//! least, the greatest and the sum of the durations, and those texts of its spans that are the same for all of them
//! ([`told`]).
//!
//! Walk: `writer.rs` counts while it writes -> the section ROLLUPS ([`encode`], [`read`]) -> `scan.rs` hands out a stretch of
//! granules as cells ([`unit`]) where every trace is in one piece. Invariant: a cell says of its spans what their rows say, as
//! far as it says anything; where rows cannot be told alike (copies of an id, cycles) the stretch has no cells.

pub(crate) mod encode;
pub(crate) mod read;
pub(crate) mod told;
pub(crate) mod unit;

use crate::assemble::Origin;
use contract::ROLLED_NANOS;
use model::{Value, attr};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use told::{Attributes, Followed, Texts};

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
    /// The trace of the longest.
    pub(crate) trace: u32,
    /// Their durations, in nanoseconds.
    pub(crate) greatest: i64,
    pub(crate) least: i64,
    pub(crate) sum: u64,
}

impl Cell {
    /// Adds a span; `false` when the sum is out of range.
    fn add(&mut self, trace: u32, duration: i64) -> bool {
        self.count += 1;
        self.least = self.least.min(duration);
        if duration > self.greatest {
            (self.greatest, self.trace) = (duration, trace);
        }
        let sum = self.sum.checked_add(duration.unsigned_abs());
        self.sum = sum.unwrap_or(self.sum);
        sum.is_some()
    }
}

/// The cells of adjacent granules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) granules: usize,
    /// `None` where rows have to be read.
    pub(crate) cells: Option<(Vec<Cell>, Texts)>,
}

/// The roll-ups of a block that was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rolled {
    pub(crate) services: Vec<Arc<str>>,
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) stretches: Vec<Stretch>,
}

type Key = (i64, u32, u32, u8, u8, u32);

/// A row, as far as it is counted.
pub(crate) struct Counted<'a> {
    /// The origin's number, and the origin.
    pub(crate) origin: u64,
    pub(crate) of: &'a Origin,
    pub(crate) name: Arc<str>,
    pub(crate) start: i64,
    /// Not negative.
    pub(crate) duration: i64,
    /// Kind + 8 * status.
    pub(crate) kind_status: u8,
    pub(crate) depth: u32,
    /// Whether it has a parent that is not in its trace.
    pub(crate) is_lost: bool,
}

/// Counts the spans of a block that is being written.
#[derive(Debug, Default)]
pub(crate) struct Roller {
    /// Too many texts, or a service that is not a text.
    given_up: bool,
    services: Numbered,
    names: Numbered,
    /// By origin.
    of_origins: Vec<Option<u32>>,
    stretches: Vec<Stretch>,
    granules: usize,
    rows: usize,
    cells: Vec<Cell>,
    places: FxHashMap<Key, u32>,
    /// A trace of the stretch whose rows cannot be told alike.
    unclear: bool,
    followed: Followed,
    /// The cells of the open granule's rows.
    of_rows: Vec<u32>,
}

#[derive(Debug, Default)]
struct Numbered {
    texts: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
}

impl Numbered {
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
    /// Adds a trace, its rows in order; it is `clear` when depths say who is whose parent
    /// ([`Planter`](crate::block::tree::Planter)).
    pub(crate) fn push(&mut self, trace: u32, rows: &[Counted<'_>], clear: bool) {
        self.rows += rows.len();
        if self.given_up || self.unclear {
            return;
        }
        if !clear {
            self.unclear = true;
            return;
        }
        let has_root = rows.iter().any(|row| row.depth == 0 && !row.is_lost);
        let mut below_root = false;
        for row in rows {
            let is_top = row.depth == 0;
            if is_top {
                below_root = !row.is_lost;
            }
            let place = match (has_root && below_root, is_top) {
                (false, _) => UNNUMBERED,
                (true, true) => ROOT,
                (true, false) => BELOW,
            };
            let (Some(service), Some(name)) = (self.service(row), self.names.number(&row.name)) else {
                self.given_up = true;
                return;
            };
            let cell = Cell {
                minute: minute_of(row.start),
                service,
                name,
                kind_status: row.kind_status,
                place: place as u8,
                count: 1,
                trace,
                greatest: row.duration,
                least: row.duration,
                sum: row.duration.unsigned_abs(),
            };
            let key = (cell.minute, service, name, cell.kind_status, cell.place, power(row.duration));
            let next = self.cells.len() as u32;
            let at = *self.places.entry(key).or_insert(next);
            self.of_rows.push(at);
            if at == next {
                self.cells.push(cell);
            } else if !self.cells[at as usize].add(trace, row.duration) {
                self.unclear = true;
                return;
            }
        }
    }

    fn service(&mut self, row: &Counted<'_>) -> Option<u32> {
        let at = row.origin as usize;
        if let Some(Some(known)) = self.of_origins.get(at) {
            return Some(*known);
        }
        let service = match attr::find(&row.of.resource.attributes, "service.name") {
            None => 0,
            Some(Value::Str(text)) => self.services.number(text)? + 1,
            Some(_) => return None,
        };
        self.of_origins.resize(self.of_origins.len().max(at + 1), None);
        self.of_origins[at] = Some(service);
        Some(service)
    }

    /// A granule ends here, whose rows have these attributes.
    pub(crate) fn granule(&mut self, attributes: &Attributes<'_>) {
        let of_rows = std::mem::take(&mut self.of_rows);
        if !self.given_up && !self.unclear {
            self.followed.granule(attributes, &of_rows);
        }
        self.granules += 1;
        if self.granules == STRETCH {
            self.close();
        }
    }

    fn close(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let worth = !self.unclear && cells.len() * WORTH <= self.rows;
        let granules = std::mem::take(&mut self.granules);
        let texts = self.followed.close(cells.iter().map(|cell| cell.count));
        self.stretches.push(Stretch { granules, cells: worth.then_some((cells, texts)) });
        self.places.clear();
        (self.rows, self.unclear) = (0, false);
    }

    /// The roll-ups; `None` when nothing of the block is rolled up.
    pub(crate) fn finish(mut self) -> Option<Rolled> {
        if self.granules > 0 {
            self.close();
        }
        let any = self.stretches.iter().any(|stretch| stretch.cells.is_some());
        (any && !self.given_up).then_some(Rolled {
            services: self.services.texts,
            names: self.names.texts,
            stretches: self.stretches,
        })
    }
}

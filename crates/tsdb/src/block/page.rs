//! A page of a block, unpacked: the value columns of series of one metric.
//!
//! On the read walk between `reader.rs`, which fetched its bytes, and `cursor.rs`, which walks its series; merges walk whole
//! pages. Dashboards ask for the same pages over and over, so `decoded.rs` keeps some: a page does not change, what a walk
//! remembers of coded columns is its own ([`LastCoded`]). Coded columns of a page that is asked for again are written in the
//! plain encoding, which is read twice as fast.

use super::sections::{PageColumns, PageEntry};
use crate::error::TsdbError;
use crate::head::read::Span;
use crate::parts::{ANY_VALUE, Parts, within};
use bytes::Bytes;
use codec::Reader;
use codec::coded::{self, MAX_CHAIN, PageTables, Scratch};
use codec::floats::{decode_floats_in, encode_floats, holds_numbers};
use contract::Need;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A page with its directory read.
#[derive(Debug)]
pub(crate) struct OpenPage {
    bytes: Bytes,
    /// For each series the number of its column of timestamps plus 1, or 0.
    times: Vec<u32>,
    /// Where each series' values end, from `bodies` on.
    ends: Vec<usize>,
    bodies: usize,
    tables: PageTables,
    /// For each series its column in the plain encoding, once it was wanted of a page that is [asked for
    /// again](OpenPage::is_asked_again); none when no column is coded.
    plain: Vec<OnceLock<Box<[u8]>>>,
    /// Bytes that plain columns may take in all: a fifth more than the page has, or two and a half times as many when columns are
    /// told by what they have more than others, as buckets of histograms are. About what they take (`docs/bench/metrics.md`).
    most_plain: usize,
    /// Bytes of these that are left.
    room: AtomicUsize,
    again: AtomicBool,
}

/// The coded column of a page that was read last: the next one may be told as what it has more. For one page only.
#[derive(Debug, Default)]
pub(crate) struct LastCoded {
    /// Its place in the page.
    at: Option<usize>,
    integers: Vec<i64>,
    before: Vec<i64>,
    scratch: Scratch,
}

impl LastCoded {
    /// Another page is read next.
    pub(crate) fn forget(&mut self) {
        self.at = None;
    }
}

impl OpenPage {
    /// Checks and unpacks a page as it is stored. What comes out holds no more memory than it says.
    pub(crate) fn read(entry: &PageEntry, stored: Bytes) -> Result<Self, TsdbError> {
        let bytes = entry.page.open(stored)?;
        // In place it would hold the whole stripe that was read.
        let bytes = if entry.page.raw == 0 { Bytes::copy_from_slice(&bytes) } else { bytes };
        let PageColumns { times, ends, bodies, tables, .. } = PageColumns::parse(&bytes, entry.count)?;
        let bodies = bytes.len() - bodies.len() - tables.len();
        let coded = !tables.is_empty();
        let tables = PageTables::parse(tables)?;
        let plain = if coded { ends.iter().map(|_| OnceLock::new()).collect() } else { Vec::new() };
        let (room, again) = (AtomicUsize::new(0), AtomicBool::new(false));
        let page = OpenPage { bytes, times, ends, bodies, tables, plain, most_plain: 0, room, again };
        let refers = (0..page.plain.len()).any(|at| coded::refers(page.body(at)));
        let most_plain = match (coded, refers) {
            (false, _) => 0,
            (true, false) => page.bytes.len() * 6 / 5,
            (true, true) => page.bytes.len() * 5 / 2,
        };
        Ok(OpenPage { most_plain, room: AtomicUsize::new(most_plain), ..page })
    }

    /// Bytes on the heap, at most: plain columns are counted before they are there.
    pub(crate) fn heap_bytes(&self) -> usize {
        let plain = self.plain.len() * size_of::<OnceLock<Box<[u8]>>>() + self.most_plain;
        self.bytes.len() + self.times.len() * 4 + self.ends.len() * 8 + self.tables.heap_bytes() + plain
    }

    /// Says that another query reads this page: what it decodes is worth keeping.
    pub(crate) fn is_asked_again(&self) {
        self.again.store(true, Ordering::Relaxed);
    }

    fn body(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[self.bodies + start..self.bodies + self.ends[at]]
    }

    /// The column of timestamps of a series; `None` when it has no float samples.
    pub(crate) fn column(&self, at: usize) -> Option<usize> {
        (self.times.get(at).copied().unwrap_or(0) as usize).checked_sub(1)
    }

    /// Adds what is needed of the float samples of one series in a span; `times` are those of its column.
    pub(crate) fn add_to(
        &self,
        at: usize,
        times: &Arc<[i64]>,
        last: &mut LastCoded,
        (span, need): (&Span, Need),
        parts: &mut Parts,
    ) -> Result<(), TsdbError> {
        let range = within(times, *span.start(), *span.end());
        if range.is_empty() {
            return Ok(());
        }
        let (mut body, wanted) = (self.body(at), range.clone());
        if need == Need::Times && holds_numbers(body) {
            parts.push_constant(times, range, ANY_VALUE);
            return Ok(());
        }
        let plain = self.plain.get(at);
        if let Some(plain) = plain.and_then(OnceLock::get) {
            body = plain;
        }
        if coded::is_coded(body) {
            return parts.push(times, range, |_, values| {
                let from = values.len();
                self.decode_coded(at, times.len(), last, values)?;
                if let Some(plain) = plain.filter(|_| self.again.load(Ordering::Relaxed)) {
                    self.keep_plain(plain, &values[from..]);
                }
                values.truncate(from + wanted.end);
                values.drain(from..from + wanted.start);
                Ok(())
            });
        }
        if let Some(value) = codec::floats::constant(body) {
            parts.push_constant(times, range, value);
            return Ok(());
        }
        parts.push(times, range, |integers, values| {
            Ok(decode_floats_in(&mut Reader::new(body), times.len(), wanted, integers, values)?)
        })
    }

    /// Keeps a column in the plain encoding while there is room.
    fn keep_plain(&self, plain: &OnceLock<Box<[u8]>>, values: &[f64]) {
        if self.room.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut column = Vec::new();
        encode_floats(&mut column, values);
        let (bytes, relaxed) = (column.len(), Ordering::Relaxed);
        if self.room.fetch_update(relaxed, relaxed, |room| room.checked_sub(bytes)).is_err() {
            // The others stay coded: no query is to encode in vain again and again.
            self.room.store(0, relaxed);
        } else if plain.set(column.into()).is_err() {
            // Another query was quicker.
            self.room.fetch_add(bytes, relaxed);
        }
    }

    /// Bytes that plain columns take, and that they are counted as.
    #[cfg(test)]
    pub(crate) fn plain_bytes(&self) -> (usize, usize) {
        (self.plain.iter().filter_map(OnceLock::get).map(|column| column.len()).sum(), self.most_plain)
    }

    /// Appends the values of a coded column, after those that it is told by and that were not read yet.
    fn decode_coded(
        &self,
        at: usize,
        count: usize,
        last: &mut LastCoded,
        values: &mut Vec<f64>,
    ) -> Result<(), TsdbError> {
        let mut from = at;
        while coded::refers(self.body(from)) && last.at != from.checked_sub(1) {
            from = from
                .checked_sub(1)
                .filter(|from| at - from <= MAX_CHAIN)
                .ok_or_else(|| TsdbError::Corrupt("a column that is told by too many others".into()))?;
        }
        last.at = None;
        for at in from..=at {
            std::mem::swap(&mut last.before, &mut last.integers);
            let before = Some(last.before.as_slice());
            coded::decode(self.body(at), count, &self.tables, before, &mut last.scratch, &mut last.integers)?;
        }
        last.at = Some(at);
        Ok(coded::to_floats(self.body(at), &last.integers, values)?)
    }
}

//! Columns of lifted values that are read: each value is asked for by the place of its mark.
//!
//! Between `settle.rs` and what `columns.rs` wrote. Lines that follow each other are mostly alike, so a column knows which
//! one was asked for after it; places are looked up only where that does not hold. Invariant: columns are numbered in the
//! order in which places first occur, as they were written.

use super::columns::{INTEGERS, MAX_WORDS, WORDS};
use super::{MAX_COLUMNS, Place};
use codec::{CodecError, Reader, ints};
use rustc_hash::FxHashMap;

/// The place of a column that nothing was asked of: a place ends with a mark, so it is never this.
const NO_PLACE: Place = 0;

/// The values of all columns of a page, one column after the other.
#[derive(Debug)]
pub(super) struct Values {
    all: Vec<i64>,
    /// Behind the last one of each column.
    ends: Vec<usize>,
}

struct Column {
    place: Place,
    /// The column that was asked after this one.
    next: usize,
    /// The next value, and behind the last one, in `values`.
    at: usize,
    end: usize,
}

/// All columns of a page, each read up to some value.
pub(super) struct Reading<'v> {
    places: FxHashMap<Place, usize>,
    columns: Vec<Column>,
    /// Of all columns, one after the other.
    values: &'v [i64],
    /// The column of the value before.
    last: usize,
}

impl Values {
    /// The counts that stand in front.
    pub(super) fn counts(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<usize>, CodecError> {
        let columns = reader.count()?;
        if columns > MAX_COLUMNS {
            return Err(reader.invalid("more columns than a page may have"));
        }
        let mut counts = Vec::with_capacity(columns);
        let mut total = 0usize;
        for _ in 0..columns {
            let count = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
            total = total.saturating_add(count);
            counts.push(count);
        }
        // Each value was at least a byte of text.
        if total > limit { Err(reader.invalid("more values than bytes of text")) } else { Ok(counts) }
    }

    pub(super) fn read(
        reader: &mut Reader<'_>,
        counts: &[usize],
        indexes: &mut Reader<'_>,
    ) -> Result<Self, CodecError> {
        let mut ends = Vec::with_capacity(counts.len());
        // What the counts claim is believed up to a mebi of values.
        let mut all = Vec::with_capacity(counts.iter().sum::<usize>().min(1 << 20));
        for count in counts {
            read_column(reader, *count, indexes, &mut all)?;
            ends.push(all.len());
        }
        Ok(Values { all, ends })
    }
}

impl<'v> Reading<'v> {
    /// From the first value of each column on.
    pub(super) fn new(values: &'v Values) -> Self {
        let starts = std::iter::once(&0).chain(&values.ends);
        let columns = starts
            .zip(&values.ends)
            .map(|(at, end)| Column { place: NO_PLACE, next: 0, at: *at, end: *end })
            .collect();
        Reading { places: FxHashMap::default(), columns, values: &values.all, last: 0 }
    }

    /// The next value of a place; `None` when there is none.
    #[inline]
    pub(super) fn next(&mut self, place: Place) -> Option<i64> {
        let found = self.column(place)?;
        let column = &mut self.columns[found];
        if column.at == column.end {
            return None;
        }
        column.at += 1;
        self.values.get(column.at - 1).copied()
    }

    /// The number of the column of a place; `None` when the page has no such column.
    #[inline]
    pub(super) fn column_of(&mut self, place: Place) -> Option<u16> {
        u16::try_from(self.column(place)?).ok()
    }

    #[inline]
    fn column(&mut self, place: Place) -> Option<usize> {
        let guess = self.columns.get(self.last)?.next;
        let known = self.columns.get(guess).is_some_and(|column| column.place == place);
        let found = if known { guess } else { self.find(place)? };
        self.last = found;
        Some(found)
    }

    /// The next value of a column; `None` when there is none.
    #[inline]
    pub(super) fn take(&mut self, column: u16) -> Option<i64> {
        let column = self.columns.get_mut(usize::from(column))?;
        let at = column.at;
        column.at += 1;
        if at < column.end { self.values.get(at).copied() } else { None }
    }

    /// The value of a column that comes behind so many next ones; `None` when there is none.
    #[inline]
    pub(super) fn ahead(&self, column: u16, values: usize) -> Option<i64> {
        let column = self.columns.get(usize::from(column))?;
        let at = column.at + values;
        if at < column.end { self.values.get(at).copied() } else { None }
    }

    /// Passes the next values of a column.
    #[inline]
    pub(super) fn skip(&mut self, column: u16, values: usize) {
        if let Some(column) = self.columns.get_mut(usize::from(column)) {
            column.at += values;
        }
    }

    fn find(&mut self, place: Place) -> Option<usize> {
        let new = self.places.len();
        let found = *self.places.entry(place).or_insert(new);
        self.columns.get_mut(found)?.place = place;
        self.columns.get_mut(self.last)?.next = found;
        Some(found)
    }
}

fn read_column(
    reader: &mut Reader<'_>,
    count: usize,
    indexes: &mut Reader<'_>,
    values: &mut Vec<i64>,
) -> Result<(), CodecError> {
    match reader.u8()? {
        INTEGERS => ints::decode_ints(reader, count, values)?,
        WORDS => {
            let words = reader.u64()?;
            if words > MAX_WORDS as u64 {
                return Err(reader.invalid("a dictionary of more words than its indexes can name"));
            }
            let mut all = Vec::with_capacity(words as usize);
            ints::decode_ints(reader, words as usize, &mut all)?;
            for index in indexes.take(count)? {
                values.push(*all.get(usize::from(*index)).ok_or_else(|| reader.invalid("no such word"))?);
            }
        }
        _ => return Err(reader.invalid("a column of an unknown kind")),
    }
    Ok(())
}

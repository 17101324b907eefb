//! The text of a page -> lines that satisfy the conditions, whole or the parts that matter.
//!
//! Used by `part.rs` and `groups.rs`. Lifted text is walked through (`block/lifted/walk.rs`): lines are put together only where they are wanted and where their
//! shape (`shapes.rs`) does not tell enough. Invariant: what is shown is UTF-8.

use super::shapes::Shapes;
use crate::block::lifted::{Unpacked, Walk, decode};
use crate::block::page::{Columns, NOT_UTF8, Text};
use crate::predicate::{Predicate, Sifted, Verdict};
use codec::CodecError;
use contract::LineParts;
use std::sync::Arc;

/// A line that satisfies the conditions.
pub(super) enum Found<'f> {
    Line(&'f [u8]),
    /// What matters of it. With the number of its shape when that is the same for all lines of the shape.
    Parts(&'f [u8], Option<usize>),
}

/// Of a line of which no part matters.
const NOTHING: Found<'static> = Found::Parts(&[], Some(0));

/// Which lines of a page are looked for.
pub(super) struct Asked<'a> {
    pub(super) columns: &'a Columns,
    /// The first rows, so many.
    pub(super) rows: usize,
    pub(super) predicate: &'a Predicate,
    /// What matters of lines; `None`: all of them.
    pub(super) parts: Option<&'a Arc<dyn LineParts>>,
}

impl Asked<'_> {
    /// Calls back with each row that is wanted and whose line satisfies the conditions, ascending. Returns the bytes of the
    /// lines that were looked at.
    pub(super) fn each(
        &self,
        text: Text<'_>,
        wanted: impl FnMut(usize) -> bool,
        take: impl FnMut(usize, Found<'_>),
    ) -> Result<u64, CodecError> {
        let are_none = self.parts.is_some_and(|parts| parts.are_none());
        let mut take = take;
        let take = |row: usize, found: Found<'_>| match found {
            Found::Line(_) if are_none => take(row, NOTHING),
            found => take(row, found),
        };
        match text {
            Text::Plain(text) => self.each_plain(&text, wanted, take),
            Text::Lifted(unpacked) if !self.predicate.may_accept_lifted(&unpacked) => Ok(0),
            Text::Lifted(unpacked) => {
                let sifted = self.predicate.sift(&unpacked, self.rows);
                if let Some(sifted) = sifted.as_ref().filter(|sifted| are_none && sifted.is_certain()) {
                    return Ok(self.each_sifted(sifted, wanted, take));
                }
                let all = self.parts.is_none() || are_none;
                // To look through all of the text costs less than to tell shapes apart.
                if sifted.is_none() && all && !self.predicate.is_empty() {
                    return self.each_settled(unpacked, wanted, take);
                }
                self.each_lifted(Walk::new(unpacked)?, sifted, wanted, take)
            }
        }
    }

    fn each_plain(
        &self,
        text: &[u8],
        mut wanted: impl FnMut(usize) -> bool,
        mut take: impl FnMut(usize, Found<'_>),
    ) -> Result<u64, CodecError> {
        let (mut start, mut read) = (0, 0);
        for (row, length) in self.columns.lengths[..self.rows].iter().enumerate() {
            let line = &text[start..start + *length as usize];
            start += line.len();
            if !wanted(row) {
                continue;
            }
            read += line.len() as u64;
            if self.predicate.accepts(line) {
                take(row, Found::Line(as_text(line)?));
            }
        }
        Ok(read)
    }

    fn each_settled(
        &self,
        unpacked: Unpacked<'_>,
        mut wanted: impl FnMut(usize) -> bool,
        mut take: impl FnMut(usize, Found<'_>),
    ) -> Result<u64, CodecError> {
        let (lengths, times) = (&self.columns.lengths[..self.rows], &self.columns.times[..self.rows]);
        let (mut read, mut damage) = (0, None);
        decode(unpacked, lengths, times, |row, line| {
            if wanted(row) {
                read += line.len() as u64;
                if self.predicate.accepts(line) {
                    match as_text(line) {
                        Ok(line) => take(row, Found::Line(line)),
                        Err(error) => damage = Some(error),
                    }
                }
            }
            false
        })?;
        damage.map_or(Ok(read), Err)
    }

    /// Lines of which nothing is to be seen.
    fn each_sifted(
        &self,
        sifted: &Sifted,
        mut wanted: impl FnMut(usize) -> bool,
        mut take: impl FnMut(usize, Found<'_>),
    ) -> u64 {
        let mut read = 0;
        for row in (0..self.rows).filter(|row| wanted(*row)) {
            read += u64::from(self.columns.lengths[row]);
            if sifted.verdict(row) == Verdict::Yes {
                take(row, NOTHING);
            }
        }
        read
    }

    fn each_lifted(
        &self,
        mut walk: Walk<'_>,
        sifted: Option<Sifted>,
        mut wanted: impl FnMut(usize) -> bool,
        mut take: impl FnMut(usize, Found<'_>),
    ) -> Result<u64, CodecError> {
        let mut shapes = Shapes::new(self.predicate, self.parts);
        let any = self.parts.is_none_or(|parts| parts.are_none());
        let rows = sifted.as_ref().map_or(self.rows, |sifted| sifted.rows().min(self.rows));
        let (mut out, mut read) = (Vec::new(), 0);
        for row in 0..rows {
            let (length, time) = (self.columns.lengths[row] as usize, self.columns.times[row]);
            let line = walk.line(length)?;
            if !wanted(row) {
                continue;
            }
            read += length as u64;
            let sifted = sifted.as_ref().map(|sifted| sifted.verdict(row));
            if sifted == Some(Verdict::No) {
                continue;
            }
            let place = if any { None } else { shapes.of(&mut walk, &line, time)? };
            let shape = place.and_then(|place| shapes.shape(place));
            let verdict = match (sifted, shape) {
                (Some(Verdict::Yes), _) => Verdict::Yes,
                (_, Some(shape)) => shape.verdict,
                (None, None) if self.predicate.is_empty() => Verdict::Yes,
                _ => Verdict::Depends,
            };
            if verdict == Verdict::No {
                continue;
            }
            let parts = shape.and_then(|shape| shape.parts.as_deref());
            out.clear();
            if verdict == Verdict::Depends || parts.is_none() {
                walk.put(&line, time, &mut out)?;
                if verdict == Verdict::Depends && !self.predicate.accepts(&out) {
                    continue;
                }
            }
            match (parts, shape) {
                (Some(pieces), Some(shape)) => {
                    out.clear();
                    walk.put_pieces(&line, pieces, time, &mut out)?;
                    take(row, Found::Parts(as_text(&out)?, place.filter(|_| shape.is_constant)));
                }
                _ => take(row, Found::Line(as_text(&out)?)),
            }
        }
        let rest = (rows..self.rows).filter(|row| wanted(*row));
        Ok(read + rest.map(|row| u64::from(self.columns.lengths[row])).sum::<u64>())
    }
}

fn as_text(line: &[u8]) -> Result<&[u8], CodecError> {
    if std::str::from_utf8(line).is_ok() { Ok(line) } else { Err(NOT_UTF8) }
}

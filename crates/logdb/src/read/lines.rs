//! The text of a page -> lines that satisfy the conditions, whole or the parts that matter.
//!
//! Used by `part.rs` and `groups.rs`. Lifted text is walked through (`block/lifted/walk.rs`): lines are put together only where they are wanted and where their
//! shape (`shapes.rs`) does not tell enough. Invariant: what is shown is UTF-8.

use super::shapes::{Known, Shapes};
use super::sieve::Sieving;
use super::steps::{Followed, Steps};
use crate::block::lifted::{Unpacked, Walk, decode};
use crate::block::page::{Columns, NOT_UTF8, Text};
use crate::predicate::{Predicate, Sifted, Verdict};
use codec::CodecError;
use contract::{LineParts, LineSieve, Stream};
use std::ops::Range;
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
    /// Those of the block.
    pub(super) streams: &'a [Arc<Stream>],
    /// The first rows, so many.
    pub(super) rows: usize,
    pub(super) predicate: &'a Predicate,
    /// What matters of lines; `None`: all of them.
    pub(super) parts: Option<&'a Arc<dyn LineParts>>,
    pub(super) known: &'a Known,
    /// What else lines have to pass, where all of them matters.
    pub(super) sieve: Option<&'a dyn LineSieve>,
}

impl Asked<'_> {
    /// Calls back with row and stream of each line that satisfies the conditions, ascending; `stream_of` tells the stream of a row
    /// that is wanted. Returns the bytes of the lines that were looked at.
    pub(super) fn each(
        &self,
        text: &Text,
        stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<u64, CodecError> {
        let are_none = self.parts.is_some_and(|parts| parts.are_none());
        let take = &mut |row: usize, stream: u32, found: Found<'_>| match found {
            Found::Line(_) if are_none => take(row, stream, NOTHING),
            found => take(row, stream, found),
        };
        match text {
            Text::Plain(text) => self.each_plain(text, stream_of, take),
            Text::Lifted(unpacked) if !self.predicate.may_accept_lifted(unpacked) => Ok(0),
            Text::Lifted(unpacked) => {
                let sifted = self.predicate.sift(unpacked, self.rows);
                if let Some(sifted) = sifted.as_ref().filter(|sifted| are_none && sifted.is_certain()) {
                    return Ok(self.each_sifted(sifted, stream_of, take));
                }
                let all = self.parts.is_none() || are_none;
                // To look through all of the text costs less than to tell shapes apart.
                if sifted.is_none() && all && !self.predicate.is_empty() {
                    return self.each_settled(unpacked, stream_of, take);
                }
                let looked_at = self.looked_at();
                let steps = looked_at.as_deref().filter(|parts| unpacked.is_ended() && !parts.are_none());
                if let Some(mut steps) = steps.and_then(|parts| self.known.steps.take(parts)) {
                    let read = self.each_stepped(unpacked, sifted, &mut steps, stream_of, take);
                    self.known.steps.give(steps);
                    return read;
                }
                self.each_lifted(Walk::new(unpacked)?, sifted, stream_of, take)
            }
        }
    }

    /// What of lines is looked at, where that is not all.
    fn looked_at(&self) -> Option<Arc<dyn LineParts>> {
        self.parts.cloned().or_else(|| self.sieve?.parts())
    }

    fn sieving(&self) -> Option<Sieving<'_>> {
        self.sieve.map(|sieve| Sieving::new(sieve, self.streams, &self.columns.sets))
    }

    fn each_plain(
        &self,
        text: &[u8],
        mut stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<u64, CodecError> {
        let mut sieving = self.sieving();
        let (mut start, mut read) = (0, 0);
        for (row, length) in self.columns.lengths[..self.rows].iter().enumerate() {
            let line = &text[start..start + *length as usize];
            start += line.len();
            if let Some(stream) = stream_of(row) {
                read += line.len() as u64;
                self.whole((row, stream), line, &mut sieving, take)?;
            }
        }
        Ok(read)
    }

    fn each_settled(
        &self,
        unpacked: &Unpacked,
        mut stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<u64, CodecError> {
        let mut sieving = self.sieving();
        let (lengths, times) = (&self.columns.lengths[..self.rows], &self.columns.times[..self.rows]);
        let (mut read, mut damage) = (0, None);
        decode(unpacked, lengths, times, |row, line| {
            if let Some(stream) = stream_of(row) {
                read += line.len() as u64;
                let told = self.whole((row, stream), line, &mut sieving, take);
                damage = damage.take().or(told.err());
            }
            false
        })?;
        damage.map_or(Ok(read), Err)
    }

    /// Takes a line that is put together, if it is wanted.
    fn whole(
        &self,
        (row, stream): (usize, u32),
        line: &[u8],
        sieving: &mut Option<Sieving<'_>>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<(), CodecError> {
        if self.predicate.accepts(line) {
            let line = as_text(line)?;
            let lets = match sieving {
                Some(sieving) => sieving.lets((stream, self.columns.set_of[row]), line)?,
                None => true,
            };
            if lets {
                take(row, stream, Found::Line(line));
            }
        }
        Ok(())
    }

    /// Lines of which nothing is to be seen.
    fn each_sifted(
        &self,
        sifted: &Sifted,
        mut stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> u64 {
        let mut read = 0;
        for row in 0..self.rows {
            let Some(stream) = stream_of(row) else { continue };
            read += u64::from(self.columns.lengths[row]);
            if sifted.verdict(row) == Verdict::Yes {
                take(row, stream, NOTHING);
            }
        }
        read
    }

    fn each_stepped(
        &self,
        unpacked: &Unpacked,
        sifted: Option<Sifted>,
        steps: &mut Steps,
        mut stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<u64, CodecError> {
        let (walk, sieving, out) = (Walk::new(unpacked)?, self.sieving(), Vec::new());
        let mut stepped = Stepped { asked: self, walk, steps, sieving, out };
        let mut read = 0;
        for row in 0..self.rows {
            let line = stepped.walk.step(self.columns.lengths[row] as usize)?;
            let Some(stream) = stream_of(row) else { continue };
            read += u64::from(self.columns.lengths[row]);
            let verdict = sifted.as_ref().map_or(Verdict::Depends, |sifted| sifted.verdict(row));
            if verdict != Verdict::No
                && let Some(found) = stepped.found((row, stream), &line, verdict)?
            {
                take(row, stream, found);
            }
        }
        Ok(read)
    }

    fn each_lifted(
        &self,
        walk: Walk<'_>,
        sifted: Option<Sifted>,
        mut stream_of: impl FnMut(usize) -> Option<u32>,
        take: &mut dyn FnMut(usize, u32, Found<'_>),
    ) -> Result<u64, CodecError> {
        let looked_at = self.looked_at();
        let mut lifted = Lifted {
            asked: self,
            walk,
            // Shapes tell nothing where all of a line is looked at, or nothing of it.
            shapes: looked_at
                .as_ref()
                .filter(|parts| !parts.are_none())
                .map(|parts| Shapes::new(self.predicate, parts, self.known)),
            sieving: self.sieving(),
            out: Vec::new(),
        };
        let rows = sifted.as_ref().map_or(self.rows, |sifted| sifted.rows().min(self.rows));
        let mut read = 0;
        for row in 0..rows {
            let line = lifted.walk.line(self.columns.lengths[row] as usize)?;
            let Some(stream) = stream_of(row) else { continue };
            read += u64::from(self.columns.lengths[row]);
            match sifted.as_ref().map(|sifted| sifted.verdict(row)) {
                Some(Verdict::No) => {}
                sifted => {
                    if let Some(found) = lifted.found((row, stream), &line, sifted)? {
                        take(row, stream, found);
                    }
                }
            }
        }
        let rest = (rows..self.rows).filter(|row| stream_of(*row).is_some());
        Ok(read + rest.map(|row| u64::from(self.columns.lengths[row])).sum::<u64>())
    }
}

/// A page whose lines are gone through a piece at a time.
struct Stepped<'a> {
    asked: &'a Asked<'a>,
    walk: Walk<'a>,
    steps: &'a mut Steps,
    sieving: Option<Sieving<'a>>,
    /// The line, or parts of it.
    out: Vec<u8>,
}

impl Stepped<'_> {
    /// What there is of a line, if it is wanted.
    fn found(
        &mut self,
        (row, stream): (usize, u32),
        line: &Range<usize>,
        verdict: Verdict,
    ) -> Result<Option<Found<'_>>, CodecError> {
        let Stepped { asked, walk, steps, sieving, out } = self;
        let time = asked.columns.times[row];
        if verdict == Verdict::Depends {
            put_whole(walk, line, time, out)?;
            if !asked.predicate.accepts(out) {
                return Ok(None);
            }
        }
        let followed = steps.follow(walk.bytes(line), line.start);
        match &followed {
            Some(Followed::Text(_)) => {}
            Some(Followed::Alone) => {
                out.clear();
                steps.put(walk, line, time, out)?;
            }
            None => put_whole(walk, line, time, out)?,
        }
        if let Some(sieving) = sieving {
            let of = (stream, asked.columns.set_of[row]);
            let lets = match &followed {
                Some(Followed::Text(number)) => match sieving.said(*number, of) {
                    Some(said) => said,
                    None => sieving.lets_shape(*number, of, steps.text(*number))?,
                },
                Some(Followed::Alone) => sieving.lets_parts(of, out)?,
                None => sieving.lets(of, out)?,
            };
            if !lets {
                return Ok(None);
            }
            put_whole(walk, line, time, out)?;
            return Ok(Some(Found::Line(as_text(out)?)));
        }
        Ok(Some(match followed {
            Some(Followed::Text(number)) => Found::Parts(steps.text(number), Some(number)),
            Some(Followed::Alone) => Found::Parts(as_text(out)?, None),
            None => Found::Line(as_text(out)?),
        }))
    }
}

/// Writes a line that was stepped over last.
fn put_whole(
    walk: &mut Walk<'_>,
    line: &Range<usize>,
    time: i64,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    out.clear();
    walk.look(line)?;
    walk.put(line, time, out)
}

/// A page whose lines are walked through.
struct Lifted<'a> {
    asked: &'a Asked<'a>,
    walk: Walk<'a>,
    shapes: Option<Shapes<'a>>,
    sieving: Option<Sieving<'a>>,
    /// The line, or parts of it.
    out: Vec<u8>,
}

impl Lifted<'_> {
    /// What there is of a line, if it is wanted; `sifted` is what is known of it.
    fn found(
        &mut self,
        (row, stream): (usize, u32),
        line: &Range<usize>,
        sifted: Option<Verdict>,
    ) -> Result<Option<Found<'_>>, CodecError> {
        let Lifted { asked, walk, shapes, sieving, out } = self;
        let time = asked.columns.times[row];
        let place = match shapes {
            Some(shapes) => shapes.of(walk, line, time)?,
            None => None,
        };
        let shape = place.zip(shapes.as_ref()).and_then(|(place, shapes)| shapes.shape(place));
        let verdict = match (sifted, shape) {
            (Some(Verdict::Yes), _) => Verdict::Yes,
            (_, Some(shape)) => shape.verdict,
            (None, None) if asked.predicate.is_empty() => Verdict::Yes,
            _ => Verdict::Depends,
        };
        if verdict == Verdict::No {
            return Ok(None);
        }
        out.clear();
        let pieces = shape.and_then(|shape| shape.parts.as_deref());
        let constant = place.filter(|_| shape.is_some_and(|shape| shape.is_constant));
        // Whether it is the line that was put together.
        let mut whole = verdict == Verdict::Depends || pieces.is_none();
        if whole {
            walk.put(line, time, out)?;
            if verdict == Verdict::Depends && !asked.predicate.accepts(out) {
                return Ok(None);
            }
        }
        if let Some(sieving) = sieving {
            let of = (stream, asked.columns.set_of[row]);
            let said = constant.and_then(|shape| sieving.said(shape, of));
            let lets = match (said, pieces) {
                (Some(said), _) => said,
                (None, None) => sieving.lets(of, out)?,
                (None, Some(pieces)) => {
                    out.clear();
                    whole = false;
                    walk.put_pieces(line, pieces, time, out)?;
                    match constant {
                        Some(shape) => sieving.lets_shape(shape, of, out)?,
                        None => sieving.lets_parts(of, out)?,
                    }
                }
            };
            if !lets {
                return Ok(None);
            }
            if !whole {
                out.clear();
                walk.put(line, time, out)?;
            }
            return Ok(Some(Found::Line(as_text(out)?)));
        }
        Ok(Some(match pieces {
            Some(pieces) => {
                out.clear();
                walk.put_pieces(line, pieces, time, out)?;
                Found::Parts(as_text(out)?, constant)
            }
            None => Found::Line(as_text(out)?),
        }))
    }
}

fn as_text(line: &[u8]) -> Result<&[u8], CodecError> {
    if std::str::from_utf8(line).is_ok() { Ok(line) } else { Err(NOT_UTF8) }
}

//! Remainder and columns -> where lines are, without putting them together.
//!
//! Beside `settle.rs`, which writes every line: where a query needs some lines, or some parts of them, a walk tells of each line
//! which bytes of the remainder are its own and what its marks stand for; [`Walk::put`] writes what is wanted. Lines whose own
//! bytes are the same are of one shape (`read/shapes.rs`). Invariant: [`Walk::put`] of all pieces gives the line that `settle.rs` gives.

pub(crate) mod pieces;

use super::digits::{digits_of, put_decimal, put_hex, put_time};
use super::kinds::{Found, Kinds, Mark, NO_COLUMN};
use super::reading::Reading;
use super::settle::{DAMAGE, WORD, marks_in, operand};
use super::*;
use codec::CodecError;
use std::ops::Range;

/// Digits of the groups of a UUID.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Steps through lifted text a line at a time.
pub(crate) struct Walk<'p> {
    /// The remainder.
    unpacked: &'p [u8],
    nibbles: &'p [u8],
    columns: Reading<'p>,
    /// Whether lines have ends: then what their marks stand for is read where it is asked for.
    ended: bool,
    at: usize,
    /// Up to where marks were read, of a walk that steps over lines.
    looked: usize,
    /// Digits that were passed.
    digit: usize,
    kinds: Kinds,
    /// The line that was passed last.
    line: Passed,
    /// Its marks, when it is of no kind.
    alone: Vec<Mark>,
    /// Its marks with their values, once they are read.
    lifted: Vec<Lifted>,
    scratch: Box<[u8; SCRATCH]>,
}

/// What is known of a line.
struct Passed {
    /// Its bytes.
    length: usize,
    kind: Option<usize>,
    /// Whether the values of its marks were read.
    read: bool,
}

/// The most that a mark writes, and room for how it is written.
const SCRATCH: usize = 2 * MAX_HEX;

/// A mark of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifted {
    /// Where it is in the remainder, and the place behind its operand.
    at: usize,
    end: usize,
    mark: u8,
    operand: u8,
    value: i64,
    /// The first of its digits.
    digit: usize,
    /// Bytes of the line.
    length: usize,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of the remainder, from the line's first one on.
    Plain(Range<usize>),
    /// What a mark stands for, counted from the line's first one.
    Lifted(usize),
}

/// Digits that differ from line to line, in a line that was put together.
#[derive(Debug)]
pub(crate) struct Digits {
    pub(crate) place: Range<usize>,
    pub(crate) hex: bool,
    pub(crate) fixed: bool,
}

impl<'p> Walk<'p> {
    pub(crate) fn new(unpacked: &'p Unpacked) -> Result<Self, CodecError> {
        Ok(Walk {
            unpacked: unpacked.remainder(),
            nibbles: unpacked.digits(),
            columns: Reading::new(unpacked.values()?),
            ended: unpacked.is_ended(),
            at: 0,
            looked: 0,
            digit: 0,
            kinds: Kinds::default(),
            line: Passed { length: 0, kind: None, read: true },
            alone: Vec::new(),
            lifted: Vec::new(),
            scratch: Box::new([0; SCRATCH]),
        })
    }

    /// Passes a line of so many bytes, and tells which bytes of the remainder are its own.
    pub(crate) fn line(&mut self, length: usize) -> Result<Range<usize>, CodecError> {
        self.pass();
        let line = if self.ended { self.ended_line() } else { self.measured(length) }.ok_or(DAMAGE)?;
        self.line.length = length;
        Ok(line)
    }

    /// The line's own bytes of the remainder.
    pub(crate) fn bytes(&self, line: &Range<usize>) -> &[u8] {
        &self.unpacked[line.clone()]
    }

    /// Whether lines have ends: with and without them the same bytes tell different marks.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The number of the kind of the line that was passed last: those of a kind have the same bytes in the remainder. `None`
    /// when it is of none.
    pub(crate) fn kind(&mut self, line: &Range<usize>) -> Option<usize> {
        if self.ended {
            return self.line.kind;
        }
        match self.kinds.find(self.unpacked, line) {
            Found::Kind(kind) => Some(kind),
            Found::Fresh(hash) => self.kinds.note(hash, line, &[]),
            Found::Alone => None,
        }
    }

    /// Passes what was not read of the line before.
    fn pass(&mut self) {
        if std::mem::replace(&mut self.line.read, true) {
            return;
        }
        match self.line.kind {
            Some(kind) => self.kinds.pass(kind),
            None => skip(&self.alone, 1, &mut self.digit, &mut self.columns),
        }
    }

    /// Skips what the marks of all lines stand for that were passed.
    fn catch_up(&mut self) {
        self.kinds.each_passed(|marks, times| skip(marks, times, &mut self.digit, &mut self.columns));
    }

    /// A line up to its end.
    fn ended_line(&mut self) -> Option<Range<usize>> {
        let from = self.at;
        let end = from + memchr::memchr(END, &self.unpacked[from..])?;
        self.at = end + 1;
        let line = from..end;
        let found = self.kinds.find(self.unpacked, &line);
        self.line.kind = match found {
            Found::Kind(kind) => Some(kind),
            Found::Fresh(_) | Found::Alone => {
                self.find_marks(&line)?;
                if let Found::Fresh(hash) = found { self.kinds.note(hash, &line, &self.alone) } else { None }
            }
        };
        self.line.read = false;
        Some(line)
    }

    /// Finds the marks of a line that has an end.
    fn find_marks(&mut self, line: &Range<usize>) -> Option<()> {
        self.alone.clear();
        let mut at = line.start;
        loop {
            at += plain(&self.unpacked[at..line.end], line.end - at);
            if at == line.end {
                return Some(());
            }
            let remainder = &self.unpacked[..line.end];
            let (mark, operand, end) = mark_at(remainder, at, true)?;
            let column = match mark {
                NUMBER | PADDED | TIME => self.columns.column_of(place(&remainder[..end], line.start))?,
                _ => NO_COLUMN,
            };
            self.alone.push(Mark { at: u32::try_from(at - line.start).ok()?, column, mark, operand });
            at = end;
        }
    }

    /// A line of so many bytes; its marks are read.
    fn measured(&mut self, length: usize) -> Option<Range<usize>> {
        let from = self.at;
        self.lifted.clear();
        let mut left = length;
        loop {
            let plain = plain(&self.unpacked[self.at..], left);
            self.at += plain;
            left -= plain;
            if left == 0 {
                return Some(from..self.at);
            }
            let remainder = self.unpacked;
            let at = self.at;
            let (mark, operand, end) = mark_at(remainder, at, false)?;
            let value = match mark {
                NUMBER | PADDED | TIME => self.columns.next(place(&remainder[..end], from))?,
                _ => 0,
            };
            self.at = end;
            let lifted = Lifted::new(at..end, (mark, operand), value, &mut self.digit)?;
            left = left.checked_sub(lifted.length)?;
            self.lifted.push(lifted);
        }
    }

    /// Reads what the marks of the line stand for, if that was not done.
    fn read(&mut self, line: &Range<usize>) -> Result<(), CodecError> {
        if std::mem::replace(&mut self.line.read, true) {
            return Ok(());
        }
        self.catch_up();
        self.lifted.clear();
        let marks = self.line.kind.map_or(self.alone.as_slice(), |kind| self.kinds.marks(kind));
        for mark in marks {
            let value = match mark.column {
                NO_COLUMN => 0,
                column => self.columns.take(column).ok_or(DAMAGE)?,
            };
            let place = mark.place(line.start);
            let lifted = Lifted::new(place, (mark.mark, mark.operand), value, &mut self.digit);
            self.lifted.push(lifted.ok_or(DAMAGE)?);
        }
        Ok(())
    }

    /// Writes the line.
    pub(crate) fn put(
        &mut self,
        line: &Range<usize>,
        time: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        self.read(line)?;
        let before = out.len();
        let mut at = line.start;
        for place in 0..self.lifted.len() {
            let lifted = self.lifted[place];
            out.extend_from_slice(&self.unpacked[at..lifted.at]);
            self.put_lifted(&lifted, time, out)?;
            at = lifted.end;
        }
        out.extend_from_slice(&self.unpacked[at..line.end]);
        if out.len() - before == self.line.length { Ok(()) } else { Err(DAMAGE) }
    }

    /// Writes parts of the line.
    pub(crate) fn put_pieces(
        &mut self,
        line: &Range<usize>,
        pieces: &[Piece],
        time: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        for piece in pieces {
            match piece {
                Piece::Plain(part) => {
                    out.extend_from_slice(&self.unpacked[line.start + part.start..line.start + part.end])
                }
                Piece::Lifted(place) => {
                    let lifted = self.lifted_at(line, *place).ok_or(DAMAGE)?;
                    self.put_lifted(&lifted, time, out)?;
                }
            }
        }
        Ok(())
    }

    /// What one mark of the line stands for. Others of it stay to be read or passed.
    fn lifted_at(&mut self, line: &Range<usize>, place: usize) -> Option<Lifted> {
        if self.line.read {
            return self.lifted.get(place).copied();
        }
        self.catch_up();
        let marks = self.line.kind.map_or(self.alone.as_slice(), |kind| self.kinds.marks(kind));
        let mark = *marks.get(place)?;
        let (mut digit, mut ahead) = (self.digit, 0);
        for before in &marks[..place] {
            digit += digits_in(before);
            ahead += usize::from(before.column == mark.column);
        }
        let value = if mark.column == NO_COLUMN { 0 } else { self.columns.ahead(mark.column, ahead)? };
        Lifted::new(mark.place(line.start), (mark.mark, mark.operand), value, &mut digit)
    }

    fn put_lifted(&mut self, lifted: &Lifted, time: i64, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let written = self.written(lifted, time).filter(|written| *written == lifted.length);
        out.extend_from_slice(&self.scratch[..written.ok_or(DAMAGE)?]);
        Ok(())
    }

    fn written(&mut self, lifted: &Lifted, time: i64) -> Option<usize> {
        let out = &mut self.scratch[..];
        let Lifted { operand, value, digit, .. } = *lifted;
        match lifted.mark {
            NUMBER => put_decimal(out, value, 1),
            PADDED => put_decimal(out, value, usize::from(operand)),
            HEX => {
                put_hex(out, self.nibbles, digit, usize::from(operand))?;
                Some(usize::from(operand))
            }
            UUID => {
                let (mut at, mut digit) = (0, digit);
                for (group, count) in UUID_GROUPS.into_iter().enumerate() {
                    if group > 0 {
                        out[at] = b'-';
                        at += 1;
                    }
                    put_hex(&mut out[at..], self.nibbles, digit, count)?;
                    (at, digit) = (at + count, digit + count);
                }
                Some(at)
            }
            TIME => put_time(out, value, operand, time),
            _ => {
                out[0] = operand;
                Some(1)
            }
        }
    }

    /// Where digits of the line differ from those of others with the same bytes in the remainder: ascending.
    pub(crate) fn digits(&mut self, line: &Range<usize>) -> Result<Vec<Digits>, CodecError> {
        self.read(line)?;
        let mut out = Vec::new();
        self.each_lifted(line, |lifted, start| {
            each_digits(lifted.mark, lifted.length, |from, count, hex, fixed| {
                out.push(Digits { place: start + from..start + from + count, hex, fixed });
            });
        });
        Ok(out)
    }

    fn each_lifted(&self, line: &Range<usize>, mut visit: impl FnMut(&Lifted, usize)) {
        let (mut before, mut start) = (line.start, 0);
        for lifted in &self.lifted {
            start += lifted.at - before;
            visit(lifted, start);
            start += lifted.length;
            before = lifted.end;
        }
    }

    /// The pieces that are parts of the line, which are given by their places in it. `None`: a part begins or ends inside of a mark.
    /// To be asked after [`Walk::digits`].
    pub(crate) fn pieces(&self, line: &Range<usize>, parts: &[Range<usize>]) -> Option<Vec<Piece>> {
        // Each piece of the whole line with its places in the line.
        let mut all: Vec<(Range<usize>, Piece)> = Vec::with_capacity(2 * self.lifted.len() + 1);
        let (mut before, mut end, mut place) = (line.start, 0, 0);
        self.each_lifted(line, |lifted, start| {
            all.push((end..start, Piece::Plain(before - line.start..lifted.at - line.start)));
            end = start + lifted.length;
            all.push((start..end, Piece::Lifted(place)));
            (before, place) = (lifted.end, place + 1);
        });
        let rest = before - line.start..line.end - line.start;
        all.push((end..end + rest.len(), Piece::Plain(rest)));
        let mut out = Vec::new();
        for part in parts {
            for (place, piece) in &all {
                let (start, end) = (place.start.max(part.start), place.end.min(part.end));
                match piece {
                    _ if start >= end => {}
                    Piece::Plain(own) => {
                        let from = own.start + start - place.start;
                        out.push(Piece::Plain(from..from + (end - start)));
                    }
                    Piece::Lifted(_) if (start..end) == *place => out.push(piece.clone()),
                    Piece::Lifted(_) => return None,
                }
            }
        }
        Some(out)
    }
}

/// Calls back with where digits differ in what a mark stands for: from, count, whether letters are among them, and whether there
/// are as many in each line.
fn each_digits(mark: u8, length: usize, mut add: impl FnMut(usize, usize, bool, bool)) {
    match mark {
        // A number that is wider than it was padded to writes all of its digits.
        NUMBER | PADDED => add(0, length, false, false),
        HEX => add(0, length, true, true),
        UUID => {
            let mut at = 0;
            for count in UUID_GROUPS {
                add(at, count, true, true);
                at += count + 1;
            }
        }
        TIME => {
            [0, 3, 6].into_iter().for_each(|at| add(at, 2, false, true));
            if length > 9 {
                add(9, length - 9, false, true);
            }
        }
        _ => {}
    }
}

/// Skips what the marks of so many lines stand for: in which order lines are passed matters to none of the next ones.
fn skip(marks: &[Mark], times: usize, digit: &mut usize, columns: &mut Reading) {
    for mark in marks {
        if mark.column == NO_COLUMN {
            *digit += times * digits_in(mark);
        } else {
            columns.skip(mark.column, times);
        }
    }
}

/// Hexadecimal digits that a mark stands for.
fn digits_in(mark: &Mark) -> usize {
    match mark.mark {
        HEX => usize::from(mark.operand),
        UUID => UUID_DIGITS,
        _ => 0,
    }
}

impl Mark {
    /// Where it is in a remainder in which its line begins there, with its operand.
    fn place(&self, start: usize) -> Range<usize> {
        let at = start + self.at as usize;
        at..at + 1 + usize::from(has_operand(self.mark))
    }
}

/// Mark and operand of a mark at a place, and the place behind them.
fn mark_at(remainder: &[u8], at: usize, ended: bool) -> Option<(u8, u8, usize)> {
    let mark = *remainder.get(at)?;
    if !has_operand(mark) {
        return matches!(mark, NUMBER | UUID).then_some((mark, 0, at + 1));
    }
    Some((mark, operand(mark, *remainder.get(at + 1)?, ended)?, at + 2))
}

fn has_operand(mark: u8) -> bool {
    matches!(mark, PADDED | HEX | TIME | ESCAPE)
}

impl Lifted {
    /// `digit` is the first of the page's digits that was not passed. `None`: nothing can be written so.
    fn new(place: Range<usize>, (mark, operand): (u8, u8), value: i64, digit: &mut usize) -> Option<Self> {
        let first = *digit;
        let length = match mark {
            NUMBER => digits_of(u64::try_from(value).ok()?),
            PADDED => digits_of(u64::try_from(value).ok()?).max(usize::from(operand)),
            HEX => {
                *digit += usize::from(operand);
                usize::from(operand)
            }
            UUID => {
                *digit += UUID_DIGITS;
                UUID_BYTES
            }
            TIME => match operand.checked_sub(32)? & 15 {
                0 => 8,
                digits => 9 + usize::from(digits),
            },
            ESCAPE => 1,
            _ => return None,
        };
        Some(Lifted { at: place.start, end: place.end, mark, operand, value, digit: first, length })
    }
}

/// How many of the first `most` bytes come before a mark.
fn plain(bytes: &[u8], most: usize) -> usize {
    let mut at = 0;
    while at < most {
        let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WORD>()) else {
            let rest = &bytes[at..];
            let end = rest.iter().position(|byte| (NUMBER..=ESCAPE).contains(byte)).unwrap_or(rest.len());
            return (at + end).min(most);
        };
        let marks = marks_in(u64::from_le_bytes(*word));
        if marks == 0 {
            at += WORD;
            continue;
        }
        at += marks.trailing_zeros() as usize / 8;
        if at >= most || bytes[at] != 0 {
            break;
        }
        // A byte that is no mark but counted as one.
        at += 1;
    }
    at.min(most)
}

//! Remainder and columns -> where lines are, without putting them together.
//!
//! Beside `settle.rs`, which writes every line: where a query needs some lines, or some parts of them, a walk tells of each line
//! which bytes of the remainder are its own and what its marks stand for; [`Walk::put`] writes what is wanted. Lines whose own
//! bytes are the same are of one shape (`read/shapes.rs`). Invariant: [`Walk::put`] of all pieces gives the line that `settle.rs` gives.

use super::digits::{digits_of, put_decimal, put_hex, put_time};
use super::reading::Reading;
use super::settle::{WORD, marks_in};
use super::*;
use codec::{CodecError, Reader};
use std::ops::Range;

/// Digits of the groups of a UUID.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Steps through lifted text a line at a time.
pub(crate) struct Walk<'p> {
    /// The remainder, and behind it the indexes of dictionaries.
    unpacked: Vec<u8>,
    length: usize,
    nibbles: &'p [u8],
    columns: Reading,
    at: usize,
    /// Digits that were passed.
    digit: usize,
    /// Marks of the line.
    lifted: Vec<Lifted>,
    scratch: Box<[u8; SCRATCH]>,
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
pub(crate) struct Digits {
    pub(crate) place: Range<usize>,
    pub(crate) hex: bool,
    pub(crate) fixed: bool,
}

impl<'p> Walk<'p> {
    pub(crate) fn new(unpacked: Unpacked<'p>) -> Result<Self, CodecError> {
        let Unpacked { mut reader, counts, digits: nibbles, unpacked, length } = unpacked;
        let columns = Reading::read(&mut reader, &counts, &mut Reader::new(&unpacked[length..]))?;
        let scratch = Box::new([0; SCRATCH]);
        Ok(Walk { unpacked, length, nibbles, columns, at: 0, digit: 0, lifted: Vec::new(), scratch })
    }

    /// Passes a line of so many bytes, and tells which bytes of the remainder are its own.
    pub(crate) fn line(&mut self, length: usize) -> Result<Range<usize>, CodecError> {
        let from = self.at;
        self.lifted.clear();
        let mut left = length;
        loop {
            let plain = plain(&self.unpacked[self.at..self.length], left);
            self.at += plain;
            left -= plain;
            if left == 0 {
                return Ok(from..self.at);
            }
            let lifted = self.mark(from).filter(|lifted| lifted.length <= left).ok_or(DAMAGE)?;
            left -= lifted.length;
            self.lifted.push(lifted);
        }
    }

    /// The line's own bytes of the remainder.
    pub(crate) fn bytes(&self, line: &Range<usize>) -> &[u8] {
        &self.unpacked[line.clone()]
    }

    fn mark(&mut self, from: usize) -> Option<Lifted> {
        let remainder = &self.unpacked[..self.length];
        let at = self.at;
        let mark = *remainder.get(at)?;
        let operand = match mark {
            PADDED | HEX | TIME | ESCAPE => *remainder.get(at + 1)?,
            _ => 0,
        };
        self.at += if matches!(mark, NUMBER | UUID) { 1 } else { 2 };
        let value = match mark {
            NUMBER | PADDED | TIME => self.columns.next(place(&remainder[..self.at], from))?,
            _ => 0,
        };
        let digit = self.digit;
        let length = match mark {
            NUMBER => digits_of(u64::try_from(value).ok()?),
            PADDED => digits_of(u64::try_from(value).ok()?).max(usize::from(operand)),
            HEX => {
                self.digit += usize::from(operand);
                usize::from(operand)
            }
            UUID => {
                self.digit += UUID_BYTES - 4;
                UUID_BYTES
            }
            TIME => match operand.checked_sub(32)? & 15 {
                0 => 8,
                digits => 9 + usize::from(digits),
            },
            ESCAPE => 1,
            _ => return None,
        };
        Some(Lifted { at, end: self.at, mark, operand, value, digit, length })
    }

    /// Writes the line.
    pub(crate) fn put(
        &mut self,
        line: &Range<usize>,
        time: i64,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let mut at = line.start;
        for place in 0..self.lifted.len() {
            let lifted = self.lifted[place];
            out.extend_from_slice(&self.unpacked[at..lifted.at]);
            self.put_lifted(&lifted, time, out)?;
            at = lifted.end;
        }
        out.extend_from_slice(&self.unpacked[at..line.end]);
        Ok(())
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
                    let lifted = *self.lifted.get(*place).ok_or(DAMAGE)?;
                    self.put_lifted(&lifted, time, out)?;
                }
            }
        }
        Ok(())
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
    pub(crate) fn digits(&self, line: &Range<usize>) -> Vec<Digits> {
        let mut out = Vec::new();
        self.each_lifted(line, |lifted, start| {
            let mut add = |from: usize, count: usize, hex: bool, fixed: bool| {
                out.push(Digits { place: start + from..start + from + count, hex, fixed });
            };
            match lifted.mark {
                NUMBER => add(0, lifted.length, false, false),
                // A number that is wider than it was padded to writes all of its digits.
                PADDED => add(0, lifted.length, false, false),
                HEX => add(0, lifted.length, true, true),
                UUID => {
                    let mut at = 0;
                    for count in UUID_GROUPS {
                        add(at, count, true, true);
                        at += count + 1;
                    }
                }
                TIME => {
                    [0, 3, 6].into_iter().for_each(|at| add(at, 2, false, true));
                    if lifted.length > 9 {
                        add(9, lifted.length - 9, false, true);
                    }
                }
                _ => {}
            }
        });
        out
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

const DAMAGE: CodecError =
    CodecError::Invalid { offset: 0, what: "a line that does not come out as long as it should" };

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

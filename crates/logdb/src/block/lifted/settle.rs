//! Remainder and columns -> lines.
//!
//! Every line of a page has to be walked through, since columns are read from their beginning; only lines that are wanted
//! are kept. Bytes are copied eight at a time up to the next mark. Invariant: a line comes out as long as it was, or the page
//! is refused.

use super::digits::{put_decimal, put_hex, put_time};
use super::reading::{Reading, Values};
use super::*;
use bytes::Bytes;
use codec::{CodecError, Reader};
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::OnceLock;

/// Lifted text whose remainder is unpacked.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// Columns of lifted values, and how many values each has. A part of all packed bytes, which stay as long as it does.
    columns: Bytes,
    counts: Vec<usize>,
    /// The values, once they were asked for.
    values: OnceLock<Values>,
    /// Hexadecimal digits, two a byte.
    digits: Bytes,
    /// Remainder and indexes.
    unpacked: Vec<u8>,
    length: usize,
    /// Whether lines have ends.
    ended: bool,
    /// Whether the digits stand apart.
    apart: bool,
    /// How many bytes were packed.
    packed_bytes: usize,
}

/// How lifted text is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'p> {
    /// As it was before lines had ends.
    Endless,
    Ended,
    /// With ends, and with these digits apart.
    Apart(&'p Bytes),
}

impl Unpacked {
    /// Unpacks the remainder; `text_bytes` is how long the lines are together.
    pub(crate) fn open(packed: &Bytes, form: Form<'_>, text_bytes: usize) -> Result<Self, CodecError> {
        let mut reader = Reader::new(packed);
        let counts = Values::counts(&mut reader, text_bytes)?;
        // A byte of text is at most two of the remainder, each index was a number in the text, and a line has an end.
        let limit = text_bytes.saturating_mul(3).saturating_add(crate::block::page::PAGE_ROWS);
        let unpacked = crate::block::page::unpack(reader.len_bytes()?, limit)?;
        let length = usize::try_from(reader.u64()?).ok().filter(|length| *length <= unpacked.len());
        let length = length.ok_or_else(|| reader.invalid("a remainder longer than what is packed"))?;
        let count = reader.u64()?;
        let (digits, apart) = match form {
            Form::Apart(digits) => (digits.clone(), true),
            _ => (packed.slice_ref(reader.len_bytes()?), false),
        };
        if count.div_ceil(2) != digits.len() as u64 {
            return Err(reader.invalid("a number of digits that differs from their bytes"));
        }
        let ended = !matches!(form, Form::Endless);
        let (columns, packed_bytes) = (packed.slice_ref(reader.rest()), packed.len());
        let values = OnceLock::new();
        Ok(Unpacked { columns, counts, values, digits, unpacked, length, ended, apart, packed_bytes })
    }

    /// Bytes on the heap, values counted whether they were asked for or not.
    pub(crate) fn heap_bytes(&self) -> usize {
        let values: usize = self.counts.iter().sum();
        let apart = if self.apart { self.digits.len() } else { 0 };
        self.packed_bytes + apart + self.unpacked.len() + (values + 2 * self.counts.len()) * 8
    }

    /// The lifted values.
    pub(super) fn values(&self) -> Result<&Values, CodecError> {
        if let Some(values) = self.values.get() {
            return Ok(values);
        }
        let mut indexes = Reader::new(&self.unpacked[self.length..]);
        let values = Values::read(&mut Reader::new(&self.columns), &self.counts, &mut indexes)?;
        Ok(self.values.get_or_init(|| values))
    }

    /// Hexadecimal digits that were lifted, two a byte.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits
    }

    /// What was not lifted.
    pub(super) fn remainder(&self) -> &[u8] {
        &self.unpacked[..self.length]
    }

    /// Whether digits stand apart: then none that a needle asks for are in the remainder.
    pub(super) fn is_apart(&self) -> bool {
        self.apart
    }

    /// Whether lines have ends.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether a text would be taken for marks.
    pub(crate) fn has_marks(&self, text: &[u8]) -> bool {
        text.iter().any(|byte| (NUMBER..=END).contains(byte))
    }

    /// Calls back with the number of each line in whose remainder a text is, where lines have ends.
    pub(crate) fn each_row_with(&self, text: &Finder<'_>, mut take: impl FnMut(usize)) {
        let remainder = self.remainder();
        let (mut row, mut at) = (0, 0);
        while let Some(found) = remainder.get(at..).and_then(|rest| text.find(rest)) {
            row += memchr::memchr_iter(END, &remainder[at..at + found]).count();
            take(row);
            let Some(end) = memchr::memchr(END, &remainder[at + found..]) else { return };
            at += found + end + 1;
            row += 1;
        }
    }

    /// Calls back with the number of each line that lifts one of these places among the digits whole, where lines have ends; with
    /// the place, and all that was lifted there. Places are ascending.
    pub(super) fn each_row_of_digits(
        &self,
        places: &[Range<usize>],
        mut take: impl FnMut(usize, &Range<usize>, &Run),
    ) {
        let remainder = self.remainder();
        let (mut row, mut digit, mut left) = (0, 0, places);
        // What stands behind a mark is none, and bytes of lines are none.
        for at in memchr::memchr3_iter(HEX, UUID, END, remainder) {
            let count = match remainder[at] {
                END => {
                    row += 1;
                    continue;
                }
                UUID => UUID_DIGITS,
                _ => remainder.get(at + 1).and_then(|byte| operand(HEX, *byte, true)).map_or(0, usize::from),
            };
            while left.first().is_some_and(|place| place.start < digit) {
                left = &left[1..];
            }
            if left.is_empty() {
                return;
            }
            let end = digit + count;
            let run = Run { first: digit, count, is_uuid: remainder[at] == UUID };
            for place in left.iter().take_while(|place| place.start < end) {
                if place.end <= end {
                    take(row, place, &run);
                }
            }
            digit = end;
        }
    }
}

/// Digits that were lifted at one mark.
pub(super) struct Run {
    /// Among all digits of the page.
    first: usize,
    count: usize,
    is_uuid: bool,
}

/// Where the dashes of a UUID are, and how many digits stand before each.
const DASHES: [(usize, usize); 4] = [(8, 8), (13, 12), (18, 16), (23, 20)];

impl Run {
    /// Where a digit is in what the mark stands for.
    pub(super) fn place_of(&self, digit: usize) -> Option<usize> {
        let own = digit.checked_sub(self.first)?;
        let dashes = DASHES.iter().filter(|(_, before)| self.is_uuid && *before <= own).count();
        Some(own + dashes)
    }

    /// A byte of what the mark stands for; `None` behind its end.
    pub(super) fn byte(&self, at: usize, digits: &[u8]) -> Option<u8> {
        let dashes = DASHES.iter().filter(|(dash, _)| self.is_uuid && *dash < at).count();
        if self.is_uuid && DASHES.iter().any(|(dash, _)| *dash == at) {
            return Some(b'-');
        }
        let own = at - dashes;
        let digit = (own < self.count).then_some(self.first + own)?;
        let two = *digits.get(digit / 2)?;
        let value = if digit.is_multiple_of(2) { two >> 4 } else { two & 15 };
        Some(b"0123456789abcdef"[usize::from(value)])
    }
}

/// The first lines again, one after the other, of those that `keep` keeps: it is given the number of a line and its bytes.
/// `lengths` and `times` are those of the lines up to the last one that may be kept.
pub(crate) fn decode(
    unpacked: &Unpacked,
    lengths: &[u32],
    times: &[i64],
    mut keep: impl FnMut(usize, &[u8]) -> bool,
) -> Result<Vec<u8>, CodecError> {
    let columns = Reading::new(unpacked.values()?);
    let (remainder, nibbles, ended) = (unpacked.remainder(), unpacked.digits(), unpacked.ended);
    let (out, written) = (Vec::new(), 0);
    let mut settling = Settling { remainder, at: 0, nibbles, digit: 0, columns, ended, out, written };
    for (row, (length, time)) in lengths.iter().zip(times).enumerate() {
        let (start, length) = (settling.written, *length as usize);
        settling.make_room(length);
        let settled = settling.line(start + length, *time).is_some();
        if !settled || settling.written != start + length {
            return Err(DAMAGE);
        }
        if !keep(row, &settling.out[start..settling.written]) {
            settling.written = start;
        }
    }
    settling.out.truncate(settling.written);
    Ok(settling.out)
}

/// A line is as long as its page says: what is none is damage.
pub(super) const DAMAGE: CodecError =
    CodecError::Invalid { offset: 0, what: "a line that does not come out as long as it should" };

/// What stands behind a mark, as it was before lines had ends.
pub(super) fn operand(mark: u8, byte: u8, ended: bool) -> Option<u8> {
    if !ended {
        return Some(byte);
    }
    let own = byte.checked_sub(OPERAND)?;
    Some(match mark {
        HEX => own.checked_add(MIN_HEX as u8)?,
        TIME => own.checked_add(32)?,
        _ => own,
    })
}

/// Bytes that are copied at once.
pub(super) const WORD: usize = 8;
/// The most that a mark writes at once, and what a copy may write behind the end of a line.
const SLACK: usize = 2 * MAX_HEX + WORD;
/// By so much the output grows: what is not kept is written over.
const GROWTH: usize = 256 << 10;

/// The high bit of each byte that is a mark, exact up to the first one, of bytes below 128. A zero byte counts as well.
pub(super) fn marks_in(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    word.wrapping_sub(ONES * (ESCAPE as u64 + 1)) & !word & (ONES << 7)
}

struct Settling<'r> {
    remainder: &'r [u8],
    at: usize,
    nibbles: &'r [u8],
    /// Digits that were read.
    digit: usize,
    columns: Reading<'r>,
    ended: bool,
    /// Longer than what is written.
    out: Vec<u8>,
    written: usize,
}

impl Settling<'_> {
    fn make_room(&mut self, length: usize) {
        let needed = self.written + length + SLACK;
        if self.out.len() < needed {
            self.out.resize(needed + GROWTH, 0);
        }
    }

    /// Writes a line that ends at `end` of the output. `None`: it cannot.
    fn line(&mut self, end: usize, time: i64) -> Option<()> {
        let from = self.at;
        while self.written < end && !self.plain(end) {
            self.mark(from, time)?;
        }
        if self.ended {
            self.at += 1;
            (self.remainder.get(self.at - 1) == Some(&END)).then_some(())?;
        }
        Some(())
    }

    /// Copies bytes up to the next mark; whether the line ends before it.
    fn plain(&mut self, end: usize) -> bool {
        loop {
            let left = end - self.written;
            let Some(word) = self.remainder.get(self.at..).and_then(|rest| rest.first_chunk::<WORD>()) else {
                return self.plain_by_byte(end);
            };
            // There is room: a line has slack behind it.
            self.out[self.written..self.written + WORD].copy_from_slice(word);
            let marks = marks_in(u64::from_le_bytes(*word));
            let plain = marks.trailing_zeros() as usize / 8;
            if plain >= left {
                self.at += left;
                self.written = end;
                return true;
            }
            self.at += plain;
            self.written += plain;
            if marks != 0 {
                if word[plain] != 0 {
                    return false;
                }
                // A byte that is no mark but counted as one.
                self.at += 1;
                self.written += 1;
                if self.written == end {
                    return true;
                }
            }
        }
    }

    /// The same for the last bytes of the remainder.
    fn plain_by_byte(&mut self, end: usize) -> bool {
        while self.written < end {
            match self.remainder.get(self.at) {
                Some(byte) if !(NUMBER..=ESCAPE).contains(byte) => self.out[self.written] = *byte,
                _ => return false,
            }
            self.at += 1;
            self.written += 1;
        }
        true
    }

    /// The place of the mark that ends before `at`, like [`super::place`].
    fn place(&self, from: usize) -> Option<Place> {
        let start = self.at.checked_sub(WORD).filter(|start| *start >= from);
        match start {
            Some(start) => {
                let word = self.remainder.get(start..self.at)?.first_chunk()?;
                Some(u64::from_le_bytes(*word))
            }
            None => Some(place(self.remainder.get(..self.at)?, from)),
        }
    }

    fn mark(&mut self, from: usize, time: i64) -> Option<()> {
        let mark = *self.remainder.get(self.at)?;
        let operand = self.remainder.get(self.at + 1).and_then(|byte| operand(mark, *byte, self.ended));
        let wide = matches!(mark, PADDED | HEX | TIME | ESCAPE);
        self.at += if wide { 2 } else { 1 };
        let value = match mark {
            NUMBER | PADDED | TIME => {
                let place = self.place(from)?;
                self.columns.next(place)?
            }
            _ => 0,
        };
        let out = &mut self.out[self.written..];
        self.written += match mark {
            NUMBER => put_decimal(out, value, 1)?,
            PADDED => put_decimal(out, value, usize::from(operand?))?,
            HEX => {
                let count = usize::from(operand?);
                put_hex(out, self.nibbles, self.digit, count)?;
                self.digit += count;
                count
            }
            UUID => {
                let mut at = 0;
                for (group, count) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    if group > 0 {
                        *out.get_mut(at)? = b'-';
                        at += 1;
                    }
                    put_hex(out.get_mut(at..)?, self.nibbles, self.digit, count)?;
                    self.digit += count;
                    at += count;
                }
                at
            }
            TIME => put_time(out, value, operand?, time)?,
            ESCAPE => {
                *out.first_mut()? = operand?;
                1
            }
            _ => return None,
        };
        Some(())
    }
}

//! Remainder and columns -> lines.

use super::columns::Reading;
use super::*;
use codec::{CodecError, Reader};
use std::io::Write;

/// Lifted text whose remainder is unpacked.
pub(crate) struct Unpacked<'p> {
    /// In front of the nibbles.
    reader: Reader<'p>,
    counts: Vec<usize>,
    /// Remainder and indexes.
    unpacked: Vec<u8>,
    length: usize,
}

impl<'p> Unpacked<'p> {
    /// Unpacks the remainder; `text_bytes` is how long the lines are together.
    pub(crate) fn open(packed: &'p [u8], text_bytes: usize) -> Result<Self, CodecError> {
        let mut reader = Reader::new(packed);
        let counts = Reading::counts(&mut reader, text_bytes)?;
        // A byte of text is at most two of the remainder, and each index was a number in the text.
        let unpacked = crate::block::page::unpack(reader.len_bytes()?, text_bytes.saturating_mul(3))?;
        let length = usize::try_from(reader.u64()?).ok().filter(|length| *length <= unpacked.len());
        let length = length.ok_or_else(|| reader.invalid("a remainder longer than what is packed"))?;
        Ok(Unpacked { reader, counts, unpacked, length })
    }

    /// What was not lifted.
    pub(crate) fn remainder(&self) -> &[u8] {
        &self.unpacked[..self.length]
    }
}

/// Texts that look for a needle in the remainder of lines: a run of letters is there as it is in the lines, but one that
/// may be part of a hexadecimal word, which is lifted whole. The longest such run of a needle; `None` when it has none.
pub(crate) fn stays(needle: &[u8]) -> Option<&[u8]> {
    let runs = needle.split(|byte| !byte.is_ascii_alphabetic());
    runs.filter(|run| !run.iter().all(|byte| is_lower_hex(*byte))).max_by_key(|run| run.len())
}

/// The lines again, one after the other; `text_bytes` is how long they are together.
pub(crate) fn decode(
    unpacked: Unpacked<'_>,
    lengths: &[u32],
    times: &[i64],
    text_bytes: usize,
) -> Result<Vec<u8>, CodecError> {
    let Unpacked { mut reader, counts, unpacked, length } = unpacked;
    let digits = reader.u64()?;
    let nibbles = reader.len_bytes()?;
    if digits.div_ceil(2) != nibbles.len() as u64 {
        return Err(reader.invalid("a number of digits that differs from their bytes"));
    }
    let (remainder, indexes) = unpacked.split_at(length);
    let mut columns = Reading::read(&mut reader, &counts, &mut Reader::new(indexes))?;
    let mut settling = Settling { remainder, at: 0, nibbles, digit: 0, out: Vec::with_capacity(text_bytes) };
    for (length, time) in lengths.iter().zip(times) {
        let end = settling.out.len() + *length as usize;
        let settled = end <= text_bytes && settling.line(&mut columns, end, *time).is_some();
        if !settled || settling.out.len() != end {
            return Err(reader.invalid("a line that does not come out as long as it should"));
        }
    }
    Ok(settling.out)
}

struct Settling<'r> {
    remainder: &'r [u8],
    at: usize,
    nibbles: &'r [u8],
    /// Digits that were read.
    digit: usize,
    out: Vec<u8>,
}

impl Settling<'_> {
    /// Writes a line that ends at `end` of the output. `None`: it cannot.
    fn line(&mut self, columns: &mut Reading, end: usize, time: i64) -> Option<()> {
        let from = self.at;
        while self.out.len() < end {
            let rest = &self.remainder[self.at..];
            let plain = rest.iter().position(|b| (NUMBER..=ESCAPE).contains(b)).unwrap_or(rest.len());
            if plain > 0 {
                let taken = plain.min(end - self.out.len());
                self.out.extend_from_slice(&rest[..taken]);
                self.at += taken;
                continue;
            }
            self.mark(columns, from, time)?;
        }
        Some(())
    }

    fn mark(&mut self, columns: &mut Reading, from: usize, time: i64) -> Option<()> {
        let mark = *self.remainder.get(self.at)?;
        let operand = self.remainder.get(self.at + 1).copied();
        let wide = matches!(mark, PADDED | HEX | TIME | ESCAPE);
        self.at += if wide { 2 } else { 1 };
        let mut value = || columns.next(place(self.remainder.get(..self.at)?, from));
        match mark {
            NUMBER => self.out.extend_from_slice(itoa(value()?, 1, &mut [0; 20])?),
            PADDED => {
                let value = value()?;
                self.out.extend_from_slice(itoa(value, usize::from(operand?), &mut [0; 20])?);
            }
            HEX => self.hex(usize::from(operand?))?,
            UUID => {
                for (group, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
                    if group > 0 {
                        self.out.push(b'-');
                    }
                    self.hex(length)?;
                }
            }
            TIME => {
                let value = value()?;
                self.time(value, operand?, time)?;
            }
            _ => self.out.push(operand?),
        }
        Some(())
    }

    fn hex(&mut self, digits: usize) -> Option<()> {
        for _ in 0..digits {
            let byte = *self.nibbles.get(self.digit / 2)?;
            let value = if self.digit.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
            self.out.push(b"0123456789abcdef"[usize::from(value)]);
            self.digit += 1;
        }
        Some(())
    }

    fn time(&mut self, distance: i64, shape: u8, at: i64) -> Option<()> {
        let shape = shape.checked_sub(32)?;
        let (digits, comma) = (usize::from(shape & 15), shape & 16 != 0);
        if digits > 9 || shape > 31 {
            return None;
        }
        let unit = unit(digits);
        let own = at.rem_euclid(DAY).div_euclid(unit);
        let units = own.checked_add(distance).filter(|units| (0..DAY / unit).contains(units))?;
        let (seconds, fraction) = (units / (1_000_000_000 / unit), units % (1_000_000_000 / unit));
        for (separator, part) in [("", seconds / 3600), (":", seconds / 60 % 60), (":", seconds % 60)] {
            self.out.extend_from_slice(separator.as_bytes());
            self.out.extend_from_slice(itoa(part, 2, &mut [0; 20])?);
        }
        if digits > 0 {
            self.out.push(if comma { b',' } else { b'.' });
            // Writing into memory cannot fail.
            write!(self.out, "{fraction:0digits$}").ok()?;
        }
        Some(())
    }
}

/// A number of at least `width` digits; `None` when it is negative or wider than the buffer.
fn itoa(value: i64, width: usize, buffer: &mut [u8; 20]) -> Option<&[u8]> {
    let (mut value, mut at) = (u64::try_from(value).ok()?, buffer.len());
    while value > 0 || buffer.len() - at < width {
        at = at.checked_sub(1)?;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    Some(&buffer[at..])
}

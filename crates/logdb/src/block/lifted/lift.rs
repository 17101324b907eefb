//! Lines -> remainder and columns.

use super::columns::Writing;
use super::stay::has_digits;
use super::*;
use crate::block::shape::Shape;
use codec::{put_len_bytes, put_u64};
use std::ops::Range;

/// Most of what stands between two numbers is no longer.
const SHORT: usize = 32;

/// A tenth of the text must be lifted for it to be worth writing back.
const LEAST_SHARE: usize = 10;

/// What lines that stand one after the other pack to, whether it is worth it or not.
#[cfg(test)]
pub(crate) fn encode_always(text: &[u8], lengths: &[u32], times: &[i64]) -> Lifted {
    let (mut lifting, mut shape, mut start) = (Lifting::default(), Shape::default(), 0);
    for (length, at) in lengths.iter().zip(times) {
        let line = &text[start..start + *length as usize];
        start += line.len();
        shape.read(line);
        lifting.line(line, &shape, *at);
    }
    lifting.pack()
}

/// Hexadecimal digits, two a byte.
#[derive(Default)]
struct Nibbles {
    bytes: Vec<u8>,
    count: usize,
}

/// What a byte is as a lower-case hexadecimal digit; [`NO_DIGIT`] when it is none.
const DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    table
};
const NO_DIGIT: u8 = 0x10;

impl Nibbles {
    /// Adds all of a word, or nothing when a byte of it is no digit.
    fn push(&mut self, word: &[u8]) -> bool {
        let before = self.bytes.len();
        let mut seen = 0;
        let (first, rest) = word.split_at(self.count % 2);
        let first = first.first().map(|byte| DIGITS[usize::from(*byte)]);
        let mut pairs = rest.chunks_exact(2);
        self.bytes.extend(pairs.by_ref().map(|pair| {
            let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
            seen |= high | low;
            high << 4 | low
        }));
        if let [last] = pairs.remainder() {
            let value = DIGITS[usize::from(*last)];
            seen |= value;
            self.bytes.push(value << 4);
        }
        if (seen | first.unwrap_or(0)) >= NO_DIGIT {
            self.bytes.truncate(before);
            return false;
        }
        if let (Some(value), Some(half)) = (first, before.checked_sub(1)) {
            self.bytes[half] |= value;
        }
        self.count += word.len();
        true
    }
}

/// Takes lines apart as they come, until the page is full.
#[derive(Default)]
pub(crate) struct Lifting {
    remainder: Vec<u8>,
    nibbles: Nibbles,
    columns: Writing,
    /// Bytes of the lines.
    text: usize,
    /// Where the line begins in the remainder.
    from: usize,
    /// The line's time.
    at: i64,
    /// Whether digits stayed in the remainder that [`super::Stay`] would look for.
    stayed: bool,
}

/// What was lifted, packed.
#[derive(Debug)]
pub(crate) struct Lifted {
    /// Hexadecimal digits, two a byte, that stand apart; `None` when they are in the rest.
    pub(crate) digits: Option<Vec<u8>>,
    pub(crate) rest: Vec<u8>,
}

#[cfg(test)]
impl Lifted {
    pub(crate) fn open(&self, text_bytes: usize) -> Result<Unpacked, codec::CodecError> {
        let digits = self.digits.clone().map(bytes::Bytes::from);
        let form = digits.as_ref().map_or(Form::Ended, Form::Apart);
        Unpacked::open(&self.rest.clone().into(), form, text_bytes)
    }
}

/// The length of a run of bytes.
pub(super) fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|b| !is(*b)).unwrap_or(bytes.len())
}

impl Lifting {
    /// What was lifted, packed; `None` when it is little: then text packs as well as it is. Empty afterwards.
    pub(crate) fn finish(&mut self) -> Option<Lifted> {
        let worth = self.remainder.len() <= self.text - self.text / LEAST_SHARE;
        let packed = worth.then(|| self.pack());
        self.remainder.clear();
        self.nibbles.bytes.clear();
        self.columns.clear();
        (self.nibbles.count, self.text, self.stayed) = (0, 0, false);
        packed
    }

    fn pack(&mut self) -> Lifted {
        let mut out = Vec::new();
        let length = self.remainder.len() as u64;
        let columns = self.columns.finish(&mut out, &mut self.remainder);
        put_len_bytes(&mut out, &crate::block::page::pack(&self.remainder));
        put_u64(&mut out, length);
        put_u64(&mut out, self.nibbles.count as u64);
        let digits = (!self.stayed).then(|| self.nibbles.bytes.clone());
        if digits.is_none() {
            put_len_bytes(&mut out, &self.nibbles.bytes);
        }
        out.extend_from_slice(&columns);
        Lifted { digits, rest: out }
    }

    /// Adds a line; `shape` is the line's. Returns what remains of it.
    pub(crate) fn line(&mut self, line: &[u8], shape: &Shape, at: i64) -> &[u8] {
        (self.from, self.at) = (self.remainder.len(), at);
        self.text += line.len();
        // Up to where the line is in the remainder, and from where on words are looked for.
        let (mut written, mut from) = (0, 0);
        while let Some(word) = shape.numbered_word(from) {
            let before = self.remainder.len();
            self.plain(line, written..word.start, shape);
            match self.word(line, &word) {
                Some(Taken { bytes, next }) => (written, from) = (word.start + bytes, word.start + next),
                None => {
                    self.remainder.truncate(before);
                    self.stayed |= has_digits(&line[word.clone()]);
                    from = word.end;
                }
            }
        }
        self.plain(line, written..line.len(), shape);
        self.remainder.push(END);
        &self.remainder[self.from..self.remainder.len() - 1]
    }

    /// A part of the line that stays as it is.
    fn plain(&mut self, line: &[u8], part: Range<usize>, shape: &Shape) {
        if !shape.has_controls() {
            match line[part.start..].first_chunk::<SHORT>() {
                // With what is behind it, which is cut off again: less work than to copy as much as it happens to be.
                Some(bytes) if part.len() <= SHORT => {
                    let end = self.remainder.len() + part.len();
                    self.remainder.extend_from_slice(bytes);
                    self.remainder.truncate(end);
                }
                _ => self.remainder.extend_from_slice(&line[part]),
            }
            return;
        }
        for byte in &line[part] {
            if (NUMBER..=END).contains(byte) {
                self.remainder.extend_from_slice(&[ESCAPE, OPERAND | *byte]);
            } else {
                self.remainder.push(*byte);
            }
        }
    }

    /// Lifts a word of letters and digits, what begins with it, or the number that it begins with; `None` when it has to stay.
    fn word(&mut self, line: &[u8], word: &Range<usize>) -> Option<Taken> {
        let rest = &line[word.start..];
        let bytes = &rest[..word.len()];
        let digits = run(bytes, |b| b.is_ascii_digit());
        if let Some(taken) = self.hex(rest, bytes, digits) {
            return Some(Taken { bytes: taken, next: taken });
        }
        if digits == 0 {
            return None;
        }
        if let Some(taken) = self.time(rest) {
            return Some(Taken { bytes: taken, next: taken });
        }
        // Letters behind a number are its unit, but letters and digits in turn are a name. `25T12:18:28` is a date's day.
        let unit = run(&bytes[digits..], |b| b.is_ascii_alphabetic());
        let day = unit == 1 && time_of_day(&rest[digits + 1..]).is_some();
        if digits > MAX_DIGITS || digits + unit != bytes.len() && !day {
            return None;
        }
        let fraction = is_fraction(&line[..word.start], &rest[digits..]);
        let lifted = self.number(&bytes[..digits], fraction);
        lifted.then_some(Taken { bytes: digits, next: digits + usize::from(day) })
    }

    /// `false`: its place has no column.
    fn number(&mut self, digits: &[u8], fraction: bool) -> bool {
        let value = digits.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        if fraction || digits.len() > 1 && digits[0] == b'0' {
            self.remainder.extend_from_slice(&[PADDED, OPERAND | digits.len() as u8]);
        } else {
            self.remainder.push(NUMBER);
        }
        self.columns.push(place(&self.remainder, self.from), value)
    }

    fn hex(&mut self, rest: &[u8], word: &[u8], digits: usize) -> Option<usize> {
        if word.len() < MIN_HEX {
            return None;
        }
        if word.len() == MIN_HEX && is_uuid(rest) {
            self.remainder.push(UUID);
            rest[..UUID_BYTES].split(|b| *b == b'-').for_each(|group| {
                self.nibbles.push(group);
            });
            return Some(UUID_BYTES);
        }
        let number = digits == word.len() && digits <= MAX_DIGITS;
        if number || word.len() > LONGEST_HEX || !self.nibbles.push(word) {
            return None;
        }
        self.remainder.extend_from_slice(&[HEX, OPERAND | (word.len() - MIN_HEX) as u8]);
        Some(word.len())
    }

    fn time(&mut self, rest: &[u8]) -> Option<usize> {
        let time = time_of_day(rest)?;
        let own = self.at.rem_euclid(DAY);
        let distance = time.nanos - own.div_euclid(time.unit()) * time.unit();
        let before = self.remainder.len();
        self.remainder.extend_from_slice(&[TIME, OPERAND | time.shape()]);
        // Distances are whole units.
        if self.columns.push(place(&self.remainder, self.from), distance / time.unit()) {
            return Some(time.length);
        }
        self.remainder.truncate(before);
        None
    }
}

/// What was lifted of a word.
struct Taken {
    /// Of the line, from the word's beginning.
    bytes: usize,
    /// Where the next word may begin, from there.
    next: usize,
}

/// Whether digits stand behind the one point of a number: their zeros count, unlike those of an address.
fn is_fraction(before: &[u8], after: &[u8]) -> bool {
    let Some(whole) = before.strip_suffix(b".") else { return false };
    let digits = whole.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && !whole[..whole.len() - digits].ends_with(b".") && after.first() != Some(&b'.')
}

/// `hh:mm:ss`, with up to nine digits behind a point or comma.
struct TimeOfDay {
    nanos: i64,
    /// Digits of the fraction.
    digits: usize,
    comma: bool,
    length: usize,
}

impl TimeOfDay {
    fn unit(&self) -> i64 {
        unit(self.digits)
    }

    /// The digits of the fraction, and 16 for a comma.
    fn shape(&self) -> u8 {
        self.digits as u8 + if self.comma { 16 } else { 0 }
    }
}

fn time_of_day(rest: &[u8]) -> Option<TimeOfDay> {
    let pair = |at: usize| {
        let pair = rest.get(at..at + 2)?;
        pair.iter()
            .all(u8::is_ascii_digit)
            .then(|| i64::from(pair[0] - b'0') * 10 + i64::from(pair[1] - b'0'))
    };
    // Most numbers end here.
    if rest.get(2) != Some(&b':') {
        return None;
    }
    let (hours, minutes, seconds) = (pair(0)?, pair(3)?, pair(6)?);
    if rest[5] != b':' || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let after = &rest[8..];
    let digits = match after.first() {
        Some(b'.' | b',') => run(&after[1..], |b| b.is_ascii_digit()),
        Some(byte) if byte.is_ascii_digit() => return None,
        _ => 0,
    };
    if digits > 9 {
        return None;
    }
    let length = if digits == 0 { 8 } else { 9 + digits };
    // Letters that go on behind a time would make a word of which the end stays and the beginning does not (`stay.rs`).
    let word = |at: usize| rest.get(at).is_some_and(u8::is_ascii_alphanumeric);
    if word(length) && (rest[length] != b'Z' || word(length + 1)) {
        return None;
    }
    let whole = (hours * 3600 + minutes * 60 + seconds) * 1_000_000_000;
    let fraction =
        after.get(1..1 + digits)?.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(TimeOfDay {
        nanos: whole + fraction * unit(digits),
        digits,
        comma: digits > 0 && after[0] == b',',
        length,
    })
}

/// 8-4-4-4-12 lower-case digits, and then the word's end.
fn is_uuid(rest: &[u8]) -> bool {
    let shaped = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => is_lower_hex(*byte),
    };
    let ended = rest.get(UUID_BYTES).is_none_or(|b| !b.is_ascii_alphanumeric());
    ended && rest.get(..UUID_BYTES).is_some_and(|all| all.iter().enumerate().all(shaped))
}

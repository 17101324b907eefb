//! Lines -> remainder and columns.

use super::columns::Writing;
use super::*;
use codec::{put_len_bytes, put_u64};

/// A tenth of the text must be lifted for it to be worth writing back.
const LEAST_SHARE: usize = 10;

/// Packs lines that stand one after the other in `text`; `times` are theirs. `None` when little can be lifted: then text
/// packs as well as it is.
pub(crate) fn encode(text: &[u8], lengths: &[u32], times: &[i64]) -> Option<Vec<u8>> {
    let lifting = lift(text, lengths, times);
    let worth = lifting.remainder.len() <= text.len() - text.len() / LEAST_SHARE;
    worth.then(|| lifting.finish())
}

fn lift(text: &[u8], lengths: &[u32], times: &[i64]) -> Lifting {
    let mut lifting = Lifting { remainder: Vec::with_capacity(text.len()), ..Lifting::default() };
    let mut start = 0;
    for (length, at) in lengths.iter().zip(times) {
        let end = start + *length as usize;
        lifting.line(&text[start..end], *at);
        start = end;
    }
    lifting
}

/// The same, whether it is worth it or not.
#[cfg(test)]
pub(super) fn encode_always(text: &[u8], lengths: &[u32], times: &[i64]) -> Vec<u8> {
    lift(text, lengths, times).finish()
}

/// Hexadecimal digits, two a byte.
#[derive(Default)]
struct Nibbles {
    bytes: Vec<u8>,
    count: usize,
}

impl Nibbles {
    fn push(&mut self, digit: u8) {
        let value = (digit as char).to_digit(16).unwrap_or(0) as u8;
        match self.bytes.last_mut() {
            Some(last) if self.count % 2 == 1 => *last |= value,
            _ => self.bytes.push(value << 4),
        }
        self.count += 1;
    }
}

#[derive(Default)]
struct Lifting {
    remainder: Vec<u8>,
    nibbles: Nibbles,
    columns: Writing,
    /// Where the line begins in the remainder.
    from: usize,
    /// The line's time.
    at: i64,
}

/// The length of a run of bytes.
fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|b| !is(*b)).unwrap_or(bytes.len())
}

impl Lifting {
    fn finish(self) -> Vec<u8> {
        let Lifting { mut remainder, nibbles, columns, .. } = self;
        let mut out = Vec::new();
        let length = remainder.len() as u64;
        let columns = columns.finish(&mut out, &mut remainder);
        put_len_bytes(&mut out, &crate::block::page::pack(&remainder));
        put_u64(&mut out, length);
        put_u64(&mut out, nibbles.count as u64);
        put_len_bytes(&mut out, &nibbles.bytes);
        out.extend_from_slice(&columns);
        out
    }

    fn line(&mut self, line: &[u8], at: i64) {
        (self.from, self.at) = (self.remainder.len(), at);
        let mut rest = line;
        while let Some(first) = rest.first() {
            let taken = match first {
                byte if !byte.is_ascii_alphanumeric() => self.literal(rest),
                _ => self.word(line, rest),
            };
            rest = &rest[taken..];
        }
    }

    /// Bytes that are in no word.
    fn literal(&mut self, rest: &[u8]) -> usize {
        let length = run(rest, |b| !b.is_ascii_alphanumeric());
        if !rest[..length].iter().any(|byte| (NUMBER..=ESCAPE).contains(byte)) {
            self.remainder.extend_from_slice(&rest[..length]);
            return length;
        }
        for byte in &rest[..length] {
            if (NUMBER..=ESCAPE).contains(byte) {
                self.remainder.push(ESCAPE);
            }
            self.remainder.push(*byte);
        }
        length
    }

    /// A word of letters and digits, or what begins with it.
    fn word(&mut self, line: &[u8], rest: &[u8]) -> usize {
        let length = run(rest, |b| b.is_ascii_alphanumeric());
        let word = &rest[..length];
        let digits = run(word, |b| b.is_ascii_digit());
        if let Some(taken) = self.hex(rest, word, digits) {
            return taken;
        }
        if digits == 0 {
            self.remainder.extend_from_slice(word);
            return length;
        }
        if let Some(taken) = self.time(rest) {
            return taken;
        }
        // Letters behind a number are its unit, but letters and digits in turn are a name. `25T12:18:28` is a date's day.
        let unit = run(&word[digits..], |b| b.is_ascii_alphabetic());
        let day = unit == 1 && time_of_day(&rest[digits + 1..]).is_some();
        if digits > MAX_DIGITS || digits + unit != length && !day {
            self.remainder.extend_from_slice(word);
            return length;
        }
        let before = &line[..line.len() - rest.len()];
        self.number(&word[..digits], is_fraction(before, &rest[digits..]));
        if day {
            self.remainder.push(word[digits]);
            return digits + 1;
        }
        digits
    }

    fn number(&mut self, digits: &[u8], fraction: bool) {
        let value = digits.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        let before = self.remainder.len();
        if fraction || digits.len() > 1 && digits[0] == b'0' {
            self.remainder.extend_from_slice(&[PADDED, digits.len() as u8]);
        } else {
            self.remainder.push(NUMBER);
        }
        if !self.columns.push(place(&self.remainder, self.from), value) {
            self.remainder.truncate(before);
            self.remainder.extend_from_slice(digits);
        }
    }

    fn hex(&mut self, rest: &[u8], word: &[u8], digits: usize) -> Option<usize> {
        if word.len() < MIN_HEX || !word.iter().all(|b| is_lower_hex(*b)) {
            return None;
        }
        if word.len() == MIN_HEX && is_uuid(rest) {
            self.remainder.push(UUID);
            rest[..UUID_BYTES].iter().filter(|b| **b != b'-').for_each(|digit| self.nibbles.push(*digit));
            return Some(UUID_BYTES);
        }
        let letters = word.len() - word.iter().filter(|b| b.is_ascii_digit()).count();
        if letters == 0 && digits <= MAX_DIGITS || letters == word.len() || word.len() > MAX_HEX {
            return None;
        }
        self.remainder.extend_from_slice(&[HEX, word.len() as u8]);
        word.iter().for_each(|digit| self.nibbles.push(*digit));
        Some(word.len())
    }

    fn time(&mut self, rest: &[u8]) -> Option<usize> {
        let time = time_of_day(rest)?;
        let own = self.at.rem_euclid(DAY);
        let distance = time.nanos - own.div_euclid(time.unit()) * time.unit();
        let before = self.remainder.len();
        self.remainder.extend_from_slice(&[TIME, time.shape()]);
        // Distances are whole units.
        if self.columns.push(place(&self.remainder, self.from), distance / time.unit()) {
            return Some(time.length);
        }
        self.remainder.truncate(before);
        None
    }
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

    /// The digits of the fraction, and 16 for a comma; from 32 so that it is no mark.
    fn shape(&self) -> u8 {
        32 + self.digits as u8 + if self.comma { 16 } else { 0 }
    }
}

fn time_of_day(rest: &[u8]) -> Option<TimeOfDay> {
    let pair = |at: usize| {
        let pair = rest.get(at..at + 2)?;
        pair.iter()
            .all(u8::is_ascii_digit)
            .then(|| i64::from(pair[0] - b'0') * 10 + i64::from(pair[1] - b'0'))
    };
    let (hours, minutes, seconds) = (pair(0)?, pair(3)?, pair(6)?);
    if rest[2] != b':' || rest[5] != b':' || hours > 23 || minutes > 59 || seconds > 59 {
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
    let whole = (hours * 3600 + minutes * 60 + seconds) * 1_000_000_000;
    let fraction =
        after.get(1..1 + digits)?.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    let length = if digits == 0 { 8 } else { 9 + digits };
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

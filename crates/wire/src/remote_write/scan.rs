//! Both versions in two steps: find the series and hash their labels as they are written, then read the labels of those
//! that the engine does not know by that hash.
//!
//! Nearly every request repeats label sets that came before, and labels are most of its bytes. Only series of float
//! samples in the order that every sender writes (labels first, then samples) are told by number; others are read as
//! [`super::decode()`] reads them. Version 2 hashes each symbol once and a series from the hashes of its symbols, those of
//! its metadata included, so that a changed description is read like a new series. Invariant: whatever is known, the samples that come out are the same.

use super::{Decoded, decode, interned};
use crate::error::WireError;
use crate::proto::Reader;
use model::{KnownSample, LabelKey, Metadata, Millis};
use std::ops::Range;

/// `1 Label`, length-delimited.
const LABEL: u8 = 1 << 3 | 2;
/// `2 Sample`, length-delimited.
const SAMPLE: u8 = 2 << 3 | 2;
/// `1 double` of a sample.
const VALUE: u8 = 1 << 3 | 1;
/// `2 ms` of a sample.
const TIME: u8 = 2 << 3;

/// A request whose labels were not read yet.
#[derive(Debug, Default)]
pub struct Scanned<'a> {
    series: Vec<Found<'a>>,
    keys: Vec<LabelKey>,
    samples: Vec<(i64, f64)>,
    metadata: Vec<Metadata>,
    /// The symbols of version 2.
    table: Option<interned::Table<'a>>,
}

#[derive(Debug)]
struct Found<'a> {
    message: &'a [u8],
    /// Of a series that can be told by number: its samples.
    samples: Option<Range<u32>>,
}

/// Finds the series of an unpacked version 1 request.
pub fn scan(bytes: &[u8]) -> Result<Scanned<'_>, WireError> {
    let mut out = Scanned::default();
    let mut request = Reader::new(bytes);
    while let Some(field) = request.field()? {
        match field.number {
            1 => out.series(field.bytes()?),
            3 => out.metadata.push(decode::metadata(field.message()?)?),
            _ => {}
        }
    }
    Ok(out)
}

/// Finds the series of an unpacked version 2 request.
pub fn scan_interned(bytes: &[u8]) -> Result<Scanned<'_>, WireError> {
    let table = interned::Table::read(bytes)?;
    let hashes: Vec<u128> = table.symbols().iter().map(|symbol| LabelKey::of(symbol).0).collect();
    let mut out = Scanned { table: Some(table), ..Scanned::default() };
    let mut request = Reader::new(bytes);
    while let Some(field) = request.field()? {
        if field.number == 5 {
            let message = field.bytes()?;
            let start = out.samples.len();
            let key = plain_interned(message, &hashes, &mut out.samples);
            out.found(message, key, start);
        }
    }
    Ok(out)
}

impl<'a> Scanned<'a> {
    fn series(&mut self, message: &'a [u8]) {
        let start = self.samples.len();
        let labels = plain(message, &mut self.samples);
        self.found(message, labels.map(LabelKey::of), start);
    }

    /// Notes a series; with a key its samples are those from `start` on.
    fn found(&mut self, message: &'a [u8], key: Option<LabelKey>, start: usize) {
        let samples = match key {
            Some(key) => {
                self.keys.push(key);
                Some(start as u32..self.samples.len() as u32)
            }
            None => {
                self.samples.truncate(start);
                None
            }
        };
        self.series.push(Found { message, samples });
    }

    /// The keys to ask the engine for.
    pub fn keys(&self) -> &[LabelKey] {
        &self.keys
    }

    /// The request, with `numbers` of known series, one for each key (fewer: the rest is unknown; `unknown` is no
    /// number), which hold in `epoch`.
    pub fn read(mut self, epoch: u64, numbers: &[u64], unknown: u64) -> Result<Decoded, WireError> {
        let mut out = Decoded::default();
        out.batch.known.epoch = epoch;
        out.batch.metadata = std::mem::take(&mut self.metadata);
        let mut keyed = 0;
        let read = |out: &mut Decoded, message| match &self.table {
            None => decode::series(out, Reader::new(message)),
            Some(table) => interned::series(out, table, Reader::new(message)),
        };
        for found in &self.series {
            let Some(samples) = &found.samples else {
                read(&mut out, found.message)?;
                continue;
            };
            let number = numbers.get(keyed).copied().unwrap_or(unknown);
            let key = self.keys[keyed];
            keyed += 1;
            if number == unknown {
                let before = out.batch.len();
                read(&mut out, found.message)?;
                if out.batch.len() > before {
                    out.batch.key_series(key);
                }
                continue;
            }
            let samples = &self.samples[samples.start as usize..samples.end as usize];
            let known =
                |(at, value): &(i64, f64)| KnownSample { series: number, at: Millis(*at), value: *value };
            out.batch.known.samples.extend(samples.iter().map(known));
        }
        Ok(out)
    }
}

/// The bytes of the labels of a series that is nothing but labels and then float samples, whose samples are appended;
/// `None` for anything else, damaged messages included.
fn plain<'a>(message: &'a [u8], samples: &mut Vec<(i64, f64)>) -> Option<&'a [u8]> {
    let mut at = 0;
    while message.get(at) == Some(&LABEL) {
        at = delimited(message, at + 1)?.end;
    }
    let labels = &message[..at];
    while let Some(tag) = message.get(at) {
        if *tag != SAMPLE {
            return None;
        }
        let body = delimited(message, at + 1)?;
        at = body.end;
        samples.push(sample(&message[body])?);
    }
    (!labels.is_empty()).then_some(labels)
}

/// `1 reference*`, packed.
const REFERENCES: u8 = 1 << 3 | 2;
/// `5 Metadata` of version 2.
const METADATA: u8 = 5 << 3 | 2;
/// An odd factor that spreads every bit: 2^128 divided by the golden ratio.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// The key of a version 2 series that is nothing but references, float samples, and metadata; its samples are appended.
fn plain_interned(message: &[u8], hashes: &[u128], samples: &mut Vec<(i64, f64)>) -> Option<LabelKey> {
    let mut key = 0u128;
    let mut mix = |hash: u128| key = (key.rotate_left(47) ^ hash).wrapping_mul(SPREAD);
    let (mut at, mut count) = (0, 0usize);
    while let Some(tag) = message.get(at) {
        let body = delimited(message, at + 1)?;
        at = body.end;
        match *tag {
            REFERENCES => {
                let mut rest = &message[body];
                while let Some((reference, after)) = short_varint(rest) {
                    mix(*hashes.get(reference)?);
                    count += 1;
                    rest = after;
                }
                rest.is_empty().then_some(())?;
            }
            SAMPLE => samples.push(sample(&message[body])?),
            METADATA => {
                // type, help and unit as varints; what they refer to counts, not the numbers.
                let mut rest = &message[body];
                while let Some((tag, after)) = short_varint(rest) {
                    let (value, after) = short_varint(after)?;
                    mix(match tag {
                        8 => value as u128,
                        24 | 32 => *hashes.get(value)?,
                        _ => return None,
                    });
                    mix(tag as u128);
                    rest = after;
                }
                rest.is_empty().then_some(())?;
            }
            _ => return None,
        }
    }
    mix(count as u128);
    (count > 0).then_some(LabelKey(key))
}

/// A number of up to three bytes at the front, and what follows it.
fn short_varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate().take(3) {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if *byte < 0x80 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

/// Where the bytes are whose length stands at `at`.
fn delimited(message: &[u8], at: usize) -> Option<Range<usize>> {
    let first = *message.get(at)?;
    let (length, start) = if first < 0x80 {
        (usize::from(first), at + 1)
    } else {
        // Two bytes reach 16 KiB; longer ones are left to the general reader.
        let second = *message.get(at + 1).filter(|second| **second < 0x80)?;
        (usize::from(first & 0x7f) | usize::from(second) << 7, at + 2)
    };
    let end = start + length;
    (end <= message.len()).then_some(start..end)
}

/// A sample of at most a value and a time, in this order.
fn sample(mut body: &[u8]) -> Option<(i64, f64)> {
    let (mut at, mut value) = (0, 0.0);
    if let Some((&VALUE, rest)) = body.split_first() {
        let (bytes, rest) = rest.split_first_chunk::<8>()?;
        value = f64::from_bits(u64::from_le_bytes(*bytes));
        body = rest;
    }
    if let Some((&TIME, rest)) = body.split_first() {
        let mut time = 0u64;
        let last = rest.iter().position(|byte| *byte < 0x80)?;
        // Ten bytes hold 64 bits when the last one is 1 at most.
        if last > 9 || (last == 9 && rest[9] > 1) {
            return None;
        }
        let length = last + 1;
        for (place, byte) in rest[..length].iter().enumerate() {
            time |= u64::from(byte & 0x7f) << (7 * place);
        }
        at = time as i64;
        body = &rest[length..];
    }
    body.is_empty().then_some((at, value))
}

#[cfg(test)]
mod tests;

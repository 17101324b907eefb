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
mod tests {
    use super::super::encode;
    use super::*;
    use crate::proto::Writer;
    use model::MetricBatch;
    use proptest::prelude::*;

    fn batch(series: &[(u8, Vec<(i64, f64)>)]) -> MetricBatch {
        let mut batch = MetricBatch::default();
        for (name, samples) in series {
            batch.push_label("__name__", &format!("m{}", name % 8));
            batch.push_label("job", &"j".repeat(usize::from(*name)));
            samples.iter().for_each(|(at, value)| batch.push_sample(Millis(*at), *value));
            batch.finish_series().unwrap();
        }
        batch
    }

    /// The batch as a version 2 request; `kinds` are types of metadata, 0 for none.
    fn version_2(batch: &MetricBatch, kinds: &[u64]) -> Vec<u8> {
        let mut symbols: Vec<String> = vec![String::new()];
        let mut place = |text: &str| match symbols.iter().position(|s| s == text) {
            Some(at) => at as u64,
            None => {
                symbols.push(text.to_owned());
                symbols.len() as u64 - 1
            }
        };
        let mut series = Writer::new();
        for (view, kind) in batch.series().zip(kinds) {
            let references: Vec<u64> = view.labels().flat_map(|(n, v)| [n, v]).map(&mut place).collect();
            let help = place("some help");
            series.message(5, |m| {
                let mut packed = Writer::new();
                references.iter().for_each(|r| packed.plain(*r));
                m.bytes(1, &packed.finish());
                for sample in view.samples() {
                    m.message(2, |m| {
                        m.double(1, sample.value);
                        m.int(2, sample.at.0);
                    });
                }
                if *kind > 0 {
                    m.message(5, |m| {
                        m.uint(1, *kind);
                        m.uint(3, help);
                    });
                }
            });
        }
        let mut out = Writer::new();
        symbols.iter().for_each(|symbol| out.text(4, symbol));
        [out.finish(), series.finish()].concat()
    }

    /// `(labels, time, bits)` of everything in a batch; `names` are the labels of numbers.
    fn rows(batch: &MetricBatch, names: &[String]) -> Vec<(String, i64, u64)> {
        let mut rows = Vec::new();
        for series in batch.series() {
            let labels = series.to_labels().to_string();
            rows.extend(series.samples().iter().map(|s| (labels.clone(), s.at.0, s.value.to_bits())));
        }
        let known = batch.known.samples.iter();
        rows.extend(known.map(|s| (names[s.series as usize].clone(), s.at.0, s.value.to_bits())));
        rows.sort();
        rows
    }

    proptest! {
        #[test]
        fn what_is_known_changes_nothing(
            series in proptest::collection::vec((any::<u8>(), proptest::collection::vec((any::<i64>(), any::<f64>()), 0..4)), 0..12),
            known in any::<u16>(),
        ) {
            let sent = batch(&series);
            let bytes = encode(&sent);
            let names: Vec<String> = sent.series().map(|s| s.to_labels().to_string()).collect();
            let plain = decode::decode(&bytes).unwrap();
            let scanned = scan(&bytes).unwrap();
            prop_assert_eq!(scanned.keys().len(), series.len());
            let numbers: Vec<u64> =
                (0..series.len() as u64).map(|i| if known >> i & 1 == 1 { i } else { u64::MAX }).collect();
            let keys = scanned.keys().to_vec();
            let read = scanned.read(3, &numbers, u64::MAX).unwrap();
            prop_assert_eq!(rows(&read.batch, &names), rows(&plain.batch, &names));
            let unknown = (0..series.len()).filter(|i| numbers[*i] == u64::MAX).map(|i| Some(keys[i]));
            prop_assert_eq!(read.batch.series().map(|s| s.key()).collect::<Vec<_>>(), unknown.collect::<Vec<_>>());
        }

        #[test]
        fn what_is_known_of_version_2_changes_nothing(
            series in proptest::collection::vec((any::<u8>(), proptest::collection::vec((any::<i64>(), any::<f64>()), 0..4), 0u64..3), 0..12),
            known in any::<u16>(),
        ) {
            let sets: Vec<_> = series.iter().map(|(name, samples, _)| (*name, samples.clone())).collect();
            let sent = batch(&sets);
            let kinds: Vec<u64> = series.iter().map(|(_, _, kind)| *kind).collect();
            let bytes = version_2(&sent, &kinds);
            let names: Vec<String> = sent.series().map(|s| s.to_labels().to_string()).collect();
            let plain = interned::decode(&bytes).unwrap();
            let scanned = scan_interned(&bytes).unwrap();
            prop_assert_eq!(scanned.keys().len(), series.len());
            let keys = scanned.keys().to_vec();
            // Keys are of labels and metadata, whatever the numbers of symbols.
            for (a, b) in (0..keys.len()).flat_map(|a| (0..keys.len()).map(move |b| (a, b))) {
                prop_assert_eq!(keys[a] == keys[b], names[a] == names[b] && kinds[a] == kinds[b]);
            }
            let numbers: Vec<u64> =
                (0..series.len() as u64).map(|i| if known >> i & 1 == 1 { i } else { u64::MAX }).collect();
            let read = scanned.read(3, &numbers, u64::MAX).unwrap();
            prop_assert_eq!(rows(&read.batch, &names), rows(&plain.batch, &names));
            let first = sent.series().next().map(|s| s.to_labels().to_string());
            if let Some(first) = first {
                let alone = batch(&sets[..1]);
                let other = version_2(&alone, &kinds[..1]);
                prop_assert_eq!(first, names[0].clone());
                prop_assert_eq!(scan_interned(&other).unwrap().keys()[0], keys[0]);
            }
        }

        #[test]
        fn start_timestamps_are_read_and_such_series_are_told_by_labels(created in 0i64..9, own in 0i64..9) {
            let mut out = Writer::new();
            ["__name__", "m"].iter().for_each(|symbol| out.text(4, symbol));
            out.message(5, |m| {
                m.bytes(1, &[0, 1]);
                m.message(2, |m| {
                    m.double(1, 1.5);
                    m.int(2, 10);
                    if own > 0 {
                        m.int(3, own);
                    }
                });
                if created > 0 {
                    m.int(6, created);
                }
            });
            let bytes = out.finish();
            let read = scan_interned(&bytes).unwrap().read(0, &[], u64::MAX).unwrap();
            let expected = if own > 0 { own } else { created };
            let starts: Vec<i64> = read.batch.series().flat_map(|s| s.starts().to_vec()).collect();
            prop_assert_eq!(starts, if expected > 0 { vec![expected] } else { vec![] });
            prop_assert_eq!(scan_interned(&bytes).unwrap().keys().len(), usize::from(expected == 0));
        }

        #[test]
        fn any_bytes_of_version_2_are_read_as_before(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let message = [&[0x22, 1, b'a', 0x22, 0, 0x2a, bytes.len() as u8], bytes.as_slice()].concat();
            let before = interned::decode(&message);
            let after = scan_interned(&message).and_then(|scanned| scanned.read(0, &[], u64::MAX));
            prop_assert_eq!(before.is_ok(), after.is_ok());
            if let (Ok(before), Ok(after)) = (before, after) {
                prop_assert_eq!(rows(&before.batch, &[]), rows(&after.batch, &[]));
                prop_assert_eq!(before.skipped.len(), after.skipped.len());
            }
        }

        #[test]
        fn any_bytes_are_read_as_before(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let message = [&[10, bytes.len() as u8], bytes.as_slice()].concat();
            let before = decode::decode(&message);
            let after = scan(&message).and_then(|scanned| scanned.read(0, &[], u64::MAX));
            prop_assert_eq!(before.is_ok(), after.is_ok());
            if let (Ok(before), Ok(after)) = (before, after) {
                prop_assert_eq!(rows(&before.batch, &[]), rows(&after.batch, &[]));
                prop_assert_eq!(before.skipped.len(), after.skipped.len());
            }
        }
    }
}

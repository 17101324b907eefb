//! Version 1 in two steps: find the series and hash the bytes of their labels, then read the labels of those that the
//! engine does not know by that hash.
//!
//! Nearly every request repeats label sets that came before, and labels are most of its bytes. Only series of float
//! samples in the order that every sender writes (labels first, then samples) are told by number; others are read as
//! [`super::decode()`] reads them. Invariant: whatever is known, the samples that come out are the same.

use super::{Decoded, decode};
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

impl<'a> Scanned<'a> {
    fn series(&mut self, message: &'a [u8]) {
        let start = self.samples.len();
        let labels = plain(message, &mut self.samples);
        let samples = match labels {
            Some(labels) => {
                self.keys.push(LabelKey::of(labels));
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
        for found in &self.series {
            let Some(samples) = &found.samples else {
                decode::series(&mut out, Reader::new(found.message))?;
                continue;
            };
            let number = numbers.get(keyed).copied().unwrap_or(unknown);
            let key = self.keys[keyed];
            keyed += 1;
            if number == unknown {
                let before = out.batch.len();
                decode::series(&mut out, Reader::new(found.message))?;
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

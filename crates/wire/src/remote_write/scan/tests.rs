//! What is known by number changes no sample; any bytes are read as without numbers.

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

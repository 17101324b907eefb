//! Blocks: one that a Prometheus 2.42 made, and small ones of our own writer, whole and damaged.

mod writer;

use super::bits::Bits;
use super::*;
use model::histogram::BucketSpan;
use model::{Labels, ResetHint, STALE_NAN_BITS};
use proptest::prelude::*;
use std::collections::BTreeMap;
use writer::{Encoding, Written, write_block};

const EVERYTHING: RangeInclusive<i64> = i64::MIN..=i64::MAX;

fn real() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/prometheus_block")
}

/// All series of a block and their samples.
fn read_all(block: &BlockInfo, span: &RangeInclusive<i64>) -> Result<Vec<(Labels, Samples)>, WireError> {
    let mut reader = BlockReader::open(block)?;
    let mut all = Vec::new();
    while let Some(series) = reader.peek() {
        let labels = series.labels.clone();
        let mut samples = Samples::default();
        reader.samples(span, &mut samples)?;
        all.push((labels, samples));
        reader.advance()?;
    }
    Ok(all)
}

/// Buckets that are not empty, by index.
fn buckets(spans: &[BucketSpan], counts: &[f64]) -> BTreeMap<i32, f64> {
    let (mut index, mut counts, mut out) = (0, counts.iter(), BTreeMap::new());
    for span in spans {
        index += span.offset;
        for _ in 0..span.length {
            let count = *counts.next().expect("a count for each bucket");
            if count != 0.0 {
                out.insert(index, count);
            }
            index += 1;
        }
    }
    assert!(counts.next().is_none());
    out
}

/// The block was made by sending what is computed here, a sample a request, and taking a snapshot.
#[test]
fn a_real_block_gives_what_was_stored() {
    const BASE: i64 = 1_795_651_800_000;
    let blocks = list(&real()).unwrap();
    assert_eq!((blocks.len(), blocks[0].series, blocks[0].samples), (1, 4, 600));
    let all = read_all(&blocks[0], &EVERYTHING).unwrap();
    let names: Vec<&str> = all.iter().map(|(labels, _)| labels.metric_name()).collect();
    assert_eq!(names, ["constant", "native_float", "native_int", "plain"]);
    assert_eq!((all[0].0.value("le"), all[3].0.value("kind")), ("\"q\"\\", "ünï"));
    let times =
        |offset: fn(i64) -> i64| -> Vec<i64> { (0..150).map(|i| BASE + i * 15_000 + offset(i)).collect() };
    assert_eq!((&all[0].1.times, &all[0].1.values), (&times(|_| 0), &vec![1.5; 150]));
    assert_eq!(all[3].1.times, times(|i| i % 5));
    for (i, value) in all[3].1.values.iter().enumerate() {
        let expected =
            if i % 7 == 0 { 0x7ff8_0000_0000_0000 } else { ((i * i % 977) as f64 / 8.0 - 50.0).to_bits() };
        assert_eq!(value.to_bits(), expected, "sample {i}");
    }
    for (which, kind) in [(1, "float"), (2, "int")] {
        let whole = kind == "int";
        assert_eq!(all[which].1.histograms.len(), 150);
        for (i, (at, start, h)) in all[which].1.histograms.iter().enumerate() {
            let n = i as f64;
            let part = |fraction: f64| if whole { 0.0 } else { fraction };
            assert_eq!((*at, *start, h.schema), (BASE + i as i64 * 15_000, 0, 3));
            assert_eq!(
                (h.sum, h.zero_threshold),
                (n * 1.5 - 7.0, if whole { 0.001 } else { 2f64.powi(-128) })
            );
            assert_eq!(h.zero_count, (i / 2) as f64 + part(0.125));
            let count = |k: usize| (i * 3 + k * (i % 5)) as f64 + part(0.25);
            let indices = [-2, -1, 3, 4, 5];
            let expected: BTreeMap<i32, f64> = (0..if i < 70 { 4 } else { 5 })
                .map(|k| (indices[k], count(k)))
                .filter(|b| b.1 != 0.0)
                .collect();
            let positive = buckets(&h.positive_spans, &h.positive_buckets);
            assert_eq!(positive, expected, "{kind} {i}");
            let negative = buckets(&h.negative_spans, &h.negative_buckets);
            assert_eq!(negative.get(&1).copied().unwrap_or(0.0), n * 2.0 + part(0.5));
            let sum = positive.values().chain(negative.values()).sum::<f64>() + h.zero_count;
            assert_eq!(h.count, sum);
            // That version lost the mark in the chunk that its snapshot cut.
            assert_eq!(h.reset_hint == ResetHint::Gauge, !whole && i < 147);
        }
    }
}

#[test]
fn a_span_takes_its_samples_only() {
    let block = &list(&real()).unwrap()[0];
    let all = read_all(block, &(block.first + 15_000..=block.first + 45_000)).unwrap();
    assert_eq!(all[0].1.times.len(), 3);
    assert_eq!(all[1].1.histograms.len(), 3);
}

fn histogram(i: i64, positive: usize) -> FloatHistogram {
    FloatHistogram {
        schema: -53,
        zero_threshold: 0.0,
        count: (i * 10 + positive as i64) as f64,
        sum: i as f64 * 0.1,
        positive_spans: vec![BucketSpan { offset: 0, length: positive as u32 }],
        positive_buckets: (0..positive).map(|b| (b as i64 * i) as f64).collect(),
        custom_values: (0..positive).map(|b| if b == 0 { -1.0 / 3.0 } else { b as f64 * 0.5 }).collect(),
        ..FloatHistogram::default()
    }
}

fn series(name: &str, encoding: Encoding, samples: Samples) -> Written {
    Written {
        labels: Labels::from_pairs([("__name__", name), ("job", "x")]),
        chunks: vec![(encoding, samples)],
    }
}

/// What comes back of samples: the first of a chunk has no hint, the others follow on it.
fn as_read(samples: &Samples) -> Samples {
    let mut samples = samples.clone();
    for (number, (_, _, h)) in samples.histograms.iter_mut().enumerate() {
        h.reset_hint = if number == 0 || h.is_stale() { ResetHint::Unknown } else { ResetHint::NotReset };
    }
    samples
}

fn same(a: &Samples, b: &Samples) -> bool {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let shown = |samples: &Samples| format!("{:?}", samples.histograms);
    a.times == b.times && a.starts == b.starts && bits(&a.values) == bits(&b.values) && shown(a) == shown(b)
}

fn floats() -> impl Strategy<Value = Samples> {
    let value = prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (0i32..5).prop_map(f64::from),
        Just(f64::from_bits(STALE_NAN_BITS)),
    ];
    let step = prop_oneof![Just(15_000i64), 1i64..20_000, 1i64..10_000_000_000];
    proptest::collection::vec((step, value, 0i64..3), 1..60).prop_map(|all| {
        let mut samples = Samples::default();
        let mut at = -5_000_000i64;
        for (step, value, start) in all {
            at += step;
            samples.push(at, start * 777, value);
        }
        samples
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_of_floats_come_back(samples in floats(), starts in any::<bool>()) {
        let mut plain = samples.clone();
        plain.starts.iter_mut().for_each(|start| *start = 0);
        let told = if starts { &samples } else { &plain };
        let mut out = Samples::default();
        super::floats::xor2(&writer::xor2(told), &mut out).unwrap();
        prop_assert!(same(&out, told), "{:?}\n{:?}", out, told);
        let mut out = Samples::default();
        super::floats::xor(&writer::xor(&plain), &mut out).unwrap();
        prop_assert!(same(&out, &plain));
    }

    #[test]
    fn hostile_chunks_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), number in any::<u64>()) {
        for decode in [super::floats::xor, super::floats::xor2] {
            let _ = decode(&bytes, &mut Samples::default());
        }
        for decode in [super::histograms::whole, super::histograms::floating] {
            let _ = decode(&bytes, number % 2 == 0, &mut Samples::default());
        }
        let mut bits = Bits::new(&bytes);
        let _ = (bits.varbit(), bits.uvarint());
    }

    #[test]
    fn integers_come_back(numbers in proptest::collection::vec((any::<i64>(), 0u32..64), 0..20)) {
        let mut writer = writer::BitWriter::default();
        numbers.iter().for_each(|(number, shift)| writer.varbit(number >> shift));
        numbers.iter().for_each(|(number, shift)| writer.varbit_unsigned((*number as u64) >> shift));
        let bytes = writer.finish();
        let mut bits = Bits::new(&bytes);
        for (number, shift) in &numbers {
            prop_assert_eq!(bits.varbit().unwrap(), number >> shift);
        }
        for (number, shift) in &numbers {
            prop_assert_eq!(bits.varbit_unsigned().unwrap(), (*number as u64) >> shift);
        }
    }
}

fn histograms(stale: bool) -> Samples {
    let mut samples = Samples::default();
    for i in 0..40 {
        let mut h = histogram(i * i, 5);
        if stale && i == 39 {
            h = FloatHistogram { sum: f64::from_bits(STALE_NAN_BITS), ..FloatHistogram::default() };
        }
        samples.histograms.push((1000 + i * 15_000 + i % 3, if i > 4 { 500 + i / 10 } else { 0 }, h));
    }
    samples
}

fn without_starts(mut samples: Samples) -> Samples {
    samples.histograms.iter_mut().for_each(|(_, start, _)| *start = 0);
    samples
}

#[test]
fn blocks_of_every_encoding_and_version_come_back() {
    let mut plain = Samples::default();
    (0..200).for_each(|i| plain.push(i * 1000, 0, (i * i) as f64 / 4.0));
    let mut starting = plain.clone();
    starting.starts.iter_mut().skip(150).for_each(|start| *start = 42);
    let all = [
        series("a", Encoding::Xor, plain),
        series("b", Encoding::Xor2, starting),
        series("c", Encoding::Histogram, without_starts(histograms(true))),
        series("d", Encoding::FloatHistogram, without_starts(histograms(false))),
        series("e", Encoding::HistogramStarts, histograms(false)),
        series("f", Encoding::FloatHistogramStarts, histograms(true)),
    ];
    for version in [1, 2, 3] {
        let dir = tempfile::tempdir().unwrap();
        write_block(dir.path(), version, &all, &[]);
        let read = read_all(&list(dir.path()).unwrap()[0], &EVERYTHING).unwrap();
        assert_eq!(read.len(), all.len());
        for ((labels, samples), written) in read.iter().zip(&all) {
            assert_eq!(labels, &written.labels);
            assert!(same(samples, &as_read(&written.chunks[0].1)), "{labels:?} of version {version}");
        }
    }
}

#[test]
fn deleted_stretches_are_left_out() {
    let mut samples = Samples::default();
    (0..10).for_each(|i| samples.push(i * 1000, 0, i as f64));
    let all = [series("a", Encoding::Xor, samples.clone()), series("b", Encoding::Xor, samples)];
    for version in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        write_block(dir.path(), version, &all, &[(1, 2000, 4000), (1, 9000, i64::MAX)]);
        let read = read_all(&list(dir.path()).unwrap()[0], &EVERYTHING).unwrap();
        assert_eq!(read[0].1.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(read[1].1.values, [0.0, 1.0, 5.0, 6.0, 7.0, 8.0]);
    }
}

/// Damages a byte of one file; what reading it says must name the file.
#[track_caller]
fn check_damage(file: &str, at: u64, says: &str) {
    let mut samples = Samples::default();
    (0..50).for_each(|i| samples.push(i * 1000, 0, i as f64));
    let dir = tempfile::tempdir().unwrap();
    write_block(dir.path(), 2, &[series("a", Encoding::Xor, samples)], &[(0, 5, 6)]);
    let path = dir.path().join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = if at > bytes.len() as u64 { bytes.len() as u64 - (u64::MAX - at) - 1 } else { at };
    bytes[at as usize] ^= 0x11;
    std::fs::write(&path, bytes).unwrap();
    let blocks = list(dir.path());
    let error = blocks.and_then(|blocks| read_all(&blocks[0], &EVERYTHING)).unwrap_err().to_string();
    assert!(error.contains(file) && error.contains(says), "{error}");
}

#[test]
fn damage_is_told_with_file_and_place() {
    check_damage("meta.json", 0, "at byte 0");
    check_damage("index", 0, "no index file starts here");
    check_damage("index", 4, "version 19 of an index");
    check_damage("index", 14, "checksum of the symbols");
    check_damage("index", u64::MAX, "checksum of the table of contents");
    check_damage("chunks/000001", 0, "no file of chunks");
    check_damage("chunks/000001", 20, "at byte 8: the checksum of a chunk");
    check_damage("tombstones", 4, "version 16 of a tombstones file");
    check_damage("tombstones", 6, "checksum of the tombstones");
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let check = |meta: &str, says: &str| {
        std::fs::write(dir.path().join("meta.json"), meta).unwrap();
        let error = list(dir.path()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    check(r#"{"ulid":"X","minTime":0,"maxTime":1,"version":2}"#, "version 2 of a block");
    check(
        r#"{"ulid":"X","minTime":0,"maxTime":1,"version":1,"thanos":{"downsample":{"resolution":300000}}}"#,
        "downsampled",
    );
    check(r#"{"ulid":"X","minTime":3,"maxTime":1,"version":1}"#, "minTime");
    assert!(list(&dir.path().join("nowhere")).unwrap_err().to_string().contains("nowhere"));
}

//! Tests of remote write: round trips, what is left out, and hostile bytes.

use super::*;
use crate::proto::Writer;
use model::histogram::BucketSpan;
use model::{Exemplar, FloatHistogram, Labels, Metadata, MetricKind, Millis, ResetHint, stale_marker};
use proptest::prelude::*;

fn sample_batch() -> MetricBatch {
    let mut batch = MetricBatch::default();
    batch.push_label("__name__", "requests");
    batch.push_label("path", "/ü");
    batch.push_sample(Millis(1000), stale_marker());
    batch.push_sample(Millis(-2000), -0.0);
    batch.push_exemplar(Exemplar {
        labels: Labels::from_pairs([("trace_id", "ab")]),
        value: 3.5,
        at: Millis(999),
    });
    batch.finish_series().unwrap();
    batch.push_label("__name__", "sizes");
    let histogram = FloatHistogram {
        schema: -53,
        count: 6.0,
        sum: 9.5,
        positive_spans: vec![BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: -1, length: 1 }],
        positive_buckets: vec![1.0, 2.0, 3.0],
        negative_spans: vec![BucketSpan { offset: 4, length: 1 }],
        negative_buckets: vec![0.5],
        custom_values: vec![0.1, f64::INFINITY],
        reset_hint: ResetHint::Gauge,
        zero_threshold: 1e-128,
        zero_count: 0.25,
    };
    batch.push_histogram(Millis(5), histogram);
    batch.finish_series().unwrap();
    batch.metadata.push(Metadata {
        family: "requests".into(),
        kind: MetricKind::Counter,
        help: "How many.".into(),
        unit: "1".into(),
    });
    batch
}

#[test]
fn what_is_encoded_is_decoded() {
    let batch = sample_batch();
    let back = decode_body(&encode_body(&batch).unwrap()).unwrap();
    assert!(back.skipped.is_empty());
    assert_eq!(back.batch.metadata, batch.metadata);
    assert_eq!(back.batch.len(), 2);
    for (a, b) in batch.series().zip(back.batch.series()) {
        assert_eq!(a.to_labels(), b.to_labels());
        assert_eq!(a.samples(), b.samples());
        assert_eq!(a.histograms(), b.histograms());
        assert_eq!(a.exemplars(), b.exemplars());
    }
}

fn series_with(labels: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut w = Writer::new();
    w.message(1, |m| {
        for (name, value) in labels {
            m.message(1, |l| {
                l.bytes(1, name);
                l.bytes(2, value);
            });
        }
        m.message(2, |s| s.double(1, 1.0));
    });
    w.finish()
}

#[test]
fn series_that_can_never_be_stored_are_left_out() {
    let good: (&[u8], &[u8]) = (b"__name__", b"up");
    for (labels, words) in [
        (vec![good, (b"a", b"1"), (b"a", b"2")], "duplicated label a"),
        (vec![(b"a".as_slice(), b"1".as_slice())], "invalid metric name or labels"),
        (vec![good, (b"a", b"\xff")], "invalid metric name or labels"),
        (vec![good, (b"", b"x")], "invalid metric name or labels"),
    ] {
        let mut bytes = series_with(&labels);
        bytes.extend(series_with(&[good]));
        let decoded = decode(&bytes).unwrap();
        assert_eq!(decoded.batch.len(), 1, "{words}");
        assert_eq!(decoded.batch.sample_count(), 1);
        assert_eq!(decoded.skipped[0].rows, 1);
        assert!(decoded.skipped[0].message.contains(words), "{}", decoded.skipped[0].message);
    }
}

#[test]
fn integer_histograms_become_absolute_counts() {
    let mut w = Writer::new();
    w.message(1, |m| {
        m.message(1, |l| {
            l.text(1, "__name__");
            l.text(2, "h");
        });
        m.message(4, |h| {
            h.uint(1, 6);
            h.double(3, 2.5);
            h.message(11, |s| s.uint(2, 3));
            for delta in [1, 2, -1] {
                h.sint(12, delta);
            }
            h.uint(14, 2);
            h.int(15, 77);
        });
    });
    let decoded = decode(&w.finish()).unwrap();
    let series = decoded.batch.series().next().unwrap();
    let sample = &series.histograms()[0];
    assert_eq!(sample.at, Millis(77));
    assert_eq!(sample.histogram.positive_buckets, [1.0, 3.0, 2.0]);
    assert_eq!((sample.histogram.count, sample.histogram.reset_hint), (6.0, ResetHint::NotReset));
}

#[test]
fn version_2_reads_labels_from_its_table() {
    let mut w = Writer::new();
    for symbol in ["", "__name__", "wr", "job", "a", "helpful"] {
        w.text(4, symbol);
    }
    w.message(5, |m| {
        m.bytes(1, &[1, 2, 3, 4]);
        m.message(2, |s| {
            s.double(1, 4.0);
            s.int(2, 1000);
        });
        m.message(4, |e| {
            e.bytes(1, &[3, 4]);
            e.double(2, 1.0);
        });
        m.message(5, |d| {
            d.uint(1, 1);
            d.uint(3, 5);
        });
    });
    w.message(5, |m| {
        m.bytes(1, &[1, 9]);
        m.message(2, |s| s.double(1, 4.0));
    });
    let bytes = w.finish();
    let decoded = decode_interned(&bytes).unwrap();
    let series = decoded.batch.series().next().unwrap();
    assert_eq!(series.to_labels().to_string(), r#"{__name__="wr", job="a"}"#);
    assert_eq!(series.exemplars()[0].labels.to_string(), r#"{job="a"}"#);
    let metadata = &decoded.batch.metadata[0];
    assert_eq!(
        (metadata.family.as_str(), metadata.kind, metadata.help.as_str()),
        ("wr", MetricKind::Counter, "helpful")
    );
    assert_eq!((decoded.batch.len(), decoded.skipped.len(), decoded.skipped[0].rows), (1, 1, 1));
    // Announced as the other version, nothing is known and nothing is stored.
    assert!(decode(&bytes).unwrap().batch.is_empty());
    assert!(decode_interned(&encode(&sample_batch())).unwrap().batch.is_empty());
}

#[test]
fn damaged_bodies_are_refused() {
    assert_eq!(decode_body(b"this is not snappy").unwrap_err().to_string(), "s2: corrupt input");
    assert_eq!(decode_body(b"").unwrap_err().to_string(), "s2: corrupt input");
    assert_eq!(decode(&[0x0a, 0xff]).unwrap_err().to_string(), "unexpected EOF");
}

proptest! {
    #[test]
    fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        let _ = decode_interned(&bytes);
        let _ = decode_body(&bytes);
    }

    #[test]
    fn a_damaged_request_decodes_or_fails(at in 0usize..400, byte in any::<u8>()) {
        let mut bytes = encode(&sample_batch());
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(decoded) = decode(&bytes) {
            let again = decode(&encode(&decoded.batch)).unwrap();
            prop_assert_eq!(again.batch.sample_count(), decoded.batch.sample_count());
        }
    }
}

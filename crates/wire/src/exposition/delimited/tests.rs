//! Families of every type, written by hand.

use super::*;
use crate::proto::Writer;
use proptest::prelude::*;

fn family(name: &str, kind: u64, metric: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    w.text(1, name);
    w.text(2, "Help.");
    w.uint(3, kind);
    w.message(4, |m| {
        m.message(1, |l| {
            l.text(1, "a");
            l.text(2, "b");
        });
        metric(m);
    });
    let body = w.finish();
    let mut out = Writer::new();
    out.plain(body.len() as u64);
    [out.finish(), body].concat()
}

fn native(m: &mut Writer) {
    m.message(7, |h| {
        h.uint(1, 6);
        h.double(2, 10.5);
        for (bound, count) in [(0.5, 2), (1.0, 5)] {
            h.message(3, |b| {
                b.uint(1, count);
                b.double(2, bound);
                b.message(3, |e| {
                    e.message(1, |l| {
                        l.text(1, "trace_id");
                        l.text(2, "ab");
                    });
                    e.double(2, 0.25);
                    e.message(3, |t| t.int(1, 3));
                });
            });
        }
        h.sint(5, 3);
        h.double(6, 0.001);
        h.uint(7, 1);
        h.message(12, |s| {
            s.sint(1, -2);
            s.uint(2, 2);
        });
        h.sint(13, 3);
        h.sint(13, -1);
        h.message(15, |t| t.int(1, 2));
    });
}

fn rows(body: &[u8], histograms: Histograms) -> Vec<String> {
    let read = parse_delimited(body, histograms, Millis(7000)).unwrap();
    assert_eq!(read.batch.len(), read.timed.len());
    let row = |s: model::SeriesView<'_>| {
        let value = match (s.samples(), s.histograms()) {
            ([sample], []) => format!("{} @{}", sample.value, sample.at.0),
            ([], [h]) => {
                let h = &h.histogram;
                format!(
                    "schema {} count {} sum {} zero {} buckets {:?} {:?}",
                    h.schema, h.count, h.sum, h.zero_count, h.positive_spans, h.positive_buckets
                )
            }
            other => panic!("{other:?}"),
        };
        let starts: Vec<i64> = [s.starts(), s.histogram_starts()].concat();
        format!("{} {value} {starts:?} {}", s.to_labels().without(&["a"]), s.exemplars().len())
    };
    read.batch.series().map(row).collect()
}

#[test]
fn every_type_becomes_series() {
    let mut body = family("hits_total", 0, |m| {
        m.message(3, |c| {
            c.double(1, 5.0);
            c.message(3, |t| {
                t.int(1, 1);
                t.int(2, 500_000_000);
            });
        });
        m.int(6, 9000);
    });
    body.extend(family("size", 1, |m| m.message(2, |g| g.double(1, -2.0))));
    body.extend(family("any", 3, |m| m.message(5, |g| g.double(1, 3.0))));
    body.extend(family("lag", 2, |m| {
        m.message(4, |s| {
            s.uint(1, 4);
            s.double(2, 8.0);
            s.message(3, |q| {
                q.double(1, 0.5);
                q.double(2, 1.5);
            });
        });
    }));
    assert_eq!(
        rows(&body, Histograms::Native),
        [
            r#"{__name__="hits_total"} 5 @9000 [1500] 0"#,
            r#"{__name__="size"} -2 @7000 [] 0"#,
            r#"{__name__="any"} 3 @7000 [] 0"#,
            r#"{__name__="lag_count"} 4 @7000 [] 0"#,
            r#"{__name__="lag_sum"} 8 @7000 [] 0"#,
            r#"{__name__="lag", quantile="0.5"} 1.5 @7000 [] 0"#,
        ]
    );
    let read = parse_delimited(&body, Histograms::Native, Millis(0)).unwrap();
    let kinds: Vec<MetricKind> = read.batch.metadata.iter().map(|m| m.kind).collect();
    use MetricKind::*;
    assert_eq!(kinds, [Counter, Gauge, Unknown, Summary]);
}

#[test]
fn histograms_are_native_classic_or_both() {
    let body = family("wait", 4, native);
    let classic = [
        r#"{__name__="wait_count"} 6 @7000 [2000] 0"#,
        r#"{__name__="wait_sum"} 10.5 @7000 [2000] 0"#,
        r#"{__name__="wait_bucket", le="0.5"} 2 @7000 [2000] 1"#,
        r#"{__name__="wait_bucket", le="1.0"} 5 @7000 [2000] 1"#,
        r#"{__name__="wait_bucket", le="+Inf"} 6 @7000 [2000] 0"#,
    ];
    let whole = "{__name__=\"wait\"} schema 3 count 6 sum 10.5 zero 1 buckets \
                 [BucketSpan { offset: -2, length: 2 }] [3.0, 2.0] [2000] 2";
    assert_eq!(rows(&body, Histograms::Classic), classic);
    assert_eq!(rows(&body, Histograms::Native), [whole]);
    assert_eq!(rows(&body, Histograms::Both), [classic.as_slice(), &[whole]].concat());
}

#[test]
fn what_is_written_is_read() {
    let span = |offset, length| BucketSpan { offset, length };
    let exponential = FloatHistogram {
        schema: 2,
        zero_threshold: 0.001,
        zero_count: 1.5,
        count: 9.5,
        sum: 12.25,
        positive_spans: vec![span(-3, 2), span(4, 1)],
        positive_buckets: vec![1.0, 2.5, 3.0],
        negative_spans: vec![span(0, 1)],
        negative_buckets: vec![1.5],
        ..FloatHistogram::default()
    };
    let empty = FloatHistogram { schema: 3, positive_spans: vec![span(0, 0)], ..FloatHistogram::default() };
    let gauge = FloatHistogram { reset_hint: model::ResetHint::Gauge, ..exponential.clone() };
    let bounds = FloatHistogram {
        schema: model::histogram::CUSTOM_BUCKETS_SCHEMA,
        count: 7.0,
        sum: 20.0,
        positive_spans: vec![span(0, 1), span(1, 2)],
        positive_buckets: vec![2.0, 4.0, 1.0],
        custom_values: vec![0.5, 1.0, 2.5],
        ..FloatHistogram::default()
    };
    let metric = |at: i64, value: DelimitedValue| DelimitedMetric {
        labels: vec![("a".into(), "b".into()), ("at".into(), at.to_string())],
        value,
        at: Millis(at),
    };
    let histogram = |at, h: &FloatHistogram| metric(at, DelimitedValue::Histogram(h.clone().into()));
    let mut body = Vec::new();
    let mixed = [metric(1, DelimitedValue::Untyped(-2.5)), histogram(2, &exponential), histogram(3, &gauge)];
    write_delimited(&mut body, "m", &mixed);
    write_delimited(
        &mut body,
        "n",
        &[histogram(4, &FloatHistogram { positive_spans: Vec::new(), ..empty.clone() })],
    );
    write_delimited(&mut body, "c", &[histogram(5, &bounds)]);
    let read = parse_delimited(&body, Histograms::Native, Millis(7000)).unwrap();
    let natives: Vec<FloatHistogram> = read
        .batch
        .series()
        .flat_map(|s| s.histograms().iter().map(|h| h.histogram.clone()).collect::<Vec<_>>())
        .collect();
    assert_eq!(natives, [exponential, gauge, empty]);
    let floats: Vec<String> = read
        .batch
        .series()
        .filter_map(|s| {
            s.samples()
                .first()
                .map(|f| format!("{} {} @{}", s.to_labels().without(&["a", "at"]), f.value, f.at.0))
        })
        .collect();
    assert_eq!(
        floats,
        [
            r#"{__name__="m"} -2.5 @1"#,
            r#"{__name__="c_count"} 7 @5"#,
            r#"{__name__="c_sum"} 20 @5"#,
            r#"{__name__="c_bucket", le="0.5"} 2 @5"#,
            r#"{__name__="c_bucket", le="1.0"} 2 @5"#,
            r#"{__name__="c_bucket", le="2.5"} 6 @5"#,
            r#"{__name__="c_bucket", le="+Inf"} 7 @5"#,
        ]
    );
    let kinds: Vec<MetricKind> = read.batch.metadata.iter().map(|m| m.kind).collect();
    use MetricKind::*;
    assert_eq!(kinds, [Unknown, Histogram, GaugeHistogram, Histogram, Histogram]);
}

#[test]
fn content_types_are_told_apart() {
    assert!(is_delimited(DELIMITED_CONTENT_TYPE));
    assert!(is_delimited(
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores"
    ));
    for other in ["", "text/plain", "application/vnd.google.protobuf; encoding=text"] {
        assert!(!is_delimited(other), "{other}");
    }
}

proptest! {
    #[test]
    fn damaged_bodies_end(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
        let mut body = family("wait", 4, native);
        let (at, cut) = (at % body.len(), cut % body.len());
        body[at] = byte;
        drop(parse_delimited(&body, Histograms::Both, Millis(0)));
        drop(parse_delimited(&body[..cut], Histograms::Both, Millis(0)));
    }
}

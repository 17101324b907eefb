//! Golden answers.

use super::*;
use model::FloatHistogram;
use model::histogram::BucketSpan;
use query::{InstantSample, MatrixSeries};
use std::sync::Arc;

fn check(result: Value, want: &str) {
    let mut out = String::new();
    value(&mut out, &result, None);
    assert_eq!(out, want);
    serde_json::from_str::<serde_json::Value>(&out).unwrap();
}

#[test]
fn values_are_written_as_the_replaced_system_writes_them() {
    let labels = Labels::from_pairs([("__name__", "up"), ("job", "a\"b")]);
    check(
        Value::Scalar { at: Millis(1500), value: 1e-7 },
        r#"{"resultType":"scalar","result":[1.5,"0.0000001"]}"#,
    );
    check(
        Value::Text { at: Millis(0), value: "a\nb".into() },
        r#"{"resultType":"string","result":[0,"a\nb"]}"#,
    );
    let sample =
        InstantSample { labels: labels.clone(), at: Millis(1_795_172_400_050), point: Point::Float(1e-7) };
    check(
        Value::Vector(vec![sample]),
        r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a\"b"},"value":[1795172400.05,"1e-07"]}]}"#,
    );
    check(Value::Vector(vec![]), r#"{"resultType":"vector","result":[]}"#);
    let series = MatrixSeries {
        labels,
        floats: vec![(Millis(1000), f64::NAN), (Millis(2000), f64::INFINITY)],
        histograms: vec![],
    };
    check(
        Value::Matrix(vec![series]),
        r#"{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a\"b"},"values":[[1,"NaN"],[2,"+Inf"]]}]}"#,
    );
}

#[test]
fn histograms_list_their_buckets_from_low_to_high() {
    let span = |offset, length| BucketSpan { offset, length };
    let exponential = FloatHistogram {
        schema: 2,
        count: 976.0,
        sum: 1250.5,
        zero_threshold: 1e-128,
        zero_count: 61.0,
        negative_spans: vec![span(4, 1)],
        negative_buckets: vec![122.0],
        positive_spans: vec![span(0, 2), span(1, 1)],
        positive_buckets: vec![61.0, 0.0, 5.0],
        ..FloatHistogram::default()
    };
    let series =
        MatrixSeries { histograms: vec![(Millis(1000), Arc::new(exponential))], ..MatrixSeries::default() };
    check(
        Value::Matrix(vec![series]),
        r#"{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{"count":"976","sum":"1250.5","buckets":[[1,"-2","-1.6817928305074288","122"],[3,"-1e-128","1e-128","61"],[0,"0.8408964152537144","1","61"],[0,"1.414213562373095","1.6817928305074288","5"]]}]]}]}"#,
    );
    let custom = FloatHistogram {
        schema: -53,
        count: 3.0,
        sum: 2.0,
        positive_spans: vec![span(0, 3)],
        positive_buckets: vec![1.0, 1.0, 1.0],
        custom_values: vec![0.1, 5.0],
        ..FloatHistogram::default()
    };
    let sample =
        InstantSample { labels: Labels::empty(), at: Millis(0), point: Point::Histogram(Arc::new(custom)) };
    check(
        Value::Vector(vec![sample]),
        r#"{"resultType":"vector","result":[{"metric":{},"histogram":[0,{"count":"3","sum":"2","buckets":[[3,"-Inf","0.1","1"],[0,"0.1","5","1"],[0,"5","+Inf","1"]]}]}]}"#,
    );
}

#[test]
fn notes_stand_beside_the_data_and_are_few() {
    let notes = Notes { warnings: vec!["w".into(); 12], infos: vec![] };
    let out = envelope(|out| out.push_str("[]"), &notes);
    let read: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((read["warnings"].as_array().unwrap().len(), read.get("infos")), (10, None));
}

//! Federation: another server scrapes the newest samples.

use super::*;
use model::{FloatHistogram, Labels, Millis, Sample};
use wire::exposition::{DELIMITED_CONTENT_TYPE, Histograms, parse_delimited};

#[tokio::test]
async fn the_newest_samples_are_federated() {
    let options = Options { external_labels: vec![("dc".into(), "1".into())], ..Options::default() };
    let door = Door::new(options);
    let mut batch = MetricBatch::default();
    let now = fakes::NOW_NANOS / 1_000_000;
    let at = |at: i64, value: f64| Sample { at: Millis(at), value };
    batch.push_series(
        &Labels::from_pairs([("__name__", "up"), ("job", "a")]),
        &[at(now - 2000, 0.0), at(now - 1000, 1.0)],
    );
    batch.push_series(&Labels::from_pairs([("__name__", "a.b")]), &[at(now - 1000, 2.5)]);
    batch.push_series(&Labels::from_pairs([("__name__", "late")]), &[at(now - 400_000, 1.0)]);
    batch.push_series(&Labels::from_pairs([("__name__", "gone")]), &[at(now - 1000, model::stale_marker())]);
    let native =
        FloatHistogram { schema: 1, count: 3.0, sum: 4.5, zero_count: 3.0, ..FloatHistogram::default() };
    batch.push_label("__name__", "waits");
    batch.push_histogram(Millis(now - 1000), native.clone());
    batch.finish_series().unwrap();
    let body = remote_write::encode_body(&batch).unwrap();
    door.send("prometheus", write("/api/v1/write", V1, "snappy"), body).await;
    let path = "/federate?match[]=%7B__name__%3D~%22.%2B%22%7D&match[]=up&match[]=%7B%7D";
    let answer = door.get("prometheus", path).await;
    let want = format!(
        "# TYPE a_b untyped\na_b{{dc=\"1\"}} 2.5 {0}\n# TYPE up untyped\nup{{job=\"a\",dc=\"1\"}} 1 {0}\n",
        now - 1000
    );
    assert_eq!((answer.status, answer.text()), (200, want.as_str()));
    let accept = format!("{DELIMITED_CONTENT_TYPE};q=0.8,text/plain;q=0.5");
    let answer = door.send("prometheus", Request::get(path).header("accept", accept), Body::empty()).await;
    let kind = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores";
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, kind));
    let read = parse_delimited(&answer.body, Histograms::Native, Millis(0)).unwrap().batch;
    let names: Vec<String> = read.series().map(|s| s.to_labels().to_string()).collect();
    assert_eq!(
        names,
        [
            r#"{__name__="a_b", dc="1"}"#,
            r#"{__name__="up", dc="1", job="a"}"#,
            r#"{__name__="waits", dc="1"}"#
        ]
    );
    let histograms: Vec<_> = read.series().flat_map(|s| s.histograms().to_vec()).collect();
    assert_eq!(
        (histograms.len(), histograms[0].at, &histograms[0].histogram),
        (1, Millis(now - 1000), &native)
    );
    let answer = door.get("prometheus", "/federate?match[]=up%7B").await;
    assert_eq!(
        (answer.status, answer.text()),
        (400, "1:4: parse error: unexpected end of input inside braces\n")
    );
}

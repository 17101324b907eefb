//! Reads back what a [`crate::writer`] wrote, through the public query APIs, with every number counted.

use crate::writer::{Base, trace_id};
use crate::{Http, Oriel};
use std::collections::BTreeMap;
use std::ops::Range;

/// How often each number is stored.
pub type Counts = BTreeMap<u64, u32>;

/// Lines asked for at once.
const PAGE: u64 = 4_000;

/// Samples, read as they are: a range selector answers every stored sample.
pub async fn samples(http: &Http, oriel: &Oriel, base: Base, numbers: Range<u64>) -> Counts {
    let mut counts = Counts::new();
    let seconds = (numbers.end - numbers.start) / 1000 + 2;
    let query = format!("written_total[{seconds}s]");
    // A range is open at its left end: the first number is one millisecond inside.
    let end = (base.millis(numbers.start) - 1 + (seconds * 1000).cast_signed()) as f64 / 1000.0;
    let answer = http
        .get(
            &format!("{}/api/v1/query", oriel.url("prometheus")),
            &[("query", &query), ("time", &end.to_string())],
        )
        .await;
    for series in answer["data"]["result"].as_array().expect("a matrix") {
        for pair in series["values"].as_array().expect("values") {
            let value: f64 = pair[1].as_str().and_then(|v| v.parse().ok()).expect("a value");
            let at = (pair[0].as_f64().expect("a time") * 1000.0).round() as i64;
            assert_eq!(
                at,
                base.millis(value as u64),
                "a sample stands at another time than it was written with"
            );
            *counts.entry(value as u64).or_default() += 1;
        }
    }
    counts
}

/// Lines, page by page.
pub async fn lines(http: &Http, oriel: &Oriel, base: Base, numbers: Range<u64>) -> Counts {
    let mut counts = Counts::new();
    let url = format!("{}/loki/api/v1/query_range", oriel.url("loki"));
    let nanos = |n: u64| (base.millis(n) * 1_000_000).to_string();
    let mut from = numbers.start;
    while from < numbers.end {
        let to = (from + PAGE).min(numbers.end);
        let (start, end) = (nanos(from), nanos(to));
        let parameters = [
            ("query", r#"{app="writer"} |= "seq=""#),
            ("start", &start),
            ("end", &end),
            ("limit", "5000"),
            ("direction", "forward"),
        ];
        let answer = http.get(&url, &parameters).await;
        for stream in answer["data"]["result"].as_array().expect("streams") {
            for pair in stream["values"].as_array().expect("values") {
                let text = pair[1].as_str().expect("a line");
                let n: u64 = text.rsplit_once("seq=").and_then(|(_, n)| n.parse().ok()).expect("a number");
                assert_eq!(
                    pair[0].as_str(),
                    Some(nanos(n).as_str()),
                    "a line stands at another time than it was written with"
                );
                *counts.entry(n).or_default() += 1;
            }
        }
        from = to;
    }
    counts
}

/// Traces, one by one: each must have its two spans, once.
pub async fn traces(http: &Http, oriel: &Oriel, numbers: impl Iterator<Item = u64>) -> Counts {
    let mut counts = Counts::new();
    for n in numbers {
        let url = format!("{}/api/traces/{}", oriel.url("tempo"), trace_id(n));
        let (status, body) = http.try_get(&url, &[]).await.expect("an answer");
        if status == 404 {
            continue;
        }
        assert_eq!(status, 200, "{url}: {body}");
        let trace: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let batches = trace["batches"].as_array().into_iter().flatten();
        let scopes = batches.flat_map(|b| b["scopeSpans"].as_array().into_iter().flatten().cloned());
        let spans: usize = scopes.map(|s| s["spans"].as_array().map_or(0, Vec::len)).sum();
        assert!(spans.is_multiple_of(2) && spans > 0, "trace {n} has {spans} spans");
        counts.insert(n, u32::try_from(spans / 2).expect("small"));
    }
    counts
}

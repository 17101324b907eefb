//! A page's queries as the page reads their answers.

use super::*;
use crate::fakes;
use crate::state::Options;
use contract::{Context, Ingest};
use http_body_util::BodyExt;
use model::{MetricBatch, Millis};
use serde_json::{Value, json};
use tower::ServiceExt;

const NOW: i64 = fakes::NOW_NANOS / 1_000_000;

/// Header and columns of each frame.
fn decode(mut bytes: &[u8]) -> Vec<(Value, Vec<f64>, String)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let (length, header) = (word(0), word(4));
        assert!((8 + header).is_multiple_of(8) && (4 + length).is_multiple_of(8));
        let body = &bytes[8 + header..4 + length];
        let numbers = body.chunks(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect();
        let head = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
        frames.push((head, numbers, String::from_utf8_lossy(body).into_owned()));
        bytes = &bytes[4 + length..];
    }
    frames
}

async fn ask(state: &Arc<State>, queries: Value) -> (u16, Vec<(Value, Vec<f64>, String)>) {
    let body = Body::from(json!({ "queries": queries }).to_string());
    let request = Request::builder().method("POST").uri("/api/oriel/v1/query").body(body).unwrap();
    let response = routes(state.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, if status == 200 { decode(&bytes) } else { Vec::new() })
}

async fn state() -> Arc<State> {
    let (state, store) = fakes::state(Options::default());
    let mut batch = MetricBatch::default();
    for (name, values) in [("a", [1.0, f64::NAN, 3.0]), ("b", [4.0, 5.0, 6.0])] {
        batch.push_label("__name__", "m");
        batch.push_label("x", name);
        for (at, value) in values.into_iter().enumerate() {
            batch.push_sample(Millis(NOW - 120_000 + at as i64 * 60_000), value);
        }
        batch.finish_series().unwrap();
    }
    store.metrics(&Context::for_tests(), batch).await.unwrap();
    state
}

fn of<'a>(frames: &'a [(Value, Vec<f64>, String)], id: &str) -> &'a (Value, Vec<f64>, String) {
    let is_it = |frame: &&(Value, Vec<f64>, String)| {
        frame.0["ids"].as_array().is_some_and(|ids| ids.iter().any(|one| one == id))
    };
    frames.iter().find(is_it).unwrap()
}

#[tokio::test]
async fn all_signals_and_modes_are_answered_in_one_stream() {
    let state = state().await;
    let one = |id: &str, signal: &str, mode: &str, query: &str| {
        json!({
            "id": id, "signal": signal, "mode": mode, "query": query, "start": NOW - 180_000, "end": NOW, "step": 60_000,
        })
    };
    let (status, frames) = ask(
        &state,
        json!([
            one("0", "metrics", "range", "m"),
            one("1", "metrics", "instant", "sum(m)"),
            one("2", "metrics", "range", "m"),
            one("3", "metrics", "range", "m{"),
            one("4", "logs", "range", "sum(count_over_time({a=\"b\"}[1m]))"),
            one("5", "logs", "rows", "{a=\"b\"}"),
            one("6", "logs", "instant", "vector(7)"),
            one("7", "traces", "rows", "{}"),
            one("8", "traces", "range", "{} | rate()"),
            one("9", "metrics", "rows", "m"),
            one("10", "logs", "range", "{a=\"b\"}"),
        ]),
    )
    .await;
    assert_eq!((status, frames.len()), (200, 11));
    let (head, numbers, _) = of(&frames, "0");
    assert_eq!(
        (&head["ids"], &head["points"], &head["more"]),
        (&json!(["0", "2"]), &json!(4), &json!(false))
    );
    assert_eq!(head["series"][0], json!({ "labels": { "__name__": "m", "x": "a" }, "nan": [2] }));
    assert_eq!((numbers.len(), numbers[0].is_nan(), numbers[1], numbers[3]), (8, true, 1.0, 3.0));
    assert_eq!(numbers[5..], [4.0, 5.0, 6.0]);
    let (head, numbers, _) = of(&frames, "1");
    assert_eq!(
        (&head["kind"], &head["start"], numbers.as_slice()),
        (&json!("vector"), &json!(NOW), &[9.0][..])
    );
    let (head, ..) = of(&frames, "3");
    assert_eq!(
        (&head["kind"], &head["status"], &head["type"]),
        (&json!("error"), &json!(400), &json!("bad_data"))
    );
    assert!(head["message"].as_str().unwrap().contains("parse error"));
    assert_eq!(of(&frames, "4").0["kind"], "grid");
    let (head, _, text) = of(&frames, "5");
    assert_eq!(text.trim_end().len(), head["bytes"].as_u64().unwrap() as usize);
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["data"]["resultType"], "streams");
    assert_eq!(of(&frames, "6").1, [7.0]);
    assert!(of(&frames, "7").2.contains("\"traces\""));
    assert_eq!(of(&frames, "8").0["kind"], "grid");
    assert!(of(&frames, "9").0["message"].as_str().unwrap().contains("no rows"));
    assert!(of(&frames, "10").0["message"].as_str().unwrap().contains("not of lines"));
    assert_eq!(frames.last().unwrap().0, json!({ "kind": "end", "queries": 11 }));
    // Nothing is left in the list of running queries.
    assert_eq!(state.running.shown(&model::Tenant::anonymous(), &state.clock)["running"], json!([]));
}

#[tokio::test]
async fn senseless_batches_are_refused() {
    let state = state().await;
    let one = json!({ "id": "0", "signal": "metrics", "mode": "range", "query": "m", "start": 0, "end": 10, "step": 1 });
    let with = |name: &str, value: Value| {
        let mut one = one.clone();
        one[name] = value;
        json!([one])
    };
    for queries in [json!([]), json!([{}]), with("signal", json!("profiles")), with("other", json!(1))] {
        assert_eq!(ask(&state, queries.clone()).await.0, 400, "{queries}");
    }
    for (queries, words) in [
        (with("step", json!(0)), "above 0"),
        (with("end", json!(-1)), "before the start"),
        (with("end", json!(100_000)), "max_query_points"),
    ] {
        let (_, frames) = ask(&state, queries).await;
        assert!(frames[0].0["message"].as_str().unwrap().contains(words), "{:?}", frames[0].0);
    }
}

#[tokio::test]
async fn long_answers_come_in_several_frames() {
    let series = |n: usize| ask::Series {
        labels: vec![("n".to_owned(), n.to_string())],
        points: (0..1_000).map(|at| (at, n as f64)).collect(),
        histograms: Vec::new(),
    };
    let grid = query::Grid::new(0, 999, 1);
    let answered =
        ask::Answered::Grid { grid, series: (0..300).map(series).collect(), warnings: vec!["w".to_owned()] };
    let frames = frame::of(&["x".to_owned()], answered).await;
    assert_eq!(frames.len(), 3);
    let decoded: Vec<_> = frames.iter().flat_map(|bytes| decode(bytes)).collect();
    assert_eq!(
        decoded.iter().map(|one| one.0["more"].as_bool().unwrap()).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert_eq!((&decoded[0].0["warnings"], &decoded[1].0["warnings"]), (&json!(["w"]), &Value::Null));
    assert_eq!(decoded.iter().map(|one| one.1.len()).sum::<usize>(), 300_000);
    assert_eq!(decoded[2].1.last(), Some(&299.0));
}

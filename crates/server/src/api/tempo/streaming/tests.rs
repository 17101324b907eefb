//! Requests as the messages of `tempopb` stand on the wire, and the parts that answer them.

use super::*;
use crate::fakes;
use crate::state::Options;
use bytes::Bytes;
use wire::proto::Reader;

/// Calls a method; its messages and its status.
async fn call(state: &Arc<State>, method: &str, build: impl Fn(&mut Writer)) -> (Vec<Bytes>, String) {
    let mut w = Writer::new();
    build(&mut w);
    let path = format!("/tempopb.StreamingQuerier/{method}");
    fakes::call(routes(state.clone()), &path, &w.finish()).await
}

/// The texts of field `inner` of every field 1.
fn texts(messages: &[Bytes], inner: Option<u32>) -> Vec<String> {
    let mut out = Vec::new();
    for message in messages {
        let mut reader = Reader::new(message);
        while let Some(field) = reader.field().unwrap() {
            match (field.number, inner) {
                (1, None) => out.push(field.text().unwrap().to_owned()),
                (1, Some(inner)) => {
                    let mut part = field.message().unwrap();
                    while let Some(field) = part.field().unwrap() {
                        if field.number == inner {
                            out.push(field.text().unwrap().to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
    }
    out
}

fn state() -> Arc<State> {
    let (state, store) = fakes::state(Options::default());
    let second = fakes::NOW_NANOS / 1_000_000_000 - 60;
    let span = |id: u8| {
        format!(
            r#"{{"traceId": "{:032x}", "spanId": "{:016x}", "name": "GET", "kind": 2, "startTimeUnixNano": "{second}000000000",
            "endTimeUnixNano": "{second}500000000", "attributes": [{{"key": "n", "value": {{"intValue": "{id}"}}}}]}}"#,
            u128::from(id),
            id
        )
    };
    for id in [1, 2] {
        let json = format!(
            r#"{{"resourceSpans": [{{"resource": {{"attributes": [{{"key": "service.name", "value": {{"stringValue": "shop"}}}}]}},
            "scopeSpans": [{{"spans": [{}]}}]}}]}}"#,
            span(id)
        );
        let batch = wire::otlp::traces::decode(json.as_bytes(), wire::otlp::Encoding::Json).unwrap();
        store.spans.lock().unwrap().push(batch);
    }
    state
}

#[tokio::test]
async fn searches_come_in_parts_and_end_with_their_cost() {
    let state = state();
    let search = |query: &'static str| {
        let state = state.clone();
        async move { call(&state, "Search", |w| w.text(8, query)).await }
    };
    let (messages, status) = search("{ span.n > 0 }").await;
    assert_eq!(status, "0 ");
    assert!(messages.len() >= 2, "traces, then the cost of the whole");
    let mut ids = texts(&messages, Some(1));
    ids.sort();
    assert_eq!((ids, texts(&messages, Some(2))), (vec!["1".into(), "2".into()], vec!["shop".into(); 2]));
    let (messages, status) = search("{ span.n = }").await;
    assert_eq!(messages.len(), 0);
    assert!(status.starts_with("3 invalid TraceQL query: parse error"), "{status}");
    let (messages, _) = call(&state, "Search", |w| {
        w.message(1, |w| {
            w.text(1, "service.name");
            w.text(2, "shop");
        });
        w.uint(2, 100);
        w.uint(4, 1);
    })
    .await;
    assert_eq!(texts(&messages, Some(1)).len(), 1, "tags, a duration in milliseconds, and a limit");
}

#[tokio::test]
async fn names_and_values_are_those_of_the_paths() {
    let state = state();
    let (messages, status) = call(&state, "SearchTagsV2", |w| w.text(1, "intrinsic")).await;
    assert_eq!((status.as_str(), texts(&messages, Some(1))), ("0 ", vec!["intrinsic".to_owned()]));
    let (messages, _) = call(&state, "SearchTags", |w| w.text(1, "intrinsic")).await;
    assert!(texts(&messages, None).contains(&"trace:id".to_owned()));
    let (messages, _) = call(&state, "SearchTagValuesV2", |w| w.text(1, "status")).await;
    assert_eq!(texts(&messages, Some(2)), ["error", "ok", "unset"]);
    let (_, status) = call(&state, "SearchTagValuesV2", |w| w.text(1, "a b")).await;
    assert!(status.starts_with("3 please provide a valid tagName"), "{status}");
}

#[tokio::test]
async fn metrics_take_nanoseconds() {
    let state = state();
    let end = fakes::NOW_NANOS.cast_unsigned();
    let (messages, status) = call(&state, "MetricsQueryRange", |w| {
        w.text(1, "{} | count_over_time()");
        w.uint(2, end - 120_000_000_000);
        w.uint(3, end);
        w.uint(4, 60_000_000_000);
    })
    .await;
    assert_eq!((status.as_str(), messages.len()), ("0 ", 1));
    let mut counts = Vec::new();
    let mut answer = Reader::new(&messages[0]);
    while let Some(field) = answer.field().unwrap() {
        let mut series = match field.number {
            1 => field.message().unwrap(),
            _ => continue,
        };
        while let Some(field) = series.field().unwrap() {
            if field.number == 2 {
                let mut sample = field.message().unwrap();
                while let Some(field) = sample.field().unwrap() {
                    if field.number == 1 {
                        counts.push(field.double().unwrap());
                    }
                }
            }
        }
    }
    assert_eq!(counts, [2.0], "zeros have no value on the wire");
    for (query, parts) in [
        ("{} | count_over_time()", 3),
        ("{} | count_over_time() | topk(1)", 1),
        ("{} | compare({ span.n = 1 })", 1),
    ] {
        let (messages, status) = call(&state, "MetricsQueryRange", |w| {
            w.text(1, query);
            w.uint(2, end - 7_200_000_000_000);
            w.uint(3, end);
            w.uint(4, 60_000_000_000);
        })
        .await;
        assert_eq!((status.as_str(), messages.len()), ("0 ", parts), "{query}");
    }
    let (_, status) = call(&state, "MetricsQueryInstant", |w| {
        w.text(1, "{}");
        w.uint(2, end - 60);
        w.uint(3, end);
    })
    .await;
    assert!(status.starts_with("3 "), "{status}");
}

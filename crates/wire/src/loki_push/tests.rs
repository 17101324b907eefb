//! Tests of the push protocol: round trips, both JSON forms, label text, and hostile input.

use super::*;
use model::{Labels, LogEntry, Nanos, StreamEntries};
use proptest::prelude::*;

fn sample_batch() -> LogBatch {
    let entry = |at, line: &str, metadata: &[(&str, &str)]| {
        let mut pairs = Pairs::new();
        for (name, value) in metadata {
            push_pair(&mut pairs, name, value);
        }
        LogEntry { at: Nanos(at), line: Bytes::from(line.to_owned()), metadata: Arc::from(pairs) }
    };
    let stream = |labels: &[(&str, &str)], entries| StreamEntries {
        labels: Labels::from_pairs(labels.iter().copied()),
        entries,
    };
    LogBatch {
        streams: vec![
            stream(
                &[("app", "Ü \"q\" \\ \t\n"), ("env", "dev")],
                vec![entry(1_795_168_800_000_000_001, "hello", &[("k", "v")])],
            ),
            stream(&[("a", "b")], vec![entry(-1, "", &[]), entry(7, "two\nlines", &[("a.b", "x")])]),
        ],
        body: None,
    }
}

#[test]
fn what_is_encoded_is_decoded() {
    let batch = sample_batch();
    let packed = Bytes::from(encode_body(&batch).unwrap());
    let decoded = decode_body(&packed, 1 << 20).unwrap();
    assert_eq!(decoded.streams, batch.streams);
    let body = decoded.body.unwrap();
    assert_eq!(body.packed, packed);
    let place = body.place_of(&decoded.streams[1].entries[1].line).unwrap();
    assert!(body.unpacked[place..].starts_with(b"two\nlines"));
    assert_eq!(body.place_of(&batch.streams[1].entries[1].line), None);
    assert!(matches!(decode_body(&packed, 10), Err(WireError::TooLarge { .. })));
    assert_eq!(
        decode_body(&Bytes::from_static(b"hello"), 1000).unwrap_err().to_string(),
        "snappy: corrupt input"
    );
}

#[test]
fn json_is_read() {
    let body = r#"{"x": 1, "streams": [{"stream": {"app": "a", "n": 5, "t": true}, "values":
        [["1", "line \u00fc", {"http.route": "/x"}], ["2"], ["3", "plain", {}, "more"]]}, {}]}"#;
    let batch = decode_json(&Bytes::from(body)).unwrap();
    assert_eq!(batch.streams.len(), 2);
    assert_eq!(batch.streams[0].labels.to_string(), r#"{app="a", n="5", t="true"}"#);
    let entries = &batch.streams[0].entries;
    assert_eq!((entries[0].at, entries[0].text()), (Nanos(1), "line ü"));
    assert_eq!(&*entries[0].metadata[0].0, "http_route");
    assert_eq!((entries[1].text(), entries[2].text()), ("", "plain"));
    for empty in ["null", "{}", r#"{"streams": null}"#, r#"{"streams": []}"#] {
        assert!(decode_json(&Bytes::from(empty)).unwrap().streams.is_empty());
    }
}

#[test]
fn json_that_is_wrong_is_refused() {
    let entry = |entry: &str| format!(r#"{{"streams": [{{"stream": {{"a": "b"}}, "values": [{entry}]}}]}}"#);
    let stream = |labels: &str| format!(r#"{{"streams": [{{"stream": {labels}, "values": []}}]}}"#);
    for (body, words) in [
        (String::new(), "EOF"),
        ("{".into(), "EOF"),
        ("[]".into(), "streams"),
        (entry(r#"[1, "x"]"#), "expected a string"),
        (entry(r#"["", "x"]"#), "whole number"),
        (entry(r#"["1.5", "x"]"#), "whole number"),
        (entry(r#"["2026-11-20T10:00:00Z", "x"]"#), "whole number"),
        (entry(r#"["1", "x", {"a": 5}]"#), "expected a string"),
        (entry(r#"["1", "x", {"a": null}]"#), "expected a string"),
        (entry(r#"["1", "x", {"a": {"b": "c"}}]"#), "expected a string"),
        (entry(r#"["1", "x", ["meta"]]"#), "metadata"),
        (
            stream(r#"{"a-b": "x"}"#),
            "couldn't parse labels: 1:3: parse error: unexpected character inside braces: '-'",
        ),
        (
            stream(r#"{"1a": "x"}"#),
            "couldn't parse labels: 1:2: parse error: unexpected character inside braces: '1'",
        ),
        (
            stream(r#"{"a b": "x"}"#),
            r#"couldn't parse labels: 1:4: parse error: unexpected identifier "b" in label set, expected "=""#,
        ),
    ] {
        let error = decode_json(&Bytes::from(body.clone())).unwrap_err().to_string();
        assert!(error.contains(words), "{body}: {error}");
    }
}

#[test]
fn the_older_json_is_read() {
    let body = r#"{"streams": [{"labels": "{app=\"legacy\", env=\"dev\"}", "entries": [{"ts": "2026-11-20T10:10:01.5Z", "line": "x"}]}]}"#;
    let batch = decode_legacy_json(&Bytes::from(body)).unwrap();
    assert_eq!(batch.streams[0].entries[0].at, Nanos(1_795_169_401_500_000_000));
    let bad = r#"{"streams": [{"labels": "{app=", "entries": []}]}"#;
    let error = decode_legacy_json(&Bytes::from(bad)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "couldn't parse labels: 1:6: parse error: unexpected end of input inside braces"
    );
    let bad = r#"{"streams": [{"labels": "{app=\"late\"}", "entries": [{"ts": "nope", "line": "x"}]}]}"#;
    assert!(decode_legacy_json(&Bytes::from(bad)).is_err());
}

#[test]
fn label_text_is_read() {
    for (text, labels) in [
        ("{}", "{}"),
        (r#" { b = "2" , a='1', } "#, r#"{a="1", b="2"}"#),
        (r#"{a="\x41\101\u00fc\"\n", b=`\x`}"#, r#"{a="AAü\"\n", b="\\x"}"#),
        (r#"{a="", b="x"}"#, r#"{b="x"}"#),
    ] {
        assert_eq!(labels::parse(text).unwrap().to_string(), labels);
    }
    for text in [
        "",
        "{",
        "{a}",
        "{a=}",
        "{a=\"}",
        "{a=\"b\" c=\"d\"}",
        "{a=~\"b\"}",
        "{a=\"b\"}x",
        "{a=\"1\",a=\"2\"}",
        r#"{a="\q"}"#,
        "{,}",
    ] {
        assert!(labels::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn label_text_round_trips(pairs in proptest::collection::btree_map("[a-z_][a-z0-9_]{0,5}", "\\PC{1,10}|[\\x00-\\x7f]{1,8}", 0..5)) {
        let labels = Labels::from_pairs(pairs);
        prop_assert_eq!(labels::parse(&labels.to_string()).unwrap(), labels);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[{}a-z=,\"'`\\\\x0-9 ü-]{0,30}") {
        let _ = labels::parse(&text);
        let body = Bytes::from(text);
        let _ = decode_json(&body);
        let _ = decode_legacy_json(&body);
    }

    #[test]
    fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..1000, byte in any::<u8>()) {
        let _ = decode(&Bytes::from(bytes));
        let mut damaged = encode(&sample_batch());
        let at = at % damaged.len();
        damaged[at] = byte;
        let _ = decode(&Bytes::from(damaged));
    }
}

//! Records become lines as their mapping says, whatever their shape.

use super::*;
use proptest::prelude::*;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn mapping() -> Mapping {
    Mapping {
        time: names(&["@timestamp"]),
        message: names(&["message", "log"]),
        stream: names(&["host.name", "env"]),
        ignored: names(&["agent.*", "secret"]),
        extra: vec![("env".into(), "prod".into()), ("team".into(), "a".into())],
        decolorized: Vec::new(),
    }
}

/// Labels, time, line and metadata of one document.
fn check(text: &'static str) -> Result<String, WireError> {
    let body = Bytes::from_static(text.as_bytes());
    let read = std::str::from_utf8(&body).unwrap();
    let record = mapping().record(Fields::from_json(read)?, &body, read, Nanos(7))?;
    let pairs: Vec<String> = record.entry.metadata.iter().map(|(n, v)| format!("{n}={v}")).collect();
    Ok(format!("{} {} {:?} {}", record.labels, record.entry.at.0, record.entry.text(), pairs.join(",")))
}

#[test]
fn fields_become_labels_time_line_and_metadata() {
    for (text, want) in [
        (
            r#"{"@timestamp":"1970-01-01T00:00:01Z","message":"a \"b\"","host":{"name":"h","os":{"n":1.0}},"env":"dev","agent":{"x":1},"secret":"s","list":[1,"a",{"k":null}],"no":null,"ok":true,"empty":""}"#,
            r#"{env="prod", host_name="h"} 1000000000 "a \"b\"" host_os_n=1.0,list=[1,"a",{"k":null}],ok=true,team=a"#,
        ),
        (r#"{"log":"second","message":"first"}"#, r#"{env="prod"} 7 "first" log=second,team=a"#),
        (r#"{"log":"second","message":""}"#, r#"{env="prod"} 7 "second" team=a"#),
        (r#"{"a":1}"#, r#"{env="prod"} 7 "{\"a\":1}" a=1,team=a"#),
        (
            r#"{"@timestamp":0,"9.x":"v"}"#,
            r#"{env="prod"} 7 "{\"@timestamp\":0,\"9.x\":\"v\"}" key_9_x=v,team=a"#,
        ),
    ] {
        assert_eq!(check(text).unwrap(), want);
    }
    for (bad, error) in [
        (r#"{"@timestamp":"soon"}"#, r#"the field "@timestamp" holds no time: "soon""#),
        ("[1]", "expected a JSON object"),
        ("{\"a\":1} x", "trailing characters at line 1 column 9"),
    ] {
        assert_eq!(check(bad).unwrap_err().to_string(), error);
    }
}

#[test]
fn lines_are_parts_of_the_body_where_they_stand_in_it() {
    let body = Bytes::from_static(br#"{"message":"as it is"}"#);
    let text = std::str::from_utf8(&body).unwrap();
    let record = mapping().record(Fields::from_json(text).unwrap(), &body, text, Nanos(1)).unwrap();
    assert_eq!(record.entry.line.as_ptr(), body[12..].as_ptr());
}

#[test]
fn a_record_cannot_cost_more_than_its_bounds() {
    let many: Vec<String> = (0..=MAX_FIELDS).map(|n| format!("\"f{n}\":1")).collect();
    let error = Fields::from_json(&format!("{{{}}}", many.join(","))).unwrap_err();
    assert!(error.to_string().starts_with("a record has more than 1000 fields"), "{error}");
    let long = "n".repeat(MAX_NAME_BYTES - 1);
    for text in [format!("{{\"{long}\":{{\"ab\":1}}}}"), format!("{{\"{long}ab\":1}}")] {
        let error = Fields::from_json(&text).unwrap_err();
        assert!(error.to_string().starts_with("the name of a field is larger than 1024 bytes"), "{error}");
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    Fields::from_json(&deep).unwrap_err();
}

#[test]
fn each_stream_stands_once_in_a_batch() {
    let mut streams = Streams::default();
    for text in [r#"{"host.name":"a","n":1}"#, r#"{"host.name":"b"}"#, r#"{"host":{"name":"a"}}"#] {
        let body = Bytes::from_static(text.as_bytes());
        let fields = Fields::from_json(text).unwrap();
        streams.push(mapping().record(fields, &body, text, Nanos(1)).unwrap());
    }
    let batch = streams.finish();
    let counts: Vec<usize> = batch.streams.iter().map(|stream| stream.entries.len()).collect();
    assert_eq!((counts, batch.len()), (vec![2, 1], 3));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), like in "[{}\\[\\]\":,a0.\\\\ntrue]{0,40}") {
        for text in [text, like] {
            let body = Bytes::from(text.clone());
            if let Ok(fields) = Fields::from_json(&text) {
                let _ = mapping().record(fields, &body, &text, Nanos(1));
            }
        }
    }

    #[test]
    fn every_scalar_field_arrives(fields in proptest::collection::btree_map("[a-z]{1,6}", "\\PC{1,10}", 0..10)) {
        let text = serde_json::to_string(&fields).unwrap();
        let body = Bytes::from(text.clone());
        let record = Mapping::default().record(Fields::from_json(&text).unwrap(), &body, &text, Nanos(1)).unwrap();
        let got: Vec<(String, String)> =
            record.entry.metadata.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        prop_assert_eq!(got, fields.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(record.entry.text(), text);
    }
}

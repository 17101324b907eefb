//! Documents: bulk requests, single documents, lines of JSON, and the calls that shippers make before them.

use super::*;
use serde_json::{Value, json};

/// What the store has: stream, time, line and metadata of every line.
fn stored(door: &Door) -> Vec<String> {
    let mut out = Vec::new();
    for stream in door.store.logs.lock().unwrap().iter().flat_map(|batch| &batch.streams) {
        for entry in &stream.entries {
            let pairs: Vec<String> = entry.metadata.iter().map(|(n, v)| format!("{n}={v}")).collect();
            out.push(format!("{} {} {} [{}]", stream.labels, entry.at.0, entry.text(), pairs.join(" ")));
        }
    }
    out
}

fn json_of_answer(answer: &Answer) -> Value {
    assert_eq!(answer.headers["x-elastic-product"], "Elasticsearch");
    serde_json::from_slice(&answer.body).unwrap()
}

const BULK: &str = r#"{"create":{"_index":"logs","_id":"a1"}}
{"@timestamp":"2026-11-25T11:00:00Z","message":"one","host":{"name":"h"},"log":{"level":"warn"}}
{"index":{}}
{"message":"two","service":{"name":"shop"}}
{"update":{"_id":"x"}}
{"doc":{}}
{"delete":{"_index":"logs","_id":"y"}}
{"create":{}}
{"@timestamp":"soon"}
{"create":{}}
not json
"#;

#[tokio::test]
async fn each_operation_of_a_bulk_request_has_its_own_answer() {
    for (name, path) in [
        ("elasticsearch", "/web/_bulk"),
        ("loki", "/elasticsearch/web/_bulk"),
        ("loki", "/insert/elasticsearch/web/_bulk?pretty"),
        ("loki", "/web/_bulk"),
    ] {
        let door = Door::new(Options::default());
        let answer = door.send(name, Request::post(path), BULK).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = json_of_answer(&answer);
        assert_eq!((&body["errors"], body["items"].as_array().unwrap().len()), (&json!(true), 6));
        assert_eq!(
            body["items"][0],
            json!({"create": {"_index": "logs", "_id": "a1", "_version": 1, "result": "created",
                "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": 0, "_primary_term": 1, "status": 201}})
        );
        assert_eq!(
            (&body["items"][1]["index"]["_index"], &body["items"][1]["index"]["status"]),
            (&json!("web"), &json!(201))
        );
        let refusal = "only write ops with an op_type of create are allowed in data streams";
        let error = json!({"type": "illegal_argument_exception", "reason": refusal});
        assert_eq!(
            body["items"][2],
            json!({"update": {"_index": "web", "_id": "x", "status": 400, "error": error}})
        );
        assert_eq!(body["items"][3]["delete"]["status"], 400);
        assert_eq!(
            body["items"][4]["create"]["error"],
            json!({"type": "document_parsing_exception", "reason": "failed to parse: the field \"@timestamp\" holds no time: \"soon\""})
        );
        assert_eq!(body["items"][5]["create"]["error"]["reason"], "failed to parse: expected a JSON object");
        assert_eq!(
            stored(&door),
            [
                r#"{index="logs"} 1795604400000000000 one [host_name=h log_level=warn]"#,
                r#"{index="web", service_name="shop"} 1795608000000000000 two []"#,
            ]
        );
    }
}

#[tokio::test]
async fn lines_over_a_limit_are_refused_one_by_one_and_a_busy_store_is_429() {
    let options =
        Options { limits: Limits { max_line_bytes: 5, ..Limits::default() }.into(), ..Options::default() };
    let door = Door::new(options);
    let body = "{\"create\":{}}\n{\"message\":\"too long\"}\n{\"create\":{}}\n{\"message\":\"short\"}\n";
    let packed = wire::compress::to_gzip(body.as_bytes());
    let request = || Request::post("/_bulk").header("content-encoding", "gzip");
    let answer = door.send("elasticsearch", request(), packed.clone()).await;
    let items = json_of_answer(&answer)["items"].clone();
    assert_eq!((&items[0]["create"]["status"], &items[1]["create"]["status"]), (&json!(400), &json!(201)));
    let reason = items[0]["create"]["error"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("max entry size '5' bytes exceeded for stream"), "{reason}");
    assert_eq!(stored(&door), ["{} 1795608000000000000 short []"]);
    *door.store.refuse.lock().unwrap() = Some(Err(IngestError::Limit("slow down".into())));
    let answer = door.send("elasticsearch", request(), packed).await;
    let cause = json!({"type": "es_rejected_execution_exception", "reason": "slow down"});
    assert_eq!(answer.status, 429);
    assert_eq!(
        json_of_answer(&answer),
        json!({"error": {"root_cause": [cause], "type": cause["type"], "reason": "slow down"}, "status": 429})
    );
    for (encoding, body, status) in [("", "x\ny", 400), ("", "", 400), ("gzip", "x", 400), ("br", "x", 415)] {
        let request = Request::post("/_bulk").header("content-encoding", encoding);
        let answer = door.send("elasticsearch", request, body).await;
        assert_eq!(
            (answer.status, json_of_answer(&answer)["status"].as_u64()),
            (status, Some(status.into()))
        );
    }
}

#[tokio::test]
async fn a_refusal_of_the_engine_is_said_of_every_line_it_may_mean() {
    let door = Door::new(Options::default());
    let mut outcome = Outcome::default();
    outcome.refuse(RefusalReason::RateLimited, 1, || "too fast".into());
    *door.store.refuse.lock().unwrap() = Some(Ok(outcome));
    let body = "{\"delete\":{}}\n{\"create\":{}}\n{\"message\":\"a\"}\n";
    let items =
        json_of_answer(&door.send("elasticsearch", Request::post("/_bulk"), body).await)["items"].clone();
    assert_eq!((&items[0]["delete"]["status"], &items[1]["create"]["status"]), (&json!(400), &json!(429)));
}

#[tokio::test]
async fn single_documents_are_lines_too() {
    let door = Door::new(Options::default());
    let send = |request| door.send("elasticsearch", request, r#"{"message":"m"}"#);
    let answer = send(Request::post("/logs/_doc")).await;
    assert_eq!((answer.status, &json_of_answer(&answer)["result"]), (201, &json!("created")));
    let answer = send(Request::put("/logs/_create/7")).await;
    assert_eq!((answer.status, &json_of_answer(&answer)["_id"]), (201, &json!("7")));
    assert_eq!(stored(&door), [r#"{index="logs"} 1795608000000000000 m []"#; 2]);
    let answer = door.send("elasticsearch", Request::post("/logs/_doc"), "m").await;
    assert_eq!((answer.status, &json_of_answer(&answer)["status"]), (400, &json!(400)));
}

#[tokio::test]
async fn shippers_find_the_server_they_expect() {
    let door = Door::new(Options::default());
    for prefix in ["/elasticsearch", "/elasticsearch/", "/insert/elasticsearch"] {
        let answer = door.get("loki", prefix).await;
        assert_eq!((answer.status, &json_of_answer(&answer)["version"]["number"]), (200, &json!("8.17.0")));
    }
    for (path, pointer, want) in [
        ("/", "/version/build_flavor", json!("default")),
        ("/_license", "/license/status", json!("active")),
        ("/_license?human=false", "/license/type", json!("basic")),
        ("/_xpack", "/features/ilm/enabled", json!(true)),
        ("/_ilm/policy/filebeat", "/filebeat", json!({})),
        ("/_index_template/filebeat-8", "/index_templates/0/name", json!("filebeat-8")),
        ("/_data_stream/logs", "/data_streams/0/name", json!("logs")),
        ("/_template/logstash", "/logstash", json!({})),
        ("/_cluster/health", "/status", json!("green")),
        ("/_nodes/http", "/_nodes/total", json!(1)),
        ("/filebeat-8", "/filebeat-8/settings", json!({})),
    ] {
        let answer = door.get("elasticsearch", path).await;
        let body = json_of_answer(&answer);
        assert_eq!((answer.status, body.pointer(pointer)), (200, Some(&want)), "{path}: {body}");
        let answer = door.send("elasticsearch", Request::head(path), "").await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
    }
    for path in ["/_ilm/policy/a", "/_index_template/a", "/_template/a", "/_ingest/pipeline/p", "/logs"] {
        let answer = door.send("elasticsearch", Request::put(path), "{}").await;
        assert_eq!((answer.status, json_of_answer(&answer)), (200, json!({"acknowledged": true})), "{path}");
    }
    assert_eq!(door.get("elasticsearch", "/_search").await.status, 404);
}

#[tokio::test]
async fn parameters_and_headers_say_which_field_is_what() {
    let door = Door::new(Options::default());
    let body = "{\"t\":1795604400,\"text\":\"a\",\"app\":\"x\",\"env\":\"dev\",\"k\":\"v\",\"drop.me\":1}\n\n{\"text\":\"b\"}\n";
    let path =
        "/insert/jsonline?_stream_fields=env,dc&_msg_field=text&_time_field=t&extra_fields=dc=eu,env=prod";
    let request = Request::post(path).header("VL-Ignore-Fields", "drop*");
    let answer = door.send("loki", request, body).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    let want = [
        r#"{dc="eu", env="prod"} 1795604400000000000 a [app=x k=v]"#,
        r#"{dc="eu", env="prod"} 1795608000000000000 b []"#,
    ];
    assert_eq!(stored(&door), want);
    let door = Door::new(Options::default());
    let request = Request::post("/_bulk").header("VL-Stream-Fields", "app").header("vl-msg-field", "text");
    door.send("elasticsearch", request, "{\"create\":{\"_index\":\"i\"}}\n{\"text\":\"a\",\"app\":\"x\"}\n")
        .await;
    assert_eq!(stored(&door), [r#"{app="x"} 1795608000000000000 a []"#]);
}

#[tokio::test]
async fn wrong_lines_of_json_are_named_and_the_others_stored() {
    let door = Door::new(Options::default());
    let lines = "{\"_msg\":\"a\",\"_time\":\"2026-11-25T11:00:00Z\"}\nb\n{\"c\":1}\n";
    let answer = door.send("loki", Request::post("/insert/jsonline"), lines).await;
    assert_eq!((answer.status, answer.text()), (400, "line 2: expected a JSON object\n"));
    assert_eq!(stored(&door), ["{} 1795604400000000000 a []", "{} 1795608000000000000 {\"c\":1} [c=1]"]);
    *door.store.refuse.lock().unwrap() = Some(Err(IngestError::Limit("slow".into())));
    assert_eq!(door.send("loki", Request::post("/insert/jsonline"), lines).await.status, 429);
    let packed = wire::compress::to_snappy(b"{\"a\":1}").unwrap();
    let request = Request::post("/insert/jsonline").header("content-encoding", "snappy");
    assert_eq!(door.send("loki", request, packed).await.status, 200);
    assert_eq!(door.send("loki", Request::post("/insert/jsonline?extra_fields=x"), "{}").await.status, 400);
}

const JOURNAL: &[u8] = b"__CURSOR=x\n__REALTIME_TIMESTAMP=1795604400000000\n_HOSTNAME=h\n_SYSTEMD_UNIT=cron.service\nPRIORITY=4\n\
    MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n_PID=7\n\n__REALTIME_TIMESTAMP=1795604400000001\n_HOSTNAME=h\nTAG=x\n\n=wrong\n\n";

#[tokio::test]
async fn the_journal_is_taken_as_it_is_uploaded() {
    let door = Door::new(Options::default());
    let request =
        Request::post("/insert/journald/upload").header("content-type", "application/vnd.fdo.journal");
    let answer = door.send("loki", request, JOURNAL).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(
        stored(&door),
        [
            "{_HOSTNAME=\"h\", _SYSTEMD_UNIT=\"cron.service\"} 1795604400000000000 a\nb [level=warning PRIORITY=4 _PID=7]",
            "{_HOSTNAME=\"h\"} 1795604400000001000 {\"TAG\":\"x\",\"_HOSTNAME\":\"h\",\"__REALTIME_TIMESTAMP\":\"1795604400000001\"} [TAG=x]",
        ]
    );
    assert!(door.state.telemetry.text().contains("oriel_journald_entries_refused_total 1\n"));

    let door = Door::new(Options::default());
    let path = "/insert/journald/upload?_stream_fields=_PID,dc&ignore_fields=PRIO*,_H*&extra_fields=dc=eu";
    let request =
        Request::post(path).header("vl-msg-field", "TAG,MESSAGE").header("content-encoding", "gzip");
    let answer = door.send("loki", request, wire::compress::to_gzip(JOURNAL)).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(
        stored(&door),
        [
            "{_PID=\"7\", dc=\"eu\"} 1795604400000000000 a\nb [_SYSTEMD_UNIT=cron.service level=warning]",
            "{dc=\"eu\"} 1795604400000001000 x []",
        ]
    );
    let cut = &JOURNAL[..JOURNAL.iter().position(|byte| *byte == 3).unwrap()];
    let answer = door.send("loki", Request::post("/insert/journald/upload"), cut).await;
    assert_eq!((answer.status, answer.text()), (400, "journal: the stream ends within a value\n"));
    *door.store.refuse.lock().unwrap() = Some(Err(IngestError::Limit("slow".into())));
    assert_eq!(door.send("loki", Request::post("/insert/journald/upload"), JOURNAL).await.status, 429);
}

#[tokio::test]
async fn every_parameter_is_taken_by_every_door_for_records() {
    let record = "{\"when\":\"2026-11-25T11:00:00Z\",\"text\":\"\\u001b[31mred\\u001b[0m\",\"a\":\"1\",\"b\":\"2\",\"drop\":\"3\"}";
    let bulk = format!("{{\"create\":{{\"_index\":\"i\"}}}}\n{record}\n");
    let journal = "when=2026-11-25T11:00:00Z\ntext=\u{1b}[31mred\u{1b}[0m\na=1\nb=2\ndrop=3\n\n";
    let said = [
        ("_time_field", "VL-Time-Field", "when"),
        ("_msg_field", "VL-Msg-Field", "text"),
        ("_stream_fields", "VL-Stream-Fields", "a,dc"),
        ("ignore_fields", "VL-Ignore-Fields", "drop"),
        ("extra_fields", "VL-Extra-Fields", "dc=eu"),
        ("decolorize_fields", "VL-Decolorize-Fields", "te*"),
    ];
    for (path, body) in [
        ("/insert/jsonline", record),
        ("/insert/elasticsearch/_bulk", bulk.as_str()),
        ("/insert/journald/upload", journal),
    ] {
        let url: Vec<String> = said.iter().map(|(name, _, value)| format!("{name}={value}")).collect();
        let in_url = Request::post(format!("{path}?{}", url.join("&")));
        let in_headers =
            said.iter().fold(Request::post(path), |request, (_, name, value)| request.header(*name, *value));
        for request in [in_url, in_headers] {
            let door = Door::new(Options::default());
            let answer = door.send("loki", request, body.to_owned()).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(stored(&door), ["{a=\"1\", dc=\"eu\"} 1795604400000000000 red [b=2]"], "{path}");
        }
    }
}

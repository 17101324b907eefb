//! Two traces as the door is asked about them.

use super::*;
use crate::fakes;
use crate::state::Options;
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

const BASE: &str = "11111111111111111111111111111111";
const COMPARE: &str = "22222222222222222222222222222222";

/// id, parent, name, milliseconds, status, attributes.
type Given<'a> = (&'a str, &'a str, &'a str, i64, u8, Json);

fn trace(id: &str, spans: &[Given<'_>]) -> SpanBatch {
    let spans = spans.iter().enumerate().map(|(at, (own, parent, name, ms, status, attributes))| {
        let attributes = attributes.as_object().unwrap().iter();
        let attributes = attributes.map(|(key, value)| json!({"key": key, "value": {"intValue": value}}));
        let start = 1_795_607_000_000_000_000 + at as i64;
        json!({
            "traceId": id, "spanId": format!("{own:0>16}"), "name": name, "kind": 2,
            "parentSpanId": if parent.is_empty() { String::new() } else { format!("{parent:0>16}") },
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + ms * MILLI).to_string(),
            "status": {"code": status}, "attributes": attributes.collect::<Vec<_>>(),
        })
    });
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    let scopes = json!([{"spans": spans.collect::<Vec<_>>()}]);
    let json = json!({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}).to_string();
    wire::otlp::traces::decode(json.as_bytes(), wire::otlp::Encoding::Json).unwrap()
}

const MILLI: i64 = 1_000_000;

async fn ask(body: &str) -> (u16, String) {
    let (state, store) = fakes::state(Options::default());
    let none = json!({});
    let base = [
        ("1", "", "root", 100, 0, none.clone()),
        ("2", "1", "load", 50, 0, json!({"same": 1, "gone": 2, "other": 3})),
        ("3", "1", "load", 10, 2, none.clone()),
        ("4", "3", "old", 1, 2, none.clone()),
        ("5", "1", "moved", 1, 0, none.clone()),
    ];
    let compare = [
        ("a", "", "root", 200, 0, none.clone()),
        ("b", "a", "load", 60, 0, json!({"same": 1, "other": 4, "came": 5})),
        ("c", "a", "load", 10, 1, none.clone()),
        ("d", "c", "new", 7, 0, none.clone()),
        ("e", "c", "moved", 1, 0, none),
    ];
    store.spans.lock().unwrap().extend([trace(BASE, &base), trace(COMPARE, &compare)]);
    let request = Request::post("/api/v2/traces/diff").body(Body::from(body.to_owned())).unwrap();
    let response = super::super::api_routes(state).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn asked(format: &str) -> String {
    json!({"base": {"traceId": BASE}, "compare": {"traceId": COMPARE}, "format": format}).to_string()
}

#[tokio::test]
async fn a_patch_tells_what_changed_came_and_went() {
    let (status, text) = ask(&asked("")).await;
    let patch: Json = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &patch["version"]), (200, &json!("trace-patch-v0")));
    let field = |name: &str, before: Json, after: Json| json!({"op": "modify", "target": {"type": "field", "name": name}, "before": before, "after": after});
    let attribute = |op: &str, key: &str, before: Json, after: Json| {
        let target = json!({"type": "attribute", "scope": "span", "key": key});
        json!({"op": op, "target": target, "before": before, "after": after})
    };
    let span =
        |path: Json, name: &str| json!({"path": path, "service": "shop", "name": name, "kind": "server"});
    assert_eq!(
        patch["modified"],
        json!([
            {"span": span(json!([0]), "root"),
             "changes": [field("duration_nanos", json!(100 * MILLI), json!(200 * MILLI))]},
            {"span": span(json!([0, 0]), "load"), "changes": [
                attribute("add", "came", Json::Null, json!(5)),
                attribute("remove", "gone", json!(2), Json::Null),
                attribute("modify", "other", json!(3), json!(4)),
            ]},
            {"span": span(json!([0, 1]), "load"), "changes": [field("status", json!("error"), json!("ok"))]},
        ])
    );
    let shown = |path: Json, name: &str, ms: i64, status: &str| json!({"path": path, "service": "shop", "name": name, "kind": "server", "duration_nanos": ms * MILLI, "status": status});
    let target = json!({"type": "span", "parentPath": [0, 1], "index": 0});
    let added = json!([{"target": target, "span": shown(json!([0, 1, 0]), "new", 7, "unset")}]);
    let target = json!({"type": "span", "path": [0, 1, 0]});
    let removed = json!([{"target": target, "span": shown(json!([0, 1, 0]), "old", 1, "error")}]);
    assert_eq!((&patch["added"], &patch["removed"]), (&added, &removed));
    assert_eq!(patch["stats"]["matchedSpans"], 4);
    assert_eq!(
        (&patch["stats"]["fieldChanges"], &patch["stats"]["attributeChanges"]),
        (&json!(2), &json!(3))
    );
}

#[tokio::test]
async fn a_summary_tells_directions_and_services() {
    let (_, text) = ask(&asked("trace-summary-v0-composed")).await;
    let composed: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(composed["patch"]["version"], "trace-patch-v0");
    let summary = &composed["summary"];
    let side = |id: &str, errors: u8, ms: i64, sum: i64| {
        json!({"traceId": id, "rootService": "shop", "rootName": "root", "spanCount": 5, "errorSpanCount": errors,
            "durationMs": ms, "sumSpanDurationMs": sum})
    };
    assert_eq!(
        (&summary["base"], &summary["compare"]),
        (&side(BASE, 2, 100, 162), &side(COMPARE, 0, 200, 278))
    );
    let signals = json!({"traceLatency": "increased", "sumSpanDuration": "increased", "errors": "decreased",
        "spanCount": "unchanged", "structure": "changed"});
    assert_eq!(summary["signals"], signals);
    assert_eq!(summary["trust"], json!({"matchedSpanRatio": 0.8, "structureOverlap": 0.8}));
    let service = json!({"name": "shop", "sumSpanDurationDeltaMs": 116, "modified": 3, "added": 1, "removed": 1,
        "newErrors": 0, "resolvedErrors": 2});
    assert_eq!(summary["services"], json!([service]));
    let (_, native) = ask(&asked("trace-summary-v0-native")).await;
    assert_eq!(serde_json::from_str::<Json>(&native).unwrap(), *summary);
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let unknown = json!({"base": {"traceId": "ab"}, "compare": {"traceId": COMPARE}}).to_string();
    for (body, status, reason) in [
        ("{}", 400, "base.traceId is required"),
        ("x", 400, "invalid trace diff request body: expected value at line 1 column 1"),
        (
            r#"{"base":{"traceId":"zz"}}"#,
            400,
            "invalid base.traceId: trace IDs can only contain hex characters: invalid character 'z' at position 1",
        ),
        (r#"{"base":{"traceId":"1"}}"#, 400, "compare.traceId is required"),
        (
            &asked("x"),
            400,
            r#"invalid format "x": must be one of "trace-summary-v0-composed", "trace-patch-v0", "trace-summary-v0-native""#,
        ),
        (&unknown, 404, "Not Found"),
    ] {
        assert_eq!(ask(body).await, (status, reason.to_owned()), "{body}");
    }
}

#[test]
fn circles_and_chains_end() {
    let none = || json!({});
    let spans = [("1", "2", "a", 1, 0, none()), ("2", "1", "b", 1, 0, none()), ("3", "3", "c", 1, 0, none())];
    let batch = trace(BASE, &spans);
    let tree = Tree::of(TraceId([1; 16]), &batch);
    assert!(tree.nodes.iter().all(|node| !node.path.is_empty()));
    let matching = Matching::of(&tree, &tree);
    assert_eq!((matching.pairs.len(), matching.added.len() + matching.removed.len()), (3, 0));
}

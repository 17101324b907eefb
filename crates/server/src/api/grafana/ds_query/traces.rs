//! Queries of traces: one trace as its spans, a search as a table, metrics of spans as series.

use super::super::ApiError;
use super::super::sources::Signal;
use super::ask::{Asked, ask};
use super::frames::{frame, list};
use super::text;
use crate::state::State;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Traces of a search that names no limit.
const USUAL_TRACES: u64 = 20;

pub(super) async fn frames(
    state: &Arc<State>,
    headers: &HeaderMap,
    asked: &Asked<'_>,
    reference: &str,
) -> Result<Vec<Value>, ApiError> {
    let query = asked.expr();
    let kind = text(asked.query, "queryType");
    let is_id = query.len() >= 16 && query.len() <= 32 && query.bytes().all(|byte| byte.is_ascii_hexdigit());
    let seconds = |millis: i64| millis.div_euclid(1_000).to_string();
    let range = [("start", seconds(asked.from)), ("end", seconds(asked.to + 999))];
    if kind == "traceId" || is_id {
        let path = format!("api/traces/{}", query.trim());
        let answered = ask(state, headers, Signal::Traces, &path, &[]).await;
        let answered = answered.map_err(|error| match error.status {
            http::StatusCode::NOT_FOUND => ApiError::not_found("Trace"),
            _ => error,
        })?;
        return Ok(vec![spans(reference, &answered)]);
    }
    let mut form = vec![("q", query.clone())];
    form.extend(range);
    if is_metric(&query) {
        form.push(("step", format!("{}ms", asked.step)));
        let answered = ask(state, headers, Signal::Traces, "api/metrics/query_range", &form).await?;
        return Ok(list(&answered["series"]).iter().map(|one| series(reference, one)).collect());
    }
    form.push(("limit", asked.query["limit"].as_u64().unwrap_or(USUAL_TRACES).to_string()));
    let answered = ask(state, headers, Signal::Traces, "api/search", &form).await?;
    Ok(vec![found(reference, &answered)])
}

/// Whether a pipeline ends in numbers.
fn is_metric(query: &str) -> bool {
    let functions = ["rate(", "_over_time(", "compare(", "histogram_over_time("];
    query.split('|').skip(1).any(|stage| {
        let stage: String = stage.chars().filter(|char| !char.is_whitespace()).collect();
        functions.iter().any(|function| stage.contains(function))
    })
}

fn field(name: &str, kind: &str, frame: &str) -> Value {
    json!({ "name": name, "type": kind, "typeInfo": { "frame": frame } })
}

/// Nanoseconds as text in milliseconds.
fn millis(nanos: &Value) -> f64 {
    nanos.as_str().and_then(|text| text.parse::<f64>().ok()).or_else(|| nanos.as_f64()).unwrap_or(0.0) / 1e6
}

fn found(reference: &str, answered: &Value) -> Value {
    let mut columns: Vec<Vec<Value>> = vec![Vec::new(); 5];
    for one in list(&answered["traces"]) {
        let row = [
            one["traceID"].clone(),
            json!(millis(&one["startTimeUnixNano"])),
            one["rootServiceName"].clone(),
            one["rootTraceName"].clone(),
            json!(one["durationMs"].as_u64().unwrap_or(0)),
        ];
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let mut duration = field("traceDuration", "number", "float64");
    duration["config"] = json!({ "displayName": "Duration", "unit": "ms" });
    let fields = json!([
        field("traceID", "string", "string"),
        field("startTime", "time", "time.Time"),
        field("traceService", "string", "string"),
        field("traceName", "string", "string"),
        duration,
    ]);
    frame(reference, json!({ "preferredVisualisationType": "table" }), fields, columns)
}

/// Milliseconds and values of one series of spans.
fn series(reference: &str, one: &Value) -> Value {
    let labels: Map<String, Value> = list(&one["labels"])
        .iter()
        .map(|label| (text(label, "key").to_owned(), any(&label["value"]).into()))
        .collect();
    let samples = list(&one["samples"]);
    let times = samples
        .iter()
        .map(|one| json!(one["timestampMs"].as_str().and_then(|text| text.parse::<i64>().ok())));
    let values = samples.iter().map(|one| one["value"].clone());
    let name = text(one, "promLabels");
    let fields = json!([
        field("Time", "time", "time.Time"),
        { "name": "Value", "type": "number", "typeInfo": { "frame": "float64" }, "labels": labels,
          "config": { "displayNameFromDS": name } },
    ]);
    let meta = json!({ "type": "timeseries-multi", "typeVersion": [0, 1] });
    frame(reference, meta, fields, vec![times.collect(), values.collect()])
}

/// An attribute's value as text.
fn any(value: &Value) -> String {
    let inner = value.as_object().and_then(|members| members.values().next());
    match inner {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn attributes(value: &Value) -> Value {
    list(value).iter().map(|one| json!({ "key": one["key"], "value": any(&one["value"]) })).collect()
}

/// The spans of a trace, a row each.
fn spans(reference: &str, answered: &Value) -> Value {
    let mut columns: Vec<Vec<Value>> = vec![Vec::new(); 13];
    for batch in list(&answered["batches"]) {
        let resource = attributes(&batch["resource"]["attributes"]);
        let service = list(&resource).iter().find(|one| one["key"] == "service.name");
        let service = service.map_or(Value::Null, |one| one["value"].clone());
        for scope in list(&batch["scopeSpans"]) {
            for span in list(&scope["spans"]) {
                let (start, end) = (millis(&span["startTimeUnixNano"]), millis(&span["endTimeUnixNano"]));
                let row = [
                    hex(&span["traceId"]),
                    hex(&span["spanId"]),
                    hex(&span["parentSpanId"]),
                    span["name"].clone(),
                    service.clone(),
                    resource.clone(),
                    json!(start),
                    json!(end - start),
                    json!(text(span, "kind").trim_start_matches("SPAN_KIND_").to_lowercase()),
                    json!(text(&span["status"], "code").trim_start_matches("STATUS_CODE_").to_lowercase()),
                    json!(text(&span["status"], "message")),
                    attributes(&span["attributes"]),
                    events(&span["events"]),
                ];
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
        }
    }
    let names = [
        ("traceID", "string"),
        ("spanID", "string"),
        ("parentSpanID", "string"),
        ("operationName", "string"),
        ("serviceName", "string"),
        ("serviceTags", "other"),
        ("startTime", "number"),
        ("duration", "number"),
        ("kind", "string"),
        ("statusCode", "string"),
        ("statusMessage", "string"),
        ("tags", "other"),
        ("logs", "other"),
    ];
    let kind = |kind: &str| match kind {
        "other" => "json.RawMessage",
        "number" => "float64",
        _ => "string",
    };
    let fields: Vec<Value> = names.iter().map(|(name, sort)| field(name, sort, kind(sort))).collect();
    let mut frame =
        frame(reference, json!({ "preferredVisualisationType": "trace" }), Value::Array(fields), columns);
    frame["schema"]["name"] = "Trace".into();
    frame
}

fn events(value: &Value) -> Value {
    let one = |event: &Value| json!({ "name": event["name"], "timestamp": millis(&event["timeUnixNano"]), "fields": attributes(&event["attributes"]) });
    list(value).iter().map(one).collect()
}

/// Ids are base64 in this JSON; people and links write them in hex.
fn hex(id: &Value) -> Value {
    let text = id.as_str().unwrap_or("");
    let mut bits = 0_u32;
    let mut held = 0;
    let mut out = String::new();
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return id.clone(),
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            crate::json::push(&mut out, format_args!("{:02x}", (bits >> held) & 0xff));
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_a_row_a_span() {
        let answered = json!({ "batches": [{
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
            "scopeSpans": [{ "spans": [{
                "traceId": "AAAAAAAAAAAAAAAAAAAAAQ==", "spanId": "AAAAAAAAAAE=", "name": "GET /", "kind": "SPAN_KIND_SERVER",
                "startTimeUnixNano": "1000000", "endTimeUnixNano": "3500000", "status": { "code": "STATUS_CODE_ERROR" },
                "attributes": [{ "key": "n", "value": { "intValue": "3" } }],
            }] }],
        }] });
        let values = spans("A", &answered)["data"]["values"].clone();
        let row: Vec<&Value> = [0, 1, 3, 4, 7, 8, 9].iter().map(|column| &values[*column][0]).collect();
        let expected = json!([
            "00000000000000000000000000000001",
            "0000000000000001",
            "GET /",
            "shop",
            2.5,
            "server",
            "error"
        ]);
        assert_eq!(json!(row), expected);
        assert_eq!(values[11][0], json!([{ "key": "n", "value": "3" }]));
    }

    #[test]
    fn pipelines_that_count_are_told_from_searches() {
        assert!(is_metric("{} | rate() by (resource.service.name)"));
        assert!(is_metric("{ .x = 1 } | quantile_over_time (duration, .9)"));
        assert!(!is_metric("{ name = \"rate(\" }") && !is_metric("{} | select(.rate)"));
    }
}

//! Answers of the metrics and logs APIs as data frames.
//!
//! ```text
//! frame = { schema: { name?, refId, meta, fields: [{name, type, typeInfo, labels?, config?}] }, data: { values: [column...] } }
//! ```
//! A series is a frame of its own, `Time` and `Value`; lines are one frame. What JSON has no number for is `null` in its
//! column and named in `entities`, as the clients of this API expect.

use super::ask::Asked;
use super::text;
use serde_json::{Map, Value, json};

/// What was asked, for the frames to say.
pub(super) struct Said<'a> {
    pub(super) reference: &'a str,
    /// The template of names, `{{label}}`; empty or `__auto` for the labels themselves.
    pub(super) legend: &'a str,
    pub(super) asked: &'a Asked<'a>,
    pub(super) instant: bool,
}

/// The frames of one answer.
pub(super) fn frames(said: &Said<'_>, data: &Value) -> Vec<Value> {
    let result = &data["result"];
    let one = |series: &Value, samples: Vec<&Value>| {
        one_series(said, text(data, "resultType"), &labels(series), &samples)
    };
    match text(data, "resultType") {
        "streams" => vec![lines(said, data)],
        "matrix" => {
            list(result).iter().map(|series| one(series, list(&series["values"]).iter().collect())).collect()
        }
        "vector" => list(result).iter().map(|series| one(series, vec![&series["value"]])).collect(),
        "scalar" | "string" => vec![one(&Value::Null, vec![result])],
        _ => Vec::new(),
    }
}

fn one_series(said: &Said<'_>, kind: &str, labels: &Map<String, Value>, samples: &[&Value]) -> Value {
    let times = samples.iter().map(|sample| millis(&sample[0])).collect();
    let (mut values, mut entities) = (Vec::new(), Entities::default());
    for (row, sample) in samples.iter().enumerate() {
        let number = float(&sample[1]);
        entities.note(row, number);
        values.push(number.map_or(Value::Null, Value::from));
    }
    let name = shown_name(said, labels);
    let meta = json!({
        "type": if said.instant { "numeric-multi" } else { "timeseries-multi" }, "typeVersion": [0, 1],
        "custom": { "resultType": kind }, "executedQueryString": executed(said),
    });
    let time = json!({ "name": "Time", "type": "time", "typeInfo": { "frame": "time.Time" },
        "config": { "interval": said.asked.step } });
    let value = json!({ "name": "Value", "type": "number", "typeInfo": { "frame": "float64" }, "labels": labels,
        "config": { "displayNameFromDS": name } });
    let mut frame = frame(said.reference, meta, json!([time, value]), vec![times, values]);
    frame["schema"]["name"] = name.into();
    if let Some(entities) = entities.shown() {
        frame["data"]["entities"] = json!([null, entities]);
    }
    frame
}

/// The rows of a column whose values JSON cannot say; `None` when it can say all.
pub(super) fn entities(values: impl Iterator<Item = Option<f64>>) -> Option<Value> {
    let mut found = Entities::default();
    values.enumerate().for_each(|(row, value)| found.note(row, value));
    found.shown()
}

/// Rows of values that JSON cannot say.
#[derive(Default)]
struct Entities {
    nan: Vec<usize>,
    infinite: Vec<usize>,
    negative: Vec<usize>,
}

impl Entities {
    fn note(&mut self, row: usize, value: Option<f64>) {
        match value {
            Some(value) if value.is_nan() => self.nan.push(row),
            Some(f64::INFINITY) => self.infinite.push(row),
            Some(f64::NEG_INFINITY) => self.negative.push(row),
            _ => {}
        }
    }

    fn shown(&self) -> Option<Value> {
        let all = [("NaN", &self.nan), ("Inf", &self.infinite), ("NegInf", &self.negative)];
        let some: Map<_, _> = all
            .iter()
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(name, rows)| ((*name).to_owned(), json!(rows)))
            .collect();
        (!some.is_empty()).then_some(Value::Object(some))
    }
}

fn executed(said: &Said<'_>) -> String {
    format!("Expr: {}\nStep: {}", said.asked.expr(), query::duration::format(said.asked.step))
}

/// Lines: labels, time, text, the time in nanoseconds as text, and an id that stays the same. What is below a millisecond
/// stands beside the column of times, as `nanos`.
fn lines(said: &Said<'_>, data: &Value) -> Value {
    let mut columns: Vec<Vec<Value>> = vec![Vec::new(); 5];
    let mut below = Vec::new();
    for stream in list(&data["result"]) {
        for entry in list(&stream["values"]) {
            let nanos = entry[0].as_str().unwrap_or("0");
            let line = entry[1].as_str().unwrap_or("");
            let at = nanos.parse::<i64>().unwrap_or(0);
            below.push(at.rem_euclid(1_000_000));
            let row = [
                stream["stream"].clone(),
                json!(at.div_euclid(1_000_000)),
                json!(line),
                json!(nanos),
                json!(format!("{nanos}_{:08x}", fnv(&format!("{}{line}", stream["stream"])))),
            ];
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
    }
    let field = |name: &str, kind: &str, frame: &str| json!({ "name": name, "type": kind, "typeInfo": { "frame": frame } });
    let fields = json!([
        field("labels", "other", "json.RawMessage"),
        field("Time", "time", "time.Time"),
        field("Line", "string", "string"),
        field("tsNs", "string", "string"),
        field("id", "string", "string"),
    ]);
    let meta = json!({
        "custom": { "frameType": "LabeledTimeValues" }, "executedQueryString": executed(said),
        "preferredVisualisationType": "logs", "typeVersion": [0, 0],
    });
    let mut frame = frame(said.reference, meta, fields, columns);
    if below.iter().any(|nanos| *nanos > 0) {
        frame["data"]["nanos"] = json!([null, below, null, null, null]);
    }
    frame
}

/// FNV-1a in 32 bits.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Exemplars as one frame: time, value, and a column a label; `None` when there are none.
pub(super) fn exemplars(reference: &str, data: &Value) -> Option<Value> {
    let all: Vec<(&Value, Map<String, Value>)> = list(data)
        .iter()
        .flat_map(|series| {
            let own = series["seriesLabels"].as_object().cloned().unwrap_or_default();
            list(&series["exemplars"]).iter().map(move |one| {
                let mut labels = own.clone();
                labels.extend(one["labels"].as_object().cloned().unwrap_or_default());
                (one, labels)
            })
        })
        .collect();
    if all.is_empty() {
        return None;
    }
    let mut names: Vec<&String> = all.iter().flat_map(|(_, labels)| labels.keys()).collect();
    names.sort();
    names.dedup();
    let mut fields = vec![
        json!({ "name": "Time", "type": "time", "typeInfo": { "frame": "time.Time" } }),
        json!({ "name": "Value", "type": "number", "typeInfo": { "frame": "float64" } }),
    ];
    let mut columns: Vec<Vec<Value>> = vec![
        all.iter().map(|(one, _)| millis(&one["timestamp"])).collect(),
        all.iter().map(|(one, _)| float(&one["value"]).map_or(Value::Null, Value::from)).collect(),
    ];
    for name in names {
        fields.push(json!({ "name": name, "type": "string", "typeInfo": { "frame": "string" } }));
        columns.push(all.iter().map(|(_, labels)| labels.get(name).cloned().unwrap_or(json!(""))).collect());
    }
    let mut frame =
        frame(reference, json!({ "custom": { "resultType": "exemplar" } }), Value::Array(fields), columns);
    frame["schema"]["name"] = "exemplar".into();
    Some(frame)
}

/// A frame of columns.
pub(super) fn frame(reference: &str, meta: Value, fields: Value, columns: Vec<Vec<Value>>) -> Value {
    json!({ "schema": { "refId": reference, "meta": meta, "fields": fields }, "data": { "values": columns } })
}

/// The elements of a list, none of anything else.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn labels(series: &Value) -> Map<String, Value> {
    series["metric"].as_object().cloned().unwrap_or_default()
}

fn millis(seconds: &Value) -> Value {
    json!((seconds.as_f64().unwrap_or(0.0) * 1_000.0).round() as i64)
}

fn float(sample: &Value) -> Option<f64> {
    match sample.as_str() {
        Some("+Inf") => Some(f64::INFINITY),
        Some("-Inf") => Some(f64::NEG_INFINITY),
        Some(text) => text.parse().ok(),
        None => sample.as_f64(),
    }
}

/// The legend filled in, or the series as it is written in the language.
fn shown_name(said: &Said<'_>, labels: &Map<String, Value>) -> String {
    if !matches!(said.legend, "" | "__auto") {
        return filled(said.legend, labels);
    }
    let name = labels.get("__name__").and_then(Value::as_str).unwrap_or("");
    let inner = labels.iter().filter(|(key, _)| *key != "__name__");
    let inner: Vec<String> = inner.map(|(key, value)| format!("{key}={value}")).collect();
    match (inner.is_empty(), name.is_empty()) {
        (true, true) => said.asked.expr(),
        (true, false) => name.to_owned(),
        _ => format!("{name}{{{}}}", inner.join(", ")),
    }
}

/// `{{label}}` filled in; a label that is missing is empty.
fn filled(legend: &str, labels: &Map<String, Value>) -> String {
    let mut out = String::new();
    let mut rest = legend;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            break;
        };
        out.push_str(labels.get(name.trim()).and_then(Value::as_str).unwrap_or(""));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::sources::Signal;
    use super::*;

    fn of(data: &Value, legend: &str, instant: bool) -> Vec<Value> {
        let query = json!({ "expr": "up" });
        let asked = Asked::new(&query, Signal::Metrics, 0, 60_000);
        frames(&Said { reference: "A", legend, asked: &asked, instant }, data)
    }

    #[test]
    fn series_and_lines_become_columns() {
        let matrix = json!({ "resultType": "matrix", "result": [
            { "metric": { "__name__": "up", "job": "a" }, "values": [[1.5, "1"], [2, "NaN"], [3, "+Inf"]] },
        ] });
        let all = of(&matrix, "", false);
        assert_eq!(all[0]["data"]["values"], json!([[1500, 2000, 3000], [1.0, null, null]]));
        assert_eq!(all[0]["data"]["entities"], json!([null, { "NaN": [1], "Inf": [2] }]));
        assert_eq!(all[0]["schema"]["fields"][1]["config"]["displayNameFromDS"], r#"up{job="a"}"#);
        let vector =
            json!({ "resultType": "vector", "result": [{ "metric": { "job": "a" }, "value": [1, "2"] }] });
        let all = of(&vector, "{{job}} of {{ gone }}{{", true);
        assert_eq!(
            (&all[0]["schema"]["name"], &all[0]["schema"]["meta"]["type"]),
            (&json!("a of {{"), &json!("numeric-multi"))
        );
        let streams = json!({ "resultType": "streams", "result": [{ "stream": { "app": "x" }, "values": [["1500000007", "hello"]] }] });
        let data = &of(&streams, "", false)[0]["data"];
        assert_eq!(data["nanos"], json!([null, [7], null, null, null]));
        let values = &data["values"];
        assert_eq!(
            (&values[0], &values[1], &values[2], &values[3]),
            (&json!([{ "app": "x" }]), &json!([1500]), &json!(["hello"]), &json!(["1500000007"]))
        );
        assert_eq!(
            of(&json!({ "resultType": "scalar", "result": [1, "3"] }), "", true)[0]["schema"]["name"],
            "up"
        );
        assert!(of(&json!({}), "", false).is_empty());
    }

    #[test]
    fn exemplars_are_one_table() {
        let data = json!([{ "seriesLabels": { "job": "a" }, "exemplars": [{ "labels": { "traceID": "t" }, "value": "2", "timestamp": 1.5 }] }]);
        assert_eq!(exemplars("A", &data).unwrap()["data"]["values"], json!([[1500], [2.0], ["a"], ["t"]]));
        assert!(exemplars("A", &json!([])).is_none());
    }
}

//! What fields lines have: metadata, labels that the query's stages found, and what JSON or logfmt find in the line.
//!
//! Works on lines that a query has returned with their labels told apart (`exec/streams.rs`). A line is tried as JSON
//! first and as logfmt when it is none. Invariant: at most as many fields as asked for are kept, and of each only its
//! distinct values among the lines that were given.

use crate::exec::ResultStream;
use crate::labels::LabelSet;
use crate::stage::labels::{ERROR, ERROR_DETAILS, Hints, LineLabels, PRESERVE_ERROR};
use crate::stage::{json, logfmt};
use crate::units;
use model::Labels;
use std::collections::{BTreeMap, BTreeSet};

/// A field of some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectedField {
    /// The label under which a query sees it.
    pub label: String,
    /// `string`, `int`, `float`, `boolean`, `duration` or `bytes`, judged by the last value.
    pub kind: &'static str,
    /// How many values it has.
    pub cardinality: usize,
    /// `json`, `logfmt`: the parsers that find it, in the order in which they were needed. Empty for metadata.
    pub parsers: Vec<&'static str>,
    /// The keys that lead to it in a JSON line.
    pub json_path: Vec<String>,
}

#[derive(Default)]
struct Seen {
    kind: &'static str,
    values: BTreeSet<String>,
    parsers: Vec<&'static str>,
    json_path: Vec<String>,
}

impl Seen {
    fn value(&mut self, value: &str) {
        self.kind = kind_of(value);
        if !self.values.contains(value) {
            self.values.insert(value.to_owned());
        }
    }
}

/// The fields of lines, by label, at most `limit`. The lines come from a query that told labels apart.
pub fn detect_fields(streams: &[ResultStream], limit: usize) -> Vec<DetectedField> {
    let mut fields: BTreeMap<String, Seen> = BTreeMap::new();
    each_line(streams, |metadata, found| {
        for (name, value) in metadata.iter() {
            if let Some(seen) = entry(&mut fields, name, limit) {
                seen.value(value);
            }
        }
        for (name, values) in &found.values {
            let Some(seen) = entry(&mut fields, name, limit) else { continue };
            if let Some(parser) = found.parser.filter(|parser| !seen.parsers.contains(parser)) {
                seen.parsers.push(parser);
            }
            if let Some(path) = found.paths.get(name) {
                seen.json_path.clone_from(path);
            }
            values.iter().for_each(|value| seen.value(value));
        }
        true
    });
    fields
        .into_iter()
        .map(|(label, seen)| DetectedField {
            label,
            kind: seen.kind,
            cardinality: seen.values.len(),
            parsers: seen.parsers,
            json_path: seen.json_path,
        })
        .collect()
}

/// The values of one field, sorted, at most `limit`.
pub fn detect_values(streams: &[ResultStream], name: &str, limit: usize) -> Vec<String> {
    let mut values = BTreeSet::new();
    each_line(streams, |metadata, found| {
        values.extend(metadata.get(name).map(str::to_owned));
        values.extend(found.values.get(name).into_iter().flatten().cloned());
        values.len() < limit
    });
    values.into_iter().take(limit).collect()
}

fn entry<'f>(fields: &'f mut BTreeMap<String, Seen>, name: &str, limit: usize) -> Option<&'f mut Seen> {
    if !fields.contains_key(name) {
        if fields.len() >= limit {
            return None;
        }
        fields.insert(name.to_owned(), Seen::default());
    }
    fields.get_mut(name)
}

/// What was found in one line.
#[derive(Default)]
struct Found {
    parser: Option<&'static str>,
    values: BTreeMap<String, BTreeSet<String>>,
    paths: BTreeMap<String, Vec<String>>,
}

/// Visits lines until the visitor has enough.
fn each_line(streams: &[ResultStream], mut visit: impl FnMut(&LabelSet, &Found) -> bool) {
    for stream in streams {
        let own = Labels::from_pairs(stream.labels.iter());
        for entry in &stream.entries {
            let text = std::str::from_utf8(&entry.line).unwrap_or("");
            if !visit(&entry.metadata, &parse(text, &own, &entry.parsed)) {
                return;
            }
        }
    }
}

fn is_error(name: &str) -> bool {
    matches!(name, ERROR | ERROR_DETAILS | PRESERVE_ERROR)
}

fn parse(line: &str, stream: &Labels, by_stages: &LabelSet) -> Found {
    let mut found = Found::default();
    let mut add = |name: &str, value: &str| {
        if !is_error(name) {
            found.values.entry(name.to_owned()).or_default().insert(value.to_owned());
        }
    };
    by_stages.iter().for_each(|(name, value)| add(name, value));
    // What a stage has overwritten is no label of the stream.
    let own = stream.filtered(|name| by_stages.get(name).is_none());
    let hints = Hints::default();
    let mut labels = LineLabels::new(&hints, 0);
    labels.reset(&own, &[]);
    json::extract_all(line, &mut labels);
    let mut parser = "json";
    if labels.has_error() {
        parser = "logfmt";
        labels.reset(&own, &[]);
        logfmt::extract_all(line, logfmt::Mode { strict: false, keep_empty: false }, &mut labels);
    }
    labels.categorised().parsed.iter().for_each(|(name, value)| add(name, value));
    found.parser = Some(parser);
    if parser == "json" {
        json::each_path(line, &mut |name, path| {
            let label = if own.get(name).is_some() { format!("{name}_extracted") } else { name.to_owned() };
            found.paths.entry(label).or_insert_with(|| path.to_vec());
        });
    }
    found
}

/// What a value looks like, the narrowest first.
fn kind_of(value: &str) -> &'static str {
    if value.parse::<i64>().is_ok() {
        "int"
    } else if units::parse_go_float(value).is_ok() {
        "float"
    } else if matches!(value, "t" | "T" | "true" | "TRUE" | "True" | "f" | "F" | "false" | "FALSE" | "False")
    {
        "boolean"
    } else if units::parse_go_duration(value).is_ok() {
        "duration"
    } else if units::parse_bytes(value).is_ok() {
        "bytes"
    } else {
        "string"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::ResultEntry;
    use model::Nanos;

    fn stream(lines: &[&str]) -> ResultStream {
        let entries = lines.iter().map(|line| ResultEntry {
            at: Nanos(0),
            line: bytes::Bytes::copy_from_slice(line.as_bytes()),
            metadata: LabelSet::from_pairs(vec![("trace_id".to_owned(), "a1".to_owned())]),
            parsed: LabelSet::default(),
        });
        let labels = LabelSet::from_pairs(vec![("app".to_owned(), "x".to_owned())]);
        ResultStream { labels, entries: entries.collect() }
    }

    #[test]
    fn json_is_tried_before_logfmt() {
        let streams = [stream(&[
            r#"{"app": "y", "req": {"took-ms": 7}, "cut": "#,
            r#"{"app": "y", "req": {"took-ms": 7, "ok": true}}"#,
            "took=7ms size=2KiB ratio=0.5 msg=\"hi there\"",
        ])];
        let fields = detect_fields(&streams, 100);
        let shown: Vec<String> = fields
            .iter()
            .map(|f| {
                format!("{} {} {} {:?} {}", f.label, f.kind, f.cardinality, f.parsers, f.json_path.join("."))
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"app_extracted string 1 ["json"] app"#,
                r#"msg string 1 ["logfmt"] "#,
                r#"ratio float 1 ["logfmt"] "#,
                r#"req_ok boolean 1 ["json"] req.ok"#,
                r#"req_took_ms int 1 ["json"] req.took-ms"#,
                r#"size bytes 1 ["logfmt"] "#,
                r#"took duration 1 ["logfmt"] "#,
                r#"trace_id string 1 [] "#,
            ]
        );
        assert_eq!(detect_values(&streams, "req_took_ms", 9), ["7"]);
        assert_eq!(detect_values(&streams, "trace_id", 9), ["a1"]);
        assert_eq!(detect_fields(&streams, 2).len(), 2);
    }
}

//! Answers of the logs API as JSON, written by hand.
//!
//! ```text
//! {"status":"success","data":{"resultType":"streams","encodingFlags":[..],
//!   "result":[{"stream":{..},"values":[["<ns>","line"],..]},..],"stats":{..}}}
//! ```

use super::stats;
use crate::json::{self, push};
use contract::Stats;
use logql::{LabelSet, LogqlData, LogqlResult, ResultStream};
use model::Millis;

/// `application/json; charset=UTF-8`, as this API spells it.
pub(super) const JSON: &str = "application/json; charset=UTF-8";

/// What an answer needs besides the result.
pub(super) struct Setting<'a> {
    /// Flags that the request asked for; they are told back.
    pub(super) flags: &'a [&'a str],
    /// Whether each line tells its labels apart by where they come from.
    pub(super) categorise: bool,
    /// What the query cost.
    pub(super) cost: &'a Stats,
    /// Seconds that the query took.
    pub(super) seconds: f64,
}

/// A query's answer.
pub(super) fn result(result: &LogqlResult, setting: &Setting<'_>) -> String {
    let mut out = String::from(r#"{"status":"success""#);
    if !result.warnings.is_empty() {
        out.push_str(r#","warnings":"#);
        json::strings(&mut out, &result.warnings);
    }
    let kind = match &result.data {
        LogqlData::Streams(_) => "streams",
        LogqlData::Matrix(_) => "matrix",
        LogqlData::Vector(_) => "vector",
        LogqlData::Scalar { .. } => "scalar",
    };
    push(&mut out, format_args!(r#","data":{{"resultType":"{kind}""#));
    if !setting.flags.is_empty() && kind == "streams" {
        out.push_str(r#","encodingFlags":"#);
        json::strings(&mut out, setting.flags);
    }
    out.push_str(r#","result":"#);
    let entries = data(&mut out, &result.data, setting.categorise);
    out.push_str(r#","stats":"#);
    stats::write(&mut out, setting.cost, entries, setting.seconds);
    out.push_str("}}");
    out
}

/// Writes the result and says how many entries it has.
fn data(out: &mut String, data: &LogqlData, categorise: bool) -> usize {
    match data {
        LogqlData::Streams(streams) => {
            self::streams(out, streams, categorise);
            streams.iter().map(|stream| stream.entries.len()).sum()
        }
        LogqlData::Matrix(series) => {
            json::list(out, series, |out, series| {
                metric(out, &series.labels);
                out.push_str(r#""values":"#);
                json::list(out, &series.points, |out, (at, value)| point(out, *at, *value));
                out.push('}');
            });
            series.len()
        }
        LogqlData::Vector(samples) => {
            json::list(out, samples, |out, sample| {
                metric(out, &sample.labels);
                out.push_str(r#""value":"#);
                point(out, sample.at, sample.value);
                out.push('}');
            });
            samples.len()
        }
        LogqlData::Scalar { at, value } => {
            // The replaced system stamps constants in milliseconds, and clients know.
            push(out, format_args!(r#"[{at},"{}"]"#, logql::format_float(*value)));
            1
        }
    }
}

/// Streams with their lines.
pub(super) fn streams(out: &mut String, streams: &[ResultStream], categorise: bool) {
    json::list(out, streams, |out, stream| {
        out.push_str(r#"{"stream":"#);
        labels(out, &stream.labels);
        out.push_str(r#","values":"#);
        json::list(out, &stream.entries, |out, entry| {
            push(out, format_args!(r#"["{}","#, entry.at.0));
            json::string(out, std::str::from_utf8(&entry.line).unwrap_or(""), true);
            if categorise {
                out.push(',');
                categories(out, &entry.metadata, &entry.parsed);
            }
            out.push(']');
        });
        out.push('}');
    });
}

fn labels(out: &mut String, labels: &LabelSet) {
    json::pairs(out, labels.iter(), true);
}

fn metric(out: &mut String, set: &LabelSet) {
    out.push_str(r#"{"metric":"#);
    labels(out, set);
    out.push(',');
}

/// `[seconds,"number"]`
pub(super) fn point(out: &mut String, at_millis: i64, value: f64) {
    out.push('[');
    json::seconds(out, Millis(at_millis));
    push(out, format_args!(r#","{}"]"#, logql::format_float(value)));
}

/// `{"structuredMetadata":{..},"parsed":{..}}`, each only when it holds something.
pub(super) fn categories(out: &mut String, metadata: &LabelSet, parsed: &LabelSet) {
    out.push('{');
    if !metadata.is_empty() {
        out.push_str(r#""structuredMetadata":"#);
        labels(out, metadata);
    }
    if !parsed.is_empty() {
        out.push_str(if metadata.is_empty() { r#""parsed":"# } else { r#","parsed":"# });
        labels(out, parsed);
    }
    out.push('}');
}

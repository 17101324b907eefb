//! Answers of the metrics API as JSON, written by hand: the last stop of the read walk.
//!
//! ```text
//! {"status":"success","data":{"resultType":"matrix","result":[
//!   {"metric":{..},"values":[[1795172400,"1"],..],"histograms":[[1795172400,{..}],..]},..]},"warnings":[..],"infos":[..]}
//! ```
//! Numbers are text: plain between 1e-6 and 1e21, else with an exponent; a scalar never has one.

pub(super) mod histogram;

use crate::json::{self, push};
use model::{Labels, Millis};
use query::number::{format_plain, push_sample};
use query::{Point, Value};

/// How many warnings, and how many infos, an answer may carry.
const MAX_NOTES: usize = 10;

/// What most small answers fit into.
const ENVELOPE_BYTES: usize = 1024;
/// Bytes of a float in a matrix: time, quotes and some ten digits.
const PAIR_BYTES: usize = 28;

/// Bytes of a float in a matrix as it is before it is text.
const POINT_BYTES: usize = 16;
/// Bytes of a histogram in a matrix, and of its text: some ten buckets.
const HISTOGRAM_BYTES: usize = 1024;

/// About the memory that a value and its text take together.
pub(super) fn memory(value: &Value) -> u64 {
    let Value::Matrix(series) = value else { return 0 };
    let bytes = |series: &query::MatrixSeries| {
        series.floats.len() * (POINT_BYTES + PAIR_BYTES) + series.histograms.len() * HISTOGRAM_BYTES
    };
    series.iter().map(bytes).sum::<usize>() as u64
}

/// What stands beside the data.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) infos: Vec<String>,
}

/// A successful answer whose data `data` writes.
pub(super) fn envelope(data: impl FnOnce(&mut String), notes: &Notes) -> String {
    let mut out = String::with_capacity(ENVELOPE_BYTES);
    out.push_str(r#"{"status":"success","data":"#);
    data(&mut out);
    for (name, notes) in [("warnings", &notes.warnings), ("infos", &notes.infos)] {
        if !notes.is_empty() {
            push(&mut out, format_args!(r#","{name}":"#));
            let shown = &notes[..notes.len().min(MAX_NOTES)];
            json::strings(&mut out, shown);
        }
    }
    out.push('}');
    out
}

/// `{"resultType":..,"result":..` of a query, with `stats` when they are given as JSON.
pub(super) fn value(out: &mut String, value: &Value, stats: Option<&str>) {
    push(out, format_args!(r#"{{"resultType":"{}","result":"#, value.kind()));
    match value {
        Value::Scalar { at, value } => {
            out.push('[');
            json::seconds(out, *at);
            push(out, format_args!(r#","{}"]"#, format_plain(*value)));
        }
        Value::Text { at, value } => {
            out.push('[');
            json::seconds(out, *at);
            out.push(',');
            json::string(out, value, false);
            out.push(']');
        }
        Value::Vector(samples) => json::list(out, samples, |out, sample| {
            metric(out, &sample.labels);
            match &sample.point {
                Point::Float(float) => {
                    out.push_str(r#""value":"#);
                    pair(out, sample.at, *float);
                }
                Point::Histogram(h) => {
                    out.push_str(r#""histogram":"#);
                    histogram::pair(out, sample.at, h);
                }
            }
            out.push('}');
        }),
        Value::Matrix(series) => json::list(out, series, |out, series| {
            out.reserve(series.floats.len() * PAIR_BYTES);
            metric(out, &series.labels);
            if !series.floats.is_empty() || series.histograms.is_empty() {
                out.push_str(r#""values":"#);
                json::list(out, &series.floats, |out, (at, float)| pair(out, *at, *float));
            }
            if !series.histograms.is_empty() {
                out.push_str(if series.floats.is_empty() { r#""histograms":"# } else { r#","histograms":"# });
                json::list(out, &series.histograms, |out, (at, h)| histogram::pair(out, *at, h));
            }
            out.push('}');
        }),
    }
    if let Some(stats) = stats {
        push(out, format_args!(r#","stats":{stats}"#));
    }
    out.push('}');
}

fn metric(out: &mut String, labels: &Labels) {
    out.push_str(r#"{"metric":"#);
    json::labels(out, labels, false);
    out.push(',');
}

/// `[seconds,"number"]`
fn pair(out: &mut String, at: Millis, number: f64) {
    out.push('[');
    json::seconds(out, at);
    out.push_str(",\"");
    push_sample(out, number);
    out.push_str("\"]");
}

#[cfg(test)]
mod tests;

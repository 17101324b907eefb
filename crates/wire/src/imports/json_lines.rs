//! Series as lines of JSON: `{"metric":{"__name__":"up","job":"a"},"values":[1,0.5],"timestamps":[1700000000000,...]}`.
//!
//! What VictoriaMetrics exports and imports. Values that JSON has no number for are the texts `"NaN"`, `"Infinity"` and
//! `"-Infinity"`; `null` is a stale marker. Times are in milliseconds.
//! Source: <https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#json-line-format>

use crate::error::Skipped;
use crate::remote_write::Decoded;
use model::{Labels, MetricBatch, Millis, is_stale, stale_marker};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Line {
    metric: BTreeMap<String, String>,
    values: Vec<Number>,
    timestamps: Vec<i64>,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Number {
    Float(f64),
    Text(String),
    Null(()),
}

impl Number {
    fn value(&self) -> Option<f64> {
        Some(match self {
            Number::Float(value) => *value,
            Number::Null(()) => stale_marker(),
            Number::Text(text) => match text.as_str() {
                "NaN" => f64::NAN,
                "Infinity" | "+Infinity" | "Inf" | "+Inf" => f64::INFINITY,
                "-Infinity" | "-Inf" => f64::NEG_INFINITY,
                text => text.parse().ok()?,
            },
        })
    }
}

/// Reads lines. A line that is wrong is left out and listed, the others are kept.
pub fn decode(text: &str) -> Decoded {
    let mut out = Decoded::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read = serde_json::from_str(line).map_err(|error| error.to_string());
        if let Err(reason) = read.and_then(|line| push(&mut out.batch, &line)) {
            out.skipped.push(Skipped { message: format!("line {}: {reason}", at + 1), rows: 1 });
        }
    }
    out
}

fn push(batch: &mut MetricBatch, line: &Line) -> Result<(), String> {
    if line.values.len() != line.timestamps.len() {
        return Err(format!("{} values and {} timestamps", line.values.len(), line.timestamps.len()));
    }
    let values: Option<Vec<f64>> = line.values.iter().map(Number::value).collect();
    let values = values.ok_or("a value that is no number")?;
    line.metric.iter().for_each(|(name, value)| batch.push_label(name, value));
    line.timestamps.iter().zip(values).for_each(|(at, value)| batch.push_sample(Millis(*at), value));
    batch.finish_series()
}

/// Writes one line, with its newline.
pub fn encode(out: &mut String, labels: &Labels, timestamps: &[i64], values: &[f64]) {
    let text = |out: &mut String, text: &str| out.push_str(&serde_json::Value::from(text).to_string());
    out.push_str("{\"metric\":{");
    for (at, (name, value)) in labels.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        text(out, name);
        out.push(':');
        text(out, value);
    }
    out.push_str("},\"values\":[");
    for (at, value) in values.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        match *value {
            value if is_stale(value) => out.push_str("null"),
            value if value.is_nan() => out.push_str("\"NaN\""),
            f64::INFINITY => out.push_str("\"Infinity\""),
            f64::NEG_INFINITY => out.push_str("\"-Infinity\""),
            value => out.push_str(&value.to_string()),
        }
    }
    out.push_str("],\"timestamps\":[");
    for (at, time) in timestamps.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        out.push_str(&time.to_string());
    }
    out.push_str("]}\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wrong_lines_are_named_and_the_others_kept() {
        let good = r#"{"metric":{"__name__":"a"},"values":[1,"NaN",null],"timestamps":[1,2,3]}"#;
        let text = format!("{good}\nno\n{{\"metric\":{{}},\"values\":[1],\"timestamps\":[]}}\n\n{good}\n");
        let decoded = decode(&text);
        assert_eq!((decoded.batch.len(), decoded.skipped.len()), (2, 2));
        assert!(decoded.skipped[0].message.starts_with("line 2: "), "{:?}", decoded.skipped);
        assert_eq!(decoded.skipped[1].message, "line 3: 1 values and 0 timestamps");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            samples in proptest::collection::vec((any::<i64>(), any::<f64>()), 0..20),
            name in "\\PC{1,10}", value in "\\PC{1,10}",
        ) {
            let labels = Labels::from_pairs([("__name__", "m"), (name.as_str(), value.as_str())]);
            let (times, values): (Vec<i64>, Vec<f64>) = samples.into_iter().unzip();
            let mut out = String::new();
            encode(&mut out, &labels, &times, &values);
            let decoded = decode(&out);
            prop_assert_eq!(decoded.skipped, []);
            let series = decoded.batch.series().next().unwrap();
            prop_assert_eq!(series.to_labels(), labels);
            let got: Vec<(i64, u64)> = series.samples().iter().map(|s| (s.at.0, s.value.to_bits())).collect();
            let bits = |v: f64| if v.is_nan() && !is_stale(v) { f64::NAN.to_bits() } else { v.to_bits() };
            prop_assert_eq!(got, times.into_iter().zip(values.into_iter().map(bits)).collect::<Vec<_>>());
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            decode(&text);
        }
    }
}

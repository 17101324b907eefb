//! What a scrape target shows: the Prometheus text format 0.0.4 and OpenMetrics 1.0, one line a sample; and the protobuf
//! format ([`parse_delimited`]), the only one with native histograms.
//!
//! ```text
//! # HELP http_requests_total Requests.            # UNIT .. and # EOF in OpenMetrics only
//! # TYPE http_requests_total counter
//! http_requests_total{code="200"} 1027 1395066363000 # {trace_id="ab"} 1.0 1520879607.789
//! {"a.dotted.name", code="200"} 3                 names outside of the classic alphabet stand in quotes
//! ```
//! Every sample becomes a series of its own with one value, in the order of the lines. The first wrong line fails the
//! whole text with its number: a scrape is taken whole or not at all. `le` and `quantile` are brought to one spelling
//! (`1` becomes `1.0`), so that a target may change its client library without changing its series.
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>, <https://prometheus.io/docs/specs/om/open_metrics_spec/>

mod custom;
mod delimited;
mod floats;
mod glance;
mod line;
mod write;

pub use custom::convert_classic;
pub use delimited::{
    DELIMITED_CONTENT_TYPE, DelimitedMetric, DelimitedValue, Histograms, is_delimited, parse_delimited,
    write_delimited,
};
pub use floats::{open_metrics_float, parse_float};
pub use glance::{Glance, glance, plain_value};
pub use write::{escape_help, escape_label_value, write_sample_name};

use crate::error::WireError;
use line::{Line, Sample, Statement};
use model::{METRIC_NAME, Metadata, MetricBatch, MetricKind, Millis};
use std::collections::HashMap;

/// The content type of the text format, as servers of it answer.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// 1 GiB: far beyond any target, and far below the 4 GiB that a batch can address.
pub const MAX_TEXT_BYTES: usize = 1 << 30;

/// Which of the two grammars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text: times in milliseconds, free comments and blank lines.
    Text,
    /// OpenMetrics text: times in seconds, exemplars, `# EOF` at the end.
    OpenMetrics,
}

impl Format {
    /// The format of a content type; `None` for others (a scraper then uses its fallback, or fails).
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or("").trim() {
            "text/plain" => Some(Format::Text),
            "application/openmetrics-text" => Some(Format::OpenMetrics),
            _ => None,
        }
    }
}

/// A text as read.
#[derive(Debug, Clone, Default)]
pub struct Exposition {
    /// One series with one sample a line.
    pub batch: MetricBatch,
    /// For each series of the batch whether its line named a time.
    pub timed: Vec<bool>,
}

/// Reads a whole text. Samples without a time get `now`.
pub fn parse(text: &str, format: Format, now: Millis) -> Result<Exposition, WireError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(WireError::TooLarge { what: "the exposition", limit: MAX_TEXT_BYTES });
    }
    let mut reader =
        Reader { format, now, out: Exposition::default(), families: HashMap::new(), ended: false };
    for (i, line) in text.split('\n').enumerate() {
        reader.line(line).map_err(|reason| WireError::Text { line: i + 1, reason })?;
    }
    if format == Format::OpenMetrics && !reader.ended {
        return Err(WireError::Text {
            line: text.lines().count().max(1),
            reason: "data does not end with # EOF".to_owned(),
        });
    }
    Ok(reader.out)
}

struct Reader {
    format: Format,
    now: Millis,
    out: Exposition,
    /// Index into the batch's metadata.
    families: HashMap<String, usize>,
    ended: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let line = line.strip_suffix('\r').filter(|_| self.format == Format::Text).unwrap_or(line);
        if self.ended && !line.is_empty() {
            return Err("unexpected data after # EOF".to_owned());
        }
        match Line::new(line, self.format).statement()? {
            Statement::Nothing => {}
            Statement::End => self.ended = true,
            Statement::Help(family, help) => self.family(family).help = help,
            Statement::Type(family, kind) => self.family(family).kind = kind,
            Statement::Unit(family, unit) => self.family(family).unit = unit,
            Statement::Sample(sample) => self.sample(sample)?,
        }
        Ok(())
    }

    fn family(&mut self, name: String) -> &mut Metadata {
        let all = &mut self.out.batch.metadata;
        let at = *self.families.entry(name).or_insert_with_key(|name| {
            all.push(Metadata { family: name.clone(), ..Metadata::default() });
            all.len() - 1
        });
        &mut all[at]
    }

    /// The label of `sample` that holds a bound and has one spelling only.
    fn bound_label(&self, name: &str) -> Option<&'static str> {
        let kind = |family: &str| self.families.get(family).map(|at| self.out.batch.metadata[*at].kind);
        if let Some(family) = name.strip_suffix("_bucket")
            && matches!(kind(family), Some(MetricKind::Histogram | MetricKind::GaugeHistogram))
        {
            return Some("le");
        }
        (kind(name) == Some(MetricKind::Summary)).then_some("quantile")
    }

    fn sample(&mut self, sample: Sample<'_>) -> Result<(), String> {
        let bound = self.bound_label(&sample.name);
        let batch = &mut self.out.batch;
        batch.push_label(METRIC_NAME, &sample.name);
        for (name, value) in &sample.labels {
            match parse_float(value).filter(|_| bound == Some(name.as_ref())) {
                Some(float) => batch.push_label(name, &open_metrics_float(float)),
                None => batch.push_label(name, value),
            }
        }
        let at = sample.at.unwrap_or(self.now);
        batch.push_sample(at, sample.value);
        if let Some(mut exemplar) = sample.exemplar {
            exemplar.at = sample.exemplar_at.unwrap_or(at);
            batch.push_exemplar(exemplar);
        }
        batch.finish_series().map_err(|twice| format!("label {twice:?} occurs twice"))?;
        self.out.timed.push(sample.at.is_some());
        Ok(())
    }
}

#[cfg(test)]
mod tests;

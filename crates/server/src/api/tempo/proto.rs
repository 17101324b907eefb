//! Messages of `tempopb`, read as parameters and written from answers. Field numbers are that package's.

use super::search::any;
use crate::error::Fault;
use traceql::metrics::{Exemplar, MetricSeries, MetricsResult};
use traceql::{SetMatch, SpanMatch, TraceMatch, Value};
use wire::otlp::write_key_value;
use wire::proto::{Reader, Writer};

/// A field of a request: its number, the parameter it stands for, and how it is written there.
pub(super) type Param = (u32, &'static str, Form);

/// How a field's value becomes a parameter's text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Number,
    /// Milliseconds as a duration.
    Millis,
    /// Nanoseconds as seconds.
    Seconds,
    /// An entry of a map, as `key="value"`; entries are joined with blanks.
    Pair,
}

/// `SearchRequest`
pub(super) const SEARCH: &[Param] = &[
    (1, "tags", Form::Pair),
    (2, "minDuration", Form::Millis),
    (3, "maxDuration", Form::Millis),
    (4, "limit", Form::Number),
    (5, "start", Form::Number),
    (6, "end", Form::Number),
    (8, "q", Form::Text),
    (9, "spss", Form::Number),
];

/// `SearchTagsRequest`
pub(super) const NAMES: &[Param] = &[
    (1, "scope", Form::Text),
    (3, "start", Form::Number),
    (4, "end", Form::Number),
    (5, "q", Form::Text),
    (6, "limit", Form::Number),
];

/// `SearchTagValuesRequest`
pub(super) const VALUES: &[Param] = &[
    (1, "name", Form::Text),
    (2, "q", Form::Text),
    (4, "start", Form::Number),
    (5, "end", Form::Number),
    (6, "limit", Form::Number),
];

/// `QueryRangeRequest`
pub(super) const RANGE: &[Param] = &[
    (1, "q", Form::Text),
    (2, "start", Form::Number),
    (3, "end", Form::Number),
    (4, "step", Form::Seconds),
    (16, "exemplars", Form::Number),
    (17, "maxSeries", Form::Number),
];

/// `QueryInstantRequest`
pub(super) const INSTANT: &[Param] =
    &[(1, "q", Form::Text), (2, "start", Form::Number), (3, "end", Form::Number)];

/// Reads a request as parameters. Unknown fields are passed over, zero is the same as absent.
pub(super) fn params(message: &[u8], fields: &[Param]) -> Result<Vec<(String, String)>, Fault> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        let Some((_, name, form)) = fields.iter().find(|(number, ..)| *number == field.number) else {
            continue;
        };
        let text = match form {
            Form::Text => field.text()?.to_owned(),
            Form::Pair => pair(field.message()?)?,
            Form::Number | Form::Millis | Form::Seconds => match (field.uint()?, form) {
                (0, _) => continue,
                (number, Form::Millis) => format!("{number}ms"),
                (number, Form::Seconds) => (number as f64 / 1e9).to_string(),
                (number, _) => number.to_string(),
            },
        };
        match out.iter_mut().find(|(known, _)| known == name) {
            Some((_, joined)) if matches!(form, Form::Pair) => *joined = format!("{joined} {text}"),
            Some((_, earlier)) => *earlier = text,
            None => out.push(((*name).to_owned(), text)),
        }
    }
    Ok(out)
}

fn pair(mut entry: Reader<'_>) -> Result<String, Fault> {
    let (mut key, mut value) = ("", "");
    while let Some(field) = entry.field()? {
        match field.number {
            1 => key = field.text()?,
            2 => value = field.text()?,
            _ => {}
        }
    }
    Ok(format!("{key}={}", query::quote::quote(value)))
}

/// `TraceSearchMetadata`
pub(super) fn trace(found: &TraceMatch, id: &str) -> Vec<u8> {
    let mut w = Writer::new();
    w.text(1, id);
    w.text_if_any(2, &found.root_service);
    w.text_if_any(3, &found.root_name);
    w.uint_if_any(4, found.start.0.cast_unsigned());
    w.uint_if_any(5, found.duration.cast_unsigned() / 1_000_000);
    if let Some(first) = found.span_sets.first() {
        w.message(6, |w| span_set(w, first));
    }
    for set in &found.span_sets {
        w.message(7, |w| span_set(w, set));
    }
    for (service, (spans, errors)) in &found.services {
        w.message(8, |w| {
            w.text(1, service);
            w.message(2, |w| {
                w.uint_if_any(1, u64::from(*spans));
                w.uint_if_any(2, u64::from(*errors));
            });
        });
    }
    w.finish()
}

fn span_set(w: &mut Writer, set: &SetMatch) {
    set.spans.iter().for_each(|matched| w.message(1, |w| span(w, matched)));
    w.uint_if_any(2, set.matched as u64);
    attributes(w, 3, &set.attributes);
}

fn span(w: &mut Writer, span: &SpanMatch) {
    w.text(1, &span.span_id.to_string());
    if let Some(name) = &span.name {
        w.text_if_any(2, name);
    }
    w.uint_if_any(3, span.start.0.cast_unsigned());
    w.uint_if_any(4, span.duration.cast_unsigned());
    attributes(w, 5, &span.attributes);
}

fn attributes(w: &mut Writer, number: u32, attributes: &[(String, Value)]) {
    for (key, value) in attributes {
        w.message(number, |w| write_key_value(w, key, &any(value)));
    }
}

/// Field 2 of search and metrics answers: `SearchMetrics`.
pub(super) fn search_metrics(w: &mut Writer, traces: u64, spans: u64, bytes: u64, ended: bool) {
    w.message(2, |w| {
        w.uint_if_any(1, traces);
        w.uint_if_any(2, bytes);
        w.uint_if_any(4, u64::from(ended));
        w.uint(5, 1);
        w.uint_if_any(7, spans);
    });
}

/// Field 2 of answers about names and values: `MetadataMetrics`.
pub(super) fn tag_metrics(w: &mut Writer) {
    w.message(2, |w| {
        w.uint(2, 1);
        w.uint(3, 1);
    });
}

/// `SearchTagsV2Scope`
pub(super) fn scope(name: &str, tags: &[&str]) -> Vec<u8> {
    let mut w = Writer::new();
    w.text(1, name);
    tags.iter().for_each(|tag| w.text(2, tag));
    w.finish()
}

/// `TagValue`
pub(super) fn typed(kind: &str, text: &str) -> Vec<u8> {
    let mut w = Writer::new();
    w.text(1, kind);
    w.text_if_any(2, text);
    w.finish()
}

/// `TimeSeries`
pub(super) fn series(series: &MetricSeries) -> Vec<u8> {
    let mut w = Writer::new();
    attributes(&mut w, 1, &series.labels);
    for (at, value) in &series.samples {
        w.message(2, |w| {
            double_if_any(w, 1, *value);
            w.int(2, *at);
        });
    }
    for Exemplar { labels, value, at } in &series.exemplars {
        w.message(4, |w| {
            attributes(w, 1, labels);
            double_if_any(w, 2, *value);
            w.int(3, *at);
        });
    }
    w.finish()
}

/// `InstantSeries`
pub(super) fn instant_series(series: &MetricSeries) -> Vec<u8> {
    let mut w = Writer::new();
    attributes(&mut w, 1, &series.labels);
    if let Some((_, value)) = series.samples.last() {
        double_if_any(&mut w, 2, *value);
    }
    w.finish()
}

fn double_if_any(w: &mut Writer, number: u32, value: f64) {
    if value != 0.0 {
        w.double(number, value);
    }
}

/// What follows the series: their cost, and whether there were more of them.
pub(super) fn metrics_end(w: &mut Writer, result: &MetricsResult, max_series: usize) {
    search_metrics(w, 0, result.inspected, 0, true);
    if result.truncated {
        w.uint(3, 1);
        w.text(4, &super::metrics::too_many(max_series));
    }
}

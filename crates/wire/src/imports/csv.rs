//! Tables of numbers in comma-separated lines, read and written by a format that says what each column is.
//!
//! ```text
//! 2:metric:ask,3:metric:bid,1:label:ticker,4:time:unix_s      a format to read by
//! GOOG,1.23,4.56,1700000000                                   a line: ask{ticker="GOOG"} 1.23, bid{ticker="GOOG"} 4.56
//! ```
//! Columns count from 1. Every column of kind `metric` with a value is a series of its own. Fields may stand in double or
//! single quotes. A wrong line is left out and listed; a first line in which no metric's value is a number is a heading.
//! Source: <https://docs.victoriametrics.com/victoriametrics/#how-to-import-csv-data>

use crate::error::{Skipped, WireError};
use crate::remote_write::Decoded;
use crate::{go_layout, rfc3339};
use model::{METRIC_NAME, MetricBatch, Millis, Nanos};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Columns that a format may speak of: as many as a wide table has.
const MAX_COLUMN: usize = 4096;

/// What a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Metric(String),
    Label(String),
    Time(Time),
}

/// How a time is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Time {
    Seconds,
    Millis,
    Nanos,
    Rfc3339,
    /// In a layout of Go.
    Layout(String),
}

/// What each column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    columns: BTreeMap<usize, Column>,
}

impl Format {
    /// Reads `<column>:<kind>:<what>,...`; the kinds are `metric`, `label` and `time`.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let wrong = |part: &str, why: &str| WireError::Value(format!("format: {part:?} {why}"));
        let mut columns = BTreeMap::new();
        for part in text.split(',') {
            let mut pieces = part.splitn(3, ':');
            let (at, kind, what) = match (pieces.next(), pieces.next(), pieces.next()) {
                (Some(at), Some(kind), Some(what)) if !what.is_empty() => (at, kind, what.to_owned()),
                _ => return Err(wrong(part, "is not written as <column>:<kind>:<what>")),
            };
            let at: usize =
                at.trim().parse().ok().filter(|at| (1..=MAX_COLUMN).contains(at)).ok_or_else(|| {
                    wrong(part, &format!("does not begin with the number of a column, 1 to {MAX_COLUMN}"))
                })?;
            let column = match kind {
                "metric" => Column::Metric(what),
                "label" => Column::Label(what),
                "time" => Column::Time(Time::parse(&what).ok_or_else(|| {
                    wrong(part, "has none of unix_s, unix_ms, unix_ns, rfc3339, custom:<layout>")
                })?),
                _ => return Err(wrong(part, "is neither metric, label nor time")),
            };
            if columns.insert(at, column).is_some() {
                return Err(wrong(part, "names a column that was named before"));
            }
        }
        let count = |is: fn(&Column) -> bool| columns.values().filter(|column| is(column)).count();
        if count(|column| matches!(column, Column::Metric(_))) == 0 {
            return Err(WireError::Value("format: no column is a metric".to_owned()));
        }
        if count(|column| matches!(column, Column::Time(_))) > 1 {
            return Err(WireError::Value("format: more than one column is the time".to_owned()));
        }
        Ok(Format { columns })
    }
}

impl Time {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "unix_s" => Time::Seconds,
            "unix_ms" => Time::Millis,
            "unix_ns" => Time::Nanos,
            "rfc3339" => Time::Rfc3339,
            _ => Time::Layout(text.strip_prefix("custom:")?.to_owned()),
        })
    }

    fn read(&self, text: &str) -> Option<Millis> {
        let millis = |nanos: Nanos| Millis(nanos.0.div_euclid(1_000_000));
        match self {
            Time::Seconds => text.parse::<i64>().ok()?.checked_mul(1000).map(Millis),
            Time::Millis => text.parse().ok().map(Millis),
            Time::Nanos => text.parse().ok().map(Nanos).map(millis),
            Time::Rfc3339 => rfc3339::parse(text).map(millis),
            Time::Layout(layout) => go_layout::parse(layout, text).map(millis),
        }
    }
}

/// Reads lines; those whose format has no time get `now`.
pub fn decode(text: &str, format: &Format, now: Millis) -> Decoded {
    let mut out = Decoded::default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (nth, (at, line)) in lines.enumerate() {
        let fields = match fields(line) {
            Ok(fields) => fields,
            Err(reason) => {
                out.skipped.push(Skipped { message: format!("line {}: {reason}", at + 1), rows: 1 });
                continue;
            }
        };
        if nth == 0 && is_heading(&fields, format) {
            continue;
        }
        if let Err(reason) = push_line(&mut out.batch, &fields, format, now) {
            out.batch.abandon_series();
            out.skipped.push(Skipped { message: format!("line {}: {reason}", at + 1), rows: 1 });
        }
    }
    out
}

/// The values of all columns that are metrics, with their names.
fn metrics<'a>(fields: &'a [Cow<'_, str>], format: &'a Format) -> impl Iterator<Item = (&'a str, &'a str)> {
    format.columns.iter().filter_map(|(at, column)| match column {
        Column::Metric(name) => Some((name.as_str(), fields.get(at - 1)?.trim())),
        _ => None,
    })
}

fn is_heading(fields: &[Cow<'_, str>], format: &Format) -> bool {
    metrics(fields, format).all(|(_, value)| value.parse::<f64>().is_err())
}

fn push_line(
    batch: &mut MetricBatch,
    fields: &[Cow<'_, str>],
    format: &Format,
    now: Millis,
) -> Result<(), String> {
    let (mut at, mut labels) = (now, Vec::new());
    for (position, column) in &format.columns {
        let field = fields
            .get(position - 1)
            .ok_or_else(|| format!("{} columns, and the format speaks of column {position}", fields.len()))?;
        match column {
            Column::Time(time) => {
                at = time.read(field.trim()).ok_or_else(|| format!("{field:?} is no time of the format"))?;
            }
            Column::Label(name) => labels.push((name, field)),
            Column::Metric(_) => {}
        }
    }
    // All values are read before the first is kept, so that a line is taken whole or not at all.
    let mut found = Vec::new();
    for (name, value) in metrics(fields, format).filter(|(_, value)| !value.is_empty()) {
        let value: f64 = value.parse().map_err(|_| format!("{value:?}, column {name:?}, is no number"))?;
        found.push((name, value));
    }
    for (name, value) in found {
        batch.push_label(METRIC_NAME, name);
        labels.iter().for_each(|(name, value)| batch.push_label(name, value));
        batch.push_sample(at, value);
        batch.finish_series().map_err(|twice| format!("the label {twice:?} is given twice"))?;
    }
    Ok(())
}

/// The fields of a line.
fn fields(line: &str) -> Result<Vec<Cow<'_, str>>, &'static str> {
    let mut out = Vec::new();
    let mut rest = line;
    loop {
        if out.len() == MAX_COLUMN {
            return Err("too many columns");
        }
        let field = if rest.starts_with(['"', '\'']) {
            let (field, after) = quoted(rest)?;
            rest = after;
            field
        } else {
            let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            rest = after;
            field.into()
        };
        out.push(field);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.trim().is_empty() => return Ok(out),
            None => return Err("something follows a closing quote"),
        }
    }
}

/// A field in quotes, without them, and what follows. A quote in it is written twice.
fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let quote = &text[..1];
    let twice = quote.repeat(2);
    let mut from = 1;
    loop {
        let end = from + text[from..].find(quote).ok_or("a quote that does not end")?;
        if text[end + 1..].starts_with(quote) {
            from = end + 2;
            continue;
        }
        let inner = &text[1..end];
        let field = if inner.contains(&twice) { inner.replace(&twice, quote).into() } else { inner.into() };
        return Ok((field, &text[end + 1..]));
    }
}

/// What a column of an export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    Value,
    At(Time),
    Label(String),
}

/// What each column of an export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFormat(Vec<Shown>);

impl ExportFormat {
    /// Reads a list of `__value__`, `__timestamp__[:unix_s|unix_ms|unix_ns|rfc3339]`, `__name__` and names of labels.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let column = |part: &str| {
            let (name, how) = part.split_once(':').unwrap_or((part, ""));
            match name {
                "" => Err(WireError::Value("format: a column without a name".to_owned())),
                "__value__" => Ok(Shown::Value),
                "__timestamp__" => match if how.is_empty() { Some(Time::Millis) } else { Time::parse(how) } {
                    Some(Time::Layout(_)) | None => Err(WireError::Value(format!(
                        "format: {how:?} is none of unix_s, unix_ms, unix_ns, rfc3339"
                    ))),
                    Some(time) => Ok(Shown::At(time)),
                },
                _ => Ok(Shown::Label(part.to_owned())),
            }
        };
        text.split(',').map(str::trim).map(column).collect::<Result<_, _>>().map(ExportFormat)
    }

    /// Writes a line a sample.
    pub fn encode(&self, out: &mut String, labels: &model::Labels, timestamps: &[i64], values: &[f64]) {
        for (at, value) in timestamps.iter().zip(values) {
            for (nth, column) in self.0.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                match column {
                    Shown::Value => out.push_str(&value.to_string()),
                    Shown::Label(name) => push_field(out, labels.value(name)),
                    Shown::At(time) => out.push_str(&match time {
                        Time::Seconds => at.div_euclid(1000).to_string(),
                        Time::Nanos => (i128::from(*at) * 1_000_000).to_string(),
                        Time::Rfc3339 => rfc3339::Utc(Nanos(at.saturating_mul(1_000_000))).to_string(),
                        Time::Millis | Time::Layout(_) => at.to_string(),
                    }),
                }
            }
            out.push('\n');
        }
    }
}

/// A field, in quotes where it needs them.
fn push_field(out: &mut String, field: &str) {
    if field.contains([',', '"', '\'', '\n', '\r']) {
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(field);
    }
}

#[cfg(test)]
mod tests;

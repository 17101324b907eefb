//! Series and points as scripts write them: `name{labels} 0+10x5 _ {{schema:0 sum:1}}x2 stale`.

use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{FloatHistogram, Labels, ResetHint, stale_marker};
use promql::histogram::sum::combine;
use query::{duration, number};
use regex::Regex;
use std::sync::LazyLock;

/// One place of a series.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// No sample.
    Blank,
    /// A float.
    Float(f64),
    /// A histogram, and whether its reset hint was written.
    Histogram(FloatHistogram, bool),
}

/// Splits a line into the series and its points.
pub(crate) fn split_series(line: &str) -> Result<(&str, &str), String> {
    let (mut depth, mut quote) = (0, None);
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            (None, c) if c.is_whitespace() && depth == 0 => return Ok((&line[..at], line[at..].trim())),
            _ => {}
        }
    }
    Ok((line, ""))
}

/// The labels of a series.
pub(crate) fn labels(text: &str) -> Result<Labels, String> {
    if text == "{}" {
        return Ok(Labels::empty());
    }
    let matchers = promql::parse_selector(text).map_err(|e| format!("series {text}: {e}"))?;
    Ok(Labels::from_pairs(matchers.iter().map(|m| (&m.name, &m.value))))
}

/// Pieces separated by spaces outside of `{{ }}`.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0, None);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c.is_whitespace() && depth == 0 {
            if let Some(from) = start.take() {
                out.push(&text[from..at]);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    out.extend(start.map(|from| &text[from..]));
    out
}

const FLOAT: &str = r"(?i:inf|nan)|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?";

static FLOAT_ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("^(?<first>[+-]?(?:{FLOAT}))(?:(?<sign>[+-])(?<more>{FLOAT}))?(?:x(?<times>\\d+))?$"))
        .expect("a pattern")
});

static HISTOGRAM_ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\{\{[^}]*\}\})(?:([+-])(\{\{[^}]*\}\}))?(?:x(\d+))?$").expect("a pattern")
});

static BLANK_ITEM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(_|stale)(?:x(\d+))?$").expect("a pattern"));

static FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\w+):(\[[^\]]*\]|[^\s\]]+)").expect("a pattern"));

fn times(text: Option<regex::Match<'_>>) -> Option<usize> {
    text.map(|m| m.as_str().parse().expect("digits"))
}

/// The points of a series.
pub(crate) fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut out = Vec::new();
    for piece in pieces(text) {
        if let Some(found) = BLANK_ITEM.captures(piece) {
            let count = times(found.get(2));
            match &found[1] {
                "_" => out.extend(vec![Item::Blank; count.unwrap_or(1)]),
                _ => out.extend(vec![Item::Float(stale_marker()); count.map_or(1, |n| n + 1)]),
            }
        } else if let Some(found) = FLOAT_ITEM.captures(piece) {
            let read =
                |name: &str| found.name(name).map(|m| number::parse_float(m.as_str()).expect("matched"));
            let mut value = read("first").expect("matched");
            let step = read("more").unwrap_or(0.0)
                * if found.name("sign").is_some_and(|s| s.as_str() == "-") { -1.0 } else { 1.0 };
            for _ in 0..=times(found.name("times")).unwrap_or(0) {
                out.push(Item::Float(value));
                value += step;
            }
        } else if let Some(found) = HISTOGRAM_ITEM.captures(piece) {
            let (mut current, mut hinted) = histogram(&found[1])?;
            let step = found.get(3).map(|m| histogram(m.as_str())).transpose()?;
            if let Some((_, step_hinted)) = &step {
                hinted = *step_hinted;
            }
            let sign = if found.get(2).is_some_and(|s| s.as_str() == "-") { -1.0 } else { 1.0 };
            for _ in 0..=times(found.get(4)).unwrap_or(0) {
                out.push(Item::Histogram(current.clone(), hinted));
                if let Some((step, _)) = &step {
                    current =
                        combine(&current, step, sign).map_err(|_| format!("{piece}: cannot be added"))?.0;
                }
            }
        } else {
            return Err(format!("unknown point {piece:?}"));
        }
    }
    Ok(out)
}

fn histogram(text: &str) -> Result<(FloatHistogram, bool), String> {
    let mut h = FloatHistogram::default();
    let (mut offset, mut n_offset, mut hinted) = (0, 0, false);
    for field in FIELD.captures_iter(text.trim_matches(['{', '}'])) {
        let value = &field[2];
        let float = || number::parse_float(value).ok_or_else(|| format!("{text}: bad number {value:?}"));
        let list = || -> Result<Vec<f64>, String> {
            let inner = value.trim_matches(['[', ']']);
            let read = |n: &str| number::parse_float(n).ok_or_else(|| format!("{text}: bad number {n:?}"));
            inner.split_whitespace().map(read).collect()
        };
        match &field[1] {
            "schema" => h.schema = float()? as i32,
            "sum" => h.sum = float()?,
            "count" => h.count = float()?,
            "z_bucket" => h.zero_count = float()?,
            "z_bucket_w" => h.zero_threshold = float()?,
            "buckets" => h.positive_buckets = list()?,
            "n_buckets" => h.negative_buckets = list()?,
            "offset" => offset = float()? as i32,
            "n_offset" => n_offset = float()? as i32,
            "custom_values" => h.custom_values = list()?,
            "counter_reset_hint" => {
                hinted = true;
                h.reset_hint = match value {
                    "unknown" => ResetHint::Unknown,
                    "reset" => ResetHint::Reset,
                    "not_reset" => ResetHint::NotReset,
                    "gauge" => ResetHint::Gauge,
                    other => return Err(format!("unknown hint {other:?}")),
                };
            }
            other => return Err(format!("{text}: unknown field {other:?}")),
        }
    }
    let spans = |buckets: &[f64], offset: i32| match u32::try_from(buckets.len()) {
        Ok(length) if length > 0 => vec![BucketSpan { offset, length }],
        _ => Vec::new(),
    };
    h.positive_spans = spans(&h.positive_buckets, offset);
    h.negative_spans = spans(&h.negative_buckets, n_offset);
    assert!(
        h.schema == CUSTOM_BUCKETS_SCHEMA || h.custom_values.is_empty(),
        "{text}: custom values need schema -53"
    );
    Ok((h, hinted))
}

static START_ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([+-]?[0-9ywdhms]+)(?:([+-])([0-9ywdhms]+))?(?:x(\d+))?$").expect("a pattern")
});

/// Offsets of start timestamps from their points, in milliseconds.
pub(crate) fn start_offsets(text: &str) -> Result<Vec<Option<i64>>, String> {
    let read = |text: &str| -> Result<i64, String> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.trim_start_matches('+')),
        };
        duration::parse(rest).map(|ms| sign * ms)
    };
    let mut out = Vec::new();
    for piece in pieces(text) {
        if let Some(found) = BLANK_ITEM.captures(piece) {
            out.extend(vec![None; times(found.get(2)).unwrap_or(1)]);
            continue;
        }
        let found = START_ITEM.captures(piece).ok_or_else(|| format!("unknown start {piece:?}"))?;
        let mut offset = read(&found[1])?;
        let step = match (found.get(2), found.get(3)) {
            (Some(sign), Some(step)) => read(step.as_str())? * if sign.as_str() == "-" { -1 } else { 1 },
            _ => 0,
        };
        for _ in 0..=times(found.get(4)).unwrap_or(0) {
            out.push(Some(offset));
            offset += step;
        }
    }
    Ok(out)
}

/// A time or step: a duration, or seconds.
pub(crate) fn millis(text: &str) -> Result<i64, String> {
    match number::parse_float(text) {
        Some(seconds) => Ok((seconds * 1000.0).round() as i64),
        None => duration::parse(text),
    }
}

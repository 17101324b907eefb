//! `/api/search`: the newest traces that a TraceQL query, or the older `tags` and durations, match.
//!
//! The older parameters are rewritten as a query: tags are text attributes of one span, durations are those of the trace.
//! Their answers show no spans.

use super::{ApiError, encode, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::limits::Limits;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use query::quote::quote;
use std::fmt::Write;
use std::sync::Arc;
use traceql::{SearchParams, SearchResult, SetMatch, SpanMatch, TraceMatch, TraceqlError};

type Shared = extract::State<Arc<State>>;

/// Traces of a search that names no limit.
const DEFAULT_TRACES: usize = 20;
/// Spans shown of each span set, unless said otherwise, and at most.
const DEFAULT_SPANS: usize = 3;
const MAX_SPANS: usize = 100;

impl From<TraceqlError> for Fault {
    fn from(error: TraceqlError) -> Self {
        match error {
            TraceqlError::Source(source) => Fault::from(source),
            TraceqlError::Limit(text) => Fault::new(stdx::ErrorKind::Limit, text),
            other => Fault::invalid(format!("invalid TraceQL query: {other}")),
        }
    }
}

/// Answers a search.
pub(super) async fn search(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let (start, end) = times::search_range(&params, state.clock.now_nanos())?;
    let limit = count(&params, "limit")?.unwrap_or(DEFAULT_TRACES);
    if limit == 0 {
        return Err(Fault::invalid("invalid limit: must be a positive number").into());
    }
    let max = Limits::size(state.limits().max_search_traces);
    if limit > max {
        return Err(Fault::invalid(format!("limit {limit} exceeds max limit {max}")).into());
    }
    let spss = match count(&params, "spss")?.unwrap_or(DEFAULT_SPANS) {
        0 => MAX_SPANS,
        spans if spans > MAX_SPANS => {
            return Err(
                Fault::invalid(format!("spans per span set exceeds {MAX_SPANS}. received {spans}")).into()
            );
        }
        spans => spans,
    };
    let older = older_query(&params)?;
    let query = match (&older, params.some("q")) {
        (Some(_), Some(_)) => {
            return Err(Fault::invalid("invalid request: can't specify tags and q in the same query").into());
        }
        (Some(older), None) => older.clone(),
        (None, query) => query.unwrap_or("").to_owned(),
    };
    let cx = state.query_context(tenant, None);
    let cost = cx.stats.clone();
    let source = state.engines.spans.clone();
    let asked = SearchParams { start, end, limit, spss };
    let mut result: SearchResult = state
        .run(cx, move |cx| async move { traceql::search(source.as_ref(), &cx, &query, asked).await })
        .await?;
    if older.is_some() {
        for found in &mut result.traces {
            found.span_sets.clear();
            found.services.clear();
        }
    }
    let bytes = cost.bytes_read.load(std::sync::atomic::Ordering::Relaxed);
    let mut out = String::from(r#"{"traces":"#);
    json::list(&mut out, &result.traces, trace);
    let inspected = result.inspected;
    push(
        &mut out,
        format_args!(
            r#","metrics":{{"inspectedTraces":{inspected},"inspectedBytes":"{bytes}","completedJobs":1,"totalJobs":1}}}}"#
        ),
    );
    Ok(respond::json(out))
}

/// A count, told wrong as Go's parser of unsigned numbers does.
fn count(params: &Params, name: &str) -> Result<Option<usize>, Fault> {
    params
        .some(name)
        .map(|text| {
            text.parse::<usize>()
                .map_err(|_| Fault::invalid(format!("invalid {name}: {}", times::parse_uint(text))))
        })
        .transpose()
}

/// The query that `tags`, `minDuration` and `maxDuration` stand for; `None` when none of them is given.
fn older_query(params: &Params) -> Result<Option<String>, Fault> {
    let mut conditions = Vec::new();
    for (key, value) in tags(params.get("tags")).map_err(|e| Fault::invalid(format!("invalid tags: {e}")))? {
        let name = match key.as_str() {
            "name" => "name".to_owned(),
            "root.name" => "rootName".to_owned(),
            "root.service.name" => "rootServiceName".to_owned(),
            key => format!(".\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        conditions.push(format!("{name} = {}", quote(&value)));
    }
    let duration = |name: &str| -> Result<Option<i64>, Fault> {
        params
            .some(name)
            .map(|text| go_duration(text).map_err(|e| Fault::invalid(format!("invalid {name}: time: {e}"))))
            .transpose()
    };
    let (min, max) = (duration("minDuration")?, duration("maxDuration")?);
    if let (Some(min), Some(max)) = (min, max)
        && max <= min
    {
        return Err(Fault::invalid("invalid maxDuration: must be greater than minDuration"));
    }
    conditions.extend(min.map(|nanos| format!("traceDuration >= {nanos}ns")));
    conditions.extend(max.map(|nanos| format!("traceDuration <= {nanos}ns")));
    Ok((!conditions.is_empty()).then(|| format!("{{ {} }}", conditions.join(" && "))))
}

/// `key=value key="value"`, positions in errors from 1.
fn tags(text: &str) -> Result<Vec<(String, String)>, String> {
    let bytes = text.as_bytes();
    let mut out: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    let unexpected = |at: usize| format!("unexpected {:?} at pos {}", char::from(bytes[at]), at + 1);
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if at == bytes.len() {
            return Ok(out);
        }
        let start = at;
        while bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'=' && *b != b'"') {
            at += 1;
        }
        if start == at || bytes.get(at) == Some(&b'"') {
            return Err(unexpected(at));
        }
        let key = text[start..at].to_owned();
        let mut value = String::new();
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            if bytes.get(at) == Some(&b'"') {
                let rest = &text[at..];
                let end =
                    (1..rest.len()).find(|i| rest.as_bytes()[*i] == b'"' && rest.as_bytes()[i - 1] != b'\\');
                let end = end.ok_or("unterminated quoted value")?;
                let bytes = query::quote::unquote(&rest[..=end]).ok_or("invalid quoted value")?;
                value = String::from_utf8_lossy(&bytes).into_owned();
                at += end + 1;
            } else {
                let start = at;
                while bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace()) {
                    if matches!(bytes[at], b'=' | b'"') {
                        return Err(unexpected(at));
                    }
                    at += 1;
                }
                value = text[start..at].to_owned();
            }
        }
        if out.iter().any(|(known, _)| *known == key) {
            return Err(format!("tag {key} has been set twice"));
        }
        out.push((key, value));
    }
}

/// A duration as Go reads it (`1.5s`, `1h30m`), in nanoseconds.
pub(super) fn go_duration(text: &str) -> Result<i64, String> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("µs", 1e3),
        ("μs", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 60e9),
        ("h", 3600e9),
    ];
    let invalid = || format!("invalid duration {}", quote(text));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let unit = &rest[..rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len())];
        if unit.is_empty() {
            return Err(format!("missing unit in duration {}", quote(text)));
        }
        let (_, size) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quote(unit), quote(text)))?;
        nanos += number * size;
        rest = &rest[unit.len()..];
    }
    if nanos < i64::MAX as f64 { Ok((sign * nanos) as i64) } else { Err(invalid()) }
}

fn trace(out: &mut String, found: &TraceMatch) {
    let id = found.trace_id.to_string();
    push(out, format_args!(r#"{{"traceID":"{}""#, id.trim_start_matches('0')));
    for (name, text) in [("rootServiceName", &found.root_service), ("rootTraceName", &found.root_name)] {
        if !text.is_empty() {
            push(out, format_args!(r#","{name}":"#));
            json::string(out, text, false);
        }
    }
    push(out, format_args!(r#","startTimeUnixNano":"{}""#, found.start.0));
    let millis = found.duration / 1_000_000;
    if millis != 0 {
        push(out, format_args!(r#","durationMs":{millis}"#));
    }
    if let Some(first) = found.span_sets.first() {
        out.push_str(r#","spanSet":"#);
        span_set(out, first);
        out.push_str(r#","spanSets":"#);
        json::list(out, &found.span_sets, span_set);
    }
    if !found.services.is_empty() {
        out.push_str(r#","serviceStats":{"#);
        for (i, (service, (spans, errors))) in found.services.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            json::string(out, service, false);
            push(out, format_args!(r#":{{"spanCount":{spans}"#));
            if *errors > 0 {
                push(out, format_args!(r#","errorCount":{errors}"#));
            }
            out.push('}');
        }
        out.push('}');
    }
    out.push('}');
}

fn span_set(out: &mut String, set: &SetMatch) {
    out.push('{');
    if !set.spans.is_empty() {
        out.push_str(r#""spans":"#);
        json::list(out, &set.spans, span);
        out.push(',');
    }
    push(out, format_args!(r#""matched":{}"#, set.matched));
    attributes(out, &set.attributes);
    out.push('}');
}

fn span(out: &mut String, span: &SpanMatch) {
    push(out, format_args!(r#"{{"spanID":"{}""#, span.span_id));
    if let Some(name) = &span.name {
        out.push_str(r#","name":"#);
        json::string(out, name, false);
    }
    push(out, format_args!(r#","startTimeUnixNano":"{}""#, span.start.0));
    if span.duration != 0 {
        push(out, format_args!(r#","durationNanos":"{}""#, span.duration));
    }
    attributes(out, &span.attributes);
    out.push('}');
}

fn attributes(out: &mut String, attributes: &[(String, traceql::Value)]) {
    if !attributes.is_empty() {
        out.push_str(r#","attributes":"#);
        json::list(out, attributes, |out, (key, value)| encode::attribute(out, key, &any(value)));
    }
}

/// A value of the language as an attribute's: what has no type there is text.
pub(super) fn any(value: &traceql::Value) -> model::Value {
    use traceql::Value;
    match value {
        Value::Int(int) => model::Value::Int(*int),
        Value::Float(float) => model::Value::Double(*float),
        Value::Text(text) => model::Value::Str(text.clone()),
        Value::Bool(flag) => model::Value::Bool(*flag),
        Value::Many(values) => model::Value::Array(values.iter().map(any).collect()),
        Value::Nil | Value::Duration(_) | Value::Status(_) | Value::Kind(_) => {
            let mut text = String::new();
            write!(text, "{value}").expect("writing to a string does not fail");
            model::Value::Str(text.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_parameters_become_a_query() {
        let query =
            |text: &str| older_query(&Params::of_pairs(text)).map_err(|fault| fault.message().to_owned());
        assert_eq!(query("q={}").unwrap(), None);
        assert_eq!(
            query(r#"tags=service.name=a name="b c" x&minDuration=900ms&maxDuration=1m30s"#)
                .unwrap()
                .unwrap(),
            r#"{ ."service.name" = "a" && name = "b c" && ."x" = "" && traceDuration >= 900000000ns && traceDuration <= 90000000000ns }"#
        );
        for (text, want) in [
            ("tags=a==b", "invalid tags: unexpected '=' at pos 3"),
            ("tags=\"odd\"=x", "invalid tags: unexpected '\"' at pos 1"),
            ("tags=a=b a=b", "invalid tags: tag a has been set twice"),
            ("minDuration=x", "invalid minDuration: time: invalid duration \"x\""),
            ("maxDuration=5", "invalid maxDuration: time: missing unit in duration \"5\""),
            ("minDuration=5s&maxDuration=1s", "invalid maxDuration: must be greater than minDuration"),
        ] {
            assert_eq!(query(text).unwrap_err(), want);
        }
    }
}

//! `/api/search`: the newest traces that a TraceQL query, or the older `tags` and durations, match.
//!
//! The older parameters are rewritten as a query ([`older`]); their answers show no spans.

mod older;

pub(crate) use older::go_duration;

use super::{ApiError, encode, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::limits::Limits;
use crate::params::Params;
use crate::respond;
use crate::run::Title;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use model::Tenant;
use std::fmt::Write;
use std::sync::Arc;
use traceql::{Query, SearchParams, SearchResult, SetMatch, SpanMatch, TraceMatch, TraceqlError};

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

/// A search that may be run.
pub(super) struct Asked {
    pub(super) query: String,
    /// Asked for with the parameters of older clients, whose answers show no spans.
    pub(super) older: bool,
    pub(super) params: SearchParams,
    /// Trace ids are answered with their leading zeros.
    pub(super) whole_ids: bool,
}

/// Reads and checks the parameters of a search.
pub(super) fn read(params: &Params, state: &State, tenant: &Tenant) -> Result<Asked, Fault> {
    let reading = times::reading(state, tenant);
    let (start, end) = times::search_range(params, state.clock.now_nanos(), reading)?;
    let limit = count(params, "limit")?.unwrap_or(DEFAULT_TRACES);
    if limit == 0 {
        return Err(Fault::invalid("invalid limit: must be a positive number"));
    }
    let max = Limits::size(state.limits().max_search_traces);
    if limit > max {
        return Err(Fault::invalid(format!("limit {limit} exceeds max limit {max}")));
    }
    let spss = match count(params, "spss")?.unwrap_or(DEFAULT_SPANS) {
        0 => MAX_SPANS,
        spans if spans > MAX_SPANS => {
            return Err(Fault::invalid(format!("spans per span set exceeds {MAX_SPANS}. received {spans}")));
        }
        spans => spans,
    };
    let older = older::older_query(params)?;
    let query = match (&older, params.some("q")) {
        (Some(_), Some(_)) => {
            return Err(Fault::invalid("invalid request: can't specify tags and q in the same query"));
        }
        (Some(older), None) => older.clone(),
        (None, query) => query.unwrap_or("").to_owned(),
    };
    let (older, whole_ids) = (older.is_some(), reading.whole_ids);
    Ok(Asked { query, older, params: SearchParams { start, end, limit, spss }, whole_ids })
}

impl Asked {
    /// The query, checked; `None` finds every trace.
    pub(super) fn prepare(&self) -> Result<Option<Query>, TraceqlError> {
        if self.query.trim().is_empty() { Ok(None) } else { traceql::prepare(&self.query).map(Some) }
    }

    /// A trace's id as it is answered: by default clients get it without leading zeros.
    pub(super) fn id(&self, found: &TraceMatch) -> String {
        let id = found.trace_id.to_string();
        if self.whole_ids { id } else { id.trim_start_matches('0').to_owned() }
    }

    /// Takes away what older clients are not shown.
    pub(super) fn cut(&self, traces: &mut [TraceMatch]) {
        for found in traces.iter_mut().filter(|_| self.older) {
            found.span_sets.clear();
            found.services.clear();
        }
    }
}

/// A label of numbers as text.
pub(crate) fn label_text(value: &traceql::Value) -> String {
    match any(value) {
        model::Value::Str(text) => text.to_string(),
        _ => value.to_string(),
    }
}

/// Answers a search.
pub(super) async fn search(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let asked = read(&params, &state, &tenant)?;
    let query = asked.prepare()?;
    let cx = state.query_context(tenant, None);
    let cost = cx.stats.clone();
    let (source, params) = (state.engines.spans.clone(), asked.params);
    let range = (params.start.saturating_mul(1_000), params.end.saturating_mul(1_000));
    let title = Title { signal: "traces", kind: "search", query: asked.query.clone(), range };
    let mut result: SearchResult = state
        .run_titled(title, cx, move |cx| async move {
            traceql::run(source.as_ref(), &cx, query.as_ref(), params).await
        })
        .await?;
    asked.cut(&mut result.traces);
    let bytes = cost.bytes_read.load(std::sync::atomic::Ordering::Relaxed);
    let mut out = String::from(r#"{"traces":"#);
    json::list(&mut out, &result.traces, |out, found| trace(out, found, &asked.id(found)));
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

fn trace(out: &mut String, found: &TraceMatch, id: &str) {
    push(out, format_args!(r#"{{"traceID":"{id}""#));
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

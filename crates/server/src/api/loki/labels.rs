//! `/loki/api/v1/labels`, `/label/{name}/values`, `/series`, `/index/stats`, `/detected_labels`: what streams there are.
//!
//! All of them are one question to the engine: the streams with a line in the range, and how many lines and bytes.

use super::{ApiError, encode, params};
use crate::error::Fault;
use crate::json;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
use model::{Labels, Matcher, Nanos, TimeRange};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// A stream, its lines and its bytes in a range.
pub(super) type Counted = (Labels, u64, u64);

/// The range of a request, and its streams that match any of the selectors (no selector: all).
pub(super) async fn streams(
    state: &Arc<State>,
    headers: &http::HeaderMap,
    selectors: Vec<Vec<Matcher>>,
    range: TimeRange<Nanos>,
) -> Result<Vec<Counted>, Fault> {
    params::check_length(range, &state.limits())?;
    let cx = state.query_context(state.options.tenancy.of(headers)?, None);
    let source = state.engines.logs.clone();
    state.run(cx, move |cx| async move { source.streams(&cx, selectors, range).await }).await
}

/// The labels of those streams.
async fn stream_labels(
    state: &Arc<State>,
    headers: &http::HeaderMap,
    selectors: Vec<Vec<Matcher>>,
    range: TimeRange<Nanos>,
) -> Result<Vec<Labels>, Fault> {
    params::check_length(range, &state.limits())?;
    let cx = state.query_context(state.options.tenancy.of(headers)?, None);
    let source = state.engines.logs.clone();
    state.run(cx, move |cx| async move { source.stream_labels(&cx, selectors, range).await }).await
}

/// What is said about a selector that every stream satisfies.
const SELECTS_NOTHING: &str = "parse error : queries require at least one regexp or equality matcher that does not have \
    an empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

/// A stream selector. `{}` is every stream; any other must select something.
pub(super) fn selector(text: &str) -> Result<Vec<Matcher>, Fault> {
    let matchers = logql::parse_matchers(text).map_err(|e| match e.message.as_str() {
        // What is no selector is told without the prefix of a parse error.
        "only label matchers are supported" => Fault::invalid(e.message),
        _ => Fault::invalid(e.to_string()),
    })?;
    if !matchers.is_empty() && matchers.iter().all(Matcher::matches_empty) {
        return Err(Fault::invalid(SELECTS_NOTHING));
    }
    Ok(matchers)
}

/// The selector of the parameter `query`: none when it is missing.
fn optional_selector(params: &Params) -> Result<Vec<Vec<Matcher>>, Fault> {
    let selector = params.some("query").map(selector).transpose()?;
    Ok(selector.filter(|matchers| !matchers.is_empty()).into_iter().collect())
}

/// `{"status":"success","data":[..]}`, without `data` when there is none.
fn list(texts: &BTreeSet<&str>) -> Response {
    let mut out = String::from(r#"{"status":"success""#);
    if !texts.is_empty() {
        out.push_str(r#","data":"#);
        json::list(&mut out, texts, |out, text| json::string(out, text, true));
    }
    out.push('}');
    respond::with_type(StatusCode::OK, encode::JSON, out)
}

/// Label names.
pub(super) async fn names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::range(&params, Nanos(state.clock.now_nanos()))?;
    let all = stream_labels(&state, &parts.headers, optional_selector(&params)?, range).await?;
    Ok(list(&all.iter().flat_map(|labels| labels.iter().map(|(name, _)| name)).collect()))
}

/// Values of one label.
pub(super) async fn values(
    state: Shared,
    extract::Path(name): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::range(&params, Nanos(state.clock.now_nanos()))?;
    let all = stream_labels(&state, &parts.headers, optional_selector(&params)?, range).await?;
    Ok(list(&all.iter().filter_map(|labels| labels.get(&name)).collect()))
}

/// Streams.
pub(super) async fn series(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::range(&params, Nanos(state.clock.now_nanos()))?;
    let texts = params.all("match").chain(params.all("match[]"));
    let mut selectors = texts.map(selector).collect::<Result<Vec<_>, _>>()?;
    if selectors.iter().any(Vec::is_empty) {
        selectors.clear();
    }
    let all = stream_labels(&state, &parts.headers, selectors, range).await?;
    let mut out = String::from(r#"{"status":"success","data":"#);
    json::list(&mut out, &all, |out, labels| json::labels(out, labels, true));
    out.push('}');
    Ok(respond::with_type(StatusCode::OK, encode::JSON, out))
}

/// How much there is to read.
pub(super) async fn index_stats(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::range(&params, Nanos(state.clock.now_nanos()))?;
    let matchers = selector(params.get("query"))?;
    if matchers.is_empty() {
        return Err(Fault::invalid(SELECTS_NOTHING).into());
    }
    let all = streams(&state, &parts.headers, vec![matchers], range).await?;
    let (lines, bytes) = all.iter().fold((0u64, 0u64), |(l, b), (_, lines, bytes)| (l + lines, b + bytes));
    let count = all.len();
    let body = format!(r#"{{"streams":{count},"chunks":{count},"bytes":{bytes},"entries":{lines}}}"#);
    Ok(respond::with_type(StatusCode::OK, encode::JSON, body))
}

/// Labels that are shown even when their values look like ids.
const ALWAYS_SHOWN: [&str; 4] = ["cluster", "namespace", "instance", "pod"];

/// Labels worth showing, with how many values each has: not those whose values are all ids or numbers.
pub(super) async fn detected(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::range(&params, Nanos(state.clock.now_nanos()))?;
    let all = streams(&state, &parts.headers, optional_selector(&params)?, range).await?;
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (labels, _, _) in &all {
        labels.iter().for_each(|(name, value)| {
            values.entry(name).or_default().insert(value);
        });
    }
    values.retain(|name, values| ALWAYS_SHOWN.contains(name) || !values.iter().all(|v| is_id(v)));
    let mut out = String::from("{");
    if !values.is_empty() {
        out.push_str(r#""detectedLabels":"#);
        json::list(&mut out, &values, |out, (name, values)| {
            out.push_str(r#"{"label":"#);
            json::string(out, name, true);
            json::push(out, format_args!(r#","cardinality":{}}}"#, values.len()));
        });
    }
    out.push('}');
    Ok(respond::with_type(StatusCode::OK, encode::JSON, out))
}

/// A number or a UUID.
fn is_id(value: &str) -> bool {
    let uuid = value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() });
    uuid || value.parse::<f64>().is_ok()
}

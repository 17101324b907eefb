//! `/api/v1/search/*`: names and values that fit a few letters, best first, as lines of JSON.
//!
//! ```text
//! {"results":[{"name":"node_load1"},..]}      a line a batch
//! {"status":"success","has_more":false}       the last line
//! ```
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/>

mod score;

use super::labels::selector;
use super::{ApiError, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::{Params, parse_bool};
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::LabelSelect;
use http::{Request, StatusCode};
use model::{METRIC_NAME, Metadata, Millis, TimeRange};
use query::number::format_plain;
use query::quote::quote;
use score::{Algorithm, Search};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

const NDJSON: &str = "application/x-ndjson; charset=utf-8";
/// How far back is searched when no start is given.
const DEFAULT_RANGE_MILLIS: i64 = 3_600_000;
/// Results when no limit is given, and results of one line when no batch size is.
const DEFAULT_LIMIT: usize = 100;
/// The most results of one search: what a list of suggestions can hold, a hundred times over.
const MAX_LIMIT: usize = 10_000;
/// The most texts that one search looks for.
const MAX_SEARCHES: usize = 32;

/// How results are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Up,
    Down,
    Score,
}

/// Parameters that all three endpoints take.
struct Asked {
    select: LabelSelect,
    search: Search,
    order: Order,
    include_score: bool,
    limit: usize,
    batch: usize,
}

fn read(params: &Params, endpoint: &str, now: i64) -> Result<Asked, Fault> {
    let start = times::optional(params, "start")?.unwrap_or(Millis(now - DEFAULT_RANGE_MILLIS));
    let end = times::optional(params, "end")?.unwrap_or(Millis(now));
    let matchers = params.all("match[]").map(selector).collect::<Result<Vec<_>, _>>();
    let matchers = matchers.map_err(|e| Fault::invalid(format!("invalid parameter \"match[]\": {e}")))?;
    let searches: Vec<&str> = params.all("search[]").collect();
    if searches.len() > MAX_SEARCHES {
        return Err(Fault::invalid(format!("too many search[] parameters: at most {MAX_SEARCHES}")));
    }
    let threshold = match params.some("fuzz_threshold") {
        None => 0,
        Some(text) => text.parse::<u8>().ok().filter(|n| *n <= 100).ok_or_else(|| {
            Fault::invalid(format!("invalid fuzz_threshold {}: must be 0-100", quote(text)))
        })?,
    };
    let algorithm = match params.some("fuzz_alg") {
        None | Some("subsequence") => Algorithm::Subsequence,
        Some("jarowinkler") => Algorithm::JaroWinkler,
        Some(other) => {
            let other = quote(other);
            let text = format!("unsupported fuzz_alg {other}: must be one of [subsequence jarowinkler]");
            return Err(Fault::invalid(text));
        }
    };
    let search = Search::new(
        &searches,
        algorithm,
        f64::from(threshold) / 100.0,
        flag(params, "case_sensitive", true)?,
    );
    let include_score = flag(params, "include_score", false)?;
    let order = order(params, endpoint, searches.is_empty())?;
    let limit = count(params, "limit")?;
    if limit > MAX_LIMIT {
        return Err(Fault::invalid(format!("limit must not exceed {MAX_LIMIT}")));
    }
    let select =
        LabelSelect { matchers, range: TimeRange::new(start, Millis(end.0.saturating_add(1))), limit: 0 };
    Ok(Asked { select, search, order, include_score, limit, batch: count(params, "batch_size")? })
}

fn flag(params: &Params, name: &str, default: bool) -> Result<bool, Fault> {
    params.some(name).map_or(Ok(default), |text| {
        parse_bool(text)
            .ok_or_else(|| Fault::invalid(format!("invalid {name} {}: must be boolean", quote(text))))
    })
}

/// A count whose 0 means the default.
fn count(params: &Params, name: &str) -> Result<usize, Fault> {
    match params.some(name).map(|text| (text, text.parse::<u32>())) {
        None | Some((_, Ok(0))) => Ok(DEFAULT_LIMIT),
        Some((_, Ok(count))) => Ok(usize::try_from(count).unwrap_or(usize::MAX)),
        Some((text, Err(_))) => {
            Err(Fault::invalid(format!("invalid {name} {}: must be non-negative integer", quote(text))))
        }
    }
}

fn order(params: &Params, endpoint: &str, no_search: bool) -> Result<Order, Fault> {
    let (by, direction) = (params.get("sort_by"), params.get("sort_dir"));
    let refuse = |text: &str| Err(Fault::invalid(text));
    match (by, direction) {
        ("", "") => Ok(Order::Up),
        ("", _) => refuse("sort_dir is only valid when sort_by is set"),
        ("score", "") if no_search => refuse("sort_by=score requires search[] to be set"),
        ("score", "") => Ok(Order::Score),
        ("score", _) => refuse("sort_dir is not supported for sort_by=score"),
        ("alpha", "" | "asc") => Ok(Order::Up),
        ("alpha", "dsc") => Ok(Order::Down),
        ("alpha", other) => refuse(&format!("invalid sort_dir {}: must be \"asc\" or \"dsc\"", quote(other))),
        (other, _) => refuse(&format!(
            "invalid sort_by {} for {endpoint}: must be \"alpha\" or \"score\"",
            quote(other)
        )),
    }
}

/// Names of metrics, with what is known of them when `include_metadata` asks for it.
pub(super) async fn metric_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let asked = read(&params, "metric_names", state.clock.now_millis())?;
    let include_metadata = flag(&params, "include_metadata", false)?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let select = asked.select.clone();
    let (all, known) = state
        .run(cx, move |cx| async move {
            let names = source.label_values(&cx, METRIC_NAME, select).await?;
            let known = if include_metadata { source.metadata(&cx, None).await? } else { Vec::new() };
            Ok::<_, contract::SourceError>((names, known))
        })
        .await?;
    let known: BTreeMap<&str, &Metadata> = known.iter().map(|m| (m.family.as_str(), m)).collect();
    Ok(lines(&asked, all, "name", |out, name| {
        if let Some(metadata) = known.get(name) {
            push(out, format_args!(r#","type":"{}""#, metadata.kind.as_str()));
            for (field, text) in [("help", &metadata.help), ("unit", &metadata.unit)] {
                if !text.is_empty() {
                    push(out, format_args!(r#","{field}":"#));
                    json::string(out, text, true);
                }
            }
        }
    }))
}

/// Names of labels.
pub(super) async fn label_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let asked = read(&params, "label_names", state.clock.now_millis())?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let select = asked.select.clone();
    let all = state.run(cx, move |cx| async move { source.label_names(&cx, select).await }).await?;
    Ok(lines(&asked, all, "name", |_, _| {}))
}

/// Values of one label.
pub(super) async fn label_values(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let asked = read(&params, "label_values", state.clock.now_millis())?;
    let label = params.some("label").map(str::to_owned);
    let label = label.ok_or_else(|| Fault::invalid("missing required parameter \"label\""))?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let select = asked.select.clone();
    let all = state.run(cx, move |cx| async move { source.label_values(&cx, &label, select).await }).await?;
    Ok(lines(&asked, all, "value", |_, _| {}))
}

/// What of `all` (sorted) fits, as lines. `more` adds fields to a result.
fn lines(asked: &Asked, all: Vec<String>, field: &str, more: impl Fn(&mut String, &str)) -> Response {
    let scored = all.into_iter().filter_map(|text| asked.search.score(&text).map(|score| (text, score)));
    let mut found: Vec<(String, f64)> = scored.collect();
    match asked.order {
        Order::Up => {}
        Order::Down => found.reverse(),
        // Stable: of equal scores the alphabet decides.
        Order::Score => found.sort_by(|a, b| b.1.total_cmp(&a.1)),
    }
    let has_more = found.len() > asked.limit;
    found.truncate(asked.limit);
    let mut out = String::new();
    let batches: Vec<&[(String, f64)]> =
        if found.is_empty() { vec![&[]] } else { found.chunks(asked.batch).collect() };
    for batch in batches {
        out.push_str(r#"{"results":"#);
        json::list(&mut out, batch, |out, (text, score)| {
            push(out, format_args!(r#"{{"{field}":"#));
            json::string(out, text, true);
            if asked.include_score {
                push(out, format_args!(r#","score":{}"#, format_plain(*score)));
            }
            more(out, text);
            out.push('}');
        });
        out.push_str("}\n");
    }
    push(&mut out, format_args!("{{\"status\":\"success\",\"has_more\":{has_more}}}\n"));
    respond::with_type(StatusCode::OK, NDJSON, out)
}

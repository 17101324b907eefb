//! `POST /api/ds/query`: a batch of queries of tools, answered as data frames by reference, and expressions over their answers.
//!
//! Each query is one request to the API of its signal, in this process, so that limits, tenants and errors are those of
//! that API. Queries of one batch are asked one after the other: a batch takes the place of one query among others.

mod ask;
mod expr;
mod frames;
mod traces;

use super::dashboards::{Answer, Shared};
use super::input::read_json;
use super::{ApiError, sources, tenant};
use crate::error::Fault;
use crate::respond;
use crate::state::State;
pub(super) use ask::ask_bytes;
use ask::{Asked, ask};
use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, StatusCode};
use model::Tenant;
use query::duration;
use serde_json::{Map, Value, json};
use sources::{Signal, Source};
use std::sync::Arc;
use stdx::task;

/// Queries of a batch are a few hundred bytes each.
const MAX_BODY_BYTES: u64 = 1 << 20;
/// More than one page or rule ever asks at once.
const MAX_QUERIES: usize = 100;
/// What is asked for when nobody says.
const USUAL_RANGE_MILLIS: i64 = 3_600_000;
const DAY_MILLIS: i64 = 24 * 3_600_000;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

pub(super) async fn query(state: Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = tenant(&state, &parts.headers)?;
    let asked = read_json(body, MAX_BODY_BYTES).await?;
    let queries = asked["queries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if queries.is_empty() || queries.len() > MAX_QUERIES {
        return Err(ApiError::bad(format!("bad request data: expected 1 to {MAX_QUERIES} queries")));
    }
    let now = state.clock.now_millis();
    let whole = range(&asked, now, (now.saturating_sub(USUAL_RANGE_MILLIS), now));
    // A batch that names a data source there is not is refused as a whole, before anything is asked.
    let mut sources = Vec::new();
    for query in queries {
        let is_asked = !expr::is_expression(query);
        sources.push(if is_asked { Some(source_of(&state, &tenant, query).await?) } else { None });
    }
    let (mut results, mut failed) = (Map::new(), StatusCode::OK);
    // What is hidden is asked where an expression reads it, and not told.
    let mut answers = expr::Answers::new();
    for at in expr::order(queries)? {
        let query = &queries[at];
        let reference = expr::reference(query);
        // A query may have a range of its own.
        let (from, to) = range(&query["timeRange"], now, whole);
        let answered = if let Some(source) = &sources[at] {
            one(&state, source, &parts.headers, (query, reference), (from, to)).await
        } else {
            // Off the threads that serve: arithmetic over thousands of series takes a core for a second.
            let (query, all) = (query.clone(), std::mem::take(&mut answers));
            let computed =
                task::blocking(move || (expr::compute(&query, (from, to), &all), all)).join().await;
            let (answered, all) = computed.map_err(|panic| {
                tracing::error!(%panic, "an expression could not be computed");
                Fault::internal("the expression failed inside Oriel; its log says where")
            })?;
            answers = all;
            answered
        };
        if query["hide"] != true {
            let value = match &answered {
                Ok(frames) => json!({ "status": 200, "frames": frames }),
                Err(error) => {
                    failed = StatusCode::BAD_REQUEST;
                    json!({ "status": error.status.as_u16(), "error": error.message, "errorSource": "downstream", "frames": [] })
                }
            };
            results.insert(reference.to_owned(), value);
        }
        answers.insert(reference.to_owned(), answered.map_err(|error| error.message));
    }
    Ok(respond::with_type(failed, respond::JSON, json!({ "results": results }).to_string()))
}

async fn one(
    state: &Arc<State>,
    source: &Source,
    headers: &HeaderMap,
    (query, reference): (&Value, &str),
    (from, to): (i64, i64),
) -> Result<Vec<Value>, ApiError> {
    let asked = Asked::new(query, source.signal, from, to);
    if source.signal == Signal::Traces {
        return traces::frames(state, headers, &asked, reference).await;
    }
    if text(query, "expr").trim().is_empty() {
        return Err(ApiError::bad("expected a query text `expr`"));
    }
    let is_instant = query["instant"] == true || text(query, "queryType") == "instant";
    let is_range = query["range"].as_bool().unwrap_or(!is_instant);
    let mut found = Vec::new();
    for instant in [false, true] {
        if (instant && !is_instant) || (!instant && !is_range) {
            continue;
        }
        let path = if instant { "query" } else { "query_range" };
        let prefix = if source.signal == Signal::Logs { "loki/api/v1" } else { "api/v1" };
        let form = asked.form(instant);
        let answered = ask(state, headers, source.signal, &format!("{prefix}/{path}"), &form).await?;
        let said = frames::Said { reference, legend: text(query, "legendFormat"), asked: &asked, instant };
        found.extend(frames::frames(&said, &answered["data"]));
    }
    if query["exemplar"] == true && source.signal == Signal::Metrics {
        let form = asked.form(false);
        let answered = ask(state, headers, source.signal, "api/v1/query_exemplars", &form).await?;
        found.extend(frames::exemplars(reference, &answered["data"]));
    }
    Ok(found)
}

/// By uid, name or number; else by type, since tools of other installations know only that.
async fn source_of(state: &State, tenant: &Tenant, query: &Value) -> Result<Source, ApiError> {
    let named = &query["datasource"];
    let number = query["datasourceId"].as_u64().map(|id| id.to_string());
    let asked = [named.as_str().unwrap_or(""), text(named, "uid"), number.as_deref().unwrap_or("")];
    for one in asked.into_iter().filter(|one| !one.is_empty()) {
        if let Ok(found) = sources::find(state, tenant, one).await {
            return Ok(found);
        }
    }
    let kind = text(named, "type");
    let signal = Signal::of(kind).ok_or_else(|| ApiError::not_found("Data source"))?;
    let all = sources::all(state, tenant).await?;
    all.into_iter().find(|one| one.signal == signal).ok_or_else(|| ApiError::not_found("Data source"))
}

/// `{from, to}` in milliseconds; what it does not say is as in `usual`.
fn range(asked: &Value, now: i64, usual: (i64, i64)) -> (i64, i64) {
    let to = time(&asked["to"], now, true).unwrap_or(usual.1);
    let length = usual.1.saturating_sub(usual.0);
    let from = if asked["to"].is_null() { usual.0 } else { to.saturating_sub(length) };
    (time(&asked["from"], now, false).unwrap_or(from).min(to), to)
}

/// Milliseconds since 1970: a number, a number as text, `now`, `now-` and a duration; `/d` after it is the start, or as the
/// end of a range the end, of a day, and so of other units.
fn time(value: &Value, now: i64, is_end: bool) -> Option<i64> {
    let text = match value {
        Value::Number(number) => return number.as_i64(),
        Value::String(text) => text.as_str(),
        _ => return None,
    };
    let Some(rest) = text.strip_prefix("now") else { return text.parse().ok() };
    let (shift, unit) = rest.split_once('/').map_or((rest, None), |(shift, unit)| (shift, Some(unit)));
    let at = match shift.split_at_checked(1) {
        None => now,
        Some(("-", back)) => now.checked_sub(duration::parse(back).ok()?)?,
        Some(("+", on)) => now.checked_add(duration::parse(on).ok()?)?,
        Some(_) => return None,
    };
    let Some(unit) = unit else { return Some(at) };
    // Weeks begin on Monday, which 1970 did not.
    let (length, start) = match unit {
        "s" => (1_000, 0),
        "m" => (60_000, 0),
        "h" => (3_600_000, 0),
        "d" => (DAY_MILLIS, 0),
        "w" => (7 * DAY_MILLIS, 4 * DAY_MILLIS),
        _ => return None,
    };
    let floor = (at - start).div_euclid(length) * length + start;
    Some(if is_end { floor + length - 1 } else { floor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_texts_and_now() {
        for (value, millis) in [
            (json!(5), Some(5)),
            (json!("7"), Some(7)),
            (json!("now"), Some(1_000_000)),
            (json!("now-1m"), Some(940_000)),
            (json!("now+1s"), Some(1_001_000)),
            (json!("now/h"), Some(0)),
            (json!("now-1s/m"), Some(960_000)),
            (json!("now/y"), None),
            (json!("soon"), None),
            (json!(null), None),
        ] {
            assert_eq!(time(&value, 1_000_000, false), millis, "{value}");
        }
        assert_eq!(time(&json!("now/d"), 1_000_000, true), Some(DAY_MILLIS - 1));
        // A Thursday: the week began on the Monday before.
        assert_eq!(time(&json!("now/w"), 7 * DAY_MILLIS, false), Some(4 * DAY_MILLIS));
        let usual = (1_000, 9_000);
        assert_eq!(range(&json!({ "to": "20000" }), 0, usual), (12_000, 20_000));
        assert_eq!(range(&json!({ "from": 5_000 }), 0, usual), (5_000, 9_000));
        assert_eq!(range(&Value::Null, 0, usual), usual);
    }
}

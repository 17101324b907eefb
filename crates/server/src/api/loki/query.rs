//! `/loki/api/v1/query` and `/loki/api/v1/query_range`: LogQL at one instant and over a range.
//!
//! The first stop of the read walk of lines; next is `logql/syntax/parser.rs`, the last is `encode.rs` beside this file.

use super::{ApiError, encode, params};
use crate::body::header_text;
use crate::error::Fault;
use crate::limits::Limits;
use crate::params::Params;
use crate::respond;
use crate::run::Title;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Context, Stats};
use http::{HeaderMap, Request, StatusCode};
use logql::{Expr, LogqlError, LogqlResult};
use model::Nanos;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// The header that asks for how answers are written, and its one known flag.
pub(crate) const FLAGS_HEADER: &str = "x-loki-response-encoding-flags";
const CATEGORIZE: &str = "categorize-labels";

/// The start of the tag of a client that prefers part of an answer to none.
const PARTIAL_CLIENT: &str = "grafana-lokiexplore-app";

impl From<LogqlError> for Fault {
    fn from(error: LogqlError) -> Self {
        match error {
            LogqlError::Source(source) => Fault::from(source),
            other => Fault::new(other.kind(), other.to_string()),
        }
    }
}

/// Over a range.
pub(super) async fn range(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let now = Nanos(state.clock.now_nanos());
    let range = params::ordered_range(&params, now)?;
    let limit = params::limit(&params)?;
    let direction = params::direction(&params)?;
    let step = params::step(&params, range, &state.limits_for(&parts.headers))?;
    let interval = params::interval(&params)?;
    let query = logql::parse(params.get("query")).map_err(|e| Fault::invalid(e.to_string()))?;
    check_lines(&query, limit, &state.limits_for(&parts.headers))?;
    params::check_length(range, &state.limits_for(&parts.headers))?;
    let asked = logql::Params {
        start: range.start,
        end: range.end,
        step,
        interval,
        limit,
        direction,
        ..shared_params(&state, &parts.headers)
    };
    answer(&state, &parts.headers, query, asked, false).await
}

/// At one instant.
pub(super) async fn instant(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let now = Nanos(state.clock.now_nanos());
    let at = params.some("time").map(params::time).transpose().map_err(Fault::invalid)?.unwrap_or(now);
    let limit = params::limit(&params)?;
    let direction = params::direction(&params)?;
    let query = logql::parse(params.get("query")).map_err(|e| Fault::invalid(e.to_string()))?;
    let asked =
        logql::Params { start: at, end: at, limit, direction, ..shared_params(&state, &parts.headers) };
    answer(&state, &parts.headers, query, asked, true).await
}

/// What limits and headers say about a query.
pub(crate) fn shared_params(state: &State, headers: &HeaderMap) -> logql::Params {
    logql::Params {
        start: Nanos(0),
        end: Nanos(0),
        step: 1,
        interval: 0,
        limit: 0,
        direction: contract::Direction::Backward,
        categorise: flags(headers).contains(&CATEGORIZE),
        max_series: Limits::size(state.limits().max_log_query_series),
        partial_series: header_text(headers, "x-query-tags").contains(PARTIAL_CLIENT),
    }
}

/// The flags that a request asks for.
pub(super) fn flags(headers: &HeaderMap) -> Vec<&str> {
    header_text(headers, FLAGS_HEADER).split(',').map(str::trim).filter(|flag| !flag.is_empty()).collect()
}

pub(super) fn check_lines(query: &Expr, limit: usize, limits: &Limits) -> Result<(), Fault> {
    if matches!(query, Expr::Log(_)) && limit as u64 > limits.max_query_lines {
        return Err(Fault::invalid(format!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {})",
            limits.max_query_lines
        )));
    }
    Ok(())
}

/// Evaluates a query; also answers what it cost.
pub(crate) async fn evaluate(
    state: &Arc<State>,
    headers: &HeaderMap,
    query: Expr,
    asked: logql::Params,
    at_once: bool,
) -> Result<(LogqlResult, Arc<Stats>), Fault> {
    let tenant = state.options.tenancy.of(headers)?;
    let cx = state.query_context(tenant, None);
    let cost = cx.stats.clone();
    let source = state.engines.logs.clone();
    let title = Title {
        signal: "logs",
        kind: if at_once { "instant" } else { "range" },
        query: query.to_string(),
        range: (asked.start.0 / 1_000_000, asked.end.0 / 1_000_000),
    };
    let run = move |cx: Context| async move {
        if at_once {
            logql::instant(source.as_ref(), &cx, &query, &asked).await
        } else {
            logql::range(source.as_ref(), &cx, &query, &asked).await
        }
    };
    Ok((state.run_titled(title, cx, run).await?, cost))
}

async fn answer(
    state: &Arc<State>,
    headers: &HeaderMap,
    query: Expr,
    asked: logql::Params,
    at_once: bool,
) -> Result<Response, ApiError> {
    let began = state.clock.monotonic();
    let categorise = asked.categorise;
    let (result, cost) = evaluate(state, headers, query, asked, at_once).await?;
    let seconds = state.clock.monotonic().saturating_sub(began).as_secs_f64();
    let setting = encode::Setting { flags: &flags(headers), categorise, cost: &cost, seconds };
    Ok(respond::with_type(StatusCode::OK, encode::JSON, encode::result(&result, &setting)))
}

/// `/loki/api/v1/format_query`
pub(super) async fn format(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let (status, body) = match logql::parse(params.get("query")) {
        Ok(query) => {
            (StatusCode::OK, serde_json::json!({ "status": "success", "data": logql::pretty(&query) }))
        }
        Err(error) => (
            StatusCode::BAD_REQUEST,
            serde_json::json!({ "status": "invalid-query", "error": error.to_string() }),
        ),
    };
    Ok(respond::with_type(status, "application/json; charset=utf-8", body.to_string()))
}

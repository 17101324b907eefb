//! `/api/v1/query` and `/api/v1/query_range`: PromQL at one time and at every step.
//!
//! The first stop of the read walk of samples; next is `promql/eval.rs`, the last is `encode.rs` beside this file.

mod log;

use super::encode::{self, Notes};
use super::{ApiError, times};
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
use contract::Context;
use http::request::Parts;
use http::{HeaderMap, Request};
use model::Millis;
use promql::{ParseOptions, QueryError, QueryResult, SampleCounts};
use query::{Grid, Value};
use std::sync::Arc;
use std::time::Duration;

type Shared = extract::State<Arc<State>>;

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        let text = error.to_string();
        match error {
            QueryError::Parse(_) | QueryError::Invalid(_) => {
                Fault::invalid(format!("invalid parameter \"query\": {text}"))
            }
            QueryError::Timeout => Fault::timeout(text),
            QueryError::Canceled => Fault::new(stdx::ErrorKind::Canceled, text),
            QueryError::Source(source) => match source.kind() {
                stdx::ErrorKind::Limit => Fault::execution(text),
                kind => Fault::new(kind, text),
            },
            QueryError::Execution(_) | QueryError::TooManySamples => Fault::execution(text),
        }
    }
}

/// What of the language is enabled: all of it.
pub(super) fn parse_options() -> ParseOptions {
    ParseOptions::all()
}

/// What both endpoints take.
struct Asked {
    parts: Parts,
    params: Params,
    limit: usize,
    options: promql::Options,
    timeout: Option<Duration>,
}

/// How a query is evaluated when it says nothing itself.
pub(crate) fn usual_options(state: &State) -> promql::Options {
    let (usual, language) = (promql::Options::default(), state.options.language);
    promql::Options {
        parse: parse_options(),
        max_samples: state.limits().max_query_samples,
        lookback: state.options.lookback_millis.unwrap_or(usual.lookback),
        delayed_name_removal: language.delayed_name_removal,
        start_timestamps: language.start_timestamps,
        type_and_unit_labels: language.type_and_unit_labels,
        ..usual
    }
}

async fn read(state: &State, request: Request<Body>) -> Result<Asked, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let limit = times::limit(&params)?;
    let timeout = match params.some("timeout") {
        None => None,
        Some(text) => {
            let millis = times::duration(text)
                .map_err(|e| Fault::invalid(format!("invalid parameter \"timeout\": {e}")))?;
            Some(Duration::from_millis(millis.max(0.0) as u64))
        }
    };
    let mut options = usual_options(state);
    if let Some(text) = params.some("lookback_delta") {
        let fail = |e| Fault::invalid(format!("error parsing lookback delta duration: {e}"));
        options.lookback = times::duration(text).map_err(fail)? as i64;
    }
    Ok(Asked { parts, params, limit, options, timeout })
}

/// At one time.
pub(super) async fn instant(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let asked = read(&state, request).await?;
    let at = times::optional(&asked.params, "time")?.unwrap_or(Millis(state.clock.now_millis()));
    answer(&state, asked, When::At(at)).await
}

/// At every step.
pub(super) async fn range(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let asked = read(&state, request).await?;
    let grid = grid(&state, &asked)?;
    answer(&state, asked, When::Over(grid)).await
}

/// The steps that `start`, `end` and `step` name.
fn grid(state: &State, asked: &Asked) -> Result<Grid, ApiError> {
    let params = &asked.params;
    let start = times::needed(params, "start")?;
    let end = times::needed(params, "end")?;
    if end < start {
        return Err(
            Fault::invalid("invalid parameter \"end\": end timestamp must not be before start time").into()
        );
    }
    let step = times::duration(params.get("step"))
        .map_err(|e| Fault::invalid(format!("invalid parameter \"step\": {e}")))?;
    // NaN is neither, and falls under the same words.
    let step = if step >= 1.0 { step as i64 } else { 0 };
    if step <= 0 {
        let text = "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a \
                    positive integer";
        return Err(Fault::invalid(text).into());
    }
    if ((end.0 - start.0) / step) as u64 > state.limits_for(&asked.parts.headers).max_query_points {
        let text = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution \
                    (?step=XX)";
        return Err(Fault::invalid(text).into());
    }
    Ok(Grid::new(start.0, end.0, step))
}

/// The times of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    At(Millis),
    Over(Grid),
}

/// How it is evaluated.
#[derive(Debug, Clone)]
pub(crate) struct How {
    pub(crate) options: promql::Options,
    pub(crate) timeout: Option<Duration>,
    /// Without what is kept of earlier answers.
    pub(crate) anew: bool,
}

/// Evaluates a query for the tenants that the headers name.
pub(crate) async fn evaluate(
    state: &Arc<State>,
    headers: &HeaderMap,
    query: String,
    when: When,
    How { options, timeout, anew }: How,
) -> Result<QueryResult, Fault> {
    let (tenant, source) = state.reader(headers)?;
    let limits = state.limits_of(&tenant);
    let options = promql::Options { max_samples: limits.max_query_samples, ..options };
    let Some(when) = within(when, &limits, state.clock.now_millis())? else { return Ok(nothing(when)) };
    let cx = state.query_context(tenant, timeout);
    let (kind, range) = match when {
        When::At(at) => ("instant", (at.0, at.0)),
        When::Over(grid) => ("range", (grid.start, grid.end)),
    };
    let title = Title { signal: "metrics", kind, query: query.clone(), range };
    let (noted, owner, began) = (query.clone(), cx.tenant.clone(), state.clock.monotonic());
    let shared = state.clone();
    let run = move |cx: Context| async move {
        match when {
            When::Over(grid) if !anew => {
                promql::range_kept(source.as_ref(), &cx, &query, grid, &options, &shared.results).await
            }
            When::At(at) => promql::instant(source.as_ref(), &cx, &query, at, &options).await,
            When::Over(grid) => promql::range(source.as_ref(), &cx, &query, grid, &options).await,
        }
    };
    let outcome = state.run_here(title, cx, run).await;
    let seconds = state.clock.monotonic().saturating_sub(began).as_secs_f64();
    log::note(state, &owner, (&noted, when), seconds, &outcome).await;
    outcome
}

/// The part of a query's times that its tenant may ask for; `None` when all of them are too far back.
fn within(when: When, limits: &Limits, now: i64) -> Result<Option<When>, Fault> {
    let millis = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let oldest = match limits.max_metric_lookback_seconds {
        0 => i64::MIN,
        seconds => now.saturating_sub(millis(seconds)),
    };
    let grid = match when {
        When::At(at) => return Ok((at.0 >= oldest).then_some(when)),
        When::Over(grid) => grid,
    };
    let (length, limit) = (grid.end.saturating_sub(grid.start), millis(limits.max_metric_query_seconds));
    if limit > 0 && length > limit {
        return Err(Fault::invalid(format!(
            "the total query time range (end - start) exceeds the limit (query length: {}, limit: {}; \
             max_metric_query_seconds)",
            query::duration::format(length),
            query::duration::format(limit)
        )));
    }
    // Steps stay where they are: what is kept of earlier answers is found by them.
    let skipped = oldest.saturating_sub(grid.start).max(0);
    let steps = skipped / grid.step + i64::from(skipped % grid.step > 0);
    let start = grid.start.saturating_add(steps.saturating_mul(grid.step));
    Ok((start <= grid.end).then(|| When::Over(Grid::new(start, grid.end, grid.step))))
}

fn nothing(when: When) -> QueryResult {
    let value = match when {
        When::At(_) => Value::Vector(Vec::new()),
        When::Over(_) => Value::Matrix(Vec::new()),
    };
    QueryResult { value, warnings: Vec::new(), infos: Vec::new(), samples: SampleCounts::default() }
}

async fn answer(state: &Arc<State>, asked: Asked, when: When) -> Result<Response, ApiError> {
    let grid = match when {
        When::At(at) => Grid::instant(at.0),
        When::Over(grid) => grid,
    };
    let query = asked.params.get("query").to_owned();
    let began = state.clock.monotonic();
    // Statistics are about an evaluation, so there has to be one.
    let anew = ["stats", "nocache"].iter().any(|name| !asked.params.get(name).is_empty());
    let how = How { options: asked.options, timeout: asked.timeout, anew };
    let QueryResult { mut value, warnings, infos, samples } =
        evaluate(state, &asked.parts.headers, query, when, how).await?;
    let mut notes = Notes { warnings, infos };
    if truncate(&mut value, asked.limit) {
        notes.warnings.push("results truncated due to limit".to_owned());
    }
    // The evaluation has given back its memory; the answer waits here until its text is written.
    let reserved = state.budget.reserve(encode::memory(&value)).map_err(contract::SourceError::from);
    let _memory = reserved.map_err(QueryError::from).map_err(Fault::from)?;
    let seconds = state.clock.monotonic().saturating_sub(began).as_secs_f64();
    let stats = match asked.params.get("stats") {
        "" => None,
        kind => {
            if !matches!(kind, "true" | "all") {
                notes.warnings.push(format!(
                    "value {} for parameter \"stats\" is deprecated and will be rejected in the next major release, use \
                     \"true\" or \"all\"",
                    query::quote::quote(kind)
                ));
            }
            let times = (kind == "all").then(|| grid.times().collect());
            Some(stats(&samples, times, seconds))
        }
    };
    Ok(respond::json(encode::envelope(|out| encode::value(out, &value, stats.as_deref()), &notes)))
}

/// Cuts a result to `limit` series (0: all) and says whether it was longer.
fn truncate(value: &mut Value, limit: usize) -> bool {
    fn cut<T>(all: &mut Vec<T>, limit: usize) -> bool {
        let longer = limit > 0 && all.len() > limit;
        if longer {
            all.truncate(limit);
        }
        longer
    }
    match value {
        Value::Vector(samples) => cut(samples, limit),
        Value::Matrix(series) => cut(series, limit),
        Value::Scalar { .. } | Value::Text { .. } => false,
    }
}

/// Timings and sample counts as JSON; by step when `times` are given.
fn stats(samples: &SampleCounts, times: Option<Vec<i64>>, seconds: f64) -> String {
    let mut out = String::from(r#"{"timings":{"#);
    for (i, name) in [
        "evalTotalTime",
        "resultSortTime",
        "queryPreparationTime",
        "innerEvalTime",
        "execQueueTime",
        "execTotalTime",
    ]
    .iter()
    .enumerate()
    {
        let comma = if i == 0 { "" } else { "," };
        let value =
            if matches!(*name, "evalTotalTime" | "execTotalTime" | "innerEvalTime") { seconds } else { 0.0 };
        push(&mut out, format_args!(r#"{comma}"{name}":{value}"#));
    }
    out.push_str(r#"},"samples":{"#);
    for (name, counts) in
        [("totalQueryableSamplesPerStep", &samples.queryable), ("samplesReadPerStep", &samples.read)]
    {
        let Some(times) = &times else { break };
        push(&mut out, format_args!(r#""{name}":"#));
        json::list(&mut out, times.iter().zip(counts), |out, (at, count)| {
            out.push('[');
            json::seconds(out, Millis(*at));
            push(out, format_args!(",{count}]"));
        });
        out.push(',');
    }
    let (queryable, read, peak) = (samples.total_queryable(), samples.total_read(), samples.peak);
    push(
        &mut out,
        format_args!(r#""totalQueryableSamples":{queryable},"peakSamples":{peak},"samplesRead":{read}}}}}"#),
    );
    out
}

/// `/api/v1/format_query`
pub(super) async fn format(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let expr = promql::parse(params.get("query"), &parse_options()).map_err(QueryError::from)?;
    let pretty = promql::pretty(&expr);
    Ok(respond::json(encode::envelope(|out| json::string(out, &pretty, false), &Notes::default())))
}

/// `/api/v1/explain_query`: how a query would be computed, over the steps of `start`, `end` and `step` or, without them, at
/// one time. Nothing is read.
pub(super) async fn explain(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let asked = read(&state, request).await?;
    let over = asked.params.some("step").is_some();
    let grid = match over {
        true => grid(&state, &asked)?,
        false => Grid::instant(
            times::optional(&asked.params, "time")?.unwrap_or(Millis(state.clock.now_millis())).0,
        ),
    };
    let plan =
        promql::explain(asked.params.get("query"), grid, !over, &asked.options).map_err(Fault::from)?;
    let text = plan.to_string();
    Ok(respond::json(encode::envelope(|out| json::string(out, &text, false), &Notes::default())))
}

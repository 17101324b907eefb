//! `/api/metrics/query_range` and `/api/metrics/query`: spans counted and measured, over time and at one instant.

use super::search::any;
use super::{ApiError, encode, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::run::Title;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use model::Tenant;
use std::sync::Arc;
use std::time::Duration;
use traceql::metrics::{
    DEFAULT_EXEMPLARS, DEFAULT_MAX_SERIES, InstantParams, MetricSeries, MetricsResult, RangeParams,
    check_window, default_step, metrics_instant, metrics_range,
};
use traceql::{Metrics, MetricsFunction, Query, TraceqlError, Value};

type Shared = extract::State<Arc<State>>;

/// What both endpoints take.
pub(crate) struct Asked {
    query: String,
    start: i64,
    end: i64,
    step: Option<i64>,
    exemplars: usize,
    pub(super) max_series: usize,
}

impl Asked {
    /// A query as it is, with the usual exemplars and series; times in nanoseconds.
    pub(crate) fn plain(query: String, (start, end): (i64, i64), step: Option<i64>) -> Self {
        Asked { query, start, end, step, exemplars: DEFAULT_EXEMPLARS, max_series: DEFAULT_MAX_SERIES }
    }

    /// The same over the newest part of the range, a `share`-th of it, when each sample is the same there: spans that are
    /// counted or measured, and no choice among the series. Ranges of few steps are not worth it.
    pub(super) fn newest(&self, share: i64) -> Option<Self> {
        let step = self.step.unwrap_or_else(|| default_step(self.start, self.end)).max(1);
        let steps = self.end.saturating_sub(self.start) / step;
        if steps < MIN_PARTIAL_STEPS || !is_plain(&self.query) {
            return None;
        }
        let start = (self.end.saturating_sub(steps / share * step)).div_euclid(step).saturating_mul(step);
        Some(Asked { query: self.query.clone(), start, step: Some(step), ..*self })
    }

    fn title(&self, kind: &'static str) -> Title {
        let range = (self.start / 1_000_000, self.end / 1_000_000);
        Title { signal: "traces", kind, query: self.query.clone(), range }
    }
}

/// Steps from which on an answer is worth sending in parts.
const MIN_PARTIAL_STEPS: i64 = 32;

/// Whether the series of a part of the range are among those of all of it, with the same samples.
fn is_plain(query: &str) -> bool {
    let Ok(Query { body: traceql::Body::Metrics(Metrics::Query(query)), .. }) = traceql::parse(query) else {
        return false;
    };
    !matches!(query.function, MetricsFunction::Compare { .. })
}

/// Reads the parameters.
pub(super) fn read(params: &Params, now_nanos: i64) -> Result<Asked, Fault> {
    let (start, end) = times::metrics_range(params, now_nanos)?;
    let step = params.some("step").map(times::step).transpose()?;
    // 0 stands for the default; only the query itself turns exemplars off.
    let count =
        |name: &str, default: usize| params.get(name).parse().ok().filter(|n| *n > 0).unwrap_or(default);
    let query = params.some("q").unwrap_or_else(|| params.get("query"));
    Ok(Asked {
        query: query.to_owned(),
        start,
        end,
        step,
        exemplars: count("exemplars", DEFAULT_EXEMPLARS),
        max_series: count("maxSeries", DEFAULT_MAX_SERIES),
    })
}

/// The replaced system compiles a query after parsing it, and says so; an instant query is parsed while it compiles.
fn told(error: TraceqlError, at_once: bool) -> Fault {
    match error {
        TraceqlError::Parse { .. } if !at_once => Fault::invalid(error.to_string()),
        TraceqlError::Limit(text) => Fault::invalid(text),
        TraceqlError::Source(source) => Fault::from(source),
        other => Fault::invalid(format!("compiling query: {other}")),
    }
}

fn longest(state: &State, tenant: &Tenant) -> Duration {
    times::reading(state, tenant).longest_metrics.unwrap_or_default()
}

/// Runs a query over time.
pub(crate) async fn run_range(
    state: &Arc<State>,
    tenant: Tenant,
    asked: &Asked,
) -> Result<MetricsResult, Fault> {
    let step = asked.step.unwrap_or_else(|| default_step(asked.start, asked.end));
    traceql::parse(&asked.query).map_err(|e| told(e, false))?;
    check_window(asked.start, asked.end, Some(step), longest(state, &tenant)).map_err(|e| told(e, false))?;
    let window = RangeParams {
        start: asked.start,
        end: asked.end,
        step,
        exemplars: asked.exemplars,
        max_series: asked.max_series,
    };
    let cx = state.query_context(tenant, None);
    let (source, query) = (state.engines.spans.clone(), asked.query.clone());
    let run = move |cx| async move {
        metrics_range(source.as_ref(), &cx, &query, window).await.map_err(|e| told(e, false))
    };
    state.run_titled(asked.title("range"), cx, run).await
}

/// Runs a query at one instant.
pub(crate) async fn run_instant(
    state: &Arc<State>,
    tenant: Tenant,
    asked: &Asked,
) -> Result<MetricsResult, Fault> {
    check_window(asked.start, asked.end, None, longest(state, &tenant)).map_err(|e| told(e, true))?;
    let window = InstantParams {
        start: asked.start,
        end: asked.end,
        exemplars: asked.exemplars,
        max_series: asked.max_series,
    };
    let cx = state.query_context(tenant, None);
    let (source, query) = (state.engines.spans.clone(), asked.query.clone());
    let run = move |cx| async move {
        metrics_instant(source.as_ref(), &cx, &query, window).await.map_err(|e| told(e, true))
    };
    state.run_titled(asked.title("instant"), cx, run).await
}

/// Over time.
pub(super) async fn range(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let asked = read(&params, state.clock.now_nanos())?;
    let result = run_range(&state, tenant, &asked).await?;
    Ok(answer(&result, asked.max_series, |out, series| {
        out.push_str(r#","samples":"#);
        json::list(out, &series.samples, |out, (at, value)| {
            push(out, format_args!(r#"{{"timestampMs":"{at}""#));
            number(out, *value);
            out.push('}');
        });
    }))
}

/// At one instant.
pub(super) async fn instant(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let asked = read(&params, state.clock.now_nanos())?;
    let mut result = run_instant(&state, tenant, &asked).await?;
    // An instant has values only.
    result.series.iter_mut().for_each(|series| series.exemplars.clear());
    Ok(answer(&result, asked.max_series, |out, series| {
        if let Some((_, value)) = series.samples.last() {
            number(out, *value);
        }
    }))
}

/// What is said of an answer with more series than were asked for.
pub(super) fn too_many(max_series: usize) -> String {
    format!("Response exceeds maximum series limit of {max_series}, a partial response is returned")
}

/// `,"value":..`, left out when it is zero.
fn number(out: &mut String, value: f64) {
    if value != 0.0 {
        out.push_str(r#","value":"#);
        encode::number(out, value);
    }
}

fn labels(out: &mut String, labels: &[(String, Value)]) {
    json::list(out, labels, |out, (key, value)| encode::attribute(out, key, &any(value)));
}

fn answer(
    result: &MetricsResult,
    max_series: usize,
    samples: impl Fn(&mut String, &MetricSeries),
) -> Response {
    let mut out = String::from(r#"{"series":"#);
    json::list(&mut out, &result.series, |out, series| {
        out.push_str(r#"{"labels":"#);
        labels(out, &series.labels);
        samples(out, series);
        if !series.exemplars.is_empty() {
            out.push_str(r#","exemplars":"#);
            json::list(out, &series.exemplars, |out, exemplar| {
                out.push_str(r#"{"labels":"#);
                labels(out, &exemplar.labels);
                number(out, exemplar.value);
                push(out, format_args!(r#","timestampMs":"{}"}}"#, exemplar.at));
            });
        }
        out.push('}');
    });
    push(
        &mut out,
        format_args!(
            r#","metrics":{{"inspectedSpans":"{}","completedJobs":1,"totalJobs":1}}"#,
            result.inspected
        ),
    );
    if result.truncated {
        push(&mut out, format_args!(r#","status":"PARTIAL","message":"{}""#, too_many(max_series)));
    }
    out.push('}');
    respond::json(out)
}

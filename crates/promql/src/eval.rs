//! From a query's text to its answer: parse, plan, fetch all selectors, then compute.
//!
//! Fetching is async and comes first; computing is sync. Large computations run on the pool for blocking work, so that a
//! heavy query does not hold up the runtime.

use crate::error::QueryError;
use crate::exec::{self, SampleCounts};
use crate::options::Options;
use crate::plan::{self, Plan};
use crate::results::{self, ResultCache};
use crate::syntax::ast::{Expr, ValueType};
use crate::syntax::parser::parse;
use contract::{Context, Series, SeriesSelect, SeriesSource};
use model::{Millis, TimeRange};
use query::{Grid, Value};
use std::sync::Arc;

/// Computations over more points than this leave the runtime's threads: about a millisecond of work.
const INLINE_POINTS: usize = 100_000;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// What was asked for.
    pub value: Value,
    /// Things that are probably wrong, each ending in its place.
    pub warnings: Vec<String>,
    /// Things worth knowing, each ending in its place.
    pub infos: Vec<String>,
    /// Samples touched, by step.
    pub samples: SampleCounts,
}

/// Evaluates `query` at one time.
pub async fn instant(
    source: &dyn SeriesSource,
    cx: &Context,
    query: &str,
    at: Millis,
    options: &Options,
) -> Result<QueryResult, QueryError> {
    let expr = parse(query, &options.parse)?;
    let plan = plan::build(&expr, Grid::instant(at.0), true, options)?;
    evaluate(source, cx, query, plan, options, true).await
}

/// Evaluates `query` at every step of `grid`.
pub async fn range(
    source: &dyn SeriesSource,
    cx: &Context,
    query: &str,
    grid: Grid,
    options: &Options,
) -> Result<QueryResult, QueryError> {
    let expr = parse(query, &options.parse)?;
    check_range_type(&expr)?;
    let plan = plan::build(&expr, grid, false, options)?;
    evaluate(source, cx, query, plan, options, false).await
}

/// [`range`], with what was kept of earlier answers in `kept`, which keeps what may be kept of this one.
pub async fn range_kept(
    source: &dyn SeriesSource,
    cx: &Context,
    query: &str,
    grid: Grid,
    options: &Options,
    kept: &ResultCache,
) -> Result<QueryResult, QueryError> {
    let expr = parse(query, &options.parse)?;
    check_range_type(&expr)?;
    // Asked before anything is read: what changes meanwhile makes the answer one that is not used again.
    let settled = source.settled(cx);
    let closed = settled.and_then(|settled| results::closed(cx, query, &expr, &grid, options, settled));
    let Some(closed) = closed else {
        let plan = plan::build(&expr, grid, false, options)?;
        return evaluate(source, cx, query, plan, options, false).await;
    };
    let found = kept.find(&closed, &grid);
    let rest = match &found {
        None => Some(grid),
        Some(found) if found.last >= grid.last() => None,
        Some(found) => Some(Grid { start: found.last + grid.step, ..grid }),
    };
    let fresh = match rest {
        None => None,
        Some(rest) => {
            let plan = plan::build(&expr, rest, false, options)?;
            Some(evaluate(source, cx, query, plan, options, false).await?)
        }
    };
    let result = match (found, fresh) {
        (None, Some(fresh)) => fresh,
        (Some(found), fresh) => results::joined(found, &grid, fresh),
        (None, None) => return range(source, cx, query, grid, options).await,
    };
    kept.keep(closed, &grid, &result);
    Ok(result)
}

/// The plan of a query, for EXPLAIN.
pub fn explain(query: &str, grid: Grid, instant: bool, options: &Options) -> Result<Plan, QueryError> {
    let expr = parse(query, &options.parse)?;
    plan::build(&expr, grid, instant, options)
}

fn check_range_type(expr: &Expr) -> Result<(), QueryError> {
    let found = expr.value_type();
    if matches!(found, ValueType::Scalar | ValueType::Vector) {
        return Ok(());
    }
    let found = found.documented();
    Err(QueryError::Invalid(format!(
        "invalid expression type {found:?} for range query, must be Scalar or instant Vector"
    )))
}

async fn evaluate(
    source: &dyn SeriesSource,
    cx: &Context,
    query: &str,
    mut plan: Plan,
    options: &Options,
    instant: bool,
) -> Result<QueryResult, QueryError> {
    cx.check()?;
    if source.has_digests(cx) {
        plan::ask_for_digests(&mut plan);
    }
    let data = fetch(source, cx, &plan).await?;
    let bytes: usize = data.iter().flat_map(|series| series.iter()).map(heap_bytes).sum();
    let memory = cx.budget.reserve(bytes as u64)?;
    let series: usize = data.iter().map(|s| s.len()).sum();
    let points = series.saturating_mul(plan.grid.len()).saturating_add(bytes / 16);
    let (value, annotations, samples) = if points > INLINE_POINTS {
        let (cx, options) = (cx.clone(), options.clone());
        let work = stdx::task::blocking(move || exec::run(&plan, &data, &cx, &options, instant));
        work.join().await.map_err(|e| QueryError::Execution(format!("the evaluation broke off: {e}")))??
    } else {
        exec::run(&plan, &data, cx, options, instant)?
    };
    drop(memory);
    let (warnings, infos) = annotations.into_texts(query);
    Ok(QueryResult { value, warnings, infos, samples })
}

/// The series of each select, in order.
async fn fetch(
    source: &dyn SeriesSource,
    cx: &Context,
    plan: &Plan,
) -> Result<Vec<Arc<Vec<Series>>>, QueryError> {
    let mut data = Vec::with_capacity(plan.selects.len());
    for select in &plan.selects {
        if select.end <= select.start {
            data.push(Arc::default());
            continue;
        }
        let range = TimeRange::new(Millis(select.start), Millis(select.end));
        let digest = select.digest;
        let select = SeriesSelect { matchers: select.matchers.clone(), range, need: select.need };
        let series = match digest {
            Some((digest, edges)) => source.select_digest(cx, select, digest, edges).await?,
            None => source.select(cx, select).await?,
        };
        data.push(Arc::new(series));
    }
    Ok(data)
}

/// Bytes of a series' samples; timestamps are shared and counted as if they were not.
fn heap_bytes(series: &Series) -> usize {
    let histogram =
        |h: &model::FloatHistogram| 200 + 8 * (h.positive_buckets.len() + h.negative_buckets.len());
    series.timestamps.len() * 16 + series.histograms.iter().map(|(_, h)| histogram(h)).sum::<usize>()
}

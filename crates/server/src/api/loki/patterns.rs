//! `/loki/api/v1/patterns`: the patterns that lines follow, and how often over time.
//!
//! The range is cut into slices; of each slice at most [`SLICE_LINES`] lines are read, the last ones, and stand for all
//! of its lines, whose number is known without reading them. So a month costs as much as an hour, short ranges are exact,
//! and long ones are estimates whose sum is right. A query with stages counts the lines that it shows: of a slice up to
//! [`LOOKED_AT`] lines are looked at, from its end on, and the part of the slice that they cover stands for all of it.

use super::labels::selector;
use super::{ApiError, encode, params};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Context, Direction, LogRow, LogSelect, LogSource, SourceError};
use http::{Request, StatusCode};
use logql::{MinedPattern, PatternMiner, Selected};
use model::{Nanos, TimeRange};
use std::sync::Arc;

/// The finest step: what the replaced system counts by.
const MIN_STEP: i64 = 10_000_000_000;
/// Slices of a range: enough to see when a pattern came and went.
const SLICES: i64 = 64;
/// Lines of a slice that are read: with [`SLICES`] about 260,000 lines, a second of reading.
const SLICE_LINES: usize = 4096;
/// Lines of a slice that the stages of a query are asked about: with [`SLICES`] about a million, some seconds of parsing.
const LOOKED_AT: usize = 4 * SLICE_LINES;
/// The metadata that holds a line's level.
const LEVEL: &str = "detected_level";

/// What is asked for.
struct Asked {
    selected: Selected,
    range: TimeRange<Nanos>,
    step: i64,
}

/// The patterns of the selected streams.
pub(super) async fn patterns(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::ordered_range(&params, Nanos(state.clock.now_nanos()))?;
    let limits = state.limits_for(&parts.headers);
    let step = params::step(&params, range, &limits)?.max(MIN_STEP);
    let selected = read_query(params.get("query"))?;
    params::check_length(range, &limits)?;
    let asked = Asked { selected, range, step };
    let cx = state.query_context(state.options.tenancy.of(&parts.headers)?, None);
    let source = state.engines.logs.clone();
    let found: Vec<MinedPattern> = state
        .run::<_, SourceError, _, _>(cx, move |cx| async move { mine(source.as_ref(), &cx, &asked).await })
        .await?;
    Ok(respond::with_type(StatusCode::OK, encode::JSON, written(&found)))
}

/// A selector, with stages or without.
fn read_query(text: &str) -> Result<Selected, Fault> {
    let with_stages = logql::shown(text).ok().filter(|query| query.test.is_some() || !query.lines.is_empty());
    match with_stages {
        Some(query) => Ok(query),
        None => Ok(Selected {
            matchers: selector(text)?,
            lines: Vec::new(),
            metadata: Vec::new(),
            texts: Vec::new(),
            test: None,
        }),
    }
}

fn written(patterns: &[MinedPattern]) -> String {
    let mut out = String::from(r#"{"status":"success","data":"#);
    json::list(&mut out, patterns, |out, pattern| {
        out.push_str(r#"{"pattern":"#);
        json::string(out, &pattern.pattern, true);
        out.push_str(r#","level":"#);
        json::string(out, &pattern.level, true);
        out.push_str(r#","samples":"#);
        json::list(out, &pattern.samples, |out, (at, lines)| push(out, format_args!("[{at},{lines}]")));
        out.push('}');
    });
    out.push('}');
    out
}

async fn mine(source: &dyn LogSource, cx: &Context, asked: &Asked) -> Result<Vec<MinedPattern>, SourceError> {
    let mut miner = PatternMiner::new(asked.step);
    for slice in slices(asked.range, asked.step) {
        cx.check()?;
        let streams = source.streams(cx, vec![asked.selected.matchers.clone()], slice).await?;
        let total: u64 = streams.iter().map(|(_, lines, _)| lines).sum();
        if total == 0 {
            continue;
        }
        let (rows, weight) = last_lines(source, cx, &asked.selected, slice, total).await?;
        for row in &rows {
            let level = row.metadata.iter().find(|(name, _)| &**name == LEVEL).map_or("", |(_, value)| value);
            miner.add(row.at.0, level, row.text(), weight);
        }
    }
    Ok(miner.finish())
}

/// The last lines of a slice that are wanted, and for how many each stands. `total` is the number of lines of its streams.
async fn last_lines(
    source: &dyn LogSource,
    cx: &Context,
    selected: &Selected,
    slice: TimeRange<Nanos>,
    total: u64,
) -> Result<(Vec<LogRow>, f64), SourceError> {
    let select = LogSelect {
        matchers: selected.matchers.clone(),
        range: slice,
        direction: Direction::Backward,
        lines: selected.lines.clone(),
        metadata: selected.metadata.clone(),
        texts: selected.texts.clone(),
        sieve: None,
    };
    let mut cursor = source.select(cx, select).await?;
    let mut rows: Vec<LogRow> = Vec::new();
    let (mut looked_at, mut reached) = (0, slice.end);
    while rows.len() < SLICE_LINES && looked_at < LOOKED_AT {
        cx.check()?;
        let batch = cursor.next_batch().await?;
        let Some(last) = batch.last() else {
            // All that there is.
            return Ok((rows, 1.0));
        };
        looked_at += batch.len();
        reached = last.at;
        match &selected.test {
            Some(test) => rows.extend(batch.into_iter().filter(|row| test.accepts(row))),
            None => rows.extend(batch),
        }
    }
    if selected.test.is_none() && selected.lines.is_empty() {
        rows.truncate(SLICE_LINES);
        // Fewer than the limit are all there are; lines that are stored twice were counted twice.
        let weight = if rows.len() < SLICE_LINES { 1.0 } else { (total as f64 / rows.len() as f64).max(1.0) };
        return Ok((rows, weight));
    }
    let (all, covered) = (slice.end.0 - slice.start.0, slice.end.0.saturating_sub(reached.0).max(1));
    Ok((rows, (all as f64 / covered as f64).max(1.0)))
}

/// The range cut at multiples of the step, into at most about [`SLICES`] pieces.
fn slices(range: TimeRange<Nanos>, step: i64) -> Vec<TimeRange<Nanos>> {
    let length = range.end.0.saturating_sub(range.start.0);
    let width = (length / SLICES / step).saturating_add(1).saturating_mul(step);
    let mut out = Vec::new();
    let mut start = range.start.0;
    while start < range.end.0 {
        let end = start.div_euclid(width).saturating_add(1).saturating_mul(width).min(range.end.0);
        out.push(TimeRange::new(Nanos(start), Nanos(end)));
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_as_many_slices_as_an_hour() {
        let hour = 3_600_000_000_000i64;
        for (length, step) in [(hour, MIN_STEP), (720 * hour, 600 * 1_000_000_000), (1, MIN_STEP)] {
            let range = TimeRange::new(Nanos(7), Nanos(7 + length));
            let all = slices(range, step);
            assert!(!all.is_empty() && all.len() as i64 <= SLICES + 1, "{length} {}", all.len());
            assert_eq!((all[0].start, all[all.len() - 1].end), (range.start, range.end));
            assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start && pair[0].end.0 % step == 0));
        }
    }
}

//! `/loki/api/v1/index/volume` and `/index/volume_range`: bytes by label set, or by label name.

use super::labels::{Counted, selector, streams};
use super::{ApiError, encode, params, stats};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::Stats;
use http::{Request, StatusCode};
use model::{Labels, MatchOp, Matcher, Millis, Nanos, TimeRange};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// What bytes are added up by.
struct Grouping {
    by_name: bool,
    /// Labels that count; none: all.
    names: Vec<String>,
}

struct Asked {
    grouping: Grouping,
    matchers: Vec<Matcher>,
    range: TimeRange<Nanos>,
    limit: usize,
}

fn read(params: &Params, now: Nanos) -> Result<Asked, Fault> {
    let range = params::ordered_range(params, now)?;
    let by_name = match params.get("aggregateBy") {
        "" | "series" => false,
        "labels" => true,
        _ => return Err(Fault::invalid("invalid aggregation option")),
    };
    let mut matchers = selector(params.get("query"))?;
    let targets: Vec<String> =
        params.get("targetLabels").split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for name in &targets {
        if !matchers.iter().any(|matcher| matcher.name == *name) {
            let present = Matcher::new(name.clone(), MatchOp::Regex, ".+")
                .map_err(|e| Fault::invalid(e.to_string()))?;
            matchers.push(present);
        }
    }
    let names = match (targets.is_empty(), by_name) {
        (false, _) => targets,
        (true, true) => Vec::new(),
        (true, false) => matchers.iter().map(|matcher| matcher.name.clone()).collect(),
    };
    // 0 is taken as the default here, unlike elsewhere.
    let limit = if params.get("limit") == "0" { 100 } else { params::limit(params)? };
    Ok(Asked { grouping: Grouping { by_name, names }, matchers, range, limit })
}

/// Bytes by group.
fn add_up(grouping: &Grouping, streams: &[Counted]) -> BTreeMap<Labels, u64> {
    let mut sums: BTreeMap<Labels, u64> = BTreeMap::new();
    for (labels, _, bytes) in streams {
        let counts = |name: &str| grouping.names.is_empty() || grouping.names.iter().any(|n| n == name);
        if grouping.by_name {
            for (name, _) in labels.iter().filter(|(name, _)| counts(name)) {
                // The name alone identifies the group: its value stands for nothing and is written empty.
                *sums.entry(Labels::from_pairs([(name, name)])).or_default() += bytes;
            }
        } else {
            *sums.entry(labels.filtered(counts)).or_default() += bytes;
        }
    }
    sums
}

fn metric(out: &mut String, grouping: &Grouping, labels: &Labels) {
    out.push_str(r#"{"metric":"#);
    if grouping.by_name {
        json::pairs(out, labels.iter().map(|(name, _)| (name, "")), true);
    } else {
        json::labels(out, labels, true);
    }
    out.push(',');
}

/// Largest first, then by labels.
fn ranked(sums: BTreeMap<Labels, u64>, limit: usize) -> Vec<(Labels, u64)> {
    let mut ranked: Vec<_> = sums.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.truncate(limit);
    ranked
}

fn respond_with(kind: &str, count: usize, result: impl FnOnce(&mut String)) -> Response {
    let mut out = format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":"#);
    result(&mut out);
    out.push_str(r#","stats":"#);
    stats::write(&mut out, &Stats::default(), count, 0.0);
    out.push_str("}}");
    respond::with_type(StatusCode::OK, encode::JSON, out)
}

/// Over the whole range.
pub(super) async fn total(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let asked = read(&params, Nanos(state.clock.now_nanos()))?;
    let selectors = if asked.matchers.is_empty() { vec![] } else { vec![asked.matchers] };
    let all = streams(&state, &parts.headers, selectors, asked.range).await?;
    let groups = ranked(add_up(&asked.grouping, &all), asked.limit);
    let at = asked.range.end.to_millis();
    Ok(respond_with("vector", groups.len(), |out| {
        json::list(out, &groups, |out, (labels, bytes)| {
            metric(out, &asked.grouping, labels);
            out.push_str(r#""value":["#);
            json::seconds(out, at);
            push(out, format_args!(r#","{bytes}"]}}"#));
        });
    }))
}

/// Over each step of the range.
pub(super) async fn by_step(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let asked = read(&params, Nanos(state.clock.now_nanos()))?;
    let step = params::step(&params, asked.range, &state.limits_for(&parts.headers))?;
    let selectors = if asked.matchers.is_empty() { vec![] } else { vec![asked.matchers] };
    let mut sums: BTreeMap<Labels, (u64, Vec<(Millis, u64)>)> = BTreeMap::new();
    for piece in pieces(asked.range, step) {
        let all = streams(&state, &parts.headers, selectors.clone(), piece).await?;
        // A bucket is stamped with its last millisecond, the last one with the end of the range.
        let at = if piece.end >= asked.range.end {
            piece.end.to_millis()
        } else {
            Nanos(piece.end.0 - 1).to_millis()
        };
        for (labels, bytes) in add_up(&asked.grouping, &all) {
            let (total, points) = sums.entry(labels).or_default();
            *total += bytes;
            points.push((at, bytes));
        }
    }
    let totals = sums.iter().map(|(labels, (total, _))| (labels.clone(), *total)).collect();
    let groups = ranked(totals, asked.limit);
    Ok(respond_with("matrix", groups.len(), |out| {
        json::list(out, &groups, |out, (labels, _)| {
            metric(out, &asked.grouping, labels);
            out.push_str(r#""values":"#);
            json::list(out, &sums[labels].1, |out, (at, bytes)| {
                out.push('[');
                json::seconds(out, *at);
                push(out, format_args!(r#","{bytes}"]"#));
            });
            out.push('}');
        });
    }))
}

/// The range cut at multiples of the step.
fn pieces(range: TimeRange<Nanos>, step: i64) -> Vec<TimeRange<Nanos>> {
    let mut out = Vec::new();
    let mut start = range.start.0;
    while start < range.end.0 {
        let end = start.div_euclid(step).saturating_add(1).saturating_mul(step).min(range.end.0);
        out.push(TimeRange::new(Nanos(start), Nanos(end)));
        start = end;
    }
    out
}

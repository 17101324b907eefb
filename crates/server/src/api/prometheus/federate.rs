//! `GET /federate`: the newest sample of each selected series, as a text that another server scrapes.
//!
//! Only floats within the look-back of now; stale series are left out. Families sort by name and have no type; external
//! labels stand last in the braces. Names outside of the classic alphabet are bent with underscores unless the caller
//! asks for them as they are (`escaping=allow-utf-8`).

use super::labels::selector;
use super::plain_error;
use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{SeriesSelect, SeriesSource};
use http::{HeaderMap, Request, StatusCode, header};
use model::{Matcher, Millis, TimeRange, is_stale};
use query::number::format_general;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::exposition::write_sample_name;
use wire::names::{is_metric_name, to_label_name};

/// The text of one sample line by name and labels, so that families sort.
type Lines = BTreeMap<String, BTreeMap<String, String>>;

/// Answers a scrape.
pub(super) async fn federate(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match text(&state, request).await {
        Ok((body, true)) => respond::with_type(
            StatusCode::OK,
            "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            body,
        ),
        Ok((body, false)) => respond::with_type(
            StatusCode::OK,
            "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
            body,
        ),
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

async fn text(state: &Arc<State>, request: Request<Body>) -> Result<(String, bool), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let utf8 = takes_utf8(&parts.headers);
    let mut lines = Lines::new();
    for text in params.all("match[]") {
        let matchers = match selector(text) {
            Ok(matchers) => matchers,
            // A selector of everything selects nothing here.
            Err(reason) if reason.starts_with("match[] must") => continue,
            Err(reason) => return Err(Fault::invalid(reason)),
        };
        collect(state, (tenant.clone(), source.clone()), matchers, utf8, &mut lines).await?;
    }
    let mut out = String::new();
    for (family, samples) in lines {
        out.push_str("# TYPE ");
        write_sample_name(&mut out, &family, std::iter::empty());
        out.push_str(" untyped\n");
        samples.into_values().for_each(|line| out.push_str(&line));
    }
    Ok((out, utf8))
}

fn takes_utf8(headers: &HeaderMap) -> bool {
    header_text(headers, header::ACCEPT).contains("escaping=allow-utf-8")
}

async fn collect(
    state: &Arc<State>,
    (tenant, source): (model::Tenant, Arc<dyn SeriesSource>),
    matchers: Vec<Matcher>,
    utf8: bool,
    lines: &mut Lines,
) -> Result<(), Fault> {
    let now = state.clock.now_millis();
    let lookback = state.options.lookback_millis.unwrap_or(promql::options::DEFAULT_LOOKBACK_MILLIS);
    let range = TimeRange::new(Millis(now.saturating_sub(lookback).saturating_add(1)), Millis(now + 1));
    let select = SeriesSelect { matchers, range, needed_labels: None };
    let cx = state.query_context(tenant, None);
    let all = state.run(cx, move |cx| async move { source.select(&cx, select).await }).await?;
    let bend = |name: &str| if utf8 || is_metric_name(name) { name.to_owned() } else { to_label_name(name) };
    for series in &all {
        let (Some(at), Some(value)) = (series.timestamps.last(), series.values.last()) else { continue };
        if is_stale(*value) {
            continue;
        }
        let name = bend(series.labels.metric_name());
        let own: Vec<(String, &str)> = series
            .labels
            .iter()
            .filter(|(n, _)| *n != model::METRIC_NAME)
            .map(|(n, v)| (bend(n), v))
            .collect();
        let external =
            state.options.external_labels.iter().filter(|(n, _)| own.iter().all(|(name, _)| name != n));
        let pairs =
            own.iter().map(|(n, v)| (n.as_str(), *v)).chain(external.map(|(n, v)| (n.as_str(), v.as_str())));
        let mut line = String::new();
        write_sample_name(&mut line, &name, pairs);
        line.push_str(&format!(" {} {at}\n", format_general(*value)));
        lines.entry(name).or_default().insert(series.labels.to_string(), line);
    }
    Ok(())
}

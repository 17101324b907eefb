//! `/api/v1/metadata`, `/targets/metadata`, `/query_exemplars`: what stands beside the samples.

use super::encode::{self, Notes};
use super::labels::{plain_limit, selector};
use super::query::parse_options;
use super::{ApiError, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::LabelSelect;
use http::{Request, StatusCode};
use model::{Exemplar, Labels, Metadata};
use query::number::format_sample;
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// What is known about metric families.
pub(super) async fn families(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    // A negative limit is none.
    let limit = plain_limit(&params, "limit")?.and_then(|limit| usize::try_from(limit).ok());
    let each = plain_limit(&params, "limit_per_metric")?.and_then(|limit| usize::try_from(limit).ok());
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let family = params.some("metric").map(str::to_owned);
    let all = state.run(cx, move |cx| async move { source.metadata(&cx, family.as_deref()).await }).await?;
    let mut families: BTreeMap<&str, Vec<&Metadata>> = BTreeMap::new();
    for metadata in &all {
        families.entry(&metadata.family).or_default().push(metadata);
    }
    let shown = families.iter().take(limit.unwrap_or(usize::MAX));
    let body = encode::envelope(
        |out| {
            out.push('{');
            for (i, (family, entries)) in shown.enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json::string(out, family, false);
                out.push(':');
                let take = each.filter(|n| *n > 0).unwrap_or(usize::MAX);
                json::list(out, entries.iter().take(take), |out, metadata| entry(out, metadata));
            }
            out.push('}');
        },
        &Notes::default(),
    );
    Ok(respond::json(body))
}

fn entry(out: &mut String, metadata: &Metadata) {
    push(out, format_args!(r#"{{"type":"{}","help":"#, metadata.kind.as_str()));
    json::string(out, &metadata.help, false);
    out.push_str(r#","unit":"#);
    json::string(out, &metadata.unit, false);
    out.push('}');
}

/// What targets said about their metrics.
pub(super) async fn of_targets(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let limit = plain_limit(&params, "limit")?.and_then(|limit| usize::try_from(limit).ok());
    let matchers = match params.some("match_target") {
        None => Vec::new(),
        Some(text) => {
            selector(text).map_err(|e| Fault::invalid(format!("invalid parameter \"match_target\": {e}")))?
        }
    };
    let wanted = params.some("metric");
    let targets = state.collector.get().map(|collector| collector.targets()).unwrap_or_default();
    let mut shown = Vec::new();
    for target in &targets {
        if !matchers.iter().all(|m| m.matches(target.labels.value(&m.name))) {
            continue;
        }
        let said = target.metadata.iter().filter(|m| wanted.is_none_or(|wanted| m.family == wanted));
        shown.extend(said.map(|metadata| (&target.labels, metadata)));
    }
    shown.truncate(limit.unwrap_or(usize::MAX));
    let body = encode::envelope(
        |out| {
            json::list(out, shown, |out, (labels, metadata)| {
                out.push_str(r#"{"target":"#);
                json::labels(out, labels, false);
                if wanted.is_none() {
                    out.push_str(r#","metric":"#);
                    json::string(out, &metadata.family, false);
                }
                out.push(',');
                // What `entry` writes, without the brace that opens it.
                let mut rest = String::new();
                entry(&mut rest, metadata);
                out.push_str(rest.trim_start_matches('{'));
            });
        },
        &Notes::default(),
    );
    Ok(respond::json(body))
}

/// Exemplars of the series that a query selects.
pub(super) async fn exemplars(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = times::range(&params)?;
    if range.is_empty() {
        return Err(Fault::invalid("end timestamp must not be before start timestamp").into());
    }
    let expr =
        promql::parse(params.get("query"), &parse_options()).map_err(|e| Fault::invalid(e.to_string()))?;
    let matchers: Vec<_> = expr.selectors().into_iter().map(|selector| selector.matchers.clone()).collect();
    if matchers.is_empty() {
        return Ok(respond::empty(StatusCode::NO_CONTENT));
    }
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let select = LabelSelect { matchers, range, limit: 0 };
    let all = state.run(cx, move |cx| async move { source.exemplars(&cx, select).await }).await?;
    let body = encode::envelope(|out| json::list(out, &all, one_series), &Notes::default());
    Ok(respond::json(body))
}

fn one_series(out: &mut String, (labels, exemplars): &(Labels, Vec<Exemplar>)) {
    out.push_str(r#"{"seriesLabels":"#);
    json::labels(out, labels, false);
    out.push_str(r#","exemplars":"#);
    json::list(out, exemplars, |out, exemplar| {
        out.push_str(r#"{"labels":"#);
        json::labels(out, &exemplar.labels, false);
        push(out, format_args!(r#","value":"{}","timestamp":"#, format_sample(exemplar.value)));
        json::seconds(out, exemplar.at);
        out.push('}');
    });
    out.push('}');
}

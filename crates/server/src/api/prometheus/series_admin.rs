//! `POST /api/v1/admin/tsdb/*`: deleting series and copying what is stored. Off unless the configuration allows it.

use super::labels::selector;
use super::{ApiError, success, times};
use crate::error::Fault;
use crate::params::{Params, parse_bool};
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::LabelSelect;
use http::{Request, StatusCode};
use model::{Matcher, Nanos};
use query::quote::quote;
use serde_json::json;
use std::sync::Arc;
use wire::rfc3339::Utc;

type Shared = extract::State<Arc<State>>;

pub(super) fn allowed(state: &State) -> Result<(), Fault> {
    if state.options.admin_api {
        return Ok(());
    }
    Err(Fault::new(stdx::ErrorKind::Unavailable, "admin APIs disabled")
        .with_status(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Deletes the samples of matching series in a range whose ends are both inside.
pub(super) async fn delete_series(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    allowed(&state)?;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    if params.all("match[]").next().is_none() {
        return Err(Fault::invalid("no match[] parameter provided").into());
    }
    let range = times::range(&params)?;
    let mut matchers: Vec<Vec<Matcher>> = Vec::new();
    for text in params.all("match[]") {
        match selector(text) {
            Ok(set) => matchers.push(set),
            // A selector of everything deletes nothing here.
            Err(reason) if reason.starts_with("match[] must") => {}
            Err(reason) => {
                return Err(Fault::invalid(format!("invalid parameter \"match[]\": {reason}")).into());
            }
        }
    }
    let cx = state.write_context(state.options.tenancy.of(&parts.headers)?);
    let deleted = state.engines.series_admin.delete(&cx, LabelSelect { matchers, range, limit: 0 }).await?;
    tracing::info!(tenant = cx.tenant.as_str(), deleted, "series were deleted");
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Deletes are done by rewriting, before they are answered: nothing is left to be cleaned.
pub(super) async fn clean_tombstones(state: Shared) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    allowed(&state)?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Copies all blocks into `snapshots/<name>` beside them.
pub(super) async fn snapshot(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    allowed(&state)?;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let skip_head = match params.some("skip_head") {
        None => false,
        Some(text) => parse_bool(text).ok_or_else(|| {
            let text = quote(text);
            Fault::invalid(format!(
                "invalid parameter \"skip_head\": unable to parse boolean: strconv.ParseBool: parsing {text}: invalid \
                 syntax"
            ))
        })?,
    };
    let cx = state.write_context(state.options.tenancy.of(&parts.headers)?);
    let name = snapshot_name(state.clock.now_nanos());
    state.engines.series_admin.snapshot(&cx, &name, !skip_head).await?;
    Ok(success(&json!({ "name": name })))
}

/// `20261123T033238Z-5bfabfd9efd90c2d`: the second, and the whole time in hexadecimal so that names differ.
fn snapshot_name(now_nanos: i64) -> String {
    let text = Utc(Nanos(now_nanos)).to_string();
    let second: String = text.chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{second}Z-{now_nanos:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_named_by_time() {
        assert_eq!(snapshot_name(crate::fakes::NOW_NANOS), "20261125T120000Z-18eb47f663d98000");
    }
}

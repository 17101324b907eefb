//! `/api/v1/rules`, `/alerts`, `/alertmanagers`: this process evaluates no rules and notifies nobody, and says so in the shapes
//! that clients read. Parameters are checked as if there were rules, so that a wrong request is told from an empty answer.

use super::labels::selector;
use super::{ApiError, success};
use crate::error::Fault;
use crate::params::{Params, parse_bool};
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use query::quote::quote;
use serde_json::json;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// Rule groups.
pub(super) async fn groups(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    check(&params)?;
    Ok(success(&json!({ "groups": [] })))
}

fn check(params: &Params) -> Result<(), Fault> {
    for text in params.all("match[]") {
        selector(text).map_err(Fault::invalid)?;
    }
    let kind = params.get("type");
    if !matches!(kind.to_ascii_lowercase().as_str(), "" | "alert" | "record") {
        return Err(Fault::invalid(format!(
            "invalid parameter \"type\": not supported value {}",
            quote(kind)
        )));
    }
    if let Some(text) = params.some("exclude_alerts")
        && parse_bool(text).is_none()
    {
        let text = quote(text);
        return Err(Fault::invalid(format!(
            "invalid parameter \"exclude_alerts\": error converting exclude_alerts: strconv.ParseBool: parsing \
             {text}: invalid syntax"
        )));
    }
    let limit = params.some("group_limit");
    if limit.is_none() && params.some("group_next_token").is_some() {
        return Err(Fault::invalid(
            "invalid parameter \"group_next_token\": group_limit needs to be present in order to paginate over the groups",
        ));
    }
    match limit.map(|text| (text, text.parse::<i64>())) {
        None => Ok(()),
        Some((_, Ok(limit))) if limit > 0 => Ok(()),
        Some((_, Ok(_))) => {
            Err(Fault::invalid("invalid parameter \"group_limit\": group_limit needs to be greater than 0"))
        }
        Some((text, Err(_))) => Err(Fault::invalid(format!(
            "invalid parameter \"group_limit\": group_limit needs to be a valid number: strconv.ParseInt: parsing {}: \
             invalid syntax",
            quote(text)
        ))),
    }
}

/// Alerts that are pending or firing.
pub(super) async fn alerts() -> Response {
    success(&json!({ "alerts": [] }))
}

/// Who is notified.
pub(super) async fn alertmanagers() -> Response {
    success(&json!({ "activeAlertmanagers": [], "droppedAlertmanagers": [] }))
}

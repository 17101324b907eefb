//! `/loki/api/v1/delete`: requests to delete lines. POST or PUT makes one, GET lists them, DELETE takes one back.
//!
//! Queries do not see the lines from the answer on; they leave storage after a time in which the request can be taken
//! back. The next stop is `logdb/deletes.rs`.

use super::{ApiError, encode};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{DeleteSelect, TakenBack};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use logql::LogqlError;
use model::{Nanos, TimeRange};
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// The header that tells a request's id.
const ID_HEADER: HeaderName = HeaderName::from_static("x-delete-request-id");

/// Makes a request.
pub(super) async fn add(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let select = read(&params, Nanos(state.clock.now_nanos()))?;
    let id = state.engines.log_deletes.request(&state.write_context(tenant), select).await?;
    let mut response = respond::empty(StatusCode::NO_CONTENT);
    let value = HeaderValue::from_str(&id).map_err(|_| Fault::internal("an id that is no header"))?;
    response.headers_mut().insert(ID_HEADER, value);
    Ok(response)
}

fn read(params: &Params, now: Nanos) -> Result<DeleteSelect, Fault> {
    let text = params.some("query").ok_or_else(|| Fault::invalid("query not set"))?;
    let logql::Selected { matchers, lines, test, .. } =
        logql::selected(text).map_err(|error| match error {
            LogqlError::Parse(_) => Fault::invalid("invalid query expression"),
            _ => Fault::invalid("unsupported query expression"),
        })?;
    let time = |name: &str| -> Result<Option<Nanos>, Fault> {
        let bad = || Fault::invalid(format!("invalid {name} time: require unix seconds or RFC3339 format"));
        params.some(name).map(|text| seconds(text).ok_or_else(bad)).transpose()
    };
    let start = time("start")?.ok_or_else(|| Fault::invalid("start time not set"))?;
    let end = time("end")?.unwrap_or(now);
    if start > now || end > now {
        return Err(Fault::invalid("deletes in the future are not allowed"));
    }
    if start > end {
        return Err(Fault::invalid("start time can't be greater than end time"));
    }
    if let Some(text) = params.some("max_interval")
        && query::duration::parse(text).is_err()
    {
        return Err(Fault::invalid("invalid max_interval: valid time units are 's', 'm', 'h'"));
    }
    // The end is a whole second and meant with it.
    let range = TimeRange::new(start, Nanos(end.0.saturating_add(1)));
    Ok(DeleteSelect { query: text.to_owned(), matchers, lines, test, range })
}

/// Unix seconds, with a fraction or not, or RFC 3339.
fn seconds(text: &str) -> Option<Nanos> {
    if let Ok(seconds) = text.parse::<f64>() {
        let nanos = seconds * 1e9;
        return (nanos.is_finite() && nanos.abs() < i64::MAX as f64).then_some(Nanos(nanos as i64));
    }
    wire::rfc3339::parse(text)
}

/// Lists the requests.
pub(super) async fn list(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let tenant = state.options.tenancy.of(request.headers())?;
    let all = state.engines.log_deletes.requests(&state.write_context(tenant)).await?;
    let mut out = String::new();
    json::list(&mut out, &all, |out, one| {
        out.push_str(r#"{"request_id":"#);
        json::string(out, &one.id, true);
        for (name, at) in [("start_time", one.range.start), ("end_time", Nanos(one.range.end.0 - 1))] {
            push(out, format_args!(r#","{name}":"#));
            json::seconds(out, at.to_millis());
        }
        out.push_str(r#","query":"#);
        json::string(out, &one.query, true);
        let status = if one.processed { "processed" } else { "received" };
        push(out, format_args!(r#","status":"{status}","created_at":"#));
        json::seconds(out, one.created.to_millis());
        out.push('}');
    });
    Ok(respond::with_type(StatusCode::OK, encode::JSON, out))
}

/// Takes a request back.
pub(super) async fn take_back(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let id = params.some("request_id").ok_or_else(|| Fault::invalid("request_id not set"))?;
    match state.engines.log_deletes.take_back(&state.write_context(tenant), id).await? {
        TakenBack::Done => Ok(respond::empty(StatusCode::NO_CONTENT)),
        TakenBack::Unknown => {
            Ok(respond::text(StatusCode::NOT_FOUND, "could not find delete request with given id\n"))
        }
        TakenBack::Processed => {
            Err(Fault::invalid("deletion of request which is in process or already processed is not allowed")
                .into())
        }
    }
}

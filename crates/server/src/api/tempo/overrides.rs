//! `/api/overrides`: what a tenant chooses for its metrics from spans, guarded by versions (`ETag`, `If-Match`).

use super::ApiError;
use crate::body::{self, header_text};
use crate::error::Fault;
use crate::overrides::{Choices, Overrides, missing};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;
type Answer = Result<Response, ApiError>;

/// 1 MiB: choices are a few lines.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// The version that stands for "nothing yet".
const NOTHING: u64 = 0;

fn overrides(state: &State) -> Result<&Overrides, Fault> {
    state.overrides.get().ok_or_else(|| {
        Fault::new(stdx::ErrorKind::NotFound, "choices of tenants are not kept here")
            .with_status(StatusCode::NOT_FOUND)
    })
}

fn with_version(mut response: Response, version: u64) -> Response {
    response.headers_mut().insert(header::ETAG, HeaderValue::from(version));
    response
}

/// The version that a request was made for.
fn expected(headers: &HeaderMap) -> Result<u64, Fault> {
    match header_text(headers, header::IF_MATCH).trim_matches('"') {
        "" => {
            Err(Fault::invalid("must specify If-Match header").with_status(StatusCode::PRECONDITION_REQUIRED))
        }
        text => text.parse().map_err(|_| {
            Fault::invalid("version does not match").with_status(StatusCode::PRECONDITION_FAILED)
        }),
    }
}

/// `GET`: what was chosen, or with `scope=merged` all that holds.
pub(super) async fn get(extract::State(state): Shared, request: Request<Body>) -> Answer {
    let params = Params::of_url(request.uri())?;
    let tenant = state.options.tenancy.of(request.headers())?;
    let overrides = overrides(&state)?;
    match params.get("scope") {
        "merged" => Ok(respond::json(overrides.merged(&tenant).text())),
        "" | "api" => {
            let (choices, version) = overrides.get(&tenant).await?.ok_or_else(missing)?;
            Ok(with_version(respond::json(choices.text()), version))
        }
        other => {
            Err(Fault::invalid(format!("unknown scope {other:?}, valid options are \"api\" and \"merged\""))
                .into())
        }
    }
}

/// `POST`: in place of the version that `If-Match` names, 0 for none.
pub(super) async fn post(extract::State(state): Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let (overrides, expected) = (overrides(&state)?, expected(&parts.headers)?);
    let choices = Choices::parse(&body::read(body, MAX_BODY_BYTES).await?)?;
    let version = overrides.put(&tenant, expected, &choices).await?;
    Ok(with_version(respond::empty(StatusCode::OK), version))
}

/// `PATCH`: merged into what was chosen.
pub(super) async fn patch(extract::State(state): Shared, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let patch = body::read(body, MAX_BODY_BYTES).await?;
    let (choices, version) = overrides(&state)?.patch(&tenant, &patch).await?;
    Ok(with_version(respond::json(choices.text()), version))
}

/// `DELETE`: the version that `If-Match` names.
pub(super) async fn delete(extract::State(state): Shared, request: Request<Body>) -> Answer {
    let tenant = state.options.tenancy.of(request.headers())?;
    let (overrides, expected) = (overrides(&state)?, expected(request.headers())?);
    if expected == NOTHING {
        return Err(missing().into());
    }
    overrides.delete(&tenant, expected).await?;
    Ok(respond::empty(StatusCode::OK))
}

#[cfg(test)]
mod tests;

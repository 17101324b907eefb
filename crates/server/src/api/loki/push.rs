//! `POST /loki/api/v1/push` and the older `/api/prom/push`.
//!
//! The first stop of the write walk of lines; next is `wire/loki_push.rs`. 204 when all is stored. When part was refused
//! the rest is stored all the same, and the answer is 400 (429 for rates) with the reason. Nothing at all to store is 422.

use crate::body;
use crate::error::Fault;
use crate::limits::Limits;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use contract::{Outcome, RefusalReason};
use http::{HeaderMap, Request, StatusCode};
use model::LogBatch;
use std::sync::Arc;
use wire::{WireError, loki_push};

/// Which JSON a path takes.
#[derive(Debug, Clone, Copy)]
enum Json {
    Present,
    Legacy,
}

/// The present path.
pub(super) async fn push(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    answer(state, request, Json::Present).await
}

/// The older path.
pub(super) async fn legacy(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    answer(state, request, Json::Legacy).await
}

async fn answer(state: Arc<State>, request: Request<Body>, json: Json) -> Response {
    match store(&state, request, json).await {
        Ok(()) => respond::empty(StatusCode::NO_CONTENT),
        Err(fault) => respond::text(fault.status(), format!("{}\n", fault.message())),
    }
}

async fn store(state: &Arc<State>, request: Request<Body>, json: Json) -> Result<(), Fault> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let is_json = is_json(body::content_type(&parts.headers))?;
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let batch = decode(state, &parts.headers, body, is_json, json)?;
    if batch.streams.is_empty() {
        return Err(nothing_to_store());
    }
    let outcome = state.engines.ingest.logs(&state.write_context(tenant), batch).await?;
    refusal(&outcome).map_or(Ok(()), Err)
}

/// 422: a request without streams.
pub(super) fn nothing_to_store() -> Fault {
    Fault::invalid("error at least one valid stream is required for ingestion")
        .with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// The failure that a partly refused batch is answered with: the last reason, as the replaced system has it.
pub(in crate::api) fn refusal(outcome: &Outcome) -> Option<Fault> {
    let last = outcome.refused.last()?;
    let status = match last.reason {
        RefusalReason::RateLimited | RefusalReason::TooMany => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    };
    Some(Fault::invalid(last.message.clone()).with_status(status))
}

/// Whether a content type is JSON; one that is no content type is refused.
fn is_json(content_type: &str) -> Result<bool, Fault> {
    let media = content_type.split(';').next().unwrap_or("").trim();
    if media.is_empty() {
        return Err(Fault::invalid("mime: no media type"));
    }
    let (kind, subtype) = media.split_once('/').unwrap_or((media, ""));
    if subtype.contains('/') || subtype.contains(char::is_whitespace) {
        return Err(Fault::invalid("mime: unexpected content after media subtype"));
    }
    Ok(kind.eq_ignore_ascii_case("application") && subtype.eq_ignore_ascii_case("json"))
}

fn decode(
    state: &State,
    headers: &HeaderMap,
    body: Bytes,
    is_json: bool,
    json: Json,
) -> Result<LogBatch, Fault> {
    let cap = state.limits().max_unpacked_bytes;
    let encoding = body::content_encoding(headers);
    let body = match encoding.as_str() {
        "" | "gzip" | "deflate" => body::unpack(&encoding, body, cap),
        "snappy" if is_json => {
            Some(wire::compress::snappy(&body, Limits::size(cap)).map(Bytes::from).map_err(Fault::from))
        }
        "snappy" => Some(Ok(body)),
        _ => None,
    };
    let body =
        body.unwrap_or_else(|| Err(Fault::invalid(format!("Content-Encoding {encoding:?} not supported"))))?;
    let decoded = match (is_json, json) {
        (true, Json::Present) => loki_push::decode_json(&body),
        (true, Json::Legacy) => loki_push::decode_legacy_json(&body),
        (false, _) => loki_push::decode_body(&body, Limits::size(cap)),
    };
    decoded.map_err(|error| match error {
        WireError::TooLarge { .. } => Fault::from(error),
        _ => Fault::invalid(error.to_string()),
    })
}

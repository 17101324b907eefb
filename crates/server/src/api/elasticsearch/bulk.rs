//! `POST /_bulk` and `/{index}/_bulk`, and single documents. Each operation has an answer of its own: 201 when it is
//! stored, durable and visible; 400 with the reason when it cannot be. When the store takes nothing now, the whole request
//! is 429 or 503, so that senders try again.
//!
//! The first stop of the write walk of documents; next are `wire/bulk.rs` and `wire/record.rs`.

use super::{ApiError, error_type};
use crate::api::victorialogs::{Defaults, MESSAGES, STREAMS, mapping, read};
use crate::error::Fault;
use crate::ingest::LineCheck;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use contract::RefusalReason;
use http::request::Parts;
use http::{Request, StatusCode};
use model::{Nanos, Tenant};
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use wire::bulk::{Action, Operation, operations};
use wire::record::{Fields, Mapping, Record, Streams};

type Shared = extract::State<Arc<State>>;

/// The label that holds the name of the index.
const INDEX: &str = "index";

const DEFAULTS: Defaults = Defaults { time: &["@timestamp"], message: MESSAGES, stream: STREAMS };

/// An operation that was not done.
struct Refused {
    status: StatusCode,
    kind: &'static str,
    reason: String,
}

impl Refused {
    fn invalid(kind: &'static str, reason: impl Into<String>) -> Self {
        Refused { status: StatusCode::BAD_REQUEST, kind, reason: reason.into() }
    }

    fn by_limit(reason: RefusalReason, text: String) -> Self {
        let status = match reason {
            RefusalReason::RateLimited | RefusalReason::TooMany => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        Refused { status, kind: error_type(status), reason: text }
    }
}

type Outcomes = Vec<Result<(), Refused>>;

/// `/_bulk`
pub(super) async fn bulk(
    extract::State(state): Shared,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    answer(&state, request, "").await
}

/// `/{index}/_bulk`
pub(super) async fn bulk_of(
    extract::State(state): Shared,
    extract::Path(index): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    answer(&state, request, &index).await
}

async fn answer(state: &Arc<State>, request: Request<Body>, index: &str) -> Result<Response, ApiError> {
    let started = state.clock.monotonic();
    let (parts, body) = request.into_parts();
    let (tenant, body) = read(state, &parts, body).await?;
    let text = std::str::from_utf8(&body).unwrap_or("");
    let mut all = operations(text)?;
    if all.is_empty() {
        return Err(Fault::invalid("request body is required").into());
    }
    all.iter_mut().filter(|one| one.index.is_empty()).for_each(|one| one.index = index.into());
    let outcomes = store(state, &parts, tenant, &body, &all).await?;
    let took = state.clock.monotonic().saturating_sub(started).as_millis();
    Ok(respond::json(shown(&all, &outcomes, took, state.clock.now_nanos())))
}

/// `POST /{index}/_doc`
pub(super) async fn document(
    state: Shared,
    extract::Path(index): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    one(&state, request, index, None).await
}

/// `POST /{index}/_doc/{id}`, `/{index}/_create/{id}`
pub(super) async fn document_with_id(
    state: Shared,
    extract::Path((index, id)): extract::Path<(String, String)>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    one(&state, request, index, Some(id)).await
}

async fn one(
    state: &Arc<State>,
    request: Request<Body>,
    index: String,
    id: Option<String>,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let (tenant, body) = read(state, &parts, body).await?;
    let source = std::str::from_utf8(&body).unwrap_or("");
    let operation = [Operation { action: Action::Create, index: index.into(), id, source }];
    let outcomes = store(state, &parts, tenant, &body, &operation).await?;
    if let Some(Err(refused)) = outcomes.into_iter().next() {
        return Err(Fault::invalid(refused.reason).with_status(refused.status).into());
    }
    let mut text = String::from("{");
    done(&mut text, &operation[0], &generated_id(state.clock.now_nanos(), 0));
    text.push('}');
    Ok(respond::with_type(StatusCode::CREATED, respond::JSON, text))
}

/// Stores what is good of the operations, and says of each what became of it.
async fn store(
    state: &Arc<State>,
    parts: &Parts,
    tenant: Tenant,
    body: &Bytes,
    all: &[Operation<'_>],
) -> Result<Outcomes, Fault> {
    let params = Params::of_url(&parts.uri)?;
    let mapping = mapping(&params, &parts.headers, &DEFAULTS)?;
    // Who says which fields make a stream wants those and no other.
    let by_index = params.some("_stream_fields").is_none() && !parts.headers.contains_key("vl-stream-fields");
    let now = state.clock.now_nanos();
    let limits = state.limits_of(&tenant);
    let check = LineCheck::new(&limits, now);
    let mut streams = Streams::default();
    let mut outcomes: Outcomes = Vec::with_capacity(all.len());
    for operation in all {
        let read = record(operation, body, &mapping, Nanos(now), by_index).and_then(|record| {
            let checked = check.line(&record.labels, &record.entry);
            checked.map(|()| record).map_err(|(reason, text)| Refused::by_limit(reason, text))
        });
        outcomes.push(read.map(|record| streams.push(record)));
    }
    let batch = streams.finish();
    if batch.is_empty() {
        return Ok(outcomes);
    }
    let stored = state.engines.ingest.logs(&state.write_context(tenant), batch).await?;
    if let Some(refusal) = stored.refused.first() {
        // An engine refuses by its state, not by the line: which of them it was it does not say.
        outcomes.iter_mut().filter(|outcome| outcome.is_ok()).for_each(|outcome| {
            *outcome = Err(Refused::by_limit(refusal.reason, refusal.message.clone()));
        });
    }
    Ok(outcomes)
}

fn record(
    operation: &Operation<'_>,
    body: &Bytes,
    mapping: &Mapping,
    now: Nanos,
    by_index: bool,
) -> Result<Record, Refused> {
    if !matches!(operation.action, Action::Create | Action::Index) {
        return Err(Refused::invalid(
            "illegal_argument_exception",
            "only write ops with an op_type of create are allowed in data streams",
        ));
    }
    let unreadable = |error: wire::WireError| {
        Refused::invalid("document_parsing_exception", format!("failed to parse: {error}"))
    };
    let source = operation.source.trim_end();
    let fields = Fields::from_json(source).map_err(unreadable)?;
    let mut record = mapping.record(fields, body, source, now).map_err(unreadable)?;
    if by_index && record.labels.get(INDEX).is_none() {
        record.labels = record.labels.with(INDEX, &operation.index);
    }
    Ok(record)
}

/// An id for a document that came without: ids are not stored, senders only want one to be there.
fn generated_id(now_nanos: i64, position: usize) -> String {
    format!("{now_nanos:016x}{position:04x}")
}

/// `{"took","errors","items"}`
fn shown(all: &[Operation<'_>], outcomes: &Outcomes, took: u128, now_nanos: i64) -> String {
    let errors = outcomes.iter().any(Result::is_err);
    let mut out = String::with_capacity(64 + all.len() * 190);
    let _ = write!(out, "{{\"errors\":{errors},\"took\":{took},\"items\":[");
    for (position, (operation, outcome)) in all.iter().zip(outcomes).enumerate() {
        let _ = write!(out, "{}{{\"{}\":{{", if position == 0 { "" } else { "," }, operation.action.as_str());
        match outcome {
            Ok(()) => {
                done(&mut out, operation, &generated_id(now_nanos, position));
                out.push_str(",\"status\":201}}");
            }
            Err(refused) => {
                let error = json!({ "type": refused.kind, "reason": refused.reason });
                let (index, id) = (json!(operation.index), json!(operation.id));
                let status = refused.status.as_u16();
                let _ =
                    write!(out, "\"_index\":{index},\"_id\":{id},\"status\":{status},\"error\":{error}}}}}");
            }
        }
    }
    out.push_str("]}");
    out
}

/// What is said of a stored document.
fn done(out: &mut String, operation: &Operation<'_>, generated: &str) {
    let id = operation.id.as_deref().unwrap_or(generated);
    let (index, id) = (json!(operation.index), json!(id));
    let _ = write!(
        out,
        "\"_index\":{index},\"_id\":{id},\"_version\":1,\"result\":\"created\",\"_shards\":{{\"total\":1,\"successful\":1,\
         \"failed\":0}},\"_seq_no\":0,\"_primary_term\":1"
    );
}

//! `POST /insert/jsonline`: a record a line. What is right is stored; when a line is not, the answer is 400 and names the
//! first.

use super::{Defaults, MESSAGES, STREAMS, mapping, read};
use crate::api::loki::refusal;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use http::{Request, StatusCode};
use model::Nanos;
use std::sync::Arc;
use wire::record::{Fields, Mapping, Streams};

const DEFAULTS: Defaults =
    Defaults { time: &["_time", "@timestamp", "timestamp", "time"], message: MESSAGES, stream: STREAMS };

/// Takes lines.
pub(super) async fn push(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match store(&state, request).await {
        Ok(()) => respond::empty(StatusCode::OK),
        Err(fault) => respond::text(fault.status(), format!("{}\n", fault.message())),
    }
}

async fn store(state: &Arc<State>, request: Request<Body>) -> Result<(), Fault> {
    let (parts, body) = request.into_parts();
    let params = Params::of_url(&parts.uri)?;
    let mapping = mapping(&params, &parts.headers, &DEFAULTS)?;
    let (tenant, body) = read(state, &parts, body).await?;
    let (streams, wrong) = records(&body, &mapping, Nanos(state.clock.now_nanos()));
    let batch = streams.finish();
    if !batch.is_empty() {
        let outcome = state.engines.ingest.logs(&state.write_context(tenant), batch).await?;
        if let Some(fault) = refusal(&outcome) {
            return Err(fault);
        }
    }
    wrong.map_or(Ok(()), |text| Err(Fault::invalid(text)))
}

/// The lines of a body, and what is wrong with the first that is none.
fn records(body: &Bytes, mapping: &Mapping, now: Nanos) -> (Streams, Option<String>) {
    let text = std::str::from_utf8(body).unwrap_or("");
    let (mut streams, mut wrong) = (Streams::default(), None);
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match Fields::from_json(line).and_then(|fields| mapping.record(fields, body, line, now)) {
            Ok(record) => streams.push(record),
            Err(error) if wrong.is_none() => wrong = Some(format!("line {}: {error}", at + 1)),
            Err(_) => {}
        }
    }
    (streams, wrong)
}

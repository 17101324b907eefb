//! `POST /api/v1/write`: remote write, both versions.
//!
//! The first stop of the write walk; next is `wire/remote_write.rs`. 204 when all is stored; 400 with the first reason when
//! part was refused (the sender drops it: sending it again cannot help); 5xx when nothing is known to be stored (the sender
//! tries again); 202 when all of it came from a replica that is not elected. Version 2 answers count what was written. Version 1 leaves out series that can never be stored silently.
//! Source: <https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>

use super::plain_error;
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{IngestError, KnownSeries, Outcome};
use http::{HeaderValue, Request, StatusCode};
use std::sync::Arc;
use wire::Skipped;
use wire::remote_write::{self, Decoded, MAX_DECODED_BYTES, MESSAGE, MESSAGE_INTERNED};

/// Which message a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Prometheus's path.
pub(super) async fn write(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    answer(state, request, StatusCode::NO_CONTENT).await
}

/// Mimir's path, whose success is 200.
pub(super) async fn push(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    answer(state, request, StatusCode::OK).await
}

async fn answer(state: Arc<State>, request: Request<Body>, success: StatusCode) -> Response {
    match store(state, request).await {
        Ok(Stored { version, refused, deduplicated, outcome }) => {
            let mut response = match (refused, deduplicated) {
                (Some(reason), _) => plain_error(StatusCode::BAD_REQUEST, &reason),
                (None, Some(reason)) => plain_error(StatusCode::ACCEPTED, &reason),
                (None, None) => respond::empty(success),
            };
            if version == Version::Two {
                add_counts(&mut response, &outcome);
            }
            response
        }
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

/// What became of a request.
struct Stored {
    version: Version,
    /// Why part of it was refused.
    refused: Option<String>,
    /// Why all of it was left out: another replica is elected.
    deduplicated: Option<String>,
    outcome: Outcome,
}

async fn store(state: Arc<State>, request: Request<Body>) -> Result<Stored, Fault> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let version = version_of(body::content_type(&parts.headers))?;
    let encoding = body::content_encoding(&parts.headers);
    if !matches!(encoding.as_str(), "" | "snappy") {
        let text = format!(
            "{encoding} encoding (compression) is not accepted by this server; only snappy is acceptable"
        );
        return Err(Fault::invalid(text).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let unpacked = wire::compress::snappy(&body, MAX_DECODED_BYTES)?;
    let cx = state.write_context(tenant);
    let ingest = &*state.engines.ingest;
    let scanned = match version {
        Version::One => remote_write::scan(&unpacked)?,
        Version::Two => remote_write::scan_interned(&unpacked)?,
    };
    // Labels of series that the engine knows are not read.
    let KnownSeries { epoch, numbers } = match &state.replicas {
        None => ingest.known(&cx, scanned.keys()),
        // Labels tell replicas apart.
        Some(_) => KnownSeries::default(),
    };
    let Decoded { batch, skipped, .. } = scanned.read(epoch, &numbers, KnownSeries::UNKNOWN)?;
    let admitted = state.admit(&cx.tenant, batch);
    let batch = admitted.batch;
    let deduplicated =
        Some(admitted.reason).filter(|_| admitted.deduplicated > 0 && batch.sample_count() == 0);
    let outcome = match batch.is_empty() {
        true => Outcome::default(),
        false => match ingest.metrics(&cx, batch).await {
            Err(IngestError::Forgotten) => {
                let batch = state.admit(&cx.tenant, with_labels(&unpacked, version)?.batch).batch;
                ingest.metrics(&cx, batch).await?
            }
            outcome => outcome?,
        },
    };
    let refused = match version {
        Version::One => outcome.refused.first().map(|refusal| refusal.message.clone()).or(admitted.refused),
        Version::Two => all_reasons(&skipped, &outcome, admitted.refused),
    };
    Ok(Stored { version, refused, deduplicated, outcome })
}

/// Why parts of a request were refused, a line each; `None` when all was stored.
fn all_reasons(skipped: &[Skipped], outcome: &Outcome, cluster: Option<String>) -> Option<String> {
    let skipped = skipped.iter().map(|skipped| &skipped.message);
    let refused = outcome.refused.iter().map(|refusal| &refusal.message);
    let all: Vec<&str> =
        skipped.chain(refused).chain(&cluster).take(Outcome::MAX_REFUSALS).map(String::as_str).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

fn with_labels(unpacked: &[u8], version: Version) -> Result<Decoded, Fault> {
    Ok(match version {
        Version::One => remote_write::decode(unpacked)?,
        Version::Two => remote_write::decode_interned(unpacked)?,
    })
}

fn version_of(content_type: &str) -> Result<Version, Fault> {
    let refuse = |text: String| Err(Fault::invalid(text).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    if content_type.is_empty() {
        return Ok(Version::One);
    }
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next().is_some_and(|media| media.eq_ignore_ascii_case(remote_write::CONTENT_TYPE)) {
        return refuse(format!(
            "expected application/x-protobuf as the first (media) part, got {content_type} content-type"
        ));
    }
    let message = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("proto").then(|| value.trim_matches('"'))
    });
    match message {
        None | Some(MESSAGE) => Ok(Version::One),
        Some(MESSAGE_INTERNED) => Ok(Version::Two),
        Some(other) => refuse(format!(
            "got {content_type} content type; unknown type for remote write protobuf message {other}, supported: \
             {MESSAGE}, {MESSAGE_INTERNED}"
        )),
    }
}

fn add_counts(response: &mut Response, outcome: &Outcome) {
    let samples = outcome.accepted.saturating_sub(outcome.histograms);
    for (name, count) in [
        ("x-prometheus-remote-write-samples-written", samples),
        ("x-prometheus-remote-write-histograms-written", outcome.histograms),
        ("x-prometheus-remote-write-exemplars-written", outcome.exemplars),
    ] {
        response.headers_mut().insert(name, HeaderValue::from(count));
    }
}

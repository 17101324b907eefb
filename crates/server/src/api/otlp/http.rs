//! OTLP over HTTP. Answers and failures are in the request's encoding.

use super::{Taken, store};
use crate::body;
use crate::error::Fault;
use crate::grpc::RETRY_SECONDS;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode, header};
use std::sync::Arc;
use wire::otlp::{self, Encoding, Signal};

type Shared = extract::State<Arc<State>>;

/// `POST /v1/traces`
pub(super) async fn traces(state: Shared, request: Request<Body>) -> Response {
    answer(&state, request, Signal::Traces).await
}

/// `POST /v1/logs`
pub(super) async fn logs(state: Shared, request: Request<Body>) -> Response {
    answer(&state, request, Signal::Logs).await
}

/// `POST /v1/metrics`
pub(super) async fn metrics(state: Shared, request: Request<Body>) -> Response {
    answer(&state, request, Signal::Metrics).await
}

/// For probes.
pub(super) async fn ready(state: Shared) -> Response {
    respond::empty(if state.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
}

async fn answer(state: &State, request: Request<Body>, signal: Signal) -> Response {
    let Some(encoding) = Encoding::of_content_type(body::content_type(request.headers())) else {
        let text = "415 unsupported media type, supported: [application/json, application/x-protobuf]";
        return respond::with_type(StatusCode::UNSUPPORTED_MEDIA_TYPE, "text/plain", text);
    };
    match take(state, request, signal, encoding).await {
        Ok(Taken { partial, deduplicated }) => {
            let body = otlp::response(encoding, signal, &partial);
            let status = if deduplicated { StatusCode::ACCEPTED } else { StatusCode::OK };
            respond::with_type(status, encoding.content_type(), body)
        }
        Err(fault) => {
            let status = match fault.status() {
                StatusCode::INTERNAL_SERVER_ERROR => StatusCode::SERVICE_UNAVAILABLE,
                status => status,
            };
            let body = otlp::status(encoding, fault.grpc_code(), fault.message());
            let mut response = respond::with_type(status, encoding.content_type(), body);
            if status == StatusCode::TOO_MANY_REQUESTS {
                response.headers_mut().insert(header::RETRY_AFTER, RETRY_SECONDS.into());
            }
            response
        }
    }
}

async fn take(
    state: &State,
    request: Request<Body>,
    signal: Signal,
    encoding: Encoding,
) -> Result<Taken, Fault> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let compression = body::content_encoding(&parts.headers);
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let body = body::unpack(&compression, body, state.limits().max_unpacked_bytes)
        .unwrap_or_else(|| Err(Fault::invalid(format!("unsupported Content-Encoding: {compression}"))))?;
    store(state, tenant, signal, encoding, &body).await
}

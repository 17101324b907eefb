//! OTLP over gRPC.

use super::store;
use crate::grpc;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use std::sync::Arc;
use wire::otlp::{self, Encoding, Signal};

type Shared = extract::State<Arc<State>>;

/// `TraceService/Export`
pub(super) async fn traces(state: Shared, request: Request<Body>) -> Response {
    export(&state, request, Signal::Traces).await
}

/// `LogsService/Export`
pub(super) async fn logs(state: Shared, request: Request<Body>) -> Response {
    export(&state, request, Signal::Logs).await
}

/// `MetricsService/Export`
pub(super) async fn metrics(state: Shared, request: Request<Body>) -> Response {
    export(&state, request, Signal::Metrics).await
}

/// Every other method.
pub(super) async fn unimplemented() -> Response {
    grpc::failure(grpc::UNIMPLEMENTED, "unknown method")
}

async fn export(state: &State, request: Request<Body>, signal: Signal) -> Response {
    let (parts, body) = request.into_parts();
    let limits = state.limits();
    let stored = async {
        let tenant = state.options.tenancy.of(&parts.headers)?;
        let message =
            grpc::read_message(&parts.headers, body, limits.max_body_bytes, limits.max_unpacked_bytes)
                .await?;
        store(state, tenant, signal, Encoding::Protobuf, &message).await
    };
    match stored.await {
        Ok(partial) => grpc::message(&otlp::response(Encoding::Protobuf, signal, &partial)),
        Err(fault) => grpc::failure(fault.grpc_code(), fault.message()),
    }
}

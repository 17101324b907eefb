//! OTLP over gRPC: `TraceService`, `LogsService`, `MetricsService`, each with its one method `Export`.

use super::store;
use crate::grpc;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, Uri};
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
pub(super) async fn unimplemented(uri: Uri) -> Response {
    grpc::unimplemented(uri.path())
}

async fn export(state: &State, request: Request<Body>, signal: Signal) -> Response {
    let limits = state.limits();
    let answer = grpc::unary(&limits, request, |call| async move {
        let tenant = state.options.tenancy.of(&call.headers)?;
        let taken = store(state, tenant, signal, Encoding::Protobuf, &call.message).await?;
        Ok(otlp::response(Encoding::Protobuf, signal, &taken.partial))
    });
    answer.await
}

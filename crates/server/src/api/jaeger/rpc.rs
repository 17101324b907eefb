//! Jaeger's query services and the services by which it reads and writes a remote storage, over gRPC.
//!
//! | service | traces as |
//! |---|---|
//! | `jaeger.api_v2.QueryService`, `jaeger.storage.v1.*` | chunks of Jaeger's spans |
//! | `jaeger.api_v3.QueryService`, `jaeger.storage.v2.*` | OTLP, a message a trace |
//!
//! Source: <https://github.com/jaegertracing/jaeger-idl/tree/main/proto>

use super::{asked, query, store};
use crate::api::whole;
use crate::error::Fault;
use crate::grpc::{self, Call, Messages};
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use contract::TraceSpans;
use http::Request;
use model::Tenant;
use std::sync::Arc;
use stdx::BoxFuture;
use wire::jaeger::query::{Dialect, operations, trace_ids, trace_query, window, written_span};
use wire::proto::Writer;

/// 1 MiB of spans a message: a quarter of what gRPC's clients take by default.
const MAX_CHUNK_BYTES: usize = 1 << 20;

type Shared = extract::State<Arc<State>>;

/// A call whose tenant is known.
struct Asked {
    state: Arc<State>,
    tenant: Tenant,
    message: Bytes,
    dialect: Dialect,
}

impl Asked {
    fn new(state: Arc<State>, call: Call, dialect: Dialect) -> Result<Self, Fault> {
        let tenant = state.options.tenancy.of(&call.headers)?;
        Ok(Asked { state, tenant, message: call.message, dialect })
    }
}

/// One message for one message.
type Unary = fn(Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>>;

/// Many messages for one.
type Stream = fn(Asked, Messages) -> BoxFuture<'static, Result<(), Fault>>;

/// The services.
pub(super) fn routes() -> Router<Arc<State>> {
    let readers = [
        ("jaeger.api_v2.QueryService", Dialect::Spans),
        ("jaeger.storage.v1.SpanReaderPlugin", Dialect::Spans),
        ("jaeger.api_v3.QueryService", Dialect::Query),
        ("jaeger.storage.v2.TraceReader", Dialect::Storage),
    ];
    let mut router = Router::new();
    for (service, dialect) in readers {
        let path = |method: &str| format!("/{service}/{method}");
        let by_id = if dialect == Dialect::Storage { "GetTraces" } else { "GetTrace" };
        router = router
            .route(&path(by_id), streamed(get_traces, dialect))
            .route(&path("FindTraces"), streamed(find_traces, dialect))
            .route(&path("FindTraceIDs"), once(find_ids, dialect))
            .route(&path("GetServices"), once(services, dialect))
            .route(&path("GetOperations"), once(operation_names, dialect));
    }
    for (service, dialect) in [
        ("jaeger.api_v2.QueryService", Dialect::Spans),
        ("jaeger.storage.v1.DependenciesReaderPlugin", Dialect::Spans),
        ("jaeger.api_v3.QueryService", Dialect::Query),
        ("jaeger.storage.v2.DependencyReader", Dialect::Storage),
    ] {
        router = router.route(&format!("/{service}/GetDependencies"), once(dependencies, dialect));
    }
    router
        .route("/jaeger.storage.v1.SpanWriterPlugin/WriteSpan", once(write_span, Dialect::Spans))
        .route("/jaeger.storage.v1.SpanWriterPlugin/Close", once(nothing, Dialect::Spans))
        .route("/jaeger.storage.v1.PluginCapabilities/Capabilities", once(nothing, Dialect::Spans))
}

fn once(handler: Unary, dialect: Dialect) -> MethodRouter<Arc<State>> {
    post(move |extract::State(state): Shared, request: Request<Body>| async move {
        let limits = state.limits().clone();
        let answer = |call| {
            let asked = Asked::new(state.clone(), call, dialect);
            async move { handler(asked?).await }
        };
        grpc::unary(&limits, request, answer).await
    })
}

fn streamed(handler: Stream, dialect: Dialect) -> MethodRouter<Arc<State>> {
    post(move |extract::State(state): Shared, request: Request<Body>| async move {
        let limits = state.limits().clone();
        let work: grpc::Streamed = Box::new(move |call, messages| {
            Box::pin(async move { handler(Asked::new(state, call, dialect)?, messages).await })
        });
        let answer: Response = grpc::streaming(&limits, request, work).await;
        answer
    })
}

/// Sends traces: a message holds spans of one trace.
async fn send(found: &[TraceSpans], dialect: Dialect, messages: &Messages) -> Result<(), Fault> {
    for trace in found {
        if dialect != Dialect::Spans {
            messages.send(wire::otlp::traces::encode(&trace.spans)).await?;
            continue;
        }
        let mut chunk = Writer::new();
        let mut bytes = 0;
        for span in wire::jaeger::write::spans(&trace.spans) {
            if bytes > 0 && bytes + span.len() > MAX_CHUNK_BYTES {
                messages.send(std::mem::take(&mut chunk).finish()).await?;
                bytes = 0;
            }
            bytes += span.len();
            chunk.bytes(1, &span);
        }
        messages.send(chunk.finish()).await?;
    }
    Ok(())
}

fn get_traces(asked: Asked, messages: Messages) -> BoxFuture<'static, Result<(), Fault>> {
    Box::pin(async move {
        let Asked { state, tenant, message, dialect } = asked;
        let found = asked::by_ids(&state, &tenant, trace_ids(&message, dialect)?).await?;
        if found.is_empty() && dialect != Dialect::Storage {
            return Err(query::missing());
        }
        send(&found, dialect, &messages).await
    })
}

fn find_traces(asked: Asked, messages: Messages) -> BoxFuture<'static, Result<(), Fault>> {
    Box::pin(async move {
        let Asked { state, tenant, message, dialect } = asked;
        let found = asked::find(&state, tenant, &trace_query(&message, dialect)?).await?;
        send(&found, dialect, &messages).await
    })
}

fn find_ids(asked: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async move {
        let Asked { state, tenant, message, dialect } = asked;
        let found = asked::find(&state, tenant, &trace_query(&message, dialect)?).await?;
        let mut w = Writer::new();
        for trace in &found {
            match dialect {
                Dialect::Storage => w.message(1, |w| w.bytes(1, &trace.trace_id.0)),
                _ => w.bytes(1, &trace.trace_id.0),
            }
        }
        Ok(w.finish())
    })
}

fn services(asked: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async move {
        let mut w = Writer::new();
        for name in whole::services(&asked.state, asked.tenant).await? {
            w.text(1, &name);
        }
        Ok(w.finish())
    })
}

fn operation_names(asked: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async move {
        let Asked { state, tenant, message, dialect } = asked;
        let (service, kind) = operations(&message)?;
        let mut w = Writer::new();
        // The oldest messages have names alone in the first field.
        let number = if dialect == Dialect::Spans { 2 } else { 1 };
        for (name, kind) in asked::operations(&state, &tenant, &service, &kind).await? {
            w.message(number, |w| {
                w.text(1, &name);
                w.text(2, kind);
            });
        }
        Ok(w.finish())
    })
}

fn dependencies(asked: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async move {
        let Asked { state, tenant, message, .. } = asked;
        let (start, end) = window(&message)?;
        let mut w = Writer::new();
        for ((parent, child), (count, _)) in asked::calls(&state, tenant, start, end).await? {
            w.message(1, |w| {
                w.text(1, &parent);
                w.text(2, &child);
                w.uint(3, count);
            });
        }
        Ok(w.finish())
    })
}

fn write_span(asked: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async move {
        store(&asked.state, asked.tenant, written_span(&asked.message)?).await?;
        Ok(Vec::new())
    })
}

/// An empty message: a writer that is closed, and a storage without an archive.
fn nothing(_: Asked) -> BoxFuture<'static, Result<Vec<u8>, Fault>> {
    Box::pin(async { Ok(Vec::new()) })
}

//! `tempopb.StreamingQuerier`: the searches of this API over gRPC, answered in parts as they are found.
//!
//! Each request is read as the parameters of its HTTP twin, so both mean the same and refuse the same. A message holds what
//! is to be added to those before it: new traces, new series, new names. What was sent is never taken back.

use super::proto;
use super::{metrics, search, tags};
use crate::error::Fault;
use crate::grpc::{self, Messages};
use crate::params::Params;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use axum::routing::post;
use http::Request;
use model::Tenant;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stdx::BoxFuture;
use wire::proto::Writer;

type Shared = extract::State<Arc<State>>;

/// 1 MiB: what clients of this service are used to; gRPC's own limit on the receiving side is 4 MiB.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Parts of a range that are answered before all of it: a sixteenth and a quarter add a third to the work.
const PARTIAL_SHARES: [i64; 2] = [16, 4];

/// The service's methods.
pub(super) fn routes(state: Arc<State>) -> Router {
    let method = |name: &str| format!("/tempopb.StreamingQuerier/{name}");
    Router::new()
        .route(&method("Search"), post(search_traces))
        .route(&method("SearchTags"), post(first_names))
        .route(&method("SearchTagsV2"), post(second_names))
        .route(&method("SearchTagValues"), post(first_values))
        .route(&method("SearchTagValuesV2"), post(second_values))
        .route(&method("MetricsQueryRange"), post(range))
        .route(&method("MetricsQueryInstant"), post(instant))
        .with_state(state)
}

/// A request that was read.
struct Asked {
    state: Arc<State>,
    tenant: Tenant,
    params: Params,
}

/// What answers a request: a plain function, boxed so that its type says that it may move between threads.
type Handler = fn(Asked, Messages) -> BoxFuture<'static, Result<(), Fault>>;

async fn answer(
    state: Arc<State>,
    request: Request<Body>,
    fields: &'static [proto::Param],
    handler: Handler,
) -> Response {
    let limits = state.limits().clone();
    let streamed: grpc::Streamed = Box::new(move |call, messages| {
        Box::pin(async move {
            let tenant = state.options.tenancy.of(&call.headers)?;
            let params = Params::of(proto::params(&call.message, fields)?);
            handler(Asked { state, tenant, params }, messages).await
        })
    });
    grpc::streaming(&limits, request, streamed).await
}

/// Sends `parts` as field 1 of as few messages as they fit in, and `tail` with the last one; at least one message.
async fn send(
    messages: &Messages,
    parts: impl IntoIterator<Item = Vec<u8>>,
    tail: impl Fn(&mut Writer),
) -> Result<(), Fault> {
    let (mut w, mut bytes) = (Writer::new(), 0);
    for part in parts {
        if bytes > 0 && bytes + part.len() > MAX_MESSAGE_BYTES {
            messages.send(std::mem::take(&mut w).finish()).await?;
            bytes = 0;
        }
        bytes += part.len();
        w.bytes(1, &part);
    }
    tail(&mut w);
    messages.send(w.finish()).await
}

async fn search_traces(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let search = search::read(&asked.params, &asked.state, &asked.tenant)?;
            let query = search.prepare()?;
            let cx = asked.state.query_context(asked.tenant, None);
            let (source, cost) = (asked.state.engines.spans.clone(), cx.stats.clone());
            let run = move |cx| async move {
                let mut running =
                    traceql::Search::open(source.as_ref(), &cx, query.as_ref(), search.params).await?;
                let told = |w: &mut Writer, inspected: u64, ended: bool| {
                    proto::search_metrics(w, inspected, 0, cost.bytes_read.load(Ordering::Relaxed), ended);
                };
                while let Some(mut traces) = running.next_batch().await? {
                    search.cut(&mut traces);
                    if !traces.is_empty() {
                        let inspected = running.inspected;
                        let parts = traces.iter().map(|found| proto::trace(found, &search.id(found)));
                        send(&messages, parts.collect::<Vec<_>>(), |w| told(w, inspected, false)).await?;
                    }
                }
                let inspected = running.inspected;
                send(&messages, [], |w| told(w, inspected, true)).await
            };
            asked.state.run(cx, run).await
        })
    };
    answer(state, request, proto::SEARCH, handler).await
}

async fn first_names(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let names = tags::names(&asked.state, asked.tenant, &asked.params).await?;
            let parts = names.flat().into_iter().map(|name| name.as_bytes().to_vec());
            send(&messages, parts.collect::<Vec<_>>(), proto::tag_metrics).await
        })
    };
    answer(state, request, proto::NAMES, handler).await
}

async fn second_names(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let names = tags::names(&asked.state, asked.tenant, &asked.params).await?;
            let parts = names.scopes().into_iter().map(|(scope, tags)| proto::scope(scope, &tags));
            send(&messages, parts.collect::<Vec<_>>(), proto::tag_metrics).await
        })
    };
    answer(state, request, proto::NAMES, handler).await
}

async fn first_values(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let name = asked.params.get("name").to_owned();
            let texts = tags::texts(&asked.state, asked.tenant, &asked.params, &name).await?;
            send(&messages, texts.into_iter().map(String::into_bytes), proto::tag_metrics).await
        })
    };
    answer(state, request, proto::VALUES, handler).await
}

async fn second_values(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let name = asked.params.get("name").to_owned();
            let values = tags::typed_values(&asked.state, asked.tenant, &asked.params, &name).await?;
            let parts: Vec<Vec<u8>> = values.iter().map(|(kind, text)| proto::typed(kind, text)).collect();
            send(&messages, parts, proto::tag_metrics).await
        })
    };
    answer(state, request, proto::VALUES, handler).await
}

async fn range(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let query = metrics::read(&asked.params, asked.state.clock.now_nanos())?;
            // The newest first: it is looked at first, and is a small part of the work.
            for share in PARTIAL_SHARES {
                let Some(part) = query.newest(share) else { break };
                let result = metrics::run_range(&asked.state, asked.tenant.clone(), &part).await?;
                if !result.truncated && !result.series.is_empty() {
                    let tail = |w: &mut Writer| proto::search_metrics(w, 0, result.inspected, 0, false);
                    send(&messages, result.series.iter().map(proto::series), tail).await?;
                }
            }
            let result = metrics::run_range(&asked.state, asked.tenant, &query).await?;
            let tail = |w: &mut Writer| proto::metrics_end(w, &result, query.max_series);
            send(&messages, result.series.iter().map(proto::series), tail).await
        })
    };
    answer(state, request, proto::RANGE, handler).await
}

async fn instant(extract::State(state): Shared, request: Request<Body>) -> Response {
    let handler: Handler = |asked, messages| {
        Box::pin(async move {
            let query = metrics::read(&asked.params, asked.state.clock.now_nanos())?;
            let result = metrics::run_instant(&asked.state, asked.tenant, &query).await?;
            let tail = |w: &mut Writer| proto::metrics_end(w, &result, query.max_series);
            send(&messages, result.series.iter().map(proto::instant_series), tail).await
        })
    };
    answer(state, request, proto::INSTANT, handler).await
}

#[cfg(test)]
mod tests;

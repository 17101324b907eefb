//! `POST /api/oriel/v1/query`: many queries of a page in one request, each answered as soon as it is ready.
//!
//! ```text
//! {"queries":[{"id":"0","signal":"metrics","mode":"range","query":"up","start":ms,"end":ms,"step":ms}, ..]}
//!    --> batch/ask.rs: the languages, through the admission that every query passes
//!    --> batch/frame.rs: frames of columns, streamed in the order in which they are ready
//! ```
//! A caller who leaves cancels what still runs. Invariant: the last frame is `end`; a stream without it was cut off.
//! The format is in `docs/formats/frames.md`; it is the web UI's own and may change with it.

mod ask;
mod frame;

use crate::api::grafana::ApiError;
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use ask::Asked;
use axum::Router;
use axum::body::Body;
use axum::extract::{self, Request};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use stdx::task;

/// Queries of one page with room to spare: 100 panels with a few queries each.
const MAX_QUERIES: usize = 500;
/// A page's queries are a few hundred bytes each; matchers of a hundred chosen values make them longer.
const MAX_BODY_BYTES: u64 = 8 << 20;
/// Queries of one page that run at once: less than half of what runs at once at all, so that others get their turn.
const AT_ONCE: usize = 8;
/// What frames are.
const CONTENT_TYPE: &str = "application/vnd.oriel.frames";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    queries: Vec<Asked>,
}

/// The route.
pub fn routes(state: Arc<State>) -> Router {
    Router::new().route("/api/oriel/v1/query", post(query)).with_state(state)
}

async fn query(state: extract::State<Arc<State>>, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, body) = request.into_parts();
    let batch: Batch = serde_json::from_slice(&body::read(body, MAX_BODY_BYTES).await?)?;
    if batch.queries.is_empty() || batch.queries.len() > MAX_QUERIES {
        return Err(ApiError::bad(format!("bad request data: expected 1 to {MAX_QUERIES} queries")));
    }
    // Refused at once, not in each frame.
    state.options.tenancy.all_of(&parts.headers)?;
    let frames = answer(state, parts.headers, batch.queries).map(Ok::<_, Infallible>);
    Ok(respond::with_type(StatusCode::OK, CONTENT_TYPE, Body::from_stream(frames)))
}

/// Frames of all queries, then the end. Questions that are the same are asked once.
fn answer(state: Arc<State>, headers: HeaderMap, queries: Vec<Asked>) -> impl stream::Stream<Item = Bytes> {
    let count = queries.len();
    let mut groups: Vec<(Vec<String>, Asked)> = Vec::new();
    for mut asked in queries {
        let id = std::mem::take(&mut asked.id);
        match groups.iter_mut().find(|(_, known)| *known == asked) {
            Some((ids, _)) => ids.push(id),
            None => groups.push((vec![id], asked)),
        }
    }
    let headers = Arc::new(headers);
    let one = move |(ids, asked): (Vec<String>, Asked)| {
        let (state, headers) = (state.clone(), headers.clone());
        let (named, signal) = (ids.clone(), asked.signal);
        // A task each: a query computes where it is awaited.
        let answered = task::spawn(async move {
            match ask::answer(&state, &headers, &asked).await {
                Ok(answered) => frame::of(&ids, answered).await,
                Err(fault) => vec![frame::error(&ids, asked.signal, &fault)],
            }
        });
        async move {
            stream::iter(answered.join().await.unwrap_or_else(|panic| {
                tracing::error!(%panic, "an answer of a page could not be made");
                vec![frame::error(
                    &named,
                    signal,
                    &Fault::internal("the query failed inside Oriel; its log says where"),
                )]
            }))
        }
    };
    let all = stream::iter(groups).map(one).buffer_unordered(AT_ONCE).flatten();
    all.chain(stream::once(async move { frame::end(count) }))
}

#[cfg(test)]
mod tests;

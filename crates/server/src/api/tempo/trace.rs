//! `GET /api/traces/{id}` and `GET /api/v2/traces/{id}`: one whole trace, in JSON or protobuf.
//!
//! An unknown id is 404 without a body at the first path, and 200 with an empty trace at the second. `start` and `end` are
//! checked and otherwise no condition: a trace that is there is found. One that is too large to be held is sent on a part
//! at a time. The second path also answers a part of the trace (`shape.rs`), and in a form for language models (`llm.rs`).

mod deletes;
mod llm;
mod prune;
mod shape;
mod shared;
mod spelling;

pub(crate) use llm::{ACCEPT as LLM, CONTENT_TYPE as LLM_CONTENT_TYPE, plain_value};

use super::{ApiError, times};
use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use bytes::Bytes;
use contract::{Context, SpanSource};
pub(super) use deletes::delete;
use futures_util::stream;
use http::{Request, StatusCode, header};
use model::{SpanBatch, Tenant, TraceId};
use shape::Shape;
use spelling::{PROTOBUF, Spelling};
use std::sync::Arc;
use stdx::BoxFuture;
use tokio::sync::mpsc;

type Shared = extract::State<Arc<State>>;

/// The first path.
pub(super) async fn first(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    Ok(answer(&state, &id, false, request).await?)
}

/// The second path.
pub(super) async fn second(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    Ok(answer(&state, &id, true, request).await?)
}

async fn answer(
    state: &Arc<State>,
    id: &str,
    second: bool,
    request: Request<Body>,
) -> Result<Response, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let id = parse_id(id).map_err(Fault::invalid)?;
    times::optional_range(&params)?;
    let accept = header_text(&parts.headers, header::ACCEPT);
    let shape = if second { Shape::read(&params)? } else { Shape::default() };
    let for_models = second && accept.contains(LLM);
    let spelling = Spelling { second, protobuf: accept.contains(PROTOBUF) && !for_models };
    if for_models || !shape.is_whole() {
        return shaped(state, tenant, id, &shape, (!for_models).then_some(spelling)).await;
    }
    let (cx, source, here) = (state.query_context(tenant, None), state.engines.spans.clone(), state.clone());
    // One part is being sent, one is being made.
    let (sender, mut sent) = mpsc::channel(1);
    let ask = move |cx| async move { read(&*source, &cx, id, spelling, sender).await };
    let mut asked: Asked = Box::pin(async move { here.run(cx, ask).await });
    let first = tokio::select! {
        biased;
        Some(first) = sent.recv() => first,
        found = &mut asked => return Ok(match found? {
            None if !second => respond::empty(StatusCode::NOT_FOUND),
            mut found => {
                found.iter_mut().for_each(shared::tell_apart);
                respond::with_type(StatusCode::OK, spelling.content_type(), spelling.whole(found.as_ref()))
            }
        }),
    };
    let body = Sending { first: Some(first), sent, asked: Some(asked) };
    let body = Body::from_stream(stream::unfold(body, Sending::next));
    Ok(respond::with_type(StatusCode::OK, spelling.content_type(), body))
}

/// A trace that is there as a whole.
pub(super) enum Whole {
    /// Its spans, each with an id of its own.
    Trace(SpanBatch),
    /// There is none.
    Missing,
}

/// Reads a whole trace. One that comes in parts is too large for what needs all of it at once.
pub(super) async fn whole(state: &Arc<State>, tenant: Tenant, id: TraceId) -> Result<Whole, Fault> {
    let (cx, source) = (state.query_context(tenant, None), state.engines.spans.clone());
    let ask = move |cx: Context| async move {
        let mut parts = source.trace_parts(&cx, id).await?;
        let Some(first) = parts.next_part().await? else { return Ok(None) };
        match parts.next_part().await? {
            None => Ok(Some(first)),
            Some(_) => Err(Fault::new(
                stdx::ErrorKind::Limit,
                "the trace is too large to be filtered, pruned, compared or written for language models; \
                 ask for it as it is",
            )
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)),
        }
    };
    Ok(match state.run(cx, ask).await? {
        None => Whole::Missing,
        Some(mut trace) => {
            shared::tell_apart(&mut trace);
            Whole::Trace(trace)
        }
    })
}

/// A part of a trace, or a form of it that needs all of it at once; without a spelling that for language models.
async fn shaped(
    state: &Arc<State>,
    tenant: Tenant,
    id: TraceId,
    shape: &Shape,
    spelling: Option<Spelling>,
) -> Result<Response, Fault> {
    let (spans, said) = match whole(state, tenant, id).await? {
        Whole::Trace(spans) => {
            let (spans, said) = shape.apply(id, spans)?;
            (Some(spans), said)
        }
        Whole::Missing => (None, String::new()),
    };
    Ok(match spelling {
        Some(spelling) => {
            let body = spelling.whole_but(spans.as_ref(), &said);
            respond::with_type(StatusCode::OK, spelling.content_type(), body)
        }
        None => {
            let body = llm::answer(id, &spans.unwrap_or_default(), &said);
            respond::with_type(StatusCode::OK, LLM_CONTENT_TYPE, body)
        }
    })
}

/// What the engine is asked: the trace, when it comes in one part.
type Asked = BoxFuture<'static, Result<Option<SpanBatch>, Fault>>;

/// Reads a trace; when it comes in several parts, sends them on as they come.
async fn read(
    source: &dyn SpanSource,
    cx: &Context,
    id: TraceId,
    spelling: Spelling,
    sender: mpsc::Sender<Bytes>,
) -> Result<Option<SpanBatch>, Fault> {
    let mut parts = source.trace_parts(cx, id).await?;
    let Some(first) = parts.next_part().await? else { return Ok(None) };
    let Some(mut next) = parts.next_part().await? else { return Ok(Some(first)) };
    let gone = |_| Fault::new(stdx::ErrorKind::Canceled, "the client went away");
    let begin = [spelling.head(), spelling.part(&first, false)].concat();
    drop(first);
    sender.send(Bytes::from(begin)).await.map_err(gone)?;
    loop {
        let part = spelling.part(&next, true);
        sender.send(part).await.map_err(gone)?;
        match parts.next_part().await? {
            Some(part) => next = part,
            None => break,
        }
    }
    sender.send(spelling.tail()).await.map_err(gone)?;
    Ok(None)
}

/// A body that is being sent.
struct Sending {
    first: Option<Bytes>,
    sent: mpsc::Receiver<Bytes>,
    /// Dropped with the body: a client that goes away ends the reading.
    asked: Option<Asked>,
}

impl Sending {
    /// The next bytes. A failure on the way breaks the body off: the client sees that it is not whole.
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        if let Some(first) = self.first.take() {
            return Some((Ok(first), self));
        }
        loop {
            let Some(asked) = &mut self.asked else {
                return self.sent.recv().await.map(|bytes| (Ok(bytes), self));
            };
            tokio::select! {
                biased;
                Some(bytes) = self.sent.recv() => return Some((Ok(bytes), self)),
                ended = asked => {
                    self.asked = None;
                    if let Err(fault) = ended {
                        tracing::warn!(error = fault.message(), "a trace was sent in part only");
                        return Some((Err(std::io::Error::other(fault.message().to_owned())), self));
                    }
                }
            }
        }
    }
}

/// 1 to 32 hexadecimal digits, padded with zeros on the left.
pub(crate) fn parse_id(text: &str) -> Result<TraceId, String> {
    if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit()) {
        return Err(format!(
            "trace IDs can only contain hex characters: invalid character '{c}' at position {}",
            at + 1
        ));
    }
    if text.len() > 32 {
        return Err("trace IDs can't be larger than 128 bits".to_owned());
    }
    let number = u128::from_str_radix(text, 16).map_err(|_| "please provide a traceID".to_owned())?;
    Ok(TraceId(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hexadecimal_of_any_length_up_to_32() {
        assert_eq!(parse_id("aB").unwrap().to_string(), format!("{}ab", "0".repeat(30)));
        assert!(parse_id("xyz").unwrap_err().ends_with("invalid character 'x' at position 1"));
        assert!(parse_id("12-34").unwrap_err().ends_with("'-' at position 3"));
        assert!(parse_id(&"1".repeat(33)).unwrap_err().contains("128 bits"));
        assert!(parse_id("").is_err());
    }
}

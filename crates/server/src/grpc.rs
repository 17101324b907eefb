//! gRPC at the doors: tonic frames, unpacks, limits and ends the calls; messages are bytes to us, `wire` decodes them.
//!
//! ```text
//! request -> tonic (frames, gzip, zstd, size) -> Call { headers, message } -> a handler -> one message, or a stream of them
//! ```
//! Invariant: a message is never larger than `max_body_bytes`, packed or unpacked; a larger one is refused with
//! `ResourceExhausted` before it is held. A stream that its caller leaves stops the query behind it.
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use crate::error::Fault;
use crate::limits::Limits;
use axum::body::Body;
use axum::response::Response;
use bytes::{Buf, BufMut, Bytes};
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use std::future::Future;
use std::pin::Pin;
use stdx::BoxFuture;
use stdx::task::{self, Task};
use tokio::sync::mpsc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, ServerStreamingService, UnaryService};
use tonic::{Code, Status};
use wire::proto::Writer;

/// Messages of a stream that wait for a slow caller; the query waits with them.
const STREAM_QUEUE: usize = 4;

/// How long a refused sender should wait, in seconds: what the replaced systems tell theirs.
pub(crate) const RETRY_SECONDS: u64 = 5;

/// What a caller sent: its metadata and the one message of a call.
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
    pub(crate) message: Bytes,
}

/// Where a streaming handler puts its messages.
pub(crate) struct Messages(mpsc::Sender<Result<Bytes, Status>>);

impl Messages {
    /// Sends a message; an error when the caller left.
    pub(crate) async fn send(&self, message: Vec<u8>) -> Result<(), Fault> {
        let left = |_| Fault::new(stdx::ErrorKind::Canceled, "the caller left");
        self.0.send(Ok(Bytes::from(message))).await.map_err(left)
    }
}

/// Answers a call of one message with one message.
pub(crate) async fn unary<F, Fut>(limits: &Limits, request: Request<Body>, handler: F) -> Response
where
    F: FnMut(Call) -> Fut,
    Fut: Future<Output = Result<Vec<u8>, Fault>>,
{
    finish(server(limits).unary(Unary(handler), request).await)
}

/// What makes the messages of a stream. Boxed: its type then says that it may move between threads.
pub(crate) type Streamed =
    Box<dyn FnOnce(Call, Messages) -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// Answers a call of one message with many, each sent as soon as the handler has it.
pub(crate) async fn streaming(limits: &Limits, request: Request<Body>, handler: Streamed) -> Response {
    finish(server(limits).server_streaming(Streaming(Some(handler)), request).await)
}

/// Answers a method that is not known.
pub(crate) fn unimplemented(method: &str) -> Response {
    Status::new(Code::Unimplemented, format!("unknown method {method}")).into_http::<Body>()
}

fn server(limits: &Limits) -> Grpc<Raw> {
    Grpc::new(Raw)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .send_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(Limits::size(limits.max_body_bytes))
}

/// Too large a message is `ResourceExhausted` everywhere but in tonic, which says `OutOfRange`.
fn finish(response: http::Response<tonic::body::Body>) -> Response {
    let mut response = response.map(Body::new);
    if let Some(status) = response.headers_mut().get_mut("grpc-status")
        && *status == HeaderValue::from(Code::OutOfRange as i32)
    {
        *status = HeaderValue::from(Code::ResourceExhausted as i32);
    }
    response
}

/// A failure as a status. One that passes says when to try again: senders drop what is refused without that.
pub(crate) fn status(fault: &Fault) -> Status {
    let code = Code::from_i32(i32::try_from(fault.grpc_code()).unwrap_or(Code::Unknown as i32));
    if code != Code::ResourceExhausted || fault.status() != StatusCode::TOO_MANY_REQUESTS {
        return Status::new(code, fault.message());
    }
    let mut details = Writer::new();
    details.uint(1, u64::from(fault.grpc_code()));
    details.text(2, fault.message());
    details.message(3, |any| {
        any.text(1, "type.googleapis.com/google.rpc.RetryInfo");
        any.message(2, |retry| retry.message(1, |delay| delay.uint(1, RETRY_SECONDS)));
    });
    Status::with_details(code, fault.message(), Bytes::from(details.finish()))
}

/// Messages as they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = message.remaining();
        Ok(Some(message.copy_to_bytes(length)))
    }
}

fn call_of(request: tonic::Request<Bytes>) -> Call {
    let (metadata, _, message) = request.into_parts();
    Call { headers: metadata.into_headers(), message }
}

struct Unary<F>(F);

impl<F, Fut> UnaryService<Bytes> for Unary<F>
where
    F: FnMut(Call) -> Fut,
    Fut: Future<Output = Result<Vec<u8>, Fault>>,
{
    type Response = Bytes;
    type Future = Answer<Fut>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        Answer(Box::pin((self.0)(call_of(request))))
    }
}

/// A handler's future, its outcome told as tonic wants it.
struct Answer<Fut>(Pin<Box<Fut>>);

impl<Fut: Future<Output = Result<Vec<u8>, Fault>>> Future for Answer<Fut> {
    type Output = Result<tonic::Response<Bytes>, Status>;

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<<Self as Future>::Output> {
        let told = |outcome: Result<Vec<u8>, Fault>| match outcome {
            Ok(message) => Ok(tonic::Response::new(Bytes::from(message))),
            Err(fault) => Err(status(&fault)),
        };
        self.0.as_mut().poll(cx).map(told)
    }
}

/// A handler, until it is called.
struct Streaming(Option<Streamed>);

impl ServerStreamingService<Bytes> for Streaming {
    type Response = Bytes;
    type ResponseStream = Replies;
    type Future = std::future::Ready<Result<tonic::Response<Replies>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let Some(handler) = self.0.take() else {
            return std::future::ready(Err(Status::new(Code::Internal, "the call was answered already")));
        };
        let (messages, queue) = mpsc::channel(STREAM_QUEUE);
        let failed = messages.clone();
        let work = handler(call_of(request), Messages(messages));
        let task = task::spawn(async move {
            if let Err(fault) = work.await {
                // The caller left: nobody is to be told.
                let _ = failed.send(Err(status(&fault))).await;
            }
        });
        std::future::ready(Ok(tonic::Response::new(Replies { queue, _task: task })))
    }
}

/// The messages of a stream; owns the task that makes them, so that it ends with the call.
struct Replies {
    queue: mpsc::Receiver<Result<Bytes, Status>>,
    _task: Task<()>,
}

impl Stream for Replies {
    type Item = Result<Bytes, Status>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.queue.poll_recv(cx)
    }
}

#[cfg(test)]
mod tests;

//! gRPC over HTTP/2, as far as the doors need it: one message in, messages out, a status in the trailers.
//!
//! ```text
//! body = (flag u8: 1 = compressed | length u32 big-endian | message)*      trailers: grpc-status, grpc-message
//! ```
//! Written here rather than taken from a framework because every body must be read and unpacked under a cap of ours, and
//! because messages are bytes to us: `wire` decodes them.
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use crate::body::{self, header_text};
use crate::error::Fault;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use http_body::Frame;
use http_body_util::StreamBody;
use stdx::ErrorKind;

/// The status of an unknown method.
pub(crate) const UNIMPLEMENTED: u32 = 12;

/// Flag and length before each message.
const PREFIX_BYTES: usize = 5;

/// Reads the one message of a unary call.
pub(crate) async fn read_message(
    headers: &HeaderMap,
    body: Body,
    max_body_bytes: u64,
    max_unpacked_bytes: u64,
) -> Result<Bytes, Fault> {
    let body = body::read(body, max_body_bytes)
        .await
        .map_err(|fault| Fault::new(ErrorKind::Limit, fault.message()))?;
    let (prefix, rest) =
        body.split_first_chunk::<PREFIX_BYTES>().ok_or_else(|| Fault::invalid("missing message"))?;
    let [flag, length @ ..] = *prefix;
    let length = u32::from_be_bytes(length) as usize;
    if rest.len() != length {
        return Err(Fault::invalid(format!(
            "message of {length} bytes announced, {} bytes sent",
            rest.len()
        )));
    }
    let message = body.slice(PREFIX_BYTES..);
    match flag {
        0 => Ok(message),
        1 => {
            let encoding = header_text(headers, "grpc-encoding").to_ascii_lowercase();
            let packed = Some(encoding.as_str()).filter(|encoding| !matches!(*encoding, "" | "identity"));
            packed.and_then(|encoding| body::unpack(encoding, message, max_unpacked_bytes)).unwrap_or_else(
                || Err(Fault::invalid(format!("grpc-encoding {encoding:?} is not supported"))),
            )
        }
        _ => Err(Fault::invalid("invalid compression flag")),
    }
}

fn frame(message: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(PREFIX_BYTES + message.len());
    out.push(0);
    out.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(message);
    Bytes::from(out)
}

/// An answer of one message and status 0.
pub(crate) fn message(message: &[u8]) -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames =
        [Frame::data(frame(message)), Frame::trailers(trailers)].map(Ok::<_, std::convert::Infallible>);
    respond(Body::new(StreamBody::new(stream::iter(frames))))
}

/// An answer of no message and a status: it stands in the headers.
pub(crate) fn failure(code: u32, text: &str) -> Response {
    let mut response = respond(Body::empty());
    let headers = response.headers_mut();
    headers.insert("grpc-status", HeaderValue::from(code));
    if let Ok(text) = HeaderValue::from_str(&percent_encode(text)) {
        headers.insert("grpc-message", text);
    }
    response
}

fn respond(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// Printable ASCII without `%` stays, other bytes become `%XX`.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_message_is_read_under_its_caps() {
        let read = |headers: HeaderMap, body: Vec<u8>| async move {
            read_message(&headers, Body::from(body), 100, 1000).await
        };
        let none = HeaderMap::new();
        assert_eq!(read(none.clone(), vec![0, 0, 0, 0, 2, 7, 8]).await.unwrap(), [7, 8][..]);
        for bad in [vec![], vec![0, 0, 0, 0, 2, 7], vec![2, 0, 0, 0, 0], vec![1, 0, 0, 0, 1, 7]] {
            read(none.clone(), bad).await.unwrap_err();
        }
        let mut gzip = HeaderMap::new();
        gzip.insert("grpc-encoding", HeaderValue::from_static("gzip"));
        let mut packed = frame(&wire::compress::to_gzip(&[5; 900])).to_vec();
        packed[0] = 1;
        assert_eq!(read(gzip.clone(), packed).await.unwrap().len(), 900);
        let mut bomb = frame(&wire::compress::to_gzip(&[5; 2000])).to_vec();
        bomb[0] = 1;
        read(gzip, bomb).await.unwrap_err();
        assert_eq!(read(none, vec![0; 200]).await.unwrap_err().grpc_code(), 8);
        assert_eq!(percent_encode("ü 1%"), "%C3%BC 1%25");
    }
}

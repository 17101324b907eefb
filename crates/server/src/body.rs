//! Request bodies: read with a cap while they stream in, then unpacked with another.

use crate::error::Fault;
use crate::limits::Limits;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Reads a whole body of at most `cap` bytes. A longer one is 413, a broken connection 400.
pub(crate) async fn read(body: Body, cap: u64) -> Result<Bytes, Fault> {
    match Limited::new(body, Limits::size(cap)).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Fault::invalid(format!("the request body is larger than max_body_bytes ({cap} bytes)"))
                .with_status(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(error) => Err(Fault::invalid(format!("the request body ended early: {error}"))),
    }
}

/// A header as text, "" when it is missing or not ASCII.
pub(crate) fn header_text(headers: &HeaderMap, name: impl header::AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// The content type as sent, "" when missing.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    header_text(headers, header::CONTENT_TYPE)
}

/// The content encoding in lower case, "" when missing or `identity`.
pub(crate) fn content_encoding(headers: &HeaderMap) -> String {
    let encoding = header_text(headers, header::CONTENT_ENCODING).trim().to_ascii_lowercase();
    if encoding == "identity" { String::new() } else { encoding }
}

/// Unpacks a body of one of the encodings that several doors take. `None`: not one of them.
pub(crate) fn unpack(encoding: &str, body: Bytes, cap: u64) -> Option<Result<Bytes, Fault>> {
    let cap = Limits::size(cap);
    let unpacked = match encoding {
        "" => return Some(Ok(body)),
        "gzip" => wire::compress::gzip(&body, cap),
        "deflate" => wire::compress::deflate(&body, cap),
        "zstd" => wire::compress::zstd(&body, cap),
        "lz4" => wire::compress::lz4(&body, cap),
        _ => return None,
    };
    Some(unpacked.map(Bytes::from).map_err(Fault::from))
}

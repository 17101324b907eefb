//! Content codings: bodies are decoded by what the response says, and encoded by what the request asks for.

use super::error::Failure;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::{Read, Write};

/// 256 MiB: the largest body that is unpacked; a bomb becomes an error, not an empty machine.
const MAX_DECODED: u64 = 256 << 20;

/// Decodes a body by its `Content-Encoding`, innermost coding last. Unknown codings leave it as it is.
pub(crate) fn decode(body: Bytes, encoding: &str) -> Result<Bytes, Failure> {
    let mut body = body;
    for coding in encoding.split(',').map(str::trim).rev().filter(|c| !c.is_empty()) {
        if body.is_empty() {
            return Ok(body);
        }
        let decoded = match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => read(GzDecoder::new(&body[..])),
            // Servers send "deflate" with and without the zlib frame.
            "deflate" => read(ZlibDecoder::new(&body[..])).or_else(|_| read(DeflateDecoder::new(&body[..]))),
            "br" => read(brotli_decompressor::Decompressor::new(&body[..], BROTLI_BUFFER)),
            "zstd" => zstd::stream::read::Decoder::new(&body[..]).and_then(read),
            _ => return Ok(body),
        };
        let problem = |e| Failure::of(1701, format!("error decompressing response body ({coding}): {e}"));
        body = decoded.map_err(problem)?;
    }
    Ok(body)
}

/// 4 KiB: the decoder's input buffer.
const BROTLI_BUFFER: usize = 4096;

fn read(decoder: impl Read) -> std::io::Result<Bytes> {
    let mut out = Vec::new();
    decoder.take(MAX_DECODED + 1).read_to_end(&mut out)?;
    if out.len() as u64 > MAX_DECODED {
        return Err(std::io::Error::other("unpacked body is over 256 MiB"));
    }
    Ok(Bytes::from(out))
}

/// Encodes a body with the codings of `names`, in order. `Err` names an unknown one.
pub(crate) fn encode(body: &[u8], names: &str) -> Result<Bytes, String> {
    let mut body = body.to_vec();
    for coding in names.split(',').map(str::trim).filter(|c| !c.is_empty()) {
        let done = match coding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&body).and_then(|()| encoder.finish())
            }
            "deflate" => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&body).and_then(|()| encoder.finish())
            }
            "zstd" => zstd::stream::encode_all(&body[..], 0),
            other => {
                return Err(format!(
                    "unknown compression algorithm {other}; there are gzip, deflate and zstd"
                ));
            }
        };
        body = done.map_err(|e| e.to_string())?;
    }
    Ok(Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(body in prop::collection::vec(any::<u8>(), 1..200), names in "(gzip|deflate|zstd)(, (gzip|deflate|zstd))?") {
            let packed = encode(&body, &names).unwrap();
            prop_assert_eq!(&decode(packed, &names).unwrap()[..], &body[..]);
        }

        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200), coding in "gzip|deflate|br|zstd") {
            let _ = decode(Bytes::from(body), &coding);
        }
    }

    #[test]
    fn unknown_codings() {
        assert!(encode(b"x", "lzma").is_err());
        assert_eq!(decode(Bytes::from_static(b"x"), "aws-chunked").unwrap(), Bytes::from_static(b"x"));
        assert_eq!(decode(Bytes::from_static(b"no gzip"), "gzip").unwrap_err().code, 1701);
    }
}

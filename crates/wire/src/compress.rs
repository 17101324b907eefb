//! Unpacks and packs bodies: snappy block, gzip, deflate, zstd and lz4 frames, each with a cap on what comes out.
//!
//! Invariant: at most `cap` + one buffer of bytes are ever unpacked, whatever the input claims.

use crate::error::WireError;
use std::io::Read;

/// zstd's largest window, as a power of two: 8 MiB, the size that RFC 8878 asks every decoder to support.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Unpacks one snappy block (no framing).
pub fn snappy(bytes: &[u8], cap: usize) -> Result<Vec<u8>, WireError> {
    const CORRUPT: WireError = WireError::Compression { codec: "s2" };
    let length = snap::raw::decompress_len(bytes).map_err(|_| CORRUPT)?;
    if length > cap {
        return Err(too_large(cap));
    }
    // A block expands at most 64-fold in practice (a copy of 64 bytes costs at least 2..3), so a claim far beyond the
    // input is a lie; refusing it keeps small hostile bodies from costing `cap` bytes each.
    if length > bytes.len().saturating_mul(64) {
        return Err(CORRUPT);
    }
    snap::raw::Decoder::new().decompress_vec(bytes).map_err(|_| CORRUPT)
}

/// Packs one snappy block.
pub fn to_snappy(bytes: &[u8]) -> Result<Vec<u8>, WireError> {
    snap::raw::Encoder::new()
        .compress_vec(bytes)
        .map_err(|_| WireError::TooLarge { what: "the body to compress", limit: u32::MAX as usize })
}

/// Unpacks gzip.
pub fn gzip(bytes: &[u8], cap: usize) -> Result<Vec<u8>, WireError> {
    read_capped(flate2::read::MultiGzDecoder::new(bytes), "gzip", cap)
}

/// Packs gzip at its fastest level.
pub fn to_gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// Unpacks deflate, with a zlib header (as HTTP says) or without (as some senders do).
pub fn deflate(bytes: &[u8], cap: usize) -> Result<Vec<u8>, WireError> {
    let zlib = matches!(bytes, [cmf, flg, ..] if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0);
    if zlib {
        read_capped(flate2::read::ZlibDecoder::new(bytes), "deflate", cap)
    } else {
        read_capped(flate2::read::DeflateDecoder::new(bytes), "deflate", cap)
    }
}

/// Unpacks zstd.
pub fn zstd(bytes: &[u8], cap: usize) -> Result<Vec<u8>, WireError> {
    const CORRUPT: WireError = WireError::Compression { codec: "zstd" };
    let mut decoder = ::zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| CORRUPT)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| CORRUPT)?;
    read_capped(decoder, "zstd", cap)
}

/// Unpacks an lz4 frame.
pub fn lz4(bytes: &[u8], cap: usize) -> Result<Vec<u8>, WireError> {
    read_capped(lz4_flex::frame::FrameDecoder::new(bytes), "lz4", cap)
}

fn read_capped(reader: impl Read, codec: &'static str, cap: usize) -> Result<Vec<u8>, WireError> {
    let mut out = Vec::new();
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_to_end(&mut out).map_err(|_| WireError::Compression { codec })?;
    if out.len() > cap { Err(too_large(cap)) } else { Ok(out) }
}

fn too_large(limit: usize) -> WireError {
    WireError::TooLarge { what: "the decompressed body", limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    #[test]
    fn each_codec_unpacks_what_was_packed_and_stops_at_its_cap() {
        let text = b"a line that repeats ".repeat(50);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&text).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        raw.write_all(&text).unwrap();
        type Codec = fn(&[u8], usize) -> Result<Vec<u8>, WireError>;
        let mut frame = lz4_flex::frame::FrameEncoder::new(Vec::new());
        frame.write_all(&text).unwrap();
        let cases: [(Codec, Vec<u8>); 6] = [
            (lz4, frame.finish().unwrap()),
            (snappy, to_snappy(&text).unwrap()),
            (gzip, to_gzip(&text)),
            (deflate, zlib.finish().unwrap()),
            (deflate, raw.finish().unwrap()),
            (zstd, ::zstd::encode_all(&text[..], 1).unwrap()),
        ];
        for (unpack, packed) in cases {
            assert_eq!(unpack(&packed, text.len()).unwrap(), text);
            assert_eq!(unpack(&packed, text.len() - 1).unwrap_err(), too_large(text.len() - 1));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_unpack_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            for unpack in [snappy, gzip, deflate, zstd, lz4] {
                if let Ok(out) = unpack(&bytes, 1000) {
                    prop_assert!(out.len() <= 1000);
                }
            }
        }
    }
}

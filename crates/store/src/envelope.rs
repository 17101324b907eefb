//! The envelope of numbered objects (catalog deltas and checkpoints, documents): who wrote which number when, checked.
//!
//! ```text
//! 0   magic                8   version u16, kind u8, zeros
//! 16  put id u128          32  number u64        40  time i64 (ns)
//! 48  payload length u64   56  payload CRC32C    60  CRC32C of bytes 0..60
//! 64  payload
//! ```

use crate::error::StoreError;
use bytes::Bytes;
use codec::crc32c;
use model::Nanos;

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 64;
const VERSION: u16 = 1;

/// The head of a numbered object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// What the payload is; the magic says in which numbering.
    pub(crate) kind: u8,
    /// Who wrote it; 0 where the content is determined by the number.
    pub(crate) put_id: u128,
    /// Its number.
    pub(crate) number: u64,
    /// When it was written, by the writer's clock.
    pub(crate) at: Nanos,
}

/// Head and payload as an object.
pub(crate) fn seal(magic: &[u8; 8], head: Head, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(HEADER_BYTES + payload.len());
    out.extend_from_slice(magic);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.push(head.kind);
    out.extend_from_slice(&[0; 5]);
    out.extend_from_slice(&head.put_id.to_le_bytes());
    out.extend_from_slice(&head.number.to_le_bytes());
    out.extend_from_slice(&head.at.0.to_le_bytes());
    out.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    out.extend_from_slice(&crc32c(payload).to_le_bytes());
    let crc = crc32c(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(payload);
    out.into()
}

/// Checks an object; answers its head and payload.
pub(crate) fn open<'a>(path: &str, magic: &[u8; 8], bytes: &'a [u8]) -> Result<(Head, &'a [u8]), StoreError> {
    let corrupt = |offset, what: &str| StoreError::corrupt(path, offset, what);
    let Some((header, payload)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(corrupt(bytes.len() as u64, "shorter than its header"));
    };
    if &header[..8] != magic {
        return Err(corrupt(0, &format!("does not start with {}", String::from_utf8_lossy(magic))));
    }
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let long = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    if word(60) != crc32c(&header[..60]) {
        return Err(corrupt(60, "the checksum of the header does not match"));
    }
    let version = u16::from_le_bytes([header[8], header[9]]);
    if version != VERSION {
        return Err(corrupt(8, &format!("version {version}, expected {VERSION}")));
    }
    if long(48) != payload.len() as u64 {
        return Err(corrupt(48, &format!("{} of {} payload bytes", payload.len(), long(48))));
    }
    if word(56) != crc32c(payload) {
        return Err(corrupt(HEADER_BYTES as u64, "the checksum of the payload does not match"));
    }
    let put_id = u128::from_le_bytes(header[16..32].try_into().expect("sixteen bytes"));
    let head = Head { kind: header[10], put_id, number: long(32), at: Nanos(long(40).cast_signed()) };
    Ok((head, payload))
}

//! The bytes of catalog objects. `docs/formats/catalog.md` is the specification.
//!
//! ```text
//! envelope (see `envelope.rs`): magic "ORIELCAT", kind 1 delta or 2 checkpoint, number = version of the catalog
//! delta payload:       added blocks, removed block ids, flushed positions
//! checkpoint payload:  all blocks, tombstones, flushed positions
//! ```

use super::Delta;
use super::snapshot::{Snapshot, Tombstone};
use crate::envelope::{self, HEADER_BYTES, Head};
use crate::error::StoreError;
use crate::log::Position;
use crate::meta::{BlockMeta, decode_id, decode_signal, decode_tenant};
use bytes::Bytes;
use codec::{CodecError, Reader, put_i64, put_str, put_u64};
use model::Nanos;
use std::sync::Arc;

pub(crate) const MAGIC: &[u8; 8] = b"ORIELCAT";

/// What a catalog object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Delta = 1,
    Checkpoint = 2,
}

/// The path of a catalog object.
pub(crate) fn path(number: u64, kind: Kind) -> String {
    let suffix = if kind == Kind::Delta { "delta" } else { "checkpoint" };
    format!("catalog/{number:020}.{suffix}")
}

/// The number and kind that [`path`] was made from.
pub(crate) fn parse_path(path: &str) -> Option<(u64, Kind)> {
    let (number, suffix) = path.strip_prefix("catalog/")?.split_once('.')?;
    let kind = match suffix {
        "delta" => Kind::Delta,
        "checkpoint" => Kind::Checkpoint,
        _ => return None,
    };
    let digits = number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| number.parse().ok()).flatten().map(|number| (number, kind))
}

pub(crate) fn encode_delta(put_id: u128, number: u64, at: Nanos, delta: &Delta) -> Bytes {
    let mut payload = Vec::new();
    put_u64(&mut payload, delta.add.len() as u64);
    delta.add.iter().for_each(|block| block.encode_framed(&mut payload));
    put_u64(&mut payload, delta.remove.len() as u64);
    delta.remove.iter().for_each(|id| payload.extend_from_slice(&id.0.to_be_bytes()));
    encode_flushed(&mut payload, delta.flushed.iter().map(|(log, position)| (log.as_str(), *position)));
    envelope::seal(MAGIC, Head { kind: Kind::Delta as u8, put_id, number, at }, &payload)
}

pub(crate) fn encode_checkpoint(snapshot: &Snapshot, at: Nanos) -> Bytes {
    let mut payload = Vec::new();
    put_u64(&mut payload, snapshot.all_blocks().count() as u64);
    snapshot.all_blocks().for_each(|block| block.encode_framed(&mut payload));
    put_u64(&mut payload, snapshot.tombstones.len() as u64);
    for (id, tombstone) in &*snapshot.tombstones {
        payload.extend_from_slice(&id.0.to_be_bytes());
        put_str(&mut payload, tombstone.tenant.as_str());
        payload.push(tombstone.signal.code());
        put_i64(&mut payload, tombstone.at.0);
    }
    encode_flushed(&mut payload, snapshot.logs());
    let head = Head { kind: Kind::Checkpoint as u8, put_id: 0, number: snapshot.version, at };
    envelope::seal(MAGIC, head, &payload)
}

fn encode_flushed<'a>(out: &mut Vec<u8>, flushed: impl Iterator<Item = (&'a str, Position)>) {
    let flushed: Vec<_> = flushed.collect();
    put_u64(out, flushed.len() as u64);
    for (log, position) in flushed {
        put_str(out, log);
        position.encode(out);
    }
}

/// A delta with its time. `path` and `number` say which one it must be.
pub(crate) fn decode_delta(path: &str, number: u64, bytes: &[u8]) -> Result<(Delta, Nanos), StoreError> {
    let (head, payload) = expect(path, number, Kind::Delta, bytes)?;
    let delta = delta_payload(payload).map_err(|error| damaged(path, error))?;
    Ok((delta, head.at))
}

/// A checkpoint as a snapshot.
pub(crate) fn decode_checkpoint(path: &str, number: u64, bytes: &[u8]) -> Result<Snapshot, StoreError> {
    let (_, payload) = expect(path, number, Kind::Checkpoint, bytes)?;
    checkpoint_payload(number, payload).map_err(|error| damaged(path, error))
}

fn expect<'a>(path: &str, number: u64, kind: Kind, bytes: &'a [u8]) -> Result<(Head, &'a [u8]), StoreError> {
    let (head, payload) = envelope::open(path, MAGIC, bytes)?;
    if (head.kind, head.number) != (kind as u8, number) {
        let what = format!("holds kind {} number {} instead of {kind:?} {number}", head.kind, head.number);
        return Err(StoreError::corrupt(path, 10, what));
    }
    Ok((head, payload))
}

fn damaged(path: &str, error: CodecError) -> StoreError {
    let (CodecError::Truncated { offset } | CodecError::Invalid { offset, .. }) = error;
    StoreError::corrupt(path, (HEADER_BYTES + offset) as u64, error)
}

fn delta_payload(payload: &[u8]) -> Result<Delta, CodecError> {
    let mut input = Reader::new(payload);
    let mut delta = Delta::default();
    for _ in 0..input.count()? {
        delta.add.push(BlockMeta::decode_framed(&mut input)?);
    }
    for _ in 0..input.count()? {
        delta.remove.push(decode_id(&mut input)?);
    }
    delta.flushed = decode_flushed(&mut input)?;
    Ok(delta)
}

fn checkpoint_payload(number: u64, payload: &[u8]) -> Result<Snapshot, CodecError> {
    let mut input = Reader::new(payload);
    let mut snapshot = Snapshot { version: number, ..Snapshot::default() };
    for _ in 0..input.count()? {
        snapshot.insert(Arc::new(BlockMeta::decode_framed(&mut input)?));
    }
    for _ in 0..input.count()? {
        let id = decode_id(&mut input)?;
        let (tenant, signal) = (decode_tenant(&mut input)?, decode_signal(&mut input)?);
        let tombstone = Tombstone { tenant, signal, at: Nanos(input.i64()?) };
        Arc::make_mut(&mut snapshot.tombstones).insert(id, tombstone);
    }
    snapshot.flushed = decode_flushed(&mut input)?.into_iter().collect();
    Ok(snapshot)
}

fn decode_flushed(input: &mut Reader<'_>) -> Result<Vec<(String, Position)>, CodecError> {
    let mut flushed = Vec::new();
    for _ in 0..input.count()? {
        flushed.push((input.str()?.to_owned(), Position::decode(input)?));
    }
    Ok(flushed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::BlockId;
    use crate::meta::tests::any_meta;
    use proptest::prelude::*;

    fn any_delta() -> impl Strategy<Value = Delta> {
        let position =
            (any::<u64>(), any::<u64>()).prop_map(|(segment, offset)| Position { segment, offset });
        let flushed = proptest::collection::vec(("[a-z]{1,9}", position), 0..4);
        let remove = proptest::collection::vec(any::<u128>().prop_map(BlockId), 0..4);
        (proptest::collection::vec(any_meta(), 0..6), remove, flushed)
            .prop_map(|(add, remove, flushed)| Delta { add, remove, flushed })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn deltas_and_checkpoints_come_back(delta in any_delta(), put_id: u128, number: u64, at: i64, flip: (usize, u8)) {
            let name = path(number, Kind::Delta);
            prop_assert_eq!(parse_path(&name), Some((number, Kind::Delta)));
            let bytes = encode_delta(put_id, number, Nanos(at), &delta);
            let head = Head { kind: 1, put_id, number, at: Nanos(at) };
            prop_assert_eq!(envelope::open(&name, MAGIC, &bytes)?.0, head);
            prop_assert_eq!(decode_delta(&name, number, &bytes)?, (delta.clone(), Nanos(at)));
            prop_assert!(decode_checkpoint(&name, number, &bytes).is_err());

            let adds = Delta { remove: vec![], ..delta.clone() };
            let removes = Delta { remove: delta.add.iter().take(1).map(|b| b.id).collect(), ..Delta::default() };
            let full = Snapshot::default().with(&adds, Nanos(at))?.with(&removes, Nanos(at))?;
            let name = path(full.version, Kind::Checkpoint);
            let bytes = encode_checkpoint(&full, Nanos(at));
            prop_assert_eq!(decode_checkpoint(&name, full.version, &bytes)?, full.clone());

            let mut flipped = bytes.to_vec();
            let at = flip.0 % flipped.len();
            flipped[at] ^= flip.1.max(1);
            prop_assert!(decode_checkpoint(&name, full.version, &flipped).is_err());
        }

        #[test]
        fn hostile_payloads_do_not_panic(bytes: Vec<u8>) {
            let _ = envelope::open("x", MAGIC, &bytes);
            let _ = delta_payload(&bytes);
            let _ = checkpoint_payload(1, &bytes);
        }
    }
}

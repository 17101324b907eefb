//! Names of blocks: signal, id, metadata, path. What the catalog lists and a block's footer repeats.

use crate::log::Position;
use codec::{CodecError, Reader, put_i64, put_len_bytes, put_str, put_u64};
use model::{Nanos, Tenant};
use std::fmt;

/// Which of the three kinds of telemetry a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Samples.
    Metrics,
    /// Lines.
    Logs,
    /// Spans.
    Traces,
}

impl Signal {
    /// All of them, in order.
    pub const ALL: [Signal; 3] = [Signal::Metrics, Signal::Logs, Signal::Traces];

    /// Its name in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
            Signal::Traces => "traces",
        }
    }

    /// Its number in formats.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The signal of a number in a format.
    pub(crate) fn from_code(code: u8) -> Option<Signal> {
        Signal::ALL.get(usize::from(code)).copied()
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identity of a block: a hash of what it was made from, so that making it again after a crash writes the same key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u128);

impl BlockId {
    /// The XXH3-128 of `parts`, each behind its length (8 bytes, little-endian).
    pub fn derive(parts: &[&[u8]]) -> BlockId {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        BlockId(hash.digest128())
    }

    /// Reads 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<BlockId> {
        let hex = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(BlockId)
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockId({self})")
    }
}

/// What is known of a block without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockMeta {
    /// Its identity.
    pub id: BlockId,
    /// Whose data.
    pub tenant: Tenant,
    /// What sort of data.
    pub signal: Signal,
    /// 0 for a flush, 1 and 2 for merges.
    pub level: u8,
    /// The earliest time inside.
    pub start: Nanos,
    /// The first instant after the latest time inside.
    pub end: Nanos,
    /// Samples, lines or spans.
    pub rows: u64,
    /// The size of the object in bytes.
    pub bytes: u64,
    /// The stretch of the log that it was flushed from.
    pub covered: Option<(Position, Position)>,
}

impl BlockMeta {
    /// The path of its object: `blocks/<tenant>/<signal>/<id>.block`.
    pub fn path(&self) -> String {
        block_path(&self.tenant, self.signal, self.id)
    }

    /// Appends the fields, in the order of `docs/formats/catalog.md`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0.to_be_bytes());
        put_str(out, self.tenant.as_str());
        out.push(self.signal.code());
        out.push(self.level);
        put_i64(out, self.start.0);
        put_i64(out, self.end.0);
        put_u64(out, self.rows);
        put_u64(out, self.bytes);
        out.push(u8::from(self.covered.is_some()));
        if let Some((from, to)) = self.covered {
            from.encode(out);
            to.encode(out);
        }
    }

    /// The fields behind their length, so that a later version may append some.
    pub(crate) fn encode_framed(&self, out: &mut Vec<u8>) {
        let mut fields = Vec::with_capacity(96);
        self.encode(&mut fields);
        put_len_bytes(out, &fields);
    }

    /// Reads what [`BlockMeta::encode`] wrote; later fields are skipped.
    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<BlockMeta, CodecError> {
        let id = decode_id(input)?;
        let tenant = decode_tenant(input)?;
        let signal = decode_signal(input)?;
        let level = input.u8()?;
        let (start, end) = (Nanos(input.i64()?), Nanos(input.i64()?));
        let (rows, bytes) = (input.u64()?, input.u64()?);
        let covered = match input.u8()? {
            0 => None,
            1 => Some((Position::decode(input)?, Position::decode(input)?)),
            _ => return Err(input.invalid("an unknown mark of covered positions")),
        };
        Ok(BlockMeta { id, tenant, signal, level, start, end, rows, bytes, covered })
    }

    /// Reads what [`BlockMeta::encode_framed`] wrote.
    pub(crate) fn decode_framed(input: &mut Reader<'_>) -> Result<BlockMeta, CodecError> {
        BlockMeta::decode(&mut Reader::new(input.len_bytes()?))
    }
}

/// The path of a block's object.
pub(crate) fn block_path(tenant: &Tenant, signal: Signal, id: BlockId) -> String {
    format!("blocks/{tenant}/{signal}/{id}.block")
}

/// The tenant, signal and id that [`block_path`] was made from.
pub(crate) fn parse_block_path(path: &str) -> Option<(Tenant, Signal, BlockId)> {
    let mut parts = path.strip_prefix("blocks/")?.split('/');
    let tenant = Tenant::parse(parts.next()?).ok()?;
    let name = parts.next()?;
    let signal = Signal::ALL.into_iter().find(|signal| signal.as_str() == name)?;
    let id = BlockId::parse(parts.next()?.strip_suffix(".block")?)?;
    parts.next().is_none().then_some((tenant, signal, id))
}

pub(crate) fn decode_id(input: &mut Reader<'_>) -> Result<BlockId, CodecError> {
    let bytes = input.take(16)?;
    Ok(BlockId(u128::from_be_bytes(bytes.try_into().expect("took sixteen"))))
}

pub(crate) fn decode_tenant(input: &mut Reader<'_>) -> Result<Tenant, CodecError> {
    let id = input.str()?;
    Tenant::parse(id).map_err(|_| input.invalid("a malformed tenant id"))
}

pub(crate) fn decode_signal(input: &mut Reader<'_>) -> Result<Signal, CodecError> {
    let code = input.u8()?;
    Signal::from_code(code).ok_or_else(|| input.invalid("an unknown signal"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_meta() -> impl Strategy<Value = BlockMeta> {
        let position =
            || (any::<u64>(), any::<u64>()).prop_map(|(segment, offset)| Position { segment, offset });
        let covered = proptest::option::of((position(), position()));
        let name = "[A-Za-z0-9!_*'()-]{1,150}";
        (any::<(u128, u8, i64, i64, u64, u64)>(), name, 0usize..3, covered).prop_map(
            |((id, level, start, end, rows, bytes), tenant, signal, covered)| BlockMeta {
                id: BlockId(id),
                tenant: Tenant::parse(&tenant).unwrap(),
                signal: Signal::ALL[signal],
                level,
                start: Nanos(start),
                end: Nanos(end),
                rows,
                bytes,
                covered,
            },
        )
    }

    proptest! {
        #[test]
        fn metadata_and_paths_come_back(meta in any_meta(), more: Vec<u8>, garbage: Vec<u8>) {
            let mut out = Vec::new();
            meta.encode(&mut out);
            out.extend_from_slice(&more);
            prop_assert_eq!(&BlockMeta::decode(&mut Reader::new(&out)).unwrap(), &meta);
            prop_assert_eq!(parse_block_path(&meta.path()), Some((meta.tenant.clone(), meta.signal, meta.id)));
            let _ = BlockMeta::decode(&mut Reader::new(&garbage));
        }
    }

    #[test]
    fn an_id_depends_on_where_its_parts_end() {
        assert_ne!(BlockId::derive(&[b"ab", b"c"]), BlockId::derive(&[b"a", b"bc"]));
        assert_eq!(BlockId::derive(&[b"ab"]), BlockId::derive(&[b"ab"]));
        assert_eq!(BlockId::parse("0000000000000000000000000000002a"), Some(BlockId(42)));
        assert_eq!(BlockId::parse("+000000000000000000000000000002a"), None);
    }
}

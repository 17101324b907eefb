//! Deleted stretches of a block.
//! ```text
//! magic 0x0130BA30 | version 1 | series u, first time i, last time i ... | CRC32C of the entries
//! ```

use super::failed;
use super::window::be32;
use crate::WireError;
use codec::Reader;
use std::collections::HashMap;
use std::path::Path;

const MAGIC: u32 = 0x0130_BA30;
/// Magic and version.
const HEADER_BYTES: usize = 5;
const CRC_BYTES: usize = 4;
/// 256 MiB: some ten million deletions; blocks are rewritten long before.
const MAX_BYTES: u64 = 256 << 20;

/// By the number of a series its deleted stretches, first and last time inside.
#[derive(Debug, Default)]
pub(super) struct Tombstones(HashMap<u64, Vec<(i64, i64)>>);

impl Tombstones {
    /// A block without the file has none.
    pub(super) fn read(path: &Path) -> Result<Self, WireError> {
        let size = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Tombstones::default()),
            Err(error) => return Err(failed(path, 0, error)),
            Ok(found) => found.len(),
        };
        if size > MAX_BYTES {
            return Err(failed(path, 0, format!("{size} bytes; at most {MAX_BYTES} are read")));
        }
        let bytes = std::fs::read(path).map_err(|error| failed(path, 0, error))?;
        Tombstones::parse(&bytes).map_err(|(offset, what)| failed(path, offset as u64, what))
    }

    fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        if bytes.len() < HEADER_BYTES + CRC_BYTES || be32(bytes) != Some(MAGIC) {
            return Err((0, "no tombstones file starts here".to_owned()));
        }
        if bytes[4] != 1 {
            return Err((4, format!("version {} of a tombstones file; 1 is read", bytes[4])));
        }
        let end = bytes.len() - CRC_BYTES;
        let entries = &bytes[HEADER_BYTES..end];
        if be32(&bytes[end..]) != Some(codec::crc32c(entries)) {
            return Err((end, "the checksum of the tombstones does not match".to_owned()));
        }
        let mut all: HashMap<u64, Vec<(i64, i64)>> = HashMap::new();
        let mut reader = Reader::new(entries);
        while !reader.is_empty() {
            let at = HEADER_BYTES + reader.offset();
            let mut entry = || Ok((reader.u64()?, reader.i64()?, reader.i64()?));
            let (series, first, last) =
                entry().map_err(|error: codec::CodecError| (at, error.to_string()))?;
            all.entry(series).or_default().push((first, last));
        }
        Ok(Tombstones(all))
    }

    /// What is deleted of a series.
    pub(super) fn of(&self, series: u64) -> &[(i64, i64)] {
        self.0.get(&series).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60), good in any::<bool>()) {
            let mut file = MAGIC.to_be_bytes().to_vec();
            file.push(1);
            file.extend_from_slice(&bytes);
            let crc = codec::crc32c(&bytes);
            file.extend_from_slice(&if good { crc } else { !crc }.to_be_bytes());
            prop_assert!(good || Tombstones::parse(&file).is_err());
            let _ = Tombstones::parse(&file);
            let _ = Tombstones::parse(&bytes);
        }
    }
}

//! The segment files of a block.
//! ```text
//! magic 0x85BD40DD | version 1 | zeros 3 | chunks: length u | encoding 1 | bytes | CRC32C of encoding and bytes
//! ```

use super::index::ChunkPlace;
use super::window::{WindowFile, be32};
use super::{Samples, failed, floats, histograms};
use crate::WireError;
use codec::Reader;
use std::path::{Path, PathBuf};

const MAGIC: u32 = 0x85BD_40DD;
/// 16 MiB: chunks are cut at about a kilobyte, with wide histograms at some hundred.
const MAX_CHUNK_BYTES: u64 = 16 << 20;
/// The longest length of a chunk.
const MAX_LENGTH_BYTES: u64 = 5;
/// Segments that are open at once; those of one block are read front to back.
const MAX_OPEN: usize = 8;

#[derive(Debug)]
pub(super) struct ChunkFiles {
    dir: PathBuf,
    paths: Vec<PathBuf>,
    /// By number of the segment, the one used last at the end.
    open: Vec<(usize, WindowFile)>,
}

impl ChunkFiles {
    pub(super) fn open(dir: &Path) -> Result<Self, WireError> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(|error| failed(dir, 0, error))? {
            let path = entry.map_err(|error| failed(dir, 0, error))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(ChunkFiles { dir: dir.to_owned(), paths, open: Vec::new() })
    }

    /// Appends the samples of a chunk.
    pub(super) fn decode(&mut self, chunk: &ChunkPlace, out: &mut Samples) -> Result<(), WireError> {
        let (number, at) = ((chunk.reference >> 32) as usize, chunk.reference & 0xffff_ffff);
        let file = self.file(number)?;
        let mut reader = Reader::new(file.at_most(at, MAX_LENGTH_BYTES)?);
        let length = reader.u64().ok();
        let head = reader.offset() as u64;
        let Some(length) = length.filter(|length| *length <= MAX_CHUNK_BYTES) else {
            return Err(file.wrong(at, "a chunk without a length, or of more than 16 MiB"));
        };
        let body = file.exactly(at + head, 1 + length + 4)?;
        let (body, crc) = body.split_at(1 + length as usize);
        if be32(crc) != Some(codec::crc32c(body)) {
            return Err(file.wrong(at, "the checksum of a chunk does not match"));
        }
        let before = (out.times.len(), out.histograms.len());
        let (encoding, bytes) = (body[0], &body[1..]);
        let decoded = match encoding {
            1 => floats::xor(bytes, out),
            2 => histograms::whole(bytes, false, out),
            3 => histograms::floating(bytes, false, out),
            4 => floats::xor2(bytes, out),
            5 => histograms::whole(bytes, true, out),
            6 => histograms::floating(bytes, true, out),
            _ => Err("an encoding that is not known"),
        };
        let ascends = |times: &mut dyn Iterator<Item = i64>| times.is_sorted_by(|a, b| a < b);
        let decoded = decoded.and_then(|()| {
            let floats = ascends(&mut out.times[before.0..].iter().copied());
            let histograms = ascends(&mut out.histograms[before.1..].iter().map(|h| h.0));
            if floats && histograms { Ok(()) } else { Err("times that do not ascend") }
        });
        decoded.map_err(|what| file.wrong(at, format!("a chunk of encoding {encoding}: {what}")))
    }

    fn file(&mut self, number: usize) -> Result<&mut WindowFile, WireError> {
        if let Some(place) = self.open.iter().position(|(open, _)| *open == number) {
            let used = self.open.remove(place);
            self.open.push(used);
        } else {
            let path = self.paths.get(number).ok_or_else(|| {
                failed(&self.dir, 0, format!("segment {} of {} is missing", number + 1, self.paths.len()))
            })?;
            let mut file = WindowFile::open(path)?;
            let head = file.at_most(0, 8)?;
            if be32(head) != Some(MAGIC) {
                return Err(file.wrong(0, "no file of chunks starts here"));
            }
            match head.get(4).copied() {
                Some(1) => {}
                version => {
                    let version = version.unwrap_or(0);
                    return Err(file.wrong(4, format!("version {version} of a file of chunks; 1 is read")));
                }
            }
            if self.open.len() >= MAX_OPEN {
                self.open.remove(0);
            }
            self.open.push((number, file));
        }
        let last = self.open.last_mut().map(|(_, file)| file);
        Ok(last.expect("it was just put there"))
    }
}

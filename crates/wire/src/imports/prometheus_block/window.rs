//! A file seen through a window that moves forward: parts of it are read in one piece, neighbours without another read.

use super::failed;
use crate::WireError;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// 1 MiB: some ten thousand series entries, or a thousand chunks, a read.
const WINDOW_BYTES: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct WindowFile {
    pub(super) path: PathBuf,
    file: File,
    pub(super) length: u64,
    /// Where `bytes` begin in the file.
    start: u64,
    bytes: Vec<u8>,
}

impl WindowFile {
    pub(super) fn open(path: &Path) -> Result<Self, WireError> {
        let file = File::open(path).map_err(|error| failed(path, 0, error))?;
        let length = file.metadata().map_err(|error| failed(path, 0, error))?.len();
        Ok(WindowFile { path: path.to_owned(), file, length, start: 0, bytes: Vec::new() })
    }

    /// An error at a byte of this file.
    pub(super) fn wrong(&self, offset: u64, what: impl ToString) -> WireError {
        failed(&self.path, offset, what)
    }

    /// Exactly the bytes of `at..at + length`.
    pub(super) fn exactly(&mut self, at: u64, length: u64) -> Result<&[u8], WireError> {
        if at.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(self.wrong(at, format!("the file ends before {length} bytes that are needed here")));
        }
        let held = self.start..self.start + self.bytes.len() as u64;
        if at < held.start || at + length > held.end {
            let wanted = length.max(WINDOW_BYTES.min(self.length - at));
            let size = usize::try_from(wanted).map_err(|_| self.wrong(at, "more bytes than memory"))?;
            self.bytes.resize(size, 0);
            self.start = at;
            let read =
                self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut self.bytes));
            if let Err(error) = read {
                self.bytes.clear();
                return Err(self.wrong(at, error));
            }
        }
        let from = (at - self.start) as usize;
        Ok(&self.bytes[from..from + length as usize])
    }

    /// The bytes of `at..at + length`, or as many as there are.
    pub(super) fn at_most(&mut self, at: u64, length: u64) -> Result<&[u8], WireError> {
        let length = length.min(self.length.saturating_sub(at));
        self.exactly(at, length)
    }
}

/// The 32 bits at the front of `bytes`, high byte first.
pub(super) fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// The 64 bits at the front of `bytes`, high byte first.
pub(super) fn be64(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?))
}

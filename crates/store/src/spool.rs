//! Bytes on the side while an object is written: sections that come last grow while the first one goes out.
//!
//! Used by merges beside `block/stream.rs`. What is little stays in memory; what is more goes to a file without a name, which
//! the system takes away when it is closed, however that comes about. Nothing here is durable, and nothing has to be.
//! Invariant: memory is [`MEMORY_BYTES`] at most, unless there is no directory.

use crate::block::BlockStream;
use crate::error::StoreError;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// 256 KiB: what a spool holds before it writes; a merge of metrics has six of them.
pub const MEMORY_BYTES: usize = 256 << 10;
/// Names of files that are about to lose them.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Bytes that are appended, and read once from the start.
#[derive(Debug, Default)]
pub struct Spool {
    dir: Option<PathBuf>,
    memory: Vec<u8>,
    file: Option<File>,
    /// Bytes in the file.
    written: u64,
    /// What went wrong first; told when the bytes are read.
    failed: Option<io::Error>,
}

impl Spool {
    /// All in memory.
    pub fn in_memory() -> Spool {
        Spool::default()
    }

    /// Beyond [`MEMORY_BYTES`] in a file in `dir`, which is made when it is first needed.
    pub fn on_disk(dir: &Path) -> Spool {
        Spool { dir: Some(dir.to_owned()), ..Spool::default() }
    }

    /// Appends bytes. What goes wrong is told by the reading.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.dir.is_some() && self.memory.len() + bytes.len() > MEMORY_BYTES {
            self.spill();
        }
        self.memory.extend_from_slice(bytes);
    }

    /// Bytes in all.
    pub fn len(&self) -> u64 {
        self.written + self.memory.len() as u64
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in memory.
    pub fn held(&self) -> usize {
        self.memory.len()
    }

    fn spill(&mut self) {
        if self.failed.is_none()
            && let Err(error) = self.try_spill()
        {
            self.failed = Some(error);
        }
        self.memory.clear();
    }

    fn try_spill(&mut self) -> io::Result<()> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(unnamed(self.dir.as_deref().unwrap_or(Path::new(".")))?),
        };
        file.write_all_at(&self.memory, self.written)?;
        self.written += self.memory.len() as u64;
        Ok(())
    }

    /// All bytes, for who has room for them.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, StoreError> {
        let mut all = Vec::with_capacity(self.len() as usize);
        while let Some(piece) = self.next(all.len() as u64)? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// The piece that begins at `at`; pieces follow each other.
    fn next(&mut self, at: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let told = |error: io::Error| StoreError::Unavailable(format!("a file beside a merge: {error}"));
        if let Some(error) = self.failed.take() {
            return Err(told(error));
        }
        if at < self.written
            && let Some(file) = &self.file
        {
            let mut piece = vec![0; (self.written - at).min(MEMORY_BYTES as u64) as usize];
            file.read_exact_at(&mut piece, at).map_err(told)?;
            return Ok(Some(piece));
        }
        let rest = std::mem::take(&mut self.memory);
        Ok((!rest.is_empty()).then_some(rest))
    }
}

impl BlockStream {
    /// Appends all of a spool to the section that was begun last.
    pub async fn write_spool(&mut self, mut spool: Spool) -> Result<(), StoreError> {
        let mut at = 0;
        while let Some(piece) = spool.next(at)? {
            self.write(&piece).await?;
            at += piece.len() as u64;
        }
        Ok(())
    }
}

/// A new file that has lost its name already.
fn unnamed(dir: &Path) -> io::Result<File> {
    std::fs::create_dir_all(dir)?;
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = dir.join(format!("spool-{process}-{number}"));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_memory_and_from_files() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for pieces in [0usize, 1, 3, 40] {
            let all: Vec<u8> = (0..pieces * 30_000).map(|at| (at % 251) as u8).collect();
            let (mut disk, mut memory) = (Spool::on_disk(&dir.path().join("made")), Spool::in_memory());
            for piece in all.chunks(30_000) {
                disk.write(piece);
                memory.write(piece);
                assert!(disk.held() <= MEMORY_BYTES);
            }
            assert_eq!((disk.len(), disk.is_empty()), (all.len() as u64, all.is_empty()));
            assert_eq!(memory.held(), all.len());
            assert!(disk.into_bytes().expect("the file is there") == all);
            assert!(memory.into_bytes().expect("it is in memory") == all);
        }
        let left = std::fs::read_dir(dir.path().join("made")).expect("the directory").count();
        assert_eq!(left, 0, "no file keeps a name");
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "no directory").expect("a file");
        let mut spool = Spool::on_disk(&file.join("below"));
        (0..3).for_each(|_| spool.write(&[0; MEMORY_BYTES]));
        assert!(spool.into_bytes().is_err());
    }
}

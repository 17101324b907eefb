//! The few file operations that durability rests on, as a seam: tests put a disk behind it that forgets what was not
//! synced, fills up, and fails. Below `log.rs`; everything else goes through `object.rs`.
//!
//! Invariant: what [`DiskFile::sync`] and [`Disk::sync_dir`] have answered `Ok` to survives a power cut; nothing else is
//! promised to.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A directory tree that can be synced.
pub trait Disk: Debug + Send + Sync {
    /// Creates `dir` and its parents, durably.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes the directory for this handle alone until the guard is dropped; `WouldBlock` when it is taken.
    fn lock(&self, dir: &Path) -> io::Result<Box<dyn Debug + Send + Sync>>;
    /// Names and sizes of the files in `dir`.
    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>>;
    /// A file of `size` zeros with space set aside for them; what was there is gone.
    fn create(&self, path: &Path, size: u64) -> io::Result<Box<dyn DiskFile>>;
    /// An existing file, for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Renames a file over what was there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in `dir` durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Bytes that may still be written to the file system of `dir`.
    fn free(&self, dir: &Path) -> io::Result<u64>;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Reads up to `buffer.len()` bytes; fewer only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes everything from `keep` on zeros, up to the new size `size`.
    fn wipe(&self, keep: u64, size: u64) -> io::Result<()>;
    /// Makes the written bytes durable.
    fn sync(&self) -> io::Result<()>;
    /// The size in bytes.
    fn size(&self) -> io::Result<u64>;
}

/// The operating system's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

impl Disk for OsDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        self.create_dir(parent)?;
        match std::fs::create_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.sync_dir(parent)
    }

    fn lock(&self, dir: &Path) -> io::Result<Box<dyn Debug + Send + Sync>> {
        let path = dir.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if let (true, Ok(name)) = (metadata.is_file(), entry.file_name().into_string()) {
                found.push((name, metadata.len()));
            }
        }
        Ok(found)
    }

    fn create(&self, path: &Path, size: u64) -> io::Result<Box<dyn DiskFile>> {
        let file = File::options().create(true).truncate(true).read(true).write(true).open(path)?;
        reserve(&file, size)?;
        Ok(Box::new(OsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OsFile(File::options().read(true).write(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn free(&self, dir: &Path) -> io::Result<u64> {
        let system = rustix::fs::statvfs(dir)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }
}

/// Sets space aside, so that a full disk is met when a segment is made and not in the middle of a record. A file system
/// that cannot do this gets a sparse file.
fn reserve(file: &File, size: u64) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, size) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => file.set_len(size),
        Err(errno) => Err(errno.into()),
    }
}

#[derive(Debug)]
struct OsFile(File);

impl DiskFile for OsFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.0.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn wipe(&self, keep: u64, size: u64) -> io::Result<()> {
        self.0.set_len(keep)?;
        reserve(&self.0, size)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn size(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}

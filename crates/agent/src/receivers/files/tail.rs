//! One followed file: who it is, how far it was read, and its whole lines.
//!
//! A path is no identity: rotation renames, copytruncate empties, inodes are used again. A file is told by device,
//! inode and a hash of its first bytes.

use super::format::Fragments;
use super::positions::{Intent, Positions};
use crate::options::{FileJob, LineFormat};
use bytes::Bytes;
use model::{Labels, LabelsBuilder, Nanos};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Bytes of a file's beginning that tell it from another one with the same inode.
const FINGERPRINT_BYTES: u64 = 1024;
/// A line longer than this is cut here: four times what the store takes by default.
const MAX_LINE_BYTES: usize = 1 << 20;

/// Which file, whatever it is called.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    /// xxHash3-64 of the first `hashed` bytes.
    fingerprint: u64,
    hashed: u64,
}

impl Identity {
    fn of(file: &File, hashed: u64) -> io::Result<Self> {
        let meta = file.metadata()?;
        let hashed = hashed.min(meta.len());
        let mut head = vec![0; usize::try_from(hashed).unwrap_or(0)];
        file.read_exact_at(&mut head, 0)?;
        let fingerprint = xxhash_rust::xxh3::xxh3_64(&head);
        Ok(Identity { device: meta.dev(), inode: meta.ino(), fingerprint, hashed })
    }

    /// Whether both are the same file. The one with fewer hashed bytes is the older look at it, so callers compare like
    /// with like: see [`Tail::open`].
    pub(super) fn same_file(&self, other: &Identity) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
            && (self.hashed != other.hashed || self.fingerprint == other.fingerprint)
    }
}

/// Whole lines of a file.
pub(super) struct Chunk {
    /// The lines with their newlines (a line that was cut has none).
    pub bytes: Bytes,
    /// What to write down before sending.
    pub intent: Intent,
}

/// A followed file.
pub(super) struct Tail {
    /// The number of the job that found it.
    pub job: usize,
    /// Pieces of container lines that have not ended yet.
    pub fragments: Fragments,
    path: PathBuf,
    file: File,
    identity: Identity,
    offset: u64,
    /// What an earlier run was sending when it ended.
    resume: Option<Intent>,
    /// The path belongs to another file now; this one is read to its end.
    rotated: bool,
    over: bool,
    labels: Option<Labels>,
}

impl Tail {
    /// Opens `path` where an earlier run left it. `None` when it is no regular file.
    pub(super) fn open(
        path: &Path,
        job: usize,
        positions: &Positions,
        from_start: bool,
    ) -> io::Result<Option<Self>> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let identity = Identity::of(&file, FINGERPRINT_BYTES)?;
        let known = positions.find(path, &identity).filter(|entry| {
            // The file has grown since: compare as many bytes as were hashed then.
            Identity::of(&file, entry.identity.hashed).is_ok_and(|now| now == entry.identity)
        });
        let length = file.metadata()?.len();
        let (offset, resume) = match known {
            Some(entry) if entry.acked <= length => {
                (entry.acked, entry.intent.clone().filter(|i| i.to <= length))
            }
            Some(_) => (0, None),
            None => (if from_start { 0 } else { length }, None),
        };
        let fragments = Fragments::default();
        let path = path.to_owned();
        Ok(Some(Tail {
            job,
            fragments,
            path,
            file,
            identity,
            offset,
            resume,
            rotated: false,
            over: false,
            labels: None,
        }))
    }

    /// Whether the file is gone or replaced and read to its end.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Labels of the file's lines.
    pub(super) fn labels(&mut self, job: &FileJob) -> Labels {
        self.labels
            .get_or_insert_with(|| {
                let mut builder = LabelsBuilder::default();
                builder.set("filename", &self.path.display().to_string());
                if job.format == LineFormat::DockerJson {
                    builder.set_all(super::format::container_labels(&self.path));
                }
                if !job.job.is_empty() {
                    builder.set("job", &job.job);
                }
                builder.set_all(&job.labels);
                builder.build()
            })
            .clone()
    }

    /// The next whole lines, at most about `limit` bytes; `None` when there is nothing now.
    pub(super) fn read(&mut self, limit: usize, now: Nanos) -> io::Result<Option<Chunk>> {
        if let Some(intent) = self.resume.take() {
            let mut bytes = vec![0; usize::try_from(intent.to - intent.from).unwrap_or(0)];
            self.file.read_exact_at(&mut bytes, intent.from)?;
            self.offset = intent.to;
            return Ok(Some(Chunk { bytes: Bytes::from(bytes), intent }));
        }
        self.notice_truncation()?;
        let from = self.offset;
        let mut bytes = self.read_at(from, limit)?;
        let mut end = memchr::memrchr(b'\n', &bytes).map(|at| at + 1);
        if end.is_none() && bytes.len() == limit {
            // A line longer than one read: take more, and cut it where it becomes unreasonable.
            bytes = self.read_at(from, MAX_LINE_BYTES)?;
            end = memchr::memrchr(b'\n', &bytes)
                .map(|at| at + 1)
                .or((bytes.len() == MAX_LINE_BYTES).then_some(bytes.len()));
        }
        let replaced = self.is_replaced();
        if end.is_none() && replaced {
            // No more will come: what stands without a newline is a line too.
            if self.rotated {
                end = Some(bytes.len()).filter(|n| *n > 0);
                self.over = end.is_none();
            }
            self.rotated = true;
        }
        let Some(end) = end else { return Ok(None) };
        bytes.truncate(end);
        self.offset = from + end as u64;
        self.identity = Identity::of(&self.file, FINGERPRINT_BYTES)?;
        let intent = Intent { identity: self.identity.clone(), from, to: self.offset, at: now.0 };
        Ok(Some(Chunk { bytes: Bytes::from(bytes), intent }))
    }

    fn read_at(&self, from: u64, limit: usize) -> io::Result<Vec<u8>> {
        let available = self.file.metadata()?.len().saturating_sub(from);
        let mut bytes = vec![0; usize::try_from(available).unwrap_or(usize::MAX).min(limit)];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.file.read_at(&mut bytes[filled..], from + filled as u64)? {
                0 => break,
                n => filled += n,
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// A file that is shorter than what was read, or begins with other bytes, was emptied and is written anew.
    fn notice_truncation(&mut self) -> io::Result<()> {
        let shorter = self.file.metadata()?.len() < self.offset;
        if shorter || (self.offset > 0 && Identity::of(&self.file, self.identity.hashed)? != self.identity) {
            self.offset = 0;
            self.fragments = Fragments::default();
            self.identity = Identity::of(&self.file, FINGERPRINT_BYTES)?;
        }
        Ok(())
    }

    /// Whether the path leads to another file now, or to none.
    fn is_replaced(&self) -> bool {
        match std::fs::metadata(&self.path) {
            Ok(meta) => (meta.dev(), meta.ino()) != (self.identity.device, self.identity.inode),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

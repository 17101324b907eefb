//! What the storage floor answers instead of bytes.

use std::sync::Arc;
use stdx::ErrorKind;

/// Why storage could not do what was asked. Cheap to clone: one failure answers everyone who waits for the same sync.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// No such object or file.
    #[error("{path} does not exist")]
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// The object exists and was written by someone else.
    #[error("{path} exists already")]
    AlreadyExists {
        /// The path that was to be created.
        path: String,
    },
    /// Stored bytes are not what was written.
    #[error("{path} is damaged at offset {offset}: {what}")]
    Corrupt {
        /// The damaged file or object.
        path: String,
        /// The first damaged byte that is known.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// The operating system refused a read, a write or a sync.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// The disk is full.
    #[error("no space is left for {path}")]
    Full {
        /// The file that could not grow.
        path: String,
    },
    /// Someone else committed first, and what was to be changed is gone.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The log or catalog was closed, or its directory belongs to another process.
    #[error("{0} is closed")]
    Closed(String),
    /// The object store is out of reach or answers nonsense; trying again may work.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// The caller asked for something impossible.
    #[error("{0}")]
    Invalid(String),
}

impl StoreError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            StoreError::NotFound { .. } => ErrorKind::NotFound,
            StoreError::AlreadyExists { .. } | StoreError::Invalid(_) => ErrorKind::Invalid,
            StoreError::Corrupt { .. } => ErrorKind::Corrupt,
            StoreError::Io { .. } => ErrorKind::Internal,
            // Room may be made: senders are to try again, which they do not where their request is at fault.
            StoreError::Full { .. }
            | StoreError::Conflict(_)
            | StoreError::Closed(_)
            | StoreError::Unavailable(_) => ErrorKind::Unavailable,
        }
    }

    /// An error of the operating system about `path`.
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let path = path.display().to_string();
        match source.kind() {
            Io::NotFound => StoreError::NotFound { path },
            Io::AlreadyExists => StoreError::AlreadyExists { path },
            Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => StoreError::Full { path },
            _ => StoreError::Io { path, source: Arc::new(source) },
        }
    }

    /// Damage at `offset` of `path`.
    pub(crate) fn corrupt(path: impl Into<String>, offset: u64, what: impl ToString) -> Self {
        StoreError::Corrupt { path: path.into(), offset, what: what.to_string() }
    }
}

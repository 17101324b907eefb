//! What can go wrong in the log engine, by kind.

use codec::CodecError;
use contract::{IngestError, SourceError};
use stdx::{BudgetExceeded, ErrorKind};
use store::StoreError;

/// Why the engine could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The log, the catalog or the objects failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored bytes do not decode.
    #[error("{what}: {error}")]
    Decode {
        /// Which record, block or section.
        what: String,
        /// What is wrong with it.
        error: CodecError,
    },
    /// A batch whose record would exceed [`crate::MAX_RECORD_BYTES`].
    #[error("a batch of {bytes} bytes exceeds the limit of {limit} bytes; send smaller batches")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Lines in memory exceed their limit because flushing does not keep up.
    #[error("{bytes} bytes of lines wait to be flushed, the limit is {limit}; try again later")]
    Busy {
        /// Bytes in memory.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// More streams than ids.
    #[error("the index of streams is full: {0}")]
    Streams(String),
    /// More requests to delete lines than are kept.
    #[error("{limit} requests to delete lines wait to be processed; take one back or wait")]
    TooManyDeletes {
        /// The limit.
        limit: usize,
    },
    /// The memory that was given is used up.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
    /// The reader went away or ran out of time.
    #[error(transparent)]
    Reader(#[from] SourceError),
    /// A background computation died.
    #[error("internal error: {0}")]
    Internal(String),
}

impl LogError {
    /// Wraps a decoding error with the name of what was decoded.
    pub(crate) fn decode(what: impl Into<String>) -> impl FnOnce(CodecError) -> LogError {
        move |error| LogError::Decode { what: what.into(), error }
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            LogError::Store(error) => error.kind(),
            LogError::Decode { .. } => ErrorKind::Corrupt,
            LogError::TooLarge { .. }
            | LogError::Streams(_)
            | LogError::TooManyDeletes { .. }
            | LogError::Budget(_) => ErrorKind::Limit,
            LogError::Busy { .. } => ErrorKind::Unavailable,
            LogError::Reader(error) => error.kind(),
            LogError::Internal(_) => ErrorKind::Internal,
        }
    }
}

impl From<LogError> for SourceError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Reader(error) => error,
            LogError::Budget(error) => SourceError::Budget(error),
            error => match error.kind() {
                ErrorKind::Corrupt => SourceError::Corrupt(error.to_string()),
                ErrorKind::Limit => SourceError::Limit(error.to_string()),
                _ => SourceError::Unavailable(error.to_string()),
            },
        }
    }
}

impl From<LogError> for IngestError {
    fn from(error: LogError) -> Self {
        match error.kind() {
            ErrorKind::Invalid => IngestError::Invalid(error.to_string()),
            ErrorKind::Limit => IngestError::Limit(error.to_string()),
            _ => IngestError::Unavailable(error.to_string()),
        }
    }
}

//! What can go wrong in the trace engine, by kind.

use contract::{IngestError, SourceError};
use stdx::{BudgetExceeded, ErrorKind};
use store::StoreError;

/// Bytes that are not what this crate writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the bytes end too early")]
    Truncated,
    /// A part does not decode.
    #[error("invalid {0}")]
    Invalid(&'static str),
    /// Written by a later version.
    #[error("version {0} is not known to this build")]
    Version(u64),
    /// A page or section whose checksum differs.
    #[error("checksum mismatch")]
    Checksum,
}

/// Why the engine could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TraceError {
    /// The log, the catalog or the objects failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored bytes do not decode.
    #[error("{what}: {error}")]
    Decode {
        /// Which record, block or section.
        what: String,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A value nested deeper than [`crate::record::MAX_VALUE_DEPTH`].
    #[error("an attribute value is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A batch whose record would exceed [`crate::record::MAX_RECORD_BYTES`].
    #[error("a batch of {bytes} bytes exceeds the limit of {limit} bytes; send smaller batches")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Spans in memory exceed their limit because flushing does not keep up.
    #[error("{bytes} bytes of spans wait to be flushed, the limit is {limit}; try again later")]
    Busy {
        /// Bytes in memory.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The memory of spans is used up.
    #[error("spans cannot be held in memory: {0}")]
    Budget(#[from] BudgetExceeded),
    /// Deleted traces that are still in blocks exceed their limit.
    #[error("more than {limit} pieces of deleted traces wait to leave storage; try again in some minutes")]
    TooManyDeletes {
        /// The limit.
        limit: usize,
    },
    /// A background computation died.
    #[error("internal error: {0}")]
    Internal(String),
}

impl TraceError {
    /// Wraps a decoding error with the name of what was decoded.
    pub(crate) fn decode(what: impl Into<String>) -> impl FnOnce(DecodeError) -> TraceError {
        move |error| TraceError::Decode { what: what.into(), error }
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            TraceError::Store(error) => error.kind(),
            TraceError::Decode { .. } => ErrorKind::Corrupt,
            TraceError::TooDeep { .. } => ErrorKind::Invalid,
            TraceError::TooLarge { .. } => ErrorKind::Limit,
            TraceError::Busy { .. } | TraceError::TooManyDeletes { .. } => ErrorKind::Unavailable,
            TraceError::Budget(_) => ErrorKind::Limit,
            TraceError::Internal(_) => ErrorKind::Internal,
        }
    }
}

impl From<TraceError> for SourceError {
    fn from(error: TraceError) -> Self {
        match error.kind() {
            ErrorKind::Corrupt => SourceError::Corrupt(error.to_string()),
            ErrorKind::Limit => SourceError::Limit(error.to_string()),
            _ => SourceError::Unavailable(error.to_string()),
        }
    }
}

impl From<TraceError> for IngestError {
    fn from(error: TraceError) -> Self {
        match error.kind() {
            ErrorKind::Invalid => IngestError::Invalid(error.to_string()),
            ErrorKind::Limit => IngestError::Limit(error.to_string()),
            _ => IngestError::Unavailable(error.to_string()),
        }
    }
}

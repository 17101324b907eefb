//! What the metrics engine answers instead of doing its work.

use contract::{IngestError, SourceError};
use stdx::ErrorKind;
use store::StoreError;

/// Why the engine could not open, flush, merge or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TsdbError {
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Labels or postings are damaged, or an index is full.
    #[error(transparent)]
    Index(#[from] index::IndexError),
    /// Stored bytes do not decode.
    #[error("damaged metrics: {0}")]
    Codec(#[from] codec::CodecError),
    /// Stored bytes decode to nonsense.
    #[error("damaged metrics: {0}")]
    Corrupt(String),
    /// The task that computed was stopped or panicked.
    #[error("a computation of the metrics engine did not finish: {0}")]
    Stopped(String),
}

impl TsdbError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            TsdbError::Store(e) => e.kind(),
            TsdbError::Index(e) => e.kind(),
            TsdbError::Codec(_) | TsdbError::Corrupt(_) => ErrorKind::Corrupt,
            TsdbError::Stopped(_) => ErrorKind::Internal,
        }
    }
}

impl From<TsdbError> for SourceError {
    fn from(error: TsdbError) -> Self {
        match error.kind() {
            ErrorKind::Corrupt => SourceError::Corrupt(error.to_string()),
            ErrorKind::Limit => SourceError::Limit(error.to_string()),
            _ => SourceError::Unavailable(error.to_string()),
        }
    }
}

impl From<TsdbError> for IngestError {
    fn from(error: TsdbError) -> Self {
        match error.kind() {
            ErrorKind::Limit => IngestError::Limit(error.to_string()),
            _ => IngestError::Unavailable(error.to_string()),
        }
    }
}

//! What a source can answer instead of rows.

use stdx::{BudgetExceeded, ErrorKind};

/// Why a source did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// A named limit was reached.
    #[error("{0}")]
    Limit(String),
    /// The memory of the query is used up.
    #[error("the query needs too much memory: {0}")]
    Budget(#[from] BudgetExceeded),
    /// The caller went away.
    #[error("the query was canceled")]
    Canceled,
    /// The deadline passed.
    #[error("the query timed out")]
    Timeout,
    /// Storage could not be read now.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// Stored bytes are damaged.
    #[error("stored bytes are damaged: {0}")]
    Corrupt(String),
}

impl SourceError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SourceError::Limit(_) | SourceError::Budget(_) => ErrorKind::Limit,
            SourceError::Canceled | SourceError::Timeout => ErrorKind::Canceled,
            SourceError::Unavailable(_) => ErrorKind::Unavailable,
            SourceError::Corrupt(_) => ErrorKind::Corrupt,
        }
    }
}

/// What every method of a source returns: a future of rows or of the reason why there are none.
pub type Answer<'a, T> = stdx::BoxFuture<'a, Result<T, SourceError>>;

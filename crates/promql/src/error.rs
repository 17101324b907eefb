//! Why a query has no answer.

use crate::syntax::parser::ParseErrors;
use contract::SourceError;
use stdx::ErrorKind;

/// A failed query. The texts are those that users of the language know.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueryError {
    /// The text does not parse, or its types do not fit.
    #[error("{0}")]
    Parse(#[from] ParseErrors),
    /// The text is fine, but a duration or modifier in it cannot be used for this query.
    #[error("{0}")]
    Invalid(String),
    /// The evaluation failed.
    #[error("{0}")]
    Execution(String),
    /// The evaluation would hold more samples than allowed.
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
    /// The deadline passed.
    #[error("query timed out in expression evaluation")]
    Timeout,
    /// The caller went away.
    #[error("query was canceled in expression evaluation")]
    Canceled,
    /// The source of series did not answer.
    #[error("expanding series: {0}")]
    Source(SourceError),
}

impl QueryError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            QueryError::Parse(_) | QueryError::Invalid(_) | QueryError::Execution(_) => ErrorKind::Invalid,
            QueryError::TooManySamples => ErrorKind::Limit,
            QueryError::Timeout | QueryError::Canceled => ErrorKind::Canceled,
            QueryError::Source(source) => source.kind(),
        }
    }

    /// Whether the query itself was fine and evaluating it failed (422 rather than 400 in the HTTP API).
    pub fn is_execution(&self) -> bool {
        !matches!(self, QueryError::Parse(_) | QueryError::Invalid(_))
    }
}

impl From<SourceError> for QueryError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Timeout => QueryError::Timeout,
            SourceError::Canceled => QueryError::Canceled,
            other => QueryError::Source(other),
        }
    }
}

impl From<stdx::BudgetExceeded> for QueryError {
    fn from(error: stdx::BudgetExceeded) -> Self {
        QueryError::Source(SourceError::Budget(error))
    }
}

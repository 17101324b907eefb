//! Why a query is not answered. Texts are the replaced system's; the door adds statuses.

use contract::SourceError;
use stdx::ErrorKind;

/// A query that cannot be read, and where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// From 1; 0 when the token was completed by reading ahead or the error has no place.
    pub line: usize,
    /// Characters from 1; 0 when the error has no place.
    pub column: usize,
}

impl ParseError {
    pub(crate) fn at(message: impl Into<String>, (line, column): (usize, usize)) -> Self {
        ParseError { message: message.into(), line, column }
    }

    /// An error of the whole query.
    pub(crate) fn bare(message: impl Into<String>) -> Self {
        Self::at(message, (0, 0))
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if (self.line, self.column) == (0, 0) {
            write!(f, "parse error : {}", self.message)
        } else {
            write!(f, "parse error at line {}, col {}: {}", self.line, self.column, self.message)
        }
    }
}

impl std::error::Error for ParseError {}

/// Why a query is not answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogqlError {
    /// The query is wrong.
    #[error("{0}")]
    Parse(#[from] ParseError),
    /// A request that makes no sense for this query.
    #[error("{0}")]
    Invalid(String),
    /// A stage failed on a line of a metric query.
    #[error(
        "pipeline error: '{error}' for series: '{series}'.\nUse a label filter to intentionally skip this error. \
         (e.g | __error__!=\"{error}\").\nTo skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    )]
    Pipeline {
        /// The value of `__error__`.
        error: String,
        /// The labels of the line.
        series: String,
    },
    /// A named limit was reached.
    #[error("{0}")]
    Limit(String),
    /// Lines could not be read.
    #[error("{0}")]
    Source(#[from] SourceError),
}

impl LogqlError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            LogqlError::Parse(_) | LogqlError::Invalid(_) | LogqlError::Pipeline { .. } => ErrorKind::Invalid,
            LogqlError::Limit(_) => ErrorKind::Limit,
            LogqlError::Source(source) => source.kind(),
        }
    }
}

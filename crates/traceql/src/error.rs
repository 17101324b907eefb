//! What can be wrong with a query, in the texts of the replaced system (the API edge adds `invalid TraceQL query: `).

use crate::syntax::Place;
use contract::SourceError;
use stdx::ErrorKind;

/// Why a query has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TraceqlError {
    /// The text is not TraceQL.
    #[error("{}{message}", position(.place))]
    Parse {
        /// Where it went wrong.
        place: Place,
        /// What was found, and what was expected.
        message: String,
    },
    /// TraceQL that makes no sense.
    #[error("{0}")]
    Check(String),
    /// TraceQL that this build, like the replaced system, does not evaluate.
    #[error("{0}")]
    Unsupported(String),
    /// A limit stands against the query.
    #[error("{0}")]
    Limit(String),
    /// The query went wrong on the data.
    #[error("{0}")]
    Execution(String),
    /// Storage did not answer.
    #[error(transparent)]
    Source(#[from] SourceError),
}

fn position(place: &Place) -> String {
    match (place.line, place.column) {
        (0, 0) => "parse error : ".to_owned(),
        (line, column) => format!("parse error at line {line}, col {column}: "),
    }
}

impl TraceqlError {
    pub(crate) fn parse(place: Place, message: impl Into<String>) -> Self {
        TraceqlError::Parse { place, message: message.into() }
    }

    pub(crate) fn check(message: impl Into<String>) -> Self {
        TraceqlError::Check(message.into())
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            TraceqlError::Parse { .. } | TraceqlError::Check(_) | TraceqlError::Unsupported(_) => {
                ErrorKind::Invalid
            }
            TraceqlError::Execution(_) => ErrorKind::Invalid,
            TraceqlError::Limit(_) => ErrorKind::Limit,
            TraceqlError::Source(error) => error.kind(),
        }
    }
}

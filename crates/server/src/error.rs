//! Failures on their way out: one kind and text inside, one status and body an API outside.
//!
//! | kind | metrics API | logs API | traces API | OTLP |
//! |---|---|---|---|---|
//! | Invalid | 400 `bad_data` | 400 | 400 | 400, code 3 |
//! | NotFound | 404 `not_found` | 404 | 404 | 404, code 5 |
//! | Limit | 422 `execution` | 400 | 422 | 429, code 8 |
//! | Unavailable | 503 `unavailable` | 503 | 503 | 503, code 14 |
//! | Canceled (time is up) | 503 `timeout` | 504 | 504 | 504, code 4 |
//! | Canceled (caller left) | 499 `canceled` | 499 | 499 | 499, code 1 |
//! | Corrupt, Internal | 500 `internal` | 500 | 500 | 503, code 13 |
//!
//! A handler that knows better sets the status itself ([`Fault::with_status`]).

use contract::{IngestError, SourceError};
use http::StatusCode;
use stdx::ErrorKind;
use wire::WireError;

/// 499: the caller closed the connection before the answer.
pub const CLIENT_CLOSED: u16 = 499;

/// A failure with its kind and text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    kind: ErrorKind,
    timed_out: bool,
    execution: bool,
    status: Option<StatusCode>,
    message: String,
}

impl Fault {
    /// A failure of some kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Fault { kind, timed_out: false, execution: false, status: None, message: message.into() }
    }

    /// The caller's mistake.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// A query that was fine and could not be computed on this data.
    pub fn execution(message: impl Into<String>) -> Self {
        Fault { execution: true, ..Self::new(ErrorKind::Invalid, message) }
    }

    /// The deadline passed.
    pub fn timeout(message: impl Into<String>) -> Self {
        Fault { timed_out: true, ..Self::new(ErrorKind::Canceled, message) }
    }

    /// The same with a status of its own.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// What sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the deadline passed.
    pub fn timed_out(&self) -> bool {
        self.timed_out
    }

    /// In words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The status that a handler set, else the plain one of the kind.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(match self.kind {
            ErrorKind::Invalid | ErrorKind::Limit => StatusCode::BAD_REQUEST,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Canceled if self.timed_out => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Canceled => StatusCode::from_u16(CLIENT_CLOSED).expect("499 is a status number"),
            ErrorKind::Corrupt | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        })
    }

    /// `errorType` and status of the metrics API.
    pub fn metrics_api(&self) -> (&'static str, StatusCode) {
        let (name, status) = match self.kind {
            ErrorKind::Invalid if self.execution => ("execution", StatusCode::UNPROCESSABLE_ENTITY),
            ErrorKind::Invalid => ("bad_data", StatusCode::BAD_REQUEST),
            ErrorKind::Limit => ("execution", StatusCode::UNPROCESSABLE_ENTITY),
            ErrorKind::NotFound => ("not_found", StatusCode::NOT_FOUND),
            ErrorKind::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
            ErrorKind::Canceled if self.timed_out => ("timeout", StatusCode::SERVICE_UNAVAILABLE),
            ErrorKind::Canceled => ("canceled", self.status()),
            ErrorKind::Corrupt | ErrorKind::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        };
        (name, self.status.unwrap_or(status))
    }

    /// gRPC's code.
    pub fn grpc_code(&self) -> u32 {
        match self.kind {
            ErrorKind::Invalid => 3,
            ErrorKind::NotFound => 5,
            ErrorKind::Limit => 8,
            ErrorKind::Unavailable => 14,
            ErrorKind::Canceled if self.timed_out => 4,
            ErrorKind::Canceled => 1,
            ErrorKind::Corrupt | ErrorKind::Internal => 13,
        }
    }
}

impl From<SourceError> for Fault {
    fn from(error: SourceError) -> Self {
        let timed_out = matches!(error, SourceError::Timeout);
        Fault { timed_out, ..Fault::new(error.kind(), error.to_string()) }
    }
}

impl From<IngestError> for Fault {
    fn from(error: IngestError) -> Self {
        let fault = Fault::new(error.kind(), error.to_string());
        match error {
            IngestError::Limit(_) => fault.with_status(StatusCode::TOO_MANY_REQUESTS),
            _ => fault,
        }
    }
}

impl From<WireError> for Fault {
    fn from(error: WireError) -> Self {
        let fault = Fault::new(ErrorKind::Invalid, error.to_string());
        match error {
            WireError::TooLarge { .. } => fault.with_status(StatusCode::PAYLOAD_TOO_LARGE),
            _ => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_has_its_own_status() {
        let slow = Fault::from(SourceError::Timeout);
        assert_eq!(
            (slow.status().as_u16(), slow.metrics_api().0, slow.metrics_api().1.as_u16()),
            (504, "timeout", 503)
        );
        let gone = Fault::from(SourceError::Canceled);
        assert_eq!((gone.status().as_u16(), gone.metrics_api().0, gone.grpc_code()), (499, "canceled", 1));
        let full = Fault::from(IngestError::Limit("slow down".into()));
        assert_eq!((full.status().as_u16(), full.grpc_code()), (429, 8));
        let limit = Fault::from(SourceError::Limit("too many".into()));
        assert_eq!(
            (limit.status().as_u16(), limit.metrics_api()),
            (400, ("execution", StatusCode::UNPROCESSABLE_ENTITY))
        );
    }
}

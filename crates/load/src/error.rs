//! Why a run cannot start or go on. Each error carries the exit code that it ends the process with.

use crate::ExitCode;
use stdx::ErrorKind;

/// An error of the load runner.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    /// Flags or arguments.
    #[error("{0}")]
    Usage(String),
    /// Options, scenarios, thresholds, environment or config file.
    #[error("{0}")]
    Config(String),
    /// The script threw, or could not be compiled or found by an import.
    #[error("{0}")]
    Script(String),
    /// The script asked for the run to stop.
    #[error("{0}")]
    Aborted(String),
    /// The operating system refused something.
    #[error("{0}")]
    System(String),
}

impl LoadError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            LoadError::Usage(_) | LoadError::Config(_) | LoadError::Script(_) => ErrorKind::Invalid,
            LoadError::Aborted(_) => ErrorKind::Canceled,
            LoadError::System(_) => ErrorKind::Unavailable,
        }
    }

    /// The exit code it ends the process with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            LoadError::Usage(_) | LoadError::System(_) => ExitCode::Usage,
            LoadError::Config(_) => ExitCode::InvalidConfig,
            LoadError::Script(_) => ExitCode::ScriptException,
            LoadError::Aborted(_) => ExitCode::ScriptAborted,
        }
    }
}

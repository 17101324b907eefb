//! Exit codes: what the process says about how the run ended. The numbers are k6's.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// All went well.
    Success,
    /// A threshold is crossed.
    ThresholdsCrossed,
    /// `setup()` took longer than its timeout.
    SetupTimeout,
    /// `teardown()` took longer than its timeout.
    TeardownTimeout,
    /// Options, scenarios, thresholds, `K6_*` variables or the config file are wrong.
    InvalidConfig,
    /// A signal stopped the run.
    Interrupted,
    /// The script could not be loaded, or setup or teardown threw.
    ScriptException,
    /// The script called `exec.test.abort()`.
    ScriptAborted,
    /// The script called `exec.test.fail()`.
    MarkedFailed,
    /// Wrong flags, an unknown output, a script that does not exist.
    Usage,
}

impl ExitCode {
    /// The number for the operating system.
    pub fn code(self) -> u8 {
        match self {
            ExitCode::Success => 0,
            ExitCode::ThresholdsCrossed => 99,
            ExitCode::SetupTimeout => 100,
            ExitCode::TeardownTimeout => 101,
            ExitCode::InvalidConfig => 104,
            ExitCode::Interrupted => 105,
            ExitCode::ScriptException => 107,
            ExitCode::ScriptAborted => 108,
            ExitCode::MarkedFailed => 110,
            ExitCode::Usage => 255,
        }
    }
}

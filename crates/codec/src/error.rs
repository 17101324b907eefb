//! What is wrong with bytes that do not decode.

use stdx::ErrorKind;

/// Why bytes could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end before the value does.
    #[error("the bytes end early, at offset {offset}")]
    Truncated {
        /// Where the missing bytes should begin, from the start of the slice that was read.
        offset: usize,
    },
    /// The bytes cannot have been written by the encoder.
    #[error("{what} at offset {offset}")]
    Invalid {
        /// Where, from the start of the slice that was read.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
}

impl CodecError {
    /// Its kind: stored bytes are not what was written.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

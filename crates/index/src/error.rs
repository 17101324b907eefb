//! What can go wrong in an index: it is full, or its bytes are damaged.

use stdx::ErrorKind;

/// Why an index could not take or read something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A table of the index has no ids or text left.
    #[error("the index holds {limit} {what}: no more fit before it is flushed")]
    Full {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Packed bytes do not decode.
    #[error("damaged index: {0}")]
    Codec(#[from] codec::CodecError),
    /// Packed bytes decode to nonsense.
    #[error("damaged index: {0}")]
    Corrupt(&'static str),
}

impl IndexError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            IndexError::Full { .. } => ErrorKind::Unavailable,
            IndexError::Codec(_) | IndexError::Corrupt(_) => ErrorKind::Corrupt,
        }
    }
}

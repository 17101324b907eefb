//! Why bytes are not what they were said to be.

use stdx::ErrorKind;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Compressed bytes are damaged.
    #[error("{codec}: corrupt input")]
    Compression {
        /// The compression that was announced.
        codec: &'static str,
    },
    /// A body, or what it unpacks to, is larger than allowed.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are no protobuf message of the expected type.
    #[error("{0}")]
    Protobuf(&'static str),
    /// The text is not JSON, or not of the expected shape.
    #[error("{0}")]
    Json(String),
    /// Values nested deeper than allowed.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A line of a text format is wrong.
    #[error("line {line}: {reason}")]
    Text {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of another system is not what it is said to be, or cannot be read.
    #[error("{path}: at byte {offset}: {what}")]
    File {
        /// The file.
        path: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// A column of another system's file is not what it is said to be, or cannot be read.
    #[error("{path}: column {column}: {what}")]
    Column {
        /// The file.
        path: String,
        /// The path of the column in the file's schema.
        column: String,
        /// What is wrong.
        what: String,
    },
    /// A well-formed body says something that cannot be.
    #[error("{0}")]
    Value(String),
}

impl WireError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            WireError::TooLarge { .. } | WireError::TooDeep { .. } => ErrorKind::Limit,
            _ => ErrorKind::Invalid,
        }
    }
}

/// Part of a body that was left out while the rest was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Why, in words that name the series, stream or metric.
    pub message: String,
    /// How many samples, lines or spans it stands for.
    pub rows: u64,
}

//! The seven kinds of failure. Every crate's error enum answers `kind()`; `server` maps kinds to statuses in one table.

/// What sort of failure an error is, whatever crate it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The caller sent something wrong; sending it again will not help.
    Invalid,
    /// What was asked for does not exist.
    NotFound,
    /// A named limit was exceeded; less, later or elsewhere may work.
    Limit,
    /// This process cannot answer now (starting, stopping, storage out of reach); trying again may work.
    Unavailable,
    /// The caller went away or the deadline passed.
    Canceled,
    /// Stored bytes are not what was written.
    Corrupt,
    /// A broken promise inside Oriel.
    Internal,
}

//! What the decoders of this crate need of a [`Reader`] beyond the codec's own: fixed arrays, and counts of things whose
//! least size is known, so that no allocation outgrows the input.

use crate::error::DecodeError;
use codec::{CodecError, Reader};

/// Further reads.
pub(crate) trait ReadMore {
    /// The next `N` bytes.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError>;

    /// A count of things that take at least `each` bytes of what is left.
    fn count_of(&mut self, each: usize) -> Result<usize, DecodeError>;
}

impl ReadMore for Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn count_of(&mut self, each: usize) -> Result<usize, DecodeError> {
        let count = self.count()?;
        match count.saturating_mul(each) <= self.remaining() {
            true => Ok(count),
            false => Err(DecodeError::Invalid("count")),
        }
    }
}

impl From<CodecError> for DecodeError {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Truncated { .. } => DecodeError::Truncated,
            CodecError::Invalid { what, .. } => DecodeError::Invalid(what),
        }
    }
}

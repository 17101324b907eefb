//! Bytes that any engine writes: variable-length integers, bit fields, and columns of integers and floats.
//!
//! Every decoder takes hostile bytes: it answers [`CodecError`], never panics, and allocates no more than the caller
//! allowed. Every encoder is deterministic and bit-exact: NaN payloads and negative zeros come back as they were.
//!
//! - [`varint`]: LEB128 and zigzag, and the bounded [`Reader`] that all formats are read with
//! - [`bits`]: fields of 0 to 64 bits, packed from the low end
//! - [`ints`]: columns of integers by differences; [`floats`]: columns of floats as constants, decimals or XORs
//! - [`coded`]: columns of a page in an entropy code, by tables that they share
//! - [`crc`]: the checksum of every stored byte; [`classes`]: which bytes of a text are digits, letters and so on

pub mod bits;
pub mod classes;
pub mod coded;
pub mod crc;
pub mod decimal;
mod error;
pub mod floats;
pub mod ints;
pub mod varint;
pub mod xor;

pub use crc::{crc32c, crc32c_extend};
pub use error::CodecError;
pub use varint::{Reader, put_i64, put_len_bytes, put_str, put_u64};

//! Columns of true floats: each value XORed with the one before, its zero bits left out.
//!
//! After Pelkonen et al., "Gorilla" (VLDB 2015). For values that are no decimals: their low bits are noise, and what
//! is left to save is the shared sign, exponent and high mantissa.
//! ```text
//! first: 64 bits | then a value: 0 = same bits
//!                                10 = meaningful bits inside the window of the last one
//!                                11 | leading zeros: 6 | length - 1: 6 | meaningful bits
//! ```
//! Bit-exact for every pattern. The count is not stored.

use crate::bits::{BitReader, BitWriter};
use crate::{CodecError, Reader};

/// Appends a column.
pub fn encode_xor(out: &mut Vec<u8>, values: &[f64]) {
    let Some((first, rest)) = values.split_first() else { return };
    let mut bits = BitWriter::new(out);
    let mut previous = first.to_bits();
    bits.put(previous, 64);
    // No window yet: nothing fits a window that begins after the last bit.
    let (mut leading, mut length) = (64u32, 0u32);
    for value in rest {
        let xor = value.to_bits() ^ previous;
        previous = value.to_bits();
        if xor == 0 {
            bits.put(0, 1);
            continue;
        }
        let (zeros, trailing) = (xor.leading_zeros(), xor.trailing_zeros());
        let own = 64 - zeros - trailing;
        // Staying in a window much wider than needed costs more than the 12 bits of a fresh one.
        if zeros >= leading && trailing >= 64 - leading - length && length <= own + 12 {
            bits.put(0b01, 2);
        } else {
            (leading, length) = (zeros, own);
            bits.put(0b11, 2);
            bits.put(u64::from(leading), 6);
            bits.put(u64::from(length - 1), 6);
        }
        bits.put(xor >> (64 - leading - length), length);
    }
    bits.finish();
}

/// Appends the `count` values of a column to `out`. The caller bounds `count`.
pub fn decode_xor(reader: &mut Reader<'_>, count: usize, out: &mut Vec<f64>) -> Result<(), CodecError> {
    if count == 0 {
        return Ok(());
    }
    let mut bits = BitReader::new(reader.clone().rest());
    let mut previous = bits.get(64)?;
    out.push(f64::from_bits(previous));
    let (mut leading, mut length) = (64u32, 0u32);
    for _ in 1..count {
        if bits.get(1)? == 1 {
            if bits.get(1)? == 1 {
                leading = bits.get(6)? as u32;
                length = bits.get(6)? as u32 + 1;
            }
            if length == 0 || leading + length > 64 {
                return Err(reader.invalid("a window outside of 64 bits"));
            }
            previous ^= bits.get(length)? << (64 - leading - length);
        }
        out.push(f64::from_bits(previous));
    }
    reader.take(bits.bytes_read())?;
    Ok(())
}

//! Fields of 0 to 64 bits, packed without gaps from the low end of each byte.
//! ```text
//! fields a=0b101 (3 bits), b=0b11110 (5 bits), c=...   ->   byte 0: b4 b3 b2 b1 b0 a2 a1 a0   byte 1: c ...
//! ```
//! Invariant: a writer's unused high bits of the last byte are zero; a reader never reads past its slice.

use crate::CodecError;

/// Appends bit fields to a byte vector.
#[derive(Debug)]
pub struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    pending: u64,
    filled: u32,
}

impl<'a> BitWriter<'a> {
    /// Starts at the next whole byte of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        BitWriter { out, pending: 0, filled: 0 }
    }

    /// Appends the low `width` bits of `value`; `width` is 0 to 64.
    #[inline]
    pub fn put(&mut self, value: u64, width: u32) {
        debug_assert!(width <= 64);
        if width == 0 {
            return;
        }
        let value = value & (u64::MAX >> (64 - width));
        self.pending |= value << self.filled;
        let total = self.filled + width;
        if total < 64 {
            self.filled = total;
            return;
        }
        self.out.extend_from_slice(&self.pending.to_le_bytes());
        let taken = 64 - self.filled;
        self.pending = if taken < 64 { value >> taken } else { 0 };
        self.filled = total - 64;
    }

    /// Writes what is pending, padded with zero bits to a whole byte.
    pub fn finish(self) {
        let bytes = self.filled.div_ceil(8) as usize;
        self.out.extend_from_slice(&self.pending.to_le_bytes()[..bytes]);
    }
}

/// Reads bit fields from a slice.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// In bits from the start.
    at: usize,
}

impl<'a> BitReader<'a> {
    /// A reader at the first bit of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        BitReader { bytes, at: 0 }
    }

    /// Whole bytes that were begun.
    pub fn bytes_read(&self) -> usize {
        self.at.div_ceil(8)
    }

    /// The next `width` bits; `width` is 0 to 64.
    #[inline]
    pub fn get(&mut self, width: u32) -> Result<u64, CodecError> {
        debug_assert!(width <= 64);
        if width == 0 {
            return Ok(0);
        }
        let (byte, bit) = (self.at / 8, (self.at % 8) as u32);
        let mask = u64::MAX >> (64 - width);
        if let Some(word) = self.bytes.get(byte..byte + 8) {
            let low = u64::from_le_bytes(word.try_into().expect("eight bytes")) >> bit;
            let value = if bit + width <= 64 {
                low
            } else {
                let next = *self.bytes.get(byte + 8).ok_or(CodecError::Truncated { offset: byte + 8 })?;
                low | u64::from(next) << (64 - bit)
            };
            self.at += width as usize;
            return Ok(value & mask);
        }
        self.get_near_end(width, byte, bit, mask)
    }

    fn get_near_end(&mut self, width: u32, byte: usize, bit: u32, mask: u64) -> Result<u64, CodecError> {
        let end = self.at + width as usize;
        if end > self.bytes.len() * 8 {
            return Err(CodecError::Truncated { offset: self.bytes.len() });
        }
        let mut word = [0u8; 8];
        let tail = &self.bytes[byte..];
        word[..tail.len()].copy_from_slice(tail);
        self.at = end;
        Ok(u64::from_le_bytes(word) >> bit & mask)
    }
}

/// The number of bits that hold `value`.
#[inline]
pub fn width_of(value: u64) -> u32 {
    64 - value.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_come_back(fields in proptest::collection::vec((any::<u64>(), 0u32..=64), 0..60), cut in 1usize..9) {
            let mut out = vec![7u8];
            let mut writer = BitWriter::new(&mut out);
            for (value, width) in &fields {
                writer.put(*value, *width);
            }
            writer.finish();
            let bits: u32 = fields.iter().map(|f| f.1).sum();
            prop_assert_eq!(out.len(), 1 + bits.div_ceil(8) as usize);
            let mut reader = BitReader::new(&out[1..]);
            for (value, width) in &fields {
                let mask = if *width == 0 { 0 } else { u64::MAX >> (64 - width) };
                prop_assert_eq!(reader.get(*width).unwrap(), value & mask);
            }
            prop_assert_eq!(reader.bytes_read(), out.len() - 1);
            let mut short = BitReader::new(&out[1..out.len() - cut.min(out.len() - 1)]);
            let all = fields.iter().try_for_each(|f| short.get(f.1).map(|_| ()));
            prop_assert!(all.is_err() || bits == 0);
        }
    }
}

//! Which bytes of a text are digits, letters and so on: 64 bytes at a time, one bit a byte.
//!
//! Whoever looks for words in lines (what varies in them, their tokens, their level) asks this once for a block of bytes and
//! then steps from word to word, instead of looking at each byte.
//! ```text
//! text    a p p = 7 3 \n ...        bit 0 is the first byte
//! digits  0 0 0 0 1 1 0
//! ```
//! Invariant: the vector and the portable form agree on every byte.

/// Bytes of a block: as many as a mask has bits.
pub const BLOCK: usize = 64;

/// The classes of the bytes of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Classes {
    /// `0` to `9`.
    pub digits: u64,
    /// ASCII letters and digits.
    pub alphanumeric: u64,
    /// `_`.
    pub underscores: u64,
    /// Bytes from 0x80 on: of characters that are not ASCII.
    pub wide: u64,
    /// Control characters before the tab.
    pub controls: u64,
}

impl Classes {
    /// The classes of up to [`BLOCK`] bytes; behind them no bit is set.
    #[inline]
    pub fn of(bytes: &[u8]) -> Classes {
        if let Some(block) = bytes.first_chunk::<BLOCK>() {
            return Classes::of_block(block);
        }
        // A space is of no class.
        let mut block = [b' '; BLOCK];
        block[..bytes.len()].copy_from_slice(bytes);
        Classes::of_block(&block)
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn of_block(block: &[u8; BLOCK]) -> Classes {
        #[expect(unsafe_code, reason = "the compiler makes no such masks of portable code")]
        // SAFETY: every x86-64 processor has SSE2.
        unsafe {
            sse2::classes(block)
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of_block(block: &[u8; BLOCK]) -> Classes {
        Classes::of_each(block)
    }

    /// The portable form.
    #[cfg(any(test, not(target_arch = "x86_64")))]
    fn of_each(block: &[u8; BLOCK]) -> Classes {
        let mut out = Classes::default();
        for (at, byte) in block.iter().enumerate() {
            let bit = |is: bool| u64::from(is) << at;
            out.digits |= bit(byte.is_ascii_digit());
            out.alphanumeric |= bit(byte.is_ascii_alphanumeric());
            out.underscores |= bit(*byte == b'_');
            out.wide |= bit(*byte >= 0x80);
            out.controls |= bit(*byte < b'\t');
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use super::{BLOCK, Classes};
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set_epi64x, _mm_set1_epi8, _mm_sub_epi8,
    };

    #[target_feature(enable = "sse2")]
    pub(super) fn classes(block: &[u8; BLOCK]) -> Classes {
        let mut out = Classes::default();
        for (part, bytes) in block.chunks_exact(16).enumerate() {
            let half = |at: usize| bytes[at..].first_chunk::<8>().map_or(0, |half| i64::from_le_bytes(*half));
            let bytes = _mm_set_epi64x(half(8), half(0));
            let mask = |is: __m128i| u64::from(_mm_movemask_epi8(is) as u16) << (part * 16);
            // Folds letters to lower case, and no other byte onto one.
            let folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
            let (digits, letters) = (within(bytes, b'0', 10), within(folded, b'a', 26));
            out.digits |= mask(digits);
            out.alphanumeric |= mask(_mm_or_si128(digits, letters));
            out.underscores |= mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'_' as i8)));
            out.wide |= mask(_mm_and_si128(bytes, _mm_set1_epi8(-128)));
            out.controls |= mask(within(bytes, 0, b'\t'));
        }
        out
    }

    /// Which bytes are among `count` from `first` on.
    #[target_feature(enable = "sse2")]
    fn within(bytes: __m128i, first: u8, count: u8) -> __m128i {
        let distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first as i8));
        _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8(count as i8 - 1)), distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_agree_on_every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for at in [0, 7, 8, 15, 16, 40, 63] {
                let mut block: [u8; BLOCK] = std::array::from_fn(|i| byte.wrapping_add(i as u8 * 3));
                block[at] = byte;
                assert_eq!(Classes::of(&block), Classes::of_each(&block), "{byte} at {at}");
            }
        }
    }

    #[test]
    fn what_is_behind_the_text_is_of_no_class() {
        let classes = Classes::of(b"a_7\x01\xc3g");
        assert_eq!(classes.alphanumeric, 0b10_0101);
        assert_eq!(classes.digits, 0b100);
        assert_eq!(classes.underscores, 0b10);
        assert_eq!(classes.controls, 0b1000);
        assert_eq!(classes.wide, 0b1_0000);
        assert_eq!(Classes::of(b""), Classes::default());
    }
}

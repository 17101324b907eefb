//! Integers as a token, which says sign, size and the first bits, and raw bits, which say the rest.
//! ```text
//! mantissa 2      token    0  1  2 ... 7   8        9          10         11         12         13
//!                 values   0  1  2 ... 7   8 9      10 11      12 13      14 15      16..19     20..23   ...
//!                 raw bits 0  0  0 ... 0   1        1          1          1          2          2
//! ```
//! Negative values have the negative tokens. Small values are exact, large ones cost a token and what no model can guess: so a
//! few dozen tokens describe a column whatever its scale. Invariant: token and raw bits together are the value.

/// Ids are above minus this and below it: 63 exponents with 8 tokens each and the exact ones.
pub(super) const ID_LIMIT: i16 = 512;
/// Bits of a value that its token says, beside the leading one: from
pub(super) const LEAST_MANTISSA: u32 = 2;
/// to.
pub(super) const MOST_MANTISSA: u32 = 3;

/// A value taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) id: i16,
    /// Raw bits that follow.
    pub(super) width: u32,
    /// Those bits.
    pub(super) raw: u64,
}

/// Takes a value apart.
#[inline]
pub(super) fn token(value: i64, mantissa: u32) -> Token {
    let size = value.unsigned_abs();
    if size < 2 << mantissa {
        let id = size as i16;
        return Token { id: if value < 0 { -id } else { id }, width: 0, raw: 0 };
    }
    let width = 63 - size.leading_zeros() - mantissa;
    let top = size >> width;
    let id = ((width as i16) << mantissa) + top as i16;
    let low = size - (top << width);
    // Values of a token ascend with their raw bits on either side of zero, so that decoding is one addition.
    let raw = if value < 0 { ((1 << width) - 1) - low } else { low };
    Token { id: if value < 0 { -id } else { id }, width, raw }
}

/// The smallest value of a token, and how many raw bits follow it. Any id gives something: hostile ones too.
pub(super) fn span(id: i16, mantissa: u32) -> (i64, u32) {
    let size = u64::from(id.unsigned_abs());
    if size < 2 << mantissa {
        return (i64::from(id), 0);
    }
    let width = (size >> mantissa) as u32 - 1;
    let width = width.min(63 - mantissa);
    let top = (size & ((1 << mantissa) - 1)) + (1 << mantissa);
    let least = top << width;
    let base = if id < 0 { (least + ((1 << width) - 1)).wrapping_neg() } else { least };
    (base as i64, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: i64, mantissa: u32) {
        let Token { id, width, raw } = token(value, mantissa);
        assert!(id.abs() < ID_LIMIT);
        let (base, wide) = span(id, mantissa);
        assert_eq!((base.wrapping_add(raw as i64), wide), (value, width));
        assert!(raw >> width == 0);
    }

    proptest! {
        #[test]
        fn values_come_back(value in any::<i64>(), narrow in 0u32..64, mantissa in LEAST_MANTISSA..=MOST_MANTISSA) {
            check(value >> narrow, mantissa);
        }

        #[test]
        fn any_id_has_a_span(id in any::<i16>(), mantissa in 0u32..4) {
            prop_assert!(span(id, mantissa).1 < 64);
        }
    }

    #[test]
    fn ends_come_back_and_ids_ascend() {
        for mantissa in LEAST_MANTISSA..=MOST_MANTISSA {
            [i64::MIN, i64::MIN + 1, i64::MAX, 0, -1, 1].into_iter().for_each(|value| check(value, mantissa));
            let ids: Vec<i16> = (-3000..3000).map(|value| token(value, mantissa).id).collect();
            assert!(ids.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1));
        }
    }
}

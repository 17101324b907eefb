//! What was lifted as text again: numbers, hexadecimal digits, times of day.
//!
//! Used by `settle.rs`. Each writes to the front of what it is given and tells how many bytes; `None` when the value cannot
//! be written so, or there is no room.

use super::{DAY, unit};

const HEX_PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

const DECIMAL_PAIRS: [[u8; 2]; 100] = {
    let mut table = [[0; 2]; 100];
    let mut value = 0;
    while value < 100 {
        table[value] = [b'0' + value as u8 / 10, b'0' + value as u8 % 10];
        value += 1;
    }
    table
};

/// The most digits of a number of 64 bits.
const MAX_DIGITS: usize = 20;

/// How many decimal digits a number has.
pub(super) fn digits_of(value: u64) -> usize {
    value.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// A number of at least `width` digits; not a negative one, nor one of more than twenty digits.
pub(super) fn put_decimal(out: &mut [u8], value: i64, width: usize) -> Option<usize> {
    let mut value = u64::try_from(value).ok()?;
    // Most are short.
    if value < 10 && width <= 1 {
        *out.first_mut()? = b'0' + value as u8;
        return Some(1);
    }
    let length = digits_of(value).max(width);
    if length > MAX_DIGITS {
        return None;
    }
    let mut pairs = out.get_mut(..length)?.rchunks_exact_mut(2);
    for pair in pairs.by_ref() {
        pair.copy_from_slice(&DECIMAL_PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if let [first] = pairs.into_remainder() {
        *first = b'0' + (value % 10) as u8;
    }
    Some(length)
}

/// So many hexadecimal digits from one on.
pub(super) fn put_hex(out: &mut [u8], nibbles: &[u8], from: usize, count: usize) -> Option<()> {
    let out = out.get_mut(..count)?;
    let bytes = nibbles.get(from / 2..(from + count).div_ceil(2))?;
    let low = |byte: u8| HEX_PAIRS[usize::from(byte)][1];
    if from.is_multiple_of(2) {
        let mut pairs = out.chunks_exact_mut(2);
        for (pair, byte) in pairs.by_ref().zip(bytes) {
            pair.copy_from_slice(&HEX_PAIRS[usize::from(*byte)]);
        }
        if let ([last], Some(byte)) = (pairs.into_remainder(), bytes.last()) {
            *last = HEX_PAIRS[usize::from(*byte)][0];
        }
        return Some(());
    }
    for (at, digit) in out.iter_mut().enumerate() {
        let byte = bytes[at.div_ceil(2)];
        *digit = if at.is_multiple_of(2) { low(byte) } else { HEX_PAIRS[usize::from(byte)][0] };
    }
    Some(())
}

const SECOND: i64 = 1_000_000_000;

/// The time of day that is `distance` units of the last digit from that of `at`, in a shape.
pub(super) fn put_time(out: &mut [u8], distance: i64, shape: u8, at: i64) -> Option<usize> {
    let shape = shape.checked_sub(32)?;
    let (digits, comma) = (usize::from(shape & 15), shape & 16 != 0);
    if digits > 9 || shape > 31 {
        return None;
    }
    let unit = unit(digits);
    let own = at.rem_euclid(DAY);
    let nanos = (own - own % unit).checked_add(distance.checked_mul(unit)?)?;
    let nanos = Some(nanos).filter(|nanos| (0..DAY).contains(nanos))? as u64;
    let (seconds, fraction) = (nanos / SECOND as u64, nanos % SECOND as u64);
    let pair = |value: u64| DECIMAL_PAIRS[value as usize % 100];
    let out = out.get_mut(..18)?;
    out[..2].copy_from_slice(&pair(seconds / 3600));
    out[2] = b':';
    out[3..5].copy_from_slice(&pair(seconds / 60 % 60));
    out[5] = b':';
    out[6..8].copy_from_slice(&pair(seconds % 60));
    if digits == 0 {
        return Some(8);
    }
    out[8] = if comma { b',' } else { b'.' };
    // All nine digits; those behind the last one are zeros, and written over.
    put_decimal(&mut out[9..], fraction as i64, 9)?;
    Some(9 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_wide_as_they_were() {
        let shown = |value, width| {
            let mut out = [b'x'; 24];
            put_decimal(&mut out, value, width).map(|n| String::from_utf8_lossy(&out[..n]).into_owned())
        };
        for (value, width, wanted) in [
            (0, 1, Some("0")),
            (0, 3, Some("000")),
            (7, 2, Some("07")),
            (10, 1, Some("10")),
            (123, 1, Some("123")),
            (99_999, 6, Some("099999")),
            (i64::MAX, 1, Some("9223372036854775807")),
            (5, 20, Some("00000000000000000005")),
            (5, 21, None),
            (-1, 1, None),
        ] {
            assert_eq!(shown(value, width).as_deref(), wanted, "{value} {width}");
        }
        assert_eq!(put_decimal(&mut [0; 2], 123, 1), None, "no room");
    }

    #[test]
    fn digits_are_read_from_either_half() {
        let nibbles = [0x12, 0xab, 0xf0];
        for (from, count, wanted) in
            [(0, 6, "12abf0"), (1, 4, "2abf"), (1, 5, "2abf0"), (2, 3, "abf"), (3, 0, "")]
        {
            let mut out = [0; 8];
            put_hex(&mut out, &nibbles, from, count).unwrap();
            assert_eq!(std::str::from_utf8(&out[..count]).unwrap(), wanted);
        }
        assert!(put_hex(&mut [0; 8], &nibbles, 3, 4).is_none());
    }
}

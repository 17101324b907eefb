//! Numbers appended to an answer: most of the bytes of a large answer are digits, so they are written without the
//! formatter and without a string each.
//!
//! Invariant: the same text as from the formatter, which the tests compare with; but of two shortest texts that are equally near
//! the one whose last digit is even, as Go writes it and the formatter need not.

use super::special;

/// Whole numbers below this are written as integers: all of them are exact, and most samples are such.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Appends an integer.
pub fn push_integer(out: &mut String, value: i64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends a sample's value: the shortest digits that read back, an exponent below 1e-6 and from 1e21 on.
pub fn push_sample(out: &mut String, value: f64) {
    if value.abs() < WHOLE && value.trunc() == value && (value != 0.0 || value.is_sign_positive()) {
        return push_integer(out, value as i64);
    }
    if (1e-4..WHOLE).contains(&value.abs()) {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        if !text.contains('e') {
            // Not whole, so there are digits behind the point and the last is none too many.
            return out.push_str(text);
        }
    }
    let decimal = match shortest(value) {
        Ok(text) => return out.push_str(text),
        Err(decimal) => decimal,
    };
    if (1e-6..1e21).contains(&value.abs()) { decimal.plain(out) } else { decimal.scientific(out) }
}

/// Appends a value without an exponent, whatever its size.
pub(super) fn push_plain(out: &mut String, value: f64) {
    match shortest(value) {
        Ok(text) => out.push_str(text),
        Err(decimal) => decimal.plain(out),
    }
}

/// Appends a value with an exponent when that of its first digit is below -4 or not below `limit`.
pub(super) fn push_general(out: &mut String, value: f64, limit: i32) {
    match shortest(value) {
        Ok(text) => out.push_str(text),
        Err(decimal) if (-3..=limit).contains(&decimal.point) => decimal.plain(out),
        Err(decimal) => decimal.scientific(out),
    }
}

/// The text of a value that has no digits but 0, or the digits.
fn shortest(value: f64) -> Result<&'static str, Decimal> {
    match special(value) {
        Some(text) => Ok(text),
        None if value == 0.0 => Ok(if value.is_sign_negative() { "-0" } else { "0" }),
        None => Err(Decimal::of(zmij::Buffer::new().format_finite(value))),
    }
}

/// Longest digits of a float.
const MAX_DIGITS: usize = 24;

/// `0.d1d2d3... * 10^point`, `d1` not 0.
struct Decimal {
    negative: bool,
    digits: [u8; MAX_DIGITS],
    count: usize,
    point: i32,
}

impl Decimal {
    /// Reads `-12.34e-5` and its like; the number is not 0.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut decimal = Decimal {
            negative: false,
            digits: [0; MAX_DIGITS],
            count: 0,
            point: exponent.parse().unwrap_or(0),
        };
        let mut behind = false;
        for byte in mantissa.bytes() {
            match byte {
                b'-' => decimal.negative = true,
                b'.' => behind = true,
                b'0' if decimal.count == 0 => decimal.point -= i32::from(behind),
                digit => {
                    if decimal.count < MAX_DIGITS {
                        decimal.digits[decimal.count] = digit;
                        decimal.count += 1;
                    }
                    decimal.point += i32::from(!behind);
                }
            }
        }
        while decimal.count > 1 && decimal.digits[decimal.count - 1] == b'0' {
            decimal.count -= 1;
        }
        decimal
    }

    fn digits(&self, out: &mut String, range: std::ops::Range<usize>) {
        out.push_str(std::str::from_utf8(&self.digits[range]).unwrap_or(""));
    }

    /// Without an exponent.
    fn plain(&self, out: &mut String) {
        out.push_str(if self.negative { "-" } else { "" });
        match usize::try_from(self.point) {
            Ok(whole) if whole > 0 => {
                self.digits(out, 0..whole.min(self.count));
                out.extend(std::iter::repeat_n('0', whole.saturating_sub(self.count)));
                if whole < self.count {
                    out.push('.');
                    self.digits(out, whole..self.count);
                }
            }
            _ => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
                self.digits(out, 0..self.count);
            }
        }
    }

    /// With an exponent of at least two digits.
    fn scientific(&self, out: &mut String) {
        out.push_str(if self.negative { "-" } else { "" });
        self.digits(out, 0..1);
        if self.count > 1 {
            out.push('.');
            self.digits(out, 1..self.count);
        }
        let exponent = self.point - 1;
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        if exponent.abs() < 10 {
            out.push('0');
        }
        push_integer(out, i64::from(exponent.abs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{format_general, format_plain, pad_exponent};
    use proptest::prelude::*;

    /// What the formatter makes of it, with an exponent or without.
    fn slowly(value: f64, exponent: bool) -> String {
        match special(value) {
            Some(text) => text.to_owned(),
            None if exponent && value != 0.0 => pad_exponent(&format!("{value:e}")),
            None => format!("{value}"),
        }
    }

    /// Equal texts, or the even one of two that are equally near.
    fn agree(value: f64, out: &str, other: &str) {
        if out != other {
            let even =
                out.split('e').next().and_then(|digits| digits.bytes().last()).is_some_and(|d| d % 2 == 0);
            assert!(even && out.len() == other.len() && out.parse() == Ok(value), "{out}, not {other}");
        }
    }

    fn check(value: f64) {
        let mut out = String::new();
        push_sample(&mut out, value);
        let size = value.abs();
        agree(value, &out, &slowly(value, !(1e-6..1e21).contains(&size)));
        agree(value, &format_plain(value), &slowly(value, false));
        agree(value, &format_general(value), &slowly(value, !(1e-4..1e6).contains(&size)));
        for text in [&out, &format_plain(value), &format_general(value)] {
            let back: f64 = text.parse().expect("a number");
            assert!(back.to_bits() == value.to_bits() || (back.is_nan() && value.is_nan()), "{text}");
        }
    }

    #[test]
    fn of_two_texts_that_are_equally_near_the_even_one_is_written() {
        for (value, text) in [
            (7_628_750_058_912_776.0 / 64.0, "119199219670512.12"),
            (7_628_750_058_912_792.0 / 64.0, "119199219670512.38"),
            (-7_628_750_058_912_808.0 / 64.0, "-119199219670512.62"),
        ] {
            let mut out = String::new();
            push_sample(&mut out, value);
            assert_eq!(out, text);
            assert_eq!(format_plain(value), text);
        }
    }

    #[test]
    fn edges_are_written_as_by_the_formatter() {
        for value in
            [0.0, -0.0, 1.0, -1.0, 0.1, 1e-6, 9.9e-7, 1e21, 9.99e20, 1e22, WHOLE, WHOLE - 1.0, 1e16, 1.5e20]
        {
            check(value);
            check(-value);
        }
        for value in
            [f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX, f64::NAN, f64::INFINITY, 100.25, 0.001, 123e18]
        {
            check(value);
        }
    }

    proptest! {
        #[test]
        fn any_float_is_written_as_by_the_formatter(bits in any::<u64>(), small in -1_000_000i64..1_000_000, scale in 0i32..12) {
            check(f64::from_bits(bits));
            check(small as f64 / 10f64.powi(scale));
        }
    }
}

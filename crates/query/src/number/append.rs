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
    if let Some(text) = special(value) {
        return out.push_str(text);
    }
    if value == 0.0 {
        return out.push_str("-0");
    }
    let mut buffer = zmij::Buffer::new();
    let decimal = Decimal::of(buffer.format_finite(value));
    if (1e-6..1e21).contains(&value.abs()) { decimal.plain(out) } else { decimal.scientific(out) }
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
    use crate::number::format_exponent;
    use proptest::prelude::*;

    /// What the formatter makes of it.
    fn slowly(value: f64) -> String {
        if let Some(text) = special(value) {
            return text.to_owned();
        }
        let size = value.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) { format_exponent(value) } else { format!("{value}") }
    }

    fn check(value: f64) {
        let mut out = String::new();
        push_sample(&mut out, value);
        let other = slowly(value);
        if out != other {
            let even =
                out.split('e').next().and_then(|digits| digits.bytes().last()).is_some_and(|d| d % 2 == 0);
            assert!(even && out.len() == other.len() && out.parse() == Ok(value), "{out}, not {other}");
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

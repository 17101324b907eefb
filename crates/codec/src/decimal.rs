//! Floats that are decimals: `value = integer / 10^exponent`, checked by computing it back.
//!
//! Most measured values were printed with few digits (0.01 s, 37.5 %), so one exponent turns a column into integers.
//! Division by a power of ten up to 10^22 is exactly rounded, hence the check on the encoder's side is enough for the
//! decoder to give back the same bits. What does not fit (NaN, infinities, -0, longer decimals) is an exception: its
//! place in the integers repeats the integer before, and its bits stand in a list.
//! Source: after Afroozeh, Kuffó and Boncz, "ALP" (SIGMOD 2023).

/// Largest exponent: with 15 digits behind the point a value below 9 still fits [`MAX_INTEGER`].
pub const MAX_EXPONENT: u8 = 15;
/// Integers up to 2^53 are exact as floats.
const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;
/// Powers of ten, exact as floats.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
/// With more than one exception in this many values another codec is smaller.
const ONE_EXCEPTION_IN: usize = 8;

/// A column as integers.
#[derive(Debug, Default)]
pub struct Decimals {
    /// How many digits behind the point.
    pub exponent: u8,
    /// One for each value.
    pub integers: Vec<i64>,
    /// Positions that do not fit, ascending, with their bits.
    pub exceptions: Vec<(usize, u64)>,
}

/// The integer of `value` at `exponent`, if it computes back to the same bits.
#[inline]
fn integer(value: f64, exponent: u8) -> Option<i64> {
    let power = POWERS[usize::from(exponent)];
    let scaled = (value * power).round_ties_even();
    // False for NaN too.
    let exact = scaled.abs() <= MAX_INTEGER;
    if !exact {
        return None;
    }
    let integer = scaled as i64;
    (restore(integer, exponent).to_bits() == value.to_bits()).then_some(integer)
}

/// The float of an integer.
#[inline]
pub fn restore(integer: i64, exponent: u8) -> f64 {
    integer as f64 / POWERS[usize::from(exponent.min(MAX_EXPONENT))]
}

/// Appends the floats of integers.
pub fn restore_all(integers: &[i64], exponent: u8, out: &mut Vec<f64>) {
    let power = POWERS[usize::from(exponent.min(MAX_EXPONENT))];
    out.extend(integers.iter().map(|integer| *integer as f64 / power));
}

/// The column as integers, or `None` when too many values are no decimals.
pub fn decimals(values: &[f64]) -> Option<Decimals> {
    let allowed = values.len() / ONE_EXCEPTION_IN + 1;
    let mut exponent = 0;
    let mut unfit = 0;
    for value in values {
        if integer(*value, exponent).is_some() {
            continue;
        }
        match (exponent + 1..=MAX_EXPONENT).find(|e| value.is_finite() && integer(*value, *e).is_some()) {
            Some(wider) => exponent = wider,
            None => {
                unfit += 1;
                if unfit > allowed {
                    return None;
                }
            }
        }
    }
    let mut out = Decimals { exponent, integers: Vec::with_capacity(values.len()), exceptions: Vec::new() };
    // An exception in front repeats the first integer that fits, so that it costs no width.
    let mut previous = values.iter().find_map(|v| integer(*v, exponent)).unwrap_or(0);
    for (at, value) in values.iter().enumerate() {
        match integer(*value, exponent) {
            Some(integer) => previous = integer,
            None => out.exceptions.push((at, value.to_bits())),
        }
        out.integers.push(previous);
    }
    (out.exceptions.len() <= allowed).then_some(out)
}

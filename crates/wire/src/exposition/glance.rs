//! A line of the text formats, told apart without reading its labels.
//!
//! A scraper sees the same lines again and again, but for their values. What a sample line says beside its value depends on the
//! bytes before the value and on the comments before the line only, so a reader that keeps what such bytes meant need not read them
//! again. Invariant: a [`Glance::Sample`] whose `series` bytes were once a whole line with another value, and read well without a
//! time, stands for the same series with `value`.

use super::{Format, parse_float};

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Glance<'a> {
    /// Nothing: it may be left out.
    Blank,
    /// A comment, which may change what later lines mean.
    Comment,
    /// Bytes, a space, and a number at the end. They may be no series: the number may be a time, or part of an exemplar.
    Sample {
        /// All before the last space.
        series: &'a [u8],
        /// The last word.
        value: f64,
    },
    /// Anything else: to be read.
    Other,
}

/// Looks at one line, which has no line feed.
pub fn glance(line: &[u8], format: Format) -> Glance<'_> {
    let (line, first) = match format {
        Format::Text => {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            (line, line.iter().find(|byte| !matches!(byte, b' ' | b'\t')))
        }
        Format::OpenMetrics => (line, line.first()),
    };
    match first {
        None => return Glance::Blank,
        Some(b'#') => return Glance::Comment,
        Some(_) => {}
    }
    let Some(space) = memchr::memrchr(b' ', line) else { return Glance::Other };
    match number(&line[space + 1..]) {
        Some(value) => Glance::Sample { series: &line[..space], value },
        None => Glance::Other,
    }
}

/// The number that a text begins with and that its line ends with, and how many bytes it has; `None` for anything but the plain
/// spellings of numbers that are exact in two words: those have to be looked at with [`glance`].
pub fn plain_value(text: &[u8]) -> Option<(f64, usize)> {
    let (value, length) = plain(text)?;
    matches!(text.get(length), None | Some(b'\n')).then_some((value, length))
}

fn number(word: &[u8]) -> Option<f64> {
    match plain(word) {
        Some((value, length)) if length == word.len() => Some(value),
        _ => parse_float(std::str::from_utf8(word).ok()?),
    }
}

/// Powers of ten that a float holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers up to here are exact floats.
const MAX_WHOLE: u64 = 1 << 53;
/// So many digits fit in 64 bits.
const MAX_DIGITS: usize = 19;

/// The number that `text` begins with, `[-]digits[.digits][e[+-]digits]`, and its bytes. `None` when there is none, or when its digits or
/// its power of ten are no exact floats: with both exact their product or quotient is rounded once, so it is the nearest float.
fn plain(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let (mut at, mut whole, mut digits, mut fraction) = (usize::from(negative), 0u64, 0, 0);
    let mut point = None;
    while let Some(byte) = text.get(at) {
        match byte {
            b'0'..=b'9' => {
                whole = whole.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                digits += 1;
            }
            b'.' if point.is_none() => point = Some(digits),
            _ => break,
        }
        at += 1;
    }
    if digits == 0 || digits > MAX_DIGITS || whole > MAX_WHOLE {
        return None;
    }
    if let Some(point) = point {
        fraction = digits - point;
    }
    let mut power = 0i32;
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        let down = text.get(at) == Some(&b'-');
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        let first = at;
        while let Some(byte @ b'0'..=b'9') = text.get(at) {
            power = power * 10 + i32::from(byte - b'0');
            at += 1;
            if at - first > 3 {
                return None;
            }
        }
        if at == first {
            return None;
        }
        power = if down { -power } else { power };
    }
    let power = power - fraction as i32;
    let tens = *TENS.get(power.unsigned_abs() as usize)?;
    let value = if power < 0 { whole as f64 / tens } else { whole as f64 * tens };
    Some((if negative { -value } else { value }, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let text = |line: &'static str| glance(line.as_bytes(), Format::Text);
        assert_eq!([text(""), text(" \t"), text("\r")], [Glance::Blank; 3]);
        assert_eq!([text("# HELP a b 1"), text("  # x 1")], [Glance::Comment; 2]);
        assert_eq!(text("a{b=\"c d\"} 17\r"), Glance::Sample { series: b"a{b=\"c d\"}", value: 17.0 });
        assert_eq!(text("a -1.5e3"), Glance::Sample { series: b"a", value: -1500.0 });
        assert_eq!(text("a 999999999999999"), Glance::Sample { series: b"a", value: 999_999_999_999_999.0 });
        assert_eq!(text("a 0.1 1700"), Glance::Sample { series: b"a 0.1", value: 1700.0 });
        assert_eq!([text("a"), text("a "), text("a 1 "), text("a \t1"), text("a x")], [Glance::Other; 5]);
        assert_eq!(glance(b" # x 1", Format::OpenMetrics), Glance::Sample { series: b" # x", value: 1.0 });
        assert_eq!(glance(b"# EOF", Format::OpenMetrics), Glance::Comment);
    }

    #[test]
    fn plain_numbers_are_the_nearest_floats() {
        let mut rng = stdx::Rng::seeded(7);
        let mut plain_ones = 0;
        for _ in 0..30_000 {
            let pick = |rng: &mut stdx::Rng, all: &[&'static str]| all[rng.below(all.len() as u64) as usize];
            let mut word = pick(&mut rng, &["", "", "-", "+"]).to_owned();
            for _ in 0..rng.below(4) {
                let most = 10u64.pow(1 + rng.below(6) as u32);
                word += &rng.below(most).to_string();
            }
            word += pick(&mut rng, &["", ".", ".0", "..", ".25"]);
            for _ in 0..rng.below(3) {
                word += &rng.below(1_000_000).to_string();
            }
            word += pick(&mut rng, &["", "", "e+06", "E-7", "e22", "e-22", "e23", "e+", "e", "e0001", "x"]);
            let expected = parse_float(&word).map(f64::to_bits);
            assert_eq!(number(word.as_bytes()).map(f64::to_bits), expected, "{word}");
            for rest in ["", "\n", "\nb 2", " ", "\r\n"] {
                let found = plain_value((word.clone() + rest).as_bytes());
                plain_ones += usize::from(found.is_some());
                if let Some((value, length)) = found {
                    assert!(rest.is_empty() || rest.starts_with('\n'), "{word:?} {rest:?}");
                    assert_eq!((Some(value.to_bits()), length), (expected, word.len()), "{word}");
                }
            }
        }
        assert!(plain_ones > 15_000, "{plain_ones}");
        for (word, value) in [("-0", -0.0f64), ("9007199254740993", 9_007_199_254_740_992.0), ("0.1", 0.1)] {
            assert_eq!(number(word.as_bytes()).map(f64::to_bits), Some(value.to_bits()), "{word}");
        }
    }
}

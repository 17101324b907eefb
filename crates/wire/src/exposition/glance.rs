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

fn number(word: &[u8]) -> Option<f64> {
    // Up to 15 digits are an exact float, and most values are such.
    if (1..=15).contains(&word.len()) && word.iter().all(u8::is_ascii_digit) {
        let whole = word.iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Some(whole as f64);
    }
    parse_float(std::str::from_utf8(word).ok()?)
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
}

//! Durations as scripts write them: `1h2m3s`, `1d`, `500ms`, or a number of milliseconds; and as they are shown.

use std::time::Duration;

/// Units by name with their nanoseconds; longer names before the ones they begin with.
const UNITS: [(&str, f64); 8] = [
    ("ms", 1e6),
    ("us", 1e3),
    ("µs", 1e3),
    ("ns", 1.0),
    ("d", 86_400e9),
    ("h", 3_600e9),
    ("m", 60e9),
    ("s", 1e9),
];
/// 292 years, where signed 64-bit nanoseconds end.
const MAX_NANOS: f64 = 9.2e18;

/// Reads a duration. `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if let Ok(millis) = text.parse::<f64>() {
        return from_millis(millis);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut nanos = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let (unit, size) = UNITS.iter().find(|(u, _)| rest.starts_with(u))?;
        nanos += number * size;
        rest = &rest[unit.len()..];
    }
    (nanos <= MAX_NANOS).then(|| Duration::from_nanos(nanos.round() as u64))
}

/// A number of milliseconds as a duration. `None` when it is negative, not finite or too large.
pub(crate) fn from_millis(millis: f64) -> Option<Duration> {
    (millis >= 0.0 && millis * 1e6 <= MAX_NANOS).then(|| Duration::from_nanos((millis * 1e6).round() as u64))
}

/// Writes a duration as Go does: `1m30s`, `1.5s`, `250ms`, `0s`.
pub(crate) fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let fraction = |unit: u128| {
        let digits = unit.ilog10() as usize;
        let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000 {
        return format!("{nanos}ns");
    }
    if nanos < 1_000_000 {
        return format!("{}µs", fraction(1_000));
    }
    if nanos < 1_000_000_000 {
        return format!("{}ms", fraction(1_000_000));
    }
    let seconds = duration.as_secs();
    let rest = Duration::new(seconds % 60, duration.subsec_nanos());
    let tail = format!("{:.9}", rest.as_secs_f64());
    let tail = tail.trim_end_matches('0').trim_end_matches('.');
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{tail}s"),
        (0, m) => format!("{m}m{tail}s"),
        (h, m) => format!("{h}h{m}m{tail}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_and_numbers() {
        for (text, millis) in [
            ("1h2m3s", 3_723_000),
            ("500ms", 500),
            ("1.5s", 1_500),
            ("1200", 1_200),
            ("0", 0),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "soon", "1x", "-1s", "1", "s", "1s2"].into_iter().filter(|t| *t != "1") {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn shown_as_go_shows_them() {
        for text in ["0s", "250ms", "1.5s", "10s", "1m30s", "10m30s", "1h0m0s", "1.25ms", "3µs"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanos in 0u64..10_000_000_000_000) {
            let duration = Duration::from_nanos(nanos);
            let back = parse(&format(duration)).unwrap();
            prop_assert!(back.abs_diff(duration) < Duration::from_nanos(1_000));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}

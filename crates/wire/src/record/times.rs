//! Times as senders of records write them: ISO 8601 with or without a zone (then UTC), or a number since 1970 whose
//! magnitude tells its unit.

use crate::rfc3339;
use model::Nanos;

/// Numbers below this are seconds (until the year 5138), then milliseconds, microseconds, nanoseconds.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// The instant that `text` names.
pub fn parse(text: &str) -> Option<Nanos> {
    let text = text.trim();
    match text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        true => number(text),
        false => rfc3339::parse(text).or_else(|| loose(text)),
    }
}

/// The instant of a number since 1970.
pub fn since_1970(number: i64) -> Nanos {
    let factor = match number.unsigned_abs() {
        n if n < SECONDS_BELOW as u64 => 1_000_000_000,
        n if n < SECONDS_BELOW as u64 * 1000 => 1_000_000,
        n if n < SECONDS_BELOW as u64 * 1_000_000 => 1000,
        _ => 1,
    };
    Nanos(number.saturating_mul(factor))
}

fn number(text: &str) -> Option<Nanos> {
    let Some((whole, fraction)) = text.split_once('.') else { return text.parse().ok().map(since_1970) };
    let base: i64 = whole.parse().ok()?;
    let one = since_1970(base);
    // What one unit is, in nanoseconds.
    let unit = if base == 0 { 1_000_000_000 } else { one.0 / base };
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let billionths: i64 = digits.parse().ok()?;
    let part = i128::from(billionths) * i128::from(unit) / 1_000_000_000;
    one.0.checked_add(i64::try_from(part).ok()?).map(Nanos)
}

/// ISO 8601 beyond RFC 3339: a date alone, a space or none between date and time, a comma before the fraction, a zone
/// without colon, without minutes, or none.
fn loose(text: &str) -> Option<Nanos> {
    let date = text.get(..10)?;
    let rest = text.get(11..).unwrap_or("");
    if rest.is_empty() {
        return rfc3339::parse(&format!("{date}T00:00:00Z")).filter(|_| text.len() <= 11);
    }
    if !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let zone_at = rest.find(['Z', 'z', '+', '-', ' ']).unwrap_or(rest.len());
    let (time, zone) = (rest[..zone_at].replace(',', "."), rest[zone_at..].trim());
    let zone = match (zone.len(), zone) {
        (0, _) | (_, "UTC" | "Z" | "z") => "Z".to_owned(),
        (3, _) => format!("{zone}:00"),
        (5, _) if zone.is_ascii() => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => zone.to_owned(),
    };
    let seconds = if time.len() == 5 { ":00" } else { "" };
    rfc3339::parse(&format!("{date}T{time}{seconds}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn senders_write_times_in_many_ways() {
        for (text, nanos) in [
            ("2026-11-20T10:10:01.5Z", 1_795_169_401_500_000_000),
            ("2026-11-20 10:10:01,5", 1_795_169_401_500_000_000),
            ("2026-11-20T12:10:01.500+0200", 1_795_169_401_500_000_000),
            ("2026-11-20 12:10:01.5 +02", 1_795_169_401_500_000_000),
            ("2026-11-20 10:10:01.5 UTC", 1_795_169_401_500_000_000),
            ("2026-11-20T10:10Z", 1_795_169_400_000_000_000),
            ("2026-11-20", 1_795_132_800_000_000_000),
            ("1795169401", 1_795_169_401_000_000_000),
            ("1795169401.5", 1_795_169_401_500_000_000),
            ("1795169401500", 1_795_169_401_500_000_000),
            ("1795169401500.25", 1_795_169_401_500_250_000),
            ("1795169401500000", 1_795_169_401_500_000_000),
            ("1795169401500000000", 1_795_169_401_500_000_000),
        ] {
            assert_eq!(parse(text), Some(Nanos(nanos)), "{text}");
        }
        for bad in
            ["", "yesterday", "2026-13-20", "2026-11-20x10:10:01Z", ".", "1.2.3", "99999999999999999999"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", like in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ü][0-9:.,+Zü -]{0,20}") {
            let _ = (parse(&text), parse(&like));
        }
    }
}

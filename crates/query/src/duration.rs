//! Durations as `1h30m`, in milliseconds. A year has 365 days, a week 7, a day 24 hours.
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations>

use crate::quote::quote;

/// Units from long to short: name, milliseconds, and whether it is written only when nothing remains below it
/// (`90d` reads better than `12w6d`).
const UNITS: [(&str, i64, bool); 7] = [
    ("y", 365 * 24 * 3_600_000, true),
    ("w", 7 * 24 * 3_600_000, true),
    ("d", 24 * 3_600_000, false),
    ("h", 3_600_000, false),
    ("m", 60_000, false),
    ("s", 1_000, false),
    ("ms", 1, false),
];

/// Durations above this many milliseconds do not fit into 64 bits of nanoseconds, which is the limit of the syntax.
const MAX_MILLIS: i64 = i64::MAX / 1_000_000;

/// Reads a duration: numbers with units, each unit at most once, from long to short. `0` needs no unit.
pub fn parse(text: &str) -> Result<i64, String> {
    match text {
        "" => return Err("empty duration string".to_owned()),
        "0" => return Ok(0),
        _ => {}
    }
    let bad = || format!("not a valid duration string: {}", quote(text));
    let mut total: i64 = 0;
    let mut rest = text;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.bytes().take_while(|b| !b.is_ascii_digit()).count();
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() || unit.is_empty() {
            return Err(bad());
        }
        let position = UNITS
            .iter()
            .position(|(name, ..)| *name == unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quote(unit), quote(text)))?;
        if position < next_unit {
            return Err(bad());
        }
        total = number
            .parse::<i64>()
            .ok()
            .and_then(|n| n.checked_mul(UNITS[position].1))
            .and_then(|ms| ms.checked_add(total))
            .filter(|ms| *ms <= MAX_MILLIS)
            .ok_or("duration out of range")?;
        next_unit = position + 1;
        rest = tail;
    }
    Ok(total)
}

/// Writes a duration of `millis`; negative ones with a leading `-`.
pub fn format(millis: i64) -> String {
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut rest = millis.unsigned_abs();
    let mut out = String::from(if millis < 0 { "-" } else { "" });
    for (name, size, only_exact) in UNITS {
        let size = size.unsigned_abs();
        if only_exact && !rest.is_multiple_of(size) {
            continue;
        }
        if rest >= size {
            out.push_str(&format!("{}{name}", rest / size));
            rest %= size;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, millis) in
            [("5m", 300_000), ("1h30m", 5_400_000), ("0", 0), ("1y", 31_536_000_000), ("1ms", 1)]
        {
            assert_eq!(parse(text), Ok(millis), "{text}");
        }
        for text in ["", "5", "m", "1m1h", "5m5m", "1.5h", "-1m", "1q"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("999999999999y").unwrap_err(), "duration out of range");
        for (millis, text) in
            [(90_000, "1m30s"), (0, "0s"), (-300_000, "-5m"), (90 * 86_400_000, "90d"), (1, "1ms")]
        {
            assert_eq!(format(millis), text);
        }
    }
}

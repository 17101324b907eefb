//! Durations, sizes and floats as LogQL and Go write them.
//!
//! Three notations meet in a query: a range (`1h30m`, with `d`, `w`, `y`, whole numbers, biggest unit first), Go's
//! durations (`1.5s`, no days) and humanised sizes (`1.5KiB`). Error texts are those of the Go functions, because
//! they become label values (`__error_details__`).

/// Nanoseconds of one second.
pub(crate) const SECOND: i64 = 1_000_000_000;

const RANGE_UNITS: [(&str, i64, u8); 7] = [
    ("ms", SECOND / 1000, 7),
    ("s", SECOND, 6),
    ("m", 60 * SECOND, 5),
    ("h", 3600 * SECOND, 4),
    ("d", 86_400 * SECOND, 3),
    ("w", 7 * 86_400 * SECOND, 2),
    ("y", 365 * 86_400 * SECOND, 1),
];

/// A range such as `5m` or `1h30m`, in nanoseconds.
pub(crate) fn parse_range(text: &str) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    if text.is_empty() {
        return Err("empty duration string".to_owned());
    }
    let invalid = || format!("not a valid duration string: {text:?}");
    let (mut rest, mut total, mut last) = (text, 0i64, 0u8);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let count: i64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[..unit_end];
        if unit.is_empty() {
            return Err(invalid());
        }
        rest = &rest[unit_end..];
        let (_, nanos, rank) = RANGE_UNITS
            .iter()
            .find(|(name, ..)| *name == unit)
            .ok_or_else(|| format!("unknown unit {unit:?} in duration {text:?}"))?;
        if *rank <= last {
            return Err(invalid());
        }
        last = *rank;
        total = count
            .checked_mul(*nanos)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| "duration out of range".to_owned())?;
    }
    Ok(total)
}

/// A duration literal of a query: a range, or else Go's notation.
pub(crate) fn parse_duration_any(text: &str) -> Option<i64> {
    parse_range(text).ok().or_else(|| parse_go_duration(text).ok())
}

/// Go's `time.ParseDuration`, in nanoseconds.
pub(crate) fn parse_go_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_bytes(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        if !rest.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
            return Err(invalid());
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let whole: u64 = if digits == 0 { 0 } else { rest[..digits].parse().map_err(|_| invalid())? };
        rest = &rest[digits..];
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            (fraction, rest) = (&after[..end], &after[end..]);
        }
        if digits == 0 && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[..unit_end];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote_bytes(text)));
        }
        rest = &rest[unit_end..];
        let nanos: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND as u64,
            "m" => 60 * SECOND as u64,
            "h" => 3600 * SECOND as u64,
            _ => {
                return Err(format!(
                    "time: unknown unit {} in duration {}",
                    quote_bytes(unit),
                    quote_bytes(text)
                ));
            }
        };
        let mut part = whole.checked_mul(nanos).ok_or_else(invalid)?;
        if !fraction.is_empty() {
            let digits = &fraction[..fraction.len().min(18)];
            let value: u64 = digits.parse().map_err(|_| invalid())?;
            part += (value as f64 * (nanos as f64 / 10f64.powi(digits.len() as i32))) as u64;
        }
        total = total.checked_add(part).filter(|t| *t <= 1 << 63).ok_or_else(invalid)?;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// Go's `time.Duration.String`: `1h5m0s`, `1.5s`, `2ms`, `0s`.
pub(crate) fn format_go_duration(nanos: i64) -> String {
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0s".to_owned();
    }
    if magnitude < SECOND as u64 {
        let (unit, scale) = match magnitude {
            m if m < 1_000 => ("ns", 1),
            m if m < 1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{sign}{}{unit}", with_fraction(magnitude / scale, magnitude % scale, scale));
    }
    let seconds = magnitude / SECOND as u64;
    let text = with_fraction(seconds % 60, magnitude % SECOND as u64, SECOND as u64);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours > 0 {
        format!("{sign}{hours}h{minutes}m{text}s")
    } else if minutes > 0 {
        format!("{sign}{minutes}m{text}s")
    } else {
        format!("{sign}{text}s")
    }
}

fn with_fraction(whole: u64, part: u64, scale: u64) -> String {
    if part == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    format!("{whole}.{}", format!("{part:0width$}").trim_end_matches('0'))
}

/// A range as it is printed: `1h30m`, `1d`, `90s` becomes `1m30s`.
pub(crate) fn format_range(nanos: i64) -> String {
    let mut millis = nanos / 1_000_000;
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut out = String::new();
    // Weeks and years are exact only when nothing remains, as the reference prints them.
    for (unit, size, exact) in [
        ("y", 365 * 86_400_000, true),
        ("w", 7 * 86_400_000, true),
        ("d", 86_400_000, false),
        ("h", 3_600_000, false),
        ("m", 60_000, false),
        ("s", 1000, false),
        ("ms", 1, false),
    ] {
        if exact && millis % size != 0 {
            continue;
        }
        if millis >= size {
            out.push_str(&format!("{}{unit}", millis / size));
            millis %= size;
        }
    }
    out
}

const SIZES: [(&str, u64); 26] = [
    ("", 1),
    ("b", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("ki", 1 << 10),
    ("kib", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("mi", 1 << 20),
    ("mib", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("gi", 1 << 30),
    ("gib", 1 << 30),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("ti", 1 << 40),
    ("tib", 1 << 40),
    ("p", 1_000_000_000_000_000),
    ("pb", 1_000_000_000_000_000),
    ("pi", 1 << 50),
    ("pib", 1 << 50),
    ("e", 1_000_000_000_000_000_000),
    ("eb", 1_000_000_000_000_000_000),
    ("ei", 1 << 60),
    ("eib", 1 << 60),
];

/// A humanised size such as `1.5KiB` or `82,854,982`, in bytes.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let end = text.find(|c: char| !(c.is_numeric() || c == '.' || c == ',')).unwrap_or(text.len());
    let number: String = text[..end].chars().filter(|c| *c != ',').collect();
    let value = parse_go_float(&number)?;
    let unit = text[end..].trim().to_lowercase();
    let scale =
        SIZES.iter().find(|(name, _)| *name == unit).ok_or_else(|| format!("unhandled size name: {unit}"))?.1;
    let bytes = value * scale as f64;
    if bytes >= u64::MAX as f64 {
        return Err(format!("too large: {text}"));
    }
    Ok(bytes as u64)
}

/// A size as it is printed: `1.0kB`, `82MB`, `5B`.
pub(crate) fn format_bytes(bytes: u64) -> String {
    if bytes < 10 {
        return format!("{bytes}B");
    }
    let exponent = ((bytes as f64).ln() / 1000f64.ln()).floor().min(6.0);
    let suffix = ["B", "kB", "MB", "GB", "TB", "PB", "EB"][exponent as usize];
    let value = (bytes as f64 / 1000f64.powf(exponent) * 10.0 + 0.5).floor() / 10.0;
    if value < 10.0 { format!("{value:.1}{suffix}") } else { format!("{value:.0}{suffix}") }
}

/// Go's `strconv.ParseFloat`.
pub(crate) fn parse_go_float(text: &str) -> Result<f64, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let value = match unsigned.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" if unsigned.len() == text.len() => return Ok(f64::NAN),
        "nan" => None,
        lower if lower.starts_with("0x") => parse_hex_float(lower),
        lower if lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') => parse_decimal(unsigned),
        _ => None,
    };
    match value {
        Some(v) if v.is_infinite() && !unsigned.to_ascii_lowercase().starts_with("inf") => {
            Err(format!("strconv.ParseFloat: parsing {}: value out of range", quote(text)))
        }
        Some(v) => Ok(if negative { -v } else { v }),
        None => Err(format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(text))),
    }
}

/// Underscores may stand between digits.
fn parse_decimal(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return text.parse().ok();
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let between =
        bytes.iter().enumerate().all(|(at, b)| *b != b'_' || digit(at.checked_sub(1)) && digit(Some(at + 1)));
    if between { text.replace('_', "").parse().ok() } else { None }
}

/// A hexadecimal float needs a binary exponent in Go.
fn parse_hex_float(lower: &str) -> Option<f64> {
    let (mantissa, exponent) = lower[2..].split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    Some(value * 2f64.powi(exponent.saturating_sub(4 * i32::try_from(fraction.len()).ok()?)))
}

/// A float in positional notation with as few digits as identify it: Go's `FormatFloat(v, 'f', -1, 64)`.
pub fn format_float(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        format!("{value}")
    }
}

/// A float as Go prints it by default (`%v`): with an exponent below 1e-4 and from `limit` (6 for `%v`) digits on.
pub(crate) fn format_float_g(value: f64, limit: i32) -> String {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value == 0.0 || !value.is_finite() || (-4..limit).contains(&exponent) {
        return format_float(value);
    }
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// As errors about times quote: each byte that is not printable ASCII by its number.
fn quote_bytes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' | 0x7f => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Go's `%q`: double quotes, `\xNN`-free for printable text.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\x0b' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{a0}' | '\u{ad}') =>
            {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, nanos) in
            [("1h5m", 3_900 * SECOND), ("1.5s", 1_500_000_000), ("2ms", 2_000_000), ("-3µs", -3_000)]
        {
            assert_eq!(parse_go_duration(text), Ok(nanos), "{text}");
        }
        assert_eq!(format_go_duration(3_900 * SECOND), "1h5m0s");
        assert_eq!(format_go_duration(1_500_000_000), "1.5s");
        assert_eq!(format_go_duration(-1_500), "-1.5µs");
        assert_eq!(parse_go_duration("5"), Err("time: missing unit in duration \"5\"".to_owned()));
        assert_eq!(parse_go_duration("x"), Err("time: invalid duration \"x\"".to_owned()));
        assert_eq!(parse_range("1d12h"), Ok(129_600 * SECOND));
        assert!(parse_range("1m1h").is_err() && parse_range("").is_err() && parse_range("5").is_err());
        assert_eq!(
            (format_range(129_600 * SECOND), format_range(14 * 86_400 * SECOND)),
            ("1d12h".into(), "2w".into())
        );
    }

    #[test]
    fn sizes_and_floats_are_read_and_written_as_go_does() {
        assert_eq!(
            (parse_bytes("1.5KiB"), parse_bytes("2 MB"), parse_bytes("7")),
            (Ok(1536), Ok(2_000_000), Ok(7))
        );
        assert_eq!(parse_bytes("5xB"), Err("unhandled size name: xb".to_owned()));
        assert_eq!(
            (format_bytes(1000), format_bytes(5), format_bytes(82_854_982)),
            ("1.0kB".into(), "5B".into(), "83MB".into())
        );
        assert_eq!(
            parse_go_float(" 7"),
            Err("strconv.ParseFloat: parsing \" 7\": invalid syntax".to_owned())
        );
        assert_eq!((parse_go_float("0x1p4"), parse_go_float("-Inf")), (Ok(16.0), Ok(f64::NEG_INFINITY)));
        assert_eq!(
            (format_float(1e21), format_float_g(8.6e6, 6), format_float_g(1e-5, 6)),
            ("1000000000000000000000".into(), "8.6e+06".into(), "1e-05".into())
        );
    }
}

//! Numbers as Go's `strconv` and `fmt` read and write them: what the replaced systems print, users compare with.
//! Source: <https://pkg.go.dev/strconv#FormatFloat>

mod append;

pub use append::{push_integer, push_sample};

/// The three values that have no digits.
fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

/// The shortest digits that read back as `value`, never with an exponent (`FormatFloat(v, 'f', -1, 64)`).
pub fn format_plain(value: f64) -> String {
    let mut out = String::new();
    append::push_plain(&mut out, value);
    out
}

/// With exactly `decimals` digits after the point (`%.3f`).
pub fn format_fixed(value: f64, decimals: usize) -> String {
    special(value).map_or_else(|| format!("{value:.decimals$}"), str::to_owned)
}

fn pad_exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The shortest digits, with an exponent when it is below -4 or above 5 (`%v` and `%g`).
pub fn format_general(value: f64) -> String {
    let mut out = String::new();
    append::push_general(&mut out, value, GENERAL_EXPONENT);
    out
}

/// `%v` and `%g` with the shortest digits decide as if six digits were asked for: an exponent from 10^6 on.
const GENERAL_EXPONENT: i32 = 6;

/// `digits` significant digits, trailing zeros cut, with an exponent when it is below -4 or not below `digits` (`%.2g`).
pub fn format_general_digits(value: f64, digits: usize) -> String {
    if let Some(text) = special(value) {
        return text.to_owned();
    }
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let limit = i32::try_from(digits).unwrap_or(i32::MAX);
    if value != 0.0 && !(-4..limit).contains(&exponent) {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return pad_exponent(&format!("{}e{power}", cut_zeros(mantissa)));
    }
    let decimals = usize::try_from(limit - 1 - exponent).unwrap_or(0);
    cut_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn cut_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A sample's value in an answer: an exponent below 1e-6 and from 1e21 on.
pub fn format_sample(value: f64) -> String {
    let mut out = String::new();
    push_sample(&mut out, value);
    out
}

/// As OpenMetrics writes bounds and quantiles: integers keep `.0`.
pub fn format_open_metrics(value: f64) -> String {
    let text = format_general(value);
    if value.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// Reads a number of a query: decimal, `0x` hexadecimal, `0b`, `0o` and leading-zero octal integers, `_` between
/// digits, `Inf` and `NaN` in any case.
pub fn parse(text: &str) -> Option<f64> {
    let clean = without_underscores(text)?;
    parse_integer(&clean).map(|n| n as f64).or_else(|| parse_float(&clean))
}

fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let prefixed = bytes.len() > 2 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic();
    for (i, byte) in bytes.iter().enumerate() {
        if *byte == b'_' {
            let before = i > 0 && (bytes[i - 1].is_ascii_hexdigit() || (prefixed && i == 2));
            if !before || !bytes.get(i + 1).is_some_and(u8::is_ascii_hexdigit) {
                return None;
            }
        }
    }
    Some(text.replace('_', ""))
}

fn parse_integer(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']));
        }
    }
    match lower.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => i64::from_str_radix(digits, 8).ok(),
        _ => lower.parse().ok(),
    }
}

/// Reads a floating-point number as `ParseFloat` does, without hexadecimal.
pub fn parse_float(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_does() {
        for (value, plain, general, sample) in [
            (1.0, "1", "1", "1"),
            (0.1, "0.1", "0.1", "0.1"),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (1e-7, "0.0000001", "1e-07", "1e-07"),
            (1e6, "1000000", "1e+06", "1000000"),
            (123_456.5, "123456.5", "123456.5", "123456.5"),
            (0.00001, "0.00001", "1e-05", "0.00001"),
            (-1.5e300, &format!("-15{}", "0".repeat(299)), "-1.5e+300", "-1.5e+300"),
            (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
            (f64::NAN, "NaN", "NaN", "NaN"),
        ] {
            assert_eq!(format_plain(value), plain);
            assert_eq!(format_general(value), general);
            assert_eq!(format_sample(value), sample);
        }
        assert_eq!(format_general_digits(0.123456, 2), "0.12");
        assert_eq!(format_general_digits(1234.0, 2), "1.2e+03");
        assert_eq!(format_general_digits(2.0, 2), "2");
        assert_eq!(format_fixed(1_609_746_000.0, 3), "1609746000.000");
        // In the middle of two texts: the even one.
        for (value, text) in [(0.0625, "0.062"), (0.1875, "0.188"), (-2.0625, "-2.062"), (8.3125, "8.312")] {
            assert_eq!(format_fixed(value, 3), text);
        }
        assert_eq!((format_plain(-0.0).as_str(), format_general(-0.0).as_str()), ("-0", "-0"));
        assert_eq!((format_open_metrics(1.0).as_str(), format_open_metrics(0.25).as_str()), ("1.0", "0.25"));
    }

    #[test]
    fn numbers_are_read_as_go_does() {
        for (text, value) in
            [("1_000", 1000.0), ("0x10", 16.0), ("010", 8.0), ("08", 8.0), (".5", 0.5), ("2.", 2.0)]
        {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        assert_eq!(parse("1e3"), Some(1000.0));
        assert_eq!(parse("inF"), Some(f64::INFINITY));
        assert!(parse("nan").is_some_and(f64::is_nan));
        for text in ["", "1__0", "_1", "0x", "abc"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

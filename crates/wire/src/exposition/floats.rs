//! Numbers of the text formats: Go's spellings read, OpenMetrics' canonical spelling written.

/// A float as the formats allow it: decimal, hexadecimal (`0x1p-2`), or `Inf`, `Infinity`, `NaN` in any case.
pub fn parse_float(text: &str) -> Option<f64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1.0, &text[1..]),
        b'-' => (-1.0, &text[1..]),
        _ => (1.0, text),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return parse_hex(hex).map(|value| sign * value);
    }
    match digits.as_bytes().first()? {
        b'0'..=b'9' | b'.' => digits.parse::<f64>().ok().map(|value| sign * value),
        b'n' | b'N' if digits.len() == text.len() && digits.eq_ignore_ascii_case("nan") => Some(f64::NAN),
        _ if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") => {
            Some(sign * f64::INFINITY)
        }
        _ => None,
    }
}

/// `digits[.digits]p[sign]exponent`, in base 16 with a binary exponent.
fn parse_hex(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0f64;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let shift = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?.saturating_mul(4));
    Some(value * f64::from(shift).exp2())
}

/// A float with a point or an exponent always: `1.0`, `0.25`, `1e+06`, `+Inf`.
pub fn open_metrics_float(float: f64) -> String {
    if float.is_nan() {
        return "NaN".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if float != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = float.to_string();
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        for (text, value) in [
            ("1", 1.0),
            ("-1.5e3", -1500.0),
            ("+Inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("0x1p-2", 0.25),
            ("0x1.8p1", 3.0),
            (".5", 0.5),
            ("1.", 1.0),
        ] {
            assert_eq!(parse_float(text), Some(value), "{text}");
        }
        assert!(parse_float("NaN").unwrap().is_nan());
        for text in ["", "+", "x", "1 ", "1_0", "--1", "+NaN", "0x", "0xp1", "e5", "infinite"] {
            assert_eq!(parse_float(text), None, "{text}");
        }
        for (value, text) in [
            (1.0, "1.0"),
            (0.25, "0.25"),
            (0.0, "0.0"),
            (1e6, "1e+06"),
            (123_456.0, "123456.0"),
            (0.00001, "1e-05"),
            (-2.0, "-2.0"),
            (f64::INFINITY, "+Inf"),
            (1.5e100, "1.5e+100"),
        ] {
            assert_eq!(open_metrics_float(value), text);
        }
    }

    proptest! {
        #[test]
        fn canonical_floats_are_read_back(value in any::<f64>().prop_filter("a number", |v| !v.is_nan()), text in "\\PC{0,12}") {
            prop_assert_eq!(parse_float(&open_metrics_float(value)), Some(value));
            let _ = parse_float(&text);
        }
    }
}

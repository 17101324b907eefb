//! A hand-written JSON writer for answers that can hold millions of numbers: one growing string, no tree.

use model::{Labels, Millis};
use query::number::push_integer;
use std::fmt::Write;

/// Writes `text` as a JSON string. `html`: also escapes `<`, `>` and `&`, as Go's encoder does by default.
pub(crate) fn string(out: &mut String, text: &str, html: bool) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'<' | b'>' | b'&' if html => "",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        from = at + 1;
        if escape.is_empty() {
            push(out, format_args!("\\u{byte:04x}"));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
}

/// Writes formatted text.
pub(crate) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string does not fail");
}

/// Writes a label set as an object.
pub(crate) fn labels(out: &mut String, labels: &Labels, html: bool) {
    pairs(out, labels.iter(), html);
}

/// Writes pairs as an object.
pub(crate) fn pairs<'a>(out: &mut String, pairs: impl Iterator<Item = (&'a str, &'a str)>, html: bool) {
    out.push('{');
    for (i, (name, value)) in pairs.enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        string(out, name, html);
        out.push(':');
        string(out, value, html);
    }
    out.push('}');
}

/// Writes an array of strings.
pub(crate) fn strings<T: AsRef<str>>(out: &mut String, texts: &[T]) {
    list(out, texts, |out, text| string(out, text.as_ref(), false));
}

/// Writes an array.
pub(crate) fn list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (i, item) in items.into_iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "," });
        each(out, item);
    }
    out.push(']');
}

/// Writes a time as seconds, with as many decimals as it needs.
pub(crate) fn seconds(out: &mut String, at: Millis) {
    let (whole, rest) = (at.0.unsigned_abs() / 1000, (at.0.unsigned_abs() % 1000) as u16);
    if at.0 < 0 {
        out.push('-');
    }
    push_integer(out, i64::try_from(whole).expect("a thousandth of 64 bits"));
    if rest > 0 {
        out.push('.');
        let digits = [rest / 100, rest / 10 % 10, rest % 10].map(|digit| char::from(b'0' + digit as u8));
        let cut = if rest % 100 == 0 {
            1
        } else if rest % 10 == 0 {
            2
        } else {
            3
        };
        out.extend(&digits[..cut]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_drop_trailing_zeros() {
        for (millis, text) in [
            (1_795_172_400_050, "1795172400.05"),
            (1_000, "1"),
            (-1_500, "-1.5"),
            (1, "0.001"),
            (0, "0"),
            (-1, "-0.001"),
        ] {
            let mut out = String::new();
            seconds(&mut out, Millis(millis));
            assert_eq!(out, text);
        }
    }

    proptest! {
        #[test]
        fn strings_are_read_back(text in "\\PC{0,12}|[\\x00-\\x7f]{0,12}", html in any::<bool>()) {
            let mut out = String::new();
            string(&mut out, &text, html);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
            prop_assert!(!html || !out.contains(['<', '>', '&']));
        }
    }
}

//! A hand-written JSON writer for answers that can hold millions of numbers: one growing string, no tree.

use model::{Labels, Millis};
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
    let (sign, millis) = (if at.0 < 0 { "-" } else { "" }, at.0.unsigned_abs());
    let (whole, rest) = (millis / 1000, millis % 1000);
    match rest {
        0 => push(out, format_args!("{sign}{whole}")),
        _ if rest % 100 == 0 => push(out, format_args!("{sign}{whole}.{}", rest / 100)),
        _ if rest % 10 == 0 => push(out, format_args!("{sign}{whole}.{:02}", rest / 10)),
        _ => push(out, format_args!("{sign}{whole}.{rest:03}")),
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

//! Attribute values as text, the way the replaced systems' label values and lines show them: scalars bare, bytes in
//! base64, arrays and maps as compact JSON with sorted keys and `<`, `>`, `&` escaped.

use crate::encoding::to_base64;
use model::Value;
use std::fmt::Write;

/// A value as text; `Empty` is "".
pub fn to_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Double(float) => float_text(*float),
        Value::Bytes(bytes) => to_base64(bytes),
        Value::Empty => String::new(),
        Value::Array(_) | Value::Map(_) => {
            let mut out = String::new();
            json(&mut out, value);
            out
        }
    }
}

/// A float as JSON writers show it: plain between 1e-6 and 1e21, else with an exponent; NaN and infinities by name.
pub fn float_text(float: f64) -> String {
    let size = float.abs();
    if float.is_nan() {
        "NaN".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    } else {
        float.to_string()
    }
}

fn json(out: &mut String, value: &Value) {
    match value {
        Value::Str(text) => json_text(out, text),
        Value::Bytes(bytes) => json_text(out, &to_base64(bytes)),
        Value::Empty => out.push_str("null"),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => out.push_str(&to_text(value)),
        Value::Array(values) => {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json(out, value);
            }
            out.push(']');
        }
        Value::Map(pairs) => {
            let mut sorted: Vec<_> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                json_text(out, key);
                out.push(':');
                json(out, value);
            }
            out.push('}');
        }
    }
}

fn json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string does not fail");
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown() {
        let map = Value::Map(vec![
            ("b".into(), Value::Array(vec![Value::Int(1), "two<".into()])),
            ("a".into(), 12.5.into()),
        ]);
        for (value, text) in [
            (map, r#"{"a":12.5,"b":[1,"two\u003c"]}"#),
            (Value::Bytes(b"raw bytes".as_slice().into()), "cmF3IGJ5dGVz"),
            (Value::Double(1e21), "1e+21"),
            (Value::Double(-1.5e-7), "-1.5e-7"),
            (Value::Double(85.0), "85"),
            (Value::Bool(true), "true"),
            (Value::Empty, ""),
        ] {
            assert_eq!(to_text(&value), text);
        }
    }
}

//! Cuts one member out of a JSON object without reading and writing it: what was sent is what is handed out.
//!
//! Invariant: for text that is valid JSON, the cut is exactly the member's value; other text gives some cut or none.

/// The text of the last top-level member of that name.
pub(in crate::api::grafana) fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at += 1;
    let mut found = None;
    loop {
        at = skip_space(bytes, at);
        if bytes.get(at) != Some(&b'"') {
            return found;
        }
        let key_end = skip_string(bytes, at)?;
        let is_it = serde_json::from_str::<String>(text.get(at..key_end)?).is_ok_and(|key| key == name);
        at = skip_space(bytes, key_end);
        if bytes.get(at) != Some(&b':') {
            return found;
        }
        at = skip_space(bytes, at + 1);
        let end = skip_value(bytes, at)?;
        if is_it {
            found = text.get(at..end);
        }
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return found;
        }
        at += 1;
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let space = bytes.get(from..).unwrap_or_default();
    from + space.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The place after a string that starts at `from`.
fn skip_string(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The place after a value that starts at `from`.
fn skip_value(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'"' => at = skip_string(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            _ => at += 1,
        }
        let ends = matches!(bytes.get(at), Some(b',' | b'}' | b']') | None);
        if depth == 0 && (ends || bytes.get(at).is_some_and(u8::is_ascii_whitespace)) {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_member_is_cut_as_it_was_written() {
        let text =
            r#" { "a" : [1, "}]", {"dashboard": 2}], "dashboard" : {"z": 1.0, "a": "\"}"} , "c":null}"#;
        assert_eq!(member(text, "dashboard"), Some(r#"{"z": 1.0, "a": "\"}"}"#));
        assert_eq!(member(text, "c"), Some("null"));
        assert_eq!(member(text, "d"), None);
        assert_eq!(member("[1]", "a"), None);
        assert_eq!(member(r#"{"a":1}"#, "a"), Some("1"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_valid_json_gives_its_value(text in ".{0,60}", key in "[a-c]", value in "[ -~]{0,20}") {
            let _ = member(&text, "a");
            let _ = member(&format!("{{\"a\":{text}"), "a");
            let json = serde_json::json!({ "a": [value.clone()], "b": { "a": value }, "c": 1.5 });
            let text = json.to_string();
            let cut = member(&text, &key).unwrap();
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(cut).unwrap(), &json[&key]);
        }
    }
}

//! What may be the name of a label or metric in the classic alphabet, and how other names are bent to fit.

/// Whether `name` is `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_label_name(name: &str) -> bool {
    is_word(name, false)
}

/// Whether `name` is `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub fn is_metric_name(name: &str) -> bool {
    is_word(name, true)
}

fn is_word(name: &str, colons: bool) -> bool {
    !name.is_empty()
        && name.bytes().enumerate().all(|(i, b)| {
            b.is_ascii_alphabetic() || b == b'_' || (colons && b == b':') || (i > 0 && b.is_ascii_digit())
        })
}

/// `name` as a label name: each foreign character becomes `_`, and a leading digit gets `key_` before it.
pub fn to_label_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        out.push_str("key_");
    }
    out.extend(name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bent_to_the_classic_alphabet() {
        for (name, bent) in
            [("http.route", "http_route"), ("a b/c", "a_b_c"), ("1x", "key_1x"), ("ok", "ok"), ("ü__", "___")]
        {
            assert_eq!(to_label_name(name), bent);
            assert!(is_label_name(bent));
        }
        assert!(!is_label_name("1a") && !is_label_name("") && !is_label_name("a:b") && is_metric_name("a:b"));
    }
}

//! Strings in quotes, as Go's `strconv` writes them and queries hold them. A string may hold bytes that are no UTF-8
//! (`"\xff"`), so reading yields bytes.

/// `text` in double quotes.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// `bytes` in double quotes; what is no UTF-8 becomes `\x..`.
pub fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_escaped(&mut out, c, '"'));
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out.push('"');
    out
}

/// One character in single quotes (`%q` of a rune).
pub fn quote_char(c: char) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, c, '\'');
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, c: char, delimiter: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if c == delimiter => {
            out.push('\\');
            out.push(c);
        }
        c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if c.is_control() || (c.is_whitespace() && c != ' ') => match c as u32 {
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        },
        c => out.push(c),
    }
}

/// The bytes of a string literal with its quotes (`"`, `'` with escapes, `` ` `` without). `None` when it is malformed.
pub fn unquote(literal: &str) -> Option<Vec<u8>> {
    let delimiter = literal.chars().next()?;
    let inner = literal.strip_prefix(delimiter)?.strip_suffix(delimiter)?;
    match delimiter {
        '`' => (!inner.contains('`')).then(|| inner.as_bytes().to_vec()),
        '"' | '\'' => unescape(inner, delimiter),
        _ => None,
    }
}

fn unescape(inner: &str, delimiter: char) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == delimiter || c == '\n' {
            return None;
        }
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.chars().next()?;
        rest = &rest[escape.len_utf8()..];
        match escape {
            'a' => out.push(7),
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            '\\' => out.push(b'\\'),
            '0'..='7' => {
                let digits = rest.get(..2)?;
                let code = u32::from_str_radix(digits, 8).ok()? + escape.to_digit(8)? * 64;
                out.push(u8::try_from(code).ok()?);
                rest = &rest[2..];
            }
            'x' | 'u' | 'U' => {
                let length = match escape {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits = rest.get(..length).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                let code = u32::from_str_radix(digits, 16).ok()?;
                rest = &rest[length..];
                match escape {
                    'x' => out.push(u8::try_from(code).ok()?),
                    _ => out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
            c if c == delimiter => out.push(u8::try_from(c).ok()?),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_go_in_and_out_of_quotes() {
        assert_eq!(quote("a\"b\\\n\u{1}é"), r#""a\"b\\\n\x01é""#);
        assert_eq!(quote_bytes(b"a\xc5z"), r#""a\xc5z""#);
        assert_eq!(quote_char('\''), r"'\''");
        for (literal, bytes) in [
            (r#""a\n\x41é\101""#, "a\nAéA".as_bytes()),
            (r"'it\'s'", b"it's"),
            ("`a\\n`", b"a\\n"),
            (r#""\xff""#, b"\xff"),
        ] {
            assert_eq!(unquote(literal).as_deref(), Some(bytes), "{literal}");
        }
        for literal in ["", "\"", "\"a", r#""\q""#, r#""\x4""#, "'a\"", r#""\777""#, "\"\u{e9}\\0é\""] {
            assert_eq!(unquote(literal), None, "{literal}");
        }
    }
}

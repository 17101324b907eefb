//! Text functions of templates that need more than a line.

/// Upper case at the start of each word; a word starts after what is no letter, digit, `_` or `'`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let starts = if before.is_ascii() {
            !(before.is_ascii_alphanumeric() || matches!(before, '_' | '\''))
        } else {
            before.is_whitespace()
        };
        if starts {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        before = c;
    }
    out
}

/// Bytes `0..count`, or the last ones for a negative count.
pub(super) fn trunc(count: i64, text: &str) -> String {
    let length = text.len() as i64;
    let range = match count {
        c if c < 0 && length + c > 0 => (length + c) as usize..text.len(),
        c if c >= 0 && length > c => 0..c as usize,
        _ => 0..text.len(),
    };
    lossy(&text.as_bytes()[range])
}

/// Bytes `start..end`; a negative bound is the text's.
pub(super) fn substr(start: i64, end: i64, text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let length = bytes.len() as i64;
    if start < 0 {
        let end = end.clamp(0, length) as usize;
        return Ok(lossy(&bytes[..end]));
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return Err(format!("runtime error: slice bounds out of range [{start}:{end}]"));
    }
    Ok(lossy(&bytes[start as usize..end as usize]))
}

/// Each byte that is part of no character becomes U+FFFD, as Go encodes such text.
fn lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    out
}

/// Cuts or pads to a number of characters.
pub(super) fn align(count: i64, text: &str, left: bool) -> String {
    let Ok(count) = usize::try_from(count) else { return text.to_owned() };
    let count = count.min(1 << 16);
    let characters: Vec<char> = text.chars().collect();
    let length = characters.len();
    if length >= count {
        let kept = if left { &characters[..count] } else { &characters[length - count..] };
        return kept.iter().collect();
    }
    let pad = " ".repeat(count - length);
    if left { format!("{text}{pad}") } else { format!("{pad}{text}") }
}

/// `$1` and `${1}` of Go as Rust's engine understands them: a bare name takes all letters, digits and `_`.
pub(crate) fn go_expansion(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.starts_with('{') || rest.starts_with('$') {
            out.push('$');
            out.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        }
        let end = rest.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(rest.len());
        if end == 0 {
            out.push_str("$$");
        } else {
            out.push_str(&format!("${{{}}}", &rest[..end]));
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Decimal, `0x`, `0o`, `0b` or leading-zero decimal; 0 for anything else.
pub(super) fn parse_int(text: &str) -> i64 {
    let unsigned = text.trim_start_matches(['+', '-']);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let lower = unsigned.to_ascii_lowercase();
    let parsed = if let Some(digits) = lower.strip_prefix("0x") {
        i64::from_str_radix(digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        i64::from_str_radix(digits, 2)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        i64::from_str_radix(digits, 8)
    } else {
        // A fraction is cut off, whatever it is.
        let (whole, fraction) = lower.split_once('.').unwrap_or((&lower, ""));
        let is_fraction = fraction.bytes().all(|b| b.is_ascii_digit());
        if is_fraction { whole.parse() } else { lower.parse() }
    };
    parsed.map_or(0, |value| sign * value)
}

pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// As a query parameter: a space becomes `+`.
pub(super) fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') => {
                out.push(char::from(b))
            }
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

pub(super) fn url_decode(text: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                match code {
                    Some(code) => out.push(code),
                    None => {
                        let shown: String = text[at..].chars().take(3).collect();
                        return Err(format!("invalid URL escape {}", crate::units::quote(&shown)));
                    }
                }
                at += 2;
            }
            byte => out.push(*byte),
        }
        at += 1;
    }
    Ok(lossy(&out))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |w, (i, b)| w | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let used = i <= chunk.len();
            out.push(if used { char::from(ALPHABET[(word >> (18 - 6 * i) & 63) as usize]) } else { '=' });
        }
    }
    out
}

/// The text, or the error as text: what the replaced function returns.
pub(super) fn unbase64(text: &str) -> String {
    let (mut out, mut word, mut bits) = (Vec::new(), 0u32, 0);
    let mut padded = 0;
    let mut digits = 0;
    for (at, byte) in text.bytes().enumerate() {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        let value = ALPHABET.iter().position(|b| *b == byte);
        match value {
            Some(value) if padded == 0 => {
                word = word << 6 | value as u32;
                bits += 6;
                digits += 1;
                if bits >= 8 {
                    bits -= 8;
                    out.push((word >> bits) as u8);
                }
            }
            _ if byte == b'=' && digits % 4 >= 2 && padded < 4 - digits % 4 => padded += 1,
            _ => return format!("illegal base64 data at input byte {at}"),
        }
    }
    if digits % 4 + padded != 0 && digits % 4 + padded != 4 {
        return format!("illegal base64 data at input byte {}", text.len() / 4 * 4);
    }
    lossy(&out)
}

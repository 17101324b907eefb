//! The parts of a pattern that both the check and the translation read: counts, octal escapes, character classes.

/// `{n}`, `{n,}` or `{n,m}` at the start of `rest`: the least and the most (absent without a bound), and its length in bytes.
pub(super) fn counted(rest: &str) -> Option<(u32, Option<u32>, usize)> {
    let inside = rest.strip_prefix('{')?;
    let inside = &inside[..inside.find('}')?];
    let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
    };
    let most = if high.is_empty() && inside.contains(',') { None } else { Some(number(high)?) };
    Some((number(low)?, most, inside.len() + 2))
}

/// `\0`, `\012`, `\12` at the start of `rest`: a character by up to three octal digits. One digit from 1 to 7 alone
/// would be a back-reference, which there is not.
pub(super) fn octal(rest: &str) -> Option<(char, usize)> {
    let digits = rest.strip_prefix('\\')?;
    let count = digits.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
    if count == 0 || count == 1 && !digits.starts_with('0') {
        return None;
    }
    let value = u32::from_str_radix(&digits[..count], 8).ok()?;
    Some((char::from_u32(value)?, 1 + count))
}

/// What a character class lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    One(char),
    /// From the first to the second, and how it is written.
    Range(char, char, &'a str),
    /// `[:alpha:]`, whole.
    Named(&'a str),
    /// `\d`, `\p{Greek}`, and escapes that are none, whole.
    Escape(&'a str),
}

/// The items of the class that `rest` begins with, and its length in bytes with both brackets. `None` when it does not end.
pub(super) fn class_items(rest: &str) -> Option<(Vec<Item<'_>>, usize)> {
    let mut at = if rest.starts_with("[^") { 2 } else { 1 };
    let (first, mut items) = (at, Vec::new());
    loop {
        let tail = &rest[at..];
        let c = tail.chars().next()?;
        if c == ']' && at > first {
            return Some((items, at + 1));
        }
        if let Some(name) = tail.strip_prefix("[:")
            && let Some(end) = name.find(":]")
        {
            items.push(Item::Named(&tail[..end + 4]));
            at += end + 4;
            continue;
        }
        let (low, length) = match character(tail)? {
            (Some(low), length) => (low, length),
            (None, length) => {
                items.push(Item::Escape(&tail[..length]));
                at += length;
                continue;
            }
        };
        let after = &tail[length..];
        let to = after.strip_prefix('-').filter(|to| !to.starts_with(']'));
        match to.map(character) {
            Some(Some((Some(high), high_length))) => {
                let whole = length + 1 + high_length;
                items.push(Item::Range(low, high, &tail[..whole]));
                at += whole;
            }
            Some(None) => return None,
            _ => {
                items.push(Item::One(low));
                at += length;
            }
        }
    }
}

/// The character that `rest` begins with, escaped or not, and its length; no character where an escape means more than one.
fn character(rest: &str) -> Option<(Option<char>, usize)> {
    let c = rest.chars().next()?;
    if c != '\\' {
        return Some((Some(c), c.len_utf8()));
    }
    if let Some((c, length)) = octal(rest) {
        return Some((Some(c), length));
    }
    let escaped = rest[1..].chars().next()?;
    let two = 1 + escaped.len_utf8();
    Some(match escaped {
        'a' => (Some('\x07'), two),
        'f' => (Some('\x0c'), two),
        'n' => (Some('\n'), two),
        'r' => (Some('\r'), two),
        't' => (Some('\t'), two),
        'v' => (Some('\x0b'), two),
        'x' => hexadecimal(rest),
        'p' | 'P' if rest[2..].starts_with('{') => (None, rest.find('}').map_or(two, |end| end + 1)),
        'p' | 'P' => (None, two + rest[2..].chars().next().map_or(0, char::len_utf8)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => (Some(c), two),
        _ => (None, two),
    })
}

/// `\x41` or `\x{1F600}`.
fn hexadecimal(rest: &str) -> (Option<char>, usize) {
    let digits = &rest[2..];
    let (text, length) = match digits.strip_prefix('{').and_then(|inside| Some(&inside[..inside.find('}')?]))
    {
        Some(inside) => (inside, inside.len() + 4),
        None => (digits.get(..2).unwrap_or(""), 4),
    };
    let value = u32::from_str_radix(text, 16).ok().and_then(char::from_u32);
    (value, if value.is_some() { length } else { 2 })
}

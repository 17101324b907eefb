//! The sequences by which terminals colour text: ESC, `[`, parameters, a final letter.
//! Source: <https://ecma-international.org/publications-and-standards/standards/ecma-48/>

/// What each sequence begins with.
pub(super) const ESCAPE: char = '\u{1b}';

/// The text without them; one that does not end stays.
pub(super) fn without(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, sequence)) = rest.split_once(ESCAPE) {
        out.push_str(before);
        match end(sequence) {
            Some(end) => rest = &sequence[end..],
            None => {
                out.push(ESCAPE);
                rest = sequence;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where a sequence ends, behind its `ESC`.
fn end(sequence: &str) -> Option<usize> {
    let parameters = sequence.strip_prefix('[')?;
    let length = parameters.bytes().take_while(|byte| (0x20..0x40).contains(byte)).count();
    let last = parameters.as_bytes().get(length)?;
    (0x40..0x7f).contains(last).then_some(1 + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_go_and_all_else_stays() {
        for (text, plain) in [
            ("\u{1b}[31mred\u{1b}[0m \u{1b}[1;38;5;9mü\u{1b}[K", "red ü"),
            ("plain", "plain"),
            ("\u{1b}[31", "\u{1b}[31"),
            ("\u{1b}]x \u{1b}[3ü", "\u{1b}]x \u{1b}[3ü"),
        ] {
            assert_eq!(without(text), plain);
        }
    }
}

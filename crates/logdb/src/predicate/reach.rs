//! Whether a text is in all lines of a shape, in none, or in some.
//!
//! A text that stands in what the lines share is in all of them. Else it can only be where it touches digits that differ: each way to lay it over
//! them is tried, with any digits in their place. Invariant: `Yes` and `No` hold of every line of the shape.

use super::Verdict;
use contract::{LineSample, Varying};
use memchr::memmem::Finder;

/// Whether lines of a shape hold a text.
pub(super) fn occurs(text: &Finder<'_>, sample: &LineSample<'_>) -> Verdict {
    let (line, needle) = (sample.line.as_bytes(), text.needle());
    if shared(sample).any(|part| text.find(part).is_some()) {
        return Verdict::Yes;
    }
    let touches = |place: usize| {
        let varying = &sample.varying[place];
        let before = match place.checked_sub(1) {
            Some(before) => &line[sample.varying[before].place.end..varying.place.start],
            None => &line[..varying.place.start],
        };
        // It begins before the digits, so that its next byte is one of them, or among them.
        let begins_before = (1..=before.len().min(needle.len().saturating_sub(1)))
            .any(|n| before.ends_with(&needle[..n]) && goes_on(sample, place, &needle[n..]));
        let among = run(varying, needle);
        begins_before || (1..=among).any(|n| shared_goes_on(sample, place, &needle[n..]))
    };
    if (0..sample.varying.len()).any(touches) { Verdict::Depends } else { Verdict::No }
}

/// What the lines share, between the digits that differ.
fn shared<'s>(sample: &LineSample<'s>) -> impl Iterator<Item = &'s [u8]> {
    let line = sample.line.as_bytes();
    let starts = std::iter::once(0).chain(sample.varying.iter().map(|varying| varying.place.end));
    let ends = sample.varying.iter().map(|varying| varying.place.start).chain([line.len()]);
    starts.zip(ends).map(|(start, end)| &line[start..end])
}

/// How many of the first bytes can be digits of a place.
fn run(varying: &Varying, text: &[u8]) -> usize {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || varying.hex && matches!(byte, b'a'..=b'f');
    text.iter().take_while(|byte| is_digit(byte)).count()
}

/// Whether a text can begin with the digits of a place and go on as lines do.
fn goes_on(sample: &LineSample<'_>, place: usize, text: &[u8]) -> bool {
    let Some(varying) = sample.varying.get(place) else { return text.is_empty() };
    let most = run(varying, text);
    // It ends among the digits.
    if most == text.len() && (!varying.fixed || most <= varying.place.len()) {
        return true;
    }
    let lengths = if varying.fixed { varying.place.len()..=varying.place.len() } else { 1..=most };
    lengths.into_iter().any(|n| n <= most && shared_goes_on(sample, place, &text[n..]))
}

/// The same from behind the digits of a place on.
fn shared_goes_on(sample: &LineSample<'_>, place: usize, text: &[u8]) -> bool {
    let line = sample.line.as_bytes();
    let start = sample.varying[place].place.end;
    let end = sample.varying.get(place + 1).map_or(line.len(), |next| next.place.start);
    let shared = &line[start..end];
    if text.len() <= shared.len() {
        return shared.starts_with(text);
    }
    text.starts_with(shared)
        && place + 1 < sample.varying.len()
        && goes_on(sample, place + 1, &text[shared.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(line: &str, varying: &[(usize, usize, bool, bool)], needle: &str) -> Verdict {
        let varying: Vec<Varying> = varying
            .iter()
            .map(|(start, end, hex, fixed)| Varying { place: *start..*end, hex: *hex, fixed: *fixed })
            .collect();
        occurs(&Finder::new(needle.as_bytes()), &LineSample { line, varying: &varying })
    }

    #[test]
    fn what_is_shared_is_in_all_lines_and_what_touches_digits_in_some() {
        let line = "level=error port=8082 id=deadbeef0 end";
        let varying = [(17, 21, false, false), (25, 34, true, true)];
        for (needle, wanted) in [
            ("error", Verdict::Yes),
            ("", Verdict::Yes),
            ("level=info", Verdict::No),
            ("port=8082", Verdict::Depends),
            ("port=9", Verdict::Depends),
            ("port=x", Verdict::No),
            ("7 id=", Verdict::Depends),
            ("port=123456 id=123456789 end", Verdict::Depends),
            ("id=12345678 end", Verdict::No),
            ("id=1234567890", Verdict::No),
            ("99", Verdict::Depends),
            ("abc", Verdict::Depends),
            ("xyz", Verdict::No),
            ("f end", Verdict::Depends),
            ("g end", Verdict::No),
        ] {
            assert_eq!(ask(line, &varying, needle), wanted, "{needle}");
        }
    }

    proptest! {
        #[test]
        fn a_verdict_holds_of_every_line_of_the_shape(
            parts in prop::collection::vec(("[a-c1=: ]{0,4}", any::<(bool, bool)>(), "[0-9]{3}", "[0-9a-f]{1,6}"), 1..4),
            needle in "[a-c0-9=: ]{0,6}",
            from in 0usize..40, length in 1usize..8,
        ) {
            let (mut line, mut other, mut varying) = (String::new(), String::new(), Vec::new());
            for (shared, (hex, fixed), digits, others) in &parts {
                line.push_str(shared);
                other.push_str(shared);
                varying.push(Varying { place: line.len()..line.len() + digits.len(), hex: *hex, fixed: *fixed });
                line.push_str(digits);
                let mut others: String = others.chars().filter(|c| *hex || c.is_ascii_digit()).collect();
                others.push('7');
                if *fixed {
                    others = others.chars().cycle().take(digits.len()).collect();
                }
                other.push_str(&others);
            }
            let sample = LineSample { line: &line, varying: &varying };
            let start = from % other.len();
            let own = other[start..(start + length).min(other.len())].to_owned();
            for needle in [needle, own] {
                let verdict = occurs(&Finder::new(needle.as_bytes()), &sample);
                for line in [&line, &other] {
                    match verdict {
                        Verdict::Yes => prop_assert!(line.contains(&needle), "{line:?} {needle:?}"),
                        Verdict::No => prop_assert!(!line.contains(&needle), "{line:?} {needle:?}"),
                        Verdict::Depends => {}
                    }
                }
            }
        }
    }
}

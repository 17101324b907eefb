//! What of a needle is in a page without its lines being put together: the check that skips pages.
//!
//! Made by `predicate.rs` of needles, asked in `read/part.rs`. A word of letters and digits is lifted whole when it is
//! hexadecimal, loses the number in front when letters alone follow it, and else stays as it is. Invariant: a page with a line
//! that holds the needle passes.

use super::settle::Unpacked;
use super::{END, NUMBER, is_lower_hex};
use memchr::memmem::Finder;

/// Digits in a row from which on they are looked for among those that were lifted: three bytes at either half.
const MIN_DIGITS: usize = 8;

/// A part of a needle.
#[derive(Debug)]
pub(crate) struct Stay {
    remainder: Finder<'static>,
    /// A part that may be lifted: its digits, two a byte, from the first and from the second one on.
    lifted: Option<[Finder<'static>; 2]>,
}

impl Stay {
    /// The longest part of a needle that tells anything; `None` when none does.
    pub(crate) fn of(needle: &[u8]) -> Option<Stay> {
        let words = needle.split(|byte| !byte.is_ascii_alphanumeric());
        words.flat_map(parts).max_by_key(|part| part.len()).map(|part| Stay {
            remainder: Finder::new(part).into_owned(),
            lifted: is_hex(part).then(|| [0, 1].map(|from| Finder::new(&pairs(&part[from..])).into_owned())),
        })
    }

    /// Whether a line of a page may hold it.
    pub(crate) fn may_be_in(&self, page: &Unpacked<'_>) -> bool {
        self.may_be_lifted(page) || self.remainder.find(page.remainder()).is_some()
    }

    /// Whether it may be among the digits of a page.
    pub(crate) fn may_be_lifted(&self, page: &Unpacked<'_>) -> bool {
        self.lifted.iter().flatten().any(|finder| finder.find(page.digits()).is_some())
    }

    /// What finds it in the remainder.
    pub(crate) fn in_remainder(&self) -> &Finder<'static> {
        &self.remainder
    }
}

/// Whether a text stands in the remainder as it is wherever it is in a line: nothing of it is ever lifted. Its words are letters
/// that are not hexadecimal, and what stands beside a letter or another separator is no separator of a time or a UUID.
pub(crate) fn is_never_lifted(text: &[u8]) -> bool {
    let mut words =
        text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some()
        && words.all(|word| word.iter().all(u8::is_ascii_alphabetic) && !is_hex(word))
        && !text.iter().any(|byte| (NUMBER..=END).contains(byte))
}

fn is_hex(part: &[u8]) -> bool {
    part.iter().all(|byte| is_lower_hex(*byte))
}

/// Parts of a word, or of a piece of one, that stay or are lifted in one.
fn parts(word: &[u8]) -> Vec<&[u8]> {
    if is_whole(word) {
        return if !is_hex(word) || word.len() >= MIN_DIGITS { vec![word] } else { Vec::new() };
    }
    word.split(|byte| !byte.is_ascii_alphabetic()).filter(|letters| !is_hex(letters)).collect()
}

/// Whether what a word is a piece of cannot lose a number: a digit follows a letter, and it is not the day and hour of a time
/// (`25T12`).
fn is_whole(word: &[u8]) -> bool {
    let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let behind = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let turns = word.windows(2).any(|pair| pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit());
    turns && (letters > 1 || behind > 2)
}

/// Digits as bytes of two; a last one alone is left out.
fn pairs(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
    digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

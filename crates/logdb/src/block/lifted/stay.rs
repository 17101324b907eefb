//! What of a needle is in a page without its lines being put together: the check that skips pages.
//!
//! Made by `predicate.rs` of needles, asked in `read/part.rs`. A word of letters and digits is lifted whole when it is
//! hexadecimal, loses the number in front when letters alone follow it, and else stays as it is. Digits that stand apart are
//! asked first, without the rest of the page. Invariant: a page with a line that holds the needle passes.

use super::lift::run;
use super::settle::{Run, Unpacked};
use super::{END, NUMBER, is_lower_hex};
use memchr::memmem::Finder;
use std::ops::Range;

/// Digits in a row from which on they are looked for among those that were lifted: three bytes at either half.
const MIN_DIGITS: usize = 8;

/// A part of a needle.
#[derive(Debug)]
pub(crate) struct Stay {
    needle: Box<[u8]>,
    /// Where the part is in the needle.
    at: usize,
    remainder: Finder<'static>,
    /// A part that may be lifted, from either half of a byte on.
    lifted: Option<[Pairs; 2]>,
}

/// Digits that are looked for two a byte.
#[derive(Debug)]
struct Pairs {
    whole: Finder<'static>,
    /// A digit before them, and one behind: halves of bytes.
    before: Option<u8>,
    behind: Option<u8>,
}

impl Stay {
    /// The part of a needle that tells most: digits, else the longest. `None` when none tells anything.
    pub(crate) fn of(needle: &[u8]) -> Option<Stay> {
        all_parts(needle).max_by_key(|part| (is_hex(part), part.len())).map(|part| Stay {
            needle: needle.into(),
            at: memchr::memmem::find(needle, part).unwrap_or(0),
            remainder: Finder::new(part).into_owned(),
            lifted: is_hex(part).then(|| [0, 1].map(|from| Pairs::of(part, from))),
        })
    }

    /// Whether a line of a page may hold it.
    pub(crate) fn may_be_in(&self, page: &Unpacked) -> bool {
        let lifted = self.lifted.iter().flatten().any(|pairs| pairs.are_in(page.digits()));
        lifted || self.may_stay(page) && self.remainder.find(page.remainder()).is_some()
    }

    /// Whether it may be in the remainder of a page.
    fn may_stay(&self, page: &Unpacked) -> bool {
        self.lifted.is_none() || !page.is_apart()
    }

    /// Calls back with the number of each line of a page that may hold it, where lines have ends, and whether the line surely
    /// holds the needle.
    pub(crate) fn each_row(&self, page: &Unpacked, mut take: impl FnMut(usize, bool)) {
        if let Some(pairs) = &self.lifted {
            let mut places: Vec<Range<usize>> =
                pairs.iter().flat_map(|pairs| pairs.places(page.digits())).collect();
            places.sort_unstable_by_key(|place| place.start);
            page.each_row_of_digits(&places, |row, place, run| {
                take(row, self.is_all_in(run, place, page.digits()));
            });
        }
        if self.may_stay(page) {
            page.each_row_with(&self.remainder, |row| take(row, false));
        }
    }

    /// Whether all of the needle is in what a mark stands for that has the part at a place.
    fn is_all_in(&self, run: &Run, place: &Range<usize>, digits: &[u8]) -> bool {
        let start = run.place_of(place.start).and_then(|part| part.checked_sub(self.at));
        start.is_some_and(|start| {
            self.needle.iter().zip(start..).all(|(byte, at)| run.byte(at, digits) == Some(*byte))
        })
    }

    /// Whether digits that stand apart tell that no line of their page may hold it.
    pub(crate) fn is_not_in(&self, apart: &[u8]) -> bool {
        self.lifted.as_ref().is_some_and(|pairs| !pairs.iter().any(|pairs| pairs.are_in(apart)))
    }

    /// Whether digits that stand apart tell anything.
    pub(crate) fn is_of_digits(&self) -> bool {
        self.lifted.is_some()
    }
}

impl Pairs {
    /// Of digits, `from` of which (none or one) stand before the first whole byte.
    fn of(digits: &[u8], from: usize) -> Pairs {
        let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
        let (before, rest) = digits.split_at(from);
        let pairs = rest.chunks_exact(2);
        let behind = pairs.remainder().first().map(|digit| value(*digit));
        let whole: Vec<u8> = pairs.map(|pair| value(pair[0]) << 4 | value(pair[1])).collect();
        let before = before.first().map(|digit| value(*digit));
        Pairs { whole: Finder::new(&whole).into_owned(), before, behind }
    }

    fn are_in(&self, digits: &[u8]) -> bool {
        self.places(digits).next().is_some()
    }

    /// Where they are, counted in digits.
    fn places<'s>(&'s self, digits: &'s [u8]) -> impl Iterator<Item = Range<usize>> + 's {
        let bytes = self.whole.needle().len();
        // Places may overlap.
        let mut from = 0;
        let found = std::iter::from_fn(move || {
            let at = from + self.whole.find(digits.get(from..)?)?;
            from = at + 1;
            Some(at)
        });
        found.filter_map(move |at| {
            let before = at.checked_sub(1).map(|at| digits[at] & 15);
            let behind = digits.get(at + bytes).map(|byte| byte >> 4);
            let fits = (self.before.is_none() || self.before == before)
                && (self.behind.is_none() || self.behind == behind);
            let start = 2 * at - usize::from(fits && self.before.is_some());
            fits.then(|| start..2 * (at + bytes) + usize::from(self.behind.is_some()))
        })
    }
}

/// Whether digits that a needle may ask for are in a word: when it is not lifted, its page's digits do not tell everything.
pub(super) fn has_digits(word: &[u8]) -> bool {
    let turns =
        |run: &[u8]| run.windows(2).any(|two| two[0].is_ascii_alphabetic() && two[1].is_ascii_digit());
    word.len() >= MIN_DIGITS
        && word.split(|byte| !is_lower_hex(*byte)).any(|run| run.len() >= MIN_DIGITS && turns(run))
}

/// Whether a text stands in the remainder as it is wherever it is in a line: nothing of it is ever lifted. Its words are letters
/// that are not hexadecimal, and what stands beside a letter or another separator is no separator of a time or a UUID.
pub(crate) fn is_never_lifted(text: &[u8]) -> bool {
    let mut words = text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let may_be_lifted = matches!(text, [] | [b':' | b'.' | b',' | b'-']);
    !may_be_lifted && words.all(is_constant) && !text.iter().any(|byte| (NUMBER..=END).contains(byte))
}

/// Parts of a needle that stand in the remainder of every page with a line that holds the needle. They may overlap.
pub(crate) fn remaining_parts(needle: &[u8]) -> impl Iterator<Item = &[u8]> {
    all_parts(needle).filter(|part| !is_hex(part))
}

/// The same, and those that may be lifted whole.
fn all_parts(needle: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = needle.split(|byte| !byte.is_ascii_alphanumeric());
    words.flat_map(parts).chain(constant(needle))
}

/// Whether a word is of letters that are not all hexadecimal.
fn is_constant(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_alphabetic) && !is_hex(word)
}

/// Parts of a needle of which nothing is ever lifted, from word to word as far as they go.
fn constant(needle: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Words with a number, or that may be one, end a part.
    let word_end = |from: usize| from + run(&needle[from..], |byte| byte.is_ascii_alphanumeric());
    let mut from = 0;
    let parts = std::iter::from_fn(move || {
        let start = from;
        let mut at = from;
        while at < needle.len() {
            let end = word_end(at);
            let word = &needle[at..end];
            if !word.is_empty() && !is_constant(word) {
                from = end;
                return Some(&needle[start..at]);
            }
            at = end + 1;
        }
        from = needle.len() + 1;
        needle.get(start..)
    });
    parts.filter(|part| is_never_lifted(part))
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

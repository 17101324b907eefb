//! Which three and which six bytes stand in a row in what remains of a page's lines when numbers and ids are lifted out.
//!
//! A text of which nothing is ever lifted (`lifted/stay.rs`) stands in the remainder as it is, so all of its grams are there: words
//! in an order that no line has are told from those of lines by the grams across their edges, and a word that no line has
//! by its own. Six bytes tell more, three serve short texts. Remainders repeat: of those that came lately nothing is done again.
//! Random text has too many: then a page has none of that length, and an entry says so. It is there where grams are missing, and not
//! where they are complete: an entry is sometimes found that is not there, and then the filter tells less, never something wrong.
//! Invariant: all grams without marks of all remainders that were added are in, or the entry that says that they are not.

use super::{Entry, FOLDED_BITS, folded_hash};
use crate::block::lifted::plain_runs;
use xxhash_rust::xxh3::xxh3_128;

/// Bytes of the grams: fewer than three are in every page, and longer ones than six are nearly as many as the bytes of a page.
const SHORT: u32 = 3;
const LONG: u32 = 6;
/// Bytes that are read at once.
const WORD: usize = 8;
/// What tells their hashes from others.
const KIND_OF_SHORT: u8 = 2;
const KIND_OF_LONG: u8 = 3;
/// What tells the entries that say that grams are missing.
const KIND_OF_MISSING: u8 = 4;

/// A page has at most one gram of each length for so many bytes of text (most have one for 500), but always may have a kibi.
const BYTES_OF_GRAM: usize = 16;
const MIN_GRAMS: usize = 1024;

/// Folded grams, one bit each.
type Folded = Box<[u64; 1 << (FOLDED_BITS - 6)]>;

/// The grams of a page.
pub(super) struct Grams {
    short: Folded,
    long: Folded,
    /// Whether there were too many short ones, and long ones.
    missing: [bool; 2],
    remainders: Lately,
    runs: Lately,
}

impl Default for Grams {
    fn default() -> Self {
        let empty = || Box::new([0; 1 << (FOLDED_BITS - 6)]);
        let lately = || Lately(vec![0; LATELY]);
        Grams { short: empty(), long: empty(), missing: [false; 2], remainders: lately(), runs: lately() }
    }
}

/// Texts that are remembered: 32 KiB.
const LATELY: usize = 2048;
/// Shorter texts have few grams.
const WORTH_REMEMBERING: usize = 24;

/// Texts of a page that came lately. 128 bits of hash: nobody finds two texts of which one hides the other.
struct Lately(Vec<u128>);

impl Lately {
    /// Whether a text is one of them. Makes it one.
    fn had(&mut self, text: &[u8]) -> bool {
        let hash = xxh3_128(text);
        let lately = &mut self.0[hash as usize % LATELY];
        std::mem::replace(lately, hash) == hash
    }
}

/// Folds a gram, whose first byte is the lowest of the number. The high bits depend on all of it.
fn fold<const BYTES: u32>(word: u64) -> u16 {
    let gram = word & ((1 << (8 * BYTES)) - 1);
    (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FOLDED_BITS)) as u16
}

/// Calls back with each gram of a text.
fn each_of(text: &[u8], mut short: impl FnMut(u16), mut long: impl FnMut(u16)) {
    let mut last = [0; 2 * WORD];
    let rest = &text[text.len().saturating_sub(WORD - 1)..];
    last[..rest.len()].copy_from_slice(rest);
    for word in text.windows(WORD).filter_map(|window| window.first_chunk()) {
        let word = u64::from_le_bytes(*word);
        short(fold::<SHORT>(word));
        long(fold::<LONG>(word));
    }
    for (at, word) in last.windows(WORD).filter_map(|window| window.first_chunk()).enumerate() {
        let word = u64::from_le_bytes(*word);
        if at + SHORT as usize <= rest.len() {
            short(fold::<SHORT>(word));
        }
        if at + LONG as usize <= rest.len() {
            long(fold::<LONG>(word));
        }
    }
}

/// A gram, and the entry with which it tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) gram: Entry,
    pub(super) missing: Entry,
}

/// The grams of a text of which nothing is ever lifted, in their order: the long ones, then the short ones.
pub(super) fn grams_of(text: &[u8]) -> Vec<Asked> {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let asked = |kind: u8, gram: u16| Asked { gram: entry(kind, gram), missing: missing(kind) };
    each_of(text, |gram| short.push(asked(KIND_OF_SHORT, gram)), |gram| long.push(asked(KIND_OF_LONG, gram)));
    long.append(&mut short);
    long
}

/// Long grams are thin: where few of them tell a needle from what is there, short ones do as well.
fn entry(kind: u8, gram: u16) -> Entry {
    let of = if kind == KIND_OF_LONG { Entry::thin } else { Entry::full };
    of(folded_hash(kind, gram.into()))
}

impl Asked {
    /// Whether it is one of the long ones.
    pub(super) fn is_long(self) -> bool {
        self.missing == missing(KIND_OF_LONG)
    }
}

fn missing(kind: u8) -> Entry {
    Entry::full(folded_hash(KIND_OF_MISSING, kind.into()))
}

impl Grams {
    /// Adds what remains of a line. Whether the same came lately, in the same page.
    pub(super) fn add(&mut self, remainder: &[u8]) -> bool {
        if self.remainders.had(remainder) {
            return true;
        }
        let Grams { short, long, runs, .. } = self;
        let set = |bits: &mut Folded, gram: u16| bits[usize::from(gram >> 6)] |= 1 << (gram & 63);
        for text in plain_runs(remainder) {
            if text.len() < WORTH_REMEMBERING || !runs.had(text) {
                each_of(text, |gram| set(short, gram), |gram| set(long, gram));
            }
        }
        false
    }

    /// Forgets those of a length of which a page of so many bytes of text has too many.
    pub(super) fn limit(&mut self, text_bytes: usize) {
        for (bits, missing) in [&mut self.short, &mut self.long].into_iter().zip(&mut self.missing) {
            *missing = count(&bits[..]) > (text_bytes / BYTES_OF_GRAM).max(MIN_GRAMS);
            if *missing {
                bits.fill(0);
            }
        }
    }

    /// How many entries there are, and how many thin ones.
    pub(super) fn count(&self) -> (usize, usize) {
        let missing = self.missing.iter().filter(|missing| **missing).count();
        (count(&self.short[..]) + missing, count(&self.long[..]))
    }

    /// Takes all entries.
    pub(super) fn drain(&mut self, mut take: impl FnMut(Entry)) {
        let both = [(KIND_OF_SHORT, &mut self.short), (KIND_OF_LONG, &mut self.long)];
        for ((kind, bits), is_missing) in both.into_iter().zip(std::mem::take(&mut self.missing)) {
            if is_missing {
                take(missing(kind));
            }
            for (at, word) in bits.iter_mut().enumerate() {
                while *word != 0 {
                    take(entry(kind, at as u16 * 64 + word.trailing_zeros() as u16));
                    *word &= *word - 1;
                }
            }
        }
        self.remainders.0.fill(0);
        self.runs.0.fill(0);
    }
}

fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_three_and_six_bytes_in_a_row_are_grams() {
        let text = "level=info msg=\"cache miss\"".as_bytes();
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        for end in 0..=text.len() {
            let (mut short, mut long) = (Vec::new(), Vec::new());
            each_of(&text[..end], |gram| short.push(gram), |gram| long.push(gram));
            let folded = |gram: &[u8]| (number(gram).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u16;
            assert_eq!(short, text[..end].windows(3).map(folded).collect::<Vec<_>>());
            assert_eq!(long, text[..end].windows(6).map(folded).collect::<Vec<_>>());
        }
    }
}

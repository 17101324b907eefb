//! Which three and which six bytes stand in a row in what remains of a page's lines when numbers and ids are lifted out.
//!
//! A text of which nothing is ever lifted (`lifted/stay.rs`) stands in the remainder as it is, so all of its grams are there: words
//! in an order that no line has are told from those of lines by the grams across their edges, and a word that no line has
//! by its own. Six bytes tell more, three serve short texts. Remainders repeat: of those that came lately nothing is done again.
//! Random text has too many: then a page has none, and an entry for each length tells whether it has them.
//! Invariant: all grams without marks of all remainders that were added are in, or none of their length and not the entry that says so.

use super::{FOLDED_BITS, folded_hash};
use crate::block::lifted::plain_runs;
use xxhash_rust::xxh3::xxh3_128;

/// Bytes of the grams: fewer than three are in every page, and longer ones than six are nearly as many as the bytes of a page.
pub(super) const SHORT: usize = 3;
pub(super) const LONG: usize = 6;
/// What tells their hashes from others.
const KIND_OF_SHORT: u8 = 2;
const KIND_OF_LONG: u8 = 3;
/// What tells the entries that say that there are any.
const KIND_OF_ALL: u8 = 4;

/// A page has at most one gram of each length for so many bytes of text (most have one for 500), but always may have a kibi.
const BYTES_OF_GRAM: usize = 16;
const MIN_GRAMS: usize = 1024;

const WORDS: usize = 1 << (FOLDED_BITS - 6);
/// Remainders that are remembered: 16 KiB.
const LATELY: usize = 1024;

/// The grams of a page, folded: one bit each.
pub(super) struct Grams {
    short: Vec<u64>,
    long: Vec<u64>,
    /// 128 bits of hash: nobody finds two texts of which one hides the other.
    lately: Vec<u128>,
}

impl Default for Grams {
    fn default() -> Self {
        Grams { short: vec![0; WORDS], long: vec![0; WORDS], lately: vec![0; LATELY] }
    }
}

/// Folds a gram of up to eight bytes. The high bits depend on all of it.
fn fold(gram: u64) -> u32 {
    (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FOLDED_BITS)) as u32
}

/// Calls back with each gram of a text.
fn each_of(text: &[u8], mut short: impl FnMut(u32), mut long: impl FnMut(u32)) {
    let mut word = 0;
    for (at, byte) in text.iter().enumerate() {
        word = word << 8 | u64::from(*byte);
        if at + 1 >= SHORT {
            short(fold(word & ((1 << (8 * SHORT)) - 1)));
        }
        if at + 1 >= LONG {
            long(fold(word & ((1 << (8 * LONG)) - 1)));
        }
    }
}

/// A gram, and the entry without which it tells nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) hash: u64,
    pub(super) all: u64,
}

/// The grams of a text of which nothing is ever lifted, in their order: the long ones, or else the short ones.
pub(super) fn grams_of(text: &[u8]) -> Vec<Asked> {
    let (mut short, mut long) = (Vec::new(), Vec::new());
    let asked = |kind: u8, gram: u32| Asked { hash: folded_hash(kind, gram), all: hash_of_all(kind) };
    each_of(text, |gram| short.push(asked(KIND_OF_SHORT, gram)), |gram| long.push(asked(KIND_OF_LONG, gram)));
    if long.is_empty() { short } else { long }
}

fn hash_of_all(kind: u8) -> u64 {
    folded_hash(KIND_OF_ALL, kind.into())
}

impl Grams {
    /// Adds what remains of a line.
    pub(super) fn add(&mut self, remainder: &[u8]) {
        let hash = xxh3_128(remainder);
        let lately = &mut self.lately[hash as usize % LATELY];
        if std::mem::replace(lately, hash) == hash {
            return;
        }
        let (short, long) = (&mut self.short, &mut self.long);
        let set = |bits: &mut Vec<u64>, gram: u32| bits[gram as usize / 64] |= 1 << (gram % 64);
        for text in plain_runs(remainder) {
            each_of(text, |gram| set(short, gram), |gram| set(long, gram));
        }
    }

    /// Forgets those of a length of which a page of so many bytes of text has too many.
    pub(super) fn limit(&mut self, text_bytes: usize) {
        for bits in [&mut self.short, &mut self.long] {
            if count(bits) > (text_bytes / BYTES_OF_GRAM).max(MIN_GRAMS) {
                bits.fill(0);
            }
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        [&self.short, &self.long]
            .into_iter()
            .map(|bits| count(bits))
            .filter(|count| *count > 0)
            .map(|count| count + 1)
            .sum()
    }

    /// Takes the hashes of all entries.
    pub(super) fn drain(&mut self, mut take: impl FnMut(u64)) {
        for (kind, bits) in [(KIND_OF_SHORT, &mut self.short), (KIND_OF_LONG, &mut self.long)] {
            if count(bits) > 0 {
                take(hash_of_all(kind));
            }
            for (at, word) in bits.iter_mut().enumerate() {
                while *word != 0 {
                    take(folded_hash(kind, at as u32 * 64 + word.trailing_zeros()));
                    *word &= *word - 1;
                }
            }
        }
        self.lately.fill(0);
    }
}

fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

//! Which tokens and pieces of words a page may hold: a split-block Bloom filter.
//!
//! A token is a longest run of letters, digits, `_` and bytes from 0x80 on. A needle's tokens that have a delimiter on
//! both sides inside the needle must be tokens of every line that holds the needle. A token at the needle's edge may be
//! part of a longer one in the line, so it counts only when the page has no longer token. What needs no edges: grams of what
//! is never lifted out of lines (`filter/grams.rs`), and the two joints of a UUID, of which each half has
//! one. The filter never says no to what is there; what it lets through is checked on the bytes.
//! Metadata is in the filter too: name, a zero byte and value as one token (since version 2 of the section). Tokens of some
//! shapes are not in it (since version 3) and decide nothing. Version 4 lays the filters of all pages out by hash
//! (`filter/segments.rs`); joints of UUIDs are in it since version 5, grams since version 6. Versions 4 and 5 had pieces of words instead.
//! ```text
//! filter  blocks of 32 bytes: eight words of 32 bits; an entry sets one bit in each word of one block
//! ```
//! Source: <https://arxiv.org/abs/2101.01719>

mod grams;
mod probe;
pub(crate) mod segments;

pub(crate) use probe::Probe;

use super::lifted::UUID as UUID_MARK;
use super::shape::Shape;
use grams::Grams;
use rustc_hash::FxHashSet;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Eight and a half bits an entry: ids and words are found as fast as with nine and a half, for a third of a byte a line less.
const BITS_OF_TWO_ENTRIES: usize = 17;
/// Four and a half of a thin entry, of which a needle has many.
const BITS_OF_TWO_THIN: usize = 9;
/// Words of a block in which an entry has a bit, and a thin one.
const WORDS: usize = 8;
const THIN_WORDS: usize = 4;
pub(crate) const BLOCK_BYTES: usize = 32;
/// Odd numbers that spread a hash over the eight words (Parquet's).
const SALTS: [u32; 8] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// Letters of a piece.
const PIECE: usize = 4;
/// Pieces and grams are folded to so many bits, so that random text does not fill the filter.
const FOLDED_BITS: u32 = 16;
/// The middle of a UUID, `-5b7d-4e21-9c0f-`.
const MIDDLE: usize = 16;
/// Where it begins in a UUID.
const MIDDLE_AT: usize = 8;
/// The version of the section that has middles of UUIDs, that which has joints, and that which has grams.
pub(crate) const WITH_MIDDLES: u16 = 4;
pub(crate) const WITH_JOINTS: u16 = 5;
pub(crate) const WITH_GRAMS: u16 = 6;
/// A joint of groups: how many hexadecimal digits stand before the dash and behind it, and whether a dash follows. The first two
/// groups of a UUID and the last two have one each; together they have enough digits to be rare.
struct Joint(usize, usize, bool);
const JOINTS: [Joint; 2] = [Joint(5, 4, true), Joint(4, 8, false)];
/// All of a UUID.
const UUID: usize = 36;

/// Whether a byte is part of a token.
const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte == b'_' as usize || byte >= 0x80;
        byte += 1;
    }
    table
};

fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES[usize::from(byte)]
}

/// The next token from a place on: where it begins and ends.
fn next_token(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.iter().position(|b| is_token_byte(*b))?;
    let length = text[start..].iter().position(|b| !is_token_byte(*b)).unwrap_or(text.len() - start);
    Some((start, start + length))
}

/// Tokens that nearly every line has anew and nobody looks for on their own: the nanoseconds of a time in UTC (`132437758Z`),
/// and the middle groups of UUIDs (four hexadecimal digits, letters among them). They are left out, and decide nothing.
fn is_left_out(token: &[u8]) -> bool {
    match token {
        [digits @ .., b'Z'] => digits.len() == 9 && digits.iter().all(u8::is_ascii_digit),
        [_, _, _, _] => {
            let letters = token.iter().filter(|byte| matches!(byte, b'a'..=b'f')).count();
            let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
            letters > 0 && digits > 0 && letters + digits == token.len()
        }
        _ => false,
    }
}

fn is_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a text begins with the middle of a UUID.
fn is_middle(text: &[u8]) -> bool {
    let shaped =
        |(at, byte): (usize, &u8)| if at % 5 == 0 { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.get(..MIDDLE).is_some_and(|middle| middle.iter().enumerate().all(shaped))
}

/// The joints at a dash of a text.
fn joints(text: &[u8], dash: usize) -> impl Iterator<Item = &[u8]> {
    JOINTS.iter().filter_map(move |Joint(before, behind, closed)| {
        let (start, end) = (dash.checked_sub(*before)?, dash + 1 + behind);
        let digits = text.get(dash + 1..end).is_some_and(is_hex) && is_hex(&text[start..dash]);
        let end = end + usize::from(*closed);
        text.get(start..end).filter(|joint| digits && (!closed || joint.ends_with(b"-")))
    })
}

/// Whether a token of eight digits begins a UUID, whose groups are then no tokens of their own.
fn begins_uuid(text: &[u8], (start, end): (usize, usize)) -> bool {
    let ends = || text.get(start + UUID).is_none_or(|byte| !is_token_byte(*byte));
    end - start == MIDDLE_AT
        && text.get(end) == Some(&b'-')
        && is_hex(&text[start..end])
        && is_middle(&text[end..])
        && text.get(end + MIDDLE..start + UUID).is_some_and(is_hex)
        && ends()
}

/// The pieces of a token: four letters in a row of which one is not a hexadecimal digit, folded. Filters had them before they had grams.
fn pieces(token: &[u8], mut take: impl FnMut(u32)) {
    for letters in token.split(|byte| !byte.is_ascii_alphabetic()) {
        for piece in letters.windows(PIECE).filter(|piece| !is_hex(piece)) {
            let word = u32::from_le_bytes([piece[0], piece[1], piece[2], piece[3]]);
            // Knuth's multiplier: the high bits depend on all of the word.
            take(word.wrapping_mul(0x9e37_79b1) >> (32 - FOLDED_BITS));
        }
    }
}

/// What is in a filter or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    hash: u64,
    /// Whether it has fewer bits than others.
    thin: bool,
}

impl Entry {
    fn full(hash: u64) -> Entry {
        Entry { hash, thin: false }
    }

    fn thin(hash: u64) -> Entry {
        Entry { hash, thin: true }
    }

    pub(crate) fn hash(self) -> u64 {
        self.hash
    }

    /// Its bits: word of a block, and bit of the word. A thin one begins at any word.
    fn bits(self) -> impl Iterator<Item = (usize, u32)> {
        let words = if self.thin { THIN_WORDS } else { WORDS };
        let first = self.hash as usize % WORDS;
        (first..first + words).map(|word| word % WORDS).map(move |word| {
            // The low half of the hash; the high half tells the block.
            (word, (self.hash as u32).wrapping_mul(SALTS[word]) >> 27)
        })
    }

    /// Whether a block has all of its bits.
    pub(crate) fn is_in(self, block: &[u8]) -> bool {
        self.bits().all(|(word, bit)| block[word * 4 + bit as usize / 8] & 1 << (bit % 8) != 0)
    }
}

/// The hash of a folded piece, kind 1, or gram: of five bytes that are no token, since the kind is a control byte.
fn folded_hash(kind: u8, folded: u32) -> u64 {
    let bytes = folded.to_le_bytes();
    xxh3_64(&[kind, bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Tokens that were seen lately: most tokens of most lines are words that the lines before had. 64 KiB stay in the nearer caches.
const LATELY: usize = 4096;
/// A token that fits in sixteen bytes with its length.
type Short = (u64, u64);
const MAX_SHORT: usize = 15;

/// Collects the tokens of a page.
pub(crate) struct Builder {
    hashes: FxHashSet<u64>,
    lately: Vec<Short>,
    grams: Grams,
    longest: usize,
    /// Bytes of the lines.
    bytes: usize,
}

impl Default for Builder {
    fn default() -> Self {
        let lately = vec![(0, 0); LATELY];
        Builder { hashes: FxHashSet::default(), lately, grams: Grams::default(), longest: 0, bytes: 0 }
    }
}

impl Builder {
    /// Adds a line; `shape` is the line's, and `remainder` what remains of it when all is lifted.
    pub(crate) fn add(&mut self, line: &[u8], shape: &Shape, remainder: &[u8]) {
        self.bytes += line.len();
        // What is lifted has digits, but for groups of a UUID: all other tokens were in the line with the same remainder.
        let known = self.grams.add(remainder) && !remainder.contains(&UUID_MARK);
        // Groups of a UUID that was seen are no tokens of their own.
        let mut from = 0;
        shape.tokens(|token, numbered| {
            let Range { start, end } = token;
            let joined = line.get(end) == Some(&b'-');
            if known && !numbered && !joined {
                return;
            }
            if joined {
                self.hashes.extend(joints(line, end).map(xxh3_64));
            }
            if start < from {
                return;
            }
            let length = end - start;
            if length == MIDDLE_AT && begins_uuid(line, (start, end)) {
                self.longest = self.longest.max(UUID - MIDDLE_AT - MIDDLE);
                from = start + UUID;
                return;
            }
            self.longest = self.longest.max(length);
            if !self.was_lately(line, &token) && !is_left_out(&line[token.clone()]) {
                self.hashes.insert(xxh3_64(&line[token]));
            }
        });
    }

    /// Whether a token is surely in the page already, or left out. Makes it one that was seen.
    fn was_lately(&mut self, line: &[u8], token: &Range<usize>) -> bool {
        let Some(short) = short(line, token) else { return false };
        // Multiplied by a number whose high bits depend on all of the others.
        let place = (short.0 ^ short.1.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        std::mem::replace(&mut self.lately[place as usize % LATELY], short) == short
    }

    /// Adds metadata: name and value as one token, which no needle of a line can be.
    pub(crate) fn add_pair(&mut self, name: &str, value: &str) {
        self.hashes.insert(pair_hash(name, value));
    }

    /// The filter and the length of the longest token. The builder is empty afterwards.
    pub(crate) fn finish(&mut self) -> (Vec<u8>, u32) {
        self.grams.limit(std::mem::take(&mut self.bytes));
        let (full, thin) = self.grams.count();
        let two = (self.hashes.len() + full) * BITS_OF_TWO_ENTRIES + thin * BITS_OF_TWO_THIN;
        let blocks = segments::rounded(two.div_ceil(2 * BLOCK_BYTES * 8).max(1));
        let mut out = vec![0; blocks * BLOCK_BYTES];
        let mut set = |entry: Entry| {
            let block = &mut out[place(entry.hash, blocks)..][..BLOCK_BYTES];
            for (word, bit) in entry.bits() {
                block[word * 4 + bit as usize / 8] |= 1 << (bit % 8);
            }
        };
        self.hashes.drain().map(Entry::full).for_each(&mut set);
        self.grams.drain(set);
        self.lately.fill((0, 0));
        let longest = u32::try_from(std::mem::take(&mut self.longest)).unwrap_or(u32::MAX);
        (out, longest)
    }
}

/// The bytes of a short token and its length; `None` when it is longer.
fn short(line: &[u8], token: &Range<usize>) -> Option<Short> {
    let length = token.len();
    if length > MAX_SHORT {
        return None;
    }
    let word = |at: usize| line.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    // The last bytes of the token, as many as do not fill the first word; one or two that overlap what is before are cut off.
    let last = |bytes: usize| {
        let cut = |word: u64| if bytes == 0 { 0 } else { word >> (64 - 8 * bytes) };
        token.end.checked_sub(8).and_then(word).map(cut)
    };
    let tag = (length as u64) << 56;
    if let Some(rest) = length.checked_sub(8) {
        return Some((word(token.start)?, last(rest)? | tag));
    }
    let first = last(length).or_else(|| Some(word(token.start)? & ((1 << (8 * length)) - 1)));
    let slow = || line[token.clone()].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    Some((first.unwrap_or_else(slow), tag))
}

fn pair_hash(name: &str, value: &str) -> u64 {
    xxh3_64(&[name.as_bytes(), b"\0", value.as_bytes()].concat())
}

/// Where the block of a hash is in a filter of so many blocks.
pub(crate) fn place(hash: u64, blocks: usize) -> usize {
    (((hash >> 32) * blocks as u64) >> 32) as usize * BLOCK_BYTES
}

#[cfg(test)]
mod tests;

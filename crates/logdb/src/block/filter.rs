//! Which tokens a page may hold: a split-block Bloom filter.
//!
//! A token is a longest run of letters, digits, `_` and bytes from 0x80 on. A needle's tokens that have a delimiter on
//! both sides inside the needle must be tokens of every line that holds the needle. A token at the needle's edge may be
//! part of a longer one in the line, so it counts only when the page has no longer token. The filter never says no to
//! what is there; what it lets through is checked on the bytes.
//! Metadata is in the filter too: name, a zero byte and value as one token (since version 2 of the section). Tokens of some
//! shapes are not in it (since version 3) and decide nothing.
//! ```text
//! filter  blocks of 32 bytes: eight words of 32 bits; a token sets one bit in each word of one block
//! ```
//! Source: <https://arxiv.org/abs/2101.01719>

use rustc_hash::FxHashSet;
use xxhash_rust::xxh3::xxh3_64;

/// Bits a token: one in a hundred and fifty pages is read in vain.
const BITS_A_TOKEN: usize = 11;
const BLOCK_BYTES: usize = 32;
/// Odd numbers that spread a hash over the eight words (Parquet's).
const SALTS: [u32; 8] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

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

/// The tokens of a text with their places.
fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.iter().position(|b| is_token_byte(*b))?;
        let length = text[start..].iter().position(|b| !is_token_byte(*b)).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
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

/// Hashes that were seen lately: most tokens of most lines are words that the lines before had. 32 KiB stay in the
/// nearest cache.
const LATELY: usize = 4096;

/// Collects the tokens of a page.
pub(crate) struct Builder {
    hashes: FxHashSet<u64>,
    lately: Vec<u64>,
    longest: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Builder { hashes: FxHashSet::default(), lately: vec![0; LATELY], longest: 0 }
    }
}

impl Builder {
    pub(crate) fn add(&mut self, line: &[u8]) {
        for (_, token) in tokens(line) {
            self.longest = self.longest.max(token.len());
            if is_left_out(token) {
                continue;
            }
            let hash = xxh3_64(token);
            let lately = &mut self.lately[hash as usize % LATELY];
            // A hash of zero is looked up every time, and is right all the same.
            if *lately != hash || hash == 0 {
                *lately = hash;
                self.hashes.insert(hash);
            }
        }
    }

    /// Adds metadata: name and value as one token, which no needle of a line can be.
    pub(crate) fn add_pair(&mut self, name: &str, value: &str) {
        self.hashes.insert(pair_hash(name, value));
    }

    /// The filter and the length of the longest token. The builder is empty afterwards.
    pub(crate) fn finish(&mut self) -> (Vec<u8>, u32) {
        let blocks = (self.hashes.len() * BITS_A_TOKEN).div_ceil(BLOCK_BYTES * 8).max(1);
        let mut out = vec![0; blocks * BLOCK_BYTES];
        for hash in self.hashes.drain() {
            let block = &mut out[place(hash, blocks)..][..BLOCK_BYTES];
            for (word, bit) in bits(hash).into_iter().enumerate() {
                block[word * 4 + bit / 8] |= 1 << (bit % 8);
            }
        }
        self.lately.fill(0);
        let longest = u32::try_from(std::mem::take(&mut self.longest)).unwrap_or(u32::MAX);
        (out, longest)
    }
}

fn pair_hash(name: &str, value: &str) -> u64 {
    xxh3_64(&[name.as_bytes(), b"\0", value.as_bytes()].concat())
}

fn place(hash: u64, blocks: usize) -> usize {
    (((hash >> 32) * blocks as u64) >> 32) as usize * BLOCK_BYTES
}

/// The bit of each word.
fn bits(hash: u64) -> [usize; 8] {
    SALTS.map(|salt| ((hash as u32).wrapping_mul(salt) >> 27) as usize)
}

fn holds(filter: &[u8], hash: u64) -> bool {
    let blocks = filter.len() / BLOCK_BYTES;
    if blocks == 0 {
        return true;
    }
    let block = &filter[place(hash, blocks)..][..BLOCK_BYTES];
    bits(hash).into_iter().enumerate().all(|(word, bit)| block[word * 4 + bit / 8] & 1 << (bit % 8) != 0)
}

/// Whether a page may hold a line with `needle` in it.
pub(crate) fn may_contain(filter: &[u8], longest: u32, needle: &[u8]) -> bool {
    tokens(needle).all(|(start, token)| {
        let inside = start > 0 && start + token.len() < needle.len();
        let decides = (inside || token.len() >= longest as usize) && !is_left_out(token);
        !decides || holds(filter, xxh3_64(token))
    })
}

/// Whether a page may hold a line with this metadata. Only of filters to which pairs were added.
pub(crate) fn may_contain_pair(filter: &[u8], name: &str, value: &str) -> bool {
    holds(filter, pair_hash(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_there_is_never_denied(lines in prop::collection::vec("([a-c_ =.ö]{0,30}|[0-9a-f]{4}|[0-9]{9}Z|-| ){0,4}", 1..20), from: usize, length in 0usize..12) {
            let mut builder = Builder::default();
            lines.iter().for_each(|line| builder.add(line.as_bytes()));
            let (filter, longest) = builder.finish();
            for line in &lines {
                let bytes = line.as_bytes();
                let start = from % (bytes.len() + 1);
                let end = (start + length).min(bytes.len());
                prop_assert!(may_contain(&filter, longest, &bytes[start..end]));
            }
        }
    }

    #[test]
    fn absent_tokens_are_denied() {
        let mut builder = Builder::default();
        (0..1000).for_each(|i| builder.add(format!("id={i:032x} done").as_bytes()));
        let (filter, longest) = builder.finish();
        let denied =
            (5000..6000).filter(|i| !may_contain(&filter, longest, format!("{i:032x}").as_bytes())).count();
        assert!(denied > 950, "{denied} of 1000");
        assert!(
            may_contain(&filter, longest, b"don"),
            "an open edge decides nothing while longer tokens are there"
        );
    }
}

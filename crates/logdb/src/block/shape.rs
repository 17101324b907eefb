//! Where the words, tokens and digits of a line are.
//!
//! Read once for each line by `writer.rs`; what lifts numbers out of lines (`lifted/lift.rs`) and what collects their tokens
//! (`filter.rs`) step through it instead of looking at every byte again. Invariant: places are within the line that was read.

use codec::classes::{BLOCK, Classes};
use std::ops::Range;

/// The classes of a line's bytes.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    blocks: Vec<Classes>,
    length: usize,
    controls: bool,
}

/// Bits from a place on.
fn from_bit(at: usize) -> u64 {
    u64::MAX << (at % BLOCK)
}

/// Bits of a block that begins at `base`, from a place on that may be in a block before.
fn from_place(at: usize, base: usize) -> u64 {
    from_bit(at.saturating_sub(base))
}

impl Shape {
    /// Looks at another line.
    pub(crate) fn read(&mut self, line: &[u8]) {
        self.blocks.clear();
        self.blocks.extend(line.chunks(BLOCK).map(Classes::of));
        self.length = line.len();
        self.controls = self.blocks.iter().any(|block| block.controls != 0);
    }

    /// Whether control characters before the tab are in the line.
    pub(crate) fn has_controls(&self) -> bool {
        self.controls
    }

    /// Calls back with each longest run of letters, digits, `_` and bytes from 0x80 on, and whether a digit is in it.
    pub(crate) fn tokens(&self, mut take: impl FnMut(Range<usize>, bool)) {
        let (mut before, mut start, mut numbered) = (0, None, false);
        for (block, base) in self.blocks.iter().zip((0..).step_by(BLOCK)) {
            let inside = block.alphanumeric | block.underscores | block.wide;
            let mut edges = inside ^ (inside << 1 | before);
            before = inside >> (BLOCK - 1);
            while edges != 0 {
                let at = base + edges.trailing_zeros() as usize;
                edges &= edges - 1;
                match start.take() {
                    Some(start) => {
                        let own = block.digits & from_place(start, base) & !from_bit(at);
                        take(start..at, std::mem::take(&mut numbered) || own != 0);
                    }
                    None => start = Some(at),
                }
            }
            numbered |= start.is_some_and(|start| block.digits & from_place(start, base) != 0);
        }
        if let Some(start) = start {
            take(start..self.length, numbered);
        }
    }

    /// The next word of letters and digits with a digit in it, of which what stands before `from` is cut off.
    pub(crate) fn numbered_word(&self, from: usize) -> Option<Range<usize>> {
        let digit = self.next(from, |block| block.digits)?;
        let end = self.next(digit, |block| !block.alphanumeric).unwrap_or(self.length).min(self.length);
        let mut block = digit / BLOCK;
        let mut outside = !self.blocks[block].alphanumeric & !from_bit(digit);
        while outside == 0 && block > 0 {
            block -= 1;
            outside = !self.blocks[block].alphanumeric;
        }
        let start = match outside {
            0 => 0,
            _ => (block + 1) * BLOCK - outside.leading_zeros() as usize,
        };
        Some(start.max(from)..end)
    }

    /// The first byte of a class from a place on.
    fn next(&self, from: usize, class: impl Fn(&Classes) -> u64) -> Option<usize> {
        let first = from / BLOCK;
        let mut mask = class(self.blocks.get(first)?) & from_bit(from);
        for block in first.. {
            if mask != 0 {
                return Some(block * BLOCK + mask.trailing_zeros() as usize);
            }
            mask = class(self.blocks.get(block + 1)?);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape_of(line: &[u8]) -> Shape {
        let mut shape = Shape::default();
        shape.read(b"what was there before, 12345 bytes of 0123456789abcdef and more, is forgotten");
        shape.read(line);
        shape
    }

    /// Runs of bytes by the definition.
    fn runs(line: &[u8], is: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        for (at, _) in line.iter().enumerate().filter(|(_, byte)| is(**byte)) {
            match out.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => out.push(at..at + 1),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn tokens_and_words_are_the_runs(line in prop_oneof![
            "([a-z]{0,70}|[0-9]{0,70}|[ _=.é\\x01]|[a-zA-Z0-9]{64}){0,6}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..300),
        ]) {
            let shape = shape_of(&line);
            let mut tokens = Vec::new();
            shape.tokens(|token, numbered| tokens.push((token, numbered)));
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
            let told = |token: Range<usize>| (token.clone(), line[token].iter().any(u8::is_ascii_digit));
            prop_assert_eq!(tokens, runs(&line, is_token).into_iter().map(told).collect::<Vec<_>>());
            let (mut words, mut at) = (Vec::new(), 0);
            while let Some(word) = shape.numbered_word(at) {
                at = word.end;
                words.push(word);
            }
            let mut expected = runs(&line, |byte| byte.is_ascii_alphanumeric());
            expected.retain(|word| line[word.clone()].iter().any(u8::is_ascii_digit));
            prop_assert_eq!(words, expected);
            prop_assert_eq!(shape.has_controls(), line.iter().any(|byte| *byte < 9));
        }
    }

    #[test]
    fn a_word_that_was_begun_goes_on_where_it_is_cut() {
        let shape = shape_of(b"at 25T12:18:28 now");
        assert_eq!(shape.numbered_word(0), Some(3..8));
        assert_eq!(shape.numbered_word(6), Some(6..8));
        assert_eq!(shape.numbered_word(14), None);
        assert_eq!(shape.numbered_word(500), None);
    }
}

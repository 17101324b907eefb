//! Breaks valid input: flipped bits, changed numbers, cut, repeated and spliced parts.

use stdx::Rng;

/// Values at which lengths, counts and signs go wrong.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'{', b'\\'];
/// Changes of one mutant, at most: more of them seldom get past the first check of a reader.
const MAX_CHANGES: u64 = 4;
/// Bytes that a mutant may grow by in one change.
const MAX_GROWTH: usize = 64;

/// Makes mutants of seeds. The same seed of the generator gives the same mutants.
#[derive(Debug)]
pub struct Mutator {
    rng: Rng,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    /// `seeds` must not be empty.
    pub fn new(rng: Rng, seeds: Vec<Vec<u8>>) -> Self {
        assert!(!seeds.is_empty(), "a target without seeds");
        Mutator { rng, seeds }
    }

    /// The next mutant.
    pub fn mutant(&mut self) -> Vec<u8> {
        let mut bytes = self.seed().clone();
        for _ in 0..=self.rng.below(MAX_CHANGES) {
            self.change(&mut bytes);
        }
        bytes
    }

    fn seed(&mut self) -> &Vec<u8> {
        let at = self.below(self.seeds.len());
        &self.seeds[at]
    }

    fn below(&mut self, bound: usize) -> usize {
        self.rng.below(bound as u64) as usize
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return bytes.push(self.rng.next_u64() as u8);
        }
        let at = self.below(bytes.len());
        match self.rng.below(7) {
            0 => bytes[at] ^= 1 << self.rng.below(8),
            1 => bytes[at] = self.rng.next_u64() as u8,
            2 => bytes[at] = EDGES[self.below(EDGES.len())],
            3 => bytes.truncate(at),
            4 => {
                let len = self.below(MAX_GROWTH).min(bytes.len() - at);
                bytes.drain(at..at + len);
            }
            5 => {
                let len = self.below(MAX_GROWTH).min(bytes.len() - at);
                let part = bytes[at..at + len].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = self.seed().clone();
                let from = self.below(other.len() + 1);
                let len = self.below(MAX_GROWTH).min(other.len() - from);
                bytes.splice(at..at, other[from..from + len].iter().copied());
            }
        }
    }
}

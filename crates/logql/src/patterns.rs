//! Lines -> the patterns they follow, for `/patterns`: what a reader would write after `|>`.
//!
//! A line is cut into words and the delimiters between them. A word with a digit is a variable from the start; lines of
//! the same shape whose words agree for the most part share a pattern, and words in which they differ become variables
//! (the idea of Drain: <https://jiemingzhu.github.io/pub/pjhe_icws2017.pdf>). Invariant: every line that was counted for a
//! pattern is found by it, and memory is bounded by [`MAX_PATTERNS`], whatever the lines are.

use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The most patterns that are told apart: more than anyone reads.
const MAX_PATTERNS: usize = 300;
/// Longer lines are not looked at: their patterns help nobody.
const MAX_LINE_BYTES: usize = 3000;
/// Pieces of a line that are told apart; what follows is one variable.
const MAX_PIECES: usize = 160;
/// Of a hundred words so many must agree with a pattern for a line to follow it.
const AGREEING_PERCENT: usize = 60;

/// A variable, as patterns write it.
const VARIABLE: &str = "<_>";

/// A pattern and how often it occurred.
#[derive(Debug, Clone, PartialEq)]
pub struct MinedPattern {
    /// For `|>`.
    pub pattern: String,
    /// The level of these lines; "" when it is not known.
    pub level: String,
    /// Seconds since 1970 at which a step begins, and lines in it; ascending.
    pub samples: Vec<(i64, u64)>,
}

impl MinedPattern {
    fn lines(&self) -> u64 {
        self.samples.iter().map(|(_, lines)| lines).sum()
    }
}

struct Cluster {
    /// `None` is a variable.
    pieces: Vec<Option<Box<str>>>,
    /// Lines by level and step.
    counts: BTreeMap<(u32, i64), f64>,
}

/// Gathers lines.
pub struct PatternMiner {
    step: i64,
    levels: Vec<String>,
    clusters: Vec<Cluster>,
    /// Clusters by the shape of their lines.
    by_shape: FxHashMap<u64, Vec<usize>>,
}

impl PatternMiner {
    /// A miner that counts by steps of so many nanoseconds.
    pub fn new(step: i64) -> Self {
        PatternMiner {
            step: step.max(1),
            levels: Vec::new(),
            clusters: Vec::new(),
            by_shape: FxHashMap::default(),
        }
    }

    /// Adds a line that stands for `weight` lines like it.
    pub fn add(&mut self, at_nanos: i64, level: &str, line: &str, weight: f64) {
        if line.len() > MAX_LINE_BYTES {
            return;
        }
        let pieces = cut(line);
        if !pieces.iter().any(|piece| matches!(piece, Piece::Word(_))) {
            return;
        }
        let level = match self.levels.iter().position(|known| known == level) {
            Some(place) => place,
            None => {
                self.levels.push(level.to_owned());
                self.levels.len() - 1
            }
        };
        let Some(cluster) = self.cluster(&pieces) else { return };
        let step = at_nanos.div_euclid(self.step);
        *self.clusters[cluster].counts.entry((level as u32, step)).or_default() += weight;
    }

    /// The cluster that fits best, or a new one while there is room.
    fn cluster(&mut self, pieces: &[Piece<'_>]) -> Option<usize> {
        let candidates = self.by_shape.entry(shape(pieces)).or_default();
        let best = candidates
            .iter()
            .map(|place| (agreement(&self.clusters[*place].pieces, pieces), *place))
            .filter(|(percent, _)| *percent >= AGREEING_PERCENT)
            .max_by_key(|(percent, place)| (*percent, std::cmp::Reverse(*place)));
        if let Some((_, place)) = best {
            for (known, piece) in self.clusters[place].pieces.iter_mut().zip(pieces) {
                if known.as_deref().is_some_and(|known| piece.text() != Some(known)) {
                    *known = None;
                }
            }
            return Some(place);
        }
        if self.clusters.len() >= MAX_PATTERNS {
            return None;
        }
        let own = pieces.iter().map(|piece| piece.text().map(Box::from)).collect();
        self.clusters.push(Cluster { pieces: own, counts: BTreeMap::new() });
        candidates.push(self.clusters.len() - 1);
        Some(self.clusters.len() - 1)
    }

    /// The patterns, most frequent first.
    pub fn finish(self) -> Vec<MinedPattern> {
        let mut found: BTreeMap<(String, u32), BTreeMap<i64, f64>> = BTreeMap::new();
        for cluster in self.clusters {
            let pattern = written(&cluster.pieces);
            for ((level, step), lines) in cluster.counts {
                *found.entry((pattern.clone(), level)).or_default().entry(step).or_default() += lines;
            }
        }
        let mut patterns: Vec<MinedPattern> = found
            .into_iter()
            .map(|((pattern, level), counts)| MinedPattern {
                pattern,
                level: self.levels[level as usize].clone(),
                samples: counts
                    .into_iter()
                    .map(|(step, lines)| {
                        (step.saturating_mul(self.step).div_euclid(1_000_000_000), lines.round() as u64)
                    })
                    .collect(),
            })
            .collect();
        patterns.sort_by(|a, b| b.lines().cmp(&a.lines()).then_with(|| a.pattern.cmp(&b.pattern)));
        patterns
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'l> {
    Word(&'l str),
    Variable,
    Delimiter(&'l str),
}

impl<'l> Piece<'l> {
    /// The text that a pattern begins with; `None` for a variable.
    fn text(&self) -> Option<&'l str> {
        match self {
            Piece::Word(text) | Piece::Delimiter(text) => Some(text),
            Piece::Variable => None,
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Words and the delimiters between them. A word that holds a digit, or that would read as a capture, is a variable.
fn cut(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(32);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if pieces.len() == MAX_PIECES {
            match pieces.last() {
                Some(Piece::Variable) => {}
                _ => pieces.push(Piece::Variable),
            }
            break;
        }
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        pieces.push(if !is_word(first) {
            Piece::Delimiter(piece)
        } else if piece.contains(|c: char| c.is_ascii_digit()) {
            Piece::Variable
        } else {
            Piece::Word(piece)
        });
    }
    for at in 1..pieces.len().saturating_sub(1) {
        if let (Piece::Delimiter(before), Piece::Delimiter(after)) = (pieces[at - 1], pieces[at + 1])
            && before.ends_with('<')
            && after.starts_with('>')
        {
            pieces[at] = Piece::Variable;
        }
    }
    pieces
}

/// Lines of one shape have the same delimiters in the same places, and the same first word.
fn shape(pieces: &[Piece<'_>]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hash = rustc_hash::FxHasher::default();
    let mut first = true;
    for piece in pieces {
        match piece {
            Piece::Delimiter(text) => text.hash(&mut hash),
            Piece::Word(text) if first => {
                text.hash(&mut hash);
                first = false;
            }
            _ => 0u8.hash(&mut hash),
        }
    }
    hash.finish()
}

/// How many of a hundred words agree. Lines of one shape have as many pieces.
fn agreement(known: &[Option<Box<str>>], pieces: &[Piece<'_>]) -> usize {
    let (mut words, mut agreeing) = (0, 0);
    for (known, piece) in known.iter().zip(pieces) {
        if let Piece::Delimiter(text) = piece {
            if known.as_deref() != Some(text) {
                return 0;
            }
            continue;
        }
        words += 1;
        agreeing += usize::from(known.as_deref() == piece.text());
    }
    if known.len() != pieces.len() { 0 } else { (agreeing * 100).checked_div(words).unwrap_or(0) }
}

/// The pattern's text. Captures are never neighbours: delimiters stand between words.
fn written(pieces: &[Option<Box<str>>]) -> String {
    pieces.iter().map(|piece| piece.as_deref().unwrap_or(VARIABLE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::pattern::Pattern;
    use proptest::prelude::*;

    fn mine(lines: &[&str]) -> Vec<String> {
        let mut miner = PatternMiner::new(10_000_000_000);
        lines.iter().for_each(|line| miner.add(25_000_000_000, "info", line, 1.0));
        miner.finish().iter().map(|p| format!("{:?} {}", p.samples, p.pattern)).collect()
    }

    #[test]
    fn numbers_and_differing_words_are_variables() {
        assert_eq!(
            mine(&[
                "GET /api/users took 12ms from 10.0.0.1",
                "GET /api/carts took 9ms from 10.0.0.9",
                "GET /api/users took 7ms from 10.1.2.3",
                "connection refused",
            ]),
            ["[(20, 3)] GET /api/<_> took <_> from <_>", "[(20, 1)] connection refused"]
        );
    }

    #[test]
    fn weights_stand_for_lines_that_were_not_read() {
        let mut miner = PatternMiner::new(1);
        miner.add(1, "", "one more thing", 2.5);
        miner.add(1, "", "one more thing", 2.5);
        assert_eq!(miner.finish()[0].lines(), 5);
    }

    proptest! {
        #[test]
        fn a_pattern_finds_its_lines(lines in prop::collection::vec("(a|b|c7|é|d_)([ =<>/]{1,2}(ok|x|9|ü)){0,8}", 1..12)) {
            let mut miner = PatternMiner::new(1);
            for line in &lines {
                miner.add(0, "", line, 1.0);
            }
            let patterns = miner.finish();
            for line in lines.iter().filter(|line| line.contains(|c: char| c.is_alphabetic())) {
                let finds = |p: &MinedPattern| Pattern::line_filter(&p.pattern).is_ok_and(|p| p.matches(line));
                let counted = cut(line).iter().any(|piece| matches!(piece, Piece::Word(_)));
                prop_assert!(!counted || patterns.iter().any(finds), "{line} {patterns:?}");
            }
        }

        #[test]
        fn any_line_is_cut(line in "\\PC{0,60}") {
            let mut miner = PatternMiner::new(1);
            miner.add(0, "", &line, 1.0);
            let _ = miner.finish();
        }
    }
}

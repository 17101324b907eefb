//! What is decided once for all lines of a shape: whether conditions hold, and which parts of a line matter.
//!
//! Lines of one shape have the same bytes in the remainder of a page (`block/lifted/walk.rs`): they differ in their lifted digits
//! and in nothing else. So a text that stands in what they share is in all of them, and one that cannot touch their digits is in
//! none; what depends on the digits is decided on the line. Invariant: shapes change the cost and nothing else.

use crate::block::lifted::{Piece, Walk};
use crate::block::page::NOT_UTF8;
use crate::predicate::{Predicate, Verdict};
use codec::CodecError;
use contract::{LineParts, LineSample, Varying};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Shapes of a page: text that varies in other ways than in its digits has too many to be of use.
const MAX_SHAPES: usize = 2048;

/// After so many lines at least half of them must have had a shape that was there before.
const TRIAL: usize = 256;

/// The shapes of a page.
pub(super) struct Shapes<'q> {
    predicate: &'q Predicate,
    parts: Option<&'q Arc<dyn LineParts>>,
    /// By the hash of their bytes.
    places: FxHashMap<u64, usize>,
    all: Vec<Shape>,
    looked: usize,
    sample: Vec<u8>,
}

/// What is known of the lines of a shape.
pub(super) struct Shape {
    /// The bytes of its first line in the remainder.
    bytes: Range<usize>,
    pub(super) verdict: Verdict,
    /// What matters of its lines; `None`: all of them. Not asked where no line is wanted.
    pub(super) parts: Option<Vec<Piece>>,
    /// Whether the parts are the same in all of its lines.
    pub(super) is_constant: bool,
}

impl<'q> Shapes<'q> {
    pub(super) fn new(predicate: &'q Predicate, parts: Option<&'q Arc<dyn LineParts>>) -> Self {
        Shapes {
            predicate,
            parts,
            places: FxHashMap::default(),
            all: Vec::new(),
            looked: 0,
            sample: Vec::new(),
        }
    }

    /// The number of the shape of the line that was walked last; `None` when shapes are of no use in this page.
    pub(super) fn of(
        &mut self,
        walk: &mut Walk<'_>,
        line: &Range<usize>,
        time: i64,
    ) -> Result<Option<usize>, CodecError> {
        let bytes = walk.bytes(line);
        let hash = xxh3_64(bytes);
        self.looked += 1;
        if let Some(place) = self.places.get(&hash) {
            let same = walk.bytes(&self.all[*place].bytes) == bytes;
            return Ok(same.then_some(*place));
        }
        let useless = self.looked > TRIAL && self.all.len() > self.looked / 2;
        if useless || self.all.len() == MAX_SHAPES {
            return Ok(None);
        }
        let shape = self.learn(walk, line, time)?;
        self.places.insert(hash, self.all.len());
        self.all.push(shape);
        Ok(Some(self.all.len() - 1))
    }

    pub(super) fn shape(&self, place: usize) -> &Shape {
        &self.all[place]
    }

    fn learn(&mut self, walk: &mut Walk<'_>, line: &Range<usize>, time: i64) -> Result<Shape, CodecError> {
        self.sample.clear();
        walk.put(line, time, &mut self.sample)?;
        let text = std::str::from_utf8(&self.sample).map_err(|_| NOT_UTF8)?;
        let varying: Vec<Varying> = walk
            .digits(line)
            .into_iter()
            .map(|digits| Varying { place: digits.place, hex: digits.hex, fixed: digits.fixed })
            .collect();
        let sample = LineSample { line: text, varying: &varying };
        let verdict = self.predicate.verdict(&sample);
        let asked = self.parts.filter(|_| verdict != Verdict::No);
        let parts = asked.and_then(|parts| parts.of(&sample)).filter(|parts| are_of(parts, text));
        let parts = parts.and_then(|parts| walk.pieces(line, &parts));
        let is_constant =
            parts.as_ref().is_some_and(|pieces| pieces.iter().all(|piece| matches!(piece, Piece::Plain(_))));
        Ok(Shape { bytes: line.clone(), verdict, parts, is_constant })
    }
}

/// Whether parts are parts of a text.
fn are_of(parts: &[Range<usize>], text: &str) -> bool {
    parts.iter().all(|part| text.get(part.clone()).is_some())
        && parts.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

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
use std::ops::Range;
use std::sync::Arc;

/// The shapes of a page.
pub(super) struct Shapes<'q> {
    predicate: &'q Predicate,
    parts: Option<&'q Arc<dyn LineParts>>,
    /// By the kind of their lines, as far as they were asked for.
    all: Vec<Option<Shape>>,
    sample: Vec<u8>,
}

/// What is known of the lines of a shape.
pub(super) struct Shape {
    pub(super) verdict: Verdict,
    /// What matters of its lines; `None`: all of them. Not asked where no line is wanted.
    pub(super) parts: Option<Vec<Piece>>,
    /// Whether the parts are the same in all of its lines.
    pub(super) is_constant: bool,
}

impl<'q> Shapes<'q> {
    pub(super) fn new(predicate: &'q Predicate, parts: Option<&'q Arc<dyn LineParts>>) -> Self {
        Shapes { predicate, parts, all: Vec::new(), sample: Vec::new() }
    }

    /// The number of the shape of the line that was walked last; `None` when shapes are of no use in this page.
    pub(super) fn of(
        &mut self,
        walk: &mut Walk<'_>,
        line: &Range<usize>,
        time: i64,
    ) -> Result<Option<usize>, CodecError> {
        let Some(kind) = walk.kind(line) else { return Ok(None) };
        if self.all.len() <= kind {
            self.all.resize_with(kind + 1, || None);
        }
        if self.all[kind].is_none() {
            self.all[kind] = Some(self.learn(walk, line, time)?);
        }
        Ok(Some(kind))
    }

    pub(super) fn shape(&self, place: usize) -> Option<&Shape> {
        self.all.get(place)?.as_ref()
    }

    fn learn(&mut self, walk: &mut Walk<'_>, line: &Range<usize>, time: i64) -> Result<Shape, CodecError> {
        self.sample.clear();
        walk.put(line, time, &mut self.sample)?;
        let text = std::str::from_utf8(&self.sample).map_err(|_| NOT_UTF8)?;
        let varying: Vec<Varying> = walk
            .digits(line)?
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
        Ok(Shape { verdict, parts, is_constant })
    }
}

/// Whether parts are parts of a text.
fn are_of(parts: &[Range<usize>], text: &str) -> bool {
    parts.iter().all(|part| text.get(part.clone()).is_some())
        && parts.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

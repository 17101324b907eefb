//! What is decided once for all lines of a shape: whether conditions hold, and which parts of a line matter.
//!
//! Lines of one shape have the same bytes in the remainder of a page (`block/lifted/walk.rs`): they differ in their lifted digits
//! and in nothing else. So a text that stands in what they share is in all of them, and one that cannot touch their digits is in
//! none; what depends on the digits is decided on the line. What was found out in one page serves the others of the query
//! ([`Known`]). Invariant: shapes change the cost and nothing else.

use super::steps::Idle;
use crate::block::lifted::{Piece, Walk};
use crate::block::page::NOT_UTF8;
use crate::predicate::{Predicate, Verdict};
use codec::CodecError;
use contract::{LineParts, LineSample, Varying};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use stdx::{Budget, Reservation};
use xxhash_rust::xxh3::xxh3_64;

/// In a page so many shapes are found out; then one for so many lines, since it costs as much as some lines do.
const FIRST_SHAPES: usize = 64;
const LINES_A_SHAPE: usize = 16;

/// Shapes of a query that are kept, and bytes of their lines.
const MAX_KNOWN: usize = 8192;
const MAX_KNOWN_BYTES: usize = 4 << 20;

/// Shapes of the pages of a query, and pieces of lines. In each page the same is asked of them.
pub(super) struct Known {
    shapes: Mutex<KnownShapes>,
    pub(super) steps: Idle,
    /// Nothing is kept where there is no room for all that may be.
    room: Option<Reservation>,
}

#[derive(Default)]
struct KnownShapes {
    /// By the hash of the key.
    all: FxHashMap<u64, (Box<[u8]>, Arc<Shape>)>,
    bytes: usize,
}

impl Known {
    /// For a query with this memory.
    pub(super) fn new(budget: &Budget) -> Known {
        let room = budget.reserve(MAX_KNOWN_BYTES as u64).ok();
        Known { shapes: Mutex::default(), steps: Idle::new(budget.clone()), room }
    }

    fn get(&self, hash: u64, key: &[u8]) -> Option<Arc<Shape>> {
        let known = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        known.all.get(&hash).filter(|(own, _)| **own == *key).map(|(_, shape)| shape.clone())
    }

    fn add(&self, hash: u64, key: &[u8], shape: &Arc<Shape>) {
        let mut known = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if self.room.is_some() && known.all.len() < MAX_KNOWN && known.bytes + key.len() <= MAX_KNOWN_BYTES {
            known.bytes += key.len();
            known.all.entry(hash).or_insert_with(|| (key.into(), shape.clone()));
        }
    }
}

/// The shapes of a page.
pub(super) struct Shapes<'q> {
    predicate: &'q Predicate,
    parts: &'q Arc<dyn LineParts>,
    known: &'q Known,
    /// By the kind of their lines, as far as they were asked for.
    all: Vec<Asked>,
    /// How many were found out, and asked for.
    learnt: usize,
    asked: usize,
    sample: Vec<u8>,
    /// What tells a shape from others: how the page is written, which conditions are asked, and the bytes.
    key: Vec<u8>,
}

#[derive(Clone)]
enum Asked {
    NotYet,
    /// To find it out would cost too much here.
    Without,
    Shape(Arc<Shape>),
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
    pub(super) fn new(predicate: &'q Predicate, parts: &'q Arc<dyn LineParts>, known: &'q Known) -> Self {
        let (all, sample, key) = Default::default();
        Shapes { predicate, parts, known, all, learnt: 0, asked: 0, sample, key }
    }

    /// The number of the shape of the line that was walked last; `None` when shapes are of no use in this page.
    pub(super) fn of(
        &mut self,
        walk: &mut Walk<'_>,
        line: &Range<usize>,
        time: i64,
    ) -> Result<Option<usize>, CodecError> {
        self.asked += 1;
        let Some(kind) = walk.kind(line) else { return Ok(None) };
        if self.all.len() <= kind {
            self.all.resize(kind + 1, Asked::NotYet);
        }
        if let Asked::NotYet = self.all[kind] {
            self.all[kind] = match self.find(walk, line, time)? {
                Some(shape) => Asked::Shape(shape),
                None => Asked::Without,
            };
        }
        Ok(Some(kind).filter(|kind| self.shape(*kind).is_some()))
    }

    pub(super) fn shape(&self, place: usize) -> Option<&Shape> {
        match self.all.get(place)? {
            Asked::Shape(shape) => Some(shape),
            Asked::NotYet | Asked::Without => None,
        }
    }

    fn find(
        &mut self,
        walk: &mut Walk<'_>,
        line: &Range<usize>,
        time: i64,
    ) -> Result<Option<Arc<Shape>>, CodecError> {
        self.key.clear();
        self.key.extend([u8::from(walk.is_ended()), u8::from(self.predicate.is_bare())]);
        self.key.extend_from_slice(walk.bytes(line));
        let hash = xxh3_64(&self.key);
        let known = self.known.get(hash, &self.key);
        if known.is_some() || self.learnt >= FIRST_SHAPES + self.asked / LINES_A_SHAPE {
            return Ok(known);
        }
        self.learnt += 1;
        let shape = Arc::new(self.learn(walk, line, time)?);
        self.known.add(hash, &self.key, &shape);
        Ok(Some(shape))
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
        let parts = if verdict == Verdict::No { None } else { self.parts.of(&sample) };
        let parts = parts.filter(|parts| are_of(parts, text));
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

//! Lines of a page that have the same bytes in the remainder: their marks are found once.
//!
//! Used by `walk.rs`. Text that varies in other ways than in what is lifted has as many kinds as lines: then no more are
//! noted. Invariant: lines of one kind have the same bytes in the remainder.

use rustc_hash::FxHashMap;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// Kinds of a page.
const MAX_KINDS: usize = 2048;

/// So many kinds are noted at once; then one for so many lines.
const FIRST_KINDS: usize = 64;
const LINES_A_KIND: usize = 4;

/// Lines with more marks are no kind: with [`MAX_KINDS`] of 16 bytes each this is 8 MiB.
const MAX_MARKS: usize = 256;

/// A mark of a line in the remainder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// From the line's first byte on.
    pub(super) at: u32,
    /// The column of its value; [`NO_COLUMN`] when it has none.
    pub(super) column: u16,
    pub(super) mark: u8,
    /// What stands behind it, as [`super::settle::operand`] gives it.
    pub(super) operand: u8,
}

pub(super) const NO_COLUMN: u16 = u16::MAX;

struct Kind {
    /// The bytes of its first line in the remainder.
    bytes: Range<usize>,
    /// Its place among the marks of all kinds.
    marks: Range<usize>,
    /// Lines that were passed and whose marks were not skipped yet.
    passed: usize,
}

/// The kinds of a page.
#[derive(Default)]
pub(super) struct Kinds {
    /// By the hash of their bytes.
    places: FxHashMap<u64, u32>,
    all: Vec<Kind>,
    marks: Vec<Mark>,
    looked: usize,
    /// Those with lines that were passed.
    passed: Vec<usize>,
}

/// What is known of the bytes of a line.
pub(super) enum Found {
    Kind(usize),
    /// A kind that can be noted under this hash.
    Fresh(u64),
    /// Lines like this are not noted.
    Alone,
}

impl Kinds {
    /// The kind of the line with these bytes.
    pub(super) fn find(&mut self, remainder: &[u8], line: &Range<usize>) -> Found {
        let bytes = &remainder[line.clone()];
        let hash = xxh3_64(bytes);
        self.looked += 1;
        if let Some(place) = self.places.get(&hash) {
            let place = *place as usize;
            let same = remainder[self.all[place].bytes.clone()] == *bytes;
            return if same { Found::Kind(place) } else { Found::Alone };
        }
        let most = (FIRST_KINDS + self.looked / LINES_A_KIND).min(MAX_KINDS);
        if self.all.len() < most { Found::Fresh(hash) } else { Found::Alone }
    }

    /// Notes a kind; `None` when its lines have too many marks.
    pub(super) fn note(&mut self, hash: u64, line: &Range<usize>, marks: &[Mark]) -> Option<usize> {
        if marks.len() > MAX_MARKS {
            return None;
        }
        let place = self.all.len();
        self.places.insert(hash, place as u32);
        let start = self.marks.len();
        self.marks.extend_from_slice(marks);
        self.all.push(Kind { bytes: line.clone(), marks: start..self.marks.len(), passed: 0 });
        Some(place)
    }

    /// Notes that a line of a kind was passed: skipping the marks of many at once costs less.
    pub(super) fn pass(&mut self, kind: usize) {
        if self.all[kind].passed == 0 {
            self.passed.push(kind);
        }
        self.all[kind].passed += 1;
    }

    /// Calls back with the marks of each kind of lines that were passed, and how many were, and forgets it.
    pub(super) fn each_passed(&mut self, mut skip: impl FnMut(&[Mark], usize)) {
        for kind in self.passed.drain(..) {
            let kind = &mut self.all[kind];
            skip(&self.marks[kind.marks.clone()], std::mem::take(&mut kind.passed));
        }
    }

    /// The marks of lines of a kind.
    pub(super) fn marks(&self, kind: usize) -> &[Mark] {
        &self.marks[self.all[kind].marks.clone()]
    }
}

//! A page -> its wanted lines, those that are alike together.
//!
//! Used by `part.rs` for whoever counts lines: rows of one stream, set of metadata and cell of time whose lines are alike in what matters are one
//! group. Lines are not put together where their shape tells what matters of them. Invariant: each wanted line is in one group.

use super::lines::Found;
use crate::block::page::Columns;
use bytes::Bytes;
use contract::{LineGroup, LineGrouping, LogRow, Stream};
use model::Nanos;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a group costs besides its text.
const GROUP_BYTES: u64 = 192;

/// Stream, set, place in the texts, and cell.
type Key = (u32, u32, u32, i64);

/// Groups of a page while its lines are read.
pub(super) struct Groups<'g> {
    grouping: &'g LineGrouping,
    /// The cell of the line before, and its times: the first one is outside of it.
    cell: i64,
    times: (i64, i64),
    /// Texts that were met, one after the other, and where each of them ends.
    texts: Vec<u8>,
    ends: Vec<usize>,
    places: FxHashMap<Box<[u8]>, u32>,
    /// The text of each shape whose lines have one.
    of_shape: Vec<Option<u32>>,
    sums: FxHashMap<Key, (u64, u64)>,
    /// Lines that are shown at their own times, each by itself: few are alike to the nanosecond.
    alone: Vec<(Key, u32)>,
    last: Option<(Key, (u64, u64))>,
}

impl<'g> Groups<'g> {
    pub(super) fn new(grouping: &'g LineGrouping) -> Self {
        Groups {
            grouping,
            cell: 0,
            times: (0, 0),
            texts: Vec::new(),
            ends: Vec::new(),
            places: FxHashMap::default(),
            of_shape: Vec::new(),
            sums: FxHashMap::default(),
            alone: Vec::new(),
            last: None,
        }
    }

    /// Adds a line of a stream and set.
    pub(super) fn add(&mut self, (stream, set): (u32, u32), at: i64, length: u32, found: &Found<'_>) {
        let text = match found {
            // Lines that no shape tells apart are mostly different.
            Found::Line(line) => self.another(line),
            Found::Parts(parts, None) if self.grouping.width == 1 => self.another(parts),
            Found::Parts(parts, None) => self.text(parts),
            Found::Parts(parts, Some(shape)) => {
                if self.of_shape.len() <= *shape {
                    self.of_shape.resize(*shape + 1, None);
                }
                match self.of_shape[*shape] {
                    Some(text) => text,
                    None => {
                        let text = self.text(parts);
                        self.of_shape[*shape] = Some(text);
                        text
                    }
                }
            }
        };
        let key = (stream, set, text, self.cell(at));
        if self.grouping.width == 1 {
            self.alone.push((key, length));
            return;
        }
        match &mut self.last {
            Some((last, sum)) if *last == key => *sum = (sum.0 + 1, sum.1 + u64::from(length)),
            last => {
                if let Some((key, sum)) = last.replace((key, (1, u64::from(length)))) {
                    self.note(key, sum);
                }
            }
        }
    }

    fn note(&mut self, key: Key, (lines, bytes): (u64, u64)) {
        let sum = self.sums.entry(key).or_default();
        *sum = (sum.0 + lines, sum.1 + bytes);
    }

    fn text(&mut self, text: &[u8]) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.another(text);
        self.places.insert(text.into(), place);
        place
    }

    fn another(&mut self, text: &[u8]) -> u32 {
        let place = self.ends.len() as u32;
        self.texts.extend_from_slice(text);
        self.ends.push(self.texts.len());
        place
    }

    /// Lines that follow each other are mostly of one cell.
    fn cell(&mut self, at: i64) -> i64 {
        if self.times.0 < at && at <= self.times.1 {
            return self.cell;
        }
        let (origin, width) = (self.grouping.origin, self.grouping.width);
        let from = at.saturating_sub(origin);
        self.cell = from.div_euclid(width) + i64::from(from.rem_euclid(width) != 0);
        self.times.1 = origin.saturating_add(self.cell.saturating_mul(width));
        self.times.0 = self.times.1.saturating_sub(width);
        self.cell
    }

    /// The groups; `end` is the first time that is not asked for.
    pub(super) fn finish(mut self, columns: &Columns, streams: &[Arc<Stream>], end: Nanos) -> Vec<LineGroup> {
        if let Some((key, sum)) = self.last.take() {
            self.note(key, sum);
        }
        let texts = Bytes::from(self.texts);
        let text = |place: u32| {
            let place = place as usize;
            let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
            texts.slice(start..self.ends[place])
        };
        let LineGrouping { origin, width, .. } = *self.grouping;
        let group = |((stream, set, line, cell), (lines, bytes)): (Key, (u64, u64))| {
            let at = Nanos(origin.saturating_add(cell.saturating_mul(width)).min(end.0 - 1));
            let metadata = columns.sets[set as usize].clone();
            let row = LogRow { stream: streams[stream as usize].clone(), at, line: text(line), metadata };
            LineGroup { row, lines, bytes }
        };
        let alone = self.alone.into_iter().map(|(key, length)| (key, (1, u64::from(length))));
        alone.chain(self.sums).map(group).collect()
    }
}

/// What groups take.
pub(super) fn bytes_of(groups: &[LineGroup]) -> u64 {
    groups.iter().map(|group| group.row.line.len() as u64 + GROUP_BYTES).sum()
}

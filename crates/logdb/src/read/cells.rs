//! Lines counted by stream, metadata and cell of time, without reading their text.
//!
//! Pages inside one cell, and pages of cells of whole minutes, are counted by their roll-ups; others, and those whose
//! metadata the caller tells apart, by their columns; heads by their rows. Where lines may be stored twice they are read.
//! Invariant: the counts are those of the lines that a reader in order would show.

use super::twice::{Wanted, WantedBlock, WantedHead};
use super::{Cut, LogReader};
use crate::block::Blocks;
use crate::block::page::Columns;
use crate::block::rollup::{Count, LEVEL, MINUTE, PageRollup};
use crate::error::LogError;
use crate::record::Metadata;
use contract::{Context, CountRow, CountSelect, Direction, LogSelect, Stream};
use model::{Nanos, TimeRange};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use stdx::Reservation;

/// What a count costs in memory.
const COUNT_BYTES: u64 = 64;

/// Counts the lines of a cut. `None` when lines of it are to be deleted: then only reading tells which.
pub(crate) async fn count_cells(
    cx: &Context,
    blocks: &Blocks,
    cut: Cut,
    select: &CountSelect,
) -> Result<Option<Vec<CountRow>>, LogError> {
    if !cut.deletes.is_empty() || select.width <= 0 {
        return Ok(None);
    }
    if select.range.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let wanted = Wanted::open(cx, blocks, &cut, &select.matchers, &select.range).await?;
    let mut sums = Sums { select, sets: FxHashMap::default(), out: Vec::new(), held: cx.budget.reserve(0)? };
    for window in &wanted.twice {
        sums.read(cx, blocks, &cut, window).await?;
    }
    for block in &wanted.blocks {
        cx.check()?;
        sums.block(cx, block, &wanted.twice).await?;
    }
    for head in &wanted.heads {
        cx.check()?;
        sums.head(cx, head, &wanted.twice)?;
    }
    Ok(Some(sums.out))
}

/// Counts of one block or head, by stream, set and cell.
type Own = FxHashMap<(u32, u32, i64), (u64, u64)>;

struct Sums<'s> {
    select: &'s CountSelect,
    /// Metadata as far as the caller tells it apart, each once.
    sets: FxHashMap<Metadata, u32>,
    out: Vec<CountRow>,
    held: Reservation,
}

impl Sums<'_> {
    fn cell(&self, at: i64) -> i64 {
        let from = at.saturating_sub(self.select.origin);
        from.div_euclid(self.select.width) + i64::from(from.rem_euclid(self.select.width) != 0)
    }

    /// The number of a set, reduced to what the caller tells apart.
    fn set(&mut self, metadata: &Metadata) -> u32 {
        let reduced: Metadata = match &self.select.names {
            Some(names) if !metadata.iter().all(|(name, _)| names.iter().any(|n| **n == **name)) => {
                metadata.iter().filter(|(name, _)| names.iter().any(|n| **n == **name)).cloned().collect()
            }
            _ => metadata.clone(),
        };
        let next = self.sets.len() as u32;
        *self.sets.entry(reduced).or_insert(next)
    }

    /// Lines of a window in which some are stored twice.
    async fn read(
        &mut self,
        cx: &Context,
        blocks: &Blocks,
        cut: &Cut,
        window: &TimeRange<Nanos>,
    ) -> Result<(), LogError> {
        let select = LogSelect {
            matchers: self.select.matchers.clone(),
            range: *window,
            direction: Direction::Forward,
            lines: Vec::new(),
            metadata: Vec::new(),
            texts: Vec::new(),
            sieve: None,
        };
        let mut reader = LogReader::open(cx, blocks, cut.clone(), select).await?;
        loop {
            let rows = reader.next_rows().await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.held.grow(rows.len() as u64 * COUNT_BYTES)?;
            for row in rows {
                let (cell, bytes) = (self.cell(row.at.0), row.line.len() as u64);
                self.out.push(CountRow { stream: row.stream, metadata: row.metadata, cell, lines: 1, bytes });
            }
        }
    }

    async fn block(
        &mut self,
        cx: &Context,
        of: &WantedBlock,
        twice: &[TimeRange<Nanos>],
    ) -> Result<(), LogError> {
        let rollups = of.block.rollups().await?;
        let mut own = Own::default();
        for page in of.pages_in(&self.select.range) {
            let info = &of.block.pages[page];
            if let Some(mode) = self.mode(&rollups[page], info.first, info.last, twice) {
                self.rollup(&rollups[page], &of.wanted, mode, &mut own);
            } else {
                let columns = of.block.columns(page).await?;
                cx.stats.add_read(columns.rows() as u64, 0);
                self.columns(&columns, &of.wanted, twice, &mut own);
            }
        }
        self.emit(own, &of.block.streams)
    }

    /// How a page can be counted by its roll-up, if it can: as one cell, or by minutes.
    fn mode(
        &self,
        rollup: &PageRollup,
        first: i64,
        last: i64,
        twice: &[TimeRange<Nanos>],
    ) -> Option<Option<i64>> {
        let told = |name: &Arc<str>| {
            **name != *LEVEL
                && self.select.names.as_ref().is_none_or(|names| names.iter().any(|n| **n == **name))
        };
        let inside = self.select.range.contains(Nanos(first)) && self.select.range.contains(Nanos(last));
        let apart = twice.iter().all(|window| window.end.0 <= first || last < window.start.0);
        if !inside || !apart || rollup.names.iter().any(told) {
            return None;
        }
        let cell = self.cell(first);
        if cell == self.cell(last) {
            return Some(Some(cell));
        }
        let minutes = self.select.width % MINUTE == 0 && self.select.origin % MINUTE == 0;
        minutes.then_some(None)
    }

    fn rollup(&mut self, rollup: &PageRollup, wanted: &[bool], cell: Option<i64>, own: &mut Own) {
        let sets: Vec<u32> = rollup
            .levels
            .iter()
            .map(|level| {
                let pair = (!level.is_empty()).then(|| (Arc::from(LEVEL), level.clone()));
                self.set(&pair.into_iter().collect())
            })
            .collect();
        // Counts of one stream, level and cell follow each other.
        let key = |count: &Count| {
            let cell = cell.unwrap_or_else(|| self.cell(count.minute.saturating_mul(MINUTE)));
            (count.stream, sets[count.level as usize], cell)
        };
        for alike in rollup.counts.chunk_by(|a, b| key(a) == key(b)) {
            if wanted.get(alike[0].stream as usize) == Some(&true) {
                let sum = own.entry(key(&alike[0])).or_default();
                sum.0 += alike.iter().map(|count| count.lines).sum::<u64>();
                sum.1 += alike.iter().map(|count| count.bytes).sum::<u64>();
            }
        }
    }

    fn columns(&mut self, columns: &Columns, wanted: &[bool], twice: &[TimeRange<Nanos>], own: &mut Own) {
        let sets: Vec<u32> = columns.sets.iter().map(|set| self.set(set)).collect();
        let mut row = 0;
        for (stream, rows) in &columns.runs {
            let here = row..row + *rows as usize;
            row = here.end;
            if wanted.get(*stream as usize) != Some(&true) {
                continue;
            }
            for i in here {
                let at = columns.times[i];
                if self.select.range.contains(Nanos(at)) && !Wanted::is_twice(twice, at) {
                    let sum =
                        own.entry((*stream, sets[columns.set_of[i] as usize], self.cell(at))).or_default();
                    *sum = (sum.0 + 1, sum.1 + u64::from(columns.lengths[i]));
                }
            }
        }
    }

    fn head(&mut self, cx: &Context, of: &WantedHead, twice: &[TimeRange<Nanos>]) -> Result<(), LogError> {
        let mut own = Own::default();
        let segments = &of.head.segments;
        let sets: Vec<Vec<u32>> =
            segments.iter().map(|segment| segment.sets.iter().map(|set| self.set(set)).collect()).collect();
        let mut read = 0;
        for (segment, _, row) in of.rows(&self.select.range) {
            read += 1;
            if !Wanted::is_twice(twice, row.at) {
                let key = (row.stream, sets[segment][row.set as usize], self.cell(row.at));
                let sum = own.entry(key).or_default();
                *sum = (sum.0 + 1, sum.1 + u64::from(row.length));
            }
        }
        cx.stats.add_read(read, 0);
        self.emit(own, &of.head.streams)
    }

    fn emit(&mut self, own: Own, streams: &[Arc<Stream>]) -> Result<(), LogError> {
        self.held.grow(own.len() as u64 * COUNT_BYTES)?;
        let mut sets: Vec<Metadata> = vec![Arc::from([]); self.sets.len()];
        for (set, id) in &self.sets {
            sets[*id as usize] = set.clone();
        }
        self.out.extend(own.into_iter().filter_map(|((stream, set, cell), (lines, bytes))| {
            let stream = streams.get(stream as usize)?.clone();
            Some(CountRow { stream, metadata: sets[set as usize].clone(), cell, lines, bytes })
        }));
        Ok(())
    }
}

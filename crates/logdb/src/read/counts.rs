//! Streams with the number of their lines and bytes in a range, without reading lines: pages that lie inside are counted
//! by their roll-ups, those at the edges by their columns.
//!
//! Lines that are stored twice (a batch that was sent again after its first copy had become a block) count twice until
//! their blocks are merged.

use super::{Cut, LogReader};
use crate::block::{Blocks, OpenBlock};
use crate::error::LogError;
use crate::streams;
use contract::{Context, Direction, LogSelect, Stream};
use model::{Labels, Matcher, Nanos, TimeRange};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) type Counts = BTreeMap<Labels, (u64, u64)>;

/// Streams with a line in the range that match any of the sets, by labels.
pub(crate) async fn count_streams(
    cx: &Context,
    blocks: &Blocks,
    cut: Cut,
    matchers: &[Vec<Matcher>],
    range: TimeRange<Nanos>,
) -> Result<Vec<(Labels, u64, u64)>, LogError> {
    let mut counts = Counts::new();
    if range.is_empty() {
        return Ok(Vec::new());
    }
    if !cut.deletes.is_empty() {
        return count_lines(cx, blocks, cut, matchers, range).await;
    }
    for meta in cut.blocks_in(&range) {
        cx.check()?;
        let open = blocks.open(&meta).await?;
        let wanted = streams::matching_any(&open.streams, matchers);
        if wanted.contains(&true) {
            count_block(&open, &wanted, &range, &mut counts).await?;
        }
    }
    for head in &cut.heads {
        cx.check()?;
        let wanted = streams::matching_any(&head.streams, matchers);
        let mut own = vec![(0u64, 0u64); head.streams.len()];
        for row in head.segments.iter().flat_map(|segment| &segment.rows) {
            if range.contains(Nanos(row.at)) {
                let count = &mut own[row.stream as usize];
                *count = (count.0 + 1, count.1 + u64::from(row.length));
            }
        }
        add(&mut counts, &head.streams, &wanted, &own);
    }
    Ok(counts.into_iter().map(|(labels, (lines, bytes))| (labels, lines, bytes)).collect())
}

/// The same by reading the lines, since some of them are to be left out.
async fn count_lines(
    cx: &Context,
    blocks: &Blocks,
    cut: Cut,
    matchers: &[Vec<Matcher>],
    range: TimeRange<Nanos>,
) -> Result<Vec<(Labels, u64, u64)>, LogError> {
    let everything = LogSelect {
        matchers: Vec::new(),
        range,
        direction: Direction::Forward,
        lines: Vec::new(),
        metadata: Vec::new(),
        texts: Vec::new(),
        sieve: None,
    };
    let mut reader = LogReader::open(cx, blocks, cut, everything).await?;
    let mut counts = Counts::new();
    loop {
        let rows = reader.next_rows().await?;
        if rows.is_empty() {
            return Ok(counts.into_iter().map(|(labels, (lines, bytes))| (labels, lines, bytes)).collect());
        }
        for row in rows {
            let labels = &row.stream.labels;
            let holds = |set: &Vec<Matcher>| set.iter().all(|m| m.matches(labels.value(&m.name)));
            if matchers.is_empty() || matchers.iter().any(holds) {
                let count = counts.entry(labels.clone()).or_default();
                *count = (count.0 + 1, count.1 + row.line.len() as u64);
            }
        }
    }
}

fn add(counts: &mut Counts, streams: &[Arc<Stream>], wanted: &[bool], own: &[(u64, u64)]) {
    for ((stream, wanted), (lines, bytes)) in streams.iter().zip(wanted).zip(own) {
        if *wanted && *lines > 0 {
            let count = counts.entry(stream.labels.clone()).or_default();
            *count = (count.0 + lines, count.1 + bytes);
        }
    }
}

pub(super) async fn count_block(
    open: &OpenBlock,
    wanted: &[bool],
    range: &TimeRange<Nanos>,
    counts: &mut Counts,
) -> Result<(), LogError> {
    let mut own = vec![(0u64, 0u64); open.streams.len()];
    let rollups = open.rollups().await?;
    for (page, info) in open.pages.iter().enumerate() {
        if info.first >= range.end.0 || info.last < range.start.0 {
            continue;
        }
        if range.contains(Nanos(info.first)) && range.contains(Nanos(info.last)) {
            for count in &rollups[page].counts {
                if let Some(own) = own.get_mut(count.stream as usize) {
                    *own = (own.0 + count.lines, own.1 + count.bytes);
                }
            }
            continue;
        }
        let columns = open.columns(page).await?;
        let mut row = 0;
        for (stream, rows) in &columns.runs {
            for _ in 0..*rows {
                if range.contains(Nanos(columns.times[row]))
                    && let Some(own) = own.get_mut(*stream as usize)
                {
                    *own = (own.0 + 1, own.1 + u64::from(columns.lengths[row]));
                }
                row += 1;
            }
        }
    }
    add(counts, &open.streams, wanted, &own);
    Ok(())
}

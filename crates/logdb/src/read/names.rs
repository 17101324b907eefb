//! Which streams have lines in a range, without counting them.
//!
//! A block knows the first and last line of each stream: pages are asked only for streams whose lines reach beyond both ends
//! of the range. Invariant: the streams are those that `counts.rs` would count lines of.

use super::Cut;
use super::counts::{Counts, count_block, count_streams};
use crate::block::{Blocks, OpenBlock};
use crate::error::LogError;
use crate::head::HeadCut;
use crate::streams;
use contract::{Context, Stream};
use model::{Labels, Matcher, Nanos, TimeRange};
use std::sync::Arc;

/// Labels of streams with a line in the range that match any of the sets, sorted.
pub(crate) async fn labels_of_streams(
    cx: &Context,
    blocks: &Blocks,
    cut: Cut,
    matchers: &[Vec<Matcher>],
    range: TimeRange<Nanos>,
) -> Result<Vec<Labels>, LogError> {
    if range.is_empty() {
        return Ok(Vec::new());
    }
    if !cut.deletes.is_empty() {
        let counted = count_streams(cx, blocks, cut, matchers, range).await?;
        return Ok(counted.into_iter().map(|(labels, _, _)| labels).collect());
    }
    let mut found: Vec<Arc<Stream>> = Vec::new();
    let mut asked: Vec<Labels> = Vec::new();
    for meta in cut.blocks_in(&range) {
        cx.check()?;
        let open = blocks.open(&meta).await?;
        let wanted = streams::matching_any(&open.streams, matchers);
        if wanted.contains(&true) {
            asked.extend(in_block(&open, wanted, &range, &mut found).await?);
        }
    }
    for head in &cut.heads {
        cx.check()?;
        in_head(head, streams::matching_any(&head.streams, matchers), &range, &mut found);
    }
    // Most blocks have the same streams: their hashes are compared first.
    found.sort_unstable_by(|a, b| a.hash.cmp(&b.hash).then_with(|| a.labels.cmp(&b.labels)));
    found.dedup_by(|a, b| a.hash == b.hash && a.labels == b.labels);
    asked.extend(found.into_iter().map(|stream| stream.labels.clone()));
    asked.sort_unstable();
    asked.dedup();
    Ok(asked)
}

/// Adds streams that surely have a line in the range, and answers those that had to be looked for.
async fn in_block(
    open: &OpenBlock,
    mut wanted: Vec<bool>,
    range: &TimeRange<Nanos>,
    found: &mut Vec<Arc<Stream>>,
) -> Result<Vec<Labels>, LogError> {
    for (id, wanted) in wanted.iter_mut().enumerate().filter(|(_, wanted)| **wanted) {
        let (first, last) = open.spans[id];
        let inside = [first, last].iter().any(|at| range.contains(Nanos(*at)));
        if open.has_exact_spans() && inside {
            found.push(open.streams[id].clone());
            *wanted = false;
        } else {
            *wanted = first < range.end.0 && range.start.0 <= last;
        }
    }
    if !wanted.contains(&true) {
        return Ok(Vec::new());
    }
    let mut counts = Counts::new();
    count_block(open, &wanted, range, &mut counts).await?;
    Ok(counts.into_keys().collect())
}

fn in_head(head: &HeadCut, mut wanted: Vec<bool>, range: &TimeRange<Nanos>, found: &mut Vec<Arc<Stream>>) {
    // A head has no stream without a line.
    if head.segments.iter().all(|segment| range.start.0 <= segment.first && segment.last < range.end.0) {
        let all = head.streams.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
        found.extend(all.map(|(stream, _)| stream.clone()));
        return;
    }
    let mut left = wanted.iter().filter(|wanted| **wanted).count();
    for segment in &head.segments {
        if segment.first >= range.end.0 || segment.last < range.start.0 {
            continue;
        }
        for row in &segment.rows {
            if left == 0 {
                return;
            }
            let wanted = &mut wanted[row.stream as usize];
            if *wanted && range.contains(Nanos(row.at)) {
                *wanted = false;
                left -= 1;
                found.push(head.streams[row.stream as usize].clone());
            }
        }
    }
}

//! A merge that keeps the pages of its inputs: nothing is unpacked but the columns, whose streams are numbered anew.
//!
//! Suits blocks of full pages in which no line is stored twice and none is to be left out, which is what steady writing
//! gives. Invariant: the output answers as its inputs did; its pages are ordered by their first time.

use super::{LeaveOut, table};
use crate::block::page::{PAGE_BYTES, PAGE_ROWS};
use crate::block::writer::{Copied, Sections, Writer};
use crate::block::{Blocks, OpenBlock};
use crate::error::LogError;
use crate::read::is_stored_once;
use contract::Context;
use std::sync::Arc;

/// A page is worth keeping when it holds at least this share of the text or rows that a page should: smaller ones pack
/// worse and cost every query a look. Half of the pages must be: each group of lines ends with a small one.
const SHARE_OF_PAGE: usize = 4;

/// Whether inputs can keep their pages.
pub(super) async fn suits(
    cx: &Context,
    blocks: &Blocks,
    inputs: &[Arc<OpenBlock>],
    leave_out: &LeaveOut<'_>,
) -> Result<bool, LogError> {
    let (mut pages, mut full) = (0, 0);
    for info in inputs.iter().flat_map(|input| &input.pages) {
        let (bytes, rows) = (info.text_bytes as usize, info.rows as usize);
        pages += 1;
        full += usize::from(bytes >= PAGE_BYTES / SHARE_OF_PAGE || rows >= PAGE_ROWS / SHARE_OF_PAGE);
    }
    let alike = inputs.iter().all(|input| input.filters_hold_metadata());
    if full * 2 < pages || !alike || !leave_out.retention.is_empty() || !leave_out.deletes.is_empty() {
        return Ok(false);
    }
    is_stored_once(cx, blocks, inputs).await
}

/// Copies the pages.
pub(super) async fn copy(cx: &Context, inputs: &[Arc<OpenBlock>]) -> Result<Sections, LogError> {
    let streams = table(inputs);
    let mut writer = Writer::new();
    let mut pages = Vec::new();
    let (mut places, mut filters, mut rollups) = (Vec::new(), Vec::new(), Vec::new());
    for (input, block) in inputs.iter().enumerate() {
        let place = |labels| streams.binary_search_by(|other| other.labels.cmp(labels)).ok();
        let own: Option<Vec<u32>> =
            block.streams.iter().map(|stream| Some(place(&stream.labels)? as u32)).collect();
        let own = own.ok_or_else(|| LogError::Internal("a merged block lacks a stream".to_owned()))?;
        for (stream, (first, last)) in own.iter().zip(&block.spans) {
            if first <= last {
                writer.cover(*stream, *first, *last);
            }
        }
        places.push(own);
        filters.push(block.filters().await?);
        rollups.push(block.rollups().await?);
        pages.extend(block.pages.iter().enumerate().map(|(page, info)| (info.first, input, page)));
    }
    pages.sort_unstable();
    for (_, input, page) in pages {
        cx.check()?;
        let (block, place) = (&inputs[input], &places[input]);
        let info = &block.pages[page];
        let mut columns = block.columns(page).await?;
        let missing = || LogError::Internal("a page names a stream that its block has not".to_owned());
        for (stream, _) in &mut columns.runs {
            *stream = *place.get(*stream as usize).ok_or_else(missing)?;
        }
        let mut rollup = rollups[input][page].clone();
        for count in &mut rollup.counts {
            count.stream = *place.get(count.stream as usize).ok_or_else(missing)?;
        }
        let start = usize::try_from(info.filter_offset).unwrap_or(usize::MAX);
        let filter = filters[input].get(start..start.saturating_add(info.filter_len as usize));
        let filter = filter.ok_or_else(|| LogError::Internal("a page lacks its filter".to_owned()))?;
        let text = block.packed_text(page).await?;
        writer.copy(&columns, Copied { info, text: &text, filter }, rollup);
    }
    Ok(writer.finish(&streams))
}

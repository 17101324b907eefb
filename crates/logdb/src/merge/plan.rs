//! Which pages of the inputs are kept, rewritten or dropped.
//!
//! A page is rewritten when it is small (it packs worse than it could, and costs every query a look), when a line of it may be
//! stored in two inputs, or when a line of it may be left out; it is dropped when none of it is kept.
//! Invariant: rows of one stream and time stay in the order of arrival: kept pages keep their order and come first, and a page
//! that shares such rows with the page behind it is rewritten only together with it.

use super::{Input, Room};
use crate::block::OpenBlock;
use crate::block::sections::PageInfo;
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::read::stored_twice;
use contract::{Context, Stream};
use model::{Nanos, TimeRange};
use std::sync::Arc;

/// What pages are judged by.
pub(super) struct Judged<'j> {
    pub(super) deletes: &'j [Arc<Deletion>],
    /// The oldest time that is kept, by stream of the output.
    pub(super) oldest: &'j [i64],
    pub(super) room: Room,
}

/// A page of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PageOf {
    pub(super) input: usize,
    pub(super) page: usize,
}

/// What becomes of the pages.
pub(super) struct Plan {
    pub(super) inputs: Vec<Input>,
    /// In the order of arrival.
    pub(super) kept: Vec<PageOf>,
    /// In the order of arrival.
    pub(super) rewritten: Vec<PageOf>,
}

impl Plan {
    pub(super) fn info(&self, of: PageOf) -> &PageInfo {
        &self.inputs[of.input].block.pages[of.page]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Rewrite,
    Drop,
}

/// Decides over every page of the inputs, which are in the order of arrival.
pub(super) async fn plan(
    cx: &Context,
    opened: &[Arc<OpenBlock>],
    streams: &[Arc<Stream>],
    by: &Judged<'_>,
) -> Result<Plan, LogError> {
    let twice = stored_twice(cx, opened).await?;
    let mut plan = Plan { inputs: Vec::new(), kept: Vec::new(), rewritten: Vec::new() };
    for (input, block) in opened.iter().enumerate() {
        let place = |labels| streams.binary_search_by(|other| other.labels.cmp(labels)).ok();
        let places: Option<Vec<u32>> =
            block.streams.iter().map(|stream| Some(place(&stream.labels)? as u32)).collect();
        let places = places.ok_or_else(|| LogError::Internal("a merged block lacks a stream".to_owned()))?;
        let judge = Judge { block, places: &places, twice: &twice, by };
        let mut fates: Vec<Fate> = block.pages.iter().map(|info| judge.fate(info)).collect();
        for page in (1..fates.len()).rev() {
            // Rows of one stream and time may go on over the page's end.
            let [before, info] = &block.pages[page - 1..=page] else { continue };
            let goes_on = before.last_stream == info.first_stream && info.first <= before.last;
            if goes_on && fates[page] == Fate::Keep && fates[page - 1] == Fate::Rewrite {
                fates[page] = Fate::Rewrite;
                // What now ends with a rewritten page is looked at by the next turn, which goes backwards; those behind
                // were looked at already.
                rewrite_on(&block.pages, &mut fates, page);
            }
        }
        for (page, fate) in fates.into_iter().enumerate() {
            match fate {
                Fate::Keep => plan.kept.push(PageOf { input, page }),
                Fate::Rewrite => plan.rewritten.push(PageOf { input, page }),
                Fate::Drop => {}
            }
        }
        plan.inputs.push(Input { block: block.clone(), places });
    }
    Ok(plan)
}

/// A page that is rewritten takes those behind it along as far as rows of one stream and time may go on.
fn rewrite_on(pages: &[PageInfo], fates: &mut [Fate], from: usize) {
    for page in from + 1..pages.len() {
        let goes_on = pages[page - 1].last_stream == pages[page].first_stream
            && pages[page].first <= pages[page - 1].last;
        if !goes_on || fates[page] != Fate::Keep {
            return;
        }
        fates[page] = Fate::Rewrite;
    }
}

struct Judge<'j> {
    block: &'j OpenBlock,
    places: &'j [u32],
    twice: &'j [TimeRange<Nanos>],
    by: &'j Judged<'j>,
}

impl Judge<'_> {
    fn fate(&self, info: &PageInfo) -> Fate {
        let places = self.places.get(info.first_stream as usize..=info.last_stream as usize);
        let Some(places) = places.filter(|_| self.block.has_present_filters()) else {
            return Fate::Rewrite;
        };
        let Judged { deletes, oldest, room } = self.by;
        let oldest = |place: &u32| oldest[*place as usize];
        if places.iter().all(|place| info.last < oldest(place)) {
            return Fate::Drop;
        }
        let full = info.text_bytes as usize >= room.keep_text || info.rows as usize >= room.keep_rows;
        let touches = |range: &TimeRange<Nanos>| range.start.0 <= info.last && info.first < range.end.0;
        let deleted = |deletion: &Arc<Deletion>| {
            let streams = &self.block.streams[info.first_stream as usize..=info.last_stream as usize];
            touches(&deletion.range()) && streams.iter().any(|stream| deletion.concerns(&stream.labels))
        };
        let whole = full
            && places.iter().all(|place| oldest(place) <= info.first)
            && !self.twice.iter().any(touches)
            && !deletes.iter().any(deleted);
        if whole { Fate::Keep } else { Fate::Rewrite }
    }
}

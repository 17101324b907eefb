//! Pages whose rows are sorted and packed anew: a window of time after the other, each about a group of lines.
//!
//! A window's rows are gathered page by page; pages that reach into the next window stay decoded as far as there is room.
//! A window that holds more than was estimated is halved: by time, and of one time by streams. Rows of one stream and
//! time are therefore always in one window, where equal ones meet. Invariant: memory is what [`Room`] says of text, its rows,
//! and [`DECODED_BYTES`] of pages; only lines of one stream and one time that exceed that take more.

use super::plan::{Judged, PageOf, Plan};
use super::{Output, Room, computed};
use crate::block::page::Columns;
use crate::block::writer::Writer;
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::record::Metadata;
use bytes::Bytes;
use contract::{Context, LogRow, Stream};
use model::Nanos;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// 8 MiB: pages that stay decoded for the next window: as much as a window holds.
const DECODED_BYTES: usize = 8 << 20;

/// A window may hold this many times what was estimated before it is halved.
const SLACK: usize = 2;

/// Rewrites what the plan says.
pub(super) async fn rewrite(
    cx: &Context,
    plan: &Plan,
    by: &Judged<'_>,
    output: &mut Output,
) -> Result<(), LogError> {
    let mut gathering = Gathering {
        cx,
        plan,
        deletes: by.deletes,
        oldest: Arc::new(by.oldest.to_vec()),
        room: by.room,
        decoded: FxHashMap::default(),
        decoded_bytes: 0,
    };
    let mut from = plan.rewritten.iter().map(|of| plan.info(*of).first).min();
    while let Some(start) = from {
        let upto = gathering.estimated_end(start);
        gathering.window(start, upto, output).await?;
        let after = upto.checked_add(1);
        gathering.forget_before(after.unwrap_or(i64::MAX));
        let left = |after: i64| {
            let infos = plan.rewritten.iter().map(|of| plan.info(*of)).filter(|info| info.last >= after);
            infos.map(|info| info.first.max(after)).min()
        };
        from = after.and_then(left);
    }
    Ok(())
}

/// A part of the rows: times from first to last, streams of the output from the first to before the second.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: i64,
    upto: i64,
    streams: (u32, u32),
}

impl Window {
    /// Two halves, in order; `None` when it is one stream at one time.
    fn halves(self) -> Option<(Window, Window)> {
        if self.from < self.upto {
            let middle = (i128::from(self.from) + i128::from(self.upto)).div_euclid(2) as i64;
            return Some((Window { upto: middle, ..self }, Window { from: middle + 1, ..self }));
        }
        let (first, end) = self.streams;
        let middle = first + (end - first) / 2;
        let divides = middle > first;
        divides.then_some((
            Window { streams: (first, middle), ..self },
            Window { streams: (middle, end), ..self },
        ))
    }
}

struct Page {
    columns: Columns,
    text: Bytes,
}

struct Gathering<'g> {
    cx: &'g Context,
    plan: &'g Plan,
    deletes: &'g [Arc<Deletion>],
    oldest: Arc<Vec<i64>>,
    room: Room,
    decoded: FxHashMap<PageOf, Arc<Page>>,
    decoded_bytes: usize,
}

impl Gathering<'_> {
    /// Where a window that begins at a time should end, when the rows of pages are spread evenly over their times.
    fn estimated_end(&self, from: i64) -> i64 {
        let infos: Vec<_> = self
            .plan
            .rewritten
            .iter()
            .map(|of| self.plan.info(*of))
            .filter(|info| info.last >= from)
            .map(|info| {
                let bytes = f64::from(info.text_bytes) / self.room.text as f64;
                let rows = f64::from(info.rows) / self.room.rows as f64;
                let width = (i128::from(info.last) - i128::from(info.first) + 1) as f64;
                (info.first, info.last, bytes.max(rows) / width)
            })
            .collect();
        let groups = |upto: i64| -> f64 {
            let part = |(first, last, density): &(i64, i64, f64)| {
                let (start, end) = (i128::from(*first.max(&from)), i128::from(*last.min(&upto)));
                (end - start + 1).max(0) as f64 * density
            };
            infos.iter().map(part).sum()
        };
        let (mut low, mut high) = (from, infos.iter().map(|info| info.1).max().unwrap_or(from));
        // A little more than one group stays one: a remainder of few lines would be a small page again.
        if groups(high) <= 1.5 {
            return high;
        }
        while low < high {
            let middle = (i128::from(low) + i128::from(high)).div_euclid(2) as i64;
            if groups(middle) < 1.0 { low = middle + 1 } else { high = middle }
        }
        low
    }

    async fn window(&mut self, from: i64, upto: i64, output: &mut Output) -> Result<(), LogError> {
        let streams = (0, self.oldest.len() as u32);
        let mut windows = vec![Window { from, upto, streams }];
        while let Some(window) = windows.pop() {
            let halves = window.halves();
            match (self.gather(window, halves.is_none()).await?, halves) {
                (None, Some((first, second))) => windows.extend([second, first]),
                (None, None) => {}
                (Some(group), _) => {
                    let writer = std::mem::replace(&mut output.writer, Writer::new());
                    output.writer = computed(move || group.write(writer)).await?;
                    output.drain().await?;
                }
            }
        }
        Ok(())
    }

    /// The rows of a window; `None` when they are too many and `all` is not asked for.
    async fn gather(&mut self, window: Window, all: bool) -> Result<Option<Group>, LogError> {
        let mut group = Group::default();
        for of in &self.plan.rewritten {
            let info = self.plan.info(*of);
            if info.last < window.from || window.upto < info.first {
                continue;
            }
            self.cx.check()?;
            let page = self.page(*of).await?;
            let input = &self.plan.inputs[of.input];
            let deletes: Vec<Arc<Deletion>> = self.deletes.to_vec();
            let (block, places, oldest) = (input.block.clone(), input.places.clone(), self.oldest.clone());
            let mut filling = group;
            group = computed(move || {
                filling.take(&page, window, (&places, &oldest), (&block.streams, &deletes));
                filling
            })
            .await?;
            if !all && (group.bytes > SLACK * self.room.text || group.rows.len() > SLACK * self.room.rows) {
                return Ok(None);
            }
        }
        Ok(Some(group))
    }

    async fn page(&mut self, of: PageOf) -> Result<Arc<Page>, LogError> {
        if let Some(page) = self.decoded.get(&of) {
            return Ok(page.clone());
        }
        let block = self.plan.inputs[of.input].block.clone();
        let columns = block.columns(of.page).await?;
        let packed = block.packed_text(of.page).await?;
        let page = computed(move || {
            let text = block.unpack_text(of.page, &packed, &columns)?;
            Ok::<_, LogError>(Arc::new(Page { columns, text }))
        })
        .await??;
        if self.decoded_bytes + page.text.len() <= DECODED_BYTES {
            self.decoded_bytes += page.text.len();
            self.decoded.insert(of, page.clone());
        }
        Ok(page)
    }

    /// Forgets pages that end before a time.
    fn forget_before(&mut self, after: i64) {
        let plan = self.plan;
        self.decoded.retain(|of, _| plan.info(*of).last >= after);
        self.decoded_bytes = self.decoded.values().map(|page| page.text.len()).sum();
    }
}

/// Lines that are sorted together.
#[derive(Default)]
struct Group {
    rows: Vec<GroupRow>,
    /// Of each page what is kept: memory that grows page by page, and never by doubling.
    texts: Vec<Vec<u8>>,
    bytes: usize,
}

struct GroupRow {
    stream: u32,
    length: u32,
    at: i64,
    /// Place in [`Group::texts`], and in that text.
    text: u32,
    start: u32,
    set: Metadata,
}

impl Group {
    /// Adds the rows of a page that are in a window and kept; `streams` are those of the page's block.
    fn take(
        &mut self,
        page: &Page,
        window: Window,
        (places, oldest): (&[u32], &[i64]),
        (streams, deletes): (&[Arc<Stream>], &[Arc<Deletion>]),
    ) {
        let (mut row, mut start) = (0, 0);
        let (mut kept, mut bytes) = (Vec::new(), 0);
        let place = self.texts.len() as u32;
        for (own, count) in &page.columns.runs {
            let labels = &streams[*own as usize].labels;
            let deletes: Vec<&Arc<Deletion>> = deletes.iter().filter(|d| d.concerns(labels)).collect();
            let stream = places[*own as usize];
            let oldest = oldest[stream as usize].max(window.from);
            let wanted = window.streams.0 <= stream && stream < window.streams.1;
            for _ in 0..*count {
                let (at, length) = (page.columns.times[row], page.columns.lengths[row]);
                let text = start..start + length as usize;
                let line = &page.text[text.clone()];
                start = text.end;
                let set = &page.columns.sets[page.columns.set_of[row] as usize];
                row += 1;
                let made = || LogRow {
                    stream: streams[*own as usize].clone(),
                    at: Nanos(at),
                    line: page.text.slice(text.clone()),
                    metadata: set.clone(),
                };
                let here = wanted && oldest <= at && at <= window.upto;
                if here && !deletes.iter().any(|d| d.deletes(at, line, made)) {
                    let set = set.clone();
                    self.rows.push(GroupRow { stream, length, at, text: place, start: bytes, set });
                    bytes += length;
                    kept.push(text);
                }
            }
        }
        let mut text = Vec::with_capacity(bytes as usize);
        kept.into_iter().for_each(|place| text.extend_from_slice(&page.text[place]));
        self.bytes += text.len();
        self.texts.push(text);
    }

    fn write(mut self, mut writer: Writer) -> Writer {
        // Stable: rows of one stream and time keep the order of arrival.
        self.rows.sort_by_key(|row| (row.stream, row.at));
        for GroupRow { stream, length, at, text, start, set } in &self.rows {
            let line = &self.texts[*text as usize][*start as usize..][..*length as usize];
            writer.push(*stream, *at, line, set);
        }
        writer.end_group();
        writer
    }
}

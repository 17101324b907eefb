//! One part (a page of a block, or a segment of a head) -> its wanted rows, sorted.

use crate::block::OpenBlock;
use crate::block::page::Columns;
use crate::error::LogError;
use crate::head::Segment;
use crate::predicate::Predicate;
use bytes::Bytes;
use contract::{Context, LogRow, Stream};
use model::{Nanos, TimeRange};
use std::ops::Range;
use std::sync::Arc;
use stdx::Reservation;

/// Lines of a page are slices of its text when they are at least this share of it; fewer are copied, so that a few lines
/// do not hold two megabytes.
const SHARE_TO_SLICE: usize = 4;

/// What a row costs besides its text: the row itself and its place in a run.
const ROW_BYTES: u64 = 96;

/// What may hold wanted rows.
pub(super) struct Part {
    pub(super) first: i64,
    pub(super) last: i64,
    /// Parts in the order in which their rows arrived.
    pub(super) rank: u64,
    pub(super) source: Source,
}

pub(super) enum Source {
    Page { block: Arc<OpenBlock>, page: usize, wanted: Arc<Vec<bool>> },
    Segment { segment: Arc<Segment>, streams: Arc<Vec<Arc<Stream>>>, wanted: Arc<Vec<bool>> },
}

/// What a query wants of each part.
pub(super) struct Job {
    pub(super) cx: Context,
    pub(super) range: TimeRange<Nanos>,
    pub(super) predicate: Arc<Predicate>,
    pub(super) backward: bool,
}

/// A wanted row of a page: its place, stream and text.
struct Found {
    row: usize,
    stream: u32,
    text: Range<usize>,
}

type Rows = (Vec<LogRow>, Option<Reservation>);

impl Job {
    /// Reads a part. Fetching awaits, the rest computes on the blocking pool.
    pub(super) async fn read(self, part: Part) -> Result<Rows, LogError> {
        match part.source {
            Source::Segment { segment, streams, wanted } => {
                computed(move || self.segment(&segment, &streams, &wanted)).await
            }
            Source::Page { block, page, wanted } => {
                let columns = block.columns(page).await?;
                let in_range = |at: &i64| self.range.contains(Nanos(*at));
                let runs = columns.runs.iter().any(|(stream, _)| wanted.get(*stream as usize) == Some(&true));
                self.cx.stats.add_read(columns.rows() as u64, 0);
                if !runs || !columns.times.iter().any(in_range) {
                    return Ok((Vec::new(), None));
                }
                let packed = block.packed_text(page).await?;
                computed(move || self.page(&block, page, &columns, &packed, &wanted)).await
            }
        }
    }

    fn segment(&self, segment: &Segment, streams: &[Arc<Stream>], wanted: &[bool]) -> Result<Rows, LogError> {
        self.cx.stats.add_read(segment.rows.len() as u64, segment.text.len() as u64);
        let mut rows = Vec::new();
        if !self.predicate.may_accept_in(&segment.text) {
            return Ok((rows, None));
        }
        for row in &segment.rows {
            if !wanted[row.stream as usize] || !self.range.contains(Nanos(row.at)) {
                continue;
            }
            let text = row.start as usize..(row.start + row.length) as usize;
            if self.predicate.accepts(&segment.text[text.clone()]) {
                rows.push(LogRow {
                    stream: streams[row.stream as usize].clone(),
                    at: Nanos(row.at),
                    line: segment.text.slice(text),
                    metadata: segment.sets[row.set as usize].clone(),
                });
            }
        }
        let held = self.hold(&rows)?;
        self.sort(&mut rows);
        Ok((rows, held))
    }

    fn page(
        &self,
        block: &OpenBlock,
        page: usize,
        columns: &Columns,
        packed: &[u8],
        wanted: &[bool],
    ) -> Result<Rows, LogError> {
        let text = block.unpack_text(page, packed, columns)?;
        self.cx.stats.add_read(0, text.len() as u64);
        if !self.predicate.may_accept_in(&text) {
            return Ok((Vec::new(), None));
        }
        let found = self.find(columns, &text, wanted);
        let kept: usize = found.iter().map(|f| f.text.len()).sum();
        let shared = kept * SHARE_TO_SLICE >= text.len();
        let mut copy = Vec::with_capacity(if shared { 0 } else { kept });
        let mut places = Vec::with_capacity(found.len());
        for f in &found {
            if shared {
                places.push(f.text.clone());
            } else {
                let start = copy.len();
                copy.extend_from_slice(&text[f.text.clone()]);
                places.push(start..copy.len());
            }
        }
        let source = if shared { text } else { Bytes::from(copy) };
        let mut rows: Vec<LogRow> = found
            .iter()
            .zip(places)
            .map(|(f, place)| LogRow {
                stream: block.streams[f.stream as usize].clone(),
                at: Nanos(columns.times[f.row]),
                line: source.slice(place),
                metadata: columns.sets[columns.set_of[f.row] as usize].clone(),
            })
            .collect();
        let held = self.hold(&rows)?;
        self.sort(&mut rows);
        Ok((rows, held))
    }

    /// The rows of a page that are wanted.
    fn find(&self, columns: &Columns, text: &[u8], wanted: &[bool]) -> Vec<Found> {
        let mut found = Vec::new();
        let (mut row, mut start) = (0, 0);
        for (stream, count) in &columns.runs {
            let wanted = wanted.get(*stream as usize) == Some(&true);
            for _ in 0..*count {
                let end = start + columns.lengths[row] as usize;
                if wanted
                    && self.range.contains(Nanos(columns.times[row]))
                    && self.predicate.accepts(&text[start..end])
                {
                    found.push(Found { row, stream: *stream, text: start..end });
                }
                start = end;
                row += 1;
            }
        }
        found
    }

    fn hold(&self, rows: &[LogRow]) -> Result<Option<Reservation>, LogError> {
        if rows.is_empty() {
            return Ok(None);
        }
        let bytes: u64 = rows.iter().map(|row| row.line.len() as u64 + ROW_BYTES).sum();
        Ok(Some(self.cx.budget.reserve(bytes)?))
    }

    /// In the order of the query; rows of one stream and time in the order of arrival, or against it.
    fn sort(&self, rows: &mut [LogRow]) {
        if self.backward {
            rows.reverse();
        }
        rows.sort_by(|a, b| {
            let time = if self.backward { b.at.cmp(&a.at) } else { a.at.cmp(&b.at) };
            time.then_with(|| a.stream.hash.cmp(&b.stream.hash))
                .then_with(|| a.stream.labels.cmp(&b.stream.labels))
        });
    }
}

async fn computed(work: impl FnOnce() -> Result<Rows, LogError> + Send + 'static) -> Result<Rows, LogError> {
    stdx::task::blocking(work)
        .join()
        .await
        .map_err(|e| LogError::Internal(format!("decoding a page: {e}")))?
}

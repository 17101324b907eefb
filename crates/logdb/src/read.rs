//! Head and blocks -> one stream of lines in order.
//!
//! The read walk: `contract::LogSource` -> a cut -> here -> `block.rs`, `block/page.rs`, `head.rs`. Pages and segments
//! (parts) are known by their times; a part is read only when a line of it may be the next. So a query that wants a
//! hundred lines reads the few parts at its end of time. Reading and decoding of up to [`MAX_PARALLEL`] parts go on at
//! once, on the blocking pool. Invariant: rows come in the order that [`LogCursor`] promises, and equal ones once.

mod cells;
mod counts;
mod groups;
mod lines;
mod names;
mod part;
mod scan;
mod shapes;
mod sieve;
mod steps;
mod twice;

use crate::block::filter::Probe;
use crate::block::filter::segments::{SEGMENTS, Segments, segment_of};
use crate::block::sections::PageInfo;
use crate::block::writer::identity;
use crate::block::{Blocks, OpenBlock};
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::head::HeadCut;
use crate::predicate::Predicate;
use crate::streams;
use bytes::Bytes;
use contract::{Answer, Context, Direction, LineSieve, LogCursor, LogRow, LogSelect};
use model::TimeRange;
use part::{Job, Part, Source};
use rustc_hash::FxHashSet;
use shapes::Known;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering as Memory;
use stdx::Reservation;
use stdx::task::Task;
use store::BlockMeta;

pub(crate) use cells::count_cells;
pub(crate) use counts::count_streams;
pub(crate) use names::labels_of_streams;
pub(crate) use scan::{Show, scan};

/// Rows of one answer of a cursor: enough to be worth a call, few enough to stop early.
const BATCH_ROWS: usize = 1024;

/// Parts that are read at once: both cores busy while a third and fourth are fetched.
const MAX_PARALLEL: usize = 4;

/// What a reader sees: everything that was acknowledged when it was taken.
#[derive(Clone)]
pub(crate) struct Cut {
    /// Sealed heads and the current one, oldest first.
    pub(crate) heads: Vec<HeadCut>,
    pub(crate) blocks: Vec<Arc<BlockMeta>>,
    /// Requests whose lines are not to be seen.
    pub(crate) deletes: Vec<Arc<Deletion>>,
}

impl Cut {
    /// Blocks that may hold lines of a range, in the order in which their lines arrived.
    fn blocks_in(&self, range: &TimeRange<model::Nanos>) -> Vec<Arc<BlockMeta>> {
        let mut blocks: Vec<Arc<BlockMeta>> = self
            .blocks
            .iter()
            .filter(|meta| meta.start < range.end && range.start < meta.end)
            .cloned()
            .collect();
        blocks.sort_by_key(|meta| (meta.covered.map(|covered| covered.0), meta.start, meta.id));
        blocks
    }
}

/// A cursor over matching lines.
pub(crate) struct LogReader {
    cx: Context,
    backward: bool,
    range: TimeRange<model::Nanos>,
    predicate: Arc<Predicate>,
    sieve: Option<Arc<dyn LineSieve>>,
    known: Arc<Known>,
    deletes: Arc<Vec<Arc<Deletion>>>,
    /// Parts not yet read, the next one last.
    pending: Vec<Part>,
    /// Parts that are being read, in the order of `pending`.
    running: VecDeque<Running>,
    /// How many of them there may be.
    parallel: usize,
    /// Rows that were read, by part, each in order.
    runs: Vec<Run>,
    heap: BinaryHeap<Next>,
    /// Rows of one stream and time, in the order of the heap: of equal ones the first that arrived stays, which for a
    /// backward query is known only when all are there.
    group: Vec<LogRow>,
}

struct Running {
    /// The first time of the part in the order of the query.
    from: i64,
    rank: u64,
    task: Task<Result<part::Rows, LogError>>,
}

struct Run {
    rows: std::vec::IntoIter<LogRow>,
    rank: u64,
    _held: Option<Reservation>,
}

/// The first row of a run. The greatest comes first out of the heap.
struct Next {
    row: LogRow,
    run: usize,
    rank: u64,
    backward: bool,
}

impl Next {
    fn order(&self, other: &Self) -> Ordering {
        let flip = |order: Ordering| if self.backward { order.reverse() } else { order };
        flip(self.row.at.cmp(&other.row.at))
            .then_with(|| self.row.stream.hash.cmp(&other.row.stream.hash))
            .then_with(|| self.row.stream.labels.cmp(&other.row.stream.labels))
            .then_with(|| flip(self.rank.cmp(&other.rank)))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order(other).reverse()
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}

impl Eq for Next {}

impl LogReader {
    /// Finds the parts that may hold wanted lines.
    pub(crate) async fn open(
        cx: &Context,
        blocks: &Blocks,
        cut: Cut,
        select: LogSelect,
    ) -> Result<Self, LogError> {
        let predicate = Arc::new(Predicate::of(&select));
        let range = select.range;
        let mut pending = Vec::new();
        let mut rank = 0;
        if !range.is_empty() {
            for meta in cut.blocks_in(&range) {
                cx.check()?;
                cx.stats.blocks_read.fetch_add(1, Memory::Relaxed);
                let open = blocks.open(&meta).await?;
                let wanted = streams::select(&open.index, open.streams.len(), &select.matchers)?;
                let of = Wanted { wanted, predicate: &predicate, range: &range };
                parts_of_block(cx, &open, of, &mut rank, &mut pending).await?;
            }
            for head in cut.heads {
                let wanted = Arc::new(streams::matching(&head.streams, &select.matchers));
                let table = Arc::new(head.streams);
                for segment in head.segments {
                    rank += 1;
                    let (first, last) = (segment.first, segment.last);
                    let source = Source::Segment {
                        segment,
                        streams: table.clone(),
                        wanted: wanted.clone(),
                        repeats: Arc::default(),
                    };
                    if first < range.end.0 && range.start.0 <= last && wanted.contains(&true) {
                        pending.push(Part { first, last, rank, source });
                    }
                }
            }
        }
        let deletes = Arc::new(cut.deletes);
        let backward = select.direction == Direction::Backward;
        pending.sort_by_key(|part| if backward { (part.last, part.rank) } else { (!part.first, !part.rank) });
        Ok(LogReader {
            cx: cx.clone(),
            backward,
            range,
            // Where most lines are not wanted one part will not be enough.
            parallel: if select.sieve.is_some() || !predicate.is_empty() { 2 } else { 1 },
            predicate,
            sieve: select.sieve,
            known: Arc::new(Known::new(&cx.budget)),
            deletes,
            pending,
            running: VecDeque::new(),
            runs: Vec::new(),
            heap: BinaryHeap::new(),
            group: Vec::new(),
        })
    }

    /// The first time of the next part in the order of the query, of those that are read and those that are not.
    fn next_part(&self) -> Option<i64> {
        let running = self.running.front().map(|running| running.from);
        running.or_else(|| self.pending.last().map(|part| self.from(part)))
    }

    fn from(&self, part: &Part) -> i64 {
        if self.backward { part.last } else { part.first }
    }

    /// Whether a row of the next part may come at or before a time in the order of the query.
    fn next_part_reaches(&self, at: i64) -> bool {
        self.next_part().is_some_and(|from| if self.backward { from >= at } else { from <= at })
    }

    /// Whether a row of the next part may come before every row that was read.
    fn must_read(&self) -> bool {
        match self.heap.peek() {
            None => self.next_part().is_some(),
            Some(next) => self.next_part_reaches(next.row.at.0),
        }
    }

    /// Reads the next part, and has others read meanwhile.
    async fn read_part(&mut self) -> Result<(), LogError> {
        while self.running.len() < self.parallel {
            let Some(part) = self.pending.pop() else { break };
            let job = Job {
                cx: self.cx.clone(),
                range: self.range,
                predicate: self.predicate.clone(),
                sieve: self.sieve.clone(),
                deletes: self.deletes.clone(),
                backward: self.backward,
                known: self.known.clone(),
                twice: Arc::default(),
            };
            let (from, rank) = (self.from(&part), part.rank);
            self.running.push_back(Running { from, rank, task: stdx::task::spawn(job.read(part)) });
        }
        self.parallel = (self.parallel * 2).min(MAX_PARALLEL);
        let Some(Running { rank, task, .. }) = self.running.pop_front() else { return Ok(()) };
        let read = task.join().await.map_err(|e| LogError::Internal(format!("reading a page: {e}")))?;
        let (rows, held) = read?;
        self.runs.push(Run { rows: rows.into_iter(), rank, _held: held });
        self.advance(self.runs.len() - 1);
        Ok(())
    }

    /// Puts the next row of a run on the heap.
    fn advance(&mut self, run: usize) {
        let Run { rows, rank, _held } = &mut self.runs[run];
        match rows.next() {
            Some(row) => self.heap.push(Next { row, run, rank: *rank, backward: self.backward }),
            // Its memory is free from here on.
            None => *_held = None,
        }
    }

    /// Whether a part that is not read may hold rows of the group.
    fn group_may_grow(&self) -> bool {
        self.group.first().is_some_and(|row| self.next_part_reaches(row.at.0))
    }

    fn finish_group(&mut self, batch: &mut Vec<LogRow>) {
        if self.group.len() == 1 {
            batch.append(&mut self.group);
            return;
        }
        let mut seen = FxHashSet::default();
        let mut new = |row: &LogRow| seen.insert(identity(&row.line, &row.metadata));
        if self.backward {
            // Against the order of arrival: look from its end.
            let start = batch.len();
            batch.extend(self.group.drain(..).rev().filter(|row| new(row)));
            batch[start..].reverse();
        } else {
            batch.extend(self.group.drain(..).filter(|row| new(row)));
        }
    }

    pub(crate) async fn next_rows(&mut self) -> Result<Vec<LogRow>, LogError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH_ROWS {
            if self.must_read() {
                // What is ready goes out before more is read: the caller may have enough.
                if !self.group_may_grow() {
                    self.finish_group(&mut batch);
                }
                if !batch.is_empty() {
                    break;
                }
                self.cx.check()?;
                self.read_part().await?;
                continue;
            }
            let Some(Next { row, run, .. }) = self.heap.pop() else {
                self.finish_group(&mut batch);
                break;
            };
            self.advance(run);
            let same = self.group.first().is_some_and(|first| {
                let streams = (&first.stream, &row.stream);
                first.at == row.at
                    && (Arc::ptr_eq(streams.0, streams.1) || streams.0.labels == streams.1.labels)
            });
            if !same {
                self.finish_group(&mut batch);
            }
            self.group.push(row);
        }
        Ok(batch)
    }
}

impl LogCursor for LogReader {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<LogRow>> {
        Box::pin(async move { Ok(self.next_rows().await?) })
    }
}

/// Which lines of a block are wanted: of which streams, and what is known of them.
struct Wanted<'w> {
    wanted: Vec<bool>,
    predicate: &'w Predicate,
    range: &'w TimeRange<model::Nanos>,
}

/// Pages of a block that may hold wanted lines.
async fn parts_of_block(
    cx: &Context,
    open: &Arc<OpenBlock>,
    of: Wanted<'_>,
    rank: &mut u64,
    pending: &mut Vec<Part>,
) -> Result<(), LogError> {
    let Wanted { wanted, predicate, range } = of;
    if !wanted.contains(&true) {
        *rank += open.pages.len() as u64;
        return Ok(());
    }
    let skip = Skip::new(cx, open, predicate, &wanted).await?;
    let wanted = Arc::new(wanted);
    for (page, info) in open.pages.iter().enumerate() {
        *rank += 1;
        let in_time = info.first < range.end.0 && range.start.0 <= info.last;
        let streams = wanted.get(info.first_stream as usize..=info.last_stream as usize);
        if !in_time || !streams.is_some_and(|flags| flags.contains(&true)) {
            continue;
        }
        if skip.lets(page, info) {
            let source = Source::Page { block: open.clone(), page, wanted: wanted.clone() };
            pending.push(Part { first: info.first, last: info.last, rank: *rank, source });
        }
    }
    Ok(())
}

/// What skips pages of a block: the filters, and what must be in them.
struct Skip {
    /// As far as they are asked; `None` when nothing is, or nothing can be.
    filters: Option<Segments<Bytes>>,
    /// Of each condition one must pass.
    probes: Vec<Vec<Probe>>,
    /// Of the filters.
    version: u16,
    held: Reservation,
}

/// A segment of a filter is looked at 64 times as fast as a page, and more: where the first ones let one page in so many through, others are asked as well.
const PAGES_FOR_MORE: usize = 64;

impl Skip {
    async fn new(
        cx: &Context,
        open: &OpenBlock,
        predicate: &Predicate,
        wanted: &[bool],
    ) -> Result<Self, LogError> {
        let mut probes: Vec<Vec<Probe>> = predicate.probes().to_vec();
        if predicate.wants_metadata() {
            // What some wanted stream has as a label need not be in the metadata.
            let mut streams = open.streams.iter().zip(wanted).filter(|(_, wanted)| **wanted);
            let mut pairs: Vec<&(String, String)> = Vec::new();
            pairs.extend(
                streams.next().into_iter().flat_map(|(first, _)| predicate.metadata_wanted_of(first)),
            );
            for (stream, _) in streams {
                pairs.retain(|(name, value)| stream.labels.value(name) != value);
            }
            probes.extend(pairs.into_iter().map(|(name, value)| vec![Probe::of_pair(name, value)]));
        }
        let none = |probes| Ok(Skip { filters: None, probes, version: 0, held: cx.budget.reserve(0)? });
        let Some(version) = open.filter_version() else { return none(probes) };
        let asked = |late: bool| {
            let mut asked = [false; SEGMENTS];
            let entries = probes.iter().flatten().flat_map(|probe| probe.entries(version, late));
            entries.for_each(|entry| asked[segment_of(entry.hash())] = true);
            asked
        };
        let bytes = |asked: &[bool; SEGMENTS]| {
            open.filter_bytes() * asked.iter().filter(|asked| **asked).count() as u64 / SEGMENTS as u64
        };
        let (first, late) = (asked(false), asked(true));
        if bytes(&first) == 0 {
            return none(probes);
        }
        let held = cx.budget.reserve(bytes(&first))?;
        let filters = Some(open.filter_segments(&first).await?);
        let mut skip = Skip { filters, probes, version, held };
        let pages = open.pages.iter().enumerate().filter(|(page, info)| skip.lets(*page, info)).count();
        if pages * PAGES_FOR_MORE > open.pages.len() {
            let more: [bool; SEGMENTS] = std::array::from_fn(|segment| late[segment] && !first[segment]);
            if more.contains(&true) {
                skip.held.grow(bytes(&more))?;
                let more = open.filter_segments(&more).await?;
                skip.filters.iter_mut().for_each(|filters| filters.add(&more));
            }
        }
        Ok(skip)
    }

    /// Whether a page may hold a wanted line.
    fn lets(&self, page: usize, info: &PageInfo) -> bool {
        self.filters.as_ref().is_none_or(|filters| {
            let holds = |entry| filters.holds(page, entry);
            let passes = |probe: &Probe| probe.passes(self.version, info.longest_token, holds);
            self.probes.iter().all(|any| any.iter().any(passes))
        })
    }
}

/// When lines may be in two of these blocks: ascending, apart from each other.
pub(crate) async fn stored_twice(
    cx: &Context,
    inputs: &[Arc<OpenBlock>],
) -> Result<Vec<TimeRange<model::Nanos>>, LogError> {
    twice::Wanted::of_all(cx, inputs).await
}

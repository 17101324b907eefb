//! One part (a page of a block, or a segment of a head) -> its wanted rows, sorted.

use super::groups::{Groups, bytes_of};
use super::lines::{Asked, Found};
use super::scan::Show;
use super::shapes::Known;
use super::twice::Wanted;
use crate::block::OpenBlock;
use crate::block::open_pages::OpenPage;
use crate::block::page::{APART, Columns, PackedText};
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::head::Segment;
use crate::predicate::Predicate;
use bytes::Bytes;
use contract::{Context, LineGroup, LineGrouping, LineParts, LineSieve, LogRow, Stream};
use model::{Nanos, TimeRange};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use stdx::Reservation;

/// What the columns of a page take a row.
const COLUMN_BYTES: u64 = 24;

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
    Page {
        block: Arc<OpenBlock>,
        page: usize,
        wanted: Arc<Vec<bool>>,
    },
    Segment {
        segment: Arc<Segment>,
        streams: Arc<Vec<Arc<Stream>>>,
        wanted: Arc<Vec<bool>>,
        /// Places of rows that repeat others and are not wanted.
        repeats: Arc<FxHashSet<usize>>,
    },
}

/// What a query wants of each part.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) cx: Context,
    pub(super) range: TimeRange<Nanos>,
    pub(super) predicate: Arc<Predicate>,
    pub(super) sieve: Option<Arc<dyn LineSieve>>,
    pub(super) deletes: Arc<Vec<Arc<Deletion>>>,
    pub(super) backward: bool,
    /// What was found out of shapes of lines.
    pub(super) known: Arc<Known>,
    /// Times whose lines are not wanted here, since others read them.
    pub(super) twice: Arc<Vec<TimeRange<Nanos>>>,
}

/// A page before its lines are looked at.
struct Fetched {
    columns: Arc<Columns>,
    text: Text,
    sets: SetFlags,
    _held: Reservation,
}

enum Text {
    Packed(PackedText),
    Open(OpenPage),
}

/// Rows of one stream of which some may be wanted.
struct Run {
    stream: u32,
    start: usize,
    end: usize,
}

/// The requests that concern each stream of a part.
type Deleting<'d> = FxHashMap<u32, Vec<&'d Deletion>>;

pub(super) type Rows = (Vec<LogRow>, Option<Reservation>);

impl Job {
    /// Reads a part. Fetching awaits, the rest computes on the blocking pool.
    pub(super) async fn read(self, part: Part) -> Result<Rows, LogError> {
        self.with_rows(part, |job, mut rows| {
            let held = job.hold(&rows)?;
            job.sort(&mut rows);
            Ok((rows, held))
        })
        .await
    }

    /// Reads a part and shows its rows where they were read.
    pub(super) async fn show(self, part: Part, show: Show) -> Result<(), LogError> {
        match (part.source, show) {
            // Only whole lines tell whether they are deleted.
            (Source::Page { block, page, wanted }, Show::Groups(grouping, visit))
                if self.deletes.is_empty() =>
            {
                let Some(fetched) = self.fetch(&block, page, &wanted).await? else { return Ok(()) };
                computed(move || {
                    let groups = self.groups(&block, page, &fetched, &wanted, &grouping)?;
                    let _held = self.cx.budget.reserve(bytes_of(&groups))?;
                    if groups.is_empty() { Ok(()) } else { Ok(visit(&groups)?) }
                })
                .await
            }
            (source, show) => {
                self.with_rows(Part { source, ..part }, move |job, rows| {
                    let _held = job.hold(&rows)?;
                    if rows.is_empty() { Ok(()) } else { Ok(show.rows(&rows)?) }
                })
                .await
            }
        }
    }

    /// What is read of a page before its lines; `None` when it has no wanted ones.
    async fn fetch(
        &self,
        block: &Arc<OpenBlock>,
        page: usize,
        wanted: &[bool],
    ) -> Result<Option<Fetched>, LogError> {
        let info = &block.pages[page];
        // Packed and unpacked text, and the columns, while they are looked at.
        let decoding = 2 * u64::from(info.text_bytes) + u64::from(info.rows) * COLUMN_BYTES;
        let held = self.cx.budget.reserve(decoding)?;
        let asks_digits = info.encoding == APART && self.predicate.asks_digits();
        if asks_digits && !self.predicate.may_accept_digits(&block.digits(page).await?) {
            return Ok(None);
        }
        let kept = block.kept_page(page);
        let columns = match &kept {
            Some(open) => open.columns.clone(),
            None => Arc::new(block.columns(page).await?),
        };
        let in_range = |at: &i64| self.range.contains(Nanos(*at));
        let runs = columns.runs.iter().any(|(stream, _)| wanted.get(*stream as usize) == Some(&true));
        self.cx.stats.add_read(columns.rows() as u64, 0);
        let here = runs && columns.times.iter().any(in_range);
        let sets = SetFlags::of_page(&self.predicate, &columns, block);
        if !here || sets.deny_all() {
            return Ok(None);
        }
        let text = match kept {
            Some(open) => Text::Open(open),
            None => Text::Packed(block.packed_text(page).await?),
        };
        Ok(Some(Fetched { columns, text, sets, _held: held }))
    }

    async fn with_rows<T: Send + 'static>(
        self,
        part: Part,
        then: impl FnOnce(&Self, Vec<LogRow>) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        match part.source {
            Source::Segment { segment, streams, wanted, repeats } => {
                computed(move || {
                    let rows = self.segment(&segment, &streams, &wanted, &repeats);
                    then(&self, rows)
                })
                .await
            }
            Source::Page { block, page, wanted } => {
                let Some(fetched) = self.fetch(&block, page, &wanted).await? else {
                    return then(&self, Vec::new());
                };
                computed(move || {
                    let rows = self.page(&block, page, &fetched, &wanted)?;
                    then(&self, rows)
                })
                .await
            }
        }
    }

    fn segment(
        &self,
        segment: &Segment,
        streams: &[Arc<Stream>],
        wanted: &[bool],
        repeats: &FxHashSet<usize>,
    ) -> Vec<LogRow> {
        self.cx.stats.add_read(segment.rows.len() as u64, segment.text.len() as u64);
        let mut rows = Vec::new();
        if !self.predicate.may_accept_in(&segment.text) {
            return rows;
        }
        let mut deleting: Deleting<'_> = FxHashMap::default();
        let mut judge = self.sieve.as_deref().map(LineSieve::judge);
        for (place, row) in segment.rows.iter().enumerate() {
            let here = wanted[row.stream as usize] && self.wants(row.at);
            if !here || !repeats.is_empty() && repeats.contains(&place) {
                continue;
            }
            let text = row.start as usize..(row.start + row.length) as usize;
            let line = &segment.text[text.clone()];
            let (stream, set) = (&streams[row.stream as usize], &segment.sets[row.set as usize]);
            let made = || LogRow {
                stream: stream.clone(),
                at: Nanos(row.at),
                line: segment.text.slice(text.clone()),
                metadata: set.clone(),
            };
            let mut is_let = |line: &[u8]| {
                judge.as_mut().is_none_or(|judge| {
                    std::str::from_utf8(line).is_ok_and(|line| judge.lets(stream, set, line))
                })
            };
            if self.predicate.accepts(line)
                && is_let(line)
                && (!self.predicate.wants_metadata() || self.predicate.accepts_metadata(stream, set))
                && !self.is_deleted(&mut deleting, (row.stream, row.at, line), made)
            {
                rows.push(made());
            }
        }
        rows
    }

    /// Whether lines of a time are wanted.
    fn wants(&self, at: i64) -> bool {
        self.range.contains(Nanos(at)) && !Wanted::is_twice(&self.twice, at)
    }

    /// The wanted rows of a page.
    fn page(
        &self,
        block: &OpenBlock,
        page: usize,
        fetched: &Fetched,
        wanted: &[bool],
    ) -> Result<Vec<LogRow>, LogError> {
        let columns = &fetched.columns;
        let mut deleting: Deleting<'_> = FxHashMap::default();
        let (mut kept, mut text) = (Vec::new(), Vec::new());
        self.each_found(block, page, fetched, (wanted, None), |row, stream, found| {
            let Found::Line(line) = found else { unreachable!("no parts were asked for") };
            let at = columns.times[row];
            let made = || LogRow {
                stream: block.streams[stream as usize].clone(),
                at: Nanos(at),
                line: Bytes::copy_from_slice(line),
                metadata: columns.sets[columns.set_of[row] as usize].clone(),
            };
            if !self.is_deleted(&mut deleting, (stream, at, line), made) {
                text.extend_from_slice(line);
                kept.push((row, stream));
            }
        })?;
        // A few lines do not hold the room that was made for more.
        text.shrink_to_fit();
        let mut text = Bytes::from(text);
        let rows = kept.into_iter().map(|(row, stream)| LogRow {
            stream: block.streams[stream as usize].clone(),
            at: Nanos(columns.times[row]),
            line: text.split_to(columns.lengths[row] as usize),
            metadata: columns.sets[columns.set_of[row] as usize].clone(),
        });
        Ok(rows.collect())
    }

    /// The wanted rows of a page, those together that are alike.
    fn groups(
        &self,
        block: &OpenBlock,
        page: usize,
        fetched: &Fetched,
        wanted: &[bool],
        grouping: &LineGrouping,
    ) -> Result<Vec<LineGroup>, LogError> {
        let columns = &fetched.columns;
        let mut groups = Groups::new(grouping);
        self.each_found(block, page, fetched, (wanted, Some(&grouping.parts)), |row, stream, found| {
            groups.add((stream, columns.set_of[row]), columns.times[row], columns.lengths[row], &found);
        })?;
        Ok(groups.finish(columns, &block.streams, self.range.end))
    }

    /// Calls back with row and stream of each wanted line that satisfies the conditions.
    fn each_found(
        &self,
        block: &OpenBlock,
        page: usize,
        fetched: &Fetched,
        (wanted, parts): (&[bool], Option<&Arc<dyn LineParts>>),
        mut take: impl FnMut(usize, u32, Found<'_>),
    ) -> Result<(), LogError> {
        let Fetched { columns, text, sets, .. } = fetched;
        let runs = self.runs(columns, wanted, sets);
        let rows = runs.last().map_or(0, |run| run.end);
        let is_there = |name: &str| {
            columns.sets.iter().any(|set| set.iter().any(|(own, _)| **own == *name))
                || runs.iter().any(|run| block.streams[run.stream as usize].labels.get(name).is_some())
        };
        let asked = Asked {
            columns,
            streams: &block.streams,
            rows,
            predicate: self.predicate.among(is_there),
            parts,
            known: &self.known,
            sieve: self.sieve.as_deref(),
        };
        // Rows are asked for in their order.
        let mut left = runs.iter().peekable();
        let stream_of = |row: usize| {
            while left.next_if(|run| run.end <= row).is_some() {}
            let run = left.peek().filter(|run| run.start <= row)?;
            let wanted = sets.allow(run.stream, columns.set_of[row]) && self.wants(columns.times[row]);
            wanted.then_some(run.stream)
        };
        let open = match text {
            Text::Open(open) => open.clone(),
            Text::Packed(packed) => block.open_page(page, packed, columns)?,
        };
        let read = asked.each(&open.text, stream_of, &mut take);
        self.cx.stats.add_read(0, read.map_err(|error| block.damaged(page, error))?);
        Ok(())
    }

    /// Runs of wanted streams, from the first row that may be wanted to the last.
    fn runs(&self, columns: &Columns, wanted: &[bool], sets: &SetFlags) -> Vec<Run> {
        let mut asked = Vec::new();
        let mut start = 0;
        for (stream, count) in &columns.runs {
            let run = start..start + *count as usize;
            start = run.end;
            if wanted.get(*stream as usize) != Some(&true) {
                continue;
            }
            let here =
                |row: &usize| self.wants(columns.times[*row]) && sets.allow(*stream, columns.set_of[*row]);
            let (first, last) = (run.clone().find(here), run.rev().find(here));
            if let (Some(first), Some(last)) = (first, last) {
                asked.push(Run { stream: *stream, start: first, end: last + 1 });
            }
        }
        asked
    }

    /// Whether a request deletes a line. What concerns a stream is found out once a part.
    fn is_deleted<'s>(
        &'s self,
        deleting: &mut Deleting<'s>,
        (stream, at, line): (u32, i64, &[u8]),
        row: impl Fn() -> LogRow,
    ) -> bool {
        if self.deletes.is_empty() {
            return false;
        }
        let concerning = deleting.entry(stream).or_insert_with(|| {
            let labels = &row().stream.labels;
            self.deletes.iter().map(AsRef::as_ref).filter(|d| d.concerns(labels)).collect()
        });
        concerning.iter().any(|deletion| deletion.deletes(at, line, &row))
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

/// Which sets of metadata a page's wanted rows may have, where the query says.
struct SetFlags {
    /// By set; for streams whose labels have nothing of what is wanted.
    by_set: Vec<bool>,
    /// Streams whose labels have some of it, by set.
    by_stream: FxHashMap<u32, Vec<bool>>,
    idle: bool,
}

impl SetFlags {
    fn of_page(predicate: &Predicate, columns: &Columns, block: &OpenBlock) -> Self {
        let mut flags = SetFlags { by_set: Vec::new(), by_stream: FxHashMap::default(), idle: true };
        if !predicate.wants_metadata() {
            return flags;
        }
        flags.idle = false;
        let of = |stream: &Stream| {
            columns.sets.iter().map(|set| predicate.accepts_metadata(stream, set)).collect()
        };
        let bare = Stream { labels: model::Labels::empty(), hash: 0 };
        flags.by_set = of(&bare);
        let wanted = predicate.metadata_wanted_of(&bare).count();
        for (id, _) in &columns.runs {
            let Some(stream) = block.streams.get(*id as usize) else { continue };
            if predicate.metadata_wanted_of(stream).count() < wanted {
                flags.by_stream.insert(*id, of(stream));
            }
        }
        flags
    }

    fn allow(&self, stream: u32, set: u32) -> bool {
        self.idle || self.by_stream.get(&stream).unwrap_or(&self.by_set).get(set as usize) == Some(&true)
    }

    /// Whether no row can be wanted.
    fn deny_all(&self) -> bool {
        !self.idle
            && !self.by_set.contains(&true)
            && !self.by_stream.values().any(|sets| sets.contains(&true))
    }
}

async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    stdx::task::blocking(work)
        .join()
        .await
        .map_err(|e| LogError::Internal(format!("decoding a page: {e}")))?
}

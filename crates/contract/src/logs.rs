//! What LogQL asks of the log engine.

use crate::{Answer, Context, SourceError};
use bytes::Bytes;
use model::{Labels, Matcher, Nanos, TimeRange};
use std::ops::Range;
use std::sync::Arc;

/// In which order lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// A condition that each wanted line satisfies before any stage may change it. Sources apply it exactly.
#[derive(Clone, Debug)]
pub enum LineCondition {
    /// The line contains any of these (`|= "a" or "b"`).
    ContainsAny(Vec<String>),
    /// The line contains none of these (`!= "a" or "b"`).
    ContainsNone(Vec<String>),
    /// The pattern occurs in the line (`|~`).
    Matches(regex::Regex),
    /// The pattern does not occur in the line (`!~`).
    MatchesNot(regex::Regex),
}

impl LineCondition {
    /// Whether a line satisfies the condition.
    pub fn accepts(&self, line: &str) -> bool {
        match self {
            LineCondition::ContainsAny(any) => any.iter().any(|needle| line.contains(needle.as_str())),
            LineCondition::ContainsNone(none) => !none.iter().any(|needle| line.contains(needle.as_str())),
            LineCondition::Matches(pattern) => pattern.is_match(line),
            LineCondition::MatchesNot(pattern) => !pattern.is_match(line),
        }
    }
}

/// Which lines.
#[derive(Debug, Clone)]
pub struct LogSelect {
    /// Conditions on stream labels; all must match. Empty: all streams.
    pub matchers: Vec<Matcher>,
    /// Lines with `start <= t < end`.
    pub range: TimeRange<Nanos>,
    /// The order.
    pub direction: Direction,
    /// All must hold.
    pub lines: Vec<LineCondition>,
    /// Hints: each wanted line has this value under this name in its structured metadata or among its stream's labels. A
    /// source may leave out lines that have not, and must not leave out others.
    pub metadata: Vec<(String, String)>,
    /// Hints: each wanted line holds one of the texts of each, unless its stream or its structured metadata has the label. A
    /// source may leave out lines that do not, and must not leave out others.
    pub texts: Vec<LabelTexts>,
    /// A hint: lines that it does not let through are not wanted, and a source may leave them out.
    pub sieve: Option<Arc<dyn LineSieve>>,
}

/// Tells of lines whether they can be wanted, at a cost that is worth it for each.
pub trait LineSieve: Send + Sync + std::fmt::Debug {
    /// What of a line it looks at; `None`: all of it.
    fn parts(&self) -> Option<Arc<dyn LineParts>>;

    /// What judges many lines, one after the other.
    fn judge(&self) -> Box<dyn LineJudge + '_>;
}

/// Judges lines, and keeps what it needs for that from line to line.
pub trait LineJudge {
    /// Whether a line can be wanted: its stream, structured metadata, and its text or the parts of it that matter.
    fn lets(&mut self, stream: &Stream, metadata: &[(Arc<str>, Arc<str>)], text: &str) -> bool;
}

/// What stands in lines in which stages find a label with a value that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelTexts {
    /// The label's name.
    pub label: String,
    /// One of these.
    pub texts: Vec<String>,
}

/// A stream that lines belong to, shared by its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Its labels.
    pub labels: Labels,
    /// [`Labels::stable_hash`], the tie-break between lines of the same time.
    pub hash: u64,
}

/// One line of a stream.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// Whose.
    pub stream: Arc<Stream>,
    /// When.
    pub at: Nanos,
    /// The line, valid UTF-8.
    pub line: Bytes,
    /// Structured metadata.
    pub metadata: Arc<[(Arc<str>, Arc<str>)]>,
}

impl LogRow {
    /// The line as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.line).unwrap_or("")
    }
}

/// Which lines to count, and how finely.
#[derive(Debug, Clone)]
pub struct CountSelect {
    /// Conditions on stream labels; all must match. Empty: all streams.
    pub matchers: Vec<Matcher>,
    /// Lines with `start <= t < end`.
    pub range: TimeRange<Nanos>,
    /// Lines of the times in `(origin + (k - 1) * width, origin + k * width]` are counted together, as cell `k`.
    pub origin: i64,
    /// Nanoseconds of a cell, above 0.
    pub width: i64,
    /// Names of structured metadata that the caller can tell apart; `None` when it can tell all.
    pub names: Option<Vec<String>>,
}

/// Lines that are alike to whoever counts them.
#[derive(Debug, Clone)]
pub struct CountRow {
    /// Whose.
    pub stream: Arc<Stream>,
    /// Structured metadata: at least what the caller can tell apart.
    pub metadata: Arc<[(Arc<str>, Arc<str>)]>,
    /// The cell.
    pub cell: i64,
    /// How many.
    pub lines: u64,
    /// Bytes of these lines.
    pub bytes: u64,
}

/// A line that stands for all lines of its shape: those differ from it in the digits of some places, and in nothing else.
#[derive(Debug, Clone, Copy)]
pub struct LineSample<'s> {
    /// The line.
    pub line: &'s str,
    /// Where lines of the shape differ: ascending, apart from each other.
    pub varying: &'s [Varying],
}

/// Digits of a line in whose place another line of its shape has others, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Varying {
    /// Where they are in the sample, in bytes.
    pub place: Range<usize>,
    /// Whether `a` to `f` are among them.
    pub hex: bool,
    /// Whether there are as many in each line.
    pub fixed: bool,
}

/// Tells how much of a line a query looks at, so that sources need not put whole lines together.
pub trait LineParts: Send + Sync + std::fmt::Debug {
    /// Parts of the sample, ascending, apart from each other and from the inside of what varies: to the query, every line of
    /// the shape is like its parts one after the other. `None`: nothing less than the line will do.
    fn of(&self, sample: &LineSample<'_>) -> Option<Vec<Range<usize>>>;

    /// Whether no part of any line is looked at: [`LineParts::of`] would give none.
    fn are_none(&self) -> bool {
        false
    }

    /// What looks at lines a piece at a time; `None`: they are looked at as a whole only.
    fn steps(&self) -> Option<Box<dyn LineSteps>> {
        None
    }
}

/// Looks at lines a piece at a time: many lines are made of few pieces, put together in many ways. What a piece means depends
/// on what was before it, which is a number: what was found out of a piece behind a number serves all lines.
pub trait LineSteps: Send + std::fmt::Debug {
    /// The byte that ends each piece but the last, ASCII.
    fn separator(&self) -> u8;

    /// What a piece leads to, in all lines that are like it. 0 is before the first piece of a line; other numbers are given
    /// in their order. `None`: the line has to be looked at as a whole.
    fn step(&mut self, before: u32, piece: &LineSample<'_>) -> Option<LineStep>;

    /// Whether a line may end so: to the query it is like what was kept of its pieces, one after the other.
    fn may_end(&self, behind: u32) -> bool;
}

/// Behind it no piece of a line matters, and the line may end.
pub const ENDED: u32 = u32::MAX;

/// What a piece of a line leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineStep {
    /// The number of what is known behind it, or [`ENDED`].
    pub behind: u32,
    /// What of it matters, in order.
    pub kept: Vec<Kept>,
}

/// Something of a piece that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A part of the sample, apart from the inside of what varies.
    Part(Range<usize>),
    /// A text that stands for what all lines of the shape have there.
    Text(&'static str),
}

/// Which lines are shown as one.
#[derive(Debug, Clone)]
pub struct LineGrouping {
    /// Lines of the times in `(origin + (k - 1) * width, origin + k * width]` are shown at the end of that cell.
    pub origin: i64,
    /// Nanoseconds of a cell, above 0. With 1 each line is shown at its own time.
    pub width: i64,
    /// What of the text matters. What does not may be left out of it.
    pub parts: Arc<dyn LineParts>,
}

/// Lines of one stream, with the same metadata and alike in what matters.
#[derive(Debug, Clone)]
pub struct LineGroup {
    /// One that stands for all.
    pub row: LogRow,
    /// How many they are.
    pub lines: u64,
    /// Bytes of these lines as they are stored.
    pub bytes: u64,
}

/// Takes groups from several threads at once. An error ends the reading. Lines that are alike may come in several groups.
pub type GroupVisitor = Arc<dyn Fn(&[LineGroup]) -> Result<(), SourceError> + Send + Sync>;

/// Takes rows from several threads at once. An error ends the reading.
pub type RowVisitor = Arc<dyn Fn(&[LogRow]) -> Result<(), SourceError> + Send + Sync>;

/// Lines that are to be deleted: of matching streams, in a range, that satisfy all conditions.
#[derive(Debug, Clone)]
pub struct DeleteSelect {
    /// The query as its author wrote it.
    pub query: String,
    /// Conditions on stream labels.
    pub matchers: Vec<Matcher>,
    /// Conditions on lines; patterns carry their flags in their text.
    pub lines: Vec<LineCondition>,
    /// What else lines must satisfy. It is made again from the query's text after a restart.
    pub test: Option<Arc<dyn RowTest>>,
    /// Lines with `start <= t < end`.
    pub range: TimeRange<Nanos>,
}

/// A request to delete lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteRequest {
    /// Its id.
    pub id: String,
    /// The query as its author wrote it.
    pub query: String,
    /// Which times.
    pub range: TimeRange<Nanos>,
    /// When it was made.
    pub created: Nanos,
    /// Whether the lines are gone from storage. Queries do not see them from the request on.
    pub processed: bool,
}

/// What became of taking back a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    /// It is gone, and its lines are there again.
    Done,
    /// There is none of this id.
    Unknown,
    /// Too late: the lines are gone.
    Processed,
}

/// Deletes lines. They are not seen from the request on, and leave storage after a time in which it can be taken back.
pub trait LogDeletes: Send + Sync {
    /// Makes a request and returns its id.
    fn request<'a>(&'a self, cx: &'a Context, select: DeleteSelect) -> Answer<'a, String>;

    /// All requests of a tenant, oldest first.
    fn requests<'a>(&'a self, cx: &'a Context) -> Answer<'a, Vec<DeleteRequest>>;

    /// Takes a request back.
    fn take_back<'a>(&'a self, cx: &'a Context, id: &'a str) -> Answer<'a, TakenBack>;
}

/// Rows in the wanted order, a batch at a time; whoever has enough stops asking.
pub trait LogCursor: Send {
    /// The next rows, ordered across batches by time in the direction, then by stream hash ascending, then by labels,
    /// then by arrival in the direction (backward: the last to arrive first). Of lines equal in stream, time, text and
    /// metadata the first to arrive comes, once. An empty batch is the end.
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<LogRow>>;
}

/// Judges a line with all that is known of it: for conditions that sources have no word for.
pub trait RowTest: Send + Sync + std::fmt::Debug {
    /// Whether the line satisfies the condition.
    fn accepts(&self, row: &LogRow) -> bool;
}

/// Makes the test of a query again from its text, after a restart. `None`: the text is no query that can be a test.
pub type MakeRowTest = fn(&str) -> Option<Arc<dyn RowTest>>;

/// A store of log lines.
pub trait LogSource: Send + Sync {
    /// Opens a cursor over matching lines, at a consistent cut.
    fn select<'a>(&'a self, cx: &'a Context, select: LogSelect) -> Answer<'a, Box<dyn LogCursor + 'a>>;

    /// Shows each wanted row once, in no order and from several threads. A source that has nothing better reads in order.
    fn scan<'a>(&'a self, cx: &'a Context, select: LogSelect, visit: RowVisitor) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut cursor = self.select(cx, select).await?;
            loop {
                let rows = cursor.next_batch().await?;
                if rows.is_empty() {
                    return Ok(());
                }
                visit(&rows)?;
            }
        })
    }

    /// Shows each wanted row once as part of a group, in no order and from several threads. A source that has nothing better
    /// shows every row alone.
    fn groups<'a>(
        &'a self,
        cx: &'a Context,
        select: LogSelect,
        _grouping: LineGrouping,
        visit: GroupVisitor,
    ) -> Answer<'a, ()> {
        let alone = |row: &LogRow| LineGroup { row: row.clone(), lines: 1, bytes: row.line.len() as u64 };
        let rows: RowVisitor =
            Arc::new(move |rows: &[LogRow]| visit(&rows.iter().map(alone).collect::<Vec<_>>()));
        self.scan(cx, select, rows)
    }

    /// Counts lines without reading them. `None`: this source cannot, or not without reading lines.
    fn count<'a>(&'a self, _cx: &'a Context, _select: CountSelect) -> Answer<'a, Option<Vec<CountRow>>> {
        Box::pin(async { Ok(None) })
    }

    /// Streams with a line in the range that match any of the sets (no set: all), sorted by labels, with the number of
    /// lines and line bytes in the range.
    fn streams<'a>(
        &'a self,
        cx: &'a Context,
        matchers: Vec<Vec<Matcher>>,
        range: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<(Labels, u64, u64)>>;

    /// The labels of streams with a line in the range that match any of the sets (no set: all), sorted. A source that knows
    /// them without counting lines says so faster.
    fn stream_labels<'a>(
        &'a self,
        cx: &'a Context,
        matchers: Vec<Vec<Matcher>>,
        range: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move {
            let counted = self.streams(cx, matchers, range).await?;
            Ok(counted.into_iter().map(|(labels, _, _)| labels).collect())
        })
    }

    /// Lines as they arrive from now on (after the ack, within 200 ms), for streams that match. The receiver is bounded:
    /// a slow reader loses the oldest lines and is told how many.
    fn tail(
        &self,
        cx: &Context,
        matchers: Vec<Matcher>,
    ) -> tokio::sync::broadcast::Receiver<Arc<Vec<LogRow>>>;
}

//! Blocks -> one block: duplicates and lines past their retention left out.
//!
//! Inputs that have nothing to leave out and pages of a good size keep their pages (`merge/copy.rs`); others are read in
//! order and written anew.
//!
//! Walk: `store::compact` decides -> `logdb.rs` -> here. Invariant: the output answers every query as its inputs did
//! together, less what has expired; memory is the output, one group of lines, and the pages that overlap in time.

mod copy;

use crate::block::writer::{Sections, Writer};
use crate::block::{Blocks, OpenBlock};
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::flush::{GROUP_BYTES, GROUP_ROWS, Identity, pack};
use crate::options::StreamRetention;
use crate::read::{Cut, LogReader};
use bytes::Bytes;
use contract::{Context, Direction, LogRow, LogSelect, Stream};
use model::{Labels, Nanos, TimeRange};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::Arc;
use store::{BlockMeta, MergeJob, Position};

/// Lines that do not come along.
pub(crate) struct LeaveOut<'r> {
    /// Those past the age of their stream.
    pub(crate) retention: &'r [StreamRetention],
    /// Those that are to be deleted.
    pub(crate) deletes: &'r [Arc<Deletion>],
}

/// The output of a merge. `None` when nothing is left.
pub(crate) async fn merge(
    cx: &Context,
    blocks: &Blocks,
    job: &MergeJob,
    leave_out: &LeaveOut<'_>,
    now: Nanos,
) -> Result<Option<(BlockMeta, Bytes)>, LogError> {
    let Some(first) = job.inputs.first() else { return Ok(None) };
    let mut inputs = Vec::with_capacity(job.inputs.len());
    for meta in &job.inputs {
        inputs.push(blocks.open(meta).await?);
    }
    let sections = if copy::suits(cx, blocks, &inputs, leave_out).await? {
        copy::copy(cx, &inputs).await?
    } else {
        join(cx, blocks, &inputs, leave_out, now).await?
    };
    let identity = Identity {
        id: job.output,
        tenant: first.tenant.clone(),
        level: job.level,
        covered: covered(&job.inputs),
    };
    Ok(Some(pack(identity, sections)).filter(|(meta, _)| meta.rows > 0))
}

/// Reads all lines in time order and writes them in groups.
async fn join(
    cx: &Context,
    blocks: &Blocks,
    inputs: &[Arc<OpenBlock>],
    leave_out: &LeaveOut<'_>,
    now: Nanos,
) -> Result<Sections, LogError> {
    let streams = table(inputs);
    let places: FxHashMap<Labels, u32> =
        streams.iter().map(|stream| stream.labels.clone()).zip(0..).collect();
    let oldest: Vec<i64> =
        streams.iter().map(|stream| oldest_kept(&stream.labels, leave_out.retention, now)).collect();
    let cut = Cut {
        heads: Vec::new(),
        blocks: inputs.iter().map(|input| input.meta().clone()).collect(),
        deletes: leave_out.deletes.to_vec(),
    };
    let everything = LogSelect {
        matchers: Vec::new(),
        range: TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX)),
        direction: Direction::Forward,
        lines: Vec::new(),
        metadata: Vec::new(),
    };
    let mut reader = LogReader::open(cx, blocks, cut, everything).await?;
    let mut writer = Writer::new();
    let mut group = Group::default();
    loop {
        let rows = reader.next_rows().await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let stream = places[&row.stream.labels];
            if row.at.0 >= oldest[stream as usize] {
                if group.ends_before(&row) {
                    (group, writer) = packed(move || group.write(writer)).await?;
                }
                group.push(stream, row);
            }
        }
    }
    packed(move || group.write(writer).1.finish(&streams)).await
}

/// Sorting and packing take a while: not on a thread that serves requests.
async fn packed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, LogError> {
    stdx::task::blocking(work).join().await.map_err(|e| LogError::Internal(format!("packing pages: {e}")))
}

/// Lines that are sorted together.
#[derive(Default)]
struct Group {
    rows: Vec<(u32, LogRow)>,
    bytes: usize,
}

impl Group {
    fn ends_before(&self, row: &LogRow) -> bool {
        let full = self.rows.len() >= GROUP_ROWS || self.bytes >= GROUP_BYTES;
        full && self.rows.last().is_some_and(|(_, last)| last.at != row.at)
    }

    fn push(&mut self, stream: u32, row: LogRow) {
        self.bytes += row.line.len();
        self.rows.push((stream, row));
    }

    /// Writes the group and gives it back empty, with the writer.
    fn write(mut self, mut writer: Writer) -> (Self, Writer) {
        // Stable: rows of one stream and time keep the order of arrival.
        self.rows.sort_by_key(|(stream, row)| (*stream, row.at));
        for (stream, row) in self.rows.drain(..) {
            writer.push(stream, row.at.0, &row.line, &row.metadata);
        }
        self.bytes = 0;
        writer.end_group();
        (self, writer)
    }
}

/// The streams of all inputs by labels, each once.
fn table(inputs: &[Arc<OpenBlock>]) -> Vec<Arc<Stream>> {
    let mut all: Vec<Arc<Stream>> = inputs.iter().flat_map(|input| &input.streams).cloned().collect();
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all.dedup_by(|a, b| a.labels == b.labels);
    all
}

/// The oldest time that a stream's rules keep.
fn oldest_kept(labels: &Labels, rules: &[StreamRetention], now: Nanos) -> i64 {
    let rule = rules
        .iter()
        .filter(|rule| rule.matchers.iter().all(|m| m.matches(labels.value(&m.name))))
        .min_by_key(|rule| (Reverse(rule.priority), rule.max_age));
    rule.map_or(i64::MIN, |rule| {
        now.0.saturating_sub(i64::try_from(rule.max_age.as_nanos()).unwrap_or(i64::MAX))
    })
}

fn covered(inputs: &[Arc<BlockMeta>]) -> Option<(Position, Position)> {
    let all: Option<Vec<(Position, Position)>> = inputs.iter().map(|meta| meta.covered).collect();
    all?.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

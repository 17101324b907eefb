//! Blocks -> one block: duplicates, expired and deleted lines left out. Most pages come along as they are.
//!
//! Walk: `store::compact` decides -> `logdb.rs` -> here. Each page is kept, rewritten or dropped (`merge/plan.rs`): kept pages are
//! copied with their streams numbered anew (`merge/copy.rs`); rows of the others are sorted and packed anew, a window of time
//! after the other (`merge/rewrite.rs`). What is written goes out at once ([`BlockStream`]).
//! Invariant: the output answers every query as its inputs did together, less what is left out; memory is one group of lines,
//! a few decoded pages, and what the directory of the output takes, whatever the inputs' size.

mod copy;
mod plan;
mod rewrite;

use crate::block::page::{PAGE_BYTES, PAGE_ROWS};
use crate::block::sections;
use crate::block::writer::Writer;
use crate::block::{Blocks, OpenBlock};
use crate::deletes::Deletion;
use crate::error::LogError;
use crate::flush::GROUP_ROWS;
use crate::options::StreamRetention;
use contract::{Context, Stream};
use model::{Labels, Nanos, Tenant};
use std::cmp::Reverse;
use std::sync::Arc;
use store::{BlockMeta, BlockStream, MergeJob, Objects, Position, Signal};

/// 64 MiB: twice a window with its rows, decoded pages that the next window needs too, and parts of the output on their way.
const WORKING_BYTES: u64 = 64 << 20;

/// 8 MiB of text are sorted together: half of what a flush sorts, since it stands in memory beside what the flush holds. Most
/// pages of flushes come along as they are.
const WINDOW_BYTES: usize = 8 << 20;

/// A page is worth keeping when it holds at least this share of the text or rows that a page should.
const SHARE_OF_PAGE: usize = 4;

/// How much is sorted together, and how much a page must hold to come along as it is. Tests have smaller ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Rows of a group.
    pub(crate) rows: usize,
    /// Bytes of text of a group.
    pub(crate) text: usize,
    /// A page with so many rows is kept ...
    pub(crate) keep_rows: usize,
    /// ... or one with so many bytes of text.
    pub(crate) keep_text: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            rows: GROUP_ROWS,
            text: WINDOW_BYTES,
            keep_rows: PAGE_ROWS / SHARE_OF_PAGE,
            keep_text: PAGE_BYTES / SHARE_OF_PAGE,
        }
    }
}

/// Lines that do not come along.
pub(crate) struct LeaveOut<'r> {
    /// Those past the age of their stream.
    pub(crate) retention: &'r [StreamRetention],
    /// Those that are to be deleted.
    pub(crate) deletes: &'r [Arc<Deletion>],
    /// What time it is.
    pub(crate) now: Nanos,
}

/// A block that is merged.
struct Input {
    block: Arc<OpenBlock>,
    /// The place of each of its streams in the output's table.
    places: Vec<u32>,
}

/// What is written so far.
struct Output {
    writer: Writer,
    stream: BlockStream,
}

impl Output {
    /// Sends out what the writer has finished.
    async fn drain(&mut self) -> Result<(), LogError> {
        Ok(self.stream.write(&self.writer.take_pages()).await?)
    }
}

/// Merges and stores the output; `None` when nothing is left. The output is not published.
pub(crate) async fn merge(
    cx: &Context,
    blocks: &Blocks,
    objects: &Objects,
    job: &MergeJob,
    leave_out: &LeaveOut<'_>,
    room: Room,
) -> Result<Option<BlockMeta>, LogError> {
    let Some(first) = job.inputs.first() else { return Ok(None) };
    let mut opened = Vec::with_capacity(job.inputs.len());
    for meta in &job.inputs {
        opened.push(blocks.open_past_cache(meta).await?);
    }
    // In the order in which their lines arrived.
    opened.sort_by_key(|block| {
        let meta = block.meta();
        (meta.covered.map(|covered| covered.0), meta.start, meta.id)
    });
    let filters: u64 = opened.iter().map(|block| block.filter_bytes()).sum();
    let _held = cx.budget.reserve(WORKING_BYTES + 2 * filters)?;
    let streams = table(&opened);
    let oldest: Vec<i64> =
        streams.iter().map(|stream| leave_out.oldest_kept(&first.tenant, &stream.labels)).collect();
    let judged = plan::Judged { deletes: leave_out.deletes, oldest: &oldest, room };
    let plan = plan::plan(cx, &opened, &streams, &judged).await?;
    let meta = BlockMeta {
        id: job.output,
        tenant: first.tenant.clone(),
        signal: Signal::Logs,
        level: job.level,
        start: Nanos(0),
        end: Nanos(0),
        rows: 0,
        bytes: 0,
        covered: covered(&job.inputs),
    };
    let mut stream = BlockStream::begin(objects, &meta).await?;
    stream.section(sections::DATA, sections::version(sections::DATA)).await?;
    let mut output = Output { writer: Writer::new(), stream };
    match write(cx, &plan, &judged, &mut output).await {
        Ok(()) => finish(output, &streams, meta).await,
        Err(error) => {
            output.stream.abort().await;
            Err(error)
        }
    }
}

async fn write(
    cx: &Context,
    plan: &plan::Plan,
    judged: &plan::Judged<'_>,
    output: &mut Output,
) -> Result<(), LogError> {
    copy::copy(cx, plan, output).await?;
    rewrite::rewrite(cx, plan, judged, output).await
}

async fn finish(
    mut output: Output,
    streams: &[Arc<Stream>],
    meta: BlockMeta,
) -> Result<Option<BlockMeta>, LogError> {
    output.drain().await?;
    let Output { writer, mut stream } = output;
    let sections = writer.finish(streams);
    if sections.rows == 0 {
        stream.abort().await;
        return Ok(None);
    }
    for (kind, bytes) in sections.parts.iter().filter(|(kind, _)| *kind != sections::DATA) {
        stream.section(*kind, sections::version(*kind)).await?;
        stream.write(bytes).await?;
    }
    let meta = BlockMeta {
        start: Nanos(sections.first),
        end: Nanos(sections.last.saturating_add(1)),
        rows: sections.rows,
        ..meta
    };
    Ok(Some(stream.finish(meta).await?))
}

/// Sorting and packing take a while: not on a thread that serves requests.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, LogError> {
    stdx::task::blocking(work).join().await.map_err(|e| LogError::Internal(format!("packing pages: {e}")))
}

/// The streams of all inputs by labels, each once.
fn table(inputs: &[Arc<OpenBlock>]) -> Vec<Arc<Stream>> {
    let mut all: Vec<Arc<Stream>> = inputs.iter().flat_map(|input| &input.streams).cloned().collect();
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all.dedup_by(|a, b| a.labels == b.labels);
    all
}

/// How old lines of a stream may become, in nanoseconds; `None` when no rule is about it.
pub(crate) fn longest_life(rules: &[StreamRetention], tenant: &Tenant, labels: &Labels) -> Option<i64> {
    let rule = rules
        .iter()
        .filter(|rule| rule.tenant.as_ref().is_none_or(|own| own == tenant))
        .filter(|rule| rule.matchers.iter().all(|m| m.matches(labels.value(&m.name))))
        .min_by_key(|rule| (Reverse(rule.priority), rule.max_age))?;
    Some(i64::try_from(rule.max_age.as_nanos()).unwrap_or(i64::MAX))
}

impl LeaveOut<'_> {
    /// The oldest time that a stream's rules keep.
    fn oldest_kept(&self, tenant: &Tenant, labels: &Labels) -> i64 {
        longest_life(self.retention, tenant, labels).map_or(i64::MIN, |life| self.now.0.saturating_sub(life))
    }
}

fn covered(inputs: &[Arc<BlockMeta>]) -> Option<(Position, Position)> {
    let all: Option<Vec<(Position, Position)>> = inputs.iter().map(|meta| meta.covered).collect();
    all?.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

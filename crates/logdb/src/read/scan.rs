//! Wanted lines in no order, to several takers at once: what counting and measuring lines needs.
//!
//! Pages and segments are read side by side on the blocking pool, and each hands its lines over right there. Where lines
//! may be stored twice they are read in order (`read.rs`), so that each is shown once.

use super::part::{Job, Part, Source};
use super::shapes::Known;
use super::twice::Wanted;
use super::{Cut, LogReader, MAX_PARALLEL, Skip};
use crate::block::Blocks;
use crate::error::LogError;
use crate::predicate::Predicate;
use contract::{Context, GroupVisitor, LineGroup, LineGrouping, LogRow, LogSelect, RowVisitor, SourceError};
use std::collections::VecDeque;
use std::sync::Arc;

/// To whom lines are shown.
#[derive(Clone)]
pub(crate) enum Show {
    Rows(RowVisitor),
    /// Those together that are alike, where they are found without reading them.
    Groups(Arc<LineGrouping>, GroupVisitor),
}

impl Show {
    /// Shows rows as they are.
    pub(super) fn rows(&self, rows: &[LogRow]) -> Result<(), SourceError> {
        match self {
            Show::Rows(visit) => visit(rows),
            Show::Groups(_, visit) => {
                let alone =
                    |row: &LogRow| LineGroup { row: row.clone(), lines: 1, bytes: row.line.len() as u64 };
                visit(&rows.iter().map(alone).collect::<Vec<_>>())
            }
        }
    }
}

/// Shows every wanted line once.
pub(crate) async fn scan(
    cx: &Context,
    blocks: &Blocks,
    cut: Cut,
    select: LogSelect,
    show: Show,
) -> Result<(), LogError> {
    if select.range.is_empty() {
        return Ok(());
    }
    let wanted = Wanted::open(cx, blocks, &cut, &select.matchers, &select.range).await?;
    for window in &wanted.twice {
        let select = LogSelect { range: *window, ..select.clone() };
        let mut reader = LogReader::open(cx, blocks, cut.clone(), select).await?;
        loop {
            let rows = reader.next_rows().await?;
            if rows.is_empty() {
                break;
            }
            show.rows(&rows)?;
        }
    }
    let job = Job {
        cx: cx.clone(),
        range: select.range,
        predicate: Arc::new(Predicate::of(&select)),
        sieve: select.sieve,
        deletes: Arc::new(cut.deletes),
        backward: false,
        known: Arc::new(Known::new(&cx.budget)),
        twice: Arc::new(wanted.twice.clone()),
    };
    let parts = parts(&wanted, &job).await?;
    let mut running = VecDeque::with_capacity(MAX_PARALLEL);
    for part in parts {
        cx.check()?;
        if running.len() >= MAX_PARALLEL
            && let Some(task) = running.pop_front()
        {
            finished(task).await?;
        }
        running.push_back(stdx::task::spawn(job.clone().show(part, show.clone())));
    }
    for task in running {
        finished(task).await?;
    }
    Ok(())
}

async fn finished(task: stdx::task::Task<Result<(), LogError>>) -> Result<(), LogError> {
    task.join().await.map_err(|e| LogError::Internal(format!("reading a page: {e}")))?
}

/// Pages and segments that may hold wanted lines.
async fn parts(wanted: &Wanted, job: &Job) -> Result<Vec<Part>, LogError> {
    let mut parts = Vec::new();
    for of in &wanted.blocks {
        let skip = Skip::new(&job.cx, &of.block, &job.predicate, &of.wanted).await?;
        for page in of.pages_in(&job.range) {
            let info = &of.block.pages[page];
            if skip.lets(page, info) {
                let source = Source::Page { block: of.block.clone(), page, wanted: of.wanted.clone() };
                parts.push(Part { first: info.first, last: info.last, rank: 0, source });
            }
        }
    }
    for of in &wanted.heads {
        let streams = Arc::new(of.head.streams.clone());
        for (place, segment) in of.head.segments.iter().enumerate() {
            let (first, last) = (segment.first, segment.last);
            if first < job.range.end.0 && job.range.start.0 <= last {
                let repeats = of.repeats.iter().filter(|(s, _)| *s == place).map(|(_, i)| *i).collect();
                let source = Source::Segment {
                    segment: segment.clone(),
                    streams: streams.clone(),
                    wanted: of.wanted.clone(),
                    repeats: Arc::new(repeats),
                };
                parts.push(Part { first, last, rank: 0, source });
            }
        }
    }
    Ok(parts)
}

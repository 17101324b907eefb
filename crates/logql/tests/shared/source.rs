//! A source of lines for tests: it has nothing better than rows in order, and counts where it is told to.

use contract::{Answer, Context, CountRow, CountSelect, Direction, LogCursor, LogRow, LogSelect, LogSource};
use model::{Labels, Matcher, TimeRange};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Rows that a query reads, in its order.
pub(crate) type Rows = Box<dyn Iterator<Item = LogRow> + Send>;

/// Where rows come from.
pub(crate) struct Source {
    /// Those of a query.
    pub(crate) rows: Box<dyn Fn(&LogSelect) -> Rows + Send + Sync>,
    /// How many a cursor hands out at once.
    pub(crate) batch: usize,
    /// Whether lines are counted as a store with roll-ups does: by one row a cell, with no more metadata than is asked for.
    pub(crate) counts: bool,
}

struct Cursor {
    rows: Rows,
    batch: usize,
}

impl LogCursor for Cursor {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<LogRow>> {
        let rows = self.rows.by_ref().take(self.batch).collect();
        Box::pin(async { Ok(rows) })
    }
}

impl LogSource for Source {
    fn select<'a>(&'a self, _: &'a Context, select: LogSelect) -> Answer<'a, Box<dyn LogCursor + 'a>> {
        let cursor = Cursor { rows: (self.rows)(&select), batch: self.batch };
        Box::pin(async { Ok(Box::new(cursor) as Box<dyn LogCursor>) })
    }

    fn count<'a>(&'a self, _: &'a Context, select: CountSelect) -> Answer<'a, Option<Vec<CountRow>>> {
        if !self.counts {
            return Box::pin(async { Ok(None) });
        }
        let CountSelect { matchers, range, origin, width, names } = select;
        let (direction, lines, metadata) = (Direction::Forward, Vec::new(), Vec::new());
        let all = LogSelect { matchers, range, direction, lines, metadata, texts: Vec::new(), sieve: None };
        let told = |name: &str| names.as_ref().is_none_or(|names| names.iter().any(|n| n == name));
        let count = |row: LogRow| CountRow {
            metadata: row.metadata.iter().filter(|(name, _)| told(name)).cloned().collect(),
            cell: (row.at.0 - origin + width - 1).div_euclid(width),
            lines: 1,
            bytes: row.line.len() as u64,
            stream: row.stream,
        };
        let rows = (self.rows)(&all).map(count).collect();
        Box::pin(async { Ok(Some(rows)) })
    }

    fn streams<'a>(
        &'a self,
        _: &'a Context,
        _: Vec<Vec<Matcher>>,
        _: TimeRange<model::Nanos>,
    ) -> Answer<'a, Vec<(Labels, u64, u64)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tail(&self, _: &Context, _: Vec<Matcher>) -> broadcast::Receiver<Arc<Vec<LogRow>>> {
        broadcast::channel(1).1
    }
}

//! A list of rows as where a source's rows come from.

use super::source::Rows;
use contract::{Direction, LogRow, LogSelect};

/// The rows that a query selects, in its order; of one time those of a stream in the order of the list, or against it.
pub(crate) fn list(rows: Vec<LogRow>) -> Box<dyn Fn(&LogSelect) -> Rows + Send + Sync> {
    Box::new(move |select| {
        let wanted = |row: &&LogRow| {
            select.range.contains(row.at)
                && select.matchers.iter().all(|m| m.matches(row.stream.labels.value(&m.name)))
                && select.lines.iter().all(|condition| condition.accepts(row.text()))
        };
        let mut rows: Vec<LogRow> = rows.iter().filter(wanted).cloned().collect();
        match select.direction {
            Direction::Forward => rows.sort_by_key(|row| (row.at, row.stream.hash)),
            Direction::Backward => {
                rows.reverse();
                rows.sort_by_key(|row| (std::cmp::Reverse(row.at), row.stream.hash));
            }
        }
        Box::new(rows.into_iter())
    })
}

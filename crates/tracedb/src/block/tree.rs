//! The order of spans within a trace: depth-first, parents before children, children by start.
//!
//! Invariant: the parent of a row at depth `d > 0` is the nearest row before it at depth `d - 1`, so parents need not be
//! stored. Rows whose parent is not in the trace, and rows of a cycle, have depth 0 and keep their parent's id.

use crate::assemble::Row;
use model::SpanId;
use rustc_hash::FxHashMap;

/// A row of the sorted trace: its index in the input, and its depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) row: usize,
    pub(crate) depth: u32,
}

/// Tells of which traces depths say who is whose parent.
#[derive(Debug, Default)]
pub(crate) struct Clear {
    ids: Vec<u64>,
}

impl Clear {
    /// Whether no id comes twice, and nothing hangs on a cycle.
    pub(crate) fn says(&mut self, rows: &[Row], order: &[Placed]) -> bool {
        let number = |id: &SpanId| u64::from_be_bytes(id.0);
        self.ids.clear();
        self.ids.extend(rows.iter().map(|row| number(&row.span.span_id)));
        self.ids.sort_unstable();
        let lost = |placed: &&Placed| placed.depth == 0 && !rows[placed.row].span.parent_span_id.is_zero();
        let known =
            |placed: &Placed| self.ids.binary_search(&number(&rows[placed.row].span.parent_span_id)).is_ok();
        self.ids.windows(2).all(|pair| pair[0] != pair[1]) && !order.iter().filter(lost).any(known)
    }
}

/// Pre-order of `rows`, which are in canonical order.
pub(crate) fn preorder(rows: &[Row]) -> Vec<Placed> {
    let mut by_id = FxHashMap::default();
    for (index, row) in rows.iter().enumerate() {
        by_id.entry(row.span.span_id).or_insert(index);
    }
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); rows.len()];
    let mut tops = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let parent = row.span.parent_span_id;
        match by_id.get(&parent) {
            Some(parent) if *parent != index => children[*parent].push(index as u32),
            _ => tops.push(index),
        }
    }
    let mut order = Vec::with_capacity(rows.len());
    let mut placed = vec![false; rows.len()];
    for top in tops {
        descend(top, &children, &mut placed, &mut order);
    }
    // What is left hangs on a cycle: break it at its first row.
    for index in 0..rows.len() {
        if !placed[index] {
            descend(index, &children, &mut placed, &mut order);
        }
    }
    order
}

fn descend(top: usize, children: &[Vec<u32>], placed: &mut [bool], order: &mut Vec<Placed>) {
    let mut stack = vec![Placed { row: top, depth: 0 }];
    while let Some(next) = stack.pop() {
        if std::mem::replace(&mut placed[next.row], true) {
            continue;
        }
        order.push(next);
        let below = children[next.row].iter().rev();
        stack.extend(below.map(|child| Placed { row: *child as usize, depth: next.depth + 1 }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary;
    use crate::assemble::{canonical, rows_of};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parents_follow_from_depths(batch in arbitrary::batch()) {
            let mut rows: Vec<Row> = rows_of(batch).collect();
            canonical(&mut rows);
            let order = preorder(&rows);
            prop_assert_eq!(order.len(), rows.len());
            let mut path: Vec<SpanId> = Vec::new();
            for Placed { row, depth } in order {
                let span = &rows[row].span;
                path.truncate(depth as usize);
                prop_assert_eq!(path.len(), depth as usize);
                if let Some(parent) = path.last() {
                    prop_assert_eq!(*parent, span.parent_span_id);
                }
                path.push(span.span_id);
            }
        }
    }
}

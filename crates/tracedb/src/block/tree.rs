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

/// Orders traces, one after another.
#[derive(Debug, Default)]
pub(crate) struct Planter {
    by_id: FxHashMap<SpanId, u32>,
    /// By row: its first child and its next sibling, or [`NONE`].
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    placed: Vec<bool>,
    tops: Vec<u32>,
    stack: Vec<(u32, u32)>,
    order: Vec<Placed>,
}

const NONE: u32 = u32::MAX;

impl Planter {
    /// Pre-order of `rows`, which are in canonical order, and whether depths say who is whose parent: no id comes twice,
    /// and nothing hangs on a cycle.
    pub(crate) fn preorder(&mut self, rows: &[Row]) -> (&[Placed], bool) {
        self.by_id.clear();
        for (index, row) in rows.iter().enumerate() {
            self.by_id.entry(row.span.span_id).or_insert(index as u32);
        }
        let mut clear = self.by_id.len() == rows.len();
        for links in [&mut self.first_child, &mut self.next_sibling] {
            links.clear();
            links.resize(rows.len(), NONE);
        }
        self.tops.clear();
        // Backwards, so that the first child is put in front last.
        for (index, row) in rows.iter().enumerate().rev() {
            match self.by_id.get(&row.span.parent_span_id).map(|parent| *parent as usize) {
                Some(parent) if parent != index => {
                    self.next_sibling[index] = self.first_child[parent];
                    self.first_child[parent] = index as u32;
                }
                its_own => {
                    clear &= its_own.is_none() || row.span.parent_span_id.is_zero();
                    self.tops.push(index as u32);
                }
            }
        }
        self.order.clear();
        self.placed.clear();
        self.placed.resize(rows.len(), false);
        while let Some(top) = self.tops.pop() {
            self.descend(top);
        }
        // What is left hangs on a cycle: break it at its first row.
        for index in 0..rows.len() {
            if !self.placed[index] {
                clear = false;
                self.descend(index as u32);
            }
        }
        (&self.order, clear)
    }

    fn descend(&mut self, top: u32) {
        self.stack.push((top, 0));
        while let Some((row, depth)) = self.stack.pop() {
            if depth > 0 && self.next_sibling[row as usize] != NONE {
                self.stack.push((self.next_sibling[row as usize], depth));
            }
            if std::mem::replace(&mut self.placed[row as usize], true) {
                continue;
            }
            self.order.push(Placed { row: row as usize, depth });
            if self.first_child[row as usize] != NONE {
                self.stack.push((self.first_child[row as usize], depth + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary;
    use crate::assemble::{canonical, rows_of};
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn parents_follow_from_depths(batch in arbitrary::batch()) {
            let mut rows: Vec<Row> = rows_of(batch).collect();
            canonical(&mut rows);
            let mut planter = Planter::default();
            let (order, _) = planter.preorder(&rows);
            prop_assert_eq!(order.len(), rows.len());
            let mut path: Vec<SpanId> = Vec::new();
            for Placed { row, depth } in order {
                let span = &rows[*row].span;
                path.truncate(*depth as usize);
                prop_assert_eq!(path.len(), *depth as usize);
                if let Some(parent) = path.last() {
                    prop_assert_eq!(*parent, span.parent_span_id);
                }
                path.push(span.span_id);
            }
        }

        #[test]
        fn one_after_another_as_plainly(traces in prop::collection::vec(links(), 1..4)) {
            let mut planter = Planter::default();
            for trace in traces {
                let rows = rows_with(&trace);
                let (order, clear) = planter.preorder(&rows);
                let (plain, plainly_clear) = plainly(&rows);
                prop_assert_eq!(order, plain);
                prop_assert_eq!(clear, plainly_clear);
            }
        }
    }

    /// Ids of spans and of their parents: roots, lost parents, copies of an id, cycles.
    fn links() -> impl Strategy<Value = Vec<(u8, u8)>> {
        prop_oneof![
            prop::collection::vec((1u8..9, 0u8..10), 1..9),
            prop::collection::vec(0u8..20, 1..20)
                .prop_map(|parents| (1u8..).zip(parents).collect::<Vec<_>>()),
        ]
    }

    fn rows_with(links: &[(u8, u8)]) -> Vec<Row> {
        let id = |id: u8| SpanId([0, 0, 0, 0, 0, 0, 0, id]);
        let span = |(of, parent): &(u8, u8)| model::Span {
            span_id: id(*of),
            parent_span_id: id(*parent),
            ..model::Span::default()
        };
        let row = |link| Row { origin: Arc::default(), span: Arc::new(span(link)) };
        links.iter().map(row).collect()
    }

    /// The same by the words of the definition.
    fn plainly(rows: &[Row]) -> (Vec<Placed>, bool) {
        fn visit(row: usize, depth: u32, rows: &[Row], parents: &[Option<usize>], order: &mut Vec<Placed>) {
            if order.iter().any(|placed| placed.row == row) {
                return;
            }
            order.push(Placed { row, depth });
            for child in (0..rows.len()).filter(|child| parents[*child] == Some(row)) {
                visit(child, depth + 1, rows, parents, order);
            }
        }
        let first = |id: SpanId| rows.iter().position(|row| row.span.span_id == id);
        let parent = |row: usize| first(rows[row].span.parent_span_id).filter(|parent| *parent != row);
        let parents: Vec<Option<usize>> = (0..rows.len()).map(parent).collect();
        let mut order = Vec::new();
        let tops = (0..rows.len()).filter(|row| parents[*row].is_none());
        for row in tops.chain(0..rows.len()) {
            visit(row, 0, rows, &parents, &mut order);
        }
        let once = (0..rows.len()).all(|row| first(rows[row].span.span_id) == Some(row));
        let hangs = |placed: &Placed| first(rows[placed.row].span.parent_span_id).is_some();
        let clear = once && !order.iter().any(|placed| placed.depth == 0 && hangs(placed));
        (order, clear)
    }
}

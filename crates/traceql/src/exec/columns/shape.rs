//! Who is whose parent in the traces of a unit, and the structural relations as sweeps over the rows of one trace.
//!
//! Walk: `evaluate.rs` knows which rows each side has -> [`relate`] -> a [`Shape`] of each trace that has both. Invariant:
//! `order` lists parents before their children. Spans without numbers (orphans, traces without a root, traces with
//! three spans of one id) are not in it, and so have no relation to anything.

use crate::exec::tree::{Tree, TreeSpan};
use crate::syntax::{Form, Relation};
use contract::{Nesting, SourceError, SpanTree, SpanUnit, TraceRows};
use model::SpanKind;
use std::cell::OnceCell;
use std::sync::Arc;

/// No parent.
const NONE: u32 = u32::MAX;

/// What the traces of a unit are read from: depths, and where those do not say all the tree.
struct Source<'u> {
    unit: &'u dyn SpanUnit,
    nesting: Option<Arc<Nesting>>,
    tree: OnceCell<(Arc<SpanTree>, Arc<[i64]>)>,
}

/// The tree of one trace; rows are counted from its first.
#[derive(Debug, Default)]
struct Shape {
    /// Rows of parents.
    parent: Vec<u32>,
    /// Numbered rows, depth-first.
    order: Vec<u32>,
    /// The rows above the one that is read, by depth.
    path: Vec<u32>,
}

/// Clears the rows of `right` that a structural operator does not answer; for unions those of `left` come too.
pub(crate) fn relate(
    unit: &dyn SpanUnit,
    (relation, form): (Relation, Form),
    left: &[bool],
    right: &mut [bool],
) -> Result<(), SourceError> {
    let source = Source::of(unit)?;
    let (mut shape, mut matched) = (Shape::default(), Vec::new());
    for trace in unit.traces() {
        let (left, right) = (&left[trace.rows.clone()], &mut right[trace.rows.clone()]);
        if !right.contains(&true) {
            continue;
        }
        if !left.contains(&true) {
            if form != Form::Negated {
                right.fill(false);
            }
            continue;
        }
        shape.read(&source, trace)?;
        shape.related(relation, left, &mut matched);
        match form {
            Form::Plain => right.iter_mut().zip(&matched).for_each(|(right, matched)| *right &= *matched),
            Form::Negated => right.iter_mut().zip(&matched).for_each(|(right, matched)| *right &= !*matched),
            Form::Union => {
                let mut back = Vec::new();
                shape.related(inverse(relation), right, &mut back);
                right.iter_mut().zip(&matched).for_each(|(right, matched)| *right &= *matched);
                let of_left = left.iter().zip(&back);
                right.iter_mut().zip(of_left).for_each(|(right, (left, back))| *right |= *left && *back);
            }
        }
    }
    Ok(())
}

/// How many children each row has.
pub(crate) fn children(unit: &dyn SpanUnit) -> Result<Arc<[i64]>, SourceError> {
    let mut children = vec![0; unit.rows()];
    each(unit, |trace, shape| {
        for parent in shape.parent.iter().filter(|parent| **parent != NONE) {
            children[trace.rows.start + *parent as usize] += 1;
        }
    })?;
    Ok(children.into())
}

/// -1 for roots, 0 for spans without numbers, 1 for all others: what tests of the parent's number may tell apart.
pub(crate) fn kinds_of_parent(unit: &dyn SpanUnit) -> Result<Arc<[i64]>, SourceError> {
    let mut kinds = vec![0; unit.rows()];
    each(unit, |trace, shape| {
        for row in &shape.order {
            let is_root = shape.parent[*row as usize] == NONE;
            kinds[trace.rows.start + *row as usize] = if is_root { -1 } else { 1 };
        }
    })?;
    Ok(kinds.into())
}

fn each(unit: &dyn SpanUnit, mut take: impl FnMut(&TraceRows, &Shape)) -> Result<(), SourceError> {
    let (source, mut shape) = (Source::of(unit)?, Shape::default());
    for trace in unit.traces() {
        shape.read(&source, trace)?;
        take(trace, &shape);
    }
    Ok(())
}

impl<'u> Source<'u> {
    fn of(unit: &'u dyn SpanUnit) -> Result<Self, SourceError> {
        Ok(Source { unit, nesting: unit.nesting()?, tree: OnceCell::new() })
    }

    /// How a trace nests, if depths say it.
    fn nesting(&self, trace: &TraceRows) -> Option<&Nesting> {
        let first = trace.rows.start as u32;
        self.nesting.as_deref().filter(|nesting| nesting.unclear.binary_search(&first).is_err())
    }

    /// The tree, and starts.
    fn tree(&self) -> Result<&(Arc<SpanTree>, Arc<[i64]>), SourceError> {
        if let Some(known) = self.tree.get() {
            return Ok(known);
        }
        let read = (self.unit.tree()?, self.unit.starts()?);
        Ok(self.tree.get_or_init(|| read))
    }
}

impl Shape {
    fn read(&mut self, source: &Source<'_>, trace: &TraceRows) -> Result<(), SourceError> {
        self.parent.clear();
        self.order.clear();
        match source.nesting(trace) {
            Some(nesting) => self.nested(nesting, trace),
            None => {
                let (tree, starts) = source.tree()?;
                self.any(tree, starts, trace);
            }
        }
        Ok(())
    }

    /// A trace whose depths say all.
    fn nested(&mut self, nesting: &Nesting, trace: &TraceRows) {
        let depths = &nesting.depths[trace.rows.clone()];
        self.path.resize(usize::from(u8::MAX) + 2, NONE);
        // By one more than the depth, so that what is above a row of depth 0 is no row.
        for (row, depth) in (0..).zip(depths) {
            let depth = usize::from(*depth);
            self.parent.push(self.path[depth]);
            self.path[depth + 1] = row;
        }
        let lost = &nesting.lost;
        let first = lost.partition_point(|row| (*row as usize) < trace.rows.start);
        let lost = &lost[first..lost.partition_point(|row| (*row as usize) < trace.rows.end)];
        if lost.is_empty() {
            self.order.extend(0..depths.len() as u32);
            return;
        }
        let is_lost = |row: u32| lost.binary_search(&(row + trace.rows.start as u32)).is_ok();
        let mut below_root = false;
        for (row, depth) in (0..).zip(depths) {
            if *depth == 0 {
                below_root = !is_lost(row);
            }
            if below_root {
                self.order.push(row);
            }
        }
    }

    /// A trace whose rows come in any order, or share ids.
    fn any(&mut self, tree: &SpanTree, starts: &[i64], trace: &TraceRows) {
        let first = trace.rows.start;
        let mut rows: Vec<usize> = trace.rows.clone().collect();
        rows.sort_by_key(|row| (starts[*row], tree.ids[*row], tree.kinds[*row]));
        let span = |row: &usize| TreeSpan {
            id: tree.ids[*row],
            parent: tree.parents[*row],
            kind: SpanKind::from_number(u64::from(tree.kinds[*row])),
        };
        let spans: Vec<TreeSpan> = rows.iter().map(span).collect();
        let siblings: Vec<usize> = (0..rows.len()).collect();
        let built = Tree::build(&spans, &siblings);
        let row_of = |index: u32| (rows[index as usize] - first) as u32;
        self.parent.resize(rows.len(), NONE);
        for (row, parent) in rows.iter().zip(&built.parent) {
            self.parent[row - first] = parent.map_or(NONE, row_of);
        }
        self.order.extend(built.order.iter().map(|index| row_of(*index)));
        // Roots have no parent in the sweeps, even where a cycle names one.
        for index in built.order.iter().filter(|index| built.up[**index as usize] == -1) {
            self.parent[row_of(*index) as usize] = NONE;
        }
    }

    /// The rows that stand in the relation to some row of `left`.
    fn related(&self, relation: Relation, left: &[bool], matched: &mut Vec<bool>) {
        matched.clear();
        matched.resize(left.len(), false);
        let rows = || self.order.iter().map(|row| (*row as usize, self.parent[*row as usize]));
        match relation {
            Relation::Child => {
                for (row, parent) in rows().filter(|(_, parent)| *parent != NONE) {
                    matched[row] = left[parent as usize];
                }
            }
            Relation::Parent => {
                for (_, parent) in rows().filter(|(row, parent)| left[*row] && *parent != NONE) {
                    matched[parent as usize] = true;
                }
            }
            Relation::Descendant => {
                for (row, parent) in rows().filter(|(_, parent)| *parent != NONE) {
                    matched[row] = left[parent as usize] || matched[parent as usize];
                }
            }
            Relation::Ancestor => {
                for (row, parent) in rows().rev().filter(|(_, parent)| *parent != NONE) {
                    if left[row] || matched[row] {
                        matched[parent as usize] = true;
                    }
                }
            }
            Relation::Sibling => self.siblings(left, matched),
        }
    }

    /// Siblings share a parent; roots are siblings.
    fn siblings(&self, left: &[bool], matched: &mut [bool]) {
        let (mut below, mut roots) = (vec![0u32; left.len()], 0u32);
        for row in self.order.iter().filter(|row| left[**row as usize]) {
            match self.parent[*row as usize] {
                NONE => roots += 1,
                parent => below[parent as usize] += 1,
            }
        }
        for row in &self.order {
            let others = match self.parent[*row as usize] {
                NONE => roots,
                parent => below[parent as usize],
            };
            matched[*row as usize] = others > u32::from(left[*row as usize]);
        }
    }
}

fn inverse(relation: Relation) -> Relation {
    match relation {
        Relation::Child => Relation::Parent,
        Relation::Parent => Relation::Child,
        Relation::Descendant => Relation::Ancestor,
        Relation::Ancestor => Relation::Descendant,
        Relation::Sibling => Relation::Sibling,
    }
}

//! Who is whose parent in all traces of a unit, and the structural relations as sweeps over rows.
//!
//! Invariant: `order` lists parents before their children. Spans without numbers (orphans, traces without a root, traces with
//! three spans of one id) are not in it, and so have no relation to anything.

use crate::exec::tree::{Tree, TreeSpan};
use crate::syntax::{Form, Relation};
use contract::{Made, SourceError, SpanTree, SpanUnit, TraceRows};
use model::SpanKind;
use std::sync::Arc;

/// No parent.
const NONE: u32 = u32::MAX;

/// The trees of a unit.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// Rows of parents.
    parent: Vec<u32>,
    /// Children of each row.
    pub(crate) children: Vec<u32>,
    /// Numbered rows, each trace's depth-first.
    order: Vec<u32>,
    numbered: Vec<bool>,
    /// Where each trace's rows end in `order`.
    ends: Vec<usize>,
}

impl Shape {
    /// The trees of a unit, as kept with it, or built.
    pub(crate) fn of(unit: &dyn SpanUnit) -> Result<Arc<Self>, SourceError> {
        let make = |unit: &dyn SpanUnit| {
            let shape = Shape::build(unit)?;
            let bytes = shape.bytes();
            Ok(Made(Arc::new(shape), bytes))
        };
        let Made(made, _) = unit.made(&make)?;
        match made.downcast::<Shape>() {
            Ok(shape) => Ok(shape),
            Err(_) => Shape::build(unit).map(Arc::new),
        }
    }

    fn bytes(&self) -> usize {
        self.parent.len() * 21 + self.ends.len() * 8
    }

    pub(crate) fn build(unit: &dyn SpanUnit) -> Result<Self, SourceError> {
        let tree = unit.tree()?;
        let rows = unit.rows();
        let mut shape = Shape {
            parent: vec![NONE; rows],
            children: vec![0; rows],
            order: Vec::with_capacity(rows),
            numbered: vec![false; rows],
            ends: Vec::with_capacity(unit.traces().len()),
        };
        let mut starts: Arc<[i64]> = Arc::default();
        let mut ids = Vec::new();
        for trace in unit.traces() {
            if !shape.nested(&tree, trace, &mut ids) {
                if starts.is_empty() {
                    starts = unit.starts()?;
                }
                shape.any(&tree, &starts, trace);
            }
            shape.ends.push(shape.order.len());
        }
        shape.order.iter().for_each(|row| shape.numbered[*row as usize] = true);
        Ok(shape)
    }

    /// Reads a trace off its depths; `false` when they do not say all.
    fn nested(&mut self, tree: &SpanTree, trace: &TraceRows, ids: &mut Vec<u64>) -> bool {
        let Some(depths) = &tree.depths else { return false };
        let id = |row: usize| u64::from_be_bytes(tree.ids[row].0);
        ids.clear();
        ids.extend(trace.rows.clone().map(id));
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return false;
        }
        let tops = || trace.rows.clone().filter(|row| depths[*row] == 0);
        let mut has_root = false;
        for top in tops() {
            let parent = tree.parents[top];
            has_root |= parent.is_zero();
            if !parent.is_zero() && ids.binary_search(&u64::from_be_bytes(parent.0)).is_ok() {
                return false;
            }
        }
        let mut path: Vec<u32> = Vec::new();
        let mut below_root = false;
        for row in trace.rows.clone() {
            let depth = depths[row] as usize;
            path.truncate(depth);
            match path.last() {
                Some(parent) => {
                    self.parent[row] = *parent;
                    self.children[*parent as usize] += 1;
                }
                None => below_root = tree.parents[row].is_zero(),
            }
            path.push(row as u32);
            if below_root && has_root {
                self.order.push(row as u32);
            }
        }
        true
    }

    /// A trace whose rows come in any order, or share ids.
    fn any(&mut self, tree: &SpanTree, starts: &[i64], trace: &TraceRows) {
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
        for (index, row) in rows.iter().enumerate() {
            self.children[*row] = built.child_count[index];
            if let Some(parent) = built.parent[index] {
                self.parent[*row] = rows[parent as usize] as u32;
            }
        }
        self.order.extend(built.order.iter().map(|index| rows[*index as usize] as u32));
        // Roots have no parent in the sweeps, even where a cycle names one.
        for index in built.order.iter().filter(|index| built.up[**index as usize] == -1) {
            self.parent[rows[*index as usize]] = NONE;
        }
    }

    /// -1 for roots, 0 for spans without numbers, 1 for all others: what tests of the parent's number may tell apart.
    pub(crate) fn kinds_of_parent(&self) -> Arc<[i64]> {
        let kind = |(parent, numbered): (&u32, &bool)| match (numbered, *parent) {
            (false, _) => 0,
            (true, NONE) => -1,
            (true, _) => 1,
        };
        self.parent.iter().zip(&self.numbered).map(kind).collect()
    }

    /// Which rows of `right` (and of `left` for unions) a structural operator answers.
    pub(crate) fn relate(&self, relation: Relation, form: Form, left: &[bool], right: &[bool]) -> Vec<bool> {
        let matched = self.related(relation, left);
        let pairs = || right.iter().zip(&matched);
        match form {
            Form::Plain => pairs().map(|(right, matched)| *right && *matched).collect(),
            Form::Negated => pairs().map(|(right, matched)| *right && !*matched).collect(),
            Form::Union => {
                let back = self.related(inverse(relation), right);
                let of_left = left.iter().zip(&back);
                pairs().zip(of_left).map(|((r, matched), (l, back))| *r && *matched || *l && *back).collect()
            }
        }
    }

    /// The rows that stand in the relation to some row of `left`.
    fn related(&self, relation: Relation, left: &[bool]) -> Vec<bool> {
        let mut matched = vec![false; left.len()];
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
            Relation::Sibling => self.siblings(left, &mut matched),
        }
        matched
    }

    /// Siblings share a parent; the roots of a trace are siblings.
    fn siblings(&self, left: &[bool], matched: &mut [bool]) {
        let mut below = vec![0u32; left.len()];
        let mut first = 0;
        for end in &self.ends {
            let rows = &self.order[std::mem::replace(&mut first, *end)..*end];
            let mut roots = 0u32;
            for row in rows.iter().filter(|row| left[**row as usize]) {
                match self.parent[*row as usize] {
                    NONE => roots += 1,
                    parent => below[parent as usize] += 1,
                }
            }
            for row in rows {
                let others = match self.parent[*row as usize] {
                    NONE => roots,
                    parent => below[parent as usize],
                };
                matched[*row as usize] = others > u32::from(left[*row as usize]);
            }
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

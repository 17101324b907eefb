//! Structural relations as linear sweeps over a trace's nested-set numbers.
//!
//! Invariant: spans without numbers (orphans, traces without a root) have no relation to anything. Each sweep is
//! O(spans of the trace), whatever the sizes of the two sides.

use super::tree::Tree;
use crate::syntax::{Form, Relation};
use rustc_hash::FxHashMap;

/// Which spans of `right` a structural operator answers, given sorted indexes on both sides.
pub(crate) fn relate(tree: &Tree, relation: Relation, form: Form, left: &[u32], right: &[u32]) -> Vec<u32> {
    let count = tree.left.len();
    if right.is_empty() || (left.is_empty() && form != Form::Negated) {
        return Vec::new();
    }
    let matched = related(tree, relation, &mask(count, left));
    match form {
        Form::Plain => right.iter().copied().filter(|span| matched[*span as usize]).collect(),
        Form::Negated => right.iter().copied().filter(|span| !matched[*span as usize]).collect(),
        Form::Union => {
            let back = related(tree, inverse(relation), &mask(count, right));
            let mut both: Vec<u32> = right.iter().copied().filter(|span| matched[*span as usize]).collect();
            both.extend(left.iter().copied().filter(|span| back[*span as usize]));
            both.sort_unstable();
            both.dedup();
            both
        }
    }
}

fn mask(count: usize, spans: &[u32]) -> Vec<bool> {
    let mut mask = vec![false; count];
    spans.iter().for_each(|span| mask[*span as usize] = true);
    mask
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

/// The spans that stand in the relation to some span of `left`.
fn related(tree: &Tree, relation: Relation, left: &[bool]) -> Vec<bool> {
    let mut matched = vec![false; left.len()];
    match relation {
        Relation::Child => {
            for span in &tree.order {
                let parent = tree.parent[*span as usize];
                matched[*span as usize] = parent.is_some_and(|parent| left[parent as usize]);
            }
        }
        Relation::Parent => {
            for span in tree.order.iter().filter(|span| left[**span as usize]) {
                if let Some(parent) = tree.parent[*span as usize] {
                    matched[parent as usize] = true;
                }
            }
        }
        Relation::Descendant => {
            // Intervals nest: inside of some matched one means before the greatest right end seen so far.
            let mut end = 0;
            for span in &tree.order {
                matched[*span as usize] = tree.right[*span as usize] < end;
                if left[*span as usize] {
                    end = end.max(tree.right[*span as usize]);
                }
            }
        }
        Relation::Ancestor => {
            // Backwards: the next matched span to the right lies inside when it begins before this one ends.
            let mut next = i64::MAX;
            for span in tree.order.iter().rev() {
                matched[*span as usize] = next < tree.right[*span as usize];
                if left[*span as usize] {
                    next = tree.left[*span as usize];
                }
            }
        }
        Relation::Sibling => {
            let mut by_parent: FxHashMap<i64, u32> = FxHashMap::default();
            for span in tree.order.iter().filter(|span| left[**span as usize]) {
                *by_parent.entry(tree.up[*span as usize]).or_default() += 1;
            }
            for span in &tree.order {
                let others = by_parent.get(&tree.up[*span as usize]).copied().unwrap_or(0);
                matched[*span as usize] = others > u32::from(left[*span as usize]);
            }
        }
    }
    matched
}

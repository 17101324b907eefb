//! Who is whose parent in a trace, and the nested-set numbers that follow.
//!
//! Numbering walks depth-first from the roots, siblings by resource, scope and start, and runs on across several roots. Orphan subtrees have
//! no numbers (0), and neither has any span of a trace without a root or with three spans of one id: such spans never
//! take part in structural relations.

use model::{Span, SpanId, SpanKind};
use rustc_hash::FxHashMap;

/// What of a span the tree depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TreeSpan {
    pub(crate) id: SpanId,
    pub(crate) parent: SpanId,
    pub(crate) kind: SpanKind,
}

impl TreeSpan {
    pub(crate) fn of(span: &Span) -> Self {
        TreeSpan { id: span.span_id, parent: span.parent_span_id, kind: span.kind }
    }
}

/// The shape of one trace. Indexes are those of the spans it was built from.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) parent: Vec<Option<u32>>,
    pub(crate) child_count: Vec<u32>,
    /// 0 for spans without numbers.
    pub(crate) left: Vec<i64>,
    pub(crate) right: Vec<i64>,
    /// `left` of the parent, -1 for roots, 0 for spans without numbers.
    pub(crate) up: Vec<i64>,
    /// Numbered spans by `left`.
    pub(crate) order: Vec<u32>,
}

impl Tree {
    /// `siblings` lists the indexes of `spans` in the order in which siblings are numbered.
    pub(crate) fn build(spans: &[TreeSpan], siblings: &[usize]) -> Self {
        let count = spans.len();
        let mut by_id: FxHashMap<[u8; 8], Vec<u32>> = FxHashMap::default();
        for (index, span) in spans.iter().enumerate() {
            by_id.entry(span.id.0).or_default().push(index as u32);
        }
        let mut tree = Tree {
            parent: vec![None; count],
            child_count: vec![0; count],
            left: vec![0; count],
            right: vec![0; count],
            up: vec![0; count],
            order: Vec::new(),
        };
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut roots = Vec::new();
        for index in siblings.iter().copied() {
            let span = spans[index];
            match parent_of(index, spans, &by_id) {
                Some(parent) => {
                    tree.parent[index] = Some(parent);
                    children[parent as usize].push(index as u32);
                }
                None if span.parent.is_zero() => roots.push(index as u32),
                None => {}
            }
        }
        for (index, below) in children.iter().enumerate() {
            tree.child_count[index] = below.len() as u32;
        }
        let ambiguous = by_id.values().any(|same| same.len() > 2);
        if roots.is_empty() || ambiguous {
            return tree;
        }
        tree.number(&roots, &children);
        tree
    }

    fn number(&mut self, roots: &[u32], children: &[Vec<u32>]) {
        let mut next = 1;
        for root in roots {
            // (span, next child)
            let mut stack = vec![(*root, 0usize)];
            self.enter(*root, -1, &mut next);
            while let Some((span, child)) = stack.last_mut() {
                let span = *span;
                match children[span as usize].get(*child) {
                    Some(below) if self.left[*below as usize] == 0 => {
                        *child += 1;
                        let up = self.left[span as usize];
                        self.enter(*below, up, &mut next);
                        stack.push((*below, 0));
                    }
                    Some(_) => *child += 1,
                    None => {
                        self.right[span as usize] = next;
                        next += 1;
                        stack.pop();
                    }
                }
            }
        }
    }

    fn enter(&mut self, span: u32, up: i64, next: &mut i64) {
        self.left[span as usize] = *next;
        self.up[span as usize] = up;
        self.order.push(span);
        *next += 1;
    }
}

/// The parent of a span. A client and a server may share an id and a parent: what names the id as its own parent hangs
/// below the server, unless it is a server itself.
fn parent_of(index: usize, spans: &[TreeSpan], by_id: &FxHashMap<[u8; 8], Vec<u32>>) -> Option<u32> {
    let span = spans[index];
    let answers = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    let asks = |i: &&u32| matches!(spans[**i as usize].kind, SpanKind::Client | SpanKind::Producer);
    if span.parent.is_zero() {
        return None;
    }
    let candidates = by_id.get(&span.parent.0)?;
    match candidates.as_slice() {
        [only] if *only as usize != index => Some(*only),
        [_] => None,
        several => {
            let fits = |i: &&u32| asks(i) == answers && **i as usize != index;
            several.iter().find(fits).or_else(|| several.iter().find(|i| **i as usize != index)).copied()
        }
    }
}

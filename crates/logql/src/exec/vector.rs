//! Aggregations over series, and `label_replace`.

use super::{Column, window};
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::regexp;
use crate::syntax::ast::*;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// Whether the order of an instant answer is part of it.
pub(super) fn orders(metric: &MetricExpr) -> bool {
    use VectorOp::*;
    matches!(metric, MetricExpr::Aggregate { op: Sort | SortDesc, .. })
}

pub(super) fn aggregate(
    op: VectorOp,
    count: usize,
    grouping: Option<&Grouping>,
    mut series: Vec<Column>,
    steps: usize,
) -> Vec<Column> {
    if matches!(op, VectorOp::Sort | VectorOp::SortDesc) {
        return sort(series, op == VectorOp::SortDesc);
    }
    let mut places: FxHashMap<LabelSet, usize> = FxHashMap::default();
    let mut groups: Vec<(LabelSet, Vec<usize>)> = Vec::new();
    for (i, column) in series.iter().enumerate() {
        let key = group_of(grouping, &column.labels);
        let place = *places.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(i);
    }
    if op.takes_count() {
        return select(op, count, series, &groups, steps);
    }
    groups
        .into_iter()
        .map(|(labels, members)| {
            // Of one value these are that value. A window mostly has the grouping of the sum around it already.
            if let ([alone], VectorOp::Sum | VectorOp::Max | VectorOp::Min) = (members.as_slice(), op) {
                return Column { labels, values: std::mem::take(&mut series[*alone].values) };
            }
            let values = (0..steps)
                .map(|step| fold(op, members.iter().filter_map(|i| series[*i].values[step])))
                .collect();
            Column { labels, values }
        })
        .collect()
}

/// The labels of a series' group.
pub(super) fn group_of(grouping: Option<&Grouping>, labels: &LabelSet) -> LabelSet {
    match grouping {
        None => LabelSet::default(),
        Some(Grouping { without: false, labels: names }) => {
            labels.filtered(|name, _| names.iter().any(|n| n == name))
        }
        // What is left of a label without a value is nothing; of one that is asked for it is that it is there.
        Some(Grouping { without: true, labels: names }) => {
            labels.filtered(|name, value| !value.is_empty() && !names.iter().any(|n| n == name))
        }
    }
}

fn fold(op: VectorOp, mut values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    values.clone().next()?;
    Some(match op {
        VectorOp::Sum => values.sum(),
        VectorOp::Avg => window::mean(values),
        VectorOp::Count => values.count() as f64,
        VectorOp::Max => values.reduce(|best, v| if v > best || best.is_nan() { v } else { best })?,
        VectorOp::Min => values.reduce(|best, v| if v < best || best.is_nan() { v } else { best })?,
        VectorOp::Stddev => window::variance(values).sqrt(),
        VectorOp::Stdvar => window::variance(values),
        _ => values.next()?,
    })
}

/// Ascending, NaN last.
fn ascending(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn descending(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn sort(mut series: Vec<Column>, down: bool) -> Vec<Column> {
    let key = |column: &Column| column.values.first().copied().flatten().unwrap_or(f64::NAN);
    let order = if down { descending } else { ascending };
    series.sort_by(|a, b| order(key(a), key(b)).then_with(|| a.labels.cmp(&b.labels)));
    series
}

/// `topk` and `bottomk`: at each step the best of each group stay, with their own labels.
fn select(
    op: VectorOp,
    count: usize,
    mut series: Vec<Column>,
    groups: &[(LabelSet, Vec<usize>)],
    steps: usize,
) -> Vec<Column> {
    let worse: fn(f64, f64) -> bool = match op {
        VectorOp::Bottomk => |a, b| a.is_nan() || a > b,
        _ => |a, b| a.is_nan() || a < b,
    };
    for (_, members) in groups {
        let mut members = members.clone();
        members.sort_by(|a, b| series[*a].labels.cmp(&series[*b].labels));
        // Series after series, as they are in memory; each step sees them in the order of their labels.
        let mut best: Vec<Best> = (0..steps).map(|_| Best { worse, heap: Vec::new() }).collect();
        for i in &members {
            for (best, value) in best.iter_mut().zip(&mut series[*i].values) {
                let Some(value) = value.take() else { continue };
                if best.heap.len() == count {
                    let worst = best.heap[0].1;
                    if value.is_nan() || !worse(worst, value) {
                        continue;
                    }
                    best.pop();
                }
                best.push((*i, value));
            }
        }
        for (step, best) in best.into_iter().enumerate() {
            for (i, value) in best.heap {
                series[i].values[step] = Some(value);
            }
        }
    }
    series.retain(|column| column.values.iter().any(Option::is_some));
    series
}

/// A binary heap with the worst on top. Which of equal values leaves first is part of what users see, so it moves
/// elements exactly as Go's `container/heap` does.
struct Best {
    worse: fn(f64, f64) -> bool,
    heap: Vec<(usize, f64)>,
}

impl Best {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.worse)(self.heap[a].1, self.heap[b].1)
    }

    fn push(&mut self, item: (usize, f64)) {
        self.heap.push(item);
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.less(at, parent) {
                break;
            }
            self.heap.swap(at, parent);
            at = parent;
        }
    }

    fn pop(&mut self) {
        let last = self.heap.len() - 1;
        self.heap.swap(0, last);
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= last {
                break;
            }
            if child + 1 < last && self.less(child + 1, child) {
                child += 1;
            }
            if !self.less(child, at) {
                break;
            }
            self.heap.swap(at, child);
            at = child;
        }
        self.heap.pop();
    }
}

pub(super) fn label_replace(
    series: Vec<Column>,
    target: &str,
    replacement: &str,
    source: &str,
    pattern: &str,
) -> Result<Vec<Column>, LogqlError> {
    let regex = regexp::anchored(pattern).map_err(LogqlError::Invalid)?;
    let expansion = crate::template::go_expansion(replacement);
    let mut out: Vec<Column> = Vec::with_capacity(series.len());
    for mut column in series {
        let value = column.labels.get(source).unwrap_or("").to_owned();
        if let Some(captures) = regex.captures(&value) {
            let mut text = String::new();
            captures.expand(&expansion, &mut text);
            column.labels = column.labels.with(target, &text);
        }
        out.push(column);
    }
    Ok(out)
}

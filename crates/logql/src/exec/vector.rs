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
    matches!(metric, MetricExpr::Aggregate { op: Sort | SortDesc | Topk | Bottomk | ApproxTopk, .. })
}

pub(super) fn aggregate(
    op: VectorOp,
    count: usize,
    grouping: Option<&Grouping>,
    series: Vec<Column>,
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
        Some(Grouping { without, labels: names }) => {
            labels.filtered(|name| names.iter().any(|n| n == name) != *without)
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

/// `topk` and `bottomk`: at each step the best of each group stay, with their own labels, best first.
fn select(
    op: VectorOp,
    count: usize,
    mut series: Vec<Column>,
    groups: &[(LabelSet, Vec<usize>)],
    steps: usize,
) -> Vec<Column> {
    let order = if op == VectorOp::Bottomk { ascending } else { descending };
    let mut ranked = Vec::new();
    for (_, members) in groups {
        for step in 0..steps {
            let mut present: Vec<(usize, f64)> =
                members.iter().filter_map(|i| series[*i].values[step].map(|value| (*i, value))).collect();
            present.sort_by(|a, b| order(a.1, b.1).then_with(|| series[a.0].labels.cmp(&series[b.0].labels)));
            for (i, _) in &present[count.min(present.len())..] {
                series[*i].values[step] = None;
            }
            if step == 0 {
                ranked.extend(present.iter().take(count).map(|(i, _)| *i));
            }
        }
    }
    let rest: Vec<usize> = (0..series.len()).filter(|i| !ranked.contains(i)).collect();
    ranked.extend(rest);
    let mut taken: Vec<Option<Column>> = series.into_iter().map(Some).collect();
    ranked
        .into_iter()
        .filter_map(|i| taken[i].take())
        .filter(|column| column.values.iter().any(Option::is_some))
        .collect()
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
    let mut places: FxHashMap<LabelSet, usize> = FxHashMap::default();
    for mut column in series {
        let value = column.labels.get(source).unwrap_or("").to_owned();
        if let Some(captures) = regex.captures(&value) {
            let mut text = String::new();
            captures.expand(&expansion, &mut text);
            column.labels = column.labels.with(target, &text);
        }
        if places.insert(column.labels.clone(), out.len()).is_some() {
            return Err(LogqlError::Invalid("vector cannot contain metrics with the same labelset".to_owned()));
        }
        out.push(column);
    }
    Ok(out)
}

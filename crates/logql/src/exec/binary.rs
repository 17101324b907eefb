//! Operators between vectors and numbers.

use super::Column;
use crate::error::LogqlError;
use crate::labels::LabelSet;
use crate::syntax::ast::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Two numbers of a query as one; comparisons give 0 or 1.
pub(crate) fn apply_literals(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Compare(op) => f64::from(u8::from(op.holds(left, right))),
        _ => arithmetic(op, left, right),
    }
}

/// Dividing by zero is NaN here, as in the replaced system.
fn arithmetic(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div | BinaryOp::Mod if right == 0.0 => f64::NAN,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        _ => left.powf(right),
    }
}

/// A vector and a number. A comparison keeps the vector's value, or gives 0 and 1 with `bool`.
pub(super) fn with_literal(
    op: BinaryOp,
    matching: &Matching,
    series: Vec<Column>,
    literal: f64,
    literal_is_left: bool,
) -> Vec<Column> {
    let value_of = |value: f64| {
        let (left, right) = if literal_is_left { (literal, value) } else { (value, literal) };
        match op {
            BinaryOp::Compare(op) if matching.return_bool => Some(f64::from(u8::from(op.holds(left, right)))),
            BinaryOp::Compare(op) => op.holds(left, right).then_some(value),
            _ => Some(arithmetic(op, left, right)),
        }
    };
    series
        .into_iter()
        .map(|column| Column {
            labels: column.labels,
            values: column.values.into_iter().map(|value| value.and_then(value_of)).collect(),
        })
        .collect()
}

/// The labels by which series of the two sides belong together.
fn signature(matching: &Matching, labels: &LabelSet) -> LabelSet {
    match &matching.labels {
        None => labels.clone(),
        Some((on, names)) => labels.filtered(|name, _| names.iter().any(|n| n == name) == *on),
    }
}

pub(super) fn vectors(
    op: BinaryOp,
    matching: &Matching,
    left: Vec<Column>,
    right: Vec<Column>,
    steps: usize,
) -> Result<Vec<Column>, LogqlError> {
    match op {
        BinaryOp::And | BinaryOp::Unless => Ok(intersect(op, matching, left, &right, steps)),
        BinaryOp::Or => Ok(unite(matching, left, right, steps)),
        _ => matched(op, matching, left, right, steps),
    }
}

/// At each step, the signatures that a side has.
fn present(matching: &Matching, series: &[Column], steps: usize) -> Vec<FxHashSet<LabelSet>> {
    let mut sets = vec![FxHashSet::default(); steps];
    for column in series {
        let key = signature(matching, &column.labels);
        for (step, value) in column.values.iter().enumerate() {
            if value.is_some() {
                sets[step].insert(key.clone());
            }
        }
    }
    sets
}

fn intersect(
    op: BinaryOp,
    matching: &Matching,
    left: Vec<Column>,
    right: &[Column],
    steps: usize,
) -> Vec<Column> {
    let there = present(matching, right, steps);
    left.into_iter()
        .map(|mut column| {
            let key = signature(matching, &column.labels);
            for (step, value) in column.values.iter_mut().enumerate() {
                if there[step].contains(&key) != (op == BinaryOp::And) {
                    *value = None;
                }
            }
            column
        })
        .collect()
}

fn unite(matching: &Matching, mut left: Vec<Column>, right: Vec<Column>, steps: usize) -> Vec<Column> {
    let there = present(matching, &left, steps);
    let mut places: FxHashMap<LabelSet, usize> =
        left.iter().enumerate().map(|(i, column)| (column.labels.clone(), i)).collect();
    for mut column in right {
        let key = signature(matching, &column.labels);
        for (step, value) in column.values.iter_mut().enumerate() {
            if there[step].contains(&key) {
                *value = None;
            }
        }
        match places.get(&column.labels) {
            // The same series, at other steps.
            Some(place) => {
                for (kept, value) in left[*place].values.iter_mut().zip(column.values) {
                    *kept = kept.or(value);
                }
            }
            None => {
                places.insert(column.labels.clone(), left.len());
                left.push(column);
            }
        }
    }
    left
}

fn matched(
    op: BinaryOp,
    matching: &Matching,
    left: Vec<Column>,
    right: Vec<Column>,
    steps: usize,
) -> Result<Vec<Column>, LogqlError> {
    // `many` leads; with group_right the sides change places and the operands keep theirs.
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut by_signature: FxHashMap<LabelSet, Vec<usize>> = FxHashMap::default();
    for (i, column) in one.iter().enumerate() {
        by_signature.entry(signature(matching, &column.labels)).or_default().push(i);
    }
    if by_signature.values().any(|alike| alike.len() > 1 && overlap(&one, alike, steps)) {
        let side = if swapped { "left" } else { "right" };
        return Err(LogqlError::Invalid(format!(
            "found duplicate series on the {side} hand-side;many-to-many matching not allowed: matching labels must be \
             unique on one side"
        )));
    }
    let mut results = Results { places: FxHashMap::default(), columns: Vec::new(), met: Vec::new(), steps };
    for lead in &many {
        let key = signature(matching, &lead.labels);
        let Some(partners) = by_signature.get(&key) else { continue };
        for step in 0..steps {
            let Some(value) = lead.values[step] else { continue };
            let partner = partners.iter().find_map(|i| Some((&one[*i], one[*i].values[step]?)));
            let Some((partner, other)) = partner else { continue };
            let (a, b) = if swapped { (other, value) } else { (value, other) };
            let result = match op {
                BinaryOp::Compare(op) if matching.return_bool => Some(f64::from(u8::from(op.holds(a, b)))),
                BinaryOp::Compare(op) => op.holds(a, b).then_some(a),
                _ => Some(arithmetic(op, a, b)),
            };
            let labels = result_labels(matching, &lead.labels, &partner.labels);
            if !results.add(labels, step, result) {
                let why = match matching.cardinality {
                    Cardinality::OneToOne => "many-to-one matching must be explicit (group_left/group_right)",
                    _ => "grouping labels must ensure unique matches",
                };
                return Err(LogqlError::Invalid(format!("multiple matches for labels: {why}")));
            }
        }
    }
    results.columns.retain(|column| column.values.iter().any(Option::is_some));
    Ok(results.columns)
}

struct Results {
    places: FxHashMap<LabelSet, usize>,
    columns: Vec<Column>,
    /// Of each column the steps at which two samples met, also when a comparison leaves nothing of them.
    met: Vec<Vec<bool>>,
    steps: usize,
}

impl Results {
    /// `false` when two samples of the series met at this step already.
    fn add(&mut self, labels: LabelSet, step: usize, value: Option<f64>) -> bool {
        let (steps, columns, met) = (self.steps, &mut self.columns, &mut self.met);
        let place = *self.places.entry(labels.clone()).or_insert_with(|| {
            columns.push(Column { labels, values: vec![None; steps] });
            met.push(vec![false; steps]);
            columns.len() - 1
        });
        self.columns[place].values[step] = value;
        !std::mem::replace(&mut self.met[place][step], true)
    }
}

fn result_labels(matching: &Matching, lead: &LabelSet, partner: &LabelSet) -> LabelSet {
    let mut labels = match matching.cardinality {
        Cardinality::OneToOne => signature(matching, lead),
        _ => lead.clone(),
    };
    for name in &matching.include {
        labels = labels.with(name, partner.get(name).unwrap_or(""));
    }
    labels
}

/// Whether two of these series have a value at one step.
fn overlap(series: &[Column], alike: &[usize], steps: usize) -> bool {
    (0..steps).any(|step| alike.iter().filter(|i| series[**i].values[step].is_some()).nth(1).is_some())
}

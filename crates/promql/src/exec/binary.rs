//! Operators: of scalars, of a vector and a scalar, and of two vectors matched by their labels.
//!
//! Two vectors: series are numbered by their match signature; the "one" side becomes a table "signature and step to
//! series", and the other side walks over it, one series at a time over all steps. Of several errors the one at the
//! earliest step is reported.

use super::{Done, Exec, Points, Series, Sink, merge_same, series};
use crate::annotations::{Annotations, Operation as Op};
use crate::error::QueryError;
use crate::histogram::sum::combine;
use crate::histogram::{self, Incompatible, compact, divide, same, scale, trim};
use crate::plan::{Node, Operation};
use crate::syntax::ast::BinaryOp;
use model::{Labels, ResetHint};
use query::{Cardinality, Grid, Point, Span, VectorMatching};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// An operator of two numbers; comparisons yield 0 and 1. `None` for operators that numbers do not have.
pub(crate) fn scalar_op(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    arithmetic(op, a, b).or_else(|| compare(op, a, b).map(|holds| f64::from(u8::from(holds))))
}

fn arithmetic(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    Some(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Mod => a % b,
        BinaryOp::Pow => a.powf(b),
        BinaryOp::Atan2 => a.atan2(b),
        _ => return None,
    })
}

fn compare(op: BinaryOp, a: f64, b: f64) -> Option<bool> {
    Some(match op {
        BinaryOp::Equal => a == b,
        BinaryOp::NotEqual => a != b,
        BinaryOp::Greater => a > b,
        BinaryOp::Less => a < b,
        BinaryOp::GreaterEqual => a >= b,
        BinaryOp::LessEqual => a <= b,
        _ => return None,
    })
}

/// What an operation that numbers have makes of two of them; a comparison keeps `own`.
fn of_floats(o: &Operation, a: f64, b: f64, own: f64) -> Option<f64> {
    if let Some(value) = arithmetic(o.op, a, b) {
        return Some(value);
    }
    let holds = compare(o.op, a, b)?;
    if o.return_bool { Some(f64::from(u8::from(holds))) } else { holds.then_some(own) }
}

/// What an operator makes of two points.
enum Outcome {
    /// A point, and whether a comparison keeps it.
    Point(Point, bool),
    /// Nothing: the types do not fit.
    Nothing,
}

/// The operator on two points, with remarks.
struct Operator {
    op: BinaryOp,
    span: Span,
}

impl Operator {
    fn apply(&self, a: &Point, b: &Point, notes: &mut Annotations) -> Outcome {
        match (a, b) {
            (Point::Float(x), Point::Float(y)) => {
                if let Some(value) = arithmetic(self.op, *x, *y) {
                    return Outcome::Point(Point::Float(value), true);
                }
                match compare(self.op, *x, *y) {
                    Some(holds) => Outcome::Point(Point::Float(*x), holds),
                    None => self.misfit("float", "float", notes),
                }
            }
            (Point::Float(x), Point::Histogram(h)) => match self.op {
                BinaryOp::Mul => changed(h, |h| scale(h, *x)),
                _ => self.misfit("float", "histogram", notes),
            },
            (Point::Histogram(h), Point::Float(y)) => match self.op {
                BinaryOp::Mul => changed(h, |h| scale(h, *y)),
                BinaryOp::Div => changed(h, |h| divide(h, *y)),
                BinaryOp::TrimUpper | BinaryOp::TrimLower => {
                    let mut trimmed = (**h).clone();
                    trim::trim(&mut trimmed, *y, self.op == BinaryOp::TrimUpper);
                    Outcome::Point(Point::Histogram(Arc::new(trimmed)), true)
                }
                _ => self.misfit("histogram", "float", notes),
            },
            (Point::Histogram(x), Point::Histogram(y)) => match self.op {
                BinaryOp::Equal => Outcome::Point(a.clone(), same(x, y)),
                BinaryOp::NotEqual => Outcome::Point(a.clone(), !same(x, y)),
                BinaryOp::Add | BinaryOp::Sub => self.combine(x, y, notes),
                _ => self.misfit("histogram", "histogram", notes),
            },
        }
    }

    fn combine(
        &self,
        x: &model::FloatHistogram,
        y: &model::FloatHistogram,
        notes: &mut Annotations,
    ) -> Outcome {
        let subtract = self.op == BinaryOp::Sub;
        let (sign, operation) = if subtract { (-1.0, Op::Subtraction) } else { (1.0, Op::Addition) };
        match combine(x, y, sign) {
            Err(Incompatible) => {
                notes.incompatible_buckets(self.span, self.op.as_str());
                Outcome::Nothing
            }
            Ok((mut sum, added)) => {
                if subtract {
                    sum.reset_hint = ResetHint::Gauge;
                }
                if added.collision {
                    notes.reset_collision(self.span, operation);
                } else if added.reconciled {
                    notes.reconciled_buckets(self.span, operation);
                }
                compact(&mut sum);
                Outcome::Point(Point::Histogram(Arc::new(sum)), true)
            }
        }
    }

    fn misfit(&self, left: &str, right: &str, notes: &mut Annotations) -> Outcome {
        notes.incompatible_types(self.span, left, self.op.as_str(), right);
        Outcome::Nothing
    }
}

fn changed(h: &model::FloatHistogram, change: impl FnOnce(&mut model::FloatHistogram)) -> Outcome {
    let mut out = h.clone();
    change(&mut out);
    histogram::compact(&mut out);
    Outcome::Point(Point::Histogram(Arc::new(out)), true)
}

fn truth(holds: bool) -> Point {
    Point::Float(f64::from(u8::from(holds)))
}

impl Exec<'_> {
    pub(super) fn binary(&self, node: &Node, o: &Operation, grid: &Grid, sink: Sink<'_>) -> Done {
        if o.lhs_scalar || o.rhs_scalar {
            let drops = o.op.changes_metric() || o.return_bool;
            let vector = if o.lhs_scalar { &o.rhs } else { &o.lhs };
            let unique = !drops || self.names_unique(vector);
            return self.unique(unique, sink, &mut |sink| self.with_scalar(node, o, grid, sink));
        }
        if o.op.is_set() { self.set_operation(o, grid, sink) } else { self.matched(node, o, grid, sink) }
    }

    fn with_scalar(&self, node: &Node, o: &Operation, grid: &Grid, sink: Sink<'_>) -> Done {
        let (scalar, vector) = if o.lhs_scalar { (&o.lhs, &o.rhs) } else { (&o.rhs, &o.lhs) };
        let numbers = self.scalar(scalar, grid)?;
        let operator = Operator { op: o.op, span: node.span };
        let of_numbers = scalar_op(o.op, 0.0, 0.0).is_some();
        self.vector(vector, grid, &mut |mut series| {
            if of_numbers && series.points.only_floats() {
                series.points.change_floats(|step, value| {
                    let (a, b) = if o.lhs_scalar { (numbers[step], value) } else { (value, numbers[step]) };
                    of_floats(o, a, b, value)
                });
            } else {
                let mut notes = self.notes.borrow_mut();
                for (step, number) in numbers.iter().enumerate() {
                    let Some(point) = series.points.get(step) else { continue };
                    let number = Point::Float(*number);
                    let outcome = if o.lhs_scalar {
                        operator.apply(&number, &point, &mut notes)
                    } else {
                        operator.apply(&point, &number, &mut notes)
                    };
                    match outcome {
                        Outcome::Point(_, holds) if o.return_bool => series.points.set(step, truth(holds)),
                        // A comparison keeps the vector's own point, on whichever side it stands.
                        Outcome::Point(_, true) if o.op.is_comparison() => {}
                        Outcome::Point(result, true) => series.points.set(step, result),
                        _ => series.points.clear(step),
                    }
                }
            }
            if series.points.is_empty() {
                return Ok(());
            }
            if o.op.changes_metric() || o.return_bool {
                self.drop_name(&mut series);
            }
            sink(series)
        })
    }

    fn matched(&self, node: &Node, o: &Operation, grid: &Grid, sink: Sink<'_>) -> Done {
        let (lhs, _held_left) = self.collect(&o.lhs, grid)?;
        let (rhs, _held_right) = self.collect(&o.rhs, grid)?;
        let swapped = o.matching.cardinality == Cardinality::OneToMany;
        // `many` is walked over, `one` is looked up.
        let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
        let mut matcher = Matcher::new(self, node.span, o, &many, &one, grid, swapped);
        matcher.run();
        let out = matcher.finish()?;
        merge_same(out)?.into_iter().try_for_each(sink)
    }
}

/// The first error of an evaluation: by step, then by the phase in which it is found, then by series.
#[derive(Default)]
struct FirstError(Option<((usize, u8, usize), String)>);

impl FirstError {
    fn offer(&mut self, place: (usize, u8, usize), message: impl FnOnce() -> String) {
        if self.0.as_ref().is_none_or(|(known, _)| place < *known) {
            self.0 = Some((place, message()));
        }
    }
}

/// Two vectors being matched.
struct Matcher<'m> {
    exec: &'m Exec<'m>,
    operator: Operator,
    operation: &'m Operation,
    many: &'m [Series],
    one: &'m [Series],
    /// The sides were exchanged: `many` is the right one.
    swapped: bool,
    steps: usize,
    /// Signature of each series.
    many_signatures: Vec<usize>,
    one_signatures: Vec<usize>,
    /// For each signature and step, the number of the series on the one side.
    table: Vec<Vec<u32>>,
    /// For each signature the one series of the one side that has it.
    lone: Vec<Option<u32>>,
    /// Whether a step can have any result.
    active: Vec<bool>,
    /// Signature and step pairs that have been used.
    used: Vec<Vec<bool>>,
    outputs: Vec<Series>,
    /// Place of an output by signature and labels; only in many-to-one matching do signatures keep outputs apart.
    places: FxHashMap<(usize, Labels), usize>,
    /// The last pair of series, and its output: the next step is most likely the same pair.
    recent: Option<((usize, u32), usize)>,
    /// Steps at which an output has been claimed, be it that a comparison then left it out.
    claimed: Vec<Vec<bool>>,
    error: FirstError,
}

const NONE: u32 = u32::MAX;

impl<'m> Matcher<'m> {
    fn new(
        exec: &'m Exec<'m>,
        span: Span,
        operation: &'m Operation,
        many: &'m [Series],
        one: &'m [Series],
        grid: &Grid,
        swapped: bool,
    ) -> Self {
        let steps = grid.len();
        let mut numbers: FxHashMap<Labels, usize> = FxHashMap::default();
        let mut number = |series: &[Series]| -> Vec<usize> {
            let signature = |s: &Series| operation.matching.signature(&s.labels);
            series
                .iter()
                .map(|s| {
                    let next = numbers.len();
                    *numbers.entry(signature(s)).or_insert(next)
                })
                .collect()
        };
        let (many_signatures, one_signatures) = (number(many), number(one));
        let count = numbers.len();
        let any = |series: &[Series]| -> Vec<bool> {
            (0..steps).map(|step| series.iter().any(|s| s.points.is_present(step))).collect()
        };
        let fills = operation.matching.fills();
        let active =
            any(many).into_iter().zip(any(one)).map(|(a, b)| if fills { a || b } else { a && b }).collect();
        Matcher {
            exec,
            operator: Operator { op: operation.op, span },
            operation,
            many,
            one,
            swapped,
            steps,
            many_signatures,
            one_signatures,
            table: vec![Vec::new(); count],
            lone: vec![None; count],
            active,
            used: vec![Vec::new(); count],
            outputs: Vec::new(),
            places: FxHashMap::default(),
            recent: None,
            claimed: Vec::new(),
            error: FirstError::default(),
        }
    }

    fn matching(&self) -> &'m VectorMatching {
        &self.operation.matching
    }

    fn run(&mut self) {
        self.index_one_side();
        // Under `group_right` too it is `fill_left` that stands in for the many side: so the conformance files have it.
        let (fill_many, fill_one) = (self.matching().fill_left, self.matching().fill_right);
        let of_numbers = scalar_op(self.operator.op, 0.0, 0.0).is_some() && !self.matching().fills();
        for (number, series) in self.many.iter().enumerate() {
            let signature = self.many_signatures[number];
            if of_numbers
                && let Some(i) = self.lone[signature]
                && series.points.only_floats()
                && self.one[i as usize].points.only_floats()
            {
                self.pair_floats((number, i), signature);
                continue;
            }
            for step in 0..self.steps {
                let Some(point) = series.points.get(step).filter(|_| self.active[step]) else { continue };
                match self.table[signature].get(step).copied().filter(|i| *i != NONE) {
                    Some(i) => {
                        let other = &self.one[i as usize];
                        let Some(partner) = other.points.get(step) else { continue };
                        self.pair(
                            step,
                            (number, i),
                            signature,
                            (&series.labels, &point),
                            (&other.labels, &partner),
                        );
                    }
                    None => {
                        let Some(fill) = fill_one else { continue };
                        let labels = self.matching().signature(&series.labels);
                        let partner = Point::Float(fill);
                        self.pair(
                            step,
                            (number, NONE),
                            signature,
                            (&series.labels, &point),
                            (&labels, &partner),
                        );
                    }
                }
            }
        }
        if let Some(fill) = fill_many {
            self.fill_unmatched(fill);
        }
    }

    /// Numbers the series of the one side by signature and step. Two at once are an error.
    fn index_one_side(&mut self) {
        for (number, series) in self.one.iter().enumerate() {
            let signature = self.one_signatures[number];
            if self.table[signature].is_empty() {
                self.table[signature] = vec![NONE; self.steps];
                self.lone[signature] = u32::try_from(number).ok();
            } else {
                self.lone[signature] = None;
            }
            for step in (0..self.steps).filter(|step| series.points.is_present(*step)) {
                let known = self.table[signature][step];
                if known == NONE {
                    self.table[signature][step] = u32::try_from(number).unwrap_or(NONE);
                } else if self.active[step] {
                    let first = &self.one[known as usize].labels;
                    let (matching, side) = (self.matching(), if self.swapped { "left" } else { "right" });
                    self.error.offer((step, 0, number), || duplicate(matching, side, first, &series.labels));
                }
            }
        }
    }

    /// Pairs what is left of the one side with a filled-in value.
    fn fill_unmatched(&mut self, fill: f64) {
        for (number, series) in self.one.iter().enumerate() {
            let signature = self.one_signatures[number];
            for step in 0..self.steps {
                let Some(point) = series.points.get(step) else { continue };
                if self.used[signature].get(step).copied().unwrap_or(false) {
                    continue;
                }
                let labels = self.matching().signature(&series.labels);
                let place = self.many.len() + number;
                self.pair(
                    step,
                    (place, NONE),
                    signature,
                    (&labels, &Point::Float(fill)),
                    (&series.labels, &point),
                );
            }
        }
    }

    fn pair(
        &mut self,
        step: usize,
        pair: (usize, u32),
        signature: usize,
        (many_labels, many): (&Labels, &Point),
        (one_labels, one): (&Labels, &Point),
    ) {
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        let outcome = self.operator.apply(left, right, &mut self.exec.notes.borrow_mut());
        let Outcome::Point(point, holds) = outcome else { return };
        let labels = (many_labels, one_labels);
        let Some(at) = self.claim(step, pair, signature, labels) else { return };
        if self.operation.return_bool {
            self.outputs[at].points.set(step, truth(holds));
        } else if holds {
            self.outputs[at].points.set(step, point);
        }
    }

    /// All steps of two series without histograms that have nobody else to pair with on the one side.
    fn pair_floats(&mut self, pair: (usize, u32), signature: usize) {
        let (many, one) = (&self.many[pair.0], &self.one[pair.1 as usize]);
        for step in 0..self.steps {
            let (Some(x), Some(y)) = (many.points.float(step), one.points.float(step)) else { continue };
            let (left, right) = if self.swapped { (y, x) } else { (x, y) };
            let point = of_floats(self.operation, left, right, left);
            let Some(at) = self.claim(step, pair, signature, (&many.labels, &one.labels)) else { continue };
            if let Some(value) = point {
                self.outputs[at].points.set_float(step, value);
            }
        }
    }

    /// The output that a pair has at a step, unless another pair has it.
    fn claim(
        &mut self,
        step: usize,
        pair: (usize, u32),
        signature: usize,
        (many_labels, one_labels): (&Labels, &Labels),
    ) -> Option<usize> {
        let one_to_one = self.matching().cardinality == Cardinality::OneToOne;
        if self.used[signature].is_empty() {
            self.used[signature] = vec![false; self.steps];
        }
        let used = std::mem::replace(&mut self.used[signature][step], true);
        if used && one_to_one {
            self.error.offer((step, 1, pair.0), || {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".to_owned()
            });
            return None;
        }
        let at = match self.recent {
            Some((known, at)) if known == pair => at,
            _ => self.output(signature, many_labels, one_labels),
        };
        self.recent = Some((pair, at));
        let claimed = std::mem::replace(&mut self.claimed[at][step], true);
        if claimed && !one_to_one {
            let message = "multiple matches for labels: grouping labels must ensure unique matches";
            self.error.offer((step, 1, pair.0), || message.to_owned());
            return None;
        }
        Some(at)
    }

    /// The place of the output of a pair.
    fn output(&mut self, signature: usize, many: &Labels, one: &Labels) -> usize {
        let labels = self.result_labels(many, one);
        let drop_name = self.operation.return_bool;
        let key = (if self.matching().cardinality == Cardinality::OneToOne { 0 } else { signature }, labels);
        if let Some(at) = self.places.get(&key) {
            return *at;
        }
        let at = self.outputs.len();
        self.outputs.push(Series { labels: key.1.clone(), drop_name, points: Points::absent(self.steps) });
        self.claimed.push(vec![false; self.steps]);
        self.places.insert(key, at);
        at
    }

    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let matching = self.matching();
        let drops = self.operation.op.changes_metric()
            || (self.operation.return_bool && !self.exec.options.delayed_name_removal);
        let mut labels = if drops { series::without_metadata(many) } else { many.clone() };
        if matching.cardinality == Cardinality::OneToOne {
            labels = if matching.on {
                labels.keep_only(&matching.labels)
            } else {
                labels.without(&matching.labels)
            };
        }
        for name in &matching.include {
            labels = labels.with(name, one.value(name));
        }
        labels
    }

    fn finish(self) -> Result<Vec<Series>, QueryError> {
        if let Some((_, message)) = self.error.0 {
            return Err(QueryError::Execution(message));
        }
        Ok(self.outputs.into_iter().filter(|s| !s.points.is_empty()).collect())
    }
}

fn duplicate(matching: &VectorMatching, side: &str, first: &Labels, second: &Labels) -> String {
    let group = matching.signature(second);
    let mut pair = [first.to_string(), second.to_string()];
    pair.sort();
    let [a, b] = pair;
    format!(
        "found duplicate series for the match group {group} on the {side} hand-side of the operation: [{a}, {b}];many-to-many matching not allowed: matching labels must be unique on one side"
    )
}

impl Exec<'_> {
    /// `and`, `or`, `unless`: which signatures the right side (for `or`, the left one) has at each step decides.
    fn set_operation(&self, o: &Operation, grid: &Grid, sink: Sink<'_>) -> Done {
        let (mut lhs, _held_left) = self.collect(&o.lhs, grid)?;
        let (mut rhs, _held_right) = self.collect(&o.rhs, grid)?;
        let present = |series: &[Series]| -> FxHashMap<Labels, Vec<bool>> {
            let mut out: FxHashMap<Labels, Vec<bool>> = FxHashMap::default();
            for one in series {
                let flags =
                    out.entry(o.matching.signature(&one.labels)).or_insert_with(|| vec![false; grid.len()]);
                (0..grid.len())
                    .filter(|step| one.points.is_present(*step))
                    .for_each(|step| flags[step] = true);
            }
            out
        };
        let retain = |series: &mut Vec<Series>, flags: &FxHashMap<Labels, Vec<bool>>, wanted: bool| {
            for one in series.iter_mut() {
                let flags = flags.get(&o.matching.signature(&one.labels));
                for step in 0..grid.len() {
                    if flags.is_some_and(|f| f[step]) != wanted {
                        one.points.clear(step);
                    }
                }
            }
            series.retain(|s| !s.points.is_empty());
        };
        match o.op {
            BinaryOp::And => retain(&mut lhs, &present(&rhs), true),
            BinaryOp::Unless => retain(&mut lhs, &present(&rhs), false),
            _ => {
                retain(&mut rhs, &present(&lhs), false);
                lhs.append(&mut rhs);
                let mut seen = FxHashSet::default();
                let distinct = lhs.iter().all(|s| seen.insert(s.labels.clone()));
                if !distinct {
                    return merge_same(lhs)?.into_iter().try_for_each(sink);
                }
            }
        }
        lhs.into_iter().try_for_each(sink)
    }
}

//! Operators: of scalars, of a vector and a scalar, and of two vectors.
//!
//! What an operator makes of two points is in `binary/operator.rs`, which points of two vectors meet in `binary/matching.rs`; sets
//! (`and`, `or`, `unless`) are here, as they only ask which signatures there are at a step.

mod matching;
mod operator;

pub(crate) use operator::scalar_op;

use super::{Done, Exec, Series, Sink, merge_same};
use crate::plan::{Node, Operation};
use crate::syntax::ast::BinaryOp;
use matching::Matcher;
use model::Labels;
use operator::{Operator, Outcome, of_floats, truth};
use query::{Cardinality, Grid, Point};
use rustc_hash::{FxHashMap, FxHashSet};

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

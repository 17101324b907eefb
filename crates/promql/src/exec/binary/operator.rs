//! One operator on two points: numbers, histograms, or one of each.
//!
//! Under `exec/binary.rs`, which says which points meet. Nothing here knows labels or steps; types that do not fit each other leave a
//! remark and no point.

use crate::annotations::{Annotations, Operation as Op};
use crate::histogram::sum::combine;
use crate::histogram::{self, Incompatible, compact, divide, same, scale, trim};
use crate::plan::Operation;
use crate::syntax::ast::BinaryOp;
use model::ResetHint;
use query::{Point, Span};
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
pub(super) fn of_floats(o: &Operation, a: f64, b: f64, own: f64) -> Option<f64> {
    if let Some(value) = arithmetic(o.op, a, b) {
        return Some(value);
    }
    let holds = compare(o.op, a, b)?;
    if o.return_bool { Some(f64::from(u8::from(holds))) } else { holds.then_some(own) }
}

/// What an operator makes of two points.
pub(super) enum Outcome {
    /// A point, and whether a comparison keeps it.
    Point(Point, bool),
    /// Nothing: the types do not fit.
    Nothing,
}

/// The operator on two points, with remarks.
pub(super) struct Operator {
    pub(super) op: BinaryOp,
    pub(super) span: Span,
}

impl Operator {
    pub(super) fn apply(&self, a: &Point, b: &Point, notes: &mut Annotations) -> Outcome {
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

pub(super) fn truth(holds: bool) -> Point {
    Point::Float(f64::from(u8::from(holds)))
}

//! Functions over windows that few values can answer: their selectors ask the source for those.
//!
//! A pass over a plan, for sources that have such values (downsampled blocks). `sum`, `min`, `max` and `last_over_time`, `rate` and
//! `increase` stay what they are and read other samples; `count_over_time` becomes a sum of counts, and `avg_over_time` a quotient of two sums.
//! Invariant: where the source has nothing but samples the answer is the same, but for the last digits of averages.

use super::{Kind, Node, Operation, Plan, RangeCall, RangeSource, Select};
use crate::functions::{Function, find};
use crate::syntax::ast::BinaryOp;
use contract::{Digest, Need};
use query::{Grid, VectorMatching};

/// Lets the selectors of a plan ask for digests where they can.
pub(crate) fn ask_for_digests(plan: &mut Plan) {
    let Plan { root, grid, selects, .. } = plan;
    visit(root, grid, selects);
    let mut used = vec![false; selects.len()];
    mark(root, &mut used);
    // An empty range is not fetched; numbers stay what they are.
    let unused = selects.iter_mut().zip(used).filter(|(_, used)| !used);
    unused.for_each(|(select, _)| select.end = select.start);
}

/// Marks the selects that are read.
fn mark(node: &Node, used: &mut [bool]) {
    let mut range = |source: &RangeSource| match source {
        RangeSource::Select(select) => used[*select] = true,
        RangeSource::Subquery(inner, _) => mark(inner, used),
    };
    match &node.kind {
        Kind::Number(_) | Kind::Text(_) => {}
        Kind::Instant(instant) => used[instant.select] = true,
        Kind::Range(of) => range(&of.source),
        Kind::Call(_, args) => args.iter().for_each(|arg| mark(arg, used)),
        Kind::RangeCall(call) => {
            range(&call.range.source);
            call.args.iter().for_each(|arg| mark(arg, used));
        }
        Kind::Info(info) => {
            used[info.series.select] = true;
            mark(&info.base, used);
        }
        Kind::Aggregate(aggregate) => {
            aggregate.param.iter().for_each(|param| mark(param, used));
            mark(&aggregate.input, used);
        }
        Kind::Binary(operation) => {
            mark(&operation.lhs, used);
            mark(&operation.rhs, used);
        }
        Kind::Negate(inner) | Kind::Invariant(inner) | Kind::Shared(_, inner) => mark(inner, used),
    }
}

fn visit(node: &mut Node, grid: &Grid, selects: &mut Vec<Select>) {
    match &mut node.kind {
        Kind::Number(_) | Kind::Text(_) | Kind::Instant(_) => {}
        Kind::Range(range) => subquery(&mut range.source, selects),
        Kind::Call(_, args) => args.iter_mut().for_each(|arg| visit(arg, grid, selects)),
        Kind::RangeCall(call) => {
            call.args.iter_mut().for_each(|arg| visit(arg, grid, selects));
            subquery(&mut call.range.source, selects);
            if let Some(kind) = digested(call, grid, selects) {
                node.kind = kind;
            }
        }
        Kind::Info(info) => visit(&mut info.base, grid, selects),
        Kind::Aggregate(aggregate) => {
            aggregate.param.iter_mut().for_each(|param| visit(param, grid, selects));
            visit(&mut aggregate.input, grid, selects);
        }
        Kind::Binary(operation) => {
            visit(&mut operation.lhs, grid, selects);
            visit(&mut operation.rhs, grid, selects);
        }
        Kind::Negate(inner) | Kind::Invariant(inner) | Kind::Shared(_, inner) => visit(inner, grid, selects),
    }
}

fn subquery(source: &mut RangeSource, selects: &mut Vec<Select>) {
    if let RangeSource::Subquery(inner, grid) = source {
        visit(inner, grid, selects);
    }
}

/// The call by digests; `None` when only samples will do.
fn digested(call: &RangeCall, grid: &Grid, selects: &mut Vec<Select>) -> Option<Kind> {
    let RangeSource::Select(select) = call.range.source else { return None };
    if call.range.anchored || call.range.smoothed {
        return None;
    }
    let sum = find("sum_over_time")?;
    let edges = edges(call, grid);
    let mut by = |function: &'static Function, digest: Digest| -> RangeCall {
        let wanted = Select { digest: Some((digest, edges)), need: Need::Samples, ..selects[select].clone() };
        let number = selects.iter().position(|select| *select == wanted).unwrap_or_else(|| {
            selects.push(wanted);
            selects.len() - 1
        });
        let mut call = RangeCall { function, ..call.clone() };
        call.range.source = RangeSource::Select(number);
        call
    };
    let call = match call.function.name {
        "sum_over_time" => by(sum, Digest::Sum),
        "count_over_time" => by(sum, Digest::Count),
        "min_over_time" => by(call.function, Digest::Least),
        "max_over_time" => by(call.function, Digest::Greatest),
        "last_over_time" => by(call.function, Digest::Last),
        "rate" | "increase" => by(call.function, Digest::Counter),
        "avg_over_time" => {
            let span = call.range.span;
            let node = |call: RangeCall| Node { kind: Kind::RangeCall(Box::new(call)), span };
            let operation = Operation {
                op: BinaryOp::Div,
                lhs: node(by(sum, Digest::Sum)),
                rhs: node(by(sum, Digest::Count)),
                lhs_scalar: false,
                rhs_scalar: false,
                return_bool: false,
                matching: VectorMatching::default(),
            };
            return Some(Kind::Binary(Box::new(operation)));
        }
        _ => return None,
    };
    Some(Kind::RangeCall(Box::new(call)))
}

/// The largest number of milliseconds of which all windows' ends are multiples.
fn edges(call: &RangeCall, grid: &Grid) -> i64 {
    let (first, step) = match call.range.at {
        Some(at) => (at, 0),
        None if grid.start == grid.last() => (grid.start, 0),
        None => (grid.start, grid.step),
    };
    let ends = gcd(first.saturating_sub(call.range.offset), step);
    gcd(ends, call.range.range).max(1)
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1)
}
